#include "parsers/audit/logcat_dialect.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "kernel/errno.h"
#include "parsers/audit/block_dialect.h"
#include "parsers/audit/fields.h"
#include "parsers/audit/naming.h"
#include "parsers/framing/prefix.h"

namespace medic::parsers {
namespace {

using namespace audit;

constexpr std::string_view kCause = "seccomp prevented call to disallowed ";
constexpr std::string_view kFatal = "Fatal signal 31 (SIGSYS), code 1 (SYS_SECCOMP";

// Where an architecture keeps the call's number and its arguments. The kernel puts the registers
// back as they were before a trap.
struct Registers {
  kernel::Arch arch;
  std::string_view number;
  std::array<std::string_view, kernel::kArgCount> args;
};
constexpr Registers kRegisters[] = {
    {kernel::Arch::X86_64, "rax", {"rdi", "rsi", "rdx", "r10", "r8", "r9"}},
    {kernel::Arch::X86, "eax", {"ebx", "ecx", "edx", "esi", "edi", "ebp"}},
    {kernel::Arch::Aarch64, "x8", {"x0", "x1", "x2", "x3", "x4", "x5"}},
    {kernel::Arch::Arm, "r7", {"r0", "r1", "r2", "r3", "r4", "r5"}},
    {kernel::Arch::Riscv64, "a7", {"a0", "a1", "a2", "a3", "a4", "a5"}},
};

// The message of a logcat line: what stands behind its tag; the line itself in a tombstone.
std::string_view message(std::string_view line) {
  for (std::string_view tag : {"DEBUG: ", "DEBUG   : ", "DEBUG   (", "libc: ", "libc    : "}) {
    const std::size_t at = line.find(tag);
    if (at == std::string_view::npos) continue;
    std::string_view rest = line.substr(at + tag.size());
    if (tag.ends_with('('))
      rest = rest.substr(std::min(rest.size(), rest.find("): ") == std::string_view::npos
                                                   ? rest.size()
                                                   : rest.find("): ") + 3));
    return rest;
  }
  return line;
}

std::int64_t number_behind(std::string_view text, std::string_view words) {
  const std::size_t at = text.find(words);
  const auto number =
      at == std::string_view::npos ? std::nullopt : leading_decimal(text.substr(at + words.size()));
  return number && *number >= 0 && *number < INT32_MAX ? *number : -1;
}

// The value of a register in a line of `name value  name value …`.
std::optional<std::uint64_t> register_in(std::string_view line, std::string_view name) {
  for (std::size_t at = line.find(name); at != std::string_view::npos;
       at = line.find(name, at + 1)) {
    const std::size_t end = at + name.size();
    if ((at != 0 && line[at - 1] != ' ') || end >= line.size() || line[end] != ' ') continue;
    std::string_view value = line.substr(end + 1);
    value = value.substr(0, value.find(' '));
    if (value.size() >= 8) return parse_hex(value);
  }
  return std::nullopt;
}

struct Crash {
  std::int64_t pid = -1, tid = -1, number = -1;
  std::string_view comm, exe;
  kernel::Arch arch = kernel::Arch::Unknown;
  bool by_seccomp = false;
  kernel::Args args;
  std::optional<std::uint64_t> register_number;

  void take(std::string_view line) {
    if (line.starts_with("pid: ")) {
      pid = number_behind(line, "pid: ");
      tid = number_behind(line, "tid: ");
      const std::size_t name = line.find("name: "), open = line.find("  >>> "),
                        close = line.find(" <<<");
      if (name != std::string_view::npos && open != std::string_view::npos && open > name)
        comm = line.substr(name + 6, open - name - 6);
      if (open != std::string_view::npos && close != std::string_view::npos && close > open + 6)
        exe = line.substr(open + 6, close - open - 6);
    }
    if (const std::size_t at = line.find(kCause); at != std::string_view::npos) {
      const std::string_view cause = line.substr(at + kCause.size());
      by_seccomp = true;
      arch =
          kernel::arch_from_any(cause.substr(0, cause.find(' '))).value_or(kernel::Arch::Unknown);
      number = number_behind(cause, "system call ");
    }
    for (const Registers& registers : kRegisters) {
      if (!by_seccomp || registers.arch != arch) continue;
      if (const auto value = register_in(line, registers.number)) register_number = value;
      for (unsigned i = 0; i < kernel::kArgCount; ++i) {
        if (const auto value = register_in(line, registers.args[i])) args.set(i, *value);
      }
    }
  }
};

class Logcat : public BlockDialect {
 public:
  std::string_view name() const override { return "logcat"; }
  std::string_view help() const override {
    return "Android logcat and tombstones: crashes by SIGSYS";
  }
  Traits traits() const override { return {.reads_lines_alone = false}; }
  std::size_t recognise(std::span<const std::string_view> lines) const override {
    return static_cast<std::size_t>(
        std::count_if(lines.begin(), lines.end(), [&](std::string_view line) {
          return uses(line) || line.find("/DEBUG: ") != std::string_view::npos ||
                 line.find(" F DEBUG   : ") != std::string_view::npos ||
                 line.find("F/DEBUG   (") != std::string_view::npos;
        }));
  }
  bool starts(std::string_view line) const override {
    const std::string_view text = message(line);
    return text.starts_with("*** *** ***") || text.starts_with("ABI: ") ||
           text.find(kFatal) != std::string_view::npos;
  }
  bool uses(std::string_view line) const override {
    const std::string_view text = message(line);
    return text.find(kFatal) != std::string_view::npos ||
           text.find(kCause) != std::string_view::npos ||
           (text.starts_with("pid: ") && text.find("tid: ") != std::string_view::npos) ||
           text.starts_with("signal 31 (SIGSYS)");
  }
  void read_block(std::string_view block, model::Origin origin, const Options& options,
                  EventSink& sink) const override {
    Crash crash;
    model::Event event;
    event.origin = origin;
    bool first = true;
    Chunk chunk;
    chunk.text = block;
    for_each_line(chunk, [&](std::string_view line, std::uint64_t, std::uint64_t) {
      if (first) event.time = framing::read_prefix(line.substr(0, line.find(": ") + 1)).time;
      if (first && message(line).find(kFatal) != std::string_view::npos)
        return read_fatal(message(line), line, options, event, sink);
      first = false;
      crash.take(message(line));
      if (message(line).find(kCause) != std::string_view::npos) event.line = line;
    });
    if (crash.by_seccomp) emit(crash, event, sink);
  }

 private:
  // `Fatal signal 31 (SIGSYS), code 1 (SYS_SECCOMP), syscall 441 in tid 123 (name), pid 122
  // (name)`: the block behind it says more, where it is there.
  static void read_fatal(std::string_view text, std::string_view line, const Options& options,
                         model::Event& event, EventSink& sink) {
    event.line = line;
    event.tid = number_behind(text, "in tid ");
    event.pid = number_behind(text, "pid ");
    model::Signal signal;
    signal.number = kernel::kSIGSYS;
    signal.from_seccomp = true;
    if (const std::int64_t number = number_behind(text, "syscall "); number >= 0)
      signal.syscall = syscall_by_number(options.arch, number);
    event.what = signal;
    sink.event(event);
  }

  static void emit(const Crash& crash, model::Event& event, EventSink& sink) {
    model::Call call;
    // Emulators say "system call 0" of any call; the register knows better.
    const bool doubtful =
        crash.number <= 0 && crash.register_number && *crash.register_number < 0x10000;
    call.syscall = syscall_by_number(
        crash.arch, doubtful ? static_cast<std::int64_t>(*crash.register_number) : crash.number);
    call.args = crash.args;
    call.outcome.kind = model::Outcome::Kind::Denied;
    call.outcome.action = kernel::Action::Trap;
    call.outcome.signal = kernel::kSIGSYS;
    event.pid = crash.pid;
    event.tid = crash.tid;
    event.comm = crash.comm;
    event.exe = crash.exe;
    event.what = call;
    if (crash.number >= 0 || doubtful) sink.event(event);
  }
};

}  // namespace

const Dialect& logcat_dialect() {
  static const Logcat dialect;
  return dialect;
}

}  // namespace medic::parsers
