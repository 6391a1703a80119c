#include "parsers/audit/engine_errors_dialect.h"

#include <algorithm>

#include "kernel/engine_errors.h"
#include "kernel/errno.h"
#include "parsers/audit/line_dialect.h"
#include "parsers/framing/prefix.h"

namespace medic::parsers {
namespace {

using namespace audit;

class EngineErrors : public LineDialect {
 public:
  std::string_view name() const override { return "engine-errors"; }
  std::string_view help() const override {
    return "errors of docker, podman, containerd, runc and crun, and of programs in a container";
  }

  std::size_t recognise(std::span<const std::string_view> lines) const override {
    return static_cast<std::size_t>(
        std::count_if(lines.begin(), lines.end(), [](std::string_view line) {
          return kernel::find_engine_error(line) != nullptr ||
                 kernel::read_symptom(line).has_value();
        }));
  }

  Reading read_line(const Place& place, const Options&, EventSink& sink) const override {
    model::Event event;
    event.origin = place.origin;
    event.line = place.line;
    model::LayerDenial denial;
    denial.layer = model::LayerDenial::Layer::Engine;
    denial.text = place.line;
    if (const kernel::EngineError* error = kernel::find_engine_error(place.line)) {
      denial.operation = error->id;
    } else if (const auto symptom = kernel::read_symptom(place.line)) {
      denial.operation = "symptom";
      denial.permission = symptom->error == kernel::kEPERM ? "EPERM" : "EACCES";
      denial.subj = symptom->program;
    } else {
      return kForeign;
    }
    event.what = denial;
    sink.event(event);
    return kUsed;
  }
};

}  // namespace

const Dialect& engine_errors_dialect() {
  static const EngineErrors dialect;
  return dialect;
}

}  // namespace medic::parsers
