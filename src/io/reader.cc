#include "io/reader.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <boost/core/noinit_adaptor.hpp>
#include <cerrno>
#include <cstring>
#include <mutex>
#include <optional>
#include <utility>

#include "io/bytes_read.h"

namespace medic::io {
namespace {

class Descriptor {
 public:
  explicit Descriptor(int value) : value_(value) {}
  ~Descriptor() {
    if (value_ > STDERR_FILENO) close(value_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return value_; }

 private:
  int value_;
};

// Buffers that blocks give back when they die: a fresh megabyte costs 256 page faults, a used one
// is warm in the cache.
class BufferPool {
 public:
  using Buffer = std::vector<char, boost::noinit_adaptor<std::allocator<char>>>;
  Buffer take() {
    const std::lock_guard lock(mutex_);
    if (free_.empty()) return {};
    Buffer out = std::move(free_.back());
    free_.pop_back();
    return out;
  }
  void give(Buffer buffer) {
    constexpr std::size_t kKeep = 16, kLargest = std::size_t{8} << 20;
    const std::lock_guard lock(mutex_);
    if (free_.size() < kKeep && buffer.capacity() <= kLargest) free_.push_back(std::move(buffer));
  }

 private:
  std::mutex mutex_;
  std::vector<Buffer> free_;
};

class OwnedBlock : public Block {
 public:
  explicit OwnedBlock(std::shared_ptr<BufferPool> pool)
      : pool_(std::move(pool)), data(pool_->take()) {
    data.clear();
  }
  ~OwnedBlock() override { pool_->give(std::move(data)); }
  OwnedBlock(const OwnedBlock&) = delete;
  OwnedBlock& operator=(const OwnedBlock&) = delete;

 private:
  std::shared_ptr<BufferPool> pool_;

 public:
  BufferPool::Buffer data;
};

std::size_t counted(ssize_t got) {
  bytes_read().fetch_add(static_cast<std::uint64_t>(got), std::memory_order_relaxed);
  return static_cast<std::size_t>(got);
}

class DescriptorSource : public ByteSource {
 public:
  DescriptorSource(std::shared_ptr<Descriptor> descriptor, std::string path)
      : descriptor_(std::move(descriptor)), path_(std::move(path)) {}
  Result<std::size_t> read(char* to, std::size_t size) override {
    for (;;) {
      const ssize_t got = ::read(descriptor_->get(), to, size);
      if (got >= 0) return counted(got);
      if (errno != EINTR)
        return fail(
            source_problem(path_, fmt::format("cannot be read: {}", std::strerror(errno)), ""));
    }
  }

 private:
  std::shared_ptr<Descriptor> descriptor_;
  std::string path_;
};

// A mapped file would not be copied, but a log that is truncated while it is read (logrotate's
// copytruncate) would then kill us with SIGBUS; and mapping its pages costs as much as copying
// them.
class StreamReader : public Reader {
 public:
  StreamReader(std::unique_ptr<ByteSource> source, std::string name, std::string compression,
               std::size_t block_bytes,
               std::shared_ptr<BufferPool> pool = std::make_shared<BufferPool>())
      : pool_(std::move(pool)),
        source_(std::move(source)),
        name_(std::move(name)),
        compression_(std::move(compression)),
        block_bytes_(block_bytes) {}

  Result<std::unique_ptr<Block>> next() override {
    if (at_end_ && pending_.empty()) {
      if (deferred_) return fail(*std::exchange(deferred_, std::nullopt));
      return std::unique_ptr<Block>();
    }
    auto block = std::make_unique<OwnedBlock>(pool_);
    auto& data = block->data;
    data.assign(pending_.begin(), pending_.end());
    pending_.clear();
    fill(data);
    std::size_t end = end_of_block({data.data(), data.size()});
    if (end == 0 && !at_end_) {
      skip_rest_of_line();
      data.push_back('\n');
      end = data.size();
      block->cut_line = true;
    }
    const std::string_view text(data.data(), data.size());
    block->text = text.substr(0, end);
    block->after = text.substr(end);
    if (!block->cut_line) pending_ = block->after;
    block->offset = offset_;
    offset_ += end;
    block->last = at_end_ && pending_.empty();
    if (!block->text.empty()) return std::unique_ptr<Block>(std::move(block));
    if (deferred_) return fail(*std::exchange(deferred_, std::nullopt));
    return std::unique_ptr<Block>();
  }
  std::string_view compression() const override { return compression_; }

 private:
  // Behind the last line that ends within a block's worth; behind the first where none does; 0
  // where there is no whole line.
  std::size_t end_of_block(std::string_view text) const {
    if (at_end_ && text.size() <= block_bytes_) return text.size();
    std::size_t newline = text.substr(0, block_bytes_).rfind('\n');
    if (newline == std::string_view::npos) newline = text.find('\n');
    if (newline == std::string_view::npos) return at_end_ ? text.size() : 0;
    return newline + 1;
  }

  // Until a block's worth and what is looked ahead, with a newline in it; the end; or an over-long
  // line. What was read before an error is still given out.
  void fill(BufferPool::Buffer& data) {
    std::size_t searched = 0;
    bool has_line = false;
    while (!at_end_) {
      if (!has_line) {
        has_line = std::string_view(data.data(), data.size()).find('\n', searched) !=
                   std::string_view::npos;
        searched = data.size();
      }
      const std::size_t wanted = block_bytes_ + kAhead;
      if ((data.size() >= wanted && has_line) || data.size() >= kMaxLine) return;
      const std::size_t before = data.size(),
                        step =
                            std::min(before < wanted ? wanted - before : wanted, kMaxLine - before);
      data.resize(before + step);
      data.resize(before + read_some(data.data() + before, step));
    }
  }

  std::size_t read_some(char* to, std::size_t size) {
    const auto got = source_->read(to, size);
    if (!got) deferred_ = got.error();
    if (!got || *got == 0) at_end_ = true;
    return got ? *got : 0;
  }

  void skip_rest_of_line() {
    std::string scratch(std::size_t{1} << 20, '\0');
    for (std::uint64_t skipped = 0; !at_end_; skipped += scratch.size()) {
      if (skipped > kEndlessLine) {
        deferred_ = source_problem(
            name_,
            fmt::format("has a line of more than {} MiB: it is no log, and not read on",
                        kEndlessLine >> 20),
            "name the log itself");
        at_end_ = true;
        return;
      }
      const std::string_view more(scratch.data(), read_some(scratch.data(), scratch.size()));
      const std::size_t newline = more.find('\n');
      if (newline != std::string_view::npos) {
        pending_ = more.substr(newline + 1);
        return;
      }
    }
  }

  std::shared_ptr<BufferPool> pool_;
  std::unique_ptr<ByteSource> source_;
  std::string name_, compression_;
  std::size_t block_bytes_;
  std::string pending_;
  std::optional<Problem> deferred_;
  std::uint64_t offset_ = 0;
  bool at_end_ = false;
};

// The bytes of a file from some offset on; several of them share a descriptor.
class OffsetSource : public ByteSource {
 public:
  OffsetSource(std::shared_ptr<Descriptor> descriptor, std::uint64_t offset, std::string path)
      : descriptor_(std::move(descriptor)), offset_(offset), path_(std::move(path)) {}
  Result<std::size_t> read(char* to, std::size_t size) override {
    for (;;) {
      const ssize_t got = pread(descriptor_->get(), to, size, static_cast<off_t>(offset_));
      if (got >= 0) {
        offset_ += static_cast<std::uint64_t>(got);
        return counted(got);
      }
      if (errno != EINTR)
        return fail(
            source_problem(path_, fmt::format("cannot be read: {}", std::strerror(errno)), ""));
    }
  }

 private:
  std::shared_ptr<Descriptor> descriptor_;
  std::uint64_t offset_;
  std::string path_;
};

class StretchReader : public Reader {
 public:
  StretchReader(StreamReader reader, std::shared_ptr<Descriptor> descriptor, std::uint64_t begin,
                std::uint64_t end)
      : reader_(std::move(reader)),
        descriptor_(std::move(descriptor)),
        start_(begin == 0 ? 0 : begin - 1),
        end_(end),
        skip_first_(begin != 0) {}

  Result<std::unique_ptr<Block>> next() override {
    if (skip_first_ && !begins_a_line()) done_ = true;
    while (!done_) {
      auto block = reader_.next();
      if (!block || !*block) return block;
      Block& it = **block;
      it.offset += start_;
      if (skip_first_) drop_first_line(it);
      if (it.offset + it.text.size() >= end_) cut_at_end(it);
      if (!it.text.empty()) return block;
    }
    return std::unique_ptr<Block>();
  }
  std::string_view compression() const override { return {}; }

 private:
  // Whether any line begins within the segment: one without an end would be looked through from
  // each of them to the file's end. An error is left to the reader.
  bool begins_a_line() const {
    char some[16384];
    for (std::uint64_t at = start_; at < end_;) {
      const std::size_t wanted =
          static_cast<std::size_t>(std::min<std::uint64_t>(sizeof some, end_ - at));
      const ssize_t got = pread(descriptor_->get(), some, wanted, static_cast<off_t>(at));
      if (got <= 0) return true;
      if (std::memchr(some, '\n', static_cast<std::size_t>(got)) != nullptr) return true;
      at += static_cast<std::uint64_t>(got);
    }
    return false;
  }
  // Reading began one byte early: the line that this byte ends, or is within, belongs to the
  // segment before.
  void drop_first_line(Block& block) {
    const std::size_t length = std::min(block.text.find('\n'), block.text.size() - 1) + 1;
    block.text.remove_prefix(length);
    block.offset += length;
    skip_first_ = false;
  }
  void cut_at_end(Block& block) {
    done_ = true;
    if (block.offset >= end_) {
      block.text = {};
      return;
    }
    const std::size_t newline =
        block.text.find('\n', static_cast<std::size_t>(end_ - 1 - block.offset));
    if (newline == std::string_view::npos) return;
    const std::size_t size = newline + 1, cut = block.text.size() - size;
    block.after = {block.text.data() + size, cut + block.after.size()};
    block.text = block.text.substr(0, size);
  }

  StreamReader reader_;
  std::shared_ptr<Descriptor> descriptor_;
  std::uint64_t start_, end_;
  bool skip_first_;
  bool done_ = false;
};

class OpenedFile : public SegmentedFile {
 public:
  OpenedFile(std::shared_ptr<Descriptor> descriptor, std::uint64_t size, std::string path)
      : descriptor_(std::move(descriptor)), size_(size), path_(std::move(path)) {}
  std::uint64_t size() const override { return size_; }
  std::unique_ptr<Reader> segment(std::uint64_t begin, std::uint64_t end,
                                  const ReaderOptions& options) const override {
    auto source = std::make_unique<OffsetSource>(descriptor_, begin == 0 ? 0 : begin - 1, path_);
    return std::make_unique<StretchReader>(
        StreamReader(std::move(source), path_, {}, options.block_bytes, pool_), descriptor_, begin,
        end >= size_ ? UINT64_MAX : end);
  }

 private:
  std::shared_ptr<Descriptor> descriptor_;
  std::shared_ptr<BufferPool> pool_ = std::make_shared<BufferPool>();  // of all segments
  std::uint64_t size_;
  std::string path_;
};

Result<std::shared_ptr<Descriptor>> open_descriptor(const std::string& path, struct stat& status) {
  auto descriptor = std::make_shared<Descriptor>(
      path == "-" ? STDIN_FILENO : open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY));
  if (descriptor->get() < 0) {
    return fail(source_problem(
        path, fmt::format("cannot be opened: {}", std::strerror(errno)),
        errno == EACCES ? "audit logs are readable by root only: run with sudo, or copy the file"
                        : "check the path"));
  }
  if (fstat(descriptor->get(), &status) != 0)
    return fail(source_problem(path, fmt::format("cannot be read: {}", std::strerror(errno)), ""));
  if (S_ISDIR(status.st_mode))
    return fail(source_problem(path, "is a directory, not a file", "name a file in it"));
  return descriptor;
}

constexpr std::size_t kFront = 512;  // a tar header
constexpr std::string_view kUtf8Mark =
    "\xEF\xBB\xBF";  // as Windows' editors put before a text: no part of its first line

// What a source is under its wrappings.
struct Unwrapped {
  std::unique_ptr<ByteSource> source;
  std::string wrappings;
  bool is_tar = false;
};

struct Front {
  std::string text;
  std::optional<Problem> problem;
};

Front take_front(ByteSource& source) {
  Front out{std::string(kFront, '\0'), {}};
  std::size_t got = 0;
  while (got < kFront && !out.problem) {
    auto more = source.read(out.text.data() + got, kFront - got);
    if (!more)
      out.problem = std::move(more.error());
    else if (*more == 0)
      break;
    else
      got += *more;
  }
  out.text.resize(got);
  return out;
}

Unwrapped unwrap(std::unique_ptr<ByteSource> source, const std::string& name) {
  constexpr int kMaxWrappings = 3;
  Unwrapped out{std::move(source), {}, false};
  for (int i = 0; i < kMaxWrappings; ++i) {
    Front front = take_front(*out.source);
    const std::string_view compression = compression_of(front.text);
    const bool utf16 = is_utf16(front.text);
    out.is_tar = is_tar(front.text);
    if (front.text.starts_with(kUtf8Mark)) front.text.erase(0, kUtf8Mark.size());
    out.source = std::make_unique<PutBack>(std::move(front.text), std::move(front.problem),
                                           std::move(out.source));
    if (compression.empty() && !utf16) break;
    out.wrappings.append(out.wrappings.empty() ? "" : ", ").append(utf16 ? "utf-16" : compression);
    out.source = utf16 ? utf8_of_utf16(std::move(out.source))
                       : decompress(compression, std::move(out.source), name);
  }
  return out;
}

std::unique_ptr<Reader> reader_of(Unwrapped unwrapped, const std::string& name,
                                  const ReaderOptions& options) {
  return std::make_unique<StreamReader>(std::move(unwrapped.source), name,
                                        std::move(unwrapped.wrappings), options.block_bytes);
}

Result<Unwrapped> open_unwrapped(const std::string& path) {
  struct stat status {};
  auto descriptor = open_descriptor(path, status);
  if (!descriptor) return fail(std::move(descriptor.error()));
  return unwrap(std::make_unique<DescriptorSource>(std::move(*descriptor), path), path);
}

}  // namespace

Result<std::unique_ptr<Reader>> open_reader(const std::string& path, const ReaderOptions& options) {
  auto unwrapped = open_unwrapped(path);
  if (!unwrapped) return fail(std::move(unwrapped.error()));
  return reader_of(std::move(*unwrapped), path, options);
}

Result<Opened> open_input(const std::string& path, const ReaderOptions& options) {
  auto unwrapped = open_unwrapped(path);
  if (!unwrapped) return fail(std::move(unwrapped.error()));
  Opened out;
  if (unwrapped->is_tar)
    out.archive = std::make_unique<Archive>(std::move(unwrapped->source), path);
  else
    out.reader = reader_of(std::move(*unwrapped), path, options);
  return out;
}

std::unique_ptr<Reader> open_member(std::unique_ptr<ByteSource> source, const std::string& name,
                                    const ReaderOptions& options) {
  return reader_of(unwrap(std::move(source), name), name, options);
}

std::shared_ptr<SegmentedFile> SegmentedFile::open(const std::string& path) {
  struct stat status {};
  if (path == "-") return nullptr;
  auto descriptor = open_descriptor(path, status);
  if (!descriptor || !S_ISREG(status.st_mode) || status.st_size <= 0) return nullptr;
  char bytes[kFront] = {};
  const ssize_t got = pread((*descriptor)->get(), bytes, sizeof bytes, 0);
  if (got <= 0) return nullptr;
  const std::string_view front(bytes, static_cast<std::size_t>(got));
  if (!compression_of(front).empty() || is_utf16(front) || is_tar(front) ||
      front.starts_with(kUtf8Mark))
    return nullptr;
  return std::make_shared<OpenedFile>(*descriptor, static_cast<std::uint64_t>(status.st_size),
                                      path);
}

Result<std::string> read_file(const std::string& path, std::size_t max_bytes) {
  auto reader = open_reader(path, ReaderOptions{});
  if (!reader) return fail(std::move(reader.error()));
  std::string out;
  for (;;) {
    auto block = (*reader)->next();
    if (!block) return fail(std::move(block.error()));
    if (!*block) return out;
    if (out.size() + (*block)->text.size() > max_bytes || (*block)->cut_line) {
      return fail(source_problem(path, fmt::format("is larger than {} MiB", max_bytes >> 20),
                                 "is it the right file?"));
    }
    out += (*block)->text;
  }
}

}  // namespace medic::io
