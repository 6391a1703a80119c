#include "profile/compile.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <set>

#include "profile/enosys_stub.h"

namespace medic::profile {
namespace {

using Filter = std::unique_ptr<void, decltype(&seccomp_release)>;

std::string engine_name() {
  const scmp_version* version = seccomp_version();
  return fmt::format("libseccomp {}.{}.{}", version->major, version->minor, version->micro);
}

// libseccomp asks the running kernel which actions it may use; a proof must not depend on the machine it is made on.
void allow_every_action() {
  [[maybe_unused]] static const int done = seccomp_api_set(6);
}

Problem problem(std::string text, std::string hint = {}) {
  Problem out;
  out.text = std::move(text);
  out.hint = std::move(hint);
  return out;
}

// libseccomp's token; 0 when the linked release has no such architecture.
std::uint32_t token(kernel::Arch arch) { return seccomp_arch_resolve_name(std::string(kernel::name(arch)).c_str()); }

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

scmp_arg_cmp argument(const Condition& condition) { return {condition.index, comparison(condition.op), condition.value, condition.value_two}; }

std::uint32_t raw(kernel::Action action, std::uint32_t errno_value) {
  const bool carries = action == kernel::Action::Errno || action == kernel::Action::Trace;
  return kernel::raw_value(action) | (carries ? errno_value & kernel::kDataMask : 0);
}

// One filter under way: the flat profile's rules for one or all of its architectures.
class Build {
 public:
  Build(const Flat& flat, std::vector<kernel::Arch> archs) : flat_(flat), archs_(std::move(archs)), filter_(nullptr, &seccomp_release) {}

  std::optional<Problem> make() {
    filter_.reset(seccomp_init(raw(flat_.default_action, flat_.default_errno)));
    if (!filter_) return problem(fmt::format("{} refuses the default action", engine_name()));
    if (auto bad = set_architectures()) return bad;
    // runc 1.2 and later; no effect on what the filter answers, but it is the program that runs.
    std::size_t names = 0;
    for (const FlatRule& rule : flat_.rules) names += rule.names.size();
    if (flat_.context.runtime == Runtime::Runc && names > 32) seccomp_attr_set(filter_.get(), SCMP_FLTATR_CTL_OPTIMIZE, 2);
    for (const FlatRule& rule : flat_.rules) {
      for (const kernel::NameId name : rule.names) {
        if (auto bad = add(rule, name)) return bad;
      }
    }
    return std::nullopt;
  }

  scmp_filter_ctx get() const { return filter_.get(); }
  scmp_filter_ctx release() { return filter_.release(); }
  const std::set<kernel::SyscallId>& unproven() const { return unproven_; }

 private:
  // The linked library starts with its own machine's architecture; ours need not be among them.
  std::optional<Problem> set_architectures() {
    const std::uint32_t own = seccomp_arch_native();
    const bool keep = std::any_of(archs_.begin(), archs_.end(), [&](kernel::Arch arch) { return token(arch) == own; });
    if (!keep) seccomp_arch_remove(filter_.get(), own);
    for (const kernel::Arch arch : archs_) {
      if (token(arch) == 0) return problem(fmt::format("{} cannot compile for {}", engine_name(), kernel::name(arch)));
      if (token(arch) == own) continue;
      const int code = seccomp_arch_add(filter_.get(), token(arch));
      if (code == -EDOM) return problem(fmt::format("{} has another byte order than {}", kernel::name(arch), kernel::name(archs_.front())), "list architectures of one byte order");
      if (code < 0 && code != -EEXIST) return problem(fmt::format("{} refuses the architecture {}", engine_name(), kernel::name(arch)));
    }
    return std::nullopt;
  }

  std::optional<Problem> add(const FlatRule& rule, kernel::NameId name) {
    int number = seccomp_syscall_resolve_name(std::string(kernel::name_of(name)).c_str());
    if (number == __NR_SCMP_ERROR) {
      // Too new for the linked library: it still takes a bare number of its own architecture.
      const kernel::Arch arch = archs_.front();
      const auto own = kernel::number_of(name, arch);
      if (archs_.size() > 1 || token(arch) != seccomp_arch_native() || !own) {
        for (const kernel::Arch each : archs_) {
          if (const auto known = kernel::number_of(name, each)) unproven_.insert({each, *known});
        }
        return std::nullopt;
      }
      number = *own;
    }
    std::vector<scmp_arg_cmp> args;
    for (const Condition& condition : rule.args) args.push_back(argument(condition));
    const int code = seccomp_rule_add_array(filter_.get(), raw(rule.action, rule.errno_value), number, static_cast<unsigned>(args.size()), args.data());
    if (code < 0) return refusal(rule, name, code);
    return std::nullopt;
  }

  Problem refusal(const FlatRule& rule, kernel::NameId name, int code) const {
    Problem out;
    out.file = flat_.path;
    out.line = rule.place.line;
    out.column = rule.place.column;
    if (code == -EEXIST) {
      out.text = fmt::format("the container would not start: another rule answers the same conditions on {} with another action", kernel::name_of(name));
      out.hint = "keep one of the two rules";
    } else {
      out.text = fmt::format("the container would not start: libseccomp refuses the rule for {} (error {})", kernel::name_of(name), -code);
    }
    return out;
  }

  const Flat& flat_;
  std::vector<kernel::Arch> archs_;
  Filter filter_;
  std::set<kernel::SyscallId> unproven_;
};

bool too_new_for_linked(const Flat& flat) {
  return std::any_of(flat.rules.begin(), flat.rules.end(), [](const FlatRule& rule) {
    return std::any_of(rule.names.begin(), rule.names.end(), [](kernel::NameId name) { return seccomp_syscall_resolve_name(std::string(kernel::name_of(name)).c_str()) == __NR_SCMP_ERROR; });
  });
}

Result<std::string> exported(scmp_filter_ctx filter) {
  const int fd = memfd_create("filter", MFD_CLOEXEC);
  if (fd < 0) return fail(problem("no memory file for the compiled filter"));
  std::string bytes;
  const int code = seccomp_export_bpf(filter, fd);
  const off_t size = lseek(fd, 0, SEEK_END);
  if (code == 0 && size > 0) {
    bytes.resize(static_cast<std::size_t>(size));
    if (pread(fd, bytes.data(), bytes.size(), 0) != size) bytes.clear();
  }
  close(fd);
  if (bytes.empty()) return fail(problem(fmt::format("{} cannot export the filter (error {})", engine_name(), -code)));
  return bytes;
}

// libseccomp writes the program in the byte order of the filter's architectures.
void swap_bytes(std::string& bytes) {
  for (std::size_t at = 0; at + 8 <= bytes.size(); at += 8) {
    std::swap(bytes[at], bytes[at + 1]);
    std::reverse(bytes.begin() + static_cast<std::ptrdiff_t>(at) + 4, bytes.begin() + static_cast<std::ptrdiff_t>(at) + 8);
  }
}

}  // namespace

ByteOrder byte_order(kernel::Arch arch) {
  // AUDIT_ARCH_* of a little-endian machine carries __AUDIT_ARCH_LE (linux/audit.h).
  return (kernel::info(arch).audit_arch & 0x40000000) != 0 ? ByteOrder::Little : ByteOrder::Big;
}

bool can_compile(const Flat& flat) {
  return !flat.disabled && std::all_of(flat.archs.begin(), flat.archs.end(), [&](kernel::Arch arch) { return token(arch) != 0 && byte_order(arch) == byte_order(flat.archs.front()); });
}

Result<Compiled> compile(const Flat& flat) {
  if (flat.disabled) return fail(problem("the profile asks for no filter at all"));
  allow_every_action();
  Compiled out;
  out.engine = engine_name();
  // Where every name is known, one filter, as the runtime builds it. Else one a architecture, merged: each then takes what it can.
  std::vector<std::vector<kernel::Arch>> parts;
  if (too_new_for_linked(flat)) {
    for (const kernel::Arch arch : flat.archs) parts.push_back({arch});
  } else {
    parts.push_back(flat.archs);
  }
  std::unique_ptr<Build> whole;
  std::set<kernel::NameId> unproven;
  for (const auto& archs : parts) {
    auto part = std::make_unique<Build>(flat, archs);
    if (auto bad = part->make()) return fail(std::move(*bad));
    for (const kernel::SyscallId id : part->unproven()) {
      out.unproven_calls.push_back(id);
      unproven.insert(kernel::name_at(id));
    }
    if (!whole) {
      whole = std::move(part);
    } else if (seccomp_merge(whole->get(), part->get()) == 0) {
      (void)part->release();  // seccomp_merge took it
    } else {
      return fail(problem(fmt::format("{} cannot join the filters of {} and {}", out.engine, kernel::name(flat.archs.front()), kernel::name(archs.front()))));
    }
  }
  out.unproven.assign(unproven.begin(), unproven.end());
  auto bytes = exported(whole->get());
  if (!bytes) return fail(bytes.error());
  out.byte_order = byte_order(flat.archs.front());
  if (out.byte_order == ByteOrder::Big) swap_bytes(*bytes);
  auto program = from_bytes(*bytes);
  if (!program) return fail(program.error());
  out.program = enosys_stub(flat);
  if (!out.program.empty()) out.engine += " + runc ENOSYS stub";
  out.program.insert(out.program.end(), program->begin(), program->end());
  if (auto why = why_invalid(out.program)) return fail(problem("the container would not start: the kernel refuses the compiled filter: " + *why));
  return out;
}

}  // namespace medic::profile
