#include "policy/evaluate.h"

#include <fmt/format.h>

#include <algorithm>
#include <mutex>

#include "kernel/errno.h"
#include "policy/explain.h"
#include "policy/model.h"
#include "policy/stub_limits.h"
#include "kernel/multiplexer.h"

namespace medic::profile {
namespace {

using kernel::Action;
using kernel::Arch;

// Answers that a filter gives with an errno number in its data.
int answered_errno(Action action, std::uint32_t value) {
  return action == Action::Errno || action == Action::Trace ? static_cast<int>(value) : 0;
}

Decision decision_of(Action action) {
  return kernel::lets_run(action) ? Decision::Allow : Decision::Deny;
}

}  // namespace

std::string_view json_name(Decision decision) {
  switch (decision) {
    case Decision::Allow: return "allow";
    case Decision::Deny: return "deny";
    case Decision::Depends: return "depends";
    case Decision::Gated: return "gated";
    case Decision::BadArch: return "bad-arch";
    case Decision::RuntimeEnosys: return "runtime-enosys";
  }
  return "deny";
}

struct Evaluator::State {
  State(const Profile& of, Flat made)
      : profile(of), flat(std::move(made)), model(flat), limits(stub_limits(flat)) {}

  Profile profile;
  Flat flat;
  Model model;
  std::map<Arch, std::int32_t> limits;

  // Made when first needed, under `lazily`: the compiled program, and this profile under more
  // capabilities.
  mutable std::mutex lazily;
  mutable bool judge_asked = false;
  mutable std::unique_ptr<const JudgedProgram> judged_program;
  mutable std::map<std::vector<std::string>, std::unique_ptr<Evaluator>> with_caps;

  Verdict plain(const kernel::Call& call) const;
  void gate(const kernel::Call& call, Verdict& verdict) const;
  void by_program(const kernel::Call& call, Verdict& verdict) const;

 private:
  const JudgedProgram* program() const;
  const Evaluator* granted(const std::vector<std::string>& caps) const;
  Verdict by_default(kernel::SyscallId id) const;
  Verdict by_rule(std::size_t rule, kernel::SyscallId id, const Chain* chain) const;
  Verdict bad_arch(kernel::SyscallId id) const;
  Verdict enosys(kernel::SyscallId id) const;
  Verdict by_chains(const CallRules& rules, kernel::SyscallId id, const kernel::Args& args) const;
  Verdict judged(const CallRules& rules, kernel::SyscallId id, const kernel::Args& args) const;
  Verdict resolved(const CallRules& rules, kernel::SyscallId id, const kernel::Args& args) const;
  Verdict depends(const CallRules& rules, kernel::SyscallId id, const kernel::Args& args) const;
};

const JudgedProgram* Evaluator::State::program() const {
  const std::lock_guard lock(lazily);
  if (!judge_asked && flat.context.judge != nullptr) {
    if (auto made = flat.context.judge->compile(flat)) judged_program = std::move(*made);
  }
  judge_asked = true;
  return judged_program.get();
}

// This profile where the container has these capabilities too; null when it cannot be flattened
// then.
const Evaluator* Evaluator::State::granted(const std::vector<std::string>& caps) const {
  const std::lock_guard lock(lazily);
  const auto known = with_caps.find(caps);
  if (known != with_caps.end()) return known->second.get();
  Context context = flat.context;
  context.caps.insert(caps.begin(), caps.end());
  auto made = Evaluator::make(profile, context);
  auto& slot = with_caps[caps];
  if (made) slot = std::make_unique<Evaluator>(std::move(*made));
  return slot.get();
}

Verdict Evaluator::State::by_default(kernel::SyscallId id) const {
  Verdict out;
  out.decision = decision_of(flat.default_action);
  out.action = flat.default_action;
  out.errno_value = answered_errno(flat.default_action, flat.default_errno);
  out.line = flat.default_place.line;
  const std::string dropped = dropped_text(profile, flat, id);
  out.why = fmt::format("{}; {} {}",
                        dropped.empty() ? fmt::format("no rule names {}", call_text(id)) : dropped,
                        default_text(flat), answer_text(out.action, flat.default_errno, id.arch));
  return out;
}

Verdict Evaluator::State::by_rule(std::size_t index, kernel::SyscallId id,
                                  const Chain* chain) const {
  const FlatRule& rule = flat.rules[index];
  Verdict out;
  out.decision = decision_of(rule.action);
  out.action = rule.action;
  out.errno_value = answered_errno(rule.action, rule.errno_value);
  out.rule = rule.source;
  out.line = rule.place.line;
  out.why = fmt::format("{} names {} and {}", rule_text(rule), call_text(id),
                        answer_text(rule.action, rule.errno_value, id.arch));
  if (chain == nullptr) return out;
  const bool stands_for = chain->stands_for != kernel::kNoName;
  out.why = fmt::format("{} {} {} where {} and {}", rule_text(rule),
                        stands_for ? fmt::format("names {}, so libseccomp matches",
                                                 kernel::name_of(chain->stands_for))
                                   : std::string("names"),
                        call_text(id), conditions_text(chain->conditions),
                        answer_text(rule.action, rule.errno_value, id.arch));
  return out;
}

Verdict Evaluator::State::bad_arch(kernel::SyscallId id) const {
  Verdict out;
  out.decision = Decision::BadArch;
  out.action = Action::KillThread;
  std::string known;
  for (const Arch arch : flat.archs)
    known += (known.empty() ? "" : ", ") + std::string(kernel::name(arch));
  out.why = fmt::format(
      "the filter knows only {}: a call of {} kills the thread whatever the default action says",
      known, kernel::name(id.arch));
  return out;
}

Verdict Evaluator::State::enosys(kernel::SyscallId id) const {
  Verdict out;
  out.decision = Decision::RuntimeEnosys;
  out.action = Action::Errno;
  out.errno_value = kernel::kENOSYS;
  const auto number = static_cast<std::uint32_t>(id.number);
  const Arch arch =
      id.arch == Arch::X86_64 && (number & kernel::kX32Bit) != 0 ? Arch::X32 : id.arch;
  const std::int32_t limit = limits.at(arch);
  if (number == 0) {
    out.why =
        "runc answers ENOSYS to number 0 on s390, which stands for every call the kernel does not "
        "know";
    return out;
  }
  out.why = fmt::format(
      "runc answers ENOSYS: {} ({}) is newer than every call that the profile names, the last "
      "being {} ({})",
      call_text(id), number & ~static_cast<std::uint32_t>(kernel::kX32Bit),
      call_text({arch, limit}), limit & ~kernel::kX32Bit);
  return out;
}

// Every argument that some rule looks at is known, or does not matter: the answer is certain.
Verdict Evaluator::State::resolved(const CallRules& rules, kernel::SyscallId id,
                                   const kernel::Args& args) const {
  if (rules.mixed) return judged(rules, id, args);
  for (const Chain& chain : rules.chains) {
    if (holds(chain, args, id.arch) == Truth::Yes) return by_rule(chain.rule, id, &chain);
  }
  Verdict out = by_default(id);
  const FlatRule& first = flat.rules[rules.chains.front().rule];
  out.why = fmt::format(
      "{} names {} only where {}{}, which is not so here; {} {}", rule_text(first), call_text(id),
      conditions_text(rules.chains.front().conditions),
      rules.chains.size() > 1 ? fmt::format(" (and {} more such)", rules.chains.size() - 1) : "",
      default_text(flat), answer_text(flat.default_action, flat.default_errno, id.arch));
  return out;
}

// Rules of different actions on one call: libseccomp's own program says which comes first.
Verdict Evaluator::State::judged(const CallRules& rules, kernel::SyscallId id,
                                 const kernel::Args& args) const {
  std::vector<const Chain*> matching;
  for (const Chain& chain : rules.chains) {
    if (holds(chain, args, id.arch) == Truth::Yes) matching.push_back(&chain);
  }
  const JudgedProgram* judge = program();
  const auto value = judge == nullptr ? std::nullopt : judge->run({id, args});
  if (!value) {
    Verdict out =
        matching.empty() ? by_default(id) : by_rule(matching.front()->rule, id, matching.front());
    out.mixed = true;
    if (matching.size() > 1)
      out.why += fmt::format(
          "; {} rules of different actions overlap here and this build cannot ask libseccomp which "
          "wins",
          matching.size());
    return out;
  }
  const Action action = kernel::action_from_raw(*value);
  const std::uint32_t data = *value & kernel::kDataMask;
  const auto deciding = std::find_if(matching.begin(), matching.end(), [&](const Chain* chain) {
    const FlatRule& rule = flat.rules[chain->rule];
    return rule.action == action &&
           answered_errno(action, rule.errno_value) == answered_errno(action, data);
  });
  Verdict out =
      deciding == matching.end() ? by_default(id) : by_rule((*deciding)->rule, id, *deciding);
  out.mixed = true;
  out.decision = decision_of(action);
  out.action = action;
  out.errno_value = answered_errno(action, data);
  if (deciding == matching.end() && !matching.empty())
    out.why = fmt::format("no rule that matches here has its way: {}'s program {}", judge->engine(),
                          answer_text(action, data, id.arch));
  else if (matching.size() > 1)
    out.why += fmt::format("; {} rules overlap here, {}'s program decides", matching.size(),
                           judge->engine());
  return out;
}

Verdict Evaluator::State::depends(const CallRules& rules, kernel::SyscallId id,
                                  const kernel::Args& args) const {
  Verdict out = by_default(id);
  unsigned bits = 0;
  const Chain* first = nullptr;
  for (const Chain& chain : rules.chains) {
    if (holds(chain, args, id.arch) == Truth::No) continue;
    if (first == nullptr) first = &chain;
    for (const Condition& condition : chain.conditions) {
      if (!args.has(condition.index)) bits |= 1u << condition.index;
    }
  }
  out.decision = Decision::Depends;
  out.depends_on = static_cast<std::uint8_t>(bits);
  out.mixed = rules.mixed;
  if (first == nullptr) return out;
  const FlatRule& rule = flat.rules[first->rule];
  out.rule = rule.source;
  out.line = rule.place.line;
  out.why = fmt::format("{} {} where {}, and the arguments are not known; otherwise {} {}",
                        rule_text(rule), answer_text(rule.action, rule.errno_value, id.arch),
                        conditions_text(first->conditions), default_text(flat),
                        answer_text(flat.default_action, flat.default_errno, id.arch));
  return out;
}

Verdict Evaluator::State::by_chains(const CallRules& rules, kernel::SyscallId id,
                                    const kernel::Args& args) const {
  const std::uint8_t unknown = static_cast<std::uint8_t>(tested(rules) & ~args.known);
  if (unknown == 0) return resolved(rules, id, args);
  bool maybe = rules.mixed;
  for (const Chain& chain : rules.chains) {
    const Truth truth = holds(chain, args, id.arch);
    if (truth == Truth::Yes && !rules.mixed) return by_rule(chain.rule, id, &chain);
    maybe = maybe || truth == Truth::Maybe;
  }
  if (!maybe) return resolved(rules, id, args);
  const auto all = completions(rules, args);
  if (!all) return depends(rules, id, args);
  const Verdict first = resolved(rules, id, all->front());
  const bool agree = std::all_of(all->begin() + 1, all->end(), [&](const kernel::Args& full) {
    const Verdict other = resolved(rules, id, full);
    return other.action == first.action && other.errno_value == first.errno_value;
  });
  return agree ? first : depends(rules, id, args);
}

Verdict Evaluator::State::plain(const kernel::Call& call) const {
  if (flat.disabled) {
    Verdict out;
    out.decision = Decision::Allow;
    out.why =
        "the profile has neither a default action nor rules: the container runs without a filter";
    return out;
  }
  const kernel::SyscallId id = as_filtered(call.id);
  if (stub_answers(limits, id)) return enosys(id);
  if (!filter_knows(flat, id)) return bad_arch(id);
  const CallRules* rules = model.find(id);
  if (rules == nullptr) return by_default(id);
  if (rules->unconditional) return by_rule(*rules->unconditional, id, nullptr);
  return by_chains(*rules, id, call.args);
}

// Would one of the rules that only a missing capability switches off permit the call?
void Evaluator::State::gate(const kernel::Call& call, Verdict& verdict) const {
  // A rule that answers ENOSYS is there for those without the capability: libraries fall back, and
  // nothing is missing.
  if (verdict.rule && verdict.action == kernel::Action::Errno &&
      verdict.errno_value == kernel::kENOSYS)
    return;
  const kernel::SyscallId id = as_filtered(call.id);
  std::vector<std::size_t> sources;
  for (const Dropped& dropped : flat.dropped) {
    const Rule& rule = profile.rules[dropped.source];
    if (dropped.why != Dropped::Why::IncludeCaps || !kernel::lets_run(rule.action)) continue;
    const bool concerned = std::any_of(rule.names.begin(), rule.names.end(), [&](const Name& name) {
      const kernel::NameId known = kernel::find_name(name.text);
      const auto multiplexed = kernel::multiplexed_as(id.arch, known);
      return kernel::number_of(known, id.arch) == id.number ||
             (multiplexed && kernel::number_of(multiplexed->by, id.arch) == id.number);
    });
    if (!concerned) continue;
    const Evaluator* other = granted(dropped.caps);
    if (other == nullptr || !kernel::lets_run(other->state_->plain(call).action)) continue;
    const std::string caps = fmt::format("{}", fmt::join(dropped.caps, "+"));
    if (std::find(verdict.missing_caps.begin(), verdict.missing_caps.end(), caps) ==
        verdict.missing_caps.end())
      verdict.missing_caps.push_back(caps);
    sources.push_back(dropped.source);
  }
  if (sources.empty()) return;
  verdict.decision = Decision::Gated;
  const Rule& first = profile.rules[sources.front()];
  verdict.why = fmt::format(
      "{} permits {} only with {}, which the container lacks; {}",
      first.place.line == 0 ? fmt::format("rule {}", sources.front())
                            : fmt::format("the rule on line {}", first.place.line),
      call_text(id), alternatives_text(verdict.missing_caps),
      verdict.rule ? verdict.why
                   : fmt::format("{} {}", default_text(flat),
                                 answer_text(verdict.action, flat.default_errno, id.arch)));
}

// The linked libseccomp is the runtime's own: what its program does is what happens, whatever the
// rules say.
void Evaluator::State::by_program(const kernel::Call& call, Verdict& verdict) const {
  if (flat.disabled || verdict.decision == Decision::Depends || call.id.arch == Arch::Unknown)
    return;
  const JudgedProgram* judge = program();
  if (judge == nullptr) return;
  const std::optional<std::uint32_t> answer = judge->run(call);
  if (!answer) return;
  const std::uint32_t value = *answer;
  const Action action = kernel::action_from_raw(value);
  const int number = answered_errno(action, value & kernel::kDataMask);
  if (action == verdict.action && number == verdict.errno_value) return;
  verdict.why = fmt::format(
      "the rules say otherwise ({}), but {} compiles them to a program that {}", verdict.why,
      judge->engine(), answer_text(action, static_cast<std::uint32_t>(number), call.id.arch));
  verdict.action = action;
  verdict.errno_value = number;
  verdict.decision = decision_of(action);
}

Evaluator::Evaluator(std::unique_ptr<State> state) : state_(std::move(state)) {}
Evaluator::~Evaluator() = default;
Evaluator::Evaluator(Evaluator&&) noexcept = default;
Evaluator& Evaluator::operator=(Evaluator&&) noexcept = default;

Result<Evaluator> Evaluator::make(const Profile& profile, const Context& context) {
  auto flat = flatten(profile, context);
  if (!flat) return fail(flat.error());
  auto state = std::make_unique<State>(profile, std::move(*flat));
  // Only libseccomp can say whether it takes rules of different actions on one call at all.
  if (state->model.has_mixed() && context.judge != nullptr) {
    auto compiled = context.judge->compile(state->flat);
    if (!compiled && compiled.error().severity == Severity::Error) return fail(compiled.error());
    state->judge_asked = true;
    if (compiled) state->judged_program = std::move(*compiled);
  }
  return Evaluator(std::move(state));
}

Verdict Evaluator::evaluate(const kernel::Call& call) const {
  Verdict out = state_->plain(call);
  if (state_->flat.context.by_program) state_->by_program(call, out);
  if (out.decision == Decision::Deny) state_->gate(call, out);
  return out;
}

const Flat& Evaluator::flat() const { return state_->flat; }

std::uint8_t Evaluator::tested_args(kernel::SyscallId id) const {
  const CallRules* rules = state_->model.find(as_filtered(id));
  return rules == nullptr ? 0 : tested(*rules);
}

}  // namespace medic::profile
