// One input's ledger and account as bytes, and back. What stands in which order is the digest's
// format: seccomp-medic-digest(5).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "ledger/ledger.h"

namespace medic::ledger {

// The same bytes for the same content, in whatever chunks it was read. The ledger need not be
// finished.
std::string save_part(Ledger& ledger, const InputAccount& account);

struct LoadedPart {
  Ledger ledger;
  InputAccount account;
};
// input: what the origins name from now on. Bytes may be anybody's: nothing when they are no part.
std::optional<LoadedPart> load_part(std::string_view bytes, std::uint32_t input,
                                    const InterestTable& interest);

// Origins name that input from now on.
void set_input(Ledger& ledger, std::uint32_t input);

// Joins the part that follows in the same input: its lines count on, and processes go on in it.
void join_part(LoadedPart& part, LoadedPart&& next);

}  // namespace medic::ledger
