// The ledger looked at from the side of one refused call: what else the same process, or another
// layer, did at that moment.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>

#include "diagnose/case.h"

namespace medic::diagnose {

// Indexes made once for a rule's run; the case must outlive it.
class Observed {
 public:
  explicit Observed(const Case& c);

  // The denial that SELinux, AppArmor, … wrote of this very refusal: same process number, same
  // moment, an errno they give. Null when there is none.
  const ledger::LayerDenial* denial_beside(const ledger::Observation& refused) const;
  // The refused calls that this denial explains.
  std::vector<const ledger::Observation*> refused_beside(const ledger::LayerDenial& denial) const;
  // Did a security module refuse the call of this refusal by a file's mode? Then the mode had
  // permitted it: to another group of the caller, or by an access control list.
  bool is_a_modules(const ledger::LayerDenial& by_mode) const;

  // What the caller of a refused call did instead, successfully and afterwards, in the same
  // process.
  struct Fallback {
    const ledger::Observation* observation = nullptr;  // null: it went on without
    std::string text;                                  // for people: what stood in, and where
  };
  std::optional<Fallback> fallback_after(const Group& refused) const;

  // Does the log show that the call's path is a device node, wherever it lies: made by mknod, or
  // looked at by stat?
  bool is_device(const ledger::Observation& call) const;

  // Did the same call, with the same arguments as far as known, succeed in the same process once it
  // was filtered?
  bool succeeded_elsewhere(const Group& failed) const;

 private:
  const Case& subject_;
  std::set<std::string, std::less<>> devices_;  // paths
  std::unordered_multimap<std::int64_t, const ledger::LayerDenial*> denials_by_pid_;
  std::unordered_multimap<std::int64_t, const ledger::Observation*> refused_by_pid_;
  std::unordered_multimap<kernel::NameId, const ledger::Observation*> returned_by_name_;
};

}  // namespace medic::diagnose
