#include "parsers/audit/sandbox_dialect.h"

#include <algorithm>

#include "base/text.h"
#include "kernel/errno.h"
#include "parsers/audit/fields.h"
#include "parsers/audit/line_dialect.h"
#include "parsers/audit/naming.h"
#include "parsers/framing/prefix.h"

namespace medic::parsers {
namespace {

using namespace audit;

// The text behind the words; nothing when they do not stand in the line.
std::optional<std::string_view> after(std::string_view line, std::string_view words) {
  const std::size_t at = line.find(words);
  return at == std::string_view::npos ? std::nullopt
                                      : std::optional(line.substr(at + words.size()));
}

std::int64_t pid_at(std::optional<std::string_view> text) {
  const auto number = text ? leading_decimal(*text) : std::nullopt;
  return number && *number > 0 && *number < INT32_MAX ? *number : -1;
}

// A filter's TRAP, known by the program's own SIGSYS handler.
Reading trapped(const model::SyscallRef& syscall, const kernel::Args& args, model::Event& event,
                EventSink& sink) {
  if (!is_known(syscall)) return damaged("the message names no system call");
  model::Call call;
  call.syscall = syscall;
  call.args = args;
  call.outcome.kind = model::Outcome::Kind::Denied;
  call.outcome.action = kernel::Action::Trap;
  call.outcome.signal = kernel::kSIGSYS;
  event.what = call;
  sink.event(event);
  return kUsed;
}

Reading died(std::int64_t pid, model::Event& event, EventSink& sink) {
  event.pid = pid;
  event.what = model::Abend{kernel::kSIGSYS};
  sink.event(event);
  if (pid < 0) return kUsed;
  event.what = model::Exit{0, kernel::kSIGSYS};
  sink.event(event);
  return kUsed;
}

bool holds(std::string_view line, std::string_view words) {
  return line.find(words) != std::string_view::npos;
}

// The number behind any of the words, as a whole word.
bool has_number(std::string_view line, std::string_view number,
                std::initializer_list<std::string_view> words) {
  return std::any_of(words.begin(), words.end(), [&](std::string_view word) {
    for (std::size_t at = line.find(word); at != std::string_view::npos;
         at = line.find(word, at + 1)) {
      const std::string_view rest = line.substr(at + word.size());
      if (rest.starts_with(number) &&
          (rest.size() == number.size() || rest[number.size()] < '0' || rest[number.size()] > '9'))
        return true;
    }
    return false;
  });
}

// Who was waiting for a process says that SIGSYS ended it: a shell, a service manager, a container
// engine, a language's runtime.
bool names_death(std::string_view line) {
  if (holds(line, "seccomp-bpf failure") || holds(line, " = -1 ") || holds(line, "rt_sig"))
    return false;
  if (holds(line, "status=31/SYS") || holds(line, "signal 31/SYS") ||
      holds(line, "status=31/SIGSYS"))
    return true;
  if (holds(line, "Bad system call") || holds(line, "signal: bad system call") ||
      holds(line, "invalid system call") || line.starts_with("SIGSYS: bad system call"))
    return true;
  if (holds(line, "terminated by signal SIGSYS") || holds(line, "terminated with signal SIGSYS") ||
      holds(line, "killed by SIGSYS") || holds(line, "died with <Signals.SIGSYS") ||
      holds(line, "exited with SIGSYS") || holds(line, "killed by signal SIGSYS"))
    return !holds(line, "+++ ");
  if (has_number(line, "159",
                 {"exit status ", "exit status: ", "exited with code ", "exited with status ",
                  "exited with exit code ", "exit code ", "exit code: ", "exitCode=", "exitCode: ",
                  "Exit Code: ", "Exited (", "exited (", "status=159", "exited 159"}))
    return true;
  return has_number(line, "31",
                    {"terminated by signal ", "killed by signal ", "received signal ",
                     "died by signal ", "exited on signal ", "terminated with signal "});
}

// `haveged.service: Main process exited`, `Process 3783 (haveged) of user 0 …`: who it was.
void name_dead(std::string_view line, model::Event& event) {
  if (const auto text = after(line, "Process "); text && pid_at(text) > 0) {
    event.pid = pid_at(text);
    const std::size_t open = text->find('('), close = text->find(')');
    if (open != std::string_view::npos && close != std::string_view::npos && close > open &&
        open < 16)
      event.comm = text->substr(open + 1, close - open - 1);
    return;
  }
  const std::size_t end = line.find(".service: ");
  if (end == std::string_view::npos) return;
  event.comm = line.substr(0, end + 8);
  event.comm = event.comm.substr(event.comm.find_last_of(" \t>") + 1);
}

// libminijail's `blocked syscall: NAME|NUMBER`, printed by the program that made the call.
Reading minijail(std::string_view text, std::string_view line, const Options& options,
                 model::Event& event, EventSink& sink) {
  event.pid = pid_at(after(line, "libminijail["));
  const std::string_view word = text.substr(0, text.find_first_of(" \r"));
  const auto number = parse_decimal(word);
  return trapped(
      number ? syscall_by_number(options.arch, static_cast<std::int64_t>(*number & INT32_MAX))
             : syscall_by_name(options.arch, word),
      {}, event, sink);
}

// Chromium's `0230`, decimal, or `nr=0xe6 arg1=0x5 arg2=…`.
Reading chromium(std::string_view text, const Options& options, model::Event& event,
                 EventSink& sink) {
  if (!text.starts_with("nr=")) {
    const auto number = leading_decimal(text);
    return number ? trapped(syscall_by_number(options.arch, *number), {}, event, sink)
                  : damaged("the message names no system call");
  }
  kernel::Args args;
  for (unsigned i = 0; i < kernel::kArgCount; ++i) {
    const char key[] = {'a', 'r', 'g', static_cast<char>('1' + i), '\0'};
    if (const auto value = leading_hex(find_field(text, key).value)) args.set(i, *value);
  }
  const auto number = leading_hex(text.substr(3));
  return number ? trapped(syscall_by_number(options.arch,
                                            static_cast<std::int64_t>(*number & INT32_MAX)),
                          args, event, sink)
                : damaged("the message names no system call");
}

// Firefox: `pid 24480, tid 24480, syscall 49, args 33 140730 16 0 0 0.  Killing process.`
Reading firefox(std::string_view text, const Options& options, model::Event& event,
                EventSink& sink) {
  event.pid = pid_at(after(text, "pid "));
  event.tid = pid_at(after(text, "tid "));
  const auto call = after(text, "syscall ");
  const auto number = call ? leading_decimal(*call) : std::nullopt;
  if (!number) return damaged("the message names no system call");
  kernel::Args args;
  auto rest = after(text, "args ");
  for (unsigned i = 0; rest && i < kernel::kArgCount; ++i) {
    const std::size_t end = std::min(rest->find_first_not_of("0123456789"), rest->size());
    if (const auto value = parse_decimal(rest->substr(0, end))) args.set(i, *value);
    if (end >= rest->size() || (*rest)[end] != ' ') break;
    rest->remove_prefix(end + 1);
  }
  return trapped(syscall_by_number(options.arch, *number), args, event, sink);
}

// OpenSSH: `(arch:0xc000003e,syscall:157 @ 0x7f…)`
Reading openssh(std::string_view text, const framing::Prefix& prefix, model::Event& event,
                EventSink& sink) {
  const auto arch = after(text, "arch:0x"), call = after(text, "syscall:");
  const auto value = arch ? leading_hex(*arch) : std::nullopt;
  const auto number = call ? leading_decimal(*call) : std::nullopt;
  if (!value || !number) return damaged("the message names no system call");
  event.pid = prefix.pid;
  return trapped(syscall_by_number(
                     kernel::arch_from_audit(static_cast<std::uint32_t>(*value), *number), *number),
                 {}, event, sink);
}

Reading read_message(std::string_view line, const Options& options, model::Event& event,
                     EventSink& sink) {
  if (const auto text = after(line, "blocked syscall: ");
      text && line.find("libminijail") != std::string_view::npos)
    return minijail(*text, line, options, event, sink);
  if (line.find("had a policy violation (") != std::string_view::npos)
    return died(pid_at(after(line, "child process ")), event, sink);
  if (const auto text = after(line, "seccomp-bpf failure in syscall "))
    return chromium(*text, options, event, sink);
  if (const auto text = after(line, "seccomp sandbox violation: "))
    return firefox(*text, options, event, sink);
  if (line.find("committed a syscall/seccomp violation and exited with SIGSYS") !=
      std::string_view::npos)
    return died(std::max(pid_at(after(line, "pid=")), pid_at(after(line, "PID: "))), event, sink);
  if (const auto text = after(line, "ssh_sandbox_violation: unexpected system call (")) {
    return openssh(*text, framing::read_prefix(line.substr(0, line.find(": ") + 1)), event, sink);
  }
  if (const auto text = after(line, "Caught a bad syscall attempt (syscall ")) {
    return trapped(syscall_by_name(options.arch, text->substr(0, text->find(')'))), {}, event,
                   sink);
  }
  if (const auto text = after(line, "Attempted banned syscall number [")) {
    const auto number = leading_decimal(*text);
    return number ? trapped(syscall_by_number(options.arch, *number), {}, event, sink)
                  : damaged("the message names no system call");
  }
  if (const auto text = after(line, "The syscall \"");
      text && holds(*text, "allowed by the syscall sandbox"))
    return trapped(syscall_by_name(options.arch, text->substr(0, text->find('"'))), {}, event,
                   sink);
  if (!names_death(line)) return kForeign;
  name_dead(line, event);
  return died(event.pid, event, sink);
}

class Sandbox : public LineDialect {
 public:
  std::string_view name() const override { return "sandbox"; }
  std::string_view help() const override {
    return "sandboxes' own messages: minijail, Chromium, Firefox, nsjail, OpenSSH, Tor, Bitcoin";
  }
  Traits traits() const override { return {.finds_records_anywhere = true}; }
  std::size_t recognise(std::span<const std::string_view> lines) const override {
    struct Nothing : EventSink {
      void event(const model::Event&) override {}
    } nothing;
    return static_cast<std::size_t>(
        std::count_if(lines.begin(), lines.end(), [&](std::string_view line) {
          model::Event event;
          return read_message(line, {}, event, nothing).kind == Reading::Kind::Used;
        }));
  }
  Reading read_line(const Place& place, const Options& options, EventSink& sink) const override {
    model::Event event;
    event.origin = place.origin;
    event.line = place.line;
    const framing::Prefix prefix =
        framing::read_prefix(place.line.substr(0, place.line.find(": ") + 1));
    event.time = prefix.time;
    event.host = prefix.host;
    return read_message(place.line, options, event, sink);
  }
};

}  // namespace

const Dialect& sandbox_dialect() {
  static const Sandbox dialect;
  return dialect;
}

}  // namespace medic::parsers
