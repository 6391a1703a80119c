// A death by SIGSYS is a denial, whether the log has its call or not; and once it has, it is one
// denial.
#include <doctest/doctest.h>

#include <cstdio>
#include <fstream>

#include "analysis.h"

using namespace medic;

namespace {

diagnose::Diagnosis diagnosed(std::string_view text) {
  const std::string path = "/tmp/medic-deaths.log";
  std::ofstream(path) << text;
  Request request;
  request.read.inputs = {path};
  request.read.threads = 1;
  const auto analysis = walk(request);
  std::remove(path.c_str());
  REQUIRE(analysis);
  return (*analysis)->diagnosis;
}

std::string denials(const diagnose::Diagnosis& diagnosis) {
  std::string out;
  for (const diagnose::Finding& each : diagnosis.findings) {
    if (each.denied)
      out += each.kind + " " + std::string(kernel::name_of(each.syscall.name)) + "; ";
  }
  return out;
}

}  // namespace

TEST_CASE("A death by SIGSYS whose call the log lacks is a denial, and no complete evidence") {
  for (const std::string_view text :
       {"+++ killed by SIGSYS +++\n", "77  +++ killed by SIGSYS (core dumped) +++\n",
        "F/libc    ( 4711): Fatal signal 31 (SIGSYS), code 1 (SYS_SECCOMP) in tid 4711 (demo), pid "
        "4711 (demo)\n"}) {
    CAPTURE(text);
    const diagnose::Diagnosis found = diagnosed(text);
    CHECK(denials(found) == "abend-sigsys ; ");
    CHECK(found.completeness.verdict != diagnose::Completeness::Verdict::Complete);
  }
}

TEST_CASE("A death whose call the log has is one denial, and so is that of its threads") {
  const std::string start = "12 execve(\"/bin/x\", [\"x\"], 0x7ffe0 /* 3 vars */) = 0\n";
  CHECK(denials(diagnosed(start + "12 getppid() = 110\n12 +++ killed by SIGSYS +++\n"))
            .find("abend-sigsys") == std::string::npos);
  const std::string threads =
      start +
      "12 clone(child_stack=0x7f00, "
      "flags=CLONE_VM|CLONE_FS|CLONE_FILES|CLONE_SIGHAND|CLONE_THREAD|CLONE_SYSVSEM) = 13\n"
      "13 getppid() = 110\n12 +++ killed by SIGSYS +++\n13 +++ killed by SIGSYS +++\n";
  CHECK(denials(diagnosed(threads)).find("abend-sigsys") == std::string::npos);
  CHECK(denials(diagnosed(threads)).find("getppid") != std::string::npos);
}

TEST_CASE("A trace that does not begin with execve is no complete evidence") {
  CHECK(diagnosed("12 execve(\"/bin/x\", [\"x\"], 0x7ffe0 /* 3 vars */) = 0\n12 exit_group(0) = "
                  "?\n12 +++ exited with 0 +++\n")
            .completeness.verdict == diagnose::Completeness::Verdict::Complete);
  CHECK(diagnosed("12 getpid() = 12\n12 exit_group(0) = ?\n12 +++ exited with 0 +++\n")
            .completeness.verdict == diagnose::Completeness::Verdict::Incomplete);
}
