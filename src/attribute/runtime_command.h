// What the command line of a container runtime, or of its helper, says: which container it starts,
// and how.
#pragma once

#include <string>
#include <string_view>

namespace medic::attribute {

struct RuntimeCommand {
  enum class Role : unsigned char {
    None,     // no runtime
    Start,    // runc create, runc run, crun run, lxc-start: its child is the container's first
              // process
    Exec,     // runc exec: its child is one more process of a container that runs
    Init,     // runc init: inside already, on its way to the program
    Monitor,  // conmon: parent of a container's first process, and of what is executed into it
    Shim,     // containerd-shim: of one container, or of all those of a pod
    Release   // runc start: lets the first process of a container that was created execute its
              // program
  };
  Role role = Role::None;
  std::string engine;  // runc, crun, conmon, …
  std::string id;      // the container, as the command line names it; maybe cut short
  std::string name;
  bool pod = false;  // id is a pod's sandbox
};

// args: the words of the command line, a NUL between two. exe may be empty. Never fails:
// Role::None.
RuntimeCommand read_runtime_command(std::string_view exe, std::string_view args);

// Is this the name of a runtime, before any argument is looked at? For comm, which the kernel cuts
// to 15 bytes.
bool is_runtime_name(std::string_view name);
// runc:[2:INIT] and its stages.
bool is_runtime_init_comm(std::string_view comm);

// Can a runtime's own process have this executable? comm is any process's to choose (prctl
// PR_SET_NAME), the executable is not. From within the container's root a runtime's file is `/`, as
// it lies outside; a sealed copy is a memfd. Empty: not known.
bool may_be_runtime_exe(std::string_view exe);

}  // namespace medic::attribute
