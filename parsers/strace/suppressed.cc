#include "parsers/strace/suppressed.h"

#include "base/text.h"
#include "kernel/errno.h"
#include "parsers/strace/arguments.h"
#include "parsers/strace/multiplexer.h"

namespace medic::parsers::strace {
namespace {

using kernel::Arch;
using model::Outcome;

Arch arch_of_audit_name(std::string_view name) {
  constexpr std::string_view kPrefix = "AUDIT_ARCH_";
  if (name.starts_with("0x")) {
    const auto value = parse_hex(name.substr(2));
    return value && *value <= 0xFFFFFFFF
               ? kernel::arch_from_audit(static_cast<std::uint32_t>(*value), 0)
               : Arch::Unknown;
  }
  if (!name.starts_with(kPrefix)) return Arch::Unknown;
  std::string lower(name.substr(kPrefix.size()));
  for (char& c : lower) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  if (lower == "i386") return Arch::X86;
  return kernel::arch_from_any(lower).value_or(Arch::Unknown);
}

constexpr std::int64_t kFdCwd = -100;

}  // namespace

bool is_own_number(std::int64_t value, std::string_view call, const OwnNumbers& own, Arch arch) {
  if (value < 0) return false;
  switch (arch) {
    case Arch::X86_64: return value == own.x86_64;
    case Arch::X32: return value == own.x32 || value == own.x86_64;
    case Arch::X86:
    case Arch::Unknown: break;
    default: return false;
  }
  if (value == own.x86 || (arch == Arch::Unknown && (value == own.x86_64 || value == own.x32)))
    return true;
  if (value != 102 && value != 117) return false;  // i386's socketcall and ipc
  const auto mux = multiplexed(call);
  return mux && mux->x86_number == value;
}

bool repeats_first_argument(std::string_view args, std::int64_t value, Arch arch) {
  const char letter = args.empty() ? '\0' : args[0];
  if (args.starts_with("AT_FDCWD")) return value == kFdCwd;
  if (letter != '-' && (letter < '0' || letter > '9')) return arch != Arch::Unknown && value > 2;
  const auto number = parse_number(args.substr(0, args.find_first_of(",<")));
  return number && static_cast<std::int64_t>(*number) == value;
}

bool looks_suppressed(const Line& call, Arch arch) {
  if (call.result.question) return true;
  const Outcome& outcome = call.result.outcome;
  const bool failed = outcome.kind == Outcome::Kind::Failed;
  if (!failed && outcome.kind != Outcome::Kind::Returned) return false;
  const std::int64_t value = failed ? -outcome.error : outcome.value;
  if (call.call.has_number && value == call.call.number) return true;
  if (!failed && is_own_number(value, call.name, own_numbers(call.call.name), arch)) return true;
  if (is_x86_family(arch) || (value >= -2 && value <= 2))
    return false;  // the small ones mean nothing
  return repeats_first_argument(call.args, value, arch);
}

bool may_be_suppressed(const Line& line, Arch arch) {
  if (looks_suppressed(line, arch)) return true;
  if (is_x86_family(arch) || line.result.outcome.injected || line.result.restarts) return false;
  const bool failed = line.result.outcome.kind == Outcome::Kind::Failed;
  const std::int64_t shown = failed ? -line.result.outcome.error : line.result.outcome.value;
  const std::string_view first = line.args.substr(0, line.args.find_first_of(",<"));
  if (first.empty()) return true;
  if (first == "AT_FDCWD") return shown == kFdCwd;
  if (const auto number = parse_number(first)) return static_cast<std::int64_t>(*number) == shown;
  // A pointer shown as a string or structure, or a flag's name: the first is a large number, the
  // second may be any.
  return first[0] >= 'A' && first[0] <= 'Z' ? !failed : shown > 0xFFFF;
}

model::Signal read_signal_details(const Line& line, Arch arch) {
  model::Signal out;
  out.number = static_cast<int>(line.number);
  if (line.number != kernel::kSIGSYS ||
      line.body.find("si_code=SYS_SECCOMP") == std::string_view::npos)
    return out;
  out.from_seccomp = true;
  const Arch given = arch_of_audit_name(field(line.body, "si_arch="));
  out.syscall.arch =
      given != Arch::Unknown && !(given == Arch::X86_64 && arch == Arch::X32) ? given : arch;
  std::string_view call = field(line.body, "si_syscall=");
  if (call.starts_with("__NR_")) {
    // The tables leave setup(2) out: it is number 0 of the s390s, and no program calls it.
    const NamedCall named = find_call(call.substr(5), out.syscall.arch);
    if (call == "__NR_setup") {
      out.syscall.number = 0;
      out.syscall.has_number = true;
      return out;
    }
    out.syscall.name = named.name;
    out.syscall.number = named.number;
    out.syscall.has_number = named.has_number;
  } else if (const auto number = parse_number(call); number && *number <= 0x7FFFFFFF) {
    out.syscall.number = static_cast<std::int32_t>(*number);
    out.syscall.has_number = true;
    if (given == Arch::X86_64 && (out.syscall.number & kernel::kX32Bit) != 0)
      out.syscall.arch = Arch::X32;
    out.syscall.name = kernel::name_at({out.syscall.arch, out.syscall.number});
  }
  // strace leaves si_errno out when it is 0.
  const std::string_view data = field(line.body, "si_errno=");
  out.data = 0;
  if (!data.empty()) {
    const auto number = parse_decimal(data);
    out.data =
        number && *number <= 0xFFFF ? static_cast<int>(*number) : find_errno(data).value_or(0);
  }
  return out;
}

bool is_call_of(const model::Signal& signal, const Line& call) {
  if (signal.syscall.name == kernel::kNoName && !signal.syscall.has_number) return true;
  if (signal.syscall.name != kernel::kNoName && signal.syscall.name == call.call.name) return true;
  if (call.call.has_number && signal.syscall.has_number &&
      call.call.number == signal.syscall.number)
    return true;
  const auto mux = multiplexed(call.name);
  return mux && mux->multiplexer == signal.syscall.name;
}

bool is_multiplexer(const model::Signal& signal) {
  const std::string_view name = kernel::name_of(signal.syscall.name);
  return name == "socketcall" || name == "ipc";
}

Outcome trap_outcome(const model::Signal& signal) {
  Outcome out;
  out.kind = Outcome::Kind::Denied;
  out.action = kernel::Action::Trap;
  out.signal = kernel::kSIGSYS;
  out.error = signal.data > 0 ? signal.data : 0;
  return out;
}

}  // namespace medic::parsers::strace
