#include "repair/runtime_start.h"

#include "kernel/syscalls.h"
#include "policy/runtime_needs.h"

namespace medic::repair {
namespace {

// The machine's architecture: a profile names the native one first.
profile::Context context_for(const profile::Profile& profile, const Options& options) {
  profile::Context out = options.context;
  if (out.arch == kernel::Arch::Unknown && profile.architectures && !profile.architectures->empty())
    out.arch = kernel::info(profile.architectures->front()).parent;
  if (out.arch == kernel::Arch::Unknown) out.arch = kernel::Arch::X86_64;
  return out;
}

}  // namespace

std::vector<std::string> cannot_start(const profile::Profile& profile, const Options& options) {
  if (options.start == Options::Start::Assumed || profile.own_tool) return {};
  const diagnose::ProfileInUse in_use(profile, options.context);
  const profile::Context context = context_for(profile, options);
  const profile::Evaluator* evaluator = in_use.on(context.arch);
  if (evaluator == nullptr) return {};
  profile::RuntimeLack lack = profile::runtime_lack(*evaluator, context);
  std::vector<std::string> out = std::move(lack.always);
  if (!options.no_new_privs) out.insert(out.end(), lack.unless_nnp.begin(), lack.unless_nnp.end());
  return out;
}

std::set<std::string> add_runtime_needs(const profile::Profile& profile, const Options& options,
                                        std::vector<PermissionRequest>& requests) {
  std::set<std::string> out;
  if (options.start != Options::Start::Added) return out;
  const kernel::Arch arch = context_for(profile, options).arch;
  for (const std::string& name : cannot_start(profile, options)) {
    PermissionRequest request;
    request.syscall.arch = arch;
    request.syscall.name = kernel::find_name(name);
    request.syscall.number = *kernel::number_of(request.syscall.name, arch);
    request.syscall.has_number = true;
    request.was_denied = false;
    requests.push_back(std::move(request));
    out.insert(name);
  }
  return out;
}

}  // namespace medic::repair
