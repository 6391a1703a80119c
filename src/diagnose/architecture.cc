#include "diagnose/architecture.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "base/text.h"
#include "kernel/arch_evidence.h"

namespace medic::diagnose {
namespace {

using kernel::Arch;

constexpr Arch kNatives[] = {Arch::X86_64,  Arch::Aarch64,     Arch::Riscv64, Arch::S390x,
                             Arch::Ppc64le, Arch::Loongarch64, Arch::Mips64,  Arch::Mipsel64};

// What one input says of its machine.
struct ArchEvidence {
  std::vector<kernel::NameId> names;  // of calls that name no architecture, each once
  std::vector<Arch> named;            // by its lines, each once
  bool repeats_argument = false;      // a killed call shows its first argument as its result
};

template <class T>
void add_once(std::vector<T>& to, T value) {
  if (std::find(to.begin(), to.end(), value) == to.end()) to.push_back(value);
}

// `ftruncate(46, 55707) = 46` of a call that was killed: one register takes the first argument and
// the result, as on ARM and others, but not on x86, where the number's register takes it.
bool repeats_first_argument(std::string_view text) {
  const std::size_t open = text.find('('), equals = text.rfind(" = ");
  if (open == std::string_view::npos || equals == std::string_view::npos || equals < open)
    return false;
  const std::string_view args = text.substr(open + 1);
  const std::string_view first = args.substr(0, args.find_first_of(",<)"));
  const std::string_view result = trim(text.substr(equals + 3));
  return first.size() > 1 && first == result &&
         first.find_first_not_of("0123456789") == std::string_view::npos;
}

std::vector<ArchEvidence> evidence_by_input(const ledger::Ledger& ledger, std::size_t inputs) {
  std::vector<ArchEvidence> out(inputs);
  for (const ledger::Observation& each : ledger.observations()) {
    const model::SyscallRef& call = each.key().syscall;
    const ledger::Seen first = each.examples().front();
    ArchEvidence& own = out[std::min<std::size_t>(first.origin.input, inputs - 1)];
    if (call.arch != Arch::Unknown)
      add_once(own.named, call.arch);
    else if (call.name != kernel::kNoName)
      add_once(own.names, call.name);
    own.repeats_argument =
        own.repeats_argument ||
        (each.key().outcome.kind == model::Outcome::Kind::Denied &&
         each.key().certainty == model::Certainty::Inferred && repeats_first_argument(first.text));
  }
  return out;
}

// The machine of all the architectures that lines name; Unknown where they are several machines'.
Arch machine_of(const std::vector<Arch>& named) {
  Arch found = Arch::Unknown;
  for (const Arch arch : named) {
    const Arch parent = kernel::info(arch).parent;
    if (found != Arch::Unknown && found != parent) return Arch::Unknown;
    found = parent;
  }
  return found;
}

bool has_all(Arch arch, const std::vector<kernel::NameId>& names) {
  return std::all_of(names.begin(), names.end(), [&](kernel::NameId name) {
    return kernel::number_of(name, arch).has_value();
  });
}

// No 64-bit architecture has all the calls: which others could it be?
ArchChoice narrow_choice(const std::vector<kernel::NameId>& names) {
  const std::vector<Arch> narrow = kernel::all_archs_that_fit(names, kernel::Width::Bits32);
  if (narrow.empty())
    return {Arch::Unknown, "no architecture has all the calls seen; --arch NAME sets it", true};
  if (narrow.size() == 1) return {narrow.front(), "it alone has all the calls seen", false};
  constexpr std::size_t kMost = 4;
  std::string words;
  for (std::size_t i = 0; i < narrow.size() && i < kMost; ++i)
    words += fmt::format("{}{}", i == 0 ? "" : ", ", kernel::name(narrow[i]));
  return {Arch::Unknown,
          fmt::format("32-bit: {}{}, as no 64-bit architecture has all the calls seen; --arch NAME "
                      "sets it",
                      words, narrow.size() > kMost ? ", …" : ""),
          true};
}

ArchChoice choose_arch(const ArchEvidence& own, const profile::Profile* profile) {
  if (const Arch machine = machine_of(own.named); machine != Arch::Unknown)
    return {machine, "as the lines of this log that name an architecture say", false};
  std::vector<Arch> possible;
  std::copy_if(std::begin(kNatives), std::end(kNatives), std::back_inserter(possible),
               [&](Arch arch) { return has_all(arch, own.names); });
  if (own.repeats_argument) std::erase_if(possible, [](Arch arch) { return arch == Arch::X86_64; });
  if (profile != nullptr && profile->architectures && !profile->architectures->empty()) {
    const Arch native = kernel::info(profile->architectures->front()).parent;
    if (std::find(possible.begin(), possible.end(), native) != possible.end())
      return {native, "as the profile's architectures say", true};
  }
  if (possible.empty()) return narrow_choice(own.names);
  if (possible.size() == 1) return {possible.front(), "it alone has all the calls seen", false};
  if (own.repeats_argument)
    return {possible.front(),
            "assumed, as the killed call shows its first argument as its result, which x86 never "
            "does; --arch NAME sets another",
            true};
  return {possible.front(), "assumed, as the log does not say; --arch NAME sets another", true};
}

}  // namespace

std::vector<ArchChoice> resolve_archs(const ledger::Ledger& ledger, std::size_t inputs, Arch wanted,
                                      const profile::Profile* profile) {
  const std::size_t count = std::max<std::size_t>(inputs, 1);
  if (wanted != Arch::Unknown)
    return std::vector<ArchChoice>(count, ArchChoice{wanted, "as --arch says", false});
  std::vector<ArchChoice> out;
  for (const ArchEvidence& own : evidence_by_input(ledger, count))
    out.push_back(choose_arch(own, profile));
  return out;
}

}  // namespace medic::diagnose
