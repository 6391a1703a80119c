// Every form of audit record, and of other tools' words about seccomp, one case a line in
// audit_scoreboard.tsv.
#include <doctest/doctest.h>

#include <fstream>
#include <string>

#include "audit/reading.h"
#include "base/text.h"
#include "parsers/audit/audit_dialect.h"
#include "parsers/audit/ausearch_dialects.h"
#include "parsers/audit/enricher_dialect.h"
#include "parsers/audit/journal_dialect.h"
#include "parsers/audit/json_dialects.h"
#include "parsers/audit/json_documents_dialect.h"
#include "parsers/audit/logcat_dialect.h"
#include "parsers/audit/sandbox_dialect.h"
#include "parsers/audit/wrapped_dialect.h"

using namespace medic;
using namespace medic::parsers;

namespace {

const Dialect* dialect_named(std::string_view name) {
  for (const Dialect* dialect :
       {&audit_dialect(), &journal_json_dialect(), &laurel_dialect(), &auditbeat_dialect(),
        &go_audit_dialect(), &wrapped_json_dialect(), &journal_dialect(), &ausearch_csv_dialect(),
        &ausearch_text_dialect(), &enricher_dialect(), &sandbox_dialect(), &logcat_dialect(),
        &wrapped_dialect(), &json_documents_dialect()}) {
    if (dialect->name() == name) return dialect;
  }
  return nullptr;
}

std::string unescaped(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char next = text[i] == '\\' && i + 1 < text.size() ? text[i + 1] : '\0';
    if (next == 'n' || next == 't' || next == 'G') {
      out += next == 'n' ? '\n' : next == 't' ? '\t' : '\x1d';
      ++i;
    } else {
      out += text[i];
    }
  }
  return out;
}

std::string given(const testing::Source& said) {
  return said.text() + (said.reasons.empty() ? "" : " !" + said.reasons.front());
}

}  // namespace

TEST_CASE("every line of the scoreboard is read as it says, whole and line by line") {
  std::ifstream in(std::string(MEDIC_SOURCE_DIR) + "/tests/dialects/audit_scoreboard.tsv");
  REQUIRE(in);
  std::string row;
  int cases = 0;
  while (std::getline(in, row)) {
    if (row.starts_with('#')) continue;
    const auto column = split(row, '\t');
    CAPTURE(row);
    REQUIRE(column.size() == 3);
    const Dialect* dialect = dialect_named(column[0]);
    REQUIRE(dialect != nullptr);
    const std::string input = unescaped(column[2]);
    const testing::Source whole = testing::read(*dialect, input),
                          cut = testing::read_in_chunks(*dialect, input, 1);
    CHECK(given(whole) == column[1]);
    CHECK(whole.lines() == testing::count_lines(input));
    CHECK(cut.sorted() == whole.sorted());
    CHECK(cut.used == whole.used);
    CHECK(cut.damaged == whole.damaged);
    // What gives an event is recognised without a word from the user; a notice of loss alone is not
    // a log.
    const auto lines = split(input, '\n');
    if (!whole.events.empty() && !whole.text().starts_with("loss"))
      CHECK(dialect->recognise(lines) > 0);
    ++cases;
  }
  CHECK(cases >= 310);
}
