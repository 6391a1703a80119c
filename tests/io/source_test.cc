// Wrappings that come off in small pieces as in large ones.
#include <doctest/doctest.h>

#include <algorithm>
#include <boost/iostreams/copy.hpp>
#include <boost/iostreams/device/back_inserter.hpp>
#include <boost/iostreams/filter/bzip2.hpp>
#include <boost/iostreams/filter/gzip.hpp>
#include <boost/iostreams/filter/lzma.hpp>
#include <boost/iostreams/filter/zstd.hpp>
#include <boost/iostreams/filtering_stream.hpp>
#include <sstream>
#include <string>

#include "io/archive.h"
#include "io/source.h"

namespace {

using namespace medic;
namespace bio = boost::iostreams;

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

std::string packed(std::string_view kind, const std::string& text) {
  std::string out;
  bio::filtering_ostream to;
  if (kind == "gzip") to.push(bio::gzip_compressor());
  if (kind == "xz") to.push(bio::lzma_compressor());
  if (kind == "zstd") to.push(bio::zstd_compressor());
  if (kind == "bzip2") to.push(bio::bzip2_compressor());
  to.push(bio::back_inserter(out));
  std::istringstream from(text);
  bio::copy(from, to);
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
      const auto source = io::decompress(kind, std::make_unique<Slow>(data.substr(0, cut), 4096), "log");
      const Read read = drain(*source, 65536);
      CHECK(read.failed);
      CHECK(text.starts_with(read.text));
    }
  }
  const std::string data = packed("gzip", text);
  const auto half = io::decompress("gzip", std::make_unique<Slow>(data.substr(0, data.size() / 2), 4096), "log");
  CHECK(drain(*half, 65536).text.size() > text.size() / 3);
}

TEST_CASE("UTF-16 becomes UTF-8; half characters are distinguished by U+FFFD") {
  using namespace std::string_literals;
  struct Case {
    std::string in, out;
  };
  for (const Case& each : {Case{"\xFF\xFE" "a\0b\0"s, "ab"}, Case{"\xFE\xFF\0a\0b"s, "ab"}, Case{"\xFF\xFE\xE4\0"s, "ä"}, Case{"\xFF\xFE\xAC\x20"s, "€"},
                           Case{"\xFF\xFE\x3D\xD8\x00\xDE"s, "😀"}, Case{"\xFF\xFE\x3D\xD8" "a\0"s, "\xEF\xBF\xBD" "a"}, Case{"\xFF\xFE\x00\xDE"s, "\xEF\xBF\xBD"},
                           Case{"\xFF\xFE" "a\0b"s, "a\xEF\xBF\xBD"}, Case{"\xFF\xFE\x3D\xD8"s, "\xEF\xBF\xBD"}, Case{"\xFF\xFE"s, ""}}) {
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
