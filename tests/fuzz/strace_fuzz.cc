// strace lines and logs, whole and cut into chunks: no crash, every line accounted for once, and
// the same calls however the log is cut. The mutator knows strace's grammar: prefixes, calls left
// and resumed, decorations, strings that look like lines.
#include <algorithm>
#include <cctype>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "fuzz/mutate_lines.h"
#include "parsers/strace/strace_dialect.h"

namespace {

using namespace medic;

class CountingSink : public parsers::ChunkSink {
 public:
  void event(const model::Event& event) override {
    // Every view must be readable.
    checksum += model::to_debug(event).size() + event.line.size();
    if (const auto* call = std::get_if<model::Call>(&event.what)) checksum += call->text.size();
    ++events;
  }
  void used(std::uint64_t lines) override { accounted += lines; }
  void foreign(std::uint64_t lines) override { accounted += lines; }
  void damaged(std::uint64_t, std::string_view text, std::string_view reason) override {
    checksum += text.size() + reason.size();
    ++accounted;
  }

  std::uint64_t events = 0, accounted = 0, checksum = 0;
};

std::uint64_t lines_of(std::string_view log) {
  const auto newlines = static_cast<std::uint64_t>(std::count(log.begin(), log.end(), '\n'));
  return newlines + (!log.empty() && log.back() != '\n' ? 1 : 0);
}

void read(std::string_view log, std::size_t chunk_bytes, kernel::Arch arch) {
  CountingSink sink;
  parsers::Options options;
  options.arch = arch;
  const auto joiner = parsers::strace_dialect().make_joiner(options);
  const auto reader = parsers::strace_dialect().make_reader(options);
  parsers::Chunk chunk;
  for (std::size_t at = 0; at < log.size();) {
    std::size_t end = std::min(log.size(), at + chunk_bytes);
    const std::size_t newline = end < log.size() ? log.find('\n', end - 1) : std::string_view::npos;
    end = newline == std::string_view::npos ? log.size() : newline + 1;
    chunk.text = log.substr(at, end - at);
    chunk.first_offset = at;
    chunk.last = end == log.size();
    joiner->join(reader->read(chunk, sink), sink);
    chunk.first_line += lines_of(chunk.text);
    at = end;
  }
  joiner->finish(sink);
  if (sink.accounted != lines_of(log)) std::abort();
}

constexpr std::string_view kTokens[] = {
    " <unfinished ...>",
    "<... read resumed>",
    " = -1 EPERM (Operation not permitted)",
    " = ?",
    ") = 0\n",
    "+++ killed by SIGSYS +++\n",
    "--- SIGSYS {si_signo=SIGSYS, si_code=SYS_SECCOMP, si_syscall=__NR_mkdir, "
    "si_arch=AUDIT_ARCH_X86_64} ---\n",
    "[pid 7] ",
    "7 ",
    "12:34:56.123456 ",
    "getppid() = 110\n",
    "clone(child_stack=NULL, flags=CLONE_THREAD|SIGCHLD) = 8\n",
    "strace: Process 8 attached\n",
    "[ Process PID=7 runs in 32 bit mode. ]\n",
    "+++ superseded by execve in pid 8 +++\n",
    "</a>",
    "\"",
    "\\",
    "{",
    "}",
    "[",
    "]",
    "(",
    ")",
    ", ",
    "AF_INET|0x40",
    "makedev(0x1, 0x3)",
    "\x1b[33m",
    "\r\n",
    "_IOC(_IOC_READ, 0x54, 0x12, 0x8)",
    " or ",
    " /* ",
    " */",
    "100.00    0.000010           1        10         2 openat\n",
    "<detached ...>",
    " (INJECTED)",
    "% time     seconds  usecs/call     calls    errors syscall\n",
    "prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT) = 0\n",
    "+++ killed by SIGKILL +++\n",
    "AT_FDCWD"};

constexpr std::string_view kPrefixes[] = {"",
                                          "7 ",
                                          "8 ",
                                          "[pid 7] ",
                                          "[pid     8] ",
                                          "7<sh> ",
                                          "[pid 7<) = 1\\76 [pid 2>] ",
                                          "12:34:56.123456 ",
                                          "7 1700000000.123456 ",
                                          "     0.000092 ",
                                          "12:34:56 (+     0.000092) ",
                                          "[  83] ",
                                          "[????] ",
                                          "[00007f62dce3d4c7] ",
                                          "7 [unconfined_t] ",
                                          "\x1b[33m",
                                          " ",
                                          "4194305 "};
constexpr std::string_view kSuffixes[] = {" <0.000012>",
                                          " (INJECTED)",
                                          " (INJECTED: args, retval)",
                                          " (DELAYED)",
                                          "</etc/passwd>",
                                          "<TCP:[127.0.0.1:80->127.0.0.1:99]>",
                                          "(deleted)",
                                          " /* 7 in strace's PID NS */",
                                          " ([{fd=3, revents=POLLIN}])",
                                          " (Timeout)",
                                          " <unfinished ...>",
                                          " <detached ...>",
                                          " <pid changed to 8 ...>",
                                          "\r",
                                          ";"};
constexpr std::string_view kFakes[] = {"\") = -1 EPERM (Operation not permitted)\"",
                                       "\" <unfinished ...>\"",
                                       "\"<... mkdir resumed>) = 0\"",
                                       "\"+++ killed by SIGSYS +++\\n\"",
                                       "\"\\\\\"",
                                       "\"\\\"\"...",
                                       "\"((({{{[[[\"",
                                       "{a=1, b=\"}\", c=[1, 2]}",
                                       "0x7f /* 3 vars */",
                                       "[...]",
                                       "NULL",
                                       "...",
                                       "makedev(0x1, 0x3)",
                                       "A|B|0x40",
                                       "-1",
                                       "0644"};

// A call becomes two halves with the lines that follow between them, or with a message in its
// middle.
void part(fuzz::Lines& log) {
  const std::size_t at = log.any();
  const std::string line = log.lines[at];
  const std::size_t open = line.find('(');
  if (open == std::string::npos) return;
  std::size_t name = open;
  while (name > 0 &&
         (std::isalnum(static_cast<unsigned char>(line[name - 1])) != 0 || line[name - 1] == '_'))
    --name;
  const std::size_t cut = std::min(line.size(), open + 1 + log.below(line.size() - open));
  const std::string call = line.substr(name, open - name), prefix = line.substr(0, name);
  switch (log.below(4)) {
    case 0: log.lines[at] = line.substr(0, cut) + "strace: Process 8 attached"; break;
    case 1: log.lines[at] = line.substr(0, cut) + "strace: Process 8 detached"; break;
    default: log.lines[at] = line.substr(0, cut) + " <unfinished ...>"; break;
  }
  const bool marked = log.below(3) != 0;
  std::string rest =
      marked ? prefix + "<... " + (log.below(8) == 0 ? "restart_syscall" : call) + " resumed>"
             : std::string();
  log.insert(at + 1 + log.below(4), rest + line.substr(cut));
}

// A prefix of its own form on every line with that name, or on one.
void change_prefix(fuzz::Lines& log) {
  std::string& line = log.any_line();
  const std::size_t body = line.find_first_of("abcdefghijklmnopqrstuvwxyz<+-");
  if (body != std::string::npos && log.below(4) != 0) line.erase(0, body);
  line.insert(0, log.pick(kPrefixes));
  if (log.below(3) == 0) line.insert(0, log.pick(kPrefixes));
}

void put_argument(fuzz::Lines& log) {
  std::string& line = log.any_line();
  const std::size_t open = line.find_first_of("(,", log.below(line.size() + 1));
  if (open == std::string::npos) return;
  line.insert(open + 1, std::string(log.pick(kFakes)) + (log.below(2) == 0 ? ", " : ""));
}

void mutate(fuzz::Lines& log) {
  switch (log.below(6)) {
    case 0: part(log); break;
    case 1: change_prefix(log); break;
    case 2: put_argument(log); break;
    case 3: log.any_line() += log.pick(kSuffixes); break;
    default: log.shuffle(kTokens); break;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view log(reinterpret_cast<const char*>(data), size);
  read(log, SIZE_MAX / 2, kernel::Arch::Unknown);
  read(log, 1, kernel::Arch::X86_64);
  read(log, 100, kernel::Arch::Aarch64);
  if (parsers::strace_dialect().task_of_unnumbered(log) < -1) std::abort();
  return 0;
}

// A third of the mutations are libFuzzer's own.
extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size,
                                               std::size_t max_size, unsigned seed) {
  if (seed % 3 == 0 && LLVMFuzzerMutate != nullptr) return LLVMFuzzerMutate(data, size, max_size);
  fuzz::Lines log({reinterpret_cast<const char*>(data), size}, seed);
  for (std::size_t i = 1 + log.below(3); i > 0; --i) mutate(log);
  return log.write(data, max_size);
}
