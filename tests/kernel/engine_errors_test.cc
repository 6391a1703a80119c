#include "kernel/engine_errors.h"

#include <doctest/doctest.h>

#include <string>

using namespace medic::kernel;

TEST_CASE("A runtime's message names the step that failed") {
  const struct {
    std::string_view line, id;
    RefusedBy by;
  } cases[] = {
      {"OCI runtime create failed: error setting rlimits for ready process: error setting rlimit "
       "type 7: operation not permitted",
       "rlimit", RefusedBy::Capability},
      {"Error: crun: setrlimit `RLIMIT_NOFILE`: Operation not permitted: OCI permission denied",
       "rlimit", RefusedBy::Capability},
      {"crun: cannot setresgid: Operation not permitted", "setgid", RefusedBy::Capability},
      {"crun: cannot setresuid: Operation not permitted", "setuid", RefusedBy::Capability},
      {"error during container init: unable to setgroups: operation not permitted", "setgroups",
       RefusedBy::Capability},
      {"Error response from daemon: Decoding seccomp profile failed: invalid character 'x'",
       "profile-decode", RefusedBy::Profile},
      {"runc create failed: error loading seccomp filter into kernel: error loading seccomp "
       "filter: errno 22",
       "profile-load", RefusedBy::Profile},
      {"container_linux.go:380: starting container process caused: error adding seccomp filter "
       "rule for syscall bdflush: requested action matches default action of filter",
       "profile-rule", RefusedBy::Profile},
      {"runc run failed: unable to start container process: unable to join session keyring: unable "
       "to create session key: operation not permitted",
       "keyring", RefusedBy::Seccomp},
      {"runc create failed: error during container init: apparmor failed to apply profile: write "
       "attr/exec: no such file",
       "apparmor", RefusedBy::Apparmor},
      {"OCI runtime create failed: unable to start container process: exec: \"/run.sh\": "
       "permission denied: unknown",
       "exec", RefusedBy::Dac},
      {"runc create failed: error mounting \"proc\" to rootfs at \"/proc\": operation not "
       "permitted",
       "mount", RefusedBy::Unknown},
  };
  for (const auto& each : cases) {
    CAPTURE(each.line);
    const EngineError* found = find_engine_error(each.line);
    REQUIRE(found != nullptr);
    CHECK(found->id == each.id);
    CHECK(found->by == each.by);
    CHECK_FALSE(found->fix.empty());
  }
}

TEST_CASE("A program's own message is a symptom, not an engine's error") {
  for (const std::string_view line :
       {"chown: changing ownership of '/srv/x': Operation not permitted",
        "bash: ./run: Permission denied"}) {
    CAPTURE(line);
    CHECK(find_engine_error(line) == nullptr);
    REQUIRE(read_symptom(line));
  }
  CHECK(read_symptom("chown: changing ownership of 'x': Operation not permitted")->program ==
        "chown");
  CHECK_FALSE(read_symptom("mkdir(\"/x\", 0777) = -1 EPERM (Operation not permitted)"));
  CHECK_FALSE(read_symptom("all is well"));
}

TEST_CASE("Limits have their names, and every row a fix") {
  CHECK(rlimit_name(7) == "RLIMIT_NOFILE");
  CHECK(rlimit_name(8) == "RLIMIT_MEMLOCK");
  CHECK(rlimit_name(99).empty());
  for (const EngineError& row : all_engine_errors()) {
    CAPTURE(row.text);
    CHECK(engine_error_by_id(row.id) != nullptr);
    CHECK_FALSE(row.meaning.empty());
    CHECK_FALSE(row.fix.empty());
  }
}
