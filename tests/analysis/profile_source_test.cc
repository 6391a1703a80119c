// A profile by whatever a user has, and by nothing but the log.
#include "profile_source.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>

#include "analysis.h"

using namespace medic;
namespace fs = std::filesystem;

namespace {

// A folder of its own, gone with it.
class Folder {
 public:
  Folder() {
    char name[] = "/tmp/medic-profile-source-XXXXXX";
    path_ = mkdtemp(name);
  }
  ~Folder() { fs::remove_all(path_); }
  std::string write(const std::string& name, const std::string& text) const {
    fs::create_directories((path_ / name).parent_path());
    std::ofstream(path_ / name, std::ios::binary) << text;
    return (path_ / name).string();
  }

 private:
  fs::path path_;
};

// "docker@27.5.1 (built-in)", "FILE (systemd)", or the error.
std::string loaded(const std::string& name, Problems& notes) {
  const auto profile = load_profile(name, notes, kernel::Arch::X86_64);
  if (!profile) return "error: " + profile.error().text;
  const std::string path = profile->path.substr(profile->path.find_last_of('/') == std::string::npos
                                                    ? 0
                                                    : profile->path.find_last_of('/') + 1);
  return profile->read_as.empty() ? path : path + " (" + profile->read_as + ")";
}
std::string loaded(const std::string& name) {
  Problems notes;
  return loaded(name, notes);
}

std::string all_of(const Problems& notes) {
  std::string out;
  for (const Problem& each : notes) out += each.text + "\n";
  return out;
}

std::string answer(const std::string& name, std::string_view call) {
  Problems notes;
  const auto profile = load_profile(name, notes, kernel::Arch::X86_64);
  REQUIRE_MESSAGE(profile, profile.error().text);
  profile::Context context;
  context.arch = kernel::Arch::X86_64;
  const auto evaluator = profile::Evaluator::make(*profile, context);
  REQUIRE(evaluator);
  const auto verdict = evaluator->evaluate(
      {{kernel::Arch::X86_64, *kernel::number_of(kernel::find_name(call), kernel::Arch::X86_64)},
       {}});
  return kernel::lets_run(verdict.action)          ? "allow"
         : verdict.action == kernel::Action::Errno ? "errno " + std::to_string(verdict.errno_value)
                                                   : "kill";
}

const std::string kStrace =
    "100 execve(\"/usr/bin/app\", [\"app\"], 0x7ffe) = 0\n"
    "100 clone3({flags=CLONE_VM|CLONE_VFORK, exit_signal=SIGCHLD}, 88) = -1 ENOSYS (Function not "
    "implemented)\n"
    "100 io_uring_setup(8, {flags=0}) = -1 EPERM (Operation not permitted)\n"
    "100 close_range(3, 4, 0) = 0\n";

}  // namespace

TEST_CASE("Built-ins go by their names, groups of systemd's too; ./NAME is a file") {
  CHECK(loaded("docker@27") == "docker@27.5.1 (built-in)");
  CHECK(loaded("systemd:@system-service") == "systemd:@system-service (systemd)");
  CHECK(answer("systemd:@system-service", "mount") == "kill");
  CHECK(answer("systemd:@system-service,~@network-io", "socket") == "kill");
  CHECK(answer("systemd:@system-service", "socket") == "allow");
  CHECK(answer("unconfined", "reboot") == "allow");
  CHECK(loaded("systemd:@nonsense") == "error: systemd has no group \"@nonsense\"");
  CHECK(loaded("./docker").starts_with("error: "));
  CHECK(is_built_in("docker@27"));
  CHECK(is_built_in("docker@0.1"));  // it fails as such
  CHECK_FALSE(is_built_in("./docker"));
}

TEST_CASE("A filter of a tool of its own has no runtime's stub") {
  const Folder folder;
  // statmount is newer than all that the unit names: runc would answer ENOSYS, systemd kills.
  CHECK(answer(folder.write("a.service", "[Service]\nSystemCallFilter=@system-service\n"),
               "statmount") == "kill");
}

TEST_CASE("A unit is read with its drop-ins, in their order") {
  const Folder folder;
  const std::string unit =
      folder.write("web.service", "[Service]\nSystemCallFilter=@system-service\n");
  folder.write("web.service.d/20-later.conf", "[Service]\nSystemCallFilter=~mount\n");
  folder.write("web.service.d/10-first.conf", "[Service]\nSystemCallFilter=mount umount2\n");
  Problems notes;
  CHECK(loaded(unit, notes) == "web.service (systemd)");
  CHECK(all_of(notes).find("10-first.conf") < all_of(notes).find("20-later.conf"));
  CHECK(answer(unit, "mount") == "kill");
  CHECK(answer(unit, "umount2") == "allow");
}

TEST_CASE("Pods, Deployments and compose files name their profile") {
  const Folder folder;
  folder.write(
      "own.json",
      R"({"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":["mkdir"],"action":"SCMP_ACT_ERRNO"}]})");
  const std::string pod =
      "apiVersion: v1\nkind: Pod\nspec:\n  securityContext: {seccompProfile: {type: "
      "RuntimeDefault}}\n  containers:\n  - name: a\n"
      "    securityContext: {capabilities: {add: [NET_ADMIN]}}\n";
  Problems notes;
  CHECK(loaded(folder.write("pod.yaml", pod), notes).starts_with("containerd@"));
  CHECK(all_of(notes).find("--caps +NET_ADMIN") != std::string::npos);
  const std::string deployment =
      "apiVersion: apps/v1\nkind: Deployment\nspec:\n  template:\n    spec:\n      containers:\n   "
      "   - name: a\n        securityContext:\n"
      "          seccompProfile: {type: Localhost, localhostProfile: own.json}\n";
  CHECK(answer(folder.write("deployment.yaml", deployment), "mkdir") == "errno 1");
  CHECK(answer(folder.write("compose.yaml",
                            "services:\n  web:\n    security_opt: [\"seccomp:own.json\"]\n"),
               "mkdir") == "errno 1");
  CHECK(loaded(folder.write("plain.yaml", "services:\n  web:\n    image: x\n"))
            .starts_with("docker@"));
  CHECK(loaded(folder.write("open.yaml", "services:\n  web:\n    privileged: true\n")) ==
        "error: the container is privileged: it runs without a filter");
  CHECK(
      loaded(folder.write(
          "two.yaml",
          "services:\n  web:\n    security_opt: [\"seccomp:own.json\"]\n  db:\n    image: x\n")) ==
      "error: web and db run under different profiles");
  CHECK(loaded(folder.write("gone.yaml",
                            "services:\n  web:\n    security_opt: [\"seccomp=gone.json\"]\n")) ==
        "error: it names the profile gone.json, which is not here");
  CHECK(loaded(folder.write("bad.yaml", "services:\n  web: [\n")).starts_with("error: no YAML"));
}

TEST_CASE("An inspect output without a profile stands for its engine's default") {
  const Folder folder;
  Problems notes;
  CHECK(
      loaded(folder.write("docker.json",
                          R"([{"Id":"ab","HostConfig":{"SecurityOpt":null,"Privileged":false}}])"),
             notes)
          .starts_with("docker@"));
  CHECK(all_of(notes).find("is assumed") != std::string::npos);
  CHECK(
      loaded(
          folder.write(
              "podman.json",
              R"([{"Id":"ab","OCIRuntime":"crun","HostConfig":{"SecurityOpt":[],"Privileged":false}}])"))
          .starts_with("podman@"));
  CHECK(loaded(folder.write("privileged.json", R"([{"Id":"ab","HostConfig":{"Privileged":true}}])"))
            .starts_with("error: "));
}

TEST_CASE("A log given as profile, and a profile given as log, are recognised") {
  const Folder folder;
  const std::string log = folder.write("strace.log", kStrace);
  CHECK(loaded(log).starts_with("error: this is a log, not a profile"));
  CHECK(profile_kind_of_file(log).empty());
  CHECK(profile_kind_of_file(folder.write("a.service", "[Service]\nSystemCallFilter=mkdir\n")) ==
        "systemd");
  CHECK(profile_kind_of_file(folder.write(
            "p.json", R"({"defaultAction":"SCMP_ACT_ALLOW","syscalls":[]})")) == "docker");
  CHECK(profile_kind_of_file(folder.write("records.json", R"({"a":1})")).empty());
}

TEST_CASE("--profile auto goes on with the newest that fits, and says so") {
  const Folder folder;
  Request request;
  request.read.inputs = {folder.write("strace.log", kStrace)};
  request.profile_path = "auto";
  const auto analysis = walk(request);
  REQUIRE(analysis);
  REQUIRE((*analysis)->profile);
  CHECK((*analysis)->profile->path.starts_with("docker@"));
  CHECK(all_of((*analysis)->problems).find("the profile is suspected: Docker from 20.10.10 on") !=
        std::string::npos);
  const bool by_profile =
      std::any_of((*analysis)->diagnosis.findings.begin(), (*analysis)->diagnosis.findings.end(),
                  [](const auto& finding) { return finding.verdict.has_value(); });
  CHECK(by_profile);
}

TEST_CASE("What no default profile answers rules all of them out") {
  const Folder folder;
  Request request;
  request.read.inputs = {folder.write(
      "strace.log",
      kStrace + "100 add_key(\"user\", \"k\", \"v\", 1, KEY_SPEC_SESSION_KEYRING) = 7\n")};
  request.profile_path = "auto";
  const auto analysis = walk(request);
  REQUIRE(analysis);
  CHECK_FALSE((*analysis)->profile);
  CHECK(all_of((*analysis)->problems).find("none that is known: a custom profile (by ") !=
        std::string::npos);
}

TEST_CASE("Without --profile a trace of no container assumes nothing") {
  const Folder folder;
  Request request;
  request.read.inputs = {folder.write("strace.log", kStrace)};
  const auto analysis = walk(request);
  REQUIRE(analysis);
  CHECK_FALSE((*analysis)->profile);
}

namespace {

std::string record(int serial, int syscall, int error) {
  return "type=SECCOMP msg=audit(1796047203.100:" + std::to_string(serial) +
         "): auid=4294967295 uid=0 gid=0 ses=4294967295 pid=4242 comm=\"app\" exe=\"/usr/bin/app\" "
         "sig=0 arch=c000003e syscall=" +
         std::to_string(syscall) + " compat=0 ip=0x7f code=0x500" + (error == 1 ? "01" : "26") +
         "\n";
}

std::string inspect(const std::string& host_config) {
  return R"([{"Id":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","Name":"/web","Created":"2026-11-30T10:00:00Z",)"
         R"("State":{"Pid":4242,"Running":true,"StartedAt":"2026-11-30T10:00:01Z"},"Config":{"Image":"nginx"},"HostConfig":)" +
         host_config + "}]";
}

// What is said of the profile where none was named.
std::string said_of(const std::string& log, const std::string& host_config) {
  const Folder folder;
  Request request;
  request.read.inputs = {folder.write("audit.log", log)};
  request.inspect_files = {folder.write("inspect.json", inspect(host_config))};
  const auto analysis = walk(request);
  REQUIRE(analysis);
  return ((*analysis)->profile ? (*analysis)->profile->path + ": " : std::string("none: ")) +
         all_of((*analysis)->problems);
}

}  // namespace

TEST_CASE(
    "A container of a known engine, denied under its default, is diagnosed without --profile") {
  // io_uring_setup answers EPERM, clone3 ENOSYS.
  const std::string log = record(2, 425, 1) + record(3, 435, 38);
  const std::string plain = said_of(log, R"({"SecurityOpt":null,"Privileged":false})");
  CHECK(plain.starts_with("docker@"));
  CHECK(plain.find("the profile is inferred: Docker from 25.0.0 on (2 calls decide") !=
        std::string::npos);
  // With the capability the default permits both: it was another profile.
  CHECK(said_of(log, R"({"SecurityOpt":null,"Privileged":false,"CapAdd":["SYS_ADMIN"]})")
            .starts_with("none: the profile is none that is known"));
  // A container with a profile of its own, or without one, speaks of no default.
  CHECK(said_of(log, R"({"SecurityOpt":["seccomp=/etc/own.json"],"Privileged":false})")
            .starts_with("none: "));
  CHECK(said_of(log, R"({"SecurityOpt":null,"Privileged":true})").starts_with("none: "));
}

TEST_CASE("One call that old libseccomps explain too leaves the profile suspected") {
  CHECK(said_of(record(2, 425, 1), R"({"SecurityOpt":null,"Privileged":false})")
            .find("the profile is suspected") != std::string::npos);
}
