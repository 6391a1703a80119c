#include "parsers/strace/partial.h"

#include "kernel/errno.h"

namespace medic::parsers::strace {
namespace {

// Of a longer line that a later chunk must see again only the beginning and the end, with its
// result, are kept.
constexpr std::size_t kKeptHead = 3072;
constexpr std::size_t kKeptTail = 1024;

}  // namespace

CallStep step_of_death(int signal) {
  if (signal == kernel::kSIGSYS) return CallStep::DiesOfSigsys;
  return signal == kernel::kSIGKILL ? CallStep::DiesOfSigkill : CallStep::GoesOn;
}

std::string bounded(std::string text) {
  if (text.size() <= kKeptHead + kKeptTail) return text;
  // The '?' makes the argument at the cut unreadable.
  return text.substr(0, kKeptHead) + "?" + text.substr(text.size() - kKeptTail);
}

std::string_view head_of(const Line& start) {
  return start.raw.substr(
      0, static_cast<std::size_t>(start.args.data() - start.raw.data()) + start.args.size());
}

void join_halves(std::string_view head, std::string_view rest, std::string& joined) {
  joined = head;
  // strace since 6.16 leaves the comma to the second half, before it the first half keeps it; 4.x
  // begins the second one with a space.
  if (joined.ends_with(',') && !rest.starts_with(' ')) joined += ' ';
  if (rest.starts_with(' ') && (joined.ends_with('(') || joined.ends_with(' ')))
    rest.remove_prefix(1);
  joined += rest;
}

std::string join_broken(const Line& start, std::string_view continuation) {
  std::string joined(head_of(start));
  while (!continuation.empty() && continuation.front() == ' ') continuation.remove_prefix(1);
  // A message that strace wrote itself was cut off cleanly; after anything else no one can say
  // where the argument ended.
  const bool clean = start.number >= 0;
  if (!clean) joined += '?';
  if (continuation.starts_with('<')) joined += ' ';
  joined += continuation;
  return joined;
}

std::string orphan_text(const Line& resumed) {
  std::string text(resumed.raw.substr(0, resumed.prefix.length));
  text += resumed.name;
  // Whatever stands in the second half belongs to registers that are not known.
  text += "(...";
  const std::string_view rest = resumed.args;
  const std::size_t close =
      rest.rfind(')', rest.rfind(" = ") == std::string_view::npos ? 0 : rest.rfind(" = "));
  if (close == std::string_view::npos) return {};
  text += rest.substr(close);
  return text;
}

}  // namespace medic::parsers::strace
