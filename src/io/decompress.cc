// Compressed bytes in, plain bytes out: Boost.Iostreams for gzip, bzip2 and zstd; liblzma itself for xz, for Boost sets its
// memory no limit.
#include <fmt/format.h>
#include <lzma.h>

#include <algorithm>
#include <array>
#include <boost/iostreams/filter/bzip2.hpp>
#include <boost/iostreams/filter/gzip.hpp>
#include <boost/iostreams/filter/zstd.hpp>
#include <cstring>
#include <optional>
#include <utility>

#include "io/source.h"

namespace medic::io {
namespace {

namespace bio = boost::iostreams;

constexpr std::size_t kBuffer = std::size_t{1} << 16;
// xz -9 needs 65 MiB, --lzma2=dict=128MiB 129.
constexpr std::uint64_t kXzMemory = std::uint64_t{160} << 20;
// No log comes near: xz and zstd reach it with one pattern repeated for gigabytes.
constexpr std::uint64_t kMaxExpansion = 20000, kExpansionCounts = std::uint64_t{1} << 30;

Problem damaged(const std::string& name, std::string_view kind) {
  return source_problem(name, fmt::format("its {} data are damaged or cut off", kind),
                        "what came before was read; fetch the file again");
}

// Follows the frames of zstd (RFC 8878, 3.1), because Boost takes a cut file for a whole one.
class ZstdFrames {
 public:
  void feed(std::string_view data) {
    while (!data.empty()) {
      const std::size_t step = static_cast<std::size_t>(std::min<std::uint64_t>(skip_ != 0 ? skip_ : want_ - have_, data.size()));
      if (skip_ != 0) {
        skip_ -= step;
      } else {
        std::memcpy(field_.data() + have_, data.data(), step);
        have_ += step;
        if (have_ == want_) take();
      }
      data.remove_prefix(step);
    }
  }
  bool at_end_of_frame() const { return state_ == State::Magic && have_ == 0 && skip_ == 0; }

 private:
  enum class State : std::uint8_t { Magic, Skippable, Descriptor, Block };
  std::uint32_t number() const {
    std::uint32_t out = 0;
    for (std::size_t i = want_; i > 0; --i) out = out << 8 | static_cast<unsigned char>(field_[i - 1]);
    return out;
  }
  void expect(State state, std::size_t bytes) {
    state_ = state;
    want_ = bytes;
    have_ = 0;
  }
  void take() {
    const std::uint32_t value = number();
    switch (state_) {
      case State::Magic:
        return expect((value & 0xFFFFFFF0U) == 0x184D2A50U ? State::Skippable : State::Descriptor,
                      (value & 0xFFFFFFF0U) == 0x184D2A50U ? 4 : 1);
      case State::Skippable: skip_ = value; return expect(State::Magic, 4);
      case State::Descriptor: take_descriptor(value); return expect(State::Block, 3);
      case State::Block:
        skip_ = (value >> 1 & 3) == 1 ? 1 : value >> 3;  // a run has one byte
        if ((value & 1) == 0) return expect(State::Block, 3);
        skip_ += has_checksum_ ? 4 : 0;
        return expect(State::Magic, 4);
    }
  }
  void take_descriptor(std::uint32_t value) {
    constexpr std::uint8_t kDictionary[] = {0, 1, 2, 4}, kContent[] = {0, 2, 4, 8};
    const bool single = (value >> 5 & 1) != 0;
    has_checksum_ = (value >> 2 & 1) != 0;
    const std::uint32_t content = value >> 6;
    skip_ = (single ? 0U : 1U) + kDictionary[value & 3] + (content == 0 && single ? 1U : kContent[content]);
  }
  State state_ = State::Magic;
  std::array<char, 4> field_{};
  std::size_t want_ = 4, have_ = 0;
  std::uint64_t skip_ = 0;
  bool has_checksum_ = false;
};

// The compressed bytes as a Boost.Iostreams device; remembers what its readers have no way to say.
struct Compressed {
  std::unique_ptr<ByteSource> source;
  std::optional<Problem> problem;
  std::uint64_t bytes = 0;
  ZstdFrames frames;
  bool is_zstd = false;
};

class Device {
 public:
  using char_type = char;
  using category = bio::source_tag;
  explicit Device(Compressed& from) : from_(&from) {}
  std::streamsize read(char* to, std::streamsize size) {
    auto got = from_->source->read(to, static_cast<std::size_t>(size));
    if (!got) from_->problem = std::move(got.error());
    if (!got || *got == 0) return -1;
    from_->bytes += *got;
    if (from_->is_zstd) from_->frames.feed({to, *got});
    return static_cast<std::streamsize>(*got);
  }

 private:
  Compressed* from_;
};

// Gives out what was made before an error, then the error, then nothing; ends what expands beyond reason.
class Decompressor : public ByteSource {
 public:
  Decompressor(std::string_view kind, std::unique_ptr<ByteSource> source, std::string name)
      : kind_(kind), name_(std::move(name)) {
    from_.source = std::move(source);
    from_.is_zstd = kind_ == "zstd";
  }
  Result<std::size_t> read(char* to, std::size_t size) override {
    if (deferred_) return fail(*std::exchange(deferred_, std::nullopt));
    if (ended_ || size == 0) return std::size_t{0};
    const std::size_t got = make(to, std::min(size, kBuffer));
    made_ += got;
    if (made_ > kExpansionCounts && made_ / kMaxExpansion > from_.bytes) {
      stop(source_problem(
          name_, fmt::format("expands more than {} times, to {} MiB so far: it is not read on", kMaxExpansion, made_ >> 20),
          "decompress it first if it is to be trusted"));
    }
    if (got == 0 && deferred_) return fail(*std::exchange(deferred_, std::nullopt));
    return got;
  }

 protected:
  // Fills what it can; says its end and errors by end() and stop().
  virtual std::size_t make(char* to, std::size_t size) = 0;
  void stop(Problem problem) {
    if (!deferred_) deferred_ = from_.problem ? std::move(*from_.problem) : std::move(problem);
    ended_ = true;
  }
  void end() {
    if (from_.problem) return stop({});
    ended_ = true;
  }
  Problem damage() const { return damaged(name_, kind_); }
  const std::string& name() const { return name_; }
  Compressed from_;

 private:
  std::string kind_, name_;
  std::optional<Problem> deferred_;
  std::uint64_t made_ = 0;
  bool ended_ = false;
};

template <class Filter>
class BoostDecompressor : public Decompressor {
 public:
  using Decompressor::Decompressor;

 private:
  std::size_t make(char* to, std::size_t size) override {
    // A filter that throws does not say how much it had made. No text holds this byte, so the rest of it says.
    constexpr char kUnwritten = '\xFF';
    std::memset(to, kUnwritten, size);
    try {
      const std::streamsize got = filter_.read(device_, to, static_cast<std::streamsize>(size));
      if (got > 0) return static_cast<std::size_t>(got);
      if (from_.is_zstd && !from_.frames.at_end_of_frame()) stop(damage());
      end();
      return 0;
    } catch (const std::exception&) {  // each filter has its own type of exception
      stop(damage());
      return std::string_view(to, size).find_last_not_of(kUnwritten) + 1;
    }
  }
  Device device_{from_};
  Filter filter_;
};

class XzDecompressor : public Decompressor {
 public:
  XzDecompressor(std::string_view kind, std::unique_ptr<ByteSource> source, std::string name)
      : Decompressor(kind, std::move(source), std::move(name)), input_(kBuffer, '\0') {
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
      if (stream_.avail_in == 0 && !at_end_) refill();
      given = lzma_code(&stream_, at_end_ ? LZMA_FINISH : LZMA_RUN);
    }
    if (given == LZMA_STREAM_END)
      end();
    else if (given == LZMA_MEMLIMIT_ERROR || given == LZMA_MEM_ERROR)
      stop(source_problem(name(), fmt::format("needs more than {} MiB to be decompressed", kXzMemory >> 20),
                          "decompress it first"));
    else if (given != LZMA_OK)
      stop(damage());
    return size - stream_.avail_out;
  }
  void refill() {
    const std::streamsize got = device_.read(input_.data(), static_cast<std::streamsize>(input_.size()));
    at_end_ = got < 0;
    stream_.next_in = reinterpret_cast<const std::uint8_t*>(input_.data());
    stream_.avail_in = got < 0 ? 0 : static_cast<std::size_t>(got);
  }
  Device device_{from_};
  lzma_stream stream_ = LZMA_STREAM_INIT;
  std::string input_;
  bool at_end_ = false, ready_ = false;
};

}  // namespace

std::string_view compression_of(std::string_view front) {
  using namespace std::string_view_literals;
  if (front.starts_with("\x1f\x8b"sv)) return "gzip";
  if (front.starts_with("\xFD"
                        "7zXZ\0"sv))
    return "xz";
  if (front.starts_with("\x28\xB5\x2F\xFD"sv)) return "zstd";
  if (front.starts_with("BZh"sv) && front.size() > 3 && front[3] >= '1' && front[3] <= '9') return "bzip2";
  return {};
}

std::unique_ptr<ByteSource> decompress(std::string_view kind, std::unique_ptr<ByteSource> source, std::string name) {
  if (kind == "gzip")
    return std::make_unique<BoostDecompressor<bio::gzip_decompressor>>(kind, std::move(source), std::move(name));
  if (kind == "zstd")
    return std::make_unique<BoostDecompressor<bio::zstd_decompressor>>(kind, std::move(source), std::move(name));
  if (kind == "bzip2")
    return std::make_unique<BoostDecompressor<bio::bzip2_decompressor>>(kind, std::move(source), std::move(name));
  return std::make_unique<XzDecompressor>(kind, std::move(source), std::move(name));
}

}  // namespace medic::io
