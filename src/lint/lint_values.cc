// Lint rules about values that engines take and that cannot be meant: gates, errno 0, listeners,
// flags, half conditions.
#include <algorithm>

#include "base/text.h"
#include "kernel/capability.h"
#include "lint/lint_checks.h"

namespace medic::profile::lint_checks {
namespace {

// CAP_SYS_PTRACE for "cap_sys_ptrace", "SYS_PTRACE", " CAP_SYS_PTRACE"; empty for what is no
// capability.
std::string meant_capability(std::string_view text) {
  std::string name(trim(text));
  std::ranges::transform(name, name.begin(), [](char c) {
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
  });
  if (!name.starts_with("CAP_")) name.insert(0, "CAP_");
  return kernel::capability_number(name) ? name : std::string();
}

void check_capability(const Rule& rule, std::string_view side, const std::string& cap,
                      Findings& out) {
  if (kernel::capability_number(cap)) return;
  LintFinding found = at("gate-capability", Severity::Warning, rule.place,
                         fmt::format("\"{}\" in {}.caps is no capability", shorten(cap, 40), side));
  found.reason = side == "includes"
                     ? "engines compare names to the letter: the rule never takes part"
                     : "engines compare names to the letter: nothing is left out";
  const std::string meant = meant_capability(cap);
  found.hint = meant.empty() ? "capabilities are written as CAP_SYS_PTRACE"
                             : fmt::format("write \"{}\"", meant);
  out.push_back(std::move(found));
}

bool is_gate_name(std::string_view text) {
  constexpr std::string_view kOthers[] = {"loongarch64", "mipsel64", "mips3l64n32", "mipsel",
                                          "mipsel64n32"};
  return std::ranges::find(kOthers, text) != std::end(kOthers) ||
         std::ranges::any_of(kernel::all_archs(),
                             [&](const kernel::ArchInfo& arch) { return arch.go_name == text; });
}

void check_architecture(const Rule& rule, std::string_view side, const std::string& name,
                        Findings& out) {
  if (is_gate_name(name)) return;
  LintFinding found = at(
      "gate-architecture", Severity::Warning, rule.place,
      fmt::format("\"{}\" in {}.arches is no architecture for engines", shorten(name, 40), side));
  found.reason = side == "includes"
                     ? "engines compare names to the letter: the rule never takes part"
                     : "engines compare names to the letter: nothing is left out";
  const auto meant = kernel::arch_from_any(lower(trim(name)));
  found.hint = meant ? fmt::format("write \"{}\"", kernel::info(*meant).go_name)
                     : "names are amd64, arm64, x86, s390x …";
  out.push_back(std::move(found));
}

bool returns_nothing(kernel::Action action, const std::optional<std::uint32_t>& value,
                     const std::optional<std::string>& name) {
  return action == kernel::Action::Errno && value == 0U && !name;
}

LintFinding errno_zero_at(Place place, std::string_view key) {
  LintFinding found = at("errno-zero", Severity::Warning, place,
                         fmt::format("\"{}\": 0 denies calls without an error", key));
  found.reason =
      "the program is told that its call succeeded, with the result 0, and nothing was done";
  found.hint = fmt::format(
      "write the errno that is meant: 1 is EPERM, 38 is ENOSYS; without {} it is EPERM", key);
  return found;
}

bool asks_for_listener(const LintCase& c) {
  return c.profile.default_action == kernel::Action::Notify ||
         std::ranges::any_of(c.profile.rules, [](const Rule& rule) {
           return rule.action == kernel::Action::Notify;
         });
}

}  // namespace

void gate_capability(const LintCase& c, Findings& out) {
  for (const Rule& rule : c.profile.rules) {
    for (const std::string& cap : rule.includes.caps) check_capability(rule, "includes", cap, out);
    for (const std::string& cap : rule.excludes.caps) check_capability(rule, "excludes", cap, out);
  }
}

void gate_architecture(const LintCase& c, Findings& out) {
  for (const Rule& rule : c.profile.rules) {
    for (const std::string& name : rule.includes.arches)
      check_architecture(rule, "includes", name, out);
    for (const std::string& name : rule.excludes.arches)
      check_architecture(rule, "excludes", name, out);
  }
}

void errno_zero(const LintCase& c, Findings& out) {
  const Profile& profile = c.profile;
  if (profile.default_action && returns_nothing(*profile.default_action, profile.default_errno_ret,
                                                profile.default_errno_name))
    out.push_back(errno_zero_at(profile.default_action_place, "defaultErrnoRet"));
  for (const Rule& rule : profile.rules) {
    if (returns_nothing(rule.action, rule.errno_ret, rule.errno_name))
      out.push_back(errno_zero_at(rule.place, "errnoRet"));
  }
}

void half_condition(const LintCase& c, Findings& out) {
  for (const Problem& note : c.notes) {
    if (note.text.find("taken as 0") == std::string::npos) continue;
    LintFinding found =
        at("half-condition", Severity::Warning, {note.line, note.column}, note.text);
    found.reason = "engines and runtimes do not say so";
    found.hint = note.hint;
    out.push_back(std::move(found));
  }
}

void filter_flags(const LintCase& c, Findings& out) {
  if (!c.profile.flags || c.profile.flags->empty() || c.context.runtime != Runtime::Runc) return;
  LintFinding found = at("filter-flags", Severity::Warning, c.profile.default_action_place,
                         fmt::format("filter flags: {}", listed(*c.profile.flags)));
  found.reason =
      "runc before 1.2.0 refuses a profile with flags, and the container does not start; Docker "
      "20.10 drops them";
  found.hint = "remove \"flags\" where such releases are in use";
  out.push_back(std::move(found));
}

void listener(const LintCase& c, Findings& out) {
  const Profile& profile = c.profile;
  const auto report = [&](Severity severity, std::string text, std::string reason,
                          std::string hint) {
    LintFinding found =
        at("listener", severity,
           profile.listener_place.line != 0 ? profile.listener_place : profile.default_action_place,
           std::move(text));
    found.reason = std::move(reason);
    found.hint = std::move(hint);
    out.push_back(std::move(found));
  };
  const bool asks = asks_for_listener(c), has_path = !profile.listener_path.empty();
  if (has_path && !profile.listener_path.starts_with('/')) {
    report(Severity::Error,
           fmt::format("\"listenerPath\" is relative: \"{}\"", shorten(profile.listener_path, 60)),
           "the runtime looks for the socket from its own folder", "write the path from /");
  } else if (has_path) {
    report(Severity::Warning,
           fmt::format("an agent must listen on {}", shorten(profile.listener_path, 60)),
           asks ? "without it the container does not start"
                : "nothing asks for it: no rule has SCMP_ACT_NOTIFY; crun connects all the same, "
                  "and without an agent the "
                  "container does not start",
           asks ? "start the agent before the container" : "remove \"listenerPath\"");
  }
  if (asks && !has_path)
    report(Severity::Warning, "SCMP_ACT_NOTIFY without \"listenerPath\"",
           "runc refuses the profile; under crun the call fails with ENOSYS",
           "name the agent's socket in \"listenerPath\"");
  if (!asks && !has_path && profile.listener_place.line != 0)
    report(Severity::Note, "\"listenerPath\" is empty", "it has no effect", "remove it");
  if (!profile.listener_metadata.empty() && !has_path)
    report(Severity::Warning, "\"listenerMetadata\" without \"listenerPath\"",
           "there is no agent that would be given it",
           "remove it, or name the agent's socket in \"listenerPath\"");
  if (profile.default_action == kernel::Action::Notify)
    report(Severity::Error, "SCMP_ACT_NOTIFY as default action",
           "runc refuses it; under crun every call that no rule names waits for the agent",
           "name the calls in a rule");
}

std::optional<LintFinding> encoding(std::string_view front) {
  const bool mark = front.starts_with("\xEF\xBB\xBF");
  const bool wide = front.starts_with("\xFF\xFE") || front.starts_with("\xFE\xFF");
  if (!mark && !wide) return std::nullopt;
  LintFinding found = at("encoding", Severity::Error, {1, 1},
                         mark ? "the file begins with a byte order mark" : "the file is UTF-16");
  found.reason =
      "Docker, Podman, runc and crun take plain UTF-8 alone: the container does not start";
  found.hint = mark ? "save it as UTF-8 without a byte order mark" : "save it as UTF-8";
  return found;
}

void program_needs(const LintCase& c, Findings& out) {
  if (c.evaluator == nullptr || c.flat->disabled) return;
  // What libc's start, a shell and its children do on every Linux; without one of them hardly any
  // program gets far.
  constexpr std::string_view kNeeded[] = {
      "arch_prctl", "brk",   "clone",        "close",          "execve",       "exit_group",
      "fcntl",      "fstat", "mmap",         "mprotect",       "munmap",       "newfstatat",
      "openat",     "read",  "rt_sigaction", "rt_sigprocmask", "rt_sigreturn", "write"};
  std::vector<std::string> missing;
  for (const std::string_view name : kNeeded) {
    const kernel::NameId id = kernel::find_name(name);
    const auto number = kernel::number_of(id, c.context.arch);
    if (!number) continue;
    const Verdict v = c.evaluator->evaluate({{c.context.arch, *number}, {}});
    if (!kernel::lets_run(v.action) && v.decision != Decision::Depends) missing.emplace_back(name);
  }
  if (missing.empty()) return;
  LintFinding found =
      at("program-needs", Severity::Note, c.profile.default_action_place,
         fmt::format("{} denied: hardly any program runs without", listed(missing)));
  found.reason = "the C library, the dynamic loader and shells make them";
  found.hint = fmt::format("permit {} unless the container's program was seen to do without",
                           fmt::join(missing, ", "));
  out.push_back(std::move(found));
}

}  // namespace medic::profile::lint_checks
