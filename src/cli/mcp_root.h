// The folder that `mcp` serves, and nothing outside it: names from a client are relative, without
// "..", and no part of them is a symbolic link.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace medic::cli {

class McpRoot {
 public:
  // A folder that is there. Its own path may hold links: whoever started the server named it.
  static Result<McpRoot> open(const std::string& folder);

  const std::string& path() const { return path_; }
  // The name as it is below the folder ("logs/audit.log"), where a file or folder of that name is
  // there and inside. A refused name is a Problem that says why.
  Result<std::string> inside(std::string_view name) const;
  // The same for a file that may be made: its folder is there, and nothing, or a regular file, has
  // its name.
  Result<std::string> to_write(std::string_view name) const;
  // The regular files of a folder below the root, no links and none hidden; of a file itself.
  std::vector<std::string> files_of(const std::string& name) const;

  struct Entry {
    std::string name;  // below the folder
    std::uint64_t bytes = 0;
  };
  // All regular files below the folder, sorted by name; of an endless tree the first ones.
  std::vector<Entry> all_files() const;

 private:
  explicit McpRoot(std::string path) : path_(std::move(path)) {}
  std::string path_;
};

// "medic:///logs/my%20audit.log" and back. Nothing where it is no such address.
std::string uri_of(std::string_view name);
Result<std::string> name_of_uri(std::string_view uri);

}  // namespace medic::cli
