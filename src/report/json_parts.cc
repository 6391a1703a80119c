#include "report/json_parts.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/escape_json.h"
#include "kernel/errno.h"
#include "kernel/params.h"

namespace medic::report {

using Json = nlohmann::ordered_json;

Json verdict_json(const profile::Verdict& verdict, kernel::Arch arch) {
  const bool has_errno = verdict.action == kernel::Action::Errno;
  return {
      {"action", kernel::json_name(verdict.action)},
      {"errno", has_errno ? Json(kernel::errno_text(verdict.errno_value, arch)) : Json(nullptr)},
      {"errno_number", has_errno ? Json(verdict.errno_value) : Json(nullptr)},
      {"decision", profile::json_name(verdict.decision)},
      {"rule", verdict.rule ? Json(*verdict.rule) : Json(nullptr)},
      {"line", verdict.line != 0 ? Json(verdict.line) : Json(nullptr)},
      {"why", verdict.why}};
}

std::string dump(const Json& json) {
  return escape_json(json.dump(2, ' ', false, Json::error_handler_t::replace)) + "\n";
}

std::string example_text(const kernel::Call& call) {
  const kernel::NameId name = kernel::name_at(call.id);
  const kernel::Params params =
      name == kernel::kNoName ? kernel::Params{} : kernel::params_of(name, call.id.arch);
  unsigned count = params.known ? params.count : 0;
  for (unsigned i = count; i < kernel::kArgCount; ++i) {
    if (call.args.value[i] != 0) count = i + 1;
  }
  std::string out = name == kernel::kNoName ? fmt::format("{}", call.id.number)
                                            : std::string(kernel::name_of(name));
  for (unsigned i = 0; i < count; ++i)
    out += fmt::format("{}{}", i == 0 ? "(" : ", ",
                       call.args.value[i] < 0x10000 ? fmt::format("{}", call.args.value[i])
                                                    : fmt::format("{:#x}", call.args.value[i]));
  return count == 0 ? out : out + ")";
}

std::string dump_line(const Json& json) {
  return escape_json(json.dump(-1, ' ', false, Json::error_handler_t::replace)) + "\n";
}

}  // namespace medic::report
