#include "parsers/strace/first_task.h"

#include <algorithm>
#include <vector>

#include "parsers/dialect.h"
#include "parsers/strace/line.h"

namespace medic::parsers::strace {
namespace {

// strace says that it attached to line.number: in a line of its own, or in the middle of another
// task's.
bool tells_attached(const Line& line) {
  return line.kind == LineKind::Attached ||
         (line.kind == LineKind::Broken && !line.detached && line.number >= 0);
}

bool is_task_line(LineKind kind) {
  return kind == LineKind::Call || kind == LineKind::Unfinished || kind == LineKind::Resumed ||
         kind == LineKind::Signal;
}

}  // namespace

std::int64_t task_of_unnumbered(std::string_view front) {
  constexpr std::size_t kLookedAt = std::size_t{48} << 10;  // the same for every size of blocks
  front = front.substr(0, std::min(front.rfind('\n', kLookedAt), front.size()));
  constexpr std::size_t kMostAttached = 256;
  std::vector<std::int64_t> attached;
  std::int64_t own = -1, stranger = -1;
  bool any = false, own_is_shown = false;
  Chunk chunk;
  chunk.text = front;
  bool decided = false;
  for_each_line(chunk, [&](std::string_view text, std::uint64_t, std::uint64_t) {
    if (decided) return;
    const Line line = read_line(mark_line(text), kernel::Arch::Unknown);
    if (tells_attached(line) && attached.size() < kMostAttached) attached.push_back(line.number);
    if (!is_task_line(line.kind)) return;
    if (line.prefix.pid >= 0) {
      decided = !any;  // every line has its number
      own_is_shown = own_is_shown || line.prefix.pid == own;
      const bool is_known =
          std::find(attached.begin(), attached.end(), line.prefix.pid) != attached.end();
      if (stranger < 0 && !is_known) stranger = line.prefix.pid;
      return;
    }
    if (!any && attached.size() == 1) {
      own = attached.front();
      decided = true;
    }
    any = true;
    const bool tells_own =
        line.kind == LineKind::Call && line.name == "set_tid_address" && stranger < 0;
    if (tells_own && own < 0 && line.result.outcome.kind == model::Outcome::Kind::Returned &&
        line.result.outcome.value > 0)
      own = line.result.outcome.value;
  });
  if (!any) return -1;
  // Where strace announces nobody (-q), a stranger may be a child; where it shows another, the
  // number is an inner namespace's.
  if (own >= 0 && (own_is_shown || stranger < 0 || attached.empty())) return own;
  return attached.empty() ? -1 : stranger;
}

}  // namespace medic::parsers::strace
