// Which system calls a security module's record can be about: by AppArmor's operation, or SELinux's
// class.
#pragma once

#include <string_view>

namespace medic::kernel {

// May the module have refused this very call? operation: AppArmor's `operation=` or SELinux's
// `tclass=`. True for an operation that the table does not have. Sources:
// security/apparmor/include/audit.h and lsm.c, security/selinux/include/classmap.h of Linux 6.12.
bool operation_fits(std::string_view operation, std::string_view syscall);

// The errno that such a refusal gives the caller: EPERM for capabilities, EACCES else;
// userns_create, ptrace and signal give either.
bool refusal_gives(std::string_view operation, bool is_capability, int error);

}  // namespace medic::kernel
