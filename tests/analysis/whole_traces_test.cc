// Who is who in whole traces, and when a trace is no complete evidence.
#include <doctest/doctest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "parsers/registry.h"
#include "analysis.h"
#include "strace/call_counter.h"

using namespace medic;
namespace fs = std::filesystem;

namespace {

const fs::path kCrowd = fs::path(MEDIC_SOURCE_DIR) / "tests/strace/recordings/crowd";

std::unique_ptr<Analysis> walked(const std::string& input, const Request& asked = Request()) {
  Request request = asked;
  request.read.inputs = {input};
  request.read.threads = 1;
  auto analysis = walk(request);
  REQUIRE(analysis.has_value());
  return std::move(*analysis);
}

struct Written {
  fs::path path;
  explicit Written(const std::string& text)
      : path(fs::temp_directory_path() / ("medic-trace-" + std::to_string(getpid()))) {
    std::ofstream(path) << text;
  }
  ~Written() { fs::remove(path); }
};

diagnose::Completeness::Verdict verdict_of(const std::string& text) {
  const Written file(text);
  return walked(file.path.string())->diagnosis.completeness.verdict;
}

}  // namespace

TEST_CASE("Threads and children in files of strace -ff are who they are in one file") {
  for (const char* input : {"ff", "f.log", "stderr-f.log"}) {
    CAPTURE(input);
    const auto analysis = walked((kCrowd / input).string());
    const auto& processes = analysis->read->ledger.processes().processes();
    CHECK(processes.size() == 6);  // and three threads, which are their processes'
    CHECK(std::all_of(processes.begin(), processes.end(),
                      [](const attribute::Process& process) { return process.comm == "crowd"; }));
  }
}

TEST_CASE("A trace that was cut off is no complete evidence, a whole one is") {
  using Verdict = diagnose::Completeness::Verdict;
  const std::string whole = test::text_of_file(kCrowd / "f.log");
  const std::size_t middle = whole.find('\n', whole.size() / 2) + 1;
  CHECK(verdict_of(whole) == Verdict::Complete);
  CHECK(verdict_of(whole.substr(0, middle)) == Verdict::Incomplete);
}

TEST_CASE("A summary speaks of failures, not of what: it is no complete evidence") {
  using Verdict = diagnose::Completeness::Verdict;
  const std::string head =
      "% time     seconds  usecs/call     calls    errors syscall\n------ ----------- ----------- "
      "--------- --------- ----------------\n";
  CHECK(verdict_of(head + "100.00    0.000010           1        10         2 mkdir\n") ==
        Verdict::Incomplete);
  CHECK(verdict_of(head + "100.00    0.000010           1        10           mkdir\n") ==
        Verdict::Complete);
}

TEST_CASE("A choice that nothing fits is no all-clear") {
  Request request;
  request.scope.comms = {"typo"};
  const auto analysis = walked((kCrowd / "f.log").string(), request);
  CHECK(analysis->diagnosis.findings.empty());
  CHECK(analysis->diagnosis.completeness.verdict == diagnose::Completeness::Verdict::Incomplete);
  request.scope.comms = {"crowd"};
  CHECK(walked((kCrowd / "f.log").string(), request)->diagnosis.completeness.verdict ==
        diagnose::Completeness::Verdict::Complete);
}

TEST_CASE("A child that was started and not traced leaves a gap") {
  using Verdict = diagnose::Completeness::Verdict;
  const std::string traced = "7 execve(\"/a\", [\"a\"], 0x7ffd /* 3 vars */) = 0\n7 vfork() = 8\n",
                    end = "7 exit_group(0) = ?\n7 +++ exited with 0 +++\n";
  CHECK(verdict_of(traced + end) == Verdict::Incomplete);
  CHECK(verdict_of(traced + "8 exit_group(0) = ?\n8 +++ exited with 0 +++\n" + end) ==
        Verdict::Complete);
  // One that is traced, and was not asked for, is no gap.
  const Written file(
      "7 execve(\"/a\", [\"a\"], 0x7ffd /* 3 vars */) = 0\n7 vfork() = 8\n8 +++ exited with 0 "
      "+++\n" +
      end);
  Request request;
  request.scope.comms = {"a"};
  CHECK(walked(file.path.string(), request)->diagnosis.completeness.verdict == Verdict::Complete);
}

TEST_CASE(
    "ENOSYS from a call that every kernel has is suspected to be a filter's, from others it is "
    "not") {
  const auto denied = [](const std::string& call) {
    const Written file("7 execve(\"/a\", [\"a\"], 0x7ffd /* 3 vars */) = 0\n7 " + call +
                       " = -1 ENOSYS (Function not implemented)\n7 +++ exited with 1 +++\n");
    const auto analysis = walked(file.path.string());
    return std::any_of(
        analysis->diagnosis.findings.begin(), analysis->diagnosis.findings.end(),
        [](const auto& each) { return each.denied && each.layer == diagnose::Layer::Seccomp; });
  };
  CHECK(denied("mkdir(\"/srv\", 0777)"));
  CHECK(denied("close(3)"));
  CHECK_FALSE(denied("_sysctl(0x7ffd)"));
  CHECK_FALSE(denied("bpf(BPF_MAP_CREATE, 0x7ffd, 72)"));
}

TEST_CASE("A dialect that fits no line makes nothing complete") {
  const Written file("type=SECCOMP nothing\n");
  Request request;
  request.read.forced = parsers::find_dialect("strace");
  CHECK(walked(file.path.string(), request)->diagnosis.completeness.verdict ==
        diagnose::Completeness::Verdict::Incomplete);
}
