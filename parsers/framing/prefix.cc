#include "parsers/framing/prefix.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <optional>

#include "base/text.h"
#include "parsers/framing/stamp.h"

namespace medic::parsers::framing {
namespace {

void drop_blanks(std::string_view& text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
}

std::string_view take_word(std::string_view& text) {
  const std::size_t end = std::min(text.find(' '), text.size());
  const std::string_view word = text.substr(0, end);
  text.remove_prefix(end);
  drop_blanks(text);
  return word;
}

// `<5>`, and the version behind it in RFC 5424's `<5>1 `.
struct Priority {
  std::optional<unsigned> facility;  // 0 is the kernel's
  bool modern = false;
};
Priority take_priority(std::string_view& text) {
  Priority out;
  if (text.empty() || text.front() != '<') return out;
  const std::size_t close = text.substr(0, 6).find('>');
  const auto value =
      close == std::string_view::npos ? std::nullopt : parse_decimal(text.substr(1, close - 1));
  if (!value) return out;
  constexpr unsigned kLevels = 8;  // RFC 5424, 6.2.1: facility * 8 + severity
  out.facility = static_cast<unsigned>(*value / kLevels);
  text.remove_prefix(close + 1);
  out.modern = text.starts_with("1 ");
  if (out.modern) text.remove_prefix(2);
  return out;
}

// dmesg -x: `user  :notice: [ 1.5] …`. Nothing: it does not begin with a facility.
std::optional<std::string_view> dmesg_facility(std::string_view text) {
  static constexpr std::string_view kFacilities[] = {
      "kern",   "user",   "mail",   "daemon",   "auth",   "syslog", "lpr",
      "news",   "uucp",   "cron",   "authpriv", "ftp",    "local0", "local1",
      "local2", "local3", "local4", "local5",   "local6", "local7"};
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos || colon > 10) return std::nullopt;
  const std::string_view word = trim(text.substr(0, colon));
  const std::size_t second = text.find(':', colon + 1);
  const bool level = second != std::string_view::npos && second - colon <= 8;
  if (!level ||
      std::find(std::begin(kFacilities), std::end(kFacilities), word) == std::end(kFacilities))
    return std::nullopt;
  return word;
}

// Programs that hand on the kernel's audit records under their own name, with a process number or
// without.
bool hands_on_records(std::string_view tag) {
  return tag.empty() || tag == "kernel" || tag == "klogd" || tag == "audit" ||
         tag.starts_with("auditd") || tag.starts_with("audisp") || tag == "logd" || tag == "init";
}

// `audit[566404]:` → tag and pid.
void set_tag(Prefix& out, std::string_view word) {
  if (word.ends_with(':')) word.remove_suffix(1);
  if (const std::size_t open = word.find('[');
      open != std::string_view::npos && word.ends_with(']')) {
    if (const auto pid = parse_decimal(word.substr(open + 1, word.size() - open - 2));
        pid && *pid < 1u << 31)
      out.pid = static_cast<std::int64_t>(*pid);
    word = word.substr(0, open);
  }
  out.tag = word;
}

// Syslog levels where a host would stand (ChromeOS writes `2024-06-11T15:36:29Z INFO kernel:`).
bool is_level(std::string_view word) {
  static constexpr std::array<std::string_view, 8> kLevels{"EMERG",   "ALERT",  "CRIT", "ERR",
                                                           "WARNING", "NOTICE", "INFO", "DEBUG"};
  return std::find(kLevels.begin(), kLevels.end(), word) != kLevels.end();
}

// `host [facility] tag:`, `tag:`, `LEVEL tag:`; what follows the tag stays in text.
void read_host_and_tag(Prefix& out, std::string_view& text) {
  std::string_view rest = text;
  for (int words = 0; words < 4 && !rest.empty(); ++words) {
    const std::string_view word = take_word(rest);
    if (word.front() == '[') return;
    if (word.ends_with(':') || (word.ends_with(']') && word.find('[') != std::string_view::npos)) {
      set_tag(out, word);
      text = rest;
      return;
    }
    if (words == 0 && !is_level(word)) out.host = word;
  }
}

// `host tag:` and nothing else, as journalctl's short-monotonic writes them; a kernel's own words
// may look alike but go on.
void read_lone_host_and_tag(Prefix& out, std::string_view& text) {
  std::string_view rest = text;
  const std::string_view host = take_word(rest), tag = take_word(rest);
  if (host.empty() || host.front() == '[' || !tag.ends_with(':') || !rest.empty()) return;
  out.host = host;
  set_tag(out, tag);
  text = rest;
}

// RFC 5424 behind the stamp: host, app, procid, msgid, structured data.
void read_modern(Prefix& out, std::string_view& text) {
  out.host = take_word(text);
  set_tag(out, take_word(text));
  if (const auto pid = parse_decimal(take_word(text)); pid && *pid < 1u << 31)
    out.pid = static_cast<std::int64_t>(*pid);
  take_word(text);
  if (text.starts_with('[')) {
    const std::size_t close = text.find("] ");
    text.remove_prefix(close == std::string_view::npos ? text.size() : close + 2);
  } else {
    take_word(text);
  }
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  drop_blanks(text);
}

// Logcat's `1000  1000 I auditd  :` and `4433-4433/? A/DEBUG:`.
void read_logcat(Prefix& out, std::string_view& text) {
  const std::size_t colon = text.find(": ");
  if (colon == std::string_view::npos && !text.ends_with(':')) return;
  std::string_view head = trim(text.substr(0, std::min(colon, text.size() - 1)));
  text.remove_prefix(
      std::min(text.size(), colon == std::string_view::npos ? text.size() : colon + 2));
  const std::size_t slash = head.rfind('/');
  const std::size_t blank = head.rfind(' ');
  const std::size_t cut =
      slash != std::string_view::npos && (blank == std::string_view::npos || slash > blank) ? slash
                                                                                            : blank;
  out.tag = cut == std::string_view::npos ? head : head.substr(cut + 1);
}

// `stdout F `, of the CRI log format.
bool drop_cri_stream(std::string_view& text) {
  for (std::string_view stream : {"stdout F ", "stderr F ", "stdout P ", "stderr P "}) {
    if (!text.starts_with(stream)) continue;
    text.remove_prefix(stream.size());
    return true;
  }
  return false;
}

// `[ 26083697.716609]`, `[   T55]`, `[Mon Apr  6 11:27:30 2020]`: printk's stamps and caller ids.
void drop_brackets(std::string_view& text) {
  drop_blanks(text);
  while (text.starts_with('[')) {
    const std::size_t close = text.substr(0, 48).find(']');
    if (close == std::string_view::npos) return;
    text.remove_prefix(close + 1);
    drop_blanks(text);
  }
}

}  // namespace

Prefix read_prefix(std::string_view prefix) {
  Prefix out;
  std::string_view text = prefix;
  drop_blanks(text);
  const auto facility = dmesg_facility(text);
  const Priority priority = take_priority(text);
  const bool modern = priority.modern;
  Stamp stamp = read_stamp(text);
  bool is_output = false;  // of a container
  if (stamp.form == StampForm::Iso) {
    is_output = drop_cri_stream(stamp.rest);
    if (Stamp inner = read_stamp(stamp.rest); inner.form != StampForm::None) stamp = inner;
  }
  out.time = stamp.time;
  text = stamp.rest;
  const bool is_syslog = stamp.form == StampForm::Syslog || stamp.form == StampForm::Iso ||
                         stamp.form == StampForm::TimeOfDay;
  switch (stamp.form) {
    case StampForm::Syslog:
    case StampForm::TimeOfDay: read_host_and_tag(out, text); break;
    case StampForm::Iso:
      if (modern) {
        read_modern(out, text);
      } else if (const std::size_t slash = text.find("/? ");
                 slash != std::string_view::npos && slash < text.find(' ')) {
        read_logcat(out, text);
      } else {
        read_host_and_tag(out, text);
      }
      break;
    case StampForm::Logcat: read_logcat(out, text); break;
    case StampForm::None:
    case StampForm::DmesgSeconds:
    case StampForm::DmesgDate:
      if (const std::size_t end = text.find(':');
          end != std::string_view::npos && text.find(' ') > end) {
        set_tag(out, take_word(text));
      } else {
        read_lone_host_and_tag(out, text);
      }
      break;
  }
  drop_brackets(text);
  out.adjoining = text.empty();
  const bool by_kernel = out.tag == "kernel" || out.tag.empty();
  const bool other_facility =
      (facility && *facility != "kern") || (by_kernel && priority.facility.value_or(0) != 0);
  if (is_output || other_facility || (out.tag == "kernel" && out.pid >= 0) ||
      (is_syslog && !hands_on_records(out.tag)))
    out.provenance = model::Provenance::Anyone;
  return out;
}

bool speaks_for_kernel(const Prefix& prefix) {
  return prefix.adjoining || prefix.tag.empty() || prefix.tag == "kernel" ||
         prefix.tag == "audit" || prefix.tag == "klogd";
}

std::string_view unquote_mail(std::string_view line) {
  std::string_view text = line;
  drop_blanks(text);
  while (text.starts_with('>')) {
    text.remove_prefix(1);
    drop_blanks(text);
  }
  return text;
}

}  // namespace medic::parsers::framing
