#include "policy/runtime_needs.h"

#include <algorithm>

#include "kernel/runtime_calls.h"

namespace medic::profile {
namespace {

bool is_denied(const Evaluator& evaluator, const Context& context, std::string_view name) {
  const kernel::NameId id = kernel::find_name(name);
  const auto number = id == kernel::kNoName ? std::nullopt : kernel::number_of(id, context.arch);
  if (!number) return false;
  const Verdict verdict = evaluator.evaluate({{context.arch, *number}, {}});
  return !kernel::lets_run(verdict.action) && verdict.decision != Decision::Depends;
}

}  // namespace

RuntimeLack runtime_lack(const Evaluator& evaluator, const Context& context) {
  RuntimeLack out;
  if (context.runtime == Runtime::None || evaluator.flat().disabled) return out;
  const auto runtime =
      context.runtime == Runtime::Runc ? kernel::OciRuntime::Runc : kernel::OciRuntime::Crun;
  for (const std::string_view name : kernel::runtime_calls(runtime, kernel::NoNewPrivs::Set).must) {
    if (is_denied(evaluator, context, name)) out.always.emplace_back(name);
  }
  for (const std::string_view name :
       kernel::runtime_calls(runtime, kernel::NoNewPrivs::Unset).must) {
    const bool known = std::find(out.always.begin(), out.always.end(), name) != out.always.end();
    if (!known && is_denied(evaluator, context, name)) out.unless_nnp.emplace_back(name);
  }
  return out;
}

}  // namespace medic::profile
