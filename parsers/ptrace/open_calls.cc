#include "parsers/ptrace/open_calls.h"

#include <iterator>
#include <memory>
#include <utility>

namespace medic::parsers::ptrace {
namespace {

void merge_args(kernel::Args& into, const kernel::Args& from) {
  for (unsigned i = 0; i < kernel::kArgCount; ++i) {
    if (from.has(i) && !into.has(i)) into.set(i, from.value[i]);
  }
}

class OpenCallsJoiner : public Joiner {
 public:
  void join(std::unique_ptr<Partial> ends, EventSink& sink) override {
    if (auto* later = dynamic_cast<OpenCalls*>(ends.get())) open_.join(std::move(*later), sink);
  }
  void finish(EventSink& sink) override { open_.finish(sink); }

 private:
  OpenCalls open_{OpenCalls::kMaxOpen};
};

void emit_unfinished(OwnedCall call, EventSink& sink) {
  call.call.outcome = {};
  call.call.outcome.kind = model::Outcome::Kind::Unfinished;
  emit(call, sink);
}

}  // namespace

void emit(const OwnedCall& call, EventSink& sink) {
  if (!call.is_syscall) return;
  model::Event event;
  event.origin = call.origin;
  event.time = call.time;
  event.pid = call.pid;
  event.tid = call.tid;
  event.comm = call.comm;
  event.line = call.text;
  model::Call what = call.call;
  what.text = call.text;
  event.what = what;
  sink.event(event);
}

void OpenCalls::give_up_oldest(EventSink& sink) {
  const auto oldest = calls_.begin();
  by_name_.erase({oldest->second.tid, oldest->second.name, oldest->first});
  emit_unfinished(std::move(oldest->second), sink);
  calls_.erase(oldest);
}

void OpenCalls::open(OwnedCall call, EventSink& sink) {
  if (calls_.size() >= most_) give_up_oldest(sink);
  by_name_.emplace(call.tid, call.name, next_);
  calls_.emplace(next_++, std::move(call));
}

// The newest of that name; others, which the log never closed, stay.
std::optional<OwnedCall> OpenCalls::take(std::int64_t tid, const std::string& name) {
  const auto behind = by_name_.upper_bound({tid, name, UINT64_MAX});
  if (behind == by_name_.begin()) return std::nullopt;
  const auto found = std::prev(behind);
  if (std::get<0>(*found) != tid || std::get<1>(*found) != name) return std::nullopt;
  const auto at = calls_.find(std::get<2>(*found));
  OwnedCall call = std::move(at->second);
  calls_.erase(at);
  by_name_.erase(found);
  return call;
}

void OpenCalls::close(OwnedCall closing, EventSink& sink) {
  auto opening = take(closing.tid, closing.name);
  if (!opening) {
    // Many closings without an opening mean that there is none to come: they are reported as they
    // stand.
    if (orphans_.size() < most_)
      orphans_.push_back(std::move(closing));
    else if (closing.stands_alone)
      emit(closing, sink);
    return;
  }
  opening->call.outcome = closing.call.outcome;
  merge_args(opening->call.args, closing.call.args);
  if (opening->comm.empty()) opening->comm = closing.comm;
  emit(*opening, sink);
}

void OpenCalls::say(OwnedCall call, EventSink& sink) {
  call.tid = speaker_;
  // Nothing names that many calls at once: then none is named at all.
  if (speaker_ >= 0 || unspoken_.size() >= most_)
    emit(call, sink);
  else
    unspoken_.push_back(std::move(call));
}

void OpenCalls::join(OpenCalls later, EventSink& sink) {
  for (OwnedCall& call : later.unspoken_) {
    call.tid = speaker_;
    emit(call, sink);
  }
  if (later.speaker_ >= 0) speaker_ = later.speaker_;
  for (OwnedCall& closing : later.orphans_) {
    auto opening = take(closing.tid, closing.name);
    if (opening) {
      opening->call.outcome = closing.call.outcome;
      merge_args(opening->call.args, closing.call.args);
      emit(*opening, sink);
    } else if (closing.stands_alone) {
      emit(closing, sink);
    }
  }
  for (auto& [age, call] : later.calls_) open(std::move(call), sink);
}

void OpenCalls::finish(EventSink& sink) {
  for (auto& [age, call] : calls_) emit_unfinished(std::move(call), sink);
  calls_.clear();
  by_name_.clear();
}

std::unique_ptr<Joiner> open_calls_joiner() { return std::make_unique<OpenCallsJoiner>(); }

}  // namespace medic::parsers::ptrace
