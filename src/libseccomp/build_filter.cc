#include "libseccomp/build_filter.h"

#include <seccomp.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <memory>
#include <set>

#include "kernel/multiplexer.h"

namespace medic::profile {
namespace {

using Filter = std::unique_ptr<void, decltype(&seccomp_release)>;
using Failure = BuildOutcome::Failure;

scmp_compare comparison(Op op) {
  switch (op) {
    case Op::Ne: return SCMP_CMP_NE;
    case Op::Lt: return SCMP_CMP_LT;
    case Op::Le: return SCMP_CMP_LE;
    case Op::Eq: return SCMP_CMP_EQ;
    case Op::Ge: return SCMP_CMP_GE;
    case Op::Gt: return SCMP_CMP_GT;
    case Op::MaskedEq: return SCMP_CMP_MASKED_EQ;
  }
  return SCMP_CMP_EQ;
}

scmp_arg_cmp argument(const Condition& condition) {
  return {condition.index, comparison(condition.op), condition.value, condition.value_two};
}

std::uint32_t raw(kernel::Action action, std::uint32_t errno_value) {
  const bool carries = action == kernel::Action::Errno || action == kernel::Action::Trace;
  return kernel::raw_value(action) | (carries ? errno_value & kernel::kDataMask : 0);
}

// libseccomp's number for a name on its own machine, as runtimes pass it on. Some names share a
// pseudo number there (2.5.4: sys_debug_setcontext), which then stands for the other one on every
// other architecture: those count as unknown.
int resolve(kernel::NameId name) {
  const std::string text(kernel::name_of(name));
  const int number = seccomp_syscall_resolve_name(text.c_str());
  if (number >= 0 || number == __NR_SCMP_ERROR) return number;
  char* back = seccomp_syscall_resolve_num_arch(seccomp_arch_native(), number);
  const bool same = back != nullptr && text == back;
  std::free(back);
  return same ? number : __NR_SCMP_ERROR;
}

bool too_new_for_linked(const Flat& flat) {
  return std::any_of(flat.rules.begin(), flat.rules.end(), [](const FlatRule& rule) {
    return std::any_of(rule.names.begin(), rule.names.end(),
                       [](kernel::NameId name) { return resolve(name) == __NR_SCMP_ERROR; });
  });
}

// One filter under way: the flat profile's rules for one or all of its architectures.
class Build {
 public:
  Build(const Flat& flat, std::vector<kernel::Arch> archs)
      : flat_(flat), archs_(std::move(archs)), filter_(nullptr, &seccomp_release) {}

  Failure make() {
    filter_.reset(seccomp_init(raw(flat_.default_action, flat_.default_errno)));
    if (!filter_) return {BuildOutcome::Step::Init, 0, 0, 0};
    if (const Failure bad = set_architectures(); bad.step != BuildOutcome::Step::Done) return bad;
    // runc 1.2 and later; no effect on what the filter answers, but it is the program that runs.
    std::size_t names = 0;
    for (const FlatRule& rule : flat_.rules) names += rule.names.size();
    if (flat_.context.runtime == Runtime::Runc && names > 32)
      seccomp_attr_set(filter_.get(), SCMP_FLTATR_CTL_OPTIMIZE, 2);
    for (std::size_t rule = 0; rule < flat_.rules.size(); ++rule) {
      for (const kernel::NameId name : flat_.rules[rule].names) {
        const int code = add(flat_.rules[rule], name);
        if (code < 0) return {BuildOutcome::Step::Rule, code, rule, name};
      }
    }
    return {};
  }

  scmp_filter_ctx get() const { return filter_.get(); }
  void release() { (void)filter_.release(); }
  const std::set<kernel::SyscallId>& unproven() const { return unproven_; }

 private:
  // The linked library starts with its own machine's architecture; ours need not be among them.
  Failure set_architectures() {
    const std::uint32_t own = seccomp_arch_native();
    const bool keep = std::any_of(archs_.begin(), archs_.end(),
                                  [&](kernel::Arch arch) { return libseccomp_token(arch) == own; });
    if (!keep) seccomp_arch_remove(filter_.get(), own);
    for (const kernel::Arch arch : archs_) {
      if (libseccomp_token(arch) == own) continue;
      const int code = seccomp_arch_add(filter_.get(), libseccomp_token(arch));
      if (code < 0 && code != -EEXIST)
        return {BuildOutcome::Step::Architecture, code, static_cast<std::size_t>(arch), 0};
    }
    return {};
  }

  int add(const FlatRule& rule, kernel::NameId name) {
    int number = resolve(name);
    if (number == __NR_SCMP_ERROR) {
      // Unknown to the linked library: it still takes a bare number of its own architecture.
      const auto own = kernel::number_of(name, archs_.front());
      if (archs_.size() > 1 || libseccomp_token(archs_.front()) != seccomp_arch_native() || !own) {
        for (const kernel::Arch each : archs_) {
          if (const auto known = kernel::number_of(name, each)) unproven_.insert({each, *known});
        }
        return 0;
      }
      number = *own;
    }
    std::vector<scmp_arg_cmp> args;
    for (const Condition& condition : rule.args) args.push_back(argument(condition));
    return seccomp_rule_add_array(filter_.get(), raw(rule.action, rule.errno_value), number,
                                  static_cast<unsigned>(args.size()), args.data());
  }

  const Flat& flat_;
  std::vector<kernel::Arch> archs_;
  Filter filter_;
  std::set<kernel::SyscallId> unproven_;
};

}  // namespace

std::uint32_t libseccomp_token(kernel::Arch arch) {
  return seccomp_arch_resolve_name(std::string(kernel::name(arch)).c_str());
}

namespace {

// Numbers of the architecture's table that the linked library has under no such name there,
// ascending.
std::vector<std::int32_t> missing_numbers(kernel::Arch arch) {
  std::vector<std::int32_t> out;
  const std::uint32_t token = libseccomp_token(arch);
  for (const kernel::TableRow& row : kernel::table(arch)) {
    if (multiplexed_as(arch, row.name)) continue;  // a pseudo number there
    const std::string name(kernel::name_of(row.name));
    if (seccomp_syscall_resolve_name_arch(token, name.c_str()) != row.number)
      out.push_back(row.number);
  }
  return out;
}

}  // namespace

bool linked_library_has(kernel::SyscallId id) {
  static const auto missing = [] {
    std::array<std::vector<std::int32_t>, kernel::kArchCount> out;
    for (const kernel::ArchInfo& arch : kernel::all_archs()) {
      if (libseccomp_token(arch.arch) != 0)
        out[static_cast<std::size_t>(arch.arch)] = missing_numbers(arch.arch);
    }
    return out;
  }();
  if (id.arch == kernel::Arch::Unknown) return true;
  const auto& numbers = missing[static_cast<std::size_t>(id.arch)];
  return !std::binary_search(numbers.begin(), numbers.end(), id.number);
}

BuildOutcome build_filter(const Flat& flat, int fd) {
  // libseccomp asks the running kernel which actions it may use; a proof must not depend on the
  // machine it is made on.
  seccomp_api_set(6);
  BuildOutcome out;
  // Where every name is known, one filter, as the runtime builds it. Else one an architecture,
  // merged: each then takes what it can.
  std::vector<std::vector<kernel::Arch>> parts;
  if (too_new_for_linked(flat)) {
    for (const kernel::Arch arch : flat.archs) parts.push_back({arch});
  } else {
    parts.push_back(flat.archs);
  }
  std::unique_ptr<Build> whole;
  for (const auto& archs : parts) {
    auto part = std::make_unique<Build>(flat, archs);
    out.failure = part->make();
    if (out.failure.step != BuildOutcome::Step::Done) return out;
    out.unproven.insert(out.unproven.end(), part->unproven().begin(), part->unproven().end());
    if (!whole) {
      whole = std::move(part);
      continue;
    }
    const int code = seccomp_merge(whole->get(), part->get());
    if (code < 0) {
      out.failure = {BuildOutcome::Step::Merge, code, 0, 0};
      return out;
    }
    part->release();  // seccomp_merge took it
  }
  const int code = seccomp_export_bpf(whole->get(), fd);
  if (code < 0) out.failure = {BuildOutcome::Step::Export, code, 0, 0};
  return out;
}

}  // namespace medic::profile
