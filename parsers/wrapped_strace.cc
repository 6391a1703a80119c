#include "parsers/wrapped_strace.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <vector>

#include "parsers/framing/json.h"
#include "parsers/framing/stamp.h"
#include "parsers/strace/strace_dialect.h"

namespace medic::parsers {
namespace {

// What a line carries.
struct Payload {
  std::string kept;       // where `text` had to be put together
  std::string_view text;  // without its line end
  model::Time time;       // the carrier's
  bool is_cut = false;    // the next line's goes on with it
};

bool is_name(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
         c == '_' || c == '-';
}

// `web-1  | `, of docker compose.
std::optional<std::string_view> behind_column(std::string_view line) {
  constexpr std::size_t kLongest = 160;
  const std::size_t bar = line.substr(0, kLongest).find(" | ");
  if (bar == std::string_view::npos) return std::nullopt;
  std::string_view name = line.substr(0, bar);
  while (name.ends_with(' ')) name.remove_suffix(1);
  if (name.empty() || !std::all_of(name.begin(), name.end(), is_name)) return std::nullopt;
  return line.substr(bar + 3);
}

// `[pod/web-0/nginx] `, of kubectl.
std::optional<std::string_view> behind_pod(std::string_view line) {
  constexpr std::size_t kLongest = 600;  // a pod's name has at most 253 bytes, a container's 63
  if (!line.starts_with("[pod/")) return std::nullopt;
  const std::size_t end = line.substr(0, kLongest).find("] ");
  if (end == std::string_view::npos) return std::nullopt;
  return line.substr(end + 2);
}

// `host tag: `, `host tag[12]: `.
std::optional<std::string_view> behind_tag(std::string_view text) {
  constexpr std::size_t kLongest = 320;
  const std::size_t blank = text.find(' '), end = text.substr(0, kLongest).find(": ");
  if (blank == std::string_view::npos || end == std::string_view::npos || end < blank)
    return std::nullopt;
  const std::string_view tag = text.substr(blank + 1, end - blank - 1);
  return tag.empty() || tag.find_first_of(" (=") != std::string_view::npos
             ? std::nullopt
             : std::optional(text.substr(end + 2));
}

std::optional<std::string_view> behind_stamp(std::string_view line, Payload& out) {
  const framing::Stamp stamp = framing::read_stamp(line);
  const bool monotonic =
      stamp.form == framing::StampForm::DmesgSeconds;  // journalctl -o short-monotonic
  if (stamp.form != framing::StampForm::Iso && stamp.form != framing::StampForm::Syslog &&
      !monotonic)
    return std::nullopt;
  out.time = stamp.time;
  if (stamp.form != framing::StampForm::Iso) return behind_tag(stamp.rest);
  for (const std::string_view stream :
       {"stdout ", "stderr "}) {  // CRI: `stderr F `, and P of a piece
    const std::string_view tags = stamp.rest.substr(std::min(stream.size(), stamp.rest.size()));
    if (!stamp.rest.starts_with(stream) || tags.size() < 2 || (tags[0] != 'F' && tags[0] != 'P') ||
        tags[1] != ' ')
      continue;
    out.is_cut = tags[0] == 'P';
    return tags.substr(2);
  }
  if (const auto text = behind_tag(stamp.rest)) return text;
  // One blank is the carrier's, more are strace's: lines of a stack begin with one.
  std::size_t begin = line.size() - stamp.rest.size();
  while (begin > 1 && line[begin - 2] == ' ') --begin;
  return line.substr(begin);
}

// False: it is no carrier's line.
bool unwrap(std::string_view line, Payload& out) {
  out = {};
  if (line.empty()) return false;
  if (const framing::ObjectInLine object = framing::object_in(line);
      !object.text.empty() && !object.is_member) {
    framing::Unwrapped unwrapped;
    if (framing::unwrap_any_line(object.text, unwrapped) != framing::Unwraping::Ours) return false;
    out.kept = std::move(unwrapped.text);
    out.text = out.kept;
    out.time = unwrapped.time;
    out.is_cut = unwrapped.is_cut;
    return true;
  }
  const auto named = line.front() == '[' ? behind_pod(line) : behind_column(line);
  const auto stamped = behind_stamp(named.value_or(line), out);
  if (!named && !stamped) return false;
  out.text = stamped ? *stamped : *named;
  return true;
}

// Of these each line of strace's has one; few other logs have.
constexpr std::array<std::string_view, 5> kMarks{" = ", "<unfinished", " resumed>", "+++ ",
                                                 "--- SIG"};

bool may_be_strace(std::string_view line) {
  return std::any_of(std::begin(kMarks), std::end(kMarks), [&](std::string_view mark) {
    return line.find(mark) != std::string_view::npos;
  });
}

// Where a line stands in the input, and when its carrier says it was written.
struct LineOrigin {
  std::uint64_t offset = 0;
  model::Time time;
};

// What the chunk's lines carry, line by line; a line put together of several stands in the place of
// the first.
struct Unwrapped {
  std::string text;
  std::vector<LineOrigin> line_origins;
  std::uint64_t joined =
      0;  // lines that stand in the text as empty ones because they go on with one before them

  explicit Unwrapped(const Chunk& chunk) {
    text.reserve(chunk.text.size());
    std::size_t owed = 0;  // line ends of a line under way
    const auto end_line = [&] {
      text.append(owed, '\n');
      if (owed > 1) joined += owed - 1;
      owed = 0;
    };
    Payload payload;
    for_each_line(chunk, [&](std::string_view line, std::uint64_t, std::uint64_t offset) {
      if (!unwrap(line, payload)) end_line();
      text += payload.text;
      line_origins.push_back({offset, payload.time});
      ++owed;
      if (!payload.is_cut) end_line();
    });
    end_line();
  }
};

class WrappedSink : public ChunkSink {
 public:
  WrappedSink(ChunkSink& sink, std::uint64_t first_line, const Unwrapped& unwrapped)
      : sink_(sink),
        first_line_(first_line),
        line_origins_(unwrapped.line_origins),
        joined_(unwrapped.joined) {}
  void event(const model::Event& event) override {
    const std::uint64_t at = event.origin.line - first_line_;
    if (at >= line_origins_.size()) return sink_.event(event);
    model::Event own = event;
    own.origin.offset = line_origins_[at].offset;
    own.provenance = model::Provenance::Anyone;
    own.repeat_id = 0;
    if (own.time.basis == model::Time::Basis::None) own.time = line_origins_[at].time;
    sink_.event(own);
  }
  void used(std::uint64_t lines) override { sink_.used(lines); }
  void foreign(std::uint64_t lines) override {
    const std::uint64_t ours = std::min(lines, joined_);
    joined_ -= ours;
    sink_.used(ours);
    sink_.foreign(lines - ours);
  }
  void damaged(std::uint64_t line, std::string_view text, std::string_view reason) override {
    sink_.damaged(line, text, reason);
  }

 private:
  ChunkSink& sink_;
  std::uint64_t first_line_;
  std::span<const LineOrigin> line_origins_;
  std::uint64_t joined_;
};

class WrappedReader : public Reader {
 public:
  explicit WrappedReader(const Options& options) : inner_(strace_dialect().make_reader(options)) {}
  std::unique_ptr<Partial> read(const Chunk& chunk, ChunkSink& sink) override {
    const Unwrapped unwrapped(chunk);
    Chunk own = chunk;
    own.text = unwrapped.text;
    own.after = {};
    WrappedSink account(sink, chunk.first_line, unwrapped);
    return inner_->read(own, account);
  }

 private:
  std::unique_ptr<Reader> inner_;
};

// What is decided late is no surer than the rest.
class WrappedJoiner : public Joiner {
 public:
  explicit WrappedJoiner(std::unique_ptr<Joiner> inner) : inner_(std::move(inner)) {}
  void join(std::unique_ptr<Partial> ends, EventSink& sink) override {
    Marking marking(sink);
    inner_->join(std::move(ends), marking);
  }
  void finish(EventSink& sink) override {
    Marking marking(sink);
    inner_->finish(marking);
  }

 private:
  class Marking : public EventSink {
   public:
    explicit Marking(EventSink& sink) : sink_(sink) {}
    void event(const model::Event& event) override {
      model::Event own = event;
      own.provenance = model::Provenance::Anyone;
      own.repeat_id = 0;
      sink_.event(own);
    }

   private:
    EventSink& sink_;
  };
  std::unique_ptr<Joiner> inner_;
};

class WrappedStrace : public Dialect {
 public:
  std::string_view name() const override { return "wrapped-strace"; }
  std::string_view help() const override {
    return "strace's lines in a container's or a system's log: json-file, CRI, compose, kubectl, "
           "syslog";
  }

  std::size_t recognise(std::span<const std::string_view> lines) const override {
    Payload payload;
    return static_cast<std::size_t>(
        std::count_if(lines.begin(), lines.end(), [&](std::string_view line) {
          return may_be_strace(line) && unwrap(line, payload) &&
                 strace_dialect().recognise({&payload.text, 1}) == 1;
        }));
  }

  std::int64_t task_of_unnumbered(std::string_view front) const override {
    Chunk chunk;
    chunk.text = front;
    return strace_dialect().task_of_unnumbered(Unwrapped(chunk).text);
  }

  kernel::Arch arch_by_front(std::string_view front) const override {
    Chunk chunk;
    chunk.text = front;
    return strace_dialect().arch_by_front(Unwrapped(chunk).text);
  }

  std::unique_ptr<Reader> make_reader(const Options& options) const override {
    return std::make_unique<WrappedReader>(options);
  }
  std::unique_ptr<Joiner> make_joiner(const Options& options) const override {
    auto inner = strace_dialect().make_joiner(options);
    return inner == nullptr ? nullptr : std::make_unique<WrappedJoiner>(std::move(inner));
  }
};

}  // namespace

const Dialect& wrapped_strace_dialect() {
  static const WrappedStrace dialect;
  return dialect;
}

}  // namespace medic::parsers
