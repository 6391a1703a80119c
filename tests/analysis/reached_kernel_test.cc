// Audit looks at a call only after the filters let it pass: whatever a SYSCALL record says, no
// filter denied that call.
#include <doctest/doctest.h>

#include <algorithm>
#include <cstdio>
#include <fstream>

#include "analysis.h"

using namespace medic;

TEST_CASE(
    "A call with a SYSCALL record is not the profile's doing, though the profile would answer the "
    "same errno") {
  const std::string profile = "/tmp/medic-reached-kernel.json";
  std::ofstream(profile)
      << R"({"defaultAction": "SCMP_ACT_ALLOW", "architectures": ["SCMP_ARCH_X86_64"],
    "syscalls": [{"names": ["openat", "mkdir"], "action": "SCMP_ACT_ERRNO", "errnoRet": 13}]})";
  Request request;
  request.read.inputs = {std::string(MEDIC_SOURCE_DIR) + "/samples/multi-record/audit.log"};
  request.read.threads = 1;
  request.profile_path = profile;
  const auto analysis = walk(request);
  std::remove(profile.c_str());
  REQUIRE(analysis);
  bool openat = false, mkdir = false;
  for (const diagnose::Finding& each : (*analysis)->diagnosis.findings) {
    if (!each.denied) continue;
    const std::string_view name = kernel::name_of(each.syscall.name);
    if (name == "openat") {
      openat = true;
      CHECK(each.layer == diagnose::Layer::Dac);
      CHECK(std::any_of(each.notes.begin(), each.notes.end(), [](const std::string& note) {
        return note.find("had passed every seccomp filter") != std::string::npos;
      }));
    } else if (name == "mkdir") {
      mkdir = true;
      CHECK(each.layer == diagnose::Layer::Seccomp);
    }
  }
  CHECK(openat);
  CHECK(mkdir);
}
