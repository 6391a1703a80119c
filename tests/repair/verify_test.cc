// A proof that does not hold shows why, with a call.
#include "proofs.h"

using namespace medic;
using namespace medic::repair;
using namespace medic::repair::test;

namespace {

const std::string kSmall = deny_all_but(R"({"names":["read","write"],"action":"SCMP_ACT_ALLOW"})");
constexpr char kPersonality[] =
    R"({"names":["personality"],"action":"SCMP_ACT_ALLOW","args":[{"index":0,"value":VALUE,"op":"SCMP_CMP_EQ"}]})";

std::string personality(const std::string& value) {
  std::string out = kPersonality;
  return out.replace(out.find("VALUE"), 5, value);
}

bool any_holds(const std::vector<std::string>& list, const std::string& part) {
  for (const std::string& each : list) {
    if (each.find(part) != std::string::npos) return true;
  }
  return false;
}

}  // namespace

TEST_CASE("What was asked for and nothing else: the proof holds") {
  const Verification proof =
      prove(kSmall, deny_all_but(R"({"names":["read","write","mkdir"],"action":"SCMP_ACT_ALLOW"})"),
            {added("mkdir")});
  CHECK(proof.holds());
  CHECK(proof.resolved == 1);
  CHECK(proof.newly_permitted == std::vector<std::string>{"mkdir (x86_64)"});
}

TEST_CASE("More than was asked for is shown with a call") {
  const Verification proof =
      prove(kSmall,
            deny_all_but(R"({"names":["read","write","mkdir","rmdir"],"action":"SCMP_ACT_ALLOW"})"),
            {added("mkdir")});
  CHECK_FALSE(proof.holds());
  REQUIRE(proof.unexpected.size() == 1);
  CHECK(proof.unexpected.front().find("as rmdir(0) shows") != std::string::npos);
}

TEST_CASE("Other arguments than those asked for are more than was asked for") {
  const std::string before = deny_all_but(personality("0"));
  profile::Condition eight;
  eight.value = 8;
  CHECK(prove(before, deny_all_but(personality("0") + "," + personality("8")),
              {added("personality", {eight})})
            .holds());
  for (const auto& [wider, as] : {std::pair{"9", "as personality(9) shows"},
                                  {"4294967304", "as personality(0x100000008) shows"}}) {
    CAPTURE(wider);
    const Verification proof = prove(
        before, deny_all_but(personality("0") + "," + personality("8") + "," + personality(wider)),
        {added("personality", {eight})});
    CHECK_FALSE(proof.holds());
    CHECK(any_holds(proof.unexpected, as));
  }
  const Verification whole =
      prove(before, deny_all_but(R"({"names":["personality"],"action":"SCMP_ACT_ALLOW"})"),
            {added("personality", {eight})});
  CHECK_FALSE(whole.unexpected.empty());
}

TEST_CASE("What is lost is shown with a call, for some arguments too") {
  const Verification whole =
      prove(kSmall, deny_all_but(R"({"names":["read"],"action":"SCMP_ACT_ALLOW"})"), {});
  CHECK_FALSE(whole.holds());
  CHECK(any_holds(whole.lost, "as write(0, 0, 0) shows"));
  const Verification part =
      prove(deny_all_but(R"({"names":["personality"],"action":"SCMP_ACT_ALLOW"})"),
            deny_all_but(personality("0")), {});
  CHECK(any_holds(part.lost, "personality where arg0"));
}

TEST_CASE("Another errno for a call that nobody asked about is a flip, with a call") {
  const Verification proof = prove(
      kSmall,
      deny_all_but(
          R"({"names":["read","write"],"action":"SCMP_ACT_ALLOW"},{"names":["mkdir"],"action":"SCMP_ACT_ERRNO","errnoRet":13})"),
      {});
  CHECK_FALSE(proof.holds());
  CHECK(any_holds(proof.errno_flips, "mkdir on x86_64: errno EPERM → errno EACCES"));
  CHECK(proof.lost_enosys.empty());
}

TEST_CASE("A newer call that raises runc's limit flips those between from ENOSYS to EPERM") {
  const std::string after =
      deny_all_but(R"({"names":["read","write","mseal"],"action":"SCMP_ACT_ALLOW"})");
  const Verification proof = prove(kSmall, after, {added("mseal")});
  CHECK_FALSE(proof.holds());
  CHECK(any_holds(proof.errno_flips, "statx on x86_64: errno ENOSYS → errno EPERM"));
  CHECK(proof.lost_enosys.contains("statx"));
  CHECK_FALSE(proof.lost_enosys.contains("mseal"));

  const profile::Profile old = read(kSmall), now = read(after);
  const std::vector<PermissionRequest> asked = {request("mseal")};
  const std::vector<Added> additions = {added("mseal")};
  CHECK(verify(&old, now, {asked, {}, additions, {}}, on_x86_64(profile::Runtime::Crun)).holds());
}

TEST_CASE("A repair keeps the calls between at ENOSYS, and a second one finds nothing to do") {
  const profile::Profile old = read(kSmall);
  Options options = on_x86_64();
  options.overrides = {"mseal"};
  const auto once = repair::repair(old, {request("mseal")}, {}, {}, options);
  REQUIRE(once.has_value());
  CHECK(once->complete());
  REQUIRE(once->notes.size() == 2);
  CHECK(once->notes.front().find("syscalls 337 to 423") != std::string::npos);
  CHECK(once->text.find("statx") != std::string::npos);
  const auto twice = repair::repair(read(once->text), {request("mseal")}, {}, {}, options);
  REQUIRE(twice.has_value());
  CHECK(twice->text == once->text);
  CHECK(twice->edits.empty());
}
