// Bytes in: files, standard input and compressed files as big chunks of whole lines. Nothing here
// knows what a line means.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "io/archive.h"

namespace medic::io {

// Whole lines, owned. text ends in '\n' but for an input's last block.
class Block {
 public:
  virtual ~Block() = default;
  std::string_view text;
  std::string_view after;    // what follows in the input, directly behind text: kAhead bytes where
                             // there are as many
  std::uint64_t offset = 0;  // of text's first byte in the decompressed input
  bool last = false;
  bool cut_line = false;  // text's last line was longer than kMaxLine and its rest was dropped
};

// How far behind a block its reader may look: further than the records of one event stand apart.
inline constexpr std::size_t kAhead = std::size_t{64} << 10;

// A longer line is cut here: an endless line must not take the machine's memory.
inline constexpr std::size_t kMaxLine = std::size_t{64} << 20;

struct ReaderOptions {
  std::size_t block_bytes =
      std::size_t{1}
      << 20;  // about a core's second-level cache: what was just read is parsed while warm
};

// Reads one input to its end, front to back. Not thread-safe; the blocks it hands out are
// independent of it and of each other.
class Reader {
 public:
  virtual ~Reader() = default;
  // The next block, null at the end. A read error ends the input with a Problem; what was read
  // before stays valid.
  virtual Result<std::unique_ptr<Block>> next() = 0;
  // "gzip", "xz", "zstd", "bzip2", "utf-16", or what it is in turn: "gzip, utf-16"; else empty.
  virtual std::string_view compression() const = 0;
};

// A source that gives no line end for this long is no log: an endless device, a bomb of zeros.
inline constexpr std::uint64_t kEndlessLine = std::uint64_t{1} << 30;

// path "-" is standard input. A missing, unreadable or special file is a Problem that names it and
// the fix. gzip, xz, zstd and bzip2 are reported by their magic.
Result<std::unique_ptr<Reader>> open_reader(const std::string& path, const ReaderOptions& options);

// One input, which is either the lines of a file or an archive of many.
struct Opened {
  std::unique_ptr<Reader> reader;
  std::unique_ptr<Archive> archive;  // tar, compressed or not; then reader is null
};
Result<Opened> open_input(const std::string& path, const ReaderOptions& options);
// A member of an archive, which may be compressed in itself. An archive within is read as the bytes
// it has. name: for problems.
std::unique_ptr<Reader> open_member(std::unique_ptr<ByteSource> source, const std::string& name,
                                    const ReaderOptions& options);

// A regular, uncompressed file that several readers can read at once, each its own segment.
class SegmentedFile {
 public:
  // Null where the input is compressed, a pipe, or anything but a regular file.
  static std::shared_ptr<SegmentedFile> open(const std::string& path);
  virtual ~SegmentedFile() = default;
  virtual std::uint64_t size()
      const = 0;  // when it was opened: what is appended later belongs to the last segment
  // The lines that begin in [begin, end), whole. end past the size: to the end of the file, however
  // far it has grown.
  virtual std::unique_ptr<Reader> segment(std::uint64_t begin, std::uint64_t end,
                                          const ReaderOptions& options) const = 0;
};

// Paths of the folder's entries whose names end so, in the order of their names; empty where there
// is no such folder.
std::vector<std::string> files_ending(const std::string& folder, std::string_view suffix);

// A log argument as files: a file is itself; a directory gives its regular files, rotated ones
// oldest first (audit.log.2, audit.log.1, audit.log), other names sorted; hidden files and
// subdirectories are left out.
Result<std::vector<std::string>> expand_input(const std::string& path);

// The order in which an archive's members are read, whatever theirs: by folder, and within one as
// expand_input gives its files.
bool reads_before(std::string_view path, std::string_view other);

// The name without its rotation and compression, and how old it is: audit.log.12.gz is 12 of
// audit.log, audit.log is 0.
struct RotatedName {
  std::string stem;
  std::uint64_t age = 0;  // 0 for dated names too
};
RotatedName rotated_name(std::string_view path);

// A whole small file (profiles, inspect output). Larger than max_bytes is a Problem.
Result<std::string> read_file(const std::string& path, std::size_t max_bytes);

// Replaces path by content in one step: temporary file beside it, fsync, rename; mode and owner
// kept when it was there. "-" is standard output. On failure what was there before is untouched.
// backup: when not empty, the old content is first kept under path + backup.
Result<void> write_atomically(const std::string& path, std::string_view content,
                              std::string_view backup);

// All bytes to a descriptor; a closed pipe is a Problem of kind Output.
Result<void> write_all(int descriptor, std::string_view content, std::string_view name);

}  // namespace medic::io
