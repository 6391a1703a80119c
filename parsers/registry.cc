#include "parsers/registry.h"

#include <vector>

#include "parsers/audit/audit_dialect.h"
#include "parsers/strace/strace_dialect.h"

namespace medic::parsers {
namespace {

// At a tie the earlier wins.
const Dialect* const kDialects[] = {
    &audit_dialect(),
    &strace_dialect(),
};

}  // namespace

std::span<const Dialect* const> all_dialects() { return kDialects; }

const Dialect* find_dialect(std::string_view name) {
  for (const Dialect* dialect : kDialects) {
    if (dialect->name() == name) return dialect;
  }
  return nullptr;
}

Sniffed sniff(std::string_view text) {
  constexpr std::size_t kMaxLines = 400, kMaxLineBytes = 8192;
  std::vector<std::string_view> lines;
  Chunk chunk;
  chunk.text = text.substr(0, std::size_t{1} << 18);
  for_each_line(chunk, [&](std::string_view line, std::uint64_t, std::uint64_t) {
    if (!line.empty() && lines.size() < kMaxLines) lines.push_back(line.substr(0, kMaxLineBytes));
  });
  Sniffed best;
  best.looked_at = lines.size();
  for (const Dialect* dialect : kDialects) {
    const std::size_t recognised = dialect->recognise(lines);
    if (recognised > best.recognised) {
      best.dialect = dialect;
      best.recognised = recognised;
    }
  }
  return best;
}

}  // namespace medic::parsers
