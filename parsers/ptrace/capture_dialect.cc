// One record a line, each of its own; what joins them is their numbering, which says what is
// missing.
#include "parsers/ptrace/capture_dialect.h"

#include <algorithm>
#include <charconv>
#include <memory>
#include <optional>
#include <string>

#include "base/text.h"
#include "kernel/errno.h"
#include "parsers/ptrace/call_text.h"
#include "parsers/ptrace/capture_fields.h"
#include "parsers/ptrace/line_dialect.h"

namespace medic::parsers {
namespace {

using namespace ptrace;
using model::Outcome;

constexpr std::string_view kHeader = "seccomp-medic-capture";
constexpr std::string_view kKinds[] = {kHeader,  "call",    "task",   "fork", "exec", "exit",
                                       "signal", "filters", "detach", "loss", "end"};

// How the records of a chunk hang together with those before and after it.
class CaptureEnds : public Partial {
 public:
  bool any = false;
  bool starts_anew = false;  // the first record is a header
  std::uint64_t first = 0, next = 0;
  bool ended = false;  // the last record is a trailer
  model::Origin first_origin, last_origin;
};

model::Event loss_event(const model::Origin& origin, model::Loss loss) {
  model::Event event;
  event.origin = origin;
  event.what = loss;
  return event;
}

void report_gap(const model::Origin& origin, std::uint64_t missing, EventSink& sink) {
  sink.event(loss_event(
      origin, {model::Loss::Kind::SerialGap, missing, "records of the capture are missing"}));
}
void report_cut(const model::Origin& origin, EventSink& sink) {
  sink.event(loss_event(
      origin, {model::Loss::Kind::Other, 0, "the capture was cut off: it has no end record"}));
}

class CaptureJoiner : public Joiner {
 public:
  void join(std::unique_ptr<Partial> ends, EventSink& sink) override {
    const auto* chunk = dynamic_cast<const CaptureEnds*>(ends.get());
    if (chunk == nullptr || !chunk->any) return;
    if (chunk->starts_anew) {
      if (any_ && !ended_) report_cut(chunk->first_origin, sink);
    } else if (chunk->first > next_) {
      report_gap(chunk->first_origin, chunk->first - next_, sink);
    }
    any_ = true;
    next_ = chunk->next;
    ended_ = chunk->ended;
    last_ = chunk->last_origin;
  }
  void finish(EventSink& sink) override {
    if (any_ && !ended_) report_cut(last_, sink);
  }

 private:
  bool any_ = false, ended_ = false;
  std::uint64_t next_ = 0;
  model::Origin last_;
};

model::SyscallRef syscall_ref(std::uint32_t audit_arch, std::int64_t number) {
  model::SyscallRef ref;
  ref.number = static_cast<std::int32_t>(number);
  ref.has_number = true;
  ref.arch = kernel::arch_from_audit(audit_arch, ref.number);
  if (ref.arch != kernel::Arch::Unknown) ref.name = kernel::name_at({ref.arch, ref.number});
  return ref;
}

Outcome denied(kernel::Action action, int error, int signal) {
  Outcome outcome;
  outcome.kind = Outcome::Kind::Denied;
  outcome.action = action;
  outcome.error = error;
  outcome.signal = signal;
  return outcome;
}

// What seccomp did, over the plain result.
Outcome with_seccomp(std::string_view word, int data, const Outcome& plain) {
  using kernel::Action;
  if (word == "kill_process") return denied(Action::KillProcess, 0, kernel::kSIGSYS);
  if (word == "kill_thread") return denied(Action::KillThread, 0, kernel::kSIGSYS);
  if (word == "trap") return denied(Action::Trap, 0, kernel::kSIGSYS);
  if (word == "errno") return denied(Action::Errno, data, 0);
  if (word == "trace") return denied(Action::Trace, plain.error, 0);
  if (word == "log") return denied(Action::Log, plain.error, 0);
  // A supervisor that lets the call through, or answers it well, refuses nothing.
  if (word == "notify" && plain.kind == Outcome::Kind::Failed)
    return denied(Action::Notify, plain.error, 0);
  if (word == "strict") {
    Outcome killed;
    killed.kind = Outcome::Kind::Killed;
    killed.signal = kernel::kSIGKILL;
    return killed;
  }
  return plain;
}

std::optional<Outcome> outcome_of(const CaptureFields& fields) {
  Outcome plain;
  if (const auto error = fields.decimal("err")) {
    plain = raw_outcome(-std::clamp<std::int64_t>(*error, 1, 4095));
  } else if (fields.text("ret") == "?") {
    plain.kind = Outcome::Kind::Unfinished;
  } else if (const auto result = fields.decimal("ret")) {
    plain.kind = Outcome::Kind::Returned;
    plain.value = *result;
  } else {
    return std::nullopt;
  }
  return with_seccomp(fields.text("seccomp"),
                      static_cast<int>(fields.decimal("data").value_or(0) & 0xFFFF), plain);
}

std::optional<kernel::Args> args_of(std::string_view list) {
  kernel::Args args;
  for (unsigned i = 0; i < kernel::kArgCount; ++i) {
    const std::size_t comma = list.find(',');
    const auto value = parse_hex(list.substr(0, comma));
    if (!value || (comma == std::string_view::npos) != (i + 1 == kernel::kArgCount))
      return std::nullopt;
    args.set(i, *value);
    list.remove_prefix(comma == std::string_view::npos ? list.size() : comma + 1);
  }
  return args;
}

Reading read_call(const CaptureFields& fields, model::Event event, EventSink& sink) {
  const auto arch = fields.hex("arch");
  const auto number = fields.decimal("nr");
  const auto args = args_of(fields.text("args"));
  const auto outcome = outcome_of(fields);
  if (!arch || !number || !args || !outcome)
    return damaged("call record with a field missing or unreadable");
  model::Call call;
  call.syscall = syscall_ref(static_cast<std::uint32_t>(*arch), *number);
  call.args = *args;
  // The upper halves of a 64-bit program's registers stand there when it calls by int 0x80; neither
  // call nor filter is meant by them.
  constexpr std::uint32_t k64Bit = 0x80000000;  // __AUDIT_ARCH_64BIT
  if ((*arch & k64Bit) == 0) {
    for (std::uint64_t& value : call.args.value) value &= 0xFFFFFFFF;
  }
  call.outcome = *outcome;
  event.what = call;
  sink.event(event);
  return kUsed;
}

// Of the hierarchies in /proc/PID/cgroup the one that names a container best: the longest path.
std::string_view best_cgroup(std::string_view file) {
  std::string_view best;
  while (!file.empty()) {
    const std::string_view line = file.substr(0, file.find('\n'));
    file.remove_prefix(std::min(line.size() + 1, file.size()));
    const std::size_t first = line.find(':'),
                      second = first == std::string_view::npos ? first : line.find(':', first + 1);
    if (second == std::string_view::npos) continue;
    const std::string_view path = line.substr(second + 1);
    if (path.size() > best.size()) best = path;
  }
  return best;
}

Reading read_task(const CaptureFields& fields, model::Event event, EventSink& sink) {
  const auto group = fields.decimal("tgid");
  if (!group) return damaged("task record without tgid");
  const std::string comm = fields.bytes("comm"), exe = fields.bytes("exe"),
                    subj = fields.bytes("label"), cgroup = fields.bytes("cgroup");
  event.pid = *group;
  event.comm = comm;
  event.exe = exe;
  event.subj = subj;
  event.uid = fields.decimal("uid").value_or(-1);
  event.auid = fields.decimal("auid").value_or(-1);
  event.session = fields.decimal("ses").value_or(-1);
  model::Label label;
  label.ppid = fields.decimal("ppid").value_or(-1);
  label.cgroup = best_cgroup(cgroup);
  label.pid_namespace = fields.text("pidns");
  label.has_caps = fields.hex("capeff").has_value();
  label.effective_caps = fields.hex("capeff").value_or(0);
  label.bounding_caps = fields.hex("capbnd").value_or(0);
  label.no_new_privs = static_cast<int>(fields.decimal("nnp").value_or(-1));
  label.seccomp_mode = static_cast<int>(fields.decimal("seccomp").value_or(-1));
  label.start_ticks = fields.decimal("start").value_or(-1);
  event.what = label;
  sink.event(event);
  return kUsed;
}

Reading read_fork(const CaptureFields& fields, model::Event event, EventSink& sink) {
  const auto child = fields.decimal("child");
  if (!child) return damaged("fork record without child");
  model::Fork fork;
  fork.child = *child;
  fork.is_thread = fields.decimal("thread") == 1;
  event.what = fork;
  sink.event(event);
  return kUsed;
}

Reading read_exec(const CaptureFields& fields, model::Event event, EventSink& sink) {
  if (const auto former = fields.decimal("former")) {
    model::Event end = event;  // the thread goes on under its leader's number
    end.tid = *former;
    end.what = model::Exit{};
    sink.event(end);
  }
  const std::string exe = fields.bytes("exe"), argv0 = fields.bytes("argv0");
  event.exe = exe;
  event.what = model::Exec{exe, argv0};
  sink.event(event);
  return kUsed;
}

Reading read_exit(const CaptureFields& fields, model::Event event, EventSink& sink) {
  const auto code = fields.decimal("code"), signal = fields.decimal("sig");
  if (!code && !signal) return damaged("exit record without code or sig");
  event.what =
      model::Exit{static_cast<int>(code.value_or(0)), static_cast<int>(signal.value_or(0))};
  sink.event(event);
  return kUsed;
}

Reading read_signal(const CaptureFields& fields, model::Event event, EventSink& sink) {
  const auto number = fields.decimal("sig"), code = fields.decimal("code"),
             nr = fields.decimal("nr");
  const auto arch = fields.hex("arch");
  if (!number) return damaged("signal record without sig");
  model::Signal signal;
  signal.number = static_cast<int>(*number);
  // SYS_SECCOMP, include/uapi/asm-generic/siginfo.h
  if (*number == kernel::kSIGSYS && code == 1 && arch && nr) {
    signal.from_seccomp = true;
    signal.syscall = syscall_ref(static_cast<std::uint32_t>(*arch), *nr);
    signal.data = static_cast<int>(fields.decimal("data").value_or(-1));
  }
  event.what = signal;
  sink.event(event);
  return kUsed;
}

Reading read_loss(const CaptureFields& fields, model::Event event, EventSink& sink) {
  model::Loss loss;
  loss.kind = fields.text("what") == "write" ? model::Loss::Kind::Lost : model::Loss::Kind::Other;
  loss.count =
      static_cast<std::uint64_t>(std::max<std::int64_t>(fields.decimal("count").value_or(0), 0));
  loss.text = event.line;
  event.what = loss;
  sink.event(event);
  return kUsed;
}

Reading read_detach(model::Event event, EventSink& sink) {
  event.what = model::Loss{model::Loss::Kind::Detached, 1, "the recorder let go of the task"};
  sink.event(event);
  return kUsed;
}

Reading read_record(const CaptureFields& fields, const model::Event& event, EventSink& sink) {
  const std::string_view kind = fields.kind();
  if (kind == "call") return read_call(fields, event, sink);
  if (kind == "task") return read_task(fields, event, sink);
  if (kind == "fork") return read_fork(fields, event, sink);
  if (kind == "exec") return read_exec(fields, event, sink);
  if (kind == "exit") return read_exit(fields, event, sink);
  if (kind == "signal") return read_signal(fields, event, sink);
  if (kind == "loss") return read_loss(fields, event, sink);
  if (kind == "detach") return read_detach(event, sink);
  if (kind == kHeader && fields.decimal("version") != 1)
    return damaged("capture of a version that this program does not know");
  return kUsed;  // header, filters, end
}

// Takes a record's number into the account; a gap within the chunk is reported at once.
void follow(CaptureEnds& ends, const CaptureFields& fields, const model::Origin& origin,
            EventSink& sink) {
  const bool header = fields.kind() == kHeader;
  if (!ends.any) {
    ends.first = fields.sequence();
    ends.first_origin = origin;
    ends.starts_anew = header;
  } else if (header) {
    if (!ends.ended) report_cut(origin, sink);
  } else if (fields.sequence() > ends.next) {
    report_gap(origin, fields.sequence() - ends.next, sink);
  }
  ends.any = true;
  ends.next = fields.sequence() + 1;
  ends.ended = fields.kind() == "end";
  ends.last_origin = origin;
}

bool is_kind(std::string_view word) {
  return std::find(std::begin(kKinds), std::end(kKinds), word) != std::end(kKinds);
}

class CaptureDialect : public UncachedDialect {
 public:
  std::string_view name() const override { return "capture"; }
  std::string_view help() const override { return "captures of seccomp-medic-capture"; }
  Traits traits() const override { return {.is_one_recording = true}; }

  std::size_t recognise(std::span<const std::string_view> lines) const override {
    return static_cast<std::size_t>(
        std::count_if(lines.begin(), lines.end(), [](std::string_view line) {
          return CaptureFields(line).valid() && is_kind(CaptureFields(line).kind());
        }));
  }

  std::unique_ptr<Partial> read_chunk(const Chunk& chunk, const Options&,
                                      ChunkSink& sink) const override {
    auto ends = std::make_unique<CaptureEnds>();
    for_each_line(chunk, [&](std::string_view text, std::uint64_t number, std::uint64_t offset) {
      const Line line{text, {chunk.input, number, offset}};
      const Reading reading = read(line, *ends, sink);
      if (reading.kind == Reading::Kind::Used)
        sink.used(1);
      else if (reading.kind == Reading::Kind::Foreign)
        sink.foreign(1);
      else
        sink.damaged(number, text, reading.reason);
    });
    return ends;
  }

  std::unique_ptr<Joiner> make_joiner(const Options&) const override {
    return std::make_unique<CaptureJoiner>();
  }

 private:
  static Reading read(const Line& line, CaptureEnds& ends, EventSink& sink) {
    const std::string_view kind = line.text.substr(0, line.text.find(' '));
    if (!is_kind(kind)) return kForeign;
    const CaptureFields fields(line.text);
    // A traced program that shares our standard error may write words like ours, but hardly a
    // number and a time behind them.
    if (!fields.valid()) return damaged("record without its number, time and task");
    follow(ends, fields, line.origin, sink);
    model::Event event = event_at(line);
    event.time = {fields.time_ns(), model::Time::Basis::Epoch, false};
    event.tid = fields.tid() > 0 ? fields.tid() : -1;
    return read_record(fields, event, sink);
  }
};

}  // namespace

const Dialect& capture_dialect() {
  static const CaptureDialect dialect;
  return dialect;
}

}  // namespace medic::parsers
