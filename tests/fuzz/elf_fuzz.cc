// Any bytes as an ELF file: an error in words, or a module whose indices all lead somewhere.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "elf/read_image.h"
#include "elf/read_module.h"
#include "elf/serialize.h"

using namespace medic;
using namespace medic::elf;

namespace {

void insist(bool holds) {
  if (!holds) std::abort();
}

void check(const Module& module) {
  for (const Function& f : module.functions) {
    insist(f.range.start < f.range.end);
    for (const Edge& edge : f.edges)
      insist(edge.to < (edge.imported ? module.imports.size() : module.functions.size()));
  }
  for (const Export& e : module.exports) insist(e.function < module.functions.size());
  for (const auto* list : {&module.startup, &module.pointed_at}) {
    for (const std::uint32_t f : *list) insist(f < module.functions.size());
  }
  for (const std::uint32_t i : module.pointed_imports) insist(i < module.imports.size());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size > 200'000) return 0;
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  if (const auto cached = load_module(bytes)) check(*cached);
  const auto image = read_image(bytes, "fuzz");
  if (!image) {
    insist(!image.error().text.empty());
    return 0;
  }
  if (const auto module = read_module(*image, "fuzz")) {
    check(*module);
    const std::string saved = save_module(*module);
    const auto again = load_module(saved);
    insist(again.has_value() && save_module(*again) == saved);
  }
  return 0;
}
