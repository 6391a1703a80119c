// Union and intersection of profiles by meaning: what either, or all, permit, proven on every call
// and every region of arguments.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "edit/edit.h"
#include "policy/evaluate.h"

namespace medic::profile {

enum class MergeOp : std::uint8_t { Union, Intersection };

// Every: the architectures that any (union) or all (intersection) of the profiles know.
// Common: those that all know, for a union too; the others are killed, and a note says so.
enum class MergeArchs : std::uint8_t { Every, Common };

struct MergeOptions {
  MergeOp op = MergeOp::Union;
  MergeArchs archs = MergeArchs::Every;
};

struct Merged {
  NewProfile profile;  // without gates: they are decided by the context
  std::vector<std::string>
      notes;  // how defaults, errnos, flags and architectures were resolved, a sentence each
};

// Where all deny a call, the union takes the mildest answer and the intersection the strictest; of
// two errnos the first profile's, but a rule or default goes before runc's own ENOSYS for calls
// newer than a profile. Fails where a profile is refused in that context, hands calls to a
// listener, or where no single profile can say the result: architectures that would need rules of
// their own, or too many regions of arguments. The error shows a call.
Result<Merged> merge(std::span<const Profile> profiles, const Context& context,
                     const MergeOptions& options);

}  // namespace medic::profile
