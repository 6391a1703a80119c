// Logs made to fill a reader's memory: millions of tasks and calls that never end, lines without an
// end. What a dialect keeps between chunks must stay small, and every line must be accounted for.
#include <doctest/doctest.h>
#include <malloc.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <functional>
#include <string>

#include "parsers/registry.h"

using namespace medic;
using namespace medic::parsers;

namespace {

constexpr std::size_t kChunkBytes = std::size_t{1} << 20;

std::size_t resident_bytes() {
  malloc_trim(0);
  std::size_t size = 0, resident = 0;
  FILE* file = std::fopen("/proc/self/statm", "r");
  REQUIRE(file != nullptr);
  REQUIRE(std::fscanf(file, "%zu %zu", &size, &resident) == 2);
  std::fclose(file);
  return resident * static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
}

struct Account : ChunkSink {
  std::uint64_t lines = 0, events = 0;
  void event(const model::Event&) override { ++events; }
  void used(std::uint64_t count) override { lines += count; }
  void foreign(std::uint64_t count) override { lines += count; }
  void damaged(std::uint64_t, std::string_view, std::string_view) override { ++lines; }
};

using Lines = std::function<std::string(std::uint64_t)>;  // the n-th line, or lines

struct Flood {
  const char* dialect;
  const char* what;
  Lines lines;
};

std::string number(std::uint64_t n) { return std::to_string(n + 10); }

const Flood kFloods[] = {
    {"strace", "calls that never end",
     [](auto n) {
       return number(n) +
              " openat(AT_FDCWD, \"/usr/lib/libcrypto.so\", O_RDONLY <unfinished ...>\n";
     }},
    {"strace", "tasks", [](auto n) { return number(n) + " getppid() = 1\n"; }},
    {"strace", "tasks with names",
     [](auto n) { return number(n) + "<comm" + number(n) + "> close(3) = 0\n"; }},
    {"strace", "children",
     [](auto n) {
       return number(n) + " clone(child_stack=NULL, flags=SIGCHLD) = " + number(n + 1) + "\n";
     }},
    {"strace", "children in namespaces",
     [](auto n) { return number(n) + " clone(child_stack=NULL, flags=SIGCHLD) = 2\n"; }},
    {"strace", "threads",
     [](auto n) {
       return "9 clone(child_stack=0x7f, flags=CLONE_VM|CLONE_THREAD) = " + number(n) + "\n";
     }},
    {"strace", "threads that die of SIGSYS",
     [](auto n) {
       return "9 clone(flags=CLONE_VM|CLONE_THREAD) = " + number(n) + "\n" + number(n) +
              " getppid() = 110\n" + number(n) + " +++ killed by SIGSYS +++\n";
     }},
    {"strace", "second halves alone",
     [](auto n) { return number(n) + " <... read resumed>\"x\", 1) = 1\n"; }},
    {"strace", "modes",
     [](auto n) { return "[ Process PID=" + number(n) + " runs in 32 bit mode. ]\n"; }},
    {"strace", "tasks that enter strict mode",
     [](auto n) { return number(n) + " prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT) = 0\n"; }},
    {"strace", "messages within lines",
     [](auto n) { return number(n) + " vfork(strace: Process " + number(n + 1) + " attached\n"; }},
    {"strace", "long calls that never end",
     [](auto n) {
       return number(n) + " write(1, \"" + std::string(9000, 'x') + "\", 5 <unfinished ...>\n";
     }},
    {"ltrace", "calls that never end",
     [](auto n) { return number(n) + " SYS_read(3, 0x7ffd, 832 <unfinished ...>\n"; }},
    {"ltrace", "one task's calls that never end",
     [](auto) { return std::string("7 SYS_read(3, 0x7ffd, 832 <unfinished ...>\n"); }},
    {"ltrace", "second halves alone",
     [](auto n) { return number(n) + " <... SYS_read resumed> ) = 832\n"; }},
    {"perf-trace", "calls that never end",
     [](auto n) {
       return "     0.605 (         ): demo/" + number(n) + " wait4(upid: -1)      ...\n";
     }},
    {"perf-trace", "second halves alone",
     [](auto n) {
       return "     0.605 ( 0.024 ms): demo/" + number(n) + "  ... [continued]: wait4()) = 7\n";
     }},
    {"gvisor", "calls that never end",
     [](auto n) {
       return "I0101 00:00:00.000000       1 strace.go:567] [   1:   " + number(n) +
              "] sh E wait4(0xffffffff, 0x7f, 0x0, 0x0)\n";
     }},
    {"sysdig", "calls that never end",
     [](auto n) {
       return number(n) + " 10:00:00.000000000 0 sh (" + number(n) +
              ") > openat dirfd=-100(AT_FDCWD) name=/etc/x flags=1(O_RDONLY)\n";
     }},
    {"capture", "tasks",
     [](auto n) {
       return "task " + number(n) + " 2.5 " + number(n) + " tgid=" + number(n) +
              " ppid=1 comm=c exe=/bin/x nnp=1\n";
     }},
    {"lurk", "tasks", [](auto n) { return "[" + number(n) + "] brk(NULL) = 0x55578000\n"; }},
};

}  // namespace

TEST_CASE("What is kept between chunks does not grow with the log") {
  for (const Flood& flood : kFloods) {
    CAPTURE(std::string(flood.dialect));
    CAPTURE(std::string(flood.what));
    const Dialect* dialect = find_dialect(flood.dialect);
    REQUIRE(dialect != nullptr);
    const Options options;
    Account account;
    const auto joiner = dialect->make_joiner(options);
    const auto reader = dialect->make_reader(options);
    Chunk chunk;
    std::string text;
    std::uint64_t n = 0, lines = 0;
    std::size_t largest_ends = 0;
    const std::size_t before = resident_bytes();
    for (int i = 0; i < 16; ++i) {
      text.clear();
      while (text.size() < kChunkBytes) text += flood.lines(n++);
      chunk.text = text;
      const std::size_t parsing = resident_bytes();
      auto ends = reader->read(chunk, account);
      const std::size_t parsed = resident_bytes();
      if (i > 0 && parsed > parsing) largest_ends = std::max(largest_ends, parsed - parsing);
      if (joiner) joiner->join(std::move(ends), account);
      const auto count = static_cast<std::uint64_t>(std::count(text.begin(), text.end(), '\n'));
      chunk.first_line += count;
      chunk.first_offset += text.size();
      lines += count;
    }
    const std::size_t after = resident_bytes();
    MESSAGE(std::string(flood.dialect)
            << ", " << std::string(flood.what) << ": " << lines << " lines, kept "
            << (after > before ? after - before : 0) / 1024 << " KiB, ends of a chunk "
            << largest_ends / 1024 << " KiB");
#if !defined(__SANITIZE_ADDRESS__)  // it keeps what is freed
    CHECK(after < before + (std::size_t{48} << 20));
    CHECK(largest_ends < std::size_t{8} << 20);
#endif
    if (joiner) joiner->finish(account);
    CHECK(account.lines == lines);
  }
}

TEST_CASE("A line without an end is one line") {
  const std::string endless = "7 write(1, \"" + std::string(std::size_t{32} << 20, 'A');
  for (const char* name : {"strace", "ltrace", "perf-trace", "gvisor", "sysdig", "capture", "lurk",
                           "gdb", "bpftrace", "creport", "gadget"}) {
    CAPTURE(std::string(name));
    const Dialect* dialect = find_dialect(name);
    REQUIRE(dialect != nullptr);
    const Options options;
    Account account;
    const auto joiner = dialect->make_joiner(options);
    const auto reader = dialect->make_reader(options);
    Chunk chunk;
    chunk.text = endless;
    chunk.last = true;
    auto ends = reader->read(chunk, account);
    if (joiner) {
      joiner->join(std::move(ends), account);
      joiner->finish(account);
    }
    CHECK(account.lines == 1);
  }
}
