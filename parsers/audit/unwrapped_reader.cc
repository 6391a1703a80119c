#include "parsers/audit/unwrapped_reader.h"

namespace medic::parsers::audit {
namespace {

model::Event event_of(const framing::Unwrapped& unwrapped, const Place& place) {
  model::Event event;
  event.origin = place.origin;
  event.line = place.line;
  event.time = unwrapped.time;
  event.host = unwrapped.host;
  event.serial = unwrapped.serial;
  event.pid = unwrapped.pid;
  event.uid = unwrapped.uid;
  event.comm = unwrapped.comm;
  event.exe = unwrapped.exe;
  event.provenance = unwrapped.provenance;
  return event;
}

void emit_label(const framing::Unwrapped& unwrapped, const Place& place, EventSink& sink) {
  model::Event event = event_of(unwrapped, place);
  model::Label label;
  label.cgroup = unwrapped.cgroup;
  label.unit = unwrapped.unit;
  label.container_id = unwrapped.container_id;
  label.container_name = unwrapped.container_name;
  label.pod = unwrapped.pod;
  label.image = unwrapped.image;
  event.what = label;
  sink.event(event);
}

Reading read_line_inside(const framing::Unwrapped& unwrapped, const Place& place,
                         const WholeEvents& events) {
  Record record;
  std::string_view glued;
  const Found found = read_line(unwrapped.text, record, glued);
  if (found == Found::Damaged) return damaged("record cut off");
  if (found == Found::Foreign)
    return read_loss_notice(unwrapped.text, place, events.sink) ? kUsed : kForeign;
  record.provenance = std::max(record.provenance, unwrapped.provenance);
  if (record.node.empty()) record.node = unwrapped.host;
  if (record.time.basis != model::Time::Basis::Epoch &&
      unwrapped.time.basis == model::Time::Basis::Epoch)
    record.time = unwrapped.time;
  return events.read(record, place, {});
}

Record record_of(const framing::InnerRecord& inner, const framing::Unwrapped& unwrapped) {
  Record record;
  record.type = type_from_name(inner.type);
  record.time = unwrapped.time;
  record.serial = unwrapped.serial;
  record.node = unwrapped.host;
  record.provenance = unwrapped.provenance;
  record.body = std::string_view(inner.body).substr(0, inner.body.find('\x1d'));
  return record;
}

}  // namespace

Reading read_unwrapped(const framing::Unwrapped& unwrapped, const Place& place,
                       const WholeEvents& events) {
  EventSink& sink = events.sink;
  if (!unwrapped.text.empty()) return read_line_inside(unwrapped, place, events);
  if (unwrapped.has_label() && unwrapped.pid >= 0) emit_label(unwrapped, place, sink);
  if (unwrapped.core_signal != 0) {
    model::Event event = event_of(unwrapped, place);
    event.what = model::Abend{unwrapped.core_signal};
    sink.event(event);
    return kUsed;
  }
  std::vector<Companion> companions;
  for (const framing::InnerRecord& inner : unwrapped.records) {
    if (const Record record = record_of(inner, unwrapped); is_companion(record.type))
      add_companion(record, place.origin.line, companions);
  }
  Reading whole =
      unwrapped.records.empty() && unwrapped.has_label() && unwrapped.pid >= 0 ? kUsed : kForeign;
  for (const framing::InnerRecord& inner : unwrapped.records) {
    const Reading reading = events.read(record_of(inner, unwrapped), place, companions);
    if (reading.kind == Reading::Kind::Used || whole.kind == Reading::Kind::Foreign)
      whole = reading;
  }
  return whole;
}

}  // namespace medic::parsers::audit
