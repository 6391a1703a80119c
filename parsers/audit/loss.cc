// What the logs say about their own gaps: suppressed printks, lost records, changed settings.
#include <array>

#include "base/text.h"
#include "parsers/audit/fields.h"
#include "parsers/audit/meaning.h"
#include "parsers/framing/prefix.h"

namespace medic::parsers::audit {
namespace {

using model::Loss;

void emit(Loss::Kind kind, std::uint64_t count, const Place& place, EventSink& sink) {
  const framing::Prefix prefix =
      framing::read_prefix(place.line.substr(0, place.line.find("audit")));
  model::Event event;
  event.origin = place.origin;
  event.line = place.line;
  event.time = prefix.time;
  event.host = prefix.host;
  event.what = Loss{kind, count, place.line};
  sink.event(event);
}

// The number that ends right before text[end], blanks between; 0 when there is none.
std::uint64_t number_before(std::string_view text, std::size_t end) {
  while (end > 0 && text[end - 1] == ' ') --end;
  std::size_t start = end;
  while (start > 0 && text[start - 1] >= '0' && text[start - 1] <= '9') --start;
  return parse_decimal(text.substr(start, end - start)).value_or(0);
}

std::uint64_t number_after(std::string_view text, std::size_t start) {
  return static_cast<std::uint64_t>(
      std::max<std::int64_t>(0, leading_decimal(text.substr(start)).value_or(0)));
}

struct Notice {
  std::string_view words;
  Loss::Kind kind;
  enum class Number : std::uint8_t { None, Before, After } number;
};

// include/linux/kernel.h, kernel/audit.c, kernel/printk; systemd's journald; auditd's own messages.
constexpr std::array kNotices{
    Notice{"audit_lost=", Loss::Kind::Lost, Notice::Number::After},
    Notice{"kauditd_printk_skb: ", Loss::Kind::Suppressed, Notice::Number::After},
    Notice{"audit_printk_skb: ", Loss::Kind::Suppressed, Notice::Number::After},
    Notice{"audit_backlog=", Loss::Kind::Backlog, Notice::Number::None},
    Notice{"audit: backlog limit exceeded", Loss::Kind::Backlog, Notice::Number::None},
    Notice{"audit: rate limit exceeded", Loss::Kind::Lost, Notice::Number::None},
    Notice{"audit: kauditd hold queue overflow", Loss::Kind::Lost, Notice::Number::None},
    Notice{" printk messages dropped", Loss::Kind::Suppressed, Notice::Number::Before},
    Notice{" messages lost due to rate-limiting", Loss::Kind::Suppressed,
           Notice::Number::Before},  // rsyslog's imjournal
    Notice{" kernel messages", Loss::Kind::Suppressed, Notice::Number::Before},
    Notice{"Audit daemon is suspending logging", Loss::Kind::Other, Notice::Number::None},
    Notice{"B blob data]", Loss::Kind::Truncated,
           Notice::Number::None},  // journalctl without -a, of an audit message with control bytes
    Notice{"event lost", Loss::Kind::Lost, Notice::Number::None},
};

}  // namespace

bool read_loss_notice(std::string_view line, const Place& place, EventSink& sink) {
  for (const Notice& notice : kNotices) {
    const std::size_t at = line.find(notice.words);
    if (at == std::string_view::npos) continue;
    if (notice.words.ends_with("skb: ") &&
        line.find("callbacks suppressed", at) == std::string_view::npos)
      continue;
    if (notice.words == " kernel messages" && line.find("Missed ") == std::string_view::npos)
      continue;
    if (notice.words == "B blob data]" && line.find(" audit[") == std::string_view::npos) continue;
    if (notice.words == "event lost" && line.find("audi") == std::string_view::npos) continue;
    std::uint64_t count = 0;
    if (notice.number == Notice::Number::Before) count = number_before(line, at);
    if (notice.number == Notice::Number::After)
      count = number_after(line, at + notice.words.size());
    emit(notice.kind, count, place, sink);
    return true;
  }
  return false;
}

Reading read_config_change(const Record& record, model::Event& event, EventSink& sink) {
  const bool actions = record.body.find("op=seccomp-logging") != std::string_view::npos;
  const Field enabled = find_field(record.body, "audit_enabled");
  if (!actions && enabled.key.empty()) return kForeign;
  event.what = Loss{Loss::Kind::ConfigChange, 0, record.body};
  sink.event(event);
  return kUsed;
}

}  // namespace medic::parsers::audit
