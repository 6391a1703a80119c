// One log read twice into a ledger each, by a reader with a cache and by one without.
#pragma once

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>

#include "base/text.h"
#include "ledger/digest_part.h"
#include "ledger/interest.h"
#include "parsers/dialect.h"

namespace medic::testing {

class LedgerOf : public parsers::ChunkSink {
 public:
  explicit LedgerOf(const ledger::InterestTable& interest) : ledger(interest) {}
  void event(const model::Event& event) override { ledger.add(event); }
  void used(std::uint64_t lines) override { account.used += lines; }
  void foreign(std::uint64_t lines) override { account.foreign += lines; }
  void damaged(std::uint64_t, std::string_view, std::string_view) override { ++account.damaged; }

  ledger::Ledger ledger;
  ledger::InputAccount account;
};

// All that a digest of the log would hold, as bytes.
inline std::string ledger_bytes(const parsers::Dialect& dialect, std::string_view log,
                                std::size_t chunk_bytes, bool cached) {
  static const ledger::InterestTable interest = ledger::default_interest();
  LedgerOf sink(interest);
  parsers::Options options;
  options.cached = cached;
  options.wanted_args = interest.data();
  const auto joiner = dialect.make_joiner(options);
  const auto reader = dialect.make_reader(options);
  parsers::Chunk chunk;
  for (std::size_t at = 0; at < log.size();) {
    std::size_t end = std::min(log.size(), at + chunk_bytes);
    const std::size_t newline = end < log.size() ? log.find('\n', end - 1) : std::string_view::npos;
    end = newline == std::string_view::npos ? log.size() : newline + 1;
    chunk.text = log.substr(at, end - at);
    chunk.first_offset = at;
    chunk.last = end == log.size();
    auto ends = reader->read(chunk, sink);
    if (joiner != nullptr) joiner->join(std::move(ends), sink);
    chunk.first_line += count_lines(chunk.text);
    at = end;
  }
  if (joiner != nullptr) joiner->finish(sink);
  return ledger::save_part(sink.ledger, sink.account);
}

// The log several times over: what is remembered is used from the fourth time on, when a event
// class has its examples.
inline std::string repeated(std::string_view log) {
  std::string out;
  for (int i = 0; i < 6; ++i) {
    std::string copy(log);
    // Another time: what stands twice beside itself is one event.
    for (std::size_t at = copy.find("audit(1"); at != std::string::npos;
         at = copy.find("audit(1", at + 1))
      copy[at + 6] = static_cast<char>('1' + i);
    out += copy;
    if (!out.empty() && out.back() != '\n') out += '\n';
  }
  return out;
}

}  // namespace medic::testing
