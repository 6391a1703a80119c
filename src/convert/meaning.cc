// The meaning of a profile call by call: the rules' own conditions where they stand, regions of
// arguments where libseccomp's program judges.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

#include "convert/foreign.h"
#include "policy/model.h"
#include "merge/merge_conditions.h"
#include "policy/comparison.h"

namespace medic::profile::formats {
namespace {

std::vector<Condition> all_conditions(const Ordered& meaning) {
  std::vector<Condition> out;
  for (const Branch& branch : meaning.branches)
    out.insert(out.end(), branch.all.begin(), branch.all.end());
  return out;
}

Effect effect_at(const Ordered& meaning, const kernel::Args& args, unsigned bits) {
  for (const Branch& branch : meaning.branches) {
    if (std::all_of(branch.all.begin(), branch.all.end(),
                    [&](const Condition& c) { return holds(c, args.value[c.index], bits); }))
      return branch.effect;
  }
  return meaning.otherwise;
}

bool repeats_an_argument(const Conjunction& all) {
  std::set<std::uint32_t> seen;
  return std::any_of(all.begin(), all.end(),
                     [&](const Condition& c) { return !seen.insert(c.index).second; });
}

// Alternatives for those regions.
bool add_regions(const Partition& partition, const std::vector<std::size_t>& regions,
                 Alternatives& out) {
  for (const Partition::Box& box : partition.boxes(regions)) {
    auto lists = conditions_for(partition, box);
    if (!lists || out.size() + lists->size() > kMaxAlternatives) return false;
    out.insert(out.end(), std::make_move_iterator(lists->begin()),
               std::make_move_iterator(lists->end()));
  }
  return true;
}

unsigned bits_of(Arch arch) { return static_cast<unsigned>(kernel::info(arch).bits); }

// From what the evaluator answers in every region.
std::optional<Ordered> by_regions(const Evaluator& evaluator, kernel::SyscallId id) {
  const Flat* flat = &evaluator.flat();
  const Looked looked = looked_at(std::span(&flat, 1), id);
  const auto partition = Partition::make(looked.conditions, bits_of(id.arch), Grain::Whole);
  if (!partition) return std::nullopt;
  std::map<Effect, std::vector<std::size_t>> regions;
  for (std::size_t region = 0; region < partition->size(); ++region)
    regions[effect_of(evaluator.evaluate({id, partition->example(region)}))].push_back(region);
  Ordered out;
  out.disjoint = true;
  const Effect fallback = default_of(*flat);
  out.otherwise = regions.contains(fallback) ? fallback : regions.begin()->first;
  for (const auto& [effect, list] : regions) {
    Alternatives alternatives;
    if (effect == out.otherwise) continue;
    if (!add_regions(*partition, list, alternatives)) return std::nullopt;
    for (Conjunction& all : alternatives) out.branches.push_back({std::move(all), effect});
  }
  return out;
}

std::optional<Ordered> meaning_of_call(const Evaluator& evaluator, const Model& model,
                                       kernel::SyscallId id) {
  kernel::Args zero;
  zero.known = 0x3F;
  const Flat& flat = evaluator.flat();
  const Verdict verdict = evaluator.evaluate({id, zero});
  const CallRules* rules = model.find(id);
  if (rules == nullptr || rules->unconditional || verdict.decision == Decision::RuntimeEnosys)
    return Ordered{{}, effect_of(verdict), true};
  if (rules->mixed) return by_regions(evaluator, id);
  Ordered out{{}, default_of(flat), false};
  for (const Chain& chain : rules->chains) {
    const FlatRule& rule = flat.rules[chain.rule];
    out.branches.push_back({chain.conditions, effect(rule.action, rule.errno_value)});
  }
  return out;
}

}  // namespace

std::optional<Conjunction> joined_masks(const Conjunction& all) {
  Conjunction out;
  for (const Condition& c : all) {
    const auto before = std::find_if(out.begin(), out.end(), [&](const Condition& b) {
      return b.index == c.index && b.op == Op::MaskedEq && c.op == Op::MaskedEq;
    });
    if (before == out.end()) {
      out.push_back(c);
      continue;
    }
    if (((before->value_two ^ c.value_two) & before->value & c.value) != 0) return std::nullopt;
    before->value_two = (before->value_two & before->value) | (c.value_two & c.value);
    before->value |= c.value;
  }
  return out;
}

std::vector<Effect> effects_of(const Ordered& meaning) {
  std::vector<Effect> out{meaning.otherwise};
  for (const Branch& branch : meaning.branches) {
    if (std::find(out.begin(), out.end(), branch.effect) == out.end()) out.push_back(branch.effect);
  }
  return out;
}

std::optional<Alternatives> where(const Ordered& meaning, const Effect& wanted, unsigned bits) {
  Alternatives out;
  const bool simple =
      meaning.disjoint || std::all_of(meaning.branches.begin(), meaning.branches.end(),
                                      [&](const Branch& b) { return b.effect == wanted; });
  const bool direct = simple && wanted != meaning.otherwise &&
                      std::none_of(meaning.branches.begin(), meaning.branches.end(),
                                   [&](const Branch& b) { return repeats_an_argument(b.all); });
  if (direct) {
    for (const Branch& branch : meaning.branches) {
      if (branch.effect == wanted) out.push_back(branch.all);
    }
    if (out.size() > kMaxAlternatives) return std::nullopt;
    return out;
  }
  const auto conditions = all_conditions(meaning);
  const auto partition = Partition::make(conditions, bits, Grain::Whole);
  if (!partition) return std::nullopt;
  std::vector<std::size_t> regions;
  for (std::size_t region = 0; region < partition->size(); ++region) {
    if (effect_at(meaning, partition->example(region), bits) == wanted) regions.push_back(region);
  }
  if (!add_regions(*partition, regions, out)) return std::nullopt;
  return out;
}

Result<Meaning> meaning_of(const Evaluator& evaluator) {
  const Flat& flat = evaluator.flat();
  const Model model(flat);
  Meaning out{default_of(flat), {}};
  for (const Arch arch : flat.archs) {
    ArchMeaning each{arch, {}};
    for (const kernel::TableRow& row : kernel::table(arch)) {
      auto meaning = meaning_of_call(evaluator, model, {arch, row.number});
      if (!meaning)
        return fail(
            refusal(fmt::format("the conditions on {} cut its arguments into too many regions",
                                kernel::name_of(row.name)),
                    "use fewer conditions on it"));
      each.calls.push_back({{arch, row.number}, row.name, std::move(*meaning)});
    }
    out.archs.push_back(std::move(each));
  }
  return out;
}

void ProfileBuilder::add(std::string_view name, const Effect& effect,
                         const Conjunction& conditions) {
  if (effect == fallback_) return;
  const auto same = [&](const NewRule& rule) {
    return formats::effect(rule.action, rule.errno_ret.value_or(0)) == effect &&
           std::equal(rule.args.begin(), rule.args.end(), conditions.begin(), conditions.end(),
                      [](const Condition& a, const Condition& b) {
                        return a.index == b.index && a.op == b.op && a.value == b.value &&
                               a.value_two == b.value_two;
                      });
  };
  auto rule = std::find_if(profile_.rules.begin(), profile_.rules.end(), same);
  if (rule == profile_.rules.end()) {
    NewRule made;
    made.action = effect.action;
    if (effect.action == Action::Errno || effect.action == Action::Trace)
      made.errno_ret = effect.errno_value;
    made.args = conditions;
    rule = profile_.rules.insert(profile_.rules.end(), std::move(made));
  }
  rule->names.emplace_back(name);
}

bool ProfileBuilder::add(std::string_view name, const Ordered& written, unsigned bits) {
  Ordered meaning{{}, written.otherwise, written.disjoint};
  for (const Branch& branch : written.branches) {
    if (auto all = joined_masks(branch.all))
      meaning.branches.push_back({std::move(*all), branch.effect});
  }
  for (const Effect& each : effects_of(meaning)) {
    if (each == fallback_) continue;
    if (meaning.branches.empty()) {
      add(name, each);
      return true;
    }
    const auto alternatives = where(meaning, each, bits);
    if (!alternatives) return false;
    for (const Conjunction& all : *alternatives) add(name, each, all);
  }
  return true;
}

NewProfile ProfileBuilder::finish() {
  profile_.default_action = fallback_.action;
  if (fallback_.action == Action::Errno || fallback_.action == Action::Trace)
    profile_.default_errno_ret = fallback_.errno_value;
  std::stable_sort(
      profile_.rules.begin(), profile_.rules.end(),
      [](const NewRule& a, const NewRule& b) { return a.args.empty() && !b.args.empty(); });
  for (NewRule& rule : profile_.rules) {
    std::sort(rule.names.begin(), rule.names.end());
    rule.names.erase(std::unique(rule.names.begin(), rule.names.end()), rule.names.end());
  }
  return profile_;
}

}  // namespace medic::profile::formats
