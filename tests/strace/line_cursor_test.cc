// Lines and their marks, found by as many bytes at once as the machine can: the same as byte by
// byte.
#include <doctest/doctest.h>

#include <algorithm>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "parsers/fast/words.h"
#include "parsers/strace/line_cursor.h"

using namespace medic::parsers;
using namespace medic::parsers::strace;

namespace {

// Of few different bytes, so that marks and what nearly is one are frequent.
std::string random_text(std::mt19937& random, std::size_t size) {
  constexpr std::string_view kBytes = "\n\n==    ab(\x1b\r\xbd\x8a";
  // Some texts have long lines, some hardly any byte of interest.
  const unsigned sparse = random() % 40;
  std::string text(size, 'x');
  for (char& c : text) {
    if (sparse == 0 || random() % sparse == 0) c = kBytes[random() % kBytes.size()];
    if (random() % 9 == 0) c = ' ';
  }
  return text;
}

// A copy with nothing around it, for the sanitizers to see every byte that is read beyond.
std::unique_ptr<char[]> copy_of(std::string_view text) {
  auto copy = std::make_unique<char[]>(text.size());
  text.copy(copy.get(), text.size());
  return copy;
}

std::vector<std::uint16_t> marks_by(Marker marker, const char* text, std::size_t blocks,
                                    bool& escapes) {
  std::vector<std::uint16_t> places(blocks * kMarkedBlock + kSpareMarks);
  const Marks marks = marker(text + 1, blocks, places.data());
  escapes = marks.escapes;
  places.resize(marks.count);
  return places;
}

}  // namespace

TEST_CASE("Every way of marking finds the same") {
  std::mt19937 random(7);
  REQUIRE_FALSE(markers().empty());
  for (int round = 0; round < 3000; ++round) {
    const std::size_t blocks = random() % 5;
    const std::string text = random_text(random, blocks * kMarkedBlock + 2);
    const auto alone = copy_of(text);
    std::vector<std::uint16_t> expected;
    bool expected_escapes = false;
    for (std::size_t i = 1; i + 1 < text.size(); ++i) {
      const bool equals = text[i] == '=' && text[i - 1] == ' ' && text[i + 1] == ' ';
      if (text[i] == '\n' || equals) expected.push_back(static_cast<std::uint16_t>(i - 1));
      expected_escapes |= text[i] == '\x1b';
    }
    for (const Marker marker : markers()) {
      bool escapes = false;
      REQUIRE(marks_by(marker, alone.get(), blocks, escapes) == expected);
      REQUIRE(escapes == expected_escapes);
    }
  }
}

TEST_CASE("A cursor cuts a text into the lines that are there, each marked as alone") {
  std::mt19937 random(11);
  for (int round = 0; round < 1500; ++round) {
    // Around the ends of blocks and of the pieces that are looked through at once.
    const std::size_t size = round % 3 == 0 ? 4096 + 64 + random() % 200 : random() % 300;
    const std::string text = random_text(random, size);
    const auto alone = copy_of(text);
    LineCursor cursor({alone.get(), text.size()});
    MarkedLine line;
    std::string_view rest = text;
    while (!rest.empty()) {
      const std::size_t end = rest.find('\n');
      const std::string_view expected_text = rest.substr(0, end);
      const MarkedLine expected = mark_line(expected_text);
      REQUIRE(cursor.next(line));
      REQUIRE(line.text == expected.text);
      REQUIRE(line.equals == expected.equals);
      REQUIRE(line.more_equals == expected.more_equals);
      REQUIRE(line.ended == (end != std::string_view::npos));
      if (expected_text.find('\x1b') != std::string_view::npos) REQUIRE(line.may_have_colour);
      rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
    }
    REQUIRE_FALSE(cursor.next(line));
  }
}

TEST_CASE("Sixteen bytes at once") {
  std::mt19937 random(3);
  for (int round = 0; round < 2000; ++round) {
    std::string text(16, '\0');
    for (char& c : text) c = static_cast<char>(random() % 3 == 0 ? '(' : random() % 256);
    if (round % 4 == 0) {
      for (char& c : text) c = c == '(' ? ')' : c;
    }
    const auto alone = copy_of(text);
    CHECK(find_byte_of_16(alone.get(), '(') == std::min(text.find('('), text.size()));
    for (std::size_t count = 0; count <= text.size(); ++count) {
      const std::string kept = text.substr(0, count) + std::string(text.size() - count, '\0');
      const TwoWords words = first_bytes_of_16(alone.get(), count);
      CHECK(words.head == word_at(kept.data()));
      CHECK(words.tail == word_at(kept.data() + 8));
    }
  }
}
