// Joins processes to containers after the last line is read, so that evidence counts wherever it
// stands. Grows with processes.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "attribute/owner.h"
#include "attribute/process_table.h"
#include "attribute/side_facts.h"

namespace medic::attribute {

// What a call belongs to: the application, the runtime that starts it, or something executed into
// the container from outside.
enum class Stage : std::uint8_t { Application, RuntimeInit, Executed };

class Attribution {
 public:
  // Both must outlive this. facts may be empty: then the log alone speaks.
  Attribution(const ProcessTable& table, const SideFacts& facts);
  ~Attribution();
  Attribution(Attribution&&) noexcept;

  // Whose is what this process did between these times? Null: nothing says; missing() says what
  // would have. Stated only where the log, or a side file, names that very process at that time.
  const Owner* owner(ProcessIndex process, const model::Time& first, const model::Time& last) const;
  // The same for all of the process.
  const Owner* owner(ProcessIndex process) const;
  // In words, for an owner that is null.
  std::string missing(ProcessIndex process) const;

  // comm and exe are those of the moment, phase the process's at that moment.
  Stage stage(ProcessIndex process, Phase phase, std::string_view comm, std::string_view exe) const;

  // The parent's process, found by number where no fork was seen. kNoProcess: not in the log.
  ProcessIndex parent(ProcessIndex process) const;
  // Its own number and those of all that it comes from, as far as the log and the side files say.
  std::vector<std::int64_t> ancestry(ProcessIndex process) const;

  const ProcessTable& table() const;
  bool has_side_facts() const;
  // Does anything here speak of containers? If not, nobody wants to hear that nothing could be
  // attributed.
  bool speaks_of_containers() const;

 private:
  class Join;
  std::unique_ptr<Join> join_;
};

}  // namespace medic::attribute
