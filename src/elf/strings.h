// Names that a program may ask the loader for at run time: strings in its data.
#pragma once

#include "elf/image.h"

namespace medic::elf {

struct Strings {
  std::vector<std::string>
      libraries;  // like a shared library's file name or path; may hold a printf directive
  std::vector<std::string> symbols;  // like a C identifier
};
// Both sorted, without duplicates, and outside of the dynamic string table, which holds the file's
// own names.
Strings read_strings(const Image& image, bool symbols_too);

}  // namespace medic::elf
