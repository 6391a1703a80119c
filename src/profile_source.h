// A profile by whatever a user has: the name of a built-in, or a file in any format that is read.
#pragma once

#include <string>

#include "kernel/arch.h"
#include "profile/profile.h"

namespace medic {

// `name` is one of
//   docker, docker@27, podman@4.3, containerd, k8s, cri-o …   an engine's default profile
//   (policy/default_profiles.h) systemd:@system-service                                   one of
//   systemd's groups, or several with spaces or commas between unconfined no filter a file, at most
//   16 MiB, or - for standard input           in any format of convert/, a workload, an inspect
//   output
// Built-in names win over files; `./docker` is the file. A unit file's drop-ins (UNIT.d/*.conf) are
// read with it. `arch` is the machine, for the formats that do not name one; Unknown stands for
// x86_64. What was taken, where the name or the file leaves it open, becomes a note. Fails on what
// is a log, with the command that was meant.
Result<profile::Profile> load_profile(const std::string& name, Problems& notes,
                                      kernel::Arch arch = kernel::Arch::Unknown);

// What kind of profile this file holds, for messages: "docker", "systemd", "workload"; empty where
// it is none, or no regular file of at most 1 MiB.
std::string profile_kind_of_file(const std::string& path);

// Does the name stand for a built-in? Nothing is opened.
bool is_built_in(const std::string& name);

// Does this text, a file's beginning, look like a log rather than a profile? The reason as a
// clause; empty: it does not.
std::string looks_like_log(std::string_view text);

}  // namespace medic
