#include "cli/mcp_tools.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "base/text.h"
#include "cli/profile_input.h"
#include "policy/default_profiles.h"
#include "profile_source.h"

namespace medic::cli {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kMostItems = 1000, kLongestText = 4096;

// What a client sent that the tool does not take.
Problem wrong(std::string text) { return usage_problem(std::move(text)); }

// A member of a tool's arguments, and how it goes into the command.
struct Parameter {
  enum class Kind : std::uint8_t { Text, Texts, Logs, Profile };
  std::string_view name;
  Kind kind;
  std::string_view option;  // empty: it is an argument of the command
  bool required;
  std::string_view help;
};

struct Tool {
  std::string_view name, title, help;
  std::vector<std::string_view> command;  // before the parameters
  std::vector<Parameter> parameters;
};

using Kind = Parameter::Kind;

const std::vector<Tool>& all_tools() {
  static const std::vector<Tool> kTools = {
      {"diagnose",
       "Was it the sandbox?",
       "Who was denied which system call, by which layer (seccomp, AppArmor, SELinux, a "
       "capability, "
       "file permissions), why, and what to do. Each finding has a certainty: stated by the "
       "kernel, inferred, or suspected.",
       {"diagnose", "--format", "json"},
       {{"logs", Kind::Logs, "", true,
         "audit logs, kernel logs, strace output, exports of a store"},
        {"profile", Kind::Profile, "--profile", false,
         "the seccomp profile in force: a file, or a built-in such as docker or docker@27"},
        {"container", Kind::Text, "--container", false, "only this container, pod or unit (glob)"},
        {"since", Kind::Text, "--since", false, "2026-11-22T01:02:03Z, -2h, yesterday"},
        {"until", Kind::Text, "--until", false, "likewise"},
        {"call", Kind::Texts, "--call", false, "only these system calls (globs)"},
        {"layer", Kind::Texts, "--layer", false, "only these layers"},
        {"min_certainty", Kind::Text, "--min-certainty", false, "stated, inferred or suspected"},
        {"top", Kind::Text, "--top", false, "how many of those who met a finding are listed"}}},
      {"explain",
       "What does a kind of finding mean?",
       "What a finding's kind means, how it is known, and what would make it surer.",
       {"explain"},
       {{"kinds", Kind::Texts, "", true, "kinds or ids of findings, such as denied-by-rule"}}},
      {"lint",
       "Mistakes in a profile",
       "Mistakes in a seccomp profile, each with its place, the reason and the fix.",
       {"lint", "--format", "json"},
       {{"profile", Kind::Profile, "", true, "a profile's file"}}},
      {"eval",
       "What does a profile do with a call?",
       "What a seccomp profile does with a system call, by which rule.",
       {"eval", "--format", "json"},
       {{"profile", Kind::Profile, "", true, "a file or a built-in's name"},
        {"calls", Kind::Texts, "", true, "such as mkdir, or socket(AF_VSOCK, 1, 0)"},
        {"arch", Kind::Text, "--arch", false, "x86_64, aarch64, …"}}},
      {"diff",
       "What differs between two profiles?",
       "Exactly what one profile permits and the other does not, with an example call.",
       {"diff", "--format", "json"},
       {{"a", Kind::Profile, "", true, "a file or a built-in's name"},
        {"b", Kind::Profile, "", true, "likewise"}}},
      {"propose_repair",
       "A repaired profile, proven",
       "The smallest change of a profile that permits what was denied, proven with libseccomp. "
       "What is dangerous, or denied on purpose, is not permitted: a person decides that.",
       {"repair", "--format", "json"},
       {{"logs", Kind::Logs, "", true, "the logs that show what was denied"},
        {"profile", Kind::Profile, "--profile", true, "the profile in force"},
        {"container", Kind::Text, "--container", false, "only this container, pod or unit (glob)"},
        {"since", Kind::Text, "--since", false, "2026-11-22T01:02:03Z, -2h, yesterday"},
        {"until", Kind::Text, "--until", false, "likewise"}}},
  };
  return kTools;
}

const Parameter kWriteTo{"write_to", Kind::Text, "-o", false,
                         "also write the profile there, below the folder of --allow-write"};

Json schema_of(const Tool& tool, const McpServer& server) {
  Json properties = Json::object(), required = Json::array();
  const auto add = [&](const Parameter& each) {
    const bool is_list = each.kind == Kind::Texts || each.kind == Kind::Logs;
    Json schema = {{"type", is_list ? "array" : "string"}, {"description", each.help}};
    if (is_list) schema["items"] = {{"type", "string"}};
    properties[std::string(each.name)] = std::move(schema);
    if (each.required) required.push_back(each.name);
  };
  for (const Parameter& each : tool.parameters) add(each);
  if (tool.name == "propose_repair" && server.write_folder) add(kWriteTo);
  return {{"type", "object"},
          {"properties", properties},
          {"required", required},
          {"additionalProperties", false}};
}

Result<std::vector<std::string>> texts_of(const Json& value, const Parameter& parameter) {
  const bool is_list = parameter.kind == Kind::Texts || parameter.kind == Kind::Logs;
  std::vector<std::string> out;
  const auto refused = [&](std::string_view why) {
    return fail(wrong(fmt::format("'{}' {}", parameter.name, why)));
  };
  if (is_list != value.is_array()) return refused(is_list ? "is no array" : "is no string");
  const Json items = is_list ? value : Json::array({value});
  if (items.size() > kMostItems) return refused("has too many items");
  for (const Json& each : items) {
    if (!each.is_string()) return refused("holds what is no string");
    out.push_back(each.get<std::string>());
    if (out.back().size() > kLongestText || out.back().find('\0') != std::string::npos)
      return refused("holds what is too long");
  }
  if (parameter.required && out.empty()) return refused("is empty");
  return out;
}

// What a client names must not be taken for an option, or for standard input.
Result<void> check_plain(const std::string& text, const Parameter& parameter) {
  if (text.empty() || (parameter.option.empty() && text.front() == '-'))
    return fail(
        wrong(fmt::format("'{}' is not a '{}'", escape_for_terminal(text), parameter.name)));
  return {};
}

Result<void> add_words(const McpServer& server, const Parameter& parameter, const Json& value,
                       std::vector<std::string>& words) {
  auto texts = texts_of(value, parameter);
  if (!texts) return fail(std::move(texts.error()));
  std::vector<std::string> given;
  for (const std::string& text : *texts) {
    const bool is_name = parameter.kind == Kind::Profile && (is_built_in(text) || text == "auto");
    if (parameter.kind == Kind::Text || parameter.kind == Kind::Texts || is_name) {
      if (auto plain = check_plain(text, parameter); !plain) return plain;
      given.push_back(text);
      continue;
    }
    auto name = server.root.inside(text);
    if (!name) return fail(std::move(name.error()));
    const auto files = server.root.files_of(*name);
    if (files.empty()) return fail(wrong(fmt::format("no file is in '{}'", text)));
    if (parameter.kind == Kind::Profile && (files.size() != 1 || files.front() != *name))
      return fail(wrong(fmt::format("'{}' is a folder, not a profile", text)));
    given.insert(given.end(), files.begin(), files.end());
  }
  for (std::string& each : given) {
    if (parameter.option.empty())
      words.push_back(std::move(each));
    else
      words.push_back(fmt::format("{}={}", parameter.option, each));
  }
  return {};
}

Result<void> check_members(const Tool& tool, const Json& arguments, bool may_write) {
  if (!arguments.is_object()) return fail(wrong("the arguments are no object"));
  for (const auto& [name, value] : arguments.items()) {
    const bool is_known =
        std::any_of(tool.parameters.begin(), tool.parameters.end(),
                    [&, &key = name](const Parameter& each) { return each.name == key; });
    if (!is_known && !(may_write && name == kWriteTo.name))
      return fail(wrong(fmt::format("{} takes no '{}'", tool.name, escape_for_terminal(name))));
  }
  for (const Parameter& each : tool.parameters) {
    if (each.required && !arguments.contains(std::string(each.name)))
      return fail(wrong(fmt::format("{} needs '{}'", tool.name, each.name)));
  }
  return {};
}

Result<std::vector<std::string>> words_of(const McpServer& server, const Tool& tool,
                                          const Json& arguments) {
  const bool is_repair = tool.name == "propose_repair";
  const bool may_write = is_repair && server.write_folder.has_value();
  if (auto members = check_members(tool, arguments, may_write); !members)
    return fail(std::move(members.error()));
  std::vector<std::string> words(tool.command.begin(), tool.command.end());
  for (const Parameter& each : tool.parameters) {
    const auto found = arguments.find(std::string(each.name));
    if (found == arguments.end()) continue;
    if (auto added = add_words(server, each, *found, words); !added)
      return fail(std::move(added.error()));
  }
  if (is_repair && !server.within.empty()) words.push_back("--within=" + server.within);
  if (!may_write || !arguments.contains(std::string(kWriteTo.name))) return words;
  auto name = texts_of(arguments[std::string(kWriteTo.name)], kWriteTo);
  if (!name) return fail(std::move(name.error()));
  auto path = server.write_folder->to_write(name->front());
  if (!path) return fail(std::move(path.error()));
  words.push_back("--output=" + *path);
  return words;
}

Json text_content(std::string text) { return {{"type", "text"}, {"text", std::move(text)}}; }

std::string text_at(const Json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

// A diagnosis in a sentence a finding, its certainty first: what somebody who asks "was it the
// sandbox?" has to hear.
std::string summary_of(const Json& diagnosis) {
  constexpr std::size_t kMost = 20;
  std::string out;
  std::size_t count = 0, more = 0;
  for (const Json& finding : diagnosis.value("findings", Json::array())) {
    if (!finding.value("denied", false)) continue;
    if (++count > kMost) {
      ++more;
      continue;
    }
    out += fmt::format("{} ({}{}): {}\n", text_at(finding, "certainty"), text_at(finding, "layer"),
                       finding.value("harmless", false) ? ", harmless" : "",
                       escape_for_terminal(text_at(finding, "summary")));
  }
  if (more > 0) out += fmt::format("and {} more findings\n", more);
  const Json completeness = diagnosis.value("completeness", Json::object());
  const std::string evidence = text_at(completeness, "verdict");
  if (count == 0)
    out = evidence == "complete"
              ? "Nothing was denied: the logs would show it.\n"
              : "No denial is in these logs. They may not show every denial: see completeness.\n";
  return out + fmt::format("evidence: {}\n", evidence);
}

Json result_of(const Tool& tool, const ChildAnswer& answer) {
  Json content = Json::array();
  const bool has_failed = answer.code < 0 || answer.code >= kUsage;
  if (answer.too_large)
    content.push_back(text_content("the answer is too large: ask for less (call, layer, top)"));
  if (answer.too_long)
    content.push_back(text_content("it took too long: name fewer or shorter logs"));
  Json data = answer.code < 0 || answer.out.empty() ? Json(Json::value_t::discarded)
                                                    : Json::parse(answer.out, nullptr, false);
  if (tool.name == "diagnose" && data.is_object())
    content.push_back(text_content(summary_of(data)));
  if (data.is_array()) data = Json{{"verdicts", data}};
  if (answer.code >= 0 && !answer.out.empty()) content.push_back(text_content(answer.out));
  if (!answer.err.empty() && answer.code >= 0)
    content.push_back(text_content("said beside it: " + escape_for_terminal(answer.err)));
  if (content.empty())
    content.push_back(text_content(has_failed ? "it failed without a word" : "done"));
  Json result = {{"content", content}, {"isError", has_failed && !data.is_object()}};
  if (data.is_object()) result["structuredContent"] = std::move(data);
  return result;
}

}  // namespace

Json mcp_tools(const McpServer& server) {
  Json out = Json::array();
  for (const Tool& tool : all_tools()) {
    const bool writes = tool.name == "propose_repair" && server.write_folder.has_value();
    out.push_back({{"name", tool.name},
                   {"title", tool.title},
                   {"description", tool.help},
                   {"inputSchema", schema_of(tool, server)},
                   {"annotations",
                    {{"readOnlyHint", !writes},
                     {"destructiveHint", writes},
                     {"idempotentHint", true},
                     {"openWorldHint", false}}}});
  }
  return out;
}

Result<Json> call_mcp_tool(const McpServer& server, const std::string& name,
                           const Json& arguments) {
  const auto& tools = all_tools();
  const auto tool =
      std::find_if(tools.begin(), tools.end(), [&](const Tool& each) { return each.name == name; });
  if (tool == tools.end())
    return fail(
        wrong(fmt::format("there is no tool '{}'", escape_for_terminal(shorten(name, 100)))));
  auto words = words_of(server, *tool, arguments);
  if (!words) return fail(std::move(words.error()));
  ChildBounds bounds;
  bounds.folder = server.root.path();
  if (!server.within.empty()) bounds.also_read.push_back(server.within);
  if (tool->name == "propose_repair" && server.write_folder)
    bounds.may_write = server.write_folder->path();
  auto answer = run_in_child(*words, bounds);
  if (!answer) return fail(std::move(answer.error()));
  return result_of(*tool, *answer);
}

}  // namespace medic::cli
