// What a Kubernetes workload or a compose file says of the filters of its containers: which
// profile, which capabilities.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace medic::profile {

enum class WorkloadKind : std::uint8_t { Kubernetes, Compose, Quadlet };

struct WorkloadContainer {
  enum class Seccomp : std::uint8_t { Default, Unconfined, File };
  std::string name;
  Seccomp seccomp = Seccomp::Default;
  bool was_said = false;  // false: nothing asks for a profile; Kubernetes then runs it unconfined,
                          // unless the kubelet is set otherwise
  std::string file;       // of File: as written
  bool privileged = false;
  std::vector<std::string> cap_add, cap_drop;
  std::uint64_t line = 0;  // where the container stands
  // Of Kubernetes: the object, the keys that lead from it to the pod's spec, and the list there.
  std::string own_name, object_api, object_kind, object_name, list;
  std::vector<std::string> spec_path;
};

struct Workload {
  WorkloadKind kind = WorkloadKind::Kubernetes;
  std::vector<WorkloadContainer> containers;
};

// Pods, and what makes pods (Deployment, DaemonSet, StatefulSet, Job, CronJob, List); services of a
// compose file, in YAML or JSON, several documents; Podman's quadlets (podman-systemd.unit(5)).
bool looks_like_workload(std::string_view text);
// Fails where it is no YAML, with the place.
Result<Workload> read_workload(const std::string& text, const std::string& path);

// What makes the workload's containers run under the profile in this file: a strategic merge patch
// an object, a compose file to lay over, a quadlet's drop-in. Containers that name a file of their
// own already are left out.
std::string workload_patch(const Workload& workload, const std::string& profile_file);

}  // namespace medic::profile
