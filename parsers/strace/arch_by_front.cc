#include "parsers/strace/arch_by_front.h"

#include <algorithm>
#include <array>
#include <optional>

#include "kernel/arch_evidence.h"
#include "parsers/dialect.h"
#include "parsers/strace/line.h"

namespace medic::parsers::strace {
namespace {

using kernel::Arch;

constexpr std::size_t kElfBytes = 20;  // up to e_machine (elf(5))

// The first bytes of a text as strace escapes it: \n, \33, \x7f. Nothing where it is shorter.
std::optional<std::array<unsigned char, kElfBytes>> unescaped(std::string_view text) {
  std::array<unsigned char, kElfBytes> out{};
  std::size_t at = 0;
  for (unsigned char& byte : out) {
    if (at >= text.size() || text[at] == '"') return std::nullopt;
    if (text[at] != '\\') {
      byte = static_cast<unsigned char>(text[at++]);
      continue;
    }
    if (++at >= text.size()) return std::nullopt;
    constexpr std::string_view kLetters = "tnvfr";  // 9 to 13
    if (const std::size_t letter = kLetters.find(text[at]); letter != std::string_view::npos) {
      byte = static_cast<unsigned char>(9 + letter);
      ++at;
      continue;
    }
    const bool hex = text[at] == 'x';
    const std::size_t end = at + 3;
    if (hex) ++at;
    unsigned value = 0, digits = 0;
    for (; at < text.size() && at < end; ++at, ++digits) {
      const char c = text[at];
      if (c >= '0' && c <= (hex ? '9' : '7'))
        value = value * (hex ? 16 : 8) + static_cast<unsigned>(c - '0');
      else if (hex && c >= 'a' && c <= 'f')
        value = value * 16 + static_cast<unsigned>(c - 'a' + 10);
      else
        break;
    }
    if (digits == 0) {
      if (at >= text.size()) return std::nullopt;
      value = static_cast<unsigned char>(text[at++]);  // \" and a backslash stand for themselves
    }
    byte = static_cast<unsigned char>(value);
  }
  return out;
}

// AUDIT_ARCH_* is the ELF machine with bits for the width and the byte order (linux/audit.h).
Arch arch_of_elf(std::string_view bytes) {
  const auto header = unescaped(bytes);
  if (!header || (*header)[4] < 1 || (*header)[4] > 2 || (*header)[5] < 1 || (*header)[5] > 2)
    return Arch::Unknown;
  const bool wide = (*header)[4] == 2, little = (*header)[5] == 1;
  const unsigned machine =
      little ? (*header)[18] | (*header)[19] << 8 : (*header)[19] | (*header)[18] << 8;
  constexpr std::uint32_t kWide = 0x80000000, kLittle = 0x40000000;
  const std::uint32_t value = machine | (wide ? kWide : 0) | (little ? kLittle : 0);
  if (machine == 62 && !wide) return Arch::X32;
  return kernel::arch_from_audit(value, 0);
}

// Calls that open what a loader loads.
Arch arch_of_line(const Line& line) {
  if (line.kind != LineKind::Call || line.result.outcome.kind != model::Outcome::Kind::Returned)
    return Arch::Unknown;
  if (line.name.starts_with("open") && line.args.find(".so") != std::string_view::npos)
    return kernel::arch_from_path(line.args).value_or(Arch::Unknown);
  constexpr std::string_view kElf = "\"\\177ELF";
  if (line.name.starts_with("read") || line.name.starts_with("pread")) {
    const std::size_t at = line.args.find(kElf);
    if (at != std::string_view::npos) return arch_of_elf(line.args.substr(at + 1));
  }
  return Arch::Unknown;
}

}  // namespace

Arch arch_by_front(std::string_view front) {
  constexpr std::size_t kLookedAt = std::size_t{48} << 10;  // the same for every size of blocks
  front = front.substr(0, std::min(front.rfind('\n', kLookedAt), front.size()));
  Chunk chunk;
  chunk.text = front;
  Arch loaded = Arch::Unknown, alone = Arch::Unknown;
  for_each_line(chunk, [&](std::string_view text, std::uint64_t, std::uint64_t) {
    if (loaded != Arch::Unknown) return;
    const Line line = read_line(mark_line(text), Arch::Unknown);
    loaded = arch_of_line(line);
    if (line.kind != LineKind::Call || line.call.name == kernel::kNoName) return;
    if (const auto only = kernel::only_arch_of(line.call.name); only && alone == Arch::Unknown)
      alone = *only;
  });
  return loaded != Arch::Unknown ? loaded : alone;
}

}  // namespace medic::parsers::strace
