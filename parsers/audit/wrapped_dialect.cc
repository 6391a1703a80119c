#include "parsers/audit/wrapped_dialect.h"

#include <algorithm>

#include "parsers/audit/block_dialect.h"
#include "parsers/audit/meaning.h"
#include "parsers/framing/prefix.h"

namespace medic::parsers {
namespace {

using namespace audit;

constexpr std::size_t kMaxLines = 24;  // a record of 600 bytes wrapped at 30

// Not in a member of a JSON object that was printed over several lines.
bool begins_record(std::string_view text) {
  const std::size_t at = text.find("audit(");
  return at != std::string_view::npos && text.front() != '"' &&
         text.substr(0, at).find("type=") != std::string_view::npos;
}

// The end of a record's last number: `code=0x5` and `0000`.
bool is_number_rest(std::string_view text) {
  return !text.empty() && text.size() <= 20 &&
         text.find_first_not_of("0123456789abcdefx") == std::string_view::npos;
}

// Is it a line that a wrapped record may go on with? Its fields hold an equals sign.
bool continues_record(std::string_view text) {
  return !text.empty() && (text.find('=') != std::string_view::npos || is_number_rest(text)) &&
         !begins_record(text);
}

// Nothing but fields: a blank stands before each, and none has one within.
bool has_fields_alone(std::string_view record) {
  return record.find("type=1326") != std::string_view::npos ||
         record.find("type=SECCOMP") != std::string_view::npos ||
         record.find("type=1300") != std::string_view::npos ||
         record.find("type=SYSCALL") != std::string_view::npos;
}

// A terminal cuts where its last column is, a mail program between words. Was a word cut: is one of
// its two parts no field?
bool is_cut_word(std::string_view before, std::string_view behind) {
  const std::string_view last = before.substr(before.rfind(' ') + 1),
                         first = behind.substr(0, behind.find(' '));
  if (last.empty() || last.back() == ':') return false;
  return last.find('=') == std::string_view::npos || first.find('=') == std::string_view::npos;
}

class Wrapped : public BlockDialect {
 public:
  std::string_view name() const override { return "wrapped"; }
  std::string_view help() const override {
    return "audit records quoted or wrapped by mail programs";
  }
  Traits traits() const override { return {.reads_lines_alone = false, .whole_document = true}; }
  // Counts lines that no other dialect reads rightly: quoted ones, and those a record goes on with.
  std::size_t recognise(std::span<const std::string_view> lines) const override {
    std::size_t own = 0;
    bool inside = false;   // a record that does not look whole may go on here
    bool counted = false;  // its first line was counted already
    bool at_code = false;
    for (std::string_view line : lines) {
      const std::string_view text = framing::unquote_mail(line);
      if (begins_record(text)) {
        const bool quoted = text.size() != line.size();
        own += quoted ? 1 : 0;
        counted = quoted;
        // A last number may go on.
        const std::size_t code = text.find(" code=");
        inside = code == std::string_view::npos && text.find(" res=") == std::string_view::npos;
        at_code =
            code != std::string_view::npos && text.find(' ', code + 1) == std::string_view::npos;
      } else if ((inside && continues_record(text)) || (at_code && is_number_rest(text))) {
        own += counted ? 1 : 2;
        counted = true;
        at_code = false;
      } else {
        inside = at_code = false;
      }
    }
    return own;
  }
  bool starts(std::string_view line) const override {
    return begins_record(framing::unquote_mail(line));
  }
  bool uses(std::string_view line) const override {
    const std::string_view text = framing::unquote_mail(line);
    return begins_record(text) || continues_record(text);
  }
  void read_block(std::string_view block, model::Origin origin, const Options& options,
                  EventSink& sink) const override {
    std::string joined;
    std::size_t lines = 0;
    bool done = false;
    bool was_cut_off = false;  // the line before ended in the middle of something
    Chunk chunk;
    chunk.text = block;
    for_each_line(chunk, [&](std::string_view line, std::uint64_t, std::uint64_t) {
      std::string_view text = framing::unquote_mail(line);
      const bool value_follows = joined.ends_with('=') && !text.empty();
      done =
          done || ++lines > kMaxLines || (lines > 1 && !value_follows && !continues_record(text));
      if (done) return;
      const bool ends_in_blank = text.ends_with(' ');
      while (text.ends_with(' ')) text.remove_suffix(1);
      const bool is_cut =
          value_follows || (was_cut_off && has_fields_alone(joined) && is_cut_word(joined, text));
      if (!joined.empty() && !is_cut) joined += ' ';
      joined += text;
      was_cut_off = !ends_in_blank;
    });
    Record record;
    std::string_view glued;
    if (!begins_record(joined) || audit::read_line(joined, record, glued) != Found::Record) return;
    Interpreter interpreter(options);
    const Companions none;
    interpreter.read(record, {origin, joined}, &none, sink);
  }
};

}  // namespace

const Dialect& wrapped_dialect() {
  static const Wrapped dialect;
  return dialect;
}

}  // namespace medic::parsers
