// How often a recording's calls ended in which way.
#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <string>

#include "kernel/errno.h"
#include "parsers/strace/strace_dialect.h"

namespace medic::test {

// `mkdir ENOENT`, `write ok`.
using Calls = std::map<std::string, std::uint64_t>;

class CallCounter : public parsers::ChunkSink {
 public:
  void event(const model::Event& event) override {
    const auto* call = std::get_if<model::Call>(&event.what);
    if (call == nullptr) return;
    std::string name(kernel::name_of(call->syscall.name));
    if (name.empty()) name = "#" + std::to_string(call->syscall.number);
    const bool failed = call->outcome.kind == model::Outcome::Kind::Failed;
    const std::string key = name +
                            (failed ? " " + kernel::errno_text(call->outcome.error) : " ok") +
                            (call->outcome.injected ? " injected" : "");
    calls[key] += call->count;
    if (!comes_again(*call)) ended[key] += call->count;
  }
  void used(std::uint64_t lines) override { used_lines += lines; }
  void foreign(std::uint64_t lines) override { foreign_lines += lines; }
  void damaged(std::uint64_t, std::string_view, std::string_view) override { ++damaged_lines; }

  // A call whose end is reported elsewhere: again after its restart, or under another number.
  static bool comes_again(const model::Call& call) {
    return call.outcome.kind == model::Outcome::Kind::Seen && call.count == 1;
  }

  Calls calls, ended;  // ended: without those that come again
  std::uint64_t used_lines = 0, foreign_lines = 0, damaged_lines = 0;
};

inline std::string text_of_file(const std::filesystem::path& file) {
  std::stringstream text;
  text << std::ifstream(file, std::ios::binary).rdbuf();
  return text.str();
}

inline CallCounter count_calls(const std::filesystem::path& file) {
  const std::string log = text_of_file(file);
  CallCounter counter;
  const parsers::Options options;
  parsers::Chunk chunk;
  chunk.text = log;
  chunk.last = true;
  chunk.pid_of_input = parsers::pid_from_file_name(file.string()).value_or(-1);
  const auto joiner = parsers::strace_dialect().make_joiner(options);
  const auto reader = parsers::strace_dialect().make_reader(options);
  joiner->join(reader->read(chunk, counter), counter);
  joiner->finish(counter);
  return counter;
}

inline void add(Calls& sum, const Calls& calls) {
  for (const auto& [name, count] : calls) sum[name] += count;
}

}  // namespace medic::test
