// From an ELF file's bytes to its image. No file is opened.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "elf/image.h"

namespace medic::elf {

// bytes: must outlive the image. Fails with a sentence on anything that is no ELF file of an
// architecture that is read here (x86_64, i386, aarch64), has no code, or whose headers contradict
// the file.
Result<Image> read_image(std::string_view bytes, const std::string& name);

// Do the bytes begin an ELF file?
bool is_elf(std::string_view bytes);

}  // namespace medic::elf
