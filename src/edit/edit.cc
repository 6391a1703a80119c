// Edits to a profile's own text: each becomes changes to lists and members, and all of them are
// written at once.
#include "edit/edit.h"

#include <algorithm>
#include <map>
#include <set>

#include "kernel/errno.h"
#include "edit/edit_layout.h"

namespace medic::profile {
namespace {

// Where `name` belongs in a list that is sorted but for a few; nothing when the list has no such
// order.
std::optional<std::size_t> sorted_place(const std::vector<std::string>& list,
                                        const std::string& name) {
  std::size_t disorder = 0;
  for (std::size_t i = 1; i < list.size(); ++i) disorder += list[i] < list[i - 1] ? 1 : 0;
  if (disorder * 10 > list.size()) return std::nullopt;
  // The place that leaves the fewest names on the wrong side.
  std::size_t wrong = 0;
  for (const std::string& other : list) wrong += other < name ? 1 : 0;
  std::size_t best = 0, fewest = wrong;
  for (std::size_t i = 0; i < list.size(); ++i) {
    wrong = list[i] < name ? wrong - 1 : wrong + 1;
    if (wrong < fewest) {
      fewest = wrong;
      best = i + 1;
    }
  }
  return best;
}

bool takes_errno(kernel::Action action) {
  return action == kernel::Action::Errno || action == kernel::Action::Trace;
}

class Editor {
 public:
  Editor(const Profile& profile, const JsonText& json, NodeId object)
      : profile_(profile), json_(json), object_(object) {
    syscalls_ = member_any_case(json_, object_, "syscalls");
    if (syscalls_ == kNoNode) return;
    for (std::size_t i = 0; i < json_[syscalls_].children.size(); ++i) {
      const NodeId rule = json_[syscalls_].children[i];
      element_at_[json_[rule].span.begin] = i;
    }
  }

  void operator()(const AddNames& edit) {
    const NodeId list = names_list(edit.rule);
    if (list == kNoNode) return add_legacy(edit);
    NamesChange& change = names_[list];
    change.rule = edit.rule;
    change.added.insert(edit.names.begin(), edit.names.end());
  }

  void operator()(const RemoveNames& edit) {
    const NodeId list = names_list(edit.rule);
    if (list != kNoNode) {
      NamesChange& change = names_[list];
      change.rule = edit.rule;
      change.removed.insert(edit.names.begin(), edit.names.end());
      return;
    }
    const auto& names = profile_.rules[edit.rule].names;
    const bool all = std::all_of(names.begin(), names.end(), [&](const Name& name) {
      return std::find(edit.names.begin(), edit.names.end(), name.text) != edit.names.end();
    });
    if (all && !names.empty()) (*this)(RemoveRule{edit.rule});
  }

  void operator()(const AddRule& edit) {
    const std::size_t before = edit.before ? element(*edit.before) : rule_count();
    const Layout layout = layout_near(json_, object_, before);
    for (std::string& text : render_rule(edit.rule, layout))
      rules_.inserted.push_back({before, std::move(text)});
  }

  void operator()(const RemoveRule& edit) { rules_.removed.push_back(element(edit.rule)); }

  void operator()(const AddArchitecture& edit) { added_archs_.push_back(edit.arch); }

  void operator()(const RenameName& edit) {
    const Name& name = profile_.rules[edit.rule].names[edit.name];
    if (name.text != edit.to) out_.push_back({name.span.begin, name.span.end, json_quote(edit.to)});
  }

  void operator()(const SetErrno& edit) {
    const NodeId target = edit.rule ? rule_node(*edit.rule) : object_;
    const char* number = edit.rule ? "errnoRet" : "defaultErrnoRet";
    const NodeId word = member_any_case(json_, target, edit.rule ? "errno" : "defaultErrno");
    // Podman's word wins over the number there: both must say the same.
    if (word != kNoNode) {
      replace(word, json_quote(kernel_errno(edit.value)));
      if (member_any_case(json_, target, number) == kNoNode) return;
    }
    set_member(target, number, std::to_string(edit.value),
               {edit.rule ? "action" : "defaultAction"});
  }

  void operator()(const SetFlags& edit) {
    std::vector<std::string> items;
    for (const std::string& flag : edit.flags) items.push_back(json_quote(flag));
    set_list("flags", items, {"architectures", "archMap", "defaultErrnoRet", "defaultAction"});
  }

  void operator()(const SetDefaultAction& edit) {
    set_member(object_, "defaultAction", json_quote(kernel::oci_token(edit.action)), {});
    if (!takes_errno(edit.action)) drop_members(object_, {"defaultErrnoRet", "defaultErrno"});
  }

  void operator()(const SetRuleAction& edit) {
    const NodeId rule = rule_node(edit.rule);
    set_member(rule, "action", json_quote(kernel::oci_token(edit.action)), {"names", "name"});
    if (!takes_errno(edit.action)) drop_members(rule, {"errnoRet", "errno"});
  }

  std::string finish() {
    flush_architectures();
    flush_names();
    flush_rules();
    for (const auto& [node, change] : members_)
      change_list(json_, node, change, object_frame(node), out_);
    return replace_all(profile_.text, std::move(out_));
  }

 private:
  struct NamesChange {
    std::size_t rule = 0;
    std::set<std::string> added, removed;
  };

  std::size_t rule_count() const {
    return syscalls_ == kNoNode ? 0 : json_[syscalls_].children.size();
  }
  std::size_t element(std::size_t rule) const {
    const auto found = element_at_.find(profile_.rules[rule].span.begin);
    return found == element_at_.end() ? rule_count() : found->second;
  }
  NodeId rule_node(std::size_t rule) const {
    const std::size_t i = element(rule);
    return i < rule_count() ? json_[syscalls_].children[i] : object_;
  }
  // kNoNode in a rule that uses the legacy `name`.
  NodeId names_list(std::size_t rule) const {
    const NodeId names = member_any_case(json_, rule_node(rule), "names");
    if (profile_.rules[rule].legacy_name || names == kNoNode) return kNoNode;
    return json_[names].kind == JsonKind::Array ? names : kNoNode;
  }

  void replace(NodeId node, std::string text) {
    if (source(json_, json_[node].span) != text)
      out_.push_back({json_[node].span.begin, json_[node].span.end, std::move(text)});
  }

  static std::string kernel_errno(std::uint32_t value) {
    return kernel::errno_text(static_cast<int>(value));
  }

  // Another rule of the same kind for each name, as its author would have written it.
  void add_legacy(const AddNames& edit) {
    const Rule& rule = profile_.rules[edit.rule];
    if (rule.names.empty()) return add_names_key(edit);
    const Span name = rule.names.front().span;
    std::set<std::string> added(edit.names.begin(), edit.names.end());
    for (const Name& present : rule.names) added.erase(present.text);
    for (const std::string& text : added) {
      std::string copy(source(json_, {rule.span.begin, name.begin}));
      copy += json_quote(text);
      copy += source(json_, {name.end, rule.span.end});
      rules_.inserted.push_back({element(edit.rule) + 1, std::move(copy)});
    }
  }

  void add_names_key(const AddNames& edit) {
    const Layout layout = layout_near(json_, object_, element(edit.rule));
    std::set<std::string> added(edit.names.begin(), edit.names.end());
    std::vector<std::string> items;
    for (const std::string& name : added) items.push_back(json_quote(name));
    set_member(rule_node(edit.rule), "names", join(layout.names, items, '['), {});
  }

  // Replaces the member's value, or writes it after the first of `after` that is there, else first
  // of all.
  void set_member(NodeId object, const std::string& key, const std::string& value,
                  const std::vector<std::string>& after) {
    if (const NodeId present = member_any_case(json_, object, key); present != kNoNode)
      return replace(present, value);
    std::size_t before = 0;
    const std::vector<NodeId>& members = json_[object].children;
    for (const std::string& other : after) {
      const auto found =
          std::find(members.begin(), members.end(), member_any_case(json_, object, other));
      if (found == members.end()) continue;
      before = static_cast<std::size_t>(found - members.begin()) + 1;
      break;
    }
    std::string colon = ": ";
    if (!members.empty())
      colon =
          source(json_, {json_[members.front()].key_span.end, json_[members.front()].span.begin});
    members_[object].inserted.push_back({before, json_quote(key) + colon + value});
  }

  void drop_members(NodeId object, const std::vector<std::string>& keys) {
    for (std::size_t i = 0; i < json_[object].children.size(); ++i) {
      const std::string& key = json_[json_[object].children[i]].key;
      if (std::find(keys.begin(), keys.end(), key) != keys.end())
        members_[object].removed.push_back(i);
    }
  }

  // Between the elements of a list that is a member of the profile's object.
  Frame list_frame() const {
    if (!spread_out(json_, object_)) return {"", frame_of(json_, object_, ", ")->separator, ""};
    const std::string newline = newline_of(json_.text()), unit = indent_unit(json_, object_);
    const std::string base(indent_at(json_.text(), json_[object_].span.end - 1).value_or(""));
    return {newline + base + unit + unit, "," + newline + base + unit + unit,
            newline + base + unit};
  }

  Frame object_frame(NodeId node) const {
    if (!spread_out(json_, object_)) return {"", frame_of(json_, object_, ", ")->separator, ""};
    if (node != object_) return {"", ", ", ""};
    const std::string newline = newline_of(json_.text());
    return {newline + "  ", "," + newline + "  ", newline};
  }

  void set_list(const std::string& key, const std::vector<std::string>& items,
                const std::vector<std::string>& after) {
    const NodeId present = member_any_case(json_, object_, key);
    const auto frame = present == kNoNode ? std::nullopt : frame_of(json_, present, ", ");
    if (present != kNoNode && same_strings(present, items)) return;
    set_member(object_, key, join(frame.value_or(list_frame()), items, '['), after);
  }

  bool same_strings(NodeId list, const std::vector<std::string>& quoted) const {
    const auto& children = json_[list].children;
    return json_[list].kind == JsonKind::Array &&
           std::equal(
               children.begin(), children.end(), quoted.begin(), quoted.end(),
               [&](NodeId a, const std::string& b) { return source(json_, json_[a].span) == b; });
  }

  void flush_names() {
    for (auto& [list, change] : names_) {
      std::vector<std::string> present;
      ListChange out;
      for (std::size_t i = 0; i < json_[list].children.size(); ++i) {
        const std::string& text = json_[json_[list].children[i]].text;
        present.push_back(text);
        // A name both removed and added stays once, where it stands first.
        const bool stays =
            change.added.contains(text) && std::count(present.begin(), present.end(), text) == 1;
        if (change.removed.contains(text) && !stays) out.removed.push_back(i);
      }
      for (const std::string& name : present) change.added.erase(name);
      for (const std::string& name : change.added) {
        out.inserted.push_back(
            {sorted_place(present, name).value_or(present.size()), json_quote(name)});
      }
      if (!out.removed.empty() && out.removed.size() == present.size() && out.inserted.empty()) {
        (*this)(RemoveRule{change.rule});
      } else {
        change_list(json_, list, out, layout_near(json_, object_, element(change.rule)).names,
                    out_);
      }
    }
  }

  void flush_rules() {
    if (rules_.empty()) return;
    if (syscalls_ != kNoNode && json_[syscalls_].kind == JsonKind::Array)
      return change_list(json_, syscalls_, rules_, list_frame(), out_);
    std::vector<std::string> items;
    for (const auto& insertion : rules_.inserted) items.push_back(insertion.text);
    set_member(object_, "syscalls", join(list_frame(), items, '['),
               {"flags", "architectures", "archMap", "defaultErrnoRet", "defaultAction"});
  }

  static bool contains(const std::vector<kernel::Arch>& list, kernel::Arch arch) {
    return std::find(list.begin(), list.end(), arch) != list.end();
  }

  void flush_architectures() {
    std::vector<std::string> items;
    for (const kernel::Arch arch : added_archs_) {
      const bool listed = profile_.architectures && contains(*profile_.architectures, arch);
      const std::string token = json_quote(kernel::info(arch).oci_token);
      if (!listed && std::find(items.begin(), items.end(), token) == items.end())
        items.push_back(token);
    }
    if (items.empty()) return;
    if (const NodeId map = member_any_case(json_, object_, "archMap");
        map != kNoNode && !json_[map].children.empty() && !profile_.architectures) {
      return add_to_map(map);
    }
    const NodeId list = member_any_case(json_, object_, "architectures");
    if (list == kNoNode || json_[list].kind != JsonKind::Array)
      return set_list("architectures", items, {"defaultErrnoRet", "defaultAction"});
    ListChange change;
    for (std::string& item : items)
      change.inserted.push_back({json_[list].children.size(), std::move(item)});
    change_list(json_, list, change, list_frame(), out_);
  }

  // Docker takes the entry of the host's architecture: a compat architecture goes beside its 64-bit
  // one.
  void add_to_map(NodeId map) {
    for (const kernel::Arch arch : added_archs_) {
      const kernel::Arch parent = kernel::info(arch).parent;
      std::size_t i = 0;
      while (i < profile_.arch_map.size() && profile_.arch_map[i].architecture != parent) ++i;
      if (i < profile_.arch_map.size() &&
          (arch == parent || contains(profile_.arch_map[i].sub_architectures, arch)))
        continue;
      if (i < profile_.arch_map.size() && i < json_[map].children.size()) {
        add_sub_architecture(json_[map].children[i], map, arch);
      } else {
        members_[map].inserted.push_back(
            {json_[map].children.size(), new_map_entry(map, parent, arch)});
      }
    }
  }

  void add_sub_architecture(NodeId entry, NodeId map, kernel::Arch arch) {
    const std::string token = json_quote(kernel::info(arch).oci_token);
    const NodeId list = member_any_case(json_, entry, "subArchitectures");
    if (list == kNoNode || json_[list].kind != JsonKind::Array) {
      return set_member(entry, "subArchitectures", join(sub_frame(map), {token}, '['),
                        {"architecture"});
    }
    members_[list].inserted.push_back({json_[list].children.size(), token});
  }

  // The frame of some entry's list of sub-architectures.
  Frame sub_frame(NodeId map) const {
    for (const NodeId entry : json_[map].children) {
      const NodeId list = member_any_case(json_, entry, "subArchitectures");
      if (list == kNoNode) continue;
      if (auto frame = frame_of(json_, list, ", ")) return *frame;
    }
    return {"", ", ", ""};
  }

  std::string new_map_entry(NodeId map, kernel::Arch parent, kernel::Arch arch) const {
    std::vector<std::string> subs;
    if (arch != parent) subs.push_back(json_quote(kernel::info(arch).oci_token));
    const NodeId model = json_[map].children.front();
    const Frame frame = frame_of(json_, model, ", ").value_or(Frame{"", ", ", ""});
    return join(frame,
                {"\"architecture\": " + json_quote(kernel::info(parent).oci_token),
                 "\"subArchitectures\": " + join(sub_frame(map), subs, '[')},
                '{');
  }

  const Profile& profile_;
  const JsonText& json_;
  NodeId object_, syscalls_ = kNoNode;
  std::map<std::size_t, std::size_t>
      element_at_;  // a rule's first byte → its index among the elements of syscalls
  std::map<NodeId, NamesChange> names_;
  std::map<NodeId, ListChange> members_;
  ListChange rules_;
  std::vector<kernel::Arch> added_archs_;
  std::vector<Replacement> out_;
};

// What an edit speaks of must exist.
struct Checker {
  const Profile& profile;
  bool rule(std::size_t i) const { return i < profile.rules.size(); }
  bool operator()(const AddNames& edit) const { return rule(edit.rule); }
  bool operator()(const RemoveNames& edit) const { return rule(edit.rule); }
  bool operator()(const AddRule& edit) const { return !edit.before || rule(*edit.before); }
  bool operator()(const RemoveRule& edit) const { return rule(edit.rule); }
  bool operator()(const AddArchitecture& edit) const { return edit.arch != kernel::Arch::Unknown; }
  bool operator()(const RenameName& edit) const {
    return rule(edit.rule) && edit.name < profile.rules[edit.rule].names.size();
  }
  bool operator()(const SetErrno& edit) const { return !edit.rule || rule(*edit.rule); }
  bool operator()(const SetFlags&) const { return true; }
  bool operator()(const SetDefaultAction&) const { return true; }
  bool operator()(const SetRuleAction& edit) const { return rule(edit.rule); }
};

NodeId node_at(const JsonText& json, std::size_t begin) {
  for (NodeId id = 0; id < json.size(); ++id) {
    if (json[id].span.begin == begin && json[id].kind == JsonKind::Object) return id;
  }
  return kNoNode;
}

}  // namespace

Result<std::string> apply(const Profile& profile, const std::vector<TextEdit>& edits) {
  if (edits.empty()) return profile.text;
  if (profile.carrier == Carrier::DockerInspect) {
    return fail(refusal(profile,
                        "the profile inside a docker inspect output cannot be edited in place",
                        "save it to a file of its own, edit that, and give it to docker run "
                        "--security-opt seccomp=FILE"));
  }
  const auto json = read_json(profile.text, profile.path);
  if (!json) return fail(json.error());
  const NodeId object = node_at(*json, profile.object.begin);
  if (object == kNoNode)
    return fail(refusal(profile, "the profile's text is not the one that was read", ""));
  const bool sound = std::all_of(edits.begin(), edits.end(), [&](const TextEdit& edit) {
    return std::visit(Checker{profile}, edit);
  });
  if (!sound)
    return fail(refusal(
        profile, "an edit names a rule, a name or an architecture that the profile does not have",
        ""));
  Editor editor(profile, *json, object);
  for (const TextEdit& edit : edits) std::visit(editor, edit);
  return editor.finish();
}

}  // namespace medic::profile
