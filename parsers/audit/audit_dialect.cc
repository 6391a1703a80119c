#include "parsers/audit/audit_dialect.h"

#include "base/text.h"
#include "parsers/audit/record_reader.h"
#include "parsers/audit/word_scanner.h"
#include "parsers/audit/written_lines.h"
#include "parsers/framing/json.h"

namespace medic::parsers {
namespace {

using namespace audit;

// Reads the lines of one chunk.
class ChunkReader {
 public:
  ChunkReader(const Chunk& chunk, const RecordReader::Use& use, ChunkSink& sink)
      : chunk_(chunk), sink_(sink), records_(chunk, use, sink), line_(chunk.first_line) {}

  std::unique_ptr<Partial> read() {
    const std::string_view text = chunk_.text;
    next_ = next_word(text, 0);
    while (at_ < text.size()) {
      if (take_written()) continue;
      // One search serves all lines up to the word it finds.
      if (next_ < at_ && !is_auditd(text.substr(at_, 5))) next_ = next_word(text, at_);
      if (next_ > at_ && !is_auditd(text.substr(at_, 5))) skip_to(next_);
      if (at_ < text.size()) take_line();
    }
    return records_.finish(line_);
  }

 private:
  // Counts the whole lines before the one that holds `target` as foreign.
  void skip_to(std::size_t target) {
    const std::string_view text = chunk_.text;
    if (target >= text.size()) {
      count_lines(text.size());
      at_ = text.size();
      return;
    }
    const std::size_t newline =
        target == at_ ? std::string_view::npos : text.substr(at_, target - at_).rfind('\n');
    if (newline == std::string_view::npos) return;
    count_lines(at_ + newline + 1);
    at_ += newline + 1;
  }

  void count_lines(std::size_t end) {
    const std::uint64_t lines = medic::count_lines(chunk_.text.substr(at_, end - at_));
    records_.foreign(lines);
    line_ += lines;
  }

  // The line at hand, where it is written as auditd writes it without a node; false leaves it to
  // the careful way, which comes to the same.
  bool take_written() {
    const std::string_view text = chunk_.text;
    if (!written_.read(text, at_)) return false;
    const WrittenLine& line = written_.line();
    if (line.new_stamp) sink_.stamped({{}, line.word, line.milliseconds(), line.serial(), line_});
    if (line.type == Type::Other) {
      records_.foreign();
    } else if (!line.may_be_glued && is_silent(line.type) && !records_.wants_companion(line_)) {
      records_.used();
    } else {
      take_written_record(line);
    }
    at_ = line.next;
    ++line_;
    return true;
  }

  void take_written_record(const WrittenLine& line) {
    const std::string_view text = chunk_.text;
    std::string_view whole = text.substr(at_, line.end - at_), glued;
    if (whole.ends_with('\r')) whole.remove_suffix(1);
    Record record = line.record(whole.size() + at_);
    if (line.may_be_glued) split_glued(record, glued);
    after_ = {text.data() + line.next, text.size() - line.next + chunk_.after.size()};
    take_record(record, {{chunk_.input, line_, chunk_.first_offset + at_}, whole}, glued);
  }

  void take_line() {
    const std::string_view rest = chunk_.text.substr(at_);
    const std::size_t newline = rest.find('\n');
    std::string_view line = rest.substr(0, newline);
    if (line.ends_with('\r')) line.remove_suffix(1);
    const Place place{{chunk_.input, line_, chunk_.first_offset + at_}, line};
    const std::size_t end = newline == std::string_view::npos ? rest.size() : newline + 1;
    after_ = {rest.data() + end, rest.size() - end + chunk_.after.size()};
    if (is_auditd(line)) {
      written_.forget_stamp();
      if (const auto stamped = stamp_of(line, line_)) sink_.stamped(*stamped);
      take_auditd(place);
    } else {
      take_text(place);
    }
    at_ += end;
    ++line_;
  }

  void take_auditd(const Place& place) {
    Record record;
    std::string_view glued;
    Found found = Found::Foreign;
    if (place.line.starts_with("type=")) {
      const TypeWord word = read_type_word(place.line);
      const bool plain =
          word.end != std::string_view::npos && place.line.substr(word.end + 1).starts_with("msg=");
      if (plain && word.type == Type::Other) return records_.foreign();
      found = read_auditd(place.line, word, record, glued);
    } else {
      found = read_auditd(place.line, record, glued);
    }
    if (found == Found::Foreign) return records_.foreign();
    if (found == Found::Damaged)
      return records_.damaged(place.origin.line, place.line, "record cut off");
    if (glued.empty() && is_silent(record.type) && !records_.wants_companion(place.origin.line))
      return records_.used();
    take_record(record, place, glued);
  }

  // Companions, which the record before them has looked up already.
  static bool is_silent(Type type) {
    return type == Type::Path || type == Type::Cwd || type == Type::Proctitle ||
           type == Type::Eoe || type == Type::Execve || type == Type::TaskContexts ||
           type == Type::LandlockDomain;
  }

  void take_text(const Place& place) {
    Record record;
    std::string_view glued;
    const Found found = read_text(place.line, record, glued);
    if (found == Found::Damaged)
      return records_.damaged(place.origin.line, place.line, "record cut off");
    if (found == Found::Record) {
      if (place.line.starts_with("** ")) read_loss_notice(place.line, place, records_.sink());
      return take_record(record, place, glued);
    }
    if (read_loss_notice(place.line, place, records_.sink())) return records_.used();
    records_.foreign();
  }

  // A line may hold several records whose line ends were lost; the first decides what the line
  // counts as.
  void take_record(const Record& record, const Place& place, std::string_view glued) {
    records_.account(records_.read(record, place, after_), place);
    while (!glued.empty()) {
      Record next;
      std::string_view rest;
      if (read_text(glued, next, rest) == Found::Record) {
        if (next.node.empty()) next.node = record.node;
        records_.read(next, place, after_);
      }
      glued = rest;
    }
  }

  const Chunk& chunk_;
  ChunkSink& sink_;
  RecordReader records_;
  WrittenLines written_;
  std::uint64_t line_;
  std::size_t at_ = 0;
  std::size_t next_ = 0;    // where the next word stands, when not before at_
  std::string_view after_;  // the chunk behind the line at hand
};

class AuditReader : public Reader {
 public:
  explicit AuditReader(const Options& options)
      : options_(options), cache_(make_known_records(options)) {}
  std::unique_ptr<Partial> read(const Chunk& chunk, ChunkSink& sink) override {
    return ChunkReader(chunk, {options_, cache_.get()}, sink).read();
  }

 private:
  const Options options_;
  std::unique_ptr<KnownRecords> cache_;
};

class AuditDialect : public Dialect {
 public:
  std::string_view name() const override { return "audit"; }
  std::string_view help() const override {
    return "audit records: auditd files, ausearch, dmesg, syslog, journalctl";
  }
  Traits traits() const override {
    return {.finds_records_anywhere = true, .has_serials = true, .knows_all_denials = true};
  }

  std::size_t recognise(std::span<const std::string_view> lines) const override {
    std::size_t own = 0;
    for (std::string_view line : lines) {
      Record record;
      std::string_view glued;
      const bool auditd = is_auditd(line) && line.find("msg=audit(") != std::string_view::npos;
      const bool kernel = line.find("audit: type=") != std::string_view::npos &&
                          framing::object_in(line).text.empty();
      if (auditd || kernel || read_text(line, record, glued) != Found::Foreign) ++own;
    }
    return own;
  }

  std::unique_ptr<Reader> make_reader(const Options& options) const override {
    return std::make_unique<AuditReader>(options);
  }
  std::unique_ptr<Joiner> make_joiner(const Options& options) const override {
    return record_joiner(options);
  }
};

}  // namespace

const Dialect& audit_dialect() {
  static const AuditDialect dialect;
  return dialect;
}

}  // namespace medic::parsers
