#include "parsers/strace/call_writer.h"

#include "base/text.h"
#include "kernel/errno.h"
#include "parsers/strace/arguments.h"
#include "parsers/strace/multiplexer.h"

namespace medic::parsers::strace {
namespace {

using kernel::Arch;
using model::Outcome;

}  // namespace

namespace {

bool makes_task(const Line& line) {
  return line.result.outcome.kind == Outcome::Kind::Returned && line.result.outcome.value > 0;
}

// The kernel's answer to a netlink request: the call that fetches it succeeds, and the request was
// refused.
bool refuses_by_netlink(std::string_view args) {
  const std::size_t at = args.find("nlmsg_type=NLMSG_ERROR");
  if (at == std::string_view::npos) return false;
  const std::string_view answer = args.substr(at);
  return answer.find("error=-EPERM") != std::string_view::npos ||
         answer.find("error=-EACCES") != std::string_view::npos;
}

bool makes_thread(const Line& line) {
  return line.args.find("CLONE_THREAD") != std::string_view::npos;
}

bool enters_strict_mode(const Line& line) {
  return line.result.outcome.kind == Outcome::Kind::Returned && line.result.outcome.value == 0 &&
         (line.args.find("SECCOMP_MODE_STRICT") != std::string_view::npos ||
          line.args.find("SECCOMP_SET_MODE_STRICT") != std::string_view::npos);
}

}  // namespace

model::Event& CallWriter::prepare(const Line& line, const Context& context) {
  event_.origin = context.origin;
  event_.time = line.prefix.time;
  event_.tid = context.tid >= 0 ? context.tid : options_.unnumbered;
  event_.subj = line.prefix.context;
  event_.line = line.raw;
  event_.comm = {};
  if (!line.prefix.comm.empty()) {
    comm_ = unquote(line.prefix.comm);
    event_.comm = comm_;
  }
  return event_;
}

namespace {

// The architecture of the machine's family on which that name has that number: a file says no
// modes, but with -n the number does.
Arch arch_by_number(Arch arch, const Line& line) {
  const kernel::NameId name = line.call.name;
  const std::int32_t number = line.prefix.number;
  if (arch == Arch::Unknown || name == kernel::kNoName || kernel::number_of(name, arch) == number)
    return arch;
  for (const kernel::ArchInfo& other : kernel::all_archs()) {
    if (other.parent != kernel::info(arch).parent || other.arch == arch) continue;
    const auto mux = other.arch == Arch::X86 ? multiplexed(line.name) : std::nullopt;
    if (kernel::number_of(name, other.arch) == number || (mux && mux->x86_number == number))
      return other.arch;
  }
  return arch;
}

// The call as seccomp sees it, where the number column or a signal says that it went through
// socketcall or ipc.
void name_multiplexer(model::Call& call, const Line& line) {
  const Arch arch = call.syscall.arch;
  if (arch != Arch::Unknown && !kernel::info(arch).multiplexed) return;
  const auto mux = multiplexed(line.name);
  if (!mux) return;
  const std::int32_t number =
      kernel::number_of(mux->multiplexer, arch == Arch::Unknown ? Arch::X86 : arch).value_or(-1);
  if (line.prefix.has_number && line.prefix.number != number) return;
  call.syscall.name = mux->multiplexer;
  call.syscall.number = number;
  call.syscall.has_number = true;
  if (arch == Arch::Unknown) call.syscall.arch = Arch::X86;
  call.args = {};
  call.args.set(0, mux->sub_call);
}

}  // namespace

model::Call& CallWriter::prepare_call(const Line& line, const Context& context) {
  prepare(line, context);
  if (!std::holds_alternative<model::Call>(event_.what)) event_.what = model::Call{};
  auto& call = std::get<model::Call>(event_.what);
  call.syscall = {line.call.forced_64bit ? Arch::X86_64 : context.arch, line.call.number,
                  line.call.name, line.call.has_number};
  if (line.prefix.has_number) {
    call.syscall.number = line.prefix.number;
    call.syscall.has_number = true;
    call.syscall.arch = arch_by_number(call.syscall.arch, line);
  }
  if (call.syscall.name == kernel::kNoName && call.syscall.has_number)
    call.syscall.name = kernel::name_at({call.syscall.arch, call.syscall.number});
  const std::uint8_t wanted = options_.wanted_args == nullptr || line.call.name == kernel::kNoName
                                  ? 0xFF
                                  : options_.wanted_args[line.call.name];
  call.args.known = 0;
  if (wanted != 0) call.args = read_arguments({line.args, line.name, call.syscall.arch, wanted});
  if (line.prefix.has_number || context.multiplexed) name_multiplexer(call, line);
  call.outcome = line.result.outcome;
  call.certainty = model::Certainty::Stated;
  call.text = cut_text(line.text);
  call.count = 1;
  return call;
}

Consequence CallWriter::call(const Line& line, const Context& context) {
  model::Call& call = prepare_call(line, context);
  const Nature nature = nature_of(line.call.name);
  if (nature == Nature::NoReturn && line.result.question) call.outcome.kind = Outcome::Kind::Seen;
  if (nature == Nature::Restores && call.outcome.kind != Outcome::Kind::Unfinished) {
    const bool injected = call.outcome.injected;
    call.outcome = {};
    call.outcome.injected = injected;
  }
  const bool refused = line.name.starts_with("recv") && refuses_by_netlink(line.args);
  const bool keeps = place_ != nullptr && nature == Nature::Plain && !refused;
  if (keeps) cache_->keep(*place_, event_);
  place_ = nullptr;
  sink_.event(event_);
  event_.repeat_id = 0;
  if (refused) emit_netlink_refusal(line);
  switch (nature) {
    case Nature::Forks:
      if (!makes_task(line)) return Consequence::None;
      emit_fork(line, context);
      return makes_thread(line) ? Consequence::NewThread : Consequence::NewTask;
    case Nature::Execs:
      if (line.result.outcome.kind == Outcome::Kind::Returned && line.result.outcome.value == 0 &&
          !line.result.outcome.injected)
        emit_exec(line);
      return Consequence::None;
    case Nature::EntersSeccomp:
      return enters_strict_mode(line) ? Consequence::StrictMode : Consequence::None;
    default: return Consequence::None;
  }
}

// {nlmsg_type=NLMSG_ERROR, …}, {error=-EPERM, msg=[{nlmsg_len=44, nlmsg_type=RTM_NEWLINK, …
void CallWriter::emit_netlink_refusal(const Line& line) {
  const std::string_view answer = line.args.substr(line.args.find("nlmsg_type=NLMSG_ERROR"));
  model::LayerDenial denial;
  denial.layer = model::LayerDenial::Layer::Capability;
  denial.operation = "netlink";
  denial.permission = field(answer, "error=-");
  denial.target = field(answer.substr(answer.find("error=-")), "nlmsg_type=");
  event_.what = denial;
  sink_.event(event_);
}

void CallWriter::emit_fork(const Line& line, const Context& context) {
  model::Fork fork;
  fork.is_thread = makes_thread(line);
  fork.child = line.result.outcome.value;
  if (context.child >= 0) {
    fork.child = context.child;
  } else if (line.result.outer_pid >= 0) {
    fork.child = line.result.outer_pid;
  } else {
    // Numbers grow until they wrap, so a child below its parent was most likely counted in an inner
    // namespace.
    fork.child_in_inner_ns = context.tid >= 0 && fork.child < context.tid;
  }
  event_.what = fork;
  sink_.event(event_);
}

// `"runc", "run", "web"], …`: the words with a NUL between two. strace cuts long ones and long
// lists.
void CallWriter::read_words(std::string_view list) {
  constexpr std::size_t kMaxBytes = 8192;
  words_.clear();
  while (list.starts_with('"') && words_.size() < kMaxBytes) {
    if (!words_.empty()) words_ += '\0';
    words_ += unquote(list);
    std::size_t end = 1;
    while (end < list.size() && list[end] != '"') end += list[end] == '\\' ? 2 : 1;
    const std::size_t comma = list.find_first_not_of('.', std::min(end + 1, list.size()));
    if (comma == std::string_view::npos || !list.substr(comma).starts_with(", ")) return;
    list.remove_prefix(comma + 2);
  }
}

void CallWriter::emit_exec(const Line& line) {
  std::string_view rest = line.args;
  if (rest.starts_with("pathname=")) rest.remove_prefix(9);
  if (!rest.starts_with('"')) {
    const std::size_t quote = rest.find('"');
    rest = quote == std::string_view::npos ? std::string_view{} : rest.substr(quote);
  }
  exe_ = unquote(rest);
  // execveat(3</bin/x>, "", …, AT_EMPTY_PATH): the descriptor's path is the program.
  if (exe_.empty()) {
    const std::size_t open = line.args.find('<'), close = line.args.find('>');
    if (open != std::string_view::npos && close != std::string_view::npos && open < close &&
        open < line.args.find('"')) {
      exe_ = unquote(line.args.substr(open + 1, close - open - 1));
    }
  }
  const std::size_t list = line.args.find("[\"");
  read_words(list == std::string_view::npos ? std::string_view{} : line.args.substr(list + 1));
  event_.what = model::Exec{exe_, std::string_view(words_).substr(0, words_.find('\0')), words_};
  sink_.event(event_);
}

void CallWriter::denied(const Line& line, Context context, const Outcome& outcome,
                        model::Certainty certainty) {
  // An suppressed call that went through a multiplexer seems to return the multiplexer's number.
  const auto mux =
      line.result.outcome.kind == Outcome::Kind::Returned ? multiplexed(line.name) : std::nullopt;
  const bool x86 = context.arch == Arch::X86 || context.arch == Arch::Unknown;
  context.multiplexed =
      context.multiplexed || (mux && x86 && line.result.outcome.value == mux->x86_number);
  model::Call& call = prepare_call(line, context);
  const bool injected = call.outcome.injected;
  call.outcome = outcome;
  call.outcome.injected = injected;
  call.certainty = certainty;
  sink_.event(event_);
}

void CallWriter::unfinished(const Line& line, const Context& context) {
  model::Call& call = prepare_call(line, context);
  call.outcome = {};
  call.outcome.kind = nature_of(line.call.name) == Nature::NoReturn || line.pid_changed
                          ? Outcome::Kind::Seen
                          : Outcome::Kind::Unfinished;
  sink_.event(event_);
}

void CallWriter::exit(const Line& line, const Context& context) {
  prepare(line, context);
  model::Exit exit;
  (line.kind == LineKind::Killed ? exit.signal : exit.code) = static_cast<int>(line.number);
  event_.what = exit;
  sink_.event(event_);
}

model::Signal CallWriter::signal(const Line& line, const Context& context) {
  prepare(line, context);
  const model::Signal signal = read_signal_details(line, context.arch);
  event_.what = signal;
  sink_.event(event_);
  return signal;
}

void CallWriter::trapped(const Line& signal_line, const Context& context,
                         const model::Signal& signal) {
  model::Call call;
  call.syscall = signal.syscall;
  call.outcome = trap_outcome(signal);
  call.certainty = model::Certainty::Suspected;
  prepare(signal_line, context);
  event_.what = call;
  event_.provenance = model::Provenance::Itself;
  sink_.event(event_);
  event_.provenance = model::Provenance::Kernel;
}

void CallWriter::architecture(const Line& line, const Context& context) {
  prepare(line, context);
  model::Label label;
  label.arch = context.arch;
  event_.what = label;
  sink_.event(event_);
}

void CallWriter::loss(model::Loss::Kind kind, const Line& line, const Context& context) {
  prepare(line, context);
  event_.what = model::Loss{kind, 1, cut_text(line.body)};
  sink_.event(event_);
}

void CallWriter::summary(const SummaryRow& row, const Line& row_line, const Context& context) {
  Line line = row_line;
  line.call = find_call(row.name, context.arch);
  line.name = row.name;
  model::Call& call = prepare_call(line, context);
  event_.tid = -1;  // of all tasks
  call.outcome = {};
  call.args.known = 0;
  call.count = row.calls - row.errors;
  if (call.count > 0) sink_.event(event_);
  if (row.errors == 0) return;
  call.count = row.errors;
  call.outcome.kind = Outcome::Kind::Failed;  // the table does not speak of what: error stays 0
  sink_.event(event_);
}

}  // namespace medic::parsers::strace
