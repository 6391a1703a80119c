#include "elf/read_image.h"

#include <fmt/format.h>
#include <elfutils/libdwelf.h>
#include <gelf.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <optional>

#include "elf/frames.h"

namespace medic::elf {

namespace {

using kernel::Arch;

constexpr std::size_t kMaxSymbols = 4'000'000, kMaxRelocations = 8'000'000, kMaxName = 4096;

struct CloseElf {
  void operator()(Elf* elf) const { elf_end(elf); }
};
using ElfHandle = std::unique_ptr<Elf, CloseElf>;

Problem bad(const std::string& name, std::string text, std::string hint = "") {
  Problem problem;
  problem.file = name;
  problem.text = std::move(text);
  problem.hint = std::move(hint);
  return problem;
}

// What the dynamic segment says, as addresses.
struct Dynamic {
  std::vector<std::uint64_t> needed;
  std::uint64_t strings = 0, string_bytes = 0, symbols = 0, hash = 0, gnu_hash = 0;
  std::uint64_t rela = 0, rela_bytes = 0, rel = 0, rel_bytes = 0, plt = 0, plt_bytes = 0, relr = 0,
                relr_bytes = 0;
  std::uint64_t soname = 0, runpath = 0, rpath = 0, got = 0, init = 0, fini = 0;
  bool plt_is_rela = true;
};

class Reading {
 public:
  Reading(Elf* elf, Image& image, const std::string& name)
      : elf_(elf), image_(image), name_(name) {}
  std::optional<Problem> run();

 private:
  std::optional<Problem> header();
  std::optional<Problem> segments();
  void sections();
  void section_symbols(Elf_Scn* section, const GElf_Shdr& header);
  void dynamic(const GElf_Phdr& header);
  void dynamic_symbols(const Dynamic& d);
  void relocations(const Dynamic& d);
  void relocations(std::uint64_t address, std::uint64_t size, bool with_addend);
  void relative_list(std::uint64_t address, std::uint64_t size);
  void add_relocation(std::uint64_t place, std::uint32_t type, std::uint32_t symbol,
                      std::int64_t addend, bool with_addend);
  std::uint64_t symbol_count(const Dynamic& d) const;
  std::uint64_t gnu_hash_count(std::uint64_t address) const;
  std::uint64_t word_at(std::uint64_t address, std::size_t bytes) const;
  std::string string_at(const Dynamic& d, std::uint64_t offset) const;
  Elf_Data* data(std::uint64_t address, std::uint64_t size, Elf_Type type) const;
  void read_build_id();

  Elf* elf_;
  Image& image_;
  const std::string& name_;
  GElf_Ehdr ehdr_{};
  bool wide_ = true;
  std::vector<std::pair<Range, bool>> got_sections_;
};

std::optional<Problem> Reading::header() {
  if (!gelf_getehdr(elf_, &ehdr_)) return bad(name_, "the ELF header is damaged");
  wide_ = gelf_getclass(elf_) == ELFCLASS64;
  if (ehdr_.e_ident[EI_DATA] != ELFDATA2LSB)
    return bad(name_, "a big-endian ELF file; x86_64, i386 and aarch64 are read");
  if (ehdr_.e_machine == EM_X86_64 && wide_) image_.arch = Arch::X86_64;
  if (ehdr_.e_machine == EM_AARCH64 && wide_) image_.arch = Arch::Aarch64;
  if (ehdr_.e_machine == EM_386 && !wide_) image_.arch = Arch::X86;
  if (image_.arch == Arch::Unknown)
    return bad(name_, "machine code of ELF machine " + std::to_string(ehdr_.e_machine) +
                          "; x86_64, i386 and aarch64 are read");
  if (ehdr_.e_type == ET_CORE) return bad(name_, "a core dump, no program");
  if (ehdr_.e_type != ET_EXEC && ehdr_.e_type != ET_DYN)
    return bad(name_, "an object file that is not linked",
               "give the program or the shared library that it was linked into");
  image_.position_independent = ehdr_.e_type == ET_DYN;
  image_.entry = ehdr_.e_entry;
  return std::nullopt;
}

std::optional<Problem> Reading::segments() {
  std::size_t count = 0;
  if (elf_getphdrnum(elf_, &count) != 0 || count == 0)
    return bad(name_, "no program headers: nothing of it would be loaded");
  std::vector<GElf_Phdr> headers;
  for (std::size_t i = 0; i < count && i < 65536; ++i) {
    GElf_Phdr header;
    if (!gelf_getphdr(elf_, static_cast<int>(i), &header))
      return bad(name_, "a program header is damaged");
    const bool inside = header.p_offset <= image_.bytes.size() &&
                        header.p_filesz <= image_.bytes.size() - header.p_offset;
    if (!inside && (header.p_type == PT_LOAD || header.p_type == PT_DYNAMIC))
      return bad(name_, "cut off: a segment lies outside of the file",
                 "a debug file holds no code: give the program itself");
    if (inside) headers.push_back(header);
  }
  std::uint64_t code_bytes = 0;
  for (const GElf_Phdr& header : headers) {
    const std::string_view bytes = image_.bytes.substr(header.p_offset, header.p_filesz);
    if (header.p_type == PT_INTERP)
      image_.interpreter = std::string(bytes.substr(0, std::min(bytes.find('\0'), kMaxName)));
    if (header.p_type != PT_LOAD || bytes.empty()) continue;
    image_.segments.push_back(
        {header.p_vaddr, bytes, (header.p_flags & PF_X) != 0, (header.p_flags & PF_W) != 0});
    if (header.p_flags & PF_X) code_bytes += bytes.size();
  }
  if (code_bytes == 0)
    return bad(name_, "no executable code in it",
               "a debug file holds no code: give the program itself");
  if (code_bytes > kMaxCodeBytes) return bad(name_, "more than 512 MiB of code");
  for (const GElf_Phdr& header : headers) {
    if (header.p_type == PT_DYNAMIC) dynamic(header);
    if (header.p_type == PT_GNU_EH_FRAME) image_.frames = frame_table(image_, header.p_vaddr);
  }
  return std::nullopt;
}

std::uint64_t Reading::word_at(std::uint64_t address, std::size_t bytes) const {
  std::uint64_t value = 0;
  const std::string_view there = image_.at(address);
  if (there.size() >= bytes) std::memcpy(&value, there.data(), bytes);
  return value;
}

Elf_Data* Reading::data(std::uint64_t address, std::uint64_t size, Elf_Type type) const {
  const std::string_view there = image_.at(address);
  if (size == 0 || there.size() < size) return nullptr;
  return elf_getdata_rawchunk(elf_, there.data() - image_.bytes.data(), size, type);
}

std::string Reading::string_at(const Dynamic& d, std::uint64_t offset) const {
  if (offset >= d.string_bytes) return "";
  std::string_view text = image_.at(d.strings + offset);
  text = text.substr(0, std::min<std::uint64_t>({d.string_bytes - offset, kMaxName, text.size()}));
  return std::string(text.substr(0, text.find('\0')));
}

void Reading::dynamic(const GElf_Phdr& header) {
  Elf_Data* entries = elf_getdata_rawchunk(elf_, static_cast<std::int64_t>(header.p_offset),
                                           header.p_filesz, ELF_T_DYN);
  if (!entries) return;
  Dynamic d;
  const std::size_t count = entries->d_size / gelf_fsize(elf_, ELF_T_DYN, 1, EV_CURRENT);
  for (std::size_t i = 0; i < count; ++i) {
    GElf_Dyn entry;
    if (!gelf_getdyn(entries, static_cast<int>(i), &entry) || entry.d_tag == DT_NULL) break;
    const std::uint64_t value = entry.d_un.d_val;
    switch (entry.d_tag) {
      case DT_NEEDED: d.needed.push_back(value); break;
      case DT_STRTAB: d.strings = value; break;
      case DT_STRSZ: d.string_bytes = value; break;
      case DT_SYMTAB: d.symbols = value; break;
      case DT_HASH: d.hash = value; break;
      case DT_GNU_HASH: d.gnu_hash = value; break;
      case DT_RELA: d.rela = value; break;
      case DT_RELASZ: d.rela_bytes = value; break;
      case DT_REL: d.rel = value; break;
      case DT_RELSZ: d.rel_bytes = value; break;
      case DT_RELR: d.relr = value; break;
      case DT_RELRSZ: d.relr_bytes = value; break;
      case DT_JMPREL: d.plt = value; break;
      case DT_PLTRELSZ: d.plt_bytes = value; break;
      case DT_PLTREL: d.plt_is_rela = value == DT_RELA; break;
      case DT_SONAME: d.soname = value; break;
      case DT_RUNPATH: d.runpath = value; break;
      case DT_RPATH: d.rpath = value; break;
      case DT_PLTGOT: d.got = value; break;
      case DT_INIT: d.init = value; break;
      case DT_FINI: d.fini = value; break;
      default: break;
    }
  }
  for (const std::uint64_t offset : d.needed) image_.needed.push_back(string_at(d, offset));
  if (d.soname) image_.soname = string_at(d, d.soname);
  if (d.runpath || d.rpath) image_.search_path = string_at(d, d.runpath ? d.runpath : d.rpath);
  image_.got = d.got;
  image_.own_names = {d.strings, d.strings + d.string_bytes};
  for (const std::uint64_t address : {d.init, d.fini}) {
    if (address) image_.startup.push_back(address);
  }
  relocations(d);
  dynamic_symbols(d);
}

// DT_GNU_HASH does not say how many symbols there are: the longest chain ends at the last one.
std::uint64_t Reading::gnu_hash_count(std::uint64_t address) const {
  const std::uint64_t buckets = word_at(address, 4), first = word_at(address + 4, 4),
                      bloom = word_at(address + 8, 4);
  const std::uint64_t table = address + 16 + bloom * (wide_ ? 8 : 4);
  if (buckets > kMaxSymbols || bloom > kMaxSymbols || image_.at(table).size() < buckets * 4)
    return 0;
  std::uint64_t last = 0;
  for (std::uint64_t i = 0; i < buckets; ++i) last = std::max(last, word_at(table + i * 4, 4));
  if (last < first) return first;
  const std::string_view chain = image_.at(table + buckets * 4);
  for (; last < kMaxSymbols; ++last) {
    const std::uint64_t at = (last - first) * 4;
    if (at + 4 > chain.size() || (static_cast<unsigned char>(chain[at]) & 1)) break;
  }
  return last + 1;
}

std::uint64_t Reading::symbol_count(const Dynamic& d) const {
  std::uint64_t count = 0;
  if (d.hash) count = word_at(d.hash + 4, 4);
  if (d.gnu_hash) count = std::max(count, gnu_hash_count(d.gnu_hash));
  for (const Relocation& relocation : image_.relocations)
    count = std::max<std::uint64_t>(count, relocation.symbol + 1ULL);
  const std::uint64_t room =
      image_.at(d.symbols).size() / gelf_fsize(elf_, ELF_T_SYM, 1, EV_CURRENT);
  return std::min<std::uint64_t>({count, room, kMaxSymbols});
}

Symbol symbol_of(const GElf_Sym& raw, std::string name) {
  const int type = GELF_ST_TYPE(raw.st_info);
  Symbol symbol;
  symbol.name = std::move(name);
  symbol.value = raw.st_value;
  symbol.size = raw.st_size;
  symbol.defined = raw.st_shndx != SHN_UNDEF;
  symbol.function = type == STT_FUNC || type == STT_GNU_IFUNC || type == STT_NOTYPE;
  symbol.data = type == STT_OBJECT;
  symbol.exported = symbol.defined && GELF_ST_BIND(raw.st_info) != STB_LOCAL;
  return symbol;
}

void Reading::dynamic_symbols(const Dynamic& d) {
  const std::uint64_t count = d.symbols ? symbol_count(d) : 0;
  image_.symbols.resize(1);
  Elf_Data* table = data(d.symbols, count * gelf_fsize(elf_, ELF_T_SYM, 1, EV_CURRENT), ELF_T_SYM);
  for (std::uint64_t i = 1; table && i < count; ++i) {
    GElf_Sym raw;
    if (!gelf_getsym(table, static_cast<int>(i), &raw)) break;
    image_.symbols.push_back(symbol_of(raw, string_at(d, raw.st_name)));
  }
  for (Relocation& relocation : image_.relocations) {
    if (relocation.symbol >= image_.symbols.size()) relocation.symbol = 0;
  }
}

void Reading::relocations(const Dynamic& d) {
  relocations(d.rela, d.rela_bytes, true);
  relocations(d.rel, d.rel_bytes, false);
  relocations(d.plt, d.plt_bytes, d.plt_is_rela);
  relative_list(d.relr, d.relr_bytes);
}

void Reading::relocations(std::uint64_t address, std::uint64_t size, bool with_addend) {
  const Elf_Type type = with_addend ? ELF_T_RELA : ELF_T_REL;
  Elf_Data* table = data(address, size, type);
  if (!table) return;
  const std::size_t count =
      std::min(table->d_size / gelf_fsize(elf_, type, 1, EV_CURRENT), kMaxRelocations);
  for (std::size_t i = 0; i < count; ++i) {
    GElf_Rela rela{};
    GElf_Rel rel{};
    if (with_addend ? !gelf_getrela(table, static_cast<int>(i), &rela)
                    : !gelf_getrel(table, static_cast<int>(i), &rel))
      break;
    const std::uint64_t info = with_addend ? rela.r_info : rel.r_info;
    add_relocation(with_addend ? rela.r_offset : rel.r_offset,
                   static_cast<std::uint32_t>(GELF_R_TYPE(info)),
                   static_cast<std::uint32_t>(GELF_R_SYM(info)), rela.r_addend, with_addend);
  }
}

// The types of the psABIs that put an address somewhere; the others (TLS, copies) fill in no code
// address.
void Reading::add_relocation(std::uint64_t place, std::uint32_t type, std::uint32_t symbol,
                             std::int64_t addend, bool with_addend) {
  bool relative = false, slot = false, pointer = false, resolver = false;
  if (image_.arch == Arch::X86_64) {
    relative = type == R_X86_64_RELATIVE;
    slot = type == R_X86_64_GLOB_DAT || type == R_X86_64_JUMP_SLOT;
    pointer = type == R_X86_64_64;
    resolver = type == R_X86_64_IRELATIVE;
  } else if (image_.arch == Arch::Aarch64) {
    relative = type == R_AARCH64_RELATIVE;
    slot = type == R_AARCH64_GLOB_DAT || type == R_AARCH64_JUMP_SLOT;
    pointer = type == R_AARCH64_ABS64;
    resolver = type == R_AARCH64_IRELATIVE;
  } else {
    relative = type == R_386_RELATIVE;
    slot = type == R_386_GLOB_DAT || type == R_386_JMP_SLOT;
    pointer = type == R_386_32;
    resolver = type == R_386_IRELATIVE;
  }
  if (!relative && !slot && !pointer && !resolver) return;
  Relocation relocation;
  relocation.place = place;
  relocation.binding = slot ? Binding::Slot : resolver ? Binding::Resolver : Binding::Pointer;
  relocation.target =
      with_addend ? static_cast<std::uint64_t>(addend) : word_at(place, wide_ ? 8 : 4);
  if (slot || pointer) relocation.symbol = symbol;
  image_.relocations.push_back(relocation);
}

// DT_RELR (gABI draft): an even word is an address, an odd one a bitmap of the words that follow
// the last address.
void Reading::relative_list(std::uint64_t address, std::uint64_t size) {
  const std::size_t word = wide_ ? 8 : 4;
  const auto add = [&](std::uint64_t place) {
    image_.relocations.push_back({Binding::Pointer, place, word_at(place, word), 0});
  };
  std::uint64_t place = 0;
  for (std::uint64_t at = 0; at + word <= size && image_.relocations.size() < kMaxRelocations;
       at += word) {
    if (image_.at(address + at).size() < word) return;
    const std::uint64_t entry = word_at(address + at, word);
    if ((entry & 1) == 0) {
      add(entry);
      place = entry + word;
      continue;
    }
    for (std::size_t bit = 1; bit < word * 8; ++bit) {
      if (entry >> bit & 1) add(place + (bit - 1) * word);
    }
    place += (word * 8 - 1) * word;
  }
}

void Reading::section_symbols(Elf_Scn* section, const GElf_Shdr& header) {
  Elf_Data* table = elf_getdata(section, nullptr);
  if (!table) return;
  const std::size_t count =
      std::min(table->d_size / gelf_fsize(elf_, ELF_T_SYM, 1, EV_CURRENT), kMaxSymbols);
  for (std::size_t i = 1; i < count; ++i) {
    GElf_Sym raw;
    if (!gelf_getsym(table, static_cast<int>(i), &raw)) break;
    const char* text = elf_strptr(elf_, header.sh_link, raw.st_name);
    Symbol symbol =
        symbol_of(raw, text ? std::string(std::string_view(text).substr(0, kMaxName)) : "");
    // Markers of aarch64's and ARM's assemblers ($x, $d) and of sections name no function.
    if (!symbol.defined || symbol.name.empty() || symbol.name[0] == '$') continue;
    if (!symbol.function && !symbol.data) continue;
    symbol.exported = false;
    image_.symbols.push_back(std::move(symbol));
  }
  image_.symbol_table = true;
}

void Reading::sections() {
  std::size_t names = 0;
  const bool named = elf_getshdrstrndx(elf_, &names) == 0;
  std::vector<Range> code;
  for (Elf_Scn* section = nullptr; (section = elf_nextscn(elf_, section)) != nullptr;) {
    GElf_Shdr header;
    if (!gelf_getshdr(section, &header)) continue;
    const char* text = named ? elf_strptr(elf_, names, header.sh_name) : nullptr;
    const std::string_view name = text ? text : "";
    const Range range{header.sh_addr, header.sh_addr + std::min(header.sh_size, kMaxFileBytes)};
    if (name == ".go.buildinfo" || name == ".gopclntab") image_.go = true;
    if (name == ".got" || name == ".got.plt") got_sections_.push_back({range, true});
    if (header.sh_type == SHT_SYMTAB) section_symbols(section, header);
    if ((header.sh_flags & SHF_EXECINSTR) && header.sh_type == SHT_PROGBITS && header.sh_size)
      code.push_back(range);
    if (name == ".eh_frame" && image_.frames.empty())
      image_.frames = frame_list(image_, header.sh_addr, header.sh_size, ehdr_.e_ident);
  }
  // Sections are hints that a hostile file may fake: they count only where they lie in executable
  // segments and hold the entry.
  std::erase_if(
      code, [&](const Range& r) { return !image_.is_code(r.start) || !image_.is_code(r.end - 1); });
  const bool entry_inside =
      std::any_of(code.begin(), code.end(), [&](const Range& r) { return r.holds(image_.entry); });
  if (!code.empty() && (entry_inside || image_.entry == 0)) image_.code = std::move(code);
}

void Reading::read_build_id() {
  const void* id = nullptr;
  const ssize_t size = dwelf_elf_gnu_build_id(elf_, &id);
  const auto* byte = static_cast<const unsigned char*>(id);
  for (ssize_t i = 0; i < size && i < 64; ++i) image_.build_id += fmt::format("{:02x}", byte[i]);
}

std::optional<Problem> Reading::run() {
  if (auto problem = header()) return problem;
  image_.symbols.resize(1);
  if (auto problem = segments()) return problem;
  for (const Segment& segment : image_.segments) {
    if (segment.executable)
      image_.code.push_back({segment.address, segment.address + segment.bytes.size()});
  }
  sections();
  std::sort(image_.code.begin(), image_.code.end(),
            [](const Range& a, const Range& b) { return a.start < b.start; });
  for (Relocation& relocation : image_.relocations) {
    for (const auto& [range, yes] : got_sections_) {
      if (relocation.binding == Binding::Pointer && range.holds(relocation.place))
        relocation.binding = Binding::Slot;
    }
  }
  read_build_id();
  // UPX leaves its mark beside the headers, and no section table.
  image_.packed =
      ehdr_.e_shnum == 0 && image_.bytes.substr(0, 4096).find("UPX!") != std::string_view::npos;
  return std::nullopt;
}

}  // namespace

bool is_elf(std::string_view bytes) {
  return bytes.substr(0, 4) == std::string_view(
                                   "\x7f"
                                   "ELF");
}

Result<Image> read_image(std::string_view bytes, const std::string& name) {
  if (bytes.substr(0, 2) == "#!") {
    const std::string_view line = bytes.substr(2, bytes.substr(0, 256).find('\n') - 2);
    return fail(bad(name, "a script, no ELF file", "give its interpreter: " + std::string(line)));
  }
  if (!is_elf(bytes)) return fail(bad(name, "not an ELF file"));
  if (bytes.size() > kMaxFileBytes) return fail(bad(name, "larger than 1 GiB"));
  elf_version(EV_CURRENT);
  // The library asks for a pointer that it may write through, but writes nothing to memory that it
  // does not own.
  const ElfHandle elf(elf_memory(const_cast<char*>(bytes.data()), bytes.size()));
  if (!elf || elf_kind(elf.get()) != ELF_K_ELF) return fail(bad(name, "the ELF header is damaged"));
  Image image;
  image.bytes = bytes;
  if (auto problem = Reading(elf.get(), image, name).run()) return fail(std::move(*problem));
  return image;
}

}  // namespace medic::elf
