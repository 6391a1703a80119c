// Where a reader's events and account go: a segment's ledger, and the segment's share of the
// input's account.
#pragma once

#include <string>
#include <string_view>

#include "ledger/ledger.h"
#include "parsers/audit/serial_runs.h"
#include "read/reading.h"

namespace medic {

// Calls and denials outside the wanted time are dropped before they are counted; facts about
// processes are kept.
class LedgerSink : public parsers::EventSink {
 public:
  LedgerSink(ledger::Ledger& ledger, const ReadOptions& options)
      : ledger_(ledger), options_(options) {}
  void event(const model::Event& event) override {
    if (is_wanted(event)) return ledger_.add(event);
    if (event.ppid < 0) return;
    model::Event parent = event;
    parent.what = model::Label{};
    ledger_.add(parent);
  }

 private:
  bool is_wanted(const model::Event& event) const {
    if ((!options_.since_ns && !options_.until_ns) || event.time.basis != model::Time::Basis::Epoch)
      return true;
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
                 parsers::audit::SerialRuns& serials)
      : sink_(ledger, options), account_(account), serials_(serials) {}
  void event(const model::Event& event) override { sink_.event(event); }
  void used(std::uint64_t lines) override { account_.used += lines; }
  void foreign(std::uint64_t lines) override { account_.foreign += lines; }
  void damaged(std::uint64_t line, std::string_view text, std::string_view reason) override {
    ++account_.damaged;
    if (account_.first_damaged.size() < ledger::InputAccount::kMaxDamaged) {
      account_.first_damaged.push_back(
          {line, std::string(text.substr(0, ledger::kExampleBytes)), std::string(reason)});
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

 private:
  void keep_unread(std::uint64_t line, std::string_view text) {
    if (account_.first_unread.empty())
      account_.first_unread.push_back(
          {line, std::string(text.substr(0, ledger::kExampleBytes)), {}});
  }
  LedgerSink sink_;
  ledger::InputAccount& account_;
  parsers::audit::SerialRuns& serials_;
};

}  // namespace medic
