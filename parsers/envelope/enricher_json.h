// The Security Profiles Operator's JSON enricher: one object per process, with the names of the calls that seccomp logged.
#pragma once

#include <string>
#include <vector>

#include "parsers/envelope/peeled.h"

namespace medic::parsers::envelope {

struct EnrichedProcess {
  Peeled task;
  std::vector<std::string> syscalls;
};
Peeling peel_enricher(std::string_view text, EnrichedProcess& out);

}  // namespace medic::parsers::envelope
