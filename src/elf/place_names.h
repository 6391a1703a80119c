// Names for places in a file's code: "uv__fs_fchown+0x12", by its own symbols and by those of a
// debug file.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "elf/image.h"

namespace medic::elf {

// The functions of a file that may hold no code itself, as debug files do: their symbol table
// alone. Empty where there is none, or where the bytes are damaged.
std::vector<Symbol> function_symbols(std::string_view bytes);

class PlaceNames {
 public:
  // bytes: of the file; debug: of its debug file, or empty. Only the image's facts are kept.
  static Result<PlaceNames> make(std::string_view bytes, std::string_view debug,
                                 const std::string& name);

  // "save_file+0xe"; "+0x1147" where no symbol holds the address.
  std::string at(std::uint64_t address) const;
  // The address that the loader gives a place of the file; nothing where it loads none.
  std::optional<std::uint64_t> address_of(std::uint64_t file_offset) const;
  bool position_independent() const { return position_independent_; }
  bool is_code(std::uint64_t address) const;
  const std::string& build_id() const { return build_id_; }

 private:
  struct Loaded {
    std::uint64_t offset = 0, address = 0, size = 0;
  };
  std::vector<Symbol> functions_;  // by ascending address
  std::vector<Loaded> segments_;
  std::vector<Range> code_;
  bool position_independent_ = true;
  std::string build_id_;
};

}  // namespace medic::elf
