// Joins processes to containers after the last line is read, so that evidence counts wherever it stands. Grows with processes.
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

// What a call belongs to: the application, the runtime that starts it, or something executed into the container from outside.
enum class Stage : std::uint8_t { Application, RuntimeInit, Executed };

class Attribution {
 public:
  // Both must outlive this. facts may be empty: then the log alone speaks.
  Attribution(const ProcessTable& table, const SideFacts& facts);
  ~Attribution();
  Attribution(Attribution&&) noexcept;

  // Whose is what this life did between these times? Null: nothing tells; missing() says what would have.
  // Stated only where the log, or a side file, names that very process at that time.
  const Owner* owner(LifeIndex life, const model::Time& first, const model::Time& last) const;
  // The same for all of the life.
  const Owner* owner(LifeIndex life) const;
  // In words, for an owner that is null.
  std::string missing(LifeIndex life) const;

  // comm and exe are those of the moment, phase the life's at that moment.
  Stage stage(LifeIndex life, Phase phase, std::string_view comm, std::string_view exe) const;

  // The parent's life, found by number where no fork was seen. kNoLife: not in the log.
  LifeIndex parent(LifeIndex life) const;
  // Its own number and those of all that it comes from, as far as the log and the side files tell.
  std::vector<std::int64_t> ancestry(LifeIndex life) const;

  const ProcessTable& table() const;
  bool has_side_facts() const;
  // Does anything here speak of containers? If not, nobody wants to hear that nothing could be attributed.
  bool speaks_of_containers() const;

 private:
  class Join;
  std::unique_ptr<Join> join_;
};

}  // namespace medic::attribute
