#include "parsers/audit/wrapped_dialect.h"

#include <algorithm>

#include "parsers/audit/block_dialect.h"
#include "parsers/audit/meaning.h"
#include "parsers/envelope/prefix.h"

namespace medic::parsers {
namespace {

using namespace audit;

constexpr std::size_t kMaxLines = 24;  // a record of 600 bytes wrapped at 30

bool begins_record(std::string_view text) {
  const std::size_t at = text.find("audit(");
  return at != std::string_view::npos && text.substr(0, at).find("type=") != std::string_view::npos;
}

// Is it a line that a wrapped record may go on with? Its fields hold an equals sign.
bool continues_record(std::string_view text) {
  return !text.empty() && text.find('=') != std::string_view::npos && !begins_record(text);
}

class Wrapped : public BlockDialect {
 public:
  std::string_view name() const override { return "wrapped"; }
  std::string_view help() const override { return "audit records quoted or wrapped by mail programs"; }
  // Counts lines that no other dialect reads rightly: quoted ones, and those a record goes on with.
  std::size_t recognise(std::span<const std::string_view> lines) const override {
    std::size_t own = 0;
    bool inside = false;   // a record that does not look whole may go on here
    bool counted = false;  // its first line was counted already
    for (std::string_view line : lines) {
      const std::string_view text = envelope::unquote_mail(line);
      if (begins_record(text)) {
        const bool quoted = text.size() != line.size();
        own += quoted ? 1 : 0;
        counted = quoted;
        inside = text.find(" code=") == std::string_view::npos && text.find(" res=") == std::string_view::npos;
      } else if (inside && continues_record(text)) {
        own += counted ? 1 : 2;
        counted = true;
      } else {
        inside = false;
      }
    }
    return own;
  }
  bool starts(std::string_view line) const override { return begins_record(envelope::unquote_mail(line)); }
  bool uses(std::string_view line) const override {
    const std::string_view text = envelope::unquote_mail(line);
    return begins_record(text) || continues_record(text);
  }
  void read_block(std::string_view block, model::Origin origin, const Options& options, EventSink& sink) const override {
    std::string joined;
    std::size_t lines = 0;
    bool done = false;
    Chunk chunk;
    chunk.text = block;
    for_each_line(chunk, [&](std::string_view line, std::uint64_t, std::uint64_t) {
      std::string_view text = envelope::unquote_mail(line);
      const bool value_follows = joined.ends_with('=') && !text.empty();
      done = done || ++lines > kMaxLines || (lines > 1 && !value_follows && !continues_record(text));
      if (done) return;
      while (text.ends_with(' ')) text.remove_suffix(1);
      if (!joined.empty() && !value_follows) joined += ' ';
      joined += text;
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
