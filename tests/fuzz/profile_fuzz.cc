// Any bytes as a profile: read, judged, linted, fixed, edited, silenced. What can be read can be
// edited, and an edit taken back leaves no trace.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "libseccomp/judge.h"
#include "edit/complain.h"
#include "edit/edit.h"
#include "lint/lint.h"
#include "policy/comparison.h"

using namespace medic;
using namespace medic::profile;

namespace {

void insist(bool holds) {
  if (!holds) std::abort();
}

void edit_there_and_back(const Profile& profile) {
  if (profile.carrier == Carrier::DockerInspect || profile.rules.empty() ||
      profile.rules.front().legacy_name || profile.rules.front().names.empty())
    return;
  for (const Name& name : profile.rules.front().names) {
    if (name.text == "zz_fuzz") return;
  }
  const auto grown = medic::profile::apply(profile, {AddNames{0, {"zz_fuzz"}}});
  insist(grown.has_value());
  Problems notes;
  const auto again = read_profile(*grown, "grown", notes);
  insist(again.has_value());
  const auto back = medic::profile::apply(*again, {RemoveNames{0, {"zz_fuzz"}}});
  insist(back.has_value() && *back == profile.text);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size > 20000) return 0;
  const std::string text(reinterpret_cast<const char*>(data), size);
  Problems notes;
  const auto profile = read_profile(text, "fuzz", notes);
  if (!profile) {
    insist(!profile.error().text.empty());
    return 0;
  }
  edit_there_and_back(*profile);
  for (const Runtime runtime : {Runtime::Runc, Runtime::Crun}) {
    Context context;
    context.judge = &installed_libseccomp();
    context.arch = kernel::Arch::X86_64;
    context.runtime = runtime;
    const auto made = Evaluator::make(*profile, context);
    lint(*profile, context);
    if (!made) continue;
    for (const Difference& d : diff(*made, *made)) insist(!d.decided);
    if (const auto twin = complain(*profile, context, ComplainMode::Log)) {
      Problems more;
      const auto silent = read_profile(twin->text, "twin", more);
      insist(silent.has_value());
      const auto back = undo_complain(*silent);
      insist(back.has_value() && *back == text);
    }
  }
  return 0;
}
