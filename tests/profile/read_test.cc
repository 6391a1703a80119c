// Reading profiles: the whole vocabulary, its carriers, and the mistakes people make in it.
#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "profile/profile.h"
#include "support/skip.h"

using namespace medic;
using namespace medic::profile;
namespace fs = std::filesystem;

namespace {

// "line:column what | fix", or "read".
std::string complaint(const std::string& text) {
  Problems notes;
  const auto profile = read_profile(text, "p.json", notes);
  if (profile) return "read";
  return std::to_string(profile.error().line) + ":" + std::to_string(profile.error().column) + " " +
         profile.error().text + " | " + profile.error().hint;
}

std::string notes_of(const std::string& text) {
  Problems notes;
  const auto profile = read_profile(text, "p.json", notes);
  if (!profile) return "error: " + profile.error().text;
  std::string out;
  for (const Problem& note : notes) {
    out += (note.severity == Severity::Note ? "note " : "warning ") + std::to_string(note.line) +
           ":" + std::to_string(note.column) + " " + note.text +
           (note.hint.empty() ? "" : " | " + note.hint) + "\n";
  }
  return out;
}

Profile read(const std::string& text) {
  Problems notes;
  auto profile = read_profile(text, "p.json", notes);
  REQUIRE_MESSAGE(profile.has_value(), (profile ? "" : profile.error().text));
  return *profile;
}

std::string rule(const std::string& members) {
  return R"({"defaultAction":"SCMP_ACT_ERRNO","syscalls":[{)" + members + "}]}";
}
std::string arg(const std::string& members) {
  return rule(R"("names":["read"],"action":"SCMP_ACT_ALLOW","args":[{)" + members + "}]");
}
std::string slice(const Profile& profile, Span span) {
  return profile.text.substr(span.begin, span.end - span.begin);
}

}  // namespace

TEST_CASE("The whole vocabulary is read") {
  const Profile profile = read(R"({
  "defaultAction": "SCMP_ACT_ERRNO", "defaultErrnoRet": 38, "defaultErrno": "ENOSYS",
  "architectures": ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86"],
  "archMap": [{"architecture": "SCMP_ARCH_AARCH64", "subArchitectures": ["SCMP_ARCH_ARM"]}, {"architecture": "SCMP_ARCH_RISCV64", "subArchitectures": null}],
  "flags": ["SECCOMP_FILTER_FLAG_LOG"], "listenerPath": "/run/l.sock", "listenerMetadata": "m",
  "syscalls": [
    {"names": ["read", "write"], "action": "SCMP_ACT_ALLOW", "comment": "c",
     "args": [{"index": 1, "value": 18446744073709551615, "valueTwo": 9223372036854775809, "op": "SCMP_CMP_MASKED_EQ"}],
     "includes": {"caps": ["CAP_SYS_ADMIN"], "arches": ["amd64"], "minKernel": "4.8"}, "excludes": {"caps": ["CAP_BPF"]}},
    {"names": ["kexec_load"], "action": "SCMP_ACT_KILL", "errnoRet": 1, "errno": "EPERM", "args": null, "includes": {}}
  ]})");
  CHECK(profile.default_action == kernel::Action::Errno);
  CHECK(profile.default_action_place.line == 2);
  CHECK(profile.default_errno_ret == 38u);
  CHECK(profile.default_errno_name == "ENOSYS");
  CHECK(profile.architectures == std::vector{kernel::Arch::X86_64, kernel::Arch::X86});
  REQUIRE(profile.arch_map.size() == 2);
  CHECK(profile.arch_map[0].sub_architectures == std::vector{kernel::Arch::Arm});
  CHECK(profile.flags == std::vector<std::string>{"SECCOMP_FILTER_FLAG_LOG"});
  CHECK(profile.listener_path == "/run/l.sock");
  CHECK(profile.listener_metadata == "m");
  REQUIRE(profile.rules.size() == 2);
  const Rule& first = profile.rules[0];
  CHECK(first.place.line == 7);
  CHECK(first.place.column == 5);
  CHECK(first.names[1].text == "write");
  CHECK(slice(profile, first.names[1].span) == "\"write\"");
  CHECK(first.comment == "c");
  REQUIRE(first.args.size() == 1);
  CHECK(first.args[0].value == 18446744073709551615ULL);
  CHECK(first.args[0].value_two == 9223372036854775809ULL);
  CHECK(first.args[0].op == Op::MaskedEq);
  CHECK(first.includes.min_kernel == "4.8");
  CHECK(first.excludes.caps == std::vector<std::string>{"CAP_BPF"});
  CHECK(slice(profile, first.span).front() == '{');
  CHECK(slice(profile, first.span).ends_with("{\"caps\": [\"CAP_BPF\"]}}"));
  CHECK(profile.rules[1].action == kernel::Action::KillThread);
  CHECK(profile.rules[1].action_text == "SCMP_ACT_KILL");
  CHECK(profile.rules[1].errno_name == "EPERM");
  CHECK(profile.rules[1].includes.empty());
  CHECK(needs_engine(profile));
  CHECK(is_podman_style(profile));
}

TEST_CASE("A mistake is reported with its place and the fix") {
  const struct {
    std::string text, expected;
  } cases[] = {
      {rule(R"("names": "mkdir","action":"SCMP_ACT_ALLOW")"),
       R"(1:57 "names" is a string, not an array | write "names": ["mkdir"])"},
      {"{\n  \"syscalls\": [ {\n    \"names\": [\"a\"],\n    \"args::[]\n  } ]\n}",
       "4:5 the string that begins here is never closed | write \"args\": []"},
      {R"({"defaultAction":"ERRNO"})",
       R"(1:18 "ERRNO" is no action | did you mean "SCMP_ACT_ERRNO"?)"},
      {R"({"defaultAction":"scmp_act_kill"})",
       R"(1:18 "scmp_act_kill" is no action | did you mean "SCMP_ACT_KILL"?)"},
      {R"({"defaultAction":"SCMP_ACT_ERNO"})",
       R"(1:18 "SCMP_ACT_ERNO" is no action | did you mean "SCMP_ACT_ERRNO"?)"},
      {R"({"defaultAction":3})",
       R"(1:18 "defaultAction" is a number, not a string | write it in double quotes)"},
      {R"({"defaultAction":"SCMP_ACT_ERRNO","defaultErrnoRet":"1"})",
       R"(1:53 "defaultErrnoRet" is a string, not a number | write 1 without quotes)"},
      {R"({"defaultAction":"SCMP_ACT_ERRNO","defaultErrnoRet":4294967296})",
       R"(1:53 4294967296 is too large for "defaultErrnoRet" | a whole number from 0 to 4294967295)"},
      {R"({"defaultAction":"SCMP_ACT_ERRNO","architectures":["SCMP_ARCH_ARM64"]})",
       R"(1:52 "SCMP_ARCH_ARM64" is no architecture | did you mean "SCMP_ARCH_AARCH64"?)"},
      {R"({"defaultAction":"SCMP_ACT_ERRNO","architectures":["amd64"]})",
       R"(1:52 "amd64" is no architecture | did you mean "SCMP_ARCH_X86_64"?)"},
      {R"({"defaultAction":"SCMP_ACT_ERRNO","architectures":"SCMP_ARCH_X86"})",
       R"(1:51 "architectures" is a string, not an array | write "architectures": ["SCMP_ARCH_X86"])"},
      {R"({"defaultAction":"SCMP_ACT_ERRNO","archMap":[{"subArchitectures":[]}]})",
       R"(1:46 the entry has no "architecture" | write "architecture": "SCMP_ARCH_X86_64")"},
      {R"({"defaultAction":"SCMP_ACT_ERRNO","syscalls":{}})",
       R"(1:46 "syscalls" is an object, not an array | write "syscalls": [{}])"},
      {R"({"defaultAction":"SCMP_ACT_ERRNO","syscalls":["read"]})",
       R"(1:47 "syscalls" holds a string, not an object | )"},
      {rule(R"("names":["read"])"),
       R"(1:47 the rule has no "action" | actions are SCMP_ACT_ALLOW, SCMP_ACT_ERRNO, SCMP_ACT_KILL, SCMP_ACT_KILL_PROCESS, SCMP_ACT_KILL_THREAD, SCMP_ACT_LOG, SCMP_ACT_NOTIFY, SCMP_ACT_TRACE, SCMP_ACT_TRAP)"},
      {rule(R"("names":[1],"action":"SCMP_ACT_ALLOW")"),
       R"(1:57 "names" holds a number, not a string | )"},
      {rule(R"("name":"read","names":["write"],"action":"SCMP_ACT_ALLOW")"),
       R"(1:48 "name" and "names" in one rule: Docker and Podman refuse it | keep "names" alone)"},
      {arg(R"("index":0,"value":1.0,"op":"SCMP_CMP_EQ")"),
       R"(1:118 "value" is a number with a fraction, an exponent or more than 64 bits, not a whole number from 0 on | a whole number from 0 to 18446744073709551615)"},
      {arg(R"("index":0,"value":-1,"op":"SCMP_CMP_EQ")"),
       R"(1:118 "value" is a negative number, not a number from 0 on | registers are unsigned: write 18446744073709551615)"},
      {arg(R"("index":0,"value":18446744073709551616,"op":"SCMP_CMP_EQ")"),
       R"(1:118 "value" is a number with a fraction, an exponent or more than 64 bits, not a whole number from 0 on | a whole number from 0 to 18446744073709551615)"},
      {arg(R"("index":0,"value":"0x26","op":"SCMP_CMP_EQ")"),
       R"(1:118 "value" is a string, not a number | write 38 without quotes)"},
      {arg(R"("index":0,"value":1,"op":"EQ")"),
       R"(1:125 "EQ" is no operator | did you mean "SCMP_CMP_EQ"?)"},
      {arg(R"("index":0,"value":1)"),
       R"(1:99 the condition has no "op" | operators are SCMP_CMP_EQ, SCMP_CMP_NE, SCMP_CMP_LT, SCMP_CMP_LE, SCMP_CMP_GE, SCMP_CMP_GT, SCMP_CMP_MASKED_EQ)"},
      {"[]",
       "1:1 the file holds an array, not a profile | a profile is a JSON object: { "
       "\"defaultAction\": …, \"syscalls\": […] }"},
      {"\"x\"", "1:1 \"x\" is not JSON from here on"},
      {"{}",
       "1:1 no seccomp profile: none of its keys is there | a profile has \"defaultAction\" and "
       "\"syscalls\""},
      {R"({"linux":{}})",
       "1:10 this configuration has no linux.seccomp: the container runs without a profile | name "
       "the profile itself, or the config.json of a container that has one"},
      {R"([{"HostConfig":{"SecurityOpt":["seccomp=unconfined"]}}])",
       "1:32 this container runs without a profile (seccomp=unconfined) | name the profile itself"},
      {R"([{"HostConfig":{"SecurityOpt":["seccomp=/a.json"]}}])",
       "1:32 the inspect output names the profile, it does not hold it | name /a.json itself"},
      {R"([{"HostConfig":{"SecurityOpt":null}}])",
       "1:1 no seccomp= in HostConfig.SecurityOpt: the container runs under the engine's default "
       "profile | name it: docker, docker@RELEASE, podman@RELEASE"},
  };
  for (const auto& [text, expected] : cases) {
    CAPTURE(text);
    if (text == "\"x\"") {
      CHECK(complaint(text).starts_with("1:1 the file holds a string, not a profile"));
      continue;
    }
    CHECK(complaint(text) == expected);
  }
}

TEST_CASE("What engines swallow in silence is said") {
  const struct {
    std::string text, expected;
  } cases[] = {
      {rule(R"("names":["read"],"action":"SCMP_ACT_ALLOW","arg":[])"),
       "warning 1:91 engines and runtimes ignore the key \"arg\" in silence | did you mean "
       "\"args\"?\n"},
      {rule(R"("names":["read"],"action":"SCMP_ACT_ALLOW","priority":1)"),
       "note 1:91 engines and runtimes ignore the key \"priority\" in silence\n"},
      {rule(R"("names":["read"],"action":"SCMP_ACT_ALLOW","//":"why","comment":"x","_note":1)"),
       ""},
      {rule(R"("names":["read"],"Action":"SCMP_ACT_ALLOW")"),
       "warning 1:65 Docker, Podman and runc read \"Action\" as \"action\", crun ignores it | "
       "write \"action\"\n"},
      {rule(R"("names":["read"],"names":["write"],"action":"SCMP_ACT_ALLOW")"),
       "warning 1:65 \"names\" stands twice in one object: this one counts, the one on line 1 is "
       "ignored | remove one of them\n"},
      {rule(R"("names":["mkdri"],"action":"SCMP_ACT_ALLOW")"),
       "warning 1:57 \"mkdri\" is no system call: runtimes ignore it in silence | did you mean "
       "\"mkdir\"?\n"},
      {rule(R"("names":["pread"],"action":"SCMP_ACT_ALLOW")"),
       "warning 1:57 \"pread\" is no system call: runtimes ignore it in silence | did you mean "
       "\"pread64\"?\n"},
      {rule(R"("names":["zzzzzzzzzzz"],"action":"SCMP_ACT_ALLOW")"),
       "warning 1:57 \"zzzzzzzzzzz\" is no system call: runtimes ignore it in silence\n"},
      {rule(R"("name":"read","action":"SCMP_ACT_ALLOW")"),
       "note 1:48 \"name\" is the old form: runtimes alone do not know it | write \"names\": "
       "[\"read\"]\n"},
  };
  for (const auto& [text, expected] : cases) {
    CAPTURE(text);
    CHECK(notes_of(text) == expected);
  }
}

TEST_CASE("The last of two equal keys counts, a null one says nothing") {
  const Profile profile = read(
      R"({"defaultAction":"SCMP_ACT_LOG","defaultAction":"SCMP_ACT_ERRNO","flags":null,"syscalls":[{"names":["read"],"names":["write"],"action":"SCMP_ACT_ALLOW"}]})");
  CHECK(profile.default_action == kernel::Action::Errno);
  CHECK(profile.rules[0].names[0].text == "write");
  CHECK_FALSE(profile.flags.has_value());
  CHECK(read(R"({"defaultAction":"SCMP_ACT_LOG","flags":[]})").flags.has_value());
  CHECK_FALSE(read(R"({"defaultAction":"SCMP_ACT_LOG","syscalls":null})").has_syscalls);
}

TEST_CASE("A config.json carries its profile in place; an inspect output carries it as text") {
  const Profile config = read(
      "{\"ociVersion\":\"1.0.2\",\n \"linux\":{\"seccomp\":\n "
      "{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"syscalls\":[\n{\"names\":[\"read\"],\"name\":"
      "\"write\",\"action\":\"SCMP_ACT_ALLOW\"}]}}}");
  CHECK(config.carrier == Carrier::ConfigJson);
  CHECK(slice(config, config.object).starts_with("{\"defaultAction\""));
  CHECK(config.rules[0].place.line == 4);
  CHECK(config.rules[0].names.size() == 1);  // a runtime does not know "name"

  const Profile inspect = read(
      "[\n{\"Id\":\"x\",\"HostConfig\":{\"SecurityOpt\":[\"no-new-privileges\",\n\"seccomp={"
      "\\\"defaultAction\\\":\\\"SCMP_ACT_ALLOW\\\",\\\"syscalls\\\":[{\\\"name\\\":\\\"mkdir\\\","
      "\\\"action\\\":\\\"SCMP_ACT_ERRNO\\\"}]}\"]}}]");
  CHECK(inspect.carrier == Carrier::DockerInspect);
  CHECK(inspect.default_action == kernel::Action::Allow);
  CHECK(inspect.rules[0].names[0].text == "mkdir");
  CHECK(inspect.rules[0].place.line == 3);
  CHECK(complaint("[\n{\"HostConfig\":{\"SecurityOpt\":[\n\"seccomp={\\\"defaultAction\\\":"
                  "\\\"X\\\"}\"]}}]")
            .starts_with("3:0 \"X\" is no action"));

  const Profile crictl = read(
      R"({"status":{},"info":{"runtimeSpec":{"linux":{"seccomp":{"defaultAction":"SCMP_ACT_ERRNO"}}}}})");
  CHECK(crictl.carrier == Carrier::ConfigJson);
}

namespace {

std::string content(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

// What the corpus' own index says of a profile, counted over what was read.
std::string summary(const Profile& profile) {
  std::set<std::string> names;
  for (const Rule& rule : profile.rules) {
    for (const Name& name : rule.names) names.insert(name.text);
  }
  std::ostringstream out;
  out << "defaultAction=" << kernel::oci_token(*profile.default_action) << ", defaultErrnoRet="
      << (profile.default_errno_ret ? std::to_string(*profile.default_errno_ret) : "None") << ", "
      << profile.rules.size() << " rules, " << names.size() << " distinct names";
  return out.str();
}

}  // namespace

TEST_CASE("Every published profile at hand is read as its index says" *
          doctest::test_suite("optional")) {
  const fs::path root = fs::path(MEDIC_SOURCE_DIR) / "../shared";
  if (!fs::exists(root / "corpus/INDEX.json")) {
    medic::support::skip("no ../shared/corpus here");
    return;
  }
  const std::string index = content(root / "corpus/INDEX.json");
  std::size_t read_count = 0, compared = 0;
  for (const fs::path& folder : {root / "corpus/5_profiles", root / "data/profiles"}) {
    for (const auto& entry : fs::directory_iterator(folder)) {
      if (entry.path().extension() != ".json") {
        Problems notes;
        CHECK_FALSE_MESSAGE(
            read_profile(content(entry.path()), entry.path().filename(), notes).has_value(),
            entry.path().string());
        continue;
      }
      CAPTURE(entry.path().string());
      const Profile profile = read(content(entry.path()));
      ++read_count;
      const std::size_t at = index.find("5_profiles/" + entry.path().filename().string() + "\"");
      if (at == std::string::npos) continue;
      const std::size_t truth = index.find("defaultAction=", at);
      REQUIRE(truth != std::string::npos);
      const std::string expected = summary(profile);
      CHECK(index.substr(truth, expected.size()) == expected);
      ++compared;
    }
  }
  MESSAGE(read_count, " profiles read, ", compared, " compared with the index");
  CHECK(compared >= 28);
}
