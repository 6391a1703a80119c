#include "parsers/ptrace/json_line.h"

#include <limits>

#include "base/text.h"

namespace medic::parsers::ptrace {
namespace {

// The library's parser keeps its own stack, but reading and destroying deep nests costs memory per
// level; no tracer nests like that.
bool is_deep(std::string_view text) {
  constexpr int kMaxDepth = 64;
  int depth = 0;
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quoted && c == '\\')
      ++i;
    else if (c == '"')
      quoted = !quoted;
    else if (!quoted && (c == '{' || c == '[') && ++depth > kMaxDepth)
      return true;
    else if (!quoted && (c == '}' || c == ']'))
      --depth;
  }
  return false;
}

}  // namespace

std::optional<nlohmann::json> json_object(std::string_view text) {
  if (is_deep(text)) return std::nullopt;
  nlohmann::json value = nlohmann::json::parse(text, nullptr, false);
  if (!value.is_object()) return std::nullopt;
  return value;
}

const nlohmann::json* member(const nlohmann::json& object,
                             std::initializer_list<const char*> path) {
  const nlohmann::json* at = &object;
  for (const char* key : path) {
    if (!at->is_object()) return nullptr;
    const auto found = at->find(key);
    if (found == at->end()) return nullptr;
    at = &*found;
  }
  return at;
}

std::string_view text_of(const nlohmann::json& object, std::initializer_list<const char*> path) {
  const nlohmann::json* value = member(object, path);
  if (value == nullptr || !value->is_string()) return {};
  return value->get_ref<const std::string&>();
}

std::optional<std::int64_t> integer(const nlohmann::json& value) {
  if (value.is_number_unsigned() &&
      value.get<std::uint64_t>() > std::uint64_t{std::numeric_limits<std::int64_t>::max()})
    return std::nullopt;
  if (value.is_number_integer()) return value.get<std::int64_t>();
  if (value.is_string()) return parse_signed(value.get_ref<const std::string&>());
  return std::nullopt;
}

std::optional<std::int64_t> integer_of(const nlohmann::json& object,
                                       std::initializer_list<const char*> path) {
  const nlohmann::json* value = member(object, path);
  return value == nullptr ? std::nullopt : integer(*value);
}

}  // namespace medic::parsers::ptrace
