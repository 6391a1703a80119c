#include "ledger/ledger.h"

#include <algorithm>

#include "base/text.h"
#include "ledger/moments.h"

namespace medic::ledger {
namespace {

void keep_first(std::vector<Example>& examples, std::vector<Example>&& more) {
  for (Example& example : more) examples.push_back(std::move(example));
  std::stable_sort(examples.begin(), examples.end(),
                   [](const Example& a, const Example& b) { return before(a.origin, b.origin); });
  if (examples.size() > Observation::kMaxExamples) examples.resize(Observation::kMaxExamples);
}

Example example_of(const model::Event& event) {
  return {event.origin, event.time, std::string(event.line.substr(0, kExampleBytes))};
}

// seccomp(SECCOMP_SET_MODE_FILTER, …) or prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER or _STRICT, …), and it succeeded.
bool installs_filter(const model::Call& call) {
  static const kernel::NameId kSeccomp = kernel::find_name("seccomp"), kPrctl = kernel::find_name("prctl");
  constexpr std::uint64_t kSetModeFilter = 1, kPrSetSeccomp = 22;
  if (call.syscall.name != kSeccomp && call.syscall.name != kPrctl) return false;
  if (call.outcome.kind != model::Outcome::Kind::Returned || !call.args.has(0)) return false;
  return call.args.value[0] == (call.syscall.name == kSeccomp ? kSetModeFilter : kPrSetSeccomp);
}

attribute::ProcessTable::Threads threads_meant(const model::Call& call) {
  static const kernel::NameId kSeccomp = kernel::find_name("seccomp");
  constexpr std::uint64_t kTsync = 1;  // SECCOMP_FILTER_FLAG_TSYNC
  const bool all = call.syscall.name == kSeccomp && call.args.has(1) && (call.args.value[1] & kTsync) != 0;
  return all ? attribute::ProcessTable::Threads::All : attribute::ProcessTable::Threads::Caller;
}

void mix(std::size_t& seed, std::uint64_t value) { seed = (seed ^ value) * 0x9E3779B97F4A7C15ULL ^ (seed >> 29); }

}  // namespace

StringPool::StringPool() { intern(""); }

StringId StringPool::intern(std::string_view text) {
  const auto found = ids_.find(text);
  if (found != ids_.end()) return found->second;
  if (bytes_ + text.size() > kMaxBytes) return intern("…");
  bytes_ += text.size();
  const auto id = static_cast<StringId>(texts_.size());
  texts_.emplace_back(text);
  ids_.emplace(std::string(text), id);
  return id;
}

std::size_t Ledger::KeyHash::operator()(const Key& key) const {
  std::size_t seed = 0;
  mix(seed, static_cast<std::uint64_t>(key.subject.phase));
  mix(seed, (std::uint64_t{key.subject.comm} << 32) | key.subject.exe);
  mix(seed, (std::uint64_t{key.subject.label} << 32) | key.subject.host);
  mix(seed, (static_cast<std::uint64_t>(static_cast<std::uint32_t>(key.syscall.number)) << 32) |
                (std::uint64_t{key.syscall.name} << 8) | static_cast<std::uint64_t>(key.syscall.arch));
  mix(seed, key.args.known);
  for (unsigned i = 0; i < kernel::kArgCount; ++i) {
    if (key.args.has(i)) mix(seed, key.args.value[i]);
  }
  mix(seed, (static_cast<std::uint64_t>(key.outcome.kind) << 48) | (static_cast<std::uint64_t>(key.outcome.action) << 40) |
                (static_cast<std::uint64_t>(key.outcome.signal & 0xFF) << 32) | static_cast<std::uint32_t>(key.outcome.error));
  mix(seed, (static_cast<std::uint64_t>(key.certainty) << 2) | (key.outcome.injected ? 2U : 0U) | (key.reached_kernel ? 1U : 0U));
  return seed;
}

void Ledger::settle_arch(Key& key, kernel::Arch arch) {
  if (key.syscall.arch != kernel::Arch::Unknown || arch == kernel::Arch::Unknown) return;
  key.syscall.arch = arch;
  if (kernel::info(arch).bits != 32 || arch == kernel::Arch::X32) return;
  for (unsigned i = 0; i < kernel::kArgCount; ++i) key.args.value[i] &= 0xFFFFFFFF;
}

Ledger::Ledger(const InterestTable& interest) : interest_(&interest) {}

StringId Ledger::intern_again(StringId guess, std::string_view text) {
  return strings_.text(guess) == text ? guess : strings_.intern(text);
}

Subject Ledger::subject_of(const model::Event& event, attribute::LifeIndex life) {
  Subject subject;
  subject.life = life;
  if (life == attribute::kNoLife) {
    subject.host = strings_.intern(event.host);
    subject.comm = strings_.intern(event.comm);
    subject.exe = strings_.intern(event.exe);
    subject.label = strings_.intern(event.subject);
    return subject;
  }
  const attribute::Life& known = processes_.lives()[life];
  if (life >= last_subject_.size()) last_subject_.resize(life + std::size_t{64});
  Subject& last = last_subject_[life];
  if (last.life == attribute::kNoLife) last = newest_subject_;
  last.life = life;
  last.phase = processes_.phase_at(life, event);
  last.host = intern_again(last.host, event.host);
  last.comm = intern_again(last.comm, event.comm.empty() ? std::string_view(known.comm) : event.comm);
  last.exe = intern_again(last.exe, event.exe.empty() ? std::string_view(known.exe) : event.exe);
  last.label = intern_again(last.label, event.subject.empty() ? std::string_view(known.subject) : event.subject);
  newest_subject_ = last;
  return last;
}

void Ledger::add(const model::Event& event) {
  if (event.likeness != 0 && add_again(event)) return;
  const attribute::LifeIndex life = processes_.observe(event);
  zone_assumed_ = zone_assumed_ || event.time.zone_assumed;
  if (const auto* call = std::get_if<model::Call>(&event.what)) {
    if (event.likeness != 0 && add_known(event, life)) return;
    add_call(event, *call, life);
    if (life != attribute::kNoLife && installs_filter(*call)) processes_.filter_installed(life, event, threads_meant(*call));
  } else if (const auto* denial = std::get_if<model::LayerDenial>(&event.what)) {
    add_denial(event, *denial, life);
  } else if (const auto* abend = std::get_if<model::Abend>(&event.what)) {
    add_abend(event, *abend, life);
  } else if (const auto* loss = std::get_if<model::Loss>(&event.what)) {
    add_loss(event, *loss);
  }
}

std::uint32_t Ledger::shape_at(const Key& key) {
  auto found = shape_index_.find(key);
  if (found != shape_index_.end()) return found->second;
  Key kept = key;
  if (shapes_.size() >= kMaxShapes) {  // who and with what is given up before the call itself is
    ++folded_;
    kept.subject = Subject{};
    kept.args = kernel::Args{};
    // A program may try any number for a call; beyond so many different ones not even those are told apart.
    if (shapes_.size() >= 2 * kMaxShapes) kept.syscall = model::SyscallRef{};
    found = shape_index_.find(kept);
    if (found != shape_index_.end()) return found->second;
  }
  const auto index = static_cast<std::uint32_t>(shapes_.size());
  shapes_.push_back({kept, {}, {}});
  shape_index_.emplace(kept, index);
  return index;
}

void Ledger::expect(const Extent& extent) {
  const std::size_t cells = std::min(extent.cells, kMaxObservations);
  processes_.expect(extent.tasks);
  cells_.reserve(cells);
  cell_index_.reserve(cells);
}

Cell& Ledger::cell_at(attribute::LifeIndex life, std::uint32_t shape) {
  const auto is = [&](std::uint32_t number) { return cells_[number].life == life && cells_[number].shape == shape; };
  std::uint64_t hash = CellIndex::hash_of(life, shape);
  std::uint32_t number = cell_index_.find(hash, is);
  if (number == CellIndex::kNone && cells_.size() >= kMaxObservations) {
    ++folded_;
    life = attribute::kNoLife;
    hash = CellIndex::hash_of(life, shape);
    number = cell_index_.find(hash, is);
  }
  if (number != CellIndex::kNone) return cells_[number];
  cell_index_.add(hash, static_cast<std::uint32_t>(cells_.size()));
  cells_.push_back({});
  cells_.back().life = life;
  cells_.back().shape = shape;
  return cells_.back();
}

namespace {

constexpr std::size_t kKnown = 8192, kKnownShapes = 2048;  // powers of two; a table fits into a core's own cache

std::size_t place_of(std::uint64_t likeness, attribute::LifeIndex life) {
  return ((likeness * 0x9E3779B97F4A7C15ULL ^ std::uint64_t{life} * 0xC2B2AE3D27D4EB4FULL) >> 40) & (kKnown - 1);
}

// A trace's lines do not tell the program: those that are alike are of several.
std::size_t place_of(std::uint64_t likeness, const Subject& subject) {
  const std::uint64_t program = std::uint64_t{subject.comm} << 32 | subject.exe << 2 | static_cast<std::uint64_t>(subject.phase);
  return ((likeness * 0x9E3779B97F4A7C15ULL ^ program * 0xC2B2AE3D27D4EB4FULL) >> 40) & (kKnownShapes - 1);
}

}  // namespace

// Most of a trace's lines are so: of the task of the line before, with a call that its process has made before.
bool Ledger::add_again(const model::Event& event) {
  if (known_.empty()) return false;
  const attribute::LifeIndex life = processes_.same_again(event);
  if (life == attribute::kNoLife) return false;
  const Known& known = known_[place_of(event.likeness, life)];
  if (!known.is(event, life, processes_.lives()[life])) return false;
  processes_.heard(life, event);
  zone_assumed_ = zone_assumed_ || event.time.zone_assumed;
  count(cells_[known.cell], event, std::get<model::Call>(event.what));
  return true;
}

bool Ledger::add_known(const model::Event& event, attribute::LifeIndex life) {
  if (life == attribute::kNoLife || known_.empty()) return false;
  const attribute::Life& who = processes_.lives()[life];
  Known& known = known_[place_of(event.likeness, life)];
  if (known.is(event, life, who)) {
    count(cells_[known.cell], event, std::get<model::Call>(event.what));
    return true;
  }
  if (!who.unfiltered.empty()) return false;
  Subject subject = subject_of(event, life);
  subject.life = attribute::kNoLife;
  const auto is = [&](const KnownShape& each) {
    return each.likeness == event.likeness && each.arch == who.arch && each.subject == subject;
  };
  const KnownShape* found = &known_shapes_[event.likeness & (kKnownShapes - 1)];
  if (!is(*found)) found = &known_shapes_[place_of(event.likeness, subject)];
  if (!is(*found)) return false;
  const KnownShape& shape = *found;
  Cell& cell = cell_at(life, shape.shape);
  if (cell.count == 0) cell.begin_at(event.origin);
  count(cell, event, std::get<model::Call>(event.what));
  if (cell.life == life) known = {event.likeness, life, who.changes, static_cast<std::uint32_t>(&cell - cells_.data())};
  return true;
}

// Kept only once the shape has all the examples that it will have, and for a call that changes nothing of its life.
void Ledger::know(const model::Event& event, attribute::LifeIndex life, const Subject& subject, std::uint32_t cell) {
  const std::uint32_t shape = cells_[cell].shape;
  if (life == attribute::kNoLife || shapes_[shape].examples.size() < Observation::kMaxExamples) return;
  if (shapes_.size() >= kMaxShapes) return;  // what is folded is counted one by one
  const attribute::Life& who = processes_.lives()[life];
  if (!who.unfiltered.empty()) return;
  if (known_.empty()) {
    known_.resize(kKnown);
    known_shapes_.resize(kKnownShapes);
  }
  if (cells_[cell].life == life) known_[place_of(event.likeness, life)] = {event.likeness, life, who.changes, cell};
  const KnownShape made{event.likeness, subject, who.arch, shape};
  known_shapes_[event.likeness & (kKnownShapes - 1)] = known_shapes_[place_of(event.likeness, subject)] = made;
}

void Ledger::count(Cell& cell, const model::Event& event, const model::Call& call) {
  // A trace has tasks and tells everything once.
  const bool may_repeat = call.outcome.kind == model::Outcome::Kind::Denied && event.tid < 0;
  if (may_repeat && repeats_.is_repeat(event, static_cast<std::uint32_t>(&cell - cells_.data()))) return;
  cell.count += call.count;
  cell.widen(event.time, event.time);
}

void Ledger::add_call(const model::Event& event, const model::Call& call, attribute::LifeIndex life) {
  Key key;
  key.subject = subject_of(event, life);
  key.subject.life = attribute::kNoLife;
  key.syscall = call.syscall;
  key.outcome = call.outcome;
  // Whether a call gave 0 or not matters (errno 0 fakes success with it); which number it gave does not.
  key.outcome.value = call.outcome.kind == model::Outcome::Kind::Returned && call.outcome.value != 0 ? 1 : 0;
  key.certainty = call.certainty;
  key.reached_kernel = call.reached_kernel;
  if (call.syscall.name < interest_->size()) {
    for (unsigned i = 0; i < kernel::kArgCount; ++i) {
      if (((*interest_)[call.syscall.name] >> i & 1) != 0 && call.args.has(i)) key.args.set(i, call.args.value[i]);
    }
  }
  if (life != attribute::kNoLife) settle_arch(key, processes_.lives()[life].arch);
  if (key.syscall.arch != kernel::Arch::Unknown) archs_seen_ |= std::uint64_t{1} << static_cast<unsigned>(key.syscall.arch);
  const std::uint32_t index = shape_at(key);
  Cell& cell = cell_at(life, index);
  if (cell.count == 0) cell.begin_at(event.origin);
  const std::uint64_t before = cell.count;
  count(cell, event, call);
  Shape& shape = shapes_[index];
  if (cell.count != before && shape.examples.size() < Observation::kMaxExamples) {
    shape.examples.push_back({example_of(event), cell.life});
    if (shape.call_text.empty()) shape.call_text = std::string(call.text.substr(0, kExampleBytes));
  }
  if (event.likeness != 0 && !installs_filter(call))
    know(event, life, key.subject, static_cast<std::uint32_t>(&cell - cells_.data()));
}

void Ledger::add_denial(const model::Event& event, const model::LayerDenial& denial, attribute::LifeIndex life) {
  LayerDenial record;
  record.subject = subject_of(event, life);
  record.pid = event.pid;
  record.layer = denial.layer;
  record.enforced = denial.enforced;
  record.operation = std::string(denial.operation.substr(0, kExampleBytes));
  record.permission = std::string(denial.permission.substr(0, kExampleBytes));
  record.profile = std::string(denial.subject.substr(0, kExampleBytes));
  record.target = std::string(denial.target.substr(0, kExampleBytes));
  record.target_context = std::string(denial.target_context.substr(0, kExampleBytes));
  record.capability = denial.capability;
  record.count = 1;
  record.first = record.last = event.time;
  record.examples.push_back(example_of(event));
  add_denial(std::move(record));
}

void Ledger::add_denial(LayerDenial record) {
  const Subject& who = record.subject;
  std::string key = std::to_string(who.life) + ' ' + std::to_string(who.host) + ' ' + std::to_string(who.comm) + ' ' +
                    std::to_string(who.exe) + ' ' + std::to_string(who.label) + ' ' +
                    std::to_string(static_cast<int>(record.layer)) + (record.enforced ? "+" : "-") +
                    std::to_string(record.capability);
  for (const std::string* field :
       {&record.operation, &record.permission, &record.profile, &record.target, &record.target_context}) {
    key += '\0';
    key += *field;
  }
  const auto found = denial_index_.find(key);
  if (found == denial_index_.end()) {
    if (layer_denials_.size() >= kMaxDenials) {
      ++folded_;
      return;
    }
    denial_index_.emplace(std::move(key), static_cast<std::uint32_t>(layer_denials_.size()));
    layer_denials_.push_back(std::move(record));
    return;
  }
  LayerDenial& mine = layer_denials_[found->second];
  mine.count += record.count;
  widen(mine.first, mine.last, record.first, record.last);
  keep_first(mine.examples, std::move(record.examples));
}

void Ledger::add_abend(const model::Event& event, const model::Abend& abend, attribute::LifeIndex life) {
  if (abends_.size() >= kMaxDenials) {
    ++folded_;
    return;
  }
  abends_.push_back({subject_of(event, life), event.pid, abend.signal, example_of(event), 1});
}

void Ledger::add_loss(const model::Event& event, const model::Loss& loss) {
  add_loss({loss.kind, 1, loss.count, std::string(loss.text.substr(0, kExampleBytes)), example_of(event)});
}

void Ledger::add_loss(Loss&& loss) {
  const auto found = std::find_if(losses_.begin(), losses_.end(), [&](const Loss& mine) { return mine.kind == loss.kind; });
  if (found == losses_.end()) {
    losses_.push_back(std::move(loss));
    return;
  }
  found->notices += loss.notices;
  // The kernel tells the sum of all it lost since it booted, again and again (kernel/audit.c, audit_log_lost).
  const bool is_sum = loss.text.find("audit_lost=") != std::string::npos;
  if (is_sum && found->text.find("audit_lost=") == std::string::npos) found->text = loss.text;
  found->count = is_sum ? std::max(found->count, loss.count) : found->count + loss.count;
}

// syslog daemons write the kernel's lines to several files, and auditd and the kernel's log may both hold them. What one process
// was denied equally often between the same two moments, to the millisecond, is the same in both.
class Ledger::Twins {
 public:
  explicit Twins(const Ledger& ledger) : ledger_(ledger) {}

  bool is_told_by_another(const Cell& cell) {
    const Shape& shape = ledger_.shapes_[cell.shape];
    if (shape.key.outcome.kind != model::Outcome::Kind::Denied || cell.life == attribute::kNoLife) return false;
    if (cell.first().basis != model::Time::Basis::Epoch || !life_of(cell).kernel_numbers) return false;
    constexpr int kMostCompared = 16;  // more than so many that differ in nothing but names are somebody's doing
    int compared = 0;
    const auto [from, to] = seen_.equal_range(hash_of(cell));
    for (auto at = from; at != to; ++at) {
      if (are_twins(*at->second, cell)) return true;
      if (++compared == kMostCompared) return false;
    }
    seen_.emplace(hash_of(cell), &cell);
    return false;
  }

 private:
  const attribute::Life& life_of(const Cell& cell) const { return ledger_.processes_.lives()[cell.life]; }

  std::size_t hash_of(const Cell& cell) const {
    const Key& key = ledger_.shapes_[cell.shape].key;
    std::size_t seed = cell.count;
    mix(seed, static_cast<std::uint64_t>(life_of(cell).pid));
    mix(seed, static_cast<std::uint64_t>(cell.first().ns));
    mix(seed, static_cast<std::uint64_t>(cell.last().ns));
    mix(seed, static_cast<std::uint32_t>(key.syscall.number));
    return seed;
  }

  bool are_twins(const Cell& one, const Cell& other) const {
    const Key &a = ledger_.shapes_[one.shape].key, &b = ledger_.shapes_[other.shape].key;
    const bool one_host = a.subject.host == b.subject.host || a.subject.host == 0 || b.subject.host == 0;
    return one.input != other.input && one_host && one.count == other.count && one.first().ns == other.first().ns &&
           one.last().ns == other.last().ns && life_of(one).pid == life_of(other).pid && a.subject.comm == b.subject.comm &&
           a.subject.exe == b.subject.exe && a.syscall == b.syscall && a.outcome.action == b.outcome.action &&
           a.outcome.error == b.outcome.error;
  }

  const Ledger& ledger_;
  std::unordered_multimap<std::size_t, const Cell*> seen_;
};

void Ledger::finish() {
  observations_.clear();
  observations_.reserve(cells_.size());
  told_twice_ = 0;
  const bool several = std::any_of(cells_.begin(), cells_.end(), [&](const Cell& cell) { return cell.input != cells_[0].input; });
  Twins twins(*this);
  for (const Cell& cell : cells_) {
    if (several && twins.is_told_by_another(cell))
      told_twice_ += cell.count;
    else
      observations_.emplace_back(cell, shapes_[cell.shape]);
  }
}

}  // namespace medic::ledger
