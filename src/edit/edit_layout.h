// How a profile's author lays out a rule, learnt from the rules nearest to where a new one is to
// stand.
#pragma once

#include <string>
#include <vector>

#include "edit/edit_list.h"
#include "edit/text_edit.h"

namespace medic::profile {

// Frames of everything in a rule, and what its neighbours write even where it says nothing.
struct Layout {
  Frame rule, names, args, condition, gate, gate_list;
  std::string colon = ": ";
  std::vector<std::string> key_order = {"names",   "action",   "errnoRet", "args",
                                        "comment", "includes", "excludes"};
  std::vector<std::pair<std::string, std::string>>
      boilerplate;                // key and its empty value: {"args", "[]"}
  bool legacy_name = false;       // one rule a name, under `name`
  bool always_value_two = false;  // conditions carry valueTwo even where it is unused
};

// Frames of two spaces a level; `indent` is that of the rule's opening brace.
Layout plain_layout(const std::string& newline, const std::string& indent, const std::string& unit);

// The layout of the rule nearest to `position` among the elements of the profile object's syscalls,
// filled up from the others.
Layout layout_near(const JsonText& json, NodeId object, std::size_t position);

// One JSON object; in a legacy layout one for each name.
std::vector<std::string> render_rule(const NewRule& rule, const Layout& layout);

// "\r\n" where the text's first line ends so.
std::string newline_of(std::string_view text);
// What one level adds to the indentation, as seen in the members of the object.
std::string indent_unit(const JsonText& json, NodeId object);
// Are the object's members on lines of their own?
bool spread_out(const JsonText& json, NodeId object);

// An edit or a rewriting that is asked for and not possible in this profile.
Problem refusal(const Profile& profile, std::string text, std::string hint);

}  // namespace medic::profile
