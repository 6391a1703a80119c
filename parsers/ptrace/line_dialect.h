// A dialect that reads line by line, with open calls as its only memory: what it looks like, and
// what a line says, is left to say.
#pragma once

#include "parsers/dialect.h"
#include "parsers/ptrace/open_calls.h"

namespace medic::parsers::ptrace {

// What a line was; a reason means damaged.
struct Reading {
  enum class Kind { Used, Foreign, Damaged };
  Kind kind = Kind::Used;
  std::string_view reason;
};
inline constexpr Reading kUsed{};
inline constexpr Reading kForeign{Reading::Kind::Foreign, {}};
constexpr Reading damaged(std::string_view reason) { return {Reading::Kind::Damaged, reason}; }

struct Line {
  std::string_view text;
  model::Origin origin;
};

// What a line may use while it is read.
struct Session {
  const Options& options;
  EventSink& sink;
  OpenCalls& open;
  std::int64_t tid = -1;  // of the task that the whole input is of, -1 unknown
};

class LineDialect : public UncachedDialect {
 public:
  std::size_t recognise(std::span<const std::string_view> lines) const final;
  std::unique_ptr<Joiner> make_joiner(const Options& options) const final;

 protected:
  std::unique_ptr<Partial> read_chunk(const Chunk& chunk, const Options& options,
                                      ChunkSink& sink) const final;
  virtual bool looks_like(std::string_view line) const = 0;
  virtual Reading read(const Line& line, Session& session) const = 0;
};

// An event of that line with nothing in it yet.
model::Event event_at(const Line& line);

}  // namespace medic::parsers::ptrace
