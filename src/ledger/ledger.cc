#include "ledger/ledger.h"

#include <algorithm>
#include <tuple>

#include "base/text.h"

namespace medic::ledger {
namespace {

bool earlier(const model::Time& a, const model::Time& b) {
  if (a.basis == model::Time::Basis::None) return false;
  return b.basis == model::Time::Basis::None || a.ns < b.ns;
}

bool before(const model::Origin& a, const model::Origin& b) { return std::tie(a.input, a.line) < std::tie(b.input, b.line); }

void widen(model::Time& first, model::Time& last, const model::Time& from, const model::Time& to) {
  if (earlier(from, first)) first = from;
  if (to.basis != model::Time::Basis::None && (last.basis == model::Time::Basis::None || to.ns > last.ns)) last = to;
}

void keep_first(std::vector<Example>& examples, std::vector<Example>&& more) {
  for (Example& example : more) examples.push_back(std::move(example));
  std::stable_sort(examples.begin(), examples.end(), [](const Example& a, const Example& b) { return before(a.origin, b.origin); });
  if (examples.size() > Observation::kMaxExamples) examples.resize(Observation::kMaxExamples);
}

Example example_of(const model::Event& event) { return {event.origin, event.time, std::string(event.line.substr(0, kExampleBytes))}; }

// seccomp(SECCOMP_SET_MODE_FILTER, …) or prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER or _STRICT, …), and it succeeded.
bool installs_filter(const model::Call& call) {
  static const kernel::NameId kSeccomp = kernel::find_name("seccomp"), kPrctl = kernel::find_name("prctl");
  constexpr std::uint64_t kSetModeFilter = 1, kPrSetSeccomp = 22;
  if (call.syscall.name != kSeccomp && call.syscall.name != kPrctl) return false;
  if (call.outcome.kind != model::Outcome::Kind::Returned || !call.args.has(0)) return false;
  return call.args.value[0] == (call.syscall.name == kSeccomp ? kSetModeFilter : kPrSetSeccomp);
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
  mix(seed, (std::uint64_t{key.subject.life} << 8) | static_cast<std::uint64_t>(key.subject.phase));
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

Ledger::Ledger(const InterestTable& interest) : interest_(&interest) {}

Subject Ledger::subject_of(const model::Event& event, attribute::LifeIndex life) {
  Subject subject;
  subject.life = life;
  subject.host = strings_.intern(event.host);
  if (life != attribute::kNoLife) subject.phase = processes_.lives()[life].phase;
  const attribute::Life* known = life == attribute::kNoLife ? nullptr : &processes_.lives()[life];
  subject.comm = strings_.intern(event.comm.empty() && known != nullptr ? std::string_view(known->comm) : event.comm);
  subject.exe = strings_.intern(event.exe.empty() && known != nullptr ? std::string_view(known->exe) : event.exe);
  subject.label = strings_.intern(event.subject.empty() && known != nullptr ? std::string_view(known->subject) : event.subject);
  return subject;
}

void Ledger::add(const model::Event& event) {
  const attribute::LifeIndex life = processes_.observe(event);
  zone_assumed_ = zone_assumed_ || event.time.zone_assumed;
  if (const auto* call = std::get_if<model::Call>(&event.what)) {
    add_call(event, *call, life);
    if (life != attribute::kNoLife && installs_filter(*call)) processes_.filter_installed(life);
  } else if (const auto* denial = std::get_if<model::LayerDenial>(&event.what)) {
    add_denial(event, *denial, life);
  } else if (const auto* abend = std::get_if<model::Abend>(&event.what)) {
    add_abend(event, *abend, life);
  } else if (const auto* loss = std::get_if<model::Loss>(&event.what)) {
    add_loss(event, *loss);
  }
}

Observation& Ledger::at(Key key) {
  auto found = index_.find(key);
  if (found == index_.end() && observations_.size() >= kMaxObservations) {
    ++folded_;  // who and with what is given up before the call itself is
    key.subject = Subject{};
    key.args = kernel::Args{};
    found = index_.find(key);
  }
  if (found != index_.end()) return observations_[found->second];
  index_.emplace(key, static_cast<std::uint32_t>(observations_.size()));
  observations_.push_back({});
  observations_.back().key = key;
  return observations_.back();
}

void Ledger::add_call(const model::Event& event, const model::Call& call, attribute::LifeIndex life) {
  Key key;
  key.subject = subject_of(event, life);
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
  if (call.syscall.arch != kernel::Arch::Unknown) archs_seen_ |= std::uint64_t{1} << static_cast<unsigned>(call.syscall.arch);
  Observation& observation = at(key);
  observation.count += call.count;
  widen(observation.first, observation.last, event.time, event.time);
  if (observation.examples.size() < Observation::kMaxExamples) {
    observation.examples.push_back(example_of(event));
    if (observation.call_text.empty()) observation.call_text = std::string(call.text.substr(0, kExampleBytes));
  }
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
                    std::to_string(who.exe) + ' ' + std::to_string(who.label) + ' ' + std::to_string(static_cast<int>(record.layer)) +
                    (record.enforced ? "+" : "-") + std::to_string(record.capability);
  for (const std::string* field : {&record.operation, &record.permission, &record.profile, &record.target, &record.target_context}) {
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
  auto found = std::find_if(losses_.begin(), losses_.end(), [&](const Loss& other) { return other.kind == loss.kind; });
  if (found == losses_.end()) {
    losses_.push_back({loss.kind, 0, 0, std::string(loss.text.substr(0, kExampleBytes)), example_of(event)});
    found = losses_.end() - 1;
  }
  ++found->notices;
  found->count += loss.count;
}

Subject Ledger::translate(const Subject& subject, const Ledger& from, const std::vector<attribute::Joined>& lives) {
  static const attribute::Joined kNobody;
  const attribute::Joined& joined = subject.life == attribute::kNoLife ? kNobody : lives[subject.life];
  const auto pick = [&](StringId id, const std::string& known_before) {
    // A chunk that began in the middle of a life did not know its program yet.
    return strings_.intern(id == 0 ? known_before : from.text(id));
  };
  return {joined.index, strings_.intern(from.text(subject.host)), pick(subject.comm, joined.comm), pick(subject.exe, joined.exe),
          pick(subject.label, joined.subject), attribute::after(joined.phase, subject.phase)};
}

void Ledger::absorb(Ledger&& other, const std::vector<attribute::Joined>& lives) {
  for (Observation& theirs : other.observations_) {
    Key key = theirs.key;
    key.subject = translate(key.subject, other, lives);
    Observation& mine = at(key);
    mine.count += theirs.count;
    widen(mine.first, mine.last, theirs.first, theirs.last);
    if (mine.call_text.empty()) mine.call_text = std::move(theirs.call_text);
    keep_first(mine.examples, std::move(theirs.examples));
  }
  for (LayerDenial& denial : other.layer_denials_) {
    denial.subject = translate(denial.subject, other, lives);
    add_denial(std::move(denial));
  }
  for (Abend& abend : other.abends_) {
    abend.subject = translate(abend.subject, other, lives);
    if (abends_.size() < kMaxDenials) abends_.push_back(std::move(abend));
    else ++folded_;
  }
  for (Loss& loss : other.losses_) {
    const auto found = std::find_if(losses_.begin(), losses_.end(), [&](const Loss& mine) { return mine.kind == loss.kind; });
    if (found == losses_.end()) {
      losses_.push_back(std::move(loss));
    } else {
      found->notices += loss.notices;
      found->count += loss.count;
    }
  }
  folded_ += other.folded_;
  archs_seen_ |= other.archs_seen_;
  zone_assumed_ = zone_assumed_ || other.zone_assumed_;
}

void Ledger::append(Ledger&& next) {
  const auto lives = processes_.append(next.processes_);
  absorb(std::move(next), lives);
}

void Ledger::merge(Ledger&& other) {
  const auto lives = processes_.adopt(other.processes_);
  absorb(std::move(other), lives);
}

}  // namespace medic::ledger
