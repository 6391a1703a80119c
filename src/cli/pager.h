// Answers that are longer than the terminal, as git shows them.
#pragma once

#include <cstdint>
#include <string_view>

namespace medic::cli {

enum class Paging : std::uint8_t { Wanted, Off };

// To standard output; where that is a terminal and paging is wanted, through $PAGER (else less),
// with LESS=FRX unless it is set: a short answer stays on the screen. The exit code, as print's.
int print_paged(std::string_view text, Paging paging);

}  // namespace medic::cli
