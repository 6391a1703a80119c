// Counted, mergeable observations: what is left of a log after reading it. Grows with different
// observations, not with the log's length.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <tsl/robin_map.h>

#include <unordered_map>
#include <vector>

#include "attribute/process_table.h"
#include "base/large_pages.h"
#include "ledger/counter_index.h"
#include "ledger/observation.h"
#include "ledger/duplicates.h"
#include "model/event.h"

namespace medic::ledger {

// Texts kept once each. Id 0 is the empty text. Bounded: beyond kMaxBytes new texts become "…".
class StringPool {
 public:
  StringPool();
  StringId intern(std::string_view text);
  const std::string& text(StringId id) const { return texts_[id]; }
  std::size_t size() const { return texts_.size(); }
  static constexpr std::size_t kMaxBytes = std::size_t{32} << 20;

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const {
      return std::hash<std::string_view>()(text);
    }
  };
  std::vector<std::string> texts_;
  std::unordered_map<std::string, StringId, Hash, std::equal_to<>> ids_;
  std::size_t bytes_ = 0;
};

struct LayerDenial {
  Subject subj;
  std::int64_t pid = -1;
  model::LayerDenial::Layer layer = model::LayerDenial::Layer::Other;
  bool enforced = true;
  std::string operation, permission, profile, target, target_context;
  int capability = -1;
  model::Provenance provenance = model::Provenance::Kernel;
  std::uint64_t count = 0;
  model::Time first, last;
  std::vector<Example> examples;
};

struct Abend {
  Subject subj;
  std::int64_t pid = -1;
  int signal = 0;
  Example example;
  std::uint64_t count = 0;
  model::Provenance provenance = model::Provenance::Kernel;
};

struct Loss {
  model::Loss::Kind kind = model::Loss::Kind::Other;
  std::uint64_t notices = 0;  // how many lines reported of it
  std::uint64_t count = 0;    // the sum that they said
  std::string text;           // of the first
  Example example;
};

struct DamagedLine {
  std::uint64_t line = 0;
  std::string text, reason;
};

// The account of one input: used + foreign + damaged = lines, always.
struct InputAccount {
  std::string path;
  std::string dialect;
  std::string compression;
  std::uint64_t bytes = 0, lines = 0, used = 0, foreign = 0, damaged = 0;
  std::uint64_t given() const { return used + foreign + damaged; }
  static constexpr std::size_t kMaxDamaged = 5;
  std::vector<DamagedLine> first_damaged;
  std::string problem;  // reading ended early
  // Lines that name a denial (parsers/unread.h) and gave nothing: nobody knew them, or they were
  // cut.
  std::uint64_t unread = 0, cut_denials = 0;
  std::vector<DamagedLine> first_unread;  // at most one; reason empty
  std::string first_line;                 // the first that is not blank
  bool is_quiet = false;  // nearly every line is of a log whose lines, where they are not used, are
                          // known not to matter
  // Must an answer of nothing be doubted?
  bool may_hide_denials() const {
    return unread > 0 || cut_denials > 0 || (lines > 0 && used == 0 && !is_quiet);
  }
};

// Which arguments are kept apart, by name; see interest.h.
using InterestTable = std::vector<std::uint8_t>;

// While a log is read, what was done (a event class) is kept apart from who did it how often (a
// counter): a busy machine has few of the former and many of the latter. finish() joins them into
// observations.
class Ledger {
 public:
  explicit Ledger(const InterestTable& interest);
  Ledger(Ledger&&) = default;
  Ledger& operator=(Ledger&&) = default;

  void add(const model::Event& event);

  // How much it holds, and room for as much: a segment is much like the one before it. Changes
  // nothing else.
  struct Extent {
    std::size_t tasks = 0, counters = 0;
  };
  Extent extent() const { return {processes_.tasks(), counters_.size()}; }
  void expect(const Extent& extent);

  // Joins the ledger of the next segment of the same input. Associative; the order of segments is
  // the input's.
  void append(Ledger&& next);
  // Joins the ledger of another input. Commutative up to the numbering, which report order does not
  // show.
  void merge(Ledger&& other);
  // Turns the line numbers of events into the input's own: a segment does not know what stands
  // before it.
  template <class F>
  void resolve_lines(F&& to_line);
  // Reading is over: makes the observations. A denial that several inputs say is one.
  void finish();
  // How many denials finish() left out because another input says them.
  std::uint64_t duplicates() const { return duplicates_; }

  // Drops the observations, denials and deaths that are not wanted: wanted(subject, first, last).
  // After finish().
  template <class F>
  void keep_only(F&& wanted);

  // The same with the wanted observations alone, which stay this ledger's: it must outlive the
  // part.
  template <class F>
  Ledger part(F&& wanted) const {
    Ledger out(*this);
    std::erase_if(out.observations_, [&](const Observation& each) { return !wanted(each); });
    return out;
  }

  // Empty until finish().
  const Observations& observations() const { return observations_; }
  const std::vector<LayerDenial>& layer_denials() const { return layer_denials_; }
  const std::vector<Abend>& abends() const { return abends_; }
  const std::vector<Loss>& losses() const { return losses_; }
  const attribute::ProcessTable& processes() const { return processes_; }
  attribute::ProcessTable& processes() { return processes_; }
  const StringPool& strings() const { return strings_; }
  const std::string& text(StringId id) const { return strings_.text(id); }
  // Calls whose arguments or subject were no longer distinguished because there were too many.
  std::uint64_t folded() const { return folded_; }
  // Architectures that some event named, a bit each (kernel::Arch): evidence for calls that name
  // none.
  std::uint64_t archs_seen() const { return archs_seen_; }
  // How much it holds, for bounds: processes, event classes and counters.
  std::size_t rows() const {
    return processes_.processes().size() + classes_.size() + counters_.size();
  }
  bool time_zone_assumed() const { return zone_assumed_; }

  // Beyond so many counters further ones are of no process in particular; beyond so many event
  // classes new ones name no program, and beyond kMaxShapes no host and no arguments either. How
  // often a call was made stays exact.
  static constexpr std::size_t kMaxObservations = 1000000;
  static constexpr std::size_t kMaxNamed = 16384;
  static constexpr std::size_t kMaxShapes = 50000;
  // Denials by other layers: so many with who met them, as many more without, and as many more that
  // do not even say on what.
  static constexpr std::size_t kMaxDenials = 10000, kDenialTiers = 3;

 private:
  Ledger(const Ledger&) = default;  // observations point into the ledger that made them
  friend class DigestImage;         // saves and loads all of it
  struct KeyHash {
    std::size_t operator()(const Key& key) const;
  };
  // What an event of some repeat id came to when it was looked at whole, for as long as its process
  // does not change.
  struct Known {
    std::uint64_t repeat_id = 0;
    attribute::ProcessIndex process = attribute::kNoProcess;
    std::uint32_t changes = 0;
    std::uint32_t counter = 0;
    bool is(const model::Event& event, attribute::ProcessIndex index,
            const attribute::Process& who) const {
      return repeat_id == event.repeat_id && process == index && changes == who.changes;
    }
  };
  // The same for any process whose program, label and phase are the subject's.
  struct KnownShape {
    std::uint64_t repeat_id = 0;
    Subject subj;                               // its process is kNoProcess
    kernel::Arch arch = kernel::Arch::Unknown;  // of the process
    std::uint32_t event_class = 0;
  };
  class Joining;
  class Duplicates;
  bool add_repeat(const model::Event& event);
  bool add_known(const model::Event& event, attribute::ProcessIndex process);
  void know(const model::Event& event, attribute::ProcessIndex process, const Subject& subj,
            std::uint32_t counter);
  void count(Counter& counter, const model::Event& event, const model::Call& call);
  bool is_empty() const {
    return counters_.empty() && layer_denials_.empty() && abends_.empty() && losses_.empty() &&
           processes_.processes().empty() && processes_.units().empty() && folded_ == 0 &&
           !zone_assumed_;
  }
  void add_call(const model::Event& event, const model::Call& call,
                attribute::ProcessIndex process);
  void add_denial(const model::Event& event, const model::LayerDenial& denial,
                  attribute::ProcessIndex process);
  void add_denial(LayerDenial record);
  void add_abend(const model::Event& event, const model::Abend& abend,
                 attribute::ProcessIndex process);
  void add_abend(Abend abend);
  void add_loss(const model::Event& event, const model::Loss& loss);
  void add_loss(Loss&& loss);
  Subject subj_of(const model::Event& event, attribute::ProcessIndex process);
  StringId intern_again(StringId guess, std::string_view text);
  std::uint32_t class_at(const Key& key);
  Counter& counter_at(attribute::ProcessIndex process, std::uint32_t event_class);
  void take(Ledger&& other);
  // A call that names no architecture is one of its process's. Registers of 32 bits hold no more.
  static void resolve_arch(Key& key, kernel::Arch arch);

  const InterestTable* interest_;
  attribute::ProcessTable processes_;
  StringPool strings_;
  std::vector<EventClass> classes_;
  tsl::robin_map<Key, std::uint32_t, KeyHash> class_index_;
  std::vector<Counter, LargePages<Counter>> counters_;
  CounterIndex counter_index_;
  std::vector<Subject>
      last_subject_;  // by process: strings seldom change from one event of a process to the next
  Subject newest_subject_;  // and processes that follow each other often have the same
  // By repeat id and process, and by repeat id; the last one at a place. Empty until there is an
  // event with a repeat id.
  std::vector<Known> known_;
  std::vector<KnownShape> known_classes_;
  Repeats repeats_;  // of the segment at hand
  Observations observations_;
  std::vector<LayerDenial> layer_denials_;
  std::unordered_map<std::string, std::uint32_t> denial_index_;
  std::vector<Abend> abends_;
  std::vector<Loss> losses_;
  std::uint64_t folded_ = 0;
  std::uint64_t archs_seen_ = 0;
  std::uint64_t duplicates_ = 0;
  bool zone_assumed_ = false;
};

template <class F>
void Ledger::resolve_lines(F&& to_line) {
  processes_.resolve_lines(to_line);
  for (EventClass& event_class : classes_) {
    for (ShapeExample& each : event_class.examples)
      each.example.origin.line = to_line(each.example.origin);
  }
  for (Counter& counter : counters_) counter.line = to_line(counter.origin());
  for (LayerDenial& denial : layer_denials_) {
    for (Example& example : denial.examples) example.origin.line = to_line(example.origin);
  }
  for (Abend& abend : abends_) abend.example.origin.line = to_line(abend.example.origin);
  for (Loss& loss : losses_) loss.example.origin.line = to_line(loss.example.origin);
}

template <class F>
void Ledger::keep_only(F&& wanted) {
  std::erase_if(observations_, [&](const Observation& each) {
    return !wanted(each.subj(), each.first(), each.last());
  });
  std::erase_if(layer_denials_,
                [&](const LayerDenial& each) { return !wanted(each.subj, each.first, each.last); });
  std::erase_if(abends_, [&](const Abend& each) {
    return !wanted(each.subj, each.example.time, each.example.time);
  });
}

// At most this much of a line is kept as an example.
inline constexpr std::size_t kExampleBytes = 480;

}  // namespace medic::ledger
