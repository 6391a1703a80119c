#include "read/second_look.h"

#include "parsers/unread.h"

namespace medic {
namespace {

struct Counts : parsers::ChunkSink {
  void event(const model::Event&) override {}
  void used(std::uint64_t lines) override { counted += lines; }
  void foreign(std::uint64_t) override {}
  void damaged(std::uint64_t, std::string_view, std::string_view) override { cut = true; }
  std::uint64_t counted = 0;
  bool cut = false;
};

// The events alone: the line is in the account already.
class EventsOnly : public parsers::ChunkSink {
 public:
  explicit EventsOnly(parsers::EventSink& sink) : sink_(sink) {}
  void event(const model::Event& event) override { sink_.event(event); }
  void used(std::uint64_t) override {}
  void foreign(std::uint64_t) override {}
  void damaged(std::uint64_t, std::string_view, std::string_view) override {}

 private:
  parsers::EventSink& sink_;
};

}  // namespace

void look_again(parsers::Reader& reader, const parsers::Chunk& chunk, ChunkCollector& collector,
                std::vector<std::unique_ptr<parsers::Partial>>& ends) {
  parsers::for_each_named(
      chunk, [&](std::string_view line, std::uint64_t number, std::uint64_t offset) {
        parsers::Chunk alone = chunk;
        alone.text = line;
        alone.after = {};
        alone.first_offset = offset;
        alone.first_line = 1;  // by the dialects of the chunk alone
        Counts own;
        reader.read(alone, own);
        if (own.counted > 0) return;
        if (own.cut) return collector.cut_denial(number, line);
        alone.first_line = std::max<std::uint64_t>(number, 2);  // by all of them
        Counts others;
        reader.read(alone, others);
        if (others.counted == 0)
          return others.cut ? collector.cut_denial(number, line) : collector.unread(number, line);
        alone.first_line = number;
        EventsOnly events(collector);
        if (auto partial = reader.read(alone, events)) ends.push_back(std::move(partial));
        collector.use_foreign();
      });
}

}  // namespace medic
