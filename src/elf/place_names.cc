#include "elf/place_names.h"

#include <fmt/format.h>
#include <gelf.h>
#include <libelf.h>

#include <algorithm>
#include <memory>

#include "elf/read_image.h"

namespace medic::elf {
namespace {

constexpr std::size_t kMostSymbols = 4'000'000;

struct End {
  void operator()(Elf* elf) const { elf_end(elf); }
};

void read_table(Elf* elf, Elf_Scn* section, const GElf_Shdr& header, std::vector<Symbol>& out) {
  Elf_Data* data = elf_getdata(section, nullptr);
  if (data == nullptr || header.sh_entsize == 0) return;
  const std::size_t count = std::min<std::size_t>(data->d_size / header.sh_entsize, kMostSymbols);
  for (std::size_t i = 0; i < count; ++i) {
    GElf_Sym raw;
    if (!gelf_getsym(data, static_cast<int>(i), &raw)) return;
    const bool is_function = GELF_ST_TYPE(raw.st_info) == STT_FUNC;
    const char* name = elf_strptr(elf, header.sh_link, raw.st_name);
    if (!is_function || raw.st_shndx == SHN_UNDEF || name == nullptr || *name == '\0') continue;
    Symbol symbol;
    symbol.name = name;
    symbol.value = raw.st_value;
    symbol.size = raw.st_size;
    symbol.defined = symbol.function = true;
    out.push_back(std::move(symbol));
  }
}

}  // namespace

std::vector<Symbol> function_symbols(std::string_view bytes) {
  std::vector<Symbol> out;
  if (bytes.empty() || !is_elf(bytes) || elf_version(EV_CURRENT) == EV_NONE) return out;
  std::string copy(bytes);  // libelf wants to be able to write
  const std::unique_ptr<Elf, End> elf(elf_memory(copy.data(), copy.size()));
  if (elf == nullptr) return out;
  for (Elf_Scn* section = elf_nextscn(elf.get(), nullptr); section != nullptr;
       section = elf_nextscn(elf.get(), section)) {
    GElf_Shdr header;
    if (gelf_getshdr(section, &header) && header.sh_type == SHT_SYMTAB)
      read_table(elf.get(), section, header, out);
  }
  return out;
}

Result<PlaceNames> PlaceNames::make(std::string_view bytes, std::string_view debug,
                                    const std::string& name) {
  auto image = read_image(bytes, name);
  if (!image) return fail(std::move(image.error()));
  PlaceNames out;
  out.position_independent_ = image->position_independent;
  out.build_id_ = image->build_id;
  out.code_ = image->code;
  for (const Segment& segment : image->segments)
    out.segments_.push_back({static_cast<std::uint64_t>(segment.bytes.data() - bytes.data()),
                             segment.address, segment.bytes.size()});
  for (const Symbol& symbol : image->symbols) {
    if (symbol.defined && symbol.function && !symbol.name.empty()) out.functions_.push_back(symbol);
  }
  for (Symbol& symbol : function_symbols(debug)) out.functions_.push_back(std::move(symbol));
  std::stable_sort(out.functions_.begin(), out.functions_.end(),
                   [](const Symbol& a, const Symbol& b) { return a.value < b.value; });
  return out;
}

std::string PlaceNames::at(std::uint64_t address) const {
  auto it = std::upper_bound(
      functions_.begin(), functions_.end(), address,
      [](std::uint64_t place, const Symbol& symbol) { return place < symbol.value; });
  // Of several names of one place the first stands for all; names without a size hold nothing.
  const Symbol* best = nullptr;
  for (int steps = 0; it != functions_.begin() && steps < 64; ++steps) {
    --it;
    if (address - it->value < it->size && (best == nullptr || it->value == best->value))
      best = &*it;
    else if (best != nullptr)
      break;
  }
  if (best == nullptr) return fmt::format("+{:#x}", address);
  return fmt::format("{}+{:#x}", best->name, address - best->value);
}

std::optional<std::uint64_t> PlaceNames::address_of(std::uint64_t file_offset) const {
  for (const Loaded& segment : segments_) {
    if (file_offset >= segment.offset && file_offset - segment.offset < segment.size)
      return segment.address + (file_offset - segment.offset);
  }
  return std::nullopt;
}

bool PlaceNames::is_code(std::uint64_t address) const {
  return std::any_of(code_.begin(), code_.end(),
                     [&](const Range& range) { return range.holds(address); });
}

}  // namespace medic::elf
