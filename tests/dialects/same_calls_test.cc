// One program, recorded here by several tracers: each must say the calls that strace says, with the
// same errors. The programs are tests/ptrace/recordings/demo.c and, with threads, stops, int 0x80
// and strings like results, tests/strace/recordings/crowd/crowd.c.
#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <string>

#include "kernel/errno.h"
#include "parsers/ptrace/bpftrace_dialect.h"
#include "parsers/ptrace/capture_dialect.h"
#include "parsers/ptrace/gdb_dialect.h"
#include "parsers/ptrace/ltrace_dialect.h"
#include "parsers/ptrace/perf_trace_dialect.h"
#include "parsers/strace/strace_dialect.h"

using namespace medic;
using namespace medic::parsers;

namespace {

using Calls = std::map<std::string, std::int64_t>;  // `mkdir ENOENT`, `write`: how often

class CallSink : public ChunkSink {
 public:
  void event(const model::Event& event) override {
    const auto* call = std::get_if<model::Call>(&event.what);
    if (call == nullptr) return;
    std::string name(kernel::name_of(call->syscall.name));
    const bool failed = call->outcome.kind == model::Outcome::Kind::Failed;
    calls[name + (failed ? " " + kernel::errno_text(call->outcome.error) : "")] +=
        static_cast<std::int64_t>(call->count);
  }
  void used(std::uint64_t) override {}
  void foreign(std::uint64_t lines) override { lost += lines; }
  void damaged(std::uint64_t, std::string_view, std::string_view) override { ++lost; }

  Calls calls;
  std::uint64_t lost = 0;
};

Calls calls_of(const Dialect& dialect, const std::string& name, std::uint64_t lost = 0) {
  std::ifstream file(std::filesystem::path(MEDIC_SOURCE_DIR) / "tests/ptrace/recordings" / name,
                     std::ios::binary);
  std::stringstream text;
  text << file.rdbuf();
  const std::string log = text.str();
  REQUIRE_FALSE(log.empty());
  Options options;
  options.arch = kernel::Arch::X86_64;
  CallSink sink;
  Chunk chunk;
  chunk.text = log;
  chunk.last = true;
  const auto joiner = dialect.make_joiner(options);
  const auto reader = dialect.make_reader(options);
  auto ends = reader->read(chunk, sink);
  if (joiner) {
    joiner->join(std::move(ends), sink);
    joiner->finish(sink);
  }
  CHECK(sink.lost == lost);
  return sink.calls;
}

// What `got` says more and less than `expected`, for people: `+2 close; -1 execve; `.
std::string difference(const Calls& got, const Calls& expected) {
  Calls both = got;
  for (const auto& [call, count] : expected) both[call] -= count;
  std::string out;
  for (const auto& [call, count] : both) {
    if (count != 0) out += (count > 0 ? "+" : "") + std::to_string(count) + " " + call + "; ";
  }
  return out;
}

Calls without_errors(const Calls& calls) {
  Calls out;
  for (const auto& [call, count] : calls) out[call.substr(0, call.find(' '))] += count;
  return out;
}

}  // namespace

TEST_CASE("The demo's calls are strace's with every tracer") {
  const Calls strace = calls_of(strace_dialect(), "demo-strace.txt");
  CHECK(strace.at("mkdir ENOENT") == 1);
  CHECK(difference(calls_of(capture_dialect(), "demo.capture"), strace) == "");
  // ltrace begins behind the execve; the foreign lines are library calls.
  CHECK(difference(calls_of(ltrace_dialect(), "ltrace.txt", 11), strace) == "-1 execve; ");
  CHECK(difference(calls_of(ltrace_dialect(), "ltrace-stderr.txt", 11), strace) == "-1 execve; ");
  CHECK(difference(calls_of(perf_trace_dialect(), "perf-trace.txt"), strace) == "");
  // The table gives the clone to the child too, and leaves out calls that never return.
  CHECK(difference(calls_of(perf_trace_dialect(), "perf-trace-summary.txt", 8),
                   without_errors(strace)) == "+1 clone; -2 exit_group; ");
  // Two maps count the same calls.
  Calls twice = without_errors(strace);
  for (auto& [call, count] : twice) count *= 2;
  CHECK(difference(calls_of(bpftrace_dialect(), "bpftrace.txt", 3), twice) == "-2 execve; ");
  // The parent's alone.
  CHECK(difference(calls_of(gdb_dialect(), "gdb.txt", 154), without_errors(strace)) ==
        "-1 execve; -1 exit_group; -1 getpriority; -1 set_robust_list; ");
}

TEST_CASE("A program of many tasks that tries to fool its tracers") {
  const Calls strace = calls_of(strace_dialect(), "crowd-strace.txt");
  CHECK_FALSE(strace.contains("mkdir EPERM"));
  CHECK(difference(calls_of(capture_dialect(), "crowd.capture"), strace) == "");
  // Both take the numbers of int 0x80 for x86_64's; ltrace shows one restart more, perf the execve
  // of a thread under both numbers.
  CHECK(difference(calls_of(ltrace_dialect(), "crowd-ltrace.txt"), strace) ==
        "-1 execve; +1 getpid EFAULT; +1 getuid EFAULT; -1 mkdir EFAULT; +1 restart_syscall; -1 "
        "socketcall EFAULT; ");
  CHECK(difference(calls_of(perf_trace_dialect(), "crowd-perf-trace.txt"), strace) ==
        "+1 execve; +1 getpid EFAULT; +1 getuid EFAULT; -1 mkdir EFAULT; -1 socketcall EFAULT; ");
}
