// A Linux release by its two numbers, as gates and tables name it.
#pragma once

#include <optional>
#include <string_view>

namespace medic::kernel {

struct KernelVersion {
  int major = 99;  // the default is newer than any gate
  int minor = 0;
  friend auto operator<=>(const KernelVersion&, const KernelVersion&) = default;
};

// "6.1", "6.1.0-13-amd64"; nothing when the text does not begin with two numbers.
std::optional<KernelVersion> parse_kernel_version(std::string_view text);

}  // namespace medic::kernel
