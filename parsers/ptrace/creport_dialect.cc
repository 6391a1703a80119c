// The report is one JSON document over many lines: chunks hand their text on, and it is read when
// the last has come.
#include "parsers/ptrace/creport_dialect.h"

#include <algorithm>
#include <memory>
#include <string>

#include "base/text.h"
#include "parsers/ptrace/call_text.h"
#include "parsers/ptrace/json_line.h"

namespace medic::parsers {
namespace {

using namespace ptrace;
using nlohmann::json;

constexpr std::size_t kMaxReport = std::size_t{64} << 20;  // real ones have at most a few megabytes

class ReportText : public Partial {
 public:
  std::string text;
  model::Origin origin;
};

void emit_loss(const model::Origin& origin, std::string_view text, EventSink& sink) {
  model::Event event;
  event.origin = origin;
  event.what = model::Loss{model::Loss::Kind::Other, 0, text};
  sink.event(event);
}

// The whole document, with the place of its first line: places of single calls are found by their
// text.
class ReportJoiner : public Joiner {
 public:
  explicit ReportJoiner(kernel::Arch arch) : arch_(arch) {}

  void join(std::unique_ptr<Partial> ends, EventSink& sink) override {
    const auto* chunk = dynamic_cast<const ReportText*>(ends.get());
    if (chunk == nullptr) return;
    if (text_.empty()) origin_ = chunk->origin;
    if (text_.size() + chunk->text.size() > kMaxReport) {
      if (!too_long_) emit_loss(chunk->origin, "report longer than this program reads", sink);
      too_long_ = true;
      return;
    }
    text_ += chunk->text;
  }

  void finish(EventSink& sink) override {
    if (text_.empty() || too_long_) return;
    const auto report = json_object(text_);
    const json* traced = report ? member(*report, {"monitors", "pt"}) : nullptr;
    if (traced == nullptr) {
      emit_loss(origin_,
                report ? "report without traced calls (monitors.pt)" : "report cut off or broken",
                sink);
      return;
    }
    emit_calls(*report, *traced, sink);
  }

 private:
  // The document says its architecture by Go's or uname's name; 32-bit ones by slim's own.
  kernel::Arch arch_of(const json& traced) const {
    const std::string_view name = text_of(traced, {"arch_name"});
    return name == "386" ? kernel::Arch::X86 : kernel::arch_from_any(name).value_or(arch_);
  }

  void emit_calls(const json& report, const json& traced, EventSink& sink) {
    const json* stats = member(traced, {"syscall_stats"});
    if (stats == nullptr || !stats->is_object()) {
      emit_loss(origin_, "report without syscall_stats", sink);
      return;
    }
    const kernel::Arch arch = arch_of(traced);
    std::uint64_t unreadable = 0, given = 0;
    for (const auto& [key, entry] : stats->items()) {
      if (entry.is_object() && emit_call(report, entry, arch, sink))
        ++given;
      else
        ++unreadable;
    }
    const auto promised = integer_of(traced, {"syscall_num"});
    if (promised && *promised > 0 && static_cast<std::uint64_t>(*promised) > given + unreadable)
      unreadable += static_cast<std::uint64_t>(*promised) - given - unreadable;
    if (unreadable == 0) return;
    model::Event event;
    event.origin = origin_;
    event.what = model::Loss{model::Loss::Kind::Other, unreadable,
                             "calls of the report that cannot be read"};
    sink.event(event);
  }

  bool emit_call(const json& report, const json& entry, kernel::Arch arch, EventSink& sink) {
    const auto number = integer_of(entry, {"num"}), count = integer_of(entry, {"count"});
    const std::string_view name = text_of(entry, {"name"});
    model::Call call;
    if (number && *number >= 0 && *number <= INT32_MAX)
      call.syscall = syscall_called(std::to_string(*number), arch);
    else
      call.syscall = syscall_called(name, arch);
    // The number decides; without an architecture the name is all there is.
    if (call.syscall.name == kernel::kNoName) call.syscall.name = syscall_called(name, arch).name;
    if (!is_known(call.syscall) || !count || *count < 0) return false;
    call.count = static_cast<std::uint64_t>(std::max<std::int64_t>(*count, 1));
    model::Event event;
    event.origin = origin_;
    event.comm = text_of(report, {"monitors", "fan", "main_process", "name"});
    event.what = call;
    sink.event(event);
    return true;
  }

  kernel::Arch arch_;
  std::string text_;
  model::Origin origin_;
  bool too_long_ = false;
};

class CreportDialect : public UncachedDialect {
 public:
  std::string_view name() const override { return "creport"; }
  std::string_view help() const override { return "slim (docker-slim) creport.json"; }
  Traits traits() const override { return {.whole_document = true, .is_one_recording = true}; }

  // Words of a report that other JSON lacks, on lines of their own or in one line.
  std::size_t recognise(std::span<const std::string_view> lines) const override {
    std::size_t keys = 0;
    bool monitors = false;
    for (const std::string_view line : lines) {
      monitors = monitors || line.find("\"monitors\":") != std::string_view::npos;
      for (std::string_view key : {"\"monitors\":", "\"fan\":", "\"pt\":", "\"syscall_stats\":",
                                   "\"monitor_pid\":", "\"process_files\":", "\"main_process\":"}) {
        keys += line.find(key) != std::string_view::npos;
      }
    }
    // One document is ours as a whole or not at all.
    return monitors && keys >= 3 ? lines.size() : 0;
  }

  std::unique_ptr<Partial> read_chunk(const Chunk& chunk, const Options&,
                                      ChunkSink& sink) const override {
    auto ends = std::make_unique<ReportText>();
    ends->origin = {chunk.input, chunk.first_line, chunk.first_offset};
    ends->text = chunk.text.substr(0, kMaxReport + 1);
    std::uint64_t lines = 0;
    for_each_line(chunk, [&](std::string_view, std::uint64_t, std::uint64_t) { ++lines; });
    sink.used(lines);
    return ends;
  }

  std::unique_ptr<Joiner> make_joiner(const Options& options) const override {
    return std::make_unique<ReportJoiner>(options.arch);
  }
};

}  // namespace

const Dialect& creport_dialect() {
  static const CreportDialect dialect;
  return dialect;
}

}  // namespace medic::parsers
