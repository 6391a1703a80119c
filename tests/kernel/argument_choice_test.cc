// Which arguments are worth a condition, and which values go together.
#include "kernel/argument_choice.h"

#include <doctest/doctest.h>

#include <string>

#include "base/text.h"
#include "kernel/constants.h"
#include "kernel/params.h"
#include "kernel/syscalls.h"

namespace medic::kernel {

TEST_CASE("no row narrows a pointer, and each says what is at stake and who says so") {
  for (const ArgumentChoice& row : all_argument_choices()) {
    for (const std::string_view call : split(row.calls, '|')) {
      INFO(std::string(call));
      CHECK(find_name(call) != kNoName);
      for (const Arch arch : {Arch::X86_64, Arch::Aarch64}) {
        if (!number_of(find_name(call), arch)) continue;
        const Params params = params_of(find_name(call), arch);
        CHECK(params.known);
        CHECK((params.pointer_mask >> row.index & 1) == 0);
        CHECK(row.index < params.count);
        // A command is compared by its lower half: the kernel must look at no more.
        if (row.mask == 0 && !row.always) CHECK((params.int32_mask >> row.index & 1) == 1);
      }
    }
    CHECK(!row.danger.empty());
    CHECK(!row.source.empty());
    CHECK(row.known > 1);
  }
}

TEST_CASE("every value of a family has a number, and a reason stands beside it") {
  for (const ValueFamily& family : all_value_families()) {
    CHECK(!family.why.empty());
    for (const std::string_view value : split(family.values, '|')) {
      INFO(std::string(value));
      CHECK((value == "0" || constant_value(value, Arch::X86_64).has_value()));
    }
  }
}

TEST_CASE("values are widened to their family alone") {
  const Arch here[] = {Arch::X86_64};
  CHECK(widened("fcntl", 1, here) == std::set<std::uint64_t>{0, 1, 2, 3, 4, 0x406});
  CHECK(widened("socket", 2, here) == std::set<std::uint64_t>{2, 10});
  CHECK(widened("socket", 16, here) == std::set<std::uint64_t>{16});
  CHECK(widened("mmap", 6, here) == std::set<std::uint64_t>{6});
  CHECK(widened("mmap", 0, here) == std::set<std::uint64_t>{0, 2, 4});
  CHECK(widened("mprotect", 4, here) == std::set<std::uint64_t>{4});
  CHECK(widened("ioctl", 0x5412, here) == std::set<std::uint64_t>{0x5412});  // TIOCSTI
  CHECK(runtime_values("prctl", Arch::X86_64).contains(24));                 // PR_CAPBSET_DROP
}

TEST_CASE("an argument that stands elsewhere is not narrowed") {
  CHECK(argument_choice("mmap", Arch::X86_64, Choices::OnRequest) != nullptr);
  CHECK(argument_choice("mmap", Arch::X86_64, Choices::Always) == nullptr);
  CHECK(argument_choice("mmap", Arch::X86, Choices::OnRequest) == nullptr);
  CHECK(argument_choice("mmap2", Arch::X86, Choices::OnRequest) != nullptr);
  CHECK(argument_choice("clone", Arch::S390x, Choices::Always) == nullptr);
  CHECK(argument_choice("read", Arch::X86_64, Choices::OnRequest) == nullptr);
}

}  // namespace medic::kernel
