// "Worked until the upgrade": each story that everybody met, foretold from the trace of the day
// before. The lines are strace's own, of glibc 2.36 and musl 1.2.3 programs where those make the
// call; older libcs' lines differ in the name alone.
#include "what_if.h"

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>

#include "base/text.h"
#include "libseccomp/judge.h"

using namespace medic;

namespace {

constexpr std::string_view kStart =
    "12 execve(\"/bin/app\", [\"app\"], 0x7ffe /* 1 var */) = 0\n"
    "12 openat(AT_FDCWD, \"/etc/passwd\", O_RDONLY) = 3\n"
    "12 newfstatat(3, \"\", {st_mode=S_IFREG|0644, st_size=9, ...}, AT_EMPTY_PATH) = 0\n"
    "12 fstat(3, {st_mode=S_IFREG|0644, st_size=9, ...}) = 0\n"
    "12 read(3, \"x\", 4096) = 1\n"
    "12 exit_group(0) = ?\n";
constexpr std::string_view kThread =
    "12 clone(child_stack=0x7f1b, flags=CLONE_VM|CLONE_FS|CLONE_FILES|CLONE_SIGHAND|CLONE_THREAD|"
    "CLONE_SYSVSEM|CLONE_SETTLS|CLONE_PARENT_SETTID|CLONE_CHILD_CLEARTID, parent_tid=[13], "
    "tls=0x7f1b, child_tidptr=0x7f1b) = 13\n";
constexpr std::string_view kFork =
    "12 clone(child_stack=NULL, flags=CLONE_CHILD_CLEARTID|CLONE_CHILD_SETTID|SIGCHLD, "
    "child_tidptr=0x7f1b) = 13\n";

struct Case {
  std::string lines, profile;
  std::string_view libc = "";
  std::string_view kernel = "", libseccomp = "", runtime = "";
  std::optional<kernel::LibcVersion> runc = std::nullopt;
  kernel::Arch arch = kernel::Arch::X86_64;
};

// A profile in Docker's form: what is permitted, and the rules beside.
std::string profile_of(std::string_view permitted, std::string_view rules = "",
                       std::string_view action = "SCMP_ACT_ERRNO") {
  std::string names;
  for (const std::string_view name : split(permitted, ' '))
    names += fmt::format("{}\"{}\"", names.empty() ? "" : ",", name);
  return fmt::format(
      R"({{"defaultAction":"{}","architectures":["SCMP_ARCH_X86_64","SCMP_ARCH_X86"],"syscalls":[)"
      R"({{"names":[{}],"action":"SCMP_ACT_ALLOW"}}{}]}})",
      action, names, rules);
}

constexpr std::string_view kBase =
    "access arch_prctl brk capget capset chdir close execve exit_group faccessat fchmodat fcntl "
    "fstat fstatfs futex getcwd getdents64 getppid getrandom mmap mprotect munmap newfstatat "
    "openat pread64 prctl prlimit64 read set_robust_list set_tid_address setgid setgroups setuid "
    "write rt_sigaction rt_sigprocmask clone chmod";

class Temporary {
 public:
  Temporary(const std::string& suffix, std::string_view text)
      : path_(fmt::format("/tmp/medic-what-if-{}{}", getpid(), suffix)) {
    std::ofstream(path_) << text;
  }
  ~Temporary() { std::remove(path_.c_str()); }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

report::WhatIfReport foreseen(const Case& c) {
  const Temporary log(".strace", std::string(kStart) + c.lines), profile(".json", c.profile);
  Request request;
  request.read.inputs = {log.path()};
  request.read.threads = 1;
  request.read.arch = request.filter.arch = c.arch;
  request.profile_path = profile.path();
  request.findings = false;
  request.context.judge = &profile::installed_libseccomp();
  Tomorrow tomorrow;
  tomorrow.runtime_version = c.runc;
  if (!c.libc.empty()) {
    tomorrow.libc = kernel::parse_libc(c.libc);
    request.arguments = arguments_of(*tomorrow.libc);
  }
  const auto analysis = walk(request);
  REQUIRE(analysis);
  tomorrow.context = (*analysis)->context;
  if (!c.kernel.empty()) tomorrow.context.kernel = *kernel::parse_kernel_version(c.kernel);
  tomorrow.kernel_given = !c.kernel.empty();
  if (!c.libseccomp.empty())
    tomorrow.context.libseccomp = *kernel::parse_libseccomp_version(c.libseccomp);
  if (!c.runtime.empty()) tomorrow.context.runtime = *profile::runtime_from_text(c.runtime);
  auto report = foresee(**analysis, tomorrow);
  REQUIRE(report);
  return std::move(*report);
}

// "breaks new-call answers EPERM", or "-" where nothing is foretold of the call.
std::string fate(const report::WhatIfReport& report, std::string_view call,
                 std::string_view which = "") {
  for (const report::Foreseen& each : report.foreseen) {
    if (each.call == call && (each.kind == "runtime-start") == (which == "runtime-start"))
      return fmt::format("{} {} {}", json_name(each.effect), each.kind, each.tomorrow);
  }
  return "-";
}

const report::Foreseen& of(const report::WhatIfReport& report, std::string_view call) {
  const auto it = std::find_if(report.foreseen.begin(), report.foreseen.end(),
                               [&](const report::Foreseen& each) { return each.call == call; });
  REQUIRE(it != report.foreseen.end());
  return *it;
}

// A rule that names a call beyond the new ones: runc's own answer does not hide the default's.
const std::string kNewest = R"(,{"names":["mseal"],"action":"SCMP_ACT_ALLOW"})";

}  // namespace

TEST_CASE("clone3 with glibc 2.34: no thread starts (moby/moby 42680)") {
  const Case c{std::string(kThread), profile_of(kBase, kNewest), "glibc@2.34"};
  const auto report = foreseen(c);
  CHECK(fate(report, "clone3") == "breaks new-call answers EPERM");
  CHECK(of(report, "clone3").rule ==
        R"({"names":["clone3"],"action":"SCMP_ACT_ERRNO","errnoRet":38})");
  CHECK(of(report, "clone3").source.find("clone-internal.c") != std::string::npos);
  // Before 2.34, and for fork, which stays a clone, nothing is foretold.
  CHECK(fate(foreseen({std::string(kThread), c.profile, "glibc@2.33"}), "clone3") == "-");
  CHECK(fate(foreseen({std::string(kFork), c.profile, "glibc@2.36"}), "clone3") == "-");
  // With the fix, or where runc answers ENOSYS by itself, it is borne.
  const std::string fixed = kNewest + "," + of(report, "clone3").rule;
  CHECK(fate(foreseen({std::string(kThread), profile_of(kBase, fixed), "glibc@2.34"}), "clone3") ==
        "borne new-call answers ENOSYS");
  CHECK(fate(foreseen({std::string(kThread), profile_of(kBase), "glibc@2.34"}), "clone3") ==
        "borne new-call answers ENOSYS");
}

TEST_CASE("A killing default is not borne, whatever the libc bears") {
  const auto report = foreseen(
      {std::string(kThread), profile_of(kBase, kNewest, "SCMP_ACT_KILL_PROCESS"), "glibc@2.36"});
  CHECK(fate(report, "clone3") == "breaks new-call kills the process");
  CHECK(fate(report, "rseq") == "breaks new-call kills the process");
}

TEST_CASE("rseq with glibc 2.35 is borne where it is refused (glibc NEWS 2.35)") {
  CHECK(fate(foreseen({"", profile_of(kBase, kNewest), "glibc@2.35"}), "rseq") ==
        "borne new-call answers EPERM");
  CHECK(fate(foreseen({"", profile_of(kBase, kNewest), "glibc@2.34"}), "rseq") == "-");
}

TEST_CASE("faccessat2 with glibc 2.33 and musl 1.2.2 (systemd PR 16739, moby PR 41353)") {
  const std::string lines = "12 faccessat(AT_FDCWD, \"/etc/passwd\", R_OK) = 0\n";
  CHECK(fate(foreseen({lines, profile_of(kBase, kNewest), "glibc@2.33"}), "faccessat2") ==
        "breaks new-call answers EPERM");
  // Of musl's callers only those with flags make it, which a trace of faccessat does not show.
  CHECK(fate(foreseen({lines, profile_of(kBase, kNewest), "musl@1.2.2"}), "faccessat2") ==
        "may-break new-call answers EPERM");
  CHECK(fate(foreseen({lines, profile_of(kBase, kNewest), "musl@1.2.1"}), "faccessat2") == "-");
  CHECK(fate(foreseen({"", profile_of(kBase, kNewest), "glibc@2.33"}), "faccessat2") !=
        "breaks new-call answers EPERM");
}

TEST_CASE("fchmodat2 with glibc 2.39 and musl 1.2.5 (systemd 31469, docker-ce-packaging 1012)") {
  const std::string lines = "12 chmod(\"/proc/self/fd/3\", 0600) = 0\n";
  const std::string plain = "12 chmod(\"/srv/x\", 0600) = 0\n";
  for (const std::string_view libc : {"glibc@2.39", "musl@1.2.5"}) {
    CHECK(fate(foreseen({lines, profile_of(kBase, kNewest), libc}), "fchmodat2") ==
          "breaks new-call answers EPERM");
    CHECK(fate(foreseen({plain, profile_of(kBase, kNewest), libc}), "fchmodat2") ==
          "may-break new-call answers EPERM");
  }
  CHECK(fate(foreseen({lines, profile_of(kBase, kNewest), "glibc@2.38"}), "fchmodat2") == "-");
}

TEST_CASE("newfstatat came with glibc 2.33, and fstat went back with 2.39 (their NEWS)") {
  const std::string without_new = profile_of("execve exit_group fstat openat read close", kNewest);
  CHECK(fate(foreseen({"", without_new, "glibc@2.32"}), "fstat") == "-");
  const std::string without_fstat =
      profile_of("execve exit_group newfstatat openat read close", kNewest);
  // The trace's own fstat is denied by either; what newfstatat becomes is foretold for 2.39 alone.
  const std::string lines = "12 newfstatat(AT_FDCWD, \"/\", {st_mode=S_IFDIR|0755}, 0) = 0\n";
  CHECK(fate(foreseen({lines, without_fstat, "glibc@2.41"}), "fstat").starts_with("breaks"));
}

TEST_CASE("statx and close_range that ran are lost (moby PR 36417, moby 43595)") {
  const std::string lines =
      "12 statx(AT_FDCWD, \"/\", AT_STATX_SYNC_AS_STAT, STATX_ALL, {stx_mode=S_IFDIR|0755}) = 0\n"
      "12 close_range(50, 4294967295, 0) = 0\n";
  const std::string profile = profile_of(std::string(kBase) + " statx close_range", kNewest);
  // libseccomp before 2.3.3 drops statx in silence, and coreutils 8.30 says EPERM.
  // Rules of numbers that the library does not know do not raise runc's own limit.
  const auto old = foreseen({lines, profile, "", "", "2.3.2", "crun"});
  CHECK(fate(old, "statx").starts_with("breaks denied answers EPERM"));
  CHECK(of(old, "statx").fix.find("2.3.3 or later") != std::string::npos);
  CHECK(of(old, "statx").rule.empty());
  CHECK(fate(foreseen({lines, profile, "", "", "2.6.0"}), "statx") == "-");
  CHECK(fate(foreseen({lines, profile, "", "5.8"}), "close_range") ==
        "borne enosys answers ENOSYS");
  CHECK(fate(foreseen({lines, profile, "", "5.9"}), "close_range") == "-");
}

TEST_CASE("openat2 under a kernel that lacks it, and under runc before 1.0.0-rc93") {
  const std::string lines =
      "12 openat2(AT_FDCWD, \"/etc/passwd\", {flags=O_RDONLY, resolve=RESOLVE_BENEATH}, 24) = 3\n";
  const std::string profile = profile_of(std::string(kBase) + " openat2", kNewest);
  CHECK(fate(foreseen({lines, profile, "", "5.5"}), "openat2") == "borne enosys answers ENOSYS");
  CHECK(fate(foreseen({lines, profile, "", "5.6"}), "openat2") == "-");
  const std::string refused =
      "12 openat2(AT_FDCWD, \"/etc/passwd\", {flags=O_RDONLY}, 24) = -1 ENOSYS (Function not "
      "implemented)\n";
  const std::string silent = profile_of(kBase);
  CHECK(fate(foreseen({refused, silent}), "openat2") == "-");
  Case old{refused, silent};
  old.runc = kernel::LibcVersion{0, 1, 0};
  CHECK(fate(foreseen(old), "openat2") == "breaks errno-changes answers EPERM");
  CHECK(of(foreseen(old), "openat2").rule.find("38") != std::string::npos);
}

TEST_CASE("64-bit times on 32-bit machines (moby 40734 and PR 40739)") {
  const std::string lines = "12 clock_gettime(CLOCK_REALTIME, {tv_sec=1, tv_nsec=2}) = 0\n";
  const std::string profile = profile_of(std::string(kBase) + " clock_gettime", kNewest);
  for (const std::string_view libc : {"glibc@2.31", "musl@1.2.0"}) {
    Case c{lines, profile, libc};
    CHECK(fate(foreseen(c), "clock_gettime64") == "-");
    c.arch = kernel::Arch::X86;
    c.lines = "[ Process PID=12 runs in 32 bit mode. ]\n" + c.lines;
    CHECK(fate(foreseen(c), "clock_gettime64") == "breaks new-call answers EPERM");
    CHECK(of(foreseen(c), "clock_gettime64").harm.find("1970") != std::string::npos);
  }
}

TEST_CASE("From glibc to musl, and back: calls of the other libc") {
  const std::string profile = profile_of(kBase, kNewest);
  const auto musl = foreseen({std::string(kFork), profile, "musl@1.2.3"});
  CHECK(fate(musl, "open") == "breaks new-call answers EPERM");
  CHECK(fate(musl, "fork") == "breaks new-call answers EPERM");
  CHECK(fate(musl, "openat") == "-");
  const std::string lines = "12 open(\"/etc/passwd\", O_RDONLY) = 3\n12 fork() = 13\n";
  const auto glibc =
      foreseen({lines, profile_of("open fork execve exit_group newfstatat fstat read", kNewest),
                "glibc@2.36"});
  CHECK(fate(glibc, "clone") == "breaks new-call answers EPERM");
}

TEST_CASE("A denial that only changes its errno") {
  const std::string lines =
      "12 clone3({flags=CLONE_VM|CLONE_VFORK, exit_signal=SIGCHLD}, 88) = -1 "
      "ENOSYS (Function not implemented)\n";
  // Under crun nobody but the profile answers, and its answer is EPERM.
  const auto report = foreseen({lines, profile_of(kBase), "", "", "", "crun"});
  CHECK(fate(report, "clone3") == "breaks errno-changes answers EPERM");
  CHECK(of(report, "clone3").rule.find("38") != std::string::npos);
}

TEST_CASE("What no container starts without is foretold, too") {
  const auto report =
      foreseen({"", profile_of("openat newfstatat fstat read exit_group", kNewest)});
  CHECK(fate(report, "execve").starts_with("breaks"));
  CHECK(fate(report, "capset", "runtime-start") == "may-break runtime-start is denied");
}
