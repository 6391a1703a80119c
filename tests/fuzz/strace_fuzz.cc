// strace lines and logs, whole and cut into chunks: no crash, every line accounted for once, and the same calls however the log
// is cut. The mutator knows the tokens of strace's grammar.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>

#include "parsers/strace/strace_dialect.h"

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t max_size) __attribute__((weak));

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
  const auto stitcher = parsers::strace_dialect().stitcher(options);
  parsers::Chunk chunk;
  for (std::size_t at = 0; at < log.size();) {
    std::size_t end = std::min(log.size(), at + chunk_bytes);
    const std::size_t newline = end < log.size() ? log.find('\n', end - 1) : std::string_view::npos;
    end = newline == std::string_view::npos ? log.size() : newline + 1;
    chunk.text = log.substr(at, end - at);
    chunk.first_offset = at;
    chunk.last = end == log.size();
    stitcher->join(parsers::strace_dialect().parse(chunk, options, sink), sink);
    chunk.first_line += lines_of(chunk.text);
    at = end;
  }
  stitcher->finish(sink);
  if (sink.accounted != lines_of(log)) std::abort();
}

constexpr std::string_view kTokens[] = {
    " <unfinished ...>",
    "<... read resumed>",
    " = -1 EPERM (Operation not permitted)",
    " = ?",
    ") = 0\n",
    "+++ killed by SIGSYS +++\n",
    "--- SIGSYS {si_signo=SIGSYS, si_code=SYS_SECCOMP, si_syscall=__NR_mkdir, si_arch=AUDIT_ARCH_X86_64} ---\n",
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

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view log(reinterpret_cast<const char*>(data), size);
  read(log, SIZE_MAX / 2, kernel::Arch::Unknown);
  read(log, 1, kernel::Arch::X86_64);
  read(log, 100, kernel::Arch::Aarch64);
  return 0;
}

// Half of the mutations are libFuzzer's own; the others put in, copy or take out whole tokens and lines.
extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t max_size, unsigned seed) {
  if (seed % 2 == 0 && LLVMFuzzerMutate != nullptr) return LLVMFuzzerMutate(data, size, max_size);
  std::string text(reinterpret_cast<const char*>(data), size);
  const std::size_t at = text.empty() ? 0 : seed / 7 % (text.size() + 1);
  switch (seed / 2 % 4) {
    case 0: text.insert(at, kTokens[seed / 64 % std::size(kTokens)]); break;
    case 1: text.erase(at, seed / 64 % 40); break;
    case 2: text.insert(at, text.substr(seed / 64 % (text.size() + 1), seed / 4096 % 120)); break;
    default: {
      const std::size_t begin = text.rfind('\n', at) == std::string::npos ? 0 : text.rfind('\n', at) + 1;
      const std::size_t end = std::min(text.find('\n', begin), text.size());
      text += "\n" + text.substr(begin, end - begin) + "\n";
      break;
    }
  }
  size = std::min(text.size(), max_size);
  std::memcpy(data, text.data(), size);
  return size;
}
