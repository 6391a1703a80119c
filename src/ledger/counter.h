// How often one process did one thing, when, and where the first time: a busy log has hundreds of
// thousands, so they are packed.
#pragma once

#include <cstdint>

#include "ledger/moments.h"

namespace medic::ledger {

struct Counter {
  std::uint32_t process =
      0xFFFFFFFF;                 // attribute::ProcessIndex; kNoProcess: of nobody in particular
  std::uint32_t event_class = 0;  // what was done
  std::uint64_t count = 0;
  std::uint64_t line = 0;   // of the first
  std::uint32_t input = 0;  // and the input that it stands in

  model::Origin origin() const { return {input, line, 0}; }
  void begin_at(const model::Origin& origin) {
    input = origin.input;
    line = origin.line;
  }
  model::Time first() const { return time(first_ns_, first_kind_); }
  model::Time last() const { return time(last_ns_, last_kind_); }
  void set_times(const model::Time& first, const model::Time& last) {
    first_ns_ = first.ns;
    first_kind_ = kind(first);
    last_ns_ = last.ns;
    last_kind_ = kind(last);
  }
  // It comes to hold from `from` to `to` as well.
  void widen(const model::Time& from, const model::Time& to) {
    if (kind(from) == first_kind_ && kind(to) == last_kind_ &&
        from.basis != model::Time::Basis::None && to.basis != model::Time::Basis::None) {
      if (from.ns < first_ns_) first_ns_ = from.ns;
      if (to.ns > last_ns_) last_ns_ = to.ns;
      return;
    }
    model::Time first = this->first(), last = this->last();
    ledger::widen(first, last, from, to);
    set_times(first, last);
  }

 private:
  static constexpr std::uint8_t kZoneAssumed = 0x80;
  static std::uint8_t kind(const model::Time& time) {
    return static_cast<std::uint8_t>(static_cast<std::uint8_t>(time.basis) |
                                     (time.zone_assumed ? kZoneAssumed : 0));
  }
  static model::Time time(std::int64_t ns, std::uint8_t kind) {
    return {ns, static_cast<model::Time::Basis>(kind & ~kZoneAssumed), (kind & kZoneAssumed) != 0};
  }

  std::uint8_t first_kind_ = 0, last_kind_ = 0;  // basis, and whether a zone was assumed
  std::int64_t first_ns_ = 0, last_ns_ = 0;
};
static_assert(sizeof(Counter) == 48);

}  // namespace medic::ledger
