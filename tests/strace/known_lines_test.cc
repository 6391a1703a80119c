// Lines that are like ones before them are looked up instead of read. That may not be seen in what
// is reported.
#include <doctest/doctest.h>

#include <memory>
#include <random>
#include <string>
#include <vector>

#include "parsers/strace/call_cache.h"
#include "parsers/strace/call_writer.h"
#include "strace/verbs.h"

using namespace medic;
using namespace medic::test;

namespace {

// Keeps what an event says to people too.
class FullSink : public parsers::ChunkSink {
 public:
  void event(const model::Event& event) override {
    const auto* call = std::get_if<model::Call>(&event.what);
    given.push_back(std::to_string(event.origin.line) + "@" + std::to_string(event.origin.offset) +
                    " " + std::to_string(event.time.ns) + " " + model::to_debug(event) + " | " +
                    std::string(event.line) + " | " +
                    std::string(call == nullptr ? "" : call->text));
    alike += event.repeat_id != 0;
  }
  void used(std::uint64_t lines) override { accounted += lines; }
  void foreign(std::uint64_t lines) override { accounted += lines; }
  void damaged(std::uint64_t, std::string_view, std::string_view) override { ++accounted; }

  std::vector<std::string> given;
  std::uint64_t accounted = 0, alike = 0;
};

class Scribe {
 public:
  explicit Scribe(unsigned seed) : random_(seed) {}

  std::string log(int lines) {
    std::string out;
    for (int i = 0; i < lines; ++i) {
      out += prefix();
      const std::size_t start = out.size();
      out += rest_of_line();
      if (random_() % 60 == 0)
        out[start + random_() % (out.size() - start)] = pick({"\r", " ", "=", "(", "\x1b", ">"})[0];
      out += random_() % 20 != 0 ? "\n" : random_() % 2 == 0 ? "\r\n" : "\r\r\n";
    }
    return out;
  }
  std::string_view pick(std::initializer_list<std::string_view> of) {
    return of.begin()[random_() % of.size()];
  }
  std::string name() {
    return std::string(pick({"read",
                             "write",
                             "close",
                             "openat",
                             "fcntl",
                             "mmap",
                             "getpid",
                             "socket",
                             "ioctl",
                             "rt_sigprocmask",
                             "mprotect",
                             "newfstatat",
                             "set_robust_list",
                             "sched_getaffinity",
                             "clock_nanosleep_",
                             "nosuchcall",
                             "pread64",
                             "dup2",
                             "kill",
                             "x",
                             "exit_group",
                             "wait4",
                             "prctl",
                             "semop"}));
  }
  std::string args() {
    std::string out;
    for (unsigned i = 0, count = random_() % 5; i < count; ++i) {
      if (i > 0) out += random_() % 30 == 0 ? "," : ", ";
      out += pick({"3",
                   "12",
                   "0",
                   "-1",
                   "NULL",
                   "AT_FDCWD",
                   "F_GETFD",
                   "F_SETFD",
                   "PROT_READ|PROT_WRITE",
                   "AF_UNIX",
                   "\"/a b\"",
                   "0x7f05984f9000",
                   "\"x\"...",
                   "{st_mode=S_IFREG|0644, st_size=44887, ...}",
                   "[{a = b}]",
                   "1027",
                   "T_GETS",
                   "MAP_PRIVATE|MAP_FIXED|MAP_DENYWRITE|MAP_ANONYMOUS|MAP_NORESERVE",
                   "\"...>",
                   "39",
                   "102"});
    }
    return out;
  }
  std::string result() {
    return std::string(pick({"0",
                             "3",
                             "1",
                             "2",
                             "12",
                             "39",
                             "102",
                             "117",
                             "832",
                             "-1",
                             "-38",
                             "0x7f05984f9000",
                             "?",
                             "-1 ENOENT (No such file or directory)",
                             "-1 EPERM (Operation not permitted)",
                             "?  <unavailable>",
                             "-1 ENOSYS (Function not implemented)",
                             "-1 EBADF (Bad file descriptor)",
                             "07",
                             "1234567890123456789",
                             "-1 EPERM (Operation not permitted) (INJECTED)",
                             "? ERESTARTSYS (To be restarted)",
                             "3</a>",
                             "0x8001 (flags O_RDWR|O_LARGEFILE)",
                             "-1 EXDEV (Invalid cross-device link)",
                             "4 /* 7 */"}));
  }
  std::string end() {
    std::string out =
        ")" + std::string(random_() % 3 == 0 ? random_() % 20 : 0, ' ') + " = " + result();
    if (random_() % 4 != 0)
      out += pick({" <0.000012>", " <1.000000>", " <12.000000>", " <0.00001x>", " <0.000012> "});
    return out;
  }
  std::mt19937& random() { return random_; }

 private:
  std::string prefix() {
    if (random_() % 40 == 0) ++second_;
    const std::string pid(random_() % 4 == 0 ? pick({"7", "12345", "4194304", "100"}) : "12122");
    const std::string second = std::to_string(10 + second_ % 50),
                      micros = std::to_string(100000 + random_() % 900000);
    switch (random_() % 30) {
      case 0: return random_() % 2 == 0 ? "" : "[ Process PID=12122 runs in 32 bit mode. ]\n";
      case 1: return pid + " ";
      case 2: return "[pid " + pid + "] ";
      case 3: return pid + " 1700000000." + micros + " ";
      default: return pid + "  12:34:" + second + "." + micros + " ";
    }
  }
  std::string rest_of_line() {
    if (random_() % 6 != 0) return name() + "(" + args() + end();
    if (random_() % 2 == 0) {
      left_ = name();
      return left_ + "(" + args() +
             std::string(pick({" <unfinished ...>", "<unfinished ...>", ", <unfinished ...>"}));
    }
    if (random_() % 3 != 0)
      return "<... " + left_ + " resumed>" + (random_() % 2 == 0 ? ", " : "") + args() + end();
    return std::string(
        pick({"[ Process PID=12122 runs in 32 bit mode. ]",
              "[ Process PID=12122 runs in 64 bit mode. ]", "[ Process PID=7 runs in x32 mode. ]",
              "strace: Process 7 attached", "+++ exited with 0 +++", "+++ killed by SIGSYS +++",
              "--- SIGCHLD {si_signo=SIGCHLD} ---", "<detached ...>",
              "--- SIGSYS {si_signo=SIGSYS, si_code=SYS_SECCOMP, si_syscall=__NR_read} ---"}));
  }

  std::mt19937 random_;
  unsigned second_ = 0;
  std::string left_ = "read";
};

FullSink read(std::string_view log, std::size_t chunk_bytes, parsers::Options options,
              bool cached) {
  FullSink sink;
  options.cached = cached;
  const auto joiner = parsers::strace_dialect().make_joiner(options);
  const auto reader = parsers::strace_dialect().make_reader(options);
  parsers::Chunk chunk;
  for (std::size_t at = 0; at < log.size();) {
    std::size_t end = std::min(log.size(), at + chunk_bytes);
    end = end < log.size() ? log.find('\n', end - 1) + 1 : end;
    chunk.text = log.substr(at, end - at);
    chunk.first_offset = at;
    chunk.last = end == log.size();
    joiner->join(reader->read(chunk, sink), sink);
    for (const char c : chunk.text) chunk.first_line += c == '\n';
    at = end;
  }
  joiner->finish(sink);
  return sink;
}

}  // namespace

TEST_CASE("What is reported of a log is the same with a memory and without") {
  std::vector<std::uint8_t> some(kernel::all_names().size(), 0);
  for (const auto& [name, mask] : {std::pair{"fcntl", 2},
                                   {"mmap", 12},
                                   {"mprotect", 4},
                                   {"socket", 7},
                                   {"prctl", 1},
                                   {"ioctl", 2}})
    some[kernel::find_name(name)] = static_cast<std::uint8_t>(mask);
  std::uint64_t alike = 0;
  for (const kernel::Arch arch :
       {kernel::Arch::Unknown, kernel::Arch::X86_64, kernel::Arch::X86, kernel::Arch::Aarch64}) {
    for (const std::uint8_t* wanted : {static_cast<const std::uint8_t*>(nullptr),
                                       static_cast<const std::uint8_t*>(some.data())}) {
      parsers::Options options;
      options.arch = arch;
      options.wanted_args = wanted;
      const std::string log =
          Scribe(static_cast<unsigned>(arch) + (wanted == nullptr ? 0 : 100)).log(6000);
      for (const std::size_t bytes : {log.size(), std::size_t{20000}}) {
        const FullSink with = read(log, bytes, options, true),
                       without = read(log, bytes, options, false);
        CHECK(with.accounted == without.accounted);
        REQUIRE(with.given.size() == without.given.size());
        for (std::size_t i = 0; i < with.given.size(); ++i)
          REQUIRE(with.given[i] == without.given[i]);
        alike += with.alike;
      }
    }
  }
  CHECK(alike > 20000);  // otherwise it says nothing
}

TEST_CASE("A plain call that looks undone is known to") {
  using namespace parsers::strace;
  Scribe scribe(5);
  int plain = 0, suppressed = 0;
  for (const kernel::Arch arch : {kernel::Arch::Unknown, kernel::Arch::X86_64, kernel::Arch::X86,
                                  kernel::Arch::X32, kernel::Arch::Aarch64, kernel::Arch::Mips64}) {
    parsers::Options options;
    CallCache cache(options);
    for (int round = 0; round < 20000; ++round) {
      const std::string text = scribe.name() + "(" + scribe.args() + scribe.end();
      const auto alone = std::make_unique<char[]>(text.size());
      text.copy(alone.get(), text.size());
      const MarkedLine marked = mark_line({alone.get(), text.size()});
      const PlainCall* call = cache.read(marked, Prefix{}, arch);
      if (call == nullptr) continue;
      CAPTURE(text);
      const Line line = read_line(marked, arch);
      REQUIRE(line.kind == LineKind::Call);
      REQUIRE(call->suppressed == looks_suppressed(line, arch));
      REQUIRE(call->value == line.result.outcome.value);
      REQUIRE(call->text == line.text);
      ++plain;
      suppressed += call->suppressed;
    }
  }
  CHECK(plain > 30000);
  CHECK(suppressed > 2000);
}
