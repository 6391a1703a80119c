// See complain.h.
#include "edit/complain.h"

#include <algorithm>
#include <fmt/format.h>

#include "kernel/errno.h"
#include "edit/edit_layout.h"
#include "edit/edit_list.h"
#include "policy/comparison.h"

namespace medic::profile {
namespace {

using kernel::Action;

constexpr std::string_view kPrefix = "x-complain-";
constexpr std::string_view kWas = "x-complain-was";
constexpr std::string_view kFlags = "x-complain-flags";
constexpr std::string_view kErrnoKeys[] = {"errnoRet", "errno", "defaultErrnoRet", "defaultErrno"};

// The profile's own object within its text.
struct Opened {
  JsonText json;
  NodeId object = kNoNode;
};

Result<Opened> open(const Profile& profile) {
  if (profile.carrier == Carrier::DockerInspect) {
    return fail(refusal(profile,
                        "the profile inside a docker inspect output cannot be edited in place",
                        "save it to a file of its own first"));
  }
  auto json = read_json(profile.text, profile.path);
  if (!json) return fail(json.error());
  for (NodeId id = 0; id < json->size(); ++id) {
    if ((*json)[id].span.begin == profile.object.begin && (*json)[id].kind == JsonKind::Object)
      return Opened{std::move(*json), id};
  }
  return fail(refusal(profile, "the profile's text is not the one that was read", ""));
}

std::vector<NodeId> rule_nodes(const Opened& in) {
  const NodeId list = member_any_case(in.json, in.object, "syscalls");
  return list == kNoNode ? std::vector<NodeId>{} : in.json[list].children;
}

bool is_marked(const Opened& in, NodeId object) {
  const auto& children = in.json[object].children;
  return std::any_of(children.begin(), children.end(), [&](NodeId id) {
    return std::string_view(in.json[id].key).starts_with(kPrefix);
  });
}

// Writes members beside others in the object's own manner.
class Marker {
 public:
  explicit Marker(const Opened& in) : in_(in) {
    const auto& members = in.json[in.object].children;
    if (!members.empty())
      colon_ = source(in.json,
                      {in.json[members.front()].key_span.end, in.json[members.front()].span.begin});
    comma_ = colon_ == ":" ? "," : ", ";
  }

  // The action's value becomes SCMP_ACT_LOG, with the old one beside it; an errno loses its name.
  void silence(NodeId object, std::string_view action_key) {
    const NodeId action = member_any_case(in_.json, object, action_key);
    if (action == kNoNode) return;
    const Span value = in_.json[action].span;
    out.push_back({value.begin, value.end,
                   fmt::format("\"SCMP_ACT_LOG\"{}\"{}\"{}{}", comma_, kWas, colon_,
                               source(in_.json, value))});
    for (const std::string_view key : kErrnoKeys) {
      const NodeId errno_member = member_any_case(in_.json, object, key);
      if (errno_member == kNoNode) continue;
      const Span name = in_.json[errno_member].key_span;
      out.push_back(
          {name.begin, name.end,
           fmt::format("\"{}{}\"", kPrefix, source(in_.json, {name.begin + 1, name.end - 1}))});
    }
  }

  void ask_for_log(const Profile& profile) {
    std::vector<std::string> flags =
        profile.flags.value_or(std::vector<std::string>{"SECCOMP_FILTER_FLAG_SPEC_ALLOW"});
    flags.insert(flags.begin(), "SECCOMP_FILTER_FLAG_LOG");
    std::vector<std::string> items;
    for (const std::string& flag : flags) items.push_back(json_quote(flag));
    const std::string list = join({"", comma_, ""}, items, '[');
    const NodeId present = member_any_case(in_.json, in_.object, "flags");
    if (present != kNoNode) {
      const Span value = in_.json[present].span;
      out.push_back(
          {value.begin, value.end,
           fmt::format("{}{}\"{}\"{}{}", list, comma_, kFlags, colon_, source(in_.json, value))});
    } else {
      const NodeId before = member_any_case(in_.json, in_.object, "defaultAction");
      const std::size_t at = in_.json[before].span.end;
      out.push_back({at, at,
                     fmt::format("{}\"{}\"{}null{}\"flags\"{}{}", comma_, kFlags, colon_, comma_,
                                 colon_, list)});
    }
  }

  std::vector<Replacement> out;

 private:
  const Opened& in_;
  std::string colon_ = ": ", comma_;
};

// A denial that libraries take as "this kernel is older": they do without.
bool is_deliberate_enosys(const Flat& flat, const Rule& rule, std::size_t index) {
  const auto flat_rule = std::find_if(flat.rules.begin(), flat.rules.end(),
                                      [&](const FlatRule& r) { return r.source == index; });
  const std::uint32_t value =
      flat_rule == flat.rules.end() ? rule.errno_ret.value_or(1) : flat_rule->errno_value;
  return rule.action == Action::Errno && value == kernel::kENOSYS;
}

struct Denials {
  const Profile& profile;
  const Flat& flat;
  const Opened& in;
};

// The default and every rule that denies.
void silence_denials(const Denials& denials, Marker& marker, std::vector<std::string>& notes) {
  const Profile& profile = denials.profile;
  if (!kernel::lets_run(*profile.default_action))
    marker.silence(denials.in.object, "defaultAction");
  const std::vector<NodeId> rules = rule_nodes(denials.in);
  bool kept = false;
  for (std::size_t i = 0; i < profile.rules.size() && i < rules.size(); ++i) {
    if (kernel::lets_run(profile.rules[i].action)) continue;
    if (is_deliberate_enosys(denials.flat, profile.rules[i], i)) {
      kept = true;
    } else {
      marker.silence(rules[i], "action");
    }
  }
  if (kept)
    notes.push_back(
        "Rules that answer ENOSYS stay as they are: programs fall back to older calls, as they "
        "will under the original.");
}

// What the twin does with the calls that the original denies.
void note_unlogged(const Evaluator& before, const Evaluator& after,
                   std::vector<std::string>& notes) {
  std::vector<std::string> silent;
  for (const Difference& d : diff(before, after)) {
    if (!kernel::lets_run(d.a.action) && d.b.action == Action::Allow) silent.push_back(subject(d));
  }
  std::sort(silent.begin(), silent.end());
  silent.erase(std::unique(silent.begin(), silent.end()), silent.end());
  if (!silent.empty())
    notes.push_back(
        fmt::format("{} would be denied by the original and run unlogged under the twin: a later "
                    "rule permits what an earlier one denied.",
                    fmt::join(silent, ", ")));
}

}  // namespace

Result<Complaint> complain(const Profile& profile, const Context& context, ComplainMode mode) {
  if (!profile.default_action)
    return fail(refusal(profile, "the profile has no default action",
                        "write \"defaultAction\": \"SCMP_ACT_ERRNO\""));
  const auto before = Evaluator::make(profile, context);
  if (!before) return fail(before.error());
  const auto in = open(profile);
  if (!in) return fail(in.error());
  const std::vector<NodeId> rules = rule_nodes(*in);
  if (is_marked(*in, in->object) ||
      std::any_of(rules.begin(), rules.end(), [&](NodeId rule) { return is_marked(*in, rule); })) {
    return fail(refusal(profile, "the profile is a logging twin already",
                        "--undo gives the original back"));
  }
  if (mode == ComplainMode::FlagOnly && profile.flags &&
      std::find(profile.flags->begin(), profile.flags->end(), "SECCOMP_FILTER_FLAG_LOG") !=
          profile.flags->end()) {
    return fail(
        refusal(profile, "the profile asks the kernel to log already", "collect with it as it is"));
  }
  Complaint out;
  Marker marker(*in);
  if (mode == ComplainMode::FlagOnly) {
    marker.ask_for_log(profile);
    if (!profile.flags)
      out.notes.push_back(
          "SECCOMP_FILTER_FLAG_SPEC_ALLOW is written too: runtimes set it by themselves only where "
          "a profile names no flags.");
  } else {
    silence_denials({profile, before->flat(), *in}, marker, out.notes);
  }
  if (marker.out.empty())
    return fail(refusal(profile, "the profile denies nothing that could be logged instead",
                        "run with it as it is"));
  out.text = replace_all(profile.text, std::move(marker.out));
  Problems notes;
  auto twin = read_profile(out.text, profile.path, notes);
  if (!twin) return fail(twin.error());
  twin->own_tool = profile.own_tool;
  const auto after = Evaluator::make(*twin, context);
  if (!after) return fail(after.error());
  if (mode == ComplainMode::Log) note_unlogged(*before, *after, out.notes);
  return out;
}

namespace {

// Restores one object's members; false when it has none of ours.
bool restore(const Opened& in, NodeId object, std::vector<Replacement>& out) {
  const auto& members = in.json[object].children;
  const std::size_t first = out.size();
  for (std::size_t i = 0; i < members.size(); ++i) {
    const JsonNode& member = in.json[members[i]];
    const std::string_view key = member.key;
    if (!key.starts_with(kPrefix)) continue;
    if (key == kFlags && member.kind == JsonKind::Null && i > 0 && i + 1 < members.size() &&
        in.json[members[i + 1]].key == "flags") {
      out.push_back({in.json[members[i - 1]].span.end, in.json[members[i + 1]].span.end, ""});
    } else if ((key == kWas || key == kFlags) && i > 0) {
      out.push_back({in.json[members[i - 1]].span.begin, member.span.end,
                     std::string(source(in.json, member.span))});
    } else {
      out.push_back({member.key_span.begin, member.key_span.end,
                     fmt::format("\"{}\"", key.substr(kPrefix.size()))});
    }
  }
  return out.size() != first;
}

}  // namespace

Result<std::string> undo_complain(const Profile& twin) {
  const auto in = open(twin);
  if (!in) return fail(in.error());
  std::vector<Replacement> out;
  restore(*in, in->object, out);
  for (const NodeId rule : rule_nodes(*in)) restore(*in, rule, out);
  if (out.empty())
    return fail(refusal(twin, "the profile is no logging twin", "it has no \"x-complain-…\" key"));
  return replace_all(twin.text, std::move(out));
}

}  // namespace medic::profile
