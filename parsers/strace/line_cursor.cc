#include "parsers/strace/line_cursor.h"

#include <algorithm>
#include <cstring>

namespace medic::parsers::strace {

void LineCursor::see_more() {
  static const Marker kMark = markers().front();
  const auto mark = [&](const char* begin, std::size_t blocks) {
    const Marks marks = kMark(begin, blocks, marks_);
    count_ = marks.count;
    escapes_ = marks.escapes;
  };
  piece_ = seen_;
  at_ = 0;
  const auto left = static_cast<std::size_t>(end_ - piece_);
  if (piece_ != begin_ && left > kMarkedBlock) {
    const std::size_t blocks = std::min((left - 1) / kMarkedBlock, kBlocks);
    mark(piece_, blocks);
    seen_ += blocks * kMarkedBlock;
    return;
  }
  // At the text's ends there is nothing before or behind that could be read.
  char edge[kMarkedBlock + 2] = {};
  if (piece_ != begin_) edge[0] = piece_[-1];
  std::memcpy(edge + 1, piece_, std::min(left, kMarkedBlock + 1));
  mark(edge + 1, 1);
  seen_ += std::min(left, kMarkedBlock);
}

bool LineCursor::next_in_parts(MarkedLine& line) {
  if (line_ == end_) return false;
  line.equals = kNowhere;
  line.more_equals = false;
  line.may_have_colour = escapes_;
  line.ended = true;
  const char* stop = nullptr;
  for (;;) {
    while (at_ == count_ && seen_ != end_) {
      see_more();
      line.may_have_colour |= escapes_;
    }
    if (at_ == count_) {
      stop = end_;
      line.ended = false;
      break;
    }
    stop = piece_ + marks_[at_++];
    if (*stop == '\n') break;
    line.more_equals |= line.equals != kNowhere;
    line.equals = static_cast<std::size_t>(stop - line_);
  }
  line.text = {line_, static_cast<std::size_t>(stop - line_)};
  line_ = line.ended ? stop + 1 : end_;
  if (!line.text.empty() && line.text.back() == '\r') line.text.remove_suffix(1);
  return true;
}

MarkedLine mark_line(std::string_view text) {
  MarkedLine line;
  line.text = text.substr(0, text.find('\n'));
  for (std::size_t at = line.text.find(" = "); at != std::string_view::npos;
       at = line.text.find(" = ", at + 2)) {
    line.more_equals |= line.equals != kNowhere;
    line.equals = at + 1;
  }
  if (!line.text.empty() && line.text.back() == '\r') line.text.remove_suffix(1);
  return line;
}

}  // namespace medic::parsers::strace
