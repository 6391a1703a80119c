#include "repair/prove.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "kernel/errno.h"
#include "repair/runtime_start.h"

namespace medic::repair {
namespace {

using kernel::Action;

bool same_conditions(const std::vector<profile::Condition>& a,
                     const std::vector<profile::Condition>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const auto& x, const auto& y) {
    return x.index == y.index && x.op == y.op && x.value == y.value && x.value_two == y.value_two;
  });
}

// The line of the new text on which an addition stands, for people who review it.
void find_lines(const profile::Profile& after, std::vector<Added>& added) {
  for (Added& each : added) {
    for (const profile::Rule& rule : after.rules) {
      if (rule.action != Action::Allow || !same_conditions(rule.args, each.args)) continue;
      for (const profile::Name& name : rule.names) {
        if (name.text == each.syscall) each.line = name.place.line;
      }
    }
  }
}

void note_kept(const std::set<std::string>& kept, Repair& out) {
  for (const std::string& flip : out.verification.nameless_flips)
    out.notes.push_back(
        fmt::format("Numbers that are no calls are answered otherwise too: {}.", flip));
  if (kept.empty()) return;
  out.notes.push_back(
      fmt::format("Naming a newer call would have turned runc's ENOSYS into another answer for {} "
                  "older calls ({}); a rule keeps "
                  "them at ENOSYS, so that libc falls back.",
                  kept.size(), fmt::join(kept, ", ")));
  if (out.verification.also_enosys.empty()) return;
  std::vector<std::string_view> archs;
  for (const kernel::Arch arch : out.verification.also_enosys) archs.push_back(kernel::name(arch));
  out.notes.push_back(
      fmt::format("On {}, where runc answers no ENOSYS by itself, that rule makes them ENOSYS too: "
                  "a rule cannot be for one "
                  "architecture alone.",
                  fmt::join(archs, " and ")));
}

}  // namespace

std::optional<std::size_t> plain_allow_rule(const profile::Profile& profile,
                                            const std::set<std::size_t>& without) {
  std::optional<std::size_t> best;
  for (std::size_t i = 0; i < profile.rules.size(); ++i) {
    const profile::Rule& rule = profile.rules[i];
    const bool plain = rule.action == Action::Allow && rule.args.empty() && rule.includes.empty() &&
                       rule.excludes.empty() && !rule.names.empty();
    if (plain && !without.contains(i) &&
        (!best || rule.names.size() > profile.rules[*best].names.size()))
      best = i;
  }
  return best;
}

Result<Repair> apply_and_prove(const profile::Profile& profile,
                               const std::vector<PermissionRequest>& requests,
                               const std::vector<PermissionRequest>& observed,
                               const Options& options, Repair out) {
  std::set<std::string> kept = options.answer_enosys, raised;
  for (int round = 0;; ++round) {
    auto text = profile::apply(profile, out.edits);
    if (!text) return fail(std::move(text.error()));
    out.text = std::move(*text);
    Problems ignored;
    auto after = profile::read_profile(out.text, profile.path, ignored);
    if (!after) return fail(std::move(after.error()));
    after->own_tool = profile.own_tool;
    find_lines(*after, out.added);
    out.cannot_start = cannot_start(*after, options);
    out.verification = verify(&profile, *after, {requests, observed, out.added, kept}, options);
    if (out.verification.lost_enosys.empty() || round > 0) break;
    raised = out.verification.lost_enosys;
    kept.insert(raised.begin(), raised.end());
    out.edits.emplace_back(profile::AddRule{
        {{raised.begin(), raised.end()}, Action::Errno, kernel::kENOSYS, {}, {}, {}, ""}, {}});
  }
  note_kept(raised, out);
  if (!out.cannot_start.empty()) {
    out.notes.push_back(fmt::format(
        "No container can start under it{}: {} itself makes {} behind the filter, and they stay "
        "denied. --runtime-calls permits them "
        "too.",
        options.no_new_privs ? "" : " (with no_new_privs, perhaps; --runtime none does not ask)",
        profile::name(options.context.runtime), fmt::join(out.cannot_start, ", ")));
  }
  return out;
}

}  // namespace medic::repair
