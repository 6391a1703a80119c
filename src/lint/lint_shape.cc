// Lint rules about the profile's form: keys, architectures, errnos, size, and what the runtime
// refuses.
#include <algorithm>

#include "lint/lint_checks.h"

namespace medic::profile::lint_checks {
namespace {

// One finding for each note of the reader that begins or goes on like this.
void from_notes(const LintCase& c, std::string_view id, std::string_view says, Findings& out) {
  for (const Problem& note : c.notes) {
    if (note.text.find(says) == std::string::npos) continue;
    LintFinding found = at(id, note.severity, {note.line, note.column}, note.text);
    found.hint = note.hint;
    out.push_back(std::move(found));
  }
}

bool takes_errno(kernel::Action action) {
  return action == kernel::Action::Errno || action == kernel::Action::Trace;
}

}  // namespace

void refused(const LintCase& c, Findings& out) {
  if (c.refusal == nullptr) return;
  LintFinding found =
      at("refused", Severity::Error, {c.refusal->line, c.refusal->column}, c.refusal->text);
  found.reason = fmt::format("the container does not start under {}", name(c.context.runtime));
  found.hint = c.refusal->hint;
  out.push_back(std::move(found));
}

void unknown_key(const LintCase& c, Findings& out) {
  const std::size_t first = out.size();
  from_notes(c, "unknown-key", "engines and runtimes ignore the key", out);
  for (std::size_t i = first; i < out.size(); ++i) {
    out[i].reason = "what it says has no effect";
    if (out[i].hint.find("\"args\"") == std::string::npos) continue;
    out[i].severity = Severity::Error;
    out[i].reason = "the rule's conditions are not read: it is unconditional";
  }
}

void doubled_key(const LintCase& c, Findings& out) {
  const std::size_t first = out.size();
  from_notes(c, "doubled-key", "stands twice in one object", out);
  for (std::size_t i = first; i < out.size(); ++i)
    out[i].reason = "readers take the last one; nobody says so";
}

void key_case(const LintCase& c, Findings& out) {
  const std::size_t first = out.size();
  from_notes(c, "key-case", "Docker, Podman and runc read", out);
  for (std::size_t i = first; i < out.size(); ++i) out[i].reason = "under crun it has no effect";
}

void arch_spelling(const LintCase& c, Findings& out) {
  for (const Name& written : c.profile.loose_architectures) {
    const auto meant = kernel::arch_from_any(written.text);
    LintFinding found = at("arch-spelling", Severity::Error, written.place,
                           fmt::format("\"{}\" is no architecture for runc", written.text));
    found.reason =
        "runc takes the specification's token to the letter, and refuses the profile otherwise";
    if (meant) found.hint = fmt::format("write \"{}\"", kernel::info(*meant).oci_token);
    out.push_back(std::move(found));
  }
}

void missing_subarchitectures(const LintCase& c, Findings& out) {
  if (c.flat == nullptr || c.flat->disabled) return;
  std::vector<std::string> missing;
  for (const kernel::ArchInfo& arch : kernel::all_archs()) {
    const bool known =
        std::find(c.flat->archs.begin(), c.flat->archs.end(), arch.arch) != c.flat->archs.end();
    if (arch.parent == c.context.arch && !known) missing.emplace_back(arch.oci_token);
  }
  if (missing.empty()) return;
  LintFinding found = at("missing-subarchitectures", Severity::Note, c.profile.default_action_place,
                         fmt::format("the filter does not know {}", listed(missing)));
  found.reason = fmt::format(
      "a program of such an architecture on {} is killed at its first call, whatever the default "
      "action",
      kernel::name(c.context.arch));
  found.hint = "add them to \"architectures\" where such programs shall run";
  out.push_back(std::move(found));
}

void useless_errno(const LintCase& c, Findings& out) {
  const std::string reason = "runc ignores it, crun refuses the profile";
  const auto& action = c.profile.default_action;
  if (action && !takes_errno(*action) &&
      (c.profile.default_errno_ret || c.profile.default_errno_name)) {
    LintFinding found = at("useless-errno", Severity::Error, c.profile.default_action_place,
                           fmt::format("{} returns no errno", kernel::oci_token(*action)));
    found.reason = reason;
    found.hint = "remove defaultErrnoRet";
    found.fix = {SetDefaultAction{*action}};
    out.push_back(std::move(found));
  }
  for (std::size_t i = 0; i < c.profile.rules.size(); ++i) {
    const Rule& rule = c.profile.rules[i];
    if (takes_errno(rule.action) || (!rule.errno_ret && !rule.errno_name)) continue;
    LintFinding found = at("useless-errno", Severity::Error, rule.place,
                           fmt::format("{} returns no errno", rule.action_text));
    found.reason = reason;
    found.hint = "remove errnoRet";
    found.fix = {SetRuleAction{i, rule.action}};
    out.push_back(std::move(found));
  }
}

void too_large(const LintCase& c, Findings& out) {
  constexpr std::size_t kEntries = 128, kBytes = std::size_t{1} << 20;
  if (c.profile.rules.size() > kEntries) {
    LintFinding found = at("too-large", Severity::Warning, c.profile.rules[kEntries].place,
                           fmt::format("{} entries in \"syscalls\"", c.profile.rules.size()));
    found.reason =
        fmt::format("Kubernetes takes no profile artifact of more than {} (KEP-6061)", kEntries);
    found.hint = "put names with the same action and conditions into one rule";
    out.push_back(std::move(found));
  }
  if (c.profile.text.size() > kBytes) {
    LintFinding found =
        at("too-large", Severity::Warning, {1, 1}, fmt::format("{} bytes", c.profile.text.size()));
    found.reason = "Kubernetes takes no profile artifact of more than 1 MiB (KEP-6061)";
    found.hint = "write it shorter";
    out.push_back(std::move(found));
  }
}

}  // namespace medic::profile::lint_checks
