// A module as bytes and back, for the cache.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "elf/module.h"

namespace medic::elf {

std::string save_module(const Module& module);
// Nothing where the bytes were written by another version or are damaged.
std::optional<Module> load_module(std::string_view bytes);

}  // namespace medic::elf
