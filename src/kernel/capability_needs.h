// Which capability the kernel asks for, by call, arguments and situation. Facts; rows and sources
// stand in capability_needs.inc.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "kernel/argument_test.h"
#include "kernel/kernel_version.h"

namespace medic::kernel {

// What is known beside the call itself. Nothing given: every value counts as possible.
struct Situation {
  Arch arch = Arch::Unknown;
  std::optional<KernelVersion> kernel{};
  std::optional<std::int64_t>
      own_pid{};  // the caller's own process or thread id, as its pid arguments count
  std::optional<bool> target_is_self{};  // of calls whose target is behind a descriptor:
                                         // pidfd_getfd, process_madvise
  std::optional<bool> no_new_privs{};
  // sysctls of the host
  std::optional<int> unprivileged_bpf_disabled{};
  std::optional<int> perf_event_paranoid{};
  std::optional<int> dmesg_restrict{};
  std::optional<int> unprivileged_userfaultfd{};
  std::optional<int> io_uring_disabled{};
};

struct CapabilityNeed {
  // None: whoever lacks every capability may do it, so that granting one cannot help. Needed:
  // whoever lacks it is refused. Object: asked for or not by whose the object is, by a limit or by
  // a setting. Unknown: the arguments that decide are not known, or no row speaks of the call.
  enum class Kind : std::uint8_t { None, Needed, Object, Unknown } kind = Kind::Unknown;
  // Where it has to be held. First: the first user namespace, so that root in a user namespace is
  // refused although it holds it there.
  enum class Where : std::uint8_t { Own, Owner, First } where = Where::Own;
  std::string_view capabilities;  // "CAP_BPF|CAP_SYS_ADMIN", "CAP_SYS_ADMIN+CAP_SYS_CHROOT"; for
                                  // Unknown: what it may be; empty: none
  int error = 0;  // what the kernel answers to one who is asked for it and lacks it; 0 where no row
                  // speaks of the call
  std::string_view why;  // a clause; empty where there is nothing to say
  std::string_view source;

  // The first that is named, "CAP_BPF"; empty when none is.
  std::string_view first() const;
  // Is one of the alternatives among these capabilities ("CAP_…")? False when none is named.
  bool met_by(const std::set<std::string>& held) const;
  // "CAP_BPF or CAP_SYS_ADMIN", "CAP_SYS_ADMIN and CAP_SYS_CHROOT".
  std::string text() const;
};

// call_text is the call as the log writes it; empty where the log has none.
CapabilityNeed capabilities_needed(NameId name, const Args& args, std::string_view call_text = {},
                                   const Situation& situation = {});

// All alternatives parted by |, that some row of the call names; for tables that show a call
// without arguments.
std::vector<std::string_view> capabilities_named(NameId name);

// Do the words (alternatives parted by |; one that begins with ! must be absent) fit the call's
// text?
Holds words_hold(std::string_view words, std::string_view text);

}  // namespace medic::kernel
