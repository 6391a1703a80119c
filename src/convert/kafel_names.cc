// kafel's names beside those of the kernel's tables.
#include "convert/kafel_names.h"

#include <algorithm>
#include <array>
#include <string>

#include "kernel/arch.h"

namespace medic::profile::formats {
namespace {

struct Alias {
  std::string_view theirs, ours;
};
// Each holds where the architecture has the call that is ours.
constexpr Alias kAliases[] = {
    {"newstat", "stat"},         {"newfstat", "fstat"},          {"newlstat", "lstat"},
    {"stat", "oldstat"},         {"fstat", "oldfstat"},          {"lstat", "oldlstat"},
    {"newuname", "uname"},       {"uname", "olduname"},          {"olduname", "oldolduname"},
    {"umount", "umount2"},       {"oldumount", "umount"},        {"sysctl", "_sysctl"},
    {"llseek", "_llseek"},       {"select", "_newselect"},       {"old_select", "select"},
    {"getrlimit", "ugetrlimit"}, {"old_getrlimit", "getrlimit"}, {"old_mmap", "mmap"},
    {"mmap_pgoff", "mmap2"},     {"old_readdir", "readdir"},
};
// On 64-bit architectures: the calls that a kafel of 2019 lacks, or has under another name.
constexpr std::string_view kOtherwise[] = {
    "_sysctl",   "fstat",           "io_pgetevents", "lstat",    "pkey_alloc",
    "pkey_free", "pkey_mprotect",   "rseq",          "sendfile", "stat",
    "statx",     "sync_file_range", "umount2",       "uname",
};
constexpr kernel::LibseccompVersion kNamesKnown{2, 4, 0};

kernel::NameId existing(std::string_view name, kernel::Arch arch) {
  const kernel::NameId id = kernel::find_name(name);
  return id != kernel::kNoName && kernel::number_of(id, arch) ? id : kernel::kNoName;
}

}  // namespace

kernel::NameId call_of_kafel(std::string_view name, kernel::Arch arch) {
  if (name.ends_with("16")) {
    const std::string_view short_ids = name.substr(0, name.size() - 2);
    if (existing(std::string(short_ids) + "32", arch) != kernel::kNoName)
      return existing(short_ids, arch);
  }
  if (const auto wide = existing(std::string(name) + "32", arch); wide != kernel::kNoName)
    return wide;
  for (const Alias& alias : kAliases) {
    if (alias.theirs != name) continue;
    if (const auto id = existing(alias.ours, arch); id != kernel::kNoName) return id;
  }
  if (name == "sendfile64" && existing(name, arch) == kernel::kNoName)
    return existing("sendfile", arch);
  if (name == "sync_file_range2" && existing(name, arch) == kernel::kNoName) {
    const auto id = existing("arm_sync_file_range", arch);
    return id != kernel::kNoName ? id : existing("sync_file_range", arch);
  }
  return existing(name, arch);
}

bool kafel_has_name(kernel::NameId name, kernel::Arch arch) {
  using kernel::Arch;
  if (arch != Arch::X86_64 && arch != Arch::Aarch64 && arch != Arch::Riscv64) return false;
  return kernel::known_to_libseccomp(name, kNamesKnown) &&
         std::ranges::find(kOtherwise, kernel::name_of(name)) == std::end(kOtherwise);
}

}  // namespace medic::profile::formats
