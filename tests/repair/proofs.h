// Verbs for tests of repairs: profiles as text, requests as calls, the proof between two profiles.
#pragma once

#include <doctest/doctest.h>

#include "repair/repair.h"

namespace medic::repair::test {

inline profile::Profile read(const std::string& text) {
  Problems notes;
  auto profile = profile::read_profile(text, "p.json", notes);
  REQUIRE_MESSAGE(profile.has_value(), (profile ? "" : profile.error().text + ": " + text));
  return *profile;
}

// Rules as R"({"names":[…],…})", for x86_64; the last call that it names is exit_group, so that
// runc's ENOSYS begins beyond it.
inline std::string deny_all_but(const std::string& rules) {
  return R"({"defaultAction":"SCMP_ACT_ERRNO","architectures":["SCMP_ARCH_X86_64"],"syscalls":[)" +
         rules + R"(,{"names":["exit_group"],"action":"SCMP_ACT_ALLOW"}]})";
}

inline Options on_x86_64(profile::Runtime runtime = profile::Runtime::Runc) {
  Options options;
  options.context.arch = kernel::Arch::X86_64;
  options.context.runtime = runtime;
  return options;
}

inline PermissionRequest request(const std::string& name, std::vector<std::uint64_t> args = {}) {
  PermissionRequest out;
  out.syscall.arch = kernel::Arch::X86_64;
  out.syscall.name = kernel::find_name(name);
  out.syscall.has_number = true;
  out.syscall.number = *kernel::number_of(out.syscall.name, kernel::Arch::X86_64);
  for (unsigned i = 0; i < args.size(); ++i) out.args.set(i, args[i]);
  return out;
}

inline Added added(const std::string& name, std::vector<profile::Condition> args = {}) {
  return {kernel::Arch::X86_64, name, std::move(args), 0, {}, ""};
}

// The proof that `after` is `before` with these additions, asked for without arguments.
inline Verification prove(const std::string& before, const std::string& after,
                          const std::vector<Added>& additions) {
  std::vector<PermissionRequest> asked;
  for (const Added& each : additions) {
    if (each.args.empty()) asked.push_back(request(each.syscall));
  }
  const profile::Profile old = read(before), now = read(after);
  return verify(&old, now, {asked, {}, additions, {}}, on_x86_64());
}

}  // namespace medic::repair::test
