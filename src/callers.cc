#include "callers.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <memory>
#include <optional>

#include "base/text.h"
#include "elf/place_names.h"
#include "io/reader.h"

namespace medic {
namespace {

constexpr std::size_t kMostFrames = 8, kMostMaps = 4096;

std::string base_name(std::string_view path) {
  return std::string(path.substr(path.rfind('/') + 1));
}

// The text between `open` and the next `close`; empty where there is none.
std::string_view between(std::string_view line, std::string_view open, std::string_view close) {
  const std::size_t at = line.find(open);
  if (at == std::string_view::npos) return {};
  const std::size_t from = at + open.size(), end = line.find(close, from);
  return end == std::string_view::npos ? std::string_view{} : line.substr(from, end - from);
}

std::optional<std::uint64_t> hex_after(std::string_view line, std::string_view mark) {
  const std::size_t at = line.find(mark);
  if (at == std::string_view::npos) return std::nullopt;
  const std::string_view rest = line.substr(at + mark.size());
  return parse_hex(rest.substr(0, rest.find_first_not_of("0123456789abcdefABCDEF")));
}

// The files that code may come from, each read once.
class Code {
 public:
  explicit Code(const CallerSources& sources) : sources_(sources) {}

  Result<void> read_named() {
    for (const std::string& path : sources_.elf) {
      auto made = read(path);
      if (!made) return fail(std::move(made.error()));
      by_name_[base_name(path)] = *made;
    }
    return {};
  }

  // Null where nobody gave the file.
  std::shared_ptr<const elf::PlaceNames> of(const std::string& path) {
    const std::string name = base_name(path);
    if (const auto it = by_name_.find(name); it != by_name_.end()) return it->second;
    if (sources_.root.empty() || !path.starts_with('/')) return nullptr;
    auto made = read(sources_.root + path);
    return by_name_[name] = made ? *made : nullptr;
  }

 private:
  Result<std::shared_ptr<const elf::PlaceNames>> read(const std::string& path) const {
    auto bytes = io::read_file(path, elf::kMaxFileBytes);
    if (!bytes) return fail(std::move(bytes.error()));
    auto plain = elf::PlaceNames::make(*bytes, "", path);
    if (!plain) return fail(std::move(plain.error()));
    const std::string& id = plain->build_id();
    if (!sources_.debug_dir.empty() && id.size() > 2) {
      auto debug = io::read_file(fmt::format("{}/.build-id/{}/{}.debug", sources_.debug_dir,
                                             id.substr(0, 2), id.substr(2)),
                                 elf::kMaxFileBytes);
      if (debug) plain = elf::PlaceNames::make(*bytes, *debug, path);
      if (!plain) return fail(std::move(plain.error()));
    }
    return std::make_shared<const elf::PlaceNames>(std::move(*plain));
  }

  const CallerSources& sources_;
  std::map<std::string, std::shared_ptr<const elf::PlaceNames>> by_name_;
};

struct Map {
  std::uint64_t start = 0, size = 0, offset = 0;
  std::string path;
};

// What strace's lines say of each process's memory: which file's bytes lie where.
class Maps {
 public:
  void take(std::string_view line);
  const Map* find(std::int64_t pid, std::uint64_t address) const;
  static std::int64_t pid_of(std::string_view line);

 private:
  std::map<std::pair<std::int64_t, std::int64_t>, std::string> files_;  // by process and descriptor
  std::map<std::int64_t, std::vector<Map>> maps_;
};

std::int64_t Maps::pid_of(std::string_view line) {
  if (line.starts_with("[pid")) line = trim(line.substr(4));
  const std::size_t end = line.find_first_not_of("0123456789");
  return end == 0 || end == std::string_view::npos
             ? -1
             : static_cast<std::int64_t>(parse_decimal(line.substr(0, end)).value_or(0));
}

void Maps::take(std::string_view line) {
  const std::size_t result = line.rfind(" = ");
  if (result == std::string_view::npos) return;
  const std::int64_t pid = pid_of(line);
  const std::string_view value = line.substr(result + 3);
  if (line.find("openat(") != std::string_view::npos ||
      line.find(" open(") != std::string_view::npos || line.starts_with("open(")) {
    const auto fd = parse_decimal(value.substr(0, value.find_first_not_of("0123456789")));
    if (fd && files_.size() < kMostMaps)
      files_[{pid, static_cast<std::int64_t>(*fd)}] = std::string(between(line, "\"", "\""));
    else if (fd)
      files_.clear();
    return;
  }
  if (line.find("execve(") != std::string_view::npos && value == "0") {
    maps_.erase(pid);
    return;
  }
  const std::size_t mmap = line.find("mmap(");
  if (mmap == std::string_view::npos || !value.starts_with("0x")) return;
  const auto words = split(line.substr(mmap, result - mmap), ',');
  if (words.size() != 6 || words[2].find("PROT_EXEC") == std::string_view::npos) return;
  std::string_view fd_text = trim(words[4]);
  const auto fd = parse_decimal(fd_text.substr(0, fd_text.find_first_not_of("0123456789")));
  const auto size = parse_number(trim(words[1]));
  std::string_view offset_text = trim(words[5]);
  offset_text = trim(offset_text.substr(0, offset_text.rfind(')')));
  const auto offset = parse_number(offset_text);
  const auto start = hex_after(value, "0x");
  if (!fd || !size || !offset || !start) return;
  const auto file = files_.find({pid, static_cast<std::int64_t>(*fd)});
  std::vector<Map>& maps = maps_[pid];
  if (file != files_.end() && maps.size() < kMostMaps)
    maps.push_back({*start, *size, *offset, file->second});
}

const Map* Maps::find(std::int64_t pid, std::uint64_t address) const {
  const auto it = maps_.find(pid);
  if (it == maps_.end()) return nullptr;
  // The last one that was put there counts.
  const auto found = std::find_if(it->second.rbegin(), it->second.rend(), [&](const Map& map) {
    return address >= map.start && address - map.start < map.size;
  });
  return found == it->second.rend() ? nullptr : &*found;
}

// One line of evidence, with what stands behind it.
class Line {
 public:
  Line(Code& code, const Maps& maps, const diagnose::Finding& finding)
      : code_(code), maps_(maps), exe_(finding.who.exe) {}

  // The call's own line: an address, and the maps as they are now.
  void begin(std::string_view line) {
    auto ip = hex_after(line, " ip=0x");
    if (!ip) {
      const std::size_t open = line.find('[');
      const std::string_view inside =
          open == std::string_view::npos ? "" : between(line.substr(open), "[", "]");
      // strace -i pads to 16 digits (8 of 32-bit programs); [pid 12] is no address.
      if (inside.size() == 16 || inside.size() == 8) ip = parse_hex(inside);
    }
    if (ip) place(*ip, Maps::pid_of(line));
  }

  // A line behind it. False where it is no frame of the stack.
  bool add_frame(std::string_view line) {
    if (!line.starts_with(" > ")) return false;
    if (frames_.size() < kMostFrames) frames_.push_back(frame_name(line.substr(3)));
    return true;
  }

  std::string note() const {
    if (!frames_.empty()) return fmt::format("Called by {}.", fmt::join(frames_, " ← "));
    if (!place_.empty()) return place_;
    return "Who called it is not in the log: `strace -f -k` prints the stack.";
  }

 private:
  std::string name_in(const std::string& path, std::uint64_t offset) {
    const auto names = code_.of(path);
    const auto address = names ? names->address_of(offset) : std::nullopt;
    return base_name(path) + "!" +
           (address ? names->at(*address) : fmt::format("(file offset {:#x})", offset));
  }

  // "/usr/lib/libc.so.6(mkdir+0x7) [0xf7f37] file.c:12"; without a symbol "/srv/app() [0x1147]".
  std::string frame_name(std::string_view text) {
    const std::size_t open = text.rfind('('), close = text.find(')', open);
    if (open == std::string_view::npos || close == std::string_view::npos)
      return std::string(trim(text));
    const std::string path(text.substr(0, open));
    const std::string_view symbol = text.substr(open + 1, close - open - 1);
    const auto offset = hex_after(text.substr(close), "[0x");
    if (symbol.empty() || symbol.front() == '+')
      return offset ? name_in(path, *offset) : base_name(path) + "!?";
    std::string out = base_name(path) + "!" + std::string(symbol);
    const std::size_t end = text.find(']', close);
    if (end != std::string_view::npos && end + 2 < text.size())
      out += fmt::format(" ({})", trim(text.substr(end + 1)));
    return out;
  }

  void place(std::uint64_t ip, std::int64_t pid) {
    if (const Map* map = maps_.find(pid, ip)) {
      place_ = fmt::format("Called at {}.", name_in(map->path, map->offset + (ip - map->start)));
      return;
    }
    const auto names = exe_.empty() ? nullptr : code_.of(exe_);
    if (names == nullptr) {
      place_ = fmt::format("Called at {:#x}: --elf FILE, the program {}, may name the place.", ip,
                           exe_.empty() ? "itself" : exe_);
    } else if (!names->position_independent() && names->is_code(ip)) {
      place_ = fmt::format("Called at {}!{}.", base_name(exe_), names->at(ip));
    } else {
      place_ = fmt::format(
          "Called at {:#x}, which is unknown: {}, and the log does not hold where files were "
          "mapped. `strace -f -k` prints the stack.",
          ip,
          names->position_independent() ? base_name(exe_) + " is position-independent code"
                                        : "it lies outside " + base_name(exe_) + ", in a library");
    }
  }

  Code& code_;
  const Maps& maps_;
  std::string exe_, place_;
  std::vector<std::string> frames_;
};

using Wanted = std::map<std::uint64_t, std::vector<diagnose::Finding*>>;

// Reads on until the last wanted line and its frames are through.
Result<void> read_again(const std::string& path, const Wanted& wanted, Code& code) {
  auto reader = io::open_reader(path, io::ReaderOptions{});
  if (!reader) return fail(std::move(reader.error()));
  Maps maps;
  std::vector<std::pair<diagnose::Finding*, Line>> open;
  const auto close = [&] {
    for (auto& [finding, line] : open) finding->notes.push_back(line.note());
    open.clear();
  };
  std::uint64_t number = 0;
  const std::uint64_t last = wanted.rbegin()->first;
  for (;;) {
    auto block = (*reader)->next();
    if (!block || !*block) break;
    std::string_view text = (*block)->text;
    if (text.ends_with('\n')) text.remove_suffix(1);
    for (const std::string_view line : split(text, '\n')) {
      ++number;
      bool is_frame = false;
      for (auto& [finding, each] : open) is_frame = each.add_frame(line) || is_frame;
      if (!is_frame) close();
      if (number > last && open.empty()) return {};
      maps.take(line);
      const auto found = wanted.find(number);
      if (found == wanted.end()) continue;
      for (diagnose::Finding* finding : found->second) {
        open.emplace_back(finding, Line(code, maps, *finding));
        open.back().second.begin(line);
      }
    }
  }
  close();
  return {};
}

}  // namespace

Result<void> name_callers(const CallerSources& sources, diagnose::Diagnosis& diagnosis) {
  Code code(sources);
  if (auto read = code.read_named(); !read) return read;
  std::map<std::string, Wanted> wanted;
  for (diagnose::Finding& finding : diagnosis.findings) {
    const auto shown = std::find_if(finding.evidence.begin(), finding.evidence.end(),
                                    [](const diagnose::Evidence& each) { return each.line != 0; });
    if (shown != finding.evidence.end()) wanted[shown->file][shown->line].push_back(&finding);
  }
  for (const auto& [path, lines] : wanted) {
    if (read_again(path, lines, code)) continue;
    for (const auto& [line, findings] : lines) {
      for (diagnose::Finding* finding : findings)
        finding->notes.emplace_back("Who called it is not known: the log cannot be read twice.");
    }
  }
  return {};
}

}  // namespace medic
