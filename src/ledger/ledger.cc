#include "ledger/ledger.h"

#include <algorithm>

#include "attribute/host_processes.h"
#include "base/text.h"
#include "ledger/example.h"
#include "ledger/moments.h"
#include "model/security_label.h"

#include "kernel/errno.h"

namespace medic::ledger {
namespace {

// seccomp(SECCOMP_SET_MODE_FILTER, …) or prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER or _STRICT, …),
// and it succeeded.
bool installs_filter(const model::Call& call) {
  static const kernel::NameId kSeccomp = kernel::find_name("seccomp"),
                              kPrctl = kernel::find_name("prctl");
  constexpr std::uint64_t kSetModeFilter = 1, kPrSetSeccomp = 22;
  if (call.syscall.name != kSeccomp && call.syscall.name != kPrctl) return false;
  if (call.outcome.kind != model::Outcome::Kind::Returned || !call.args.has(0)) return false;
  return call.args.value[0] == (call.syscall.name == kSeccomp ? kSetModeFilter : kPrSetSeccomp);
}

attribute::ProcessTable::Threads threads_meant(const model::Call& call) {
  static const kernel::NameId kSeccomp = kernel::find_name("seccomp");
  constexpr std::uint64_t kTsync = 1;  // SECCOMP_FILTER_FLAG_TSYNC
  const bool all =
      call.syscall.name == kSeccomp && call.args.has(1) && (call.args.value[1] & kTsync) != 0;
  return all ? attribute::ProcessTable::Threads::All : attribute::ProcessTable::Threads::Caller;
}

void mix(std::size_t& seed, std::uint64_t value) {
  seed = (seed ^ value) * 0x9E3779B97F4A7C15ULL ^ (seed >> 29);
}

}  // namespace

StringPool::StringPool() { intern(""); }

StringId StringPool::intern(std::string_view text) {
  const auto found = ids_.find(text);
  if (found != ids_.end()) return found->second;
  constexpr std::size_t kOverhead = 256;  // of a text, its places in tables and copies of it
  if (bytes_ + text.size() + kOverhead > kMaxBytes) {
    constexpr std::string_view kGivenUp = "…";
    const auto last = ids_.find(kGivenUp);
    if (last != ids_.end()) return last->second;
    text = kGivenUp;
  }
  bytes_ += text.size() + kOverhead;
  const auto id = static_cast<StringId>(texts_.size());
  texts_.emplace_back(text);
  ids_.emplace(std::string(text), id);
  return id;
}

std::size_t Ledger::KeyHash::operator()(const Key& key) const {
  std::size_t seed = 0;
  mix(seed, static_cast<std::uint64_t>(key.subj.phase));
  mix(seed, (std::uint64_t{key.subj.comm} << 32) | key.subj.exe);
  mix(seed, (std::uint64_t{key.subj.label} << 32) | key.subj.host);
  mix(seed, (static_cast<std::uint64_t>(static_cast<std::uint32_t>(key.syscall.number)) << 32) |
                (std::uint64_t{key.syscall.name} << 8) |
                static_cast<std::uint64_t>(key.syscall.arch));
  mix(seed, key.args.known);
  for (unsigned i = 0; i < kernel::kArgCount; ++i) {
    if (key.args.has(i)) mix(seed, key.args.value[i]);
  }
  mix(seed, (static_cast<std::uint64_t>(key.outcome.kind) << 48) |
                (static_cast<std::uint64_t>(key.outcome.action) << 40) |
                (static_cast<std::uint64_t>(key.outcome.signal & 0xFF) << 32) |
                static_cast<std::uint32_t>(key.outcome.error));
  mix(seed, (static_cast<std::uint64_t>(key.provenance) << 8) |
                (static_cast<std::uint64_t>(key.certainty) << 2) |
                (key.outcome.injected ? 2U : 0U) | (key.reached_kernel ? 1U : 0U));
  return seed;
}

void Ledger::resolve_arch(Key& key, kernel::Arch arch) {
  if (key.syscall.arch != kernel::Arch::Unknown || arch == kernel::Arch::Unknown) return;
  key.syscall.arch = arch;
  if (kernel::info(arch).bits != 32 || arch == kernel::Arch::X32) return;
  for (unsigned i = 0; i < kernel::kArgCount; ++i) key.args.value[i] &= 0xFFFFFFFF;
}

Ledger::Ledger(const InterestTable& interest) : interest_(&interest) {}

StringId Ledger::intern_again(StringId guess, std::string_view text) {
  return strings_.text(guess) == text ? guess : strings_.intern(text);
}

Subject Ledger::subj_of(const model::Event& event, attribute::ProcessIndex process) {
  Subject subj;
  subj.process = process;
  if (process == attribute::kNoProcess) {
    subj.host = strings_.intern(event.host);
    subj.comm = strings_.intern(event.comm);
    subj.exe = strings_.intern(event.exe);
    subj.label = strings_.intern(model::without_instance(event.subj));
    return subj;
  }
  const attribute::Process& known = processes_.processes()[process];
  if (process >= last_subject_.size()) last_subject_.resize(process + std::size_t{64});
  Subject& last = last_subject_[process];
  if (last.process == attribute::kNoProcess) last = newest_subject_;
  last.process = process;
  last.phase = processes_.phase_at(process, event);
  last.host = intern_again(last.host, event.host);
  last.comm =
      intern_again(last.comm, event.comm.empty() ? std::string_view(known.comm) : event.comm);
  last.exe = intern_again(last.exe, event.exe.empty() ? std::string_view(known.exe) : event.exe);
  last.label = intern_again(
      last.label,
      model::without_instance(event.subj.empty() ? std::string_view(known.subj) : event.subj));
  newest_subject_ = last;
  return last;
}

namespace {

// The signal where a process died of SIGSYS or was sent it by a filter; 0 of anything else.
int deadly_sigsys(const model::What& what) {
  if (const auto* exit = std::get_if<model::Exit>(&what))
    return exit->signal == kernel::kSIGSYS ? exit->signal : 0;
  const auto* signal = std::get_if<model::Signal>(&what);
  return signal != nullptr && signal->number == kernel::kSIGSYS && signal->from_seccomp
             ? signal->number
             : 0;
}

// What anyone may have printed says nothing of the births, deaths and programs of other processes.
// A trace (tid) is about its own.
bool is_hearsay(const model::Event& event) {
  return event.provenance == model::Provenance::Anyone && event.tid < 0 &&
         (std::holds_alternative<model::Fork>(event.what) ||
          std::holds_alternative<model::Exec>(event.what) ||
          std::holds_alternative<model::Exit>(event.what));
}

}  // namespace

void Ledger::add(const model::Event& event) {
  if (is_hearsay(event)) return;
  if (event.repeat_id != 0 && add_repeat(event)) return;
  const attribute::ProcessIndex process = processes_.observe(event);
  zone_assumed_ = zone_assumed_ || event.time.zone_assumed;
  if (const auto* call = std::get_if<model::Call>(&event.what)) {
    if (event.repeat_id != 0 && add_known(event, process)) return;
    add_call(event, *call, process);
    if (process != attribute::kNoProcess && installs_filter(*call))
      processes_.filter_installed(process, event, threads_meant(*call));
  } else if (const auto* denial = std::get_if<model::LayerDenial>(&event.what)) {
    add_denial(event, *denial, process);
  } else if (const auto* abend = std::get_if<model::Abend>(&event.what)) {
    add_abend(event, *abend, process);
  } else if (const auto* loss = std::get_if<model::Loss>(&event.what)) {
    add_loss(event, *loss);
  } else if (const int signal = deadly_sigsys(event.what); signal != 0) {
    // Where a call explains it, the diagnosis says so; where none does, this is the only trace of a
    // denial.
    add_abend(event, model::Abend{signal}, process);
  }
}

std::uint32_t Ledger::class_at(const Key& key) {
  auto found = class_index_.find(key);
  if (found != class_index_.end()) return found->second;
  Key kept = key;
  if (classes_.size() >= kMaxNamed) {  // who is given up first, then with what, then the call
    kept.subj.comm = kept.subj.exe = kept.subj.label = 0;
    if (classes_.size() >= kMaxShapes) {
      kept.subj = Subject{};
      kept.args = kernel::Args{};
    }
    // A program may try any number for a call; beyond so many different ones not even those are
    // distinguished.
    if (classes_.size() >= 2 * kMaxShapes) kept.syscall = model::SyscallRef{};
    if (kept != key) ++folded_;
    found = class_index_.find(kept);
    if (found != class_index_.end()) return found->second;
  }
  const auto index = static_cast<std::uint32_t>(classes_.size());
  classes_.push_back({kept, {}, {}});
  class_index_.emplace(kept, index);
  return index;
}

void Ledger::expect(const Extent& extent) {
  const std::size_t counters = std::min(extent.counters, kMaxObservations);
  processes_.expect(extent.tasks);
  counters_.reserve(counters);
  counter_index_.reserve(counters);
}

Counter& Ledger::counter_at(attribute::ProcessIndex process, std::uint32_t event_class) {
  const auto is = [&](std::uint32_t number) {
    return counters_[number].process == process && counters_[number].event_class == event_class;
  };
  std::uint64_t hash = CounterIndex::hash_of(process, event_class);
  std::uint32_t number = counter_index_.find(hash, is);
  if (number == CounterIndex::kNone && counters_.size() >= kMaxObservations) {
    ++folded_;
    process = attribute::kNoProcess;
    hash = CounterIndex::hash_of(process, event_class);
    number = counter_index_.find(hash, is);
  }
  if (number != CounterIndex::kNone) return counters_[number];
  counter_index_.add(hash, static_cast<std::uint32_t>(counters_.size()));
  counters_.push_back({});
  counters_.back().process = process;
  counters_.back().event_class = event_class;
  return counters_.back();
}

namespace {

constexpr std::size_t kKnown = 8192,
                      kKnownShapes = 2048;  // powers of two; a table fits into a core's own cache

std::size_t place_of(std::uint64_t repeat_id, attribute::ProcessIndex process) {
  return ((repeat_id * 0x9E3779B97F4A7C15ULL ^ std::uint64_t{process} * 0xC2B2AE3D27D4EB4FULL) >>
          40) &
         (kKnown - 1);
}

// A trace's lines do not say the program: those that are alike are of several.
std::size_t place_of(std::uint64_t repeat_id, const Subject& subj) {
  const std::uint64_t program =
      std::uint64_t{subj.comm} << 32 | subj.exe << 2 | static_cast<std::uint64_t>(subj.phase);
  return ((repeat_id * 0x9E3779B97F4A7C15ULL ^ program * 0xC2B2AE3D27D4EB4FULL) >> 40) &
         (kKnownShapes - 1);
}

}  // namespace

// Most of a trace's lines are so: of the task of the line before, with a call that its process has
// made before.
bool Ledger::add_repeat(const model::Event& event) {
  if (known_.empty()) return false;
  const attribute::ProcessIndex process = processes_.same_again(event);
  if (process == attribute::kNoProcess) return false;
  const Known& known = known_[place_of(event.repeat_id, process)];
  if (!known.is(event, process, processes_.processes()[process])) return false;
  processes_.heard(process, event);
  zone_assumed_ = zone_assumed_ || event.time.zone_assumed;
  count(counters_[known.counter], event, std::get<model::Call>(event.what));
  return true;
}

bool Ledger::add_known(const model::Event& event, attribute::ProcessIndex process) {
  if (process == attribute::kNoProcess || known_.empty()) return false;
  const attribute::Process& who = processes_.processes()[process];
  Known& known = known_[place_of(event.repeat_id, process)];
  if (known.is(event, process, who)) {
    count(counters_[known.counter], event, std::get<model::Call>(event.what));
    return true;
  }
  if (!who.unfiltered.empty()) return false;
  Subject subj = subj_of(event, process);
  subj.process = attribute::kNoProcess;
  const auto is = [&](const KnownShape& each) {
    return each.repeat_id == event.repeat_id && each.arch == who.arch && each.subj == subj;
  };
  const KnownShape* found = &known_classes_[event.repeat_id & (kKnownShapes - 1)];
  if (!is(*found)) found = &known_classes_[place_of(event.repeat_id, subj)];
  if (!is(*found)) return false;
  const KnownShape& event_class = *found;
  Counter& counter = counter_at(process, event_class.event_class);
  if (counter.count == 0) counter.begin_at(event.origin);
  count(counter, event, std::get<model::Call>(event.what));
  if (counter.process == process)
    known = {event.repeat_id, process, who.changes,
             static_cast<std::uint32_t>(&counter - counters_.data())};
  return true;
}

// Kept only once the event class has all the examples that it will have, and for a call that
// changes nothing of its process.
void Ledger::know(const model::Event& event, attribute::ProcessIndex process, const Subject& subj,
                  std::uint32_t counter) {
  const std::uint32_t event_class = counters_[counter].event_class;
  if (process == attribute::kNoProcess ||
      classes_[event_class].examples.size() < Observation::kMaxExamples)
    return;
  if (classes_.size() >= kMaxNamed) return;  // what is folded is counted one by one
  const attribute::Process& who = processes_.processes()[process];
  if (!who.unfiltered.empty()) return;
  if (known_.empty()) {
    known_.resize(kKnown);
    known_classes_.resize(kKnownShapes);
  }
  if (counters_[counter].process == process)
    known_[place_of(event.repeat_id, process)] = {event.repeat_id, process, who.changes, counter};
  const KnownShape made{event.repeat_id, subj, who.arch, event_class};
  known_classes_[event.repeat_id & (kKnownShapes - 1)] =
      known_classes_[place_of(event.repeat_id, subj)] = made;
}

void Ledger::count(Counter& counter, const model::Event& event, const model::Call& call) {
  // A trace has tasks and says everything once.
  const bool may_repeat = call.outcome.kind == model::Outcome::Kind::Denied && event.tid < 0;
  if (may_repeat &&
      repeats_.is_repeat(event, static_cast<std::uint32_t>(&counter - counters_.data())))
    return;
  counter.count += call.count;
  counter.widen(event.time, event.time);
}

void Ledger::add_call(const model::Event& event, const model::Call& call,
                      attribute::ProcessIndex process) {
  Key key;
  key.subj = subj_of(event, process);
  key.subj.process = attribute::kNoProcess;
  key.syscall = call.syscall;
  key.outcome = call.outcome;
  // Whether a call gave 0 or not matters (errno 0 fakes success with it); which number it gave does
  // not.
  key.outcome.value =
      call.outcome.kind == model::Outcome::Kind::Returned && call.outcome.value != 0 ? 1 : 0;
  key.certainty = call.certainty;
  key.reached_kernel = call.reached_kernel;
  key.provenance = event.provenance;
  if (call.syscall.name < interest_->size()) {
    for (unsigned i = 0; i < kernel::kArgCount; ++i) {
      if (((*interest_)[call.syscall.name] >> i & 1) != 0 && call.args.has(i))
        key.args.set(i, call.args.value[i]);
    }
  }
  if (process != attribute::kNoProcess) resolve_arch(key, processes_.processes()[process].arch);
  if (key.syscall.arch != kernel::Arch::Unknown)
    archs_seen_ |= std::uint64_t{1} << static_cast<unsigned>(key.syscall.arch);
  const std::uint32_t index = class_at(key);
  Counter& counter = counter_at(process, index);
  if (counter.count == 0) counter.begin_at(event.origin);
  const std::uint64_t before = counter.count;
  count(counter, event, call);
  EventClass& event_class = classes_[index];
  if (counter.count != before && event_class.examples.size() < Observation::kMaxExamples) {
    event_class.examples.push_back({example_of(event, kExampleBytes), counter.process});
    if (event_class.call_text.empty())
      event_class.call_text = std::string(call.text.substr(0, kExampleBytes));
  }
  if (event.repeat_id != 0 && !installs_filter(call))
    know(event, process, key.subj, static_cast<std::uint32_t>(&counter - counters_.data()));
}

// syslog daemons write the kernel's lines to several files, and auditd and the kernel's log may
// both hold them. What one process was denied equally often between the same two moments, to the
// millisecond, is the same in both.
class Ledger::Duplicates {
 public:
  explicit Duplicates(const Ledger& ledger) : ledger_(ledger) {}

  bool is_duplicate(const Counter& counter) {
    const EventClass& event_class = ledger_.classes_[counter.event_class];
    if (event_class.key.outcome.kind != model::Outcome::Kind::Denied ||
        counter.process == attribute::kNoProcess)
      return false;
    if (counter.first().basis != model::Time::Basis::Epoch || !process_of(counter).kernel_numbers)
      return false;
    constexpr int kMostCompared =
        16;  // more than so many that differ in nothing but names are somebody's doing
    int compared = 0;
    const auto [from, to] = seen_.equal_range(hash_of(counter));
    for (auto at = from; at != to; ++at) {
      if (are_duplicates(*at->second, counter)) return true;
      if (++compared == kMostCompared) return false;
    }
    seen_.emplace(hash_of(counter), &counter);
    return false;
  }

 private:
  const attribute::Process& process_of(const Counter& counter) const {
    return ledger_.processes_.processes()[counter.process];
  }

  std::size_t hash_of(const Counter& counter) const {
    const Key& key = ledger_.classes_[counter.event_class].key;
    std::size_t seed = counter.count;
    mix(seed, static_cast<std::uint64_t>(process_of(counter).pid));
    mix(seed, static_cast<std::uint64_t>(counter.first().ns));
    mix(seed, static_cast<std::uint64_t>(counter.last().ns));
    mix(seed, static_cast<std::uint32_t>(key.syscall.number));
    return seed;
  }

  bool are_duplicates(const Counter& one, const Counter& other) const {
    const Key &a = ledger_.classes_[one.event_class].key,
              &b = ledger_.classes_[other.event_class].key;
    const bool one_host = a.subj.host == b.subj.host || a.subj.host == 0 || b.subj.host == 0;
    return one.input != other.input && one_host && a.provenance == b.provenance &&
           one.count == other.count && one.first().ns == other.first().ns &&
           one.last().ns == other.last().ns && process_of(one).pid == process_of(other).pid &&
           a.subj.comm == b.subj.comm && a.subj.exe == b.subj.exe && a.syscall == b.syscall &&
           a.outcome.action == b.outcome.action && a.outcome.error == b.outcome.error;
  }

  const Ledger& ledger_;
  std::unordered_multimap<std::size_t, const Counter*> seen_;
};

void Ledger::finish() {
  attribute::mark_host_processes(processes_);
  observations_.clear();
  observations_.reserve(counters_.size());
  duplicates_ = 0;
  const bool several = std::any_of(counters_.begin(), counters_.end(), [&](const Counter& counter) {
    return counter.input != counters_[0].input;
  });
  Duplicates duplicates(*this);
  for (const Counter& counter : counters_) {
    if (several && duplicates.is_duplicate(counter))
      duplicates_ += counter.count;
    else
      observations_.emplace_back(counter, classes_[counter.event_class]);
  }
}

}  // namespace medic::ledger
