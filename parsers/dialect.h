// What a log dialect must offer. Readers take chunks of whole lines, so that chunks can be read on
// several cores; what a chunk cannot decide alone is handed on as a partial, and a joiner joins
// partials in the input's order.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "model/event.h"

namespace medic::parsers {

// Whole lines of one input, in order. text ends in '\n' but for the input's last chunk. Lives as
// long as the call it is given to.
struct Chunk {
  std::string_view text;
  std::uint32_t input = 0;
  std::uint64_t first_line = 1;  // number of the first line in the input
  std::uint64_t first_offset = 0;
  bool last = false;            // nothing follows in this input
  std::string_view after = {};  // what follows in the input as far as can be seen, directly behind
                                // text; not of this chunk
  std::int64_t pid_of_input = -1;  // the task that the whole input is of, where its name says
                                   // (strace -ff: trace.1234); else -1
};

// Receives events. Called from one thread at a time per sink.
class EventSink {
 public:
  virtual ~EventSink() = default;
  virtual void event(const model::Event& event) = 0;
};

// The stamp of an auditd record. type: of the record.
struct Stamped {
  std::string_view node, type;
  std::uint64_t milliseconds = 0, serial = 0;
  std::uint64_t line = 0;
};

// Receives events and the account of a chunk: every line is used, foreign or damaged, exactly once.
class ChunkSink : public EventSink {
 public:
  virtual void used(std::uint64_t lines) = 0;     // ours, understood
  virtual void foreign(std::uint64_t lines) = 0;  // not of this dialect, or of no interest to it
  // A line that should have been ours and cannot be read. reason: a static text, e.g. "record cut
  // off".
  virtual void damaged(std::uint64_t line, std::string_view text, std::string_view reason) = 0;
  // In the order of the lines; where several in a row have the same stamp, of the first at least.
  virtual void stamped(const Stamped&) {}
  // A line that names a denial and that the dialect cannot read, of one whose lines cannot be
  // judged alone.
  virtual void unread(std::uint64_t, std::string_view) {}
};

// What a chunk could not decide alone: owned text and numbers, no views into the chunk. Each
// dialect derives its own.
class Partial {
 public:
  virtual ~Partial() = default;
};

// Joins the partials of successive chunks of one input. Memory is bounded: beyond a limit the
// oldest partial is given up as Unfinished.
class Joiner {
 public:
  virtual ~Joiner() = default;
  // ends: of the dialect's own readers; may be null (nothing was open). Emits what the joining
  // decided.
  virtual void join(std::unique_ptr<Partial> ends, EventSink& sink) = 0;
  // The input is at its end: what is still open is emitted as Unfinished.
  virtual void finish(EventSink& sink) = 0;
};

struct Options {
  kernel::Arch arch =
      kernel::Arch::Unknown;  // --arch: of calls whose architecture the log does not say
  // A bit per argument, by name: which arguments somebody will ask for. Parsers may skip the rest.
  // Null: all.
  const std::uint8_t* wanted_args = nullptr;
  // The task that lines without a number are of, as Dialect::task_of_unnumbered() says; -1: not
  // known.
  std::int64_t unnumbered = -1;
  // May a reader look up lines that are like ones before them? False: each line is read whole, and
  // no event has a repeat id. The events are the same; tests hold one way against the other.
  bool cached = true;
  // Repeat ids begin behind this one: readers whose events go to one sink are distinguished by it.
  std::uint64_t repeat_id_base = 0;
};

// Reads chunks of one input in any order. Belongs to one thread, and owns the cache of what it has
// read, which makes it quicker and changes nothing else.
class Reader {
 public:
  virtual ~Reader() = default;
  // Emits what the chunk decides alone; returns what it leaves open, null where that is nothing.
  // Every line goes into the sink's account. Never throws for bad input.
  virtual std::unique_ptr<Partial> read(const Chunk& chunk, ChunkSink& sink) = 0;
};

// What others must know of a dialect: nobody compares its name.
struct Traits {
  // Tracer: writes calls as strace does, so that another tracer's dialect takes its lines for its
  // own.
  enum class Family : std::uint8_t { Other, Tracer };
  Family family = Family::Other;
  bool reads_lines_alone =
      true;  // a line by itself says what it says in its log; else the dialect says unread() itself
  bool whole_document =
      false;  // every line is a part of one document: no other dialect stands beside
  bool finds_records_anywhere =
      false;  // in any line, so also in what a traced program wrote: others are asked before
  bool wraps_anything = false;     // knows its lines by their wrapping, whatever they carry
  bool has_serials = false;        // its records have audit's serials, and it says stamped()
  bool knows_all_denials = false;  // what it does not use is known not to be about denials
  bool is_one_recording =
      false;  // a call may end long after it began: no place is a good one to stop at
};

// One way of writing. Immutable and thread-safe.
class Dialect {
 public:
  virtual ~Dialect() = default;
  virtual std::string_view name() const = 0;  // as --input-format takes it
  virtual std::string_view help() const = 0;  // one line
  // How many of the lines look like this dialect's own. Pure; never throws.
  virtual std::size_t recognise(std::span<const std::string_view> lines) const = 0;
  virtual Traits traits() const { return {}; }
  // Of an input that begins so: the task that lines without a number are of, where the others say
  // it; else -1.
  virtual std::int64_t task_of_unnumbered(std::string_view) const { return -1; }
  // What the beginning of an input says of the machine's architecture; Unknown where it says
  // nothing.
  virtual kernel::Arch arch_by_front(std::string_view) const { return kernel::Arch::Unknown; }
  // One for each thread. Must not outlive the dialect.
  virtual std::unique_ptr<Reader> make_reader(const Options& options) const = 0;
  // One for each input, of whichever reader's partials. Null where chunks are always
  // self-contained.
  virtual std::unique_ptr<Joiner> make_joiner(const Options& options) const = 0;
};

// A dialect whose readers have no cache.
class UncachedDialect : public Dialect {
 public:
  std::unique_ptr<Reader> make_reader(const Options& options) const final {
    return std::make_unique<Uncached>(*this, options);
  }

 protected:
  // As Reader::read().
  virtual std::unique_ptr<Partial> read_chunk(const Chunk& chunk, const Options& options,
                                              ChunkSink& sink) const = 0;

 private:
  class Uncached : public Reader {
   public:
    Uncached(const UncachedDialect& dialect, const Options& options)
        : dialect_(dialect), options_(options) {}
    std::unique_ptr<Partial> read(const Chunk& chunk, ChunkSink& sink) override {
      return dialect_.read_chunk(chunk, options_, sink);
    }

   private:
    const UncachedDialect& dialect_;
    const Options options_;
  };
};

// Calls f(line without its newline or CRLF's '\r', line number, offset) for each line of the chunk.
template <class F>
void for_each_line(const Chunk& chunk, F&& f) {
  std::string_view rest = chunk.text;
  std::uint64_t number = chunk.first_line, offset = chunk.first_offset;
  while (!rest.empty()) {
    const std::size_t end = rest.find('\n');
    const std::size_t length = end == std::string_view::npos ? rest.size() : end;
    std::string_view line = rest.substr(0, length);
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    f(line, number, offset);
    const std::size_t step = end == std::string_view::npos ? rest.size() : end + 1;
    rest.remove_prefix(step);
    offset += step;
    ++number;
  }
}

}  // namespace medic::parsers
