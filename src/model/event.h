// What a log says, line by line, and nothing that was inferred from several lines. Parsers make
// Events; nobody below the ledger keeps one.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "kernel/action.h"
#include "kernel/call.h"
#include "kernel/syscalls.h"

namespace medic::model {

// How a fact is known. Ordered: stated is the strongest.
enum class Certainty : std::uint8_t {
  Stated,    // by the kernel: a SECCOMP record, SIGSYS with SYS_SECCOMP, a ptrace seccomp stop
  Inferred,  // the last call before death by SIGSYS
  Suspected  // an errno that a profile would give
};
std::string_view name(Certainty certainty);

// Who may have written what the event was read from, as far as the log itself shows. Ordered: the
// kernel's word is the best. man/seccomp-medic-evidence.7 has the whole table.
enum class Provenance : std::uint8_t {
  Kernel,  // auditd's SECCOMP, SYSCALL, AVC and ANOM records, the kernel's ring buffer, strace, a
           // capture
  AuditWriter,  // whoever holds CAP_AUDIT_WRITE, as a container does by Docker's default: USER_*,
                // VIRT_CONTROL, SERVICE_*
  Anyone,       // whoever can print: a container's output, journald's stdout and syslog transports,
                // `logger -t kernel`
  Itself        // the process that it is about: a SIGSYS that it may have sent itself
};
std::string_view name(Provenance provenance);  // kernel|audit-writer|anyone|itself, as JSON has it

// Where an event stands. line counts from 1 within the input; 0 where the form has no lines.
struct Origin {
  std::uint32_t input = 0;  // index into the run's list of inputs
  std::uint64_t line = 0;
  std::uint64_t offset = 0;  // of the line's first byte, in the decompressed text
};

// A point in time as precise as the log has it.
struct Time {
  enum class Basis : std::uint8_t {
    None,
    Epoch,      // nanoseconds since 1970 UTC
    TimeOfDay,  // nanoseconds since midnight, no date (strace -t, -tt)
    Relative    // nanoseconds since some start (dmesg's stamp, strace -r)
  };
  std::int64_t ns = 0;
  Basis basis = Basis::None;
  bool zone_assumed = false;  // a local time without a zone was read as UTC
  friend bool operator==(const Time&, const Time&) = default;
};

// A system call as the log names it: by number on an architecture (audit), by name without an
// architecture (strace), or both.
struct SyscallRef {
  kernel::Arch arch = kernel::Arch::Unknown;
  std::int32_t number = -1;               // INT32_MIN..: valid only when has_number
  kernel::NameId name = kernel::kNoName;  // libseccomp's name
  bool has_number = false;
  friend auto operator<=>(const SyscallRef&, const SyscallRef&) = default;
};

struct Outcome {
  enum class Kind : std::uint8_t {
    Returned,  // value holds the result
    Failed,    // error holds the errno
    Denied,  // seccomp answered: action says how (error and data only where the source knows them);
             // Log means: let run, but logged
    Killed,      // the process or thread died of it: signal
    Unfinished,  // the log ends, or the result column is `?`
    Seen         // entered; the source says nothing of the result (counts, summaries)
  };
  Kind kind = Kind::Seen;
  std::int64_t value = 0;
  int error = 0;
  int signal = 0;
  kernel::Action action = kernel::Action::Allow;
  bool injected = false;  // strace (INJECTED): never evidence of a denial
  friend auto operator<=>(const Outcome&, const Outcome&) = default;
};

struct Call {
  SyscallRef syscall;
  kernel::Args args;
  Outcome outcome;
  Certainty certainty = Certainty::Stated;  // of the outcome
  std::string_view
      text;  // the call as the log writes it, for people: `mkdir("/x", 0777)`; may be empty
  std::uint64_t count = 1;  // > 1 for summaries (strace -c, creport)
  bool reached_kernel =
      false;  // an audit SYSCALL record: the call passed every filter, whatever its result
};

// A new task. child is as the source numbers it.
struct Fork {
  std::int64_t child = -1;
  bool is_thread = false;  // CLONE_THREAD
  bool child_in_inner_ns =
      false;  // the number may be one of an inner pid namespace, not comparable with line prefixes
};
struct Exec {
  std::string_view exe;  // as the source has it: a path, maybe relative to the container's root
  std::string_view argv0;
  std::string_view args = {};  // all of argv as far as said, a NUL between two words
};
struct Exit {
  int code = 0;
  int signal = 0;  // != 0: killed by it
};
struct Signal {
  int number = 0;
  bool from_seccomp = false;  // si_code == SYS_SECCOMP
  SyscallRef syscall;         // of si_syscall and si_arch
  int data = -1;              // si_errno: the filter's data, -1 when not known
};
// Facts of the task that hold from here on; empty fields say nothing.
struct Label {
  std::int64_t ppid = -1;
  std::string_view cgroup;        // the path, of any hierarchy
  std::string_view container_id;  // where the source names it itself
  std::string_view container_name;
  std::string_view image;
  std::string_view pod;
  std::string_view unit;
  std::string_view pid_namespace;  // inode or link text
  bool has_caps = false;
  std::uint64_t effective_caps = 0;
  std::uint64_t bounding_caps = 0;
  int no_new_privs = -1;
  int seccomp_mode = -1;
  kernel::Arch arch = kernel::Arch::Unknown;  // of the task's calls from here on that name none
                                              // (strace's 32 bit notice)
  std::int64_t start_ticks = -1;  // /proc/PID/stat field 22, or nanoseconds where start_is_ns
};
// Something the log itself says is missing.
struct Loss {
  enum class Kind : std::uint8_t {
    Suppressed,  // printk: N callbacks suppressed
    Lost,        // audit_lost=N, `lost=`
    Backlog,     // backlog limit exceeded
    SerialGap,
    Truncated,     // strings or lines cut by the writer
    Detached,      // strace let go of a task
    ConfigChange,  // seccomp-logging actions= or audit_enabled changed
    Rotation,
    Other
  };
  Kind kind = Kind::Other;
  std::uint64_t count = 0;  // 0: how many is not known
  std::string_view text;
};
// A refusal by a layer that is not seccomp. Dac: the mode that a PATH record of the call's own event
// shows does not permit it; operation is the call, permission `WANTED MODE OWNER:GROUP`, subj the
// caller's `UID:GID`, target_context the file's type. Engine: an error that a container engine or a program
// printed; operation is then the id of kernel/engine_errors.h, or "symptom" with the program as
// subj and the errno as permission.
struct LayerDenial {
  enum class Layer : std::uint8_t {
    Selinux,
    Apparmor,
    Capability,
    Landlock,
    Ipe,
    Integrity,
    Engine,
    Dac,
    Other
  };
  Layer layer = Layer::Other;
  bool enforced = true;         // false: permissive, complain, audited only
  std::string_view operation;   // AppArmor operation, SELinux class
  std::string_view permission;  // SELinux `{ read write }` content, AppArmor requested_mask
  std::string_view subj;        // profile or scontext
  std::string_view target;      // path, tcontext, peer
  std::string_view target_context;
  int capability = -1;
  std::string_view text;  // the record without its framing
};
// Death with a core dump (ANOM_ABEND): for TRAP without the log flag the only trace.
struct Abend {
  int signal = 0;
};

// A unit of the service manager was started or stopped: none of its processes outlives its end.
struct UnitChange {
  std::string_view unit;
  bool started = false;
};

using What =
    std::variant<Call, Fork, Exec, Exit, Signal, Label, Loss, LayerDenial, Abend, UnitChange>;

// String views live as long as the sink's call, no longer.
struct Event {
  Origin origin;
  Time time;
  std::string_view host;  // node=, the syslog host; empty when not known
  std::int64_t pid = -1;  // thread-group id in the log's numbering; -1 not known
  std::int64_t tid = -1;  // thread id; -1 not known
  std::int64_t ppid =
      -1;  // of the parent, as a fact of the task that holds from here on; -1 not known
  std::int64_t serial = -1;  // audit's serial, -1 elsewhere
  std::int64_t uid = -1;     // real uid in the init user namespace
  std::int64_t auid = -1;    // 4294967295 = unset
  std::int64_t session = -1;
  std::string_view comm;  // decoded; empty when not known
  std::string_view exe;   // decoded; empty when not known or (null)
  std::string_view subj;  // LSM label (subj=), as the log has it
  std::string_view line;  // the whole line, for evidence; may be empty
  Provenance provenance = Provenance::Kernel;
  // Not 0: of all events that one sink is given, those with this number differ in origin, time,
  // pid, tid, ppid, serial and line alone, and in what is a Call that counts once. A sink may go by
  // it instead of looking at the rest.
  std::uint64_t repeat_id = 0;
  What what;
};

// A compact one-line notation for tests and --debug, stable: e.g. `12 read[3,?,1] -> 1`.
std::string to_debug(const Event& event);

}  // namespace medic::model
