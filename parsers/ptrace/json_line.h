// JSON values of one line or one document, without exceptions.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace medic::parsers::ptrace {

// Longer texts are not read. A line of a tracer is far shorter.
inline constexpr std::size_t kMaxJsonLine = std::size_t{1} << 20;

// An object, or nothing.
std::optional<nlohmann::json> json_object(std::string_view text);

// The member, by a path of keys; null when there is none.
const nlohmann::json* member(const nlohmann::json& object, std::initializer_list<const char*> path);
// Text of a member, empty when it is missing or no text. Lives as long as the object.
std::string_view text_of(const nlohmann::json& object, std::initializer_list<const char*> path);
// An integer, also one written as text; nothing when it is none.
std::optional<std::int64_t> integer_of(const nlohmann::json& object,
                                       std::initializer_list<const char*> path);
std::optional<std::int64_t> integer(const nlohmann::json& value);

}  // namespace medic::parsers::ptrace
