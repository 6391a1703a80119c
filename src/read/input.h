// One input from its first block to its account: which dialect it is in, its segments on all
// threads, and their merging in order, so that the result does not depend on how many threads there
// are.
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ledger/digest.h"
#include "parsers/audit/serial_ends.h"
#include "parsers/audit/serial_runs.h"
#include "read/line_numbers.h"
#include "read/ordered_workers.h"
#include "read/reading.h"
#include "read/sniff.h"

namespace medic::io {
class Reader;
class SegmentedFile;
struct Block;
}  // namespace medic::io

namespace medic {

// A segment of an input: blocks that one thread reads in a row into a ledger of their own.
struct Segment {
  std::uint64_t number = 0;
  std::shared_ptr<io::Reader> blocks;
  std::unique_ptr<ledger::Ledger> ledger;
  ledger::InputAccount account;  // lines are numbered within the segment
  std::vector<std::unique_ptr<parsers::Partial>> ends;
  std::optional<Problem> problem;
  std::uint64_t cut_lines = 0;
  std::optional<std::uint64_t> last_serial;
  parsers::audit::SerialRuns serials;
  ledger::ContentHash content;
};

// Reads one input, once.
class Input {
 public:
  // number: the input's place in result.accounts, which must exist. All must outlive the input.
  Input(const ReadOptions& options, const ledger::InterestTable& interest, std::uint32_t number,
        ReadResult& result)
      : options_(options),
        interest_(interest),
        number_(number),
        result_(result),
        merged_(interest) {}

  // The next file of the same recording: processes of the former go on in it.
  void continues_former() { continues_ = true; }
  // The ledger stays here, for take_ledger(), instead of going into the result's.
  void keep_ledger() { keeps_ledger_ = true; }
  ledger::Ledger take_ledger() { return std::move(merged_); }
  // Reading begins in the middle of a file.
  void begins_at(std::uint64_t offset, std::uint64_t lines_before, std::string source);

  // What an input that no dialect knows amounts to.
  enum class Manner : std::uint8_t { Named, InFolder, Member };
  // Reads all of it. Returns whether there is a log, or a digest, in it; what went wrong is a
  // Problem of the result.
  bool read(const std::string& path, Manner manner, std::unique_ptr<io::Reader> reader);

  // Of an input that was read.
  bool is_digest() const { return is_digest_; }
  const parsers::audit::SerialEnds& serial_ends() const { return serial_ends_; }

 private:
  ledger::InputAccount& account() { return result_.accounts[number_]; }
  void give_up(Problem problem);

  // The beginning.
  std::unique_ptr<io::Block> find_first_block(io::Reader& reader);
  void skip_block(io::Reader& reader, const io::Block& block);
  void keep_first_line(std::string_view text);
  void sniff_like(const std::string& path);
  void look_at_front(std::string_view front);
  void read_digest(io::Reader& reader, std::unique_ptr<io::Block> block);

  // Its segments.
  using Workers = OrderedWorkers<Segment>;
  void read_file(const io::SegmentedFile& file, std::uint64_t from, Workers& workers);
  void read_stream(io::Reader& reader, std::unique_ptr<io::Block> block, Workers& workers);
  std::unique_ptr<Segment> next_segment(std::shared_ptr<io::Reader> blocks);
  void read_segment(Segment& segment, parsers::Reader& reader);
  void merge(Segment& segment);

  // The end: what only the whole input says.
  void finish(const std::string& path);
  void emit_missing_serials(parsers::EventSink& sink) const;
  void emit_cut_lines(parsers::EventSink& sink) const;
  void keep_part(const std::string& path);
  void report_oddities(const std::string& path);
  void report_unread(const std::string& path);
  void report_unknown(const std::string& path);
  std::string quoted_first_line();
  void warn(const std::string& path, std::string text);

  const ReadOptions& options_;
  const ledger::InterestTable& interest_;
  const std::uint32_t number_;
  ReadResult& result_;
  ledger::Ledger merged_;
  DialectChoice choice_;
  parsers::Options parser_options_;
  std::int64_t pid_of_input_ = -1;
  std::unique_ptr<parsers::Joiner> joiner_;
  Manner manner_ = Manner::Named;
  parsers::audit::SerialEnds serial_ends_;
  parsers::audit::SerialRuns serials_;
  ledger::ContentHash content_;
  ledger::PartIdentity identity_;
  LineNumbers lines_;
  bool is_digest_ = false;
  bool unusable_ = false, is_journal_ = false;
  std::uint64_t cut_lines_ = 0;
  std::uint64_t segments_ = 0;
  std::atomic<std::size_t> expected_tasks_ = 0,
                           expected_counters_ = 0;  // of a segment: as many as the one before had
  bool continues_ = false, keeps_ledger_ = false;
};

}  // namespace medic
