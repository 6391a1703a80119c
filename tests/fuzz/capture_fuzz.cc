// Every reader of captures on the same bytes: whole, and cut into chunks of lines. Each line must
// be accounted for once, and the cutting must not change how many events there are (what is given
// up for lack of room needs more lines than a fuzzer writes).
#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "fuzz/mutate_lines.h"
#include "parsers/ptrace/bpftrace_dialect.h"
#include "parsers/ptrace/capture_dialect.h"
#include "parsers/ptrace/creport_dialect.h"
#include "parsers/ptrace/gadget_dialect.h"
#include "parsers/ptrace/gdb_dialect.h"
#include "parsers/ptrace/gvisor_dialect.h"
#include "parsers/ptrace/lurk_dialect.h"
#include "parsers/ptrace/ltrace_dialect.h"
#include "parsers/ptrace/perf_trace_dialect.h"
#include "parsers/ptrace/sysdig_dialect.h"

using namespace medic;
using namespace medic::parsers;

namespace {

struct Count : ChunkSink {
  std::uint64_t lines = 0, events = 0, text = 0;
  void event(const model::Event& event) override {
    ++events;
    text += model::to_debug(event).size() + event.line.size();
  }
  void used(std::uint64_t count) override { lines += count; }
  void foreign(std::uint64_t count) override { lines += count; }
  void damaged(std::uint64_t, std::string_view line, std::string_view reason) override {
    ++lines;
    text += line.size();
    if (reason.empty()) std::abort();
  }
};

std::uint64_t lines_in(std::string_view text) {
  std::uint64_t lines = 0;
  for (const char c : text) lines += c == '\n';
  return lines + (!text.empty() && text.back() != '\n');
}

Count read(const Dialect& dialect, std::string_view text, std::size_t lines_per_chunk) {
  Count sink;
  const Options options;
  const auto joiner = dialect.make_joiner(options);
  const auto reader = dialect.make_reader(options);
  Chunk chunk;
  while (!text.empty()) {
    std::size_t end = 0;
    for (std::size_t lines = 0; end < text.size() && lines < lines_per_chunk; ++lines) {
      const std::size_t newline = text.find('\n', end);
      end = newline == std::string_view::npos ? text.size() : newline + 1;
    }
    chunk.text = text.substr(0, end);
    auto ends = reader->read(chunk, sink);
    if (joiner) joiner->join(std::move(ends), sink);
    chunk.first_line += lines_in(chunk.text);
    chunk.first_offset += end;
    text.remove_prefix(end);
  }
  if (joiner) joiner->finish(sink);
  return sink;
}

constexpr std::string_view kTokens[] = {
    "call 1 2.5 7 arch=c000003e nr=83 args=0,1ff,0,0,0,0 err=1 seccomp=errno data=1",
    "task 1 2.5 7 tgid=7 ppid=1 comm=a\\x20b cgroup=0::/docker/0123",
    "end 2 3.0 0 records=3 losses=0",
    "seccomp-medic-capture 0 1.0 0 version=1",
    " ret=?",
    " err=516",
    " args=",
    " seccomp=kill_thread",
    " = -1 EPERM (Operation not permitted)",
    " = -1 (unknown) (INTERNAL ERROR: strerror_r(512, [buf], 128)=22)",
    " ... [continued]: ",
    "     1.132 ( 3.975 ms): ",
    "? (         ): ",
    ") = 1> [pid 2/9 ",
    " ...",
    " = 20915 () = 1> [pid 2)",
    "7 SYS_",
    "@SYS(",
    " <unfinished ...>",
    " <no return ...>",
    "<... SYS_read resumed> ) = 3",
    "[pid 7] ",
    "+++ exited (status 3) +++",
    "--- SIGSYS (Bad system call) ---",
    "<0.000021>",
    "Catchpoint 1 (call to syscall mkdir), ",
    "(returned from syscall mkdir)",
    "Program terminated with signal SIGSYS",
    "[Inferior 1 (process 7) exited with code 03]",
    "I0101 00:00:00.000000       1 strace.go:567] [   1:   1] sh E ",
    " X read(0x3, 0x7f \"x\", 0x1) = 1 (0x1) errno=1 (operation not permitted) (1.2us)",
    "1 10:00:00.000000000 0 sh (7) > open ",
    "1 10:00:00.000000000 0 sh (7) < open fd=-2(ENOENT) name=/x ",
    "@[tracepoint:syscalls:sys_enter_mkdir]: 4",
    "{\"type\": \"map\", \"data\": {\"@nr\": {\"83\": 1}}}",
    "{\"syscall\":\"mkdir\",\"code\":\"SECCOMP_RET_ERRNO\",\"pid\":9}",
    "[54605] access(\"\", 4) = -2",
    "{\"monitors\":{\"pt\":{\"arch_name\":\"amd64\",\"syscall_stats\":{\"83\":{\"num\":83,\"name\":"
    "\"mkdir\",\"count\":1}}}}}",
    "\"",
    "\\",
    "\\u0000",
    "{",
    "}",
    "[",
    "]",
    "(",
    ")",
    ",",
    ":",
    "=",
    "-1",
    "0x",
    "9223372036854775808",
    "\x1b[31m",
    "\r"};

}  // namespace

// A third of the mutations are libFuzzer's own; the first byte chooses the chunks and stays as it
// is.
extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size,
                                               std::size_t max_size, unsigned seed) {
  if (LLVMFuzzerMutate != nullptr && (seed % 3 == 0 || size < 2))
    return LLVMFuzzerMutate(data, size, max_size);
  if (size == 0) return 0;
  fuzz::Lines log({reinterpret_cast<const char*>(data) + 1, size - 1}, seed);
  for (std::size_t i = 1 + log.below(3); i > 0; --i) log.shuffle(kTokens);
  return 1 + log.write(data + 1, max_size - 1);
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const Dialect* const kAll[] = {
      &capture_dialect(),    &creport_dialect(), &lurk_dialect(),   &ltrace_dialect(),
      &perf_trace_dialect(), &gvisor_dialect(),  &sysdig_dialect(), &bpftrace_dialect(),
      &gadget_dialect(),     &gdb_dialect()};
  if (size == 0) return 0;
  const std::size_t lines_per_chunk = 1 + data[0] % 5;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  std::vector<std::string_view> lines;
  Chunk chunk;
  chunk.text = text;
  for_each_line(
      chunk, [&](std::string_view line, std::uint64_t, std::uint64_t) { lines.push_back(line); });
  for (const Dialect* dialect : kAll) {
    if (dialect->recognise(lines) > lines.size()) std::abort();
    const Count whole = read(*dialect, text, SIZE_MAX), cut = read(*dialect, text, lines_per_chunk);
    if (whole.lines != lines_in(text) || cut.lines != whole.lines || cut.events != whole.events)
      std::abort();
  }
  return 0;
}
