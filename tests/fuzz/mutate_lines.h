// Mutations of logs that keep most lines readable: whole lines and tokens are moved, doubled, cut
// and joined.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <random>
#include <span>
#include <string>
#include <string_view>
#include <vector>

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t max_size)
    __attribute__((weak));

namespace medic::fuzz {

class Lines {
 public:
  Lines(std::string_view text, unsigned seed) : random_(seed) {
    while (!text.empty()) {
      const std::size_t end = std::min(text.find('\n'), text.size());
      lines.emplace_back(text.substr(0, end));
      text.remove_prefix(std::min(end + 1, text.size()));
    }
    if (lines.empty()) lines.emplace_back();
  }

  std::size_t below(std::size_t limit) { return limit == 0 ? 0 : random_() % limit; }
  std::size_t any() { return below(lines.size()); }
  std::string& any_line() { return lines[any()]; }
  std::string_view pick(std::span<const std::string_view> words) {
    return words[below(words.size())];
  }
  void insert(std::size_t at, std::string line) {
    lines.insert(lines.begin() + static_cast<std::ptrdiff_t>(std::min(at, lines.size())),
                 std::move(line));
  }
  void erase(std::size_t at) {
    if (lines.size() > 1) lines.erase(lines.begin() + static_cast<std::ptrdiff_t>(at));
  }
  // A place in the line where a token begins or ends, mostly.
  std::size_t border(const std::string& line) {
    const std::size_t at = below(line.size() + 1);
    if (below(4) == 0) return at;
    const std::size_t next = line.find_first_of(" ,=()<>[]{}\":|", at);
    return next == std::string::npos ? line.size() : next;
  }

  // Mutations that any log can bear.
  void shuffle(std::span<const std::string_view> tokens) {
    switch (below(8)) {
      case 0: erase(any()); break;
      case 1: insert(below(lines.size() + 1), any_line()); break;
      case 2: std::swap(any_line(), any_line()); break;
      case 3: any_line().insert(0, pick(tokens)); break;
      case 4: {
        std::string& line = any_line();
        line.insert(border(line), pick(tokens));
        break;
      }
      case 5: {
        std::string& line = any_line();
        line.resize(border(line));
        break;
      }
      case 6: {  // two lines become one, as where two write at once
        const std::size_t at = any();
        if (at + 1 >= lines.size()) break;
        lines[at] += lines[at + 1];
        erase(at + 1);
        break;
      }
      default: {  // the front of one, the back of another
        std::string& line = any_line();
        const std::string& other = any_line();
        line = line.substr(0, border(line)) + other.substr(border(other));
        break;
      }
    }
  }

  std::size_t write(std::uint8_t* data, std::size_t max_size) const {
    std::string text;
    for (const std::string& line : lines) text += line + "\n";
    const std::size_t size = std::min(text.size(), max_size);
    std::memcpy(data, text.data(), size);
    return size;
  }

  std::vector<std::string> lines;

 private:
  std::minstd_rand random_;
};

}  // namespace medic::fuzz
