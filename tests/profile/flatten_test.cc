// Engines and runtimes: which rules they drop, which profiles they refuse.
#include "libseccomp/judge.h"
#include "profile/verdicts.h"

using namespace medic;
using namespace medic::profile;
using namespace medic::profile::test;
using kernel::Arch;

namespace {

std::string profile_with(
    const std::string& top,
    const std::string& rules = R"({"names":["mkdir"],"action":"SCMP_ACT_ALLOW"})") {
  return deny_all_but(rules, top);
}

// "archs x86_64 x86; rules 1; default errno 1", or "refused LINE: text".
std::string flattened(const std::string& profile, const Context& context) {
  const auto flat = flatten(read(profile), context);
  if (!flat) return "refused " + std::to_string(flat.error().line) + ": " + flat.error().text;
  if (flat->disabled) return "no filter";
  std::string out = "archs";
  for (const Arch arch : flat->archs) out += " " + std::string(kernel::name(arch));
  return out + "; rules " + std::to_string(flat->rules.size()) + "; default " +
         std::string(kernel::json_name(flat->default_action)) + " " +
         std::to_string(flat->default_errno);
}

const std::string kErrno = R"("defaultAction":"SCMP_ACT_ERRNO")";

Context with_caps(std::initializer_list<std::string> caps) {
  Context context = on(Arch::X86_64);
  context.caps = caps;
  return context;
}

}  // namespace

TEST_CASE("Architectures: listed, mapped, or the native one alone") {
  const std::string map =
      kErrno +
      R"(,"archMap":[{"architecture":"SCMP_ARCH_X86_64","subArchitectures":["SCMP_ARCH_X86","SCMP_ARCH_X32"]},{"architecture":"SCMP_ARCH_AARCH64","subArchitectures":["SCMP_ARCH_ARM"]},{"architecture":"SCMP_ARCH_PPC64LE","subArchitectures":[]},{"architecture":"SCMP_ARCH_LOONGARCH64","subArchitectures":["SCMP_ARCH_X86"]}])";
  const std::string podman = map + R"(,"defaultErrno":"ENOSYS")";
  CHECK(flattened(profile_with(kErrno), on(Arch::Aarch64)) ==
        "archs aarch64; rules 1; default errno 1");
  CHECK(flattened(profile_with(kErrno + R"(,"architectures":["SCMP_ARCH_X86"])"),
                  on(Arch::X86_64)) == "archs x86_64 x86; rules 1; default errno 1");
  CHECK(flattened(profile_with(map), on(Arch::X86_64)) ==
        "archs x86_64 x86 x32; rules 1; default errno 1");
  CHECK(flattened(profile_with(map), on(Arch::Aarch64)) ==
        "archs aarch64 arm; rules 1; default errno 1");
  CHECK(flattened(profile_with(map), on(Arch::Riscv64)) ==
        "archs riscv64; rules 1; default errno 1");
  CHECK(flattened(profile_with(map), on(Arch::Loongarch64)) ==
        "archs loongarch64; rules 1; default errno 1");
  CHECK(flattened(profile_with(podman), on(Arch::X86_64)) ==
        "archs x86_64 x86 x32; rules 1; default errno 38");
  CHECK(flattened(profile_with(map + R"(,"architectures":["SCMP_ARCH_X86"])"), on(Arch::X86_64)) ==
        "refused 1: the container would not start: engines refuse \"architectures\" beside "
        "\"archMap\"");
  CHECK(flattened(profile_with(kErrno + R"(,"architectures":["x86_64"])"),
                  on(Arch::X86_64, Runtime::Crun)) == "archs x86_64; rules 1; default errno 1");
  CHECK(flattened(profile_with(kErrno + R"(,"architectures":["x86_64"])"),
                  on(Arch::X86_64, Runtime::Runc)) ==
        "refused 1: the container would not start: runc knows no architecture \"x86_64\"");
}

TEST_CASE(
    "Gates: all of includes.caps, any of excludes.caps, architectures by the engine's name, the "
    "kernel by two numbers") {
  const struct {
    std::string gate;
    Context context;
    std::size_t kept;
  } cases[] = {
      {R"("includes":{"caps":["CAP_A","CAP_B"]})", with_caps({"CAP_A", "CAP_B"}), 1},
      {R"("includes":{"caps":["CAP_A","CAP_B"]})", with_caps({"CAP_A"}), 0},
      {R"("excludes":{"caps":["CAP_A","CAP_B"]})", with_caps({"CAP_B"}), 0},
      {R"("excludes":{"caps":["CAP_A","CAP_B"]})", with_caps({"CAP_C"}), 1},
      {R"("includes":{"arches":["amd64"]})", on(Arch::X86_64), 1},
      {R"("includes":{"arches":["x86_64"]})", on(Arch::X86_64), 0},
      {R"("includes":{"arches":["arm64"]})", on(Arch::Aarch64), 1},
      {R"("includes":{"arches":["loongarch64"]})", on(Arch::Loongarch64), 1},
      {R"("excludes":{"arches":["s390x","s390"]})", on(Arch::S390x), 0},
      {R"("includes":{"minKernel":"4.8"})", on(Arch::X86_64), 1},
      {R"("includes":{},"excludes":{})", on(Arch::X86_64), 1},
  };
  for (const auto& [gate, context, kept] : cases) {
    CAPTURE(gate);
    const auto flat = flatten(
        read(profile_with(kErrno, R"({"names":["mkdir"],"action":"SCMP_ACT_ALLOW",)" + gate + "}")),
        context);
    REQUIRE(flat.has_value());
    CHECK(flat->rules.size() == kept);
    CHECK(flat->dropped.size() == 1 - kept);
  }
}

TEST_CASE("minKernel is Docker's alone, and wants two numbers") {
  const auto gated = [](const std::string& gate, const std::string& top = kErrno) {
    return profile_with(top, R"({"names":["ptrace"],"action":"SCMP_ACT_ALLOW",)" + gate + "}");
  };
  Context old = on(Arch::X86_64);
  old.kernel = {4, 7};
  CHECK(flatten(read(gated(R"("includes":{"minKernel":"4.8"})")), old)->rules.empty());
  CHECK(flatten(read(gated(R"("excludes":{"minKernel":"4.8"})")), old)->rules.size() == 1);
  CHECK(flatten(
            read(gated(R"("includes":{"minKernel":"4.8"})", kErrno + R"(,"defaultErrno":"EPERM")")),
            old)
            ->rules.size() == 1);
  CHECK(flattened(gated(R"("includes":{"minKernel":"4.8.1"})"), old) ==
        "refused 2: the container would not start: Docker reads no kernel version from \"4.8.1\"");
  CHECK(parse_kernel_version("6.1.0-13-amd64") == KernelVersion{6, 1});
  CHECK(parse_kernel_version("6.18+") == KernelVersion{6, 18});
  CHECK_FALSE(parse_kernel_version("6").has_value());
  CHECK_FALSE(parse_kernel_version("linux 6.1").has_value());
}

TEST_CASE("A runtime given config.json knows no gates") {
  const auto flat = flatten(
      read(
          R"({"linux":{"seccomp":{"defaultAction":"SCMP_ACT_ERRNO","defaultErrno":"ENOSYS","syscalls":[{"names":["mkdir"],"action":"SCMP_ACT_ALLOW","includes":{"caps":["CAP_X"]}}]}}})"),
      on(Arch::X86_64));
  REQUIRE(flat.has_value());
  CHECK(flat->rules.size() == 1);
  CHECK(flat->default_errno == 1);
}

TEST_CASE("Podman's errno names override the numbers; Docker ignores them") {
  const std::string rule =
      R"({"names":["mkdir"],"action":"SCMP_ACT_ERRNO","errnoRet":5,"errno":"EACCES"})";
  CHECK(verdict(profile_with(kErrno, rule), on(Arch::X86_64), "x86_64 mkdir") ==
        "deny errno EACCES @2");
  CHECK(verdict(profile_with(kErrno + R"(,"defaultErrnoRet":1,"defaultErrno":"38")", rule),
                on(Arch::X86_64), "x86_64 rmdir") == "deny errno ENOSYS");
  CHECK(flattened(profile_with(kErrno + R"(,"defaultErrno":"ENOPE")"), on(Arch::X86_64)) ==
        "refused 1: the container would not start: Podman knows no errno \"ENOPE\"");
}

TEST_CASE("What a runtime refuses, and where") {
  const std::string crun_only = R"({"names":["mkdir"],"action":"SCMP_ACT_ALLOW","errnoRet":1})";
  const struct {
    std::string profile;
    Runtime runtime;
    std::string expected;
  } cases[] = {
      {R"({"syscalls":[{"names":["mkdir"],"action":"SCMP_ACT_ALLOW"}]})", Runtime::Runc,
       "refused 0: the container would not start: the profile has no \"defaultAction\""},
      {R"({"syscalls":[]})", Runtime::Runc, "no filter"},
      {R"({"syscalls":[]})", Runtime::Crun,
       "refused 0: the container would not start: the profile has no \"defaultAction\""},
      {profile_with(kErrno + R"(,"defaultErrnoRet":4096)"), Runtime::Runc,
       "refused 1: the container would not start: errno 4096 is larger than 4094"},
      {profile_with(kErrno, R"({"names":["mkdir"],"action":"SCMP_ACT_ERRNO","errnoRet":5000})"),
       Runtime::Runc, "refused 2: the container would not start: errno 5000 is larger than 4094"},
      {profile_with(kErrno, crun_only), Runtime::Crun,
       "refused 2: the container would not start: crun refuses an errno beside SCMP_ACT_ALLOW"},
      {profile_with(kErrno, crun_only), Runtime::Runc, "archs x86_64; rules 1; default errno 1"},
      {profile_with(
           kErrno,
           R"({"names":["mkdir"],"action":"SCMP_ACT_ALLOW","args":[{"index":6,"value":1,"op":"SCMP_CMP_EQ"}]})"),
       Runtime::Runc, "refused 2: the container would not start: a call has no argument 6"},
      {profile_with(R"("defaultAction":"SCMP_ACT_NOTIFY")"), Runtime::Runc,
       "refused 1: the container would not start: runc refuses SCMP_ACT_NOTIFY as the default "
       "action"},
      {profile_with(kErrno, R"({"names":["mkdir"],"action":"SCMP_ACT_NOTIFY"})"), Runtime::Runc,
       "refused 2: the container would not start: SCMP_ACT_NOTIFY without \"listenerPath\""},
      {profile_with(kErrno, R"({"names":["mkdir"],"action":"SCMP_ACT_NOTIFY"})"), Runtime::Crun,
       "archs x86_64; rules 1; default errno 1"},
      {profile_with(kErrno + R"(,"listenerPath":"/l")",
                    R"({"names":["write"],"action":"SCMP_ACT_NOTIFY"})"),
       Runtime::Runc,
       "refused 2: the container would not start: runc refuses SCMP_ACT_NOTIFY for write"},
      {profile_with(kErrno, R"({"names":[""],"action":"SCMP_ACT_ALLOW"})"), Runtime::Runc,
       "refused 2: the container would not start: runc refuses an empty name"},
      {profile_with(kErrno + R"(,"flags":["LOG"])"), Runtime::Runc,
       "refused 1: the container would not start: runtimes know no flag \"LOG\""},
      {profile_with(kErrno + R"(,"architectures":["SCMP_ARCH_PARISC"])"), Runtime::Runc,
       "refused 1: the container would not start: runc knows no architecture \"SCMP_ARCH_PARISC\""},
  };
  for (const auto& [profile, runtime, expected] : cases) {
    CAPTURE(profile);
    CHECK(flattened(profile, on(Arch::X86_64, runtime)) == expected);
  }
  CHECK_FALSE(
      flatten(read(profile_with(kErrno)), Context{}).has_value());  // no architecture, no answer
}

TEST_CASE("flags: absent means speculation is left alone, empty means nothing") {
  CHECK(flatten(read(profile_with(kErrno)), on(Arch::X86_64))->spec_allow);
  CHECK_FALSE(flatten(read(profile_with(kErrno + R"(,"flags":[])")), on(Arch::X86_64))->spec_allow);
  CHECK(flatten(read(profile_with(kErrno + R"(,"flags":["SECCOMP_FILTER_FLAG_LOG"])")),
                on(Arch::X86_64))
            ->flags.size() == 1);
}

TEST_CASE("Capabilities in every spelling") {
  CHECK(parse_caps("none")->empty());
  CHECK(parse_caps("all")->size() == 41);
  CHECK(parse_caps("default") == docker_default_caps());
  CHECK(parse_caps("sys_admin, CAP_BPF") == std::set<std::string>{"CAP_SYS_ADMIN", "CAP_BPF"});
  CHECK(parse_caps("+SYS_ADMIN,-mknod")->size() == 14);
  CHECK(parse_caps("-mknod")->size() == 13);
  CHECK(parse_caps("default,+syslog")->contains("CAP_SYSLOG"));
  CHECK_FALSE(parse_caps("CAP_NOPE").has_value());
  CHECK_FALSE(parse_caps("").has_value());
}
