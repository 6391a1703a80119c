#include "parsers/audit/journal_dialect.h"

#include <algorithm>

#include "parsers/audit/block_dialect.h"
#include "parsers/audit/unwrapped_reader.h"
#include "parsers/framing/journal.h"
#include "parsers/framing/json.h"
#include "parsers/framing/stamp.h"

namespace medic::parsers {
namespace {

using namespace audit;

class JournalDialect : public BlockDialect {
 public:
  std::string_view name() const override { return "journal"; }
  std::string_view help() const override {
    return "journalctl -o export, -o verbose, -o json-pretty";
  }
  Traits traits() const override { return {.reads_lines_alone = false, .knows_all_denials = true}; }

  std::size_t recognise(std::span<const std::string_view> lines) const override {
    // Each entry's own lines count once an entry was seen to begin.
    const bool any = std::any_of(lines.begin(), lines.end(), [](std::string_view line) {
      return line.starts_with("__CURSOR=") || line.starts_with("\t\"__CURSOR\" : ") ||
             is_verbose_start(line);
    });
    if (!any) return 0;
    return static_cast<std::size_t>(
        std::count_if(lines.begin(), lines.end(),
                      [&](std::string_view line) { return starts(line) || is_field(line); }));
  }

  bool starts(std::string_view line) const override {
    return line.starts_with("__CURSOR=") || line == "{" || is_verbose_start(line);
  }
  bool uses(std::string_view line) const override {
    for (std::string_view prefix : {"    ", "\t\""}) {
      if (line.starts_with(prefix)) line.remove_prefix(prefix.size());
    }
    for (std::string_view key :
         {"MESSAGE", "_TRANSPORT", "_AUDIT_", "_HOSTNAME", "_SOURCE_REALTIME_", "__REALTIME_",
          "COREDUMP_", "_PID", "_COMM", "_EXE"}) {
      if (line.starts_with(key)) return true;
    }
    return false;
  }
  void read_block(std::string_view block, model::Origin origin, const Options& options,
                  EventSink& sink) const override {
    framing::Unwrapped unwrapped;
    const bool json = block.starts_with('{');
    const auto unwrapping =
        json ? framing::unwrap_journal_json(block.substr(0, block.rfind('}') + 1), unwrapped)
             : framing::unwrap_journal(framing::read_journal_entry(block), unwrapped);
    if (unwrapping != framing::Unwraping::Ours) return;
    Interpreter interpreter(options);
    // The evidence is the message, not the entry's every field.
    const std::string_view message =
        unwrapped.text.empty() ? (unwrapped.records.empty() ? block.substr(0, block.find('\n'))
                                                            : unwrapped.records.front().body)
                               : std::string_view(unwrapped.text);
    if (read_unwrapped(unwrapped, {origin, message}, {interpreter, sink}).kind !=
        Reading::Kind::Damaged)
      return;
    // journalctl shows a message with control bytes as `[171B blob data]` unless it is asked for
    // all.
    model::Event event;
    event.origin = origin;
    event.line = message;
    event.time = unwrapped.time;
    event.host = unwrapped.host;
    event.what = model::Loss{model::Loss::Kind::Truncated, 1,
                             "an audit record that journalctl did not print whole"};
    sink.event(event);
  }

 private:
  static bool is_verbose_start(std::string_view line) {
    return line.ends_with(']') && line.find(" [s=") != std::string_view::npos &&
           framing::read_stamp(line).form != framing::StampForm::None;
  }
  static bool is_field(std::string_view line) {
    if (line.starts_with("    ")) line.remove_prefix(4);
    if (line.starts_with("\t\"")) line.remove_prefix(2);
    const std::size_t end = line.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789");
    return end != 0 && end != std::string_view::npos &&
           (line[end] == '=' || line.substr(end).starts_with("\" : "));
  }
};

}  // namespace

const Dialect& journal_dialect() {
  static const JournalDialect dialect;
  return dialect;
}

}  // namespace medic::parsers
