// One program, recorded by the real strace 6.1 under many option sets (recordings/probe.c, `strace
// OPTIONS -o NAME.log ./probe`; the name says the options): the same calls must come out of each.
#include <doctest/doctest.h>

#include <filesystem>
#include <string>

#include "strace/call_counter.h"

namespace {

using namespace medic;
using namespace medic::test;

const std::filesystem::path kFolder =
    std::filesystem::path(MEDIC_SOURCE_DIR) / "tests/strace/recordings";

// -c says how many calls failed, not of what.
Calls without_errnos(const Calls& calls) {
  Calls out;
  for (const auto& [name, count] : calls)
    out[name.ends_with(" ok") ? name : name.substr(0, name.find(' ')) + " 0"] += count;
  // The table leaves out calls that never return, and it cannot count the execve that started the
  // program as such.
  out.erase("exit_group ok");
  return out;
}

Calls only(const Calls& calls, bool (*keep)(const std::string&)) {
  Calls out;
  for (const auto& [name, count] : calls) {
    if (keep(name)) out[name] = count;
  }
  return out;
}

}  // namespace

TEST_CASE("The same program gives the same calls under every option set of strace") {
  const Calls all = count_calls(kFolder / "f.log").calls;
  CHECK(all.at("mkdir ENOENT") == 1);
  CHECK(all.at("socket EAFNOSUPPORT") == 1);
  CHECK(all.at("write ok") == 2);
  CHECK(all.at("#9999 ENOSYS") == 1);
  CHECK(all.at("unshare ok") == 1);
  std::size_t recordings = 0;
  for (const auto& entry : std::filesystem::directory_iterator(kFolder)) {
    const std::string name = entry.path().stem().string();
    if (entry.path().extension() != ".log") continue;
    CAPTURE(name);
    const CallCounter read = count_calls(entry.path());
    CHECK(read.damaged_lines == 0);
    CHECK(read.foreign_lines == 0);
    ++recordings;
    if (name == "c" || name.starts_with("c-")) {
      Calls expected = without_errnos(all);
      // The table has names only for calls that its strace knows.
      expected.erase("#9999 0");
      Calls calls = read.calls;
      calls.erase("#9999 0");
      CHECK(calls == expected);
    } else if (name == "f-C") {
      CHECK(read.calls == all);  // its table counts them once more
    } else if (name == "f-inject") {
      Calls expected = all;
      expected.erase("mkdir ENOENT");
      expected["mkdir EPERM injected"] = 1;
      CHECK(read.calls == expected);
    } else if (name == "f-z") {
      CHECK(read.calls == only(all, [](const std::string& call) {
              return call.ends_with(" ok") && call != "exit_group ok";
            }));
    } else if (name == "f-Z") {
      CHECK(read.calls ==
            only(all, [](const std::string& call) { return !call.ends_with(" ok"); }));
    } else if (name == "plain" || name == "stderr") {
      Calls expected = all;  // without -f the child is not seen
      expected.erase("unshare ok");
      expected["set_robust_list ok"] -= 1;
      expected["exit_group ok"] -= 1;
      CHECK(read.calls == expected);
    } else {
      CHECK(read.calls == all);
    }
  }
  CHECK(recordings >= 30);
}

TEST_CASE("A file set of -ff gives the calls of -f, each with its file's task") {
  Calls sum;
  for (const auto& entry : std::filesystem::directory_iterator(kFolder / "ff")) {
    const CallCounter read = count_calls(entry.path());
    CHECK(read.foreign_lines + read.damaged_lines == 0);
    add(sum, read.calls);
  }
  CHECK(sum == count_calls(kFolder / "f.log").calls);
}

TEST_CASE("The task of a file is reported by its name") {
  CHECK(parsers::pid_from_file_name("dir/trace.1234") == 1234);
  CHECK(parsers::pid_from_file_name("trace.1234.gz") == 1234);
  CHECK_FALSE(parsers::pid_from_file_name("trace.log"));
  CHECK_FALSE(parsers::pid_from_file_name("strace.log.1"));
  CHECK_FALSE(parsers::pid_from_file_name("trace"));
  CHECK_FALSE(parsers::pid_from_file_name("dir/.1234"));
  CHECK_FALSE(parsers::pid_from_file_name("trace.99999999"));
}
