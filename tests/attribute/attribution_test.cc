#include "support.h"

#include <doctest/doctest.h>

using namespace medic;
using namespace medic::attribute;

namespace {

const std::string kWeb(64, 'a'), kDb(64, 'b');

// Booted at 0, so that ticks are hundredths of the log's seconds. Taken at `at`.
std::string snapshot(double at, const std::string& tasks) {
  return "#seccomp-medic-snapshot 1\ntime epoch=" + std::to_string(at) +
         " uptime=" + std::to_string(at) + " hz=100 pidns=4026531836\n" + tasks;
}

SideFacts with(const std::string& text) {
  SideFacts facts;
  REQUIRE(read_snapshot(text, "snap", facts));
  return facts;
}

SideFacts described(const std::string& json) {
  SideFacts facts;
  REQUIRE(read_inspect(json, "inspect", facts));
  return facts;
}

std::string docker(const std::string& id, const std::string& name, int pid,
                   const std::string& more = "") {
  return R"({"Id":")" + id + R"(","Name":"/)" + name + R"(","State":{"Pid":)" +
         std::to_string(pid) + R"(,"StartedAt":"1970-01-01T00:16:40Z"})" + more + "}";
}

const SideFacts kNothing;

}  // namespace

TEST_CASE("Nothing known, nothing said, and what would have said") {
  Log log;
  const ProcessIndex process = log.call(500, 1000, "cat");
  const Attribution owners(log.table, kNothing);
  CHECK(whose(owners, process) == "nobody");
  CHECK(owners.missing(process).find("snapshot-containers") != std::string::npos);
  CHECK(owners.missing(process).find("execve") != std::string::npos);
  CHECK_FALSE(owners.speaks_of_containers());
}

TEST_CASE("What the log names itself is stated") {
  Log log;
  model::Label label;
  SUBCASE("an id") {
    label.container_id = kWeb;
    CHECK(whose(Attribution(log.table, kNothing), log.says(500, 1, label)) == kWeb + " stated");
  }
  SUBCASE("a name and a pod") {
    label.container_name = "app";
    label.pod = "shop";
    CHECK(whose(Attribution(log.table, kNothing), log.says(500, 1, label)) == "app stated");
  }
  SUBCASE("a control group") {
    const std::string path = "/system.slice/docker-" + kWeb + ".scope";
    label.cgroup = path;
    CHECK(whose(Attribution(log.table, kNothing), log.says(500, 1, label)) == kWeb + " stated");
  }
  SUBCASE("a unit of the host is no container") {
    label.unit = "ssh.service";
    const ProcessIndex process = log.says(500, 1, label);
    const Attribution owners(log.table, kNothing);
    CHECK(whose(owners, process) == "ssh.service stated");
    CHECK_FALSE(owners.owner(process)->is_container());
  }
}

TEST_CASE("A snapshot names a process while it lives, and hardly after") {
  Log log;
  const ProcessIndex process = log.call(500, 1000, "cat");
  log.call(500, 1100, "cat");
  const SideFacts facts = with(snapshot(
      1050, "task pid=500 ppid=1 start=99000 comm=cat cgroup=/docker/" + kWeb + " nspid=500,1\n"));
  const Attribution owners(log.table, facts);
  CHECK(whose(owners, process, 1000) == kWeb + " stated");
  CHECK(whose(owners, process, 1050) == kWeb + " stated");
  CHECK(whose(owners, process, 1100) ==
        kWeb + " inferred");  // the number could be another's by then
  CHECK(whose(owners, process, 1000, 1100) == kWeb + " inferred");
  CHECK(whose(owners, process, 900) == "nobody");  // not born yet
}

TEST_CASE("Two snapshots that show one birth cover the time between; another birth ends it") {
  Log log;
  const ProcessIndex process = log.call(500, 1100, "cat");
  const std::string web = "task pid=500 start=99000 comm=cat cgroup=/docker/" + kWeb + "\n";
  const std::string db = "task pid=500 start=109000 comm=cat cgroup=/docker/" + kDb + "\n";
  const SideFacts same = with(snapshot(1050, web) + snapshot(1200, web)),
                  other = with(snapshot(1050, web) + snapshot(1200, db));
  CHECK(whose(Attribution(log.table, same), process) == kWeb + " stated");
  CHECK(whose(Attribution(log.table, other), process) == kDb + " stated");
}

TEST_CASE("A number used again is nobody's, whatever an old side file says") {
  Log log;
  log.call(500, 1000, "cat");
  log.exits(500, 1001);
  const ProcessIndex again = log.call(500, 990, "cat");  // before the birth that the file says
  const ProcessIndex later = log.call(500, 1300, "cat");
  const SideFacts facts =
      with(snapshot(1000.5, "task pid=500 start=99500 comm=cat cgroup=/docker/" + kWeb + "\n") +
           snapshot(1400, "task pid=500 start=120000 comm=cat cgroup=/\n"));
  const Attribution owners(log.table, facts);
  CHECK(whose(owners, again, 990) == "nobody");
  CHECK(whose(owners, later) == "nobody");
}

TEST_CASE("inspect names the first process from its start on; the others follow by descent") {
  Log log;
  const ProcessIndex first = log.execs(500, 490, 1001, "/bin/sh");
  const ProcessIndex child = log.execs(520, 500, 1002, "/bin/cat");
  const ProcessIndex grandchild = log.child_of(530, 520, 1003, "cat");
  const ProcessIndex other = log.execs(600, 590, 1003, "/bin/cat");
  const ProcessIndex before = log.call(777, 10, "old");
  const SideFacts facts =
      described("[" + docker(kWeb, "web", 500) + "," + docker(kDb, "db", 777) + "]");
  const Attribution owners(log.table, facts);
  CHECK(whose(owners, first) ==
        "web inferred");  // when it ended, an inspect of a running container cannot say
  CHECK(whose(owners, child) == "web inferred");
  CHECK(whose(owners, grandchild) == "web inferred");
  CHECK(whose(owners, other) == "nobody");
  CHECK(whose(owners, before) == "nobody");
  CHECK(owners.ancestry(grandchild) == std::vector<std::int64_t>{530, 520, 500, 490});
}

TEST_CASE("inspect of a container that has ended states whose the number was meanwhile") {
  Log log;
  const ProcessIndex within = log.call(500, 1005, "sh"), after = log.call(501, 1030, "sh");
  const std::string state =
      R"("State":{"Pid":PID,"StartedAt":"1970-01-01T00:16:40Z","FinishedAt":"1970-01-01T00:17:00Z"})";
  const auto ended = [&](const std::string& id, const std::string& pid) {
    std::string text = state;
    return R"({"Id":")" + id + R"(",)" + text.replace(text.find("PID"), 3, pid) + "}";
  };
  const SideFacts facts = described("[" + ended(kWeb, "500") + "," + ended(kDb, "501") + "]");
  CHECK(whose(Attribution(log.table, facts), within) == kWeb + " stated");
  CHECK(whose(Attribution(log.table, facts), after) == kDb + " inferred");
}

TEST_CASE("What a later whole snapshot does not show has ended: its number is another's") {
  Log log;
  const ProcessIndex process = log.call(500, 1010, "cat");
  const std::string first =
      snapshot(1000, "task pid=500 start=99500 comm=cat cgroup=/docker/" + kWeb + "\n");
  const std::string later = snapshot(1005, "task pid=1 start=1 comm=init cgroup=/\n");
  CHECK(whose(Attribution(log.table, with(first + later)), process) ==
        kWeb + " inferred");  // it may be cut off
  CHECK(whose(Attribution(log.table, with(first + later + "end epoch=1005.2\n")), process) ==
        "nobody");
}

TEST_CASE("A control group that the journal says apart from what was done is an inference") {
  Log log;
  model::Label label;
  const std::string path = "/system.slice/docker-" + kWeb + ".scope";
  label.cgroup = path;
  log.audit = false;
  log.says(500, 1000, label);
  log.audit = true;
  const ProcessIndex process = log.call(500, 1005, "cat");
  CHECK(whose(Attribution(log.table, kNothing), process) == kWeb + " inferred");
}

TEST_CASE("When a unit was stopped, its processes have ended") {
  Log log;
  const ProcessIndex before = log.call(500, 1005, "cat");
  model::Event stop = log.make(-1, 1006);
  stop.what = model::UnitChange{"web.service", false};
  log.table.observe(stop);
  const ProcessIndex after = log.call(501, 1010, "cat");
  const std::string path =
      " start=99500 comm=cat cgroup=/system.slice/web.service/libpod-payload-" + kWeb + "\n";
  const SideFacts facts = with(snapshot(1000, "task pid=500" + path + "task pid=501" + path));
  CHECK(whose(Attribution(log.table, facts), before) == kWeb + " inferred");
  CHECK(whose(Attribution(log.table, facts), after) == "nobody");
}

TEST_CASE("Where control groups name nobody, pid namespaces and descent within a snapshot do") {
  Log log;
  const ProcessIndex child = log.call(510, 1000, "cat"), inner = log.call(520, 1000, "cat"),
                     other = log.call(530, 1000, "cat");
  const std::string tasks =
      "task pid=500 ppid=1 start=99000 comm=sh cgroup=/ nspid=500,1 pidns=7\n"
      "task pid=510 ppid=500 start=99100 comm=cat cgroup=/ nspid=510,2 pidns=7\n"
      "task pid=520 ppid=510 start=99100 comm=cat cgroup=/ nspid=520,3,1 pidns=8\n"
      "task pid=530 ppid=1 start=99100 comm=cat cgroup=/ nspid=530,1 pidns=9\n"
      "inspect "
      "runc\n|[{\"id\":\"web\",\"pid\":500,\"status\":\"running\",\"created\":\"1970-01-01T00:16:"
      "30Z\"}]\n";
  const Attribution owners(log.table, with(snapshot(1001, tasks)));
  CHECK(whose(owners, child) == "web stated");
  CHECK(whose(owners, inner) == "web stated");
  CHECK(whose(owners, other) == "nobody");
}

namespace {

// Two containers of one program, each started by a runc that the log shows.
struct TwoContainers : Log {
  TwoContainers() {
    execs(100, 1, 1000, "/usr/sbin/runc", "runc run web");
    execs(101, 100, 1000.1, "/bin/app");
    execs(110, 1, 1001, "/usr/sbin/runc", "runc run db");
    execs(111, 110, 1001.1, "/bin/app");
  }
  ProcessIndex denied(std::int64_t pid, double at, const std::string& exe = "/bin/app") {
    model::Event event = make(pid, at);
    event.comm = "app";
    event.exe = keep(exe);
    model::Call call;
    call.outcome.kind = model::Outcome::Kind::Denied;
    event.what = call;
    return table.observe(event);
  }
  std::string given(ProcessIndex process) const {
    return whose(Attribution(table, kNothing), process);
  }
};

}  // namespace

TEST_CASE_FIXTURE(TwoContainers,
                  "A fork that no record names is its container's by program and order of births") {
  SUBCASE("one container alone forked") {
    clones(101, 2, 1002);
    CHECK(given(denied(120, 1002.1)) == "web inferred");
  }
  SUBCASE("both did: its number stands between those of two of one of them") {
    clones(101, 2, 1002);
    clones(101, 3, 1002);
    clones(101, 4, 1002);
    clones(111, 2, 1002);
    execs(120, 101, 1002, "/bin/app");
    execs(122, 101, 1002, "/bin/app");
    CHECK(given(denied(121, 1002.1)) == "web suspected");
  }
  SUBCASE("both did, and nothing is near") {
    clones(101, 2, 1002);
    clones(111, 2, 1002);
    const ProcessIndex process = denied(9000, 1002.1);
    CHECK(given(process) == "nobody");
    CHECK(Attribution(table, kNothing).missing(process).find("exit_group") != std::string::npos);
  }
  SUBCASE("another program is nobody's fork") {
    clones(101, 2, 1002);
    CHECK(given(denied(120, 1002.1, "/bin/other")) == "nobody");
  }
}

TEST_CASE_FIXTURE(TwoContainers,
                  "The number of a runtime's thread of long ago makes nobody its child") {
  clones(110, 300, 1001);  // clone3 does not say that it was a thread
  CHECK(given(denied(300, 1010, "/usr/bin/cron")) == "nobody");
  CHECK(given(execs(301, 99, 1011, "/usr/sbin/runc", "runc run third")) == "nobody");
}

TEST_CASE_FIXTURE(
    TwoContainers,
    "A number that comes back with a program that was never executed is another process") {
  const ProcessIndex again = denied(110, 1020, "/usr/bin/cron");
  CHECK(table.processes()[again].execs == 0);
  CHECK(given(again) == "nobody");
}

TEST_CASE("Created and started apart: the first process is reported by number and time") {
  Log log;
  log.execs(100, 50, 1000, "/usr/sbin/runc", "runc create web");
  log.execs(120, 50, 1001, "/usr/sbin/runc", "runc start web");
  const ProcessIndex first = log.execs(105, 1, 1001.1, "/bin/app");
  const ProcessIndex far = log.execs(400, 1, 1001.2, "/bin/app"),
                     late = log.execs(106, 1, 1010, "/bin/app");
  const Attribution owners(log.table, kNothing);
  CHECK(whose(owners, first) == "web suspected");
  CHECK(whose(owners, far) == "nobody");
  CHECK(whose(owners, late) == "nobody");
}

TEST_CASE("A process whose parent alone stands in a snapshot belongs to the parent's container") {
  Log log;
  const ProcessIndex probe = log.execs(520, 500, 1010, "/bin/cat");
  const SideFacts facts = with(snapshot(
      1020, "task pid=500 ppid=1 start=99000 comm=sh cgroup=/docker/" + kWeb + " nspid=500,1\n"));
  CHECK(whose(Attribution(log.table, facts), probe) == kWeb + " inferred");
}

TEST_CASE("Categories that one container alone has say it; shared ones do not") {
  Log log;
  const ProcessIndex process = log.labelled(500, 1000, "system_u:system_r:container_t:s0:c1,c2");
  const std::string label = R"(,"ProcessLabel":"system_u:system_r:container_t:s0:c1,c2")";
  const SideFacts one =
      described("[" + docker(kWeb, "web", 1, label) + "," + docker(kDb, "db", 2) + "]");
  const SideFacts both =
      described("[" + docker(kWeb, "web", 1, label) + "," + docker(kDb, "db", 2, label) + "]");
  CHECK(whose(Attribution(log.table, one), process) == "web inferred");
  CHECK(whose(Attribution(log.table, both), process) == "nobody");
}

TEST_CASE("AppArmor profiles: an own one says, an engine's does not") {
  Log log;
  const ProcessIndex own = log.labelled(500, 1000, "web-profile (enforce)"),
                     common = log.labelled(501, 1000, "docker-default (enforce)");
  const SideFacts facts =
      described("[" + docker(kWeb, "web", 1, R"(,"AppArmorProfile":"web-profile")") + "," +
                docker(kDb, "db", 2, R"(,"AppArmorProfile":"docker-default")") + "]");
  const Attribution owners(log.table, facts);
  CHECK(whose(owners, own) == "web inferred");
  CHECK(whose(owners, common) == "nobody");
}

TEST_CASE("Contradictions are shown, and make it a suspicion") {
  Log log;
  model::Label label;
  label.container_id = kDb;
  const ProcessIndex process = log.says(500, 1000, label);
  const SideFacts facts =
      with(snapshot(1050, "task pid=500 start=99000 comm=cat cgroup=/docker/" + kWeb + "\n"));
  const Attribution owners(log.table, facts);
  CHECK(owners.owner(process)->certainty == model::Certainty::Suspected);
  REQUIRE(owners.owner(process)->contradictions.size() == 1);
  CHECK(owners.owner(process)->contradictions[0].find(
            "aaaaaaaaaaaa (stated): snap names process 500") != std::string::npos);
}

TEST_CASE("Runtimes' command lines name what they start") {
  Log log;
  SUBCASE("by parent") {
    log.execs(400, 1, 1, "/usr/sbin/runc", "runc run web");
    CHECK(whose(Attribution(log.table, kNothing), log.execs(500, 400, 2, "/bin/sh")) ==
          "web inferred");
  }
  SUBCASE("by what clone returned, for an orphan") {
    log.execs(400, 1, 1, "/usr/bin/crun", "crun create web");
    log.clones(400, 500, 2);
    const ProcessIndex process = log.execs(500, 1, 3, "/bin/sh");
    CHECK(whose(Attribution(log.table, kNothing), process) == "web inferred");
  }
  SUBCASE("but what clone returned in a container is a number of its own") {
    log.execs(400, 1, 1, "/usr/bin/crun", "crun run web");
    log.execs(500, 400, 2, "/bin/sh");
    log.clones(500, 7, 3);
    const ProcessIndex host_process = log.call(7, 4, "kthread");
    CHECK(whose(Attribution(log.table, kNothing), host_process) == "nobody");
  }
  SUBCASE("conmon and the shim") {
    log.execs(300, 1, 1, "/usr/bin/conmon", "conmon -c " + kWeb + " -n web");
    log.execs(301, 1, 1, "/usr/bin/containerd-shim-runc-v2",
              "containerd-shim-runc-v2 -namespace moby -id " + kDb);
    const ProcessIndex web = log.execs(500, 300, 2, "/bin/sh"),
                       db = log.execs(501, 301, 2, "/bin/sh");
    const Attribution owners(log.table, kNothing);
    CHECK(whose(owners, web) == "web inferred");
    CHECK(whose(owners, db) == kDb + " inferred");
  }
}

TEST_CASE(
    "Phases: the runtime's own calls, the application's, and what was executed from outside") {
  Log log;
  log.execs(400, 1, 1, "/usr/sbin/runc", "runc run web");
  const ProcessIndex init = log.child_of(500, 400, 2, "runc:[2:INIT]");
  log.execs(500, 400, 3, "/bin/sh");
  log.execs(410, 1, 4, "/usr/sbin/runc", "runc exec web cat");
  const ProcessIndex probe = log.execs(510, 410, 5, "/bin/cat");
  const ProcessIndex below = log.execs(511, 510, 6, "/bin/ls");
  const Attribution owners(log.table, kNothing);
  CHECK(owners.stage(init, Phase::Start, "runc:[2:INIT]", "/") == Stage::RuntimeInit);
  CHECK(owners.stage(init, Phase::Exec, "sh", "/bin/sh") == Stage::Application);
  CHECK(owners.stage(probe, Phase::Exec, "cat", "/bin/cat") == Stage::Executed);
  CHECK(owners.stage(below, Phase::Exec, "ls", "/bin/ls") == Stage::Executed);
}

TEST_CASE("A trace is not joined by number alone") {
  Log log;
  log.audit = false;
  const ProcessIndex same = log.call(500, 1000, "cat"), different = log.call(501, 1000, "ls");
  const SideFacts facts =
      with(snapshot(1050, "task pid=500 start=99000 comm=cat cgroup=/docker/" + kWeb +
                              "\ntask pid=501 start=99000 comm=cat cgroup=/docker/" + kWeb + "\n"));
  const Attribution owners(log.table, facts);
  CHECK(whose(owners, same) == kWeb + " inferred");
  CHECK(whose(owners, different) == "nobody");
}

TEST_CASE("Numbers of an inner pid namespace's snapshot are not audit's") {
  Log log;
  const ProcessIndex process = log.call(500, 1000, "cat");
  std::string text =
      snapshot(1050, "task pid=500 start=99000 comm=cat cgroup=/docker/" + kWeb + "\n");
  text.replace(text.find("4026531836"), 10, "4026539999");
  const SideFacts facts = with(text);
  CHECK(whose(Attribution(log.table, facts), process) == "nobody");
}
