#include "parsers/strace/names.h"

#include <vector>

#include "base/text.h"
#include "kernel/errno.h"
#include "kernel/name_index.h"

namespace medic::parsers::strace {
namespace {

using kernel::Arch;

const kernel::NameIndex& call_index() {
  static const kernel::NameIndex index = [] {
    const auto names = kernel::all_names();
    kernel::NameIndex built(names.size());
    for (std::size_t i = 0; i < names.size(); ++i)
      built.add(names[i], static_cast<std::uint32_t>(i));
    return built;
  }();
  return index;
}

const kernel::NameIndex& errno_index() {
  static const kernel::NameIndex index = [] {
    kernel::NameIndex built(256);
    for (int number = 1; number < 1024; ++number) {
      const std::string_view name = kernel::errno_name(number);
      if (!name.empty()) built.add(name, static_cast<std::uint32_t>(number));
    }
    return built;
  }();
  return index;
}

// `syscall_0x1b7` since 4.21, `syscall_317` before.
void read_numbered(std::string_view text, NamedCall& out) {
  constexpr std::string_view kPrefix = "syscall_";
  if (!text.starts_with(kPrefix)) return;
  text.remove_prefix(kPrefix.size());
  const auto number = text.starts_with("0x") ? parse_hex(text.substr(2)) : parse_decimal(text);
  if (!number) return;
  out.number = static_cast<std::int32_t>(*number);
  out.has_number = out.known = true;
}

NamedCall find_unusual_call(std::string_view text, Arch arch) {
  NamedCall out;
  if (text.ends_with("#64")) {
    text.remove_suffix(3);
    out.forced_64bit = true;
  }
  if (text == "_exit") text = "exit";  // strace before 4.9
  if (arch == Arch::Arm) out.name = kernel::find_alias(text, arch);
  if (out.name == kernel::kNoName) {
    const std::uint32_t id = call_index().find(text);
    if (id != kernel::NameIndex::kAbsent) out.name = static_cast<kernel::NameId>(id);
  }
  if (out.name == kernel::kNoName) read_numbered(text, out);
  if (out.name == kernel::kNoName && !out.has_number) out.name = kernel::find_alias(text, arch);
  out.known = out.has_number || out.name != kernel::kNoName;
  return out;
}

}  // namespace

NamedCall find_call(std::string_view text, Arch arch) {
  NamedCall out;
  const std::uint32_t id = arch == Arch::Arm ? kernel::NameIndex::kAbsent : call_index().find(text);
  if (id == kernel::NameIndex::kAbsent) return find_unusual_call(text, arch);
  out.name = static_cast<kernel::NameId>(id);
  out.known = true;
  return out;
}

OwnNumbers own_numbers(kernel::NameId name) {
  static const std::vector<OwnNumbers> numbers = [] {
    std::vector<OwnNumbers> built(kernel::all_names().size());
    for (std::size_t i = 0; i < built.size(); ++i) {
      const auto id = static_cast<kernel::NameId>(i);
      built[i] = {kernel::number_of(id, Arch::X86_64).value_or(-1),
                  kernel::number_of(id, Arch::X86).value_or(-1),
                  kernel::number_of(id, Arch::X32).value_or(-1)};
    }
    return built;
  }();
  return name < numbers.size() ? numbers[name] : OwnNumbers{};
}

std::optional<int> find_errno(std::string_view name) {
  const std::uint32_t found = errno_index().find(name);
  if (found != kernel::NameIndex::kAbsent) return static_cast<int>(found);
  return kernel::errno_number(name);
}

}  // namespace medic::parsers::strace
