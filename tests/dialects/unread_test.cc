// What names a denial whoever wrote it, and what only mentions seccomp or a number.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "parsers/unread.h"

using namespace medic::parsers;

TEST_CASE("Lines that name a denial are known, whoever wrote them") {
  for (const char* line :
       {"a.service: Main process exited, code=dumped, status=31/SYS",
        "./run.sh: line 2: 71 Bad system call  ./prog", "worker exited with code 159",
        "F/libc: Fatal signal 31 (SIGSYS), code 1", "x: type=1326 uid=0 syscall=83",
        "type=SECCOMP and its rest is gone", "{\"t\": \"SECCOMP\"}", "the seccomp filter denied it",
        "sig=31", "apparmor=\"DENIED\" operation=\"open\"", "avc:  denied  { read } for",
        "system call 5 is not allowed here"}) {
    CAPTURE(line);
    CHECK(names_denial(line));
  }
}

TEST_CASE("What only mentions seccomp, a signal's name or a number is no denial") {
  for (const char* line :
       {"systemd 252 running in system mode (+PAM +AUDIT +SECCOMP +GCRYPT)", "Seccomp:\t2",
        "port 1326 is open", "rt_sigaction(SIGSYS, {sa_handler=SIG_DFL}, NULL, 8) = 0",
        "took 159 ms", "it is 31 degrees", "apparmor=\"STATUS\" operation=\"profile_load\"",
        "seccomp filter installed"}) {
    CAPTURE(line);
    CHECK_FALSE(names_denial(line));
  }
}

TEST_CASE("Each such line of a chunk is given once, with its number and place") {
  Chunk chunk;
  const std::string text = "nothing\nSIGSYS and status=31/SYS\nnothing\nBad system call";
  chunk.text = text;
  chunk.first_line = 10;
  std::vector<std::uint64_t> numbers, offsets;
  for_each_named(chunk, [&](std::string_view, std::uint64_t number, std::uint64_t offset) {
    numbers.push_back(number);
    offsets.push_back(offset);
  });
  CHECK(numbers == std::vector<std::uint64_t>{11, 13});
  CHECK(offsets == std::vector<std::uint64_t>{8, 41});
}
