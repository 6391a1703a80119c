#include "elf/sweep.h"

#include <algorithm>

namespace medic::elf {

namespace {

constexpr std::uint64_t kLongestInstruction = 15;

void sort_unique(std::vector<std::uint64_t>& values) {
  std::sort(values.begin(), values.end());
  values.erase(std::unique(values.begin(), values.end()), values.end());
}

bool in_code(const Image& image, std::uint64_t address) {
  return std::any_of(image.code.begin(), image.code.end(),
                     [&](const Range& r) { return r.holds(address); });
}

// Starts that the file itself names.
std::vector<std::uint64_t> named_starts(const Image& image) {
  std::vector<std::uint64_t> starts{image.entry};
  for (const Range& range : image.code) starts.push_back(range.start);
  for (const Range& frame : image.frames) starts.push_back(frame.start);
  for (const Symbol& symbol : image.symbols) {
    if (symbol.defined && symbol.function) starts.push_back(symbol.value);
  }
  starts.insert(starts.end(), image.startup.begin(), image.startup.end());
  for (const Relocation& relocation : image.relocations) {
    if (!relocation.symbol && !inside_a_frame(image, relocation.target))
      starts.push_back(relocation.target);
  }
  std::erase_if(starts, [&](std::uint64_t a) { return !in_code(image, a); });
  sort_unique(starts);
  return starts;
}

class Sweeping {
 public:
  Sweeping(const Image& image, Decoder& decoder)
      : image_(image), decoder_(decoder), starts_(named_starts(image)) {}
  Sweep run();

 private:
  void range(Range range);
  void take(const Step& step);
  void add_called_starts();
  void cut();

  const Image& image_;
  Decoder& decoder_;
  std::vector<std::uint64_t> starts_;
  std::vector<std::pair<std::uint64_t, bool>>
      ends_;  // where an instruction ends that may be a function's last; does it run on?
  Sweep made_;
};

void Sweeping::take(const Step& step) {
  if (step.invalid) made_.invalid.push_back(step.address);
  switch (step.flow) {
    case Flow::Call: made_.transfers.push_back({step.target, step.address, EdgeKind::Call}); break;
    case Flow::Jump:
    case Flow::Branch:
      made_.transfers.push_back({step.target, step.address, EdgeKind::Jump});
      break;
    case Flow::Syscall:
    case Flow::CompatSyscall: made_.kernel_entries.push_back(step.address); break;
    case Flow::Return: made_.returns.push_back(step.address); break;
    case Flow::IndirectJump: made_.indirect_jumps.push_back(step.address); break;
    default: break;
  }
  if (step.mentions == Mention::Slot) {
    const EdgeKind kind = step.flow == Flow::IndirectCall   ? EdgeKind::Call
                          : step.flow == Flow::IndirectJump ? EdgeKind::Jump
                                                            : EdgeKind::Takes;
    made_.slots.push_back({step.mention, step.address, kind});
  }
  if (step.mentions == Mention::Address)
    made_.addresses.push_back({step.mention, step.address, EdgeKind::Takes});
}

void Sweeping::range(Range range) {
  auto start = std::upper_bound(starts_.begin(), starts_.end(), range.start);
  std::uint64_t at = range.start;
  std::string_view bytes = image_.at(at);
  bytes = bytes.substr(0, range.end - range.start);
  Step step;
  bool runs_on = false;
  decoder_.begin();
  while (at < range.end && !bytes.empty()) {
    const std::uint64_t limit = start != starts_.end() && *start < range.end ? *start : range.end;
    decoder_.next(bytes.substr(0, std::max<std::uint64_t>(limit - at, 1)), at, step);
    take(step);
    const std::size_t size = std::min<std::uint64_t>(step.size, bytes.size());
    bytes.remove_prefix(size);
    at += size;
    // A call that ends a function is one that does not come back.
    if (!step.padding)
      runs_on =
          falls_through(step.flow) && step.flow != Flow::Call && step.flow != Flow::IndirectCall;
    if (step.padding || step.flow != Flow::Next || at >= limit) ends_.push_back({at, runs_on});
    if (at < limit) continue;
    decoder_.begin();
    while (start != starts_.end() && *start <= at) ++start;
  }
}

// Functions that no table names: called directly, or their address formed, outside of what the
// unwinder knows.
void Sweeping::add_called_starts() {
  const std::size_t known = starts_.size();
  for (const auto* list : {&made_.transfers, &made_.addresses}) {
    for (const Transfer& t : *list) {
      if (t.kind == EdgeKind::Jump || !in_code(image_, t.target)) continue;
      // The stubs of a linkage table share one frame; a call leads into the middle of one only to
      // learn its own address.
      const bool called = t.kind == EdgeKind::Call && t.target - t.at > kLongestInstruction;
      if (!called && inside_a_frame(image_, t.target)) continue;
      starts_.push_back(t.target);
    }
  }
  if (starts_.size() != known) sort_unique(starts_);
}

void Sweeping::cut() {
  std::sort(ends_.begin(), ends_.end());
  for (const Range& range : image_.code) {
    auto from = std::lower_bound(starts_.begin(), starts_.end(), range.start);
    for (; from != starts_.end() && *from < range.end; ++from) {
      const auto next = std::next(from);
      const std::uint64_t end = next != starts_.end() && *next < range.end ? *next : range.end;
      made_.functions.push_back({*from, end});
      const auto last = std::lower_bound(ends_.begin(), ends_.end(), std::pair{end, false});
      made_.runs_on.push_back(last == ends_.end() || last->first != end || last->second);
    }
  }
}

Sweep Sweeping::run() {
  for (const Range& code : image_.code) range(code);
  add_called_starts();
  cut();
  std::sort(made_.transfers.begin(), made_.transfers.end());
  return std::move(made_);
}

}  // namespace

bool inside_a_frame(const Image& image, std::uint64_t address) {
  auto after = std::upper_bound(image.frames.begin(), image.frames.end(), address,
                                [](std::uint64_t a, const Range& r) { return a < r.start; });
  if (after == image.frames.begin()) return false;
  const Range& frame = *std::prev(after);
  // The handler of returning signals is described from one byte before its start on (glibc,
  // sigaction.c, do_cfa_expr's comment).
  return frame.start != address && frame.start + 1 != address && address < frame.end;
}

bool in_a_frame(const Image& image, std::uint64_t address) {
  auto after = std::upper_bound(image.frames.begin(), image.frames.end(), address,
                                [](std::uint64_t a, const Range& r) { return a < r.start; });
  return after != image.frames.begin() && address < std::prev(after)->end;
}

std::uint32_t Sweep::function_at(std::uint64_t address) const {
  auto after = std::upper_bound(functions.begin(), functions.end(), address,
                                [](std::uint64_t a, const Range& r) { return a < r.start; });
  if (after == functions.begin() || !std::prev(after)->holds(address)) return kNobody;
  return static_cast<std::uint32_t>(std::prev(after) - functions.begin());
}

Sweep sweep(const Image& image, Decoder& decoder) {
  decoder.detail = Decoder::Detail::Flow;
  return Sweeping(image, decoder).run();
}

std::ptrdiff_t FunctionCode::find(std::uint64_t address) const {
  auto it = std::lower_bound(steps.begin(), steps.end(), address,
                             [](const Step& s, std::uint64_t a) { return s.address < a; });
  return it != steps.end() && it->address == address ? it - steps.begin() : -1;
}

namespace {

// Turns places that count from a moving pointer into places that count from the entry.
void settle_places(Step& step, std::int32_t height, std::optional<std::int32_t> frame) {
  const auto settle = [&](Place& place) {
    if (place.kind == Place::Sp) place = {Place::Stack, place.at + height};
    if (place.kind == Place::Fp && frame) place = {Place::Stack, place.at + *frame};
  };
  for (Definition& d : step.definitions) {
    settle(d.to);
    settle(d.from);
  }
}

}  // namespace

FunctionCode decode_function(const Image& image, Decoder& decoder, Range range) {
  decoder.detail = Decoder::Detail::Values;
  decoder.begin();
  FunctionCode code;
  std::unordered_map<std::uint64_t, std::int32_t>
      arriving;  // the stack's height where a jump leads
  std::optional<std::int32_t> frame;
  std::int32_t height = 0, deepest = 0;
  std::string_view bytes = image.at(range.start).substr(0, range.end - range.start);
  for (std::uint64_t at = range.start; !bytes.empty();) {
    if (const auto known = arriving.find(at); known != arriving.end())
      height = known->second;
    else if (!code.steps.empty() && !falls_through(code.steps.back().flow))
      height = deepest;
    Step step;
    decoder.next(bytes, at, step);
    if (step.sets_frame) frame = height + step.frame_offset;
    settle_places(step, height, frame);
    code.height.push_back(height);
    if (step.stack == Move::Add) height += step.stack_offset;
    if (step.stack == Move::FromFrame && frame) height = *frame + step.stack_offset;
    deepest = std::min(deepest, height);
    if (step.target && step.flow != Flow::Call) arriving.emplace(step.target, height);
    const std::size_t size = std::min<std::size_t>(step.size, bytes.size());
    bytes.remove_prefix(size);
    at += size;
    code.steps.push_back(std::move(step));
  }
  return code;
}

}  // namespace medic::elf
