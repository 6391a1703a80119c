#include "policy/model.h"

#include <algorithm>
#include <set>

#include "kernel/multiplexer.h"

namespace medic::profile {
namespace {

std::uint64_t width_mask(kernel::Arch arch) {
  return kernel::info(arch).bits == 32 ? 0xFFFFFFFFULL : ~0ULL;
}

// The conditions as the architecture compares them: values cut to the register's width, masks that
// ask for nothing left out (libseccomp src/db.c _db_rule_gen_32, _db_rule_gen_64).
std::vector<Condition> effective(std::vector<Condition> conditions, kernel::Arch arch) {
  const std::uint64_t width = width_mask(arch);
  for (Condition& condition : conditions) {
    condition.value &= width;
    condition.value_two &= width;
  }
  std::erase_if(conditions, [](const Condition& condition) {
    return condition.op == Op::MaskedEq && condition.value == 0;
  });
  return conditions;
}

bool compares(const Condition& condition, std::uint64_t arg) {
  switch (condition.op) {
    case Op::Ne: return arg != condition.value;
    case Op::Lt: return arg < condition.value;
    case Op::Le: return arg <= condition.value;
    case Op::Eq: return arg == condition.value;
    case Op::Ge: return arg >= condition.value;
    case Op::Gt: return arg > condition.value;
    case Op::MaskedEq: return (arg & condition.value) == (condition.value_two & condition.value);
  }
  return false;
}

bool same_answer(const FlatRule& a, const FlatRule& b) {
  if (a.action != b.action) return false;
  return (a.action != kernel::Action::Errno && a.action != kernel::Action::Trace) ||
         a.errno_value == b.errno_value;
}

}  // namespace

Model::Model(const Flat& flat) : calls_(kernel::kArchCount) {
  for (std::size_t rule = 0; rule < flat.rules.size(); ++rule) {
    for (const kernel::NameId name : flat.rules[rule].names) {
      for (const kernel::Arch arch : flat.archs) add(flat, rule, name, arch);
    }
  }
}

void Model::add(const Flat& flat, std::size_t rule, kernel::NameId name, kernel::Arch arch) {
  const std::vector<Condition>& written = flat.rules[rule].args;
  if (const auto multiplexed = kernel::multiplexed_as(arch, name)) {
    // libseccomp writes the call's number over whatever the rule asked of the first argument; the
    // others now meet the multiplexer's own.
    std::vector<Condition> conditions{Condition{0, Op::Eq, multiplexed->call, 0, {}}};
    for (const Condition& condition : written) {
      if (condition.index != 0) conditions.push_back(condition);
    }
    if (const auto number = kernel::number_of(multiplexed->by, arch))
      add_chain(flat, {arch, *number}, {rule, effective(std::move(conditions), arch), name});
  }
  // A name without a number there gets a pseudo number below zero: no call meets it, but rules can
  // contradict each other on it.
  const std::int32_t pseudo = -10000 - name;
  add_chain(flat, {arch, kernel::number_of(name, arch).value_or(pseudo)},
            {rule, effective(written, arch), kernel::kNoName});
}

// src/db.c db_rule_add: the first unconditional rule stays whatever comes; a later one wipes out
// the conditional ones before it.
void Model::add_chain(const Flat& flat, kernel::SyscallId id, Chain chain) {
  CallRules& rules = calls_[static_cast<std::size_t>(id.arch)][id.number];
  if (rules.unconditional) return;
  if (chain.conditions.empty()) {
    rules.unconditional = chain.rule;
    rules.chains.clear();
    rules.mixed = false;
    return;
  }
  if (!rules.chains.empty() &&
      !same_answer(flat.rules[rules.chains.front().rule], flat.rules[chain.rule])) {
    rules.mixed = true;
    has_mixed_ = true;
  }
  rules.chains.push_back(std::move(chain));
}

const CallRules* Model::find(kernel::SyscallId id) const {
  if (id.arch == kernel::Arch::Unknown || id.number < 0) return nullptr;
  const auto& calls = calls_[static_cast<std::size_t>(id.arch)];
  const auto found = calls.find(id.number);
  return found == calls.end() ? nullptr : &found->second;
}

kernel::SyscallId as_filtered(kernel::SyscallId id) {
  if (id.arch != kernel::Arch::X86_64 && id.arch != kernel::Arch::X32) return id;
  return {id.number >= kernel::kX32Bit ? kernel::Arch::X32 : kernel::Arch::X86_64, id.number};
}

// libseccomp src/gen_bpf.c: without x32 in the filter every number from bit 30 on, but for -1, is
// another ABI; with x32 alone the others are.
bool filter_knows(const Flat& flat, kernel::SyscallId id) {
  const auto has = [&](kernel::Arch arch) {
    return std::find(flat.archs.begin(), flat.archs.end(), arch) != flat.archs.end();
  };
  if (id.arch == kernel::Arch::Unknown) return false;
  if (id.arch != kernel::Arch::X86_64 && id.arch != kernel::Arch::X32) return has(id.arch);
  const bool x86_64 = has(kernel::Arch::X86_64), x32 = has(kernel::Arch::X32);
  if (id.number == -1 || (x86_64 && x32)) return x86_64 || x32;
  return static_cast<std::uint32_t>(id.number) >= static_cast<std::uint32_t>(kernel::kX32Bit)
             ? x32
             : x86_64;
}

Truth holds(const Condition& condition, const kernel::Args& args, kernel::Arch arch) {
  if (!args.has(condition.index)) return Truth::Maybe;
  return compares(condition, args.value[condition.index] & width_mask(arch)) ? Truth::Yes
                                                                             : Truth::No;
}

Truth holds(const Chain& chain, const kernel::Args& args, kernel::Arch arch) {
  Truth all = Truth::Yes;
  for (const Condition& condition : chain.conditions)
    all = std::min(all, holds(condition, args, arch));
  return all;
}

std::uint8_t tested(const CallRules& rules) {
  unsigned bits = 0;
  for (const Chain& chain : rules.chains) {
    for (const Condition& condition : chain.conditions) bits |= 1u << condition.index;
  }
  return static_cast<std::uint8_t>(bits);
}

std::optional<std::vector<kernel::Args>> completions(const CallRules& rules,
                                                     const kernel::Args& args) {
  std::array<std::set<std::uint64_t>, kernel::kArgCount> values;
  for (const Chain& chain : rules.chains) {
    for (const Condition& condition : chain.conditions) {
      if (args.has(condition.index)) continue;
      if (condition.op == Op::MaskedEq) return std::nullopt;
      auto& own = values[condition.index];
      own.insert({0, condition.value, condition.value + 1, condition.value - 1});
      if (own.size() > kMaxCompletions) return std::nullopt;
    }
  }
  std::vector<kernel::Args> out{args};
  for (unsigned index = 0; index < kernel::kArgCount; ++index) {
    if (values[index].empty()) continue;
    if (out.size() * values[index].size() > kMaxCompletions) return std::nullopt;
    std::vector<kernel::Args> more;
    for (const kernel::Args& base : out) {
      for (const std::uint64_t value : values[index]) {
        more.push_back(base);
        more.back().set(index, value);
      }
    }
    out = std::move(more);
  }
  return out;
}

}  // namespace medic::profile
