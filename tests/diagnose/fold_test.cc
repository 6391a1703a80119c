#include "diagnose/fold.h"

#include <doctest/doctest.h>

#include "model/security_label.h"

using namespace medic;
using namespace medic::diagnose;

namespace {

Finding mkdir_denied(std::string comm, std::string label, std::int64_t pid) {
  Finding out;
  out.kind = "denied";
  out.layer = Layer::Seccomp;
  out.syscall.name = kernel::find_name("mkdir");
  out.outcome.kind = model::Outcome::Kind::Denied;
  out.count = 2;
  out.who.comm = std::move(comm);
  out.who.label = std::move(label);
  out.who.pid = pid;
  out.remedy.text = "Permit mkdir.";
  return out;
}

}  // namespace

TEST_CASE("A cause that many processes met is one finding, and they are listed under it") {
  std::vector<Finding> findings{mkdir_denied("worker", "t:s0:c1,c2", 10),
                                mkdir_denied("worker", "t:s0:c3,c4", 11),
                                mkdir_denied("nginx", "t:s0:c1,c2", 12)};
  fold_by_cause(findings, By::Cause);
  REQUIRE(findings.size() == 1);
  CHECK(findings[0].count == 6);
  CHECK(findings[0].who.processes == 3);
  CHECK(findings[0].who.programs == 2);
  REQUIRE(findings[0].who.met.size() == 2);
  CHECK(findings[0].who.met[0].comm == "worker");
  CHECK(findings[0].who.met[0].count == 4);
  CHECK(findings[0].who.met[0].label == "t:s0");
}

TEST_CASE("Where the fix differs, findings stay apart") {
  std::vector<Finding> findings{mkdir_denied("a", "", 1), mkdir_denied("b", "", 2)};
  findings[1].remedy.text = "Another fix.";
  fold_by_cause(findings, By::Cause);
  CHECK(findings.size() == 2);
}

TEST_CASE("A reader may ask for a finding for each program") {
  std::vector<Finding> findings{mkdir_denied("a", "", 1), mkdir_denied("b", "", 2),
                                mkdir_denied("a", "", 3)};
  fold_by_cause(findings, By::Program);
  CHECK(findings.size() == 2);
  CHECK_FALSE(by_from_text("weather").has_value());
}

TEST_CASE("A label's instance is part of who, not of what") {
  CHECK(model::without_instance("system_u:system_r:container_t:s0:c12,c34") ==
        "system_u:system_r:container_t:s0");
  CHECK(model::without_instance("libvirt-0b3cafe1-22aa") == "libvirt");
  CHECK(model::without_instance("my-vm-0b3cafe1-22aa (enforce)") == "my-vm");
  CHECK(model::without_instance("docker-default (enforce)") == "docker-default (enforce)");
  CHECK(model::without_instance("").empty());
}
