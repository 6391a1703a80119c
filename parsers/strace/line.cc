#include "parsers/strace/line.h"

#include <algorithm>
#include <cstring>

#include "base/text.h"
#include "kernel/errno.h"
#include "parsers/strace/summary.h"

namespace medic::parsers::strace {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_name_byte(char c) { return (c >= 'a' && c <= 'z') || c == '_' || is_digit(c); }

// Longer than any system call's name with strace's additions.
constexpr std::size_t kLongestName = 64;

std::string_view trim_right(std::string_view text) {
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

std::int64_t leading_number(std::string_view text) {
  const auto number = parse_decimal(text.substr(0, text.find_first_not_of("0123456789")));
  return number && *number < 1u << 31 ? static_cast<std::int64_t>(*number) : -1;
}

// The '>' of a path that begins with the '<' at `open`. strace escapes < and > in paths, but writes
// `->` between a socket's ends.
std::size_t path_end(std::string_view text, std::size_t open) {
  std::size_t at = open + 1;
  while (at < text.size() &&
         ((text[at] >= 'A' && text[at] <= 'Z') || is_digit(text[at]) || text[at] == '-'))
    ++at;
  const bool socket = at > open + 1 && text.compare(at, 2, ":[") == 0;
  const std::size_t end = text.find(socket ? "]>" : ">", at);
  return end == std::string_view::npos ? kNowhere : socket ? end + 1 : end;
}

// The ')' that closes the call's own '(', quotes and paths skipped; kNowhere when none does. open:
// behind the '('.
std::size_t closing_parenthesis(std::string_view text, std::size_t open) {
  int depth = 1;
  for (std::size_t i = open; i < text.size(); ++i) {
    switch (text[i]) {
      case '"':
        for (++i; i < text.size() && text[i] != '"'; ++i) {
          if (text[i] == '\\') ++i;
        }
        break;
      case '<':
        // 3</path> or AT_FDCWD</path>; a shift or a comparison has a space before it.
        if (i > open && (is_digit(text[i - 1]) || text[i - 1] == 'D')) {
          i = path_end(text, i);
          if (i == kNowhere) return kNowhere;
        }
        break;
      case '/':
        if (text.compare(i, 2, "/*") == 0) {
          const std::size_t end = text.find("*/", i + 2);
          if (end != std::string_view::npos) i = end + 1;
        }
        break;
      case '(': ++depth; break;
      case ')':
        if (--depth == 0) return i;
        break;
      default: break;
    }
  }
  return kNowhere;
}

// Sets result and args from the '=' at `equals`; false when no result stands there.
bool take_result(Line& line, std::size_t args_at, std::size_t equals) {
  std::size_t close = equals;
  while (close > args_at && line.raw[close - 1] == ' ') --close;
  if (close <= args_at || line.raw[close - 1] != ')') return false;
  const auto result = read_result(line.raw.substr(equals + 2));
  if (!result) return false;
  line.result = *result;
  line.args = line.raw.substr(args_at, close - 1 - args_at);
  const std::size_t body_at = static_cast<std::size_t>(line.body.data() - line.raw.data());
  line.text = line.raw.substr(body_at, close - body_at);
  return true;
}

// ` = ` stands several times: only one of them is the call's, the others are in strings or paths.
bool take_careful_result(Line& line, std::size_t args_at, std::size_t last_equals) {
  const std::size_t close = closing_parenthesis(line.raw, args_at);
  if (close != kNowhere) {
    const std::size_t equals = line.raw.find_first_not_of(' ', close + 1);
    if (equals != std::string_view::npos && equals > close + 1 &&
        line.raw.compare(equals, 2, "= ") == 0 && take_result(line, args_at, equals)) {
      return true;
    }
  }
  for (std::size_t at = last_equals; at != std::string_view::npos && at > args_at;
       at = line.raw.rfind(" = ", at - 2)) {
    if (line.raw[at] == ' ') ++at;
    if (take_result(line, args_at, at)) return true;
    if (at < 2) break;
  }
  return false;
}

// The marks with which strace leaves a call open. Cuts them off args.
bool take_partial(Line& line, std::size_t args_at) {
  if (line.raw.empty() || line.raw.back() != '>') return false;
  std::string_view rest = line.raw.substr(args_at);
  if (rest.ends_with("<unfinished ...>")) {
    rest.remove_suffix(16);
  } else if (rest.ends_with("<detached ...>")) {
    rest.remove_suffix(14);
    line.detached = true;
  } else if (rest.ends_with(" ...>")) {
    const std::size_t open = rest.rfind("<pid changed to ");
    if (open == std::string_view::npos) return false;
    line.number = leading_number(rest.substr(open + 16));
    rest = rest.substr(0, open);
    line.pid_changed = true;
  } else {
    return false;
  }
  if (rest.ends_with(' ')) rest.remove_suffix(1);
  line.args = rest;
  const std::size_t body_at = static_cast<std::size_t>(line.body.data() - line.raw.data());
  line.text = line.raw.substr(body_at, args_at - body_at + rest.size());
  return true;
}

// `vfork(strace: Process 3794 attached`: the message was written into the middle of the parent's
// line.
bool take_glued_message(Line& line, std::size_t args_at) {
  const std::string_view rest = line.raw.substr(args_at);
  line.detached = rest.ends_with(" detached");
  if (!line.detached && !rest.ends_with(" attached")) return false;
  const std::size_t process = rest.rfind("trace: Process ");
  if (process == std::string_view::npos) {
    // Before 4.9 the message had no name before it.
    const std::size_t old = rest.rfind("Process ");
    if (old == std::string_view::npos) return false;
    line.number = leading_number(rest.substr(old + 8));
    line.args = rest.substr(0, old);
    return line.number >= 0;
  }
  line.number = leading_number(rest.substr(process + 15));
  // The message begins with strace's argv[0]: `strace` or a path; what stands before it ends in a
  // flag, a comma or '('.
  std::size_t begin = process == 0 ? 0 : process - 1;
  while (begin > 0 && (is_name_byte(rest[begin - 1]) || rest[begin - 1] == '/' ||
                       rest[begin - 1] == '.' || rest[begin - 1] == '-'))
    --begin;
  line.args = rest.substr(0, begin);
  return line.number >= 0;
}

void read_call(Line& line, const MarkedLine& marked, kernel::Arch arch) {
  const std::string_view body = line.body;
  const void* open = std::memchr(body.data(), '(', std::min(body.size(), kLongestName));
  if (open == nullptr) return;
  const auto end = static_cast<std::size_t>(static_cast<const char*>(open) - body.data());
  line.name = body.substr(0, end);
  line.call = find_call(line.name, arch);
  if (!line.call.known && !std::all_of(line.name.begin(), line.name.end(), is_name_byte)) return;
  const std::size_t args_at = static_cast<std::size_t>(body.data() - line.raw.data()) + end + 1;
  if (!line.call.known) {
    const bool shaped = marked.equals != kNowhere &&
                        (line.prefix.pid >= 0 || line.prefix.has_number) &&
                        take_result(line, args_at, marked.equals);
    line.kind = shaped ? LineKind::Damaged : LineKind::Foreign;
    line.reason = "unknown system call name";
    return;
  }
  if (take_partial(line, args_at)) {
    line.kind = LineKind::Unfinished;
    return;
  }
  if (marked.equals != kNowhere) {
    const bool doubtful = marked.more_equals || !marked.ended;
    if (doubtful ? take_careful_result(line, args_at, marked.equals)
                 : take_result(line, args_at, marked.equals)) {
      // `get_mempolicy( <unfinished ...>)  = ?`: the task died within the call.
      if (line.args.ends_with("<unfinished ...>"))
        line.args = trim_right(line.args.substr(0, line.args.size() - 16));
      line.kind = LineKind::Call;
      return;
    }
  }
  // Indented or ended by a semicolon: source code, not a trace.
  const bool bare = line.prefix.pid < 0 && line.prefix.time.basis == model::Time::Basis::None &&
                    !line.prefix.has_number;
  if (bare && (line.raw[0] == ' ' || line.raw[0] == '\t' || line.raw.ends_with(';'))) return;
  line.kind = LineKind::Broken;
  line.args = line.raw.substr(args_at);
  take_glued_message(line, args_at);
}

// `<... wait4 resumed>, [..]) = 7`, before 5.0 with a space behind `>`, before 4.27 sometimes
// without a name's '('.
void read_angle(Line& line, kernel::Arch arch) {
  std::string_view body = line.body;
  if (body.starts_with("<unfinished ...>") || body.starts_with("<detached ...>")) {
    line.kind = LineKind::Continuation;
    return;
  }
  if (!body.starts_with("<... ")) return;
  const std::size_t resumed = body.find(" resumed>");
  if (resumed == std::string_view::npos || resumed < 5) return;
  line.name = body.substr(5, resumed - 5);
  line.call = find_call(line.name, arch);
  line.args = body.substr(resumed + 9);
  line.kind = line.call.known || line.name == "???" ? LineKind::Resumed : LineKind::Damaged;
  line.reason = "unknown system call name";
}

void read_end(Line& line) {
  const std::string_view body = line.body;
  constexpr std::string_view kExited = "+++ exited with ", kKilled = "+++ killed by ",
                             kSuperseded = "+++ superseded by execve in pid ";
  if (!trim_right(body).ends_with("+++")) {
    line.kind = LineKind::Damaged;
    line.reason = "line cut off";
    return;
  }
  if (body.starts_with(kExited)) {
    line.kind = LineKind::Exited;
    line.number = leading_number(body.substr(kExited.size()));
  } else if (body.starts_with(kKilled)) {
    line.kind = LineKind::Killed;
    std::string_view signal = body.substr(kKilled.size());
    signal = signal.substr(0, signal.find(' '));
    line.number = kernel::signal_number(signal).value_or(0);
  } else if (body.starts_with(kSuperseded)) {
    line.kind = LineKind::Superseded;
    line.number = leading_number(body.substr(kSuperseded.size()));
  } else {
    line.kind = LineKind::Message;
  }
}

void read_signal(Line& line) {
  const std::string_view body = line.body;
  if (!trim_right(body).ends_with("---")) {
    line.kind = LineKind::Damaged;
    line.reason = "line cut off";
    return;
  }
  line.kind = LineKind::Signal;
  if (body.starts_with("--- stopped by ")) {
    line.kind = LineKind::Message;
    return;
  }
  std::string_view name = body.substr(4);
  name = name.substr(0, name.find(' '));
  line.number = kernel::signal_number(name).value_or(0);
}

void read_notice(Line& line) {
  constexpr std::string_view kNotice = "[ Process PID=";
  if (!line.body.starts_with(kNotice)) return;
  line.number = leading_number(line.body.substr(kNotice.size()));
  line.kind = line.number >= 0 && line.body.find(" runs in ") != std::string_view::npos
                  ? LineKind::Personality
                  : LineKind::Message;
}

// `strace: …`, `/usr/bin/strace: …`, `strace-5.4: …`: whatever argv[0] was.
bool read_diagnostic(Line& line) {
  const std::size_t colon = line.body.find(": ");
  if (colon == std::string_view::npos || colon < 6 || colon > 200) return false;
  const std::string_view who = line.body.substr(0, colon);
  const std::size_t slash = who.rfind('/');
  const std::string_view file = slash == std::string_view::npos ? who : who.substr(slash + 1);
  if (!file.starts_with("strace") || who.find(' ') != std::string_view::npos) return false;
  const std::string_view text = line.body.substr(colon + 2);
  line.kind = LineKind::Message;
  if (text.starts_with("[ Process PID=")) {
    line.body = text;
    read_notice(line);
    return true;
  }
  if (!text.starts_with("Process ")) return true;
  line.number = leading_number(text.substr(8));
  if (line.number >= 0 && text.find(" attached") != std::string_view::npos)
    line.kind = LineKind::Attached;
  if (line.number >= 0 && text.find(" detached") != std::string_view::npos)
    line.kind = LineKind::Detached;
  return true;
}

// `Process 123 attached`, as strace before 4.9 wrote it without its own name.
bool read_old_attach(Line& line) {
  if (!line.body.starts_with("Process ")) return false;
  line.number = leading_number(line.body.substr(8));
  if (line.number < 0) return false;
  const std::string_view rest =
      line.body.substr(line.body.find_first_not_of("0123456789", 8) == std::string_view::npos
                           ? line.body.size()
                           : line.body.find_first_not_of("0123456789", 8));
  if (rest.starts_with(" attached"))
    line.kind = LineKind::Attached;
  else if (rest.starts_with(" detached"))
    line.kind = LineKind::Detached;
  else if (rest.starts_with(" suspended") || rest.starts_with(" resumed"))
    line.kind = LineKind::Message;
  else
    return false;
  return true;
}

// Frames of -k, dumps of -e read=, the box of --tips: lines that begin with a space and belong to
// the call before.
bool read_attachment(Line& line) {
  if (line.prefix.pid >= 0 || line.raw.empty() || line.raw[0] != ' ') return false;
  const std::string_view body = line.body;
  const bool frame = body.starts_with("> ") && (body.find('[') != std::string_view::npos ||
                                                body.find("(deleted)") != std::string_view::npos ||
                                                body.find("unexpected") != std::string_view::npos ||
                                                body.find(".so") != std::string_view::npos);
  const bool dump =
      (body.starts_with("| ") && body.ends_with("|")) ||
      (body.starts_with("* ") && body.find(" bytes in buffer ") != std::string_view::npos);
  const bool box = body.starts_with("______") || body.starts_with("\\___") ||
                   body.starts_with("/ ") || body.starts_with("\\ ");
  if (!frame && !dump && !box) return false;
  line.kind = LineKind::Message;
  return true;
}

// The end of a broken line when other output came between: anything, then a result; or the mark of
// an unfinished call.
void read_rest(Line& line, const MarkedLine& marked) {
  const std::string_view raw = line.raw;
  if (raw.ends_with("<unfinished ...>")) {
    line.kind = LineKind::Rest;
    return;
  }
  if (marked.equals == kNowhere || marked.equals == 0) return;
  // Names and paths behind the result may hold another ` = `.
  for (std::size_t equals = marked.equals; equals != std::string_view::npos && equals > 0;) {
    const std::size_t close = raw.find_last_not_of(' ', equals - 1);
    if (close != std::string_view::npos && raw[close] == ')' &&
        read_result(raw.substr(equals + 2))) {
      line.kind = LineKind::Rest;
      return;
    }
    if (!marked.more_equals || equals < 2) return;
    equals = raw.rfind(" = ", equals - 2);
    if (equals != std::string_view::npos) ++equals;
  }
}

}  // namespace

Line read_body(const MarkedLine& marked, const Prefix& prefix, kernel::Arch arch) {
  Line line;
  line.prefix = prefix;
  line.raw = marked.text;
  line.body = marked.text.substr(prefix.length);
  if (line.body.empty()) return line;
  const char c = line.body[0];
  if ((c >= 'a' && c <= 'z') || c == '_') {
    read_call(line, marked, arch);
    if (line.kind != LineKind::Foreign) return line;
  }
  switch (c) {
    case '<': read_angle(line, arch); break;
    case '+':
      if (line.body.starts_with("+++ ")) read_end(line);
      break;
    case '-':
      if (line.body.starts_with("--- SIG") || line.body.starts_with("--- stopped"))
        read_signal(line);
      break;
    case '[': read_notice(line); break;
    case '?':
      if (line.body.starts_with("???")) line.kind = LineKind::Opaque;
      break;
    case ')':
      if (marked.equals != kNowhere && line.prefix.length == 0) {
        const std::size_t equals = line.body.find_first_not_of(' ', 1);
        if (equals != std::string_view::npos && line.body.compare(equals, 2, "= ") == 0 &&
            read_result(line.body.substr(equals + 2))) {
          line.kind = LineKind::Continuation;
        }
      }
      break;
    default: break;
  }
  if (line.kind != LineKind::Foreign || read_diagnostic(line) || read_old_attach(line) ||
      read_attachment(line))
    return line;
  line.kind = summary_line_kind(line.raw);
  if (line.kind == LineKind::Foreign && prefix.pid < 0) read_rest(line, marked);
  return line;
}

Line read_line(const MarkedLine& marked, kernel::Arch arch) {
  return read_body(marked, read_prefix(marked.text), arch);
}

std::string_view cut_long_text(std::string_view text) {
  std::size_t end = kTextBytes;
  while (end > kTextBytes - 4 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return text.substr(0, end);
}

}  // namespace medic::parsers::strace
