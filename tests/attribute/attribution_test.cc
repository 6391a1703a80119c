#include "support.h"

#include <doctest/doctest.h>

using namespace medic;
using namespace medic::attribute;

namespace {

const std::string kWeb(64, 'a'), kDb(64, 'b');

// Booted at 0, so that ticks are hundredths of the log's seconds. Taken at `at`.
std::string snapshot(double at, const std::string& tasks) {
  return "#seccomp-medic-snapshot 1\ntime epoch=" + std::to_string(at) + " uptime=" + std::to_string(at) + " hz=100 pidns=4026531836\n" + tasks;
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

std::string docker(const std::string& id, const std::string& name, int pid, const std::string& more = "") {
  return R"({"Id":")" + id + R"(","Name":"/)" + name + R"(","State":{"Pid":)" + std::to_string(pid) + R"(,"StartedAt":"1970-01-01T00:16:40Z"})" + more + "}";
}

const SideFacts kNothing;

}  // namespace

TEST_CASE("Nothing known, nothing said, and what would have told") {
  Log log;
  const LifeIndex life = log.call(500, 1000, "cat");
  const Attribution owners(log.table, kNothing);
  CHECK(whose(owners, life) == "nobody");
  CHECK(owners.missing(life).find("snapshot-containers") != std::string::npos);
  CHECK(owners.missing(life).find("execve") != std::string::npos);
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
    const LifeIndex life = log.says(500, 1, label);
    const Attribution owners(log.table, kNothing);
    CHECK(whose(owners, life) == "ssh.service stated");
    CHECK_FALSE(owners.owner(life)->is_container());
  }
}

TEST_CASE("A snapshot names a process while it lives, and hardly after") {
  Log log;
  const LifeIndex life = log.call(500, 1000, "cat");
  log.call(500, 1100, "cat");
  const SideFacts facts = with(snapshot(1050, "task pid=500 ppid=1 start=99000 comm=cat cgroup=/docker/" + kWeb + " nspid=500,1\n"));
  const Attribution owners(log.table, facts);
  CHECK(whose(owners, life, 1000) == kWeb + " stated");
  CHECK(whose(owners, life, 1050) == kWeb + " stated");
  CHECK(whose(owners, life, 1100) == kWeb + " inferred");   // the number could be another's by then
  CHECK(whose(owners, life, 1000, 1100) == kWeb + " inferred");
  CHECK(whose(owners, life, 900) == "nobody");              // not born yet
}

TEST_CASE("Two snapshots that show one birth cover the time between; another birth ends it") {
  Log log;
  const LifeIndex life = log.call(500, 1100, "cat");
  const std::string web = "task pid=500 start=99000 comm=cat cgroup=/docker/" + kWeb + "\n";
  const std::string db = "task pid=500 start=109000 comm=cat cgroup=/docker/" + kDb + "\n";
  const SideFacts same = with(snapshot(1050, web) + snapshot(1200, web)), other = with(snapshot(1050, web) + snapshot(1200, db));
  CHECK(whose(Attribution(log.table, same), life) == kWeb + " stated");
  CHECK(whose(Attribution(log.table, other), life) == kDb + " stated");
}

TEST_CASE("A number used again is nobody's, whatever an old side file says") {
  Log log;
  log.call(500, 1000, "cat");
  log.exits(500, 1001);
  const LifeIndex again = log.call(500, 990, "cat");  // before the birth that the file tells
  const LifeIndex later = log.call(500, 1300, "cat");
  const SideFacts facts = with(snapshot(1000.5, "task pid=500 start=99500 comm=cat cgroup=/docker/" + kWeb + "\n") + snapshot(1400, "task pid=500 start=120000 comm=cat cgroup=/\n"));
  const Attribution owners(log.table, facts);
  CHECK(whose(owners, again, 990) == "nobody");
  CHECK(whose(owners, later) == "nobody");
}

TEST_CASE("inspect names the first process from its start on; the others follow by descent") {
  Log log;
  const LifeIndex first = log.execs(500, 490, 1001, "/bin/sh");
  const LifeIndex child = log.execs(520, 500, 1002, "/bin/cat");
  const LifeIndex grandchild = log.child_of(530, 520, 1003, "cat");
  const LifeIndex other = log.execs(600, 590, 1003, "/bin/cat");
  const LifeIndex before = log.call(777, 10, "old");
  const SideFacts facts = described("[" + docker(kWeb, "web", 500) + "," + docker(kDb, "db", 777) + "]");
  const Attribution owners(log.table, facts);
  CHECK(whose(owners, first) == "web stated");
  CHECK(whose(owners, child) == "web inferred");
  CHECK(whose(owners, grandchild) == "web inferred");
  CHECK(whose(owners, other) == "nobody");
  CHECK(whose(owners, before) == "nobody");
  CHECK(owners.ancestry(grandchild) == std::vector<std::int64_t>{530, 520, 500, 490});
}

TEST_CASE("A process whose parent alone stands in a snapshot belongs to the parent's container") {
  Log log;
  const LifeIndex probe = log.execs(520, 500, 1010, "/bin/cat");
  const SideFacts facts = with(snapshot(1020, "task pid=500 ppid=1 start=99000 comm=sh cgroup=/docker/" + kWeb + " nspid=500,1\n"));
  CHECK(whose(Attribution(log.table, facts), probe) == kWeb + " inferred");
}

TEST_CASE("Categories that one container alone has tell it; shared ones do not") {
  Log log;
  const LifeIndex life = log.labelled(500, 1000, "system_u:system_r:container_t:s0:c1,c2");
  const std::string label = R"(,"ProcessLabel":"system_u:system_r:container_t:s0:c1,c2")";
  const SideFacts one = described("[" + docker(kWeb, "web", 1, label) + "," + docker(kDb, "db", 2) + "]");
  const SideFacts both = described("[" + docker(kWeb, "web", 1, label) + "," + docker(kDb, "db", 2, label) + "]");
  CHECK(whose(Attribution(log.table, one), life) == "web inferred");
  CHECK(whose(Attribution(log.table, both), life) == "nobody");
}

TEST_CASE("AppArmor profiles: an own one tells, an engine's does not") {
  Log log;
  const LifeIndex own = log.labelled(500, 1000, "web-profile (enforce)"), common = log.labelled(501, 1000, "docker-default (enforce)");
  const SideFacts facts = described("[" + docker(kWeb, "web", 1, R"(,"AppArmorProfile":"web-profile")") + "," + docker(kDb, "db", 2, R"(,"AppArmorProfile":"docker-default")") + "]");
  const Attribution owners(log.table, facts);
  CHECK(whose(owners, own) == "web inferred");
  CHECK(whose(owners, common) == "nobody");
}

TEST_CASE("Contradictions are shown, and make it a suspicion") {
  Log log;
  model::Label label;
  label.container_id = kDb;
  const LifeIndex life = log.says(500, 1000, label);
  const SideFacts facts = with(snapshot(1050, "task pid=500 start=99000 comm=cat cgroup=/docker/" + kWeb + "\n"));
  const Attribution owners(log.table, facts);
  CHECK(owners.owner(life)->certainty == model::Certainty::Suspected);
  REQUIRE(owners.owner(life)->contradictions.size() == 1);
  CHECK(owners.owner(life)->contradictions[0].find("aaaaaaaaaaaa (stated): snap names process 500") != std::string::npos);
}

TEST_CASE("Runtimes' command lines name what they start") {
  Log log;
  SUBCASE("by parent") {
    log.execs(400, 1, 1, "/usr/sbin/runc", "runc run web");
    CHECK(whose(Attribution(log.table, kNothing), log.execs(500, 400, 2, "/bin/sh")) == "web inferred");
  }
  SUBCASE("by what clone returned, for an orphan") {
    log.execs(400, 1, 1, "/usr/bin/crun", "crun create web");
    log.clones(400, 500, 2);
    const LifeIndex life = log.execs(500, 1, 3, "/bin/sh");
    CHECK(whose(Attribution(log.table, kNothing), life) == "web inferred");
  }
  SUBCASE("but what clone returned in a container is a number of its own") {
    log.execs(400, 1, 1, "/usr/bin/crun", "crun run web");
    log.execs(500, 400, 2, "/bin/sh");
    log.clones(500, 7, 3);
    const LifeIndex host_process = log.call(7, 4, "kthread");
    CHECK(whose(Attribution(log.table, kNothing), host_process) == "nobody");
  }
  SUBCASE("conmon and the shim") {
    log.execs(300, 1, 1, "/usr/bin/conmon", "conmon -c " + kWeb + " -n web");
    log.execs(301, 1, 1, "/usr/bin/containerd-shim-runc-v2", "containerd-shim-runc-v2 -namespace moby -id " + kDb);
    const LifeIndex web = log.execs(500, 300, 2, "/bin/sh"), db = log.execs(501, 301, 2, "/bin/sh");
    const Attribution owners(log.table, kNothing);
    CHECK(whose(owners, web) == "web inferred");
    CHECK(whose(owners, db) == kDb + " inferred");
  }
}

TEST_CASE("Phases: the runtime's own calls, the application's, and what was executed from outside") {
  Log log;
  log.execs(400, 1, 1, "/usr/sbin/runc", "runc run web");
  const LifeIndex init = log.child_of(500, 400, 2, "runc:[2:INIT]");
  log.execs(500, 400, 3, "/bin/sh");
  log.execs(410, 1, 4, "/usr/sbin/runc", "runc exec web cat");
  const LifeIndex probe = log.execs(510, 410, 5, "/bin/cat");
  const LifeIndex below = log.execs(511, 510, 6, "/bin/ls");
  const Attribution owners(log.table, kNothing);
  CHECK(owners.stage(init, Phase::Start, "runc:[2:INIT]", "/") == Stage::RuntimeInit);
  CHECK(owners.stage(init, Phase::Exec, "sh", "/bin/sh") == Stage::Application);
  CHECK(owners.stage(probe, Phase::Exec, "cat", "/bin/cat") == Stage::Executed);
  CHECK(owners.stage(below, Phase::Exec, "ls", "/bin/ls") == Stage::Executed);
}

TEST_CASE("A trace is not joined by number alone") {
  Log log;
  log.audit = false;
  const LifeIndex same = log.call(500, 1000, "cat"), different = log.call(501, 1000, "ls");
  const SideFacts facts = with(snapshot(1050, "task pid=500 start=99000 comm=cat cgroup=/docker/" + kWeb + "\ntask pid=501 start=99000 comm=cat cgroup=/docker/" + kWeb + "\n"));
  const Attribution owners(log.table, facts);
  CHECK(whose(owners, same) == kWeb + " inferred");
  CHECK(whose(owners, different) == "nobody");
}

TEST_CASE("Numbers of an inner pid namespace's snapshot are not audit's") {
  Log log;
  const LifeIndex life = log.call(500, 1000, "cat");
  std::string text = snapshot(1050, "task pid=500 start=99000 comm=cat cgroup=/docker/" + kWeb + "\n");
  text.replace(text.find("4026531836"), 10, "4026539999");
  const SideFacts facts = with(text);
  CHECK(whose(Attribution(log.table, facts), life) == "nobody");
}
