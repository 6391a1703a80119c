#include "kernel/argument_test.h"

#include <algorithm>
#include <utility>

#include "base/text.h"

namespace medic::kernel {

Holds holds(const ArgumentTest& test, const Args& args) {
  using Kind = ArgumentTest::Kind;
  if (test.kind == Kind::Any) return Holds::Yes;
  if (test.kind == Kind::Unseen || !args.has(test.index)) return Holds::Unknown;
  const std::uint64_t value = args.value[test.index] & test.mask;
  return (test.kind == Kind::Bits ? value != 0 : value == test.want) ? Holds::Yes : Holds::No;
}

Holds holds(const Where& where, const Args& args) {
  Holds all = Holds::Yes;
  for (const ArgumentTest& test : where.tests) all = std::min(all, holds(test, args));
  return all;
}

Args in_common_order(NameId name, Args args, Arch arch) {
  if ((arch != Arch::S390 && arch != Arch::S390x) || name_of(name) != "clone") return args;
  std::swap(args.value[0], args.value[1]);
  const unsigned first = args.known & 1u, second = args.known >> 1 & 1u;
  args.known = static_cast<std::uint8_t>((args.known & ~3u) | second | first << 1);
  return args;
}

bool rows::lists(std::string_view list, std::string_view name) {
  const auto parts = split(list, '|');
  return std::find(parts.begin(), parts.end(), name) != parts.end();
}

}  // namespace medic::kernel
