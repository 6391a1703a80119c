#include "elf/number_search.h"

#include <algorithm>

namespace medic::elf {

namespace {

constexpr std::size_t kMaxSteps = 200'000;
constexpr std::size_t kCachedFunctions = 64;
constexpr std::uint64_t kMaxFunctionBytes = 4 << 20;

}  // namespace

NumberSearch::NumberSearch(const Image& image, Decoder& decoder, const Sweep& sweep,
                           const std::vector<std::uint64_t>& stops)
    : image_(image),
      decoder_(decoder),
      sweep_(sweep),
      stops_(stops),
      convention_(convention_of(image.arch)) {}

const FunctionCode& NumberSearch::code_of(std::uint32_t function) {
  if (const auto it = cache_.find(function); it != cache_.end()) return it->second;
  if (cached_.size() >= kCachedFunctions) {
    cache_.erase(cached_.front());
    cached_.pop_front();
  }
  Range range = sweep_.functions[function];
  range.end = std::min(range.end, range.start + kMaxFunctionBytes);
  cached_.push_back(function);
  return cache_[function] = decode_function(image_, decoder_, range);
}

void NumberSearch::add(const Want& want) {
  if (seen_.insert(want).second) open_.push_back(want);
}

// Does the branch, taken or not, show that what is wanted is zero? Compilers then use the register
// as the number of read(2).
bool NumberSearch::is_zero_after(const Want& branch, bool taken) {
  const FunctionCode& code = code_of(branch.function);
  const auto at = static_cast<std::size_t>(branch.step);
  if (at == 0 || branch.place.kind != Place::Register) return false;
  const bool zero = code.steps[at].taken == (taken ? Step::Taken::IfZero : Step::Taken::IfNotZero);
  if (!zero || code.steps[at - 1].tested != branch.place.at) return false;
  found_.values.insert(branch.added);
  return true;
}

// The ways by which control comes to want's step.
void NumberSearch::look_before(const Want& want) {
  const FunctionCode& code = code_of(want.function);
  const std::uint64_t address = code.steps[static_cast<std::size_t>(want.step)].address;
  if (want.step == 0) {
    if (want.added)
      found_.unknown = true;  // a sum of a parameter: no wrapper does that
    else
      found_.parameters.insert({want.function, want.place});
    return;
  }
  bool reached = false;
  const Step& before = code.steps[static_cast<std::size_t>(want.step - 1)];
  if (std::binary_search(stops_.begin(), stops_.end(), before.address)) {
    reached = true;  // by nothing but other ways
  } else if (falls_through(before.flow)) {
    reached = true;
    const Want before_it{want.function, want.step - 1, want.place, want.added};
    if (!is_zero_after(before_it, false)) add(before_it);
  }
  if (look_at_jumps(want, address)) reached = true;
  if (!reached) look_at_tables(want);
}

bool NumberSearch::look_at_jumps(const Want& want, std::uint64_t address) {
  bool reached = false;
  const std::int32_t height = code_of(want.function).height[static_cast<std::size_t>(want.step)];
  auto it = std::lower_bound(sweep_.transfers.begin(), sweep_.transfers.end(),
                             Transfer{address, 0, EdgeKind::Call});
  for (; it != sweep_.transfers.end() && it->target == address; ++it) {
    if (it->kind != EdgeKind::Jump) continue;
    const std::uint32_t from = sweep_.function_at(it->at);
    if (from == kNobody) continue;
    const FunctionCode& code = code_of(from);
    const std::ptrdiff_t step = code.find(it->at);
    if (step < 0) continue;
    reached = true;
    Place place = want.place;
    // The cold part of a function counts its stack from its own first instruction.
    if (place.kind == Place::Stack && from != want.function)
      place.at += code.height[static_cast<std::size_t>(step)] - height;
    const Want branch{from, step, place, want.added};
    if (!is_zero_after(branch, true)) add(branch);
  }
  return reached;
}

// Code that nothing leads to directly: the function's jumps through tables do.
void NumberSearch::look_at_tables(const Want& want) {
  const FunctionCode& code = code_of(want.function);
  if (code.steps[static_cast<std::size_t>(want.step)].padding) return;  // nothing comes here
  bool any = false;
  for (std::size_t i = 0; i < code.steps.size(); ++i) {
    if (code.steps[i].flow != Flow::IndirectJump) continue;
    any = true;
    add({want.function, static_cast<std::ptrdiff_t>(i), want.place, want.added});
  }
  if (!any) found_.unknown = true;
}

// What want's step itself does to the place.
void NumberSearch::look_at(Want want) {
  const Step step = code_of(want.function).steps[static_cast<std::size_t>(want.step)];
  if ((step.flow == Flow::Call || step.flow == Flow::IndirectCall || step.flow == Flow::Syscall) &&
      want.place.kind == Place::Register) {
    const bool lost = step.flow == Flow::Syscall
                          ? want.place == convention_.number && image_.arch != kernel::Arch::Aarch64
                          : (convention_.clobbered >> want.place.at & 1) != 0;
    if (lost) {
      found_.unknown = true;
      return;
    }
  }
  bool defined = false, kept = false;
  for (const Definition& d : step.definitions) {
    if (d.to != want.place) continue;
    defined = true;
    kept = kept || d.keeps;
    if (d.kind == Definition::Unknown) found_.unknown = true;
    if (d.kind == Definition::Constant) found_.values.insert(d.value + want.added);
    if (d.kind == Definition::Copy) {
      const Want before{want.function, want.step, d.from, want.added + d.value};
      if (d.from == want.place && d.value != 0 && std::abs(before.added) > 4096)
        found_.unknown = true;  // a counter in a loop
      else if (d.from.kind == Place::Fp || d.from.kind == Place::Sp)
        found_.unknown = true;
      else
        look_before(before);
    }
  }
  if (!defined || kept) look_before(want);
}

Found NumberSearch::find(std::uint64_t at, Place place) {
  found_ = {};
  open_.clear();
  seen_.clear();
  const std::uint32_t function = sweep_.function_at(at);
  const std::ptrdiff_t step = function == kNobody ? -1 : code_of(function).find(at);
  if (step < 0) {
    found_.unknown = true;
    return found_;
  }
  look_before({function, step, place, 0});
  while (!open_.empty()) {
    if (seen_.size() > kMaxSteps) {
      found_.unknown = true;
      break;
    }
    const Want want = open_.back();
    open_.pop_back();
    look_at(want);
  }
  return found_;
}

Found NumberSearch::find_argument(std::uint64_t at, Place parameter) {
  if (parameter.kind != Place::Stack) return find(at, parameter);
  const std::uint32_t function = sweep_.function_at(at);
  const std::ptrdiff_t index = function == kNobody ? -1 : code_of(function).find(at);
  if (index < 0) {
    Found nothing;
    nothing.unknown = true;
    return nothing;
  }
  const FunctionCode& code = code_of(function);
  const Flow flow = code.steps[static_cast<std::size_t>(index)].flow;
  const bool pushes = flow == Flow::Call || flow == Flow::IndirectCall;
  parameter.at += code.height[static_cast<std::size_t>(index)] - (pushes ? convention_.pushed : 0);
  return find(at, parameter);
}

}  // namespace medic::elf
