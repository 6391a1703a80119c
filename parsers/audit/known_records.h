// SECCOMP and SYSCALL records exactly as kernel/auditsc.c prints them, at speed: the parts that
// many records share are looked up by their text, only numbers are read. Whatever looks otherwise
// is left to the Interpreter.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "parsers/audit/meaning.h"

namespace medic::parsers::audit {

// A reader's cache, kept from chunk to chunk; bounded.
class KnownRecords {
 public:
  explicit KnownRecords(const Options& options);

  // A SECCOMP record like an earlier one: its event, and true.
  bool tell_seccomp(const Record& record, const Place& place, EventSink& sink);
  // Gives the event that the record came to when it was read whole its repeat id, and keeps it.
  void keep_seccomp(const Record& record, model::Event& event);

  // Null: it has to be read whole. Else an event with all that says whose the record is, good until
  // the next call and free to be said; what it says is not kept.
  model::Event* read_syscall(const Record& record, const Place& place, SyscallFacts& facts);
  // What EXECVE says among the companions of the record, which stand directly behind its line as
  // auditd writes them: all words, a NUL between two; good until the next call. Nothing:
  // look_ahead() has to say.
  std::optional<std::string_view> words_behind(const Record& record, const Place& place,
                                               std::string_view after);

 private:
  // A record's text but for the numbers that differ from one to the next.
  struct Frame {
    std::string_view node, head, middle, tail;
    std::int64_t pid = -1;
    // Of a head as the kernel prints it, which is then empty: a session and a label are of the
    // process, and each has its own.
    bool plain_head = false;
    std::int64_t uid = -1, auid = -1, session = -1;
    std::string_view label;
  };
  struct Seccomp {
    std::uint64_t repeat_id = 0;  // 0: the entry is free
    bool plain_head = false;
    std::string head, middle, tail;
    model::Event event;
    std::string node, comm, exe, subj;
  };
  // What stands from auid= on.
  struct Process {
    std::uint64_t number = 0;  // says it from all others; 0: the entry is free
    std::string text, node;
    model::Event event;
    std::string comm, exe;
    bool usable = false;
  };
  // An EXECVE record's.
  struct Words {
    std::string text, words;
  };
  struct Call {
    std::uint64_t repeat_id = 0;
    std::uint64_t process = 0;
    model::SyscallRef syscall;
    model::Outcome outcome;
    kernel::Args args;  // the wanted ones alone
  };

  static bool read_frame(const Record& record, Frame& out);
  static void read_head(Frame& frame);
  static bool is_of(const Seccomp& known, const Frame& frame);
  Seccomp& seccomp_at(const Frame& frame);
  Process& process_at(std::string_view text, std::string_view node);
  std::string_view words_in(std::string_view body);
  std::uint64_t repeat_id_of(const SyscallFacts& facts, std::uint64_t process);

  static constexpr std::size_t kSeccomps = 1024, kProcesses = 256, kCalls = 1024,
                               kWords = 512;  // powers of two

  const Options options_;
  std::uint64_t last_;  // number given out
  std::vector<Seccomp> seccomps_;
  std::vector<Process> processes_;
  std::vector<Call> calls_;
  std::vector<Words> words_;
};

// Null where the options want none.
inline std::unique_ptr<KnownRecords> make_known_records(const Options& options) {
  return options.cached ? std::make_unique<KnownRecords>(options) : nullptr;
}

}  // namespace medic::parsers::audit
