// Edits keep the author's text: literal profile in, literal profile out; and over every real
// profile at hand, back and forth.
#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <random>
#include <sstream>

#include "edit/edit.h"
#include "support/default_profiles.h"

using namespace medic;
using namespace medic::profile;

namespace {

Profile read(const std::string& text) {
  Problems notes;
  auto profile = read_profile(text, "p.json", notes);
  REQUIRE_MESSAGE(profile.has_value(), (profile ? "" : render(profile.error())), text);
  return *profile;
}

std::string edited(const std::string& text, const std::vector<TextEdit>& edits) {
  const auto result = medic::profile::apply(read(text), edits);
  REQUIRE_MESSAGE(result.has_value(), (result ? "" : render(result.error())));
  read(*result);
  return *result;
}

std::vector<std::string> names(const Rule& rule) {
  std::vector<std::string> out;
  for (const Name& name : rule.names) out.push_back(name.text);
  return out;
}

constexpr const char* kSpread = R"({
	"defaultAction": "SCMP_ACT_ERRNO",
	"syscalls": [
		{
			"names": [
				"accept",
				"read"
			],
			"action": "SCMP_ACT_ALLOW"
		}
	]
}
)";

std::size_t changed_lines(const std::string& before, const std::string& after) {
  std::istringstream lines(unified_diff(before, after, "a", "b"));
  std::size_t count = 0;
  for (std::string line; std::getline(lines, line);) {
    if ((line.starts_with("+") && !line.starts_with("+++")) ||
        (line.starts_with("-") && !line.starts_with("---")))
      ++count;
  }
  return count;
}

}  // namespace

TEST_CASE("Names go to their sorted place, a line each, and nothing else changes") {
  CHECK(edited(kSpread, {AddNames{0, {"mkdir", "brk"}}}) == R"({
	"defaultAction": "SCMP_ACT_ERRNO",
	"syscalls": [
		{
			"names": [
				"accept",
				"brk",
				"mkdir",
				"read"
			],
			"action": "SCMP_ACT_ALLOW"
		}
	]
}
)");
  CHECK(changed_lines(kSpread, edited(kSpread, {AddNames{0, {"mkdir", "brk"}}})) == 2);
  // The last line needs a comma then.
  CHECK(changed_lines(kSpread, edited(kSpread, {AddNames{0, {"write"}}})) == 3);
}

TEST_CASE("A list that is not sorted takes names at its end") {
  const std::string text =
      R"({"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [{"names": ["write", "read", "close", "brk"], "action": "SCMP_ACT_ALLOW"}]})";
  CHECK(
      edited(text, {AddNames{0, {"mkdir", "accept"}}}) ==
      R"({"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [{"names": ["write", "read", "close", "brk", "accept", "mkdir"], "action": "SCMP_ACT_ALLOW"}]})");
}

TEST_CASE("Every way to lay out a list is kept") {
  const auto list = [](const std::string& names) {
    return "{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"syscalls\":[{\"names\":" + names +
           ",\"action\":\"SCMP_ACT_ALLOW\"}]}";
  };
  const auto check = [&](const std::string& before, const std::string& after) {
    CHECK(edited(list(before), {AddNames{0, {"mkdir"}}}) == list(after));
  };
  check(R"(["bind","read"])", R"(["bind","mkdir","read"])");
  check(R"([ "bind", "read" ])", R"([ "bind", "mkdir", "read" ])");
  check(R"([])", R"(["mkdir"])");
  check("[\r\n  \"bind\",\r\n  \"read\"\r\n]",
        "[\r\n  \"bind\",\r\n  \"mkdir\",\r\n  \"read\"\r\n]");
  check("[\n\t\"bind\", \"brk\", \"dup\",\n\t\"read\", \"write\"\n]",
        "[\n\t\"bind\", \"brk\", \"dup\",\n\t\"mkdir\", \"read\", \"write\"\n]");
  check("[\n\t\"bind\"\n]", "[\n\t\"bind\",\n\t\"mkdir\"\n]");
  check("[ \"bind\"\n, \"read\"\n]", "[ \"bind\"\n, \"mkdir\"\n, \"read\"\n]");
}

TEST_CASE("One-line JSON without spaces stays so when its list has a single name") {
  CHECK(
      edited(
          R"({"defaultAction":"SCMP_ACT_ERRNO","syscalls":[{"names":["bind"],"action":"SCMP_ACT_ALLOW"}]})",
          {AddNames{0, {"read"}}}) ==
      R"({"defaultAction":"SCMP_ACT_ERRNO","syscalls":[{"names":["bind","read"],"action":"SCMP_ACT_ALLOW"}]})");
}

TEST_CASE("What is there already is not added, and no edit changes no byte") {
  CHECK(edited(kSpread, {}) == kSpread);
  CHECK(edited(kSpread, {AddNames{0, {"read"}}}) == kSpread);
  CHECK(edited(kSpread, {RemoveNames{0, {"mkdir"}}}) == kSpread);
  CHECK(edited(kSpread, {SetDefaultAction{kernel::Action::Errno},
                         SetRuleAction{0, kernel::Action::Allow}, RenameName{0, 0, "accept"}}) ==
        kSpread);
}

TEST_CASE("A rule left without names goes whole, with its comma") {
  const std::string two = R"({
  "defaultAction": "SCMP_ACT_ERRNO",
  "syscalls": [
    { "names": ["read", "write"], "action": "SCMP_ACT_ALLOW" },
    { "names": ["socket"], "action": "SCMP_ACT_LOG" }
  ]
}
)";
  CHECK(edited(two, {RemoveNames{1, {"socket"}}}) == R"({
  "defaultAction": "SCMP_ACT_ERRNO",
  "syscalls": [
    { "names": ["read", "write"], "action": "SCMP_ACT_ALLOW" }
  ]
}
)");
  CHECK(edited(two, {RemoveNames{0, {"write"}}, RemoveRule{1}}) == R"({
  "defaultAction": "SCMP_ACT_ERRNO",
  "syscalls": [
    { "names": ["read"], "action": "SCMP_ACT_ALLOW" }
  ]
}
)");
  CHECK(read(edited(two, {RemoveRule{0}, RemoveRule{1}})).rules.empty());
}

TEST_CASE("A new rule looks like its neighbour") {
  NewRule rule;
  rule.names = {"socket", "bind"};
  rule.args = {{0, Op::Eq, 40, 0, {}}};
  const std::string neighbour = R"({
    "defaultAction": "SCMP_ACT_ERRNO",
    "syscalls": [
        {
            "names": ["read"],
            "action": "SCMP_ACT_ALLOW",
            "args": [],
            "comment": "",
            "includes": {},
            "excludes": {}
        }
    ]
})";
  CHECK(edited(neighbour, {AddRule{rule, std::nullopt}}) == R"({
    "defaultAction": "SCMP_ACT_ERRNO",
    "syscalls": [
        {
            "names": ["read"],
            "action": "SCMP_ACT_ALLOW",
            "args": [],
            "comment": "",
            "includes": {},
            "excludes": {}
        },
        {
            "names": ["bind", "socket"],
            "action": "SCMP_ACT_ALLOW",
            "args": [
                {
                    "index": 0,
                    "value": 40,
                    "op": "SCMP_CMP_EQ"
                }
            ],
            "comment": "",
            "includes": {},
            "excludes": {}
        }
    ]
})");
}

TEST_CASE("A new rule in one-line JSON is one line") {
  NewRule rule;
  rule.names = {"personality"};
  rule.action = kernel::Action::Errno;
  rule.errno_ret = 38;
  rule.args = {{0, Op::MaskedEq, 255, 8, {}}};
  CHECK(
      edited(
          R"({"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":["bind"],"action":"SCMP_ACT_LOG"}]})",
          {AddRule{rule, 0}}) ==
      R"({"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":["personality"],"action":"SCMP_ACT_ERRNO","errnoRet":38,"args":[{"index":0,"value":255,"valueTwo":8,"op":"SCMP_CMP_MASKED_EQ"}]},{"names":["bind"],"action":"SCMP_ACT_LOG"}]})");
}

TEST_CASE("In the old format every name is a rule of its own") {
  const std::string text = R"({
  "defaultAction": "SCMP_ACT_ERRNO",
  "syscalls": [
    {
      "name": "read",
      "action": "SCMP_ACT_ALLOW",
      "args": []
    }
  ]
}
)";
  const std::string expected = R"({
  "defaultAction": "SCMP_ACT_ERRNO",
  "syscalls": [
    {
      "name": "read",
      "action": "SCMP_ACT_ALLOW",
      "args": []
    },
    {
      "name": "bind",
      "action": "SCMP_ACT_ALLOW",
      "args": []
    },
    {
      "name": "write",
      "action": "SCMP_ACT_ALLOW",
      "args": []
    }
  ]
}
)";
  NewRule rule;
  rule.names = {"write", "bind"};
  CHECK(edited(text, {AddNames{0, rule.names}}) == expected);
  CHECK(edited(text, {AddRule{rule, std::nullopt}}) == expected);
}

TEST_CASE("A profile without rules gets its first") {
  NewRule rule;
  rule.names = {"read"};
  CHECK(edited("{\n  \"defaultAction\": \"SCMP_ACT_ERRNO\"\n}\n", {AddRule{rule, std::nullopt}}) ==
        R"({
  "defaultAction": "SCMP_ACT_ERRNO",
  "syscalls": [
    {
      "names": [
        "read"
      ],
      "action": "SCMP_ACT_ALLOW"
    }
  ]
}
)");
  CHECK(
      edited(R"({"defaultAction":"SCMP_ACT_ERRNO","syscalls":[]})",
             {AddRule{rule, std::nullopt}}) ==
      R"({"defaultAction":"SCMP_ACT_ERRNO","syscalls":[{"names":["read"],"action":"SCMP_ACT_ALLOW"}]})");
}

TEST_CASE("Architectures go to the list, or to their own entry of the map") {
  const auto one = [](const std::string& member) {
    return "{\"defaultAction\":\"SCMP_ACT_ERRNO\"," + member + "\"syscalls\":[]}";
  };
  CHECK(edited(one("\"architectures\":[\"SCMP_ARCH_X86_64\"],"),
               {AddArchitecture{kernel::Arch::X86}, AddArchitecture{kernel::Arch::X86_64}}) ==
        one("\"architectures\":[\"SCMP_ARCH_X86_64\",\"SCMP_ARCH_X86\"],"));
  CHECK(edited(one(""), {AddArchitecture{kernel::Arch::X86}}) ==
        one("\"architectures\":[\"SCMP_ARCH_X86\"],"));
  const std::string map =
      R"("archMap":[{"architecture":"SCMP_ARCH_X86_64","subArchitectures":["SCMP_ARCH_X86"]}],)";
  CHECK(
      edited(one(map), {AddArchitecture{kernel::Arch::X32}, AddArchitecture{kernel::Arch::X86}}) ==
      one(R"("archMap":[{"architecture":"SCMP_ARCH_X86_64","subArchitectures":["SCMP_ARCH_X86","SCMP_ARCH_X32"]}],)"));
  const Profile grown = read(edited(one(map), {AddArchitecture{kernel::Arch::Arm}}));
  REQUIRE(grown.arch_map.size() == 2);
  CHECK(grown.arch_map[1].architecture == kernel::Arch::Aarch64);
  CHECK(grown.arch_map[1].sub_architectures == std::vector{kernel::Arch::Arm});
}

TEST_CASE("Actions, errnos and flags are set in place; an errno that the action cannot take goes") {
  const std::string text = R"({
  "defaultAction": "SCMP_ACT_ERRNO",
  "defaultErrnoRet": 1,
  "syscalls": [
    {
      "names": ["clone3"],
      "action": "SCMP_ACT_ERRNO",
      "errnoRet": 1
    }
  ]
}
)";
  CHECK(edited(text, {SetErrno{0, 38}, SetErrno{std::nullopt, 38},
                      SetFlags{{"SECCOMP_FILTER_FLAG_LOG"}}}) == R"({
  "defaultAction": "SCMP_ACT_ERRNO",
  "defaultErrnoRet": 38,
  "flags": [
    "SECCOMP_FILTER_FLAG_LOG"
  ],
  "syscalls": [
    {
      "names": ["clone3"],
      "action": "SCMP_ACT_ERRNO",
      "errnoRet": 38
    }
  ]
}
)");
  CHECK(edited(text, {SetDefaultAction{kernel::Action::Log},
                      SetRuleAction{0, kernel::Action::Log}}) == R"({
  "defaultAction": "SCMP_ACT_LOG",
  "syscalls": [
    {
      "names": ["clone3"],
      "action": "SCMP_ACT_LOG"
    }
  ]
}
)");
}

TEST_CASE("Podman's word for an errno is changed with the number") {
  const std::string text =
      R"({"defaultAction":"SCMP_ACT_ERRNO","defaultErrnoRet":38,"defaultErrno":"ENOSYS","syscalls":[{"names":["bpf"],"action":"SCMP_ACT_ERRNO","errno":"EPERM"}]})";
  CHECK(
      edited(text, {SetErrno{std::nullopt, 1}, SetErrno{0, 38}}) ==
      R"({"defaultAction":"SCMP_ACT_ERRNO","defaultErrnoRet":1,"defaultErrno":"EPERM","syscalls":[{"names":["bpf"],"action":"SCMP_ACT_ERRNO","errno":"ENOSYS"}]})");
}

TEST_CASE("Inside a config.json only the seccomp object changes") {
  const std::string text = R"({ "ociVersion": "1.0.2", "process": {"args": ["sh"]},
  "linux": { "seccomp": {"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [{"names": ["read"], "action": "SCMP_ACT_ALLOW"}]}, "namespaces": [] }
})";
  CHECK(edited(text, {AddNames{0, {"write"}}}) ==
        R"({ "ociVersion": "1.0.2", "process": {"args": ["sh"]},
  "linux": { "seccomp": {"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [{"names": ["read", "write"], "action": "SCMP_ACT_ALLOW"}]}, "namespaces": [] }
})");
}

TEST_CASE("An edit of what the profile does not have is refused") {
  const Profile profile = read(kSpread);
  CHECK_FALSE(medic::profile::apply(profile, {AddNames{1, {"read"}}}));
  CHECK_FALSE(medic::profile::apply(profile, {RenameName{0, 2, "read"}}));
  CHECK_FALSE(medic::profile::apply(profile, {AddArchitecture{}}));
  CHECK_FALSE(medic::profile::apply(profile, {AddRule{{}, 1}}));
}

TEST_CASE("A name from a hostile log is written as data") {
  const Profile after = read(edited(kSpread, {AddNames{0, {"a\"], \"x\": [\"\n\xFF"}}}));
  CHECK(names(after.rules.at(0)).size() == 3);
}

TEST_CASE("A profile written from nothing reads back the same") {
  NewProfile profile;
  profile.default_errno_ret = 38;
  profile.architectures = {kernel::Arch::X86_64, kernel::Arch::X86};
  NewRule rule;
  rule.names = {"socket", "bind", "socket"};
  rule.args = {{0, Op::MaskedEq, ~std::uint64_t{0}, 1, {}}};
  rule.includes.caps = {"CAP_NET_ADMIN"};
  rule.comment = "seen";
  profile.rules = {rule};
  const std::string text = write_profile(profile);
  const Profile back = read(text);
  CHECK(back.default_errno_ret == 38u);
  REQUIRE(back.rules.size() == 1);
  CHECK(names(back.rules[0]) == std::vector<std::string>{"bind", "socket"});
  CHECK(back.rules[0].args.at(0).value == ~std::uint64_t{0});
  CHECK(back.rules[0].args.at(0).value_two == 1);
  CHECK(back.rules[0].includes.caps == std::vector<std::string>{"CAP_NET_ADMIN"});
  CHECK(back.rules[0].comment == "seen");
}

namespace {}  // namespace

TEST_CASE("In every real profile a name added is one line, and removing it gives the old bytes") {
  const auto profiles = medic::support::default_profiles();
  std::mt19937 random(7);
  std::size_t tried = 0;
  for (const auto& [shown, text] : profiles) {
    CAPTURE(shown);
    Problems notes;
    const auto profile = read_profile(text, shown, notes);
    REQUIRE(profile.has_value());
    for (int round = 0; round < 20 && !profile->rules.empty(); ++round) {
      const std::size_t rule = random() % profile->rules.size();
      const std::string name = round % 2 == 0 ? "aaa_new" : "zzz_new";
      const auto grown_text = medic::profile::apply(*profile, {AddNames{rule, {name}}});
      REQUIRE(grown_text.has_value());
      const Profile grown = read(*grown_text);
      const bool legacy = profile->rules[rule].legacy_name;
      if (!legacy) {
        auto expected = names(profile->rules[rule]), got = names(grown.rules.at(rule));
        std::erase(got, name);
        CHECK(got == expected);
        CHECK(grown.rules[rule].names.size() == expected.size() + 1);
        CHECK(changed_lines(text, *grown_text) <= 3);
      } else {
        CHECK(grown.rules.size() == profile->rules.size() + 1);
      }
      const auto shrunk =
          medic::profile::apply(grown, {RemoveNames{legacy ? rule + 1 : rule, {name}}});
      REQUIRE(shrunk.has_value());
      CHECK(*shrunk == text);
      NewRule extra;
      extra.names = {name};
      extra.args = {{1, Op::Eq, 5, 0, {}}};
      const auto with_rule = medic::profile::apply(*profile, {AddRule{extra, rule}});
      REQUIRE(with_rule.has_value());
      const Profile longer = read(*with_rule);
      REQUIRE(longer.rules.size() == profile->rules.size() + 1);
      CHECK(names(longer.rules[rule]) == extra.names);
      CHECK(longer.rules[rule].args.size() == 1);
      const auto back = medic::profile::apply(longer, {RemoveRule{rule}});
      REQUIRE(back.has_value());
      CHECK(*back == text);
      ++tried;
    }
  }
  MESSAGE(tried, " edits there and back in ", profiles.size(), " profiles");
  CHECK(tried > 200);
}
