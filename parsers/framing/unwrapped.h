// What is left when a wrapping is taken off: audit records in the kernel's own writing, and what
// the wrapping reported of the host and the task.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "model/event.h"

namespace medic::parsers::framing {

struct InnerRecord {
  std::string type;  // SECCOMP, 1326, UNKNOWN[1326]
  std::string body;  // key=value fields; values quoted, hex-encoded or bare as the kernel does
};

struct Unwrapped {
  std::vector<InnerRecord> records;
  std::string text;     // a whole text line instead, to be read as one of a log
  bool is_cut = false;  // and the next object's text goes on with it
  std::string host;
  model::Time time;
  std::int64_t serial = -1;
  // Of the task that the records are about, pid -1: not known.
  std::int64_t pid = -1, uid = -1;
  std::string comm, exe;
  std::string cgroup, unit, container_id, container_name, pod, image;
  model::Provenance provenance = model::Provenance::Kernel;  // of the text or the records
  int core_signal = 0;  // systemd-coredump: the signal it died of

  bool has_label() const {
    return !(cgroup.empty() && unit.empty() && container_id.empty() && container_name.empty() &&
             pod.empty() && image.empty());
  }
};

enum class Unwraping : std::uint8_t {
  Ours,     // unwrapped
  Foreign,  // of this wrapping, but nothing of interest in it; or not of this wrapping
  Damaged   // of this wrapping, and broken
};

// Appends ` key="value"`, hex-encoded where the kernel would, so that the value reads back as it
// is.
void append_field(std::string& body, std::string_view key, std::string_view value);

}  // namespace medic::parsers::framing
