#include "parsers/store_dialect.h"

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "base/text.h"
#include "parsers/framing/store_walk.h"
#include "parsers/router.h"
#include "parsers/sniff.h"
#include "parsers/unread.h"

namespace medic::parsers {
namespace {

using framing::StoredLine;

// The stored lines as a log of their own, one after another.
struct InnerLog {
  std::vector<StoredLine> lines;
  std::string text;
  Chunk chunk;

  explicit InnerLog(const Chunk& outer) : lines(framing::walk_store(outer.text)), chunk(outer) {
    for (const StoredLine& line : lines) text.append(line.text).append(1, '\n');
    chunk.text = text;
    chunk.after = {};
  }
};

// Puts what the store says of a line into its events.
class StoreSink : public ChunkSink {
 public:
  StoreSink(const Chunk& outer, const InnerLog& log, EventSink& sink, ChunkSink* account)
      : outer_(outer), log_(log), sink_(sink), account_(account), is_used_(log.lines.size()) {}
  void event(const model::Event& event) override {
    const std::uint64_t at = event.origin.line - log_.chunk.first_line;
    if (at >= log_.lines.size()) return sink_.event(event);
    const StoredLine& line = log_.lines[at];
    is_used_[at] = true;
    model::Event own = event;
    own.origin.line = outer_.first_line + line.line;
    own.origin.offset = outer_.first_offset + line.offset;
    if (own.host.empty()) own.host = line.host;
    if (own.time.basis != model::Time::Basis::Epoch && line.time.basis == model::Time::Basis::Epoch)
      own.time = line.time;
    own.provenance = std::max(own.provenance, line.provenance);
    if (line.has_label() && own.pid >= 0) label(line, own);
    sink_.event(own);
  }
  void used(std::uint64_t lines) override { used_ += lines; }
  void foreign(std::uint64_t) override {}
  void damaged(std::uint64_t line, std::string_view, std::string_view) override {
    if (line - log_.chunk.first_line < is_used_.size())
      cut_.push_back(line - log_.chunk.first_line);
  }
  void stamped(const Stamped&) override {}

  // Outer lines with a record in them, each once. Where all inner lines were used, companions
  // without an event count too.
  std::uint64_t used_lines() const {
    std::uint64_t out = 0, last = UINT64_MAX;
    const bool all = used_ >= log_.lines.size();
    for (std::size_t i = 0; i < log_.lines.size(); ++i) {
      if ((!is_used_[i] && !all) || log_.lines[i].line == last) continue;
      last = log_.lines[i].line;
      ++out;
    }
    return out;
  }
  // Says which stored lines name a denial and gave nothing.
  void report_unread() {
    for (std::size_t i = 0; account_ != nullptr && i < log_.lines.size(); ++i) {
      if (is_used_[i] || !names_denial(log_.lines[i].text) || used_ >= log_.lines.size()) continue;
      account_->unread(outer_.first_line + log_.lines[i].line, log_.lines[i].text);
    }
  }

 private:
  void label(const StoredLine& line, const model::Event& event) {
    model::Event own;
    own.origin = event.origin;
    own.time = event.time;
    own.host = event.host;
    own.pid = event.pid;
    own.comm = event.comm;
    own.exe = event.exe;
    own.line = event.line;
    own.provenance = event.provenance;
    model::Label label;
    label.container_id = line.container_id;
    label.container_name = line.container_name;
    label.pod = line.pod;
    own.what = label;
    sink_.event(own);
  }

  const Chunk& outer_;
  const InnerLog& log_;
  EventSink& sink_;
  ChunkSink* account_;
  std::vector<bool> is_used_;
  std::vector<std::uint64_t> cut_;
  std::uint64_t used_ = 0;
};

class StorePartial : public Partial {
 public:
  std::uint64_t first_line = 1;
  std::vector<std::uint64_t> lines;  // of the input, by stored line
  std::unique_ptr<Partial> inner;
};

// Events that were decided late, with the line of the input that they stand in.
class LateSink : public EventSink {
 public:
  LateSink(const std::vector<std::pair<std::uint64_t, std::vector<std::uint64_t>>>& maps,
           EventSink& sink)
      : maps_(maps), sink_(sink) {}
  void event(const model::Event& event) override {
    model::Event own = event;
    for (auto at = maps_.rbegin(); at != maps_.rend(); ++at) {
      if (event.origin.line - at->first >= at->second.size()) continue;
      own.origin.line = at->second[event.origin.line - at->first];
      break;
    }
    sink_.event(own);
  }

 private:
  const std::vector<std::pair<std::uint64_t, std::vector<std::uint64_t>>>& maps_;
  EventSink& sink_;
};

class StoreJoiner : public Joiner {
 public:
  StoreJoiner(std::span<const Dialect* const> known, const Options& options)
      : router_({known.front()}, known), inner_(router_.make_joiner(options)) {}
  void join(std::unique_ptr<Partial> ends, EventSink& sink) override {
    if (ends == nullptr) return;
    auto& own = static_cast<StorePartial&>(*ends);
    maps_.emplace_back(own.first_line, std::move(own.lines));
    if (maps_.size() > 2) maps_.erase(maps_.begin());  // nothing stays open for longer
    LateSink late(maps_, sink);
    inner_->join(std::move(own.inner), late);
  }
  void finish(EventSink& sink) override {
    LateSink late(maps_, sink);
    inner_->finish(late);
  }

 private:
  Router router_;
  std::unique_ptr<Joiner> inner_;
  std::vector<std::pair<std::uint64_t, std::vector<std::uint64_t>>> maps_;
};

// Quotes as JSON escapes them and CSV doubles them.
bool is_quoted_record(std::string_view line) {
  return line.find("=\\\"") != std::string_view::npos ||
         line.find("=\"\"") != std::string_view::npos;
}

class Store : public UncachedDialect {
 public:
  explicit Store(DialectList known) : known_(known) {}
  std::string_view name() const override { return "store"; }
  std::string_view help() const override {
    return "records in what log stores export: any JSON, CSV, logfmt (Elastic, Loki, OTLP, Splunk, "
           "cloud logs)";
  }
  Traits traits() const override { return {.reads_lines_alone = false}; }

  std::size_t recognise(std::span<const std::string_view> lines) const override {
    return static_cast<std::size_t>(
        std::count_if(lines.begin(), lines.end(), [](std::string_view line) {
          const std::string_view text = trim(line);
          if (text.size() < 12 || !framing::may_store_denials(text)) return false;
          const bool is_json = text.front() == '{' || text.front() == '[' ||
                               (text.front() == '"' && text.find('"', 1) != std::string_view::npos);
          if (!is_json && !is_quoted_record(text) &&
              text.substr(0, 512).find("{\"") == std::string_view::npos)
            return false;
          return line.size() >= kCut || !framing::walk_store(text).empty();
        }));
  }

  std::unique_ptr<Partial> read_chunk(const Chunk& chunk, const Options& options,
                                      ChunkSink& sink) const override {
    const std::uint64_t lines = count_lines(chunk.text);
    const auto nothing = [&] {
      sink.foreign(lines);
      return nullptr;
    };
    if (!framing::may_store_denials(chunk.text)) return nothing();
    const InnerLog log(chunk);
    if (log.lines.empty()) {
      report_named(chunk, sink);
      return nothing();
    }
    const Sniffed sniffed = sniff_among(known_(), log.text);
    StoreSink inner(chunk, log, sink, &sink);
    auto partial = std::make_unique<StorePartial>();
    if (sniffed.dialect != nullptr && sniffed.dialect != this) {
      std::vector<const Dialect*> members{sniffed.dialect};
      std::copy_if(sniffed.others.begin(), sniffed.others.end(), std::back_inserter(members),
                   [&](const Dialect* each) { return each != this; });
      Chunk own = log.chunk;
      own.text = log.text;
      Options own_options = options;
      own_options.cached = false;  // the host may differ from line to line
      partial->inner = Router(std::move(members), {}).make_reader(own_options)->read(own, inner);
    }
    inner.report_unread();
    const std::uint64_t used = std::min(inner.used_lines(), lines);
    if (used > 0) sink.used(used);
    if (lines > used) sink.foreign(lines - used);
    partial->first_line = chunk.first_line;
    for (const StoredLine& line : log.lines) partial->lines.push_back(chunk.first_line + line.line);
    return partial;
  }
  std::unique_ptr<Joiner> make_joiner(const Options& options) const override {
    return std::make_unique<StoreJoiner>(known_(), options);
  }

 private:
  DialectList known_;
  static constexpr std::size_t kCut = 8192;  // what recognise() is shown of a longer line
  // No value holds a line, and yet the text names a denial.
  static void report_named(const Chunk& chunk, ChunkSink& sink) {
    for_each_named(chunk, [&](std::string_view line, std::uint64_t number, std::uint64_t) {
      sink.unread(number, line);
    });
  }
};

}  // namespace

const Dialect& store_dialect(DialectList known) {
  static const Store dialect(known);
  return dialect;
}

}  // namespace medic::parsers
