// Lines of a chunk that name a denial and that nobody used are read again, one by one, by whichever
// dialect knows them.
#pragma once

#include <memory>
#include <vector>

#include "parsers/dialect.h"
#include "read/chunk_collector.h"

namespace medic {

// chunk: just read by the reader, with at least one line foreign or damaged. What cannot be read is
// said to the collector as unread; what another dialect knows goes to it as events, and its
// partials are added to ends.
void look_again(parsers::Reader& reader, const parsers::Chunk& chunk, ChunkCollector& collector,
                std::vector<std::unique_ptr<parsers::Partial>>& ends);

}  // namespace medic
