// Lines that are compared with those before them are read as if each stood alone.
#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <random>
#include <sstream>

#include "audit/written_agrees.h"
#include "parsers/audit/word_scanner.h"

namespace {

using namespace medic;

std::string sample(const char* name) {
  std::ifstream in(std::filesystem::path(MEDIC_SOURCE_DIR) / "samples" / name, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

// A byte changed, a piece lost, a piece said twice: somewhere in the text.
void spoil(std::string& text, std::mt19937& random) {
  constexpr std::string_view kBytes = "\n\r \x1d(t:)\"0=a\0";
  const std::size_t at = random() % text.size(), length = 1 + random() % 40;
  switch (random() % 4) {
    case 0: text[at] = kBytes[random() % kBytes.size()]; break;
    case 1: text.erase(at, length); break;
    case 2: text.insert(at, text.substr(random() % text.size(), length)); break;
    default: text.insert(at, 1, kBytes[random() % kBytes.size()]);
  }
}

TEST_CASE("An undamaged log is read by comparing nearly all of its lines") {
  const std::string text = sample("busy-host/audit.log");
  std::size_t agreed = 0;
  CHECK(parsers::testing::first_disagreement(text, agreed) == "");
  const auto lines = static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
  CHECK(agreed + 1 >= lines);  // the last line may be too near the end
}

TEST_CASE("However a log is damaged, its lines are read as if each stood alone") {
  const std::string whole =
      sample("busy-host/audit.log").substr(0, 200000) + sample("multi-record/audit.log");
  std::mt19937 random(20261125);
  std::size_t agreed = 0;
  for (int round = 0; round < 3000; ++round) {
    std::string text = whole.substr(random() % (whole.size() - 5000), 4000);
    for (unsigned i = 0; i < 1 + random() % 12; ++i) spoil(text, random);
    REQUIRE(parsers::testing::first_disagreement(text, agreed) == "");
  }
  CHECK(agreed > 20000);
}

TEST_CASE("The end of a line is found, and what stands before it") {
  std::mt19937 random(7);
  constexpr std::string_view kBytes = "\n\x1dt(t(audit(xyz";
  for (int round = 0; round < 200000; ++round) {
    std::string text(random() % 150, 'x');
    for (unsigned i = 0; i < random() % 6 && !text.empty(); ++i)
      text[random() % text.size()] = kBytes[random() % kBytes.size()];
    const std::size_t from = random() % (text.size() + 1);
    const parsers::audit::LineEnd end = parsers::audit::find_line_end(text, from);
    const std::size_t newline = std::min(text.find('\n', from), text.size());
    const std::string_view line = std::string_view(text).substr(from, newline - from);
    REQUIRE(end.newline == newline);
    REQUIRE(end.mark == from + std::min(line.find('\x1d'), line.size()));
    if (line.find("audit(") != std::string_view::npos) REQUIRE(end.may_hold_stamp);
    if (line.find('(') == std::string_view::npos && text.find('(') == std::string::npos)
      REQUIRE(!end.may_hold_stamp);
  }
}

}  // namespace
