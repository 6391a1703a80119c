// What the kernel itself can answer, for every call of every architecture.
#include <doctest/doctest.h>

#include <set>
#include <string>

#include "base/text.h"
#include "kernel/call_history.h"
#include "kernel/errno.h"
#include "kernel/own_answers.h"

namespace medic::kernel {
namespace {

using Registers = std::vector<std::uint64_t>;

Args args_of(const Registers& values) {
  Args out;
  for (unsigned i = 0; i < values.size(); ++i) out.set(i, values[i]);
  return out;
}

std::string_view answer(std::string_view call, int error, const Registers& values = {},
                        Arch arch = Arch::Unknown) {
  constexpr std::string_view kWords[] = {"never", "rarely", "depends", "first"};
  return kWords[static_cast<std::size_t>(
      own_answer(find_name(call), args_of(values), error, arch).answer)];
}

}  // namespace

TEST_CASE("no call of any table is without a row") {
  std::size_t calls = 0;
  for (const ArchInfo& arch : all_archs()) {
    for (const TableRow& row : table(arch.arch)) {
      CHECK_MESSAGE(has_own_answers(row.name), std::string(name_of(row.name)));
      ++calls;
    }
  }
  CHECK(calls > 8000);
  CHECK_FALSE(has_own_answers(kNoName));
}

TEST_CASE("every row names real calls, and each call once") {
  std::set<std::string_view> seen;
  const auto row = [&](std::string_view calls) {
    for (const std::string_view call : split(calls, '|')) {
      CHECK_MESSAGE(find_name(call) != kNoName, std::string(call));
      CHECK_MESSAGE(seen.insert(call).second, std::string(call));
    }
  };
#define OWN(calls, eperm, eacces, lsm, why) row(calls);
#define EXCEPT(calls, error, test, answer, why)         \
  for (const std::string_view call : split(calls, '|')) \
    CHECK_MESSAGE(find_name(call) != kNoName, std::string(call));
#include "kernel/own_answers.inc"
#undef OWN
#undef EXCEPT
  CHECK(seen.size() == all_names().size());
}

TEST_CASE("newer calls that have no EPERM of their own") {
  for (const std::string_view call :
       {"futex_time64", "ppoll_time64", "clock_nanosleep_time64", "mseal", "map_shadow_stack",
        "getxattrat", "riscv_hwprobe", "riscv_flush_icache", "uretprobe", "futex_wait",
        "futex_wake", "futex_waitv", "epoll_pwait2", "pselect6_time64"}) {
    INFO(std::string(call));
    CHECK(answer(call, kEPERM, {0, 0, 0, 0, 0, 0}) == "never");
  }
  CHECK(answer("cachestat", kEPERM) == "rarely");
  CHECK(answer("mmap2", kEPERM) == "depends");
}

TEST_CASE("the answer follows the arguments") {
  CHECK(answer("fcntl", kEPERM, {3, 2, 1}) == "never");
  CHECK(answer("fcntl", kEPERM, {3, 1031, 1 << 24}) == "depends");
  CHECK(answer("fcntl", kEPERM) == "depends");
  CHECK(answer("prctl", kEPERM, {15, 0x7ffe0000}) == "never");
  CHECK(answer("prctl", kEPERM, {24, 1}) == "depends");
  CHECK(answer("prctl", kEACCES, {22, 2}) == "depends");
  CHECK(answer("clone", kEPERM, {0x3D0F00}) == "never");
  CHECK(answer("clone", kEPERM, {0x10000011}) == "depends");
  CHECK(answer("clone", kEPERM, {0x7ffe0000, 0x1200011}, Arch::S390x) == "never");
  CHECK(answer("clone", kEPERM, {0, 0x40000011}, Arch::S390x) == "depends");
  CHECK(answer("unshare", kEPERM, {0x400}) == "never");
  CHECK(answer("unshare", kEPERM, {0x20000}) == "depends");
  CHECK(answer("socket", kEPERM, {1, 0x80001, 0}) == "never");
  CHECK(answer("socket", kEPERM, {2, 1, 6}) == "never");
  CHECK(answer("socket", kEPERM, {16, 0x80003, 0}) == "never");
  CHECK(answer("socket", kEPERM, {2, 3, 1}) == "depends");
  CHECK(answer("socket", kEPERM, {17, 3, 0}) == "depends");
  CHECK(answer("socket", kEACCES, {2, 2, 1}) == "depends");
  CHECK(answer("socket", kEACCES, {2, 2, 17}) == "never");
  CHECK(answer("futex", kEPERM, {0x1000, 0x81, 1}) == "never");
  CHECK(answer("futex", kEPERM, {0x1000, 0x87, 1}) == "depends");
  CHECK(answer("ioctl", kEPERM, {0, 0x5401, 0}) == "never");
  CHECK(answer("ioctl", kEPERM, {0, 0x5412, 0}) == "depends");
  CHECK(answer("ptrace", kEPERM, {24, 5}) == "never");
  CHECK(answer("sched_setaffinity", kEPERM, {0, 128}) == "never");
  CHECK(answer("prlimit64", kEPERM, {0, 7, 0, 0x7ffe0000}) == "never");
  CHECK(answer("prlimit64", kEPERM, {0, 7, 0x7ffe0000, 0}) == "depends");
  CHECK(answer("move_pages", kEPERM, {0, 1, 2, 3, 4, 2}) == "never");
  CHECK(answer("setsockopt", kEPERM, {3, 1, 2}) == "never");
  CHECK(answer("setsockopt", kEPERM, {3, 1, 36}) == "depends");
  CHECK(answer("keyctl", kEPERM, {11}) == "never");
  CHECK(answer("userfaultfd", kEPERM, {1}) == "never");
}

TEST_CASE("a missing family") {
  CHECK(answer("socket", kEAFNOSUPPORT, {1}) == "never");
  CHECK(answer("socket", kEAFNOSUPPORT, {2}) == "never");
  CHECK(answer("socket", kEAFNOSUPPORT, {16}) == "never");
  CHECK(answer("socket", kEAFNOSUPPORT, {10}) == "rarely");
  CHECK(answer("socket", kEAFNOSUPPORT, {40}) == "depends");
  CHECK(answer("socket", kEAFNOSUPPORT) == "depends");
  CHECK(answer("connect", kEAFNOSUPPORT, {3}) == "depends");
}

TEST_CASE("a missing call") {
  CHECK(answer("getpid", kENOSYS) == "never");
  CHECK(answer("nanosleep", kENOSYS) == "never");
  CHECK(answer("getpid", kENOSYS, {}, Arch::Loongarch64) == "never");
  CHECK(answer("mkdir", kENOSYS) == "rarely");
  CHECK(answer("epoll_wait", kENOSYS) == "rarely");
  CHECK(answer("clone3", kENOSYS) == "depends");
  CHECK(answer("keyctl", kENOSYS) == "depends");
  CHECK(answer("set_thread_area", kENOSYS, {}, Arch::X86_64) == "depends");
  CHECK(answer("set_thread_area", kENOSYS, {}, Arch::X86) == "never");
  CHECK(answer("tuxcall", kENOSYS) == "depends");
  CHECK(answer("open", kENOSYS, {}, Arch::Aarch64) == "depends");
  CHECK(own_answer(find_name("clone3"), {}, kENOSYS, Arch::X86_64, KernelVersion{6, 1}).answer ==
        OwnAnswer::Never);
  CHECK(own_answer(find_name("mseal"), {}, kENOSYS, Arch::X86_64, KernelVersion{6, 1}).answer ==
        OwnAnswer::Depends);
  CHECK(own_answer(find_name("lookup_dcookie"), {}, kENOSYS, Arch::X86_64, KernelVersion{6, 7})
            .answer == OwnAnswer::Depends);
}

TEST_CASE("when a call came") {
  CHECK(first_kernel(find_name("statx")) == KernelVersion{4, 11});
  CHECK(first_kernel(find_name("socket"), Arch::X86_64) == KernelVersion{2, 6});
  CHECK(first_kernel(find_name("socket"), Arch::X86) == KernelVersion{4, 3});
  CHECK_FALSE(first_kernel(find_name("vserver")).has_value());
  CHECK(every_kernel_has(find_name("getrandom")));
  CHECK_FALSE(every_kernel_has(find_name("statx")));
  CHECK(every_kernel_has(find_name("statx"), Arch::X86_64, {5, 10}));
  CHECK_FALSE(every_kernel_has(find_name("userfaultfd")));
  const auto between = calls_between({6, 1}, {6, 6}, Arch::X86_64);
  std::string names;
  for (const NameId id : between) names += std::string(name_of(id)) + " ";
  CHECK(names == "cachestat fchmodat2 map_shadow_stack ");
}

// x86_64's numbers grew with the releases, so the table's order and the history's may not
// contradict each other.
TEST_CASE("history and numbers agree") {
  KernelVersion last{2, 6};
  std::size_t compared = 0;
  for (const TableRow& row : table(Arch::X86_64)) {
    const std::string_view name = name_of(row.name);
    // Two fill a hole, three got their number before they were merged or after.
    const bool out_of_order = name == "uretprobe" || name == "uprobe" || name == "getcpu" ||
                              name == "close_range" || name == "quotactl_fd";
    if (row.number < 303 || out_of_order) continue;
    const auto first = first_kernel(row.name);
    REQUIRE(first.has_value());
    CHECK_MESSAGE(*first >= last, std::string(name));
    last = std::max(last, *first);
    ++compared;
  }
  CHECK(compared > 70);
}

TEST_CASE("every row of the history names real calls and releases") {
#define SINCE(calls, release, presence, why)            \
  CHECK(parse_kernel_version(release).has_value());     \
  for (const std::string_view call : split(calls, '|')) \
    CHECK_MESSAGE(find_name(call) != kNoName, std::string(call));
#define ON(archs, calls, release)                       \
  CHECK(parse_kernel_version(release).has_value());     \
  for (const std::string_view arch : split(archs, '|')) \
    CHECK_MESSAGE(arch_from_any(arch).has_value(), std::string(arch));
#define GONE(calls, release)                            \
  for (const std::string_view call : split(calls, '|')) \
    CHECK_MESSAGE(find_name(call) != kNoName, std::string(call));
#define ABSENT(archs, calls) GONE(calls, "")
#define FILESYSTEM(calls) GONE(calls, "")
#include "kernel/call_history.inc"
#undef SINCE
#undef ON
#undef GONE
#undef ABSENT
#undef FILESYSTEM
}

}  // namespace medic::kernel
