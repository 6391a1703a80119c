// What a Kubernetes workload or a compose file says of the filters of its containers: which
// profile, which capabilities.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace medic::profile {

enum class WorkloadKind : std::uint8_t { Kubernetes, Compose };

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
};

struct Workload {
  WorkloadKind kind = WorkloadKind::Kubernetes;
  std::vector<WorkloadContainer> containers;
};

// Pods, and what makes pods (Deployment, DaemonSet, StatefulSet, Job, CronJob, List); services of a
// compose file. YAML or JSON, several documents.
bool looks_like_workload(std::string_view text);
// Fails where it is no YAML, with the place.
Result<Workload> read_workload(const std::string& text, const std::string& path);

}  // namespace medic::profile
