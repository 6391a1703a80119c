#include "kernel/constants.h"

#include <algorithm>
#include <array>
#include <vector>

#include "kernel/name_index.h"

namespace medic::kernel {
namespace {

// Architectures that share their numbering of flags.
enum class Family : std::uint8_t {
  X86_64,
  X86,
  Arm,
  Aarch64,
  Mips,
  Ppc,
  S390,
  Riscv,
  Parisc,
  M68k,
  Sh
};

struct Row {
  std::string_view name;
  std::uint64_t value;
};
constexpr Row kRows[] = {
#define CONSTANT(name, value) {name, value},
#define CONSTANT_ON(name, family, value)
#define CONSTANT_NOT_ON(name, family)
#include "kernel/constants.inc"
#undef CONSTANT
#undef CONSTANT_ON
#undef CONSTANT_NOT_ON
};

struct Exception {
  std::string_view name;
  Family family;
  std::uint64_t value;
  bool absent;
};
constexpr Exception kExceptions[] = {
#define CONSTANT(name, value)
#define CONSTANT_ON(name, family, value) {name, Family::family, value, false},
#define CONSTANT_NOT_ON(name, family) {name, Family::family, 0, true},
#include "kernel/constants.inc"
#undef CONSTANT
#undef CONSTANT_ON
#undef CONSTANT_NOT_ON
};

Family family_of(Arch arch) {
  switch (arch) {
    case Arch::X86: return Family::X86;
    case Arch::Arm: return Family::Arm;
    case Arch::Aarch64: return Family::Aarch64;
    case Arch::Mips:
    case Arch::Mipsel:
    case Arch::Mips64:
    case Arch::Mipsel64:
    case Arch::Mips64n32:
    case Arch::Mipsel64n32: return Family::Mips;
    case Arch::Ppc:
    case Arch::Ppc64:
    case Arch::Ppc64le: return Family::Ppc;
    case Arch::S390:
    case Arch::S390x: return Family::S390;
    case Arch::Riscv64:
    case Arch::Loongarch64: return Family::Riscv;
    case Arch::Parisc:
    case Arch::Parisc64: return Family::Parisc;
    case Arch::M68k: return Family::M68k;
    case Arch::Sh:
    case Arch::Sheb: return Family::Sh;
    case Arch::X86_64:
    case Arch::X32:
    case Arch::Unknown: break;
  }
  return Family::X86_64;
}

// Numberings that logs without a stated architecture may well come from, beside x86_64's.
bool is_common(Family family) {
  return family == Family::Aarch64 || family == Family::S390 || family == Family::Riscv ||
         family == Family::Arm;
}

struct Entry {
  std::uint64_t value = 0;
  bool disputed = false;    // common architectures differ
  std::uint16_t first = 0;  // exceptions
  std::uint16_t count = 0;
};

struct Table {
  NameIndex index{std::size(kRows)};
  std::vector<Entry> entries;
  std::vector<Exception> exceptions{std::begin(kExceptions), std::end(kExceptions)};

  Table() {
    entries.reserve(std::size(kRows));
    std::stable_sort(exceptions.begin(), exceptions.end(),
                     [](const Exception& a, const Exception& b) { return a.name < b.name; });
    for (const Row& row : kRows) {
      Entry entry;
      entry.value = row.value;
      const auto range = std::equal_range(
          exceptions.begin(), exceptions.end(), Exception{row.name, Family::X86, 0, false},
          [](const Exception& a, const Exception& b) { return a.name < b.name; });
      entry.first = static_cast<std::uint16_t>(range.first - exceptions.begin());
      entry.count = static_cast<std::uint16_t>(range.second - range.first);
      entry.disputed = std::any_of(range.first, range.second, [](const Exception& e) {
        return is_common(e.family) && !e.absent;
      });
      index.add(row.name, static_cast<std::uint32_t>(entries.size()));
      entries.push_back(entry);
    }
  }
};

const Table& table() {
  static const Table built;
  return built;
}

}  // namespace

std::optional<std::uint64_t> constant_value(std::string_view name, Arch arch) {
  const Table& constants = table();
  const std::uint32_t found = constants.index.find(name);
  if (found == NameIndex::kAbsent) return std::nullopt;
  const Entry& entry = constants.entries[found];
  if (entry.count == 0 || arch == Arch::X86_64 || arch == Arch::X32) return entry.value;
  if (arch == Arch::Unknown) return entry.disputed ? std::nullopt : std::optional(entry.value);
  const Family family = family_of(arch);
  for (std::size_t i = entry.first; i < entry.first + std::size_t{entry.count}; ++i) {
    const Exception& exception = constants.exceptions[i];
    if (exception.family != family) continue;
    if (exception.absent) return std::nullopt;
    return exception.value;
  }
  return entry.value;
}

}  // namespace medic::kernel
