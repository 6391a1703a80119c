// What the JSON documents of several commands share.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "policy/evaluate.h"

namespace medic::report {

// action, errno, errno_number, decision, rule, line, why: as `eval` answers them.
nlohmann::ordered_json verdict_json(const profile::Verdict& verdict, kernel::Arch arch);
// Bytes that are no UTF-8 are replaced. Ends in a newline.
std::string dump(const nlohmann::ordered_json& json);
// The same on one line.
std::string dump_line(const nlohmann::ordered_json& json);
// "socket(40, 0, 0)": as `eval` takes it, with as many arguments as the call has.
std::string example_text(const kernel::Call& call);

}  // namespace medic::report
