// The labelled records of the corpus, where it is at hand: every one right, every line accounted
// for, however the text is cut into chunks.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include "audit/reading.h"
#include "base/text.h"
#include "kernel/syscalls.h"
#include "parsers/audit/audit_dialect.h"
#include "support/skip.h"

using namespace medic;
using namespace medic::parsers;

namespace {

const std::filesystem::path kCorpus = std::filesystem::path(MEDIC_SOURCE_DIR) / "../shared/corpus";

bool corpus_is_here() {
  if (std::filesystem::exists(kCorpus)) return true;
  medic::support::skip("no corpus at ../shared/corpus");
  return false;
}

std::string slurp(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

// `line arch number name signal action pid comm` of each denial, keyed by line.
std::map<std::uint64_t, std::string> denials(std::string_view text) {
  std::map<std::uint64_t, std::string> out;
  testing::read_in_chunks(audit_dialect(), text, 0, [&](const model::Event& event) {
    if (const auto* call = std::get_if<model::Call>(&event.what);
        call && call->outcome.kind == model::Outcome::Kind::Denied) {
      const std::string pid = event.pid < 0 ? "" : fmt::format("{}", event.pid);
      out[event.origin.line] = fmt::format(
          "{:x} {} {} {} {} {} {}", kernel::info(call->syscall.arch).audit_arch,
          call->syscall.number,
          call->syscall.name == kernel::kNoName ? "?" : kernel::name_of(call->syscall.name),
          call->outcome.signal, kernel::json_name(call->outcome.action), pid, event.comm);
    }
    return std::string();
  });
  return out;
}

}  // namespace

TEST_CASE("every labelled SECCOMP record of the corpus is read as its label says" *
          doctest::test_suite("optional")) {
  if (!corpus_is_here()) return;
  std::istringstream rows(slurp(kCorpus / "seccomp_truth.tsv"));
  std::string row;
  std::getline(rows, row);
  std::map<std::string, std::map<std::uint64_t, std::string>> read;
  int checked = 0;
  while (std::getline(rows, row)) {
    if (row.ends_with('\r')) row.pop_back();
    const auto column = split(row, '\t');
    REQUIRE(column.size() == 9);
    const std::string file(column[0]);
    if (!read.contains(file)) read[file] = denials(slurp(kCorpus / file));
    const auto code = parse_number(column[6]);
    REQUIRE(code);
    const kernel::Action action = kernel::action_from_raw(static_cast<std::uint32_t>(*code));
    CAPTURE(row);
    CHECK(read[file][*parse_decimal(column[1])] ==
          fmt::format("{} {} {} {} {} {} {}", column[2], column[3], column[4], column[5],
                      kernel::json_name(action), column[7], column[8]));
    ++checked;
  }
  CHECK(checked >= 44);
}

namespace {

// Files compared whole and cut; at most 200 kB each.
int compare_cuts(const std::filesystem::path& folder) {
  int files = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (!entry.is_regular_file()) continue;
    const std::string text = slurp(entry.path());
    if (text.size() > 200'000) continue;
    CAPTURE(entry.path().string());
    const testing::Source whole = testing::read(audit_dialect(), text);
    CHECK(whole.lines() == testing::count_lines(text));
    for (std::size_t lines : {1u, 2u, 3u, 7u}) {
      const testing::Source cut = testing::read_in_chunks(audit_dialect(), text, lines);
      CHECK(cut.sorted() == whole.sorted());
      CHECK(cut.used == whole.used);
      CHECK(cut.foreign == whole.foreign);
      CHECK(cut.damaged == whole.damaged);
    }
    ++files;
  }
  return files;
}

}  // namespace

TEST_CASE(
    "the same events and the same account of the samples, however the text is cut into chunks") {
  CHECK(compare_cuts(std::filesystem::path(MEDIC_SOURCE_DIR) / "samples") > 20);
}

TEST_CASE(
    "the same events and the same account of the corpus, however the text is cut into chunks" *
    doctest::test_suite("optional")) {
  if (!corpus_is_here()) return;
  CHECK(compare_cuts(kCorpus / "1_seccomp_records") + compare_cuts(kCorpus / "2_audit_testdata") >
        20);
}
