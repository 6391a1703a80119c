// Events of several records: what companions add, and that no cut of the input changes it.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include "audit/reading.h"
#include "parsers/audit/audit_dialect.h"

using namespace medic;
using namespace medic::parsers;

namespace {

// What companions can change: the subject, argv[0], the target of a denial.
std::string describe(const model::Event& event) {
  std::string out = model::to_debug(event);
  if (!event.subj.empty()) out += fmt::format(" subject={}", event.subj);
  if (const auto* exec = std::get_if<model::Exec>(&event.what))
    out += fmt::format(" argv0={}", exec->argv0);
  return out;
}

std::string read(std::string_view text, std::size_t lines) {
  const testing::Source given = testing::read_in_chunks(audit_dialect(), text, lines, describe);
  CHECK(given.lines() == testing::count_lines(text));
  CHECK(given.damaged == 0);
  testing::Source sorted;
  sorted.events = given.sorted();
  return sorted.text();
}

void same_in_any_cut(std::string_view text, std::string_view events) {
  for (std::size_t lines : {0u, 1u, 2u, 3u, 5u, 40u}) {
    CAPTURE(lines);
    CHECK(read(text, lines) == events);
  }
}

std::string noise(int lines) {
  std::string out;
  for (int i = 0; i < lines; ++i)
    out += fmt::format("type=SERVICE_START msg=audit(1795312204.500:{}): pid=1 uid=0\n", 900 + i);
  return out;
}

#define SECCOMP_AT(SERIAL)                                                \
  "type=SECCOMP msg=audit(1795312204.232:" SERIAL                         \
  "): auid=0 uid=0 gid=0 ses=1 subj=? pid=5 comm=\"a\" exe=\"/a\" sig=0 " \
  "arch=c000003e syscall=83 compat=0 ip=0x1 code=0x50000\n"
#define CONTEXTS_AT(SERIAL)                                 \
  "type=MAC_TASK_CONTEXTS msg=audit(1795312204.232:" SERIAL \
  "): subj_selinux=system_u:system_r:container_t:s0:c1,c2 subj_apparmor=unconfined\n"

}  // namespace

// The form of the kernel patches that were proposed; no kernel that could be recorded here writes
// it.
TEST_CASE("CONTAINER_ID names the container of its event's task, wherever the log is cut") {
  const std::string denied =
      "type=SECCOMP msg=audit(1795312204.232:7): auid=0 uid=0 gid=0 ses=1 pid=5 comm=\"a\" "
      "exe=\"/a\" sig=0 arch=c000003e syscall=83 compat=0 ip=0x1 code=0x50000\n";
  const std::string call = "5 (a) x86_64:mkdir[] -> denied errno";
  const auto id = [](std::string_view serial, std::string_view text) {
    return fmt::format("type=CONTAINER_ID msg=audit(1795312204.232:{}): contid={}\n", serial, text);
  };
  same_in_any_cut(denied + id("7", "123458"),
                  "5 (a) x86_64:mkdir[] -> denied errno | 5 label id=123458");
  same_in_any_cut(denied + noise(5) + id("7", "4,^2,^1"),
                  "5 (a) x86_64:mkdir[] -> denied errno | 5 label id=4");
  same_in_any_cut(denied + id("8", "123458"), call);
  same_in_any_cut(denied + id("7", "18446744073709551615"), call);
  same_in_any_cut(
      denied + "type=OBJ_PID msg=audit(1795312204.232:7): opid=9 oauid=0\n" + id("7", "4"), call);
}

TEST_CASE("where several LSMs name a task, SECCOMP's subject stands in a record of its own") {
  const std::string expected =
      "5 (a) x86_64:mkdir[] -> denied errno subject=system_u:system_r:container_t:s0:c1,c2";
  same_in_any_cut(SECCOMP_AT("7") CONTEXTS_AT("7"), expected);
  same_in_any_cut(SECCOMP_AT("7") + noise(5) + CONTEXTS_AT("7"), expected);
  same_in_any_cut(noise(3) + SECCOMP_AT("7") + noise(30) + CONTEXTS_AT("7") + noise(50), expected);
}

TEST_CASE("a context of another event, or too far away, is not this one's") {
  const std::string expected = "5 (a) x86_64:mkdir[] -> denied errno";
  same_in_any_cut(SECCOMP_AT("7") CONTEXTS_AT("8"), expected);
  same_in_any_cut(CONTEXTS_AT("7") SECCOMP_AT("7"), expected);
  same_in_any_cut(SECCOMP_AT("7") + noise(40) + CONTEXTS_AT("7"), expected);
}

TEST_CASE("interleaved events keep apart") {
  same_in_any_cut(
      SECCOMP_AT("7") SECCOMP_AT("8") CONTEXTS_AT("8") CONTEXTS_AT("7"),
      "5 (a) x86_64:mkdir[] -> denied errno subject=system_u:system_r:container_t:s0:c1,c2 | "
      "5 (a) x86_64:mkdir[] -> denied errno subject=system_u:system_r:container_t:s0:c1,c2");
}

TEST_CASE("an execve's first argument comes from EXECVE, its program from SYSCALL") {
  same_in_any_cut(
      "type=SYSCALL msg=audit(1795312204.232:9): arch=c000003e syscall=59 success=yes exit=0 a0=1 "
      "a1=2 a2=3 a3=4 items=2 ppid=4 pid=5 auid=0 "
      "uid=0 gid=0 ses=1 comm=\"mkdir\" exe=\"/bin/busybox\" key=(null)\x1d"
      "ARCH=x86_64 SYSCALL=execve\n"
      "type=EXECVE msg=audit(1795312204.232:9): argc=2 a0=\"mkdir\" a1=2F612062\n"
      "type=CWD msg=audit(1795312204.232:9): cwd=\"/\"\n"
      "type=PATH msg=audit(1795312204.232:9): item=0 name=\"/bin/mkdir\" inode=3 nametype=NORMAL\n"
      "type=PROCTITLE msg=audit(1795312204.232:9): proctitle=6D6B646972002F612062\n"
      "type=EOE msg=audit(1795312204.232:9): \n",
      "5 (mkdir) exec /bin/busybox argv0=mkdir | 5 (mkdir) x86_64:execve[1,2,3,4] -> 0 ppid=4");
}

TEST_CASE("an AVC names the last part of a path, PATH the whole") {
  same_in_any_cut(
      "type=AVC msg=audit(1795312204.232:9): avc:  denied  { write } for  pid=5 comm=\"t\" "
      "name=\"out\" dev=\"sda\" ino=1 "
      "scontext=u:r:a:s0 tcontext=u:o:b:s0 tclass=dir permissive=1\n"
      "type=PATH msg=audit(1795312204.232:9): item=0 name=\"/srv\" nametype=PARENT\n"
      "type=PATH msg=audit(1795312204.232:9): item=1 name=\"/srv/out\" nametype=NORMAL\n",
      "5 (t) selinux permitted op=dir perm=write subj=u:r:a:s0 target=/srv/out tcontext=u:o:b:s0");
}

TEST_CASE("a cut record that would wait is damage in every cut") {
  const std::string text =
      "type=SECCOMP msg=audit(1795312204.232:7): auid=0 uid=0 gid=0 ses=1 subj=? pid=5 comm=\"a\" "
      "exe=\"/a\" sig=0 arch=c000003e\n";
  for (std::size_t lines : {0u, 1u})
    CHECK(testing::read_in_chunks(audit_dialect(), text + noise(2), lines).damaged == 1);
}

TEST_CASE("a cut companion is damage wherever it stands") {
  const std::string text = SECCOMP_AT("7") + noise(1) + "type=CWD msg=audit(1795312204.232:7\n" +
                           "type=PATH msg=audit(17953122\n" + CONTEXTS_AT("7");
  for (std::size_t lines : {0u, 1u, 2u})
    CHECK(testing::read_in_chunks(audit_dialect(), text, lines).damaged == 2);
}
