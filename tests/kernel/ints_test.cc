// Ints in registers of 64 bits: which of a call's arguments can stand there in two ways.
#include <doctest/doctest.h>

#include "kernel/params.h"

using namespace medic::kernel;

namespace {

Args args(std::initializer_list<std::uint64_t> values) {
  Args out;
  unsigned i = 0;
  for (const std::uint64_t value : values) out.set(i++, value);
  return out;
}

constexpr std::uint64_t kMinusOne = ~std::uint64_t{0}, kLow = 0xFFFFFFFF;

}  // namespace

TEST_CASE("A negative int stands in its register in two ways, a positive one and a long in one") {
  const NameId kill = find_name("kill"), lseek = find_name("lseek"), fcntl = find_name("fcntl");
  CHECK(with_other_ints(kill, Arch::X86_64, args({kMinusOne, 9}))->value[0] == kLow);
  CHECK(with_other_ints(kill, Arch::X86_64, args({kLow, 9}))->value[0] == kMinusOne);
  CHECK(with_other_ints(kill, Arch::X86_64, args({kMinusOne, 9}))->value[1] == 9);
  CHECK_FALSE(with_other_ints(kill, Arch::X86_64, args({5, 9})));
  CHECK_FALSE(with_other_ints(lseek, Arch::X86_64, args({3, kMinusOne, 1})));
  CHECK(with_other_ints(fcntl, Arch::X86_64, args({3, 8, kMinusOne}))->value[2] == kLow);
  CHECK_FALSE(with_other_ints(fcntl, Arch::X86_64, args({3, 8, kLow})));
  CHECK_FALSE(with_other_ints(kill, Arch::X86_64, Args{}));
  CHECK_FALSE(with_other_ints(kill, Arch::X86_64, args({0x1FFFFFFFF, 9})));
}

TEST_CASE("Where registers have 32 bits there is one way") {
  CHECK_FALSE(with_other_ints(find_name("kill"), Arch::X86, args({kLow, 9})));
}
