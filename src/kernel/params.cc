// See params.h; the data is params.inc.
#include "kernel/params.h"

#include <algorithm>

namespace medic::kernel {
namespace {

struct Row {
  std::string_view name;
  std::string_view letters;
};

constexpr Row kRows[] = {
#define PARAMS(name, letters) {name, letters},
#include "kernel/params.inc"
#undef PARAMS
};

// 64-bit parameters that 32-bit architectures split over two registers, each in its own way.
constexpr std::string_view kSplit[] = {
    "arm_fadvise64_64", "arm_sync_file_range", "fadvise64",        "fadvise64_64", "fallocate",
    "fanotify_mark",    "ftruncate64",         "lookup_dcookie",   "pread64",      "pwrite64",
    "readahead",        "sync_file_range",     "sync_file_range2", "truncate64"};

bool is_mips(Arch arch) {
  return arch == Arch::Mips || arch == Arch::Mipsel || arch == Arch::Mips64 ||
         arch == Arch::Mipsel64 || arch == Arch::Mips64n32 || arch == Arch::Mipsel64n32;
}

// Empty and `certain` false where the architecture's own layout is not known.
struct Letters {
  std::string_view text;
  bool certain = false;
};

Letters letters_of(std::string_view name, Arch arch) {
  const bool s390 = arch == Arch::S390 || arch == Arch::S390x;
  if (name == "clone" && s390)
    return {"lipll", true};  // kernel/fork.c CONFIG_CLONE_BACKWARDS2: the stack comes first
  // One pointer to a struct of six (old_mmap).
  if (name == "mmap" && (s390 || arch == Arch::X86 || arch == Arch::M68k)) return {"p", true};
  // Results come back in two registers.
  if (name == "pipe" && (is_mips(arch) || arch == Arch::Sh || arch == Arch::Sheb))
    return {"", true};
  if (info(arch).bits == 32 &&
      std::find(std::begin(kSplit), std::end(kSplit), name) != std::end(kSplit))
    return {};
  const auto row = std::lower_bound(std::begin(kRows), std::end(kRows), name,
                                    [](const Row& a, std::string_view b) { return a.name < b; });
  if (row == std::end(kRows) || row->name != name) return {};
  return {row->letters, true};
}

}  // namespace

Params params_of(NameId name, Arch arch) {
  const Letters letters = letters_of(name_of(name), arch);
  Params out;
  if (!letters.certain) return out;
  out.known = true;
  out.count = static_cast<std::uint8_t>(letters.text.size());
  for (std::size_t i = 0; i < letters.text.size(); ++i) {
    const auto bit = static_cast<std::uint8_t>(1u << i);
    if (letters.text[i] == 'p')
      out.pointer_mask = static_cast<std::uint8_t>(out.pointer_mask | bit);
    if (letters.text[i] == 'i' && info(arch).bits == 64)
      out.int32_mask = static_cast<std::uint8_t>(out.int32_mask | bit);
  }
  return out;
}

bool is_ambiguous_int(NameId id, Arch arch, const Args& args, unsigned index) {
  if (!args.has(index) || info(arch).bits != 64) return false;
  const std::uint64_t value = args.value[index], upper = value >> 32;
  if ((value >> 31 & 1) == 0) return false;
  const std::string_view name = name_of(id);
  // These take an int by a parameter that is declared for all of their commands.
  if (index > 0 && (name == "fcntl" || name == "keyctl" || name == "prctl"))
    return upper == 0xFFFFFFFF;
  return (params_of(id, arch).int32_mask >> index & 1) != 0 && (upper == 0 || upper == 0xFFFFFFFF);
}

std::optional<Args> with_other_ints(NameId name, Arch arch, const Args& args) {
  std::optional<Args> out;
  for (unsigned i = 0; i < kArgCount; ++i) {
    if (!is_ambiguous_int(name, arch, args, i)) continue;
    if (!out) out = args;
    out->value[i] ^= 0xFFFFFFFF00000000;
  }
  return out;
}

}  // namespace medic::kernel
