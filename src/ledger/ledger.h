// Counted, mergeable observations: what is left of a log after reading it. Grows with different observations, not with the log's length.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "attribute/process_table.h"
#include "model/event.h"

namespace medic::ledger {

using StringId = std::uint32_t;

// Texts kept once each. Id 0 is the empty text. Bounded: beyond kMaxBytes new texts become "…".
class StringPool {
 public:
  StringPool();
  StringId intern(std::string_view text);
  const std::string& text(StringId id) const { return texts_[id]; }
  static constexpr std::size_t kMaxBytes = std::size_t{32} << 20;

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
  };
  std::vector<std::string> texts_;
  std::unordered_map<std::string, StringId, Hash, std::equal_to<>> ids_;
  std::size_t bytes_ = 0;
};

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

struct Observation {
  Key key;
  std::uint64_t count = 0;
  model::Time first, last;
  static constexpr std::size_t kMaxExamples = 3;
  std::vector<Example> examples;  // the first ones of the input
  std::string call_text;          // the first one's call as the log writes it
};

struct LayerDenial {
  Subject subject;
  std::int64_t pid = -1;
  model::LayerDenial::Layer layer = model::LayerDenial::Layer::Other;
  bool enforced = true;
  std::string operation, permission, profile, target, target_context;
  int capability = -1;
  std::uint64_t count = 0;
  model::Time first, last;
  std::vector<Example> examples;
};

struct Abend {
  Subject subject;
  std::int64_t pid = -1;
  int signal = 0;
  Example example;
  std::uint64_t count = 0;
};

struct Loss {
  model::Loss::Kind kind = model::Loss::Kind::Other;
  std::uint64_t notices = 0;  // how many lines told of it
  std::uint64_t count = 0;    // the sum that they told
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
  static constexpr std::size_t kMaxDamaged = 5;
  std::vector<DamagedLine> first_damaged;
  std::string problem;  // reading ended early
};

// Which arguments are kept apart, by name; see interest.h.
using InterestTable = std::vector<std::uint8_t>;

class Ledger {
 public:
  explicit Ledger(const InterestTable& interest);

  void add(const model::Event& event);

  // Joins the ledger of the next chunk of the same input. Associative; the order of chunks is the input's.
  void append(Ledger&& next);
  // Joins the ledger of another input. Commutative up to the numbering, which report order does not show.
  void merge(Ledger&& other);

  const std::vector<Observation>& observations() const { return observations_; }
  std::vector<Observation>& observations() { return observations_; }
  const std::vector<LayerDenial>& layer_denials() const { return layer_denials_; }
  const std::vector<Abend>& abends() const { return abends_; }
  const std::vector<Loss>& losses() const { return losses_; }
  const attribute::ProcessTable& processes() const { return processes_; }
  attribute::ProcessTable& processes() { return processes_; }
  const StringPool& strings() const { return strings_; }
  const std::string& text(StringId id) const { return strings_.text(id); }
  // Calls whose arguments or subject were no longer told apart because there were too many.
  std::uint64_t folded() const { return folded_; }
  // Architectures that some event named, a bit each (kernel::Arch): evidence for calls that name none.
  std::uint64_t archs_seen() const { return archs_seen_; }
  bool time_zone_assumed() const { return zone_assumed_; }

  static constexpr std::size_t kMaxObservations = 200000;
  static constexpr std::size_t kMaxDenials = 10000;

 private:
  struct KeyHash {
    std::size_t operator()(const Key& key) const;
  };
  void add_call(const model::Event& event, const model::Call& call, attribute::LifeIndex life);
  void add_denial(const model::Event& event, const model::LayerDenial& denial, attribute::LifeIndex life);
  void add_abend(const model::Event& event, const model::Abend& abend, attribute::LifeIndex life);
  void add_loss(const model::Event& event, const model::Loss& loss);
  Subject subject_of(const model::Event& event, attribute::LifeIndex life);
  Observation& at(Key key);
  void absorb(Ledger&& other, const std::vector<attribute::Joined>& lives);
  void add_denial(LayerDenial record);
  Subject translate(const Subject& subject, const Ledger& from, const std::vector<attribute::Joined>& lives);

  const InterestTable* interest_;
  attribute::ProcessTable processes_;
  StringPool strings_;
  std::vector<Observation> observations_;
  std::unordered_map<Key, std::uint32_t, KeyHash> index_;
  std::vector<LayerDenial> layer_denials_;
  std::unordered_map<std::string, std::uint32_t> denial_index_;
  std::vector<Abend> abends_;
  std::vector<Loss> losses_;
  std::uint64_t folded_ = 0;
  std::uint64_t archs_seen_ = 0;
  bool zone_assumed_ = false;
};

// At most this much of a line is kept as an example.
inline constexpr std::size_t kExampleBytes = 480;

}  // namespace medic::ledger
