// The audit dialect over any bytes: nothing crashes, every line is accounted for once, and a text
// cut into lines gives the events of the whole. The mutator knows what a record is made of.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "audit/reading.h"
#include "audit/written_agrees.h"
#include "fuzz/audit_mutator.h"
#include "parsers/audit/audit_dialect.h"

using namespace medic;
using namespace medic::parsers;

namespace {

void require(bool truth) {
  if (!truth) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  std::size_t agreed = 0;
  require(testing::first_disagreement(text, agreed).empty());
  const testing::Source whole = testing::read(audit_dialect(), text);
  require(whole.lines() == testing::count_lines(text));
  for (std::size_t lines : {1u, 3u}) {
    const testing::Source cut = testing::read_in_chunks(audit_dialect(), text, lines);
    require(cut.used == whole.used && cut.foreign == whole.foreign && cut.damaged == whole.damaged);
    require(cut.sorted() == whole.sorted());
  }
  std::vector<std::string_view> lines;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    lines.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  require(audit_dialect().recognise(lines) <= lines.size());
  return 0;
}

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size,
                                               std::size_t max_size, unsigned seed) {
  return fuzz::mutate_audit(data, size, max_size, seed, 0);
}
