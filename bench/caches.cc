// How much the readers' caches are worth: reads a log into a ledger on one thread, with them and
// without, in turns.
//   ninja -C build bench_caches && build/bench_caches LOG [ROUNDS]
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>

#include "io/reader.h"
#include "ledger/interest.h"
#include "read/inputs.h"
#include "read/sniff.h"

namespace {

using namespace medic;

class LedgerOnly : public parsers::ChunkSink {
 public:
  explicit LedgerOnly(ledger::Ledger& ledger) : ledger_(ledger) {}
  void event(const model::Event& event) override { ledger_.add(event); }
  void used(std::uint64_t lines) override { given += lines; }
  void foreign(std::uint64_t lines) override { given += lines; }
  void damaged(std::uint64_t, std::string_view, std::string_view) override { ++given; }
  std::uint64_t given = 0;

 private:
  ledger::Ledger& ledger_;
};

// Megabytes a second; 0 where the log cannot be read.
double speed_of(const std::string& path, bool cached) {
  static const ledger::InterestTable interest = ledger::default_interest();
  ledger::Ledger ledger(interest);
  LedgerOnly sink(ledger);
  DialectChoice choice;
  parsers::Options options;
  options.wanted_args = interest.data();
  options.cached = cached;
  std::unique_ptr<parsers::Reader> reader;
  std::unique_ptr<parsers::Joiner> joiner;
  parsers::Chunk chunk;
  std::uint64_t bytes = 0;
  const auto begin = std::chrono::steady_clock::now();
  auto file = io::open_reader(path, {});
  if (!file) return 0;
  for (auto block = (*file)->next(); block && *block; block = (*file)->next()) {
    if (choice.dialect() == nullptr) choice.sniff((*block)->text);
    if (choice.dialect() == nullptr) return 0;
    if (reader == nullptr) {
      reader = choice.dialect()->make_reader(options);
      joiner = choice.dialect()->make_joiner(options);
    }
    chunk.text = (*block)->text;
    chunk.after = (*block)->after;
    chunk.last = (*block)->last;
    chunk.first_offset = (*block)->offset;
    chunk.first_line = sink.given + 1;
    auto partial = reader->read(chunk, sink);
    if (joiner != nullptr) joiner->join(std::move(partial), sink);
    bytes += chunk.text.size();
  }
  if (joiner != nullptr) joiner->finish(sink);
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
  return static_cast<double>(bytes) / 1e6 / took.count();
}

}  // namespace

int main(int count, char** words) {
  if (count < 2) return 2;
  const int rounds = count > 2 ? std::max(1, std::atoi(words[2])) : 5;
  double with = 0, without = 0;
  for (int i = 0; i < rounds; ++i) {
    with = std::max(with, speed_of(words[1], true));
    without = std::max(without, speed_of(words[1], false));
  }
  fmt::print("{}: {:.0f} MB/s with caches, {:.0f} without, best of {}\n", words[1], with, without,
             rounds);
  return with > 0 ? 0 : 1;
}
