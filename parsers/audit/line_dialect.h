// Dialects in which each line says everything itself.
#pragma once

#include "parsers/audit/meaning.h"

namespace medic::parsers::audit {

class LineDialect : public UncachedDialect {
 public:
  std::unique_ptr<Joiner> make_joiner(const Options&) const override { return nullptr; }

  // Reads one line; Waits is not among the answers.
  virtual Reading read_line(const Place& place, const Options& options, EventSink& sink) const = 0;

 protected:
  std::unique_ptr<Partial> read_chunk(const Chunk& chunk, const Options& options,
                                      ChunkSink& sink) const override;
};

}  // namespace medic::parsers::audit
