// Which audit serials an auditd file holds, and which are missing between them. The kernel gives
// every event a number and takes none back: in a file that holds every event a missing number is an
// event that was lost, in a filtered one it is nothing.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "parsers/dialect.h"

namespace medic::parsers::audit {

struct SerialHole {
  std::uint64_t first = 0, last = 0;
  std::uint64_t line = 0;  // where the first serial behind it stands
};

// The runs of one segment of lines, and of whole inputs by append(). Memory is bounded: what has
// many holes was filtered.
class SerialRuns {
 public:
  // In the order of the lines. A stamp like the one before it is the same event's.
  void add(const Stamped& stamp);
  // The runs of the lines that follow.
  void append(SerialRuns&& later);
  // None where the file does not look as if it held every event.
  std::vector<SerialHole> holes() const;

 private:
  struct Run {
    std::uint64_t first = 0, last = 0;
    std::uint64_t line = 0;
    std::uint64_t milliseconds = 0;  // of its first event
  };
  // Serials begin anew with the machine: one boot's runs, in rising order.
  using Boot = std::vector<Run>;
  // One host's; auditd's collectors mix several, known by node=.
  struct Stream {
    std::string node;
    std::vector<Boot> boots;
  };

  void place(std::vector<Boot>& boots, const Run& run);
  static bool goes_on_with(const Boot& boot, const Run& run);
  void judge_so_far();
  Stream* stream_of(std::string_view node);

  std::vector<Stream> streams_;
  std::uint64_t former_serial_ = 0, former_milliseconds_ = 0;
  std::uint64_t events_ = 0, breaks_ = 0;
  bool holds_the_systems_own_ =
      false;  // an event that no search for programs, logins or denials finds
  bool filtered_ = false;
};

}  // namespace medic::parsers::audit
