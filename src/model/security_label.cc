#include "model/security_label.h"

namespace medic::model {
namespace {

constexpr std::size_t kShortestInstance = 8;  // an uuid's first part

bool is_instance(std::string_view text) {
  // AppArmor says the mode behind the name: "… (enforce)".
  text = text.substr(0, text.find(' '));
  return text.size() >= kShortestInstance &&
         text.find_first_not_of("0123456789abcdef-") == std::string_view::npos;
}

}  // namespace

std::string_view without_instance(std::string_view label) {
  // system_u:system_r:container_t:s0:c12,c34
  if (const std::size_t at = label.rfind(":c"); at != std::string_view::npos &&
                                                at + 2 < label.size() && label[at + 2] >= '0' &&
                                                label[at + 2] <= '9')
    return label.substr(0, at);
  // libvirt-0b3c…-…
  for (std::size_t dash = label.find('-'); dash != std::string_view::npos;
       dash = label.find('-', dash + 1)) {
    if (is_instance(label.substr(dash + 1))) return label.substr(0, dash);
  }
  return label;
}

}  // namespace medic::model
