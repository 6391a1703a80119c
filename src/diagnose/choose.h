// Which findings the reader asks for, and what that leaves out.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "diagnose/finding.h"

namespace medic::diagnose {

// What a finding has to be. Empty members ask for nothing.
struct Choice {
  std::vector<Layer> layers;                                 // one of these
  kernel::RiskLevel risk = kernel::RiskLevel::Low;           // this or a higher one
  model::Certainty certainty = model::Certainty::Suspected;  // this or a surer one
  std::vector<std::string> calls;  // the call's name matches one of these globs
  bool is_all() const;
};

std::optional<Layer> layer_from_text(std::string_view text);
std::optional<kernel::RiskLevel> risk_from_text(std::string_view text);
std::optional<model::Certainty> certainty_from_text(std::string_view text);

// Drops the findings that are not asked for, and counts them in `left_out`.
void choose(Diagnosis& diagnosis, const Choice& choice);

}  // namespace medic::diagnose
