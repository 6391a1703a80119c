// SECCOMP, SYSCALL and ANOM_ABEND records: one pass over the fields, no allocation.
#include "parsers/audit/meaning.h"

#include "base/text.h"
#include "kernel/errno.h"
#include "parsers/audit/fields.h"
#include "parsers/audit/naming.h"

namespace medic::parsers::audit {

using model::Event;
using model::Outcome;

namespace {

std::int64_t id_of(const Field& field) {
  if (field.value == "unset") return 4294967295;
  const auto number = leading_decimal(field.value);
  return number && *number >= 0 ? *number : -1;
}

}  // namespace

// Raw values of the fields that matter; key empty where absent. The first of a name counts: what
// follows may be a process's own text.
struct Interpreter::Fields {
  Field auid, uid, ses, subj, pid, ppid, comm, exe, sig, arch, syscall, code, success, exit, reason;
  Field a[4];
  bool cut = false;
  bool waits = false;     // for the subject
  std::string_view tail;  // the key of the body's last field

  explicit Fields(std::string_view body) {
    FieldCursor cursor(body);
    for (Field field; cursor.next(field);) {
      if (Field* slot = slot_of(field.key); slot != nullptr && slot->key.empty()) *slot = field;
      tail = field.key;
    }
    cut = cursor.cut();
  }

  // What says whose the record is, but for the process's number.
  void who(Style style, Event& event, std::string& comm_buffer, std::string& exe_buffer) const {
    event.uid = id_of(uid);
    event.auid = id_of(auid);
    event.session = id_of(ses);
    event.comm = untrusted(comm, style, comm_buffer);
    event.exe = untrusted(exe, style, exe_buffer);
    event.subj = subj.value;
    if (event.subj.starts_with('='))
      event.subj.remove_prefix(1);  // AppArmor's out-of-tree patches print `subj==label`
    if (event.subj == "?" || event.subj == "(null)") event.subj = {};
  }

  Field* slot_of(std::string_view key) {
    switch (key.size()) {
      case 2: return key[0] == 'a' && key[1] >= '0' && key[1] <= '3' ? &a[key[1] - '0'] : nullptr;
      case 3:
        return key == "uid"   ? &uid
               : key == "ses" ? &ses
               : key == "pid" ? &pid
               : key == "exe" ? &exe
               : key == "sig" ? &sig
                              : nullptr;
      case 4:
        return key == "auid"   ? &auid
               : key == "subj" ? &subj
               : key == "ppid" ? &ppid
               : key == "comm" ? &comm
               : key == "arch" ? &arch
               : key == "code" ? &code
               : key == "exit" ? &exit
                               : nullptr;
      case 6: return key == "reason" ? &reason : nullptr;
      case 7: return key == "syscall" ? &syscall : key == "success" ? &success : nullptr;
      default: return nullptr;
    }
  }
};

namespace {

constexpr std::uint64_t kCloneThread = 0x10000;  // CLONE_THREAD, include/uapi/linux/sched.h

int signal_of(const Field& field) {
  if (const auto number = leading_decimal(field.value))
    return *number >= 0 && *number < 128 ? static_cast<int>(*number) : 0;
  return kernel::signal_number(field.value).value_or(0);
}

bool is_lower_hex(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

// `EACCES(Permission denied)` or a number.
std::optional<std::int64_t> exit_value(std::string_view text) {
  if (const auto number = leading_decimal(text)) return number;
  const auto number = kernel::errno_number(text.substr(0, text.find('(')));
  return number ? std::optional<std::int64_t>(-*number) : std::nullopt;
}

// The code word or number; nothing when it cannot be one of the kernel's.
std::optional<std::uint32_t> code_value(std::string_view text) {
  if (const auto action = kernel::action_from_audit_word(text)) return kernel::raw_value(*action);
  if (!text.starts_with("0x")) return std::nullopt;
  const auto value = leading_hex(text);
  if (!value || *value > 0xFFFFFFFFu) return std::nullopt;
  return static_cast<std::uint32_t>(*value);
}

}  // namespace

Outcome syscall_outcome(std::string_view success, std::optional<std::int64_t> exit) {
  Outcome out;
  if (!exit) return out;  // exit_group and the like never return: entered, nothing said
  if (success == "no" || (success.empty() && *exit < 0 && *exit >= -kernel::kMaxErrno)) {
    out.kind = Outcome::Kind::Failed;
    out.error = *exit < 0 && *exit >= -kernel::kMaxErrno ? static_cast<int>(-*exit) : 0;
  } else {
    out.kind = Outcome::Kind::Returned;
    out.value = *exit;
  }
  return out;
}

void Interpreter::start(const Record& record, const Place& place, Event& event) const {
  event.origin = place.origin;
  event.line = place.line;
  event.time = record.time;
  event.host = record.node;
  event.serial = record.serial;
  event.pid = record.pid;
  event.provenance = provenance_of(record);
}

void Interpreter::fill(const Record& record, const Fields& fields, const Companions* companions,
                       Event& event) {
  if (const auto pid = id_of(fields.pid); pid >= 0) event.pid = pid;
  fields.who(record.style, event, comm_, exe_);
  if (companions != nullptr && !companions->subj.empty()) event.subj = companions->subj;
}

bool read_process(std::string_view text, Event& event, std::string& comm, std::string& exe) {
  const Interpreter::Fields fields(text);
  if (fields.cut || fields.subj.value == "?") return false;
  fields.who(Style::Raw, event, comm, exe);
  return true;
}

model::SyscallRef Interpreter::syscall_ref(const Record& record, const Fields& fields) const {
  const std::string_view text = fields.syscall.value;
  std::string_view word = fields.arch.value;
  const auto number = parse_signed(text);
  kernel::Arch arch = options_.arch;
  // What an old ausearch makes of riscv64.
  if (word.starts_with("unknown-elf-type(")) word = word.substr(17, word.find(')') - 17);
  if (!word.empty()) {
    const std::string_view digits = word.starts_with("0x") ? word.substr(2) : word;
    // ausearch -i and others write names: `arch=x86_64`. A number that it could not name stays hex
    // there.
    if (record.style == Style::Interpreted || !is_lower_hex(digits))
      arch = kernel::arch_from_any(word).value_or(kernel::Arch::Unknown);
    if (is_lower_hex(digits) && (record.style == Style::Raw || arch == kernel::Arch::Unknown)) {
      arch = kernel::arch_from_audit(static_cast<std::uint32_t>(leading_hex(digits).value_or(0)),
                                     number.value_or(0));
    }
  }
  return number ? syscall_by_number(arch, *number) : syscall_by_name(arch, text);
}

Reading Interpreter::seccomp(const Record& record, Fields& fields, Event& event, EventSink& sink) {
  if (fields.syscall.key.empty()) return damaged("SECCOMP record without syscall=");
  if (fields.code.key.empty() && fields.tail == "syscall") return damaged("record cut off");
  model::Call call;
  call.syscall = syscall_ref(record, fields);
  if (!is_known(call.syscall)) return damaged("syscall= names no system call");
  call.outcome.kind = Outcome::Kind::Denied;
  call.outcome.signal = signal_of(fields.sig);
  const auto code = code_value(fields.code.value);
  if (code) {
    call.outcome.action = kernel::action_from_raw(*code);
    // Linux before 3.8 logged the filter's data too.
    if (call.outcome.action == kernel::Action::Errno)
      call.outcome.error = static_cast<int>(*code & kernel::kDataMask);
  } else if (fields.code.key.empty() && call.outcome.signal != 0) {
    call.outcome.action = kernel::Action::KillThread;  // the only one that 3.5 logged with a signal
  } else {
    return damaged("record cut off before code=");
  }
  const bool kills = call.outcome.action == kernel::Action::KillThread ||
                     call.outcome.action == kernel::Action::KillProcess;
  if (kills && call.outcome.signal == 0 && !fields.sig.key.empty())
    return damaged("code= cut off: it says kill, sig= says no signal");
  if (fields.waits) return kWaits;
  event.what = call;
  sink.event(event);
  return kUsed;
}

namespace {

// The calls whose records say more than a call.
enum class Nature : std::uint8_t { Plain, Execs, Forks, Exits };
Nature nature_of(kernel::NameId name) {
  static const std::vector<Nature> natures = [] {
    std::vector<Nature> built(kernel::all_names().size(), Nature::Plain);
    const auto set = [&](Nature nature, std::initializer_list<std::string_view> names) {
      for (const std::string_view text : names) built[kernel::find_name(text)] = nature;
    };
    set(Nature::Execs, {"execve", "execveat"});
    set(Nature::Forks, {"clone", "clone3", "fork", "vfork"});
    set(Nature::Exits, {"exit_group"});
    return built;
  }();
  return name < natures.size() ? natures[name] : Nature::Plain;
}

model::Fork fork_of(const SyscallFacts& facts) {
  static const kernel::NameId kClone = kernel::find_name("clone");
  const bool s390 =
      facts.syscall.arch == kernel::Arch::S390 || facts.syscall.arch == kernel::Arch::S390x;
  model::Fork fork;
  fork.child = facts.outcome.value;
  fork.is_thread = facts.syscall.name == kClone && facts.args.has(s390 ? 1 : 0) &&
                   (facts.args.value[s390 ? 1 : 0] & kCloneThread) != 0;
  fork.child_in_inner_ns = true;  // exit= is what the caller saw, in its own pid namespace
  return fork;
}

}  // namespace

bool wants_words(const SyscallFacts& facts) {
  return facts.outcome.kind != Outcome::Kind::Failed &&
         nature_of(facts.syscall.name) == Nature::Execs;
}

void tell_syscall(const SyscallFacts& facts, std::string_view args, Event& event, EventSink& sink) {
  auto& call = event.what.emplace<model::Call>();
  call.syscall = facts.syscall;
  call.args = facts.args;
  call.outcome = facts.outcome;
  call.reached_kernel =
      true;  // audit looks at a call only after the filters let it pass (kernel/entry/common.c)
  event.repeat_id = facts.repeat_id;
  event.ppid = facts.ppid;
  sink.event(event);
  event.repeat_id = 0;
  event.ppid = -1;

  const bool succeeded = facts.outcome.kind == Outcome::Kind::Returned;
  switch (nature_of(facts.syscall.name)) {
    case Nature::Execs:
      if (!succeeded) return;
      event.what = model::Exec{event.exe, args.substr(0, args.find('\0')), args};
      break;
    case Nature::Forks:
      if (!succeeded || facts.outcome.value <= 0) return;
      event.what = fork_of(facts);
      break;
    case Nature::Exits:
      // exit(2) ends a thread, and pid= is the thread group's: only exit_group says that the
      // process is gone.
      if (!facts.args.has(0)) return;
      event.what = model::Exit{static_cast<int>(facts.args.value[0] & 0xFF), 0};
      break;
    case Nature::Plain: return;
  }
  sink.event(event);
}

void tell_refusal(const SyscallFacts& facts, const Record& record, std::span<const FileMode> files,
                  Event& event, EventSink& sink) {
  if (files.empty()) return;
  model::Call call;
  call.syscall = facts.syscall;
  call.args = facts.args;
  RefusalTexts texts;
  const auto refusal = refused_by_mode(record, call, files, texts);
  if (!refusal) return;
  event.what = *refusal;
  sink.event(event);
}

Reading Interpreter::syscall(const Record& record, Fields& fields, const Companions* companions,
                             Event& event, EventSink& sink) {
  if (fields.syscall.key.empty()) return damaged("SYSCALL record without syscall=");
  if (fields.arch.key.empty() || fields.pid.key.empty()) return damaged("record cut off");
  SyscallFacts facts;
  facts.syscall = syscall_ref(record, fields);
  if (!is_known(facts.syscall)) return damaged("syscall= names no system call");
  for (unsigned i = 0; i < 4; ++i) {
    const std::string_view value = fields.a[i].value;
    const bool number = record.style == Style::Raw
                            ? is_lower_hex(value.starts_with("0x") ? value.substr(2) : value)
                            : value.starts_with("0x");
    if (const auto hex = number ? leading_hex(value) : std::nullopt) facts.args.set(i, *hex);
  }
  facts.outcome = syscall_outcome(fields.success.value, exit_value(fields.exit.value));
  facts.ppid = id_of(fields.ppid);
  const bool may_wait = companions == nullptr && record.serial >= 0;
  if (fields.waits || (may_wait && (wants_words(facts) || files_wanted(record) > 0))) return kWaits;
  tell_syscall(facts, companions == nullptr ? std::string_view{} : companions->args, event, sink);
  if (companions != nullptr) tell_refusal(facts, record, companions->files, event, sink);
  return kUsed;
}

Reading Interpreter::abend(const Record& record, Fields& fields, Event& event, EventSink& sink) {
  if (fields.reason.value == "seccomp" || !fields.syscall.key.empty())
    return seccomp(record, fields, event, sink);
  if (fields.sig.key.empty()) return damaged("record cut off");
  if (fields.waits) return kWaits;
  event.what = model::Abend{signal_of(fields.sig)};
  sink.event(event);
  return kUsed;
}

void Interpreter::fill_task(std::string_view task, Event& event) {
  const std::size_t comm = task.find('\0'), exe = task.find('\0', comm + 1);
  if (comm == std::string_view::npos || exe == std::string_view::npos) return;
  event.pid = leading_decimal(task.substr(0, comm)).value_or(-1);
  event.comm = task.substr(comm + 1, exe - comm - 1);
  event.exe = task.substr(exe + 1);
}

Reading Interpreter::read(const Record& record, const Place& place, const Companions* companions,
                          EventSink& sink) {
  Event event;
  start(record, place, event);
  switch (record.type) {
    case Type::Seccomp:
    case Type::Syscall:
    case Type::AnomAbend: {
      Fields fields(record.body);
      if (fields.cut) return damaged("record cut off");
      // Kernels with several LSMs say subj=? and name the contexts in a record of their own
      // (MAC_TASK_CONTEXTS).
      fields.waits = companions == nullptr && fields.subj.value == "?" && record.serial >= 0;
      fill(record, fields, companions, event);
      if (record.type == Type::Seccomp) return seccomp(record, fields, event, sink);
      if (record.type == Type::Syscall) return syscall(record, fields, companions, event, sink);
      return abend(record, fields, event, sink);
    }
    case Type::Avc:
    case Type::UserAvc:
    case Type::SelinuxErr:
    case Type::LandlockAccess:
    case Type::IpeAccess:
    case Type::Integrity: {
      Fields fields(record.body);
      fill(record, fields, companions, event);
      // Who was denied stands in the event's SYSCALL record. A damaged one does not wait: what a
      // line counts as is reported at once.
      if (record.type == Type::LandlockAccess && event.pid < 0 &&
          !find_field(record.body, "blockers").value.empty()) {
        if (companions == nullptr && record.serial >= 0) return kWaits;
        if (companions != nullptr) fill_task(companions->task, event);
      }
      return read_denial(record, companions, event, sink);
    }
    case Type::ConfigChange: return read_config_change(record, event, sink);
    case Type::VirtControl: return read_virt_control(record, event, sink);
    case Type::ContainerOp: return read_container_op(record, event, sink);
    case Type::ServiceStart:
    case Type::ServiceStop: return read_service(record, event, sink);
    case Type::ContainerId: return container_id_of(record).empty() ? kForeign : kUsed;
    case Type::ObjPid: return kForeign;
    case Type::Execve:
    case Type::Path:
    case Type::Cwd:
    case Type::Proctitle:
    case Type::Eoe:
    case Type::LandlockDomain:
    case Type::TaskContexts: return kUsed;
    case Type::Other: return kForeign;
  }
  return kForeign;
}

}  // namespace medic::parsers::audit
