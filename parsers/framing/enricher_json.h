// The Security Profiles Operator's JSON enricher: one object per process, with the names of the
// calls that seccomp logged.
#pragma once

#include <string>
#include <vector>

#include "parsers/framing/unwrapped.h"

namespace medic::parsers::framing {

struct EnrichedProcess {
  Unwrapped task;
  std::vector<std::string> syscalls;
};
Unwraping unwrap_enricher(std::string_view text, EnrichedProcess& out);

}  // namespace medic::parsers::framing
