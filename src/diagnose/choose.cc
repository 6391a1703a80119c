#include "diagnose/choose.h"

#include <algorithm>

#include "base/text.h"

namespace medic::diagnose {
namespace {

bool is_chosen(const Finding& finding, const Choice& choice) {
  if (!choice.layers.empty() &&
      std::find(choice.layers.begin(), choice.layers.end(), finding.layer) == choice.layers.end())
    return false;
  if (finding.risk.level < choice.risk) return false;
  if (finding.certainty > choice.certainty) return false;  // Stated is the least
  const std::string call = call_name(finding.syscall);
  return choice.calls.empty() ||
         std::any_of(choice.calls.begin(), choice.calls.end(),
                     [&](const std::string& glob) { return glob_match(glob, call); });
}

// The value among the first few of an enumeration whose name is `text`.
template <class Value, class Name>
std::optional<Value> named(std::string_view text, Value last, Name name) {
  for (int i = 0; i <= static_cast<int>(last); ++i) {
    if (name(static_cast<Value>(i)) == text) return static_cast<Value>(i);
  }
  return std::nullopt;
}

}  // namespace

bool Choice::is_all() const {
  return layers.empty() && risk == kernel::RiskLevel::Low &&
         certainty == model::Certainty::Suspected && calls.empty();
}

std::optional<Layer> layer_from_text(std::string_view text) {
  return named(text, Layer::Unknown, [](Layer each) { return json_name(each); });
}

std::optional<kernel::RiskLevel> risk_from_text(std::string_view text) {
  return named(text, kernel::RiskLevel::High,
               [](kernel::RiskLevel each) { return kernel::name(each); });
}

std::optional<model::Certainty> certainty_from_text(std::string_view text) {
  for (const model::Certainty each :
       {model::Certainty::Suspected, model::Certainty::Inferred, model::Certainty::Stated}) {
    if (model::name(each) == text) return each;
  }
  return std::nullopt;
}

void choose(Diagnosis& diagnosis, const Choice& choice) {
  if (choice.is_all()) return;
  const auto kept =
      std::stable_partition(diagnosis.findings.begin(), diagnosis.findings.end(),
                            [&](const Finding& finding) { return is_chosen(finding, choice); });
  for (auto each = kept; each != diagnosis.findings.end(); ++each) {
    ++diagnosis.left_out.findings;
    if (!each->denied) continue;
    ++diagnosis.left_out.denials;
    diagnosis.left_out.times += each->count;
  }
  diagnosis.findings.erase(kept, diagnosis.findings.end());
}

}  // namespace medic::diagnose
