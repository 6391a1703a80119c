// How the ledger of a later stretch, or of another input, becomes part of this one.
#include <algorithm>
#include <array>

#include "ledger/ledger.h"
#include "ledger/moments.h"

namespace medic::ledger {
namespace {

constexpr std::uint32_t kNotYet = 0xFFFFFFFF;

// The other ledger's texts by this one's numbers.
class Texts {
 public:
  Texts(const StringPool& from, StringPool& to) : from_(from), to_(to), known_(from.size(), kNotYet) { known_[0] = 0; }
  StringId operator()(StringId theirs) {
    StringId& known = known_[theirs];
    if (known == kNotYet) known = to_.intern(from_.text(theirs));
    return known;
  }
  // A stretch that began in the middle of a life did not know its program yet.
  StringId operator()(StringId theirs, const std::string& known_before) {
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
  // lives: for each of the other's lives, where it went. The other is used up.
  Joining(Ledger& mine, Ledger& other, const std::vector<attribute::Joined>& lives)
      : mine_(mine), other_(other), lives_(lives), texts_(other.strings_, mine.strings_), shapes_(other.shapes_.size()) {}

  void run() {
    join_cells();
    for (LayerDenial& denial : other_.layer_denials_) {
      denial.subject = translate(denial.subject, joined_of(denial.subject.life));
      mine_.add_denial(std::move(denial));
    }
    for (Abend& abend : other_.abends_) {
      abend.subject = translate(abend.subject, joined_of(abend.subject.life));
      if (mine_.abends_.size() < kMaxDenials)
        mine_.abends_.push_back(std::move(abend));
      else
        ++mine_.folded_;
    }
    for (Loss& loss : other_.losses_) mine_.add_loss(std::move(loss));
    mine_.folded_ += other_.folded_;
    mine_.archs_seen_ |= other_.archs_seen_;
    mine_.zone_assumed_ = mine_.zone_assumed_ || other_.zone_assumed_;
  }

 private:
  // Where a shape of theirs goes: for lives that nothing was known of before, and for the last of the others.
  struct ShapeJoined {
    std::uint32_t plain = kNotYet, last = kNotYet;
    Subject subject;  // of the last; without a life
    kernel::Arch arch = kernel::Arch::Unknown;
  };
  // A cell of theirs and where it goes.
  struct Arrival {
    const Cell* cell = nullptr;
    attribute::LifeIndex life = attribute::kNoLife;
    std::uint32_t shape = 0;
  };

  const attribute::Joined& joined_of(attribute::LifeIndex life) const {
    static const attribute::Joined kNobody;
    return life == attribute::kNoLife ? kNobody : lives_[life];
  }

  Subject translate(const Subject& subject, const attribute::Joined& joined) {
    Subject out;
    out.life = joined.index;
    out.host = texts_(subject.host);
    out.comm = texts_(subject.comm, joined.comm);
    out.exe = texts_(subject.exe, joined.exe);
    out.label = texts_(subject.label, joined.subject);
    out.phase = attribute::after(joined.phase, subject.phase);
    return out;
  }

  std::uint32_t shape_of(const Cell& cell, const attribute::Joined& joined) {
    ShapeJoined& known = shapes_[cell.shape];
    const bool is_plain = joined.comm.empty() && joined.exe.empty() && joined.subject.empty() &&
                          joined.phase == attribute::Phase::Start && joined.arch == kernel::Arch::Unknown;
    if (is_plain && known.plain != kNotYet) return known.plain;
    Subject subject = translate(other_.shapes_[cell.shape].key.subject, joined);
    subject.life = attribute::kNoLife;
    if (!is_plain && known.last != kNotYet && known.subject == subject && known.arch == joined.arch) return known.last;
    Key key = other_.shapes_[cell.shape].key;
    key.subject = subject;
    settle_arch(key, joined.arch);
    if (key.syscall.arch != kernel::Arch::Unknown)
      mine_.archs_seen_ |= std::uint64_t{1} << static_cast<unsigned>(key.syscall.arch);
    const std::uint32_t index = mine_.shape_at(key);
    if (is_plain)
      known.plain = index;
    else if (mine_.shapes_.size() < kMaxShapes)  // what is folded is counted one by one
      known.last = index, known.subject = subject, known.arch = joined.arch;
    return index;
  }

  // Each touches a place of the index and a cell, seldom near the ones before: the processor is told in time.
  void join_cells() {
    constexpr std::size_t kAtOnce = 32;
    std::array<Arrival, kAtOnce> arrivals;
    for (std::size_t begin = 0; begin < other_.cells_.size(); begin += kAtOnce) {
      const auto cells = std::span(other_.cells_).subspan(begin, std::min(kAtOnce, other_.cells_.size() - begin));
      for (std::size_t i = 0; i < cells.size(); ++i) {
        const attribute::Joined& joined = joined_of(cells[i].life);
        arrivals[i] = {&cells[i], joined.index, shape_of(cells[i], joined)};
        mine_.cell_index_.foresee(CellIndex::hash_of(arrivals[i].life, arrivals[i].shape));
      }
      for (std::size_t i = 0; i < cells.size(); ++i) {
        const auto any = [](std::uint32_t) { return true; };
        const std::uint32_t number = mine_.cell_index_.find(CellIndex::hash_of(arrivals[i].life, arrivals[i].shape), any);
        if (number != CellIndex::kNone) __builtin_prefetch(&mine_.cells_[number], 1);
      }
      // Cells stand in the order of their first event, so examples arrive in the log's order too.
      for (std::size_t i = 0; i < cells.size(); ++i) join(arrivals[i]);
    }
  }

  void join(const Arrival& arrival) {
    const Cell& theirs = *arrival.cell;
    Cell& mine = mine_.cell_at(arrival.life, arrival.shape);
    if (mine.count == 0) mine.begin_at(theirs.origin());
    mine.count += theirs.count;
    mine.widen(theirs.first(), theirs.last());
    Shape& from = other_.shapes_[theirs.shape];
    Shape& to = mine_.shapes_[mine.shape];
    if (to.call_text.empty()) to.call_text = from.call_text;
    const std::size_t had = to.examples.size();
    for (ShapeExample& each : from.examples) {
      if (each.life == theirs.life) to.examples.push_back({std::move(each.example), mine.life});
    }
    if (to.examples.size() == had) return;
    // Cells come life by life, examples by their place: whatever the cut between the two ledgers, the first ones stay.
    std::stable_sort(to.examples.begin(), to.examples.end(),
                     [](const ShapeExample& a, const ShapeExample& b) { return before(a.example.origin, b.example.origin); });
    if (to.examples.size() > Observation::kMaxExamples) to.examples.resize(Observation::kMaxExamples);
  }

  Ledger& mine_;
  Ledger& other_;
  const std::vector<attribute::Joined>& lives_;
  Texts texts_;
  std::vector<ShapeJoined> shapes_;
};

// What is remembered of the stretch at hand is nothing to events of a later one.
void Ledger::take(Ledger&& other) {
  *this = std::move(other);
  repeats_ = Repeats{};
  known_.clear();
  known_shapes_.clear();
}

void Ledger::append(Ledger&& next) {
  if (is_empty()) return take(std::move(next));
  const auto lives = processes_.append(std::move(next.processes_));
  Joining(*this, next, lives).run();
}

void Ledger::merge(Ledger&& other) {
  if (is_empty()) return take(std::move(other));
  const auto lives = processes_.adopt(std::move(other.processes_));
  Joining(*this, other, lives).run();
}

}  // namespace medic::ledger
