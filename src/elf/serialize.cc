#include "elf/serialize.h"

#include <cstring>

namespace medic::elf {

namespace {

// Changes whenever what is read of a file changes, or how it is written down.
constexpr std::string_view kMagic = "medic-elf-module 2\n";
constexpr std::uint64_t kMaxCount = 50'000'000;

class Writer {
 public:
  std::string bytes;
  void operator()(std::uint64_t value) {
    while (value >= 0x80) {
      bytes += static_cast<char>(value | 0x80);
      value >>= 7;
    }
    bytes += static_cast<char>(value);
  }
  void operator()(std::uint32_t value) { (*this)(std::uint64_t{value}); }
  void operator()(std::int32_t value) { (*this)(std::uint64_t{static_cast<std::uint32_t>(value)}); }
  void operator()(bool value) { bytes += value ? '\1' : '\0'; }
  void operator()(EdgeKind value) { bytes += static_cast<char>(value); }
  void operator()(kernel::Arch value) { bytes += static_cast<char>(value); }
  void operator()(const std::string& text) {
    (*this)(std::uint64_t{text.size()});
    bytes += text;
  }
  template <class T>
  void operator()(const std::vector<T>& list);
};

class Reader {
 public:
  explicit Reader(std::string_view bytes) : bytes_(bytes) {}
  bool good = true;
  bool at_end() const { return bytes_.empty(); }
  void operator()(std::uint64_t& value) {
    value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      const auto byte = static_cast<unsigned char>(next());
      value |= std::uint64_t{byte & 0x7FU} << shift;
      if (!(byte & 0x80)) return;
    }
    good = false;
  }
  void operator()(std::uint32_t& value) {
    std::uint64_t wide = 0;
    (*this)(wide);
    value = static_cast<std::uint32_t>(wide);
  }
  void operator()(std::int32_t& value) {
    std::uint64_t wide = 0;
    (*this)(wide);
    value = static_cast<std::int32_t>(static_cast<std::uint32_t>(wide));
  }
  void operator()(bool& value) { value = next() != 0; }
  void operator()(EdgeKind& value) {
    const char byte = next();
    good = good && byte >= 0 && byte <= static_cast<char>(EdgeKind::Takes);
    value = static_cast<EdgeKind>(byte);
  }
  void operator()(kernel::Arch& value) {
    const char byte = next();
    good = good && byte >= 0 && byte < static_cast<char>(kernel::kArchCount);
    value = static_cast<kernel::Arch>(byte);
  }
  void operator()(std::string& text) {
    std::uint64_t size = 0;
    (*this)(size);
    if (size > bytes_.size()) good = false;
    if (!good) return;
    text = bytes_.substr(0, size);
    bytes_.remove_prefix(size);
  }
  template <class T>
  void operator()(std::vector<T>& list);

 private:
  char next() {
    if (bytes_.empty()) {
      good = false;
      return 0;
    }
    const char byte = bytes_.front();
    bytes_.remove_prefix(1);
    return byte;
  }
  std::string_view bytes_;
};

// The members, once for both ways.
template <class Way, class E>
void members(Way& way, E& e) requires std::is_same_v<std::remove_const_t<E>, Edge> {
  way(e.at), way(e.kind), way(e.imported), way(e.number_known), way(e.to);
}
template <class Way, class S>
void members(Way& way, S& s) requires std::is_same_v<std::remove_const_t<S>, Site> {
  way(s.at), way(s.numbers), way(s.unknown), way(s.parameter), way(s.compat);
}
template <class Way, class F>
void members(Way& way, F& f) requires std::is_same_v<std::remove_const_t<F>, Function> {
  way(f.range.start), way(f.range.end), way(f.name), way(f.edges), way(f.sites);
}
template <class Way, class X>
void members(Way& way, X& x) requires std::is_same_v<std::remove_const_t<X>, Export> {
  way(x.name), way(x.function);
}
template <class Way, class M>
void members(Way& way, M& m) requires std::is_same_v<std::remove_const_t<M>, Module> {
  way(m.name), way(m.build_id), way(m.soname), way(m.interpreter), way(m.search_path), way(m.arch),
      way(m.position_independent), way(m.go);
  way(m.packed), way(m.needed), way(m.functions), way(m.imports), way(m.exports), way(m.entry),
      way(m.startup), way(m.pointed_at);
  way(m.pointed_imports), way(m.looks_up_names), way(m.libraries_named), way(m.symbols_named);
}

template <class T>
constexpr bool kPlain = std::is_arithmetic_v<T> || std::is_same_v<T, std::string>;

template <class T>
void Writer::operator()(const std::vector<T>& list) {
  (*this)(std::uint64_t{list.size()});
  for (const T& each : list) {
    if constexpr (kPlain<T>)
      (*this)(each);
    else
      members(*this, each);
  }
}

template <class T>
void Reader::operator()(std::vector<T>& list) {
  std::uint64_t count = 0;
  (*this)(count);
  if (count > kMaxCount || count > bytes_.size())
    good = false;  // each element takes a byte at least
  for (std::uint64_t i = 0; good && i < count; ++i) {
    list.emplace_back();
    if constexpr (kPlain<T>)
      (*this)(list.back());
    else
      members(*this, list.back());
  }
}

// Do all indices lead somewhere? A cache is a file that anybody may have written.
bool consistent(const Module& m) {
  const auto in = [](const std::vector<std::uint32_t>& list, std::size_t size) {
    return std::all_of(list.begin(), list.end(), [&](std::uint32_t i) { return i < size; });
  };
  const bool lists = in(m.startup, m.functions.size()) && in(m.pointed_at, m.functions.size()) &&
                     in(m.pointed_imports, m.imports.size());
  const bool exports = std::all_of(m.exports.begin(), m.exports.end(), [&](const Export& e) {
    return e.function < m.functions.size();
  });
  const bool edges = std::all_of(m.functions.begin(), m.functions.end(), [&](const Function& f) {
    return std::all_of(f.edges.begin(), f.edges.end(), [&](const Edge& e) {
      return e.to < (e.imported ? m.imports.size() : m.functions.size());
    });
  });
  return lists && exports && edges && (m.entry == kNobody || m.entry < m.functions.size());
}

}  // namespace

std::string save_module(const Module& module) {
  Writer writer;
  writer.bytes = kMagic;
  members(writer, module);
  return std::move(writer.bytes);
}

std::optional<Module> load_module(std::string_view bytes) {
  if (!bytes.starts_with(kMagic)) return std::nullopt;
  Reader reader(bytes.substr(kMagic.size()));
  Module module;
  members(reader, module);
  if (!reader.good || !reader.at_end() || !consistent(module)) return std::nullopt;
  return module;
}

}  // namespace medic::elf
