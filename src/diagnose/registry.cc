#include "diagnose/rules.h"

namespace medic::diagnose {

void seccomp_records(const Case& c, std::vector<Finding>& findings);
void failed_calls(const Case& c, std::vector<Finding>& findings);
void abends(const Case& c, std::vector<Finding>& findings);
void other_layers(const Case& c, std::vector<Finding>& findings);
void engine_errors(const Case& c, std::vector<Finding>& findings);

namespace {

constexpr RuleRow kRules[] = {
    {"seccomp-records", seccomp_records}, {"failed-calls", failed_calls},   {"abends", abends},
    {"other-layers", other_layers},       {"engine-errors", engine_errors},
};

}  // namespace

std::span<const RuleRow> all_rules() { return kRules; }

}  // namespace medic::diagnose
