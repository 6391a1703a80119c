// SECCOMP records: line in, event out.
#include <doctest/doctest.h>

#include "audit/reading.h"
#include "parsers/audit/audit_dialect.h"

using namespace medic;
using namespace medic::parsers;

namespace {

struct Row {
  std::string_view line, events;
};

void check(std::initializer_list<Row> rows) {
  for (const Row& row : rows) {
    CAPTURE(row.line);
    CHECK(testing::read(audit_dialect(), row.line).text() == row.events);
  }
}

}  // namespace

#define HEAD \
  "type=SECCOMP msg=audit(1795312204.232:233): auid=4294967295 uid=0 gid=0 ses=4294967295 "

TEST_CASE("a SECCOMP record is a stated denial; the action comes from code=") {
  check({
      {HEAD "pid=58 comm=\"mkdir\" exe=\"/bin/busybox\" sig=0 arch=c000003e syscall=83 compat=0 "
            "ip=0x47b567 code=0x50000",
       "58 (mkdir) x86_64:mkdir[] -> denied errno"},
      {HEAD "pid=58 comm=\"a\" exe=\"/a\" sig=31 arch=c000003e syscall=39 compat=0 ip=0x1 "
            "code=0x80000000",
       "58 (a) x86_64:getpid[] -> denied kill_process sig=31"},
      {HEAD "pid=58 comm=\"a\" exe=\"/a\" sig=31 arch=c000003e syscall=39 compat=0 ip=0x1 code=0x0",
       "58 (a) x86_64:getpid[] -> denied kill_thread sig=31"},
      {HEAD "pid=58 comm=\"a\" exe=\"/a\" sig=9 arch=c000003e syscall=39 compat=0 ip=0x1 code=0x0",
       "58 (a) x86_64:getpid[] -> denied kill_thread sig=9"},
      {HEAD
       "pid=58 comm=\"a\" exe=\"/a\" sig=0 arch=c000003e syscall=39 compat=0 ip=0x1 code=0x30000",
       "58 (a) x86_64:getpid[] -> denied trap"},
      {HEAD "pid=58 comm=\"a\" exe=\"/a\" sig=0 arch=c000003e syscall=39 compat=0 ip=0x1 "
            "code=0x7fc00000",
       "58 (a) x86_64:getpid[] -> denied notify"},
      {HEAD "pid=58 comm=\"a\" exe=\"/a\" sig=0 arch=c000003e syscall=39 compat=0 ip=0x1 "
            "code=0x7ff00000",
       "58 (a) x86_64:getpid[] -> denied trace"},
      {HEAD "pid=58 comm=\"a\" exe=\"/a\" sig=0 arch=c000003e syscall=39 compat=0 ip=0x1 "
            "code=0x7ffc0000",
       "58 (a) x86_64:getpid[] -> denied log"},
      // An action nobody knows kills the process.
      {HEAD "pid=58 comm=\"a\" exe=\"/a\" sig=31 arch=c000003e syscall=39 compat=0 ip=0x1 "
            "code=0x12340000",
       "58 (a) x86_64:getpid[] -> denied kill_process sig=31"},
  });
}

TEST_CASE("the architecture decides what the number means") {
  check({
      {HEAD "pid=5 comm=\"a\" exe=\"/a\" sig=31 arch=40000003 syscall=132 compat=1 ip=0x1 code=0x0",
       "5 (a) x86:getpgid[] -> denied kill_thread sig=31"},
      {HEAD "pid=5 comm=\"a\" exe=\"/a\" sig=0 arch=c000003e syscall=1073741863 compat=1 ip=0x1 "
            "code=0x50000",
       "5 (a) x32:getpid[] -> denied errno"},
      {HEAD
       "pid=5 comm=\"a\" exe=\"/a\" sig=0 arch=c00000b7 syscall=61 compat=0 ip=0x1 code=0x7ffc0000",
       "5 (a) aarch64:getdents64[] -> denied log"},
      {HEAD
       "pid=5 comm=\"a\" exe=\"/a\" sig=31 arch=40000028 syscall=983045 compat=0 ip=0x1 code=0x0",
       "5 (a) arm:set_tls[] -> denied kill_thread sig=31"},
      {HEAD
       "pid=5 comm=\"a\" exe=\"/a\" sig=0 arch=c00000f3 syscall=259 compat=0 ip=0x1 code=0x50000",
       "5 (a) riscv64:riscv_flush_icache[] -> denied errno"},
      {HEAD
       "pid=5 comm=\"a\" exe=\"/a\" sig=0 arch=80000016 syscall=119 compat=0 ip=0x1 code=0x50000",
       "5 (a) s390x:sigreturn[] -> denied errno"},
      {HEAD
       "pid=5 comm=\"a\" exe=\"/a\" sig=0 arch=c0000015 syscall=20 compat=0 ip=0x1 code=0x50000",
       "5 (a) ppc64le:getpid[] -> denied errno"},
      {HEAD "pid=5 comm=\"a\" exe=\"/a\" sig=0 arch=14 syscall=20 compat=0 ip=0x1 code=0x50000",
       "5 (a) ppc:getpid[] -> denied errno"},
      {HEAD
       "pid=5 comm=\"a\" exe=\"/a\" sig=0 arch=c0000102 syscall=172 compat=0 ip=0x1 code=0x50000",
       "5 (a) loongarch64:getpid[] -> denied errno"},
      {HEAD
       "pid=5 comm=\"a\" exe=\"/a\" sig=12 arch=8 syscall=4020 compat=0 ip=0x1 code=0x80000000",
       "5 (a) mips:getpid[] -> denied kill_process sig=12"},
      // A number that no table has stays a number; one that nobody placed has no architecture.
      {HEAD
       "pid=5 comm=\"a\" exe=\"/a\" sig=0 arch=c000003e syscall=777 compat=0 ip=0x1 code=0x50000",
       "5 (a) x86_64:#777[] -> denied errno"},
      {HEAD "pid=5 comm=\"a\" exe=\"/a\" sig=31 syscall=250 compat=0 ip=0x1 code=0x0",
       "5 (a) #250[] -> denied kill_thread sig=31"},
      {HEAD
       "pid=5 comm=\"a\" exe=\"/a\" sig=0 arch=c000003e syscall=-1 compat=0 ip=0x1 code=0x7ff00000",
       "5 (a) x86_64:#-1[] -> denied trace"},
  });
}

TEST_CASE(
    "labels may be absent, doubled, spaced or unknown; fields are found by name, not by place") {
  check({
      {HEAD "subj=system_u:system_r:container_t:s0:c12,c34 pid=5 comm=\"a\" exe=\"/a\" sig=0 "
            "arch=c000003e syscall=83 compat=0 ip=0x1 code=0x50000",
       "5 (a) x86_64:mkdir[] -> denied errno"},
      {HEAD "subj==lab//null-/bin/cat (complain) pid=5 comm=\"a\" exe=\"/a\" sig=0 arch=c000003e "
            "syscall=83 compat=0 ip=0x1 code=0x50000",
       "5 (a) x86_64:mkdir[] -> denied errno"},
      {HEAD "subj=docker-default (enforce) pid=5 comm=\"a\" exe=\"/a\" sig=0 arch=c000003e "
            "syscall=83 compat=0 ip=0x1 code=0x50000",
       "5 (a) x86_64:mkdir[] -> denied errno"},
      {HEAD "subj=? pid=5 comm=\"a\" exe=\"/a\" sig=0 arch=c000003e syscall=83 compat=0 ip=0x1 "
            "code=0x50000",
       "5 (a) x86_64:mkdir[] -> denied errno"},
      {"type=SECCOMP msg=audit(1795312204.232:233): ppid=4 pid=5 auid=4294967296 uid=0 gid=0 "
       "ses=4294967296 comm=\"a\" exe=\"/a\" sig=0 arch=c000003e syscall=83 compat=0 ip=0x1 "
       "code=0x50000",
       "5 (a) x86_64:mkdir[] -> denied errno"},
      {HEAD "comm=\"a\" exe=\"/a\" sig=0 arch=c000003e syscall=83 compat=0 ip=0x1 code=0x50000",
       "(a) x86_64:mkdir[] -> denied errno"},
  });
}

TEST_CASE("names are quoted, hex or null") {
  check({
      {HEAD "pid=5 comm=6469736B207265706F7274 exe=2F62696E2F61 sig=0 arch=c000003e syscall=83 "
            "compat=0 ip=0x1 code=0x50000",
       "5 (disk report) x86_64:mkdir[] -> denied errno"},
      {HEAD "pid=5 comm=\"DEADBEEF\" exe=(null) sig=0 arch=c000003e syscall=83 compat=0 ip=0x1 "
            "code=0x50000",
       "5 (DEADBEEF) x86_64:mkdir[] -> denied errno"},
      {HEAD "pid=5 comm=1B5B33316D exe=(null) sig=0 arch=c000003e syscall=83 compat=0 ip=0x1 "
            "code=0x50000",
       "5 (\\x1b[31m) x86_64:mkdir[] -> denied errno"},
  });
}

TEST_CASE("auditd's enrichment never changes what the kernel said") {
  check({
      {HEAD
       "pid=5 comm=\"a\" exe=\"/a\" sig=0 arch=c000003e syscall=83 compat=0 ip=0x1 code=0x50000\x1d"
       "AUID=\"unset\" ARCH=x86_64 SYSCALL=unknown-syscall(-1)",
       "5 (a) x86_64:mkdir[] -> denied errno"},
      {HEAD "pid=5 comm=\"a\" exe=\"/a\" sig=0 arch=c000003e syscall=83 compat=0 ip=0x1 "
            "code=0x50000AUID=\"unset\" ARCH=x86_64 SYSCALL=close",
       "5 (a) x86_64:mkdir[] -> denied errno"},
      {HEAD "pid=5 comm=\"a\" exe=\"/a\" sig=0 arch=c000003e syscall=83 compat=0 ip=0x1 "
            "code=0x50000 AUID=\"unset\" ARCH=x86_64 SYSCALL=close",
       "5 (a) x86_64:mkdir[] -> denied errno"},
  });
}

TEST_CASE("a record that is cut is damage, not an event") {
  for (std::string_view line : {
           HEAD "pid=5 comm=\"a\" exe=\"/a\" sig=0 arch=c000003e sysca",
           HEAD "pid=5 comm=\"a\" exe=\"/a\" sig=0 arch=c000003e syscall=8",
           HEAD
           "pid=5 comm=\"a\" exe=\"/a\" sig=0 arch=c000003e syscall=83 compat=0 ip=0x1 code=0x7ffc",
           HEAD "pid=5 comm=\"a\" exe=\"/a\" sig=0 arch=c000003e syscall=83 compat=0 ip=0x1 code=",
           HEAD "pid=5 comm=\"a",
           "type=SECCOMP msg=audit(17953122",
           "type=SECCOMP msg=au",
           "type=SECC",
           "node=",
       }) {
    CAPTURE(line);
    const testing::Source given = testing::read(audit_dialect(), line);
    CHECK(given.damaged == 1);
    CHECK(given.lines() == 1);
    CHECK(given.events.empty());
  }
}

TEST_CASE("everything the record says is in the event") {
  const std::string_view line =
      "node=web-1 type=SECCOMP msg=audit(1795312204.232:233): auid=1000 uid=33 gid=33 ses=7 "
      "subj=snap.x pid=58 comm=\"m\" "
      "exe=\"/bin/m\" sig=0 arch=c000003e syscall=83 compat=0 ip=0x47b567 code=0x50000";
  int seen = 0;
  const auto describe = [&](const model::Event& event) {
    ++seen;
    CHECK(event.host == "web-1");
    CHECK(event.time == model::Time{1795312204232000000, model::Time::Basis::Epoch, false});
    CHECK(event.serial == 233);
    CHECK(event.uid == 33);
    CHECK(event.auid == 1000);
    CHECK(event.session == 7);
    CHECK(event.subj == "snap.x");
    CHECK(event.exe == "/bin/m");
    CHECK(event.tid == -1);
    CHECK(event.line == line);
    CHECK(event.origin.line == 1);
    CHECK(std::get<model::Call>(event.what).certainty == model::Certainty::Stated);
    return std::string();
  };
  testing::read_in_chunks(audit_dialect(), line, 0, describe);
  CHECK(seen == 1);
}
