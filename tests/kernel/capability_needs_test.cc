// Which capability the kernel asks for: by arguments, by the call's text, by the situation.
#include <doctest/doctest.h>

#include <string>

#include "base/text.h"
#include "kernel/capability.h"
#include "kernel/capability_needs.h"
#include "kernel/errno.h"
#include "kernel/knowledge.h"
#include "kernel/own_answers.h"
#include "kernel/risk.h"

namespace medic::kernel {
namespace {

using Registers = std::vector<std::uint64_t>;

Args args_of(const Registers& values) {
  Args out;
  for (unsigned i = 0; i < values.size(); ++i) out.set(i, values[i]);
  return out;
}

std::string need(std::string_view call, const Registers& values, std::string_view text = {},
                 const Situation& situation = {}) {
  const CapabilityNeed found =
      capabilities_needed(find_name(call), args_of(values), text, situation);
  constexpr std::string_view kWords[] = {"none", "needs ", "by object ", "unknown "};
  return std::string(kWords[static_cast<std::size_t>(found.kind)]) +
         std::string(found.capabilities);
}

}  // namespace

TEST_CASE("a user namespace needs no capability, alone or with others") {
  CHECK(need("unshare", {0x10000000}) == "none");
  CHECK(need("unshare", {0x10020000}) == "none");
  CHECK(need("unshare", {0x20000}) == "needs CAP_SYS_ADMIN");
  CHECK(need("unshare", {0x80}) == "needs CAP_SYS_ADMIN");
  CHECK(need("unshare", {0x600}) == "none");
  CHECK(need("unshare", {}) == "unknown CAP_SYS_ADMIN");
  CHECK(need("clone", {0x50000011}) == "none");
  CHECK(need("clone", {0x40000011}) == "needs CAP_SYS_ADMIN");
  CHECK(need("clone", {0x3D0F00}) == "none");
  CHECK(need("clone", {0x7f0000000000, 0x10000011}, "", {.arch = Arch::S390x}) == "none");
  CHECK(need("clone3", {}, "clone3({flags=CLONE_NEWUSER|CLONE_NEWPID, exit_signal=SIGCHLD}, 88)") ==
        "none");
  CHECK(need("clone3", {}, "clone3({flags=CLONE_NEWPID, exit_signal=SIGCHLD}, 88)") ==
        "needs CAP_SYS_ADMIN");
  CHECK(need("clone3", {}, "clone3({flags=CLONE_VM|CLONE_VFORK, exit_signal=SIGCHLD}, 88)") ==
        "none");
  CHECK(need("clone3", {0x1000, 88}) == "unknown CAP_SYS_ADMIN");
}

TEST_CASE("the kind of the namespace, the command, the clock decide") {
  CHECK(need("setns", {3, 0x40000000}) == "needs CAP_SYS_ADMIN");
  CHECK(need("setns", {3, 0x20000}) == "needs CAP_SYS_ADMIN+CAP_SYS_CHROOT");
  CHECK(need("open_tree", {3, 0, 0x80000}) == "none");
  CHECK(need("open_tree", {3, 0, 0x80001}) == "needs CAP_SYS_ADMIN");
  CHECK(need("bpf", {13}) == "needs CAP_SYS_ADMIN");
  CHECK(need("bpf", {0}) == "unknown CAP_BPF|CAP_SYS_ADMIN");
  CHECK(need("bpf", {0}, "", {.unprivileged_bpf_disabled = 2}) == "needs CAP_BPF|CAP_SYS_ADMIN");
  CHECK(need("bpf", {0}, "", {.unprivileged_bpf_disabled = 0}) == "none");
  CHECK(need("bpf", {1}, "", {.kernel = KernelVersion{6, 1}}) == "none");
  CHECK(need("fanotify_init", {0x200}) == "none");
  CHECK(need("fanotify_init", {0x200}, "", {.kernel = KernelVersion{5, 4}}) ==
        "needs CAP_SYS_ADMIN");
  CHECK(need("fanotify_init", {0x4}) == "needs CAP_SYS_ADMIN");
  CHECK(need("timerfd_create", {1}) == "none");
  CHECK(need("timerfd_create", {8}) == "needs CAP_WAKE_ALARM");
  CHECK(need("mbind", {0, 0, 0, 0, 0, 2}) == "none");
  CHECK(need("mbind", {0, 0, 0, 0, 0, 4}) == "needs CAP_SYS_NICE");
  CHECK(need("get_mempolicy", {}) == "none");
  CHECK(need("mknod", {0, 0x21B6, 0x501}) == "needs CAP_MKNOD");
  CHECK(need("mknod", {0, 0x11A4, 0}) == "none");
  CHECK(need("quotactl", {0x80000100}) == "none");
  CHECK(need("socket", {2, 0x80003}) == "needs CAP_NET_RAW");
  CHECK(need("socket", {16, 3}) == "none");
  CHECK(need("socket", {1, 1}) == "none");
  CHECK(need("prctl", {22, 2}, "", {.no_new_privs = true}) == "none");
  CHECK(need("prctl", {22, 2}, "", {.no_new_privs = false}) == "needs CAP_SYS_ADMIN");
}

TEST_CASE("oneself is for everybody") {
  CHECK(need("kcmp", {70, 70, 0}, "", {.own_pid = 70}) == "none");
  CHECK(need("kcmp", {70, 71, 0}, "", {.own_pid = 70}) == "by object CAP_SYS_PTRACE");
  CHECK(need("kcmp", {70, 71, 0}) == "unknown CAP_SYS_PTRACE");
  CHECK(need("pidfd_getfd", {3, 1, 0}, "", {.target_is_self = true}) == "none");
  CHECK(need("sched_setaffinity", {0, 8, 0x1000}) == "none");
}

TEST_CASE("perf_event_open answers EACCES by the paranoid level") {
  const auto refusal = [](int level, std::uint64_t pid, std::uint64_t cpu) {
    Situation situation;
    situation.perf_event_paranoid = level;
    const CapabilityNeed found = capabilities_needed(find_name("perf_event_open"),
                                                     args_of({0x1000, pid, cpu}), "", situation);
    return found.kind == CapabilityNeed::Kind::None ? 0 : found.error;
  };
  CHECK(refusal(2, 0, ~0ULL) == kEACCES);
  CHECK(refusal(1, 0, ~0ULL) == 0);
  CHECK(refusal(1, ~0ULL, 0) == kEACCES);
  CHECK(refusal(0, ~0ULL, 0) == 0);
}

TEST_CASE("what meets a need") {
  const auto bpf =
      capabilities_needed(find_name("bpf"), args_of({5}), "", {.unprivileged_bpf_disabled = 2});
  CHECK(bpf.met_by({"CAP_BPF"}));
  CHECK(bpf.met_by({"CAP_SYS_ADMIN", "CAP_CHOWN"}));
  CHECK_FALSE(bpf.met_by({"CAP_NET_ADMIN"}));
  CHECK(bpf.text() == "CAP_BPF or CAP_SYS_ADMIN");
  const auto setns = capabilities_needed(find_name("setns"), args_of({3, 0x20000}));
  CHECK_FALSE(setns.met_by({"CAP_SYS_ADMIN"}));
  CHECK(setns.met_by({"CAP_SYS_ADMIN", "CAP_SYS_CHROOT"}));
}

TEST_CASE("every row names calls and capabilities that exist") {
  std::size_t count = 0;
#define NEED(calls, test, words, when, kind, caps, where, error, why, source)     \
  {                                                                               \
    ++count;                                                                      \
    CHECK(!std::string_view(source).empty());                                     \
    CHECK(std::string_view(caps).empty() == (std::string_view(#kind) == "None")); \
    for (const std::string_view call : split(calls, '|'))                         \
      CHECK_MESSAGE(find_name(call) != kNoName, std::string(call));               \
    for (const std::string_view part : split(caps, '|'))                          \
      for (const std::string_view cap : split(part, '+'))                         \
        CHECK((cap.empty() || capability_number(cap)));                           \
  }
#include "kernel/capability_needs.inc"
#undef NEED
  CHECK(count > 150);
}

// Three tables speak of the same kernel: what it answers, why, and which capability helps.
TEST_CASE("the tables do not contradict each other") {
  for (const NativeReason& row : all_native_reasons()) {
    if (row.cause != Cause::Capability || row.calls == "*path" || !row.words.empty()) continue;
    Args args;
    for (const ArgumentTest& test : row.test.tests) {
      if (test.kind == ArgumentTest::Kind::Masked) args.set(test.index, test.want);
      if (test.kind == ArgumentTest::Kind::Bits) args.set(test.index, test.mask);
    }
    if (row.test.tests[1].kind == ArgumentTest::Kind::Masked &&
        row.test.tests[0].kind == ArgumentTest::Kind::Bits)
      args.set(row.test.tests[0].index, row.test.tests[0].mask & ~row.test.tests[1].mask);
    for (const std::string_view call : split(row.calls, '|')) {
      INFO(std::string(call) << ": " << std::string(row.why));
      const CapabilityNeed found = capabilities_needed(find_name(call), args);
      CHECK(found.kind != CapabilityNeed::Kind::None);
      bool named = found.capabilities.empty();
      for (const std::string_view caps : capabilities_named(find_name(call)))
        named = named || caps.find(row.capability) != std::string_view::npos;
      CHECK(named);
      if (row.error == kEPERM || row.error == kEACCES)
        CHECK(own_answer(find_name(call), args, row.error).answer >= OwnAnswer::Depends);
    }
  }
}

TEST_CASE("a risk names a capability only where the kernel asks for it whatever the object is") {
  CHECK(risk_of(find_name("mount"), {}).capability == "CAP_SYS_ADMIN");
  CHECK(risk_of(find_name("unshare"), {}).capability.empty());
  CHECK(risk_of(find_name("unshare"), args_of({0x10000000})).capability.empty());
  CHECK(risk_of(find_name("unshare"), args_of({0x10000000})).unguarded);
  CHECK(risk_of(find_name("unshare"), args_of({0x40000000})).capability == "CAP_SYS_ADMIN");
  CHECK(risk_of(find_name("keyctl"), args_of({0})).unguarded);
  CHECK_FALSE(risk_of(find_name("ptrace"), {}).unguarded);
  CHECK(capability_for(find_name("unshare"), {}) == "CAP_SYS_ADMIN");
}

}  // namespace medic::kernel
