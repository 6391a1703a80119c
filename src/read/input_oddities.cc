// What one input says of itself beside its lines: what is missing in it, and what whoever named it
// should know.
#include <fmt/format.h>

#include "base/text.h"
#include "io/reader.h"
#include "read/input.h"

namespace medic {

void Input::emit_missing_serials(parsers::EventSink& sink) const {
  for (const parsers::audit::SerialHole& hole : serials_.holes()) {
    const std::uint64_t count = hole.last - hole.first + 1;
    const std::string text =
        count == 1 ? fmt::format("audit serial {} is missing", hole.first)
                   : fmt::format("audit serials {} to {} are missing", hole.first, hole.last);
    model::Event event;
    event.origin = {number_, hole.line, 0};
    event.line = text;
    event.what = model::Loss{model::Loss::Kind::SerialGap, count, text};
    sink.event(event);
  }
}

void Input::emit_cut_lines(parsers::EventSink& sink) const {
  model::Event event;
  event.origin = {number_, 0, 0};
  event.what =
      model::Loss{model::Loss::Kind::Truncated, cut_lines_, "lines too long to be read whole"};
  sink.event(event);
}

void Input::report_oddities(const std::string& path) {
  if (is_digest_) return;
  report_unread(path);
  if (choice_.dialect() == nullptr && account().problem.empty() && account().lines > 0) {
    report_unknown(path);
  } else if (account().lines == 0 && account().problem.empty() && manner_ == Manner::Named) {
    warn(path, "is empty");
  }
  if (account().dialect.find('+') != std::string::npos) {
    Problem note;
    note.severity = Severity::Note;
    note.file = path;
    note.text = "holds several dialects: " + account().dialect;
    note.hint =
        "each line was read by the one that knows it; --input-format NAME reads it as one alone";
    result_.problems.push_back(std::move(note));
  }
  if (cut_lines_ > 0)
    warn(path,
         fmt::format("{} line(s) longer than {} MiB were cut", cut_lines_, io::kMaxLine >> 20));
}

// What names a denial and was not understood must not pass for silence; nor must a log of which
// nothing was.
void Input::report_unread(const std::string& path) {
  const ledger::InputAccount& read = account();
  Problem problem;
  problem.file = path;
  problem.hint = "without it the answer is not complete; report the line, so that it can be read";
  if (read.unread > 0) {
    const std::string lines =
        read.unread == 1 ? "a line names" : fmt::format("{} lines name", read.unread);
    problem.line = read.first_unread.front().line;
    problem.text = fmt::format("{} a denial and cannot be read: {}", lines,
                               escape_for_terminal(read.first_unread.front().text));
  } else if (choice_.dialect() != nullptr && read.problem.empty() && manner_ != Manner::Member &&
             read.may_hide_denials() && read.used == 0) {
    problem.text = "no line of it was understood" + quoted_first_line();
  } else {
    return;
  }
  result_.problems.push_back(std::move(problem));
}

// A file that was named should be a log; among a folder's files some are not.
void Input::report_unknown(const std::string& path) {
  if (manner_ == Manner::Member) return;
  Problem problem;
  problem.file = path;
  problem.text = is_journal_ ? std::string("is the journal's own binary form")
                 : unusable_
                     ? std::string("is binary, not a log that can be read")
                     : "no line of it looks like a log that can be read" + quoted_first_line();
  problem.hint = is_journal_ ? "`journalctl -o json --file FILE > FILE.json` writes it as text"
                             : "audit.log, kernel log, journal or strace output is wanted; "
                               "--input-format NAME forces a reading";
  if (manner_ == Manner::Named) return give_up(std::move(problem));
  problem.severity = Severity::Note;
  result_.problems.push_back(std::move(problem));
}

std::string Input::quoted_first_line() {
  const std::string& line = account().first_line;
  return line.empty()
             ? ""
             : fmt::format("; it begins with: {}", escape_for_terminal(shorten(line, 200)));
}

void Input::warn(const std::string& path, std::string text) {
  Problem problem;
  problem.severity = Severity::Warning;
  problem.file = path;
  problem.text = std::move(text);
  result_.problems.push_back(std::move(problem));
}

}  // namespace medic
