// Whose the lines without a number are, in traces that strace wrote to a terminal.
#include "parsers/strace/first_task.h"

#include <doctest/doctest.h>

#include "strace/call_counter.h"
#include "strace/verbs.h"

namespace {

using namespace medic;
using namespace medic::test;

std::int64_t task_of(std::string_view log) {
  return parsers::strace_dialect().task_of_unnumbered(log);
}

std::string recorded(const char* name) {
  return text_of_file(std::filesystem::path(MEDIC_SOURCE_DIR) / "tests/strace/recordings/crowd" /
                      name);
}

}  // namespace

TEST_CASE("The program that a recorded strace -f has started is known by its number") {
  struct Case {
    const char* file;
    std::int64_t task;
  };
  for (const Case& each : {Case{"stderr-f.log", 12722},
                           {"stderr-f-C.log", 12793},
                           {"stderr-f-Y-tt.log", 12748},
                           {"stderr-f-n-i.log", 12758},
                           {"stderr-f-pidns.log", 12768},
                           {"stderr-f-q.log", 12783},
                           {"stderr-f-yy.log", 12736},
                           {"f.log", -1},
                           {"attach.log", -1}}) {
    CAPTURE(each.file);
    CHECK(task_of(recorded(each.file)) == each.task);
  }
}

TEST_CASE("A program that libc does not start is known by the first number that is no child's") {
  const std::string head =
      "execve(\"./a\", [\"./a\"], 0x7ffd /* 3 vars */) = 0\nclone(child_stack=NULL, "
      "flags=SIGCHLDstrace: Process 12 attached\n)                = 12\n";
  CHECK(task_of(head + "[pid 12] close(3) = 0\n[pid 11] close(4) = 0\n") == 11);
  CHECK(task_of(head + "[pid 12] close(3) = 0\n") == -1);
  // Where strace does not announce them the number may be a child's.
  CHECK(task_of("execve(\"./a\", [\"./a\"], 0x7ffd /* 3 vars */) = 0\n[pid 12] close(3) = 0\n") ==
        -1);
}

TEST_CASE("A number of an inner namespace gives way to the one that strace shows") {
  CHECK(task_of("execve(\"./a\", [\"./a\"], 0x7ffd /* 3 vars */) = 0\nset_tid_address(0x40) = "
                "1\nvfork(strace: Process 52 attached\n <unfinished ...>\n[pid 52] close(3) = 0\n"
                "[pid 51] <... vfork resumed>) = 2\n") == 51);
}

TEST_CASE("An attached process is the one that lines without a number are of") {
  CHECK(task_of("strace: Process 77 attached\nread(0, \"\", 1) = 0\n") == 77);
  CHECK(task_of("write(2, \"strace: Process 7 attached\\n\", 27) = 27\n") == -1);
}

TEST_CASE("What the trace cannot say stays open") {
  for (const char* text : {"", "\n", "close(3) = 0\n", "7 close(3) = 0\nclose(4) = 0\n",
                           "strace: Process 99999999999999 attached\nclose(3) = 0\n"})
    CHECK(task_of(text) == -1);
}

TEST_CASE("Calls without a number are reported of the task that is known, a summary's of nobody") {
  StraceCase how;
  how.options.unnumbered = 7;
  CHECK(read_as_text("close(3) = 0\n[pid 8] close(4) = 0\n", how) ==
        "7 close[3] -> 0; 8 close[4] -> 0");
  CHECK(read_as_text("% time     seconds  usecs/call     calls    errors syscall\n100.00    "
                     "0.000010           1        10           open\n",
                     how) == "open[] -> seen x10");
}
