// What a repair adds and what it refuses: never wider than the evidence, never what it has refused
// in words.
#include <algorithm>

#include "proofs.h"

using namespace medic;
using namespace medic::repair;
using namespace medic::repair::test;

namespace {

// The last call that it names is newer than those asked for: runc answers no ENOSYS for them.
const std::string kBase = deny_all_but(R"({"names":["read","statx"],"action":"SCMP_ACT_ALLOW"})");
constexpr std::uint64_t kNewUser = 0x10000000, kFiles = 0x400, kVsock = 40, kUnix = 1;

Repair repaired(const std::string& profile, const std::vector<PermissionRequest>& requests,
                const Options& options = on_x86_64()) {
  auto made = repair::repair(read(profile), requests, {}, requests, options);
  REQUIRE_MESSAGE(made.has_value(), (made ? "" : made.error().text));
  CHECK(made->verification.holds());
  return *made;
}

bool permits(const std::string& text, const PermissionRequest& call) {
  const profile::Profile profile = read(text);
  const auto evaluator = profile::Evaluator::make(profile, on_x86_64().context);
  REQUIRE(evaluator.has_value());
  return evaluator->evaluate({{call.syscall.arch, call.syscall.number}, call.args}).decision ==
         profile::Decision::Allow;
}

std::size_t refusals(const Repair& made, Reason reason) {
  return static_cast<std::size_t>(
      std::count_if(made.refused.begin(), made.refused.end(),
                    [&](const Refused& each) { return each.reason == reason; }));
}

}  // namespace

TEST_CASE("A harmless call does not open the dangerous one of the same name that was refused") {
  const PermissionRequest harmless[] = {request("socket", {kUnix, 1, 0}),
                                        request("unshare", {kFiles}), request("clone", {0x11})};
  const PermissionRequest dangerous[] = {request("socket", {kVsock, 1, 0}),
                                         request("unshare", {kNewUser}),
                                         request("clone", {kNewUser | 0x11})};
  for (std::size_t i = 0; i < 3; ++i) {
    for (const auto& requests : {std::vector<PermissionRequest>{harmless[i], dangerous[i]},
                                 std::vector<PermissionRequest>{dangerous[i], harmless[i]}}) {
      const Repair made = repaired(kBase, requests);
      CAPTURE(made.text);
      CHECK(permits(made.text, harmless[i]));
      CHECK_FALSE(permits(made.text, dangerous[i]));
      CHECK(refusals(made, Reason::HighRisk) == 1);
      CHECK_FALSE(made.complete());
    }
  }
}

TEST_CASE("Where a refused call's harmless namesake has no known arguments neither is permitted") {
  const Repair made = repaired(kBase, {request("socket"), request("socket", {kUnix, 1, 0}),
                                       request("socket", {kVsock, 1, 0})});
  CHECK(permits(made.text, request("socket", {kUnix, 1, 0})));
  CHECK_FALSE(permits(made.text, request("socket", {kVsock, 1, 0})));
  CHECK_FALSE(permits(made.text, request("socket", {2, 1, 0})));
  CHECK(made.refused.size() >= 1);
  CHECK_FALSE(made.complete());
  Options accepting = on_x86_64();
  accepting.accept_risk = {"socket"};
  CHECK(permits(
      repaired(kBase, {request("socket"), request("socket", {kVsock, 1, 0})}, accepting).text,
      request("socket", {kVsock, 1, 0})));
}

TEST_CASE(
    "Arguments that select what a call reaches are kept, unless all are asked for or too many were "
    "seen") {
  const std::vector<PermissionRequest> unix_socket{request("socket", {kUnix, 1, 0})};
  CHECK_FALSE(permits(repaired(kBase, unix_socket).text, request("socket", {2, 1, 0})));
  Options all = on_x86_64();
  all.narrow_args = false;
  CHECK(permits(repaired(kBase, unix_socket, all).text, request("socket", {2, 1, 0})));
  std::vector<PermissionRequest> many;
  for (std::uint64_t family = 1; family < 12; ++family)
    many.push_back(request("socket", {family, 1, 0}));
  CHECK(permits(repaired(kBase, many).text, request("socket", {33, 1, 0})));
  // A record without arguments: some families are dangerous, and it may have been one of them.
  CHECK_FALSE(permits(repaired(kBase, {request("socket")}).text, request("socket", {2, 1, 0})));
  PermissionRequest logged = request("socket");  // in complain mode, which lets it run
  logged.was_logged = true;
  CHECK(permits(repaired(kBase, {logged}).text, request("socket", {2, 1, 0})));
  Options accepting = on_x86_64();
  accepting.accept_risk = {"socket"};
  CHECK(
      permits(repaired(kBase, {request("socket")}, accepting).text, request("socket", {2, 1, 0})));
}

TEST_CASE("A negative int is permitted whichever way the program extends it") {
  const std::string base = deny_all_but(
      R"({"names":["kill"],"action":"SCMP_ACT_ALLOW","args":[{"index":0,"value":1,"op":"SCMP_CMP_EQ"}]},
    {"names":["fcntl"],"action":"SCMP_ACT_ALLOW","args":[{"index":2,"value":1,"op":"SCMP_CMP_EQ"}]})");
  constexpr std::uint64_t kMinus5000 = static_cast<std::uint64_t>(-5000),
                          kMinusOne = static_cast<std::uint64_t>(-1);
  const Repair made =
      repaired(base, {request("kill", {kMinus5000, 0}), request("fcntl", {3, 8, kMinusOne})});
  CHECK(made.complete());
  CHECK(permits(made.text, request("kill", {kMinus5000, 0})));
  CHECK(permits(made.text, request("kill", {kMinus5000 & 0xFFFFFFFF, 0})));
  CHECK(permits(made.text, request("fcntl", {3, 8, kMinusOne & 0xFFFFFFFF})));
  CHECK_FALSE(permits(made.text, request("kill", {7, 0})));
  // Permitted one way already: the other one is what was denied.
  const std::string one_way = deny_all_but(
      R"({"names":["kill"],"action":"SCMP_ACT_ALLOW","args":[{"index":0,"value":18446744073709546616,"op":"SCMP_CMP_EQ"}]})");
  const Repair other = repaired(one_way, {request("kill", {kMinus5000, 0})});
  CHECK(permits(other.text, request("kill", {kMinus5000 & 0xFFFFFFFF, 0})));
  CHECK(refusals(other, Reason::Ambiguous) == 0);
}

TEST_CASE("An override permits a call whose arguments the log does not hold") {
  const std::string base = deny_all_but(
      R"({"names":["socket"],"action":"SCMP_ACT_ALLOW","args":[{"index":0,"value":1,"op":"SCMP_CMP_EQ"}]})");
  CHECK(refusals(repaired(base, {request("socket")}), Reason::Ambiguous) == 1);
  Options options = on_x86_64();
  options.overrides = {"socket"};
  const Repair made = repaired(base, {request("socket")}, options);
  CHECK(made.complete());
  CHECK(permits(made.text, request("socket", {2, 1, 0})));
}

TEST_CASE("An override lifts each rule that denies the call asked for") {
  const std::string base =
      R"({"defaultAction":"SCMP_ACT_ALLOW","architectures":["SCMP_ARCH_X86_64"],"syscalls":[{"names":["socket","mkdir"],"action":"SCMP_ACT_ERRNO"},
    {"names":["socket"],"action":"SCMP_ACT_ERRNO","args":[{"index":0,"value":1,"op":"SCMP_CMP_EQ"}]}]})";
  Options options = on_x86_64();
  options.overrides = {"socket"};
  const Repair made = repaired(base, {request("socket", {kUnix, 1, 0})}, options);
  CHECK(made.complete());
  CHECK(permits(made.text, request("socket", {kUnix, 1, 0})));
  CHECK_FALSE(permits(made.text, request("mkdir")));
}

TEST_CASE(
    "An override of a conditional denial permits what was asked for, not the rest of the call") {
  const std::string base = deny_all_but(
      R"({"names":["socket"],"action":"SCMP_ACT_ALLOW","args":[{"index":0,"value":16,"op":"SCMP_CMP_NE"}]},
    {"names":["socket"],"action":"SCMP_ACT_ERRNO","errnoRet":22,"args":[{"index":0,"value":16,"op":"SCMP_CMP_EQ"},{"index":2,"value":9,"op":"SCMP_CMP_EQ"}]})");
  Options options = on_x86_64();
  options.overrides = {"socket"};
  const Repair made = repaired(base, {request("socket", {16, 3, 9})}, options);
  CAPTURE(made.text);
  CHECK(permits(made.text, request("socket", {16, 3, 9})));
  CHECK_FALSE(permits(made.text, request("socket", {16, 3, 0})));
  CHECK(permits(made.text, request("socket", {2, 1, 0})));
}

TEST_CASE("No repair passes its bound, neither by name nor by arguments") {
  Options bounded = on_x86_64();
  bounded.within = std::make_shared<const profile::Profile>(read(deny_all_but(
      R"({"names":["read","statx","mkdir"],"action":"SCMP_ACT_ALLOW"},
         {"names":["prctl"],"action":"SCMP_ACT_ALLOW","args":[{"index":0,"value":15,"op":"SCMP_CMP_EQ"}]})")));
  const std::vector<PermissionRequest> requests{request("mkdir"), request("rmdir"),
                                                request("prctl", {15, 0, 0})};
  const Repair made = repaired(kBase, requests, bounded);
  CAPTURE(made.text);
  CHECK(permits(made.text, request("mkdir")));
  CHECK_FALSE(permits(made.text, request("rmdir")));
  CHECK(permits(made.text, request("prctl", {15, 0, 0})));
  CHECK_FALSE(permits(made.text, request("prctl", {4, 0, 0})));
  CHECK(refusals(made, Reason::BeyondBound) == 1);
  CHECK(made.verification.beyond.empty());
  CHECK_FALSE(made.complete());
  CHECK(permits(repaired(kBase, {request("rmdir")}).text, request("rmdir")));
  // What the log does not say cannot be known to stay within.
  CHECK(refusals(repaired(kBase, {request("prctl")}, bounded), Reason::BeyondBound) == 1);
}

TEST_CASE("A profile that passes the bound before its repair is not proven") {
  Options bounded = on_x86_64();
  bounded.within = std::make_shared<const profile::Profile>(
      read(deny_all_but(R"({"names":["read","mkdir"],"action":"SCMP_ACT_ALLOW"})")));
  const std::vector<PermissionRequest> requests{request("mkdir")};
  const auto made = repair::repair(read(kBase), requests, {}, requests, bounded);
  REQUIRE(made.has_value());
  CHECK_FALSE(made->verification.holds());
  CHECK(made->verification.beyond == std::vector<std::string>{"statx (x86_64)"});
}

TEST_CASE("On request the calls of the table are narrowed, to what was seen and its family") {
  constexpr std::uint64_t kGetFd = 1, kGetFl = 3, kGetLock = 5, kNotify = 0x402;
  constexpr std::uint64_t kGetPtn = 0x80045430, kSticky = 0x5412;
  Options asked = on_x86_64();
  asked.choices = Choices::OnRequest;
  asked.accept_risk = {"setns"};
  const std::vector<PermissionRequest> requests{
      request("fcntl", {3, kGetFd}), request("ioctl", {0, kGetPtn}), request("mmap", {0, 9, 5}),
      request("mprotect", {0, 9, 1}), request("setns", {3, 0x40000000})};
  const Repair made = repaired(kBase, requests, asked);
  CHECK(made.complete());
  for (const PermissionRequest& each : requests) CHECK(permits(made.text, each));
  // The same purpose, and no more.
  CHECK(permits(made.text, request("fcntl", {3, kGetFl})));
  CHECK_FALSE(permits(made.text, request("fcntl", {3, kGetLock})));
  CHECK_FALSE(permits(made.text, request("fcntl", {3, kNotify})));
  CHECK_FALSE(permits(made.text, request("ioctl", {0, kSticky})));
  CHECK(permits(made.text, request("mmap", {0, 9, 3})));
  CHECK_FALSE(permits(made.text, request("mmap", {0, 9, 7})));
  CHECK_FALSE(permits(made.text, request("mprotect", {0, 9, 4})));
  CHECK_FALSE(permits(made.text, request("setns", {3, 0})));
  // musl's ioctl takes an int: it fills the upper half with ones.
  CHECK(permits(made.text, request("ioctl", {0, 0xFFFFFFFF00000000 | kGetPtn})));
  REQUIRE(made.narrowed.size() == 5);
  CHECK(made.narrowed[0].syscall == "fcntl");
  CHECK(made.narrowed[0].seen == std::vector<std::string>{"F_GETFD"});
  CHECK(made.narrowed[0].once == made.narrowed[0].seen);
  CHECK(made.narrowed[0].closed() == 35 - 6);
  // Nobody asked: the whole call.
  asked.choices = Choices::Always;
  CHECK(permits(repaired(kBase, requests, asked).text, request("fcntl", {3, kNotify})));
  CHECK(repaired(kBase, requests, asked).narrowed.empty());
}

TEST_CASE("Where the log does not hold the argument, a call that is narrowed on request is whole") {
  Options asked = on_x86_64();
  asked.choices = Choices::OnRequest;
  const Repair made = repaired(kBase, {request("fcntl")}, asked);
  CHECK(permits(made.text, request("fcntl", {3, 0x402})));
  CHECK(made.narrowed.empty());
}
