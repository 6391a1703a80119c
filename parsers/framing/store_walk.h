// What log stores export: JSON of any structure. Walks over every string of every value and gives
// those that may be a log's line, with what known keys around them say of host, time and container;
// structured records (ECS, osquery) come out as the record that they were made of. Tolerates
// documents cut off at either end, several in a row, one of 50 MB, and text around them (CSV cells,
// logfmt): a document is never held as a tree, and nothing recurses by the text's depth.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "model/event.h"

namespace medic::parsers::framing {

// One line of a log that a value holds. line counts from 0 within the text, offset is its first
// byte there.
struct StoredLine {
  std::string text;
  std::uint64_t line = 0, offset = 0;
  std::string host;
  model::Time time;
  std::string container_id, container_name, pod;
  model::Provenance provenance = model::Provenance::Kernel;  // Anyone: a container's output
  bool has_label() const {
    return !(container_id.empty() && container_name.empty() && pod.empty());
  }
};

// Has the text a word without which no line of it is of interest?
bool may_store_denials(std::string_view text);

// In the text's order. base64 and other encodings are never looked into.
std::vector<StoredLine> walk_store(std::string_view text);

}  // namespace medic::parsers::framing
