// The scanner that skips what cannot matter must never skip what does.
#include <doctest/doctest.h>

#include <random>
#include <string>

#include "parsers/audit/word_scanner.h"

using medic::parsers::audit::next_word;

namespace {

std::size_t slow_next_word(std::string_view text, std::size_t from) {
  std::size_t nearest = text.size();
  for (std::string_view word : {"audit", "SECCOMP", " messages"})
    nearest = std::min(nearest, text.find(word, from));
  for (std::string_view word : {"\ntype=", "\nnode="}) {
    if (const auto at = text.find(word, from); at != std::string_view::npos)
      nearest = std::min(nearest, at + 1);
  }
  return nearest;
}

}  // namespace

TEST_CASE("the fast search finds what a plain search finds, wherever it stands") {
  std::mt19937 random(7);
  const std::string_view pieces[] = {
      "audit", "SECCOMP", " messages", "\ntype=", "\nnode=", "a",   "CC",
      "ud",    "\n",      "=",         " m",      "xyzw",    "aud", "SECCOM"};
  for (int round = 0; round < 2000; ++round) {
    std::string text(random() % 40, '.');
    for (unsigned i = random() % 12; i > 0; --i) {
      text += pieces[random() % std::size(pieces)];
      text += std::string(random() % 20, '.');
    }
    for (std::size_t from : {std::size_t{0}, text.size() / 3, text.size()}) {
      CAPTURE(text);
      CHECK(next_word(text, from) == slow_next_word(text, from));
    }
  }
}
