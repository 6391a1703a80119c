#include "parsers/strace/strace_dialect.h"

#include "base/text.h"
#include "parsers/strace/arch_by_front.h"
#include "parsers/strace/chunk_parser.h"
#include "parsers/strace/first_task.h"
#include "parsers/strace/strace_joiner.h"

namespace medic::parsers {
namespace {

using strace::LineKind;

// Lines that nothing but strace writes. A broken line may be C source, dashes may be anything.
bool is_evidence(LineKind kind) {
  switch (kind) {
    case LineKind::Call:
    case LineKind::Unfinished:
    case LineKind::Resumed:
    case LineKind::Signal:
    case LineKind::Exited:
    case LineKind::Killed:
    case LineKind::Superseded:
    case LineKind::Personality:
    case LineKind::Attached:
    case LineKind::Detached:
    case LineKind::SummaryHead:
    case LineKind::SummaryRow: return true;
    default: return false;
  }
}

class StraceReader : public Reader {
 public:
  explicit StraceReader(const Options& options)
      : options_(options),
        cache_(options.cached ? std::make_unique<strace::CallCache>(options) : nullptr) {}
  std::unique_ptr<Partial> read(const Chunk& chunk, ChunkSink& sink) override {
    return strace::ChunkParser(chunk, {options_, cache_.get()}, sink).run();
  }

 private:
  const Options options_;
  std::unique_ptr<strace::CallCache> cache_;
};

class StraceDialect : public Dialect {
 public:
  std::string_view name() const override { return "strace"; }
  std::string_view help() const override {
    return "strace -f, -ff -o, -c and all line decorations, 4.x to the newest";
  }
  Traits traits() const override {
    return {.family = Traits::Family::Tracer, .is_one_recording = true};
  }

  std::size_t recognise(std::span<const std::string_view> lines) const override {
    std::size_t count = 0;
    bool in_summary = false;  // a row alone is any line of numbers that ends in the name of a call
    for (const std::string_view line : lines) {
      const LineKind kind = strace::read_line(strace::mark_line(line), kernel::Arch::Unknown).kind;
      in_summary = in_summary || kind == LineKind::SummaryHead;
      if (is_evidence(kind) && (in_summary || kind != LineKind::SummaryRow)) ++count;
    }
    return count;
  }

  std::int64_t task_of_unnumbered(std::string_view front) const override {
    return strace::task_of_unnumbered(front);
  }

  kernel::Arch arch_by_front(std::string_view front) const override {
    return strace::arch_by_front(front);
  }

  std::unique_ptr<Reader> make_reader(const Options& options) const override {
    return std::make_unique<StraceReader>(options);
  }

  std::unique_ptr<Joiner> make_joiner(const Options& options) const override {
    return std::make_unique<strace::StraceJoiner>(options);
  }
};

}  // namespace

const Dialect& strace_dialect() {
  static const StraceDialect dialect;
  return dialect;
}

std::optional<std::int64_t> pid_from_file_name(std::string_view path) {
  for (const std::string_view suffix : {".gz", ".xz", ".zst", ".bz2"}) {
    if (path.ends_with(suffix)) path.remove_suffix(suffix.size());
  }
  const std::size_t point = path.rfind('.');
  if (point == std::string_view::npos || point == 0 || path[point - 1] == '/') return std::nullopt;
  const auto pid = parse_decimal(path.substr(point + 1));
  // linux PID_MAX_LIMIT; rotated logs end in .1 to .99, so those stay files of unknown tasks only
  // when the name says `log`.
  if (!pid || *pid == 0 || *pid > 4194304) return std::nullopt;
  const std::string_view stem = path.substr(0, point);
  if (*pid < 100 && stem.ends_with(".log")) return std::nullopt;
  return static_cast<std::int64_t>(*pid);
}

}  // namespace medic::parsers
