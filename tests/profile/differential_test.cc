// Our reading of the rules against the program that libseccomp compiles from them, run in our own
// interpreter: no difference is tolerated. The stub that runc puts before it is ours on both sides;
// its limits are held against libseccomp's own resolution separately.
#include <doctest/doctest.h>
#include <seccomp.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <map>
#include <random>
#include <set>

#include "libseccomp/judge.h"
#include "kernel/action.h"
#include "libseccomp/compile.h"
#include "libseccomp/enosys_stub.h"
#include "policy/stub_limits.h"
#include "policy/evaluate.h"
#include "policy/model.h"
#include "kernel/multiplexer.h"

using namespace medic;
using namespace medic::profile;
using kernel::Action;
using kernel::Arch;

namespace {

// A mersenne twister gives the same numbers everywhere; the standard distributions do not.
class Dice {
 public:
  explicit Dice(std::uint64_t seed) : source_(seed) {}
  std::uint64_t bits() { return source_(); }
  std::size_t below(std::size_t limit) { return static_cast<std::size_t>(source_() % limit); }
  bool one_in(std::size_t n) { return below(n) == 0; }
  template <class T>
  const T& pick(const std::vector<T>& list) {
    return list[below(list.size())];
  }

 private:
  std::mt19937_64 source_;
};

std::uint64_t interesting_value(Dice& dice) {
  static const std::vector<std::uint64_t> kValues{0,
                                                  1,
                                                  2,
                                                  5,
                                                  16,
                                                  38,
                                                  39,
                                                  40,
                                                  0x7F,
                                                  0xFF,
                                                  0x100,
                                                  0x7E020000,
                                                  0x7FFFFFFF,
                                                  0x80000000,
                                                  0xFFFFFFFE,
                                                  0xFFFFFFFF,
                                                  0x100000000,
                                                  0x100000001,
                                                  0x7FFFFFFFFFFFFFFF,
                                                  0x8000000000000000,
                                                  0xFFFFFFFF00000000,
                                                  0xFFFFFFFFFFFFFFFF};
  const std::uint64_t value = dice.pick(kValues);
  switch (dice.below(6)) {
    case 0: return value + 1;
    case 1: return value - 1;
    case 2: return dice.bits();
    default: return value;
  }
}

std::vector<Arch> compilable_archs() {
  std::vector<Arch> out;
  for (const kernel::ArchInfo& arch : kernel::all_archs()) {
    if (seccomp_arch_resolve_name(std::string(arch.name).c_str()) != 0) out.push_back(arch.arch);
  }
  return out;
}

// A newer libseccomp may know a number that the linked one does not.
bool linked_library_agrees(const std::string& name) {
  const kernel::NameId id = kernel::find_name(name);
  if (seccomp_syscall_resolve_name(name.c_str()) == __NR_SCMP_ERROR) return false;
  for (const Arch arch : compilable_archs()) {
    const int theirs = seccomp_syscall_resolve_name_arch(
        seccomp_arch_resolve_name(std::string(kernel::name(arch)).c_str()), name.c_str());
    const auto ours = kernel::number_of(id, arch);
    if (kernel::multiplexed_as(arch, id)) continue;  // a pseudo number there
    if (theirs >= 0 ? ours != theirs : ours.has_value()) return false;
  }
  return true;
}

bool carries_errno(Action action) { return action == Action::Errno || action == Action::Trace; }

struct Shape {
  bool mixed_actions = false;
};

// A profile over few names, so that its rules meet each other often.
Profile random_profile(Dice& dice, Arch native, Shape shape) {
  static const std::vector<Action> kActions{Action::Allow,       Action::Errno, Action::Errno,
                                            Action::Log,         Action::Trap,  Action::KillThread,
                                            Action::KillProcess, Action::Trace};
  static const std::vector<std::string> kShared{
      "read",        "socket",      "socket",     "bind",       "connect",
      "accept",      "accept4",     "send",       "recvmmsg",   "semop",
      "shmat",       "msgget",      "semtimedop", "socketcall", "ipc",
      "clone",       "personality", "ioctl",      "openat",     "mmap",
      "faccessat2",  "exit_group",  "_llseek",    "time",       "s390_pci_mmio_read",
      "no_such_call"};
  Profile out;
  out.default_action = dice.pick(kActions);
  if (dice.one_in(2) && carries_errno(*out.default_action))
    out.default_errno_ret = static_cast<std::uint32_t>(dice.below(40));
  out.architectures.emplace();
  for (const Arch arch : compilable_archs()) {
    if (arch == native || (byte_order(arch) == byte_order(native) && dice.one_in(8)))
      out.architectures->push_back(arch);
  }
  if (native == Arch::X86_64 && dice.one_in(3)) out.architectures->push_back(Arch::X32);
  std::vector<std::string> names;
  for (int i = 0; i < 5; ++i) names.push_back(dice.pick(kShared));
  while (names.size() < 8) {
    const std::string name(
        kernel::name_of(kernel::table(native)[dice.below(kernel::table(native).size())].name));
    if (linked_library_agrees(name)) names.push_back(name);
  }
  std::map<std::string, std::pair<Action, std::uint32_t>>
      conditional_answer;  // where actions may not mix
  const std::pair<Action, std::uint32_t> multiplexer_answer{
      dice.pick(kActions), static_cast<std::uint32_t>(dice.below(40))};
  Rule first;  // see libseccomp_254_errs
  first.names.push_back({"getpid", {}, {}});
  first.action = *out.default_action == Action::Allow ? Action::Errno : Action::Allow;
  out.rules.push_back(std::move(first));
  const std::size_t rules = 1 + dice.below(10);
  for (std::size_t i = 0; i < rules; ++i) {
    Rule rule;
    const std::string& name = dice.pick(names);
    rule.names.push_back({name, {}, {}});
    rule.action = dice.pick(kActions);
    if (carries_errno(rule.action)) rule.errno_ret = static_cast<std::uint32_t>(dice.below(40));
    const std::size_t conditions = dice.one_in(4) ? 0 : 1 + dice.below(3);
    for (std::size_t k = 0; k < conditions; ++k) {
      Condition condition;
      condition.index = static_cast<std::uint32_t>(dice.below(dice.one_in(2) ? 2 : 6));
      condition.op = static_cast<Op>(dice.below(7));
      condition.value = interesting_value(dice);
      condition.value_two = interesting_value(dice);
      const bool repeated =
          std::any_of(rule.args.begin(), rule.args.end(),
                      [&](const Condition& other) { return other.index == condition.index; });
      if (repeated && !dice.one_in(4)) continue;
      rule.args.push_back(condition);
    }
    const kernel::NameId id = kernel::find_name(name);
    bool multiplexed = name == "socketcall" || name == "ipc";
    for (const Arch arch : *out.architectures)
      multiplexed = multiplexed || kernel::multiplexed_as(arch, id).has_value();
    if (!shape.mixed_actions && (!rule.args.empty() || multiplexed)) {
      const auto answer =
          multiplexed
              ? multiplexer_answer
              : conditional_answer.emplace(name, std::pair{rule.action, rule.errno_ret.value_or(1)})
                    .first->second;
      rule.action = answer.first;
      rule.errno_ret.reset();
      if (carries_errno(rule.action)) rule.errno_ret = answer.second;
    }
    out.rules.push_back(std::move(rule));
  }
  return out;
}

// Arguments on, beside and far from every value that some rule compares with, with garbage above
// the low word now and then.
kernel::Call random_call(Dice& dice, const Flat& flat) {
  kernel::Call call;
  call.id.arch = dice.one_in(12) ? dice.pick(compilable_archs()) : dice.pick(flat.archs);
  const FlatRule* rule = flat.rules.empty() ? nullptr : &dice.pick(flat.rules);
  if (rule != nullptr && rule->names.empty()) rule = nullptr;
  const auto named =
      rule == nullptr ? std::nullopt : kernel::number_of(rule->names.front(), call.id.arch);
  const auto multiplexed =
      rule == nullptr ? std::nullopt : kernel::multiplexed_as(call.id.arch, rule->names.front());
  if (multiplexed && dice.one_in(2)) {
    call.id.number = kernel::number_of(multiplexed->by, call.id.arch).value_or(102);
  } else if (named && !dice.one_in(4)) {
    call.id.number = *named;
  } else {
    static const std::vector<std::int32_t> kOdd{-1,
                                                0,
                                                1,
                                                511,
                                                512,
                                                547,
                                                999,
                                                9999,
                                                0x3FFFFFFF,
                                                kernel::kX32Bit,
                                                kernel::kX32Bit + 1,
                                                kernel::kX32Bit + 999,
                                                0x7FFFFFFF,
                                                -5};
    call.id.number = dice.one_in(2) ? dice.pick(kOdd)
                                    : dice.pick(std::vector(kernel::table(call.id.arch).begin(),
                                                            kernel::table(call.id.arch).end()))
                                          .number;
  }
  for (unsigned i = 0; i < kernel::kArgCount; ++i) call.args.set(i, interesting_value(dice));
  if (rule != nullptr) {
    for (const Condition& condition : rule->args) {
      std::uint64_t value = condition.op == Op::MaskedEq ? (condition.value_two & condition.value) |
                                                               (dice.bits() & ~condition.value)
                                                         : condition.value;
      if (dice.one_in(3)) value += dice.one_in(2) ? 1 : ~0ULL;
      if (dice.one_in(6)) value ^= 0xDEADBEEF00000000ULL;
      if (!dice.one_in(5)) call.args.set(condition.index, value);
    }
  }
  if (multiplexed && !dice.one_in(3))
    call.args.set(0, multiplexed->call | (dice.one_in(8) ? 0x100000000ULL : 0));
  return call;
}

std::uint32_t raw_of(const Verdict& verdict) {
  const bool carries = verdict.action == Action::Errno || verdict.action == Action::Trace;
  return kernel::raw_value(verdict.action) |
         (carries ? static_cast<std::uint32_t>(verdict.errno_value) & kernel::kDataMask : 0);
}

std::string describe(const Profile& profile, const kernel::Call& call) {
  std::string out =
      std::string("default ") + std::string(kernel::oci_token(*profile.default_action)) + "; ";
  for (const Rule& rule : profile.rules) {
    out += rule.names[0].text + " " + std::string(kernel::json_name(rule.action)) + "(" +
           std::to_string(rule.errno_ret.value_or(1)) + ")";
    for (const Condition& c : rule.args)
      out += " [" + std::to_string(c.index) + " " + std::string(oci_token(c.op)) + " " +
             std::to_string(c.value) + " " + std::to_string(c.value_two) + "]";
    out += "; ";
  }
  out += "archs";
  for (const Arch arch : *profile.architectures) out += " " + std::string(kernel::name(arch));
  out += "; call " + std::string(kernel::name(call.id.arch)) + " " +
         std::to_string(call.id.number) + " (" + std::string(kernel::known_name(call.id)) + ")";
  for (unsigned i = 0; i < kernel::kArgCount; ++i) out += " " + std::to_string(call.args.value[i]);
  return out;
}

std::size_t wanted() {
  const char* text = std::getenv(
      "MEDIC_DIFFERENTIAL");  // how many calls; the default keeps the test under half a minute
  return text == nullptr ? 60'000 : static_cast<std::size_t>(std::strtoull(text, nullptr, 10));
}

// What libseccomp 2.5.4 gets wrong, found by this very test: it then compiles a program that does
// not do what the rules say. (1) Where the first entry of an architecture's list has no number
// there, the program compares calls without loading the number: every
//     profile here begins with a rule for getpid. (2) Several rules on one call, with NE, LT, LE or
//     64-bit orders among their conditions, can share a branch that was meant for one of them
//     (libseccomp's GHSA-4q85-33p6-j5g6 is one case): such calls are counted, not compared.
// (3) Rules that share a 64-bit order with a high word can send it into an endless loop: such
// profiles are counted.
bool libseccomp_254_errs(const Model& model, kernel::SyscallId id) {
  if (id.arch == Arch::X86_64 || id.arch == Arch::X32)
    id.arch = id.number >= kernel::kX32Bit ? Arch::X32 : Arch::X86_64;
  const CallRules* rules = model.find(id);
  if (rules == nullptr || rules->chains.size() < 2) return false;
  std::size_t with_false_branch = 0;
  bool ordered = false, long_chain = false, high_word = false;
  for (const Chain& chain : rules->chains) {
    bool false_branch = false;
    for (const Condition& c : chain.conditions) {
      if (c.op == Op::Eq || c.op == Op::MaskedEq) continue;
      ordered = true;
      false_branch = false_branch || c.op == Op::Ne || c.op == Op::Lt || c.op == Op::Le;
      high_word = high_word || c.value > 0xFFFFFFFF;
    }
    if (false_branch) ++with_false_branch;
    long_chain = long_chain || chain.conditions.size() > 1;
  }
  return with_false_branch >= 2 || (ordered && long_chain) || (with_false_branch == 1 && high_word);
}

struct Tally {
  std::size_t profiles = 0, calls = 0, refused = 0, hung = 0, excluded = 0, mixed = 0,
              differences = 0;
  std::map<Action, std::size_t> answers;
  std::map<Arch, std::size_t> archs;
};

constexpr std::size_t kCallsPerProfile = 20;

void compare(Dice& dice, Tally& tally, Shape shape) {
  Context context;
  context.judge = &installed_libseccomp();
  context.arch = dice.pick(compilable_archs());
  context.runtime = static_cast<Runtime>(dice.below(3));
  const Profile profile = random_profile(dice, context.arch, shape);
  const auto flat = flatten(profile, context);
  if (!flat) {
    ++tally.refused;  // runc knows no parisc; crun wants no errno beside ALLOW
    return;
  }
  const auto compiled = compile(*flat);
  if (!compiled && compiled.error().severity == Severity::Warning) {
    ++tally.hung;
    return;
  }
  const auto evaluator = Evaluator::make(profile, context);
  if (!compiled) {
    // Refused alike: rules that contradict each other.
    CHECK_MESSAGE(!evaluator.has_value(), compiled.error().text);
    CHECK_MESSAGE(shape.mixed_actions, compiled.error().text);
    ++tally.refused;
    return;
  }
  REQUIRE_MESSAGE(evaluator.has_value(), (evaluator ? "" : evaluator.error().text));
  ++tally.profiles;
  const Model model(*flat);
  for (std::size_t i = 0; i < kCallsPerProfile; ++i) {
    const kernel::Call call = random_call(dice, *flat);
    const Verdict verdict = evaluator->evaluate(call);
    const std::uint32_t theirs = run(compiled->program, data_for(call), compiled->byte_order);
    ++tally.answers[verdict.action];
    ++tally.archs[call.id.arch];
    if (verdict.mixed) ++tally.mixed;
    if (std::find(compiled->unproven_calls.begin(), compiled->unproven_calls.end(), call.id) !=
        compiled->unproven_calls.end())
      continue;
    if (!verdict.mixed && libseccomp_254_errs(model, call.id)) {
      ++tally.excluded;
      continue;
    }
    ++tally.calls;
    if (raw_of(verdict) == theirs) continue;
    if (++tally.differences <= 10)
      MESSAGE("ours ", raw_of(verdict), " theirs ", theirs, " (", verdict.why,
              "): ", describe(profile, call));
  }
}

}  // namespace

TEST_CASE("Random profiles and calls: the evaluator and libseccomp's program never differ") {
  Dice dice(20260826);
  Tally tally;
  while (tally.calls < wanted()) compare(dice, tally, {.mixed_actions = false});
  MESSAGE(tally.profiles, " profiles, ", tally.calls, " calls on ", tally.archs.size(),
          " architectures, ", tally.refused, " profiles refused by the runtime, ", tally.hung,
          " that libseccomp never finished, ", tally.excluded,
          " calls of a shape that it gets wrong, ", tally.differences, " differences");
  CHECK(tally.differences == 0);
  CHECK(tally.mixed == 0);  // nothing of this was decided by asking the program itself
  CHECK(tally.archs.size() >= 18);
  CHECK(tally.answers.size() >= 7);  // every action has been an answer
  CHECK(tally.excluded < tally.calls / 4);
}

TEST_CASE(
    "Where rules of different actions meet, libseccomp's program decides and the verdict says so") {
  Dice dice(4);
  Tally tally;
  while (tally.calls < wanted() / 4) compare(dice, tally, {.mixed_actions = true});
  MESSAGE(tally.profiles, " profiles, ", tally.calls, " calls, ", tally.mixed,
          " of them decided by the program, ", tally.refused, " profiles refused, ", tally.hung,
          " never finished, ", tally.differences, " differences");
  CHECK(tally.differences == 0);
  CHECK(tally.mixed > tally.calls / 20);
}

TEST_CASE("The number that runc's stub begins after is the largest that libseccomp resolves") {
  Dice dice(7);
  std::size_t compared = 0;
  for (int i = 0; i < 300; ++i) {
    Context context;
    context.judge = &installed_libseccomp();
    context.arch = dice.pick(compilable_archs());
    const Profile profile = random_profile(dice, context.arch, {.mixed_actions = false});
    const auto flat = flatten(profile, context);
    if (!flat) continue;
    const auto limits = stub_limits(*flat);
    const bool restrictive = flat->default_action != Action::Allow &&
                             flat->default_action != Action::Log &&
                             flat->default_action != Action::Trace;
    CHECK(limits.empty() == !restrictive);
    for (const auto& [arch, limit] : limits) {
      int largest = 0;
      for (const Rule& rule : profile.rules) {
        largest = std::max(largest,
                           seccomp_syscall_resolve_name_arch(
                               seccomp_arch_resolve_name(std::string(kernel::name(arch)).c_str()),
                               rule.names[0].text.c_str()));
      }
      CHECK(largest == limit);
      ++compared;
    }
  }
  CHECK(compared > 100);
}
