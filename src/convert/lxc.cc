// LXC's seccomp profile, version 2 (lxc.container.conf(5); src/lxc/seccomp.c): libseccomp rules by
// name, for the native and its compat architectures.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

#include "base/text.h"
#include "convert/foreign.h"

namespace medic::profile::formats {
namespace {

// What LXC adds beside the native architecture, whatever the file says.
std::vector<Arch> lxc_archs(Arch native) {
  switch (native) {
    case Arch::X86_64: return {Arch::X86_64, Arch::X86, Arch::X32};
    case Arch::Aarch64: return {Arch::Aarch64, Arch::Arm};
    case Arch::Ppc64: return {Arch::Ppc64, Arch::Ppc};
    case Arch::Mips64: return {Arch::Mips64, Arch::Mips, Arch::Mips64n32};
    case Arch::Mipsel64: return {Arch::Mipsel64, Arch::Mipsel, Arch::Mipsel64n32};
    default: return {native};
  }
}

constexpr std::pair<std::string_view, Op> kOps[] = {
    {"!=", Op::Ne}, {"<", Op::Lt}, {"<=", Op::Le},      {"==", Op::Eq},
    {">=", Op::Ge}, {">", Op::Gt}, {"&=", Op::MaskedEq}};

std::optional<Op> op_from(std::string_view text) {
  for (const auto& [word, op] : kOps) {
    if (word == text) return op;
  }
  return op_from_oci(text);
}

class PolicyReader {
 public:
  explicit PolicyReader(const ForeignText& source) : source_(source) {}

  Result<ForeignProfile> run() {
    const auto lines = lines_of(source_.text);
    if (lines.size() < 2 || (trim(lines[0]) != "1" && trim(lines[0]) != "2"))
      return fail(problem_at(source_, 1, "the first line is no version", "write 2"));
    line_ = 2;
    if (auto problem = read_style(trim(lines[1]))) return fail(std::move(*problem));
    const bool numbers = trim(lines[0]) == "1";
    for (std::size_t i = 2; i < lines.size(); ++i) {
      line_ = i + 1;
      // LXC skips a comment only at the very beginning of a line.
      if (lines[i].empty() || lines[i].front() == '#') continue;
      if (auto problem = numbers ? read_number(trim(lines[i])) : read_line(lines[i]))
        return fail(std::move(*problem));
    }
    return finish();
  }

 private:
  using Refusal = std::optional<Problem>;

  Refusal wrong(std::string text, std::string hint = {}) const {
    return problem_at(source_, line_, std::move(text), std::move(hint));
  }

  // "errno 1", "kill", … ; nothing in `out` where the text says nothing.
  Refusal read_action(std::string_view text, std::optional<Effect>& out) const {
    text = trim(text);
    if (text.empty() || text.front() == '#' || text.front() == '[') return std::nullopt;
    if (text.starts_with("kill"))
      out = effect(Action::KillThread);
    else if (text.starts_with("allow"))
      out = effect(Action::Allow);
    else if (text.starts_with("trap"))
      out = effect(Action::Trap);
    else if (text.starts_with("notify"))
      out = effect(Action::Notify);
    else if (text.starts_with("errno")) {
      const std::string_view rest = trim(text.substr(5));
      const auto number = parse_decimal(rest.substr(0, rest.find_first_not_of("0123456789")));
      if (!number || *number > kernel::kMaxErrno)
        return wrong("errno wants a number from 0 to 4095", "1 is EPERM, 38 is ENOSYS");
      out = effect(Action::Errno, static_cast<std::uint32_t>(*number));
    } else {
      return wrong(fmt::format("LXC knows no action \"{}\"", shorten(text, 40)),
                   "allow, kill, trap, notify or errno N");
    }
    return std::nullopt;
  }

  Refusal read_style(std::string_view line) {
    const std::size_t space = line.find(' ');
    const std::string_view style = line.substr(0, space);
    const bool denies = style.starts_with("denylist") || style.starts_with("blacklist");
    if (!denies && !style.starts_with("allowlist") && !style.starts_with("whitelist"))
      return wrong("the second line is no policy",
                   "allowlist or denylist, with a default action behind it");
    default_ = effect(denies ? Action::Allow : Action::KillThread);
    rule_default_ = effect(denies ? Action::KillThread : Action::Allow);
    if (space == std::string_view::npos) return std::nullopt;
    std::optional<Effect> own;
    if (auto problem = read_action(line.substr(space), own)) return problem;
    if (own) default_ = *own;
    return std::nullopt;
  }

  Refusal read_number(std::string_view line) {
    const auto number = parse_decimal(line.substr(0, line.find_first_not_of("0123456789")));
    if (!number || *number > INT32_MAX)
      return wrong("version 1 wants a system call's number on every line");
    const kernel::NameId name = kernel::name_at({source_.arch, static_cast<std::int32_t>(*number)});
    if (name == kernel::kNoName)
      notes_.push_back(fmt::format("line {}: number {} has no name on {}: it is left out", line_,
                                   *number, kernel::name(source_.arch)));
    else
      add(kernel::name_of(name), rule_default_, {});
    return std::nullopt;
  }

  Refusal section(std::string_view line) {
    const std::string_view word = line.substr(1, line.find(']') - 1);
    if (word == "all" || word == "ALL") {
      irrelevant_ = false;
      return std::nullopt;
    }
    const auto arch = word == "arm64" || word == "ARM64" ? std::optional(Arch::Aarch64)
                                                         : kernel::arch_from_any(word);
    if (!arch)
      return wrong(fmt::format("LXC knows no architecture \"{}\"", shorten(word, 40)),
                   "[all], [x86_64], [x86], [arm64], …");
    const auto known = lxc_archs(source_.arch);
    irrelevant_ = std::find(known.begin(), known.end(), *arch) == known.end();
    if (!irrelevant_ && !sections_said_) {
      notes_.push_back(
          "LXC gives every rule of a relevant section to all of its architectures, not to the "
          "named one alone");
      sections_said_ = true;
    }
    return std::nullopt;
  }

  Refusal read_line(std::string_view line) {
    if (line.front() == '[') return section(line);
    if (irrelevant_) return std::nullopt;
    const std::size_t space = line.find(' ');
    const std::string_view name = line.substr(0, space);
    std::optional<Effect> own;
    if (space != std::string_view::npos) {
      if (auto problem = read_action(line.substr(space), own)) return problem;
    }
    if (name.starts_with("reject_force_umount")) {
      constexpr std::uint64_t kMntForce = 1;
      add("umount2", effect(Action::Errno, kernel::kEACCES),
          {{1, Op::MaskedEq, kMntForce, kMntForce, {}}});
      return std::nullopt;
    }
    Conjunction all;
    if (auto problem = read_conditions(line, all)) return problem;
    if (kernel::find_name(name) == kernel::kNoName) {
      notes_.push_back(fmt::format("line {}: no architecture has a call \"{}\", LXC skips it",
                                   line_, shorten(name, 60)));
      return std::nullopt;
    }
    add(name, own.value_or(rule_default_), std::move(all));
    return std::nullopt;
  }

  // [index,value,op] or [index,value,op,mask], as many as needed.
  Refusal read_conditions(std::string_view line, Conjunction& out) const {
    std::set<std::uint32_t> seen;
    for (std::size_t open = line.find('['); open != std::string_view::npos;
         open = line.find('[', open + 1)) {
      const std::size_t close = line.find(']', open);
      if (close == std::string_view::npos)
        return wrong("a condition is not closed",
                     "[index,value,operator] or [index,value,operator,mask]");
      const auto parts = split(line.substr(open + 1, close - open - 1), ',');
      if (parts.size() != 3 && parts.size() != 4)
        return wrong("a condition has three or four parts",
                     "[index,value,operator] or [index,value,operator,mask]");
      const auto index = parse_number(trim(parts[0])), value = parse_number(trim(parts[1]));
      const auto op = op_from(trim(parts[2]));
      const auto mask =
          parts.size() == 4 ? parse_number(trim(parts[3])) : std::optional<std::uint64_t>(0);
      if (!index || *index >= kernel::kArgCount || !value || !op || !mask)
        return wrong("a condition cannot be read",
                     "[index,value,operator,mask] with an operator such as SCMP_CMP_EQ or ==");
      if (!seen.insert(static_cast<std::uint32_t>(*index)).second)
        return wrong(
            fmt::format("argument {} has two conditions: libseccomp refuses the rule", *index));
      Condition condition{static_cast<std::uint32_t>(*index), *op, *value, 0, {}};
      if (*op == Op::MaskedEq) {
        condition.value = *mask;
        condition.value_two = *value;
      }
      out.push_back(condition);
    }
    return std::nullopt;
  }

  void add(std::string_view name, const Effect& effect, Conjunction all) {
    NewRule rule;
    rule.names.emplace_back(name);
    rule.action = effect.action;
    if (effect.action == Action::Errno) rule.errno_ret = effect.errno_value;
    rule.args = std::move(all);
    if (effect == default_)
      notes_.push_back(fmt::format(
          "line {}: the same as the default: libseccomp refuses the rule, and LXC the profile",
          line_));
    rules_.push_back(std::move(rule));
  }

  Result<ForeignProfile> finish() {
    NewProfile made;
    made.default_action = default_.action;
    if (default_.action == Action::Errno) made.default_errno_ret = default_.errno_value;
    made.architectures = lxc_archs(source_.arch);
    made.rules = std::move(rules_);
    auto profile = as_profile(made, source_.path);
    if (!profile) return fail(std::move(profile.error()));
    return ForeignProfile{std::move(*profile), std::move(notes_)};
  }

  const ForeignText& source_;
  std::size_t line_ = 0;
  Effect default_, rule_default_;
  bool irrelevant_ = false, sections_said_ = false;
  std::vector<NewRule> rules_;
  std::vector<std::string> notes_;
};

// Nothing: LXC has no word for it.
std::optional<std::string> word_of(const Effect& each) {
  switch (each.action) {
    case Action::KillThread: return "kill";
    case Action::Allow: return "allow";
    case Action::Trap: return "trap";
    case Action::Notify: return "notify";
    case Action::Errno: return fmt::format("errno {}", each.errno_value);
    default: return std::nullopt;
  }
}

// The nearest that it has a word for.
Effect nearest(const Effect& each, Unsayable unsayable) {
  if (word_of(each)) return each;
  if (each.action == Action::KillProcess) return effect(Action::KillThread);
  if (each.action == Action::Log && unsayable == Unsayable::Permit) return effect(Action::Allow);
  return effect(Action::Errno, kernel::kEPERM);
}

std::string condition_text(const Condition& c) {
  if (c.op == Op::MaskedEq)
    return fmt::format("[{},{},{},{}]", c.index, c.value_two & c.value, oci_token(c.op), c.value);
  return fmt::format("[{},{},{}]", c.index, c.value, oci_token(c.op));
}

// The lines for one call; false: too many.
bool add_lines(const CallMeaning& call, const Effect& fallback, Unsayable unsayable,
               std::string& out) {
  for (const Effect& each : effects_of(call.meaning)) {
    const Effect said = nearest(each, unsayable);
    if (said == fallback) continue;
    if (call.unconditional()) {
      out += fmt::format("{} {}\n", kernel::name_of(call.name), *word_of(said));
      continue;
    }
    const auto alternatives =
        where(call.meaning, each, static_cast<unsigned>(kernel::info(call.id.arch).bits));
    if (!alternatives) return false;
    for (const Conjunction& all : *alternatives) {
      out += fmt::format("{} {}", kernel::name_of(call.name), *word_of(said));
      if (!all.empty()) out += " ";
      for (const Condition& c : all) out += condition_text(c);
      out += "\n";
    }
  }
  return true;
}

}  // namespace

Result<ForeignProfile> read_lxc(const ForeignText& source) { return PolicyReader(source).run(); }

Result<Converted> write_lxc(const Conversion& conversion) {
  auto meaning = meaning_of(conversion.evaluator);
  if (!meaning) return fail(std::move(meaning.error()));
  Converted out;
  const Effect fallback = nearest(meaning->fallback, conversion.unsayable);
  out.text = fmt::format("2\n{}{}\n", kernel::lets_run(fallback.action) ? "denylist" : "allowlist",
                         fallback.action == Action::Allow ? "" : " " + *word_of(fallback));
  std::set<kernel::NameId> written;
  // A multiplexer's own entry follows from the direct calls: libseccomp adds it by itself.
  for (const ArchMeaning& arch : meaning->archs) {
    for (const CallMeaning& call : arch.calls) {
      const bool multiplexer =
          kernel::name_of(call.name) == "socketcall" || kernel::name_of(call.name) == "ipc";
      if ((multiplexer && !call.unconditional()) || !written.insert(call.name).second) continue;
      if (!add_lines(call, fallback, conversion.unsayable, out.text))
        return fail(refusal(fmt::format("the conditions on {} are too many to write out",
                                        kernel::name_of(call.name))));
    }
  }
  if (!conversion.evaluator.flat().flags.empty()) out.losses.push_back("LXC takes no filter flags");
  return out;
}

bool looks_like_lxc(std::string_view text) {
  const auto lines = lines_of(text.substr(0, 4096));
  if (lines.size() < 2 || (trim(lines[0]) != "1" && trim(lines[0]) != "2")) return false;
  for (const std::string_view word : {"allowlist", "denylist", "whitelist", "blacklist"}) {
    if (trim(lines[1]).starts_with(word)) return true;
  }
  return false;
}

}  // namespace medic::profile::formats
