// A repair is not complete while the runtime itself cannot start a container under it.
#include <doctest/doctest.h>

#include <algorithm>

#include "repair/repair.h"

using namespace medic;
using repair::Options;

namespace {

constexpr const char* kBare =
    R"({"defaultAction": "SCMP_ACT_ERRNO", "architectures": ["SCMP_ARCH_X86_64"],
  "syscalls": [{"names": ["execve", "read", "write", "close", "openat", "fstatfs", "getdents64"], "action": "SCMP_ACT_ALLOW"}]})";

repair::Repair repaired(Options options) {
  Problems ignored;
  const auto profile = profile::read_profile(kBare, "p.json", ignored);
  REQUIRE(profile);
  repair::PermissionRequest request;
  request.syscall = {kernel::Arch::X86_64, 83, kernel::find_name("mkdir"), true};
  auto made = repair::repair(*profile, {request}, {}, {request}, options);
  REQUIRE(made);
  return std::move(*made);
}

bool has(const std::vector<std::string>& list, const char* name) {
  return std::find(list.begin(), list.end(), name) != list.end();
}

}  // namespace

TEST_CASE("A repaired profile under which no container starts is not complete") {
  Options options;
  CHECK(repaired(options).complete());  // nobody asked, as where the logs show that one did start
  options.start = Options::Start::Checked;
  const repair::Repair made = repaired(options);
  CHECK(has(made.cannot_start, "setgroups"));
  CHECK_FALSE(made.complete());
  CHECK(made.notes.back().find("--runtime-calls") != std::string::npos);
  CHECK(made.verification.holds());
}

TEST_CASE("With no_new_privs the filter comes last, and less is needed") {
  Options options;
  options.start = Options::Start::Checked;
  options.no_new_privs = true;
  CHECK(repaired(options).complete());
  options.context.runtime = profile::Runtime::None;
  options.no_new_privs = false;
  CHECK(repaired(options).complete());
}

TEST_CASE("What the runtime needs is permitted where that is asked for") {
  Options options;
  options.start = Options::Start::Added;
  const repair::Repair made = repaired(options);
  CHECK(made.complete());
  CHECK(made.cannot_start.empty());
  const auto added = std::find_if(made.added.begin(), made.added.end(),
                                  [](const auto& each) { return each.syscall == "setgroups"; });
  REQUIRE(added != made.added.end());
  CHECK(added->note.find("runc") != std::string::npos);
  options.context.runtime = profile::Runtime::Crun;
  const repair::Repair crun = repaired(options);
  CHECK(std::any_of(crun.added.begin(), crun.added.end(),
                    [](const auto& each) { return each.syscall == "pselect6"; }));
}
