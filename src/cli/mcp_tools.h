// The tools that `mcp` offers: what a client sends becomes the words of a command, and its answer
// goes back as text and as data.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

#include "cli/mcp_child.h"
#include "cli/mcp_root.h"

namespace medic::cli {

struct McpServer {
  McpRoot root;
  std::string within;                   // bounds what may be proposed; empty: nothing does
  std::optional<McpRoot> write_folder;  // where a proposal may be written; nothing: nowhere
};

// The tools as tools/list describes them.
nlohmann::ordered_json mcp_tools(const McpServer& server);

// A CallToolResult. A Problem where there is no such tool, or its arguments are no arguments of it.
Result<nlohmann::ordered_json> call_mcp_tool(const McpServer& server, const std::string& name,
                                             const nlohmann::ordered_json& arguments);

}  // namespace medic::cli
