// All dialects that wrap audit records, over any bytes; the first byte picks the dialect.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "audit/reading.h"
#include "parsers/audit/ausearch_dialects.h"
#include "parsers/audit/enricher_dialect.h"
#include "parsers/audit/journal_dialect.h"
#include "parsers/audit/json_dialects.h"
#include "parsers/audit/logcat_dialect.h"
#include "parsers/audit/sandbox_dialect.h"
#include "parsers/audit/wrapped_dialect.h"

using namespace medic;
using namespace medic::parsers;

namespace {

void require(bool truth) {
  if (!truth) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const Dialect* const kDialects[] = {
      &journal_json_dialect(), &laurel_dialect(),        &auditbeat_dialect(),
      &go_audit_dialect(),     &wrapped_json_dialect(),  &journal_dialect(),
      &ausearch_csv_dialect(), &ausearch_text_dialect(), &enricher_dialect(),
      &sandbox_dialect(),      &logcat_dialect(),        &wrapped_dialect()};
  if (size == 0) return 0;
  const Dialect& dialect = *kDialects[(data[0] - 'a') % 26u % std::size(kDialects)];
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  const testing::Source whole = testing::read(dialect, text);
  require(whole.lines() == testing::count_lines(text));
  const testing::Source cut = testing::read_in_chunks(dialect, text, 2);
  require(cut.used == whole.used && cut.foreign == whole.foreign && cut.damaged == whole.damaged);
  require(cut.sorted() == whole.sorted());
  std::vector<std::string_view> lines;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    lines.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  require(dialect.recognise(lines) <= lines.size());
  return 0;
}
