// A whole profile's text, two spaces a level.
#include "edit/edit_layout.h"

namespace medic::profile {
namespace {

Frame level(int depth) {
  const std::string outer(static_cast<std::size_t>(2 * depth), ' '), inner = outer + "  ";
  return {"\n" + inner, ",\n" + inner, "\n" + outer};
}

}  // namespace

std::string write_profile(const NewProfile& profile) {
  std::vector<std::string> members = {"\"defaultAction\": " +
                                      json_quote(kernel::oci_token(profile.default_action))};
  if (profile.default_errno_ret)
    members.push_back("\"defaultErrnoRet\": " + std::to_string(*profile.default_errno_ret));
  if (!profile.architectures.empty()) {
    std::vector<std::string> items;
    for (const kernel::Arch arch : profile.architectures)
      items.push_back(json_quote(kernel::info(arch).oci_token));
    members.push_back("\"architectures\": " + join(level(1), items, '['));
  }
  if (!profile.flags.empty()) {
    std::vector<std::string> items;
    for (const std::string& flag : profile.flags) items.push_back(json_quote(flag));
    members.push_back("\"flags\": " + join(level(1), items, '['));
  }
  const Layout layout = plain_layout("\n", "    ", "  ");
  std::vector<std::string> rules;
  for (const NewRule& rule : profile.rules) {
    for (std::string& text : render_rule(rule, layout)) rules.push_back(std::move(text));
  }
  members.push_back("\"syscalls\": " + join(level(1), rules, '['));
  return join(level(0), members, '{') + "\n";
}

}  // namespace medic::profile
