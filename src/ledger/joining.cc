// How the ledger of a later segment, or of another input, becomes part of this one.
#include <algorithm>
#include <array>

#include "ledger/ledger.h"
#include "ledger/moments.h"
#include "model/security_label.h"

namespace medic::ledger {
namespace {

constexpr std::uint32_t kNotYet = 0xFFFFFFFF;

// The other ledger's texts by this one's numbers.
class Texts {
 public:
  Texts(const StringPool& from, StringPool& to)
      : from_(from), to_(to), known_(from.size(), kNotYet) {
    known_[0] = 0;
  }
  StringId operator()(StringId theirs) {
    StringId& known = known_[theirs];
    if (known == kNotYet) known = to_.intern(from_.text(theirs));
    return known;
  }
  // A segment that began in the middle of a process did not know its program yet.
  StringId operator()(StringId theirs, std::string_view known_before) {
    if (theirs != 0) return (*this)(theirs);
    return known_before.empty() ? 0 : to_.intern(known_before);
  }

 private:
  const StringPool& from_;
  StringPool& to_;
  std::vector<StringId> known_;
};

}  // namespace

class Ledger::Joining {
 public:
  // processes: for each of the other's processes, where it went. The other is used up.
  Joining(Ledger& mine, Ledger& other, const std::vector<attribute::Joined>& processes)
      : mine_(mine),
        other_(other),
        processes_(processes),
        texts_(other.strings_, mine.strings_),
        classes_(other.classes_.size()) {}

  void run() {
    join_counters();
    for (LayerDenial& denial : other_.layer_denials_) {
      denial.subj = translate(denial.subj, joined_of(denial.subj.process));
      mine_.add_denial(std::move(denial));
    }
    for (Abend& abend : other_.abends_) {
      abend.subj = translate(abend.subj, joined_of(abend.subj.process));
      mine_.add_abend(std::move(abend));
    }
    for (Loss& loss : other_.losses_) mine_.add_loss(std::move(loss));
    mine_.folded_ += other_.folded_;
    mine_.archs_seen_ |= other_.archs_seen_;
    mine_.zone_assumed_ = mine_.zone_assumed_ || other_.zone_assumed_;
  }

 private:
  // Where a event class of theirs goes: for processes that nothing was known of before, and for the
  // last of the others.
  struct ShapeJoined {
    std::uint32_t plain = kNotYet, last = kNotYet;
    Subject subj;  // of the last; without a process
    kernel::Arch arch = kernel::Arch::Unknown;
  };
  // A counter of theirs and where it goes.
  struct Arrival {
    const Counter* counter = nullptr;
    attribute::ProcessIndex process = attribute::kNoProcess;
    std::uint32_t event_class = 0;
  };

  const attribute::Joined& joined_of(attribute::ProcessIndex process) const {
    static const attribute::Joined kNobody;
    return process == attribute::kNoProcess ? kNobody : processes_[process];
  }

  Subject translate(const Subject& subj, const attribute::Joined& joined) {
    Subject out;
    out.process = joined.index;
    out.host = texts_(subj.host);
    out.comm = texts_(subj.comm, joined.comm);
    out.exe = texts_(subj.exe, joined.exe);
    out.label = texts_(subj.label, model::without_instance(joined.subj));
    out.phase = attribute::after(joined.phase, subj.phase);
    return out;
  }

  std::uint32_t class_of(const Counter& counter, const attribute::Joined& joined) {
    ShapeJoined& known = classes_[counter.event_class];
    const bool is_plain = joined.comm.empty() && joined.exe.empty() && joined.subj.empty() &&
                          joined.phase == attribute::Phase::Start &&
                          joined.arch == kernel::Arch::Unknown;
    if (is_plain && known.plain != kNotYet) return known.plain;
    Subject subj = translate(other_.classes_[counter.event_class].key.subj, joined);
    subj.process = attribute::kNoProcess;
    if (!is_plain && known.last != kNotYet && known.subj == subj && known.arch == joined.arch)
      return known.last;
    Key key = other_.classes_[counter.event_class].key;
    key.subj = subj;
    resolve_arch(key, joined.arch);
    if (key.syscall.arch != kernel::Arch::Unknown)
      mine_.archs_seen_ |= std::uint64_t{1} << static_cast<unsigned>(key.syscall.arch);
    const std::uint32_t index = mine_.class_at(key);
    if (is_plain)
      known.plain = index;
    else if (mine_.classes_.size() < kMaxNamed)  // what is folded is counted one by one
      known.last = index, known.subj = subj, known.arch = joined.arch;
    return index;
  }

  // Each touches a place of the index and a counter, seldom near the ones before: the processor is
  // reported in time.
  void join_counters() {
    constexpr std::size_t kAtOnce = 32;
    std::array<Arrival, kAtOnce> arrivals;
    for (std::size_t begin = 0; begin < other_.counters_.size(); begin += kAtOnce) {
      const auto counters = std::span(other_.counters_)
                                .subspan(begin, std::min(kAtOnce, other_.counters_.size() - begin));
      for (std::size_t i = 0; i < counters.size(); ++i) {
        const attribute::Joined& joined = joined_of(counters[i].process);
        arrivals[i] = {&counters[i], joined.index, class_of(counters[i], joined)};
        mine_.counter_index_.foresee(
            CounterIndex::hash_of(arrivals[i].process, arrivals[i].event_class));
      }
      for (std::size_t i = 0; i < counters.size(); ++i) {
        const auto any = [](std::uint32_t) { return true; };
        const std::uint32_t number = mine_.counter_index_.find(
            CounterIndex::hash_of(arrivals[i].process, arrivals[i].event_class), any);
        if (number != CounterIndex::kNone) __builtin_prefetch(&mine_.counters_[number], 1);
      }
      // Counters stand in the order of their first event, so examples arrive in the log's order
      // too.
      for (std::size_t i = 0; i < counters.size(); ++i) join(arrivals[i]);
    }
  }

  void join(const Arrival& arrival) {
    const Counter& theirs = *arrival.counter;
    Counter& mine = mine_.counter_at(arrival.process, arrival.event_class);
    if (mine.count == 0) mine.begin_at(theirs.origin());
    mine.count += theirs.count;
    mine.widen(theirs.first(), theirs.last());
    EventClass& from = other_.classes_[theirs.event_class];
    EventClass& to = mine_.classes_[mine.event_class];
    if (to.call_text.empty()) to.call_text = from.call_text;
    const std::size_t had = to.examples.size();
    for (ShapeExample& each : from.examples) {
      if (each.process == theirs.process)
        to.examples.push_back({std::move(each.example), mine.process});
    }
    if (to.examples.size() == had) return;
    // Counters come process by process, examples by their place: whatever the cut between the two
    // ledgers, the first ones stay.
    std::stable_sort(to.examples.begin(), to.examples.end(),
                     [](const ShapeExample& a, const ShapeExample& b) {
                       return before(a.example.origin, b.example.origin);
                     });
    if (to.examples.size() > Observation::kMaxExamples)
      to.examples.resize(Observation::kMaxExamples);
  }

  Ledger& mine_;
  Ledger& other_;
  const std::vector<attribute::Joined>& processes_;
  Texts texts_;
  std::vector<ShapeJoined> classes_;
};

// What is remembered of the segment at hand is nothing to events of a later one.
void Ledger::take(Ledger&& other) {
  *this = std::move(other);
  repeats_ = Repeats{};
  known_.clear();
  known_classes_.clear();
}

void Ledger::append(Ledger&& next) {
  if (is_empty()) return take(std::move(next));
  const auto processes = processes_.append(std::move(next.processes_));
  Joining(*this, next, processes).run();
}

void Ledger::merge(Ledger&& other) {
  if (is_empty()) return take(std::move(other));
  const auto processes = processes_.adopt(std::move(other.processes_));
  Joining(*this, other, processes).run();
}

}  // namespace medic::ledger
