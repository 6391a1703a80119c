// Verbs for tests of verdicts: a profile as text, a call as "arch name args", an answer as a short
// line.
#pragma once

#include <doctest/doctest.h>

#include <sstream>
#include <string>

#include "libseccomp/judge.h"
#include "base/text.h"
#include "kernel/errno.h"
#include "policy/evaluate.h"

namespace medic::profile::test {

inline Profile read(const std::string& text) {
  Problems notes;
  auto profile = read_profile(text, "p.json", notes);
  REQUIRE_MESSAGE(profile.has_value(), (profile ? "" : profile.error().text + ": " + text));
  return *profile;
}

// A Docker-style profile of rules written as R"({"names":[…],…})", one a line, from line 2 on.
inline std::string deny_all_but(const std::string& rules,
                                const std::string& top = R"("defaultAction":"SCMP_ACT_ERRNO")") {
  return "{" + top + ",\"syscalls\":[\n" + rules + "\n]}";
}

inline Context on(kernel::Arch arch, Runtime runtime = Runtime::None) {
  Context context;
  context.judge = &installed_libseccomp();
  context.arch = arch;
  context.runtime = runtime;
  return context;
}

// "x86_64 socket 1 ? 0x3": name or number, then arguments; ? is unknown, missing ones are unknown
// too.
inline kernel::Call call(const std::string& text) {
  std::istringstream words(text);
  std::string arch, name, arg;
  words >> arch >> name;
  kernel::Call out;
  out.id.arch = kernel::arch_from_any(arch).value_or(kernel::Arch::Unknown);
  const auto known = kernel::number_of(kernel::find_name(name), out.id.arch);
  const auto number = known ? std::optional<std::int64_t>(*known) : parse_signed(name);
  REQUIRE_MESSAGE(number.has_value(), text);
  out.id.number = static_cast<std::int32_t>(*number);
  for (unsigned i = 0; words >> arg; ++i) {
    if (arg != "?") out.args.set(i, parse_number(arg).value());
  }
  return out;
}

// "deny errno EPERM @2": decision, action, errno where there is one, and the line of the rule where
// one decides.
inline std::string brief(const Verdict& verdict) {
  std::string out = std::string(json_name(verdict.decision)) + " " +
                    std::string(kernel::json_name(verdict.action));
  if (verdict.action == kernel::Action::Errno) out += " " + kernel::errno_text(verdict.errno_value);
  if (verdict.action == kernel::Action::Trace) out += " " + std::to_string(verdict.errno_value);
  if (verdict.rule) out += " @" + std::to_string(verdict.line);
  if (verdict.depends_on != 0) out += " ?" + std::to_string(verdict.depends_on);
  for (const std::string& caps : verdict.missing_caps) out += " " + caps;
  return out;
}

inline std::string verdict(const std::string& profile, const Context& context,
                           const std::string& text) {
  const auto evaluator = Evaluator::make(read(profile), context);
  if (!evaluator)
    return "refused: " + std::to_string(evaluator.error().line) + " " + evaluator.error().text;
  return brief(evaluator->evaluate(call(text)));
}

}  // namespace medic::profile::test
