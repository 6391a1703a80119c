// What dialects remember from line to line makes them quicker and changes nothing.
#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "fuzz/remembering.h"
#include "parsers/registry.h"
#include "support/skip.h"

using namespace medic;
namespace fs = std::filesystem;

namespace {

std::string slurp(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::stringstream out;
  out << in.rdbuf();
  return out.str();
}

// Every log below the folder that a dialect knows, read with and without. Returns how many there
// were.
int compare_all(const fs::path& folder) {
  int compared = 0;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (!entry.is_regular_file() || entry.file_size() > 2'000'000) continue;
    const std::string text = slurp(entry.path());
    const parsers::Dialect* dialect = parsers::sniff(text).dialect;
    if (dialect == nullptr) continue;
    ++compared;
    const std::string log = testing::repeated(text);
    for (const std::size_t chunk : {log.size() + 1, std::size_t{5000}}) {
      INFO(entry.path().string(), " as ", dialect->name(), " in chunks of ", chunk);
      CHECK(testing::ledger_bytes(*dialect, log, chunk, true) ==
            testing::ledger_bytes(*dialect, log, chunk, false));
    }
  }
  return compared;
}

}  // namespace

TEST_CASE("A log leaves the same ledger whether the dialect remembers or not") {
  const fs::path source = MEDIC_SOURCE_DIR;
  CHECK(compare_all(source / "samples") > 20);
  CHECK(compare_all(source / "tests/strace/recordings") > 20);
}

TEST_CASE("A log of the corpus leaves the same ledger whether the dialect remembers or not" *
          doctest::test_suite("optional")) {
  const fs::path corpus = fs::path(MEDIC_SOURCE_DIR) / "../shared/corpus";
  if (!fs::exists(corpus)) return medic::support::skip("no corpus at ../shared/corpus");
  CHECK(compare_all(corpus) > 50);
}
