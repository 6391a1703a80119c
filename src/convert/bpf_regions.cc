#include "convert/bpf_regions.h"

#include <fmt/format.h>
#include <linux/filter.h>

#include <algorithm>
#include <array>
#include <set>

#include "merge/merge_conditions.h"

namespace medic::profile::formats {
namespace {

constexpr std::size_t kMaxStates = 5000;  // of one call's walk through the program
constexpr std::uint32_t kFirstArgument = 16;

// A register's value: a constant, or an argument's word under a mask.
struct Value {
  std::optional<unsigned> word;
  std::uint32_t bits = 0;  // the constant, or the mask
  friend auto operator<=>(const Value&, const Value&) = default;
};

struct State {
  std::size_t at = 0;
  Value a, x;
  std::map<std::uint32_t, Value> memory;
  friend auto operator<=>(const State&, const State&) = default;
};

bool compare(unsigned operation, std::uint32_t a, std::uint32_t b) {
  switch (operation) {
    case BPF_JEQ: return a == b;
    case BPF_JGT: return a > b;
    case BPF_JGE: return a >= b;
    default: return (a & b) != 0;
  }
}

class Walk {
 public:
  Walk(const Program& program, std::uint32_t arch, std::int32_t number)
      : program_(program), arch_(arch), number_(static_cast<std::uint32_t>(number)) {}

  Result<std::vector<WordTest>> run() {
    open_.push_back({});
    while (!open_.empty()) {
      State state = std::move(open_.back());
      open_.pop_back();
      if (!seen_.insert(state).second) continue;
      if (seen_.size() > kMaxStates)
        return fail(refusal("the program has too many ways through one call"));
      if (auto problem = step(std::move(state))) return fail(std::move(*problem));
    }
    return std::vector<WordTest>(tests_.begin(), tests_.end());
  }

 private:
  using Refusal = std::optional<Problem>;

  void go(State state, std::size_t at) {
    state.at = at;
    open_.push_back(std::move(state));
  }

  Refusal load(const Instruction& in, State& state) {
    Value& target = BPF_CLASS(in.code) == BPF_LD ? state.a : state.x;
    switch (BPF_MODE(in.code)) {
      case BPF_IMM: target = {std::nullopt, in.k}; return std::nullopt;
      case BPF_LEN: target = {std::nullopt, 64}; return std::nullopt;
      case BPF_MEM: target = state.memory[in.k]; return std::nullopt;
      default: break;
    }
    if (in.k == 0)
      target = {std::nullopt, number_};
    else if (in.k == 4)
      target = {std::nullopt, arch_};
    else if (in.k < kFirstArgument)
      return refusal("the program looks at the instruction pointer: a profile cannot", "");
    else
      target = {(in.k - kFirstArgument) / 4, 0xFFFFFFFF};
    return std::nullopt;
  }

  Refusal compute(const Instruction& in, State& state) {
    const Value operand = BPF_SRC(in.code) == BPF_X ? state.x : Value{std::nullopt, in.k};
    if (BPF_OP(in.code) == BPF_AND && state.a.word && !operand.word) {
      state.a.bits &= operand.bits;
      return std::nullopt;
    }
    if (state.a.word || operand.word)
      return refusal(
          "the program computes with an argument: a profile can compare it under a mask only");
    std::uint32_t& a = state.a.bits;
    const std::uint32_t b = operand.bits;
    switch (BPF_OP(in.code)) {
      case BPF_ADD: a += b; break;
      case BPF_SUB: a -= b; break;
      case BPF_MUL: a *= b; break;
      case BPF_DIV: a = b == 0 ? 0 : a / b; break;
      case BPF_AND: a &= b; break;
      case BPF_OR: a |= b; break;
      case BPF_XOR: a ^= b; break;
      case BPF_LSH: a = b > 31 ? 0 : a << b; break;
      case BPF_RSH: a = b > 31 ? 0 : a >> b; break;
      default: a = 0U - a; break;  // BPF_NEG
    }
    return std::nullopt;
  }

  Refusal jump(const Instruction& in, State state) {
    if (in.code == (BPF_JMP | BPF_JA)) {
      go(std::move(state), state.at + 1 + in.k);
      return std::nullopt;
    }
    const Value operand = BPF_SRC(in.code) == BPF_X ? state.x : Value{std::nullopt, in.k};
    const std::size_t yes = state.at + 1 + in.jump_true, no = state.at + 1 + in.jump_false;
    if (!state.a.word && !operand.word) {
      go(std::move(state), compare(BPF_OP(in.code), state.a.bits, operand.bits) ? yes : no);
      return std::nullopt;
    }
    if (!state.a.word || operand.word)
      return refusal("the program compares arguments with each other: a profile cannot");
    if (auto problem = note_test(in, state.a, operand.bits)) return problem;
    if (yes != no) go(state, yes);
    go(std::move(state), no);
    return std::nullopt;
  }

  Refusal note_test(const Instruction& in, const Value& a, std::uint32_t operand) {
    WordTest test{*a.word, a.bits, WordTest::Kind::Equal, operand};
    switch (BPF_OP(in.code)) {
      case BPF_JEQ: break;
      case BPF_JGT: test.kind = WordTest::Kind::Greater; break;
      case BPF_JGE: test.kind = WordTest::Kind::AtLeast; break;
      default:
        test.kind = WordTest::Kind::AnyBit;
        test.mask &= operand;
        test.operand = 0;
        break;
    }
    const bool ordered =
        test.kind == WordTest::Kind::Greater || test.kind == WordTest::Kind::AtLeast;
    if (ordered && test.mask != 0xFFFFFFFF)
      return refusal("the program orders a masked argument: a profile cannot");
    tests_.insert(test);
    return std::nullopt;
  }

  Refusal step(State state) {
    const Instruction& in = program_[state.at];
    switch (BPF_CLASS(in.code)) {
      case BPF_RET:
        return BPF_RVAL(in.code) == BPF_A && state.a.word
                   ? Refusal(refusal(
                         "the program returns an argument as its verdict: a profile cannot"))
                   : std::nullopt;
      case BPF_JMP: return jump(in, std::move(state));
      case BPF_LD:
      case BPF_LDX:
        if (auto problem = load(in, state)) return problem;
        break;
      case BPF_ST: state.memory[in.k] = state.a; break;
      case BPF_STX: state.memory[in.k] = state.x; break;
      case BPF_ALU:
        if (auto problem = compute(in, state)) return problem;
        break;
      default:  // BPF_MISC
        if (BPF_MISCOP(in.code) == BPF_TAX)
          state.x = state.a;
        else
          state.a = state.x;
        break;
    }
    const std::size_t next = state.at + 1;
    go(std::move(state), next);
    return std::nullopt;
  }

  const Program& program_;
  std::uint32_t arch_, number_;
  std::vector<State> open_;
  std::set<State> seen_;
  std::set<WordTest> tests_;
};

// The words that are looked at, as arguments of 32 bits of their own.
std::vector<unsigned> words_of(const std::vector<WordTest>& tests) {
  std::vector<unsigned> out;
  for (const WordTest& test : tests) {
    if (std::find(out.begin(), out.end(), test.word) == out.end()) out.push_back(test.word);
  }
  std::sort(out.begin(), out.end());
  return out;
}

Condition as_condition(const WordTest& test, std::uint32_t index) {
  switch (test.kind) {
    case WordTest::Kind::Greater: return {index, Op::Gt, test.operand, 0, {}};
    case WordTest::Kind::AtLeast: return {index, Op::Ge, test.operand, 0, {}};
    case WordTest::Kind::AnyBit: return {index, Op::MaskedEq, test.mask, 0, {}};
    case WordTest::Kind::Equal: break;
  }
  if (test.mask == 0xFFFFFFFF) return {index, Op::Eq, test.operand, 0, {}};
  return {index, Op::MaskedEq, test.mask, test.operand, {}};
}

struct Words {
  std::vector<unsigned> words;
  Partition partition;
};

std::optional<Words> cut(const std::vector<WordTest>& tests) {
  Words out;
  out.words = words_of(tests);
  if (out.words.size() > kernel::kArgCount) return std::nullopt;
  std::vector<Condition> conditions;
  for (const WordTest& test : tests) {
    if (test.kind == WordTest::Kind::Equal && (test.operand & ~test.mask) != 0)
      continue;  // never holds
    const auto index = static_cast<std::uint32_t>(
        std::find(out.words.begin(), out.words.end(), test.word) - out.words.begin());
    conditions.push_back(as_condition(test, index));
  }
  auto partition = Partition::make(conditions, 32, Grain::Whole);
  if (!partition) return std::nullopt;
  out.partition = std::move(*partition);
  return out;
}

kernel::Args args_from(const Words& cut, std::size_t region) {
  const kernel::Args words = cut.partition.example(region);
  kernel::Args out;
  out.known = (1u << kernel::kArgCount) - 1;
  for (std::size_t i = 0; i < cut.words.size(); ++i)
    out.value[cut.words[i] / 2] |= words.value[i] << (cut.words[i] % 2 * 32);
  return out;
}

// Comparisons of a whole argument that the tests of its halves may have been made from.
std::vector<Condition> candidates(const std::vector<WordTest>& tests, unsigned bits) {
  std::vector<Condition> out;
  for (std::uint32_t arg = 0; arg < kernel::kArgCount; ++arg) {
    std::set<std::uint64_t> lower, upper;  // operands compared as they are
    std::set<MaskedValue> low_masks{{0, 0}}, high_masks{{0, 0}};
    for (const WordTest& test : tests) {
      if (test.word / 2 != arg) continue;
      const bool high = test.word % 2 != 0;
      if (test.mask == 0xFFFFFFFF) (high ? upper : lower).insert(test.operand);
      if (test.kind == WordTest::Kind::Equal || test.kind == WordTest::Kind::AnyBit)
        (high ? high_masks : low_masks).insert({test.mask, test.operand & test.mask});
    }
    if (bits == 32) upper = {0};
    for (const std::uint64_t h : upper) {
      for (const std::uint64_t l : lower) out.push_back({arg, Op::Eq, h << 32 | l, 0, {}});
    }
    const bool masks = low_masks.size() * high_masks.size() > 1;
    const bool plain =
        !upper.empty() && std::all_of(tests.begin(), tests.end(), [&](const WordTest& t) {
          return t.word / 2 != arg || t.mask == 0xFFFFFFFF;
        });
    if (!masks || plain) continue;
    for (const MaskedValue& h : high_masks) {
      for (const MaskedValue& l : low_masks) {
        if ((h.mask | l.mask) != 0)
          out.push_back({arg, Op::MaskedEq, h.mask << 32 | l.mask, h.value << 32 | l.value, {}});
      }
    }
  }
  return out;
}

using Groups = std::map<Effect, std::vector<std::size_t>>;

std::optional<Ordered> from_groups(const Groups& groups, const Effect& fallback,
                                   const auto& alternatives_for) {
  // What most regions give stands for the rest.
  const auto most = std::max_element(
      groups.begin(), groups.end(),
      [](const auto& a, const auto& b) { return a.second.size() < b.second.size(); });
  Ordered out{{}, groups.contains(fallback) ? fallback : most->first, true};
  for (const auto& [effect, regions] : groups) {
    if (effect == out.otherwise) continue;
    std::optional<Alternatives> any = alternatives_for(regions);
    if (!any) return std::nullopt;
    for (Conjunction& all : *any) out.branches.push_back({std::move(all), effect});
  }
  return out;
}

// By comparisons of whole arguments, where these say the same regions apart.
std::optional<Ordered> by_arguments(const Asking& asking, const Words& words) {
  const auto& [program, id, tests, fallback] = asking;
  const auto bits = static_cast<unsigned>(kernel::info(id.arch).bits);
  const auto conditions = candidates(tests, bits);
  const auto partition = Partition::make(conditions, bits, Grain::Whole);
  if (!partition) return std::nullopt;
  std::map<std::vector<bool>, Effect> seen;
  for (std::size_t region = 0; region < words.partition.size(); ++region) {
    const kernel::Args args = args_from(words, region);
    std::vector<bool> truth;
    for (const Condition& c : conditions) {
      truth.push_back(holds(c, args.value[c.index], bits));
      if (c.op == Op::Eq)
        truth.push_back(holds({c.index, Op::Lt, c.value, 0, {}}, args.value[c.index], bits));
    }
    const Effect effect = run_for(program, id, args);
    if (seen.try_emplace(truth, effect).first->second != effect) return std::nullopt;
  }
  Groups groups;
  for (std::size_t region = 0; region < partition->size(); ++region)
    groups[run_for(program, id, partition->example(region))].push_back(region);
  return from_groups(groups, fallback,
                     [&](const std::vector<std::size_t>& regions) -> std::optional<Alternatives> {
                       Alternatives any;
                       for (const Partition::Box& box : partition->boxes(regions)) {
                         const auto lists = conditions_for(*partition, box);
                         if (!lists || any.size() + lists->size() > kMaxAlternatives)
                           return std::nullopt;
                         any.insert(any.end(), lists->begin(), lists->end());
                       }
                       return any;
                     });
}

// A condition on a word as masked values, one of which is enough.
std::vector<MaskedValue> masked(const Condition& c) {
  switch (c.op) {
    case Op::Eq: return {{0xFFFFFFFF, c.value}};
    case Op::Lt: return blocks(0, c.value - 1, 32);
    case Op::Le: return blocks(0, c.value, 32);
    case Op::Ge: return blocks(c.value, 0xFFFFFFFF, 32);
    case Op::Gt: return blocks(c.value + 1, 0xFFFFFFFF, 32);
    case Op::MaskedEq: return {{c.value, c.value_two & c.value}};
    case Op::Ne: break;
  }
  std::vector<MaskedValue> out =
      c.value == 0 ? std::vector<MaskedValue>() : blocks(0, c.value - 1, 32);
  if (c.value != 0xFFFFFFFF) {
    const auto above = blocks(c.value + 1, 0xFFFFFFFF, 32);
    out.insert(out.end(), above.begin(), above.end());
  }
  return out;
}

// By masks on the halves: always exact, seldom pretty.
std::optional<Ordered> by_words(const Asking& asking, const Words& words) {
  Groups groups;
  for (std::size_t region = 0; region < words.partition.size(); ++region)
    groups[run_for(asking.program, asking.id, args_from(words, region))].push_back(region);
  const auto on_arguments = [&](const std::vector<Condition>& list, Alternatives& out) {
    std::vector<std::map<std::uint32_t, MaskedValue>> joined(1);
    for (const Condition& c : list) {
      const unsigned word = words.words[c.index];
      const auto any = masked(c);
      if (joined.size() * any.size() > kMaxAlternatives) return false;
      std::vector<std::map<std::uint32_t, MaskedValue>> longer;
      for (const auto& each : joined) {
        for (const MaskedValue& m : any) {
          longer.push_back(each);
          MaskedValue& whole = longer.back()[word / 2];
          whole.mask |= (m.mask & 0xFFFFFFFF) << (word % 2 * 32);
          whole.value |= (m.value & 0xFFFFFFFF) << (word % 2 * 32);
        }
      }
      joined = std::move(longer);
    }
    for (const auto& each : joined) {
      Conjunction all;
      for (const auto& [arg, m] : each) all.push_back({arg, Op::MaskedEq, m.mask, m.value, {}});
      out.push_back(std::move(all));
    }
    return out.size() <= kMaxAlternatives;
  };
  return from_groups(groups, asking.fallback,
                     [&](const std::vector<std::size_t>& regions) -> std::optional<Alternatives> {
                       Alternatives any;
                       for (const Partition::Box& box : words.partition.boxes(regions)) {
                         const auto lists = conditions_for(words.partition, box);
                         if (!lists) return std::nullopt;
                         for (const auto& list : *lists) {
                           if (!on_arguments(list, any)) return std::nullopt;
                         }
                       }
                       return any;
                     });
}

}  // namespace

Result<std::vector<WordTest>> tests_of(const Program& program, std::uint32_t audit_arch,
                                       std::int32_t number) {
  return Walk(program, audit_arch, number).run();
}

Effect effect_of(std::uint32_t filter_value) {
  const Action action = kernel::action_from_raw(filter_value);
  const std::uint32_t data = filter_value & kernel::kDataMask;
  return effect(action,
                action == Action::Errno ? std::min<std::uint32_t>(data, kernel::kMaxErrno) : data);
}

Effect run_for(const Program& program, kernel::SyscallId id, const kernel::Args& args) {
  return effect_of(run(program, data_for({id, args})));
}

std::optional<std::vector<kernel::Args>> examples_of(const std::vector<WordTest>& tests) {
  const auto words = cut(tests);
  if (!words) return std::nullopt;
  std::vector<kernel::Args> out;
  for (std::size_t region = 0; region < words->partition.size(); ++region)
    out.push_back(args_from(*words, region));
  return out;
}

std::optional<Ordered> meaning_in(const Asking& asking) {
  const auto words = cut(asking.tests);
  if (!words) return std::nullopt;
  if (auto meaning = by_arguments(asking, *words)) return meaning;
  return by_words(asking, *words);
}

void add_tests(const Condition& condition, unsigned bits, std::vector<WordTest>& out) {
  for (unsigned half = 0; half < bits / 32; ++half) {
    const auto word = [&](std::uint64_t value) {
      return static_cast<std::uint32_t>(value >> (32 * half));
    };
    const unsigned at = 2 * condition.index + half;
    // An Equal test cuts before and behind its operand, which is all that a comparison of the whole
    // looks at.
    if (condition.op != Op::MaskedEq)
      out.push_back({at, 0xFFFFFFFF, WordTest::Kind::Equal, word(condition.value)});
    else if (word(condition.value) != 0)
      out.push_back({at, word(condition.value), WordTest::Kind::Equal,
                     word(condition.value_two & condition.value)});
  }
}

}  // namespace medic::profile::formats
