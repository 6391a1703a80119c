#include "parsers/audit/serial_runs.h"

#include <algorithm>
#include <cstring>
#include <iterator>

#include "base/text.h"

namespace medic::parsers::audit {
namespace {

constexpr std::uint64_t kEnough = 50;    // events, for a judgement
constexpr std::uint64_t kPerBreak = 20;  // a filtered log has a hole every few events
constexpr std::uint64_t kOutOfOrder =
    256;  // CPUs hand their events to auditd a little out of order
constexpr std::uint64_t kUnsure =
    32;  // at an input's ends what is missing may stand in the next one
constexpr std::size_t kMaxStreams = 16, kMaxBoots = 64;

// Events that no search by program, process, login, key or kind of denial finds: a log with them
// was not filtered so.
bool is_the_systems_own(std::string_view type) {
  return type.starts_with("DAEMON_") || type.starts_with("SERVICE_") ||
         type.starts_with("SYSTEM_") || type == "BPF" || type == "NETFILTER_CFG" ||
         type == "KERNEL";
}

}  // namespace

void SerialRuns::add(const Stamped& stamp) {
  if (filtered_ || (stamp.serial == former_serial_ && stamp.milliseconds == former_milliseconds_))
    return;
  former_serial_ = stamp.serial;
  former_milliseconds_ = stamp.milliseconds;
  const std::string_view type = trim(stamp.type);
  holds_the_systems_own_ = holds_the_systems_own_ || is_the_systems_own(type);
  if (type.starts_with("DAEMON_")) return;  // auditd numbers its own events by itself
  ++events_;
  if (Stream* stream = stream_of(stamp.node))
    place(stream->boots, {stamp.serial, stamp.serial, stamp.line, stamp.milliseconds});
  judge_so_far();
}

SerialRuns::Stream* SerialRuns::stream_of(std::string_view node) {
  for (Stream& stream : streams_) {
    if (stream.node == node) return &stream;
  }
  filtered_ = filtered_ || streams_.size() == kMaxStreams;
  if (filtered_) return nullptr;
  return &streams_.emplace_back(Stream{std::string(node), std::vector<Boot>(1)});
}

bool SerialRuns::goes_on_with(const Boot& boot, const Run& run) {
  return run.first > boot.back().last && run.first <= boot.back().last + kOutOfOrder;
}

// Where the run belongs among those before: nearly always at the end.
void SerialRuns::place(std::vector<Boot>& boots, const Run& run) {
  if (boots.size() > 1 && goes_on_with(boots[boots.size() - 2], run) &&
      boots.back().back().last - boots.back().front().first < kUnsure)
    boots.pop_back();  // what looked like a new boot was the end of a call that had waited long
  Boot& boot = boots.back();
  if (boot.empty() || run.first > boot.back().last + 1) {
    breaks_ += boot.empty() ? 0 : 1;
    return boot.push_back(run);
  }
  if (run.first >= boot.back().first) {
    boot.back().last = std::max(boot.back().last, run.last);
    return;
  }
  // The first run that ends at or behind the one before this.
  const auto behind =
      std::lower_bound(boot.begin(), boot.end(), run.first,
                       [](const Run& each, std::uint64_t first) { return each.last + 1 < first; });
  const bool known = behind != boot.end() && behind->first <= run.first && behind->last >= run.last;
  if (known) return;
  if (run.first + kOutOfOrder < boot.back().last && run.milliseconds > boot.back().milliseconds) {
    filtered_ = filtered_ || boots.size() == kMaxBoots;
    boots.push_back({run});
    return;
  }
  if (run.first < boot.front().first)
    return;  // a call that was entered long ago, or before this file
  auto at = behind;
  if (at != boot.end() && at->first <= run.first)
    at->last = std::max(at->last, run.last);
  else
    at = boot.insert(at, run);
  for (auto next = std::next(at); next != boot.end() && next->first <= at->last + 1;
       next = std::next(at)) {
    at->last = std::max(at->last, next->last);
    boot.erase(next);
    breaks_ -= breaks_ == 0 ? 0 : 1;
  }
}

// Holes that out-of-order events have yet to fill count for a while: hence the slack.
void SerialRuns::judge_so_far() { filtered_ = filtered_ || breaks_ > 64 + events_ / kPerBreak; }

void SerialRuns::append(SerialRuns&& later) {
  events_ += later.events_;
  holds_the_systems_own_ = holds_the_systems_own_ || later.holds_the_systems_own_;
  filtered_ = filtered_ || later.filtered_;
  for (Stream& from : later.streams_) {
    Stream* to = stream_of(from.node);
    if (filtered_) break;
    for (const Boot& boot : from.boots) {
      for (const Run& run : boot) place(to->boots, run);
    }
  }
  judge_so_far();
  if (filtered_) streams_.clear();
}

std::vector<SerialHole> SerialRuns::holes() const {
  std::vector<SerialHole> out;
  if (filtered_ || !holds_the_systems_own_ || events_ < kEnough) return out;
  std::uint64_t runs = 0;
  for (const Stream& stream : streams_) {
    for (const Boot& boot : stream.boots) {
      runs += boot.size();
      for (std::size_t i = 1; i < boot.size(); ++i) {
        const SerialHole hole{boot[i - 1].last + 1, boot[i].first - 1, boot[i].line};
        const bool at_front =
            &boot == &stream.boots.front() && hole.first < boot.front().first + kUnsure;
        const bool at_end = &boot == &stream.boots.back() && hole.last + kUnsure > boot.back().last;
        if (!at_front && !at_end) out.push_back(hole);
      }
    }
  }
  if (runs * kPerBreak > events_) out.clear();
  return out;
}

}  // namespace medic::parsers::audit
