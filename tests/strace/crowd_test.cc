// A program of many tasks (recordings/crowd/crowd.c), recorded by the real strace 6.1 under the
// option sets of recordings/crowd/record: prefixes that come and go, messages within lines, calls
// left and resumed, a thread that executes over its leader, a pid namespace within, calls by int
// 0x80, stops, and strings like lines of strace's. The same calls must come out of each.
#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <set>
#include <string>

#include "strace/call_counter.h"
#include "strace/verbs.h"

using namespace medic;
using namespace medic::test;

namespace {

const std::filesystem::path kFolder =
    std::filesystem::path(MEDIC_SOURCE_DIR) / "tests/strace/recordings/crowd";

// Which of two waiting threads gets there first is the machine's choice.
Calls resolved(const CallCounter& read) {
  Calls calls = read.ended;
  calls.erase("futex ok");
  calls.erase("futex EAGAIN");
  return calls;
}

Calls without(Calls calls, std::initializer_list<const char*> names) {
  for (const char* name : names) calls.erase(name);
  return calls;
}

void move(Calls& calls, const std::string& from, const std::string& to) {
  calls[to] += calls[from];
  calls.erase(from);
}

Calls ending(const Calls& calls, bool well) {
  Calls out;
  for (const auto& [call, count] : calls) {
    if (call.ends_with(" ok") == well) out[call] = count;
  }
  return out;
}

// What the options of that recording make of the program's calls.
Calls expected_of(const std::string& name, Calls all) {
  if (name == "f-Z") return ending(all, false);
  if (name == "f-error") {
    move(all, "rmdir ENOENT", "rmdir EPERM injected");
    move(all, "unlink ok", "unlink EPERM injected");
  }
  if (name == "f-retval") {
    all["epoll_ctl ok injected"] = 2;
    return without(all, {"epoll_ctl ok", "epoll_ctl EPERM"});
  }
  if (name == "f-n" || name == "f-yy-n-i" || name == "stderr-f-n-i") {
    // The number says what i386's socket was to the filter.
    --all["socket ok"];
    all["socketcall ok"] = 1;
  }
  if (name == "f-seccomp-bpf") return without(all, {"getpid ok"});
  return all;
}

// What one has and the other has not, for people.
std::string difference(const Calls& got, const Calls& expected) {
  std::string out;
  for (const auto& [call, count] : got) {
    const auto other = expected.find(call);
    if (other == expected.end() || other->second != count)
      out += "+" + call + " " + std::to_string(count) + "; ";
  }
  for (const auto& [call, count] : expected) {
    const auto other = got.find(call);
    if (other == got.end() || other->second != count)
      out += "-" + call + " " + std::to_string(count) + "; ";
  }
  return out;
}

// Without the architecture, which a later chunk learns by a Label only.
std::string plain(std::string event) {
  for (const char* arch : {"x86_64:", "x86:"}) {
    const std::size_t at = event.find(arch);
    if (at != std::string::npos) event.erase(at, std::string_view(arch).size());
  }
  return event;
}

Calls events_of(const Reading& reading) {
  Calls out;
  for (const std::string& event : reading.events) ++out[plain(event)];
  return out;
}

}  // namespace

TEST_CASE("A program of many tasks gives the same calls under every option set of strace") {
  const Calls all = resolved(count_calls(kFolder / "f.log"));
  // The truth is crowd.c.
  CHECK(all.at("write ok") == 12);
  CHECK(all.at("mkdir ENOENT") == 1);
  CHECK(all.at("mkdir EFAULT") == 1);  // by int 0x80
  CHECK(all.at("rmdir ENOENT") == 1);
  CHECK(all.at("epoll_ctl EPERM") == 1);
  CHECK(all.at("socket ok") == 4);
  CHECK(all.at("execve ok") == 2);
  CHECK(all.at("kill ok") == 3);
  CHECK(all.at("unshare ok") == 1);
  CHECK_FALSE(all.contains("mkdir EPERM"));
  // Summaries, cut recordings and other programs have tests of their own.
  const std::set<std::string> kOwn = {"f-z",      "f-trace-some", "f-k",        "f-everything",
                                      "b-execve", "attach",       "stderr-f-C", "m32",
                                      "m32-n",    "m32-stderr"};
  std::size_t recordings = 0;
  for (const auto& entry : std::filesystem::directory_iterator(kFolder)) {
    const std::string name = entry.path().stem().string();
    if (entry.path().extension() != ".log") continue;
    CAPTURE(name);
    const CallCounter read = count_calls(entry.path());
    CHECK(read.damaged_lines == 0);
    CHECK(read.foreign_lines == 0);
    if (kOwn.contains(name)) continue;
    ++recordings;
    CHECK(difference(resolved(read), expected_of(name, all)) == "");
  }
  CHECK(recordings >= 30);
}

TEST_CASE("Cut anywhere, a recording says the same") {
  for (const auto& entry : std::filesystem::directory_iterator(kFolder)) {
    if (entry.path().extension() != ".log") continue;
    const std::string name = entry.path().stem().string(), log = text_of_file(entry.path());
    // Their calls go on without a word of it, which only the lines around them say; modes stand
    // above what they hold for.
    if (name == "f-z" || name == "f-quiet" || name == "stderr-f-C" || name == "m32-stderr")
      continue;
    CAPTURE(name);
    const Calls whole = events_of(read_strace(log));
    for (const std::size_t bytes : {1u, 300u, 4000u}) {
      CAPTURE(bytes);
      StraceCase how;
      how.chunk_bytes = bytes;
      const Reading cut = read_strace(log, how);
      CHECK(difference(events_of(cut), whole) == "");
      CHECK(cut.account.used + cut.account.foreign + cut.account.damaged.size() ==
            static_cast<std::size_t>(std::count(log.begin(), log.end(), '\n')));
    }
  }
}

TEST_CASE("A file set of -ff gives the calls of -f with several tasks too") {
  std::size_t files = 0;
  CallCounter all;
  for (const auto& entry : std::filesystem::directory_iterator(kFolder / "ff")) {
    const CallCounter read = count_calls(entry.path());
    CHECK(read.foreign_lines + read.damaged_lines == 0);
    add(all.ended, read.ended);
    ++files;
  }
  CHECK(files == 7);
  CHECK(difference(resolved(all), resolved(count_calls(kFolder / "f.log"))) == "");
}

TEST_CASE("A trace that was attached to and let go says both") {
  const Reading read = read_strace(text_of_file(kFolder / "attach.log"));
  const Calls events = events_of(read);
  CHECK(read.account.damaged.empty());
  std::uint64_t detached = 0, unfinished = 0, refused = 0;
  for (const auto& [event, count] : events) {
    if (event.find("loss detached") != std::string::npos) detached += count;
    if (event.find("clock_nanosleep") != std::string::npos && event.ends_with("-> unfinished"))
      unfinished += count;
    if (event.find("mkdir[?,448] -> ENOENT") != std::string::npos) refused += count;
  }
  CHECK(detached == 4);    // three tasks, and one of them within a call
  CHECK(unfinished == 2);  // that one's, and one that was left before
  CHECK(refused == 40);
}

TEST_CASE("Statuses chosen by -z and -Z") {
  const CallCounter all = count_calls(kFolder / "f.log"), well = count_calls(kFolder / "f-z.log");
  Calls expected = ending(all.ended, true);
  for (const char* never : {"exit_group ok", "exit ok", "pause ok"}) expected.erase(never);
  CHECK(difference(well.ended, expected) == "");
}

TEST_CASE("A trace of some calls has these whole") {
  const Calls all = count_calls(kFolder / "f.log").calls;
  const Calls some = count_calls(kFolder / "f-trace-some.log").calls;
  for (const auto& [call, count] : some) {
    CAPTURE(call);
    CHECK(count <=
          all.at(call));  // strace's own filter loses a thread that executes over its leader
  }
  CHECK(some.at("mkdir EFAULT") == 1);
  CHECK(some.at("write ok") == 12);
}

TEST_CASE("Recordings that end where strace gave up or was said to") {
  const Calls all = resolved(count_calls(kFolder / "f.log"));
  for (const std::string name : {"f-k", "f-everything", "b-execve"}) {
    CAPTURE(name);
    const Calls begun = resolved(count_calls(kFolder / (name + ".log")));
    for (const char* call : {"mkdir ENOENT", "mkdir EFAULT", "rmdir ENOENT", "epoll_ctl EPERM",
                             "unshare ok", "kill ok", "write ok"}) {
      CAPTURE(std::string(call));
      CHECK(begun.at(call) == all.at(call));
    }
  }
}

TEST_CASE("The summary behind a trace counts what the trace said, and is not known again") {
  const CallCounter read = count_calls(kFolder / "stderr-f-C.log");
  CHECK(read.calls.at("mkdir ENOENT") == 1);
  CHECK_FALSE(read.calls.contains("mkdir 0"));
  CHECK(read.calls.at("write ok") == 12);
}

TEST_CASE("Calls of a 32-bit program") {
  // To a file strace says nothing of the mode (a number, -n, or --arch does); on standard error it
  // does.
  const Calls quiet = resolved(count_calls(kFolder / "m32.log")),
              loud = resolved(count_calls(kFolder / "m32-stderr.log"));
  CHECK(difference(quiet, loud) == "");
  const Calls numbered = count_calls(kFolder / "m32-n.log").calls;
  CHECK(numbered.at("socketcall ok") >= 10);
  std::uint64_t x86 = 0;
  for (const std::string& event : read_strace(text_of_file(kFolder / "m32-stderr.log")).events)
    x86 += event.find("x86:") != std::string::npos;
  CHECK(x86 > 90);
}
