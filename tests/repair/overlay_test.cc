// Overlays: written, read, applied to another profile.
#include "proofs.h"
#include <fmt/format.h>

#include "repair/overlay.h"

using namespace medic;
using namespace medic::repair;
using namespace medic::repair::test;

namespace {

const std::string kBase = deny_all_but(
    R"({"names":["read"],"action":"SCMP_ACT_ALLOW"},{"names":["rmdir"],"action":"SCMP_ACT_ERRNO","errnoRet":13},
  {"names":["personality"],"action":"SCMP_ACT_ALLOW","args":[{"index":0,"value":0,"op":"SCMP_CMP_EQ"}]})");

Overlay read_back(const std::string& text) {
  auto overlay = read_overlay(text, "o.json");
  REQUIRE_MESSAGE(overlay.has_value(), (overlay ? "" : overlay.error().text));
  return *overlay;
}

profile::Context context() { return on_x86_64().context; }

}  // namespace

TEST_CASE("What a repair adds, written and read back, makes the same profile of the same base") {
  const profile::Profile base = read(kBase);
  Options options = on_x86_64();
  options.overrides = {"rmdir"};
  PermissionRequest old_program = request("read");
  old_program.syscall.arch = kernel::Arch::X86;
  old_program.syscall.number = 3;
  const auto repaired = repair::repair(
      base, {request("mkdir"), request("rmdir"), request("personality", {8}), old_program}, {}, {},
      options);
  REQUIRE(repaired.has_value());
  REQUIRE(repaired->complete());
  const std::string text = write_overlay(overlay_of(base, repaired->edits));
  const Overlay overlay = read_back(text);
  CHECK(write_overlay(overlay) == text);
  CHECK(overlay.overrides == std::set<std::string>{"rmdir"});
  CHECK(overlay.architectures == std::vector<kernel::Arch>{kernel::Arch::X86});
  const auto applied = apply_overlay(base, overlay, context());
  REQUIRE(applied.has_value());
  CHECK(applied->complete());
  CHECK(applied->text == repaired->text);
  const auto again = apply_overlay(read(applied->text), overlay, context());
  REQUIRE(again.has_value());
  CHECK(again->text == applied->text);
}

TEST_CASE("The rule that keeps ENOSYS belongs to the base, and another base gets its own") {
  const profile::Profile base = read(kBase);
  Options options = on_x86_64();
  options.overrides = {"mseal"};
  const auto repaired = repair::repair(base, {request("mseal")}, {}, {}, options);
  REQUIRE(repaired.has_value());
  const Overlay overlay = overlay_of(base, repaired->edits);
  REQUIRE(overlay.rules.size() == 1);
  CHECK(overlay.rules.front().names == std::vector<std::string>{"mseal"});
  const auto applied =
      apply_overlay(read(deny_all_but(R"({"names":["cachestat"],"action":"SCMP_ACT_ALLOW"})")),
                    overlay, context());
  REQUIRE(applied.has_value());
  CHECK(applied->verification.holds());
  CHECK(applied->text.find("\"statmount\"") !=
        std::string::npos);  // beyond cachestat: would have flipped
  CHECK(applied->text.find("\"statx\"") == std::string::npos);  // below it: was EPERM before
}

TEST_CASE("What is no overlay is refused at its place") {
  const char* cases[][2] = {
      {R"({"syscalls":[]})", "no overlay"},
      {R"({"schema":"seccomp-medic/overlay/2","syscalls":[]})", "no overlay"},
      {R"([])", "no overlay"},
      {R"({"schema":"seccomp-medic/overlay/1","defaultAction":"SCMP_ACT_ALLOW","syscalls":[]})",
       "defaultAction"},
      {R"({"schema":"seccomp-medic/overlay/1","override":["mkdri"],"syscalls":[]})",
       "no system call"},
      {R"({"schema":"seccomp-medic/overlay/1","override":7,"syscalls":[]})", "no list"},
      {R"({"schema":"seccomp-medic/overlay/1","syscalls":[{"names":["mkdir"],"action":"SCMP_ACT_KILL"}]})",
       "only permits"},
      {R"({"schema":"seccomp-medic/overlay/1","syscalls":[{"names":["mkdir"],"action":"SCMP_ACT_LOG"}]})",
       "only permits"},
      {R"({"schema":"seccomp-medic/overlay/1","syscalls":[{"names":["mkdir"],"action":"SCMP_ACT_ALLOW","args":[{"index":4000000000,"value":1,"op":"SCMP_CMP_EQ"}]}]})",
       ""},
      {R"({"schema":"seccomp-medic/overlay/1","syscalls":[{"names":["mkdir"],"action":"SCMP_ACT_ALLOW","includes":{"caps":["CAP_CHOWN"]}}]})",
       "includes"},
  };
  for (const auto& [text, part] : cases) {
    CAPTURE(text);
    const auto overlay = read_overlay(text, "o.json");
    REQUIRE_FALSE(overlay.has_value());
    CHECK(overlay.error().text.find(part) != std::string::npos);
    CHECK(overlay.error().file == "o.json");
    CHECK(overlay.error().line == 1);
  }
}

TEST_CASE("A rule that the base denies by name stays") {
  const auto applied = apply_overlay(
      read(kBase),
      read_back(
          R"({"schema":"seccomp-medic/overlay/1","syscalls":[{"names":["rmdir"],"action":"SCMP_ACT_ALLOW"}]})"),
      context());
  REQUIRE(applied.has_value());
  CHECK_FALSE(applied->complete());
  REQUIRE(applied->refused.size() == 1);
  CHECK(applied->refused.front().reason == Reason::ExplicitDeny);
  CHECK(applied->edits.empty());
}

TEST_CASE("A condition that names no single value is added and proven for all values") {
  const auto applied = apply_overlay(
      read(kBase),
      read_back(
          R"({"schema":"seccomp-medic/overlay/1","syscalls":[{"names":["socket"],"action":"SCMP_ACT_ALLOW","args":[{"index":0,"value":40,"op":"SCMP_CMP_NE"}]}]})"),
      context());
  REQUIRE(applied.has_value());
  CHECK(applied->complete());
  CHECK(applied->verification.newly_permitted ==
        std::vector<std::string>{"socket (x86_64) where arg0 != 40"});
}

TEST_CASE("A rebased overlay drops what the new base permits, and says what it newly denies") {
  const auto with = [](const char* names) {
    return deny_all_but(fmt::format(R"({{"names":[{}],"action":"SCMP_ACT_ALLOW"}})", names));
  };
  const profile::Profile old_base = read(with(R"("read","write")")),
                         new_base = read(with(R"("read","mkdir")"));
  const auto repaired =
      repair::repair(old_base, {request("mkdir"), request("rmdir")}, {}, {}, on_x86_64());
  REQUIRE(repaired.has_value());
  Overlay overlay = overlay_of(old_base, repaired->edits);
  overlay.base = "docker@27";
  const Overlay back = read_back(write_overlay(overlay));
  CHECK(back.base == "docker@27");
  const auto rebased = rebase_overlay(&old_base, new_base, back, context());
  REQUIRE(rebased.has_value());
  CHECK(rebased->made.complete());
  REQUIRE(rebased->overlay.rules.size() == 1);
  CHECK(rebased->overlay.rules.front().names == std::vector<std::string>{"rmdir"});
  CHECK(rebased->overlay.base == "p.json");
  REQUIRE(rebased->newly_denied.size() == 1);
  CHECK(rebased->newly_denied.front().starts_with("write "));
  // Without the old base nothing is claimed of it.
  CHECK(rebase_overlay(nullptr, new_base, back, context())->newly_denied.empty());
}
