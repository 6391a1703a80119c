// A conversion is proven by reading it back: what the two mean differently is reported as a loss,
// whatever the writer knew of it.
#include "convert/convert.h"

#include <fmt/format.h>

#include <map>
#include <tuple>

#include "convert/foreign.h"
#include "policy/comparison.h"

namespace medic::profile {
namespace {

using namespace formats;

// Differences that read alike but for the call.
struct Alike {
  std::vector<std::string> calls;
  std::string example;
};

std::string verdict_text(const Verdict& verdict) {
  if (verdict.decision == Decision::BadArch) return "killed as an unknown architecture";
  return text_of(effect_of(verdict));
}

std::string first_call(const Difference& difference) {
  const std::string_view name = kernel::known_name(difference.id);
  std::string out =
      name.empty() ? fmt::format("call {}", difference.example.id.number) : std::string(name);
  if (!difference.region.empty()) out += fmt::format(" where {}", difference.region);
  return out;
}

std::vector<std::string> losses_between(const Evaluator& before, const Evaluator& after) {
  std::map<std::tuple<Arch, std::string, std::string>, Alike> groups;
  for (const Difference& difference : diff(before, after)) {
    if (!difference.decided) {
      groups[{difference.id.arch, "its conditions", "something that could not be compared"}]
          .calls.push_back(first_call(difference));
      continue;
    }
    Alike& group =
        groups[{difference.id.arch, verdict_text(difference.a), verdict_text(difference.b)}];
    if (group.calls.empty()) group.example = first_call(difference);
    const std::string call = difference.region.empty()
                                 ? subject(difference)
                                 : fmt::format("{} with some arguments", subject(difference));
    if (group.calls.empty() || group.calls.back() != call) group.calls.push_back(call);
  }
  std::vector<std::string> out;
  for (const auto& [key, group] : groups) {
    const auto& [arch, from, to] = key;
    out.push_back(fmt::format("on {}, {} {}: {} becomes {}{}", kernel::name(arch),
                              few_of(group.calls), group.calls.size() == 1 ? "changes" : "change",
                              from, to,
                              group.example.find(" where ") == std::string::npos
                                  ? ""
                                  : fmt::format(" (as {})", group.example)));
  }
  return out;
}

// What the text means to whoever reads it.
Result<Evaluator> evaluator_of(const std::string& text, const Format& format,
                               const Context& context) {
  auto back = format.read({text, fmt::format("the {} output", format.name), context.arch});
  if (!back) return fail(std::move(back.error()));
  return Evaluator::make(back->profile, context_for(format, context));
}

}  // namespace

Result<Converted> convert(const Conversion& conversion, const Format& to) {
  const Flat& flat = conversion.evaluator.flat();
  if (flat.disabled)
    return fail(refusal("the profile has neither a default action nor rules: it asks for no filter",
                        "there is nothing to convert"));
  if (to.write == nullptr) return fail(refusal(fmt::format("{} can be read only", to.name)));
  auto out = to.write(conversion);
  if (!out || to.read == nullptr || !to.readable_losses) return out;
  auto back = evaluator_of(out->text, to, conversion.context);
  if (!back) {
    back.error().hint = "what was written could not be read back; nothing is handed out";
    return fail(std::move(back.error()));
  }
  for (std::string& loss : losses_between(conversion.evaluator, *back))
    out->losses.push_back(std::move(loss));
  return out;
}

}  // namespace medic::profile
