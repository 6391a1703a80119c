#include <doctest/doctest.h>

#include "attribute/tree.h"
#include "support.h"

using namespace medic;
using namespace medic::attribute;

TEST_CASE("A number is another life after its owner's end") {
  Log log;
  const ProcessIndex first = log.call(500, 1, "sh");
  log.exits(500, 2);
  CHECK(log.call(500, 3, "ls") != first);
}

TEST_CASE("A record that stands late belongs to the life that has ended") {
  Log log;
  const ProcessIndex first = log.call(500, 1, "sh");
  log.exits(500, 2);
  CHECK(log.call(500, 1.5, "sh") == first);
}

TEST_CASE("Another parent that is no ancestor, and another program: the number was used again") {
  Log log;
  const ProcessIndex first = log.execs(500, 400, 1, "/bin/sh");
  CHECK(log.execs(500, 410, 2, "/bin/ls") != first);
}

TEST_CASE("An orphan stays the same life") {
  Log log;
  SUBCASE("when it goes to init") {
    const ProcessIndex first = log.execs(500, 400, 1, "/bin/sh");
    CHECK(log.execs(500, 1, 2, "/bin/ls") == first);
  }
  SUBCASE("when it goes to its grandparent") {
    log.execs(300, 1, 0.5, "/usr/bin/conmon");
    log.execs(400, 300, 0.7, "/usr/bin/runc");
    const ProcessIndex first = log.execs(500, 400, 1, "/bin/sh");
    CHECK(log.execs(500, 300, 2, "/bin/ls") == first);
  }
  SUBCASE("when nothing else changes") {
    const ProcessIndex first = log.child_of(500, 400, 1, "sh");
    CHECK(log.child_of(500, 77, 2, "sh") == first);
  }
}

TEST_CASE("A login session is not exchanged for another") {
  Log log;
  model::Event event = log.make(500, 1);
  event.session = 3;
  event.what = model::Call{};
  const ProcessIndex first = log.table.observe(event);
  event.session = 4;
  CHECK(log.table.observe(event) != first);
}

TEST_CASE("Threads belong to their process") {
  Log log;
  log.audit = false;
  model::Event event = log.make(-1, 1);
  event.tid = 10;
  model::Fork fork;
  fork.child = 11;
  fork.is_thread = true;
  event.what = fork;
  const ProcessIndex process = log.table.observe(event);
  event.tid = 11;
  event.what = model::Call{};
  CHECK(log.table.observe(event) == process);
  event.what = model::Exit{};
  CHECK(log.table.observe(event) == process);
  CHECK_FALSE(log.table.processes()[process].death_seen);
}

TEST_CASE("A trace from outside of a pid namespace: the newcomer is the child") {
  Log log;
  log.audit = false;
  const auto fork_of = [&](std::int64_t pid, std::int64_t inner) {
    model::Event event = log.make(pid, -1);
    model::Fork fork;
    fork.child = inner;
    fork.child_in_inner_ns = true;
    event.what = fork;
    return log.table.observe(event);
  };
  SUBCASE("seen after its birth") {
    const ProcessIndex parent = fork_of(3793, 2);
    const ProcessIndex child = log.call(3794, -1);
    CHECK(log.table.processes()[child].parent == parent);
  }
  SUBCASE("seen before its parent's call returned") {
    log.call(3793, -1);
    model::Event fork = log.make(3793, -1);  // the place where clone was entered
    model::Fork what;
    what.child = 2;
    what.child_in_inner_ns = true;
    fork.what = what;
    const ProcessIndex child = log.call(3794, -1);
    const ProcessIndex parent = log.table.observe(fork);
    CHECK(log.table.processes()[child].parent == parent);
  }
}

TEST_CASE("Stretches of a log are joined as if it had been read in one") {
  Log one, two;
  one.execs(400, 1, 1, "/bin/sh");
  const ProcessIndex before = one.execs(500, 400, 1.5, "/bin/cat");
  SUBCASE("a life goes on") {
    const ProcessIndex later = two.call(500, 2, "cat");
    CHECK(one.table.append(std::move(two.table))[later].index == before);
  }
  SUBCASE("a number used again does not") {
    const ProcessIndex later = two.execs(500, 777, 2, "/bin/ls");
    CHECK(one.table.append(std::move(two.table))[later].index != before);
  }
  SUBCASE("another input's lives are others") {
    const ProcessIndex later = two.call(500, 2, "cat");
    CHECK(one.table.adopt(std::move(two.table))[later].index != before);
  }
}

TEST_CASE("The tree shows who came from whom") {
  Log log;
  log.execs(400, 1, 1, "/usr/sbin/runc", "runc run web");
  log.child_of(500, 400, 2, "runc:[2:INIT]");
  log.execs(500, 400, 3, "/bin/sh");
  log.execs(501, 500, 4, "/bin/l\x1bs");
  const SideFacts none;
  const Attribution owners(log.table, none);
  CHECK(tree_text(owners, 100) ==
        "400 runc /usr/sbin/runc (runc web), child of 1\n"
        "  500 sh /bin/sh  — container web [inferred: its parent, runc (process 400), started this "
        "container]\n"
        "    501 l\\x1bs /bin/l\\x1bs\n");
  CHECK(tree_text(owners, 1) == "400 runc /usr/sbin/runc (runc web), child of 1\n… and 2 more\n");
}

TEST_CASE("A filter is its thread's, unless it was meant for all") {
  Log log;
  log.audit = false;
  const auto of_thread = [&](std::int64_t tid) {
    model::Event event = log.make(-1, -1);
    event.tid = tid;
    event.what = model::Call{};
    return event;
  };
  model::Event main = of_thread(10);
  model::Fork fork;
  fork.is_thread = true;
  fork.child = 11;
  main.what = fork;
  const ProcessIndex process = log.table.observe(main);
  log.table.observe(of_thread(11));
  SUBCASE("the caller's alone") {
    log.table.filter_installed(process, of_thread(11), ProcessTable::Threads::Caller);
    CHECK(log.table.phase_at(process, of_thread(11)) == Phase::Filtered);
    CHECK(log.table.phase_at(process, of_thread(10)) == Phase::Start);
    model::Event exec = of_thread(10);
    exec.what = model::Exec{"/bin/sh", {}, {}};
    log.table.observe(exec);
    CHECK(log.table.phase_at(process, of_thread(10)) == Phase::FilteredExec);
  }
  SUBCASE("all threads'") {
    log.table.filter_installed(process, of_thread(11), ProcessTable::Threads::All);
    CHECK(log.table.phase_at(process, of_thread(10)) == Phase::Filtered);
  }
}
