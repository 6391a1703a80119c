#include "report/report.h"

namespace medic::report {

extern const Renderer kTextRenderer;
extern const Renderer kJsonRenderer;

std::span<const Renderer> all_renderers() {
  static const Renderer kRenderers[] = {kTextRenderer, kJsonRenderer};
  return kRenderers;
}

const Renderer* find_renderer(std::string_view name) {
  for (const Renderer& renderer : all_renderers()) {
    if (renderer.name == name) return &renderer;
  }
  return nullptr;
}

}  // namespace medic::report
