// A twin of a profile that logs what the original denies, in the author's own text and reversible
// to the byte; and how to collect with it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "policy/evaluate.h"

namespace medic::profile {

// Log: what would be denied runs and is logged. FlagOnly: it stays denied, and the kernel is asked
// to log it (SECCOMP_FILTER_FLAG_LOG).
enum class ComplainMode : std::uint8_t { Log, FlagOnly };

struct Complaint {
  std::string text;                // of the twin
  std::vector<std::string> notes;  // what it does otherwise than one might expect, a sentence each
};

// What was there stays beside what replaces it, under keys that engines and runtimes ignore
// ("x-complain-…"): that is how undo_complain finds its way back, whatever else has been edited
// meanwhile. Rules that answer ENOSYS on purpose stay: programs fall back then, as they will under
// the original. Fails on a profile that the runtime refuses, that is such a twin already, that
// denies nothing, or that has no default action.
Result<Complaint> complain(const Profile& profile, const Context& context, ComplainMode mode);

// The original's text. Fails when the profile is no twin.
Result<std::string> undo_complain(const Profile& twin);

// The exact commands to run with the twin and to collect, under Docker, Podman and Kubernetes;
// `file` is the twin's path.
std::string collecting_text(std::string_view file, ComplainMode mode);

}  // namespace medic::profile
