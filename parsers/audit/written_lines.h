// Lines of an audit log as auditd writes them, one after another: what most lines have in common is
// compared, not read.
#pragma once

#include <array>
#include <optional>

#include "parsers/audit/record.h"
#include "parsers/dialect.h"

namespace medic::parsers::audit {

// `type=WORD msg=audit(STAMP): BODY`. Positions are those of the text.
struct WrittenLine {
  Type type = Type::Other;
  std::string_view word;   // of the type
  bool new_stamp = false;  // it is not the former line's
  std::size_t body = 0;    // behind the stamp's colon
  std::size_t mark =
      0;  // of 0x1d, where auditd's enrichment begins; the line's end where there is none
  std::size_t end = 0;   // of the newline; the text's end where there is none
  std::size_t next = 0;  // where the next line begins
  bool may_be_glued =
      false;  // another record, whose line end before it was lost, may stand in the body

  std::string_view text;  // the whole text
  const Record* stamp = nullptr;

  std::uint64_t serial() const { return static_cast<std::uint64_t>(stamp->serial); }
  std::uint64_t milliseconds() const {
    return static_cast<std::uint64_t>(stamp->time.ns / 1'000'000);
  }
  // end: of the line, without a carriage return.
  Record record(std::size_t end) const;
};

class WrittenLines {
 public:
  // The line of the text that begins at `at`. False: it looks otherwise, or an unusual way of
  // reading is asked for. The text must outlive the next call.
  bool read(std::string_view text, std::size_t at);
  const WrittenLine& line() const { return line_; }
  // The next line's stamp counts as new.
  void forget_stamp() { stamp_text_ = {}; }

 private:
  bool read_word(std::string_view rest);
  bool read_stamp(std::string_view rest);

  struct Word {
    std::uint64_t low = 0, high = 0;            // its bytes and the blank's behind it
    std::uint64_t low_mask = 0, high_mask = 0;  // which bytes those are
    std::size_t size = 0;                       // without the blank; 0: nothing is here
    Type type = Type::Other;
  };
  static bool learn_word(std::string_view rest, std::uint64_t low, std::uint64_t high, Word& out);
  std::array<Word, 256> words_;
  WrittenLine line_;
  std::string_view stamp_text_;  // `msg=audit(1613596317.899:6461):`
  Record stamp_;
};

// The stamp of a line as auditd writes it, and as other tools change it; nothing where it holds
// none.
std::optional<Stamped> stamp_of(std::string_view line, std::uint64_t number);

}  // namespace medic::parsers::audit
