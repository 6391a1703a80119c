// What a ledger says: who did what, how often, when, and where in the log it stands.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "attribute/process_table.h"
#include "base/large_pages.h"
#include "ledger/counter.h"

namespace medic::ledger {

using StringId = std::uint32_t;

// Who: a process where processes are distinguished, and the program as it was then.
struct Subject {
  attribute::ProcessIndex process = attribute::kNoProcess;
  StringId host = 0, comm = 0, exe = 0, label = 0;
  attribute::Phase phase = attribute::Phase::Start;
  friend auto operator<=>(const Subject&, const Subject&) = default;
};

struct Example {
  model::Origin origin;
  model::Time time;
  std::string text;  // the line, cut
};

// Which events count as one: same subject, call, outcome, certainty, provenance and the argument
// values that somebody may ask for.
struct Key {
  Subject subj;
  model::SyscallRef syscall;
  kernel::Args args;
  model::Outcome outcome;  // value is 0: results are not distinguished
  model::Certainty certainty = model::Certainty::Stated;
  bool reached_kernel = false;
  model::Provenance provenance = model::Provenance::Kernel;
  friend auto operator<=>(const Key&, const Key&) = default;
};

// The same of the process that it was. Of all processes together the first few are kept.
struct ShapeExample {
  Example example;
  attribute::ProcessIndex process = attribute::kNoProcess;
};

// What was done, whoever did it.
struct EventClass {
  Key key;  // its subject's process is kNoProcess
  std::vector<ShapeExample> examples;
  std::string call_text;  // the first one's call as the log writes it
};

// Where something stands in the log.
struct Seen {
  model::Origin origin;
  model::Time time;
  std::string_view text;  // the line, cut; empty where it was not kept
};

// What one process did, how often and when: a view into the ledger that made it.
class Observation {
 public:
  static constexpr std::size_t kMaxExamples = 3;
  // The first few places. The text is kept for the first few among all processes that did the same;
  // the others have their first place alone.
  class Examples {
   public:
    const Seen* begin() const { return seen_.data(); }
    const Seen* end() const { return seen_.data() + size_; }
    std::size_t size() const { return size_; }
    const Seen& front() const { return seen_[0]; }
    const Seen& operator[](std::size_t index) const { return seen_[index]; }
    void add(const Seen& seen) { seen_[size_++] = seen; }

   private:
    std::array<Seen, kMaxExamples> seen_;
    std::size_t size_ = 0;
  };

  Observation(const Counter& counter, const EventClass& event_class)
      : counter_(&counter), class_(&event_class) {}
  const Key& key() const { return class_->key; }  // its subject has no process
  attribute::ProcessIndex process() const { return counter_->process; }
  Subject subj() const {
    Subject out = class_->key.subj;
    out.process = counter_->process;
    return out;
  }
  std::uint64_t count() const { return counter_->count; }
  model::Time first() const { return counter_->first(); }
  model::Time last() const { return counter_->last(); }
  std::string_view call_text() const { return class_->call_text; }
  // At least one, by their places.
  Examples examples() const;
  // Of the first of them.
  model::Origin place() const;
  // What says its event class from the others of the same ledger.
  const EventClass* event_class() const { return class_; }

 private:
  const Counter* counter_;
  const EventClass* class_;
};

using Observations = std::vector<Observation, LargePages<Observation>>;

}  // namespace medic::ledger
