#include "libseccomp/judge.h"

#include <algorithm>

#include "libseccomp/build_filter.h"
#include "libseccomp/compile.h"
#include "policy/model.h"

namespace medic::profile {
namespace {

class CompiledProgram final : public JudgedProgram {
 public:
  explicit CompiledProgram(Compiled compiled) : compiled_(std::move(compiled)) {}

  std::optional<std::uint32_t> run(const kernel::Call& call) const override {
    const auto& unproven = compiled_.unproven_calls;
    if (std::find(unproven.begin(), unproven.end(), call.id) != unproven.end()) return std::nullopt;
    if (!linked_library_has(as_filtered(call.id))) return std::nullopt;
    return profile::run(compiled_.program, data_for(call), compiled_.byte_order);
  }
  std::string_view engine() const override { return compiled_.engine; }

 private:
  Compiled compiled_;
};

class InstalledLibseccomp final : public Judge {
 public:
  Result<std::unique_ptr<const JudgedProgram>> compile(const Flat& flat) const override {
    auto compiled = profile::compile(flat);
    if (!compiled) return fail(std::move(compiled.error()));
    return std::make_unique<const CompiledProgram>(std::move(*compiled));
  }
};

}  // namespace

const Judge& installed_libseccomp() {
  static const InstalledLibseccomp judge;
  return judge;
}

}  // namespace medic::profile
