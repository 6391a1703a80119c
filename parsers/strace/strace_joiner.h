// Joins what chunks left open: calls across chunk borders, and deaths, which only the other
// threads' later lines explain.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "parsers/strace/call_writer.h"
#include "parsers/strace/partial.h"

namespace medic::parsers::strace {

class StraceJoiner : public Joiner {
 public:
  explicit StraceJoiner(const Options& options) : options_(options) {}
  void join(std::unique_ptr<Partial> ends, EventSink& sink) override;
  void finish(EventSink& sink) override;

 private:
  struct Death {
    std::int64_t tid = -1;
    PendingCall call;
  };

  // A fork or thread and the line at which its making began.
  struct Birth {
    std::int64_t group = -1;  // the parent's
    std::int64_t child = -1;  // -1: the number is of an inner namespace
    bool thread = false;
    std::uint64_t line = 0;
  };
  struct Newcomer {
    std::int64_t tid = -1;
    std::uint64_t line = 0;
  };

  void take(const Note& note, CallWriter& writer);
  void take_rows(const StracePartial& ends, CallWriter& writer);
  void take_resolve(const Note& note, CallWriter& writer);
  void take_fragment(const Note& note, CallWriter& writer);
  void take_trap(const Note& note, PendingCall call, CallWriter& writer);
  void take_death(std::int64_t tid, int signal, PendingCall call, CallWriter& writer);
  void take_continuation(const Note& note, CallWriter& writer);

  void open(std::int64_t tid, PendingCall call, CallWriter& writer);
  PendingCall close(std::int64_t tid);
  // The open call that a resumed line without its own one ends: of an unnamed task, or the only one
  // of that name.
  std::int64_t find_entered(const Note& note, const Line& resumed) const;
  // A call that went its way: said if it was not yet.
  void release(std::int64_t tid, const PendingCall& call, CallWriter& writer);
  // An ended call, whole: said or held by its result.
  void take_ended(std::int64_t tid, PendingCall call, CallWriter& writer);

  void take_birth(const Birth& birth);
  void note_seen(std::int64_t tid, std::uint64_t line);
  void add_thread(std::int64_t group, std::int64_t tid);
  std::int64_t group_of(std::int64_t tid) const;
  void note_alive(std::int64_t tid, CallWriter& writer);
  // The whole process died: one thread's call is the cause, the others were in its company.
  void resolve_process(std::int64_t group, CallWriter& writer);
  void deny(const Death& death, const model::Outcome& outcome, CallWriter& writer);

  Options options_;
  std::unordered_map<std::int64_t, PendingCall> pending_;
  std::size_t pending_bytes_ = 0;           // of their texts
  std::deque<std::int64_t> pending_order_;  // by age; may name tasks that are closed
  std::unordered_map<std::int64_t, std::int64_t>
      groups_;                                // thread to its process' first known thread
  std::unordered_set<std::int64_t> grouped_;  // processes known to have had several threads
  std::unordered_set<std::int64_t> strict_;
  // Births known by an inner number only are matched with the tasks that appear: first come, first
  // served.
  std::unordered_set<std::int64_t> seen_;
  std::deque<Birth> awaited_;
  std::deque<Newcomer> newcomers_;
  std::map<std::int64_t, std::vector<Death>> deaths_;  // by group, until it is known who else died
  std::size_t death_count_ = 0;
  PendingCall broken_;
  bool calls_seen_ = false;
};

}  // namespace medic::parsers::strace
