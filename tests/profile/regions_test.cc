// Regions of argument values: complete, disjoint, none empty; held against looking at every value
// of a small domain.
#include <doctest/doctest.h>

#include <map>
#include <random>
#include <set>

#include "policy/regions.h"

using namespace medic;
using namespace medic::profile;

namespace {

Condition on(std::uint32_t arg, Op op, std::uint64_t value, std::uint64_t value_two = 0) {
  return {arg, op, value, value_two, {}};
}

std::vector<bool> answers(const std::vector<Condition>& conditions, const kernel::Args& args,
                          unsigned bits) {
  std::vector<bool> out;
  for (const Condition& condition : conditions)
    out.push_back(holds(condition, args.value[condition.index], bits));
  return out;
}

std::string describe(const std::vector<Condition>& conditions, const std::vector<bool>& wanted) {
  const auto partition = Partition::make(conditions, 64, Grain::Whole);
  REQUIRE(partition);
  std::vector<std::size_t> regions;
  for (std::size_t i = 0; i < partition->size(); ++i) {
    if (answers(conditions, partition->example(i), 64) == wanted) regions.push_back(i);
  }
  const auto boxes = partition->boxes(regions);
  std::string out;
  for (const auto& box : boxes) out += (out.empty() ? "" : " | ") + partition->describe(box);
  return out;
}

}  // namespace

TEST_CASE("A member of a region is found exactly when there is one") {
  std::mt19937_64 random(3);
  const auto masked = [&] {
    const std::uint64_t mask = random() % 64;
    return MaskedValue{mask, random() & mask};
  };
  std::size_t found = 0, empty = 0;
  for (int round = 0; round < 20000; ++round) {
    std::uint64_t low = random() % 64, high = random() % 64;
    if (low > high) std::swap(low, high);
    std::vector<MaskedValue> equal, unequal;
    for (unsigned i = 0, n = random() % 3; i < n; ++i) equal.push_back(masked());
    for (unsigned i = 0, n = random() % 5; i < n; ++i) unequal.push_back(masked());
    const auto fits = [&](std::uint64_t x) {
      for (const MaskedValue& m : equal) {
        if ((x & m.mask) != m.value) return false;
      }
      for (const MaskedValue& m : unequal) {
        if ((x & m.mask) == m.value) return false;
      }
      return x >= low && x <= high;
    };
    bool expected = false;
    for (std::uint64_t x = low; x <= high; ++x) expected = expected || fits(x);
    std::size_t budget = 1000;
    const auto member = find_member(low, high, equal, unequal, budget);
    CHECK(budget > 0);
    CHECK(member.has_value() == expected);
    if (member) CHECK(fits(*member));
    ++(expected ? found : empty);
  }
  CHECK(found > 1000);
  CHECK(empty > 1000);
}

TEST_CASE("The whole range of 64 bits is within reach") {
  std::size_t budget = 1000;
  CHECK(find_member(0, ~std::uint64_t{0}, {}, {}, budget) == 0u);
  const MaskedValue top{1ull << 63, 1ull << 63};
  CHECK(find_member(0, ~std::uint64_t{0}, std::vector{top}, {}, budget) == 1ull << 63);
  CHECK_FALSE(find_member(5, (1ull << 63) - 1, std::vector{top}, {}, budget));
  CHECK(find_member(~std::uint64_t{0}, ~std::uint64_t{0}, std::vector{top}, {}, budget) ==
        ~std::uint64_t{0});
  // Every value of the lower three bits is excluded, one by one.
  std::vector<MaskedValue> all;
  for (std::uint64_t i = 0; i < 8; ++i) all.push_back({7, i});
  CHECK_FALSE(find_member(0, ~std::uint64_t{0}, {}, all, budget));
  CHECK(budget > 0);
}

TEST_CASE(
    "Regions are all the ways in which the conditions can turn out, each with a call that shows "
    "it") {
  std::mt19937_64 random(5);
  for (int round = 0; round < 1500; ++round) {
    std::vector<Condition> conditions;
    const bool masks = round % 2 == 0;
    for (unsigned i = 0, n = 1 + random() % 5; i < n; ++i) {
      const Op op = masks && random() % 2 == 0 ? Op::MaskedEq : static_cast<Op>(random() % 6);
      conditions.push_back(
          on(static_cast<std::uint32_t>(random() % 2), op, random() % 16, random() % 16));
    }
    const auto partition = Partition::make(conditions, 64, Grain::Whole);
    REQUIRE(partition);
    std::set<std::vector<bool>> seen, expected;
    for (std::size_t i = 0; i < partition->size(); ++i)
      seen.insert(answers(conditions, partition->example(i), 64));
    for (std::uint64_t a = 0; a < 32; ++a) {
      for (std::uint64_t b = 0; b < 32; ++b) {
        kernel::Args args;
        args.set(0, a);
        args.set(1, b);
        expected.insert(answers(conditions, args, 64));
      }
    }
    CHECK(seen == expected);
  }
}

TEST_CASE("A program may distinguish words that a rule does not") {
  const std::vector<Condition> conditions{on(0, Op::Lt, 0x500000003)};
  const auto whole = Partition::make(conditions, 64, Grain::Whole);
  const auto words = Partition::make(conditions, 64, Grain::Program);
  CHECK(whole->size() == 2);
  CHECK(words->size() == 25);
  std::set<std::uint64_t> uppers;
  for (std::size_t i = 0; i < words->size(); ++i) uppers.insert(words->example(i).value[0] >> 32);
  CHECK(uppers == std::set<std::uint64_t>{0, 3, 4, 5, 6});
}

TEST_CASE("Registers of 32 bits wrap the operands") {
  const auto partition = Partition::make(std::vector{on(0, Op::Eq, 0x100000001)}, 32, Grain::Whole);
  CHECK(partition->size() == 3);
  for (std::size_t i = 0; i < 3; ++i) CHECK(partition->example(i).value[0] <= 0xFFFFFFFF);
}

TEST_CASE("Regions in words") {
  CHECK(describe({on(0, Op::Eq, 40)}, {true}) == "arg0 = 40");
  CHECK(describe({on(0, Op::Eq, 40)}, {false}) == "arg0 != 40");
  CHECK(describe({on(0, Op::Lt, 38)}, {true}) == "arg0 < 38");
  CHECK(describe({on(0, Op::Gt, 40)}, {true}) == "arg0 >= 41");
  CHECK(describe({on(1, Op::Ge, 2), on(1, Op::Le, 5)}, {true, true}) == "arg1 from 2 to 5");
  CHECK(describe({on(0, Op::MaskedEq, 0x7E020000, 0)}, {true}) == "arg0 & 0x7e020000 = 0");
  CHECK(describe({on(0, Op::MaskedEq, 0x7E020000, 0)}, {false}) == "arg0 & 0x7e020000 != 0");
  CHECK(describe({on(0, Op::Eq, 2), on(1, Op::Eq, 3)}, {true, true}) == "arg0 = 2 and arg1 = 3");
  CHECK(describe({on(0, Op::Eq, 1), on(0, Op::Eq, 4)}, {false, false}) ==
        "(arg0 = 0 or arg0 from 2 to 3 or arg0 >= 5)");
  CHECK(describe({on(0, Op::Eq, 7), on(0, Op::MaskedEq, 1, 1)}, {false, true}) ==
        "arg0 != 7 and arg0 & 0x1 = 1");
}

TEST_CASE("What would be too much is refused, at once") {
  std::vector<Condition> conditions;
  for (std::uint64_t value = 0; value < 2000; value += 2) {
    for (std::uint32_t arg = 0; arg < 6; ++arg) conditions.push_back(on(arg, Op::Eq, value));
  }
  CHECK_FALSE(Partition::make(conditions, 64, Grain::Whole));
  conditions.clear();
  for (unsigned bit = 0; bit < 60; ++bit)
    conditions.push_back(on(0, Op::MaskedEq, 1ull << bit | 1, 0));
  CHECK_FALSE(Partition::make(conditions, 64, Grain::Whole));
}
