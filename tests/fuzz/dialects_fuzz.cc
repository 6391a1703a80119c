// Every dialect of the registry on the same bytes, and what sniffing makes of them: whole, and cut
// into chunks of a few lines. Each line is accounted for once, and the cutting changes nothing of
// what is reported. A new dialect is fuzzed by being in the registry.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "audit/reading.h"
#include "fuzz/audit_mutator.h"
#include "parsers/router.h"
#include "parsers/registry.h"

using namespace medic;
using namespace medic::parsers;

namespace {

constexpr std::size_t kKept = 2;  // how many lines a chunk has; which dialect, `*` is all of them

void require(bool truth) {
  if (!truth) std::abort();
}

// A trace's call that ends in another chunk is reported there, and what nobody ends is given up in
// any order. A store's document that a chunk cuts is read as far as it goes in each.
bool is_the_same_however_cut(const Dialect& dialect) {
  return dialect.name() != "strace" && dialect.name() != "ltrace" &&
         dialect.name() != "wrapped-strace" && dialect.name() != "store";
}

void read_both_ways(const Dialect& dialect, std::string_view text, std::size_t lines_per_chunk) {
  const testing::Source whole = testing::read(dialect, text),
                        cut = testing::read_in_chunks(dialect, text, lines_per_chunk);
  require(whole.lines() == testing::count_lines(text));
  require(cut.lines() == whole.lines());
  if (!is_the_same_however_cut(dialect)) return;
  require(cut.used == whole.used && cut.foreign == whole.foreign && cut.damaged == whole.damaged);
  require(cut.events.size() == whole.events.size());
}

// As the reading of a file does it. What begins in a later chunk may be met later, so only the
// account is the same.
void read_as_sniffed(std::string_view text, std::size_t lines_per_chunk) {
  const Sniffed sniffed = sniff(text);
  if (sniffed.dialect == nullptr) return;
  std::vector<const Dialect*> members{sniffed.dialect};
  members.insert(members.end(), sniffed.others.begin(), sniffed.others.end());
  const Router router(std::move(members), all_dialects());
  for (std::size_t lines : {std::size_t{0}, lines_per_chunk})
    require(testing::read_in_chunks(router, text, lines).lines() == testing::count_lines(text));
  require(!router.given().empty());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < kKept || size > 32768) return 0;
  const std::size_t lines_per_chunk = 1 + data[0] % 5;
  const std::string_view text(reinterpret_cast<const char*>(data) + kKept, size - kKept);
  std::vector<std::string_view> lines;
  Chunk chunk;
  chunk.text = text;
  for_each_line(
      chunk, [&](std::string_view line, std::uint64_t, std::uint64_t) { lines.push_back(line); });
  const std::size_t only = data[1] == '*' ? SIZE_MAX : data[1] % all_dialects().size();
  for (std::size_t i = 0; i < all_dialects().size(); ++i) {
    if (only != SIZE_MAX && only != i) continue;
    const Dialect* dialect = all_dialects()[i];
    require(dialect->recognise(lines) <= lines.size());
    read_both_ways(*dialect, text, lines_per_chunk);
  }
  read_as_sniffed(text, lines_per_chunk);
  return 0;
}

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size,
                                               std::size_t max_size, unsigned seed) {
  if (size >= kKept && (data[1] == '*' || seed % 8 == 1))
    data[1] = static_cast<std::uint8_t>(seed >> 8);
  return fuzz::mutate_audit(data, size, max_size, seed, kKept);
}
