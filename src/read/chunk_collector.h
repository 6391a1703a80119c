// A segment of an input: blocks that one thread parses in a row into a ledger of their own.
#pragma once

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "base/text.h"
#include "io/reader.h"
#include "ledger/digest.h"
#include "read/inputs.h"
#include "read/serial_runs.h"

namespace medic {

// Calls and denials outside the wanted time are dropped before they are counted; facts about processes are kept.
class LedgerSink : public parsers::EventSink {
 public:
  LedgerSink(ledger::Ledger& ledger, const ReadOptions& options) : ledger_(ledger), options_(options) {}
  void event(const model::Event& event) override {
    if (is_wanted(event)) return ledger_.add(event);
    if (event.ppid < 0) return;
    model::Event parent = event;
    parent.what = model::Label{};
    ledger_.add(parent);
  }

 private:
  bool is_wanted(const model::Event& event) const {
    if ((!options_.since_ns && !options_.until_ns) || event.time.basis != model::Time::Basis::Epoch) return true;
    const bool judged = std::holds_alternative<model::Call>(event.what) ||
                        std::holds_alternative<model::LayerDenial>(event.what) ||
                        std::holds_alternative<model::Abend>(event.what);
    return !judged || ((!options_.since_ns || event.time.ns >= *options_.since_ns) &&
                       (!options_.until_ns || event.time.ns <= *options_.until_ns));
  }
  ledger::Ledger& ledger_;
  const ReadOptions& options_;
};

class ChunkCollector : public parsers::ChunkSink {
 public:
  ChunkCollector(ledger::Ledger& ledger, ledger::InputAccount& account, const ReadOptions& options,
                 std::unique_ptr<parsers::Cache>& cache, SerialRuns& serials)
      : sink_(ledger, options), account_(account), cache_(cache), serials_(serials) {}
  void event(const model::Event& event) override { sink_.event(event); }
  void used(std::uint64_t lines) override { account_.used += lines; }
  void foreign(std::uint64_t lines) override { account_.foreign += lines; }
  void damaged(std::uint64_t line, std::string_view text, std::string_view reason) override {
    ++account_.damaged;
    if (account_.first_damaged.size() < ledger::InputAccount::kMaxDamaged) {
      account_.first_damaged.push_back({line, std::string(text.substr(0, ledger::kExampleBytes)), std::string(reason)});
    }
  }
  void unread(std::uint64_t line, std::string_view text) override {
    ++account_.unread;
    keep_unread(line, text);
  }
  // A line that names a denial and that its dialect found cut off.
  void cut_denial(std::uint64_t line, std::string_view text) {
    ++account_.cut_denials;
    keep_unread(line, text);
  }
  // A line that was counted as foreign is used after all.
  void use_foreign() {
    --account_.foreign;
    ++account_.used;
  }
  void stamped(const parsers::Stamped& stamp) override { serials_.add(stamp); }
  std::unique_ptr<parsers::Cache>* cache() override { return &cache_; }

 private:
  void keep_unread(std::uint64_t line, std::string_view text) {
    if (account_.first_unread.empty())
      account_.first_unread.push_back({line, std::string(text.substr(0, ledger::kExampleBytes)), {}});
  }
  LedgerSink sink_;
  ledger::InputAccount& account_;
  std::unique_ptr<parsers::Cache>& cache_;
  SerialRuns& serials_;
};

inline io::ReaderOptions reader_options(const ReadOptions& options) { return io::ReaderOptions{options.block_bytes}; }

// Text has no control bytes but tabs, line ends and a terminal's escape; a few do not make a log binary.
inline bool is_binary(std::string_view text) {
  const std::string_view front = text.substr(0, 65536);
  const auto controls = std::count_if(front.begin(), front.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte < 0x20 && byte != '\t' && byte != '\n' && byte != '\r' && byte != 0x1B && byte != 0x1D;
  });
  return static_cast<std::size_t>(controls) > front.size() / 50;
}

// Lines are numbered within their segment, with the segment's own number above: what stands before it is known only in the end.
constexpr unsigned kLineBits = 40;
constexpr std::uint64_t kLineMask = (std::uint64_t{1} << kLineBits) - 1;

// A segment is large, so that merging costs little beside parsing, and small, so that all threads have work and memory stays
// flat.
constexpr std::uint64_t kBlocksPerSegment = 16;
// Of a large file, whose blocks need not wait for each other, they are larger.
constexpr std::uint64_t kSegmentsPerFile = 16, kMaxBlocksPerSegment = 64;

// Blocks handed from the reading thread to the one that parses the segment.
class BlockQueue : public io::Reader {
 public:
  void push(std::unique_ptr<io::Block> block) {
    const std::lock_guard lock(mutex_);
    blocks_.push_back(std::move(block));
    changed_.notify_all();
  }
  void close() {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    changed_.notify_all();
  }
  // Waits until at most `most` blocks are waiting.
  void wait_for_room(std::size_t most) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return blocks_.size() <= most; });
  }
  Result<std::unique_ptr<io::Block>> next() override {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return closed_ || !blocks_.empty(); });
    if (blocks_.empty()) return std::unique_ptr<io::Block>();
    auto block = std::move(blocks_.front());
    blocks_.pop_front();
    changed_.notify_all();
    return block;
  }
  std::string_view compression() const override { return {}; }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::unique_ptr<io::Block>> blocks_;
  bool closed_ = false;
};

struct Segment {
  std::uint64_t number = 0;
  std::shared_ptr<io::Reader> reader;
  std::unique_ptr<ledger::Ledger> ledger;
  ledger::InputAccount account;  // damaged lines are numbered within the segment
  std::vector<std::unique_ptr<parsers::Partial>> ends;
  std::optional<Problem> problem;
  std::uint64_t cut_lines = 0;
  std::optional<std::uint64_t> last_serial;
  SerialRuns serials;
  ledger::ContentHash content;
  bool done = false;
};

}  // namespace medic
