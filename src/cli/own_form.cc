#include "cli/own_form.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "convert/systemd_sandbox.h"
#include "policy/comparison.h"

namespace medic::cli {
namespace {

Result<profile::Profile> repaired(const profile::Profile& old, const repair::Repair& made) {
  Problems ignored;
  auto out = profile::read_profile(made.text, old.path, ignored);
  if (out) out->own_tool = old.own_tool;
  return out;
}

// The values that an addition names, as far as its conditions name one each.
kernel::Args args_of(const repair::Added& added) {
  kernel::Args out;
  for (const profile::Condition& each : added.args) {
    if (each.op == profile::Op::Eq) out.set(each.index, each.value);
    if (each.op == profile::Op::MaskedEq) out.set(each.index, each.value & each.value_two);
  }
  return out;
}

// SystemCallFilter= lines of a drop-in add to an allow-list and take from a deny-list alike
// (systemd.exec(5)); other directives are lifted by lines of their own.
Result<OwnForm> drop_in(const profile::Profile& old, const repair::Repair& made,
                        kernel::Arch arch) {
  OwnForm out;
  std::set<std::string> names, by_argument, lines;
  for (const repair::Added& each : made.added) {
    if (each.syscall.empty()) continue;
    const auto fix =
        profile::unit_fix({old.source_text, old.path, arch}, each.syscall, args_of(each));
    if (!fix) return fail(fix.error());
    lines.insert(fix->lines.begin(), fix->lines.end());
    if (fix->by_list) (each.args.empty() ? names : by_argument).insert(each.syscall);
  }
  for (const std::string& name : names) by_argument.erase(name);
  if (!by_argument.empty())
    out.losses.push_back(
        fmt::format("systemd filters by name alone, so {} would be permitted with any argument and "
                    "{} left out; "
                    "--all-args permits the whole call",
                    fmt::join(by_argument, ", "), by_argument.size() == 1 ? "is" : "are"));
  if (!names.empty()) lines.insert(fmt::format("SystemCallFilter={}", fmt::join(names, " ")));
  if (lines.empty()) return out;
  out.text = fmt::format("[Service]\n{}\n", fmt::join(lines, "\n"));
  out.notes.push_back(
      fmt::format("a drop-in: write it to /etc/systemd/system/UNIT.d/50-seccomp.conf, then "
                  "systemctl daemon-reload"));
  return out;
}

// The unit together with its drop-in must mean what the repair means.
Result<std::vector<std::string>> compare(const profile::Profile& old, const OwnForm& form,
                                         const profile::Profile& wanted,
                                         const profile::Context& context) {
  const auto read = profile::find_format("systemd")->read(
      {old.source_text + "\n" + form.text, old.path, context.arch});
  if (!read) return fail(read.error());
  profile::Context own = context;
  own.runtime = profile::Runtime::None;
  const auto got = profile::Evaluator::make(read->profile, own),
             asked = profile::Evaluator::make(wanted, own);
  if (!got) return fail(got.error());
  if (!asked) return fail(asked.error());
  std::vector<std::string> out;
  for (const profile::Difference& each : profile::diff(*asked, *got)) {
    if (out.size() < 5)
      out.push_back("the unit with its drop-in differs: " + profile::describe(each));
  }
  return out;
}

}  // namespace

Result<std::optional<OwnForm>> in_own_form(const profile::Profile& old, const repair::Repair& made,
                                           const profile::Context& context) {
  const profile::Format* format = profile::find_format(old.read_as);
  if (format == nullptr || format->write == nullptr || format->read == nullptr) return std::nullopt;
  auto after = repaired(old, made);
  if (!after) return fail(std::move(after.error()));
  if (format->name == "systemd") {
    auto out = drop_in(old, made, context.arch);
    if (!out) return fail(std::move(out.error()));
    if (!out->losses.empty()) return std::optional(std::move(*out));
    auto differences = compare(old, *out, *after, context);
    if (!differences) return fail(std::move(differences.error()));
    out->losses = std::move(*differences);
    return std::optional(std::move(*out));
  }
  const profile::Context own = profile::context_for(*format, context);
  const auto evaluator = profile::Evaluator::make(*after, own);
  if (!evaluator) return fail(evaluator.error());
  auto converted =
      profile::convert({*after, *evaluator, own, "repaired", profile::Unsayable::Deny}, *format);
  if (!converted) return fail(std::move(converted.error()));
  return std::optional(OwnForm{std::move(converted->text), {}, std::move(converted->losses)});
}

}  // namespace medic::cli
