#include "attribute/runtime_command.h"

#include <doctest/doctest.h>

#include <algorithm>

using namespace medic::attribute;

namespace {

// A blank stands for the NUL between words.
std::string given(std::string_view exe, std::string line) {
  std::replace(line.begin(), line.end(), ' ', '\0');
  const RuntimeCommand command = read_runtime_command(exe, line);
  static constexpr const char* kRoles[] = {"none",    "start", "exec",   "init",
                                           "monitor", "shim",  "release"};
  std::string out = kRoles[static_cast<int>(command.role)];
  if (command.role == RuntimeCommand::Role::None) return out;
  out += " " + command.engine + " " + command.id;
  if (!command.name.empty()) out += " " + command.name;
  return command.pod ? out + " pod" : out;
}

}  // namespace

TEST_CASE("A runtime's command line names its container") {
  struct Row {
    const char *exe, *line, *expected;
  };
  for (const Row& row : std::initializer_list<Row>{
           {"/usr/sbin/runc", "runc run web", "start runc web"},
           {"/usr/sbin/runc", "runc --root /run/r run --bundle /b --pid-file /p web",
            "start runc web"},
           {"/usr/bin/runc",
            "runc --root=/run/r --log /l --log-format json create --bundle /b --console-socket /s "
            "web",
            "start runc web"},
           {"/usr/bin/runc",
            "runc --systemd-cgroup --root /r exec --process /tmp/p --detach --pid-file /x web",
            "exec runc web"},
           {"/usr/bin/crun",
            "/usr/bin/crun --systemd-cgroup --root=/run/crun create --bundle /b web",
            "start crun web"},
           {"/usr/bin/crun", "crun exec -u 0:0 web sh", "exec crun web"},
           {"/memfd:runc_cloned:/proc/self/exe", "runc init", "init runc "},
           {"/proc/self/exe", "runc init", "init runc "},
           {"/usr/bin/runc", "runc start web", "release runc web"},
           {"/usr/bin/runc", "runc state web", "none"},
           {"/usr/bin/runc", "runc", "none"},
           {"/usr/bin/runc", "", "none"},
           {"/usr/bin/conmon",
            "/usr/bin/conmon --api-version 1 -c abc -u abc -r /usr/bin/crun -n web -p /run/pid",
            "monitor conmon abc web"},
           {"/usr/bin/conmon", "conmon --cid=abc --name=web", "monitor conmon abc web"},
           {"/usr/bin/containerd-shim-runc-v2",
            "/usr/bin/containerd-shim-runc-v2 -namespace moby -id abc -address /run/c.sock",
            "shim containerd-shim abc"},
           {"/usr/bin/containerd-shim-runc-v2",
            "/usr/bin/containerd-shim-runc-v2 -namespace k8s.io -id abc",
            "shim containerd-shim abc pod"},
           {"/usr/bin/lxc-start", "lxc-start -d -n web", "start lxc web"},
           {"/usr/bin/systemd-nspawn", "systemd-nspawn --machine=web -D /srv",
            "start systemd-nspawn web"},
           {"/usr/bin/grep", "grep runc run web", "none"},
           {"", "", "none"},
       }) {
    CAPTURE(row.line);
    CHECK(given(row.exe, row.line) == row.expected);
  }
}

TEST_CASE("Names of runtimes, as comm has them") {
  CHECK(is_runtime_name("runc"));
  CHECK(is_runtime_name("runc:[2:INIT]"));
  CHECK(is_runtime_name("containerd-shim"));
  CHECK(is_runtime_name("memfd:crun_clon"));  // its sealed copy of itself, of a user without root
  CHECK_FALSE(is_runtime_name("sh"));
  CHECK_FALSE(is_runtime_name("runcible"));
}
