// See profile_diff.h.
#include "policy/comparison.h"

#include <algorithm>
#include <fmt/format.h>
#include <map>

#include "kernel/errno.h"
#include "kernel/params.h"
#include "kernel/multiplexer.h"

namespace medic::profile {
namespace {

using kernel::Action;

bool has_errno(const Verdict& verdict) {
  return verdict.action == Action::Errno || verdict.action == Action::Trace;
}

// How far a call gets: run, perhaps (somebody else decides), or not.
int freedom(const Verdict& verdict) {
  if (kernel::lets_run(verdict.action)) return 2;
  return verdict.action == Action::Trace || verdict.action == Action::Notify ? 1 : 0;
}

Direction direction_of(const Verdict& a, const Verdict& b) {
  const bool before = kernel::lets_run(a.action), after = kernel::lets_run(b.action);
  if (before != after) return after ? Direction::NewlyPermitted : Direction::NewlyDenied;
  if (a.action == Action::Errno && b.action == Action::Errno) return Direction::ErrnoChange;
  return Direction::ActionChange;
}

Condition equals(std::uint32_t index, std::uint64_t value) { return {index, Op::Eq, value, 0, {}}; }

// What one rule asks of this call. Nothing when the rule is not about it.
std::optional<std::vector<Condition>> asked(const FlatRule& rule, kernel::SyscallId id,
                                            kernel::NameId name) {
  std::optional<std::vector<Condition>> out;
  for (const kernel::NameId ruled : rule.names) {
    if (ruled == name) {
      out = out.value_or(std::vector<Condition>{});
      out->insert(out->end(), rule.args.begin(), rule.args.end());
    }
    const auto muxed = kernel::multiplexed_as(id.arch, ruled);
    if (!muxed || muxed->by != name) continue;
    // libseccomp overwrites the first argument's condition with the call number and keeps the
    // others.
    out = out.value_or(std::vector<Condition>{});
    out->push_back(equals(0, muxed->call));
    std::copy_if(rule.args.begin(), rule.args.end(), std::back_inserter(*out),
                 [](const Condition& c) { return c.index != 0; });
  }
  return out;
}

// Compares one call's verdicts region by region.
class CallDiff {
 public:
  CallDiff(const Evaluator& a, const Evaluator& b, kernel::SyscallId id) : a_(a), b_(b), id_(id) {}

  std::vector<Difference> run() const {
    const Flat* flats[] = {&a_.flat(), &b_.flat()};
    const Looked looked = looked_at(flats, id_);
    const auto partition = Partition::make(
        looked.conditions, static_cast<unsigned>(kernel::info(id_.arch).bits), looked.grain);
    if (!partition) return {undecided()};
    std::map<Key, std::vector<std::size_t>> kinds;
    for (std::size_t region = 0; region < partition->size(); ++region) {
      const kernel::Call call{id_, partition->example(region)};
      const Verdict before = a_.evaluate(call), after = b_.evaluate(call);
      if (!same_effect(before, after)) kinds[{effect(before), effect(after)}].push_back(region);
    }
    std::vector<Difference> out;
    for (const auto& [key, regions] : kinds) {
      for (const Partition::Box& box : partition->boxes(regions)) {
        Difference found = at(kernel::Call{id_, partition->example(partition->region_of(box))});
        found.region = partition->describe(box);
        out.push_back(std::move(found));
      }
    }
    return out;
  }

 private:
  using Effect = std::pair<Action, int>;
  using Key = std::pair<Effect, Effect>;
  static Effect effect(const Verdict& verdict) {
    return {verdict.action, has_errno(verdict) ? verdict.errno_value : 0};
  }

  Difference at(const kernel::Call& call) const {
    Difference out;
    out.id = id_;
    out.example = call;
    out.a = a_.evaluate(call);
    out.b = b_.evaluate(call);
    out.direction = direction_of(out.a, out.b);
    return out;
  }

  Difference undecided() const {
    kernel::Call call{id_, {}};
    call.args.known = (1u << kernel::kArgCount) - 1;
    Difference out = at(call);
    out.decided = false;
    return out;
  }

  const Evaluator& a_;
  const Evaluator& b_;
  kernel::SyscallId id_;
};

// Numbers without a name in a row, all changing in the same way.
bool continues(const Difference& last, const Difference& next) {
  const auto nameless = [](const Difference& d) {
    return kernel::name_at(d.id) == kernel::kNoName;
  };
  return last.id.arch == next.id.arch && nameless(last) && nameless(next) && last.region.empty() &&
         next.region.empty() && last.decided &&
         last.last_number.value_or(last.id.number) + 1 == next.id.number &&
         same_effect(last.a, next.a) && same_effect(last.b, next.b);
}

std::string effect_text(const Verdict& verdict, kernel::Arch arch) {
  std::string out(kernel::json_name(verdict.action));
  if (verdict.action == Action::Errno) out += " " + kernel::errno_text(verdict.errno_value, arch);
  if (verdict.action == Action::Trace) out += fmt::format(" {}", verdict.errno_value);
  return out;
}

std::string call_text(const kernel::Call& call) {
  const kernel::NameId name = kernel::name_at(call.id);
  const kernel::Params params =
      name == kernel::kNoName ? kernel::Params{} : kernel::params_of(name, call.id.arch);
  unsigned count = params.known ? params.count : kernel::kArgCount;
  for (unsigned i = count; i < kernel::kArgCount; ++i) {
    if (call.args.value[i] != 0) count = i + 1;
  }
  std::vector<std::string> args;
  for (unsigned i = 0; i < count; ++i)
    args.push_back(call.args.value[i] < 0x10000 ? fmt::format("{}", call.args.value[i])
                                                : fmt::format("0x{:x}", call.args.value[i]));
  return fmt::format("{}({})",
                     name == kernel::kNoName ? fmt::format("syscall {}", call.id.number)
                                             : std::string(kernel::name_of(name)),
                     fmt::join(args, ", "));
}

}  // namespace

std::string_view json_name(Direction direction) {
  switch (direction) {
    case Direction::NewlyPermitted: return "newly-permitted";
    case Direction::NewlyDenied: return "newly-denied";
    case Direction::ErrnoChange: return "errno-change";
    case Direction::ActionChange: return "action-change";
  }
  return {};
}

bool same_effect(const Verdict& a, const Verdict& b) {
  return a.action == b.action && (!has_errno(a) || a.errno_value == b.errno_value);
}

Looked looked_at(std::span<const Flat* const> flats, kernel::SyscallId id) {
  Looked out;
  const kernel::NameId name = kernel::name_at(id);
  if (name == kernel::kNoName) return out;
  for (const Flat* flat : flats) {
    std::optional<std::pair<Action, std::uint32_t>> first;
    for (const FlatRule& rule : flat->rules) {
      const auto conditions = asked(rule, id, name);
      if (!conditions) continue;
      // Rules of different actions: libseccomp's program decides.
      const std::pair<Action, std::uint32_t> effect{rule.action, rule.errno_value};
      if (first && *first != effect) out.grain = Grain::Program;
      first = effect;
      out.conditions.insert(out.conditions.end(), conditions->begin(), conditions->end());
    }
  }
  return out;
}

std::vector<kernel::SyscallId> all_calls(std::span<const Flat* const> flats) {
  std::vector<kernel::Arch> archs;
  for (const Flat* flat : flats) {
    for (const kernel::Arch arch : flat->archs) {
      if (std::find(archs.begin(), archs.end(), arch) == archs.end()) archs.push_back(arch);
    }
  }
  std::vector<kernel::SyscallId> out;
  for (const kernel::Arch arch : archs) {
    const auto table = kernel::table(arch);
    std::int32_t next = table.front().number;
    if (next > 0 && next < kernel::kX32Bit) out.push_back({arch, next - 1});
    for (const kernel::TableRow& row : table) {
      // A hole within the table; those as wide as ARM's private range are looked at from both ends.
      if (row.number - next > 4096) {
        out.push_back({arch, next});
        next = row.number - 1;
      }
      for (; next <= row.number; ++next) out.push_back({arch, next});
    }
    out.push_back({arch, next + 4096});
  }
  return out;
}

std::vector<Difference> diff(const Evaluator& a, const Evaluator& b) {
  const Flat* flats[] = {&a.flat(), &b.flat()};
  std::vector<Difference> out;
  for (const kernel::SyscallId id : all_calls(flats)) {
    for (Difference& found : CallDiff(a, b, id).run()) {
      if (!out.empty() && continues(out.back(), found)) {
        out.back().last_number = found.id.number;
      } else {
        out.push_back(std::move(found));
      }
    }
  }
  return out;
}

std::vector<Difference> all_looser(const Evaluator& profile, const Evaluator& base) {
  std::vector<Difference> out = diff(base, profile);
  std::erase_if(out, [](const Difference& each) {
    return each.decided && freedom(each.b) <= freedom(each.a);
  });
  return out;
}

std::optional<Difference> looser_than(const Evaluator& profile, const Evaluator& base) {
  std::vector<Difference> all = all_looser(profile, base);
  if (all.empty()) return std::nullopt;
  return std::move(all.front());
}

std::string subject(const Difference& difference) {
  const kernel::NameId name = kernel::name_at(difference.id);
  if (name != kernel::kNoName) return std::string(kernel::name_of(name));
  if (difference.last_number)
    return fmt::format("syscalls {} to {}", difference.id.number, *difference.last_number);
  return fmt::format("syscall {}", difference.id.number);
}

std::string describe(const Difference& difference) {
  const std::string where = difference.region.empty() ? "" : " where " + difference.region;
  if (!difference.decided)
    return fmt::format("{} on {}: too many regions of arguments to decide", subject(difference),
                       kernel::name(difference.id.arch));
  return fmt::format("{}{} on {}: {} → {}, as {} shows", subject(difference), where,
                     kernel::name(difference.id.arch),
                     effect_text(difference.a, difference.id.arch),
                     effect_text(difference.b, difference.id.arch), call_text(difference.example));
}

}  // namespace medic::profile
