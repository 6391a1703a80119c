// linux.seccomp of the OCI runtime specification (config-linux.md): one flat list of rules, nothing
// for an engine left to decide.
#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "edit/edit_layout.h"
#include "convert/json_members.h"

namespace medic::profile::formats {
namespace {

void note_dropped(const Flat& flat, std::vector<std::string>& losses) {
  std::vector<std::string> unknown;
  std::size_t gated = 0;
  for (const Dropped& dropped : flat.dropped) {
    const bool name_only = dropped.why == Dropped::Why::UnknownName ||
                           dropped.why == Dropped::Why::TooNewForLibseccomp;
    if (name_only)
      unknown.insert(unknown.end(), dropped.names.begin(), dropped.names.end());
    else if (dropped.why != Dropped::Why::EqualsDefault)
      ++gated;
  }
  if (!unknown.empty())
    losses.push_back(
        fmt::format("names that have no effect there are left out: {}", few_of(unknown)));
  if (gated != 0)
    losses.push_back(
        fmt::format("{} rule{} left out, as capabilities, architecture and kernel decide", gated,
                    gated == 1 ? " is" : "s are"));
}

bool has_gates(const Profile& profile) {
  return std::any_of(profile.rules.begin(), profile.rules.end(), [](const Rule& rule) {
    return !rule.includes.empty() || !rule.excludes.empty();
  });
}

}  // namespace

NewProfile oci_level(const Conversion& conversion, std::vector<std::string>& losses) {
  const Flat& flat = conversion.evaluator.flat();
  NewProfile out;
  out.default_action = flat.default_action;
  const auto carries = [](Action action) {
    return action == Action::Errno || action == Action::Trace;
  };
  if (carries(flat.default_action)) out.default_errno_ret = flat.default_errno;
  out.architectures = flat.listed;
  out.flags = flat.flags;
  // Rules that the runtime skips as equal to the default are kept: they count for runc's ENOSYS
  // stub.
  for (const FlatRule& rule : flat.stub_rules) {
    if (rule.names.empty()) continue;
    NewRule made;
    for (const kernel::NameId name : rule.names) made.names.emplace_back(kernel::name_of(name));
    made.action = rule.action;
    if (carries(rule.action)) made.errno_ret = rule.errno_value;
    made.args = rule.args;
    out.rules.push_back(std::move(made));
  }
  note_dropped(flat, losses);
  if (has_gates(conversion.profile))
    losses.push_back(
        "what the gates on capabilities and architectures say is decided: the output holds for "
        "this context alone");
  return out;
}

std::string with_members(std::string text,
                         const std::vector<std::pair<std::string, std::string>>& members) {
  const std::size_t at = text.find("\n  \"syscalls\"");
  std::string more;
  for (const auto& [key, value] : members)
    more += fmt::format("\n  {}: {},", json_quote(key), value);
  return at == std::string::npos ? text : text.insert(at, more);
}

std::vector<std::pair<std::string, std::string>> unordinary_members(const Profile& profile) {
  std::vector<std::pair<std::string, std::string>> out;
  // An empty list is not the same as none: without one, runtimes ask for SPEC_ALLOW.
  if (profile.flags && profile.flags->empty()) out.emplace_back("flags", "[]");
  if (!profile.listener_path.empty())
    out.emplace_back("listenerPath", json_quote(profile.listener_path));
  if (!profile.listener_metadata.empty())
    out.emplace_back("listenerMetadata", json_quote(profile.listener_metadata));
  return out;
}

Result<Converted> write_oci(const Conversion& conversion) {
  Converted out;
  const NewProfile made = oci_level(conversion, out.losses);
  out.text = with_members(write_profile(made), unordinary_members(conversion.profile));
  return out;
}

Result<ForeignProfile> read_json_profile(const ForeignText& source) {
  Problems notes;
  auto profile = read_profile(source.text, source.path, notes);
  if (!profile) return fail(std::move(profile.error()));
  ForeignProfile out{std::move(*profile), {}};
  for (const Problem& note : notes)
    out.notes.push_back(note.line == 0 ? note.text
                                       : fmt::format("line {}: {}", note.line, note.text));
  return out;
}

bool looks_like_json(std::string_view text) {
  const std::string_view body = trim(text);
  // A list of objects, as docker inspect prints it; [Service] is none.
  return body.starts_with('{') || (body.starts_with('[') && trim(body.substr(1)).starts_with('{'));
}

}  // namespace medic::profile::formats
