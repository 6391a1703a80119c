#include "parsers/audit/json_documents_dialect.h"

#include <algorithm>

#include "base/text.h"
#include "parsers/audit/block_dialect.h"
#include "parsers/audit/unwrapped_reader.h"
#include "parsers/framing/json.h"

namespace medic::parsers {
namespace {

using namespace audit;

// Does the line begin with that member, `  "key": …`?
bool is_member(std::string_view line, std::string_view key) {
  const std::string_view text = trim(line);
  return text.size() > key.size() + 3 && text.front() == '"' && text.substr(1).starts_with(key) &&
         text.substr(1 + key.size()).starts_with("\":");
}

// From the first brace to its counterpart; to the end where that is missing.
std::string_view object_at_front(std::string_view text) {
  const std::size_t begin = std::min(text.find('{'), text.size());
  int depth = 0;
  bool quoted = false;
  for (std::size_t i = begin; i < text.size(); ++i) {
    if (quoted && text[i] == '\\') {
      ++i;
    } else if (text[i] == '"') {
      quoted = !quoted;
    } else if (!quoted && text[i] == '{') {
      ++depth;
    } else if (!quoted && text[i] == '}' && --depth == 0) {
      return text.substr(begin, i + 1 - begin);
    }
  }
  return text.substr(begin);
}

class JsonDocuments : public BlockDialect {
 public:
  std::string_view name() const override { return "json-documents"; }
  std::string_view help() const override {
    return "auditbeat, go-libaudit, go-audit and laurel objects over several lines";
  }
  Traits traits() const override { return {.reads_lines_alone = false, .whole_document = true}; }

  std::size_t recognise(std::span<const std::string_view> lines) const override {
    const auto any = [&](std::string_view key) {
      return std::any_of(lines.begin(), lines.end(),
                         [&](std::string_view line) { return is_member(line, key); });
    };
    const bool ours = (any("sequence") && (any("@timestamp") || any("messages"))) ||
                      (any("ID") && any("SYSCALL"));
    if (!ours || std::none_of(lines.begin(), lines.end(),
                              [&](std::string_view line) { return starts(line); }))
      return 0;
    return static_cast<std::size_t>(
        std::count_if(lines.begin(), lines.end(), [&](std::string_view line) {
          return starts(line) ||
                 (trim(line).starts_with('"') && line.find("\": ") != std::string_view::npos);
        }));
  }
  // Objects within stand behind their key.
  bool starts(std::string_view line) const override { return trim(line) == "{"; }
  bool uses(std::string_view line) const override {
    static constexpr std::string_view kKeys[] = {
        "@timestamp", "sequence", "record_type", "raw_msg", "action", "syscall",  "arch",
        "code",       "sig",      "pid",         "comm",    "name",   "exe",      "ID",
        "SYSCALL",    "SECCOMP",  "messages",    "data",    "type",   "timestamp"};
    return std::any_of(std::begin(kKeys), std::end(kKeys),
                       [&](std::string_view key) { return is_member(line, key); });
  }
  void read_block(std::string_view block, model::Origin origin, const Options& options,
                  EventSink& sink) const override {
    const std::string_view object = object_at_front(block);
    if (object.empty()) return;
    const Place place{origin, object};
    Interpreter interpreter(options);
    bool damaged = true;
    for (auto* unwrap :
         {&framing::unwrap_auditbeat, &framing::unwrap_go_audit, &framing::unwrap_laurel}) {
      framing::Unwrapped unwrapped;
      const framing::Unwraping unwrapping = (*unwrap)(object, unwrapped);
      damaged = damaged && unwrapping == framing::Unwraping::Damaged;
      if (unwrapping != framing::Unwraping::Ours) continue;
      read_unwrapped(unwrapped, place, {interpreter, sink});
      return;
    }
    if (!damaged) return;
    model::Event event;
    event.origin = origin;
    event.line = object;
    event.what = model::Loss{model::Loss::Kind::Truncated, 1, "a JSON object that is not whole"};
    sink.event(event);
  }
};

}  // namespace

const Dialect& json_documents_dialect() {
  static const JsonDocuments dialect;
  return dialect;
}

}  // namespace medic::parsers
