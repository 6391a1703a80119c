// Dialects whose entries take several lines. A block goes from a line that starts one to the line
// before the next; a block cut by the end of a chunk is handed on and joined. What a line counts as
// depends on that line alone, so the account does not depend on the cuts.
#pragma once

#include "parsers/dialect.h"

namespace medic::parsers::audit {

class BlockDialect : public UncachedDialect {
 public:
  std::unique_ptr<Joiner> make_joiner(const Options& options) const override;

  Traits traits() const override { return {.reads_lines_alone = false}; }
  virtual bool starts(std::string_view line) const = 0;
  virtual bool uses(std::string_view line) const = 0;  // used, else foreign
  // origin: of the block's first line.
  virtual void read_block(std::string_view block, model::Origin origin, const Options& options,
                          EventSink& sink) const = 0;

 protected:
  std::unique_ptr<Partial> read_chunk(const Chunk& chunk, const Options& options,
                                      ChunkSink& sink) const override;
};

}  // namespace medic::parsers::audit
