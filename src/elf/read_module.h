// From an image to what its code can do.
#pragma once

#include <string>

#include "base/result.h"
#include "elf/image.h"
#include "elf/module.h"

namespace medic::elf {

// Disassembles all of it. name: the file's path, for problems and answers.
Result<Module> read_module(const Image& image, const std::string& name);

}  // namespace medic::elf
