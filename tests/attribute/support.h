// The words of the attribution tests: a log said event by event.
#pragma once

#include <deque>
#include <string>

#include "attribute/attribution.h"

namespace medic::attribute {

class Log {
 public:
  ProcessTable table;

  // Audit's manner: numbers of the first pid namespace, times, a serial.
  ProcessIndex call(std::int64_t pid, double at, std::string comm = "", std::string exe = "") {
    return tell(pid, at, std::move(comm), std::move(exe), model::Call{});
  }
  ProcessIndex child_of(std::int64_t pid, std::int64_t ppid, double at, std::string comm = "") {
    model::Label label;
    label.ppid = ppid;
    return tell(pid, at, std::move(comm), "", label);
  }
  ProcessIndex execs(std::int64_t pid, std::int64_t ppid, double at, std::string exe,
                     std::string words = "") {
    const std::string comm = exe.substr(exe.rfind('/') + 1);
    child_of(pid, ppid, at, comm);
    for (char& c : words) c = c == ' ' ? '\0' : c;
    return tell(pid, at, comm, exe, model::Exec{keep(exe), {}, keep(words)});
  }
  ProcessIndex clones(std::int64_t pid, std::int64_t child, double at) {
    model::Fork fork;
    fork.child = child;
    fork.child_in_inner_ns = true;
    return tell(pid, at, "", "", fork);
  }
  ProcessIndex exits(std::int64_t pid, double at) { return tell(pid, at, "", "", model::Exit{}); }
  ProcessIndex labelled(std::int64_t pid, double at, const std::string& subj) {
    model::Event event = make(pid, at);
    event.subj = keep(subj);
    event.what = model::Call{};
    return table.observe(event);
  }
  ProcessIndex says(std::int64_t pid, double at, model::Label label) {
    return tell(pid, at, "", "", label);
  }

  model::Event make(std::int64_t pid, double at) {
    model::Event event;
    event.origin = {0, ++line_, 0};
    event.pid = pid;
    if (at >= 0)
      event.time = {static_cast<std::int64_t>(at * 1e9), model::Time::Basis::Epoch, false};
    event.serial = audit ? static_cast<std::int64_t>(line_) : -1;
    return event;
  }
  std::string_view keep(std::string text) { return texts_.emplace_back(std::move(text)); }
  bool audit = true;

 private:
  ProcessIndex tell(std::int64_t pid, double at, std::string comm, std::string exe,
                    model::What what) {
    model::Event event = make(pid, at);
    event.comm = keep(std::move(comm));
    event.exe = keep(std::move(exe));
    event.what = std::move(what);
    return table.observe(event);
  }
  std::uint64_t line_ = 0;
  std::deque<std::string> texts_;
};

// `web stated`, `web inferred`, or `nobody`.
inline std::string whose(const Attribution& owners, ProcessIndex process, double first = -1,
                         double last = -1) {
  const auto time = [](double at) {
    return model::Time{static_cast<std::int64_t>(at * 1e9), model::Time::Basis::Epoch, false};
  };
  const Owner* owner = first < 0
                           ? owners.owner(process)
                           : owners.owner(process, time(first), time(last < 0 ? first : last));
  if (owner == nullptr) return "nobody";
  const std::string name = !owner->name.empty()  ? owner->name
                           : !owner->id.empty()  ? owner->id
                           : !owner->pod.empty() ? "pod " + owner->pod
                                                 : owner->unit;
  return name + " " + std::string(model::name(owner->certainty));
}

}  // namespace medic::attribute
