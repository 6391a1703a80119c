#include "parsers/audit/peeled_reader.h"

namespace medic::parsers::audit {
namespace {

model::Event event_of(const envelope::Peeled& peeled, const Place& place) {
  model::Event event;
  event.origin = place.origin;
  event.line = place.line;
  event.time = peeled.time;
  event.host = peeled.host;
  event.serial = peeled.serial;
  event.pid = peeled.pid;
  event.uid = peeled.uid;
  event.comm = peeled.comm;
  event.exe = peeled.exe;
  return event;
}

void emit_label(const envelope::Peeled& peeled, const Place& place, EventSink& sink) {
  model::Event event = event_of(peeled, place);
  model::Label label;
  label.cgroup = peeled.cgroup;
  label.unit = peeled.unit;
  label.container_id = peeled.container_id;
  label.container_name = peeled.container_name;
  label.pod = peeled.pod;
  label.image = peeled.image;
  event.what = label;
  sink.event(event);
}

Reading read_line_inside(const envelope::Peeled& peeled, const Place& place, const WholeEvents& events) {
  Record record;
  std::string_view glued;
  const Found found = read_line(peeled.text, record, glued);
  if (found == Found::Damaged) return damaged("record cut off");
  if (found == Found::Foreign) return read_loss_notice(peeled.text, place, events.sink) ? kUsed : kForeign;
  if (record.node.empty()) record.node = peeled.host;
  if (record.time.basis != model::Time::Basis::Epoch && peeled.time.basis == model::Time::Basis::Epoch) record.time = peeled.time;
  return events.read(record, place, {});
}

Record record_of(const envelope::InnerRecord& inner, const envelope::Peeled& peeled) {
  Record record;
  record.type = type_from_name(inner.type);
  record.time = peeled.time;
  record.serial = peeled.serial;
  record.node = peeled.host;
  record.body = std::string_view(inner.body).substr(0, inner.body.find('\x1d'));
  return record;
}

}  // namespace

Reading read_peeled(const envelope::Peeled& peeled, const Place& place, const WholeEvents& events) {
  EventSink& sink = events.sink;
  if (!peeled.text.empty()) return read_line_inside(peeled, place, events);
  if (peeled.has_label() && peeled.pid >= 0) emit_label(peeled, place, sink);
  if (peeled.core_signal != 0) {
    model::Event event = event_of(peeled, place);
    event.what = model::Abend{peeled.core_signal};
    sink.event(event);
    return kUsed;
  }
  std::vector<Companion> companions;
  for (const envelope::InnerRecord& inner : peeled.records) {
    if (const Record record = record_of(inner, peeled); is_companion(record.type))
      add_companion(record, place.origin.line, companions);
  }
  Reading whole = peeled.records.empty() && peeled.has_label() && peeled.pid >= 0 ? kUsed : kForeign;
  for (const envelope::InnerRecord& inner : peeled.records) {
    const Reading reading = events.read(record_of(inner, peeled), place, companions);
    if (reading.kind == Reading::Kind::Used || whole.kind == Reading::Kind::Foreign) whole = reading;
  }
  return whole;
}

}  // namespace medic::parsers::audit
