// Every reader of captures on the same bytes: whole, and cut into chunks of lines. Each line must be accounted for once, and the cutting must
// not change how many events there are (what is given up for lack of room needs more lines than a fuzzer writes).
#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "parsers/ptrace/bpftrace_dialect.h"
#include "parsers/ptrace/capture_dialect.h"
#include "parsers/ptrace/creport_dialect.h"
#include "parsers/ptrace/gadget_dialect.h"
#include "parsers/ptrace/gdb_dialect.h"
#include "parsers/ptrace/gvisor_dialect.h"
#include "parsers/ptrace/lurk_dialect.h"
#include "parsers/ptrace/ltrace_dialect.h"
#include "parsers/ptrace/perf_trace_dialect.h"
#include "parsers/ptrace/sysdig_dialect.h"

using namespace medic;
using namespace medic::parsers;

namespace {

struct Count : ChunkSink {
  std::uint64_t lines = 0, events = 0, text = 0;
  void event(const model::Event& event) override {
    ++events;
    text += model::to_debug(event).size() + event.line.size();
  }
  void used(std::uint64_t count) override { lines += count; }
  void foreign(std::uint64_t count) override { lines += count; }
  void damaged(std::uint64_t, std::string_view line, std::string_view reason) override {
    ++lines;
    text += line.size();
    if (reason.empty()) std::abort();
  }
};

std::uint64_t lines_in(std::string_view text) {
  std::uint64_t lines = 0;
  for (const char c : text) lines += c == '\n';
  return lines + (!text.empty() && text.back() != '\n');
}

Count read(const Dialect& dialect, std::string_view text, std::size_t lines_per_chunk) {
  Count sink;
  const Options options;
  const auto stitcher = dialect.stitcher(options);
  Chunk chunk;
  while (!text.empty()) {
    std::size_t end = 0;
    for (std::size_t lines = 0; end < text.size() && lines < lines_per_chunk; ++lines) {
      const std::size_t newline = text.find('\n', end);
      end = newline == std::string_view::npos ? text.size() : newline + 1;
    }
    chunk.text = text.substr(0, end);
    auto ends = dialect.parse(chunk, options, sink);
    if (stitcher) stitcher->join(std::move(ends), sink);
    chunk.first_line += lines_in(chunk.text);
    chunk.first_offset += end;
    text.remove_prefix(end);
  }
  if (stitcher) stitcher->finish(sink);
  return sink;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const Dialect* const kAll[] = {&capture_dialect(), &creport_dialect(), &lurk_dialect(), &ltrace_dialect(), &perf_trace_dialect(),
                                        &gvisor_dialect(), &sysdig_dialect(), &bpftrace_dialect(), &gadget_dialect(), &gdb_dialect()};
  if (size == 0) return 0;
  const std::size_t lines_per_chunk = 1 + data[0] % 5;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  std::vector<std::string_view> lines;
  Chunk chunk;
  chunk.text = text;
  for_each_line(chunk, [&](std::string_view line, std::uint64_t, std::uint64_t) { lines.push_back(line); });
  for (const Dialect* dialect : kAll) {
    if (dialect->recognise(lines) > lines.size()) std::abort();
    const Count whole = read(*dialect, text, SIZE_MAX), cut = read(*dialect, text, lines_per_chunk);
    if (whole.lines != lines_in(text) || cut.lines != whole.lines || cut.events != whole.events) std::abort();
  }
  return 0;
}
