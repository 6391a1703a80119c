#include "diagnose/whose_filter.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "diagnose/verdict_text.h"
#include "kernel/filter_owner.h"

namespace medic::diagnose {
namespace {

using Kind = FilterOwner::Kind;
using model::Certainty;

// What a sandbox prints itself when its filter has denied a call, and its name among the owners.
constexpr std::pair<std::string_view, std::string_view> kMarks[] = {
    {"seccomp-bpf failure in syscall", "chrome"},
    {"Sandbox: seccomp sandbox violation", "firefox"},
    {"seccomp sandbox violation: pid", "firefox"},
    {"ssh_sandbox_violation", "sshd"},
    {"Caught a bad syscall attempt", "tor"},
    {"allowed by the syscall sandbox", "bitcoind"},
    {"libminijail", "minijail0"},
    {"had a policy violation (", "minijail0"},
    {"committed a syscall/seccomp violation", "nsjail"},
    {"(SYS_SECCOMP)", "app_process64"},
    {"seccomp prevented call", "app_process64"},
};

Kind kind_of(kernel::OwnerKind kind) {
  switch (kind) {
    case kernel::OwnerKind::Container: return Kind::Container;
    case kernel::OwnerKind::Unit: return Kind::Unit;
    case kernel::OwnerKind::Program: return Kind::Program;
    case kernel::OwnerKind::Sandbox: return Kind::Sandbox;
  }
  return Kind::Unknown;
}

std::string with(std::string text, std::string_view word, std::string_view value) {
  const std::size_t at = text.find(word);
  if (at != std::string::npos && !value.empty()) text.replace(at, word.size(), value);
  return text;
}

// Tries one source of evidence after another, the surest first.
class OwnerSearch {
 public:
  OwnerSearch(const Case& c, std::optional<attribute::Phase> phase, Finding& finding)
      : c_(c), phase_(phase), finding_(finding) {
    if (finding_.who.process != attribute::kNoProcess)
      process_ = &c_.ledger.processes().processes()[finding_.who.process];
    unit_ = finding_.who.unit;
    if (unit_.empty() && finding_.who.comm.ends_with(".service")) unit_ = finding_.who.comm;
  }

  void run() {
    if (by_own_load() || by_profile() || by_message() || by_container()) return;
    by_name();
  }

 private:
  void set(Kind kind, std::string name, Certainty certainty, std::string reason) {
    finding_.filter = FilterOwner{kind, std::move(name), certainty, std::move(reason)};
  }

  // A profile that was given and answers as it was seen is the filter until something says else.
  bool profile_explains() const {
    return finding_.verdict && finding_.verdict->decision != profile::Decision::Allow;
  }

  bool is_of_a_container() const {
    return finding_.who.container.has_value() || !finding_.who.phase.empty() ||
           (process_ != nullptr && (process_->was_runtime_init || process_->runtime != nullptr));
  }

  // The trace shows the process load a filter, and no other program was executed since.
  bool by_own_load() {
    if (is_of_a_container() || !loaded_its_own()) return false;
    const auto row = known_owner();
    const std::string name = row ? std::string(row->name) : program();
    set(Kind::Program, name, Certainty::Inferred,
        "the trace shows the program itself load a filter before the call");
    if (profile_explains()) return true;
    finding_.remedy = {
        RemedyKind::None,
        row ? std::string(row->fix)
            : fmt::format("If {0} is needed, then {1} has to permit it: the program loaded the "
                          "filter itself, so that its update or its option is the fix. No "
                          "container's profile can change this.",
                          call_words(), name.empty() ? "the program's own filter" : name)};
    return true;
  }

  bool loaded_its_own() const {
    if (process_ != nullptr) return process_->filter_seen && phase_ == attribute::Phase::Filtered;
    // A trace of one process has no numbers.
    return phase_.has_value() && !finding_.evidence.empty() && loads_in_a_lone_trace();
  }

  bool loads_in_a_lone_trace() const {
    std::uint64_t load = 0, exec = 0;
    for (const ledger::Observation& each : c_.ledger.observations()) {
      if (each.process() != attribute::kNoProcess) return false;
      const ledger::Key& key = each.key();
      const std::string_view name = kernel::name_of(key.syscall.name);
      const bool succeeded =
          key.outcome.kind == model::Outcome::Kind::Returned && key.outcome.value == 0;
      if (!succeeded) continue;
      const std::uint64_t line = each.examples().front().origin.line;
      constexpr std::uint64_t kSetModeFilter = 1, kSetSeccomp = 22;  // linux/seccomp.h, prctl.h
      const bool loads =
          key.args.has(0) && ((name == "seccomp" && key.args.value[0] == kSetModeFilter) ||
                              (name == "prctl" && key.args.value[0] == kSetSeccomp));
      if (loads) load = std::max(load, line);
      if (name.starts_with("execve")) exec = std::max(exec, line);
    }
    return load > exec && load < finding_.evidence.front().line;
  }

  bool by_profile() {
    if (c_.profile == nullptr || !profile_explains()) return false;
    const profile::Profile& profile = c_.profile->profile();
    const bool unit = profile.read_as == "systemd";
    set(unit ? Kind::Unit : Kind::Container, profile.path,
        finding_.certainty == Certainty::Stated ? Certainty::Inferred : finding_.certainty,
        "the profile given answers so");
    return true;
  }

  bool by_message() {
    for (const Evidence& each : finding_.evidence) {
      for (const auto& [words, owner] : kMarks) {
        if (each.text.find(words) == std::string::npos) continue;
        const auto row = kernel::filter_owner({owner, {}, {}, {}});
        if (!row) return false;
        set(kind_of(row->kind), std::string(row->name), Certainty::Inferred,
            "the message is its own");
        finding_.remedy = {RemedyKind::None, std::string(row->fix)};
        return true;
      }
    }
    return false;
  }

  bool by_container() {
    if (!is_of_a_container()) return false;
    // A browser in a container has a filter of its own as well.
    if (const auto row = known_owner();
        row && row->kind != kernel::OwnerKind::Unit && row->kind != kernel::OwnerKind::Container)
      finding_.notes.push_back(fmt::format(
          "The program is known for a filter of its own ({}: {}), which can have denied the call "
          "instead of the container's. {}",
          row->name, row->filters, row->fix));
    const auto& container = finding_.who.container;
    const std::string name = !container                ? std::string()
                             : container->name.empty() ? container->id
                                                       : container->name;
    set(Kind::Container, name, container ? container->certainty : Certainty::Inferred,
        container ? "the process belongs to the container"
                  : "a container's runtime started the process");
    return true;
  }

  void by_name() {
    const auto row = known_owner();
    if (!row) return unknown();
    const bool sure = !row->by_comm_alone && finding_.provenance == model::Provenance::Kernel &&
                      (unit_.empty() || row->kind == kernel::OwnerKind::Unit);
    const bool is_unit = row->kind == kernel::OwnerKind::Unit;
    set(kind_of(row->kind), is_unit && !unit_.empty() ? unit_ : std::string(row->name),
        sure && !is_unit ? Certainty::Inferred : Certainty::Suspected,
        fmt::format("{}: {}",
                    row->by_comm_alone ? "the process calls itself so"
                    : is_unit          ? "the process belongs to the unit"
                                       : "the program is known for it",
                    row->filters));
    if (row->kind == kernel::OwnerKind::Container) return;
    finding_.remedy = {RemedyKind::None,
                       with(with(std::string(row->fix), "UNIT", unit_), "CALL",
                            finding_.syscall.name == kernel::kNoName ? "" : call_words())};
    if (!unit_.empty() && !is_unit)
      finding_.notes.push_back(
          fmt::format("It can also be the filter of the unit {} (SystemCallFilter= and others: "
                      "`systemctl cat {}`).",
                      unit_, unit_));
  }

  void unknown() {
    if (phase_ == attribute::Phase::FilteredExec) {
      set(Kind::Unknown, "", Certainty::Suspected,
          "the filter was loaded before the program was executed: by a sandbox or a runtime");
      return;
    }
    set(Kind::Unknown, "", Certainty::Suspected, "the log does not say who installed the filter");
    if (c_.profile != nullptr || finding_.kind == "abend-sigsys" || is_setup(finding_.syscall))
      return;
    const std::string command =
        fmt::format("`seccomp-medic diagnose {} --profile FILE`", log_words(c_));
    finding_.remedy.text = fmt::format(
        "If {} is needed, then find out whose filter it is. In a container, name the profile that "
        "it runs under: {} names the rule, `repair` fixes it. A service's is SystemCallFilter= of "
        "its unit (`systemctl cat UNIT`, which --profile takes too). Else the program has its own.",
        finding_.syscall.name == kernel::kNoName && !finding_.syscall.has_number ? "the call"
                                                                                 : call_words(),
        command);
  }

  std::optional<kernel::FilterOwner> known_owner() const {
    return kernel::filter_owner(
        {finding_.who.comm.ends_with(".service") ? std::string_view{} : finding_.who.comm,
         without_deleted(finding_.who.exe), finding_.who.label, unit_});
  }

  static std::string_view without_deleted(std::string_view exe) {
    constexpr std::string_view kDeleted = " (deleted)";
    if (exe.ends_with(kDeleted)) exe.remove_suffix(kDeleted.size());
    return exe;
  }

  std::string call_words() const { return call_name(finding_.syscall); }
  std::string program() const {
    return finding_.who.exe.empty() ? finding_.who.comm : finding_.who.exe;
  }

  const Case& c_;
  std::optional<attribute::Phase> phase_;
  Finding& finding_;
  const attribute::Process* process_ = nullptr;
  std::string unit_;
};

}  // namespace

void name_filter_owner(const Case& c, std::optional<attribute::Phase> phase, Finding& finding) {
  if (finding.layer != Layer::Seccomp || !finding.denied) return;
  OwnerSearch(c, phase, finding).run();
}

}  // namespace medic::diagnose
