#include "profile_source.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <optional>

#include "base/text.h"
#include "convert/convert.h"
#include "convert/workload.h"
#include "io/reader.h"
#include "policy/default_profiles.h"
#include "profile/read_carrier.h"

namespace medic {
namespace {

using profile::Profile;
using Seccomp = profile::WorkloadContainer::Seccomp;

constexpr std::size_t kLargest = std::size_t{16}
                                 << 20;  // engines refuse profiles far smaller than this
constexpr std::string_view kSystemd = "systemd:";

Problem note_of(const std::string& file, std::string text) {
  Problem out;
  out.severity = Severity::Note;
  out.file = file;
  out.text = std::move(text);
  return out;
}

Problem problem_of(const std::string& file, std::string text, std::string hint) {
  Problem out;
  out.file = file;
  out.text = std::move(text);
  out.hint = std::move(hint);
  return out;
}

bool is_file(const std::string& path) {
  struct stat status {};
  return stat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode);
}

// Lines of a text that was made up stand in no file.
void forget_places(Profile& profile) {
  profile.default_action_place = {};
  profile.arch_map_place = {};
  profile.listener_place = {};
  for (profile::Rule& rule : profile.rules) {
    rule.place = {};
    for (profile::Name& name : rule.names) name.place = {};
    for (profile::Condition& condition : rule.args) condition.place = {};
  }
}

Result<Profile> read_foreign(const profile::Format& format, std::string text,
                             const std::string& path, Problems& notes, kernel::Arch arch) {
  auto read = format.read({text, path, arch});
  if (!read) return fail(std::move(read.error()));
  for (std::string& note : read->notes) notes.push_back(note_of(path, std::move(note)));
  Profile out = std::move(read->profile);
  forget_places(out);
  out.path = path;
  out.read_as = format.name;
  out.source_text = std::move(text);
  out.own_tool = format.home == profile::Home::Tool;
  return out;
}

Result<Profile> unconfined() {
  Problems none;
  auto out = profile::read_profile("{\n\t\"syscalls\": []\n}\n", "unconfined", none);
  if (!out) return out;
  out->read_as = "built-in";
  out->own_tool = true;
  return out;
}

Result<Profile> engine_default(const profile::NamedDefault& named, Problems& notes) {
  if (named.engine == nullptr) return unconfined();
  for (const std::string& note : named.notes) notes.push_back(note_of(named.name, note));
  auto out =
      profile::read_profile(profile::write_default_profile(named.content), named.name, notes);
  if (out) out->read_as = "built-in";
  return out;
}

// "systemd:@system-service,~@resources" as the lines of a unit.
Result<Profile> systemd_groups(const std::string& name, Problems& notes, kernel::Arch arch) {
  std::string list = name.substr(kSystemd.size());
  std::replace(list.begin(), list.end(), ',', ' ');
  std::string lines = "[Service]\n", permitted, denied;
  for (const std::string_view word : split(list, ' ')) {
    if (word.starts_with('~'))
      denied += fmt::format(" {}", word.substr(1));
    else if (!word.empty())
      permitted += fmt::format(" {}", word);
  }
  if (!permitted.empty()) lines += fmt::format("SystemCallFilter={}\n", trim(permitted));
  if (!denied.empty()) lines += fmt::format("SystemCallFilter=~{}\n", trim(denied));
  auto out = read_foreign(*profile::find_format("systemd"), lines, name, notes, arch);
  if (!out) {
    out.error().kind = ProblemKind::Usage;
    out.error().line = 0;
    out.error().source_line.clear();
  }
  return out;
}

// Nothing: the name is no built-in's.
Result<std::optional<Profile>> built_in(const std::string& name, Problems& notes,
                                        kernel::Arch arch) {
  std::optional<Result<Profile>> made;
  if (name.starts_with(kSystemd)) {
    made = systemd_groups(name, notes, arch);
  } else {
    auto named = profile::find_default(name);
    if (!named) return fail(std::move(named.error()));
    if (!*named) return std::nullopt;
    made = engine_default(**named, notes);
  }
  if (!*made) return fail(std::move(made->error()));
  if (is_file(name))
    notes.push_back(
        note_of({}, fmt::format("{0} is the built-in profile; ./{0} is the file", name)));
  return std::optional(std::move(**made));
}

Result<Profile> named_default(const std::string& name, const std::string& path,
                              const std::string& why, Problems& notes) {
  auto named = profile::find_default(name);
  if (!named) return fail(std::move(named.error()));
  auto out = engine_default(**named, notes);
  notes.push_back(note_of(
      path,
      fmt::format("{}: {} is assumed; --profile NAME@RELEASE names another", why, (*named)->name)));
  return out;
}

std::string folder_of(const std::string& path) {
  const std::size_t slash = path.find_last_of('/');
  return slash == std::string::npos ? "" : path.substr(0, slash + 1);
}

std::string caps_hint(const profile::WorkloadContainer& container) {
  std::string out;
  for (const auto& [sign, list] :
       {std::pair{'-', &container.cap_drop}, {'+', &container.cap_add}}) {
    for (const std::string& each : *list)
      out += fmt::format("{}{}{}", out.empty() ? "" : ",", sign, shorten(each, 40));
  }
  return out;
}

// What the containers of a workload run under: one and the same profile, or the question is open.
Result<Profile> of_workload(const profile::Workload& workload, const std::string& path,
                            Problems& notes) {
  const profile::WorkloadContainer& first = workload.containers.front();
  for (const auto& each : workload.containers) {
    if (each.seccomp != first.seccomp || each.file != first.file ||
        each.privileged != first.privileged)
      return fail(problem_of(path,
                             fmt::format("{} and {} run under different profiles",
                                         shorten(first.name, 80), shorten(each.name, 80)),
                             "name the profile of the one that is meant"));
  }
  if (first.privileged || first.seccomp == Seccomp::Unconfined)
    return fail(
        problem_of(path,
                   first.privileged ? "the container is privileged: it runs without a filter"
                                    : "this container runs without a profile (unconfined)",
                   "what is denied to it is not seccomp's doing; --profile unconfined says so"));
  if (const std::string caps = caps_hint(first); !caps.empty())
    notes.push_back(note_of(
        path, fmt::format("it changes capabilities, on which rules depend: --caps {}", caps)));
  const bool kubernetes = workload.kind == profile::WorkloadKind::Kubernetes;
  if (first.seccomp == Seccomp::File) {
    const std::string beside = folder_of(path) + first.file;
    const std::string kubelet = "/var/lib/kubelet/seccomp/" + first.file;
    for (const std::string& candidate : {first.file, beside, kubernetes ? kubelet : first.file}) {
      if (!is_file(candidate)) continue;
      notes.push_back(note_of(path, fmt::format("it names {}, which is read", candidate)));
      return load_profile(candidate.find('/') == std::string::npos ? "./" + candidate : candidate,
                          notes);
    }
    return fail(problem_of(
        path, fmt::format("it names the profile {}, which is not here", shorten(first.file, 200)),
        "name that file itself"));
  }
  if (kubernetes && !first.was_said)
    notes.push_back(note_of(path,
                            "no seccompProfile is named: without the kubelet's seccompDefault the "
                            "container is unconfined"));
  const bool quadlet = workload.kind == profile::WorkloadKind::Quadlet;
  return named_default(kubernetes ? "k8s"
                       : quadlet  ? "podman"
                                  : "docker",
                       path,
                       kubernetes ? "RuntimeDefault"
                       : quadlet  ? "the quadlet names no SeccompProfile="
                                  : "the service runs under the engine's default profile",
                       notes);
}

// A unit's drop-ins count with it, in the order of their names.
std::string drop_ins(const std::string& path, Problems& notes) {
  std::string out;
  for (const std::string& file : io::files_ending(path + ".d", ".conf")) {
    if (auto text = io::read_file(file, kLargest)) {
      notes.push_back(note_of(path, fmt::format("read with its drop-in {}", file)));
      out += "\n" + *text;
    }
  }
  return out;
}

Result<Profile> from_text(std::string text, const std::string& path, Problems& notes,
                          kernel::Arch arch) {
  if (profile::looks_like_workload(text)) {
    auto workload = profile::read_workload(text, path);
    if (!workload) return fail(std::move(workload.error()));
    return of_workload(*workload, path, notes);
  }
  const profile::Format* format = profile::sniff_format(text);
  if (format != nullptr && format->name != "docker") {
    if (format->name == "systemd") text += drop_ins(path, notes);
    notes.push_back(note_of(path, fmt::format("it is read as {}", format->name)));
    return read_foreign(*format, std::move(text), path, notes, arch);
  }
  if (const std::string log = format == nullptr ? looks_like_log(text) : std::string();
      !log.empty())
    return fail(problem_of(path, fmt::format("this is a log, not a profile: {}", log),
                           fmt::format("seccomp-medic diagnose {} --profile PROFILE", path)));
  if (const std::string engine = profile::default_engine_of(text); !engine.empty())
    return named_default(engine, path, "the container runs under its engine's default profile",
                         notes);
  return profile::read_profile(std::move(text), path, notes);
}

}  // namespace

std::string looks_like_log(std::string_view text) {
  text = text.substr(0, std::size_t{1} << 16);
  constexpr std::pair<std::string_view, std::string_view> kMarks[] = {
      {"type=SECCOMP ", "it holds audit's SECCOMP records"},
      {"type=1326 ", "it holds seccomp records of the kernel"},
      {"msg=audit(", "it holds audit records"},
      {"audit: type=", "it holds audit records of the kernel"},
      {"+++ exited with ", "it ends as strace's output does"},
      {" = -1 E", "it holds system calls as strace writes them"}};
  for (const auto& [mark, reason] : kMarks) {
    if (text.find(mark) != std::string_view::npos) return std::string(reason);
  }
  return {};
}

std::string profile_kind_of_file(const std::string& path) {
  constexpr std::size_t kLargestAsked = std::size_t{1} << 20;
  if (!is_file(path)) return {};
  const auto text = io::read_file(path, kLargestAsked);
  if (!text || !looks_like_log(*text).empty()) return {};
  if (profile::looks_like_workload(*text)) return "workload";
  const profile::Format* format = profile::sniff_format(*text);
  if (format == nullptr || format->read == nullptr) return {};
  // Any JSON looks like a profile from afar.
  Problems ignored;
  if (format->name == "docker" && !profile::read_profile(*text, path, ignored)) return {};
  return std::string(format->name);
}

bool is_built_in(const std::string& name) {
  if (name.starts_with(kSystemd)) return true;
  const auto found = profile::find_default(name);
  return !found || found->has_value();
}

Result<Profile> load_profile(const std::string& name, Problems& notes, kernel::Arch arch) {
  if (arch == kernel::Arch::Unknown) arch = kernel::Arch::X86_64;
  auto own = built_in(name, notes, arch);
  if (!own) return fail(std::move(own.error()));
  if (*own) return std::move(**own);
  auto text = io::read_file(name, kLargest);
  if (!text) return fail(std::move(text.error()));
  return from_text(std::move(*text), name == "-" ? "<stdin>" : name, notes, arch);
}

}  // namespace medic
