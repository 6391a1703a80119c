// The generated tables against the installed libseccomp: every number that both know has the same
// name.
#include <doctest/doctest.h>
#include <seccomp.h>

#include <set>
#include <string>

#include "kernel/syscalls.h"

using namespace medic::kernel;

TEST_CASE("Every architecture's numbers and names map one to one") {
  for (const ArchInfo& arch : all_archs()) {
    CAPTURE(arch.name);
    std::set<std::int32_t> numbers;
    std::set<NameId> names;
    for (const TableRow& row : table(arch.arch)) {
      CHECK_MESSAGE(numbers.insert(row.number).second, name_of(row.name), " ", row.number);
      CHECK_MESSAGE(names.insert(row.name).second, name_of(row.name));
      CHECK(number_of(row.name, arch.arch) == row.number);
      CHECK(name_at({arch.arch, row.number}) == row.name);
    }
    CHECK(numbers.size() > 300);
  }
}

TEST_CASE("Every number that the installed libseccomp knows too has its name") {
  std::size_t compared = 0, archs = 0;
  for (const ArchInfo& arch : all_archs()) {
    const std::uint32_t token = seccomp_arch_resolve_name(std::string(arch.name).c_str());
    if (token == 0) continue;  // newer than the installed library
    ++archs;
    for (const TableRow& row : table(arch.arch)) {
      const std::string name(name_of(row.name));
      const int theirs = seccomp_syscall_resolve_name_arch(token, name.c_str());
      if (theirs < 0) continue;
      ++compared;
      CHECK_MESSAGE(theirs == row.number, arch.name, " ", name);
    }
  }
  MESSAGE(compared, " numbers compared on ", archs, " architectures");
  CHECK(compared > 5000);
}

TEST_CASE("A name that only a newer libseccomp knows is known from one that an older knows") {
  CHECK(known_to_libseccomp(find_name("mkdir"), {2, 3, 0}));
  CHECK_FALSE(known_to_libseccomp(find_name("faccessat2"), {2, 4, 3}));
  CHECK(known_to_libseccomp(find_name("faccessat2"), {2, 5, 1}));
  CHECK_FALSE(known_to_libseccomp(find_name("setxattrat"), {2, 5, 4}));
  CHECK(known_to_libseccomp(find_name("setxattrat"), {2, 6, 0}));
  // The installed library is the oracle for its own release. Distributions backport tables (Debian
  // 12's 2.5.4 has 2.5.5's), so a name may be known there a little earlier than upstream, never
  // later.
  const scmp_version* version = seccomp_version();
  const LibseccompVersion mine{static_cast<int>(version->major), static_cast<int>(version->minor),
                               static_cast<int>(version->micro)};
  for (const TableRow& row : table(Arch::X86_64)) {
    const std::string name(name_of(row.name));
    const bool theirs = seccomp_syscall_resolve_name(name.c_str()) != __NR_SCMP_ERROR;
    if (!theirs) CHECK_MESSAGE(!known_to_libseccomp(row.name, mine), name);
    if (theirs && row.number <= 450) CHECK_MESSAGE(known_to_libseccomp(row.name, mine), name);
  }
}

TEST_CASE("Other people's spellings lead to the OCI name") {
  CHECK(name_of(find_alias("pread", Arch::X86_64)) == "pread64");
  CHECK(name_of(find_alias("fadvise64_64", Arch::Arm)) == "arm_fadvise64_64");
  CHECK(find_alias("mkdir", Arch::X86_64) == kNoName);
  CHECK(name_of(nearest_names("Capset", 1).at(0)) == "capset");
  CHECK(name_of(nearest_names("mkdri", 1).at(0)) == "mkdir");
  CHECK(nearest_names("zzzzzzzzzz", 3).empty());
}

TEST_CASE("Architectures by every spelling") {
  CHECK(arch_from_audit(0xC000003E, 59) == Arch::X86_64);
  CHECK(arch_from_audit(0xC000003E, kX32Bit + 59) == Arch::X32);
  CHECK(arch_from_audit(0xC000003E, -1) == Arch::X86_64);
  CHECK(arch_from_audit(0x40000003, 5) == Arch::X86);
  CHECK(arch_from_audit(0x12345, 5) == Arch::Unknown);
  CHECK(arch_from_oci("SCMP_ARCH_AARCH64") == Arch::Aarch64);
  CHECK_FALSE(arch_from_oci("SCMP_ARCH_ARM64").has_value());
  CHECK(arch_from_any("arm64") == Arch::Aarch64);
  CHECK(arch_from_any("i386") == Arch::X86);
  CHECK_FALSE(arch_from_any("pdp11").has_value());
}
