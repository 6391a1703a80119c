// Several dialects in one input: each line is handed to the one that recognises it, so that it is
// counted once. An input of one dialect pays for a few sampled lines a chunk.
#pragma once

#include <atomic>
#include <string>
#include <vector>

#include "parsers/dialect.h"

namespace medic::parsers {

// Says a dialect's own lines one by one. A line that is its own only after another (a journal
// entry's fields) is, right behind that one.
class Candidate {
 public:
  explicit Candidate(const Dialect& dialect) : dialect_(&dialect) {}
  const Dialect& dialect() const { return *dialect_; }
  // The text of a claimed line has to outlive the next call.
  bool claims(std::string_view line);
  // Is the line one of its own only because it stands behind the last one that it claimed?
  bool goes_on_with(std::string_view line) const;

 private:
  const Dialect* dialect_;
  std::string_view start_;  // the last line that it claimed by itself
};

// Made for one input.
class Router : public Dialect {
 public:
  // members: the main dialect first, then those that were seen beside it; at most 64 of `known`,
  // which may join in later chunks.
  Router(std::vector<const Dialect*> members, std::span<const Dialect* const> known);

  std::string_view name() const override { return members_.front()->name(); }
  std::string_view help() const override { return members_.front()->help(); }
  std::size_t recognise(std::span<const std::string_view> lines) const override {
    return members_.front()->recognise(lines);
  }
  std::int64_t task_of_unnumbered(std::string_view front) const override {
    return members_.front()->task_of_unnumbered(front);
  }
  kernel::Arch arch_by_front(std::string_view front) const override {
    return members_.front()->arch_by_front(front);
  }
  // The main dialect's; lines can be read alone where all members read them so.
  Traits traits() const override;
  // A reader of its own for each dialect that it meets.
  std::unique_ptr<Reader> make_reader(const Options& options) const override;
  std::unique_ptr<Joiner> make_joiner(const Options& options) const override;

  // From now on chunks are read without the colours that a terminal, or grep --color, has put into
  // them. Before the first make_reader().
  void take_colours_off() { coloured_ = true; }

  // Of all that were met until now: "audit+sandbox"; the main one first, the others in the
  // registry's order.
  std::string given() const;

 private:
  class RouterReader;
  std::vector<const Dialect*> members_of(const Chunk& chunk) const;
  void note_met(const Dialect& member) const;

  std::vector<const Dialect*> members_;
  std::span<const Dialect* const> known_;
  bool coloured_ = false;
  mutable std::atomic<std::uint64_t> met_{0};  // a bit for each of known_
};

// The text without sequences that set colours (SGR, `ESC [ 31 m`) and those that clear the line's
// end, which grep adds; and without the asterisks around a field that somebody put in bold.
std::string without_colours(std::string_view text);

// Which other dialects recognise lines that the main one does not; empty where it is alone, or
// where its form owns whole documents. Those that recognise more lines come first.
std::vector<const Dialect*> others_beside(const Dialect& main,
                                          std::span<const std::string_view> lines,
                                          std::span<const Dialect* const> known);

}  // namespace medic::parsers
