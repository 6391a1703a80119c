#include "io/reader.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <boost/iostreams/filter/bzip2.hpp>
#include <boost/iostreams/filter/gzip.hpp>
#include <boost/iostreams/filter/lzma.hpp>
#include <boost/iostreams/filter/zstd.hpp>
#include <boost/iostreams/filtering_streambuf.hpp>
#include <boost/core/noinit_adaptor.hpp>
#include <cerrno>
#include <cstring>
#include <mutex>
#include <optional>
#include <utility>

namespace medic::io {
namespace {

namespace bio = boost::iostreams;

Problem io_problem(const std::string& path, std::string text, std::string hint) {
  Problem problem;
  problem.file = path;
  problem.text = std::move(text);
  problem.hint = std::move(hint);
  return problem;
}

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

// ---- buffers -------------------------------------------------------------------------------------

// Buffers that blocks give back when they die: a fresh megabyte costs 256 page faults, a used one is warm in the cache.
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
  explicit OwnedBlock(std::shared_ptr<BufferPool> pool) : pool_(std::move(pool)), data(pool_->take()) { data.clear(); }
  ~OwnedBlock() override { pool_->give(std::move(data)); }
  OwnedBlock(const OwnedBlock&) = delete;
  OwnedBlock& operator=(const OwnedBlock&) = delete;

 private:
  std::shared_ptr<BufferPool> pool_;

 public:
  BufferPool::Buffer data;
};

// ---- a stream: a pipe, a compressed file --------------------------------------------------------

class ByteSource {
 public:
  virtual ~ByteSource() = default;
  // Bytes read, 0 at the end.
  virtual Result<std::size_t> read(char* to, std::size_t size) = 0;
};

class DescriptorSource : public ByteSource {
 public:
  DescriptorSource(std::shared_ptr<Descriptor> descriptor, std::string path) : descriptor_(std::move(descriptor)), path_(std::move(path)) {}
  Result<std::size_t> read(char* to, std::size_t size) override {
    for (;;) {
      const ssize_t got = ::read(descriptor_->get(), to, size);
      if (got >= 0) return static_cast<std::size_t>(got);
      if (errno != EINTR) return fail(io_problem(path_, fmt::format("cannot be read: {}", std::strerror(errno)), ""));
    }
  }

 private:
  std::shared_ptr<Descriptor> descriptor_;
  std::string path_;
};

// A Boost.Iostreams device over a ByteSource, with the bytes that the sniffing already took put back in front.
class SourceDevice {
 public:
  using char_type = char;
  using category = bio::source_tag;
  SourceDevice(std::shared_ptr<ByteSource> source, std::string front) : source_(std::move(source)), front_(std::move(front)) {}
  std::streamsize read(char* to, std::streamsize size) {
    if (!front_.empty()) {
      const std::size_t take = std::min(front_.size(), static_cast<std::size_t>(size));
      std::memcpy(to, front_.data(), take);
      front_.erase(0, take);
      return static_cast<std::streamsize>(take);
    }
    const auto got = source_->read(to, static_cast<std::size_t>(size));
    if (!got || *got == 0) return -1;
    return static_cast<std::streamsize>(*got);
  }

 private:
  std::shared_ptr<ByteSource> source_;
  std::string front_;
};

class DecompressedSource : public ByteSource {
 public:
  DecompressedSource(std::string_view kind, SourceDevice device, std::string path) : path_(std::move(path)) {
    constexpr std::streamsize kBuffer = 1 << 16;
    if (kind == "gzip") buffer_.push(bio::gzip_decompressor(), kBuffer);
    if (kind == "xz") buffer_.push(bio::lzma_decompressor(), kBuffer);
    if (kind == "zstd") buffer_.push(bio::zstd_decompressor(), kBuffer);
    if (kind == "bzip2") buffer_.push(bio::bzip2_decompressor(), kBuffer);
    buffer_.push(device, kBuffer);
  }
  Result<std::size_t> read(char* to, std::size_t size) override {
    try {
      const std::streamsize got = buffer_.sgetn(to, static_cast<std::streamsize>(size));
      return static_cast<std::size_t>(std::max<std::streamsize>(got, 0));
    } catch (const std::exception& error) {  // each filter has its own type of exception
      return fail(io_problem(path_, fmt::format("the compressed data is damaged: {}", error.what()), "what came before the damage was read; fetch the file again"));
    }
  }

 private:
  bio::filtering_streambuf<bio::input> buffer_;
  std::string path_;
};

class PlainSource : public ByteSource {
 public:
  explicit PlainSource(SourceDevice device) : device_(std::move(device)) {}
  Result<std::size_t> read(char* to, std::size_t size) override {
    return static_cast<std::size_t>(std::max<std::streamsize>(device_.read(to, static_cast<std::streamsize>(size)), 0));
  }

 private:
  SourceDevice device_;
};

std::string_view compression_of(std::string_view front) {
  using namespace std::string_view_literals;
  if (front.starts_with("\x1f\x8b"sv)) return "gzip";
  if (front.starts_with("\xFD" "7zXZ\0"sv)) return "xz";
  if (front.starts_with("\x28\xB5\x2F\xFD"sv)) return "zstd";
  if (front.starts_with("BZh"sv) && front.size() > 3 && front[3] >= '1' && front[3] <= '9') return "bzip2";
  return {};
}

// ---- readers -------------------------------------------------------------------------------------

// Mapping a file would save this copy, but a log that is truncated while it is read (logrotate's copytruncate) would then kill us with SIGBUS.
class StreamReader : public Reader {
 public:
  StreamReader(std::unique_ptr<ByteSource> source, std::string_view compression, std::size_t block_bytes)
      : source_(std::move(source)), compression_(compression), block_bytes_(block_bytes) {}

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
    const std::string_view text(data.data(), data.size());
    const std::size_t newline = text.rfind('\n');
    if (!at_end_ && newline != std::string_view::npos) {
      pending_ = text.substr(newline + 1);
      data.resize(newline + 1);
    } else if (!at_end_) {
      skip_rest_of_line();
      data.push_back('\n');
      block->cut_line = true;
    }
    block->text = {data.data(), data.size()};
    block->offset = offset_;
    offset_ += data.size();
    block->last = at_end_ && pending_.empty();
    if (!block->text.empty()) return std::unique_ptr<Block>(std::move(block));
    if (deferred_) return fail(*std::exchange(deferred_, std::nullopt));
    return std::unique_ptr<Block>();
  }
  std::string_view compression() const override { return compression_; }

 private:
  // Until a block's worth with a newline in it, the end, or an over-long line. What was read before an error is still given out.
  void fill(BufferPool::Buffer& data) {
    std::size_t searched = 0;
    bool has_line = false;
    while (!at_end_) {
      if (!has_line) {
        has_line = std::string_view(data.data(), data.size()).find('\n', searched) != std::string_view::npos;
        searched = data.size();
      }
      if ((data.size() >= block_bytes_ && has_line) || data.size() >= kMaxLine) return;
      const std::size_t before = data.size(), step = before < block_bytes_ ? block_bytes_ - before : block_bytes_;
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
    while (!at_end_) {
      const std::string_view more(scratch.data(), read_some(scratch.data(), scratch.size()));
      const std::size_t newline = more.find('\n');
      if (newline != std::string_view::npos) {
        pending_ = more.substr(newline + 1);
        return;
      }
    }
  }

  std::shared_ptr<BufferPool> pool_ = std::make_shared<BufferPool>();
  std::unique_ptr<ByteSource> source_;
  std::string compression_;
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
        return static_cast<std::size_t>(got);
      }
      if (errno != EINTR) return fail(io_problem(path_, fmt::format("cannot be read: {}", std::strerror(errno)), ""));
    }
  }

 private:
  std::shared_ptr<Descriptor> descriptor_;
  std::uint64_t offset_;
  std::string path_;
};

class StretchReader : public Reader {
 public:
  StretchReader(std::unique_ptr<ByteSource> source, std::uint64_t begin, std::uint64_t end, std::size_t block_bytes)
      : reader_(std::move(source), {}, block_bytes), start_(begin == 0 ? 0 : begin - 1), end_(end), skip_first_(begin != 0) {}

  Result<std::unique_ptr<Block>> next() override {
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
  // Reading began one byte early: the line that this byte ends, or is within, belongs to the stretch before.
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
    const std::size_t newline = block.text.find('\n', static_cast<std::size_t>(end_ - 1 - block.offset));
    if (newline != std::string_view::npos) block.text = block.text.substr(0, newline + 1);
  }

  StreamReader reader_;
  std::uint64_t start_, end_;
  bool skip_first_;
  bool done_ = false;
};

class OpenedFile : public SegmentedFile {
 public:
  OpenedFile(std::shared_ptr<Descriptor> descriptor, std::uint64_t size, std::string path) : descriptor_(std::move(descriptor)), size_(size), path_(std::move(path)) {}
  std::uint64_t size() const override { return size_; }
  std::unique_ptr<Reader> stretch(std::uint64_t begin, std::uint64_t end, const ReaderOptions& options) const override {
    auto source = std::make_unique<OffsetSource>(descriptor_, begin == 0 ? 0 : begin - 1, path_);
    return std::make_unique<StretchReader>(std::move(source), begin, end >= size_ ? UINT64_MAX : end, options.block_bytes);
  }

 private:
  std::shared_ptr<Descriptor> descriptor_;
  std::uint64_t size_;
  std::string path_;
};

Result<std::shared_ptr<Descriptor>> open_descriptor(const std::string& path, struct stat& status) {
  auto descriptor = std::make_shared<Descriptor>(path == "-" ? STDIN_FILENO : open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY));
  if (descriptor->get() < 0) {
    return fail(io_problem(path, fmt::format("cannot be opened: {}", std::strerror(errno)),
                           errno == EACCES ? "audit logs are readable by root only: run with sudo, or copy the file" : "check the path"));
  }
  if (fstat(descriptor->get(), &status) != 0) return fail(io_problem(path, fmt::format("cannot be read: {}", std::strerror(errno)), ""));
  if (S_ISDIR(status.st_mode)) return fail(io_problem(path, "is a directory, not a file", "name a file in it"));
  return descriptor;
}

}  // namespace

Result<std::unique_ptr<Reader>> open_reader(const std::string& path, const ReaderOptions& options) {
  struct stat status {};
  auto descriptor = open_descriptor(path, status);
  if (!descriptor) return fail(std::move(descriptor.error()));
  auto source = std::make_shared<DescriptorSource>(*descriptor, path);
  std::string front(8, '\0');
  std::size_t got = 0;
  while (got < front.size()) {
    const auto more = source->read(front.data() + got, front.size() - got);
    if (!more) return fail(more.error());
    if (*more == 0) break;
    got += *more;
  }
  front.resize(got);
  const std::string_view kind = compression_of(front);
  SourceDevice device(source, std::move(front));
  std::unique_ptr<ByteSource> bytes;
  if (kind.empty()) {
    bytes = std::make_unique<PlainSource>(std::move(device));
  } else {
    bytes = std::make_unique<DecompressedSource>(kind, std::move(device), path);
  }
  return std::make_unique<StreamReader>(std::move(bytes), kind, options.block_bytes);
}

std::shared_ptr<SegmentedFile> SegmentedFile::open(const std::string& path) {
  struct stat status {};
  if (path == "-") return nullptr;
  auto descriptor = open_descriptor(path, status);
  if (!descriptor || !S_ISREG(status.st_mode) || status.st_size <= 0) return nullptr;
  char front[8] = {};
  const ssize_t got = pread((*descriptor)->get(), front, sizeof front, 0);
  if (got <= 0 || !compression_of({front, static_cast<std::size_t>(got)}).empty()) return nullptr;
  return std::make_shared<OpenedFile>(*descriptor, static_cast<std::uint64_t>(status.st_size), path);
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
      return fail(io_problem(path, fmt::format("is larger than {} MiB", max_bytes >> 20), "is it the right file?"));
    }
    out += (*block)->text;
  }
}

}  // namespace medic::io
