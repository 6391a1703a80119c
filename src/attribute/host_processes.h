// A trace of a host (strace of containerd, `podman run`, …) shows engines, shims and runtimes
// beside the containers: what no container's filter sees is not a container's.
#pragma once

#include "attribute/process_table.h"

namespace medic::attribute {

// Sets Process::is_hosts for the processes of each input that shows a runtime loading a container's
// filter, where nothing says that the process is under one. Where a filter was loaded later, or is
// inherited, the phase of each call decides. An input that shows no such loading is left alone: it
// may be a trace from within.
void mark_host_processes(ProcessTable& table);

}  // namespace medic::attribute
