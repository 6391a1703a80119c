#include "convert/workload.h"

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <tuple>

#include "base/text.h"
#include "convert/foreign.h"

namespace medic::profile {
namespace {

using Seccomp = WorkloadContainer::Seccomp;

constexpr std::size_t kMaxContainers = 1000;
constexpr int kMaxNested = 6;  // a List of CronJobs

std::string scalar(const YAML::Node& node) {
  return node && node.IsScalar() ? node.Scalar() : std::string();
}

std::vector<std::string> strings(const YAML::Node& node) {
  std::vector<std::string> out;
  if (!node || !node.IsSequence()) return out;
  for (const YAML::Node& each : node) {
    if (each.IsScalar() && out.size() < 100) out.push_back(each.Scalar());
  }
  return out;
}

YAML::Node member(const YAML::Node& node, const char* key) {
  return node && node.IsMap() ? node[key] : YAML::Node(YAML::NodeType::Undefined);
}

class Reader {
 public:
  Workload out;

  void document(const YAML::Node& root) {
    if (const YAML::Node services = member(root, "services"); services && services.IsMap()) {
      out.kind = WorkloadKind::Compose;
      for (const auto& service : services) compose_service(scalar(service.first), service.second);
      return;
    }
    object(root, 0);
  }

 private:
  void object(const YAML::Node& node, int depth) {
    // Aliases could make a small text a large one.
    if (!node || !node.IsMap() || depth > kMaxNested || ++objects_ > kMaxContainers) return;
    if (const YAML::Node items = member(node, "items"); items && items.IsSequence()) {
      for (const YAML::Node& each : items) object(each, depth + 1);
    }
    if (const std::string kind = scalar(member(node, "kind")); !kind.empty()) {
      object_ = {};
      object_.object_kind = kind;
      object_.object_api = scalar(member(node, "apiVersion"));
      object_.object_name = scalar(member(member(node, "metadata"), "name"));
    }
    const YAML::Node spec = member(node, "spec");
    object_.spec_path.emplace_back("spec");
    if (member(spec, "containers"))
      return pod(spec, scalar(member(member(node, "metadata"), "name")));
    for (const char* inner : {"template", "jobTemplate"}) {
      if (!member(spec, inner)) continue;
      object_.spec_path.emplace_back(inner);
      object(member(spec, inner), depth + 1);
    }
  }

  void pod(const YAML::Node& spec, const std::string& pod_name) {
    WorkloadContainer base;
    security_context(member(spec, "securityContext"), base);
    for (const char* list : {"containers", "initContainers", "ephemeralContainers"}) {
      const YAML::Node containers = member(spec, list);
      if (!containers || !containers.IsSequence()) continue;
      for (const YAML::Node& each : containers) {
        WorkloadContainer made = base;
        made.name = made.own_name = scalar(member(each, "name"));
        made.object_kind = object_.object_kind;
        made.object_api = object_.object_api;
        made.object_name = object_.object_name;
        made.spec_path = object_.spec_path;
        made.list = list;
        if (!pod_name.empty()) made.name = pod_name + "/" + made.name;
        made.line = static_cast<std::uint64_t>(std::max(each.Mark().line, 0)) + 1;
        security_context(member(each, "securityContext"), made);
        add(std::move(made));
      }
    }
  }

  static void security_context(const YAML::Node& context, WorkloadContainer& made) {
    if (const YAML::Node profile = member(context, "seccompProfile")) {
      const std::string type = scalar(member(profile, "type"));
      made.was_said = true;
      made.seccomp = type == "Unconfined"  ? Seccomp::Unconfined
                     : type == "Localhost" ? Seccomp::File
                                           : Seccomp::Default;
      made.file = scalar(member(profile, "localhostProfile"));
    }
    if (scalar(member(context, "privileged")) == "true") made.privileged = true;
    const YAML::Node capabilities = member(context, "capabilities");
    for (std::string& each : strings(member(capabilities, "add")))
      made.cap_add.push_back(std::move(each));
    for (std::string& each : strings(member(capabilities, "drop")))
      made.cap_drop.push_back(std::move(each));
  }

  void compose_service(const std::string& name, const YAML::Node& service) {
    WorkloadContainer made;
    made.name = made.own_name = name;
    made.line = static_cast<std::uint64_t>(std::max(service.Mark().line, 0)) + 1;
    made.privileged = scalar(member(service, "privileged")) == "true";
    made.cap_add = strings(member(service, "cap_add"));
    made.cap_drop = strings(member(service, "cap_drop"));
    for (const std::string& option : strings(member(service, "security_opt"))) {
      if (!option.starts_with("seccomp:") && !option.starts_with("seccomp=")) continue;
      made.was_said = true;
      made.file = option.substr(std::string_view("seccomp:").size());
      made.seccomp = made.file == "unconfined" ? Seccomp::Unconfined : Seccomp::File;
    }
    add(std::move(made));
  }

  void add(WorkloadContainer made) {
    if (out.containers.size() < kMaxContainers) out.containers.push_back(std::move(made));
  }

  std::size_t objects_ = 0;
  WorkloadContainer object_;  // whose pod it is
};

bool is_quadlet(std::string_view text) {
  const auto lines = formats::lines_of(text.substr(0, std::size_t{1} << 20));
  return std::any_of(lines.begin(), lines.end(),
                     [](std::string_view line) { return trim(line) == "[Container]"; });
}

void add_words(std::string_view value, std::vector<std::string>& out) {
  if (value.empty()) out.clear();  // as systemd: an empty assignment resets
  for (const std::string_view word : split(value, ' ')) {
    if (!word.empty() && out.size() < 100) out.emplace_back(word);
  }
}

// podman run's own options, which PodmanArgs= hands on.
void podman_args(std::string_view value, WorkloadContainer& made) {
  std::string_view last;
  for (std::string_view word : split(value, ' ')) {
    if (word.empty()) continue;
    if (word == "--privileged" || word == "--privileged=true") made.privileged = true;
    if (last == "--security-opt" || word.starts_with("--security-opt=")) {
      if (word.starts_with("--")) word.remove_prefix(std::string_view("--security-opt=").size());
      if (word.starts_with("seccomp=") || word.starts_with("seccomp:")) {
        made.file = word.substr(std::string_view("seccomp=").size());
        made.was_said = true;
      }
    }
    last = word;
  }
}

Workload read_quadlet(std::string_view text) {
  Workload out;
  out.kind = WorkloadKind::Quadlet;
  WorkloadContainer made;
  bool inside = false;
  std::uint64_t number = 0;
  for (std::string_view line : formats::lines_of(text)) {
    ++number;
    line = trim(line);
    if (line.starts_with('[')) {
      inside = line == "[Container]";
      if (inside && made.line == 0) made.line = number;
    }
    const std::size_t equals = line.find('=');
    if (!inside || equals == std::string_view::npos || line.starts_with('#')) continue;
    const std::string_view key = trim(line.substr(0, equals)),
                           value = trim(line.substr(equals + 1));
    if (key == "ContainerName") made.name = made.own_name = value;
    if (key == "Image" && made.name.empty()) made.name = value;
    if (key == "AddCapability") add_words(value, made.cap_add);
    if (key == "DropCapability") add_words(value, made.cap_drop);
    if (key == "PodmanArgs") podman_args(value, made);
    if (key == "SeccompProfile") {
      made.file = value;
      made.was_said = !value.empty();
    }
  }
  if (made.was_said) made.seccomp = made.file == "unconfined" ? Seccomp::Unconfined : Seccomp::File;
  out.containers.push_back(std::move(made));
  return out;
}

// As YAML writes it wherever it stands.
std::string quoted(std::string_view text) {
  const bool plain =
      !text.empty() &&
      text.find_first_not_of("abcdefghijklmnopqrstuvwxyz-") == std::string_view::npos &&
      text != "yes" && text != "no" && text != "true" && text != "false" && text != "null" &&
      text != "on" && text != "off" && text.front() != '-';
  if (plain) return std::string(text);
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\')
      out += std::string("\\") + c;
    else if (byte < 0x20 || byte == 0x7F)
      out += fmt::format("\\x{:02X}", byte);
    else
      out += c;
  }
  return out + '"';
}

std::string kubernetes_patch(const std::vector<const WorkloadContainer*>& containers,
                             const std::string& file) {
  std::string out;
  const WorkloadContainer* last = nullptr;
  for (const WorkloadContainer* each : containers) {
    const auto object = [](const WorkloadContainer& c) {
      return std::tie(c.object_api, c.object_kind, c.object_name, c.spec_path);
    };
    const bool is_new = last == nullptr || object(*last) != object(*each);
    std::string indent(2 * each->spec_path.size(), ' ');
    if (is_new) {
      out += fmt::format("{}apiVersion: {}\nkind: {}\nmetadata:\n  name: {}\n",
                         out.empty() ? "" : "---\n", quoted(each->object_api),
                         quoted(each->object_kind), quoted(each->object_name));
      for (std::size_t i = 0; i < each->spec_path.size(); ++i)
        out += std::string(2 * i, ' ') + each->spec_path[i] + ":\n";
    }
    if (is_new || last->list != each->list) out += fmt::format("{}{}:\n", indent, each->list);
    out += fmt::format(
        "{0}- name: {1}\n{0}  securityContext:\n{0}    seccompProfile:\n{0}      type: "
        "Localhost\n{0}      localhostProfile: {2}\n",
        indent, quoted(each->own_name), quoted(file));
    last = each;
  }
  return out;
}

bool any_line_is(std::string_view text, std::string_view key) {
  for (const std::string_view line : formats::lines_of(text.substr(0, std::size_t{1} << 20))) {
    if (line.starts_with(key)) return true;
  }
  return false;
}

}  // namespace

bool looks_like_workload(std::string_view text) {
  if (is_quadlet(text)) return true;
  const std::string_view start = trim(text.substr(0, 4096));
  if (start.starts_with('{') || start.starts_with('['))
    return text.find("\"containers\"") != std::string_view::npos &&
           text.find("\"apiVersion\"") != std::string_view::npos;
  if (any_line_is(text, "services:")) return true;
  return any_line_is(text, "apiVersion:") && text.find("containers:") != std::string_view::npos;
}

Result<Workload> read_workload(const std::string& text, const std::string& path) {
  const auto problem = [&](const YAML::Mark& mark, const std::string& what) {
    Problem out = formats::problem_at(
        {text, path}, static_cast<std::uint64_t>(std::max(mark.line, 0)) + 1, "no YAML: " + what);
    out.column = static_cast<std::uint64_t>(std::max(mark.column, 0)) + 1;
    return out;
  };
  if (text.size() > (std::size_t{4} << 20))
    return fail(formats::refusal("a workload of more than 4 MiB is not read"));
  if (is_quadlet(text)) return read_quadlet(text);
  Reader reader;
  try {
    for (const YAML::Node& document : YAML::LoadAll(text)) reader.document(document);
  } catch (const YAML::Exception& error) {
    return fail(problem(error.mark, error.msg));
  }
  if (reader.out.containers.empty()) return fail(problem({}, "it names no container"));
  return std::move(reader.out);
}

std::string workload_patch(const Workload& workload, const std::string& profile_file) {
  std::vector<const WorkloadContainer*> containers;
  for (const WorkloadContainer& each : workload.containers) {
    if (each.seccomp == Seccomp::Default && !each.privileged) containers.push_back(&each);
  }
  if (containers.empty()) return {};
  if (workload.kind == WorkloadKind::Kubernetes) return kubernetes_patch(containers, profile_file);
  if (workload.kind == WorkloadKind::Quadlet)
    return fmt::format("[Container]\nSeccompProfile={}\n", profile_file);
  std::string out = "services:\n";
  for (const WorkloadContainer* each : containers)
    out += fmt::format("  {}:\n    security_opt:\n      - {}\n", quoted(each->own_name),
                       quoted("seccomp=" + profile_file));
  return out;
}

}  // namespace medic::profile
