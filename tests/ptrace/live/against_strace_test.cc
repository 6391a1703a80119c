// The recorder says the same calls with the same results as strace, thread by thread; and what each
// costs.
#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <vector>

#include "ptrace/live/record.h"
#include "support/skip.h"

using namespace medic;
using namespace medic::test;

namespace {

using Threads = std::vector<std::vector<std::string>>;  // in the order of appearance: `name=result`

// Numbers of tasks differ from run to run, and so does what signal returns give.
std::string normal(const std::string& name, std::string result,
                   const std::map<std::string, std::string>& tasks) {
  if (name == "rt_sigreturn" || name == "execve" || name == "getppid") return name;
  const auto task = tasks.find(result);
  return name + "=" + (task != tasks.end() ? task->second : result);
}

struct RawCall {
  std::string tid, name, result;
};

Threads by_thread(const std::vector<RawCall>& calls) {
  std::map<std::string, std::string> tasks;
  Threads out;
  std::map<std::string, std::size_t> index;
  for (const RawCall& call : calls) {
    if (tasks.emplace(call.tid, "task " + std::to_string(tasks.size())).second) {
      index[call.tid] = out.size();
      out.emplace_back();
    }
  }
  for (const RawCall& call : calls) {
    if (call.name != "futex") out[index[call.tid]].push_back(normal(call.name, call.result, tasks));
  }
  return out;
}

// `12 read(3, …) = 832`, `12 <... read resumed>…) = 832`; errors by name, `?` for none.
std::vector<RawCall> strace_calls(const std::string& text) {
  std::vector<RawCall> calls;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) {
    const std::size_t blank = line.find(' '), start = line.find_first_not_of(' ', blank),
                      equals = line.rfind(" = ");
    if (start == std::string::npos || line[start] == '+' || line[start] == '-' ||
        line.ends_with("<unfinished ...>"))
      continue;
    RawCall call{line.substr(0, blank), {}, "?"};
    const bool resumed = line.compare(start, 5, "<... ") == 0;
    const std::size_t name = resumed ? start + 5 : start;
    call.name = line.substr(name, line.find_first_of("( ", name) - name);
    if (equals != std::string::npos) {
      std::istringstream result(line.substr(equals + 3));
      result >> call.result;
      if (call.result == "-1") result >> call.result;
      if (call.result.starts_with("0x"))
        call.result = std::to_string(std::stoll(call.result, nullptr, 16));
    }
    calls.push_back(call);
  }
  return calls;
}

struct CallSink : parsers::ChunkSink {
  std::vector<RawCall> calls;
  void event(const model::Event& event) override {
    const auto* call = std::get_if<model::Call>(&event.what);
    if (call == nullptr) return;
    model::Event plain = event;
    auto& outcome = std::get<model::Call>(plain.what).outcome;
    // strace says a refusal as an errno like any other.
    if (outcome.kind == model::Outcome::Kind::Denied) outcome.kind = model::Outcome::Kind::Failed;
    const std::string text = model::to_debug(plain);
    std::string result = text.substr(text.rfind("-> ") + 3);
    if (result == "unfinished") result = "?";
    calls.push_back(
        {std::to_string(event.tid), std::string(kernel::name_of(call->syscall.name)), result});
  }
  void used(std::uint64_t) override {}
  void foreign(std::uint64_t) override {}
  void damaged(std::uint64_t, std::string_view, std::string_view) override {}
};

std::vector<RawCall> recorder_calls(const std::string& capture) {
  CallSink sink;
  parsers::Chunk chunk;
  chunk.text = capture;
  parsers::capture_dialect().make_reader({})->read(chunk, sink);
  return sink.calls;
}

// What differs first between the two, "" for nothing. Both under the same conditions: no address
// randomisation, so that addresses are the same too.
std::string first_difference(const std::string& program) {
  Folder folder;
  int status = 0;
  const std::string strace = folder.path() + "/s", capture = folder.path() + "/c";
  shell("setarch -R strace -f -a1 -o " + strace + " " + program, status);
  const int strace_status = status;
  shell("setarch -R " RECORDER " -o " + capture + " " + program, status);
  if (status != strace_status)
    return "status " + std::to_string(strace_status) + " and " + std::to_string(status);
  const Threads expected = by_thread(strace_calls(file_text(strace))),
                got = by_thread(recorder_calls(file_text(capture)));
  REQUIRE(expected.size() > 0);
  CHECK(expected.front().size() > 20);
  if (got.size() != expected.size())
    return std::to_string(expected.size()) + " threads and " + std::to_string(got.size());
  for (std::size_t i = 0; i < got.size(); ++i) {
    for (std::size_t j = 0; j < std::max(got[i].size(), expected[i].size()); ++j) {
      const std::string theirs = j < expected[i].size() ? expected[i][j] : "nothing",
                        ours = j < got[i].size() ? got[i][j] : "nothing";
      if (ours != theirs)
        return "thread " + std::to_string(i) + " call " + std::to_string(j) + ": strace " + theirs +
               ", recorder " + ours;
    }
  }
  return "";
}

// A child's end may find its parent in one call or the next: then the two agree in one of a few
// runs.
void compare(const std::string& program) {
  std::string difference;
  for (int run = 0; run < 5; ++run) {
    difference = first_difference(program);
    if (difference.empty()) return;
  }
  FAIL_CHECK(program << ": " << difference);
}

bool has_tools() {
  int status = 0;
  shell("strace -V && setarch -R true", status);
  if (status != 0) medic::support::skip("no strace or setarch here");
  return status == 0;
}

double seconds_of(const std::string& command) {
  int status = 0;
  const auto start = std::chrono::steady_clock::now();
  shell(command, status);
  CHECK(status == 0);
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

}  // namespace

TEST_CASE("the recorder's calls are strace's calls" * doctest::test_suite("optional")) {
  if (!may_trace() || !has_tools()) return;
  const std::string tracee = TRACEE;
  for (const std::string& program :
       {std::string("ls -l /usr"), std::string("cat /etc/passwd /nonexistent"), tracee + " fork",
        tracee + " threads", tracee + " calls 500", std::string("sh -c 'ls / > /dev/null; true'"),
        std::string("id"), tracee + " filter errno"}) {
    compare(program);
  }
}

TEST_CASE("the recorder costs no more than strace" * doctest::test_suite("optional")) {
  if (!may_trace() || !has_tools()) return;
  const std::string program = std::string(TRACEE) + " calls 100000";
  double bare = 1e9, strace = 1e9, recorder = 1e9;
  for (int round = 0; round < 3; ++round) {
    bare = std::min(bare, seconds_of(program));
    strace = std::min(strace, seconds_of("strace -f -o /dev/null " + program));
    recorder = std::min(recorder, seconds_of(RECORDER " -o /dev/null " + program));
  }
  MESSAGE("100000 calls: bare " << bare << " s, strace " << strace << " s, recorder " << recorder
                                << " s, recorder/strace " << recorder / strace);
  CHECK(recorder < strace * 2);  // room for a busy machine
}
