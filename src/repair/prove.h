// From edits to a proven text: what repairs and overlays share. Internal to this folder.
#pragma once

#include "repair/repair.h"

namespace medic::repair {

// The list that additions belong into: the longest that permits plainly, other than those of
// `without`.
std::optional<std::size_t> plain_allow_rule(const profile::Profile& profile,
                                            const std::set<std::size_t>& without);

// out.edits applied, out.text and out.verification filled in. Where naming a newer call has raised
// runc's limit, a rule is added that keeps the calls between at ENOSYS.
Result<Repair> apply_and_prove(const profile::Profile& profile,
                               const std::vector<PermissionRequest>& requests,
                               const std::vector<PermissionRequest>& observed,
                               const Options& options, Repair out);

}  // namespace medic::repair
