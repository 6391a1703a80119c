// Directives of a unit beside SystemCallFilter= that install seccomp filters of their own
// (systemd.exec(5), "Sandboxing"; src/shared/seccomp-util.c of systemd 252).
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "convert/foreign.h"

namespace medic::profile::formats {

class UnitSandbox {
 public:
  // Takes an assignment, as systemd reads it: later ones add to lists, an empty value resets.
  // False: the directive installs no filter. A value that systemd would ignore becomes a note.
  bool take(std::string_view key, std::string_view value, std::vector<std::string>& notes);
  bool is_filtering() const { return !filters(kernel::Arch::X86_64).empty(); }

  // What a directive's filter makes of a call; calls that it lets run whatever their arguments are
  // not among them.
  using Filter = std::map<std::string, Ordered>;
  // In the order in which systemd installs them; each with its directive.
  std::vector<std::pair<std::string, Filter>> filters(kernel::Arch native) const;
  // What a profile, whose rules are the same on every architecture, cannot hold of them.
  std::vector<std::string> limits(const std::vector<kernel::Arch>& archs) const;

  // The assignment of a drop-in that lifts what a directive denies of this call: the narrowest
  // there is. Empty: none of them denies it.
  std::vector<std::string> lifted_by(std::string_view call, const kernel::Args& args,
                                     kernel::Arch native) const;

 private:
  bool is_set(std::string_view key) const;
  void families(std::string_view value, std::vector<std::string>& notes);
  void namespaces(std::string_view value, std::vector<std::string>& notes);

  std::map<std::string, bool, std::less<>> switches_;
  std::optional<bool> families_allow_;  // nothing: no list; true: only those listed
  std::set<std::uint64_t> families_;
  std::optional<std::uint64_t> kept_namespaces_;  // nothing: all
  bool is_32bit_personality_ = false;
};

// Is this a directive that installs a filter?
bool is_sandbox_directive(std::string_view key);

}  // namespace medic::profile::formats

namespace medic::profile {

// What a drop-in has to say so that a systemd unit permits a call.
struct UnitFix {
  std::vector<std::string> lines;  // that lift what directives beside SystemCallFilter= deny
  bool by_list = false;            // SystemCallFilter= denies it
};
// Fails where the unit cannot be read. unit.arch must be set.
Result<UnitFix> unit_fix(const ForeignText& unit, std::string_view call, const kernel::Args& args);

}  // namespace medic::profile
