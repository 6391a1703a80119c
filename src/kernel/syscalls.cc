#include "kernel/syscalls.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>

#include "base/text.h"

namespace medic::kernel {
namespace {

constexpr std::string_view kNames[] = {
#define SYSCALL_NAME(name) name,
#include "kernel/tables/names.inc"
#undef SYSCALL_NAME
};

#define SYSCALL(number, name) TableRow{number, name},
constexpr TableRow kTable_x86_64[] = {
#include "kernel/tables/x86_64.inc"
};
constexpr TableRow kTable_x86[] = {
#include "kernel/tables/x86.inc"
};
constexpr TableRow kTable_x32[] = {
#include "kernel/tables/x32.inc"
};
constexpr TableRow kTable_arm[] = {
#include "kernel/tables/arm.inc"
};
constexpr TableRow kTable_aarch64[] = {
#include "kernel/tables/aarch64.inc"
};
constexpr TableRow kTable_loongarch64[] = {
#include "kernel/tables/loongarch64.inc"
};
constexpr TableRow kTable_m68k[] = {
#include "kernel/tables/m68k.inc"
};
constexpr TableRow kTable_mips[] = {
#include "kernel/tables/mips.inc"
};
constexpr TableRow kTable_mips64[] = {
#include "kernel/tables/mips64.inc"
};
constexpr TableRow kTable_mips64n32[] = {
#include "kernel/tables/mips64n32.inc"
};
constexpr TableRow kTable_parisc[] = {
#include "kernel/tables/parisc.inc"
};
constexpr TableRow kTable_parisc64[] = {
#include "kernel/tables/parisc64.inc"
};
constexpr TableRow kTable_ppc[] = {
#include "kernel/tables/ppc.inc"
};
constexpr TableRow kTable_ppc64[] = {
#include "kernel/tables/ppc64.inc"
};
constexpr TableRow kTable_riscv64[] = {
#include "kernel/tables/riscv64.inc"
};
constexpr TableRow kTable_s390[] = {
#include "kernel/tables/s390.inc"
};
constexpr TableRow kTable_s390x[] = {
#include "kernel/tables/s390x.inc"
};
constexpr TableRow kTable_sh[] = {
#include "kernel/tables/sh.inc"
};
#undef SYSCALL

constexpr std::array<std::span<const TableRow>, kArchCount> kTables{{
#define ARCH(id, name, oci, go, audit, bits, table, parent, mux) \
  std::span<const TableRow>(kTable_##table),
#include "kernel/arch.def"
#undef ARCH
}};

// Numbers by name and architecture, built at first use: profiles resolve thousands of names.
using NumberMatrix = std::vector<std::array<std::int32_t, kArchCount>>;

NumberMatrix build_numbers() {
  NumberMatrix numbers(std::size(kNames));
  for (auto& row : numbers) row.fill(INT32_MIN);
  for (std::size_t arch = 0; arch < kArchCount; ++arch) {
    for (const TableRow& row : kTables[arch]) numbers[row.name][arch] = row.number;
  }
  return numbers;
}

const NumberMatrix& numbers() {
  static const NumberMatrix matrix = build_numbers();
  return matrix;
}

struct Alias {
  std::string_view text;
  std::string_view name;
};

// libaudit 3.0.9's and strace 6's table names, man-page and libc names, against libseccomp's.
constexpr Alias kAliases[] = {
    {"pread", "pread64"},
    {"pwrite", "pwrite64"},
    {"newstat", "stat"},
    {"newlstat", "lstat"},
    {"newfstat", "fstat"},
    {"fstatat", "newfstatat"},
    {"newuname", "uname"},
    {"sys_kexec_load", "kexec_load"},
    {"newselect", "_newselect"},
    {"llseek", "_llseek"},
    {"sysctl", "_sysctl"},
    {"_exit", "exit_group"},
    {"signalfd2", "signalfd4"},
    {"fadvise", "fadvise64"},
    {"sendfile32", "sendfile"},
    {"getrlimit64", "prlimit64"},
    {"epoll_ctl_mod", "epoll_ctl"},
    {"umount", "umount2"},
    {"oldumount", "umount"},
    {"madvise1", "madvise"},
    {"sync_file_range2", "sync_file_range"},
    {"pselect", "pselect6"},
    {"wait3", "wait4"},
    {"readdir64", "getdents64"},
    {"eventfd0", "eventfd"},
    {"sbrk", "brk"},
    {"posix_fadvise", "fadvise64"},
    {"setxid", "setuid"},
    {"sigaltstack2", "sigaltstack"},
    {"mq_send", "mq_timedsend"},
    {"mq_receive", "mq_timedreceive"},
    {"clock_gettime32", "clock_gettime"},
    {"restart", "restart_syscall"},
};

struct ArchAlias {
  Arch arch;
  std::string_view text;
  std::string_view name;
};
constexpr ArchAlias kArchAliases[] = {
    {Arch::Arm, "fadvise64_64", "arm_fadvise64_64"},
    {Arch::Arm, "sync_file_range2", "arm_sync_file_range"},
    {Arch::Aarch64, "getdents", "getdents64"},
    {Arch::Aarch64, "newfstat", "fstat"},
};

struct Release {
  LibseccompVersion version;
  std::int32_t newest;  // the highest x86_64 number in that release's table
};
// libseccomp's CHANGELOG and src/syscalls.csv at each tag.
constexpr Release kReleases[] = {
    {{2, 3, 2, 0}, 331}, {{2, 3, 3, 0}, 332}, {{2, 4, 0, 0}, 334}, {{2, 4, 2, 0}, 435},
    {{2, 4, 4, 0}, 439}, {{2, 5, 0, 0}, 439}, {{2, 5, 1, 0}, 439}, {{2, 5, 2, 0}, 447},
    {{2, 5, 3, 0}, 448}, {{2, 5, 4, 0}, 450}, {{2, 5, 5, 0}, 456}, {{2, 6, 0, 0}, 466},
    {{2, 6, 1, 0}, 471},
};

struct Distribution {
  std::string_view suffix;
  LibseccompVersion release;
  std::int32_t newest;
};
// Builds with names back-ported: Debian 12's package 2.5.4-1+deb12u1 resolves cachestat, fchmodat2,
// map_shadow_stack, futex_wake and all other names up to 456 (measured).
constexpr Distribution kDistributions[] = {{"deb12", {2, 5, 4, 0}, 456}};

std::int32_t newest_number(LibseccompVersion version) {
  if (version.newest_number != 0) return version.newest_number;
  std::int32_t newest = kReleases[0].newest;
  for (const Release& release : kReleases) {
    if (release.version <= version) newest = release.newest;
  }
  return version > std::end(kReleases)[-1].version ? INT32_MAX : newest;
}

}  // namespace

std::string_view tables_version() { return "v7.1.0-rc4 2026-05-19"; }

std::span<const std::string_view> all_names() { return kNames; }

NameId find_name(std::string_view name) {
  const auto found = std::lower_bound(std::begin(kNames), std::end(kNames), name);
  if (found == std::end(kNames) || *found != name) return kNoName;
  return static_cast<NameId>(found - std::begin(kNames));
}

std::string_view name_of(NameId id) {
  return id < std::size(kNames) ? kNames[id] : std::string_view{};
}

std::span<const TableRow> table(Arch arch) { return kTables[static_cast<std::size_t>(arch)]; }

NameId name_at(SyscallId id) {
  if (id.arch == Arch::Unknown) return kNoName;
  const auto rows = table(id.arch);
  // Most tables begin with all numbers from 0 on.
  const auto place = static_cast<std::uint32_t>(id.number);
  if (place < rows.size() && rows[place].number == id.number) return rows[place].name;
  const auto found = std::lower_bound(
      rows.begin(), rows.end(), id.number,
      [](const TableRow& row, std::int32_t number) { return row.number < number; });
  return found == rows.end() || found->number != id.number ? kNoName : found->name;
}

std::string_view known_name(SyscallId id) { return name_of(name_at(id)); }

std::optional<std::int32_t> number_of(NameId name, Arch arch) {
  if (name >= std::size(kNames) || arch == Arch::Unknown) return std::nullopt;
  const std::int32_t number = numbers()[name][static_cast<std::size_t>(arch)];
  if (number == INT32_MIN) return std::nullopt;
  return number;
}

NameId find_alias(std::string_view text, Arch arch) {
  for (const ArchAlias& alias : kArchAliases) {
    if (alias.arch == arch && alias.text == text) return find_name(alias.name);
  }
  for (const Alias& alias : kAliases) {
    if (alias.text == text) return find_name(alias.name);
  }
  return kNoName;
}

std::vector<NameId> nearest_names(std::string_view text, std::size_t limit) {
  std::string folded(text.substr(0, 64));
  for (char& c : folded) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    if (c == '-' || c == ' ') c = '_';
  }
  const unsigned reach = folded.size() < 4 ? 1 : folded.size() < 8 ? 2 : 3;
  std::vector<std::pair<unsigned, NameId>> ranked;
  for (NameId id = 0; id < std::size(kNames); ++id) {
    const unsigned distance = edit_distance(folded, kNames[id], reach);
    if (distance <= reach) ranked.emplace_back(distance, id);
  }
  std::stable_sort(ranked.begin(), ranked.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<NameId> out;
  for (const auto& [distance, id] : ranked) {
    if (out.size() < limit) out.push_back(id);
  }
  return out;
}

std::optional<LibseccompVersion> parse_libseccomp_version(std::string_view text) {
  if (text == "newest") return LibseccompVersion{};
  if (const std::size_t plus = text.find('+'); plus != std::string_view::npos) {
    auto release = parse_libseccomp_version(text.substr(0, plus));
    const auto found = std::find_if(
        std::begin(kDistributions), std::end(kDistributions), [&](const Distribution& row) {
          return row.suffix == text.substr(plus + 1) && release == row.release;
        });
    if (found == std::end(kDistributions)) return std::nullopt;
    release->newest_number = found->newest;
    return release;
  }
  const auto release = parse_release(text);
  if (!release) return std::nullopt;
  return LibseccompVersion{(*release)[0], (*release)[1], (*release)[2], 0};
}

bool known_to_libseccomp(NameId name, LibseccompVersion version) {
  const std::int32_t newest = newest_number(version);
  // Two x86-64 calls filled a hole in the numbering long after their neighbours.
  if (name_of(name) == "uretprobe") return newest >= 466;
  if (name_of(name) == "uprobe") return newest >= 471;
  if (const auto number = number_of(name, Arch::X86_64)) return *number <= newest;
  // From 424 on all architectures share one numbering (arch/*/syscall.tbl), so an entry without an
  // x86_64 number is placed by any other.
  for (const ArchInfo& arch : all_archs()) {
    const auto number = number_of(name, arch.arch);
    if (number && arch.bits == 64 && *number >= 424 && *number < 1000) return *number <= newest;
  }
  return true;
}

}  // namespace medic::kernel
