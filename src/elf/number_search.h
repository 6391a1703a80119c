// Which constants can lie in a register where the kernel is entered: a search backwards over all
// ways that lead there.
#pragma once

#include <deque>
#include <map>
#include <set>

#include "elf/sweep.h"

namespace medic::elf {

// A function's caller decides: what lies in `place` when the function is entered.
struct Parameter {
  std::uint32_t function = 0;
  Place place;
  friend auto operator<=>(const Parameter&, const Parameter&) = default;
};

struct Found {
  std::set<std::int64_t> values;
  std::set<Parameter> parameters;
  bool unknown = false;  // something else may be there, too
};

class NumberSearch {
 public:
  // stops: calls that do not come back, ascending by address. All references must outlive the
  // search.
  NumberSearch(const Image& image, Decoder& decoder, const Sweep& sweep,
               const std::vector<std::uint64_t>& stops);
  // What can be in `place` just before the instruction at `at` is run. Gives up, with `unknown`,
  // after a bounded number of steps.
  Found find(std::uint64_t at, Place place);
  // The same for a parameter of a function that the instruction at `at` (a call or a jump) leads
  // to.
  Found find_argument(std::uint64_t at, Place parameter);

 private:
  struct Want {
    std::uint32_t function = 0;
    std::ptrdiff_t step = 0;
    Place place;
    std::int64_t added = 0;
    friend auto operator<=>(const Want&, const Want&) = default;
  };
  const FunctionCode& code_of(std::uint32_t function);
  void look_before(const Want& want);
  bool is_zero_after(const Want& branch, bool taken);
  void look_at(Want want);
  bool look_at_jumps(const Want& want, std::uint64_t address);
  void look_at_tables(const Want& want);
  void add(const Want& want);

  const Image& image_;
  Decoder& decoder_;
  const Sweep& sweep_;
  const std::vector<std::uint64_t>& stops_;
  const Convention& convention_;
  std::map<std::uint32_t, FunctionCode> cache_;
  std::deque<std::uint32_t> cached_;
  std::vector<Want> open_;
  std::set<Want> seen_;
  Found found_;
};

}  // namespace medic::elf
