#include "parsers/audit/written_lines.h"

#include <algorithm>

#include "parsers/audit/word_scanner.h"
#include "parsers/fast/words.h"
#include "parsers/framing/audit_stamp.h"

namespace medic::parsers::audit {
namespace {

constexpr std::string_view kType = "type=", kMessage = "msg=audit(";

}  // namespace

Record WrittenLine::record(std::size_t line_end) const {
  Record out = *stamp;
  out.type = type;
  const std::size_t stop = std::min(mark, line_end);
  std::size_t begin = body;
  while (begin < stop && text[begin] == ' ') ++begin;
  out.body = text.substr(begin, stop - begin);
  return out;
}

// The type, by the word's bytes: a word seen before is compared, whatever its length.
bool WrittenLines::read_word(std::string_view rest) {
  const std::uint64_t low = word_at(rest.data() + kType.size()),
                      high = word_at(rest.data() + kType.size() + 8);
  // What follows a short word is the same after each.
  Word& known = words_[low * 0x9E3779B97F4A7C15ULL >> 56];
  const bool is_known = known.size != 0 && (low & known.low_mask) == known.low &&
                        (high & known.high_mask) == known.high;
  if (!is_known && !learn_word(rest, low, high, known)) return false;
  line_.word = rest.substr(kType.size(), known.size);
  line_.type = known.type;
  return true;
}

bool WrittenLines::learn_word(std::string_view rest, std::uint64_t low, std::uint64_t high,
                              Word& out) {
  std::size_t size = find_byte(low, ' ');
  if (size == 8) size += find_byte(high, ' ');
  if (size == 0 || size == 16) return false;
  const std::string_view word = rest.substr(kType.size(), size);
  if (word.find('\n') != std::string_view::npos) return false;
  // The blank behind it belongs to it.
  const std::uint64_t low_mask = first_bytes(~std::uint64_t{0}, size + 1);
  const std::uint64_t high_mask = size < 8 ? 0 : first_bytes(~std::uint64_t{0}, size - 7);
  out = {low & low_mask, high & high_mask, low_mask, high_mask, size, type_from_name(word)};
  return true;
}

// rest: what stands behind the type.
bool WrittenLines::read_stamp(std::string_view rest) {
  line_.new_stamp = stamp_text_.empty() || !rest.starts_with(stamp_text_);
  if (!line_.new_stamp) return true;
  if (!rest.starts_with(kMessage)) return false;
  constexpr std::size_t kOpen = kMessage.size() - 1;
  framing::AuditStamp stamp;
  const std::size_t length = framing::read_kernel_stamp(rest.substr(kOpen), stamp);
  if (length == 0 || !rest.substr(kOpen + length).starts_with(':')) return false;
  stamp_.serial = stamp.serial;
  stamp_.time = stamp.time;
  stamp_text_ = rest.substr(0, kOpen + length + 1);
  return true;
}

bool WrittenLines::read(std::string_view text, std::size_t at) {
  constexpr std::size_t kShortest = 64;  // room for the longest word and stamp
  if (text.size() - at < kShortest) return false;
  const std::string_view rest = text.substr(at);
  if (!rest.starts_with(kType) || !read_word(rest)) return false;
  const std::size_t message = kType.size() + line_.word.size() + 1;
  if (!read_stamp(rest.substr(message))) return false;
  line_.text = text;
  line_.stamp = &stamp_;
  line_.body = at + message + stamp_text_.size();
  const LineEnd end = find_line_end(text, line_.body);
  line_.end = end.newline;
  line_.mark = end.mark;
  line_.next = std::min(end.newline + 1, text.size());
  line_.may_be_glued = end.may_hold_stamp;
  return true;
}

std::optional<Stamped> stamp_of(std::string_view line, std::uint64_t number) {
  constexpr std::string_view kStamp = "msg=audit(";
  const std::size_t at = line.substr(0, 200).find(kStamp);
  if (at == std::string_view::npos) return std::nullopt;
  Stamped out;
  out.line = number;
  std::string_view head = line.substr(0, at);
  if (head.starts_with("node=")) {
    out.node = head.substr(5, head.find(' ') - 5);
    head.remove_prefix(std::min(head.size(), out.node.size() + 6));
  }
  framing::AuditStamp stamp;
  if (!head.starts_with(kType) ||
      framing::read_stamp_in_parentheses(line.substr(at + kStamp.size() - 1), stamp) == 0)
    return std::nullopt;
  if (stamp.time.zone_assumed)
    return std::nullopt;  // an interpreted log: somebody asked for these events
  out.milliseconds = static_cast<std::uint64_t>(stamp.time.ns / 1'000'000);
  out.serial = static_cast<std::uint64_t>(stamp.serial);
  out.type = head.substr(kType.size());
  return out;
}

}  // namespace medic::parsers::audit
