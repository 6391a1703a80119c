// Records that lay a process to a container themselves.
#include <doctest/doctest.h>

#include "audit/reading.h"
#include "parsers/audit/audit_dialect.h"

using namespace medic;
using namespace medic::parsers;

#define VIRT                                                                                       \
  "type=VIRT_CONTROL msg=audit(1795312204.232:233): pid=783 uid=0 auid=4294967295 ses=4294967295 " \
  "subj=system_u:system_r:container_runtime_t:s0 msg='"

TEST_CASE("an engine's VIRT_CONTROL names the container of a process, and its end") {
  struct Row {
    std::string_view line, events;
  };
  for (const Row& row : std::initializer_list<Row>{
           {VIRT
            "op=start vm-pid=4711 auid=1000 exe=sh hostname=0123456789ab reason=api vm=alpine "
            "user=joe  exe=\"/usr/bin/dockerd-current\" hostname=? addr=? terminal=? res=success'",
            "4711 label id=0123456789ab image=alpine by audit-writer"},
           {VIRT "op=stop vm-pid=4711 auid=1000 exe=sh hostname=0123456789ab reason=api vm=alpine'",
            "4711 exit 0 by audit-writer"},
           {VIRT "virt=lxc op=start reason=booted vm=\"web\" uuid=1 vm-pid=4711 "
                 "exe=\"/usr/sbin/libvirtd\" res=success'",
            "4711 label name=web by audit-writer"},
           {VIRT "virt=kvm op=start reason=booted vm=\"web\" uuid=1 vm-pid=4711 "
                 "exe=\"/usr/sbin/libvirtd\" res=success'",
            ""},
           {VIRT "op=start hostname=0123456789ab'", ""},
           {VIRT "op=start vm-pid=-1 hostname=0123456789ab'", ""},
           {VIRT "op=start vm-pid=4711 hostname=web'", ""},
           {"type=SERVICE_START msg=audit(1795312204.232:233): pid=1 uid=0 auid=4294967295 "
            "ses=4294967295 msg='unit=web comm=\"systemd\" exe=\"/usr/lib/systemd/systemd\" "
            "hostname=? addr=? terminal=? res=success'",
            "unit web.service started by audit-writer"},
           {"type=SERVICE_START msg=audit(1795312204.232:233): pid=1 uid=0 auid=4294967295 "
            "ses=4294967295 msg='unit=web comm=\"systemd\" exe=\"/usr/lib/systemd/systemd\" "
            "hostname=? addr=? terminal=? res=failed'",
            "unit web.service stopped by audit-writer"},
           {"type=SERVICE_STOP msg=audit(1795312204.232:233): pid=1 uid=0 auid=4294967295 "
            "ses=4294967295 msg='unit=web@1 comm=\"systemd\" res=success'",
            "unit web@1.service stopped by audit-writer"},
           {"type=SERVICE_STOP msg=audit(1795312204.232:233): pid=1 uid=0", ""},
           {"type=CONTAINER_OP msg=audit(1795312204.232:233): op=set opid=4711 contid=6458 "
            "old-contid=18446744073709551615 res=1",
            "4711 label id=6458"},
           {"type=CONTAINER_OP msg=audit(1795312204.232:233): op=set opid=4711 "
            "contid=18446744073709551615 res=1",
            ""},
       }) {
    CAPTURE(row.line);
    CHECK(testing::read(audit_dialect(), row.line).text() == row.events);
  }
}
