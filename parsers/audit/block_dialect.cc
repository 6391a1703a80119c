#include "parsers/audit/block_dialect.h"

#include <algorithm>

namespace medic::parsers::audit {
namespace {

// An entry longer than this is read as far as it goes: no real one comes near.
constexpr std::size_t kMaxBlock = 1024 * 1024;

struct Block {
  std::string text;
  model::Origin origin;
  bool open = false;
};

class OpenBlocks : public Partial {
 public:
  std::string head;  // belongs to a block that began before
  bool has_start = false;
  Block tail;  // began here
};

class BlockJoiner : public Joiner {
 public:
  BlockJoiner(const BlockDialect& dialect, const Options& options)
      : dialect_(dialect), options_(options) {}

  void join(std::unique_ptr<Partial> ends, EventSink& sink) override {
    if (ends == nullptr) return;
    auto& next = static_cast<OpenBlocks&>(*ends);
    if (pending_.open && pending_.text.size() < kMaxBlock) pending_.text += next.head;
    if (!next.has_start) return;
    finish(sink);
    pending_ = std::move(next.tail);
  }
  void finish(EventSink& sink) override {
    if (pending_.open) dialect_.read_block(pending_.text, pending_.origin, options_, sink);
    pending_ = {};
  }

 private:
  const BlockDialect& dialect_;
  Options options_;
  Block pending_;
};

}  // namespace

std::unique_ptr<Partial> BlockDialect::read_chunk(const Chunk& chunk, const Options& options,
                                                  ChunkSink& sink) const {
  auto ends = std::make_unique<OpenBlocks>();
  std::uint64_t used = 0, foreign = 0;
  std::size_t begin = 0;  // of the block at hand, within the chunk
  model::Origin origin{chunk.input, chunk.first_line, chunk.first_offset};
  ends->has_start = chunk.first_line <= 1;  // an input's first block needs no start
  const auto close = [&](std::size_t end) {
    const std::string_view text = chunk.text.substr(begin, end - begin);
    if (!ends->has_start) {
      ends->head = text.substr(0, kMaxBlock);
    } else if (!text.empty()) {
      read_block(text.substr(0, kMaxBlock), origin, options, sink);
    }
  };
  for_each_line(chunk, [&](std::string_view line, std::uint64_t number, std::uint64_t offset) {
    ++(uses(line) ? used : foreign);
    if (!starts(line)) return;
    const auto at = static_cast<std::size_t>(offset - chunk.first_offset);
    if (at != 0 || ends->has_start || chunk.first_line > 1) close(at);
    begin = at;
    origin = {chunk.input, number, offset};
    ends->has_start = true;
  });
  if (used != 0) sink.used(used);
  if (foreign != 0) sink.foreign(foreign);
  const std::string_view rest = chunk.text.substr(begin);
  if (!ends->has_start) {
    ends->head = rest.substr(0, kMaxBlock);
  } else {
    ends->tail = {std::string(rest.substr(0, kMaxBlock)), origin, true};
  }
  return ends;
}

std::unique_ptr<Joiner> BlockDialect::make_joiner(const Options& options) const {
  return std::make_unique<BlockJoiner>(*this, options);
}

}  // namespace medic::parsers::audit
