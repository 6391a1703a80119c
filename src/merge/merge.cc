// See merge.h: the wanted answer is computed call by call, said as rules, read back and held
// against what was wanted.
#include "merge/merge.h"

#include <algorithm>
#include <fmt/format.h>
#include <map>
#include <set>

#include "kernel/errno.h"
#include "merge/merge_conditions.h"
#include "kernel/multiplexer.h"
#include "policy/comparison.h"

namespace medic::profile {
namespace {

using kernel::Action;
using kernel::Arch;

// What a program answers.
struct Effect {
  Action action = Action::Allow;
  int errno_value = 0;
  friend auto operator<=>(const Effect&, const Effect&) = default;
};

bool has_errno(Action action) { return action == Action::Errno || action == Action::Trace; }
Effect effect_of(const Verdict& v) { return {v.action, has_errno(v.action) ? v.errno_value : 0}; }

// Runs; somebody else decides; does not run.
int freedom(Action action) {
  return kernel::lets_run(action) ? 2 : action == Action::Trace || action == Action::Notify ? 1 : 0;
}

std::string text_of(const Effect& effect) {
  std::string out(kernel::json_name(effect.action));
  if (effect.action == Action::Errno) out += " " + kernel::errno_text(effect.errno_value);
  return out;
}

Problem refusal(std::string text, std::string hint) {
  Problem problem;
  problem.text = std::move(text);
  problem.hint = std::move(hint);
  return problem;
}

// One answer with where it comes from.
struct Answer {
  Effect effect;
  bool by_stub = false;
};

// Action's enumerators go from the strictest to the mildest.
Effect resolve(const std::vector<Answer>& answers, MergeOp op) {
  const Answer* best = &answers.front();
  for (const Answer& answer : answers) {
    const bool other = op == MergeOp::Union ? answer.effect.action > best->effect.action
                                            : answer.effect.action < best->effect.action;
    const bool better_informed =
        answer.effect.action == best->effect.action && best->by_stub && !answer.by_stub;
    if (other || better_informed) best = &answer;
  }
  return best->effect;
}

class Merger {
 public:
  Merger(std::span<const Profile> profiles, const Context& context, const MergeOptions& options)
      : profiles_(profiles), context_(context), options_(options) {}

  Result<Merged> run() {
    if (profiles_.empty()) return fail(refusal("nothing to merge", "name the profiles"));
    if (auto problem = read()) return fail(std::move(*problem));
    resolve_archs();
    resolve_default();
    resolve_flags();
    // What the multiplexers let through follows from the direct calls' rules; where it does not, it
    // is said.
    std::optional<Problem> wrong = attempt(Multiplexers::Without);
    if (wrong) wrong = attempt(Multiplexers::With);
    if (wrong && logging_is_permitting()) wrong = attempt(Multiplexers::With);
    if (wrong) return fail(std::move(*wrong));
    note_denials();
    return std::move(merged_);
  }

 private:
  enum class Multiplexers : std::uint8_t { With, Without };

  std::optional<Problem> attempt(Multiplexers multiplexers) {
    rules_.clear();
    if (auto problem = add_calls(multiplexers)) return problem;
    write_rules();
    return first_wrong();
  }

  // Rules that log beside rules that permit or deny are more than some versions of libseccomp put
  // together rightly.
  bool logging_is_permitting() {
    if (default_.action == Action::Log) return false;
    log_as_ = Action::Allow;
    merged_.notes.push_back(
        "Calls that a profile permits and logs are permitted without a log line.");
    return true;
  }

  std::optional<Problem> read() {
    for (const Profile& profile : profiles_) {
      auto made = Evaluator::make(profile, context_);
      if (!made) return made.error();
      const Flat& flat = made->flat();
      if (flat.disabled && options_.op == MergeOp::Union) {
        return refusal(
            fmt::format("{} installs no filter: the union is none either", shown(profile)),
            "leave the filter away, or leave this profile out");
      }
      if (flat.disabled) {
        merged_.notes.push_back(
            fmt::format("{} installs no filter and restricts nothing.", shown(profile)));
        continue;
      }
      const bool listens =
          flat.default_action == Action::Notify ||
          std::any_of(flat.rules.begin(), flat.rules.end(),
                      [](const FlatRule& rule) { return rule.action == Action::Notify; });
      if (listens)
        return refusal(
            fmt::format("{} hands calls to a listener", shown(profile)),
            "what the listener answers is not in the profile: merge without SCMP_ACT_NOTIFY");
      evaluators_.push_back(std::move(*made));
    }
    if (evaluators_.empty()) return refusal("none of the profiles installs a filter", "");
    for (const Evaluator& evaluator : evaluators_) flats_.push_back(&evaluator.flat());
    return std::nullopt;
  }

  static std::string shown(const Profile& profile) {
    return profile.path.empty() ? "a profile" : profile.path;
  }

  void resolve_archs() {
    std::vector<Arch> every;
    for (const Flat* flat : flats_) {
      for (const Arch arch : flat->archs) {
        if (std::find(every.begin(), every.end(), arch) == every.end()) every.push_back(arch);
      }
    }
    const auto everybody_knows = [&](Arch arch) {
      return std::all_of(flats_.begin(), flats_.end(), [&](const Flat* flat) {
        return std::find(flat->archs.begin(), flat->archs.end(), arch) != flat->archs.end();
      });
    };
    for (const Arch arch : every) {
      if ((options_.op == MergeOp::Union && options_.archs == MergeArchs::Every) ||
          everybody_knows(arch)) {
        archs_.push_back(arch);
      } else {
        merged_.notes.push_back(
            fmt::format("{} is not known to all of the profiles: the result kills its programs.",
                        kernel::name(arch)));
      }
    }
    merged_.profile.architectures = archs_;
  }

  void resolve_default() {
    std::vector<Answer> answers;
    for (const Flat* flat : flats_)
      answers.push_back(
          {{flat->default_action,
            has_errno(flat->default_action) ? static_cast<int>(flat->default_errno) : 0},
           false});
    default_ = resolve(answers, options_.op);
    merged_.profile.default_action = default_.action;
    if (has_errno(default_.action))
      merged_.profile.default_errno_ret = static_cast<std::uint32_t>(default_.errno_value);
    std::vector<std::string> texts;
    for (const Answer& answer : answers) texts.push_back(text_of(answer.effect));
    if (std::any_of(texts.begin(), texts.end(),
                    [&](const std::string& text) { return text != texts.front(); })) {
      merged_.notes.push_back(fmt::format("The default actions differ ({}): the result's is {}.",
                                          fmt::join(texts, ", "), text_of(default_)));
    }
  }

  // The union keeps every flag, the intersection those that all have.
  void resolve_flags() {
    std::map<std::string, std::size_t> counts;
    for (const Flat* flat : flats_) {
      for (const std::string& flag : std::set<std::string>(flat->flags.begin(), flat->flags.end()))
        ++counts[flag];
    }
    for (const auto& [flag, count] : counts) {
      const bool kept = options_.op == MergeOp::Union || count == flats_.size();
      if (kept) merged_.profile.flags.push_back(flag);
      if (count != flats_.size())
        merged_.notes.push_back(fmt::format("The flag {} is not in all of the profiles: it is {}.",
                                            flag, kept ? "kept" : "left out"));
    }
  }

  std::vector<Answer> answers(const kernel::Call& call) const {
    std::vector<Answer> out;
    for (const Evaluator& evaluator : evaluators_) {
      const Verdict v = evaluator.evaluate(call);
      out.push_back({effect_of(v), v.decision == Decision::RuntimeEnosys});
    }
    return out;
  }

  Effect wanted(const kernel::Call& call) const {
    Effect out = resolve(answers(call), options_.op);
    if (out.action == Action::Log) out.action = log_as_;
    return out;
  }

  // Denied by every profile only because it is newer: runc's own ENOSYS for the result covers it.
  bool newer_than_all(const kernel::Call& call) const {
    const auto all = answers(call);
    return std::all_of(all.begin(), all.end(), [](const Answer& answer) { return answer.by_stub; });
  }

  static bool is_multiplexer(kernel::NameId name) {
    return kernel::name_of(name) == "socketcall" || kernel::name_of(name) == "ipc";
  }

  // Each name once, as its first architecture has it; the proof says whether that holds for the
  // others.
  std::optional<Problem> add_calls(Multiplexers multiplexers) {
    std::set<kernel::NameId> seen;
    for (const Arch arch : archs_) {
      for (const kernel::TableRow& row : kernel::table(arch)) {
        if (!seen.insert(row.name).second) continue;
        if (is_multiplexer(row.name) && multiplexers == Multiplexers::Without &&
            !unconditional_somewhere(row.name))
          continue;
        if (auto problem = add_call({arch, row.number}, row.name)) return problem;
      }
    }
    return std::nullopt;
  }

  bool unconditional_somewhere(kernel::NameId name) const {
    return std::any_of(flats_.begin(), flats_.end(), [&](const Flat* flat) {
      return std::any_of(flat->rules.begin(), flat->rules.end(), [&](const FlatRule& rule) {
        return std::find(rule.names.begin(), rule.names.end(), name) != rule.names.end();
      });
    });
  }

  std::optional<Problem> add_call(kernel::SyscallId id, kernel::NameId name) {
    const Looked looked = looked_at(flats_, id);
    const auto partition = Partition::make(
        looked.conditions, static_cast<unsigned>(kernel::info(id.arch).bits), Grain::Whole);
    if (!partition) return too_much(name);
    std::map<Effect, std::vector<std::size_t>> regions;
    for (std::size_t region = 0; region < partition->size(); ++region) {
      const kernel::Call call{id, partition->example(region)};
      if (!newer_than_all(call)) regions[wanted(call)].push_back(region);
    }
    for (const auto& [effect, list] : regions) {
      if (effect == default_) continue;
      const auto lists = conditions_for(*partition, list, looked.conditions);
      if (!lists) return too_much(name);
      for (const auto& conditions : *lists) add_name(effect, conditions, name);
    }
    return std::nullopt;
  }

  static Problem too_much(kernel::NameId name) {
    return refusal(fmt::format("the conditions on {} cut its arguments into too many regions",
                               kernel::name_of(name)),
                   "merge with fewer conditions on it");
  }

  void add_name(const Effect& effect, const std::vector<Condition>& conditions,
                kernel::NameId name) {
    const auto same = [&](const NewRule& rule) {
      return Effect{rule.action, static_cast<int>(rule.errno_ret.value_or(0))} == effect &&
             std::equal(rule.args.begin(), rule.args.end(), conditions.begin(), conditions.end(),
                        [](const Condition& a, const Condition& b) {
                          return a.index == b.index && a.op == b.op && a.value == b.value &&
                                 a.value_two == b.value_two;
                        });
    };
    auto rule = std::find_if(rules_.begin(), rules_.end(), same);
    if (rule == rules_.end()) {
      NewRule made;
      made.action = effect.action;
      if (has_errno(effect.action)) made.errno_ret = static_cast<std::uint32_t>(effect.errno_value);
      made.args = conditions;
      rule = rules_.insert(rules_.end(), std::move(made));
    }
    rule->names.emplace_back(kernel::name_of(name));
  }

  // Unconditional rules first, what runs before what does not.
  void write_rules() {
    std::stable_sort(rules_.begin(), rules_.end(), [](const NewRule& a, const NewRule& b) {
      if (a.args.empty() != b.args.empty()) return a.args.empty();
      return a.args.empty() && a.action > b.action;
    });
    for (NewRule& rule : rules_) {
      std::sort(rule.names.begin(), rule.names.end());
      rule.names.erase(std::unique(rule.names.begin(), rule.names.end()), rule.names.end());
    }
    merged_.profile.rules = rules_;
  }

  // The proof: the text that would be written, read back, permits what was wanted, whatever the
  // call.
  std::optional<Problem> first_wrong() {
    Problems notes;
    const auto profile = read_profile(write_profile(merged_.profile), "the merged profile", notes);
    if (!profile) return profile.error();
    auto made = Evaluator::make(*profile, context_);
    if (!made) return made.error();
    result_ = std::move(*made);
    flips_ = 0;
    first_flip_.clear();
    std::vector<const Flat*> flats = flats_;
    flats.push_back(&result_->flat());
    for (const kernel::SyscallId id : all_calls(flats)) {
      if (std::find(archs_.begin(), archs_.end(), id.arch) == archs_.end()) continue;
      if (auto wrong = wrong_at(id, flats)) return wrong;
    }
    return std::nullopt;
  }

  std::optional<Problem> wrong_at(kernel::SyscallId id, std::span<const Flat* const> flats) {
    const Looked looked = looked_at(flats, id);
    const auto partition = Partition::make(
        looked.conditions, static_cast<unsigned>(kernel::info(id.arch).bits), looked.grain);
    if (!partition) return too_much(kernel::name_at(id));
    for (std::size_t region = 0; region < partition->size(); ++region) {
      const kernel::Call call{id, partition->example(region)};
      const Effect want = wanted(call), have = effect_of(result_->evaluate(call));
      if (want == have) continue;
      const bool both_deny = freedom(want.action) == 0 && freedom(have.action) == 0;
      if (both_deny) {
        if (flips_++ == 0)
          first_flip_ = fmt::format("{} on {} answers {} instead of {}", call_name(id),
                                    kernel::name(id.arch), text_of(have), text_of(want));
        continue;
      }
      return refusal(fmt::format("one profile cannot say the result: {} with arg0 = {} on {} "
                                 "should be {}, and would be {}",
                                 call_name(id), call.args.value[0], kernel::name(id.arch),
                                 text_of(want), text_of(have)),
                     "the profiles know different architectures, or conditions that one rule "
                     "cannot hold: merge for the "
                     "architectures that all of them know");
    }
    return std::nullopt;
  }

  static std::string call_name(kernel::SyscallId id) {
    const kernel::NameId name = kernel::name_at(id);
    return name == kernel::kNoName ? fmt::format("call {}", id.number)
                                   : std::string(kernel::name_of(name));
  }

  void note_denials() {
    if (flips_ == 0) return;
    merged_.notes.push_back(
        fmt::format("{} denied case{} {} denied otherwise than the profile that decides says: {}.",
                    flips_, flips_ == 1 ? "" : "s", flips_ == 1 ? "is" : "are", first_flip_));
  }

  std::span<const Profile> profiles_;
  const Context& context_;
  const MergeOptions& options_;
  std::vector<Evaluator> evaluators_;
  std::vector<const Flat*> flats_;
  std::vector<Arch> archs_;
  Effect default_;
  Action log_as_ = Action::Log;
  std::vector<NewRule> rules_;
  Merged merged_;
  std::optional<Evaluator> result_;
  std::size_t flips_ = 0;
  std::string first_flip_;
};

}  // namespace

Result<Merged> merge(std::span<const Profile> profiles, const Context& context,
                     const MergeOptions& options) {
  return Merger(profiles, context, options).run();
}

}  // namespace medic::profile
