#include "kernel/argument_choice.h"

#include <algorithm>
#include <optional>

#include "base/text.h"
#include "kernel/argument_test.h"
#include "kernel/constants.h"

namespace medic::kernel {
namespace {

constexpr bool Always = true, Asked = false;

constexpr ArgumentChoice kChoices[] = {
#define CHOICE(calls, index, mask, known, when, danger, source) \
  {calls, index, mask, known, when, danger, source},
#define FAMILY(calls, values, why)
#define RUNTIME(call, values)
#include "kernel/argument_choice.inc"
#undef CHOICE
#undef FAMILY
#undef RUNTIME
};

constexpr ValueFamily kFamilies[] = {
#define CHOICE(calls, index, mask, known, when, danger, source)
#define FAMILY(calls, values, why) {calls, values, why},
#define RUNTIME(call, values)
#include "kernel/argument_choice.inc"
#undef CHOICE
#undef FAMILY
#undef RUNTIME
};

struct RuntimeValues {
  std::string_view call, values;
};
constexpr RuntimeValues kRuntimes[] = {
#define CHOICE(calls, index, mask, known, when, danger, source)
#define FAMILY(calls, values, why)
#define RUNTIME(call, values) {call, values},
#include "kernel/argument_choice.inc"
#undef CHOICE
#undef FAMILY
#undef RUNTIME
};

// Where the argument stands elsewhere, or behind a pointer: kernel/fork.c CONFIG_CLONE_BACKWARDS2,
// arch/x86/entry/syscalls/syscall_32.tbl and arch/s390 old_mmap.
bool is_elsewhere(std::string_view call, Arch arch) {
  const bool s390 = arch == Arch::S390 || arch == Arch::S390x;
  if (call == "clone") return s390;
  if (call == "mmap") return s390 || arch == Arch::X86 || arch == Arch::Arm || arch == Arch::M68k;
  return false;
}

std::optional<std::uint64_t> value_of(std::string_view name, Arch arch) {
  if (name == "0") return 0;
  return constant_value(name, arch);
}

std::set<std::uint64_t> values_of(std::string_view names, Arch arch) {
  std::set<std::uint64_t> out;
  for (const std::string_view name : split(names, '|')) {
    if (const auto value = value_of(name, arch)) out.insert(*value & 0xFFFFFFFF);
  }
  return out;
}

}  // namespace

std::span<const ArgumentChoice> all_argument_choices() { return kChoices; }
std::span<const ValueFamily> all_value_families() { return kFamilies; }

const ArgumentChoice* argument_choice(std::string_view call, Arch arch, Choices which) {
  if (is_elsewhere(call, arch)) return nullptr;
  const auto found =
      std::find_if(std::begin(kChoices), std::end(kChoices),
                   [&](const ArgumentChoice& row) { return rows::lists(row.calls, call); });
  if (found == std::end(kChoices) || (!found->always && which == Choices::Always)) return nullptr;
  return &*found;
}

std::uint64_t chosen(const ArgumentChoice& choice, const Args& args) {
  const std::uint64_t mask = choice.mask == 0 ? 0xFFFFFFFF : choice.mask;
  return args.value[choice.index] & mask;
}

std::set<std::uint64_t> widened(std::string_view call, std::uint64_t value,
                                std::span<const Arch> archs) {
  std::set<std::uint64_t> out{value};
  for (const ValueFamily& family : kFamilies) {
    if (!rows::lists(family.calls, call)) continue;
    for (const Arch arch : archs) {
      std::set<std::uint64_t> members = values_of(family.values, arch);
      if (members.contains(value)) out.insert(members.begin(), members.end());
    }
  }
  return out;
}

std::set<std::uint64_t> runtime_values(std::string_view call, Arch arch) {
  for (const RuntimeValues& row : kRuntimes) {
    if (row.call == call) return values_of(row.values, arch);
  }
  return {};
}

}  // namespace medic::kernel
