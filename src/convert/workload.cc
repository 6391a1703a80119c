#include "convert/workload.h"

#include <yaml-cpp/yaml.h>

#include <algorithm>

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
    const YAML::Node spec = member(node, "spec");
    if (member(spec, "containers"))
      return pod(spec, scalar(member(member(node, "metadata"), "name")));
    for (const char* inner : {"template", "jobTemplate"}) {
      if (member(spec, inner)) object(member(spec, inner), depth + 1);
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
        made.name = scalar(member(each, "name"));
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
    made.name = name;
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
};

bool any_line_is(std::string_view text, std::string_view key) {
  for (const std::string_view line : formats::lines_of(text.substr(0, std::size_t{1} << 20))) {
    if (line.starts_with(key)) return true;
  }
  return false;
}

}  // namespace

bool looks_like_workload(std::string_view text) {
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
  Reader reader;
  try {
    for (const YAML::Node& document : YAML::LoadAll(text)) reader.document(document);
  } catch (const YAML::Exception& error) {
    return fail(problem(error.mark, error.msg));
  }
  if (reader.out.containers.empty()) return fail(problem({}, "it names no container"));
  return std::move(reader.out);
}

}  // namespace medic::profile
