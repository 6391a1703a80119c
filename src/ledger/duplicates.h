// Where no auditd runs, journald keeps a record twice: the kernel's line and audit's own message,
// beside each other. Written twice is not denied twice.
#pragma once

#include <array>
#include <cstdint>

#include "model/event.h"

namespace medic::ledger {

class Repeats {
 public:
  // Is the denial one that was said shortly before in the other form, or in the same one with the
  // same serial? counter: what is the same of both. Each is taken for a repeat of one only.
  bool is_repeat(const model::Event& event, std::uint32_t counter) {
    const Source now{event.origin.input, counter,       event.origin.line,
                     event.serial,       event.time.ns, false};
    if (event.serial >= 0) {
      Source& known = by_serial_[static_cast<std::size_t>(event.serial) % by_serial_.size()];
      const bool again = known.line != 0 && known.serial == now.serial && known.ns == now.ns &&
                         known.counter == counter && known.input == now.input;
      known = now;
      if (again) return true;
    }
    forms_ |= event.serial >= 0 ? 1U : 2U;
    if (forms_ == 3U && is_other_form(now)) return true;
    recent_[next_] = now;
    next_ = (next_ + 1) % recent_.size();
    return false;
  }

 private:
  struct Source {
    std::uint32_t input = 0, counter = 0;
    std::uint64_t line = 0;  // 0: nothing
    std::int64_t serial = -1, ns = 0;
    bool paired = false;
  };
  // The forms stand as close to each other as journald's two sources deliver them.
  static constexpr std::uint64_t kLinesApart = 64;

  bool is_other_form(const Source& now) {
    for (Source& each : recent_) {
      const std::uint64_t apart =
          now.line > each.line ? now.line - each.line : each.line - now.line;
      if (each.line == 0 || each.paired || each.counter != now.counter || each.input != now.input ||
          (each.serial >= 0) == (now.serial >= 0) || apart > kLinesApart)
        continue;
      each.paired = true;
      return true;
    }
    return false;
  }

  std::array<Source, 256> by_serial_;
  std::array<Source, 64> recent_;
  std::size_t next_ = 0;
  unsigned forms_ = 0;  // a bit each: with a serial, without
};

}  // namespace medic::ledger
