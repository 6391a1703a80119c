#include "elf/frames.h"

#include <cstring>
#include <dwarf.h>
#include <elfutils/libdw.h>

#include <algorithm>

namespace medic::elf {

namespace {

constexpr std::size_t kMaxFrames = 4'000'000;
constexpr int kSigned4FromTable = DW_EH_PE_datarel | DW_EH_PE_sdata4,
              kSigned4FromHere = DW_EH_PE_pcrel | DW_EH_PE_sdata4;

std::int32_t signed_at(std::string_view bytes, std::size_t at) {
  std::int32_t value = 0;
  std::memcpy(&value, bytes.data() + at, sizeof value);
  return value;
}

// The length of the function that an entry describes; 0 when the entry is not encoded as GCC and
// Clang do it.
std::uint64_t frame_length(const Image& image, std::uint64_t entry, std::uint64_t start) {
  const std::string_view bytes = image.at(entry);
  if (bytes.size() < 16 || entry + 8 + static_cast<std::int64_t>(signed_at(bytes, 8)) != start)
    return 0;
  return static_cast<std::uint32_t>(signed_at(bytes, 12));
}

void sort_and_bound(std::vector<Range>& frames) {
  std::sort(frames.begin(), frames.end(),
            [](const Range& a, const Range& b) { return a.start < b.start; });
  for (std::size_t i = 0; i + 1 < frames.size(); ++i)
    frames[i].end = std::min(frames[i].end, frames[i + 1].start);
}

}  // namespace

std::vector<Range> frame_table(const Image& image, std::uint64_t address) {
  const std::string_view bytes = image.at(address);
  if (bytes.size() < 12 || bytes[0] != 1 ||
      static_cast<unsigned char>(bytes[1]) != kSigned4FromHere || bytes[2] != DW_EH_PE_udata4 ||
      static_cast<unsigned char>(bytes[3]) != kSigned4FromTable)
    return {};
  const std::size_t count = std::min<std::size_t>(
      {static_cast<std::uint32_t>(signed_at(bytes, 8)), (bytes.size() - 12) / 8, kMaxFrames});
  std::vector<Range> frames;
  frames.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    const std::uint64_t start = address + static_cast<std::int64_t>(signed_at(bytes, 12 + i * 8));
    const std::uint64_t entry = address + static_cast<std::int64_t>(signed_at(bytes, 16 + i * 8));
    const std::uint64_t length = frame_length(image, entry, start);
    if (image.is_code(start)) frames.push_back({start, length ? start + length : 0});
  }
  sort_and_bound(frames);
  return frames;
}

std::vector<Range> frame_list(const Image& image, std::uint64_t address, std::uint64_t size,
                              const unsigned char* ident) {
  const std::string_view bytes = image.at(address);
  if (bytes.size() < size || image.arch == kernel::Arch::X86) return {};
  Elf_Data data{};
  data.d_buf = const_cast<char*>(bytes.data());
  data.d_size = size;
  data.d_type = ELF_T_BYTE;
  data.d_version = EV_CURRENT;
  std::vector<Range> frames;
  Dwarf_Off at = 0, next = 0;
  Dwarf_CFI_Entry entry;
  while (frames.size() < kMaxFrames && dwarf_next_cfi(ident, &data, true, at, &next, &entry) == 0 &&
         next > at) {
    const std::uint64_t entry_address = address + at;
    at = next;
    if (dwarf_cfi_cie_p(&entry) || entry.fde.end - entry.fde.start < 8) continue;
    const std::uint64_t here =
        static_cast<std::uint64_t>(reinterpret_cast<const char*>(entry.fde.start) - bytes.data());
    const std::uint64_t start = address + here + static_cast<std::int64_t>(signed_at(bytes, here));
    const std::uint64_t length = static_cast<std::uint32_t>(signed_at(bytes, here + 4));
    if (entry_address && image.is_code(start)) frames.push_back({start, start + length});
  }
  sort_and_bound(frames);
  return frames;
}

}  // namespace medic::elf
