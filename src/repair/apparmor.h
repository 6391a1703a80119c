// AppArmor denials in, the smallest rules that permit them out, in the profile's own text:
// AppArmor's language, or the TOML that bane makes profiles of.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "base/result.h"
#include "ledger/ledger.h"

namespace medic::repair {

// An access that AppArmor refused, as its record says.
struct AccessRequest {
  std::string profile;  // the name of the profile that refused it
  std::string rule;  // that would permit it, with its comma; empty: the record does not say enough
  std::string what;  // for people: "open (r) of /etc/x"
  bool enforced = true;    // false: it was logged alone (complain mode)
  bool is_trusted = true;  // false: whoever is confined may have written the record
  std::string place;       // "audit.log:3"
};
std::vector<AccessRequest> access_requests(const ledger::Ledger& ledger,
                                           const std::vector<ledger::InputAccount>& inputs);

struct AccessOptions {
  std::set<std::string> accept_risk;  // "sys_admin", "mount", a path: what refusals name
  bool trust_output = false;          // records that a container may have written count, too
};

struct AddedRule {
  std::string rule;        // as it stands in the text
  std::uint64_t line = 0;  // in the new text
  std::vector<std::string> because;
};
struct RefusedAccess {
  std::string rule, why;
  std::vector<std::string> because;
};
struct AccessRepair {
  std::string text;       // the new text; the old one where nothing is to be done
  std::string generated;  // of bane's TOML the profile that its generator makes of it; else empty
  std::vector<AddedRule> added;
  std::vector<RefusedAccess> refused;
  bool complete() const { return refused.empty(); }
};

// Explicit denies stay, dangerous rules wait for accept_risk. Fails where the text is neither.
Result<AccessRepair> repair_access(const std::string& text, const std::string& path,
                                   const std::vector<AccessRequest>& requests,
                                   const AccessOptions& options);

// Does AppArmor's pattern fit the path (apparmor.d(5), "Globbing")? A variable that is not known
// here fits anything.
bool apparmor_fits(std::string_view pattern, std::string_view path);

}  // namespace medic::repair
