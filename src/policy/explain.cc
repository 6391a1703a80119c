#include "policy/explain.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "kernel/errno.h"
#include "kernel/multiplexer.h"

namespace medic::profile {
namespace {

std::string number_text(std::uint64_t value) {
  return value < 10 ? fmt::format("{}", value) : fmt::format("{:#x}", value);
}

std::string_view operator_text(Op op) {
  switch (op) {
    case Op::Ne: return "!=";
    case Op::Lt: return "<";
    case Op::Le: return "<=";
    case Op::Ge: return ">=";
    case Op::Gt: return ">";
    default: return "==";
  }
}

std::string condition_text(const Condition& condition) {
  if (condition.op != Op::MaskedEq)
    return fmt::format("arg{} {} {}", condition.index, operator_text(condition.op),
                       number_text(condition.value));
  return fmt::format("(arg{} & {:#x}) == {:#x}", condition.index, condition.value,
                     condition.value & condition.value_two);
}

// Does the rule name this call, directly or through a multiplexer?
bool names_call(const Rule& rule, kernel::SyscallId id) {
  const kernel::NameId own = kernel::name_at(id);
  if (own == kernel::kNoName) return false;
  return std::any_of(rule.names.begin(), rule.names.end(),
                     [&](const Name& name) { return kernel::find_name(name.text) == own; });
}

std::string place_text(const Rule& rule, std::size_t index) {
  return rule.place.line == 0 ? fmt::format("rule {}", index)
                              : fmt::format("the rule on line {}", rule.place.line);
}

std::string reason_text(const Rule& rule, const Dropped& dropped, const Flat& flat) {
  switch (dropped.why) {
    case Dropped::Why::IncludeCaps:
      return fmt::format("counts only with {}", fmt::join(dropped.caps, " and "));
    case Dropped::Why::ExcludeCaps:
      return fmt::format("does not count with {}", fmt::join(dropped.caps, ", "));
    case Dropped::Why::IncludeArch:
      return fmt::format("counts only on {}", fmt::join(rule.includes.arches, ", "));
    case Dropped::Why::ExcludeArch:
      return fmt::format("does not count on {}", kernel::name(flat.context.arch));
    case Dropped::Why::MinKernel: return "does not count on this kernel";
    case Dropped::Why::EqualsDefault: return "says the same as the default action";
    case Dropped::Why::TooNewForLibseccomp:
      return "names it, but this libseccomp does not know the name and the runtime drops it in "
             "silence";
    case Dropped::Why::UnknownName: return "misspells it";
  }
  return "does not count";
}

}  // namespace

std::string answer_text(kernel::Action action, std::uint32_t errno_value, kernel::Arch arch) {
  switch (action) {
    case kernel::Action::Allow: return "permits it";
    case kernel::Action::Log: return "permits and logs it";
    case kernel::Action::KillProcess: return "kills the process";
    case kernel::Action::KillThread: return "kills the thread";
    case kernel::Action::Trap: return "raises SIGSYS";
    case kernel::Action::Notify: return "hands it to a listener";
    case kernel::Action::Trace: return "hands it to a tracer (ENOSYS without one)";
    case kernel::Action::Errno: break;
  }
  return errno_value == 0
             ? "skips it and returns 0"
             : fmt::format("answers {}", kernel::errno_text(static_cast<int>(errno_value), arch));
}

std::string call_text(kernel::SyscallId id) {
  const auto name = kernel::known_name(id);
  return name.empty() ? fmt::format("call {}", id.number) : std::string(name);
}

std::string rule_text(const FlatRule& rule) {
  return rule.place.line == 0 ? fmt::format("rule {}", rule.source)
                              : fmt::format("the rule on line {}", rule.place.line);
}

std::string default_text(const Flat& flat) {
  return flat.default_place.line == 0
             ? "the default action"
             : fmt::format("the default action (line {})", flat.default_place.line);
}

std::string conditions_text(const std::vector<Condition>& conditions) {
  std::string out;
  for (const Condition& condition : conditions) {
    if (!out.empty()) out += " and ";
    out += condition_text(condition);
  }
  return out;
}

std::string alternatives_text(const std::vector<std::string>& words) {
  return fmt::format("{}", fmt::join(words, " or "));
}

std::string dropped_text(const Profile& profile, const Flat& flat, kernel::SyscallId id) {
  for (const Dropped& dropped : flat.dropped) {
    const Rule& rule = profile.rules[dropped.source];
    const bool whole_rule = dropped.why != Dropped::Why::TooNewForLibseccomp &&
                            dropped.why != Dropped::Why::UnknownName;
    const bool concerned = whole_rule ? names_call(rule, id)
                                      : std::find(dropped.names.begin(), dropped.names.end(),
                                                  kernel::known_name(id)) != dropped.names.end();
    if (concerned && !kernel::known_name(id).empty())
      return fmt::format("{} {}", place_text(rule, dropped.source),
                         reason_text(rule, dropped, flat));
  }
  return {};
}

}  // namespace medic::profile
