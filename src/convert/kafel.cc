// kafel's policy language (README.md, src/parser.y, src/lexer.l), which nsjail reads: blocks of
// calls by action, the first match decides.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

#include "base/text.h"
#include "convert/kafel_names.h"
#include "convert/kafel_reader.h"

namespace medic::profile::formats {
namespace {

// Calls that kafel names otherwise, and those with conditions, are written by number: kafel
// compares a parameter that it knows to be an int by its lower half alone, and one of a call by
// number as a whole, as runtimes do.
std::string action_text(const Effect& each) {
  switch (each.action) {
    case Action::KillProcess: return "KILL_PROCESS";
    case Action::KillThread: return "KILL";
    case Action::Trap: return "TRAP(0)";
    case Action::Errno: return fmt::format("ERRNO({})", each.errno_value);
    case Action::Notify: return "USER_NOTIF";
    case Action::Trace: return fmt::format("TRACE({})", each.errno_value);
    case Action::Log: return "LOG";
    case Action::Allow: return "ALLOW";
  }
  return {};
}

std::string condition_text(const Condition& c) {
  switch (c.op) {
    case Op::Eq: return fmt::format("a{} == {:#x}", c.index, c.value);
    case Op::Ne: return fmt::format("a{} != {:#x}", c.index, c.value);
    case Op::Lt: return fmt::format("a{} < {:#x}", c.index, c.value);
    case Op::Le: return fmt::format("a{} <= {:#x}", c.index, c.value);
    case Op::Ge: return fmt::format("a{} >= {:#x}", c.index, c.value);
    case Op::Gt: return fmt::format("a{} > {:#x}", c.index, c.value);
    case Op::MaskedEq:
      return fmt::format("(a{} & {:#x}) == {:#x}", c.index, c.value, c.value_two & c.value);
  }
  return {};
}

std::string by_number(const CallMeaning& call) {
  return fmt::format("SYSCALL[{}] /* {} */", call.id.number, kernel::name_of(call.name));
}

// With `conditions`, the parameters up to the last one that is looked at are named.
std::string filter_text(const CallMeaning& call, const Alternatives& conditions) {
  if (call.unconditional())
    return kafel_has_name(call.name, call.id.arch) ? std::string(kernel::name_of(call.name))
                                                   : by_number(call);
  std::uint32_t last = 0;
  std::string any;
  for (const Conjunction& all : conditions) {
    std::string text;
    for (const Condition& c : all) {
      last = std::max(last, c.index);
      text += (text.empty() ? "" : " && ") + condition_text(c);
    }
    any += (any.empty() ? "" : " || ") + text;
  }
  std::string names;
  for (std::uint32_t i = 0; i <= last; ++i) names += fmt::format("{}a{}", i == 0 ? "" : ", ", i);
  return fmt::format("{}({}) {{ {} }}", by_number(call), names, any);
}

std::string identifier(std::string_view text) {
  std::string out;
  for (const char c : text.substr(0, 64))
    out += (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ? c : '_';
  if (out.empty() || out.front() == '_' || (out.front() >= '0' && out.front() <= '9'))
    out.insert(0, "p");
  return out;
}

}  // namespace

Result<ForeignProfile> read_kafel(const ForeignText& source) { return KafelReader(source).run(); }

Result<Converted> write_kafel(const Conversion& conversion) {
  auto meaning = meaning_of(conversion.evaluator);
  if (!meaning) return fail(std::move(meaning.error()));
  const ArchMeaning& native = meaning->archs.front();
  const auto bits = static_cast<unsigned>(kernel::info(native.arch).bits);
  std::map<Effect, std::vector<std::string>> blocks;
  for (const CallMeaning& call : native.calls) {
    for (const Effect& each : effects_of(call.meaning)) {
      if (each == meaning->fallback) continue;
      const auto alternatives = where(call.meaning, each, bits);
      if (!alternatives)
        return fail(refusal(fmt::format("the conditions on {} are too many to write out",
                                        kernel::name_of(call.name))));
      blocks[each].push_back(filter_text(call, *alternatives));
    }
  }
  Converted out;
  const std::string name = identifier(conversion.name);
  out.text = fmt::format("// For {} alone.\nPOLICY {} {{\n", kernel::name(native.arch), name);
  std::size_t left = blocks.size();
  // What runs comes first; the blocks do not overlap.
  for (auto block = blocks.rbegin(); block != blocks.rend(); ++block) {
    out.text += fmt::format("  {} {{\n    {}\n  }}{}\n", action_text(block->first),
                            fmt::join(block->second, ",\n    "), --left == 0 ? "" : ",");
  }
  out.text += fmt::format("}}\n\nUSE {} DEFAULT {}\n", name, action_text(meaning->fallback));
  if (!conversion.evaluator.flat().flags.empty())
    out.losses.push_back("kafel takes no filter flags");
  return out;
}

bool looks_like_kafel(std::string_view text) {
  if (any_line_starts(text, "POLICY ")) return true;
  return text.find("DEFAULT") != std::string_view::npos &&
         text.find('{') != std::string_view::npos && text.find("USE ") != std::string_view::npos;
}

}  // namespace medic::profile::formats
