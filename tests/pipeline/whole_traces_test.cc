// Who is who in whole traces, and when a trace is no complete evidence.
#include <doctest/doctest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "pipeline.h"

using namespace medic;
namespace fs = std::filesystem;

namespace {

const fs::path kCrowd = fs::path(MEDIC_SOURCE_DIR) / "tests/strace/recordings/crowd";

std::unique_ptr<Road> walked(const std::string& input) {
  Request request;
  request.read.inputs = {input};
  request.read.threads = 1;
  auto road = walk(request);
  REQUIRE(road.has_value());
  return std::move(*road);
}

std::string slurp(const fs::path& path) {
  std::stringstream out;
  out << std::ifstream(path, std::ios::binary).rdbuf();
  return out.str();
}

struct Written {
  fs::path path;
  explicit Written(const std::string& text) : path(fs::temp_directory_path() / ("medic-trace-" + std::to_string(getpid()))) { std::ofstream(path) << text; }
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
    const auto road = walked((kCrowd / input).string());
    const auto& lives = road->read->ledger.processes().lives();
    CHECK(lives.size() == 6);  // and three threads, which are their processes'
    CHECK(std::all_of(lives.begin(), lives.end(), [](const attribute::Life& life) { return life.comm == "crowd"; }));
  }
}

TEST_CASE("A trace that was cut off is no complete evidence, a whole one is") {
  using Verdict = diagnose::Completeness::Verdict;
  const std::string whole = slurp(kCrowd / "f.log");
  const std::size_t middle = whole.find('\n', whole.size() / 2) + 1;
  CHECK(verdict_of(whole) == Verdict::Complete);
  CHECK(verdict_of(whole.substr(0, middle)) == Verdict::Incomplete);
}

TEST_CASE("A summary tells of failures, not of what: it is no complete evidence") {
  using Verdict = diagnose::Completeness::Verdict;
  const std::string head = "% time     seconds  usecs/call     calls    errors syscall\n------ ----------- ----------- --------- --------- ----------------\n";
  CHECK(verdict_of(head + "100.00    0.000010           1        10         2 mkdir\n") == Verdict::Incomplete);
  CHECK(verdict_of(head + "100.00    0.000010           1        10           mkdir\n") == Verdict::Complete);
}
