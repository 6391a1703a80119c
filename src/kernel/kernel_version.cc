#include "kernel/kernel_version.h"

#include "base/text.h"

namespace medic::kernel {

std::optional<KernelVersion> parse_kernel_version(std::string_view text) {
  const std::size_t dot = text.find('.');
  if (dot == std::string_view::npos) return std::nullopt;
  std::size_t end = dot + 1;
  while (end < text.size() && text[end] >= '0' && text[end] <= '9') ++end;
  const auto major = parse_decimal(text.substr(0, dot));
  const auto minor = parse_decimal(text.substr(dot + 1, end - dot - 1));
  if (!major || !minor || *major > 9999 || *minor > 9999) return std::nullopt;
  if (end < text.size() && text[end] != '.' && text[end] != '-' && text[end] != '+')
    return std::nullopt;
  return KernelVersion{static_cast<int>(*major), static_cast<int>(*minor)};
}

}  // namespace medic::kernel
