#include <doctest/doctest.h>

#include "attribute/side_facts.h"

using namespace medic::attribute;

namespace {

std::string given(const std::string& text, SideFacts& facts) {
  const auto result = read_snapshot(text, "s", facts);
  return result ? "" : result.error().text;
}

const std::string kHead =
    "#seccomp-medic-snapshot 1\nhost name=lab\ntime epoch=1000.5 uptime=100.5 hz=100 "
    "pidns=4026531836\n";

}  // namespace

TEST_CASE("A snapshot's tasks have their birth, their owner's marks and their inner numbers") {
  SideFacts facts;
  CHECK(given(kHead + "task pid=812 ppid=790 start=4711 uid=33 comm=a\\x20b exe=/bin/x "
                      "cgroup=/docker/1 nspid=812,7,1 pidns=5 capeff=1 capbnd=3 nnp=1 seccomp=2 "
                      "filters=1 label=docker-default\\x20(enforce)\n",
              facts)
            .empty());
  REQUIRE(facts.snapshots.size() == 1);
  const Snapshot& snapshot = facts.snapshots[0];
  CHECK(snapshot.host == "lab");
  const TaskFact& task = snapshot.tasks.at(0);
  CHECK(task.comm == "a b");
  CHECK(task.start_ns == 900'000'000'000 + 47'110'000'000);  // booted at 900
  CHECK(task.seen_ns == 1000'500'000'000);
  CHECK(task.inner_pids == std::vector<std::int64_t>{7, 1});
  CHECK(task.bounding_caps == 3);
  CHECK(task.label == "docker-default (enforce)");
}

TEST_CASE("A name with a newline is what audit calls it, not what /proc/PID/status does") {
  SideFacts facts;
  REQUIRE(
      read_snapshot("#seccomp-medic-snapshot 1\ntime epoch=10 uptime=5 hz=100\ntask pid=5 start=1 "
                    "comm=\\x61\\x5c\\x6eb\\x5c\\x5cn\n",
                    "s", facts));
  CHECK(facts.snapshots[0].tasks[0].comm == "a\nb\\n");
}

TEST_CASE("Several snapshots stand in one file, with what engines said") {
  SideFacts facts;
  const std::string task = "task pid=1 start=1 comm=init\n";
  CHECK(given(kHead + task +
                  "inspect runc\n|[{\"id\":\"web\",\n|\"pid\":5,\"status\":\"running\"}]\ninspect "
                  "docker\n|Cannot connect\n" +
                  kHead + task,
              facts)
            .empty());
  CHECK(facts.snapshots.size() == 2);
  REQUIRE(facts.containers.size() == 1);
  CHECK(facts.containers[0].id == "web");
  CHECK(facts.containers[0].taken_ns == 1000'500'000'000);
}

TEST_CASE("A runtime's command line in a snapshot is understood") {
  SideFacts facts;
  CHECK(given(kHead +
                  "task pid=9 start=1 comm=conmon exe=/usr/bin/conmon args=conmon\\x00-c\\x00abc\n",
              facts)
            .empty());
  CHECK(facts.snapshots[0].tasks[0].command.id == "abc");
}

TEST_CASE("What is no snapshot is refused with its line") {
  SideFacts facts;
  CHECK(given("", facts) == "holds no task");
  CHECK(given("hello\n", facts) == "is not a snapshot of containers");
  CHECK(given("#seccomp-medic-snapshot 2\n", facts) ==
        "is a snapshot of a version that this program does not know");
  CHECK(given("#seccomp-medic-snapshot 1\ntime epoch=x\n", facts) ==
        "says no time: epoch= and uptime= are wanted");
  CHECK(given(kHead, facts) == "holds no task");
  CHECK(
      given(
          kHead +
              "task ppid=5\ntask pid=-7\ntask pid=99999999999999999999 start=9223372036854775807\n",
          facts) == "holds no task");
  CHECK(facts.snapshots.empty());
}
