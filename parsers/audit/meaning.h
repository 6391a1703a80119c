// What one audit record means as events. Knows no framing and no file; several records of one event
// meet in joiner.h.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "parsers/audit/file_mode.h"
#include "parsers/audit/record.h"
#include "parsers/dialect.h"

namespace medic::parsers::audit {

struct Reading {
  enum class Kind : std::uint8_t { Used, Foreign, Damaged, Waits };
  Kind kind = Kind::Foreign;
  std::string_view reason;  // static; of Damaged
};
inline constexpr Reading kUsed{Reading::Kind::Used, {}};
inline constexpr Reading kForeign{Reading::Kind::Foreign, {}};
inline constexpr Reading kWaits{Reading::Kind::Waits, {}};
inline constexpr Reading damaged(std::string_view reason) {
  return {Reading::Kind::Damaged, reason};
}

// Where a record stands, for the event's origin and evidence.
struct Place {
  model::Origin origin;
  std::string_view line;
};

// What other records of the same event say. Empty: nothing.
struct Companions {
  std::string_view subj;        // MAC_TASK_CONTEXTS, where subj=?
  std::string_view args;        // EXECVE: all words, a NUL between two
  std::string_view path;        // PATH, the one that an AVC's name= is the last part of
  std::vector<FileMode> files;  // PATH, for a SYSCALL record that says EACCES
  std::string_view
      task;  // SYSCALL, for a record that names no task: pid, comm and exe, a NUL between two
  std::string_view maker;  // LANDLOCK_DOMAIN: the executable that made the sandbox
};

// What a SYSCALL record says, but for whose it is.
struct SyscallFacts {
  model::SyscallRef syscall;
  kernel::Args args;
  model::Outcome outcome;
  std::int64_t ppid = -1;
  std::uint64_t repeat_id = 0;  // of the call's event
};

// success: `yes`, `no` or empty; exit: nothing where the record has none.
model::Outcome syscall_outcome(std::string_view success, std::optional<std::int64_t> exit);
// The end of a SYSCALL record, from auid= on, as the kernel prints it: fills what says whose it is,
// with views into the text and the buffers. False: it is cut, or needs companions.
bool read_process(std::string_view text, model::Event& event, std::string& comm, std::string& exe);

// Does the record's meaning gain by its EXECVE record?
bool wants_words(const SyscallFacts& facts);
// The events of a SYSCALL record. event comes with all that says whose it is; args: of its EXECVE
// record.
void tell_syscall(const SyscallFacts& facts, std::string_view args, model::Event& event,
                  EventSink& sink);
// The refusal by a file's mode that the PATH records of a SYSCALL record's event show, if they do.
void tell_refusal(const SyscallFacts& facts, const Record& record, std::span<const FileMode> files,
                  model::Event& event, EventSink& sink);

// Reads records into events. Holds buffers for decoding, so that no record allocates; one per
// thread.
class Interpreter {
 public:
  explicit Interpreter(const Options& options) : options_(options) {}
  // Companion records (EXECVE, PATH, …) are Used and give no event. companions null: they may still
  // come; Waits, and no event, when the record's meaning would gain by them.
  Reading read(const Record& record, const Place& place, const Companions* companions,
               EventSink& sink);

  struct Fields;

 private:
  Reading seccomp(const Record& record, Fields& fields, model::Event& event, EventSink& sink);
  Reading syscall(const Record& record, Fields& fields, const Companions* companions,
                  model::Event& event, EventSink& sink);
  static void fill_task(std::string_view task, model::Event& event);
  Reading abend(const Record& record, Fields& fields, model::Event& event, EventSink& sink);
  void start(const Record& record, const Place& place, model::Event& event) const;
  void fill(const Record& record, const Fields& fields, const Companions* companions,
            model::Event& event);
  model::SyscallRef syscall_ref(const Record& record, const Fields& fields) const;

  const Options& options_;
  std::string comm_, exe_;
};

// Denials of SELinux, AppArmor, Landlock, IPE and the integrity checks. event comes with origin,
// time, host, serial and line set.
Reading read_denial(const Record& record, const Companions* companions, model::Event& event,
                    EventSink& sink);
// A change of what is recorded: Loss of kind ConfigChange.
Reading read_config_change(const Record& record, model::Event& event, EventSink& sink);
// An engine's or the kernel's own word on whose a process is: Label of that process, or Exit.
Reading read_virt_control(const Record& record, model::Event& event, EventSink& sink);
Reading read_container_op(const Record& record, model::Event& event, EventSink& sink);
// systemd's: UnitChange.
Reading read_service(const Record& record, model::Event& event, EventSink& sink);
// CONTAINER_ID: the container of the task that its event is about; empty where it names none.
std::string_view container_id_of(const Record& record);
// Lines in which the kernel or auditd says that records were lost. False when the line is no such
// line.
bool read_loss_notice(std::string_view line, const Place& place, EventSink& sink);

}  // namespace medic::parsers::audit
