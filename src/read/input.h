// One input from its first block to its account: what dialect it is, its segments on all threads, and their merging in order.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <thread>

#include "read/continuity.h"
#include "io/growing.h"
#include "parsers/router.h"
#include "parsers/registry.h"
#include "parsers/strace/strace_dialect.h"
#include "read/second_look.h"
#include "read/segment.h"

namespace medic {

// One input's reading. Stretches are parsed by any thread and merged by the one that calls read(), in the input's order, so that
// the result does not depend on how many threads there are.
class InputReading {
 public:
  InputReading(const ReadOptions& options, const ledger::InterestTable& interest, std::uint32_t input, ReadResult& result)
      : options_(options), interest_(interest), input_(input), result_(result), merged_(interest) {}

  // The next file of the same recording: processes of the former go on in it.
  void continues_former() { continues_ = true; }

  // The ledger stays with the reading, for take_ledger().
  void keep_ledger() { keeps_ledger_ = true; }
  ledger::Ledger take_ledger() { return std::move(merged_); }

  // Reading begins in the middle of a file.
  void begins_at(std::uint64_t offset, std::uint64_t lines_before, std::string source) {
    identity_.begin = offset;
    lines_before_ = lines_before;
    identity_.source = std::move(source);
  }

  // What an input that no dialect knows amounts to.
  enum class Manner : std::uint8_t { Named, InFolder, Member };

  // Of the input's end: is there a log in it?
  bool read(const std::string& path, Manner manner, std::unique_ptr<io::Reader> reader) {
    manner_ = manner;
    account().path = path;
    account().compression = std::string(reader->compression());
    pid_of_input_ = parsers::pid_from_file_name(path).value_or(-1);
    parser_options_.arch = options_.arch;
    parser_options_.wanted_args = interest_.data();
    dialect_ = options_.forced;
    if (dialect_ == nullptr && !options_.split.like.empty()) sniff_like(options_.split.like);
    if (auto first = find_first_block(*reader)) {
      const bool several = !first->last && options_.threads > 1;
      auto file = first->last || manner == Manner::Member ? nullptr : io::SegmentedFile::open(path);
      if (several) start_workers();
      if (file != nullptr)
        read_file(*file, first->offset);
      else
        read_stream(*reader, std::move(first));
      stop_workers();
    }
    finish(path);
    return dialect_ != nullptr || is_digest_;
  }
  bool is_digest() const { return is_digest_; }
  const Continuity& continuity() const { return continuity_; }

 private:
  ledger::InputAccount& account() { return result_.accounts[input_]; }
  io::ReaderOptions block_options() const { return reader_options(options_); }

  void give_up(Problem problem) {
    account().problem = problem.text;
    result_.problems.push_back(std::move(problem));
  }

  // The first block with a line that a dialect knows; what comes before is foreign: a kernel log may begin with hours of other
  // things.
  std::unique_ptr<io::Block> find_first_block(io::Reader& reader) {
    for (;;) {
      auto block = reader.next();
      if (!block) give_up(std::move(block.error()));
      if (!block || !*block) return nullptr;
      if (account().lines == 0 && (*block)->text.starts_with(ledger::kDigestMagic)) {
        read_digest(reader, std::move(*block));
        return nullptr;
      }
      // What follows is looked at too, so that a small block decides as a large one does.
      const std::string_view seen((*block)->text.data(), (*block)->text.size() + (*block)->after.size());
      const std::string_view front = seen.substr(0, std::max((*block)->text.size(), seen.rfind('\n') + 1));
      keep_first_line(front);
      if (dialect_ == nullptr) sniff(front);
      if (dialect_ != nullptr) {
        if (account().lines == 0 && identity_.begin == 0 && options_.split.begin == 0) find_task_of_unnumbered(front);
        continuity_.begin(front);
        return std::move(*block);
      }
      if (options_.as_digest) content_.add((*block)->text, (*block)->offset + options_.split.begin);
      is_journal_ = account().lines == 0 && (*block)->text.starts_with("LPKSHHRH");
      unusable_ = is_binary((*block)->text);
      if (unusable_ && !account().compression.empty()) {
        // Damaged data may come out as noise: the reader's own word is the better one.
        if (auto more = reader.next(); !more) give_up(std::move(more.error()));
      }
      const std::uint64_t lines = count_lines((*block)->text);
      account().bytes += (*block)->text.size();
      account().lines += lines;
      account().foreign += lines;
      if (unusable_) return nullptr;
    }
  }

  void keep_first_line(std::string_view text) {
    for (std::string_view line : split(text.substr(0, 65536), '\n')) {
      if (!account().first_line.empty()) return;
      account().first_line = trim(line).substr(0, ledger::kExampleBytes);
    }
  }

  // A split from the middle is read as the whole is.
  void sniff_like(const std::string& path) {
    auto reader = io::open_reader(path, block_options());
    if (!reader) return give_up(std::move(reader.error()));
    if (auto block = (*reader)->next(); block && *block) {
      sniff((*block)->text);
      if (dialect_ != nullptr) find_task_of_unnumbered((*block)->text);
    }
  }

  void find_task_of_unnumbered(std::string_view front) {
    if (pid_of_input_ < 0) parser_options_.unnumbered = dialect_->task_of_unnumbered(front);
  }

  void read_digest(io::Reader& reader, std::unique_ptr<io::Block> block) {
    constexpr std::size_t kLargest = std::size_t{4} << 30;
    std::string bytes;
    is_digest_ = true;
    while (block != nullptr && bytes.size() <= kLargest) {
      bytes += block->text;
      auto next = reader.next();
      if (!next) return give_up(std::move(next.error()));
      block = std::move(*next);
    }
    auto digest = ledger::read_digest(bytes, account().path);
    if (!digest) return give_up(std::move(digest.error()));
    for (ledger::DigestPart& part : digest->parts) result_.digest.parts.push_back(std::move(part));
  }

  void sniff(std::string_view text) {
    const parsers::Sniffed sniffed = parsers::sniff(text);
    if (sniffed.dialect == nullptr) return;
    // The lines of these that are not used are known not to be about denials.
    static constexpr std::string_view kOfEverything[] = {"audit", "journal-json", "journal", "laurel", "auditbeat", "go-audit"};
    const bool known = std::find(std::begin(kOfEverything), std::end(kOfEverything), sniffed.dialect->name()) != std::end(kOfEverything);
    account().is_quiet = known && sniffed.recognised * 10 >= sniffed.looked_at * 9;
    std::vector<const parsers::Dialect*> members{sniffed.dialect};
    members.insert(members.end(), sniffed.others.begin(), sniffed.others.end());
    router_ = std::make_unique<parsers::Router>(std::move(members), parsers::all_dialects());
    if (sniffed.coloured) router_->take_colours_off();
    dialect_ = router_.get();
  }

  void read_file(const io::SegmentedFile& file, std::uint64_t from) {
    const std::uint64_t blocks = std::clamp<std::uint64_t>(file.size() / options_.block_bytes / kSegmentsPerFile,
                                                           kBlocksPerSegment, kMaxBlocksPerSegment);
    const std::uint64_t step = options_.block_bytes * blocks;
    for (std::uint64_t begin = from; begin < file.size(); begin += step) {
      auto segment = std::make_shared<Segment>();
      segment->reader = file.segment(begin, begin + step, block_options());
      hand_out(std::move(segment));
    }
  }

  void read_stream(io::Reader& reader, std::unique_ptr<io::Block> block) {
    while (block != nullptr) {
      auto queue = std::make_shared<BlockQueue>();
      auto segment = std::make_shared<Segment>();
      segment->reader = queue;
      // Without workers the segment is parsed when it is complete: its blocks are kept meanwhile.
      if (!workers_.empty()) hand_out(segment);
      for (std::uint64_t i = 0; i < kBlocksPerSegment && block != nullptr; ++i) {
        queue->push(std::move(block));
        if (!workers_.empty()) queue->wait_for_room(kBlocksPerSegment);
        auto next = reader.next();
        if (!next)
          give_up(std::move(next.error()));
        else
          block = std::move(*next);
      }
      queue->close();
      if (workers_.empty()) hand_out(std::move(segment));
    }
  }

  void start_workers() {
    for (unsigned i = 0; i < options_.threads; ++i) workers_.emplace_back([this] { work(); });
  }

  void stop_workers() {
    drain(0);
    {
      const std::lock_guard lock(mutex_);
      closing_ = true;
    }
    wake_.notify_all();
    for (std::thread& worker : workers_) worker.join();
    workers_.clear();
  }

  void hand_out(std::shared_ptr<Segment> segment) {
    segment->number = segments_++;
    if (workers_.empty()) {
      parse(*segment, cache_);
      merge(*segment);
      return;
    }
    {
      const std::lock_guard lock(mutex_);
      queue_.push_back(segment);
      order_.push_back(std::move(segment));
    }
    wake_.notify_one();
    drain(options_.threads);
  }

  // Merges what is done, in order, until at most `leave` segments are under way.
  void drain(std::size_t leave) {
    std::unique_lock lock(mutex_);
    while (!order_.empty() && (order_.size() > leave || order_.front()->done)) {
      const std::shared_ptr<Segment> segment = order_.front();
      done_.wait(lock, [&] { return segment->done; });
      order_.pop_front();
      lock.unlock();
      merge(*segment);
      lock.lock();
    }
  }

  void work() {
    std::unique_ptr<parsers::Cache> cache;
    for (;;) {
      std::shared_ptr<Segment> segment;
      {
        std::unique_lock lock(mutex_);
        wake_.wait(lock, [&] { return closing_ || !queue_.empty(); });
        if (queue_.empty()) return;
        segment = queue_.front();
        queue_.pop_front();
      }
      parse(*segment, cache);
      {
        const std::lock_guard lock(mutex_);
        segment->done = true;
      }
      done_.notify_all();
    }
  }

  void parse(Segment& segment, std::unique_ptr<parsers::Cache>& cache) {
    segment.ledger = std::make_unique<ledger::Ledger>(interest_);
    segment.ledger->expect({expected_tasks_, expected_counters_});
    ChunkCollector collector(*segment.ledger, segment.account, options_, cache, segment.serials);
    std::uint64_t line = (segment.number << kLineBits) + 1;
    for (;;) {
      auto block = segment.reader->next();
      if (!block) segment.problem = std::move(block.error());
      if (!block || !*block) break;
      parsers::Chunk chunk;
      chunk.text = (*block)->text;
      chunk.input = input_;
      chunk.first_line = line;
      chunk.first_offset = (*block)->offset;
      chunk.last = (*block)->last;
      chunk.after = (*block)->after;
      chunk.pid_of_input = pid_of_input_;
      const std::uint64_t lines_before = segment.account.given(), used_before = segment.account.used;
      if (auto ends = dialect_->parse(chunk, parser_options_, collector)) segment.ends.push_back(std::move(ends));
      // Every line is reported exactly once.
      const std::uint64_t lines = segment.account.given() - lines_before;
      line += lines;
      segment.account.lines += lines;
      if (segment.account.used - used_before < lines && dialect_->reads_lines_alone())
        look_again(*dialect_, chunk, parser_options_, collector, segment.ends);
      segment.account.bytes += chunk.text.size();
      if (options_.as_digest) segment.content.add(chunk.text, chunk.first_offset + options_.split.begin);
      segment.cut_lines += (*block)->cut_line ? 1 : 0;
      if (dialect_->name() != "audit") continue;  // no others have serials
      if (const auto serial = last_serial(chunk.text)) segment.last_serial = serial;
    }
    segment.reader.reset();
    const ledger::Ledger::Extent extent = segment.ledger->extent();
    expected_tasks_ = extent.tasks;
    expected_counters_ = extent.counters;
  }

  void merge(Segment& segment) {
    ledger::InputAccount& total = account();
    bases_.push_back(total.lines);
    total.bytes += segment.account.bytes;
    total.lines += segment.account.lines;
    total.used += segment.account.used;
    total.foreign += segment.account.foreign;
    total.damaged += segment.account.damaged;
    total.unread += segment.account.unread;
    total.cut_denials += segment.account.cut_denials;
    for (ledger::DamagedLine& line : segment.account.first_unread) {
      line.line = bases_.back() + (line.line & kLineMask);
      if (total.first_unread.empty()) total.first_unread.push_back(std::move(line));
    }
    for (ledger::DamagedLine& line : segment.account.first_damaged) {
      if (total.first_damaged.size() >= ledger::InputAccount::kMaxDamaged) break;
      line.line = bases_.back() + (line.line & kLineMask);
      total.first_damaged.push_back(std::move(line));
    }
    merged_.append(std::move(*segment.ledger));
    segment.ledger.reset();
    if (joiner_ == nullptr && !asked_joiner_) {
      joiner_ = dialect_->joiner(parser_options_);
      asked_joiner_ = true;
    }
    LedgerSink sink(merged_, options_);
    for (auto& ends : segment.ends) {
      if (joiner_ != nullptr) joiner_->join(std::move(ends), sink);
    }
    if (segment.problem && account().problem.empty()) give_up(std::move(*segment.problem));
    cut_lines_ += segment.cut_lines;
    if (segment.last_serial) continuity_.last = segment.last_serial;
    serials_.append(std::move(segment.serials));
    content_.add(segment.content);
  }

  void finish(const std::string& path) {
    LedgerSink sink(merged_, options_);
    if (joiner_ != nullptr) joiner_->finish(sink);
    tell_missing_serials(sink);
    if (cut_lines_ > 0) tell_cut_lines(sink);
    merged_.resolve_lines([&](const model::Origin& origin) {
      const std::uint64_t number = origin.line >> kLineBits;
      return lines_before_ + (number < bases_.size() ? bases_[number] + (origin.line & kLineMask) : origin.line);
    });
    for (ledger::DamagedLine& line : account().first_damaged) line.line += lines_before_;
    for (ledger::DamagedLine& line : account().first_unread) line.line += lines_before_;
    if (dialect_ != nullptr) account().dialect = router_ != nullptr ? router_->given() : std::string(dialect_->name());
    tell_what_was_odd(path);
    if (options_.as_digest)
      keep_part(path);
    else if (keeps_ledger_)
      return;
    else if (continues_)
      result_.ledger.append(std::move(merged_));
    else
      result_.ledger.merge(std::move(merged_));
  }

  void tell_missing_serials(parsers::EventSink& sink) const {
    for (const SerialHole& hole : serials_.holes()) {
      const std::uint64_t count = hole.last - hole.first + 1;
      const std::string text = count == 1 ? fmt::format("audit serial {} is missing", hole.first)
                                          : fmt::format("audit serials {} to {} are missing", hole.first, hole.last);
      model::Event event;
      event.origin = {input_, hole.line, 0};
      event.line = text;
      event.what = model::Loss{model::Loss::Kind::SerialGap, count, text};
      sink.event(event);
    }
  }

  void tell_cut_lines(parsers::EventSink& sink) const {
    model::Event event;
    event.origin = {input_, 0, 0};
    event.what = model::Loss{model::Loss::Kind::Truncated, cut_lines_, "lines too long to be read whole"};
    sink.event(event);
  }

  void keep_part(const std::string& path) {
    if (is_digest_ || (dialect_ == nullptr && account().lines > 0)) return;
    if (!options_.split.name.empty()) account().path = options_.split.name;
    identity_.name = account().path.empty() ? path : account().path;
    identity_.begin += options_.split.begin;
    identity_.total = options_.split.total;
    identity_.end = identity_.begin + account().bytes;
    identity_.content = content_;
    if (identity_.begin == 0 && identity_.end == identity_.total) identity_.total = 0;
    if (continuity_.first && continuity_.last) identity_.serials = {*continuity_.first, *continuity_.last, continuity_.dense};
    result_.digest.parts.push_back(ledger::make_part(merged_, account(), identity_));
  }

  void tell_what_was_odd(const std::string& path) {
    if (is_digest_) return;
    tell_unread(path);
    if (dialect_ == nullptr && account().problem.empty() && account().lines > 0) {
      tell_unknown(path);
    } else if (account().lines == 0 && account().problem.empty() && manner_ == Manner::Named) {
      warn(path, "is empty");
    }
    if (account().dialect.find('+') != std::string::npos) {
      Problem note;
      note.severity = Severity::Note;
      note.file = path;
      note.text = "holds several dialects: " + account().dialect;
      note.hint = "each line was read by the one that knows it; --input-format NAME reads it as one alone";
      result_.problems.push_back(std::move(note));
    }
    if (cut_lines_ > 0) warn(path, fmt::format("{} line(s) longer than {} MiB were cut", cut_lines_, io::kMaxLine >> 20));
  }

  // What names a denial and was not understood must not pass for silence; nor must a log of which nothing was.
  void tell_unread(const std::string& path) {
    const ledger::InputAccount& read = account();
    Problem problem;
    problem.file = path;
    problem.hint = "without it the answer is not complete; report the line, so that it can be read";
    if (read.unread > 0) {
      const std::string lines = read.unread == 1 ? "a line names" : fmt::format("{} lines name", read.unread);
      problem.line = read.first_unread.front().line;
      problem.text = fmt::format("{} a denial and cannot be read: {}", lines, escape_for_terminal(read.first_unread.front().text));
    } else if (dialect_ != nullptr && read.problem.empty() && manner_ != Manner::Member && read.may_hide_denials() && read.used == 0) {
      problem.text = "no line of it was understood" + quoted_first_line();
    } else {
      return;
    }
    result_.problems.push_back(std::move(problem));
  }

  // A file that was named should be a log; among a folder's files some are not.
  void tell_unknown(const std::string& path) {
    if (manner_ == Manner::Member) return;
    Problem problem;
    problem.file = path;
    problem.text = is_journal_ ? std::string("is the journal's own binary form")
                   : unusable_ ? std::string("is binary, not a log that can be read")
                               : "no line of it looks like a log that can be read" + quoted_first_line();
    problem.hint = is_journal_
                       ? "`journalctl -o json --file FILE > FILE.json` writes it as text"
                       : "audit.log, kernel log, journal or strace output is wanted; --input-format NAME forces a reading";
    if (manner_ == Manner::Named) return give_up(std::move(problem));
    problem.severity = Severity::Note;
    result_.problems.push_back(std::move(problem));
  }

  std::string quoted_first_line() {
    const std::string& line = account().first_line;
    return line.empty() ? "" : fmt::format("; it begins with: {}", escape_for_terminal(shorten(line, 200)));
  }

  void warn(const std::string& path, std::string text) {
    Problem problem;
    problem.severity = Severity::Warning;
    problem.file = path;
    problem.text = std::move(text);
    result_.problems.push_back(std::move(problem));
  }

  const ReadOptions& options_;
  const ledger::InterestTable& interest_;
  const std::uint32_t input_;
  ReadResult& result_;
  ledger::Ledger merged_;
  const parsers::Dialect* dialect_ = nullptr;
  std::unique_ptr<parsers::Router> router_;  // what was sniffed; null where the dialect is forced
  parsers::Options parser_options_;
  std::int64_t pid_of_input_ = -1;
  std::unique_ptr<parsers::Joiner> joiner_;
  bool asked_joiner_ = false;
  std::unique_ptr<parsers::Cache> cache_;  // where one thread does all
  Manner manner_ = Manner::Named;
  Continuity continuity_;
  SerialRuns serials_;
  ledger::ContentHash content_;
  ledger::PartIdentity identity_;
  std::uint64_t lines_before_ = 0;
  bool is_digest_ = false;
  bool unusable_ = false, is_journal_ = false;
  std::uint64_t cut_lines_ = 0;
  std::uint64_t segments_ = 0;
  std::atomic<std::size_t> expected_tasks_ = 0, expected_counters_ = 0;  // of a segment: as many as the one before had
  std::vector<std::uint64_t> bases_;                                  // lines before each segment

  std::vector<std::thread> workers_;
  std::mutex mutex_;
  std::condition_variable wake_, done_;
  std::deque<std::shared_ptr<Segment>> queue_;  // waiting for a worker
  std::deque<std::shared_ptr<Segment>> order_;  // not yet merged, in the input's order
  bool closing_ = false;
  bool continues_ = false, keeps_ledger_ = false;
};

}  // namespace medic
