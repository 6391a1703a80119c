// See edit_layout.h.
#include "edit/edit_layout.h"

#include <algorithm>

namespace medic::profile {
namespace {

Frame spread(const std::string& newline, const std::string& inner, const std::string& outer) {
  return {newline + inner, "," + newline + inner, newline + outer};
}

// The rules, nearest to `position` first; the one before it wins over the one after.
std::vector<NodeId> by_distance(const JsonText& json, NodeId list, std::size_t position) {
  std::vector<NodeId> rules;
  const std::vector<NodeId>& all = json[list].children;
  for (std::size_t step = 0; step <= all.size(); ++step) {
    if (step < position && position - 1 - step < all.size())
      rules.push_back(all[position - 1 - step]);
    if (position + step < all.size()) rules.push_back(all[position + step]);
  }
  std::erase_if(rules, [&](NodeId rule) { return json[rule].kind != JsonKind::Object; });
  return rules;
}

bool says_nothing(const JsonNode& node) {
  if (node.kind == JsonKind::String) return node.text.empty();
  if (node.kind == JsonKind::Array || node.kind == JsonKind::Object) return node.children.empty();
  return node.kind == JsonKind::Null;
}

struct Known {
  bool names = false, args = false, condition = false, gate = false, gate_list = false;
};

struct Learner {
  const JsonText& json;
  Layout& layout;
  std::string comma;

  void frame(NodeId node, Frame& into, bool& known) {
    if (known || node == kNoNode) return;
    if (auto seen = frame_of(json, node, comma)) {
      into = std::move(*seen);
      known = true;
    }
  }

  void learn_args(NodeId args, Known& known) {
    if (args == kNoNode || json[args].kind != JsonKind::Array) return;
    frame(args, layout.args, known.args);
    for (const NodeId condition : json[args].children) {
      if (!known.condition)
        layout.always_value_two = member_any_case(json, condition, "valueTwo") != kNoNode;
      frame(condition, layout.condition, known.condition);
    }
  }

  void learn_gate(NodeId gate, Known& known) {
    if (gate == kNoNode || json[gate].kind != JsonKind::Object) return;
    frame(gate, layout.gate, known.gate);
    for (const NodeId member : json[gate].children) {
      if (json[member].kind == JsonKind::Array) frame(member, layout.gate_list, known.gate_list);
    }
  }

  // Frames that this rule shows and none before it did.
  void learn(NodeId rule, Known& known) {
    frame(member_any_case(json, rule, "names"), layout.names, known.names);
    learn_args(member_any_case(json, rule, "args"), known);
    learn_gate(member_any_case(json, rule, "includes"), known);
    learn_gate(member_any_case(json, rule, "excludes"), known);
  }
};

// The order of the nearest rule's keys, with those that it lacks where people expect them.
void learn_order(const JsonText& json, NodeId nearest, Layout& layout) {
  std::vector<std::string> order;
  for (const NodeId member : json[nearest].children) order.push_back(json[member].key);
  for (const std::string& key : layout.key_order) {
    if (std::find(order.begin(), order.end(), key) != order.end() ||
        (key == "names" && layout.legacy_name))
      continue;
    const auto action = std::find(order.begin(), order.end(), "action");
    if (key == "names") {
      order.insert(order.begin(), key);
    } else if (key == "errnoRet" && action != order.end()) {
      order.insert(action + 1, key);
    } else {
      order.push_back(key);
    }
  }
  layout.key_order = std::move(order);
}

// What the nearest rule writes though it says nothing: `"args": []` and the like.
void learn_boilerplate(const JsonText& json, const std::vector<NodeId>& rules, Layout& layout) {
  for (const NodeId member : json[rules.front()].children) {
    const std::string& key = json[member].key;
    layout.colon = source(json, {json[member].key_span.end, json[member].span.begin});
    if (key == "names") continue;
    for (const NodeId rule : rules) {
      const NodeId value = member_any_case(json, rule, key);
      if (value == kNoNode || !says_nothing(json[value])) continue;
      layout.boilerplate.emplace_back(key, source(json, json[value].span));
      break;
    }
  }
}

bool is_legacy(const JsonText& json, NodeId rule) {
  const NodeId name = member_any_case(json, rule, "name");
  return name != kNoNode && !says_nothing(json[name]) &&
         member_any_case(json, rule, "names") == kNoNode;
}

std::string string_list(const std::vector<std::string>& texts, const Frame& frame) {
  std::vector<std::string> items;
  for (const std::string& text : texts) items.push_back(json_quote(text));
  return join(frame, items, '[');
}

std::string render_gate(const Gate& gate, const Layout& layout) {
  std::vector<std::string> members;
  if (!gate.caps.empty())
    members.push_back("\"caps\"" + layout.colon + string_list(gate.caps, layout.gate_list));
  if (!gate.arches.empty())
    members.push_back("\"arches\"" + layout.colon + string_list(gate.arches, layout.gate_list));
  if (!gate.min_kernel.empty())
    members.push_back("\"minKernel\"" + layout.colon + json_quote(gate.min_kernel));
  return join(layout.gate, members, '{');
}

std::string render_condition(const Condition& condition, const Layout& layout) {
  std::vector<std::string> members;
  members.push_back("\"index\"" + layout.colon + std::to_string(condition.index));
  members.push_back("\"value\"" + layout.colon + std::to_string(condition.value));
  if (condition.op == Op::MaskedEq || layout.always_value_two) {
    members.push_back("\"valueTwo\"" + layout.colon + std::to_string(condition.value_two));
  }
  members.push_back("\"op\"" + layout.colon + json_quote(oci_token(condition.op)));
  return join(layout.condition, members, '{');
}

std::string render_args(const std::vector<Condition>& args, const Layout& layout) {
  std::vector<std::string> items;
  for (const Condition& condition : args) items.push_back(render_condition(condition, layout));
  return join(layout.args, items, '[');
}

// The value of a key, empty where the rule says nothing there.
std::string render_value(const NewRule& rule, const std::vector<std::string>& names,
                         const std::string& key, const Layout& layout) {
  if (key == "names" && !layout.legacy_name) return string_list(names, layout.names);
  if (key == "name" && layout.legacy_name) return json_quote(names.empty() ? "" : names.front());
  if (key == "action") return json_quote(kernel::oci_token(rule.action));
  if (key == "errnoRet" && rule.errno_ret) return std::to_string(*rule.errno_ret);
  if (key == "args" && !rule.args.empty()) return render_args(rule.args, layout);
  if (key == "comment" && !rule.comment.empty()) return json_quote(rule.comment);
  if (key == "includes" && !rule.includes.empty()) return render_gate(rule.includes, layout);
  if (key == "excludes" && !rule.excludes.empty()) return render_gate(rule.excludes, layout);
  return {};
}

std::string render_one(const NewRule& rule, const std::vector<std::string>& names,
                       const Layout& layout) {
  std::vector<std::string> members;
  for (const std::string& key : layout.key_order) {
    std::string value = render_value(rule, names, key, layout);
    if (value.empty()) {
      const auto empty = std::find_if(layout.boilerplate.begin(), layout.boilerplate.end(),
                                      [&](const auto& entry) { return entry.first == key; });
      if (empty != layout.boilerplate.end()) value = empty->second;
    }
    if (!value.empty()) members.push_back(json_quote(key) + layout.colon + value);
  }
  return join(layout.rule, members, '{');
}

}  // namespace

std::string newline_of(std::string_view text) {
  const std::size_t end = text.find('\n');
  return end != std::string_view::npos && end > 0 && text[end - 1] == '\r' ? "\r\n" : "\n";
}

bool spread_out(const JsonText& json, NodeId object) {
  const auto frame = frame_of(json, object, ", ");
  return !frame || frame->open.find('\n') != std::string::npos;
}

std::string indent_unit(const JsonText& json, NodeId object) {
  if (json[object].children.empty()) return "  ";
  const auto inner = indent_at(json.text(), whole(json[json[object].children.front()]).begin);
  const auto outer = indent_at(json.text(), json[object].span.end - 1);
  if (!inner) return "  ";
  if (outer && inner->size() > outer->size() && inner->starts_with(*outer))
    return std::string(inner->substr(outer->size()));
  return inner->empty() ? "  " : std::string(*inner);
}

Layout plain_layout(const std::string& newline, const std::string& indent,
                    const std::string& unit) {
  Layout layout;
  std::string level[5] = {indent};
  for (int i = 1; i < 5; ++i) level[i] = level[i - 1] + unit;
  layout.rule = spread(newline, level[1], level[0]);
  layout.names = layout.args = layout.gate = spread(newline, level[2], level[1]);
  layout.condition = layout.gate_list = spread(newline, level[3], level[2]);
  return layout;
}

Layout layout_near(const JsonText& json, NodeId object, std::size_t position) {
  const NodeId list = member_any_case(json, object, "syscalls");
  const std::vector<NodeId> rules =
      list == kNoNode ? std::vector<NodeId>{} : by_distance(json, list, position);
  const NodeId nearest = rules.empty() ? object : rules.front();
  const bool one_line = rules.empty()
                            ? !spread_out(json, object)
                            : source(json, json[nearest].span).find('\n') == std::string_view::npos;
  const std::string unit = indent_unit(json, object);
  std::string indent =
      std::string(indent_at(json.text(), json[object].span.end - 1).value_or("")) + unit + unit;
  if (!rules.empty()) indent = indent_at(json.text(), json[nearest].span.begin).value_or(indent);
  Layout layout = plain_layout(newline_of(json.text()), indent, unit);
  std::string comma = ", ";
  if (const auto frame = frame_of(json, nearest, comma)) {
    if (one_line)
      comma = frame->separator.find('\n') == std::string::npos ? frame->separator : ", ";
    if (comma == ",") layout.colon = ":";
    if (one_line)
      layout.rule = layout.names = layout.args = layout.condition = layout.gate =
          layout.gate_list = {"", comma, ""};
    if (!rules.empty()) layout.rule = *frame;
  }
  if (rules.empty()) return layout;
  Learner learner{json, layout, comma};
  Known known;
  for (const NodeId rule : rules) learner.learn(rule, known);
  layout.legacy_name = is_legacy(json, nearest);
  learn_order(json, nearest, layout);
  learn_boilerplate(json, rules, layout);
  return layout;
}

std::vector<std::string> render_rule(const NewRule& rule, const Layout& layout) {
  std::vector<std::string> names = rule.names;
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  if (!layout.legacy_name) return {render_one(rule, names, layout)};
  std::vector<std::string> out;
  for (const std::string& name : names) out.push_back(render_one(rule, {name}, layout));
  return out;
}

Problem refusal(const Profile& profile, std::string text, std::string hint) {
  Problem problem;
  problem.kind = ProblemKind::Usage;
  problem.file = profile.path;
  problem.text = std::move(text);
  problem.hint = std::move(hint);
  return problem;
}

}  // namespace medic::profile
