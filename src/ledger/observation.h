// What a ledger tells: who did what, how often, when, and where in the log it stands.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "attribute/process_table.h"
#include "base/large_pages.h"
#include "ledger/cell.h"

namespace medic::ledger {

using StringId = std::uint32_t;

// Who: a life where lives are told apart, and the program as it was then.
struct Subject {
  attribute::LifeIndex life = attribute::kNoLife;
  StringId host = 0, comm = 0, exe = 0, label = 0;
  attribute::Phase phase = attribute::Phase::Start;
  friend auto operator<=>(const Subject&, const Subject&) = default;
};

struct Example {
  model::Origin origin;
  model::Time time;
  std::string text;  // the line, cut
};

// Which events count as one: same subject, call, outcome, certainty and the argument values that somebody may ask for.
struct Key {
  Subject subject;
  model::SyscallRef syscall;
  kernel::Args args;
  model::Outcome outcome;  // value is 0: results are not told apart
  model::Certainty certainty = model::Certainty::Stated;
  bool reached_kernel = false;
  friend auto operator<=>(const Key&, const Key&) = default;
};

// The same of the life that it was. Of all lives together the first few are kept.
struct ShapeExample {
  Example example;
  attribute::LifeIndex life = attribute::kNoLife;
};

// What was done, whoever did it.
struct Shape {
  Key key;  // its subject's life is kNoLife
  std::vector<ShapeExample> examples;
  std::string call_text;  // the first one's call as the log writes it
};

// Where something stands in the log.
struct Seen {
  model::Origin origin;
  model::Time time;
  std::string_view text;  // the line, cut; empty where it was not kept
};

// What one life did, how often and when: a view into the ledger that made it.
class Observation {
 public:
  static constexpr std::size_t kMaxExamples = 3;
  // The first few places. The text is kept for the first few among all lives that did the same; the others have their first
  // place alone.
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

  Observation(const Cell& cell, const Shape& shape) : cell_(&cell), shape_(&shape) {}
  const Key& key() const { return shape_->key; }  // its subject has no life
  attribute::LifeIndex life() const { return cell_->life; }
  Subject subject() const {
    Subject out = shape_->key.subject;
    out.life = cell_->life;
    return out;
  }
  std::uint64_t count() const { return cell_->count; }
  model::Time first() const { return cell_->first(); }
  model::Time last() const { return cell_->last(); }
  std::string_view call_text() const { return shape_->call_text; }
  // At least one, by their places.
  Examples examples() const;

 private:
  const Cell* cell_;
  const Shape* shape_;
};

using Observations = std::vector<Observation, LargePages<Observation>>;

}  // namespace medic::ledger
