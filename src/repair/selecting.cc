#include "repair/selecting.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "kernel/constants.h"

namespace medic::repair {
namespace {

std::string value_name(const ArgumentChoice& row, const std::string& syscall, std::uint64_t value,
                       kernel::Arch arch) {
  if (row.mask != 0 && row.mask != ~0ULL && value == 0) return "none";
  std::string name = kernel::constant_name(kernel::find_name(syscall), row.index, value, arch);
  return name.empty() ? fmt::format("{:#x}", value) : name;
}

}  // namespace

Narrowed narrowed(const ArgumentChoice& row, const std::string& syscall,
                  const std::map<std::uint64_t, std::uint64_t>& counts,
                  const std::set<std::uint64_t>& permitted, kernel::Arch arch) {
  Narrowed out;
  out.syscall = syscall;
  out.index = row.index;
  out.known = row.known;
  out.why = std::string(row.danger);
  for (const auto& [value, count] : counts) {
    out.seen.push_back(value_name(row, syscall, value, arch));
    if (count == 1) out.once.push_back(out.seen.back());
  }
  for (const std::uint64_t value : permitted) {
    if (!counts.contains(value)) out.added.push_back(value_name(row, syscall, value, arch));
  }
  return out;
}

std::vector<std::string> narrowed_notes(const std::vector<Narrowed>& all) {
  std::vector<std::string> out;
  if (all.empty()) return out;
  std::uint64_t closed = 0;
  std::string calls, once;
  for (const Narrowed& each : all) {
    closed += each.closed();
    calls += fmt::format("{}{} {} of {}", calls.empty() ? "" : ", ", each.syscall,
                         each.seen.size() + each.added.size(), each.known);
    if (!each.once.empty())
      once += fmt::format("{}{} {}", once.empty() ? "" : "; ", each.syscall,
                          fmt::join(each.once, ", "));
  }
  out.push_back(fmt::format("{} (call, value) pairs are closed; values that stay permitted: {}.",
                            closed, calls));
  if (!once.empty())
    out.push_back(fmt::format(
        "Seen once only, so that another run may well want a value that is closed: {}.", once));
  return out;
}

}  // namespace medic::repair
