#include <algorithm>
#include <initializer_list>

#include "report/report.h"
#include "report/sheet.h"

namespace medic::report {

extern const Renderer kTextRenderer, kJsonRenderer, kJsonlRenderer, kHtmlRenderer,
    kMarkdownRenderer, kSarifRenderer, kJunitRenderer, kCsvRenderer, kEcsRenderer, kOcsfRenderer;

std::span<const Renderer> all_renderers() {
  static const Renderer kRenderers[] = {
      kTextRenderer,  kJsonRenderer,  kJsonlRenderer, kHtmlRenderer, kMarkdownRenderer,
      kSarifRenderer, kJunitRenderer, kCsvRenderer,   kEcsRenderer,  kOcsfRenderer};
  return kRenderers;
}

const Renderer* find_renderer(std::string_view name) {
  for (const Renderer& renderer : all_renderers()) {
    if (renderer.name == name) return &renderer;
  }
  return nullptr;
}

namespace {

bool has_own(const Renderer& renderer, Answer answer) {
  switch (answer) {
    case Answer::Diagnosis:
    case Answer::Check: return renderer.diagnosis != nullptr;
    case Answer::Repair:
    case Answer::Synthesis: return renderer.repair != nullptr;
    case Answer::Coverage: return renderer.coverage != nullptr;
    case Answer::WhatIf: return renderer.what_if != nullptr;
    case Answer::Lint: return renderer.lint != nullptr;
    case Answer::Diff: return renderer.diff != nullptr;
    case Answer::Other: return renderer.name == "text" || renderer.name == "json";
  }
  return false;
}

template <class Own, class Report>
std::string render_with(const Renderer& renderer, Own own, const Report& report,
                        const Style& style) {
  return own != nullptr ? own(report, style) : renderer.sheet(sheet_of(report), style);
}

}  // namespace

bool has_form(const Renderer& renderer, Answer answer) {
  return has_own(renderer, answer) ||
         std::find(renderer.sheets.begin(), renderer.sheets.end(), answer) != renderer.sheets.end();
}

std::string render(const Renderer& renderer, const DiagnosisReport& report, const Style& style) {
  return renderer.diagnosis != nullptr ? renderer.diagnosis(*report.diagnosis, style)
                                       : renderer.sheet(sheet_of(report), style);
}

std::string render(const Renderer& renderer, const RepairReport& report, const Style& style) {
  return render_with(renderer, renderer.repair, report, style);
}

std::string render(const Renderer& renderer, const CoverageReport& report, const Style& style) {
  return render_with(renderer, renderer.coverage, report, style);
}

std::string render(const Renderer& renderer, const WhatIfReport& report, const Style& style) {
  return render_with(renderer, renderer.what_if, report, style);
}

std::string render(const Renderer& renderer, const LintReport& report, const Style& style) {
  return render_with(renderer, renderer.lint, report, style);
}

std::string render(const Renderer& renderer, const DiffReport& report, const Style& style) {
  return render_with(renderer, renderer.diff, report, style);
}

}  // namespace medic::report
