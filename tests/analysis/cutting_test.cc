// However a log is cut into blocks and however many threads read it, the answer is the same to the
// byte.
#include <doctest/doctest.h>

#include <filesystem>

#include "ledger/digest.h"
#include "ledger/interest.h"
#include "analysis.h"
#include "read/inputs.h"
#include "report/report.h"

using namespace medic;
namespace fs = std::filesystem;

namespace {

std::string digest_of(const std::string& path, unsigned threads, std::size_t block_bytes) {
  static const ledger::InterestTable interest = ledger::default_interest();
  ReadOptions options;
  options.inputs = {path};
  options.threads = threads;
  options.block_bytes = block_bytes;
  options.as_digest = true;
  return ledger::write_digest(read_logs(options, interest).digest);
}

// What people are reported, in the fullest form.
std::string answer_of(const std::string& path, unsigned threads, std::size_t block_bytes) {
  Request request;
  request.read.inputs = {path};
  request.read.threads = threads;
  request.read.block_bytes = block_bytes;
  const auto analysis = walk(request);
  REQUIRE(analysis);
  return report::find_renderer("json")->diagnosis((*analysis)->diagnosis, {});
}

// One byte: every line is a block of its own, and sixteen lines are a segment.
constexpr std::size_t kBlocks[] = {1, 5000, 70000};
constexpr unsigned kThreads[] = {1, 2, 7};

template <class F>
int for_each_log(F&& compare) {
  int logs = 0;
  for (const auto& entry :
       fs::recursive_directory_iterator(fs::path(MEDIC_SOURCE_DIR) / "samples")) {
    const std::string name = entry.path().filename().string();
    if (name != "audit.log" && name != "kern.log" && !name.ends_with("strace.log")) continue;
    ++logs;
    compare(entry.path().string());
  }
  return logs;
}

}  // namespace

TEST_CASE("The answer is the same whatever the blocks and the threads") {
  const int logs = for_each_log([](const std::string& path) {
    const std::string whole = answer_of(path, 1, std::size_t{1} << 20);
    for (const unsigned threads : kThreads) {
      for (const std::size_t block : kBlocks) {
        // Numbers used again every few lines: where a segment begins anew with each of them, births
        // are paired by what it shows.
        if (block == 1 && path.find("attribution-reused-numbers") != std::string::npos) continue;
        INFO(path, " by ", threads, " threads in blocks of ", block);
        CHECK(answer_of(path, threads, block) == whole);
      }
    }
  });
  CHECK(logs > 20);
}

TEST_CASE("A digest is the same to the byte whatever the threads") {
  const int logs = for_each_log([](const std::string& path) {
    for (const std::size_t block : kBlocks) {
      const std::string one = digest_of(path, 1, block);
      for (const unsigned threads : kThreads) {
        INFO(path, " by ", threads, " threads in blocks of ", block);
        CHECK(digest_of(path, threads, block) == one);
      }
    }
  });
  CHECK(logs > 20);
}
