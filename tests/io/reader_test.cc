// Blocks of whole lines out of files, and segments of a file that together are the file.
#include <doctest/doctest.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <string>

#include "io/reader.h"

namespace {

using namespace medic;

// A file that is gone with it.
class Scratch {
 public:
  explicit Scratch(std::string_view content) {
    const int descriptor = mkstemp(path_.data());
    REQUIRE(descriptor >= 0);
    REQUIRE(io::write_all(descriptor, content, path_));
    close(descriptor);
  }
  ~Scratch() { std::remove(path_.c_str()); }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_ = "/tmp/medic-io-XXXXXX";
};

struct Read {
  std::string text, problem;
  bool whole_lines = true, offsets_follow = true;
};

Read read_all(io::Reader& reader, std::uint64_t from = 0) {
  Read out;
  for (;;) {
    auto block = reader.next();
    if (!block) {
      out.problem = block.error().text;
      return out;
    }
    if (!*block) return out;
    out.offsets_follow = out.offsets_follow && (*block)->offset == from + out.text.size();
    out.whole_lines = out.whole_lines && ((*block)->last || (*block)->text.ends_with('\n'));
    out.text += (*block)->text;
  }
}

std::string lines(int count) {
  std::string out;
  for (int i = 0; i < count; ++i)
    out += std::string(static_cast<std::size_t>(i % 37), 'x') + std::to_string(i) + "\n";
  return out;
}

TEST_CASE("blocks hold whole lines and together are the file, whatever their size") {
  for (const std::string& text : {lines(2000), lines(2000) + "no line end", std::string("\n\n\n"),
                                  std::string("one"), std::string()}) {
    const Scratch file(text);
    for (const std::size_t size : {1U, 7U, 100U, 65536U}) {
      CAPTURE(size);
      auto reader = io::open_reader(file.path(), io::ReaderOptions{size});
      REQUIRE(reader);
      const Read read = read_all(**reader);
      CHECK(read.text == text);
      CHECK(read.whole_lines);
      CHECK(read.offsets_follow);
    }
  }
}

TEST_CASE("stretches give each line to the one that it begins in") {
  const std::string text = lines(500);
  const Scratch file(text);
  const auto segmented = io::SegmentedFile::open(file.path());
  REQUIRE(segmented);
  CHECK(segmented->size() == text.size());
  for (const std::uint64_t step : {1U, 13U, 100U, 4096U, 1000000U}) {
    CAPTURE(step);
    std::string all;
    for (std::uint64_t begin = 0; begin < text.size(); begin += step) {
      const Read read =
          read_all(*segmented->segment(begin, begin + step, io::ReaderOptions{64}), all.size());
      CHECK(read.offsets_follow);
      all += read.text;
    }
    CHECK(all == text);
  }
}

TEST_CASE("what is wrapped is not read in stretches") {
  using namespace std::string_view_literals;
  std::string tar(1024, '\0');
  tar.replace(257, 5, "ustar");
  for (const std::string_view front : {"\x1f\x8b\x08"sv,
                                       "\xFD"
                                       "7zXZ\0"sv,
                                       "\x28\xB5\x2F\xFD"sv, "BZh9"sv,
                                       "\xFF\xFE"
                                       "a\0"sv,
                                       std::string_view(tar)}) {
    CHECK(io::SegmentedFile::open(Scratch(front).path()) == nullptr);
  }
  CHECK(io::SegmentedFile::open("-") == nullptr);
  CHECK(io::SegmentedFile::open("/dev/null") == nullptr);
}

TEST_CASE("a line without an end is cut, and said so") {
  const Scratch file(std::string(io::kMaxLine + 5000, 'a') + "\nnext\n");
  auto reader = io::open_reader(file.path(), {});
  REQUIRE(reader);
  auto first = (*reader)->next();
  REQUIRE(first);
  CHECK((*first)->cut_line);
  CHECK((*first)->text.size() <= io::kMaxLine + (std::size_t{1} << 20) + 1);
  auto second = (*reader)->next();
  REQUIRE(second);
  CHECK((*second)->text == "next\n");
}

TEST_CASE("what cannot be opened is reported with its name") {
  for (const char* path : {"/nonexistent/log", "/tmp"}) {
    const auto reader = io::open_reader(path, {});
    REQUIRE(!reader);
    CHECK(reader.error().file == path);
    CHECK(!reader.error().hint.empty());
  }
}

TEST_CASE("a rotated name is its stem and its age") {
  struct Case {
    const char* path;
    const char* stem;
    std::uint64_t age;
  };
  for (const Case& each :
       {Case{"a/audit.log", "a/audit.log", 0}, Case{"audit.log.1", "audit.log", 1},
        Case{"audit.log.12.gz", "audit.log", 12}, Case{"kern.log.2.zst", "kern.log", 2},
        Case{"messages-20260101", "messages", 0}, Case{"messages-20260101.xz", "messages", 0}}) {
    CAPTURE(each.path);
    CHECK(io::rotated_name(each.path).stem == each.stem);
    CHECK(io::rotated_name(each.path).age == each.age);
  }
}

}  // namespace
