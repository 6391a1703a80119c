#include "parsers/audit/json_dialects.h"

#include <algorithm>
#include <array>

#include "parsers/audit/enricher_dialect.h"
#include "parsers/audit/line_dialect.h"
#include "parsers/audit/unwrapped_reader.h"
#include "parsers/audit/sandbox_dialect.h"
#include "parsers/framing/json.h"
#include "parsers/framing/prefix.h"
#include "parsers/framing/store_walk.h"

namespace medic::parsers {
namespace {

using namespace audit;

// One event class: how it is called, by which words its lines are reported (one of each group must
// stand in them), and how it is unwrapped.
struct EventClass {
  std::string_view name, help;
  std::array<std::string_view, 3> marks;       // all of them, empty ones aside
  std::array<std::string_view, 4> words;       // any of them, where there are any
  std::array<std::string_view, 13> interests;  // any of them, for a line to be worth parsing
  framing::Unwraping (*unwrap)(std::string_view, framing::Unwrapped&);
  // Quicker, for most lines; nothing: unwrap() it. Null: there is none.
  std::optional<framing::Unwraping> (*unwrap_flat)(std::string_view, framing::FlatObject&,
                                                   framing::Unwrapped&) = nullptr;
  Traits traits = {};
};

bool holds(std::string_view line, std::string_view word) {
  return !word.empty() && line.find(word) != std::string_view::npos;
}

// Adds what the wrapping says to events that do not.
class InnerSink : public EventSink {
 public:
  InnerSink(const framing::Unwrapped& unwrapped, EventSink& sink)
      : unwrapped_(unwrapped), sink_(sink) {}
  void event(const model::Event& event) override {
    model::Event own = event;
    if (own.host.empty()) own.host = unwrapped_.host;
    if (own.time.basis != model::Time::Basis::Epoch &&
        unwrapped_.time.basis == model::Time::Basis::Epoch)
      own.time = unwrapped_.time;
    sink_.event(own);
  }

 private:
  const framing::Unwrapped& unwrapped_;
  EventSink& sink_;
};

class JsonLines : public Dialect {
 public:
  explicit JsonLines(const EventClass& event_class) : class_(event_class) {}
  std::string_view name() const override { return class_.name; }
  std::string_view help() const override { return class_.help; }

  std::size_t recognise(std::span<const std::string_view> lines) const override {
    return static_cast<std::size_t>(
        std::count_if(lines.begin(), lines.end(),
                      [&](std::string_view line) { return is_own(line) && !is_of_another(line); }));
  }

  Traits traits() const override { return class_.traits; }

  std::unique_ptr<Reader> make_reader(const Options& options) const override {
    return std::make_unique<LinesReader>(*this, options);
  }
  std::unique_ptr<Joiner> make_joiner(const Options&) const override { return nullptr; }

 private:
  class LinesReader : public Reader {
   public:
    LinesReader(const JsonLines& dialect, const Options& options)
        : dialect_(dialect), options_(options), cache_(make_known_records(options)) {}
    std::unique_ptr<Partial> read(const Chunk& chunk, ChunkSink& sink) override {
      return dialect_.read_chunk(chunk, {options_, cache_.get()}, sink);
    }

   private:
    const JsonLines& dialect_;
    const Options options_;
    std::unique_ptr<KnownRecords> cache_;
  };

  std::unique_ptr<Partial> read_chunk(const Chunk& chunk, const RecordReader::Use& use,
                                      ChunkSink& sink) const {
    RecordReader account(chunk, use, sink);
    framing::FlatObject flat;
    std::uint64_t next_line = chunk.first_line;
    for_each_line(chunk, [&](std::string_view line, std::uint64_t number, std::uint64_t offset) {
      next_line = number + 1;
      const Place place{{chunk.input, number, offset}, line};
      framing::Unwrapped unwrapped;
      std::optional<framing::Unwraping> unwrapping;
      if (class_.unwrap_flat != nullptr) unwrapping = class_.unwrap_flat(line, flat, unwrapped);
      if (!unwrapping) {
        if (!is_own(line) || !is_interesting(line)) return account.foreign();
        unwrapped = {};
        unwrapping = unwrap(line, unwrapped);
      }
      if (unwrapping == framing::Unwraping::Damaged)
        return account.damaged(number, line, "no whole JSON object");
      if (unwrapping == framing::Unwraping::Foreign) return account.foreign();
      Reading reading = read_unwrapped(unwrapped, place, account.whole_events());
      if (reading.kind == Reading::Kind::Foreign && !unwrapped.text.empty())
        reading = read_inside(unwrapped, place, use.options, sink);
      account.account(reading, place);
    });
    return account.finish(next_line);
  }
  // What a collector wraps may be another program's line than the kernel's.
  static Reading read_inside(const framing::Unwrapped& unwrapped, const Place& place,
                             const Options& options, EventSink& sink) {
    InnerSink inner(unwrapped, sink);
    for (const Dialect* dialect : {&sandbox_dialect(), &enricher_dialect()}) {
      const Reading reading = static_cast<const LineDialect*>(dialect)->read_line(
          {place.origin, unwrapped.text}, options, inner);
      if (reading.kind != Reading::Kind::Foreign) return reading;
    }
    return kForeign;
  }
  framing::Unwraping unwrap(std::string_view line, framing::Unwrapped& unwrapped) const {
    const framing::ObjectInLine object = framing::object_in(line);
    if (object.is_member) return class_.unwrap("{" + std::string(object.text) + "}", unwrapped);
    const framing::Unwraping out = class_.unwrap(object.text, unwrapped);
    if (object.prefix.empty()) return out;
    const framing::Prefix prefix = framing::read_prefix(object.prefix);
    if (unwrapped.host.empty()) unwrapped.host = prefix.host;
    if (unwrapped.time.basis == model::Time::Basis::None) unwrapped.time = prefix.time;
    return out;
  }
  // Has the marks and the words, and yet nothing that this one would find: a log store's own
  // structure around it.
  bool is_of_another(std::string_view line) const {
    constexpr std::size_t kCut = 8192;  // what the sniffing shows of a longer line
    if (line.size() >= kCut || !framing::may_store_denials(line)) return false;
    if (!class_.words[0].empty() && !is_interesting(line)) return true;
    framing::Unwrapped unwrapped;
    return unwrap(line, unwrapped) == framing::Unwraping::Foreign;
  }
  bool is_own(std::string_view line) const {
    if (framing::object_in(line).text.empty()) return false;
    const auto stands = [&](std::string_view word) { return holds(line, word); };
    return std::all_of(class_.marks.begin(), class_.marks.end(),
                       [&](std::string_view mark) { return mark.empty() || holds(line, mark); }) &&
           (class_.words[0].empty() ||
            std::any_of(class_.words.begin(), class_.words.end(), stands));
  }
  bool is_interesting(std::string_view line) const {
    return std::any_of(class_.interests.begin(), class_.interests.end(),
                       [&](std::string_view word) { return holds(line, word); });
  }

  EventClass class_;
};

}  // namespace

const Dialect& journal_json_dialect() {
  static const JsonLines dialect(
      {"journal-json",
       "journalctl -o json",
       {"\"__REALTIME_TIMESTAMP\"", "\"MESSAGE\""},
       {},
       {"\"audit\"", "\"kernel\"", "apparmor=", "COREDUMP_PID", "audit(", "/docker", "libpod-",
        "kubepods", "/lxc", "/machine", "nerdctl-", "crio-", "containerd-"},
       framing::unwrap_journal_json,
       framing::unwrap_flat_journal_json,
       {.wraps_anything = true, .knows_all_denials = true}});
  return dialect;
}

const Dialect& laurel_dialect() {
  static const JsonLines dialect(
      {"laurel",
       "laurel's JSON lines",
       {"\"ID\":"},
       {},
       {"\"SYSCALL\":", "\"SECCOMP\":", "AVC\":", "\"ANOM_ABEND\":", "\"CONFIG_CHANGE\":"},
       framing::unwrap_laurel,
       nullptr,
       {.knows_all_denials = true}});
  return dialect;
}

const Dialect& auditbeat_dialect() {
  static const JsonLines dialect({"auditbeat",
                                  "auditbeat and go-libaudit events, one JSON object a line",
                                  {"\"@timestamp\"", "\"sequence\""},
                                  {},
                                  {"syscall", "violated-", "seccomp", "avc", "crashed-program"},
                                  framing::unwrap_auditbeat,
                                  nullptr,
                                  {.knows_all_denials = true}});
  return dialect;
}

const Dialect& go_audit_dialect() {
  static const JsonLines dialect({"go-audit",
                                  "go-audit's JSON lines",
                                  {"\"sequence\"", "\"messages\"", "\"timestamp\""},
                                  {},
                                  {"\"type\""},
                                  framing::unwrap_go_audit,
                                  nullptr,
                                  {.knows_all_denials = true}});
  return dialect;
}

const Dialect& wrapped_json_dialect() {
  static const JsonLines dialect({"json-lines",
                                  "log lines inside JSON objects: json-file, Kubernetes, fluentd",
                                  {},
                                  {"audit", "seccomp", "SECCOMP", "blocked syscall"},
                                  {"\"log\"", "\"message\"", "\"msg\"", "\"MESSAGE\"", "raw\""},
                                  framing::unwrap_wrapped_line});
  return dialect;
}

}  // namespace medic::parsers
