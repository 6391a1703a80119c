// Containers as the engines' own JSON describes them. One function a form; which form it is, its
// fields say.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "attribute/cgroup_path.h"
#include "attribute/side_facts.h"
#include "base/text.h"

namespace medic::attribute {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kMaxContainers = 100000;
constexpr std::size_t kMaxText = 4096;

// The member, or null where the value is no object or has none.
const Json& at(const Json& value, std::string_view key) {
  static const Json kNull;
  if (!value.is_object()) return kNull;
  const auto found = value.find(key);
  return found == value.end() ? kNull : *found;
}

const Json& at(const Json& value, std::string_view outer, std::string_view inner) {
  return at(at(value, outer), inner);
}

std::string text(const Json& value) {
  return value.is_string() ? value.get_ref<const std::string&>().substr(0, kMaxText)
                           : std::string();
}

std::string first_text(std::initializer_list<const Json*> values) {
  for (const Json* value : values) {
    if (std::string out = text(*value); !out.empty()) return out;
  }
  return {};
}

std::int64_t number(const Json& value) {
  if (value.is_number_unsigned())
    return value.get<std::uint64_t>() <= INT64_MAX ? value.get<std::int64_t>() : -1;
  if (value.is_number_integer()) return value.get<std::int64_t>();
  if (value.is_string()) return parse_signed(value.get_ref<const std::string&>()).value_or(-1);
  return -1;
}

std::int64_t pid(const Json& value) {
  const std::int64_t out = number(value);
  return out > 0 && out <= INT32_MAX ? out : -1;
}

// A time as text, or as nanoseconds since 1970 (crictl).
std::optional<std::int64_t> time(const Json& value) {
  if (value.is_string()) {
    const std::string& written = value.get_ref<const std::string&>();
    if (const auto stamp = parse_timestamp(written)) return stamp;
  }
  const std::int64_t ns = number(value);
  return ns > 0 ? std::optional(ns) : std::nullopt;
}

std::vector<std::string> texts(const Json& value) {
  std::vector<std::string> out;
  if (!value.is_array()) return out;
  for (const Json& each : value) {
    if (each.is_string() && out.size() < 256) out.push_back(text(each));
  }
  return out;
}

void take_kubernetes_labels(const Json& labels, ContainerFact& fact) {
  const std::string container = text(at(labels, "io.kubernetes.container.name")),
                    pod = text(at(labels, "io.kubernetes.pod.name"));
  const std::string space = text(at(labels, "io.kubernetes.pod.namespace"));
  if (!container.empty()) fact.name = container;
  if (!pod.empty()) fact.pod = space.empty() ? pod : space + "/" + pod;
  if (fact.pod_uid.empty()) fact.pod_uid = text(at(labels, "io.kubernetes.pod.uid"));
}

void take_security_options(const Json& options, ContainerFact& fact) {
  for (const std::string& option : texts(options)) {
    if (option == "no-new-privileges" || option == "no-new-privileges=true" ||
        option == "no-new-privileges:true")
      fact.no_new_privs = true;
    for (const std::string_view key : {"seccomp=", "seccomp:"}) {
      // A profile itself may be written out here.
      if (option.starts_with(key))
        fact.seccomp = option.size() > 200 || option.find('{') != std::string::npos
                           ? "custom"
                           : option.substr(key.size());
    }
    for (const std::string_view key : {"apparmor=", "apparmor:"}) {
      if (option.starts_with(key) && fact.apparmor.empty())
        fact.apparmor = option.substr(key.size());
    }
  }
}

// The parts of an OCI runtime spec (config.json, crictl's runtimeSpec, nerdctl's native Spec).
void take_spec(const Json& spec, ContainerFact& fact) {
  const Json& process = at(spec, "process");
  if (fact.process_label.empty()) fact.process_label = text(at(process, "selinuxLabel"));
  if (fact.apparmor.empty()) fact.apparmor = text(at(process, "apparmorProfile"));
  if (const Json& nnp = at(process, "noNewPrivileges"); nnp.is_boolean() && nnp.get<bool>())
    fact.no_new_privs = true;
  const Json& args = at(process, "args");
  if (fact.command.empty() && args.is_array() && !args.empty()) fact.command = text(args[0]);
  if (fact.cgroup.empty()) fact.cgroup = text(at(spec, "linux", "cgroupsPath"));
  const Json& annotations = at(spec, "annotations");
  if (annotations.is_object()) {
    take_kubernetes_labels(annotations, fact);
    const std::string name = text(at(annotations, "io.kubernetes.cri.container-name"));
    if (!name.empty()) fact.name = name;
    if (fact.pod_uid.empty()) fact.pod_uid = text(at(annotations, "io.kubernetes.cri.sandbox-uid"));
    if (fact.pod.empty()) {
      const std::string pod = text(at(annotations, "io.kubernetes.cri.sandbox-name")),
                        space = text(at(annotations, "io.kubernetes.cri.sandbox-namespace"));
      if (!pod.empty()) fact.pod = space.empty() ? pod : space + "/" + pod;
    }
    if (fact.image.empty())
      fact.image = first_text({&at(annotations, "io.kubernetes.cri.image-name"),
                               &at(annotations, "io.kubernetes.cri-o.ImageName")});
  }
  const bool no_seccomp = at(spec, "linux").is_object() && process.is_object() &&
                          !at(spec, "linux", "seccomp").is_object();
  if (fact.seccomp.empty() && no_seccomp) fact.seccomp = "unconfined";
}

// The id that a control group's path ends in.
std::string id_from_cgroup(const std::string& path) {
  const auto place = parse_cgroup_path(path);
  return place && place->kind == CgroupPlace::Kind::Container ? place->id : std::string();
}

// docker, podman, nerdctl: {"Id", "State": {"Pid", …}, …}; Docker's own config.v2.json says ID.
ContainerFact from_engine(const Json& value) {
  ContainerFact fact;
  const Json &state = at(value, "State"), &host = at(value, "HostConfig"),
             &config = at(value, "Config");
  const bool podman = state.contains("ConmonPid") || state.contains("OciVersion") ||
                      value.contains("OCIConfigPath") || value.contains("BoundingCaps");
  fact.engine = podman ? "podman" : "docker";
  fact.id = first_text({&at(value, "Id"), &at(value, "ID")});
  fact.name = text(at(value, "Name"));
  if (fact.name.starts_with('/')) fact.name.erase(0, 1);
  fact.image = first_text({&at(value, "ImageName"), &at(config, "Image"), &at(value, "Image")});
  fact.pid = pid(at(state, "Pid"));
  fact.monitor_pid = pid(at(state, "ConmonPid"));
  fact.started_ns = time(at(state, "StartedAt"));
  fact.finished_ns = time(at(state, "FinishedAt"));
  // A container that was started again keeps the time of its former end.
  if (fact.finished_ns && fact.started_ns && *fact.finished_ns < *fact.started_ns)
    fact.finished_ns.reset();
  fact.cgroup = first_text({&at(state, "CgroupPath"), &at(value, "CgroupPath")});
  fact.process_label = text(at(value, "ProcessLabel"));
  fact.apparmor = text(at(value, "AppArmorProfile"));
  fact.command = text(at(value, "Path"));
  fact.pod = text(at(value, "Pod"));
  fact.privileged = at(host, "Privileged") == true;
  fact.cap_add = texts(at(host, "CapAdd"));
  fact.cap_drop = texts(at(host, "CapDrop"));
  fact.held_caps = texts(at(value, "BoundingCaps"));
  fact.oci_runtime = first_text({&at(value, "OCIRuntime"), &at(host, "Runtime")});
  const std::string pid_file =
      text(at(state, "PidFile")).empty() ? text(at(value, "PidFile")) : text(at(state, "PidFile"));
  // Both engines keep a rootless container's state in the user's own folders.
  const std::string hosts = text(at(value, "HostsPath"));
  fact.in_user_namespace = at(host, "IDMappings").is_object() ||
                           pid_file.starts_with("/run/user/") || hosts.starts_with("/run/user/") ||
                           hosts.find("/.local/share/") != std::string::npos;
  take_security_options(at(host, "SecurityOpt"), fact);
  take_kubernetes_labels(at(config, "Labels"), fact);
  return fact;
}

// crictl inspect and inspectp.
ContainerFact from_cri(const Json& value) {
  ContainerFact fact;
  const Json &status = at(value, "status"), &info = at(value, "info");
  const Json& metadata = at(status, "metadata");
  fact.id = text(at(status, "id"));
  fact.engine = "kubernetes";
  take_spec(at(info, "runtimeSpec"), fact);
  take_kubernetes_labels(at(status, "labels"), fact);
  if (!text(at(metadata, "uid")).empty()) {  // a sandbox: its metadata are the pod's
    const std::string space = text(at(metadata, "namespace"));
    fact.pod =
        space.empty() ? text(at(metadata, "name")) : space + "/" + text(at(metadata, "name"));
    fact.pod_uid = text(at(metadata, "uid"));
    fact.name = "POD";
  } else if (fact.name.empty()) {
    fact.name = text(at(metadata, "name"));
  }
  fact.image = first_text({&at(status, "image", "userSpecifiedImage"),
                           &at(status, "image", "image"), &at(info, "config", "image")});
  fact.pid = pid(at(info, "pid"));
  fact.started_ns = time(at(status, "startedAt"));
  if (!fact.started_ns) {
    fact.started_ns = time(at(status, "createdAt"));
    fact.start_is_creation = true;
  }
  fact.finished_ns = time(at(status, "finishedAt"));
  if (fact.finished_ns && fact.started_ns && *fact.finished_ns < *fact.started_ns)
    fact.finished_ns.reset();
  // containerd has it in the request that it was sent, CRI-O beside it.
  fact.privileged = at(info, "privileged") == true ||
                    at(at(info, "config", "linux"), "security_context", "privileged") == true;
  return fact;
}

// `nerdctl inspect --mode=native`, `ctr container info`.
ContainerFact from_containerd(const Json& value) {
  ContainerFact fact;
  fact.engine = "containerd";
  fact.id = text(at(value, "ID"));
  fact.image = text(at(value, "Image"));
  fact.pid = pid(at(value, "Process", "Pid"));
  fact.started_ns = time(at(value, "CreatedAt"));
  fact.start_is_creation = true;
  fact.name = text(at(value, "Labels", "nerdctl/name"));
  take_spec(at(value, "Spec"), fact);
  take_kubernetes_labels(at(value, "Labels"), fact);
  return fact;
}

std::string last_folder(std::string_view path) {
  while (path.ends_with('/')) path.remove_suffix(1);
  const std::size_t slash = path.rfind('/');
  return std::string(slash == std::string_view::npos ? path : path.substr(slash + 1));
}

// `runc state`, `crun state`, and the rows of `list -f json`.
ContainerFact from_runtime(const Json& value) {
  ContainerFact fact;
  fact.engine = value.contains("systemd-scope") ? "crun" : "runc";
  fact.id = text(at(value, "id"));
  if (text(at(value, "status")) != "stopped") fact.pid = pid(at(value, "pid"));
  fact.started_ns = time(at(value, "created"));
  fact.start_is_creation = true;
  take_kubernetes_labels(at(value, "annotations"), fact);
  return fact;
}

// runc's own state.json.
ContainerFact from_state_file(const Json& value) {
  ContainerFact fact;
  fact.engine = "runc";
  fact.id = text(at(value, "id"));
  fact.pid = pid(at(value, "init_process_pid"));
  fact.start_ticks = number(at(value, "init_process_start"));
  fact.started_ns = time(at(value, "created"));
  fact.start_is_creation = true;
  const Json& config = at(value, "config");
  fact.process_label = text(at(config, "process_label"));
  fact.apparmor = text(at(config, "apparmor_profile"));
  if (config.is_object() && !at(config, "seccomp").is_object()) fact.seccomp = "unconfined";
  const Json& paths = at(value, "cgroup_paths");
  if (paths.is_object()) {
    for (const std::string_view kind : {"", "name=systemd", "pids", "memory"}) {
      if (fact.cgroup.empty()) fact.cgroup = text(at(paths, kind));
    }
  }
  return fact;
}

// crun's status file has no id: its bundle's folder, or its control group, is called like it.
ContainerFact from_crun_status(const Json& value, const std::string& source) {
  ContainerFact fact;
  fact.engine = "crun";
  fact.pid = pid(at(value, "pid"));
  fact.start_ticks = number(at(value, "process-start-time"));
  fact.started_ns = time(at(value, "created"));
  fact.start_is_creation = true;
  fact.cgroup = text(at(value, "cgroup-path"));
  fact.id = id_from_cgroup(fact.cgroup);
  // It lies at ROOT/ID/status.
  if (const std::size_t slash = source.rfind('/');
      fact.id.empty() && slash != std::string::npos && source.substr(slash + 1) == "status")
    fact.id = last_folder(source.substr(0, slash));
  if (fact.id.empty()) fact.id = last_folder(fact.cgroup);
  if (fact.id.empty()) fact.id = last_folder(text(at(value, "bundle")));
  return fact;
}

ContainerFact from_config(const Json& value) {
  ContainerFact fact;
  fact.engine = "oci";
  take_spec(value, fact);
  fact.id = id_from_cgroup(fact.cgroup);
  return fact;
}

// kubectl get pod -o json: no pids, but names for the ids.
void from_pod(const Json& value, std::vector<ContainerFact>& out) {
  const Json &metadata = at(value, "metadata"), &status = at(value, "status");
  for (const std::string_view list :
       {"containerStatuses", "initContainerStatuses", "ephemeralContainerStatuses"}) {
    const Json& statuses = at(status, list);
    if (!statuses.is_array()) continue;
    for (const Json& each : statuses) {
      ContainerFact fact;
      const std::string id = text(at(each, "containerID"));  // containerd://ID
      const std::size_t at_id = id.find("://");
      if (at_id == std::string::npos || out.size() >= kMaxContainers) continue;
      fact.id = id.substr(at_id + 3);
      fact.engine = "kubernetes";
      fact.name = text(at(each, "name"));
      fact.image = text(at(each, "image"));
      const std::string space = text(at(metadata, "namespace"));
      fact.pod = (space.empty() ? "" : space + "/") + text(at(metadata, "name"));
      fact.pod_uid = text(at(metadata, "uid"));
      fact.started_ns = time(at(at(at(each, "state"), "running"), "startedAt"));
      out.push_back(std::move(fact));
    }
  }
}

void take_value(const Json& value, const std::string& source, std::vector<ContainerFact>& out) {
  if (out.size() >= kMaxContainers || !value.is_object()) return;
  const auto add = [&](ContainerFact fact) {
    if (!fact.id.empty() || fact.pid > 0) out.push_back(std::move(fact));
  };
  if (at(value, "items").is_array()) {
    for (const Json& item : at(value, "items")) from_pod(item, out);
  } else if (text(at(value, "kind")) == "Pod") {
    from_pod(value, out);
  } else if (at(value, "State").is_object()) {
    add(from_engine(value));
  } else if (at(value, "status").is_object()) {
    add(from_cri(value));
  } else if (value.contains("Spec") || value.contains("Process")) {
    add(from_containerd(value));
  } else if (value.contains("init_process_pid")) {
    add(from_state_file(value));
  } else if (value.contains("process-start-time") ||
             (value.contains("cgroup-path") && value.contains("pid"))) {
    add(from_crun_status(value, source));
  } else if (value.contains("id") && value.contains("pid")) {
    add(from_runtime(value));
  } else if (at(value, "process").is_object()) {
    add(from_config(value));
  }
}

// The values of a text that holds several, one after the other. Looks at strings and brackets
// alone.
std::vector<std::string_view> top_level_values(std::string_view text) {
  std::vector<std::string_view> out;
  std::size_t depth = 0, start = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\')
        ++i;
      else if (c == '"')
        in_string = false;
    } else if (c == '"') {
      in_string = true;
    } else if (c == '{' || c == '[') {
      if (depth++ == 0) start = i;
    } else if ((c == '}' || c == ']') && depth > 0 && --depth == 0) {
      out.push_back(text.substr(start, i + 1 - start));
    }
  }
  if (depth > 0) out.push_back(text.substr(start));
  return out;
}

Problem problem(const std::string& source, std::string text) {
  Problem out;
  out.file = source;
  out.text = std::move(text);
  out.hint =
      "the output of docker, podman, nerdctl or crictl inspect, of `runc list -f json` or `runc "
      "state`, or a runtime's state "
      "file is wanted";
  return out;
}

bool two_digits(std::string_view text, std::size_t at, int& value) {
  if (at + 2 > text.size() || text[at] < '0' || text[at] > '9' || text[at + 1] < '0' ||
      text[at + 1] > '9')
    return false;
  value = (text[at] - '0') * 10 + (text[at + 1] - '0');
  return true;
}

// `Z`, `+02:00`, `+0200`, ` +0200 CEST`: seconds east of UTC. Nothing when it is none of these.
std::optional<int> zone_of(std::string_view text) {
  text = trim(text);
  if (text.empty() || text.starts_with('Z') || text.starts_with("UTC")) return 0;
  int hours = 0, minutes = 0;
  if ((text[0] != '+' && text[0] != '-') || !two_digits(text, 1, hours)) return std::nullopt;
  const std::size_t minute_at = text.size() > 3 && text[3] == ':' ? 4 : 3;
  if (!two_digits(text, minute_at, minutes)) return std::nullopt;
  return (text[0] == '-' ? -1 : 1) * (hours * 3600 + minutes * 60);
}

}  // namespace

std::optional<std::int64_t> parse_timestamp(std::string_view text) {
  int century = 0, rest = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0;
  const bool digits = two_digits(text, 0, century) && two_digits(text, 2, rest) &&
                      two_digits(text, 5, month) && two_digits(text, 8, day) &&
                      two_digits(text, 11, hour) && two_digits(text, 14, minute) &&
                      two_digits(text, 17, second);
  if (!digits || text[4] != '-' || text[7] != '-' ||
      (text[10] != 'T' && text[10] != ' ' && text[10] != 't') || text[13] != ':' || text[16] != ':')
    return std::nullopt;
  const int year = century * 100 + rest;
  if (year < 1970 || year > 2200 || month < 1 || month > 12 || day < 1 || day > 31 || hour > 23 ||
      minute > 59 || second > 60)
    return std::nullopt;
  std::int64_t fraction = 0, scale = 1'000'000'000;
  std::size_t i = 19;
  if (i < text.size() && text[i] == '.') {
    for (++i; i < text.size() && text[i] >= '0' && text[i] <= '9'; ++i) {
      if (scale > 1) fraction += (text[i] - '0') * (scale /= 10);
    }
  }
  const auto zone = zone_of(text.substr(i));
  if (!zone) return std::nullopt;
  const std::int64_t days =
      std::chrono::sys_days(std::chrono::year(year) / month / day).time_since_epoch().count();
  return (days * 86400 + hour * 3600 + minute * 60 + second - *zone) * 1'000'000'000 + fraction;
}

Result<void> read_inspect(std::string_view text, const std::string& source, SideFacts& facts) {
  std::vector<ContainerFact> found;
  bool any = false, broken = false;
  for (const std::string_view piece : top_level_values(text)) {
    const Json value = Json::parse(piece, nullptr, false);
    if (value.is_discarded()) {
      broken = true;
      continue;
    }
    any = true;
    if (value.is_array()) {
      for (const Json& each : value) take_value(each, source, found);
    } else {
      take_value(value, source, found);
    }
  }
  for (ContainerFact& fact : found) {
    fact.source = source;
    if (fact.cgroup.empty() || !fact.id.empty()) continue;
    fact.id = id_from_cgroup(fact.cgroup);
  }
  const bool none = found.empty();
  std::move(found.begin(), found.end(), std::back_inserter(facts.containers));
  if (!any) return fail(problem(source, broken ? "is not whole JSON" : "holds no JSON"));
  if (broken) return fail(problem(source, "is cut off, or damaged JSON stands in it"));
  if (none && text.find_first_not_of("[] \t\r\n") != std::string_view::npos)
    return fail(problem(source, "describes no container"));
  return {};
}

}  // namespace medic::attribute
