// Error numbers and their names, and signals, as data.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "kernel/arch.h"

namespace medic::kernel {

inline constexpr int kEPERM = 1;
inline constexpr int kENOENT = 2;
inline constexpr int kEACCES = 13;
inline constexpr int kEINVAL = 22;
inline constexpr int kEROFS = 30;
inline constexpr int kENOSYS = 38;
inline constexpr int kEAFNOSUPPORT = 97;  // 124 on mips, 225 on parisc
// kernel/seccomp.c caps SECCOMP_RET_ERRNO's data here.
inline constexpr int kMaxErrno = 4095;
// And libseccomp takes one less for a rule's action (src/db.c, db_action_valid: below MAX_ERRNO).
inline constexpr int kMaxRuleErrno = 4094;

// "EPERM"; empty when the number has no name (or, above 34 on mips and parisc, another one there).
std::string_view errno_name(int number, Arch arch = Arch::Unknown);
// "EPERM", or the decimal number when it has no name; "0" for 0.
std::string errno_text(int number, Arch arch = Arch::Unknown);
std::optional<int> errno_number(std::string_view name);

// SIGSYS is 31 but for mips (12) and parisc; numbers are x86's and those of every architecture with
// asm-generic/signal.h.
std::optional<int> signal_number(std::string_view name);  // with the SIG prefix
std::string_view signal_name(int number);                 // empty when unknown
inline constexpr int kSIGKILL = 9;
inline constexpr int kSIGSYS = 31;

}  // namespace medic::kernel
