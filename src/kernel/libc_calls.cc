#include "kernel/libc_calls.h"

#include <utility>

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

// CALL, CALL&ARGUMENT:BITS, CALL&ARGUMENT:BITS=0, CALL~TEXT, CALL?, start.
LibcSign parse_sign(std::string_view item) {
  LibcSign out;
  if (item == "start") return out;
  const std::size_t end = item.find_first_of("&~?");
  out.call = item.substr(0, end);
  if (end == std::string_view::npos) return out;
  std::string_view rest = item.substr(end + 1);
  if (item[end] == '~') out.text = rest;
  out.perhaps = item[end] == '?';
  if (item[end] != '&') return out;
  out.none_set = rest.ends_with("=0");
  if (out.none_set) rest.remove_suffix(2);
  const std::size_t colon = rest.find(':');
  out.test = rows::bits(static_cast<std::uint8_t>(rest.front() - '0'),
                        parse_number(rest.substr(colon + 1)).value_or(0));
  return out;
}

std::vector<LibcSign> parse_signs(std::string_view items) {
  std::vector<LibcSign> out;
  if (items.empty()) return out;
  for (const std::string_view item : split(items, '|')) out.push_back(parse_sign(item));
  return out;
}

LibcCall parse_row(std::string_view libc, std::string_view releases, std::string_view bits) {
  LibcCall out;
  out.libc = *parse_name(libc);
  const std::size_t dash = releases.find('-');
  out.since = *parse_version(releases.substr(0, dash));
  if (dash != std::string_view::npos) out.until = parse_version(releases.substr(dash + 1));
  out.bits = bits == "64" ? 64U : bits == "32" ? 32U : 0U;
  return out;
}

std::vector<LibcCall> read_rows() {
  std::vector<LibcCall> out;
#define LIBC(libc, releases, machines, name, signs, older, errnos, what, harm, where) \
  out.push_back(parse_row(libc, releases, machines));                                 \
  out.back().call = name;                                                             \
  out.back().shows = parse_signs(signs);                                              \
  out.back().before = older;                                                          \
  out.back().falls_back = errnos;                                                     \
  out.back().function = what;                                                         \
  out.back().breaks = harm;                                                           \
  out.back().source = where;
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

bool LibcCall::made_by(const LibcRelease& release) const {
  if (release.libc != libc || release.version < since) return false;
  const LibcVersion& version = release.version;
  return !until || std::pair{version.major, version.minor} <= std::pair{until->major, until->minor};
}

std::vector<const LibcCall*> new_calls(const LibcRelease& older, const LibcRelease& newer) {
  std::vector<const LibcCall*> out;
  if (older.libc != newer.libc) return out;
  for (const LibcCall& row : all_libc_calls()) {
    if (row.made_by(newer) && row.since > older.version) out.push_back(&row);
  }
  return out;
}

std::vector<const LibcCall*> calls_of(const LibcRelease& release) {
  std::vector<const LibcCall*> out;
  for (const LibcCall& row : all_libc_calls()) {
    if (row.made_by(release)) out.push_back(&row);
  }
  return out;
}

}  // namespace medic::kernel
