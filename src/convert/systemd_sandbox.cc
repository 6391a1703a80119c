#include "convert/systemd_sandbox.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "kernel/constants.h"
#include "policy/regions.h"

namespace medic::profile::formats {
namespace {

constexpr int kEAFNOSUPPORT = 97;  // asm-generic/errno.h
constexpr int kMostFamilies = 46;  // AF_MAX of Linux 6.1 (linux/socket.h)

// Switches, in the order in which systemd installs their filters (src/core/execute.c); address
// families come before them, namespaces behind RestrictSUIDSGID.
constexpr std::string_view kSwitches[] = {
    "MemoryDenyWriteExecute", "RestrictRealtime",  "RestrictSUIDSGID", "ProtectKernelTunables",
    "ProtectKernelModules",   "ProtectKernelLogs", "ProtectClock",     "PrivateDevices",
    "LockPersonality",        "ProtectHostname",   "DynamicUser"};

struct Namespace {
  std::string_view name;
  std::uint64_t flag;  // linux/sched.h
};
constexpr Namespace kNamespaces[] = {
    {"cgroup", 0x02000000}, {"ipc", 0x08000000},  {"net", 0x40000000}, {"mnt", 0x00020000},
    {"pid", 0x20000000},    {"user", 0x10000000}, {"uts", 0x04000000}, {"time", 0x00000080}};
constexpr std::uint64_t kAllNamespaces = 0x7E020080;

const Effect kRefused{Action::Errno, 1};  // EPERM
const Effect kRuns{Action::Allow, 0};

Condition has_bits(unsigned index, std::uint64_t bits) {
  Condition out;
  out.index = index;
  out.op = Op::MaskedEq;
  out.value = out.value_two = bits;
  return out;
}

Condition compare(unsigned index, Op op, std::uint64_t value) {
  Condition out;
  out.index = index;
  out.op = op;
  out.value = value;
  return out;
}

Ordered always(Effect effect) { return {{}, effect, true}; }

// Refused where one of the conjunctions holds.
Ordered refused_where(std::vector<Conjunction> alternatives, Effect effect = kRefused) {
  Ordered out{{}, kRuns, false};
  for (Conjunction& each : alternatives) out.branches.push_back({std::move(each), effect});
  return out;
}

std::optional<bool> boolean(std::string_view text) {
  for (const std::string_view yes : {"yes", "true", "on", "1", "y", "t"}) {
    if (text == yes) return true;
  }
  for (const std::string_view no : {"no", "false", "off", "0", "n", "f"}) {
    if (text == no) return false;
  }
  return std::nullopt;
}

// seccomp_memory_deny_write_execute: PROT_WRITE|PROT_EXEC, PROT_EXEC, SHM_EXEC. i386's mmap takes a
// struct, so that it is refused whole there.
UnitSandbox::Filter write_execute(Arch native) {
  UnitSandbox::Filter out;
  const Ordered both = refused_where({{has_bits(2, 6)}}), exec = refused_where({{has_bits(2, 4)}});
  out["mmap"] = native == Arch::X86 ? always(kRefused) : both;
  out["mmap2"] = both;
  out["mprotect"] = out["pkey_mprotect"] = exec;
  out["shmat"] = refused_where({{has_bits(2, 0x8000)}});
  return out;
}

// seccomp_restrict_realtime: all but SCHED_OTHER, SCHED_BATCH and SCHED_IDLE.
UnitSandbox::Filter realtime() {
  return {{"sched_setscheduler", refused_where({{compare(1, Op::Eq, 1)},
                                                {compare(1, Op::Eq, 2)},
                                                {compare(1, Op::Eq, 4)},
                                                {compare(1, Op::Gt, 5)}})}};
}

// seccomp_restrict_suid_sgid: modes with S_ISUID or S_ISGID; openat2, whose mode stands in memory,
// answers ENOSYS.
UnitSandbox::Filter set_id_modes() {
  constexpr std::uint64_t kSetUid = 0x800, kSetGid = 0x400, kCreate = 0x40;
  UnitSandbox::Filter out;
  for (const std::string_view name : {"chmod", "fchmod", "mkdir", "mknod", "creat"})
    out[std::string(name)] = refused_where({{has_bits(1, kSetUid)}, {has_bits(1, kSetGid)}});
  for (const std::string_view name : {"fchmodat", "fchmodat2", "mkdirat", "mknodat"})
    out[std::string(name)] = refused_where({{has_bits(2, kSetUid)}, {has_bits(2, kSetGid)}});
  out["open"] = refused_where(
      {{has_bits(1, kCreate), has_bits(2, kSetUid)}, {has_bits(1, kCreate), has_bits(2, kSetGid)}});
  out["openat"] = refused_where(
      {{has_bits(2, kCreate), has_bits(3, kSetUid)}, {has_bits(2, kCreate), has_bits(3, kSetGid)}});
  out["openat2"] = always({Action::Errno, kernel::kENOSYS});
  return out;
}

UnitSandbox::Filter whole(std::initializer_list<std::string_view> names) {
  UnitSandbox::Filter out;
  for (const std::string_view name : names) out[std::string(name)] = always(kRefused);
  return out;
}

// seccomp_restrict_address_families.
UnitSandbox::Filter only_families(bool allow, const std::set<std::uint64_t>& listed) {
  const Effect effect{Action::Errno, kEAFNOSUPPORT};
  std::vector<Conjunction> refused;
  if (!allow) {
    for (const std::uint64_t each : listed) refused.push_back({compare(0, Op::Eq, each)});
    if (refused.empty()) return {};
    return {{"socket", refused_where(std::move(refused), effect)}};
  }
  if (listed.empty()) return {{"socket", always(effect)}};
  refused.push_back({compare(0, Op::Lt, *listed.begin())});
  for (std::uint64_t each = *listed.begin(); each < *listed.rbegin(); ++each) {
    if (!listed.contains(each)) refused.push_back({compare(0, Op::Eq, each)});
  }
  refused.push_back({compare(0, Op::Gt, *listed.rbegin())});
  return {{"socket", refused_where(std::move(refused), effect)}};
}

unsigned clone_flags_index(Arch native) {
  return native == Arch::S390 || native == Arch::S390x ? 1 : 0;  // CONFIG_CLONE_BACKWARDS2
}

// Bits that are clear.
Condition lacks_bits(unsigned index, std::uint64_t bits) {
  Condition out = has_bits(index, bits);
  out.value_two = 0;
  return out;
}

// seccomp_restrict_namespaces. setns without a type reaches any namespace, so that it is refused;
// values that name none are refused here too, which the kernel does itself (EINVAL).
UnitSandbox::Filter only_namespaces(std::uint64_t kept, Arch native) {
  std::vector<Conjunction> unshare, clone, setns;
  setns.push_back({lacks_bits(1, kAllNamespaces)});
  for (const Namespace& each : kNamespaces) {
    if ((kept & each.flag) != 0) continue;
    unshare.push_back({has_bits(0, each.flag)});
    clone.push_back({has_bits(clone_flags_index(native), each.flag)});
    setns.push_back({has_bits(1, each.flag)});
  }
  return {{"unshare", refused_where(std::move(unshare))},
          {"clone", refused_where(std::move(clone))},
          {"setns", kept == 0 ? always(kRefused) : refused_where(std::move(setns))},
          {"clone3", always({Action::Errno, kernel::kENOSYS})}};
}

UnitSandbox::Filter switch_filter(std::string_view key, Arch native, bool is_32bit_personality) {
  if (key == "MemoryDenyWriteExecute") return write_execute(native);
  if (key == "RestrictRealtime") return realtime();
  if (key == "RestrictSUIDSGID") return set_id_modes();
  if (key == "ProtectKernelTunables") return whole({"_sysctl"});
  if (key == "ProtectKernelModules") return whole({"delete_module", "finit_module", "init_module"});
  if (key == "ProtectKernelLogs") return whole({"syslog"});
  if (key == "ProtectClock")
    return whole({"adjtimex", "clock_adjtime", "clock_adjtime64", "clock_settime",
                  "clock_settime64", "settimeofday"});
  if (key == "PrivateDevices")
    return whole({"ioperm", "iopl", "pciconfig_iobase", "pciconfig_read", "pciconfig_write",
                  "s390_pci_mmio_read", "s390_pci_mmio_write"});
  if (key == "ProtectHostname") return whole({"setdomainname", "sethostname"});
  if (key == "LockPersonality")
    return {{"personality", refused_where({{compare(0, Op::Ne, is_32bit_personality ? 8 : 0)}})}};
  return {};
}

bool applies(const Ordered& meaning, const kernel::Args& args, unsigned bits) {
  if (meaning.branches.empty()) return !kernel::lets_run(meaning.otherwise.action);
  return std::any_of(meaning.branches.begin(), meaning.branches.end(), [&](const Branch& branch) {
    return std::all_of(branch.all.begin(), branch.all.end(), [&](const Condition& each) {
      return !args.has(each.index) || holds(each, args.value[each.index], bits);
    });
  });
}

}  // namespace

bool is_sandbox_directive(std::string_view key) {
  return key == "RestrictAddressFamilies" || key == "RestrictNamespaces" ||
         std::find(std::begin(kSwitches), std::end(kSwitches), key) != std::end(kSwitches);
}

bool UnitSandbox::is_set(std::string_view key) const {
  const auto found = switches_.find(key);
  return found != switches_.end() && found->second;
}

bool UnitSandbox::take(std::string_view key, std::string_view value,
                       std::vector<std::string>& notes) {
  if (key == "Personality") is_32bit_personality_ = value == "x86";
  if (!is_sandbox_directive(key)) return false;
  if (key == "RestrictAddressFamilies") {
    families(value, notes);
  } else if (key == "RestrictNamespaces") {
    namespaces(value, notes);
  } else if (const auto on =
                 value == "private" || value == "strict" ? std::optional(true) : boolean(value)) {
    switches_[std::string(key)] = *on;
  } else if (value.empty()) {
    switches_.erase(std::string(key));
  } else {
    notes.push_back(
        fmt::format("{}= is no yes and no no: systemd ignores {}", key, shorten(value, 40)));
  }
  return true;
}

void UnitSandbox::families(std::string_view value, std::vector<std::string>& notes) {
  if (value.empty()) {
    families_allow_.reset();
    families_.clear();
    return;
  }
  if (value == "none") {
    families_allow_ = true;
    families_.clear();
    return;
  }
  const bool inverted = value.front() == '~';
  if (inverted) value.remove_prefix(1);
  if (!families_allow_) families_allow_ = !inverted;
  for (const std::string_view word : split(value, ' ')) {
    if (word.empty()) continue;
    const auto family = word.starts_with("AF_") ? kernel::constant_value(word, Arch::X86_64)
                                                : std::optional<std::uint64_t>();
    if (!family || *family == 0 || *family >= kMostFamilies) {
      notes.push_back(
          fmt::format("RestrictAddressFamilies= names {}, which is no address family: "
                      "systemd ignores it",
                      shorten(word, 40)));
    } else if (*families_allow_ == !inverted) {
      families_.insert(*family);
    } else {
      families_.erase(*family);
    }
  }
}

void UnitSandbox::namespaces(std::string_view value, std::vector<std::string>& notes) {
  if (value.empty()) return kept_namespaces_.reset();
  if (const auto on = boolean(value)) {
    kept_namespaces_ = *on ? 0 : kAllNamespaces;
    return;
  }
  const bool inverted = value.front() == '~';
  if (inverted) value.remove_prefix(1);
  std::uint64_t kept = kept_namespaces_.value_or(inverted ? kAllNamespaces : 0);
  for (const std::string_view word : split(value, ' ')) {
    if (word.empty()) continue;
    const auto found = std::find_if(std::begin(kNamespaces), std::end(kNamespaces),
                                    [&](const Namespace& each) { return each.name == word; });
    if (found == std::end(kNamespaces)) {
      notes.push_back(
          fmt::format("RestrictNamespaces= names {}, which is no namespace: systemd "
                      "ignores the line",
                      shorten(word, 40)));
      return;
    }
    kept = inverted ? kept & ~found->flag : kept | found->flag;
  }
  kept_namespaces_ = kept;
}

std::vector<std::pair<std::string, UnitSandbox::Filter>> UnitSandbox::filters(Arch native) const {
  std::vector<std::pair<std::string, Filter>> out;
  const auto add = [&](std::string_view key, Filter filter) {
    if (!filter.empty()) out.emplace_back(key, std::move(filter));
  };
  if (families_allow_) add("RestrictAddressFamilies", only_families(*families_allow_, families_));
  for (const std::string_view key : kSwitches) {
    if (key != "DynamicUser" &&
        (is_set(key) || (key == "RestrictSUIDSGID" && is_set("DynamicUser"))))
      add(key, switch_filter(key, native, is_32bit_personality_));
    if (key == "RestrictSUIDSGID" && kept_namespaces_ &&
        (*kept_namespaces_ & kAllNamespaces) != kAllNamespaces)
      add("RestrictNamespaces", only_namespaces(*kept_namespaces_, native));
  }
  return out;
}

std::vector<std::string> UnitSandbox::limits(const std::vector<Arch>& archs) const {
  std::vector<std::string> out;
  const bool with_x86 =
      archs.size() > 1 && std::find(archs.begin(), archs.end(), Arch::X86) != archs.end();
  if (with_x86 && families_allow_)
    out.emplace_back(
        "RestrictAddressFamilies= does not filter 32-bit programs, whose socketcall hides the "
        "family; a profile does");
  if (is_set("MemoryDenyWriteExecute"))
    out.emplace_back(
        "MemoryDenyWriteExecute= is taken as the filter that it is before systemd 254 or Linux "
        "6.3; after these the kernel itself answers, with EACCES, and SystemCallFilter= alone is "
        "left");
  if (is_set("DynamicUser") && !is_set("RestrictSUIDSGID"))
    out.emplace_back("DynamicUser= implies RestrictSUIDSGID=yes");
  return out;
}

std::vector<std::string> UnitSandbox::lifted_by(std::string_view call, const kernel::Args& args,
                                                Arch native) const {
  std::vector<std::string> out;
  const auto bits = static_cast<unsigned>(kernel::info(native).bits);
  for (const auto& [key, filter] : filters(native)) {
    const auto found = filter.find(std::string(call));
    if (found == filter.end() || !applies(found->second, args, bits)) continue;
    if (key == "RestrictAddressFamilies" && args.has(0)) {
      const std::string name =
          kernel::constant_name(kernel::find_name("socket"), 0, args.value[0], native);
      out.push_back(name.empty() ? "RestrictAddressFamilies=" : fmt::format("{}={}", key, name));
    } else if (key == "RestrictNamespaces" && call != "clone3") {
      const unsigned index = call == "setns" ? 1 : call == "clone" ? clone_flags_index(native) : 0;
      std::string names;
      for (const Namespace& each : kNamespaces) {
        if (args.has(index) && (args.value[index] & each.flag) != 0)
          names += fmt::format("{}{}", names.empty() ? "" : " ", each.name);
      }
      out.push_back(fmt::format("{}={}", key, names.empty() ? "no" : names));
    } else {
      out.push_back(key + (key.starts_with("Restrict") && key.ends_with("s") ? "=" : "=no"));
    }
  }
  return out;
}

}  // namespace medic::profile::formats
