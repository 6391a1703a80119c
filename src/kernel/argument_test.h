// Tests on a call's argument registers, as the rows of the kernel's facts write them down.
#pragma once

#include <array>
#include <cstdint>

#include "kernel/call.h"

namespace medic::kernel {

// A test on one argument register: (value & mask) == want, or for Bits: (value & mask) != 0.
// Unseen: what decides is in no argument (an inode's attributes, a firewall), so that no log can
// say.
struct ArgumentTest {
  enum class Kind : std::uint8_t { Any, Masked, Bits, Unseen } kind = Kind::Any;
  std::uint8_t index = 0;
  std::uint64_t mask = 0, want = 0;
};

// Tests that must all hold. The default holds always.
struct Where {
  std::array<ArgumentTest, 3> tests{};

  constexpr Where() = default;
  constexpr Where(ArgumentTest one) : tests{one} {}  // NOLINT: a row writes a single test as itself
  constexpr Where(ArgumentTest one, ArgumentTest two, ArgumentTest three = {})
      : tests{one, two, three} {}
  constexpr bool always() const { return tests[0].kind == ArgumentTest::Kind::Any; }
};

// Ordered, so that of several answers the least certain one counts.
enum class Holds : std::uint8_t { No, Unknown, Yes };
Holds holds(const ArgumentTest& test, const Args& args);
Holds holds(const Where& where, const Args& args);

// The arguments in the order that the rows speak of: clone's flags come second on s390 and s390x
// (CONFIG_CLONE_BACKWARDS2).
Args in_common_order(NameId name, Args args, Arch arch);

namespace rows {

// Is the name one of a row's calls, which are parted by |?
bool lists(std::string_view list, std::string_view name);

constexpr ArgumentTest kAny{};
constexpr ArgumentTest kUnseen{ArgumentTest::Kind::Unseen};
// The register's low 32 bits are `want`: the kernel cuts int parameters.
constexpr ArgumentTest equals(std::uint8_t index, std::uint64_t want) {
  return {ArgumentTest::Kind::Masked, index, 0xFFFFFFFF, want};
}
// The whole register is 0: a null pointer.
constexpr ArgumentTest zero(std::uint8_t index) {
  return {ArgumentTest::Kind::Masked, index, ~0ULL, 0};
}
constexpr ArgumentTest masked(std::uint8_t index, std::uint64_t mask, std::uint64_t want) {
  return {ArgumentTest::Kind::Masked, index, mask, want};
}
constexpr ArgumentTest bits(std::uint8_t index, std::uint64_t mask) {
  return {ArgumentTest::Kind::Bits, index, mask, 0};
}
constexpr Where both(ArgumentTest one, ArgumentTest two) { return {one, two}; }
constexpr Where all(ArgumentTest one, ArgumentTest two, ArgumentTest three) {
  return {one, two, three};
}
// setsockopt's level and option name, the second and third argument.
constexpr Where options(std::uint64_t level, std::uint64_t name) {
  return {equals(1, level), equals(2, name)};
}

}  // namespace rows
}  // namespace medic::kernel
