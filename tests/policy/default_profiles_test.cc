// The table of default profiles: names as people type them, releases as ranges, and the profiles
// themselves.
#include "policy/default_profiles.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "policy/comparison.h"
#include "policy/evaluate.h"
#include "support/skip.h"

using namespace medic;
using namespace medic::profile;
namespace fs = std::filesystem;
using Json = nlohmann::json;

namespace {

std::string taken(std::string_view name) {
  const auto found = find_default(name);
  if (!found) return found.error().text + "; " + found.error().hint;
  return *found ? (*found)->name : "no built-in";
}

std::string ranges(std::string_view name) {
  const auto found = find_default(name);
  REQUIRE((found && *found));
  return releases_of(*(*found)->engine, {&(*found)->content, 1});
}

Profile materialised(std::string_view name) {
  const auto found = find_default(name);
  REQUIRE((found && *found));
  Problems notes;
  auto profile = read_profile(write_default_profile((*found)->content), (*found)->name, notes);
  REQUIRE_MESSAGE(profile, profile.error().text);
  CHECK(notes.empty());
  return std::move(*profile);
}

Context on(kernel::Arch arch) {
  Context context;
  context.arch = arch;
  return context;
}

// "allow", "errno 38", …
std::string answer(const Profile& profile, std::string_view call,
                   std::initializer_list<std::uint64_t> args = {},
                   const Context& context = on(kernel::Arch::X86_64)) {
  const auto evaluator = Evaluator::make(profile, context);
  REQUIRE_MESSAGE(evaluator, evaluator.error().text);
  kernel::Call made{{context.arch, *kernel::number_of(kernel::find_name(call), context.arch)}, {}};
  unsigned index = 0;
  for (const std::uint64_t value : args) made.args.set(index++, value);
  const Verdict verdict = evaluator->evaluate(made);
  return kernel::lets_run(verdict.action) ? "allow"
                                          : "errno " + std::to_string(verdict.errno_value);
}

// All that a rule says, names sorted, without comments and spelling.
using RuleFacts =
    std::tuple<std::string, std::string, std::string, std::set<std::string>, std::set<std::string>>;
RuleFacts facts_of(const Rule& rule) {
  std::string head = rule.action_text + " " +
                     (rule.errno_ret ? std::to_string(*rule.errno_ret) : "") + " " +
                     rule.errno_name.value_or("");
  std::string args;
  for (const Condition& c : rule.args)
    args += std::to_string(c.index) + std::string(oci_token(c.op)) + std::to_string(c.value) + "/" +
            std::to_string(c.value_two) + ";";
  const auto gate = [](const Gate& g) {
    std::set<std::string> out(g.caps.begin(), g.caps.end());
    for (const std::string& arch : g.arches) out.insert("arch " + arch);
    if (!g.min_kernel.empty()) out.insert("kernel " + g.min_kernel);
    return out;
  };
  return {head, args, "", gate(rule.includes), gate(rule.excludes)};
}

// In the order of the file; rules of the old form, a name a rule, are one where they say the same.
std::vector<std::pair<RuleFacts, std::set<std::string>>> rules_of(const Profile& profile) {
  std::vector<std::pair<RuleFacts, std::set<std::string>>> out;
  for (const Rule& rule : profile.rules) {
    const RuleFacts head = facts_of(rule);
    auto same = rule.legacy_name
                    ? std::find_if(out.begin(), out.end(),
                                   [&](const auto& each) { return each.first == head; })
                    : out.end();
    if (same == out.end()) same = out.insert(out.end(), {head, {}});
    for (const Name& name : rule.names) same->second.insert(name.text);
  }
  return out;
}

bool says_the_same(const Profile& a, const Profile& b) {
  auto mine = rules_of(a), theirs = rules_of(b);
  std::sort(mine.begin(), mine.end());
  std::sort(theirs.begin(), theirs.end());
  const auto archs = [](const Profile& p) {
    std::string out;
    for (const ArchMapEntry& entry : p.arch_map) {
      out += std::string(kernel::name(entry.architecture)) + ":";
      for (const auto sub : entry.sub_architectures) out += std::string(kernel::name(sub)) + ",";
    }
    for (const auto arch : p.architectures.value_or(std::vector<kernel::Arch>()))
      out += std::string(kernel::name(arch)) + " ";
    return out;
  };
  return mine == theirs && archs(a) == archs(b) && a.default_action == b.default_action &&
         a.default_errno_ret == b.default_errno_ret &&
         a.default_errno_name.value_or("") == b.default_errno_name.value_or("");
}

std::string slurp(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::stringstream out;
  out << in.rdbuf();
  return out.str();
}

}  // namespace

TEST_CASE(
    "A name takes the newest release that it leaves open; a package's version is its upstream "
    "one") {
  CHECK(taken("docker@27") == "docker@27.5.1");
  CHECK(taken("docker@24.0.7") == "docker@24.0.7");
  CHECK(taken("Docker@20.10") == "docker@20.10.27");
  CHECK(taken("docker@v20.10.5+dfsg1") == "docker@20.10.5");
  CHECK(taken("docker@5:27.5.1-1~debian.12~bookworm") == "docker@27.5.1");
  CHECK(taken("moby@18.9.1") == "docker@18.09.1");
  CHECK(taken("podman@4.3.1+ds1-8") == "podman@4.3.1");
  CHECK(taken("containerd@1.7") == "containerd@1.7.34");
  CHECK(taken("crio@1.30.2") == "cri-o@1.30.2");
  CHECK(taken("unconfined") == "unconfined");
  CHECK(taken("k8s").starts_with("containerd@"));
  CHECK(taken("docker") == "docker@" + std::string(find_engine("docker")->shipped.back().text));
}

TEST_CASE("What is no name of a built-in is left to whoever opens files") {
  for (const char* text :
       {"./docker", "docker.json", "profile.json", "-", "", "dock", "systemd:@system-service"})
    CHECK(taken(text) == "no built-in");
}

TEST_CASE("A release that is not known is refused, unless both neighbours have the same profile") {
  CHECK(taken("docker@17.06") ==
        "no default profile of Docker 17.06 is known; known are docker@1.13.1 and docker@18.09.0, "
        "which differ");
  CHECK(taken("docker@99").find("the newest that is known is docker@") != std::string::npos);
  CHECK(taken("docker@1.10") ==
        "no default profile of Docker 1.10 is known; the oldest that is known is docker@1.11.0");
  CHECK(taken("docker@latests").find("no default profile") == 0);
  CHECK(taken("docker@").find("no default profile") == 0);
  const auto between = find_default("docker@27.5.9");
  REQUIRE((between && *between));
  CHECK((*between)->name == "docker@27.5.1");
  REQUIRE((*between)->notes.size() == 1);
  CHECK((*between)->notes[0].find("27.5.9 is not in the table") != std::string::npos);
}

TEST_CASE("RuntimeDefault says whose it took, Podman where its file may stand") {
  CHECK((*find_default("k8s"))->notes.at(0).find("containerd's") != std::string::npos);
  CHECK((*find_default("podman@4.3"))->notes.at(0).find("/usr/share/containers/seccomp.json") !=
        std::string::npos);
}

TEST_CASE("Releases as ranges") {
  CHECK(ranges("docker@20.10.22") == "20.10.22");
  CHECK(ranges("docker@20.10.12") == "20.10.10 to 20.10.17");
  CHECK(ranges("docker@24.0.7") == "23.0.7 to 23.0.9, 24.0.3 to 24.0.9");
  CHECK(ranges("docker").starts_with("from "));
}

TEST_CASE(
    "Milestones of Docker's profile: what became permitted, refused, and answered in another way") {
  // moby 42681 (clone3), 43775 and 46762 (io_uring, vsock): the releases stand in Docker's release
  // notes.
  CHECK(answer(materialised("docker@20.10.9"), "clone3") == "errno 1");
  CHECK(answer(materialised("docker@20.10.10"), "clone3") == "errno 38");
  CHECK(answer(materialised("docker@24.0.9"), "io_uring_setup") == "allow");
  CHECK(answer(materialised("docker@25.0.0"), "io_uring_setup") == "errno 1");
  CHECK(answer(materialised("docker@19.03.8"), "statx") == "allow");
  CHECK(answer(materialised("docker@1.12.0"), "ptrace", {0}) == "errno 1");
  CHECK(answer(materialised("docker@20.10"), "socket", {40, 1, 0}) == "allow");
  CHECK(answer(materialised("docker@23.0.0"), "socket", {40, 1, 0}) == "errno 1");
}

TEST_CASE("Podman's default is ENOSYS, but EPERM for what it names; CRI-O takes namespaces away") {
  CHECK(answer(materialised("podman@4.3"), "swapon") == "errno 1");
  Context newer = on(kernel::Arch::X86_64);
  newer.runtime = Runtime::Crun;
  CHECK(answer(materialised("podman@3.0"), "unshare", {0}) == "allow");
  CHECK(answer(materialised("cri-o@1.23.0"), "unshare", {0}) == "allow");
  CHECK(answer(materialised("cri-o@1.24.0"), "unshare", {0}) == "errno 38");
  CHECK(answer(materialised("cri-o@1.30.0"), "clone3") == "allow");
  CHECK(answer(materialised("cri-o@1.31.0"), "clone3") == "errno 38");
  CHECK(answer(materialised("cri-o@1.31.0"), "clone", {0x11}) == "allow");
}

TEST_CASE(
    "Every content is a profile that engines start a container under, on every architecture of its "
    "own, without a note") {
  std::size_t checked = 0;
  for (std::size_t content = 0; content < content_count(); ++content) {
    const std::string text = write_default_profile(content);
    CHECK(Json::accept(text));
    Problems notes;
    const auto profile = read_profile(text, "content " + std::to_string(content), notes);
    REQUIRE_MESSAGE(profile, profile.error().text);
    CHECK(notes.empty());
    for (const Runtime runtime : {Runtime::Runc, Runtime::Crun}) {
      for (const kernel::Arch arch : {kernel::Arch::X86_64, kernel::Arch::Aarch64,
                                      kernel::Arch::S390x, kernel::Arch::Riscv64}) {
        Context context = on(arch);
        context.runtime = runtime;
        const auto evaluator = Evaluator::make(*profile, context);
        REQUIRE_MESSAGE(evaluator, evaluator.error().text);
        CHECK(answer(*profile, "read", {}, context) == "allow");
        CHECK(answer(*profile, "add_key", {}, context) != "allow");
        ++checked;
      }
    }
  }
  CHECK(checked == content_count() * 8);
}

TEST_CASE(
    "Every release of the table has a content, ascending, and no content is without a release") {
  std::set<std::size_t> used;
  for (const Engine& engine : all_engines()) {
    CHECK(engine.shipped.size() > 20);
    for (std::size_t i = 0; i < engine.shipped.size(); ++i) {
      CHECK(engine.shipped[i].content < content_count());
      if (i > 0)
        CHECK_MESSAGE(engine.shipped[i - 1].release < engine.shipped[i].release, engine.name, " ",
                      engine.shipped[i].text);
      used.insert(engine.shipped[i].content);
    }
  }
  CHECK(used.size() == content_count());
}

TEST_CASE("The table holds what the engines shipped: every file, every release" *
          doctest::test_suite("optional")) {
  const fs::path folder = fs::path(MEDIC_SOURCE_DIR) / "../shared/data/defaults";
  if (!fs::exists(folder)) {
    medic::support::skip("no ../shared/data/defaults here");
    return;
  }
  std::size_t files = 0, releases = 0;
  for (const char* family : {"docker", "containers-common", "containerd"}) {
    for (const Json& entry : Json::parse(slurp(folder / family / "INDEX.json"))) {
      const std::string file = entry["file"];
      Problems notes;
      const auto shipped = read_profile(slurp(folder / family / file), file, notes);
      REQUIRE_MESSAGE(shipped, shipped.error().text);
      const Profile ours =
          materialised(std::string(family) + "@" + entry["releases"][0].get<std::string>());
      CHECK_MESSAGE(says_the_same(*shipped, ours), family, "/", file);
      const auto a = Evaluator::make(*shipped, on(kernel::Arch::X86_64)),
                 b = Evaluator::make(ours, on(kernel::Arch::X86_64));
      REQUIRE((a && b));
      CHECK_MESSAGE(diff(*a, *b).empty(), family, "/", file);
      for (const Json& release : entry["releases"]) {
        CHECK(taken(std::string(family) + "@" + release.get<std::string>()) ==
              std::string(family) + "@" + release.get<std::string>());
        CHECK((*find_default(std::string(family) + "@" + release.get<std::string>()))->content ==
              (*find_default(std::string(family) + "@" + entry["releases"][0].get<std::string>()))
                  ->content);
        ++releases;
      }
      ++files;
    }
  }
  CHECK(files > 60);
  CHECK(releases > 300);
  for (const auto& entry : fs::directory_iterator(folder / "../profiles")) {
    Problems notes;
    const auto shipped = read_profile(slurp(entry.path()), entry.path().filename(), notes);
    REQUIRE(shipped);
    bool found = false;
    for (std::size_t content = 0; content < content_count() && !found; ++content) {
      const auto ours = read_profile(write_default_profile(content), {}, notes);
      found = ours && says_the_same(*shipped, *ours);
    }
    CHECK_MESSAGE(found, entry.path().filename().string());
  }
}
