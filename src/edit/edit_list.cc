// See edit_list.h.
#include "edit/edit_list.h"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "base/text.h"

namespace medic::profile {
namespace {

bool equal_in_any_case(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return lower(x) == lower(y); });
}

// The separator most often used in the list, the first of equals.
std::string usual_separator(const JsonText& json, const JsonNode& node) {
  std::map<std::string_view, std::size_t> counts;
  std::string_view best;
  std::size_t best_count = 0;
  for (std::size_t i = 1; i < node.children.size(); ++i) {
    const std::string_view gap =
        source(json, {whole(json[node.children[i - 1]]).end, whole(json[node.children[i]]).begin});
    if (const std::size_t count = ++counts[gap]; count > best_count) {
      best = gap;
      best_count = count;
    }
  }
  return std::string(best);
}

std::string joined(const std::vector<std::string>& items, const std::string& separator) {
  std::string out;
  for (std::size_t i = 0; i < items.size(); ++i) out += (i == 0 ? "" : separator) + items[i];
  return out;
}

}  // namespace

std::string_view source(const JsonText& json, Span span) {
  return std::string_view(json.text()).substr(span.begin, span.end - span.begin);
}

Span whole(const JsonNode& node) {
  return {node.key_span.end > 0 ? node.key_span.begin : node.span.begin, node.span.end};
}

NodeId member_any_case(const JsonText& json, NodeId object, std::string_view key) {
  if (const NodeId exact = json.member(object, key);
      exact != kNoNode || json[object].kind != JsonKind::Object)
    return exact;
  NodeId found = kNoNode;
  for (const NodeId child : json[object].children) {
    if (equal_in_any_case(json[child].key, key)) found = child;
  }
  return found;
}

std::optional<Frame> frame_of(const JsonText& json, NodeId id, std::string_view comma) {
  const JsonNode& node = json[id];
  if (node.children.empty()) return std::nullopt;
  Frame frame;
  frame.open = source(json, {node.span.begin + 1, whole(json[node.children.front()]).begin});
  frame.close = source(json, {whole(json[node.children.back()]).end, node.span.end - 1});
  if (node.children.size() > 1) {
    frame.separator = usual_separator(json, node);
  } else {
    frame.separator =
        frame.open.find('\n') == std::string::npos ? std::string(comma) : "," + frame.open;
  }
  return frame;
}

std::string join(const Frame& frame, const std::vector<std::string>& items, char open_bracket) {
  const char close_bracket = open_bracket == '[' ? ']' : '}';
  if (items.empty()) return {open_bracket, close_bracket};
  return open_bracket + frame.open + joined(items, frame.separator) + frame.close + close_bracket;
}

void change_list(const JsonText& json, NodeId id, const ListChange& change, const Frame& fallback,
                 std::vector<Replacement>& out) {
  const JsonNode& list = json[id];
  if (change.empty()) return;
  const std::size_t size = list.children.size();
  std::vector<bool> goes(size, false);
  for (const std::size_t i : change.removed) {
    if (i < size) goes[i] = true;
  }
  const auto element = [&](std::size_t i) { return whole(json[list.children[i]]); };
  const std::size_t kept = static_cast<std::size_t>(std::count(goes.begin(), goes.end(), false));
  if (kept == 0) {
    std::vector<std::string> items;
    for (const auto& insertion : change.inserted) items.push_back(insertion.text);
    if (size == 0 && items.empty()) return;
    const Frame frame = frame_of(json, id, ", ").value_or(fallback);
    out.push_back(
        {list.span.begin, list.span.end, join(frame, items, json.text()[list.span.begin])});
    return;
  }
  std::string comma =
      fallback.separator.find('\n') == std::string::npos ? fallback.separator : ", ";
  const std::string separator = frame_of(json, id, comma)->separator;
  for (std::size_t i = 0; i < size; ++i) {
    if (!goes[i]) continue;
    std::size_t next = i;
    while (next < size && goes[next]) ++next;
    if (next < size) {
      out.push_back({element(i).begin, element(next).begin, ""});
    } else {
      out.push_back({element(i - 1).end, element(size - 1).end, ""});
    }
    i = next;
  }
  // New elements gather before the next one that stays.
  std::map<std::size_t, std::vector<std::string>> at;
  for (const auto& insertion : change.inserted) {
    std::size_t before = std::min(insertion.before, size);
    while (before < size && goes[before]) ++before;
    at[before].push_back(insertion.text);
  }
  for (const auto& [before, items] : at) {
    if (before < size) {
      out.push_back(
          {element(before).begin, element(before).begin, joined(items, separator) + separator});
    } else {
      std::size_t last = size - 1;
      while (goes[last]) --last;
      out.push_back({element(last).end, element(last).end, separator + joined(items, separator)});
    }
  }
}

std::string replace_all(std::string_view text, std::vector<Replacement> replacements) {
  std::stable_sort(replacements.begin(), replacements.end(),
                   [](const Replacement& a, const Replacement& b) {
                     if (a.begin != b.begin) return a.begin < b.begin;
                     return (a.begin == a.end) && (b.begin != b.end);
                   });
  std::string out;
  out.reserve(text.size() + 256);
  std::size_t at = 0;
  for (const Replacement& change : replacements) {
    if (change.begin < at) continue;
    out += text.substr(at, change.begin - at);
    out += change.text;
    at = change.end;
  }
  out += text.substr(at);
  return out;
}

std::string json_quote(std::string_view text) {
  return nlohmann::json(std::string(text))
      .dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::optional<std::string_view> indent_at(std::string_view text, std::size_t position) {
  std::size_t begin = position;
  while (begin > 0 && (text[begin - 1] == ' ' || text[begin - 1] == '\t')) --begin;
  if (begin > 0 && text[begin - 1] != '\n') return std::nullopt;
  return text.substr(begin, position - begin);
}

}  // namespace medic::profile
