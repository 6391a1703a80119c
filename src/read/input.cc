#include "read/input.h"

#include <algorithm>

#include "base/text.h"
#include "io/growing.h"
#include "io/reader.h"
#include "parsers/strace/strace_dialect.h"
#include "read/block_queue.h"
#include "read/chunk_collector.h"
#include "read/second_look.h"

namespace medic {
namespace {

// A segment is large, so that merging costs little beside reading, and small, so that all threads
// have work and memory stays flat.
constexpr std::uint64_t kBlocksPerSegment = 16;
// Of a large file, whose blocks need not wait for each other, they are larger.
constexpr std::uint64_t kSegmentsPerFile = 16, kMaxBlocksPerSegment = 64;

io::ReaderOptions block_options(const ReadOptions& options) {
  return io::ReaderOptions{options.block_bytes};
}

}  // namespace

void Input::begins_at(std::uint64_t offset, std::uint64_t lines_before, std::string source) {
  identity_.begin = offset;
  identity_.source = std::move(source);
  lines_.begin_behind(lines_before);
}

bool Input::read(const std::string& path, Manner manner, std::unique_ptr<io::Reader> reader) {
  manner_ = manner;
  account().path = path;
  account().compression = std::string(reader->compression());
  pid_of_input_ = parsers::pid_from_file_name(path).value_or(-1);
  parser_options_.arch = options_.arch;
  parser_options_.wanted_args = interest_.data();
  choice_.force(options_.forced);
  if (choice_.dialect() == nullptr && !options_.split.like.empty()) sniff_like(options_.split.like);
  if (auto first = find_first_block(*reader)) {
    joiner_ = choice_.dialect()->make_joiner(parser_options_);
    const bool several = !first->last && options_.threads > 1;
    auto file = first->last || manner == Manner::Member ? nullptr : io::SegmentedFile::open(path);
    const auto make_work = [this]() -> Workers::Work {
      const std::shared_ptr<parsers::Reader> own = choice_.dialect()->make_reader(parser_options_);
      return [this, own](Segment& segment) { read_segment(segment, *own); };
    };
    Workers workers(several ? options_.threads : 0, make_work,
                    [this](Segment& segment) { merge(segment); });
    if (file != nullptr)
      read_file(*file, first->offset, workers);
    else
      read_stream(*reader, std::move(first), workers);
    workers.finish_all();
  }
  finish(path);
  return choice_.dialect() != nullptr || is_digest_;
}

void Input::give_up(Problem problem) {
  account().problem = problem.text;
  result_.problems.push_back(std::move(problem));
}

// The first block with a line that a dialect knows; what comes before is foreign: a kernel log may
// begin with hours of other things.
std::unique_ptr<io::Block> Input::find_first_block(io::Reader& reader) {
  for (;;) {
    auto block = reader.next();
    if (!block) give_up(std::move(block.error()));
    if (!block || !*block) return nullptr;
    if (account().lines == 0 && (*block)->text.starts_with(ledger::kDigestMagic)) {
      read_digest(reader, std::move(*block));
      return nullptr;
    }
    // What follows is looked at too, so that a small block decides as a large one does.
    const std::string_view seen((*block)->text.data(),
                                (*block)->text.size() + (*block)->after.size());
    const std::string_view front =
        seen.substr(0, std::max((*block)->text.size(), seen.rfind('\n') + 1));
    keep_first_line(front);
    if (choice_.dialect() == nullptr) {
      choice_.sniff(front);
      account().is_quiet = choice_.is_quiet();
    }
    if (choice_.dialect() != nullptr) {
      if (account().lines == 0 && identity_.begin == 0 && options_.split.begin == 0)
        look_at_front(front);
      serial_ends_.begin(front);
      return std::move(*block);
    }
    skip_block(reader, **block);
    if (unusable_) return nullptr;
  }
}

// A block in which no dialect knows a line.
void Input::skip_block(io::Reader& reader, const io::Block& block) {
  if (options_.as_digest) content_.add(block.text, block.offset + options_.split.begin);
  is_journal_ = account().lines == 0 && is_journal_file(block.text);
  unusable_ = is_binary(block.text);
  const std::uint64_t lines = count_lines(block.text);
  account().bytes += block.text.size();
  account().lines += lines;
  account().foreign += lines;
  if (!unusable_ || account().compression.empty()) return;
  // Damaged data may come out as noise: the reader's own word is the better one.
  if (auto more = reader.next(); !more) give_up(std::move(more.error()));
}

void Input::keep_first_line(std::string_view text) {
  for (std::string_view line : split(text.substr(0, 65536), '\n')) {
    if (!account().first_line.empty()) return;
    account().first_line = trim(line).substr(0, ledger::kExampleBytes);
  }
}

// A split from the middle is read as the whole is.
void Input::sniff_like(const std::string& path) {
  auto reader = io::open_reader(path, block_options(options_));
  if (!reader) return give_up(std::move(reader.error()));
  if (auto block = (*reader)->next(); block && *block) {
    choice_.sniff((*block)->text);
    account().is_quiet = choice_.is_quiet();
    if (choice_.dialect() != nullptr) look_at_front((*block)->text);
  }
}

void Input::look_at_front(std::string_view front) {
  if (pid_of_input_ < 0) parser_options_.unnumbered = choice_.dialect()->task_of_unnumbered(front);
  if (parser_options_.arch == kernel::Arch::Unknown)
    parser_options_.arch = choice_.dialect()->arch_by_front(front);
}

void Input::read_digest(io::Reader& reader, std::unique_ptr<io::Block> block) {
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

void Input::read_file(const io::SegmentedFile& file, std::uint64_t from, Workers& workers) {
  const std::uint64_t blocks =
      std::clamp<std::uint64_t>(file.size() / options_.block_bytes / kSegmentsPerFile,
                                kBlocksPerSegment, kMaxBlocksPerSegment);
  const std::uint64_t step = options_.block_bytes * blocks;
  for (std::uint64_t begin = from; begin < file.size(); begin += step)
    workers.give(next_segment(file.segment(begin, begin + step, block_options(options_))));
}

void Input::read_stream(io::Reader& reader, std::unique_ptr<io::Block> block, Workers& workers) {
  while (block != nullptr) {
    auto queue = std::make_shared<BlockQueue>();
    auto segment = next_segment(queue);
    // Without threads the segment is read when it is complete: its blocks are kept meanwhile.
    const bool at_once = workers.has_threads();
    if (at_once) workers.give(std::move(segment));
    for (std::uint64_t i = 0; i < kBlocksPerSegment && block != nullptr; ++i) {
      queue->push(std::move(block));
      if (at_once) queue->wait_for_room(kBlocksPerSegment);
      auto next = reader.next();
      if (!next)
        give_up(std::move(next.error()));
      else
        block = std::move(*next);
    }
    queue->close();
    if (!at_once) workers.give(std::move(segment));
  }
}

std::unique_ptr<Segment> Input::next_segment(std::shared_ptr<io::Reader> blocks) {
  auto segment = std::make_unique<Segment>();
  segment->number = segments_++;
  segment->blocks = std::move(blocks);
  return segment;
}

// On any thread: reads nothing of the input that changes meanwhile.
void Input::read_segment(Segment& segment, parsers::Reader& reader) {
  const parsers::Traits traits = choice_.dialect()->traits();
  segment.ledger = std::make_unique<ledger::Ledger>(interest_);
  segment.ledger->expect({expected_tasks_, expected_counters_});
  ChunkCollector collector(*segment.ledger, segment.account, options_, segment.serials);
  std::uint64_t line = LineNumbers::first_of(segment.number);
  for (;;) {
    auto block = segment.blocks->next();
    if (!block) segment.problem = std::move(block.error());
    if (!block || !*block) break;
    parsers::Chunk chunk;
    chunk.text = (*block)->text;
    chunk.input = number_;
    chunk.first_line = line;
    chunk.first_offset = (*block)->offset;
    chunk.last = (*block)->last;
    chunk.after = (*block)->after;
    chunk.pid_of_input = pid_of_input_;
    const std::uint64_t lines_before = segment.account.given(), used_before = segment.account.used;
    if (auto ends = reader.read(chunk, collector)) segment.ends.push_back(std::move(ends));
    // Every line is reported exactly once.
    const std::uint64_t lines = segment.account.given() - lines_before;
    line += lines;
    segment.account.lines += lines;
    if (segment.account.used - used_before < lines && traits.reads_lines_alone)
      look_again(reader, chunk, collector, segment.ends);
    segment.account.bytes += chunk.text.size();
    if (options_.as_digest)
      segment.content.add(chunk.text, chunk.first_offset + options_.split.begin);
    segment.cut_lines += (*block)->cut_line ? 1 : 0;
    if (!traits.has_serials) continue;
    if (const auto serial = parsers::audit::last_serial(chunk.text)) segment.last_serial = serial;
  }
  segment.blocks.reset();
  const ledger::Ledger::Extent extent = segment.ledger->extent();
  expected_tasks_ = extent.tasks;
  expected_counters_ = extent.counters;
}

// In the input's order, on the thread that called read().
void Input::merge(Segment& segment) {
  ledger::InputAccount& total = account();
  lines_.place_next_segment(total.lines);
  total.bytes += segment.account.bytes;
  total.lines += segment.account.lines;
  total.used += segment.account.used;
  total.foreign += segment.account.foreign;
  total.damaged += segment.account.damaged;
  total.unread += segment.account.unread;
  total.cut_denials += segment.account.cut_denials;
  for (ledger::DamagedLine& line : segment.account.first_unread) {
    line.line = lines_.in_file(line.line);
    if (total.first_unread.empty()) total.first_unread.push_back(std::move(line));
  }
  for (ledger::DamagedLine& line : segment.account.first_damaged) {
    if (total.first_damaged.size() >= ledger::InputAccount::kMaxDamaged) break;
    line.line = lines_.in_file(line.line);
    total.first_damaged.push_back(std::move(line));
  }
  merged_.append(std::move(*segment.ledger));
  segment.ledger.reset();
  LedgerSink sink(merged_, options_);
  for (auto& ends : segment.ends) {
    if (joiner_ != nullptr) joiner_->join(std::move(ends), sink);
  }
  if (segment.problem && account().problem.empty()) give_up(std::move(*segment.problem));
  cut_lines_ += segment.cut_lines;
  if (segment.last_serial) serial_ends_.last = segment.last_serial;
  serials_.append(std::move(segment.serials));
  content_.add(segment.content);
}

void Input::finish(const std::string& path) {
  LedgerSink sink(merged_, options_);
  if (joiner_ != nullptr) joiner_->finish(sink);
  emit_missing_serials(sink);
  if (cut_lines_ > 0) emit_cut_lines(sink);
  merged_.resolve_lines([&](const model::Origin& origin) { return lines_.in_file(origin.line); });
  account().dialect = choice_.name();
  report_oddities(path);
  if (options_.as_digest)
    keep_part(path);
  else if (keeps_ledger_)
    return;
  else if (continues_)
    result_.ledger.append(std::move(merged_));
  else
    result_.ledger.merge(std::move(merged_));
}

void Input::keep_part(const std::string& path) {
  if (is_digest_ || (choice_.dialect() == nullptr && account().lines > 0)) return;
  if (!options_.split.name.empty()) account().path = options_.split.name;
  identity_.name = account().path.empty() ? path : account().path;
  identity_.begin += options_.split.begin;
  identity_.total = options_.split.total;
  identity_.end = identity_.begin + account().bytes;
  identity_.content = content_;
  if (identity_.begin == 0 && identity_.end == identity_.total) identity_.total = 0;
  if (serial_ends_.first && serial_ends_.last)
    identity_.serials = {*serial_ends_.first, *serial_ends_.last, serial_ends_.dense};
  result_.digest.parts.push_back(ledger::make_part(merged_, account(), identity_));
}

}  // namespace medic
