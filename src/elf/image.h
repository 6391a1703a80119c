// An ELF file as the loader sees it: segments, dynamic symbols, relocations, what it needs. Read
// from bytes; no file is opened.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "kernel/arch.h"

namespace medic::elf {

// Files above this are refused: no program's code is as large, and a hostile file must not eat the
// machine.
inline constexpr std::uint64_t kMaxFileBytes = 1ULL << 30;
// Machine code above this is refused (browsers have about 200 MiB).
inline constexpr std::uint64_t kMaxCodeBytes = 512ULL << 20;

// Addresses from start up to, not including, end.
struct Range {
  std::uint64_t start = 0, end = 0;
  bool holds(std::uint64_t address) const { return address >= start && address < end; }
};

struct Segment {
  std::uint64_t address = 0;
  std::string_view bytes;  // of the file; the rest of the memory is zero
  bool executable = false, writable = false;
  bool holds(std::uint64_t at) const { return at >= address && at - address < bytes.size(); }
};

struct Symbol {
  std::string name;  // without its version
  std::uint64_t value = 0, size = 0;
  bool defined = false, function = false, data = false, exported = false;
};

// Slot: a place of the GOT that code alone reads. Pointer: a place in data that anybody may read.
// Resolver: an ifunc.
enum class Binding : std::uint8_t { Slot, Pointer, Resolver };

struct Relocation {
  Binding binding = Binding::Pointer;
  std::uint64_t place = 0;   // the address that is filled
  std::uint64_t target = 0;  // the address that it is filled with, where no symbol says it
  std::uint32_t symbol = 0;  // index into Image::symbols; 0: none
};

struct Image {
  std::string_view bytes;
  kernel::Arch arch = kernel::Arch::Unknown;
  bool position_independent = true;  // ET_DYN
  bool go = false;                   // made by the Go linker
  bool packed = false;               // its code is unpacked at run time (UPX)
  bool symbol_table = false;         // it has one beside the dynamic symbols
  std::uint64_t entry = 0;
  std::uint64_t got = 0;    // DT_PLTGOT: what position-independent i386 code counts from
  std::string interpreter;  // PT_INTERP
  std::string soname, search_path, build_id;
  std::vector<std::string> needed;
  std::vector<Segment> segments;
  std::vector<Range>
      code;  // what may hold instructions: executable sections, or segments where there are none
  std::vector<Symbol>
      symbols;  // the dynamic ones first, [0] is none; then those of the symbol table
  std::vector<Relocation> relocations;
  std::vector<Range>
      frames;  // functions by the unwinder's table, ascending; end 0 where only the start is known
  std::vector<std::uint64_t> startup;  // DT_INIT, DT_FINI: what the loader calls beside the arrays
  Range own_names;                     // the dynamic string table

  bool is_code(std::uint64_t address) const;
  // The file's bytes from an address to its segment's end; empty when it has none.
  std::string_view at(std::uint64_t address) const;
};

}  // namespace medic::elf
