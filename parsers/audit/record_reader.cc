#include "parsers/audit/record_reader.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "kernel/errno.h"
#include "parsers/audit/fields.h"

namespace medic::parsers::audit {
namespace {

// Longer lines do not wait: what is open is owned, and must stay small whatever a log holds.
constexpr std::size_t kMaxWaitingBytes = std::size_t{64} * 1024;

// Keeps the event of a SECCOMP record on its way.
class Keeper : public EventSink {
 public:
  Keeper(KnownRecords& known, const Record& record, EventSink& sink)
      : known_(known), record_(record), sink_(sink) {}
  void event(const model::Event& event) override {
    model::Event kept = event;
    known_.keep_seccomp(record_, kept);
    sink_.event(kept);
  }

 private:
  KnownRecords& known_;
  const Record& record_;
  EventSink& sink_;
};
bool is_about_a_task(Type type) {
  return type == Type::Seccomp || type == Type::Syscall || type == Type::AnomAbend;
}

void tell_container(const Subject& subj, std::string_view id, EventSink& sink) {
  model::Event event;
  event.origin = subj.origin;
  event.time = subj.time;
  event.host = subj.node;
  event.serial = subj.serial;
  event.pid = subj.pid;
  model::Label label;
  label.container_id = id;
  event.what = label;
  sink.event(event);
}

class RecordJoiner : public Joiner {
 public:
  explicit RecordJoiner(const Options& options) : options_(options), interpreter_(options_) {}

  void join(std::unique_ptr<Partial> ends, EventSink& sink) override {
    if (ends == nullptr) return;
    auto& next = static_cast<OpenRecords&>(*ends);
    for (OpenRecord& open : open_) {
      const EventKey key = key_of(restored(open));
      for (const Companion& companion : next.companions) {
        if (companion.key == key && companion.line - open.origin.line < kWindow)
          open.companions.push_back(companion);
      }
    }
    for (const Companion& companion : next.companions) {
      const bool targets = companion.line == end_line_ && companion.key.serial == target_serial_;
      if (companion.type != Type::ContainerId || targets) continue;
      for (const Subject& subj : subjects_) {
        if (subj.key == companion.key) tell_container(subj, companion.text, sink);
      }
    }
    std::move(next.subjs.begin(), next.subjs.end(), std::back_inserter(subjects_));
    std::erase_if(subjects_,
                  [&](const Subject& each) { return each.origin.line + kWindow <= next.end_line; });
    end_line_ = next.end_line;
    target_serial_ = next.target_serial;
    std::move(next.records.begin(), next.records.end(), std::back_inserter(open_));
    resolve([&](const OpenRecord& open) { return next.end_line - open.origin.line >= kWindow; },
            sink);
  }
  void finish(EventSink& sink) override {
    resolve([](const OpenRecord&) { return true; }, sink);
  }

 private:
  static Record restored(const OpenRecord& open) {
    Record record = open.record;
    record.node = open.node;
    record.body = open.body;
    return record;
  }

  template <class Ready>
  void resolve(Ready ready, EventSink& sink) {
    for (const OpenRecord& open : open_) {
      if (ready(open))
        read_with(restored(open), {open.origin, open.line}, open.companions, interpreter_, sink);
    }
    std::erase_if(open_, ready);
  }

  Options options_;
  Interpreter interpreter_;
  std::vector<OpenRecord> open_;
  std::vector<Subject> subjects_;
  std::uint64_t end_line_ = 0;  // of the chunk before
  std::int64_t target_serial_ = -1;
};

}  // namespace

RecordReader::RecordReader(const Chunk& chunk, const Use& use, ChunkSink& sink)
    : sink_(sink),
      interpreter_(use.options),
      known_(use.cache),
      last_(chunk.last),
      head_end_(chunk.first_line > 1 ? chunk.first_line + kWindow : 0) {}

void RecordReader::account(Reading reading, const Place& place) {
  switch (reading.kind) {
    case Reading::Kind::Used:
    case Reading::Kind::Waits: ++used_; break;
    case Reading::Kind::Foreign: ++foreign_; break;
    case Reading::Kind::Damaged:
      sink_.damaged(place.origin.line, place.line, reading.reason);
      break;
  }
}

Subject RecordReader::subj_of(const Record& record, const model::Origin& origin) const {
  const auto pid = leading_decimal(find_field(record.body, "pid").value);
  return {key_of(record),          origin, record.time, record.serial, pid ? *pid : record.pid,
          std::string(record.node)};
}

void RecordReader::name_container(const Record& record, const Place& place) {
  const std::string_view id = container_id_of(record);
  if (id.empty() || record.serial < 0) return;
  const auto about = std::find_if(recent_.begin(), recent_.end(), [&](const Recent& each) {
    return each.record.serial == record.serial && key_of(each.record) == key_of(record);
  });
  if (about == recent_.end()) {
    if (wants_companion(place.origin.line))
      add_companion(record, place.origin.line, open_.companions);
    return;
  }
  if (const Subject subj = subj_of(about->record, about->origin); subj.pid >= 0)
    tell_container(subj, id, sink_);
}

Reading RecordReader::read(const Record& record, const Place& place, std::string_view after) {
  const std::int64_t target = std::exchange(target_serial_, -1);
  if (is_about_a_task(record.type)) {
    recent_[next_recent_] = {record, place.origin};
    next_recent_ = (next_recent_ + 1) % recent_.size();
  } else if (record.type == Type::ContainerId) {
    if (record.serial != target) name_container(record, place);
    return container_id_of(record).empty() ? kForeign : kUsed;
  } else if (record.type == Type::ObjPid) {
    target_serial_ = record.serial;
    return kForeign;
  }
  if (is_companion(record.type) && wants_companion(place.origin.line))
    add_companion(record, place.origin.line, open_.companions);
  // What is cached is the kernel's: a repeat id stands for one provenance.
  if (known_ == nullptr || record.provenance != model::Provenance::Kernel)
    return read_slowly(record, place, after);
  if (record.type == Type::Seccomp) {
    if (known_->tell_seccomp(record, place, sink_)) return kUsed;
    Keeper keeper(*known_, record, sink_);
    const Reading reading = interpreter_.read(record, place, nullptr, keeper);
    return reading.kind == Reading::Kind::Waits ? read_slowly(record, place, after) : reading;
  }
  SyscallFacts facts;
  if (record.type == Type::Syscall) {
    if (model::Event* event = known_->read_syscall(record, place, facts))
      return tell(facts, record, place, after, *event);
  }
  return read_slowly(record, place, after);
}

Reading WholeEvents::read(const Record& record, const Place& place,
                          const std::vector<Companion>& companions) const {
  if (known == nullptr || record.type != Type::Seccomp || !companions.empty() ||
      record.provenance != model::Provenance::Kernel)
    return read_with(record, place, companions, interpreter, sink);
  if (known->tell_seccomp(record, place, sink)) return kUsed;
  Keeper keeper(*known, record, sink);
  return read_with(record, place, companions, interpreter, keeper);
}

Reading RecordReader::read_slowly(const Record& record, const Place& place,
                                  std::string_view after) {
  const Reading reading = interpreter_.read(record, place, nullptr, sink_);
  if (reading.kind != Reading::Kind::Waits) return reading;
  Lookahead found = look_ahead(record, place.origin.line, after);
  if (found.complete || last_ || place.line.size() > kMaxWaitingBytes) {
    return read_with(record, place, found.companions, interpreter_, sink_);
  }
  leave_open(record, place, std::move(found));
  return kUsed;
}

Reading RecordReader::tell(const SyscallFacts& facts, const Record& record, const Place& place,
                           std::string_view after, model::Event& event) {
  const bool wants_files = facts.outcome.error == kernel::kEACCES && files_wanted(record) > 0;
  if (record.serial < 0 || (!wants_words(facts) && !wants_files)) {
    tell_syscall(facts, {}, event, sink_);
    return kUsed;
  }
  if (const auto words = wants_files ? std::nullopt : known_->words_behind(record, place, after)) {
    tell_syscall(facts, *words, event, sink_);
    return kUsed;
  }
  Lookahead found = look_ahead(record, place.origin.line, after);
  if (found.complete || last_ || place.line.size() > kMaxWaitingBytes) {
    tell_syscall(facts, words_among(found.companions), event, sink_);
    if (wants_files) tell_refusal(facts, record, files_among(found.companions), event, sink_);
  } else {
    leave_open(record, place, std::move(found));
  }
  return kUsed;
}

void RecordReader::leave_open(const Record& record, const Place& place, Lookahead found) {
  open_.records.push_back({record, std::string(record.node), std::string(record.body),
                           std::string(place.line), place.origin, std::move(found.companions)});
}

std::unique_ptr<Partial> RecordReader::finish(std::uint64_t end_line) {
  if (used_ != 0) sink_.used(used_);
  if (foreign_ != 0) sink_.foreign(foreign_);
  open_.end_line = end_line;
  for (std::size_t i = 0; i < recent_.size() && !last_; ++i) {
    const Recent& each = recent_[(next_recent_ + i) % recent_.size()];
    if (each.record.serial < 0 || each.origin.line + kWindow <= end_line) continue;
    if (Subject subj = subj_of(each.record, each.origin); subj.pid >= 0)
      open_.subjs.push_back(std::move(subj));
  }
  open_.target_serial = target_serial_;
  if (open_.records.empty() && open_.companions.empty() && open_.subjs.empty() &&
      target_serial_ < 0)
    return nullptr;
  return std::make_unique<OpenRecords>(std::move(open_));
}

std::unique_ptr<Joiner> record_joiner(const Options& options) {
  return std::make_unique<RecordJoiner>(options);
}

}  // namespace medic::parsers::audit
