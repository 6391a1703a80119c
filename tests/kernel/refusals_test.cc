// What the kernel itself answers, as data: by call, argument and words.
#include <doctest/doctest.h>

#include <set>
#include <string>

#include "base/text.h"
#include "kernel/capability.h"
#include "kernel/errno.h"
#include "kernel/knowledge.h"
#include "kernel/risk.h"

namespace medic::kernel {
namespace {

Args with(unsigned index, std::uint64_t value) {
  Args out;
  out.set(index, value);
  return out;
}

std::string likeliest(std::string_view call, const Args& args, int error, std::string_view text) {
  const auto reasons = native_reasons(find_name(call), args, error, text);
  if (reasons.empty()) return "none";
  return std::string(reasons.front().certain ? "" : "perhaps ") +
         (reasons.front().reason->capability.empty()
              ? "no capability"
              : std::string(reasons.front().reason->capability));
}

}  // namespace

TEST_CASE("the capability follows the arguments") {
  CHECK(likeliest("prctl", with(0, 24), kEPERM, "") == "CAP_SETPCAP");
  CHECK(likeliest("prctl", with(0, 15), kEPERM, "") == "none");
  CHECK(likeliest("unshare", with(0, 0x20000), kEPERM, "") == "CAP_SYS_ADMIN");
  CHECK(likeliest("unshare", with(0, 0x400), kEPERM, "") == "none");
  Args raw = with(0, 2);
  raw.set(1, 0x80003);
  CHECK(likeliest("socket", raw, kEPERM, "") == "CAP_NET_RAW");
  raw.set(0, 16);  // netlink's raw sockets are for everybody
  CHECK(likeliest("socket", raw, kEPERM, "") == "none");
  CHECK(likeliest("openat", {}, kEPERM, "openat(AT_FDCWD, \"/x\", O_RDONLY|O_NOATIME)") ==
        "CAP_FOWNER");
  CHECK(likeliest("mkdir", {}, kEROFS, "mkdir(\"/x\", 0777)") == "no capability");
  CHECK(likeliest("getppid", {}, kEACCES, "") == "none");
}

TEST_CASE("what the evidence does not hold is only possible") {
  CHECK(likeliest("prctl", {}, kEPERM, "").starts_with("perhaps"));
  CHECK(likeliest("openat", {}, kEPERM, "").starts_with("perhaps"));
}

TEST_CASE("a call of which EPERM is said to be impossible has no sure reason for it") {
  for (const NativeReason& row : all_native_reasons()) {
    if (row.error != kEPERM || row.calls == "*path" || row.cause == Cause::Ordinary ||
        !row.words.empty() || !row.test.always())
      continue;
    for (const std::string_view call : split(row.calls, '|')) {
      INFO(std::string(call));
      CHECK(native_eperm(find_name(call), {}) != NativeEperm::Never);
    }
  }
}

TEST_CASE("every row names calls, capabilities and sources that exist") {
  for (const NativeReason& row : all_native_reasons()) {
    INFO(std::string(row.calls) << ": " << std::string(row.why));
    CHECK(!row.source.empty());
    CHECK(!row.why.ends_with('.'));
    CHECK((row.fix.empty() || (row.fix.starts_with("If ") && row.fix.ends_with('.'))));
    if (!row.capability.empty()) CHECK(capability_number(row.capability).has_value());
    CHECK((row.cause != Cause::Capability || !row.capability.empty()));
    if (row.calls == "*path") continue;
    for (const std::string_view call : split(row.calls, '|'))
      CHECK_MESSAGE(find_name(call) != kNoName, std::string(call));
  }
  for (const Fallback& row : all_fallbacks()) {
    INFO(std::string(row.call));
    CHECK(find_name(row.call) != kNoName);
    for (const std::string_view instead : split(row.instead, '|'))
      CHECK((instead == "-" || find_name(instead) != kNoName));
  }
  for (const KnownFailure& row : all_known_failures()) {
    INFO(std::string(row.call));
    CHECK(find_name(row.call) != kNoName);
    CHECK(!row.source.empty());
  }
  for (const Combination& row : all_combinations())
    CHECK((find_name(row.one) != kNoName && find_name(row.other) != kNoName));
}

TEST_CASE("the first libseccomp that knows a name") {
  REQUIRE(first_libseccomp(find_name("fchmodat2")).has_value());
  CHECK(*first_libseccomp(find_name("fchmodat2")) == LibseccompVersion{2, 5, 5, 0});
  CHECK(*first_libseccomp(find_name("statx")) == LibseccompVersion{2, 3, 3, 0});
  CHECK(!first_libseccomp(find_name("mkdir")).has_value());
  CHECK(!first_libseccomp(kNoName).has_value());
}

TEST_CASE("capabilities by number and name") {
  CHECK(capability_name(21) == "CAP_SYS_ADMIN");
  CHECK(capability_name(-1) == "");
  CHECK(capability_name(41) == "");
  CHECK(capability_number("CAP_CHECKPOINT_RESTORE") == 40);
  CHECK(!capability_number("SYS_ADMIN").has_value());
}

}  // namespace medic::kernel
