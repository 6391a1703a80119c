// AppArmor profiles repaired in their own text: the smallest rules, denies kept, nothing injected.
#include <doctest/doctest.h>

#include <algorithm>

#include "repair/apparmor.h"
#include "repair/bane.h"

using namespace medic;
using namespace medic::repair;

namespace {

const std::string kWeb =
    "#include <tunables/global>\n"
    "profile web flags=(attach_disconnected) {\n"
    "  #include <abstractions/base>\n"
    "  capability chown,\n"
    "  /srv/** r,\n"
    "  deny /srv/secret/** rw,\n"
    "  network inet stream,\n"
    "}\n";

const std::string kBane =
    "Name = \"web\"\n\n[Filesystem]\nReadOnlyPaths = [\n\t\"/etc/**\",\n\t\"/usr/**\"\n]\n"
    "DenyExec = [\"/bin/sh\"]\n\n[Capabilities]\nAllow = [\n\t\"chown\", # "
    "needed\n\t\"setuid\"\n]\n\n"
    "[Network]\nRaw = false\n";

AccessRequest ask(const std::string& rule, const std::string& profile = "web") {
  return {profile, rule, rule, true, true, "audit.log:1"};
}

AccessRepair repaired(const std::string& text, const std::vector<AccessRequest>& requests,
                      const AccessOptions& options = {}) {
  auto made = repair_access(text, "p", requests, options);
  REQUIRE_MESSAGE(made.has_value(), (made ? "" : made.error().text));
  return *made;
}

}  // namespace

TEST_CASE("A rule is added behind those of its kind, in their layout") {
  const AccessRepair made =
      repaired(kWeb, {ask("capability setgid,"), ask("/data/log r,"), ask("/data/log w,")});
  CHECK(made.complete());
  CHECK(made.added.size() == 2);
  CHECK(made.text ==
        "#include <tunables/global>\n"
        "profile web flags=(attach_disconnected) {\n"
        "  #include <abstractions/base>\n"
        "  capability chown,\n"
        "  capability setgid,\n"
        "  /srv/** r,\n"
        "  /data/log rw,\n"
        "  deny /srv/secret/** rw,\n"
        "  network inet stream,\n"
        "}\n");
  CHECK(repaired(made.text, {ask("capability setgid,")}).added.empty());
}

TEST_CASE("Denies stay, dangerous rules wait, other profiles' denials are not this file's") {
  struct Row {
    const char* rule;
    const char* profile;
    const char* accepts;
    bool added;
  };
  const Row rows[] = {{"/srv/secret/key r,", "web", "", false},
                      {"/srv/other w,", "web", "", true},
                      {"capability sys_admin,", "web", "", false},
                      {"capability sys_admin,", "web", "sys_admin", true},
                      {"mount fstype=tmpfs -> /mnt,", "web", "", false},
                      {"mount fstype=tmpfs -> /mnt,", "web", "mount", true},
                      {"/run/docker.sock rw,", "web", "", false},
                      {"/tmp/payload ix,", "web", "", false},
                      {"network netlink raw,", "web", "", false},
                      {"/data r,", "docker-default", "", false},
                      {"/srv/page r,", "web", "", false}};  // permitted already
  for (const Row& row : rows) {
    const AccessRepair made = repaired(kWeb, {ask(row.rule, row.profile)}, {{row.accepts}, false});
    CHECK_MESSAGE((made.added.size() == 1) == row.added, row.rule);
    CHECK_MESSAGE(made.complete() == row.added, row.rule);
    CHECK_MESSAGE((made.text == kWeb) == !row.added, row.rule);
  }
}

TEST_CASE("A log cannot write rules of its own, nor speak for the kernel") {
  AccessRequest hostile = ask("/tmp/a\n  capability sys_admin, r,");
  CHECK(repaired(kWeb, {hostile}).text == kWeb);
  AccessRequest foreign = ask("/data r,");
  foreign.is_trusted = false;
  CHECK(repaired(kWeb, {foreign}).text == kWeb);
  CHECK(repaired(kWeb, {foreign}, {{}, true}).added.size() == 1);
}

TEST_CASE("AppArmor's patterns") {
  struct Row {
    const char* pattern;
    const char* path;
    bool fits;
  };
  const Row rows[] = {{"/etc/*", "/etc/passwd", true},
                      {"/etc/*", "/etc/ssl/cert", false},
                      {"/etc/**", "/etc/ssl/cert", true},
                      {"/a?c", "/abc", true},
                      {"/a?c", "/a/c", false},
                      {"/{bin,sbin}/x", "/sbin/x", true},
                      {"/{bin,sbin}/x", "/lib/x", false},
                      {"/{,usr/}bin/x", "/bin/x", true},
                      {"/sys/[^f]*/**", "/sys/fs/x", false},
                      {"/sys/[^f]*/**", "/sys/kernel/x", true},
                      {"@{PROC}/mem", "/proc/mem", true},
                      {"@{PROC}/@{pid}/mem", "/proc/12/mem", true},
                      {"/a\\*", "/a*", true},
                      {"/a\\*", "/ab", false},
                      {"@{unknown}/x", "/anything/x", true}};
  for (const Row& row : rows)
    CHECK_MESSAGE(apparmor_fits(row.pattern, row.path) == row.fits, row.pattern, row.path);
  CHECK(apparmor_fits("/" + std::string(200, '*') + "b", "/" + std::string(200, 'a')));  // ends
}

TEST_CASE("bane's TOML is repaired as TOML, and makes the profile that it stands for") {
  const AccessRepair made = repaired(kBane, {ask("capability setgid,", "docker-web")});
  CHECK(made.complete());
  CHECK(made.text.find("\t\"chown\", # needed\n\t\"setuid\",\n\t\"setgid\",\n]") !=
        std::string::npos);
  CHECK(made.generated.find("  capability setgid,\n") != std::string::npos);
  CHECK(made.generated.find("profile docker-web ") != std::string::npos);
  for (const char* denied : {"/etc/passwd w,", "/bin/sh ix,", "network inet raw,", "mount -> /mnt,",
                             "ptrace (read) peer=x,"}) {
    const AccessRepair refused =
        repaired(kBane, {ask(denied, "docker-web")}, {{"mount", "raw", "ptrace"}, false});
    CHECK_MESSAGE(refused.text == kBane, denied);
    CHECK_MESSAGE(refused.refused.size() == 1, denied);
  }
  // Where the file says nothing of raw sockets, the generator denies them: that is no one's choice.
  const AccessRepair raw = repaired("Name = \"ping\"\n\n[Network]\nPacket = false\n",
                                    {ask("network inet raw,", "docker-ping")}, {{"raw"}, false});
  CHECK(raw.text == "Name = \"ping\"\n\n[Network]\nRaw = true\nPacket = false\n");
  CHECK(raw.generated.find("deny network raw") == std::string::npos);
}

TEST_CASE("What is neither is an error with its place") {
  CHECK_FALSE(repair_access("{\"syscalls\":[]}", "p", {}, {}).has_value());
  const auto wrong = read_bane("Name = \"x\"\n[Filesystem]\nWritablePath = [\"/x\"]\n", "p");
  REQUIRE_FALSE(wrong.has_value());
  CHECK(wrong.error().line == 3);
  CHECK_FALSE(read_bane("Name = \"x\"\n[Filesystem]\nWritablePaths = [\"/x\n", "p").has_value());
}
