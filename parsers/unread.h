// The net below all dialects: lines that name a denial, whoever wrote them and however. What no
// dialect understood and stands here must not be taken for silence.
#pragma once

#include <cstdint>
#include <functional>
#include <string_view>

#include "parsers/dialect.h"

namespace medic::parsers {

// Does the line name a death by SIGSYS, a seccomp record or a security module's denial, in any form
// that is known? What only mentions seccomp (systemd's `+SECCOMP`, a loaded filter) does not count.
bool names_denial(std::string_view line);

// Calls f for each line of the chunk that names a denial, in order: line without its end, its
// number, its offset in the input. At memory speed: a few searches over the whole text.
using NamedLine =
    std::function<void(std::string_view line, std::uint64_t number, std::uint64_t offset)>;
void for_each_named(const Chunk& chunk, const NamedLine& f);

}  // namespace medic::parsers
