// Compressed bytes in, plain bytes out, by the formats' own libraries: what is cut off, damaged or
// too large is an error whatever the format, and several compressed files one behind the other are
// one.
#include <bzlib.h>
#include <fmt/format.h>
#include <lzma.h>
#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "io/source.h"

namespace medic::io {
namespace {

constexpr std::size_t kBuffer = std::size_t{1} << 16;
// xz -9 needs 65 MiB, --lzma2=dict=128MiB 129.
constexpr std::uint64_t kXzMemory = std::uint64_t{160} << 20;
// No log comes near: xz and zstd reach it with one pattern repeated for gigabytes.
constexpr std::uint64_t kMaxExpansion = 20000, kExpansionCounts = std::uint64_t{1} << 30;

Problem damaged(const std::string& name, std::string_view kind) {
  return source_problem(name, fmt::format("its {} data are damaged or cut off", kind),
                        "what came before was read; fetch the file again");
}

// Gives out what was made before an error, then the error, then nothing; ends what expands beyond
// reason.
class Decompressor : public ByteSource {
 public:
  Decompressor(std::string_view kind, std::unique_ptr<ByteSource> source, std::string name)
      : kind_(kind), name_(std::move(name)), source_(std::move(source)), buffer_(kBuffer, '\0') {}
  Result<std::size_t> read(char* to, std::size_t size) override {
    if (deferred_) return fail(*std::exchange(deferred_, std::nullopt));
    if (ended_ || size == 0) return std::size_t{0};
    const std::size_t got = make(to, std::min(size, kBuffer));
    made_ += got;
    if (made_ > kExpansionCounts && made_ / kMaxExpansion > taken_) {
      stop(source_problem(
          name_,
          fmt::format("expands more than {} times, to {} MiB so far: it is not read on",
                      kMaxExpansion, made_ >> 20),
          "decompress it first if it is to be trusted"));
    }
    if (got == 0 && deferred_) return fail(*std::exchange(deferred_, std::nullopt));
    return got;
  }

 protected:
  // Fills what it can; says its end and errors by end() and stop(). 0 only then.
  virtual std::size_t make(char* to, std::size_t size) = 0;
  void stop(Problem problem) {
    if (!deferred_) deferred_ = source_problem_ ? std::move(*source_problem_) : std::move(problem);
    ended_ = true;
  }
  void end() {
    if (source_problem_) return stop({});
    ended_ = true;
  }
  // Sees to it that there is input, or that it is at its end.
  void refill() {
    if (!input.empty() || at_end) return;
    auto got = source_->read(buffer_.data(), buffer_.size());
    if (!got) source_problem_ = std::move(got.error());
    at_end = !got || *got == 0;
    if (at_end) return;
    taken_ += *got;
    input = {buffer_.data(), *got};
  }
  Problem damage() const { return damaged(name_, kind_); }
  const std::string& name() const { return name_; }

  std::string_view input;  // compressed, not yet used
  bool at_end = false;     // nothing comes behind it

 private:
  std::string kind_, name_;
  std::unique_ptr<ByteSource> source_;
  std::string buffer_;
  std::optional<Problem> deferred_, source_problem_;
  std::uint64_t made_ = 0, taken_ = 0;
  bool ended_ = false;
};

// What a library's decoder made of some input.
struct Coded {
  enum class State : std::uint8_t { Going, FrameEnd, Damaged };
  State state = State::Going;
  std::size_t taken = 0, made = 0;
};

// Decoder: `Coded code(std::string_view input, char* to, std::size_t size)`, and after FrameEnd the
// next frame's.
template <class Decoder>
class FrameDecompressor : public Decompressor {
 public:
  using Decompressor::Decompressor;

 private:
  std::size_t make(char* to, std::size_t size) override {
    for (;;) {
      refill();
      if (input.empty() && between_frames_) {
        end();
        return 0;
      }
      const Coded coded = decoder_.code(input, to, size);
      input.remove_prefix(coded.taken);
      between_frames_ = coded.state == Coded::State::FrameEnd;
      const bool is_stuck = coded.taken == 0 && coded.made == 0 && !between_frames_;
      if (coded.state == Coded::State::Damaged || is_stuck) stop(damage());
      if (coded.made > 0 || coded.state == Coded::State::Damaged || is_stuck) return coded.made;
    }
  }
  Decoder decoder_;
  bool between_frames_ = true;
};

class GzipDecoder {
 public:
  GzipDecoder() { ready_ = inflateInit2(&stream_, kGzip) == Z_OK; }
  ~GzipDecoder() { inflateEnd(&stream_); }
  GzipDecoder(const GzipDecoder&) = delete;
  GzipDecoder& operator=(const GzipDecoder&) = delete;
  Coded code(std::string_view input, char* to, std::size_t size) {
    // zlib's structure is older than const.
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(input.data()));
    stream_.avail_in = static_cast<uInt>(input.size());
    stream_.next_out = reinterpret_cast<Bytef*>(to);
    stream_.avail_out = static_cast<uInt>(size);
    const int given = ready_ ? inflate(&stream_, Z_NO_FLUSH) : Z_MEM_ERROR;
    Coded out{Coded::State::Going, input.size() - stream_.avail_in, size - stream_.avail_out};
    if (given == Z_STREAM_END)
      out.state = inflateReset(&stream_) == Z_OK ? Coded::State::FrameEnd : Coded::State::Damaged;
    else if (given != Z_OK && given != Z_BUF_ERROR)
      out.state = Coded::State::Damaged;
    return out;
  }

 private:
  static constexpr int kGzip = 16 + MAX_WBITS;  // gzip's header and checksum, not zlib's
  z_stream stream_{};
  bool ready_ = false;
};

class Bzip2Decoder {
 public:
  Bzip2Decoder() { begin(); }
  ~Bzip2Decoder() { BZ2_bzDecompressEnd(&stream_); }
  Bzip2Decoder(const Bzip2Decoder&) = delete;
  Bzip2Decoder& operator=(const Bzip2Decoder&) = delete;
  Coded code(std::string_view input, char* to, std::size_t size) {
    stream_.next_in = const_cast<char*>(input.data());
    stream_.avail_in = static_cast<unsigned>(input.size());
    stream_.next_out = to;
    stream_.avail_out = static_cast<unsigned>(size);
    const int given = ready_ ? BZ2_bzDecompress(&stream_) : BZ_MEM_ERROR;
    Coded out{Coded::State::Going, input.size() - stream_.avail_in, size - stream_.avail_out};
    if (given == BZ_STREAM_END) {
      BZ2_bzDecompressEnd(&stream_);
      begin();
      out.state = Coded::State::FrameEnd;
    } else if (given != BZ_OK) {
      out.state = Coded::State::Damaged;
    }
    return out;
  }

 private:
  void begin() {
    stream_ = {};
    ready_ = BZ2_bzDecompressInit(&stream_, 0, 0) == BZ_OK;
  }
  bz_stream stream_{};
  bool ready_ = false;
};

// The library itself refuses windows of more than 128 MiB.
class ZstdDecoder {
 public:
  Coded code(std::string_view input, char* to, std::size_t size) {
    ZSTD_inBuffer in{input.data(), input.size(), 0};
    ZSTD_outBuffer made{to, size, 0};
    const std::size_t given =
        stream_ == nullptr ? SIZE_MAX : ZSTD_decompressStream(stream_.get(), &made, &in);
    Coded out{Coded::State::Going, in.pos, made.pos};
    if (stream_ == nullptr || ZSTD_isError(given) != 0)
      out.state = Coded::State::Damaged;
    else if (given == 0)
      out.state = Coded::State::FrameEnd;
    return out;
  }

 private:
  struct Free {
    void operator()(ZSTD_DStream* stream) const { ZSTD_freeDStream(stream); }
  };
  std::unique_ptr<ZSTD_DStream, Free> stream_{ZSTD_createDStream()};
};

// Not by frames: what may stand between two of them is the library's business.
class XzDecompressor : public Decompressor {
 public:
  XzDecompressor(std::string_view kind, std::unique_ptr<ByteSource> source, std::string name)
      : Decompressor(kind, std::move(source), std::move(name)) {
    ready_ = lzma_stream_decoder(&stream_, kXzMemory, LZMA_CONCATENATED) == LZMA_OK;
  }
  ~XzDecompressor() override { lzma_end(&stream_); }
  XzDecompressor(const XzDecompressor&) = delete;
  XzDecompressor& operator=(const XzDecompressor&) = delete;

 private:
  std::size_t make(char* to, std::size_t size) override {
    stream_.next_out = reinterpret_cast<std::uint8_t*>(to);
    stream_.avail_out = size;
    lzma_ret given = ready_ ? LZMA_OK : LZMA_MEM_ERROR;
    while (given == LZMA_OK && stream_.avail_out == size) {
      refill();
      stream_.next_in = reinterpret_cast<const std::uint8_t*>(input.data());
      stream_.avail_in = input.size();
      given = lzma_code(&stream_, at_end ? LZMA_FINISH : LZMA_RUN);
      input.remove_prefix(input.size() - stream_.avail_in);
    }
    if (given == LZMA_STREAM_END)
      end();
    else if (given == LZMA_MEMLIMIT_ERROR || given == LZMA_MEM_ERROR)
      stop(source_problem(name(),
                          fmt::format("needs more than {} MiB to be decompressed", kXzMemory >> 20),
                          "decompress it first"));
    else if (given != LZMA_OK)
      stop(damage());
    return size - stream_.avail_out;
  }
  lzma_stream stream_ = LZMA_STREAM_INIT;
  bool ready_ = false;
};

}  // namespace

std::string_view compression_of(std::string_view front) {
  using namespace std::string_view_literals;
  if (front.starts_with("\x1f\x8b"sv)) return "gzip";
  if (front.starts_with("\xFD"
                        "7zXZ\0"sv))
    return "xz";
  if (front.starts_with("\x28\xB5\x2F\xFD"sv)) return "zstd";
  if (front.starts_with("BZh"sv) && front.size() > 3 && front[3] >= '1' && front[3] <= '9')
    return "bzip2";
  return {};
}

std::unique_ptr<ByteSource> decompress(std::string_view kind, std::unique_ptr<ByteSource> source,
                                       std::string name) {
  if (kind == "gzip")
    return std::make_unique<FrameDecompressor<GzipDecoder>>(kind, std::move(source),
                                                            std::move(name));
  if (kind == "zstd")
    return std::make_unique<FrameDecompressor<ZstdDecoder>>(kind, std::move(source),
                                                            std::move(name));
  if (kind == "bzip2")
    return std::make_unique<FrameDecompressor<Bzip2Decoder>>(kind, std::move(source),
                                                             std::move(name));
  return std::make_unique<XzDecompressor>(kind, std::move(source), std::move(name));
}

}  // namespace medic::io
