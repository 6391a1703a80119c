#include "reading.h"

#include <fmt/format.h>

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

#include "base/text.h"
#include "continuity.h"
#include "io/growing.h"
#include "io/reader.h"
#include "parsers/mixture.h"
#include "parsers/registry.h"
#include "parsers/strace/strace_dialect.h"
#include "serial_runs.h"

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
    const bool judged = std::holds_alternative<model::Call>(event.what) ||
                        std::holds_alternative<model::LayerDenial>(event.what) ||
                        std::holds_alternative<model::Abend>(event.what);
    return !judged || ((!options_.since_ns || event.time.ns >= *options_.since_ns) &&
                       (!options_.until_ns || event.time.ns <= *options_.until_ns));
  }
  Ledger& ledger_;
  const ReadOptions& options_;
};

class ChunkCollector : public parsers::ChunkSink {
 public:
  ChunkCollector(Ledger& ledger, InputAccount& account, const ReadOptions& options, std::unique_ptr<parsers::Memory>& memory)
      : sink_(ledger, options), account_(account), memory_(memory) {}
  void event(const model::Event& event) override { sink_.event(event); }
  void used(std::uint64_t lines) override { account_.used += lines; }
  void foreign(std::uint64_t lines) override { account_.foreign += lines; }
  void damaged(std::uint64_t line, std::string_view text, std::string_view reason) override {
    ++account_.damaged;
    if (account_.first_damaged.size() < InputAccount::kMaxDamaged) {
      account_.first_damaged.push_back({line, std::string(text.substr(0, ledger::kExampleBytes)), std::string(reason)});
    }
  }
  std::unique_ptr<parsers::Memory>* memory() override { return &memory_; }

 private:
  LedgerSink sink_;
  InputAccount& account_;
  std::unique_ptr<parsers::Memory>& memory_;
};

io::ReaderOptions reader_options(const ReadOptions& options) { return io::ReaderOptions{options.block_bytes}; }

// Text has no control bytes but tabs, line ends and a terminal's escape; a few do not make a log binary.
bool is_binary(std::string_view text) {
  const std::string_view front = text.substr(0, 65536);
  const auto controls = std::count_if(front.begin(), front.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte < 0x20 && byte != '\t' && byte != '\n' && byte != '\r' && byte != 0x1B && byte != 0x1D;
  });
  return static_cast<std::size_t>(controls) > front.size() / 50;
}

// Lines are numbered within their stretch, with the stretch's own number above: what stands before it is known only in the end.
constexpr unsigned kLineBits = 40;
constexpr std::uint64_t kLineMask = (std::uint64_t{1} << kLineBits) - 1;

// A stretch is large, so that merging costs little beside parsing, and small, so that all threads have work and memory stays
// flat.
constexpr std::uint64_t kBlocksPerStretch = 16;
// Of a large file, whose blocks need not wait for each other, they are larger.
constexpr std::uint64_t kStretchesPerFile = 16, kMaxBlocksPerStretch = 64;

// Blocks handed from the reading thread to the one that parses the stretch.
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

struct Stretch {
  std::uint64_t number = 0;
  std::shared_ptr<io::Reader> reader;
  std::unique_ptr<Ledger> ledger;
  InputAccount account;  // damaged lines are numbered within the stretch
  std::vector<std::unique_ptr<parsers::OpenEnds>> ends;
  std::optional<Problem> problem;
  std::uint64_t cut_lines = 0;
  std::optional<std::uint64_t> last_serial;
  SerialRuns serials;
  ledger::ContentHash content;
  bool done = false;
};

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
  Ledger take_ledger() { return std::move(merged_); }

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
  InputAccount& account() { return result_.accounts[input_]; }
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
      if (dialect_ == nullptr) sniff(front);
      if (dialect_ != nullptr) {
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

  // A split from the middle is read as the whole is.
  void sniff_like(const std::string& path) {
    auto reader = io::open_reader(path, block_options());
    if (!reader) return give_up(std::move(reader.error()));
    if (auto block = (*reader)->next(); block && *block) sniff((*block)->text);
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
    std::vector<const parsers::Dialect*> members{sniffed.dialect};
    members.insert(members.end(), sniffed.others.begin(), sniffed.others.end());
    mixture_ = std::make_unique<parsers::Mixture>(std::move(members), parsers::all_dialects());
    dialect_ = mixture_.get();
  }

  void read_file(const io::SegmentedFile& file, std::uint64_t from) {
    const std::uint64_t blocks = std::clamp<std::uint64_t>(file.size() / options_.block_bytes / kStretchesPerFile,
                                                           kBlocksPerStretch, kMaxBlocksPerStretch);
    const std::uint64_t step = options_.block_bytes * blocks;
    for (std::uint64_t begin = from; begin < file.size(); begin += step) {
      auto stretch = std::make_shared<Stretch>();
      stretch->reader = file.stretch(begin, begin + step, block_options());
      hand_out(std::move(stretch));
    }
  }

  void read_stream(io::Reader& reader, std::unique_ptr<io::Block> block) {
    while (block != nullptr) {
      auto queue = std::make_shared<BlockQueue>();
      auto stretch = std::make_shared<Stretch>();
      stretch->reader = queue;
      // Without workers the stretch is parsed when it is complete: its blocks are kept meanwhile.
      if (!workers_.empty()) hand_out(stretch);
      for (std::uint64_t i = 0; i < kBlocksPerStretch && block != nullptr; ++i) {
        queue->push(std::move(block));
        if (!workers_.empty()) queue->wait_for_room(kBlocksPerStretch);
        auto next = reader.next();
        if (!next)
          give_up(std::move(next.error()));
        else
          block = std::move(*next);
      }
      queue->close();
      if (workers_.empty()) hand_out(std::move(stretch));
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

  void hand_out(std::shared_ptr<Stretch> stretch) {
    stretch->number = stretches_++;
    if (workers_.empty()) {
      parse(*stretch, memory_);
      merge(*stretch);
      return;
    }
    {
      const std::lock_guard lock(mutex_);
      queue_.push_back(stretch);
      order_.push_back(std::move(stretch));
    }
    wake_.notify_one();
    drain(options_.threads);
  }

  // Merges what is done, in order, until at most `leave` stretches are under way.
  void drain(std::size_t leave) {
    std::unique_lock lock(mutex_);
    while (!order_.empty() && (order_.size() > leave || order_.front()->done)) {
      const std::shared_ptr<Stretch> stretch = order_.front();
      done_.wait(lock, [&] { return stretch->done; });
      order_.pop_front();
      lock.unlock();
      merge(*stretch);
      lock.lock();
    }
  }

  void work() {
    std::unique_ptr<parsers::Memory> memory;
    for (;;) {
      std::shared_ptr<Stretch> stretch;
      {
        std::unique_lock lock(mutex_);
        wake_.wait(lock, [&] { return closing_ || !queue_.empty(); });
        if (queue_.empty()) return;
        stretch = queue_.front();
        queue_.pop_front();
      }
      parse(*stretch, memory);
      {
        const std::lock_guard lock(mutex_);
        stretch->done = true;
      }
      done_.notify_all();
    }
  }

  void parse(Stretch& stretch, std::unique_ptr<parsers::Memory>& memory) const {
    stretch.ledger = std::make_unique<Ledger>(interest_);
    ChunkCollector collector(*stretch.ledger, stretch.account, options_, memory);
    std::uint64_t line = (stretch.number << kLineBits) + 1;
    for (;;) {
      auto block = stretch.reader->next();
      if (!block) stretch.problem = std::move(block.error());
      if (!block || !*block) break;
      parsers::Chunk chunk;
      chunk.text = (*block)->text;
      chunk.input = input_;
      chunk.first_line = line;
      chunk.first_offset = (*block)->offset;
      chunk.last = (*block)->last;
      chunk.after = (*block)->after;
      chunk.pid_of_input = pid_of_input_;
      const std::uint64_t lines = count_lines(chunk.text);
      if (auto ends = dialect_->parse(chunk, parser_options_, collector)) stretch.ends.push_back(std::move(ends));
      line += lines;
      stretch.account.lines += lines;
      stretch.account.bytes += chunk.text.size();
      if (options_.as_digest) stretch.content.add(chunk.text, chunk.first_offset + options_.split.begin);
      stretch.cut_lines += (*block)->cut_line ? 1 : 0;
      if (const auto serial = last_serial(chunk.text)) stretch.last_serial = serial;
      stretch.serials.add(chunk.text, chunk.first_line);
    }
    stretch.reader.reset();
  }

  void merge(Stretch& stretch) {
    InputAccount& total = account();
    bases_.push_back(total.lines);
    total.bytes += stretch.account.bytes;
    total.lines += stretch.account.lines;
    total.used += stretch.account.used;
    total.foreign += stretch.account.foreign;
    total.damaged += stretch.account.damaged;
    for (ledger::DamagedLine& line : stretch.account.first_damaged) {
      if (total.first_damaged.size() >= InputAccount::kMaxDamaged) break;
      line.line = bases_.back() + (line.line & kLineMask);
      total.first_damaged.push_back(std::move(line));
    }
    merged_.append(std::move(*stretch.ledger));
    stretch.ledger.reset();
    if (stitcher_ == nullptr && !asked_stitcher_) {
      stitcher_ = dialect_->stitcher(parser_options_);
      asked_stitcher_ = true;
    }
    LedgerSink sink(merged_, options_);
    for (auto& ends : stretch.ends) {
      if (stitcher_ != nullptr) stitcher_->join(std::move(ends), sink);
    }
    if (stretch.problem && account().problem.empty()) give_up(std::move(*stretch.problem));
    cut_lines_ += stretch.cut_lines;
    if (stretch.last_serial) continuity_.last = stretch.last_serial;
    serials_.append(std::move(stretch.serials));
    content_.add(stretch.content);
  }

  void finish(const std::string& path) {
    LedgerSink sink(merged_, options_);
    if (stitcher_ != nullptr) stitcher_->finish(sink);
    tell_missing_serials(sink);
    if (cut_lines_ > 0) tell_cut_lines(sink);
    merged_.settle_lines([&](const model::Origin& origin) {
      const std::uint64_t number = origin.line >> kLineBits;
      return lines_before_ + (number < bases_.size() ? bases_[number] + (origin.line & kLineMask) : origin.line);
    });
    for (ledger::DamagedLine& line : account().first_damaged) line.line += lines_before_;
    if (dialect_ != nullptr) account().dialect = mixture_ != nullptr ? mixture_->told() : std::string(dialect_->name());
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

  // A file that was named should be a log; among a folder's files some are not.
  void tell_unknown(const std::string& path) {
    if (manner_ == Manner::Member) return;
    Problem problem;
    problem.file = path;
    problem.text = is_journal_ ? "is the journal's own binary form"
                   : unusable_ ? "is binary, not a log that can be read"
                               : "no line of it looks like a log that can be read";
    problem.hint = is_journal_
                       ? "`journalctl -o json --file FILE > FILE.json` writes it as text"
                       : "audit.log, kernel log, journal or strace output is wanted; --input-format NAME forces a reading";
    if (manner_ == Manner::Named) return give_up(std::move(problem));
    problem.severity = Severity::Note;
    result_.problems.push_back(std::move(problem));
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
  Ledger merged_;
  const parsers::Dialect* dialect_ = nullptr;
  std::unique_ptr<parsers::Mixture> mixture_;  // what was sniffed; null where the dialect is forced
  parsers::Options parser_options_;
  std::int64_t pid_of_input_ = -1;
  std::unique_ptr<parsers::Stitcher> stitcher_;
  bool asked_stitcher_ = false;
  std::unique_ptr<parsers::Memory> memory_;  // where one thread does all
  Manner manner_ = Manner::Named;
  Continuity continuity_;
  SerialRuns serials_;
  ledger::ContentHash content_;
  ledger::PartIdentity identity_;
  std::uint64_t lines_before_ = 0;
  bool is_digest_ = false;
  bool unusable_ = false, is_journal_ = false;
  std::uint64_t cut_lines_ = 0;
  std::uint64_t stretches_ = 0;
  std::vector<std::uint64_t> bases_;  // lines before each stretch

  std::vector<std::thread> workers_;
  std::mutex mutex_;
  std::condition_variable wake_, done_;
  std::deque<std::shared_ptr<Stretch>> queue_;  // waiting for a worker
  std::deque<std::shared_ptr<Stretch>> order_;  // not yet merged, in the input's order
  bool closing_ = false;
  bool continues_ = false, keeps_ledger_ = false;
};

// A member of an archive that was read, and waits for those that come before it.
struct HeldMember {
  InputAccount account;
  Ledger ledger;
  Continuity continuity;
};

// All inputs of a command, one after another.
class Inputs {
 public:
  Inputs(const ReadOptions& options, const ledger::InterestTable& interest)
      : options_(options), interest_(interest), result_{Ledger(interest), {}, {}, {}, {}} {}

  void read_argument(const std::string& argument) {
    auto files = io::expand_input(argument);
    if (!files) return result_.problems.push_back(std::move(files.error()));
    const bool is_folder = files->size() != 1 || files->front() != argument;
    bool any = false;
    for (const std::string& file : *files) any = read_file(file, is_folder ? Manner::InFolder : Manner::Named) || any;
    if (is_folder && !any)
      tell(Severity::Error, argument, "no file in it looks like a log that can be read", "name a log, or a folder of logs");
  }

  // The files that grew since the checkpoint, each from where it was left.
  void read_on(const Checkpoint& checkpoint) {
    for (const Resumption& file : resume(options_.inputs, checkpoint, result_.problems)) {
      auto reader = io::open_reader(file.path, reader_options(options_));
      if (!reader) {
        begin_input().path = file.path;
        result_.accounts.back().problem = reader.error().text;
        result_.problems.push_back(std::move(reader.error()));
        continue;
      }
      resumed_ = &file;
      read_lines(file.path, Manner::Member, io::window_on(std::move(*reader), file.window));
      resumed_ = nullptr;
      const InputAccount& account = result_.accounts.back();
      if (is_one_recording(account.dialect)) {
        tell(Severity::Error, file.path, fmt::format("is {} output, which cannot be read in pieces", account.dialect),
             "read it whole, without --checkpoint");
      } else if (auto place = place_after(file, account.bytes, account.lines))
        result_.checkpoint.places.push_back(std::move(*place));
      if (account.lines == 0 && account.problem.empty()) drop_input();
    }
  }

  ReadResult finish() {
    ledger::settle(result_.digest, result_.problems);
    if (options_.as_digest) return std::move(result_);
    load_digest();
    for (const Gap& gap : gaps_between(result_.accounts, continuity_)) {
      model::Event event;
      event.origin.input = gap.input;
      event.line = gap.text;
      event.what = model::Loss{gap.kind, gap.count, gap.text};
      result_.ledger.add(event);
    }
    result_.ledger.finish();
    if (has_digest_ && (options_.since_ns || options_.until_ns)) keep_wanted_times();
    return std::move(result_);
  }

 private:
  using Manner = InputReading::Manner;

  bool read_file(const std::string& path, Manner manner) {
    auto opened = io::open_input(path, reader_options(options_));
    if (!opened) {
      begin_input().path = path;
      result_.accounts.back().problem = opened.error().text;
      result_.problems.push_back(std::move(opened.error()));
      return true;  // what it holds is unknown, and has been told
    }
    return opened->archive != nullptr ? read_archive(path, *opened->archive)
                                      : read_lines(path, manner, std::move(opened->reader));
  }

  bool read_archive(const std::string& path, io::Archive& archive) {
    constexpr std::size_t kMaxLogs = 4096;
    std::size_t logs = 0, others = 0;
    for (;;) {
      auto member = archive.next();
      if (!member) {
        result_.problems.push_back(std::move(member.error()));
        break;
      }
      if (!*member) break;
      if (logs == kMaxLogs) {
        tell(Severity::Error, path, fmt::format("holds more than {} logs: the others are not read", kMaxLogs),
             "unpack it and name the logs");
        break;
      }
      const std::string name = path + ":" + (**member).name;
      const bool is_log = read_member(name, io::open_member(std::move((**member).source), name, reader_options(options_)));
      ++(is_log ? logs : others);
    }
    join_held();
    if (logs == 0)
      tell(Severity::Error, path, "no file in this archive looks like a log that can be read",
           "name a log, or an archive of logs");
    else if (others > 0)
      tell(Severity::Note, path, fmt::format("{} other file(s) in it are no logs", others), "");
    return true;
  }

  // An archive's order is any, rotated logs are read oldest first: so each is read by itself, and they are joined in the end.
  bool read_member(const std::string& name, std::unique_ptr<io::Reader> reader) {
    constexpr std::size_t kMostRows = 1'000'000;
    begin_input();
    InputReading reading(options_, interest_, static_cast<std::uint32_t>(result_.accounts.size() - 1), result_);
    reading.keep_ledger();
    const bool is_log = reading.read(name, Manner::Member, std::move(reader));
    const bool is_told = (is_log && !reading.is_digest()) || !result_.accounts.back().problem.empty();
    if (is_told) held_.push_back({std::move(result_.accounts.back()), reading.take_ledger(), reading.continuity()});
    drop_input();
    held_rows_ += is_told ? held_.back().ledger.rows() : 0;
    if (held_rows_ <= kMostRows) return is_log;
    tell(Severity::Warning, name, "holds, with what came before it in the archive, more than can be put in order at once",
         "if rotated logs stand there newest first, unpack it and name the folder");
    join_held();
    return is_log;
  }

  void join_held() {
    std::stable_sort(held_.begin(), held_.end(),
                     [](const HeldMember& a, const HeldMember& b) { return io::reads_before(a.account.path, b.account.path); });
    for (HeldMember& each : held_) {
      InputAccount& account = begin_input() = std::move(each.account);
      continuity_.back() = each.continuity;
      ledger::set_input(each.ledger, static_cast<std::uint32_t>(result_.accounts.size() - 1));
      if (goes_on(account.path))
        result_.ledger.append(std::move(each.ledger));
      else
        result_.ledger.merge(std::move(each.ledger));
      former_ = account.path;
    }
    held_.clear();
    held_rows_ = 0;
  }

  bool read_lines(const std::string& path, Manner manner, std::unique_ptr<io::Reader> reader) {
    begin_input();
    InputReading reading(options_, interest_, static_cast<std::uint32_t>(result_.accounts.size() - 1), result_);
    if (resumed_ != nullptr) reading.begins_at(resumed_->window.begin, resumed_->lines_before, source_of(path));
    if (goes_on(path)) reading.continues_former();
    const bool is_log = reading.read(path, manner, std::move(reader));
    if (reading.is_digest() && result_.accounts.back().problem.empty()) {
      drop_input();
      return true;
    }
    former_ = path;
    continuity_.back() = reading.continuity();
    return is_log;
  }

  // A trace's calls end long after they began, so that no place in it is a good one to stop at.
  static bool is_one_recording(std::string_view dialect) {
    const std::string_view name = dialect.substr(0, dialect.find('+'));
    return name == "strace" || name == "ltrace" || name == "capture" || name == "creport";
  }

  // Parts of digests, read as the inputs were that they were made of.
  void load_digest() {
    for (ledger::DigestPart& part : result_.digest.parts) {
      auto loaded = ledger::load_part(part.bytes, static_cast<std::uint32_t>(result_.accounts.size()), interest_);
      if (!loaded) {
        tell(Severity::Error, part.identity.name, "its part of the digest cannot be read", "make the digest again from the logs");
        continue;
      }
      has_digest_ = true;
      begin_input() = std::move(loaded->account);
      if (part.identity.serials)
        continuity_.back() = {part.identity.serials->first, part.identity.serials->last, part.identity.serials->dense};
      if (goes_on(part.identity.name))
        result_.ledger.append(std::move(loaded->ledger));
      else
        result_.ledger.merge(std::move(loaded->ledger));
      former_ = part.identity.name;
      part.bytes = {};
    }
    result_.digest.parts.clear();
  }

  // What a digest counts together cannot be divided: all of it is kept that reaches into the wanted time.
  void keep_wanted_times() {
    constexpr auto kEpoch = model::Time::Basis::Epoch;
    result_.ledger.keep_only([&](const ledger::Subject&, const model::Time& first, const model::Time& last) {
      const bool too_early = options_.since_ns && last.basis == kEpoch && last.ns < *options_.since_ns;
      const bool too_late = options_.until_ns && first.basis == kEpoch && first.ns > *options_.until_ns;
      return !too_early && !too_late;
    });
  }

  // Rotated logs and the files of strace -ff are pieces of one recording. Other files are taken for other machines'.
  // A log that was named before an older one: then the older goes on with nothing.
  bool goes_on(const std::string& path) const {
    constexpr std::uint64_t kOldest = 1000;  // a larger number is a process
    if (former_.empty() || ledger::stem_of(former_) != ledger::stem_of(path)) return false;
    const std::uint64_t before = io::rotated_name(former_).age, now = io::rotated_name(path).age;
    return before >= now || now >= kOldest;
  }

  InputAccount& begin_input() {
    continuity_.emplace_back();
    return result_.accounts.emplace_back();
  }
  void drop_input() {
    continuity_.pop_back();
    result_.accounts.pop_back();
  }

  void tell(Severity severity, const std::string& path, std::string text, std::string hint) {
    Problem problem;
    problem.severity = severity;
    problem.file = path;
    problem.text = std::move(text);
    problem.hint = std::move(hint);
    result_.problems.push_back(std::move(problem));
  }

  const ReadOptions& options_;
  const ledger::InterestTable& interest_;
  ReadResult result_;
  std::vector<Continuity> continuity_;  // by input
  std::string former_;
  std::vector<HeldMember> held_;
  std::size_t held_rows_ = 0;
  const Resumption* resumed_ = nullptr;
  bool has_digest_ = false;
};

}  // namespace

ReadResult read_logs(const ReadOptions& options, const ledger::InterestTable& interest) {
  Inputs inputs(options, interest);
  if (options.checkpoint != nullptr)
    inputs.read_on(*options.checkpoint);
  else
    for (const std::string& argument : options.inputs) inputs.read_argument(argument);
  return inputs.finish();
}

}  // namespace medic
