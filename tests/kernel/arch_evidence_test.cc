// Names, numbers and paths that decide an architecture, and those that do not.
#include <doctest/doctest.h>

#include "kernel/arch_evidence.h"
#include "kernel/filter_owner.h"

namespace medic::kernel {
namespace {

std::string fits(std::vector<std::string_view> names, Width width) {
  std::vector<NameId> ids;
  for (const std::string_view each : names) ids.push_back(find_name(each));
  std::string out;
  for (const Arch arch : all_archs_that_fit(ids, width)) out += std::string(name(arch)) + " ";
  return out;
}

}  // namespace

TEST_CASE("the architectures that fit a set of calls") {
  CHECK(fits({"clock_gettime64", "mmap2", "socketcall"}, Width::Bits32).find("x86 ") == 0);
  CHECK(fits({"set_tls"}, Width::Bits32) == "arm ");
  CHECK(fits({"riscv_hwprobe"}, Width::Any) == "riscv64 ");
  CHECK(fits({"riscv_hwprobe", "set_tls"}, Width::Any).empty());
  CHECK(fits({"read"}, Width::Bits64).find("x86 ") == std::string::npos);
}

TEST_CASE("calls that one architecture alone has") {
  CHECK(only_arch_of(find_name("riscv_flush_icache")) == Arch::Riscv64);
  CHECK(only_arch_of(find_name("s390_sthyi")) == std::nullopt);  // s390 and s390x
  CHECK(only_arch_of(find_name("set_tls")) == Arch::Arm);
  CHECK_FALSE(only_arch_of(find_name("read")).has_value());
  CHECK_FALSE(only_arch_of(kNoName).has_value());
}

TEST_CASE("a number above the table's end") {
  CHECK_FALSE(above_table({Arch::X86_64, 40}));
  CHECK(above_table({Arch::X86_64, 9999}));
  CHECK_FALSE(above_table({Arch::Unknown, 9999}));
  const auto with = personalities_with({Arch::X86_64, 0x19c});
  REQUIRE(with.size() == 1);
  CHECK(with.front() == Arch::X86);
}

TEST_CASE("library folders and loaders") {
  CHECK(arch_from_path("/lib/x86_64-linux-gnu/libc.so.6") == Arch::X86_64);
  CHECK(arch_from_path("/usr/lib/arm-linux-gnueabihf/libm.so.6") == Arch::Arm);
  CHECK(arch_from_path("/lib/ld-linux.so.2") == Arch::X86);
  CHECK(arch_from_path("/lib64/ld-linux-x86-64.so.2") == Arch::X86_64);
  CHECK(arch_from_path("/lib/ld-musl-aarch64.so.1") == Arch::Aarch64);
  CHECK_FALSE(arch_from_path("/etc/ld.so.cache").has_value());
}

TEST_CASE("who installs filters") {
  const auto owner = [](const FilterClues& clues) {
    const auto found = filter_owner(clues);
    return found ? std::string(name(found->kind)) + (found->by_comm_alone ? "? " : " ") +
                       std::string(found->name)
                 : "unknown";
  };
  CHECK(owner({"chrome", "/opt/google/chrome/chrome", "", ""}) == "program Chromium's sandbox");
  CHECK(owner({"chrome", "", "", ""}) == "program? Chromium's sandbox");
  CHECK(owner({"chrome", "/usr/bin/evil", "", ""}) == "unknown");
  CHECK(owner({"", "/usr/local/bin/firejail", "", ""}) == "sandbox Firejail");
  CHECK(owner({"sshd", "/usr/sbin/sshd", "", "/system.slice/ssh.service"}) ==
        "program OpenSSH's sandbox");
  CHECK(owner({"foo", "/snap/foo/12/bin/foo", "snap.foo.foo", ""}) ==
        "sandbox snap confinement (snapd)");
  CHECK(owner({"nginx", "/usr/sbin/nginx", "", "/system.slice/docker-0123456789ab.scope"}) ==
        "container the container's engine");
  CHECK(owner({"nginx", "/usr/sbin/nginx", "", "/system.slice/nginx.service"}) ==
        "unit the systemd unit");
  CHECK(owner({"bash", "/bin/bash", "", "/user.slice/user-1000.slice/user@1000.service"}) ==
        "unknown");
  CHECK(owner({"bash", "/bin/bash", "unconfined", ""}) == "unknown");
  CHECK(owner({"chronyd", "/usr/sbin/chronyd", "", "chrony.service"}) == "program chrony's filter");
}

TEST_CASE("every row of the catalogue says what to do and where it is from") {
  std::size_t count = 0;
#define OWNER(comm, exe, unit, label, kind, name, filters, fix, source)           \
  ++count;                                                                        \
  CHECK(!std::string_view(name).empty());                                         \
  CHECK(!std::string_view(source).empty());                                       \
  CHECK(std::string_view(fix).starts_with("If "));                                \
  CHECK(std::string_view(fix).ends_with("."));                                    \
  CHECK_FALSE((std::string_view(comm).empty() && std::string_view(exe).empty() && \
               std::string_view(unit).empty() && std::string_view(label).empty()));
#include "kernel/filter_owners.inc"
#undef OWNER
  CHECK(count > 40);
}

}  // namespace medic::kernel
