// What one ELF file can do, without its libraries: its functions, who calls whom, the system calls
// that they make, and what must be asked of others. It holds no machine code and can be cached by
// build-id.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "elf/image.h"

namespace medic::elf {

inline constexpr std::uint32_t kNobody = 0xFFFFFFFF;

// Takes: the code forms the function's address, or reads it from the GOT without calling it at
// once.
enum class EdgeKind : std::uint8_t { Call, Jump, Takes };

struct Edge {
  std::uint64_t at = 0;
  EdgeKind kind = EdgeKind::Call;
  bool imported = false;  // `to` is an index into Module::imports, else into Module::functions
  bool number_known =
      false;  // a call of something like syscall(2), whose number is among the caller's sites
  std::uint32_t to = 0;
};

// A place where the kernel is entered, or where a number is handed to something that enters it with
// it.
struct Site {
  std::uint64_t at = 0;
  std::vector<std::int32_t> numbers;  // ascending, those that can be there
  bool unknown = false;               // and others that no search finds
  bool parameter = false;             // and those that the function is called with
  bool compat = false;                // int 0x80 of 64-bit code: the numbers are i386's
};

struct Function {
  Range range;
  std::string name;  // empty: no symbol says it
  std::vector<Edge> edges;
  std::vector<Site> sites;
};

struct Export {
  std::string name;
  std::uint32_t function = 0;
};

struct Module {
  std::string name;  // the file's, without its folder
  std::string build_id, soname, interpreter, search_path;
  kernel::Arch arch = kernel::Arch::Unknown;
  bool position_independent = true, go = false, packed = false;
  std::vector<std::string> needed;
  std::vector<Function> functions;        // by ascending address, without overlap
  std::vector<std::string> imports;       // names that others define
  std::vector<Export> exports;            // by name
  std::uint32_t entry = kNobody;          // the function that holds it
  std::vector<std::uint32_t> startup;     // what the loader calls: init, fini, ifuncs' resolvers
  std::vector<std::uint32_t> pointed_at;  // functions whose addresses lie in data
  std::vector<std::uint32_t> pointed_imports;
  bool looks_up_names = false;               // dlsym or alike is there
  std::vector<std::string> libraries_named;  // strings that look like shared libraries' names
  std::vector<std::string>
      symbols_named;  // strings that could be functions' names, where it looks_up_names; sorted

  // The function that holds an address, or kNobody.
  std::uint32_t function_at(std::uint64_t address) const;
};

}  // namespace medic::elf
