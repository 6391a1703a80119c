#include "io/growing.h"

#include <sys/stat.h>
#include <zstd.h>

#include <algorithm>
#include <ctime>
#include <new>

namespace medic::io {
namespace {

// `audit(1790000000.001:17)` of a record, wherever it stands in the line; empty when there is none.
std::string_view event_of(std::string_view line) {
  const std::size_t begin = line.find("audit(");
  if (begin == std::string_view::npos) return {};
  const std::size_t end = line.find(')', begin);
  return end == std::string_view::npos ? std::string_view() : line.substr(begin, end - begin);
}

// text ends in a line end. Without its last lines as long as they are of one event.
std::string_view without_last_event(std::string_view text) {
  std::string_view event;
  while (!text.empty()) {
    const std::size_t before =
        text.size() < 2 ? std::string_view::npos : text.rfind('\n', text.size() - 2);
    const std::size_t begin = before == std::string_view::npos ? 0 : before + 1;
    const std::string_view own = event_of(text.substr(begin));
    if (own.empty() || (!event.empty() && own != event)) return text;
    event = own;
    text = text.substr(0, begin);
  }
  return text;
}

class WindowReader : public Reader {
 public:
  WindowReader(std::unique_ptr<Reader> reader, const Window& window)
      : reader_(std::move(reader)), window_(window) {}

  // One block is held back, so that the last one that holds something can be marked as the last.
  Result<std::unique_ptr<Block>> next() override {
    for (;;) {
      auto block = reader_->next();
      if (!block) return block;
      if (*block && skipped(**block)) continue;
      if (*block && (*block)->last && window_.grows) cut(**block);
      const bool at_end = !*block || (*block)->last;
      if (*block && (*block)->text.empty()) block->reset();
      if (at_end && !*block) {
        if (held_) held_->last = true;
        return std::move(held_);
      }
      std::swap(held_, *block);
      if (*block) return block;
      if (held_->last) return std::move(held_);
    }
  }
  std::string_view compression() const override { return reader_->compression(); }

 private:
  bool skipped(Block& block) const {
    if (block.offset >= window_.begin) return false;
    if (block.offset + block.text.size() <=
        window_.begin) {  // all of it; the last one still marks the end
      block.text = {};
      return !block.last;
    }
    const auto before = static_cast<std::size_t>(window_.begin - block.offset);
    block.text.remove_prefix(before);
    block.offset += before;
    return false;
  }
  void cut(Block& block) const {
    const std::size_t newline = block.text.rfind('\n');
    block.text =
        newline == std::string_view::npos ? std::string_view() : block.text.substr(0, newline + 1);
    if (window_.last_event_is_open) block.text = without_last_event(block.text);
  }

  std::unique_ptr<Reader> reader_;
  std::unique_ptr<Block> held_;
  Window window_;
};

}  // namespace

std::optional<FileStatus> file_status(const std::string& path) {
  struct stat status {};
  if (stat(path.c_str(), &status) != 0 || !S_ISREG(status.st_mode)) return std::nullopt;
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  constexpr std::int64_t kResolved = 2;  // seconds; as auparse waits for the rest of an event
  return FileStatus{static_cast<std::uint64_t>(status.st_ino),
                    static_cast<std::uint64_t>(status.st_size),
                    now.tv_sec - status.st_mtim.tv_sec <= kResolved};
}

std::vector<std::string> rotations_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  const std::string folder = slash == std::string::npos ? "." : path.substr(0, slash + 1),
                    prefix = slash == std::string::npos ? "" : folder;
  const auto base = [](const std::string& full) { return full.substr(full.rfind('/') + 1); };
  const std::string stem = rotated_name(base(path)).stem;
  std::vector<std::string> out;
  if (auto all = expand_input(folder)) {
    for (const std::string& full : *all) {
      if (rotated_name(base(full)).stem == stem) out.push_back(prefix + base(full));
    }
  }
  if (std::find(out.begin(), out.end(), path) == out.end()) out.push_back(path);
  return out;
}

std::optional<std::string> front_of(const std::string& path, std::size_t most) {
  auto reader = open_reader(path, ReaderOptions{most});
  if (!reader) return std::nullopt;
  std::string out;
  while (out.size() < most) {
    auto block = (*reader)->next();
    if (!block || !*block) break;
    out += (*block)->text.substr(0, most - out.size());
  }
  return out;
}

std::unique_ptr<Reader> window_on(std::unique_ptr<Reader> reader, const Window& window) {
  return std::make_unique<WindowReader>(std::move(reader), window);
}

std::string compressed(std::string_view text) {
  constexpr int kLevel = 9;
  std::string out(ZSTD_compressBound(text.size()), '\0');
  // Fails for want of memory alone: the room is enough.
  const std::size_t size = ZSTD_compress(out.data(), out.size(), text.data(), text.size(), kLevel);
  if (ZSTD_isError(size) != 0) throw std::bad_alloc();
  out.resize(size);
  return out;
}

}  // namespace medic::io
