// System call filtering of systemd units (systemd.exec(5), "System Call Filtering";
// src/shared/seccomp-util.c): lists of names with an errno each.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

#include "base/text.h"
#include "convert/foreign.h"
#include "convert/systemd_sandbox.h"

namespace medic::profile::formats {
namespace {

struct Group {
  std::string_view name;
  std::string_view members;  // separated by spaces; a group in it begins with @
};
constexpr Group kGroups[] = {
#define GROUP(name, members) {name, members},
#include "convert/systemd_groups.inc"
#undef GROUP
};

// systemd's architecture names (src/shared/seccomp-util.c).
constexpr std::pair<std::string_view, Arch> kArchNames[] = {{"x86-64", Arch::X86_64},
                                                            {"x86", Arch::X86},
                                                            {"x32", Arch::X32},
                                                            {"arm", Arch::Arm},
                                                            {"arm64", Arch::Aarch64},
                                                            {"loongarch64", Arch::Loongarch64},
                                                            {"mips", Arch::Mips},
                                                            {"mips64", Arch::Mips64},
                                                            {"mips64-n32", Arch::Mips64n32},
                                                            {"mips-le", Arch::Mipsel},
                                                            {"mips64-le", Arch::Mipsel64},
                                                            {"mips64-le-n32", Arch::Mipsel64n32},
                                                            {"parisc", Arch::Parisc},
                                                            {"parisc64", Arch::Parisc64},
                                                            {"ppc", Arch::Ppc},
                                                            {"ppc64", Arch::Ppc64},
                                                            {"ppc64-le", Arch::Ppc64le},
                                                            {"riscv64", Arch::Riscv64},
                                                            {"s390", Arch::S390},
                                                            {"s390x", Arch::S390x}};

// The architectures whose programs the kernel of `arch` runs and systemd filters
// (seccomp_local_archs).
std::vector<Arch> local_archs(Arch arch) {
  std::vector<Arch> out{arch};
  for (const kernel::ArchInfo& each : kernel::all_archs()) {
    if (each.parent == arch && each.arch != arch) out.push_back(each.arch);
  }
  return out;
}

// Members of the group and of the groups in it. Each group once, so a circle ends.
void expand(std::string_view name, std::set<std::string>& out, std::set<std::string_view>& seen) {
  std::vector<std::string_view> open{name};
  while (!open.empty()) {
    const std::string_view group = open.back();
    open.pop_back();
    const auto found = std::find_if(std::begin(kGroups), std::end(kGroups),
                                    [&](const Group& g) { return g.name == group; });
    if (found == std::end(kGroups) || !seen.insert(found->name).second) continue;
    for (const std::string_view member : split(found->members, ' ')) {
      if (member.starts_with('@'))
        open.push_back(member);
      else
        out.emplace(member);
    }
  }
}

std::set<std::string> members_of(std::string_view group) {
  std::set<std::string> out;
  if (group == "@known") {
    for (const std::string_view name : kernel::all_names()) out.emplace(name);
    return out;
  }
  std::set<std::string_view> seen;
  expand(group, out, seen);
  return out;
}

// "38", "ENOSYS", "kill" or, for none, empty. Nothing: neither.
std::optional<Effect> effect_from(std::string_view text) {
  // The last is how `systemctl show` prints kill (SECCOMP_ERROR_NUMBER_KILL).
  if (text.empty() || text == "kill" || text == "2147483646") return effect(Action::KillProcess);
  if (const auto number = parse_decimal(text); number && *number <= kernel::kMaxErrno)
    return effect(Action::Errno, static_cast<std::uint32_t>(*number));
  if (const auto number = kernel::errno_number(text))
    return effect(Action::Errno, static_cast<std::uint32_t>(*number));
  return std::nullopt;
}

// Two filters on one call: the stricter answer, of equally strict ones the newer filter's.
Ordered stricter(const Ordered& newer, const Ordered& older) {
  const auto worse = [](const Effect& a, const Effect& b) { return b.action < a.action ? b : a; };
  Ordered out{{}, worse(newer.otherwise, older.otherwise), false};
  const auto with_rest = [](const Ordered& all) {
    std::vector<Branch> branches = all.branches;
    branches.push_back({{}, all.otherwise});
    return branches;
  };
  for (const Branch& a : with_rest(newer)) {
    for (const Branch& b : with_rest(older)) {
      Branch both{a.all, worse(a.effect, b.effect)};
      both.all.insert(both.all.end(), b.all.begin(), b.all.end());
      if (!both.all.empty()) out.branches.push_back(std::move(both));
    }
  }
  // What the last branches answer is answered without them.
  while (!out.branches.empty() && out.branches.back().effect == out.otherwise)
    out.branches.pop_back();
  return out;
}

class UnitReader {
 public:
  explicit UnitReader(const ForeignText& source) : source_(source) {}

  Result<ForeignProfile> run() {
    if (auto problem = read()) return fail(std::move(*problem));
    return finish();
  }

  Result<UnitFix> fix(std::string_view call, const kernel::Args& args) {
    if (auto problem = read()) return fail(std::move(*problem));
    return UnitFix{sandbox_.lifted_by(call, args, source_.arch),
                   !kernel::lets_run(listed_effect(std::string(call)).action)};
  }

 private:
  using Refusal = std::optional<Problem>;

  Refusal read() {
    const auto lines = lines_of(source_.text);
    for (std::size_t i = 0; i < lines.size(); ++i) {
      line_ = i + 1;
      std::string line(trim(lines[i]));
      while (line.ends_with('\\') && i + 1 < lines.size()) {
        line.back() = ' ';
        line += trim(lines[++i]);
      }
      if (line.empty() || line.front() == '#' || line.front() == ';' || line.front() == '[')
        continue;
      const std::size_t equals = line.find('=');
      if (equals == std::string::npos) continue;
      if (auto problem = assign(trim(std::string_view(line).substr(0, equals)),
                                trim(std::string_view(line).substr(equals + 1))))
        return problem;
    }
    return std::nullopt;
  }

  Refusal assign(std::string_view key, std::string_view value) {
    if (key == "SystemCallFilter") return filter(value);
    if (key == "SystemCallArchitectures") return architectures(value);
    if (key == "SystemCallErrorNumber") {
      const auto read = effect_from(value);
      if (!read)
        return problem_at(source_, line_, fmt::format("\"{}\" is no errno", shorten(value, 40)),
                          "a name such as EPERM, a number to 4095, or kill");
      triggered_ = *read;
      return std::nullopt;
    }
    if (key == "SystemCallLog" && !value.empty())
      notes_.push_back("SystemCallLog= logs calls and denies none: it is not read");
    is_unit_ = is_unit_ || key.starts_with("Exec");
    sandbox_.take(key, value, notes_);
    return std::nullopt;
  }

  Refusal architectures(std::string_view value) {
    if (value.empty()) {
      archs_.reset();
      return std::nullopt;
    }
    if (!archs_) archs_.emplace();
    for (const std::string_view word : split(value, ' ')) {
      if (word.empty()) continue;
      const auto found = std::find_if(std::begin(kArchNames), std::end(kArchNames),
                                      [&](const auto& row) { return row.first == word; });
      if (word != "native" && found == std::end(kArchNames))
        return problem_at(source_, line_,
                          fmt::format("systemd knows no architecture \"{}\"", shorten(word, 40)),
                          "native, x86-64, x86, arm64, …");
      const Arch arch = word == "native" ? source_.arch : found->second;
      if (std::find(archs_->begin(), archs_->end(), arch) == archs_->end()) archs_->push_back(arch);
    }
    return std::nullopt;
  }

  Refusal filter(std::string_view value) {
    if (value.empty()) {
      listed_.clear();
      mode_.reset();
      return std::nullopt;
    }
    const bool inverted = value.front() == '~';
    if (inverted) value.remove_prefix(1);
    if (!mode_) {
      mode_ = inverted ? Mode::Deny : Mode::Allow;
      // What systemd itself needs is always permitted by an allow-list.
      if (!inverted) put(members_of("@default"), std::nullopt);
    }
    for (const std::string_view word : split(value, ' ')) {
      if (word.empty()) continue;
      if (auto problem = entry(word, inverted)) return problem;
    }
    return std::nullopt;
  }

  Refusal entry(std::string_view word, bool inverted) {
    const std::size_t colon = word.find(':');
    const std::string_view name = word.substr(0, colon);
    std::optional<Effect> own;
    if (colon != std::string_view::npos) {
      own = effect_from(word.substr(colon + 1));
      if (!own || word.size() == colon + 1)
        return problem_at(source_, line_,
                          fmt::format("\"{}\" is no errno", shorten(word.substr(colon + 1), 40)),
                          "a name such as EPERM, a number to 4095, or kill");
      if (!inverted) {
        notes_.push_back(fmt::format("line {}: an allow-list takes no errno, systemd ignores {}",
                                     line_, shorten(word, 60)));
        return std::nullopt;
      }
    }
    std::set<std::string> names{std::string(name)};
    if (name.starts_with('@')) names = members_of(name);
    if (names.empty())
      return problem_at(source_, line_,
                        fmt::format("systemd has no group \"{}\"", shorten(name, 40)),
                        "systemd-analyze syscall-filter lists them");
    if (!name.starts_with('@') && kernel::find_name(name) == kernel::kNoName) {
      notes_.push_back(fmt::format(
          "line {}: no architecture has a call \"{}\", systemd ignores it{}", line_,
          shorten(name, 60), did_you_mean(name).empty() ? "" : " (" + did_you_mean(name) + ")"));
      return std::nullopt;
    }
    if (inverted == (*mode_ == Mode::Deny))
      put(names, own);
    else
      for (const std::string& each : names) listed_.erase(each);
    return std::nullopt;
  }

  void put(const std::set<std::string>& names, std::optional<Effect> own) {
    for (const std::string& name : names) listed_[name] = own;
  }

  Effect listed_effect(const std::string& name) const {
    const auto found = listed_.find(name);
    const Effect allow = effect(Action::Allow);
    if (found == listed_.end()) return mode_ == Mode::Allow ? triggered_ : allow;
    return mode_ == Mode::Allow ? allow : found->second.value_or(triggered_);
  }

  // SystemCallFilter= is installed last: of equally strict answers the kernel gives the newest
  // filter's (kernel/seccomp.c, seccomp_run_filters).
  Result<NewProfile> all_rules() {
    std::map<std::string, Ordered> calls;
    for (const auto& [name, own] : listed_) calls[name] = {{}, listed_effect(name), true};
    const auto filters = sandbox_.filters(source_.arch);
    for (auto filter = filters.rbegin(); filter != filters.rend(); ++filter) {
      for (const auto& [name, older] : filter->second) {
        const auto known = calls.try_emplace(name, Ordered{{}, listed_effect(name), true}).first;
        known->second = stricter(known->second, older);
      }
    }
    ProfileBuilder builder(mode_ == Mode::Allow ? triggered_ : effect(Action::Allow));
    for (const auto& [name, meaning] : calls) {
      if (kernel::find_name(name) == kernel::kNoName) continue;
      if (!builder.add(name, meaning, static_cast<unsigned>(kernel::info(source_.arch).bits)))
        return fail(problem_at(
            source_, 1,
            fmt::format("what the unit permits of {} cannot be written as rules", name)));
    }
    return builder.finish();
  }

  Result<ForeignProfile> finish() {
    const bool filters = mode_ || archs_ || sandbox_.is_filtering();
    if (!filters && is_unit_)
      return fail(problem_at(source_, 1,
                             "this unit installs no seccomp filter: it has no SystemCallFilter= "
                             "and no directive that makes one",
                             "what is denied to it is not seccomp's doing; --profile unconfined "
                             "says so"));
    if (!filters)
      return fail(problem_at(source_, 1,
                             "no SystemCallFilter= and no SystemCallArchitectures= is in it",
                             "name a unit file or a drop-in"));
    auto rules = all_rules();
    if (!rules) return fail(std::move(rules.error()));
    NewProfile made = std::move(*rules);
    made.architectures = archs_.value_or(local_archs(source_.arch));
    if (!archs_)
      notes_.push_back(
          "without SystemCallArchitectures= programs of other architectures run unfiltered; a "
          "profile kills them");
    if (archs_ && std::find(archs_->begin(), archs_->end(), source_.arch) == archs_->end())
      notes_.push_back("the native architecture is permitted although it is not listed");
    for (std::string& limit : sandbox_.limits(made.architectures))
      notes_.push_back(std::move(limit));
    auto profile = as_profile(made, source_.path);
    if (!profile) return fail(std::move(profile.error()));
    return ForeignProfile{std::move(*profile), std::move(notes_)};
  }

  enum class Mode : std::uint8_t { Allow, Deny };
  const ForeignText& source_;
  std::size_t line_ = 0;
  std::optional<Mode> mode_;
  std::map<std::string, std::optional<Effect>>
      listed_;  // by name, with its own effect in a deny-list
  Effect triggered_ = effect(Action::KillProcess);
  std::optional<std::vector<Arch>> archs_;
  UnitSandbox sandbox_;
  bool is_unit_ = false;
  std::vector<std::string> notes_;
};

std::string wrapped(std::string_view key, std::string_view prefix,
                    const std::vector<std::string>& words) {
  constexpr std::size_t kWidth = 110;
  std::string out, line;
  for (const std::string& word : words) {
    if (!line.empty() && line.size() + word.size() > kWidth) out += std::exchange(line, {}) + "\n";
    line += line.empty() ? fmt::format("{}={}{}", key, prefix, word) : " " + word;
  }
  return line.empty() ? out : out + line + "\n";
}

// What a call does in the unit: its effect where it has but one on all architectures, else as the
// caller chose.
Effect single_effect(const std::vector<const Ordered*>& meanings, Unsayable unsayable) {
  std::set<Effect> all;
  for (const Ordered* meaning : meanings) {
    for (const Effect& each : effects_of(*meaning)) all.insert(each);
  }
  if (all.size() == 1) return *all.begin();
  if (unsayable == Unsayable::Permit && std::any_of(all.begin(), all.end(), [](const Effect& e) {
        return kernel::lets_run(e.action);
      }))
    return effect(Action::Allow);
  // The mildest refusal: enumerators go from the strictest to the mildest.
  const auto denies = [](const Effect& e) { return !kernel::lets_run(e.action); };
  for (auto each = all.rbegin(); each != all.rend(); ++each) {
    if (denies(*each) && each->action == Action::Errno) return *each;
  }
  const auto found = std::find_if(all.begin(), all.end(), denies);
  return found == all.end() ? effect(Action::Allow) : *found;
}

std::map<std::string, Effect> effects_by_name(const Meaning& meaning, Unsayable unsayable) {
  std::map<std::string, std::vector<const Ordered*>> meanings;
  for (const ArchMeaning& arch : meaning.archs) {
    for (const CallMeaning& call : arch.calls)
      meanings[std::string(kernel::name_of(call.name))].push_back(&call.meaning);
  }
  std::map<std::string, Effect> out;
  for (const auto& [name, list] : meanings) out[name] = single_effect(list, unsayable);
  return out;
}

std::string errno_word(const Effect& each) {
  return each.action == Action::Errno ? kernel::errno_text(static_cast<int>(each.errno_value))
                                      : "kill";
}

// A filter that permits what it does not name.
std::string deny_list(const std::map<std::string, Effect>& effects) {
  std::vector<std::string> words;
  for (const auto& [name, each] : effects) {
    if (!kernel::lets_run(each.action))
      words.push_back(fmt::format("{}:{}", name, errno_word(each)));
  }
  return wrapped("SystemCallFilter", "~", words);
}

std::string allow_list(const std::map<std::string, Effect>& effects, const Effect& fallback) {
  const auto implied = members_of("@default");
  std::vector<std::string> words, taken;
  for (const auto& [name, each] : effects) {
    const bool runs = kernel::lets_run(each.action);
    if (runs && !implied.contains(name)) words.push_back(name);
    if (!runs && implied.contains(name)) taken.push_back(name);
  }
  if (words.empty()) words.emplace_back("@default");
  std::string out =
      wrapped("SystemCallFilter", "", words) + wrapped("SystemCallFilter", "~", taken);
  if (fallback.action == Action::Errno)
    out += fmt::format("SystemCallErrorNumber={}\n", errno_word(fallback));
  return out;
}

std::string arch_words(const Flat& flat) {
  std::string out = "SystemCallArchitectures=native";
  for (const Arch arch : flat.archs) {
    const auto found = std::find_if(std::begin(kArchNames), std::end(kArchNames),
                                    [&](const auto& row) { return row.second == arch; });
    if (arch != flat.context.arch && found != std::end(kArchNames))
      out += fmt::format(" {}", found->first);
  }
  return out + "\n";
}

}  // namespace

Result<ForeignProfile> read_systemd(const ForeignText& source) { return UnitReader(source).run(); }

// systemd asks its libseccomp for each name, and ignores those that it does not know
// (src/shared/seccomp-util.c). Empty where the caller has said which libseccomp it is: names that
// it lacks are no longer there.
std::vector<std::string> newer_names(const std::map<std::string, Effect>& effects,
                                     const Effect& fallback, kernel::LibseccompVersion asked) {
  constexpr kernel::LibseccompVersion kOld{2, 5, 5};
  std::vector<std::string> out;
  if (asked != kernel::LibseccompVersion{}) return out;
  for (const auto& [name, each] : effects) {
    if (each != fallback && !kernel::known_to_libseccomp(kernel::find_name(name), kOld))
      out.push_back(name);
  }
  return out;
}

Result<Converted> write_systemd(const Conversion& conversion) {
  auto meaning = meaning_of(conversion.evaluator);
  if (!meaning) return fail(std::move(meaning.error()));
  const Flat& flat = conversion.evaluator.flat();
  const auto effects = effects_by_name(*meaning, conversion.unsayable);
  Converted out;
  out.text = "[Service]\n" + arch_words(flat);
  out.text += kernel::lets_run(flat.default_action) ? deny_list(effects)
                                                    : allow_list(effects, meaning->fallback);
  if (!flat.flags.empty()) out.losses.push_back("systemd takes no filter flags");
  if (const auto newer = newer_names(effects, meaning->fallback, conversion.context.libseccomp);
      !newer.empty())
    out.losses.push_back(
        fmt::format("{} ignored with a warning where systemd runs with a libseccomp older than 2.6",
                    few_of(newer)));
  return out;
}

bool looks_like_systemd(std::string_view text) {
  if (any_line_starts(text, "SystemCallFilter=") ||
      any_line_starts(text, "SystemCallArchitectures="))
    return true;
  const auto lines = lines_of(text);
  return std::any_of(lines.begin(), lines.end(), [](std::string_view line) {
    line = trim(line);
    return line == "[Service]" || is_sandbox_directive(trim(line.substr(0, line.find('='))));
  });
}

}  // namespace medic::profile::formats

namespace medic::profile {

Result<UnitFix> unit_fix(const ForeignText& unit, std::string_view call, const kernel::Args& args) {
  return formats::UnitReader(unit).fix(call, args);
}

}  // namespace medic::profile
