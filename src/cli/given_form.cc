#include "cli/given_form.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "convert/workload.h"
#include "io/reader.h"
#include "profile/read_carrier.h"
#include "profile_source.h"
#include "repair/overlay.h"

namespace medic::cli {
namespace {

constexpr std::size_t kLargest = std::size_t{16} << 20;
constexpr std::string_view kKubelet = "/var/lib/kubelet/seccomp/";

std::string base_name(const std::string& path) { return path.substr(path.find_last_of('/') + 1); }

// A file's name for the profile of what was given: web.yaml → web-seccomp.json.
std::string name_for(const std::string& given) {
  std::string name = base_name(given);
  name.resize(std::min(name.find('.', 1), name.size()));
  for (char& c : name) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (!plain) c = '-';
  }
  return (name.empty() ? std::string("profile") : name) + "-seccomp.json";
}

GivenForm patch(const profile::Workload& workload, const std::string& given,
                const std::string& profile_file) {
  const std::string file = profile_file.empty() ? name_for(given) : profile_file;
  GivenForm out;
  using Kind = profile::WorkloadKind;
  if (workload.kind == Kind::Kubernetes) {
    out.text = profile::workload_patch(workload, base_name(file));
    out.notes.push_back(fmt::format(
        "a strategic merge patch (kubectl patch --patch-file, or kustomize); the profile goes to "
        "{}{} on each node",
        kKubelet, base_name(file)));
  } else if (workload.kind == Kind::Compose) {
    out.text = profile::workload_patch(workload, file);
    out.notes.push_back(
        fmt::format("a file to lay over: docker compose -f {} -f THIS up", base_name(given)));
  } else {
    out.text = profile::workload_patch(workload, file);
    out.notes.push_back(fmt::format(
        "a drop-in: write it to {}.d/50-seccomp.conf, with the profile's whole path, then "
        "systemctl daemon-reload",
        base_name(given)));
  }
  return out;
}

}  // namespace

Result<GivenForm> in_given_form(const std::string& given, const profile::Profile& old,
                                const repair::Repair& made, const std::string& profile_file) {
  GivenForm out;
  const std::string whole =
      profile_file.empty() ? "-o FILE writes the whole profile beside it" : "";
  if (!given.empty() && given != "auto" && given != "-" && !is_built_in(given)) {
    auto text = io::read_file(given, kLargest);
    if (!text) return fail(std::move(text.error()));
    if (profile::looks_like_workload(*text)) {
      auto workload = profile::read_workload(*text, given);
      if (!workload) return fail(std::move(workload.error()));
      out = patch(*workload, given, profile_file);
    } else if (!profile::default_engine_of(*text).empty()) {
      out.text = fmt::format("--security-opt seccomp={}\n",
                             profile_file.empty() ? name_for(given) : profile_file);
      out.notes.emplace_back("a flag of docker run and podman run");
    }
    if (!out.text.empty()) {
      out.is_patch = true;
      if (!whole.empty()) out.notes.push_back(whole);
      return out;
    }
  }
  repair::Overlay overlay = repair::overlay_of(old, made.edits);
  overlay.base = old.path;
  out.text = repair::write_overlay(overlay);
  out.notes.push_back(
      fmt::format("an overlay: what is added over {}; --materialise writes the whole profile, and "
                  "`seccomp-medic rebase` moves it to another release",
                  old.path));
  return out;
}

}  // namespace medic::cli
