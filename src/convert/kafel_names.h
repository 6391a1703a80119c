// How kafel names system calls. Its names are those of the functions in the kernel, so some of them
// are other calls' names here.
#pragma once

#include <string_view>

#include "kernel/syscalls.h"

namespace medic::profile::formats {

// The call that kafel means by `name` on `arch`; kNoName if there is none. Names that kafel lacks
// and the kernel's tables have are taken as the tables mean them. Source: kafel's
// src/syscalls/*_syscalls.c, as of 2026-04, compared with the kernel's tables number by number.
kernel::NameId call_of_kafel(std::string_view name, kernel::Arch arch);

// Does every kafel since 2019 know the call by the name that the kernel's tables give it?
bool kafel_has_name(kernel::NameId name, kernel::Arch arch);

}  // namespace medic::profile::formats
