// Lint rules about conditions on arguments.
#include <algorithm>

#include "kernel/params.h"
#include "lint/lint_checks.h"

namespace medic::profile::lint_checks {
namespace {

// Calls f(rule, name, condition, what is known of the call's parameters on the machine's own
// architecture).
template <class F>
void for_each_condition(const LintCase& c, F f) {
  for (const Rule& rule : c.profile.rules) {
    for (const Condition& condition : rule.args) {
      if (condition.index >= kernel::kArgCount) continue;
      for (const Name& name : rule.names) {
        const kernel::NameId id = kernel::find_name(name.text);
        if (id == kernel::kNoName || !kernel::number_of(id, c.context.arch)) continue;
        const kernel::Params params = kernel::params_of(id, c.context.arch);
        if (params.known) f(rule, name, condition, params);
      }
    }
  }
}

bool in(std::uint8_t mask, std::uint32_t index) { return (mask >> index & 1) != 0; }

// Would a register with garbage in its upper half be judged otherwise than the value that the
// kernel takes from it, to the caller's advantage?
bool can_be_walked_round(const LintCase& c, const Rule& rule, const Condition& condition) {
  const bool permits = kernel::lets_run(rule.action);
  const bool open_otherwise =
      c.profile.default_action && kernel::lets_run(*c.profile.default_action);
  switch (condition.op) {
    case Op::Ne:
    case Op::Gt:
    case Op::Ge: return permits;  // a large number satisfies it
    case Op::Eq:
    case Op::Lt:
    case Op::Le: return !permits && open_otherwise;  // a large number escapes it
    case Op::MaskedEq: return !permits && open_otherwise && (condition.value >> 32) != 0;
  }
  return false;
}

std::uint64_t forbidden_value(const Condition& condition, bool permits) {
  if (!permits)
    return condition.op == Op::Lt ? (condition.value == 0 ? 0 : condition.value - 1)
                                  : condition.value;
  return condition.op == Op::Ge ? (condition.value == 0 ? 0 : condition.value - 1)
                                : condition.value;
}

}  // namespace

void pointer_argument(const LintCase& c, Findings& out) {
  for_each_condition(c, [&](const Rule&, const Name& name, const Condition& condition,
                            const kernel::Params& params) {
    const bool null_check =
        (condition.op == Op::Eq || condition.op == Op::Ne) && condition.value == 0;
    if (!in(params.pointer_mask, condition.index) || null_check) return;
    LintFinding found =
        at("pointer-argument", Severity::Error, condition.place,
           fmt::format("argument {} of {} is a pointer", condition.index, name.text));
    found.reason =
        "a filter sees the address, which differs from run to run, and never what stands there";
    found.hint = "remove the condition; what a pointer points to cannot be filtered";
    out.push_back(std::move(found));
  });
}

void argument_beyond_count(const LintCase& c, Findings& out) {
  for_each_condition(c, [&](const Rule&, const Name& name, const Condition& condition,
                            const kernel::Params& params) {
    if (condition.index < params.count) return;
    LintFinding found =
        at("argument-beyond-count", Severity::Error, condition.place,
           fmt::format("{} has {} argument{}: there is no argument {}", name.text, params.count,
                       params.count == 1 ? "" : "s", condition.index));
    found.reason = "the condition compares whatever the register happens to hold";
    found.hint = params.count == 0
                     ? "remove the condition"
                     : fmt::format("arguments are counted from 0: this call's are 0 to {}",
                                   params.count - 1);
    out.push_back(std::move(found));
  });
}

void narrow_parameter(const LintCase& c, Findings& out) {
  if (kernel::info(c.context.arch).bits != 64) return;
  for_each_condition(c, [&](const Rule& rule, const Name& name, const Condition& condition,
                            const kernel::Params& params) {
    if (!in(params.int32_mask, condition.index) || !can_be_walked_round(c, rule, condition)) return;
    const std::uint64_t value = forbidden_value(condition, kernel::lets_run(rule.action));
    LintFinding found =
        at("narrow-parameter", Severity::Warning, condition.place,
           fmt::format("the kernel takes 32 bits of argument {} of {}, the filter compares 64",
                       condition.index, name.text));
    found.reason =
        fmt::format("a caller who passes {} | 1<<32 walks round the rule, and the kernel sees {}",
                    value, value);
    found.hint =
        kernel::lets_run(rule.action)
            ? "permit each value with SCMP_CMP_EQ, or with SCMP_CMP_MASKED_EQ and value 4294967295"
            : "deny with SCMP_CMP_MASKED_EQ, value 4294967295 and the number in valueTwo";
    out.push_back(std::move(found));
  });
}

void repeated_index(const LintCase& c, Findings& out) {
  for (const Rule& rule : c.profile.rules) {
    for (std::size_t i = 0; i < rule.args.size(); ++i) {
      const auto earlier = rule.args.begin() + static_cast<std::ptrdiff_t>(i);
      const bool repeats = std::any_of(rule.args.begin(), earlier, [&](const Condition& other) {
        return other.index == rule.args[i].index;
      });
      if (!repeats) continue;
      LintFinding found = at("repeated-index", Severity::Error, rule.args[i].place,
                             fmt::format("a second condition on argument {}", rule.args[i].index));
      found.reason =
          "runc and crun then make a rule of its own of every condition here, those on other "
          "arguments included: any one of them "
          "is enough";
      found.hint =
          "write a rule for each alternative; a range on one argument cannot be written as two "
          "conditions";
      out.push_back(std::move(found));
      break;
    }
  }
}

void mask_operands(const LintCase& c, Findings& out) {
  for (const Rule& rule : c.profile.rules) {
    for (const Condition& condition : rule.args) {
      const std::uint64_t stray = condition.value_two & ~condition.value;
      if (condition.op != Op::MaskedEq || (condition.value != 0 && stray == 0)) continue;
      LintFinding found =
          at("mask-operands", Severity::Error, condition.place,
             condition.value == 0 ? "the mask is 0" : "valueTwo has bits that the mask has not");
      found.reason = condition.value == 0
                         ? "every value passes: the condition is none, and the rule unconditional"
                         : fmt::format("the bits 0x{:x} are dropped from the comparison", stray);
      found.hint = "value is the mask, valueTwo what the masked argument must equal";
      out.push_back(std::move(found));
    }
  }
}

}  // namespace medic::profile::lint_checks
