// Which release of a libc began to make which system call, what shows in a trace that it will, what
// it falls back to, and on which errnos. Rows and sources stand in libc_calls.inc.
#pragma once

#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "kernel/argument_test.h"
#include "kernel/syscalls.h"

namespace medic::kernel {

enum class Libc : std::uint8_t { Glibc, Musl };

struct LibcVersion {
  int major = 0, minor = 0, patch = 0;
  friend auto operator<=>(const LibcVersion&, const LibcVersion&) = default;
};
struct LibcRelease {
  Libc libc = Libc::Glibc;
  LibcVersion version;
};
// "glibc@2.41", "musl@1.2.5". Nothing when it is neither.
std::optional<LibcRelease> parse_libc(std::string_view text);

// What in a trace shows that a libc's function is in use.
struct LibcSign {
  std::string_view call;  // empty: every program makes it
  ArgumentTest test;      // of the call's arguments
  bool none_set = false;  // the test must not hold
  std::string_view text;  // that strace's text holds; without it: perhaps
  bool perhaps = false;   // nothing in a trace says it
};

struct LibcCall {
  Libc libc = Libc::Glibc;
  LibcVersion since;
  std::optional<LibcVersion> until;  // the last release that makes it; patches do not count
  unsigned bits = 0;                 // 32 or 64: of such machines alone; 0: of all
  std::string_view call;
  std::vector<LibcSign> shows;  // empty: no older trace shows that it will be made
  std::string_view before;      // what it falls back to; parted by |; empty: nothing
  std::string_view falls_back;  // errnos by name, parted by |; "*": any; empty: none
  std::string_view function;    // which of the libc's functions make it
  std::string_view breaks;      // a clause; empty where nothing does
  std::string_view source;

  // Does the libc go on when the call answers this errno?
  bool bears(int error) const;
  bool made_by(const LibcRelease& release) const;
};
std::span<const LibcCall> all_libc_calls();

// The calls that `newer` makes and `older` of the same libc does not (none of the other libc's):
// what an upgrade brings. In the table's order.
std::vector<const LibcCall*> new_calls(const LibcRelease& older, const LibcRelease& newer);
// All rows that hold for the release.
std::vector<const LibcCall*> calls_of(const LibcRelease& release);

}  // namespace medic::kernel
