// Where functions begin and end by the tables that unwinders need: they are there in stripped files
// too.
#pragma once

#include "elf/image.h"

namespace medic::elf {

// .eh_frame_hdr (LSB Core, "Exception Frames") at an address: its sorted table of functions. Empty
// when it is damaged or encoded in a way that no linker uses.
std::vector<Range> frame_table(const Image& image, std::uint64_t address);

// .eh_frame entry by entry, for files without the table above. ident: the ELF header's first 16
// bytes.
std::vector<Range> frame_list(const Image& image, std::uint64_t address, std::uint64_t size,
                              const unsigned char* ident);

}  // namespace medic::elf
