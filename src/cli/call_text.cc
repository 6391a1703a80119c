#include "cli/call_text.h"

#include <fmt/format.h>

#include <optional>

#include "base/text.h"
#include "kernel/constants.h"

namespace medic::cli {
namespace {

Problem wrong(std::string_view text, std::string_view part, std::string what,
              std::string hint = "") {
  Problem problem;
  problem.text = std::move(what);
  problem.hint = std::move(hint);
  problem.source_line = std::string(text);
  const auto at = part.data() - text.data();
  problem.column = at >= 0 && static_cast<std::size_t>(at) <= text.size()
                       ? static_cast<std::uint64_t>(at) + 1
                       : 1;
  return problem;
}

// A number, a constant, or several of them joined by |. A dash, a question mark or an underscore
// leaves the argument open.
Result<std::optional<std::uint64_t>> parse_value(std::string_view whole, std::string_view text,
                                                 kernel::Arch arch) {
  if (text == "?" || text == "-" || text == "_") return std::optional<std::uint64_t>();
  std::uint64_t value = 0;
  for (const std::string_view part : split(text, '|')) {
    const std::string_view word = trim(part);
    std::optional<std::uint64_t> number = parse_number(word);
    if (!number && word == "NULL") number = 0;
    if (!number) number = kernel::constant_value(word, arch);
    if (!number)
      return fail(wrong(whole, word,
                        fmt::format("'{}' is neither a number nor a known constant", word),
                        "decimal, 0x…, AF_UNIX, CLONE_NEWUSER|SIGCHLD, or ? for any"));
    value |= *number;
  }
  return std::optional<std::uint64_t>(value);
}

Result<kernel::SyscallId> parse_syscall(std::string_view whole, std::string_view word,
                                        kernel::Arch arch) {
  if (const auto number = parse_number(word))
    return kernel::SyscallId{arch, static_cast<std::int32_t>(static_cast<std::int64_t>(*number))};
  const kernel::NameId name = kernel::find_name(word);
  if (name == kernel::kNoName) {
    const kernel::NameId alias = kernel::find_alias(word, arch);
    const auto nearest = kernel::nearest_names(word, 1);
    std::string hint;
    if (alias != kernel::kNoName)
      hint = fmt::format("profiles call it {}", kernel::name_of(alias));
    else if (!nearest.empty())
      hint = fmt::format("did you mean {}?", kernel::name_of(nearest.front()));
    return fail(wrong(whole, word, fmt::format("'{}' is no system call", word), hint));
  }
  const auto number = kernel::number_of(name, arch);
  if (!number)
    return fail(wrong(whole, word, fmt::format("{} does not exist on {}", word, kernel::name(arch)),
                      fmt::format("`seccomp-medic syscalls {}` lists where it does", word)));
  return kernel::SyscallId{arch, *number};
}

Result<kernel::Arch> parse_arch(std::string_view whole, std::string_view word) {
  const auto arch = kernel::arch_from_any(word);
  if (!arch)
    return fail(wrong(whole, word, fmt::format("unknown architecture '{}'", word),
                      "x86_64, x86, x32, aarch64, arm, …"));
  return *arch;
}

Result<kernel::Call> with_values(std::string_view whole, kernel::SyscallId id,
                                 const std::vector<std::string_view>& values) {
  kernel::Call call{id, {}};
  if (values.size() > kernel::kArgCount)
    return fail(wrong(whole, values[kernel::kArgCount], "a system call has at most 6 arguments"));
  for (unsigned i = 0; i < values.size(); ++i) {
    auto value = parse_value(whole, trim(values[i]), id.arch);
    if (!value) return fail(std::move(value.error()));
    if (*value) call.args.set(i, **value);
  }
  return call;
}

std::vector<std::string_view> words_of(std::string_view text) {
  std::vector<std::string_view> out;
  for (const std::string_view part : split(text, ' ')) {
    for (const std::string_view word : split(part, '\t')) {
      if (!word.empty()) out.push_back(word);
    }
  }
  return out;
}

}  // namespace

Result<kernel::Call> parse_call(std::string_view text, kernel::Arch native) {
  const std::string_view whole = text;
  text = trim(text);
  kernel::Arch arch = native;
  const std::size_t open = text.find('(');
  const std::vector<std::string_view> words = words_of(text.substr(0, open));
  if (open == std::string_view::npos && words.size() >= 2) {  // ARCH NUMBER A0 … A5
    auto named = parse_arch(whole, words[0]);
    if (!named) return fail(std::move(named.error()));
    auto id = parse_syscall(whole, words[1], *named);
    if (!id) return fail(std::move(id.error()));
    return with_values(whole, *id, {words.begin() + 2, words.end()});
  }
  std::string_view name = trim(text.substr(0, open));
  if (const std::size_t colon = name.find(':'); colon != std::string_view::npos) {
    auto named = parse_arch(whole, name.substr(0, colon));
    if (!named) return fail(std::move(named.error()));
    arch = *named;
    name = name.substr(colon + 1);
  }
  auto id = parse_syscall(whole, name, arch);
  if (!id) return fail(std::move(id.error()));
  if (open == std::string_view::npos) return kernel::Call{*id, {}};
  if (text.back() != ')')
    return fail(wrong(whole, text.substr(text.size()), "the closing parenthesis is missing"));
  const std::string_view inside = trim(text.substr(open + 1, text.size() - open - 2));
  return with_values(whole, *id,
                     inside.empty() ? std::vector<std::string_view>{} : split(inside, ','));
}

}  // namespace medic::cli
