#include "parsers/audit/json_dialects.h"

#include <algorithm>
#include <array>

#include "parsers/audit/enricher_dialect.h"
#include "parsers/audit/line_dialect.h"
#include "parsers/audit/peeled_reader.h"
#include "parsers/audit/sandbox_dialect.h"
#include "parsers/envelope/json.h"
#include "parsers/envelope/prefix.h"

namespace medic::parsers {
namespace {

using namespace audit;

// One shape: how it is called, by which words its lines are told (one of each group must stand in them), and how it is peeled.
struct Shape {
  std::string_view name, help;
  std::array<std::string_view, 3> marks;       // all of them, empty ones aside
  std::array<std::string_view, 4> words;       // any of them, where there are any
  std::array<std::string_view, 13> interests;  // any of them, for a line to be worth parsing
  envelope::Peeling (*peel)(std::string_view, envelope::Peeled&);
  // Quicker, for most lines; nothing: peel() it. Null: there is none.
  std::optional<envelope::Peeling> (*peel_flat)(std::string_view, envelope::FlatObject&, envelope::Peeled&) = nullptr;
};

bool holds(std::string_view line, std::string_view word) { return !word.empty() && line.find(word) != std::string_view::npos; }

// Adds what the wrapping tells to events that do not.
class InnerSink : public EventSink {
 public:
  InnerSink(const envelope::Peeled& peeled, EventSink& sink) : peeled_(peeled), sink_(sink) {}
  void event(const model::Event& event) override {
    model::Event own = event;
    if (own.host.empty()) own.host = peeled_.host;
    if (own.time.basis != model::Time::Basis::Epoch && peeled_.time.basis == model::Time::Basis::Epoch) own.time = peeled_.time;
    sink_.event(own);
  }

 private:
  const envelope::Peeled& peeled_;
  EventSink& sink_;
};

class JsonLines : public Dialect {
 public:
  explicit JsonLines(const Shape& shape) : shape_(shape) {}
  std::string_view name() const override { return shape_.name; }
  std::string_view help() const override { return shape_.help; }

  std::size_t recognise(std::span<const std::string_view> lines) const override {
    return static_cast<std::size_t>(
        std::count_if(lines.begin(), lines.end(), [&](std::string_view line) { return is_own(line); }));
  }

  std::unique_ptr<OpenEnds> parse(const Chunk& chunk, const Options& options, ChunkSink& sink) const override {
    RecordReader account(chunk, options, sink);
    envelope::FlatObject flat;
    std::uint64_t next_line = chunk.first_line;
    for_each_line(chunk, [&](std::string_view line, std::uint64_t number, std::uint64_t offset) {
      next_line = number + 1;
      const Place place{{chunk.input, number, offset}, line};
      envelope::Peeled peeled;
      std::optional<envelope::Peeling> peeling;
      if (shape_.peel_flat != nullptr) peeling = shape_.peel_flat(line, flat, peeled);
      if (!peeling) {
        if (!is_own(line) || !is_interesting(line)) return account.foreign();
        peeled = {};
        peeling = peel(line, peeled);
      }
      if (peeling == envelope::Peeling::Damaged) return account.damaged(number, line, "no whole JSON object");
      if (peeling == envelope::Peeling::Foreign) return account.foreign();
      Reading reading = read_peeled(peeled, place, account.whole_events());
      if (reading.kind == Reading::Kind::Foreign && !peeled.text.empty()) reading = read_inside(peeled, place, options, sink);
      account.account(reading, place);
    });
    return account.finish(next_line);
  }
  std::unique_ptr<Stitcher> stitcher(const Options&) const override { return nullptr; }

 private:
  // What a collector wraps may be another program's line than the kernel's.
  static Reading read_inside(const envelope::Peeled& peeled, const Place& place, const Options& options, EventSink& sink) {
    InnerSink inner(peeled, sink);
    for (const Dialect* dialect : {&sandbox_dialect(), &enricher_dialect()}) {
      const Reading reading = static_cast<const LineDialect*>(dialect)->read_line({place.origin, peeled.text}, options, inner);
      if (reading.kind != Reading::Kind::Foreign) return reading;
    }
    return kForeign;
  }
  envelope::Peeling peel(std::string_view line, envelope::Peeled& peeled) const {
    const envelope::ObjectInLine object = envelope::object_in(line);
    if (object.is_member) return shape_.peel("{" + std::string(object.text) + "}", peeled);
    const envelope::Peeling out = shape_.peel(object.text, peeled);
    if (object.prefix.empty()) return out;
    const envelope::Prefix prefix = envelope::read_prefix(object.prefix);
    if (peeled.host.empty()) peeled.host = prefix.host;
    if (peeled.time.basis == model::Time::Basis::None) peeled.time = prefix.time;
    return out;
  }
  bool is_own(std::string_view line) const {
    if (envelope::object_in(line).text.empty()) return false;
    const auto stands = [&](std::string_view word) { return holds(line, word); };
    return std::all_of(shape_.marks.begin(), shape_.marks.end(),
                       [&](std::string_view mark) { return mark.empty() || holds(line, mark); }) &&
           (shape_.words[0].empty() || std::any_of(shape_.words.begin(), shape_.words.end(), stands));
  }
  bool is_interesting(std::string_view line) const {
    return std::any_of(shape_.interests.begin(), shape_.interests.end(),
                       [&](std::string_view word) { return holds(line, word); });
  }

  Shape shape_;
};

}  // namespace

const Dialect& journal_json_dialect() {
  static const JsonLines dialect({"journal-json",
                                  "journalctl -o json",
                                  {"\"__REALTIME_TIMESTAMP\"", "\"MESSAGE\""},
                                  {},
                                  {"\"audit\"", "\"kernel\"", "apparmor=", "COREDUMP_PID", "audit(", "/docker", "libpod-",
                                   "kubepods", "/lxc", "/machine", "nerdctl-", "crio-", "containerd-"},
                                  envelope::peel_journal_json,
                                  envelope::peel_flat_journal_json});
  return dialect;
}

const Dialect& laurel_dialect() {
  static const JsonLines dialect({"laurel",
                                  "laurel's JSON lines",
                                  {"\"ID\":"},
                                  {},
                                  {"\"SYSCALL\":", "\"SECCOMP\":", "AVC\":", "\"ANOM_ABEND\":", "\"CONFIG_CHANGE\":"},
                                  envelope::peel_laurel});
  return dialect;
}

const Dialect& auditbeat_dialect() {
  static const JsonLines dialect({"auditbeat",
                                  "auditbeat and go-libaudit events, one JSON object a line",
                                  {"\"@timestamp\"", "\"sequence\""},
                                  {},
                                  {"syscall", "violated-", "seccomp", "avc", "crashed-program"},
                                  envelope::peel_auditbeat});
  return dialect;
}

const Dialect& go_audit_dialect() {
  static const JsonLines dialect({"go-audit",
                                  "go-audit's JSON lines",
                                  {"\"sequence\"", "\"messages\"", "\"timestamp\""},
                                  {},
                                  {"\"type\""},
                                  envelope::peel_go_audit});
  return dialect;
}

const Dialect& wrapped_json_dialect() {
  static const JsonLines dialect({"json-lines",
                                  "log lines inside JSON objects: json-file, Kubernetes, fluentd",
                                  {},
                                  {"audit", "seccomp", "SECCOMP", "blocked syscall"},
                                  {"\"log\"", "\"message\"", "\"msg\"", "\"MESSAGE\"", "raw\""},
                                  envelope::peel_wrapped_line});
  return dialect;
}

}  // namespace medic::parsers
