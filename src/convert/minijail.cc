// minijail's policy (minijail0(5); syscall_filter.c): one line a call, an expression that permits
// it, and what is answered where it does not hold.
#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "kernel/call_history.h"
#include "kernel/constants.h"
#include "convert/foreign.h"

namespace medic::profile::formats {
namespace {

const Effect kKill =
    effect(Action::KillThread);        // minijail0 without -L and without thread synchronisation
constexpr std::size_t kMaxTerms = 64;  // that one atom may turn into

class PolicyReader {
 public:
  explicit PolicyReader(const ForeignText& source)
      : source_(source), bits_(static_cast<unsigned>(kernel::info(source.arch).bits)) {}

  Result<ForeignProfile> run() {
    std::string joined;
    const auto lines = lines_of(source_.text);
    for (std::size_t i = 0; i < lines.size(); ++i) {
      line_ = i + 1;
      joined = trim(lines[i].substr(0, lines[i].find('#')));
      while (joined.ends_with('\\') && i + 1 < lines.size()) {
        joined.pop_back();
        ++i;
        joined += trim(lines[i].substr(0, lines[i].find('#')));
      }
      if (joined.empty()) continue;
      if (auto problem = read_statement(joined)) return fail(std::move(*problem));
    }
    return finish();
  }

 private:
  using Refusal = std::optional<Problem>;

  Refusal wrong(std::string text, std::string hint = {}) const {
    return problem_at(source_, line_, std::move(text), std::move(hint));
  }

  Refusal directive(std::string_view line) {
    if (line.starts_with("@frequency")) return std::nullopt;  // the order of the tests only
    if (line == "@denylist" && calls_.empty()) {
      denies_ = true;
      return std::nullopt;
    }
    if (line.starts_with("@include"))
      return wrong("@include names another file, which is not read", "put its lines here");
    if (line.starts_with("@default")) {
      auto action = read_action(trim(line.substr(8)));
      if (!action) return action.error();
      default_ = *action;
      return std::nullopt;
    }
    return wrong(fmt::format("\"{}\" is no directive that is known", shorten(line, 40)),
                 "@denylist, @frequency or @default");
  }

  Refusal read_statement(std::string_view line) {
    if (line.front() == '@') return directive(line);
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos)
      return wrong("a line is a call's name, a colon, and what permits it", "read: 1");
    std::string_view names = trim(line.substr(0, colon));
    if (names.starts_with('{') && names.ends_with('}')) names = names.substr(1, names.size() - 2);
    Ordered meaning;
    if (auto problem = read_policy(trim(line.substr(colon + 1)), meaning)) return problem;
    for (std::string_view name : split(names, ',')) {
      name = trim(name.substr(0, name.find('[')));
      const kernel::NameId id = kernel::find_name(name);
      if (id == kernel::kNoName || !kernel::number_of(id, source_.arch)) {
        return wrong(
            fmt::format("{} has no call \"{}\"", kernel::name(source_.arch), shorten(name, 60)),
            did_you_mean(name));
      }
      const auto [at, is_new] = calls_.try_emplace(std::string(name), meaning);
      if (!is_new)
        return wrong(fmt::format("{} stands here twice", at->first), "join the two lines");
    }
    return std::nullopt;
  }

  // "1", "allow", "return 1", "kill-process", …
  Result<Effect> read_action(std::string_view text) const {
    if (text == "1" || text == "allow") return effect(Action::Allow);
    if (text == "kill" || text == "kill-thread") return kKill;
    if (text == "kill-process") return effect(Action::KillProcess);
    if (text == "trap") return effect(Action::Trap);
    if (text == "log") return effect(Action::Log);
    if (text == "trace") return effect(Action::Trace, 0);
    if (text == "user-notify") return effect(Action::Notify);
    if (text.starts_with("return")) {
      const std::string_view word = trim(text.substr(6));
      const auto number = parse_number(word);
      const auto known = kernel::errno_number(word);
      if (number && *number <= kernel::kMaxErrno)
        return effect(Action::Errno, static_cast<std::uint32_t>(*number));
      if (known) return effect(Action::Errno, static_cast<std::uint32_t>(*known));
      if (word.empty()) return kKill;
    }
    return fail(*wrong(fmt::format("\"{}\" is no action", shorten(text, 60)),
                       "1, return ERRNO, kill, trap, log"));
  }

  Refusal read_policy(std::string_view text, Ordered& out) {
    const std::size_t semicolon = text.find(';');
    const std::string_view first = trim(text.substr(0, semicolon));
    out.otherwise = default_of();
    if (!first.starts_with("arg")) {
      auto action = read_action(first);
      if (!action) return action.error();
      out.otherwise = *action;
      return semicolon == std::string_view::npos
                 ? std::nullopt
                 : wrong("nothing can follow an action that always holds");
    }
    if (semicolon != std::string_view::npos) {
      auto action = read_action(trim(text.substr(semicolon + 1)));
      if (!action) return action.error();
      out.otherwise = *action;
    }
    Alternatives alternatives;
    if (auto problem = read_expression(first, alternatives)) return problem;
    for (Conjunction& all : alternatives)
      out.branches.push_back({std::move(all), effect(Action::Allow)});
    return std::nullopt;
  }

  Effect default_of() const { return denies_ ? effect(Action::Allow) : default_; }

  // Any of groups joined by ||, all of atoms joined by &&.
  Refusal read_expression(std::string_view text, Alternatives& out) const {
    for (const std::string_view group : split_at(text, "||")) {
      Alternatives joined{{}};
      for (const std::string_view atom : split_at(group, "&&")) {
        Conjunction any;  // the atom as conditions, one of which is enough
        bool all = false;
        if (auto problem = read_atom(trim(atom), any, all)) return problem;
        if (joined.front().size() > kMaxTogether)
          return wrong("the expression joins too many comparisons");
        if (all) {
          for (Conjunction& each : joined) each.insert(each.end(), any.begin(), any.end());
          continue;
        }
        Alternatives longer;
        for (const Conjunction& each : joined) {
          for (const Condition& condition : any) {
            longer.push_back(each);
            longer.back().push_back(condition);
          }
        }
        joined = std::move(longer);
        if (joined.size() > kMaxAlternatives)
          return wrong("the expression takes too many alternatives");
      }
      out.insert(out.end(), joined.begin(), joined.end());
      if (out.size() > kMaxAlternatives) return wrong("the expression takes too many alternatives");
    }
    return std::nullopt;
  }

  static std::vector<std::string_view> split_at(std::string_view text, std::string_view separator) {
    std::vector<std::string_view> out;
    for (;;) {
      const std::size_t at = text.find(separator);
      out.push_back(text.substr(0, at));
      if (at == std::string_view::npos) return out;
      text.remove_prefix(at + separator.size());
    }
  }

  // argN OP VALUE. `out` holds conditions of which one is enough, or with `all` every one must
  // hold.
  Refusal read_atom(std::string_view atom, Conjunction& out, bool& all) const {
    if (!atom.starts_with("arg") || atom.size() < 5 || atom[3] < '0' || atom[3] > '5')
      return wrong(fmt::format("\"{}\" is no comparison", shorten(atom, 60)), "arg0 == 1");
    const auto index = static_cast<std::uint32_t>(atom[3] - '0');
    const std::string_view rest = trim(atom.substr(4));
    const std::size_t space = rest.find_first_of(" \t");
    if (space == std::string_view::npos)
      return wrong(fmt::format("\"{}\" is no comparison", shorten(atom, 60)), "arg0 == 1");
    const std::string_view op = rest.substr(0, space);
    const auto value = read_value(trim(rest.substr(space)));
    if (!value)
      return wrong(fmt::format("\"{}\" has no value that is known on {}",
                               shorten(rest.substr(space), 60), kernel::name(source_.arch)),
                   "write it as a number");
    const std::uint64_t ones = bits_ == 64 ? ~std::uint64_t{0} : 0xFFFFFFFF;
    all = true;
    constexpr std::pair<std::string_view, Op> kOps[] = {{"==", Op::Eq}, {"!=", Op::Ne},
                                                        {"<", Op::Lt},  {"<=", Op::Le},
                                                        {">=", Op::Ge}, {">", Op::Gt}};
    for (const auto& [word, known] : kOps) {
      if (op == word) {
        out.push_back({index, known, *value & ones, 0, {}});
        return std::nullopt;
      }
    }
    if (op == "in") {  // no bit outside the value
      out.push_back({index, Op::MaskedEq, ~*value & ones, 0, {}});
      return std::nullopt;
    }
    if (op != "&")
      return wrong(fmt::format("minijail knows no operator \"{}\"", shorten(op, 10)),
                   "==, !=, <, <=, >, >=, & or in");
    all = false;  // any bit of the value
    for (std::uint64_t left = *value & ones; left != 0; left &= left - 1)
      out.push_back({index, Op::MaskedEq, left & (~left + 1), left & (~left + 1), {}});
    if (out.empty() || out.size() > kMaxTerms) return wrong("& wants at least one bit");
    return std::nullopt;
  }

  // "~PROT_EXEC", "O_RDONLY|O_CLOEXEC", "0x20", "-1".
  std::optional<std::uint64_t> read_value(std::string_view text) const {
    std::uint64_t out = 0;
    for (std::string_view part : split(text, '|')) {
      part = trim(part);
      const bool inverted = part.starts_with('~');
      if (inverted) part = trim(part.substr(1));
      auto value = parse_number(part);
      if (!value) value = kernel::constant_value(part, source_.arch);
      if (!value) return std::nullopt;
      out |= inverted ? ~*value : *value;
    }
    return out;
  }

  Result<ForeignProfile> finish() {
    ProfileBuilder builder(default_of());
    for (const auto& [name, meaning] : calls_) {
      if (!builder.add(name, meaning, bits_))
        return fail(problem_at(source_, 0,
                               fmt::format("the expression for {} takes too many regions", name)));
    }
    NewProfile made = builder.finish();
    made.architectures = {source_.arch};
    auto profile = as_profile(made, source_.path);
    if (!profile) return fail(std::move(profile.error()));
    return ForeignProfile{
        std::move(*profile),
        {fmt::format("read for {}: a policy names no architecture", kernel::name(source_.arch))}};
  }

  const ForeignText& source_;
  unsigned bits_;
  std::size_t line_ = 0;
  bool denies_ = false;
  Effect default_ = kKill;
  std::map<std::string, Ordered> calls_;
};

// The kernel headers of Debian 12. minijail0 takes its names from the headers that it is built with
// (gen_syscalls.sh).
constexpr KernelVersion kHeaders{6, 1};

bool is_newer(const CallMeaning& call, KernelVersion headers) {
  const auto first = kernel::first_kernel(call.name, call.id.arch);
  return first && headers < *first;
}

// A masked comparison as atoms that must all hold.
std::string masked_text(const Condition& c) {
  const std::uint64_t set = c.value & c.value_two, clear = c.value & ~c.value_two;
  std::string out;
  for (std::uint64_t left = set; left != 0; left &= left - 1)
    out += fmt::format("{}arg{} & {:#x}", out.empty() ? "" : " && ", c.index, left & (~left + 1));
  if (clear != 0)
    out += fmt::format("{}arg{} in {:#x}", out.empty() ? "" : " && ", c.index, ~clear);
  return out;
}

std::string atom_text(const Condition& c) {
  switch (c.op) {
    case Op::Eq: return fmt::format("arg{} == {:#x}", c.index, c.value);
    case Op::Ne: return fmt::format("arg{} != {:#x}", c.index, c.value);
    case Op::Lt: return fmt::format("arg{} < {:#x}", c.index, c.value);
    case Op::Le: return fmt::format("arg{} <= {:#x}", c.index, c.value);
    case Op::Ge: return fmt::format("arg{} >= {:#x}", c.index, c.value);
    case Op::Gt: return fmt::format("arg{} > {:#x}", c.index, c.value);
    case Op::MaskedEq: return masked_text(c);
  }
  return {};
}

std::string expression_text(const Alternatives& alternatives) {
  std::string out;
  for (const Conjunction& all : alternatives) {
    out += out.empty() ? "" : " || ";
    std::string group;
    for (const Condition& c : all) {
      const std::string atom = atom_text(c);
      if (!atom.empty()) group += (group.empty() ? "" : " && ") + atom;
    }
    out += group;
  }
  return out;
}

// What a line can say: run, an errno, the default's death.
Effect nearest(const Effect& each, Unsayable unsayable) {
  switch (each.action) {
    case Action::Allow:
    case Action::Errno: return each;
    case Action::Log: return unsayable == Unsayable::Permit ? effect(Action::Allow) : kKill;
    default: return kKill;
  }
}

// "1", "return 1", "arg0 == 0x1; return 1", or nothing where the call dies as all that is not named
// does.
std::optional<std::string> policy_of(const CallMeaning& call, Unsayable unsayable) {
  Ordered said = call.meaning;
  said.otherwise = nearest(said.otherwise, unsayable);
  for (Branch& branch : said.branches) branch.effect = nearest(branch.effect, unsayable);
  auto effects = effects_of(said);
  const Effect allow = effect(Action::Allow);
  const bool allows = std::find(effects.begin(), effects.end(), allow) != effects.end();
  std::erase(effects, allow);
  const std::string denial = effects.empty() || effects.front() == kKill
                                 ? ""
                                 : fmt::format("return {}", effects.front().errno_value);
  if (!allows) return denial;
  if (effects.empty()) return "1";
  // Two kinds of denial beside each other: the first stands for both, which the comparison with the
  // original says.
  if (effects.size() > 1) {
    for (Branch& branch : said.branches) {
      if (branch.effect != allow) branch.effect = effects.front();
    }
    if (said.otherwise != allow) said.otherwise = effects.front();
  }
  const auto alternatives =
      where(said, allow, static_cast<unsigned>(kernel::info(call.id.arch).bits));
  if (!alternatives) return std::nullopt;
  return expression_text(*alternatives) + (denial.empty() ? "" : "; " + denial);
}

}  // namespace

Result<ForeignProfile> read_minijail(const ForeignText& source) {
  return PolicyReader(source).run();
}

Result<Converted> write_minijail(const Conversion& conversion) {
  auto meaning = meaning_of(conversion.evaluator);
  if (!meaning) return fail(std::move(meaning.error()));
  Converted out;
  const ArchMeaning& native = meaning->archs.front();
  out.text =
      fmt::format("# For {} alone. What is not named is killed.\n", kernel::name(native.arch));
  constexpr std::size_t kMaxLine = 1024;  // MAX_LINE_LENGTH of early releases
  const KernelVersion asked = conversion.context.kernel;
  const KernelVersion headers = asked == KernelVersion{} ? kHeaders : asked;
  std::vector<std::string> newer;
  for (const CallMeaning& call : native.calls) {
    const auto policy = policy_of(call, conversion.unsayable);
    if (!policy)
      return fail(refusal(fmt::format("the conditions on {} are too many to write out",
                                      kernel::name_of(call.name))));
    if (policy->empty()) continue;
    if (is_newer(call, headers)) {
      newer.emplace_back(kernel::name_of(call.name));
      continue;
    }
    const std::string line = fmt::format("{}: {}\n", kernel::name_of(call.name), *policy);
    if (line.size() > kMaxLine)
      out.losses.push_back(
          fmt::format("the line for {} is {} bytes long: early releases of minijail0 take {}",
                      kernel::name_of(call.name), line.size(), kMaxLine - 1));
    out.text += line;
  }
  if (!newer.empty())
    out.losses.push_back(
        fmt::format("{} left out: minijail0 refuses a policy that names a call newer than the "
                    "kernel headers that it "
                    "was built with, taken to be Linux {}.{}",
                    few_of(newer), headers.major, headers.minor));
  return out;
}

bool looks_like_minijail(std::string_view text) {
  for (const std::string_view line : lines_of(text.substr(0, 65536))) {
    const std::string_view body = trim(line.substr(0, line.find('#')));
    if (body.empty() || body.front() == '@') continue;
    const std::size_t colon = body.find(':');
    return colon != std::string_view::npos &&
           (body.front() == '{' ||
            kernel::find_name(trim(body.substr(0, colon))) != kernel::kNoName ||
            trim(body.substr(colon + 1)) == "1");
  }
  return false;
}

}  // namespace medic::profile::formats
