// strace of a host's engine: what no container's filter sees is no container's.
#include <doctest/doctest.h>

#include <cstdio>
#include <fstream>
#include <set>

#include "analysis.h"

using namespace medic;

namespace {

// runc's way, as `strace -f containerd` writes it; the program executed at last is told.
std::string engine_trace(bool loads_filter) {
  std::string out =
      "90 execve(\"/usr/bin/containerd-shim-runc-v2\", [\"containerd-shim-runc-v2\", "
      "\"-namespace\", \"moby\"], 0x7ffe) = 0\n"
      "90 mount(\"overlay\", \"/run/rootfs\", \"overlay\", 0, NULL) = 0\n"
      "90 clone(child_stack=NULL, flags=CLONE_VM|CLONE_VFORK|SIGCHLD) = 91\n"
      "91 execve(\"/usr/sbin/runc\", [\"runc\", \"--root\", \"/run/r\", \"create\", \"--bundle\", "
      "\"/b\", \"c1\"], 0x7ffe) = 0\n"
      "91 clone(child_stack=NULL, flags=CLONE_VM|CLONE_VFORK|SIGCHLD) = 92\n"
      "92 execve(\"/proc/self/exe\", [\"runc\", \"init\"], 0x7ffe) = 0\n"
      "92 unshare(CLONE_NEWNS|CLONE_NEWPID) = 0\n"
      "92 clone(child_stack=0x7ffe, flags=CLONE_PARENT|SIGCHLD) = 93\n"
      "93 pivot_root(\".\", \".\") = 0\n";
  if (loads_filter)
    out += "93 prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, {len=9, filter=0xc000}) = 0\n";
  return out +
         "93 setgroups(0, NULL) = 0\n"
         "93 execve(\"/bin/sh\", [\"sh\"], 0xc000) = 0\n"
         "93 clone(child_stack=NULL, flags=CLONE_CHILD_SETTID|SIGCHLD) = 94\n"
         "94 execve(\"/bin/mkdir\", [\"mkdir\", \"/a\"], 0x7ffe) = 0\n"
         "94 mkdir(\"/a\", 0777) = 0\n"
         "90 umount2(\"/run/rootfs\", MNT_DETACH) = 0\n"
         "90 chroot(\"/run\") = -1 EPERM (Operation not permitted)\n";
}

struct Walked {
  std::set<std::string_view> calls;  // those that a filter saw
  std::string notes;
};

Walked walked(const std::string& text, std::size_t block) {
  const std::string path = "/tmp/medic-host-trace.strace";
  std::ofstream(path) << text;
  Request request;
  request.read.inputs = {path};
  request.read.block_bytes = block;
  const auto analysis = walk(request);
  std::remove(path.c_str());
  REQUIRE(analysis);
  Walked out;
  const ledger::Ledger& ledger = (*analysis)->read->ledger;
  for (const ledger::Observation& each : ledger.observations()) {
    if (!diagnose::is_before_filter(ledger, each))
      out.calls.insert(kernel::name_of(each.key().syscall.name));
  }
  for (const Problem& each : (*analysis)->problems) out.notes += each.text + "\n";
  return out;
}

}  // namespace

TEST_CASE("A host's trace: only what a container's filter sees is the container's") {
  for (const std::size_t block : {std::size_t{1} << 20, std::size_t{200}}) {
    CAPTURE(block);
    const Walked host = walked(engine_trace(true), block);
    CHECK(host.calls == std::set<std::string_view>{"setgroups", "execve", "clone", "mkdir"});
    CHECK(host.notes.find("containerd-shim") != std::string::npos);
    CHECK(host.notes.find("chroot of containerd-shim") != std::string::npos);
  }
}

TEST_CASE("Where no runtime is seen to load a filter, nothing is left out") {
  const Walked unconfined = walked(engine_trace(false), std::size_t{1} << 20);
  CHECK(unconfined.calls.contains("mount"));
  CHECK(unconfined.calls.contains("mkdir"));
  CHECK(unconfined.notes.empty());
  // A program's own sandbox makes no host of the machine that it runs on.
  const Walked sandbox = walked(
      "7 execve(\"/usr/bin/browser\", [\"browser\"], 0x7ffe) = 0\n"
      "7 mkdir(\"/a\", 0777) = 0\n"
      "7 clone(child_stack=NULL, flags=CLONE_CHILD_SETTID|SIGCHLD) = 8\n"
      "8 seccomp(SECCOMP_SET_MODE_FILTER, 0, {len=9, filter=0x7ffe}) = 0\n"
      "8 rmdir(\"/a\") = 0\n",
      std::size_t{1} << 20);
  CHECK(sandbox.calls.contains("mkdir"));
}
