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

TEST_CASE("Denials that differ in session, user and label alone are each their process's own") {
  std::string log;
  const auto add = [&](int number, const std::string& who) {
    log += "type=SECCOMP msg=audit(1790000000.001:" + std::to_string(number) + "): " + who +
           " pid=" + std::to_string(100 + number % 7) +
           " comm=\"worker\" exe=\"/srv/worker\" sig=0 arch=c000003e syscall=83 compat=0 "
           "ip=0x7f0012345678 code=0x50000\n";
  };
  for (int i = 0; i < 40; i += 5) {
    const std::string n = std::to_string(i);
    add(i, "auid=1000 uid=" + n + " gid=0 ses=3 subj=u:r:container_t:s0:c1,c" + n);
    add(i + 1, "auid=" + n + " uid=0 gid=0 ses=" + n);
    add(i + 2, "auid=1000 uid=0 gid=0 ses=3 subj==docker-default");
    add(i + 3, "auid=1000 uid=0 gid=0 ses=3 subj=docker-default (enforce)");
    add(i + 4, "auid=1000 uid=0 gid=0 ses=3 subj=?");
  }
  const parsers::Dialect* dialect = parsers::sniff(log).dialect;
  REQUIRE(dialect != nullptr);
  CHECK(testing::ledger_bytes(*dialect, log, log.size() + 1, true) ==
        testing::ledger_bytes(*dialect, log, log.size() + 1, false));
}

TEST_CASE("A log of the corpus leaves the same ledger whether the dialect remembers or not" *
          doctest::test_suite("optional")) {
  const fs::path corpus = fs::path(MEDIC_SOURCE_DIR) / "../shared/corpus";
  if (!fs::exists(corpus)) return medic::support::skip("no corpus at ../shared/corpus");
  CHECK(compare_all(corpus) > 50);
}
