// Wrappings that come off in small pieces as in large ones.
#include <bzlib.h>
#include <doctest/doctest.h>
#include <lzma.h>
#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <string>

#include "io/archive.h"
#include "io/source.h"

namespace {

using namespace medic;

// Gives at most `step` bytes a read: a slow pipe.
class Slow : public io::ByteSource {
 public:
  Slow(std::string data, std::size_t step) : data_(std::move(data)), step_(step) {}
  Result<std::size_t> read(char* to, std::size_t size) override {
    const std::size_t got = data_.copy(to, std::min(size, step_), at_);
    at_ += got;
    return got;
  }

 private:
  std::string data_;
  std::size_t step_, at_ = 0;
};

struct Read {
  std::string text;
  bool failed = false;
};

Read drain(io::ByteSource& source, std::size_t step) {
  Read out;
  std::string piece(step, '\0');
  for (;;) {
    const auto got = source.read(piece.data(), step);
    out.failed = out.failed || !got;
    if (!got || *got == 0) return out;
    out.text.append(piece, 0, *got);
  }
}

std::string gzipped(std::string text) {
  z_stream stream{};
  REQUIRE(deflateInit2(&stream, 6, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY) == Z_OK);
  std::string out(deflateBound(&stream, text.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(text.data());
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  REQUIRE(deflate(&stream, Z_FINISH) == Z_STREAM_END);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

std::string packed(std::string_view kind, std::string text) {
  if (kind == "gzip") return gzipped(text);
  std::string out(text.size() + text.size() / 2 + 1024, '\0');
  if (kind == "bzip2") {
    auto size = static_cast<unsigned>(out.size());
    REQUIRE(BZ2_bzBuffToBuffCompress(out.data(), &size, text.data(),
                                     static_cast<unsigned>(text.size()), 9, 0, 0) == BZ_OK);
    out.resize(size);
  } else if (kind == "zstd") {
    out.resize(ZSTD_compress(out.data(), out.size(), text.data(), text.size(), 3));
  } else {
    std::size_t size = 0;
    REQUIRE(lzma_easy_buffer_encode(6, LZMA_CHECK_CRC64, nullptr,
                                    reinterpret_cast<const std::uint8_t*>(text.data()), text.size(),
                                    reinterpret_cast<std::uint8_t*>(out.data()), &size,
                                    out.size()) == LZMA_OK);
    out.resize(size);
  }
  return out;
}

std::string log_text() {
  std::string out;
  std::uint32_t noise = 1;
  for (int i = 0; i < 3000; ++i) {
    noise = noise * 1664525 + 1013904223;
    out += "line " + std::to_string(i) + " " + std::to_string(noise) + "\n";
  }
  return out;
}

TEST_CASE("compressed data come out whole, alone and one behind the other, at any step") {
  const std::string text = log_text();
  for (const char* kind : {"gzip", "xz", "zstd", "bzip2"}) {
    const std::string data = packed(kind, text);
    CHECK(io::compression_of(data) == kind);
    for (const std::size_t step : {1U, 100U, 1000000U}) {
      CAPTURE(kind);
      CAPTURE(step);
      const auto one = io::decompress(kind, std::make_unique<Slow>(data, step), "log");
      const Read read = drain(*one, 4096);
      CHECK_FALSE(read.failed);
      CHECK(read.text == text);
      const auto two = io::decompress(kind, std::make_unique<Slow>(data + data, step), "log");
      CHECK(drain(*two, 65536).text == text + text);
    }
  }
}

TEST_CASE("cut data fail wherever they are cut, after what stands before the cut") {
  const std::string text = log_text();
  for (const char* kind : {"gzip", "xz", "zstd", "bzip2"}) {
    const std::string data = packed(kind, text);
    for (std::size_t cut = 12; cut < data.size(); cut += data.size() / 61) {
      CAPTURE(kind);
      CAPTURE(cut);
      const auto source =
          io::decompress(kind, std::make_unique<Slow>(data.substr(0, cut), 4096), "log");
      const Read read = drain(*source, 65536);
      CHECK(read.failed);
      CHECK(text.starts_with(read.text));
    }
  }
  const std::string data = packed("gzip", text);
  const auto half =
      io::decompress("gzip", std::make_unique<Slow>(data.substr(0, data.size() / 2), 4096), "log");
  CHECK(drain(*half, 65536).text.size() > text.size() / 3);
}

TEST_CASE("UTF-16 becomes UTF-8; half characters are distinguished by U+FFFD") {
  using namespace std::string_literals;
  struct Case {
    std::string in, out;
  };
  for (const Case& each : {Case{"\xFF\xFE"
                                "a\0b\0"s,
                                "ab"},
                           Case{"\xFE\xFF\0a\0b"s, "ab"}, Case{"\xFF\xFE\xE4\0"s, "ä"},
                           Case{"\xFF\xFE\xAC\x20"s, "€"}, Case{"\xFF\xFE\x3D\xD8\x00\xDE"s, "😀"},
                           Case{"\xFF\xFE\x3D\xD8"
                                "a\0"s,
                                "\xEF\xBF\xBD"
                                "a"},
                           Case{"\xFF\xFE\x00\xDE"s, "\xEF\xBF\xBD"},
                           Case{"\xFF\xFE"
                                "a\0b"s,
                                "a\xEF\xBF\xBD"},
                           Case{"\xFF\xFE\x3D\xD8"s, "\xEF\xBF\xBD"}, Case{"\xFF\xFE"s, ""}}) {
    for (const std::size_t step : {1U, 64U}) {
      CHECK(io::is_utf16(each.in));
      CHECK(drain(*io::utf8_of_utf16(std::make_unique<Slow>(each.in, step)), 3).text == each.out);
    }
  }
}

TEST_CASE("a tar header is known from text that speaks of one") {
  CHECK_FALSE(io::is_tar("ustar"));
  CHECK_FALSE(io::is_tar(std::string(600, 'u')));
}

}  // namespace
