// Who called it: the code behind a denied call, from what strace and audit wrote of it. The stacks
// were recorded with strace 6.1.
#include "callers.h"

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>

#include "elf/read_image.h"
#include "io/reader.h"

using namespace medic;

namespace {

// The notes of the first finding of that call.
std::string notes_of(const std::string& text, std::string_view call,
                     const CallerSources& sources = {}) {
  const std::string path = fmt::format("/tmp/medic-callers-{}.log", getpid());
  std::ofstream(path) << text;
  Request request;
  request.read.inputs = {path};
  request.read.threads = 1;
  request.read.arch = request.filter.arch = kernel::Arch::X86_64;
  const auto analysis = walk(request);
  REQUIRE(analysis);
  REQUIRE(name_callers(sources, (*analysis)->diagnosis));
  std::remove(path.c_str());
  std::string out;
  for (const diagnose::Finding& finding : (*analysis)->diagnosis.findings) {
    if (!out.empty() || kernel::name_of(finding.syscall.name) != call) continue;
    for (const std::string& note : finding.notes) out += note + "\n";
  }
  return out;
}

bool holds(const std::string& text, std::string_view part) {
  CAPTURE(text);
  CAPTURE(part);
  const bool found = text.find(part) != std::string::npos;
  CHECK(found);
  return found;
}

std::uint64_t entry_of_bare() {
  const auto bytes = io::read_file(MEDIC_ELF_BARE, elf::kMaxFileBytes);
  REQUIRE(bytes);
  const auto image = elf::read_image(*bytes, "bare");
  REQUIRE(image);
  REQUIRE_FALSE(image->position_independent);
  return image->entry;
}

std::string record(std::string_view exe, std::uint64_t ip) {
  return fmt::format(
      "type=SECCOMP msg=audit(1795318667.001:25486): auid=4242 uid=1001 gid=1001 ses=30 pid=3844 "
      "comm=\"app\" exe=\"{}\" sig=31 arch=c000003e syscall=83 compat=0 ip={:#x} "
      "code=0x80000000\n",
      exe, ip);
}

constexpr std::string_view kStack =
    "31220 execve(\"/srv/app\", [\"/srv/app\"], 0x7ffe /* 9 vars */) = 0\n"
    "31220 seccomp(SECCOMP_SET_MODE_FILTER, 0, {len=9, filter=0x55}) = 0\n"
    "31220 mkdir(\"/srv/kk\", 0700)     = -1 EPERM (Operation not permitted)\n"
    " > /usr/lib/x86_64-linux-gnu/libc.so.6(mkdir+0x7) [0xf7f37]\n"
    " > /srv/app(save_file+0xe) [0x1147] app.c:3\n"
    " > /srv/app() [0x115c]\n"
    "31220 exit_group(0)                     = ?\n";

}  // namespace

TEST_CASE("The stack of strace -k names the callers, innermost first") {
  const std::string notes = notes_of(std::string(kStack), "mkdir");
  holds(notes,
        "Called by libc.so.6!mkdir+0x7 ← app!save_file+0xe (app.c:3) ← app!(file offset 0x115c)");
}

TEST_CASE("A record's address is named by a program at a fixed address, and by no other") {
  const std::uint64_t entry = entry_of_bare();
  const std::string bare = MEDIC_ELF_BARE;
  CallerSources sources;
  sources.elf = {bare};
  holds(notes_of(record("/srv/elf_bare", entry), "mkdir", sources),
        "Called at elf_bare!_start+0x0.");
  holds(notes_of(record("/srv/other", entry), "mkdir", sources),
        "--elf FILE, the program /srv/other, may name the place");
  holds(notes_of(record("/srv/elf_bare", 0x10), "mkdir", sources), "which is unknown");
  // This test's own program is position-independent.
  const std::string self = std::filesystem::read_symlink("/proc/self/exe").string();
  sources.elf = {self};
  holds(notes_of(record(self, 0x55d000001147), "mkdir", sources), "is position-independent code");
}

TEST_CASE("Where the trace has the mmap lines, the place is computed from them") {
  const std::string text =
      "7 [00007f50be09c60e] openat(AT_FDCWD, \"/lib/libx.so.1\", O_RDONLY|O_CLOEXEC) = 3\n"
      "7 [00007f50be0a1c77] mmap(0x7f50bde90000, 4096, PROT_READ|PROT_EXEC, "
      "MAP_PRIVATE|MAP_FIXED|MAP_DENYWRITE, 3, 0x26000) = 0x7f50bde90000\n"
      "7 [00007f50be092f59] seccomp(SECCOMP_SET_MODE_FILTER, 0, {len=9, filter=0x55}) = 0\n"
      "7 [00007f50bde90f37] mkdir(\"/srv/kk\", 0700) = -1 EPERM (Operation not permitted)\n"
      "7 [00007f50bdf5d409] rmdir(\"/srv/kk\") = -1 EPERM (Operation not permitted)\n"
      "7 [00007f50bdf5d409] exit_group(0)  = ?\n";
  holds(notes_of(text, "mkdir"), "Called at libx.so.1!(file offset 0x26f37).");
  holds(notes_of(text, "rmdir"), "Called at 0x7f50bdf5d409");
}

TEST_CASE("A log without addresses and stacks is said not to tell") {
  holds(notes_of("7 seccomp(SECCOMP_SET_MODE_FILTER, 0, {len=9, filter=0x55}) = 0\n"
                 "7 mkdir(\"/srv/kk\", 0700) = -1 EPERM (Operation not permitted)\n"
                 "7 exit_group(0)  = ?\n",
                 "mkdir"),
        "strace -f -k");
}

TEST_CASE("What is no ELF file is an error with its name") {
  CallerSources sources;
  sources.elf = {MEDIC_SOURCE_DIR "/README.md"};
  diagnose::Diagnosis diagnosis;
  const auto named = name_callers(sources, diagnosis);
  REQUIRE_FALSE(named);
  CHECK(named.error().text.find("ELF") != std::string::npos);
}
