#include "policy/program_check.h"

#include <fmt/format.h>

#include <algorithm>

#include "kernel/action.h"
#include "kernel/errno.h"
#include "kernel/multiplexer.h"
#include "kernel/params.h"
#include "policy/regions.h"
#include "policy/stub_limits.h"

namespace medic::profile {
namespace {

using kernel::Action;
using kernel::Arch;

Answer answer_of(Action action, std::uint32_t errno_value) {
  const bool carries = action == Action::Errno || action == Action::Trace;
  return {action, carries ? errno_value & kernel::kDataMask : 0};
}

Answer answer_of(std::uint32_t value) {
  return answer_of(kernel::action_from_raw(value), value & kernel::kDataMask);
}

// Arguments on both sides of every value that some condition compares; the plain zeros first.
std::vector<kernel::Args> arguments_for(const CallRules* rules, Arch arch) {
  kernel::Args zeros;
  for (unsigned i = 0; i < kernel::kArgCount; ++i) zeros.set(i, 0);
  if (rules == nullptr || rules->chains.empty()) return {zeros};
  std::vector<Condition> conditions;
  for (const Chain& chain : rules->chains)
    conditions.insert(conditions.end(), chain.conditions.begin(), chain.conditions.end());
  const auto bits = static_cast<unsigned>(kernel::info(arch).bits);
  constexpr std::size_t kMostRegions = 4096;
  auto partition = Partition::make(conditions, bits, Grain::Program);
  if (!partition || partition->size() > kMostRegions)
    partition = Partition::make(conditions, bits, Grain::Whole);
  if (!partition || partition->size() > kMostRegions) return {zeros};
  std::vector<kernel::Args> out;
  for (std::size_t region = 0; region < partition->size(); ++region) {
    kernel::Args args = partition->example(region);
    for (unsigned i = 0; i < kernel::kArgCount; ++i) {
      if (!args.has(i)) args.set(i, 0);
    }
    out.push_back(args);
  }
  return out;
}

std::vector<std::int32_t> numbers_of(Arch arch) {
  std::vector<std::int32_t> out;
  for (const kernel::TableRow& row : kernel::table(arch)) out.push_back(row.number);
  const std::int32_t last = out.back();
  const bool x32 = arch == Arch::X32;
  for (const std::int32_t beside : {last + 1, last + 4096, x32 ? kernel::kX32Bit + 999 : 99999})
    out.push_back(beside);
  return out;
}

// libseccomp 2.5.4 errs where the cheapest rule of an architecture's list (the one with the fewest
// conditions) has no number there. Either another cheap rule gets in before it, or that one is made
// dearer.
std::vector<ProgramDifference::Cure> candidates(const Flat& flat) {
  using Cure = ProgramDifference::Cure;
  std::vector<Cure> copies, conditions;
  constexpr std::size_t kMost = 8;
  for (const FlatRule& rule : flat.rules) {
    if (!rule.args.empty()) continue;
    for (const kernel::NameId name : rule.names) {
      const bool everywhere = std::all_of(flat.archs.begin(), flat.archs.end(), [&](Arch arch) {
        return kernel::number_of(name, arch).has_value() && !multiplexed_as(arch, name);
      });
      auto& list = everywhere ? copies : conditions;
      if (list.size() < kMost)
        list.push_back({everywhere ? Cure::Kind::Copy : Cure::Kind::Condition, rule.source,
                        std::string(kernel::name_of(name))});
    }
  }
  copies.insert(copies.end(), conditions.begin(), conditions.end());
  return copies;
}

Profile with_cure(const Profile& profile, const ProgramDifference::Cure& cure) {
  Profile out = profile;
  Rule rule = profile.rules[cure.rule];
  rule.names = {Name{cure.name, {}, {}}};
  if (cure.kind == ProgramDifference::Cure::Kind::Copy) {
    out.rules.insert(out.rules.begin(), std::move(rule));
    return out;
  }
  std::erase_if(out.rules[cure.rule].names,
                [&](const Name& name) { return name.text == cure.name; });
  rule.args = always_true();
  out.rules.push_back(std::move(rule));
  return out;
}

bool says_the_same(const Flat& before, const Flat& after) {
  const RuleAnswers old_rules(before), new_rules(after);
  bool whole = true;
  const auto calls = old_rules.representatives(whole);
  return whole && std::all_of(calls.begin(), calls.end(), [&](const kernel::Call& call) {
           return old_rules.of(call) == new_rules.of(call);
         });
}

std::optional<ProgramDifference::Cure> find_cure(const Profile& profile, const Flat& flat) {
  for (const ProgramDifference::Cure& each : candidates(flat)) {
    const auto changed = flatten(with_cure(profile, each), flat.context);
    if (!changed || !says_the_same(flat, *changed)) continue;
    const auto program = flat.context.judge->compile(*changed);
    if (program && !differs(*changed, **program)) return each;
  }
  return std::nullopt;
}

}  // namespace

std::string answer_text(const Answer& answer, Arch arch) {
  switch (answer.action) {
    case Action::Allow: return "permit it";
    case Action::Log: return "permit and log it";
    case Action::Errno:
      return "answer " + kernel::errno_text(static_cast<int>(answer.errno_value), arch);
    case Action::KillProcess: return "kill the process";
    case Action::KillThread: return "kill the thread";
    default: return fmt::format("answer with {}", kernel::json_name(answer.action));
  }
}

RuleAnswers::RuleAnswers(const Flat& flat)
    : flat_(flat), model_(flat), limits_(stub_limits(flat)) {}

std::vector<Answer> RuleAnswers::of(const kernel::Call& call) const {
  const kernel::SyscallId id = as_filtered(call.id);
  if (stub_answers(limits_, id)) return {answer_of(Action::Errno, kernel::kENOSYS)};
  if (!filter_knows(flat_, id)) return {answer_of(Action::KillThread, 0)};
  const CallRules* rules = model_.find(id);
  const Answer otherwise = answer_of(flat_.default_action, flat_.default_errno);
  if (rules == nullptr) return {otherwise};
  const auto of_rule = [&](std::size_t rule) {
    return answer_of(flat_.rules[rule].action, flat_.rules[rule].errno_value);
  };
  if (rules->unconditional) return {of_rule(*rules->unconditional)};
  std::vector<Answer> out;
  for (const Chain& chain : rules->chains) {
    if (holds(chain, call.args, id.arch) == Truth::Yes) out.push_back(of_rule(chain.rule));
  }
  if (out.empty()) return {otherwise};
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

std::vector<kernel::Call> RuleAnswers::representatives(bool& whole) const {
  std::vector<kernel::Call> out;
  whole = true;
  for (const Arch arch : flat_.archs) {
    for (const std::int32_t number : numbers_of(arch)) {
      const kernel::SyscallId id{arch, number};
      for (const kernel::Args& args : arguments_for(model_.find(as_filtered(id)), arch)) {
        if (out.size() == kMostCalls) {
          whole = false;
          return out;
        }
        out.push_back({id, args});
      }
    }
  }
  return out;
}

std::optional<ProgramDifference> differs(const Flat& flat, const JudgedProgram& program) {
  const RuleAnswers rules(flat);
  std::optional<ProgramDifference> out;
  bool whole = true;
  for (const kernel::Call& call : rules.representatives(whole)) {
    // A name that the judge's libseccomp lacks on an architecture is no mistake in its program.
    const std::optional<std::uint32_t> value = program.run(call);
    if (!value) continue;
    const std::vector<Answer> said = rules.of(call);
    const Answer done = answer_of(*value);
    if (std::find(said.begin(), said.end(), done) != said.end()) continue;
    if (!out)
      out = ProgramDifference{call, said.front(), done, std::string(program.engine()), 0, {}};
    ++out->calls;
  }
  return out;
}

std::optional<ProgramDifference> differs(const Profile& profile, const Context& context) {
  if (context.judge == nullptr) return std::nullopt;
  const auto flat = flatten(profile, context);
  if (!flat || flat->disabled) return std::nullopt;
  const auto program = context.judge->compile(*flat);
  if (!program) return std::nullopt;
  auto out = differs(*flat, **program);
  if (out) out->cure = find_cure(profile, *flat);
  return out;
}

std::vector<Condition> always_true() {
  std::vector<Condition> out;
  for (const std::uint32_t index : {0U, 1U, 2U}) out.push_back({index, Op::Ge, 0, 0, {}});
  return out;
}

std::optional<Problem> program_notice(const Profile& profile, Context context) {
  if (context.arch == Arch::Unknown) {
    const bool listed = profile.architectures && !profile.architectures->empty();
    context.arch = listed ? kernel::info(profile.architectures->front()).parent : Arch::X86_64;
  }
  if (context.judge == nullptr) return std::nullopt;
  const auto flat = flatten(profile, context);
  if (!flat || flat->disabled) return std::nullopt;
  const auto program = context.judge->compile(*flat);
  if (!program) return std::nullopt;
  const auto found = differs(*flat, **program);
  if (!found) return std::nullopt;
  Problem out;
  out.severity = Severity::Warning;
  out.file = profile.path;
  out.text = describe(*found) + (context.by_program ? ". What the program does is what is reported"
                                                    : ". What the rules say is what is reported");
  out.hint =
      context.by_program
          ? "`seccomp-medic lint` shows how to write the profile so that it is compiled rightly"
          : "`seccomp-medic lint` shows a way out; --libseccomp installed judges by the program";
  return out;
}

std::string describe(const Profile& profile, const ProgramDifference::Cure& cure) {
  const std::string_view action = kernel::oci_token(profile.rules[cure.rule].action);
  if (cure.kind == ProgramDifference::Cure::Kind::Copy)
    return fmt::format(
        "put a rule with {} for {} alone before all others: it changes nothing that the rules say",
        action, cure.name);
  return fmt::format(
      "give {} a rule of its own with {} and conditions that always hold (arguments 0, 1 and 2 "
      "SCMP_CMP_GE 0): it changes "
      "nothing that "
      "the rules say",
      cure.name, action);
}

std::string describe(const ProgramDifference& difference) {
  const kernel::SyscallId id = difference.call.id;
  const kernel::NameId name = kernel::name_at(id);
  const kernel::Params params =
      name == kernel::kNoName ? kernel::Params{} : kernel::params_of(name, id.arch);
  unsigned count = params.known ? params.count : 0;
  for (unsigned i = count; i < kernel::kArgCount; ++i) {
    if (difference.call.args.value[i] != 0) count = i + 1;
  }
  std::string args;
  for (unsigned i = 0; i < count; ++i)
    args += fmt::format("{}{:#x}", i == 0 ? "" : ", ", difference.call.args.value[i]);
  return fmt::format(
      "{} compiles this profile to a program that does something else than the rules say: of "
      "{}({}) on {} the "
      "rules say to {}, and the program is to {}",
      difference.engine,
      name == kernel::kNoName ? fmt::format("{}", id.number) : std::string(kernel::name_of(name)),
      args, kernel::name(id.arch), answer_text(difference.rules_say, id.arch),
      answer_text(difference.program_does, id.arch));
}

}  // namespace medic::profile
