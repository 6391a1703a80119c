#include "kernel/libc_calls.h"

#include "base/text.h"
#include "kernel/argument_test.h"
#include "kernel/errno.h"

namespace medic::kernel {
namespace {

std::optional<LibcVersion> parse_version(std::string_view text) {
  const auto release = parse_release(text);
  return release ? std::optional(LibcVersion{(*release)[0], (*release)[1], (*release)[2]})
                 : std::nullopt;
}

std::optional<Libc> parse_name(std::string_view text) {
  if (text == "glibc") return Libc::Glibc;
  if (text == "musl") return Libc::Musl;
  return std::nullopt;
}

std::vector<LibcCall> read_rows() {
  std::vector<LibcCall> out;
#define LIBC(libc, release, call, before, falls_back, function, breaks, source)                  \
  out.push_back({*parse_name(libc), *parse_version(release), call, before, falls_back, function, \
                 breaks, source});
#include "kernel/libc_calls.inc"
#undef LIBC
  return out;
}

}  // namespace

std::optional<LibcRelease> parse_libc(std::string_view text) {
  const std::size_t at = text.find('@');
  if (at == std::string_view::npos) return std::nullopt;
  const auto libc = parse_name(text.substr(0, at));
  const auto version = parse_version(text.substr(at + 1));
  if (!libc || !version) return std::nullopt;
  return LibcRelease{*libc, *version};
}

bool LibcCall::bears(int error) const {
  return falls_back == "*" || (!falls_back.empty() && rows::lists(falls_back, errno_name(error)));
}

std::span<const LibcCall> all_libc_calls() {
  static const std::vector<LibcCall> rows = read_rows();
  return rows;
}

std::vector<const LibcCall*> new_calls(const LibcRelease& older, const LibcRelease& newer) {
  std::vector<const LibcCall*> out;
  for (const LibcCall& row : all_libc_calls()) {
    if (row.libc == newer.libc && older.libc == newer.libc && row.since > older.version &&
        row.since <= newer.version)
      out.push_back(&row);
  }
  return out;
}

std::vector<const LibcCall*> calls_of(const LibcRelease& release) {
  return new_calls({release.libc, {}}, release);
}

}  // namespace medic::kernel
