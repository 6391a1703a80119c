// What permits a refused access, in the language of the layer that refused it.
#include <doctest/doctest.h>

#include "diagnose/lsm_remedy.h"

namespace medic::diagnose {
namespace {

ledger::LayerDenial apparmor(std::string operation, std::string mask, std::string target) {
  ledger::LayerDenial out;
  out.layer = model::LayerDenial::Layer::Apparmor;
  out.operation = std::move(operation);
  out.permission = std::move(mask);
  out.target = std::move(target);
  out.profile = "web";
  return out;
}

ledger::LayerDenial selinux(std::string source, std::string target, std::string object_class) {
  ledger::LayerDenial out;
  out.layer = model::LayerDenial::Layer::Selinux;
  out.profile = std::move(source);
  out.target_context = std::move(target);
  out.operation = std::move(object_class);
  out.permission = "write";
  return out;
}

}  // namespace

TEST_CASE("an AppArmor denial is answered with the line that permits it") {
  struct Row {
    const char *operation, *mask, *target, *record, *rule;
  };
  const Row rows[] = {
      {"open", "r", "/etc/shadow", "", "/etc/shadow r,"},
      {"mknod", "c", "/run/a.pid", "", "/run/a.pid w,"},
      {"open", "wc", "/srv/two words", "", "\"/srv/two words\" w,"},
      {"open", "r", "/srv/a*", "", "/srv/a\\* r,"},
      {"exec", "x", "/bin/sh", "", "/bin/sh ix,"},
      {"mount", "", "/mnt", "fstype=\"ext4\" srcname=\"/dev/vdb\" flags=\"rw, noatime\"",
       "mount fstype=ext4 options=(rw, noatime) /dev/vdb -> /mnt,"},
      {"signal", "send", "", "requested_mask=\"send\" signal=term peer=\"other\"",
       "signal (send) set=(term) peer=other,"},
      {"ptrace", "read", "", "requested_mask=\"read\" peer=\"other\"", "ptrace (read) peer=other,"},
      {"create", "create", "", "family=\"inet\" sock_type=\"raw\"", "network inet raw,"},
      {"connect", "", "", "family=\"unix\" sock_type=\"stream\" requested_mask=\"connect\"",
       "unix (connect) type=stream,"},
      {"userns_create", "", "", "", "userns,"},
      {"something_new", "", "", "", ""},
  };
  for (const Row& row : rows) {
    INFO(row.operation << " " << row.target);
    CHECK(apparmor_rule(apparmor(row.operation, row.mask, row.target), row.record) == row.rule);
  }
}

TEST_CASE("a capability that AppArmor refuses is named as its rules name it") {
  auto denial = apparmor("capable", "", "");
  denial.capability = 21;
  CHECK(apparmor_rule(denial, "") == "capability sys_admin,");
}

TEST_CASE("docker-default is not edited but copied") {
  auto denial = apparmor("mount", "", "/mnt");
  denial.profile = "docker-default";
  CHECK(apparmor_remedy(denial, "").text.find("--security-opt apparmor=") != std::string::npos);
}

TEST_CASE("an SELinux denial is answered by label, sharing, boolean or policy") {
  const char* container = "system_u:system_r:container_t:s0:c1,c2";
  const auto text = [](const ledger::LayerDenial& denial) { return selinux_remedy(denial).text; };
  CHECK(text(selinux(container, "unconfined_u:object_r:user_home_t:s0", "dir")).find(":Z") !=
        std::string::npos);
  CHECK(text(selinux(container, "system_u:object_r:container_file_t:s0:c5,c6", "file"))
            .find(":z instead of :Z") != std::string::npos);
  CHECK(text(selinux(container, "system_u:object_r:nfs_t:s0", "file"))
            .find("setsebool -P virt_use_nfs 1") != std::string::npos);
  CHECK(text(selinux("system_u:system_r:httpd_t:s0", "system_u:object_r:mysqld_port_t:s0",
                     "tcp_socket"))
            .find("httpd_can_network_connect_db") != std::string::npos);
  CHECK(text(selinux("system_u:system_r:cupsd_t:s0", "system_u:object_r:etc_t:s0", "file"))
            .find("audit2why") != std::string::npos);
}

TEST_CASE("a record's fields are found whole, decoded, and not inside others") {
  CHECK(record_field("fsname=\"x\" name=\"/a b\"", "name") == "/a b");
  CHECK(record_field("name=2F612062 pid=1", "name") == "/a b");
  CHECK(record_field("requested_mask=r", "mask") == "");
  CHECK(record_field("", "name") == "");
  CHECK(record_field("name=", "name") == "");
  CHECK(record_field("name=\"never closed", "name") == "never closed");
}

}  // namespace medic::diagnose
