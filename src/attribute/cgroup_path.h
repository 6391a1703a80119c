// What a control group's path says of the container in it, in the forms of all engines, cgroup v1
// and v2.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace medic::attribute {

struct CgroupPlace {
  enum class Kind : unsigned char {
    Container,
    Helper,  // conmon and the like: of the container id, but outside it
    Pod,     // in a pod, of no container of it that is known (the pause container's parent)
    Unit     // a systemd unit of the host
  };
  Kind kind = Kind::Unit;
  std::string engine;    // docker, podman, containerd, cri-o, nerdctl, lxc, systemd-nspawn,
                         // kubernetes (engine not known), systemd, …
  std::string id;        // 64 hex digits, or a name for LXC and nspawn
  std::string outer_id;  // of a container in a container: the next outer one
  std::string pod_uid;   // dashes restored
  std::string qos;       // guaranteed, burstable, besteffort; empty outside Kubernetes
  std::string unit;      // the last unit on the path
  bool rootless = false;
};

// Takes a path as /proc/PID/cgroup, journald and engines write it, also whole lines (`0::/…`,
// `5:pids:/…`). Nothing for `/`, for a path of slices alone, and for what no engine writes. The
// innermost container counts.
std::optional<CgroupPlace> parse_cgroup_path(std::string_view text);

// Of the lines of a /proc/PID/cgroup the path that says most: of a container before that of a unit;
// nothing when all are empty.
std::string_view best_cgroup_line(std::string_view lines);

}  // namespace medic::attribute
