// Can a container start under a profile at all? The runtime itself makes calls behind the filter
// that it has loaded.
#pragma once

#include <string>
#include <vector>

#include "policy/evaluate.h"

namespace medic::profile {

// Names of calls without which the context's runtime cannot start a container, and which the
// profile denies for certain.
struct RuntimeLack {
  std::vector<std::string> always;
  std::vector<std::string>
      unless_nnp;  // and these too, unless no_new_privs is set: the filter is loaded earlier then
};
// Nothing lacks where the context names no runtime, or where the profile is no filter.
RuntimeLack runtime_lack(const Evaluator& evaluator, const Context& context);

}  // namespace medic::profile
