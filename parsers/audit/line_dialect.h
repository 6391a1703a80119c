// Dialects in which each line says everything itself.
#pragma once

#include "parsers/audit/meaning.h"

namespace medic::parsers::audit {

class LineDialect : public Dialect {
 public:
  std::unique_ptr<Partial> parse(const Chunk& chunk, const Options& options, ChunkSink& sink) const override;
  std::unique_ptr<Joiner> joiner(const Options&) const override { return nullptr; }

  // Reads one line; Waits is not among the answers.
  virtual Reading read_line(const Place& place, const Options& options, EventSink& sink) const = 0;
};

}  // namespace medic::parsers::audit
