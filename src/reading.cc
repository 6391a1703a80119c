#include "reading.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <thread>

#include "base/text.h"
#include "io/reader.h"
#include "parsers/registry.h"
#include "parsers/strace/strace_dialect.h"

namespace medic {
namespace {

using ledger::InputAccount;
using ledger::Ledger;

// Calls and denials outside the wanted time are dropped before they are counted; facts about processes are kept.
class LedgerSink : public parsers::EventSink {
 public:
  LedgerSink(Ledger& ledger, const ReadOptions& options) : ledger_(ledger), options_(options) {}
  void event(const model::Event& event) override {
    if (is_wanted(event)) ledger_.add(event);
  }

 private:
  bool is_wanted(const model::Event& event) const {
    if ((!options_.since_ns && !options_.until_ns) || event.time.basis != model::Time::Basis::Epoch) return true;
    const bool judged = std::holds_alternative<model::Call>(event.what) || std::holds_alternative<model::LayerDenial>(event.what) ||
                        std::holds_alternative<model::Abend>(event.what);
    return !judged || ((!options_.since_ns || event.time.ns >= *options_.since_ns) && (!options_.until_ns || event.time.ns <= *options_.until_ns));
  }
  Ledger& ledger_;
  const ReadOptions& options_;
};

class ChunkCollector : public parsers::ChunkSink {
 public:
  ChunkCollector(Ledger& ledger, InputAccount& account, const ReadOptions& options) : sink_(ledger, options), account_(account) {}
  void event(const model::Event& event) override { sink_.event(event); }
  void used(std::uint64_t lines) override { account_.used += lines; }
  void foreign(std::uint64_t lines) override { account_.foreign += lines; }
  void damaged(std::uint64_t line, std::string_view text, std::string_view reason) override {
    ++account_.damaged;
    if (account_.first_damaged.size() < InputAccount::kMaxDamaged) {
      account_.first_damaged.push_back({line, std::string(text.substr(0, ledger::kExampleBytes)), std::string(reason)});
    }
  }

 private:
  LedgerSink sink_;
  InputAccount& account_;
};

// A chunk's way through the workers: read, counted, parsed, merged.
struct Job {
  std::unique_ptr<io::Block> block;
  std::uint64_t lines = 0;
  std::uint64_t first_line = 0;  // 0: the chunk before has not been counted yet
  bool counted = false;
  bool done = false;
  std::unique_ptr<Ledger> ledger;
  InputAccount account;
  std::unique_ptr<parsers::OpenEnds> ends;
};

std::uint64_t count_lines(std::string_view text) {
  const auto newlines = static_cast<std::uint64_t>(std::count(text.begin(), text.end(), '\n'));
  return newlines + (!text.empty() && text.back() != '\n' ? 1 : 0);
}

// One input's reading. Jobs are parsed by any thread and merged by the one that calls read(), in the input's order, so that the
// result does not depend on how many threads there are.
class InputReading {
 public:
  InputReading(const ReadOptions& options, const ledger::InterestTable& interest, std::uint32_t input, ReadResult& result)
      : options_(options), interest_(interest), input_(input), result_(result), merged_(interest) {}

  void read(const std::string& path) {
    account().path = path;
    auto reader = io::open_reader(path, io::ReaderOptions{options_.block_bytes});
    if (!reader) return give_up(std::move(reader.error()));
    account().compression = std::string((*reader)->compression());
    pid_of_input_ = parsers::pid_from_file_name(path).value_or(-1);
    parser_options_.arch = options_.arch;
    parser_options_.wanted_args = interest_.data();
    dialect_ = options_.forced;
    run(**reader);
    finish(path);
  }

 private:
  InputAccount& account() { return result_.accounts[input_]; }

  void give_up(Problem problem) {
    account().problem = problem.text;
    result_.problems.push_back(std::move(problem));
  }

  void run(io::Reader& reader) {
    std::vector<std::thread> workers;
    const std::size_t in_flight = std::size_t{4} * std::max(1U, options_.threads);
    for (;;) {
      auto block = reader.next();
      if (!block) {
        give_up(std::move(block.error()));
        break;
      }
      if (!*block) break;
      const bool last = (*block)->last;
      if (dialect_ == nullptr && !find_dialect(**block)) {
        if (unusable_) break;
        continue;
      }
      auto job = std::make_shared<Job>();
      job->block = std::move(*block);
      if (options_.threads <= 1 || (last && merged_jobs_ == 0 && queue_.empty())) {
        number(*job);
        parse(*job);
        merge(*job);
        continue;
      }
      if (workers.empty()) {
        for (unsigned i = 0; i < options_.threads; ++i) workers.emplace_back([this] { work(); });
      }
      push(std::move(job));
      drain(in_flight);
    }
    drain(0);
    {
      const std::lock_guard lock(mutex_);
      closing_ = true;
    }
    wake_.notify_all();
    for (std::thread& worker : workers) worker.join();
  }

  // Until some block holds a line that a dialect knows, what came before is foreign: a kernel log may begin with hours of other things.
  bool find_dialect(const io::Block& block) {
    const auto nuls = static_cast<std::size_t>(std::count(block.text.begin(), block.text.end(), '\0'));
    const parsers::Sniffed sniffed = parsers::sniff(block.text);
    dialect_ = sniffed.dialect;
    if (dialect_ != nullptr) return true;
    unusable_ = nuls > block.text.size() / 100;
    const std::uint64_t lines = count_lines(block.text);
    account().bytes += block.text.size();
    account().lines += lines;
    account().foreign += lines;
    next_line_ += lines;
    return false;
  }

  void push(std::shared_ptr<Job> job) {
    {
      const std::lock_guard lock(mutex_);
      queue_.push_back(job);
      order_.push_back(std::move(job));
    }
    wake_.notify_one();
  }

  // Merges what is done, in order, until at most `leave` jobs are under way.
  void drain(std::size_t leave) {
    std::unique_lock lock(mutex_);
    while (!order_.empty() && (order_.size() > leave || order_.front()->done)) {
      const std::shared_ptr<Job> job = order_.front();
      done_.wait(lock, [&] { return job->done; });
      order_.pop_front();
      lock.unlock();
      merge(*job);
      lock.lock();
    }
  }

  void work() {
    for (;;) {
      std::shared_ptr<Job> job;
      {
        std::unique_lock lock(mutex_);
        wake_.wait(lock, [&] { return closing_ || !queue_.empty(); });
        if (queue_.empty()) return;
        job = queue_.front();
        queue_.pop_front();
      }
      number_in_turn(*job);
      parse(*job);
      {
        const std::lock_guard lock(mutex_);
        job->done = true;
      }
      done_.notify_all();
    }
  }

  void number(Job& job) {
    job.lines = count_lines(job.block->text);
    job.first_line = next_line_;
    next_line_ += job.lines;
  }

  // Counting is quick and warms the cache; a chunk's first line is known as soon as those before it are counted, not parsed.
  void number_in_turn(Job& job) {
    const std::uint64_t lines = count_lines(job.block->text);
    std::unique_lock lock(mutex_);
    job.lines = lines;
    job.counted = true;
    for (const auto& each : order_) {
      if (!each->counted) break;
      if (each->first_line != 0) continue;
      each->first_line = next_line_;
      next_line_ += each->lines;
    }
    done_.notify_all();
    done_.wait(lock, [&] { return job.first_line != 0; });
  }

  void parse(Job& job) {
    job.ledger = std::make_unique<Ledger>(interest_);
    parsers::Chunk chunk;
    chunk.text = job.block->text;
    chunk.input = input_;
    chunk.first_line = job.first_line;
    chunk.first_offset = job.block->offset;
    chunk.last = job.block->last;
    chunk.pid_of_input = pid_of_input_;
    ChunkCollector collector(*job.ledger, job.account, options_);
    job.ends = dialect_->parse(chunk, parser_options_, collector);
    job.account.lines = job.lines;
    job.account.bytes = chunk.text.size();
    if (job.block->cut_line) ++cut_lines_;
    job.block.reset();
  }

  void merge(Job& job) {
    ++merged_jobs_;
    InputAccount& total = account();
    total.bytes += job.account.bytes;
    total.lines += job.account.lines;
    total.used += job.account.used;
    total.foreign += job.account.foreign;
    total.damaged += job.account.damaged;
    for (ledger::DamagedLine& line : job.account.first_damaged) {
      if (total.first_damaged.size() < InputAccount::kMaxDamaged) total.first_damaged.push_back(std::move(line));
    }
    merged_.append(std::move(*job.ledger));
    if (stitcher_ == nullptr && !asked_stitcher_) {
      stitcher_ = dialect_->stitcher(parser_options_);
      asked_stitcher_ = true;
    }
    LedgerSink sink(merged_, options_);
    if (stitcher_ != nullptr) stitcher_->join(std::move(job.ends), sink);
    job.ledger.reset();
  }

  void finish(const std::string& path) {
    LedgerSink sink(merged_, options_);
    if (stitcher_ != nullptr) stitcher_->finish(sink);
    if (dialect_ != nullptr) account().dialect = std::string(dialect_->name());
    if (dialect_ == nullptr && account().problem.empty() && account().lines > 0) {
      Problem problem;
      problem.file = path;
      problem.text = unusable_ ? "is binary, not a log that can be read" : "no line of it looks like a log that can be read";
      problem.hint = "audit.log, kernel log, journal or strace output is wanted; --input-format NAME forces a reading";
      give_up(std::move(problem));
    } else if (account().lines == 0 && account().problem.empty()) {
      Problem problem;
      problem.severity = Severity::Warning;
      problem.file = path;
      problem.text = "is empty";
      result_.problems.push_back(std::move(problem));
    }
    if (cut_lines_ > 0) {
      Problem problem;
      problem.severity = Severity::Warning;
      problem.file = path;
      problem.text = fmt::format("{} line(s) longer than {} MiB were cut", cut_lines_.load(), io::kMaxLine >> 20);
      result_.problems.push_back(std::move(problem));
    }
    result_.ledger.merge(std::move(merged_));
  }

  const ReadOptions& options_;
  const ledger::InterestTable& interest_;
  const std::uint32_t input_;
  ReadResult& result_;
  Ledger merged_;
  const parsers::Dialect* dialect_ = nullptr;
  parsers::Options parser_options_;
  std::int64_t pid_of_input_ = -1;
  std::unique_ptr<parsers::Stitcher> stitcher_;
  bool asked_stitcher_ = false;
  bool unusable_ = false;
  std::atomic<std::uint64_t> cut_lines_{0};
  std::uint64_t merged_jobs_ = 0;

  std::mutex mutex_;
  std::condition_variable wake_, done_;
  std::deque<std::shared_ptr<Job>> queue_;  // waiting for a worker
  std::deque<std::shared_ptr<Job>> order_;  // not yet merged, in the input's order
  std::uint64_t next_line_ = 1;
  bool closing_ = false;
};

}  // namespace

ReadResult read_logs(const ReadOptions& options, const ledger::InterestTable& interest) {
  ReadResult result{Ledger(interest), {}, {}};
  for (const std::string& argument : options.inputs) {
    auto files = io::expand_input(argument);
    if (!files) {
      result.problems.push_back(std::move(files.error()));
      continue;
    }
    for (const std::string& file : *files) {
      result.accounts.emplace_back();
      InputReading(options, interest, static_cast<std::uint32_t>(result.accounts.size() - 1), result).read(file);
    }
  }
  return result;
}

}  // namespace medic
