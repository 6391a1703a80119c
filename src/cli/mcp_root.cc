#include "cli/mcp_root.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "base/text.h"

namespace medic::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kScheme = "medic:///";

Problem refusal(std::string_view name, std::string_view why) {
  Problem problem;
  problem.text = fmt::format("'{}' {}", escape_for_terminal(shorten(name, 200)), why);
  problem.hint = "names are relative to the folder that this server was started with";
  return problem;
}

bool is_hidden(const fs::path& path) { return path.filename().string().starts_with('.'); }

}  // namespace

Result<McpRoot> McpRoot::open(const std::string& folder) {
  std::error_code failed;
  const fs::path real = fs::canonical(folder, failed);
  if (!failed && fs::is_directory(real, failed)) return McpRoot(real.string());
  Problem problem;
  problem.file = folder;
  problem.text = "is no folder that can be served";
  return fail(std::move(problem));
}

Result<std::string> McpRoot::inside(std::string_view name) const {
  if (name.find('\0') != std::string_view::npos) return fail(refusal(name, "holds a zero byte"));
  if (name.empty() || name.front() == '/') return fail(refusal(name, "is no relative name"));
  fs::path at = path_, below;
  std::error_code failed;
  for (const std::string_view part : split(name, '/')) {
    if (part == "..") return fail(refusal(name, "leads out of the folder"));
    if (part.empty() || part == ".") continue;
    at /= part;
    below /= part;
    const fs::file_status status = fs::symlink_status(at, failed);
    if (failed || !fs::exists(status)) return fail(refusal(name, "is not there"));
    if (fs::is_symlink(status)) return fail(refusal(name, "goes through a symbolic link"));
  }
  const fs::file_status status = fs::symlink_status(at, failed);
  if (!fs::is_regular_file(status) && !fs::is_directory(status))
    return fail(refusal(name, "is neither a file nor a folder"));
  const std::string out = below.string();
  return out.empty() ? "." : out.front() == '-' ? "./" + out : out;
}

Result<std::string> McpRoot::to_write(std::string_view name) const {
  const std::size_t slash = name.rfind('/');
  const std::string_view last = slash == std::string_view::npos ? name : name.substr(slash + 1);
  if (last.empty() || last == "." || last == ".." || name.front() == '/' ||
      name.find('\0') != std::string_view::npos)
    return fail(refusal(name, "is no name of a file"));
  auto folder = inside(slash == std::string_view::npos ? "." : name.substr(0, slash));
  if (!folder) return fail(std::move(folder.error()));
  const fs::path path = fs::path(path_) / *folder / last;
  std::error_code failed;
  const fs::file_status status = fs::symlink_status(path, failed);
  if (fs::exists(status) && !fs::is_regular_file(status))
    return fail(refusal(name, "is there, and is no regular file"));
  return path.string();
}

std::vector<std::string> McpRoot::files_of(const std::string& name) const {
  const fs::path path = fs::path(path_) / name;
  std::error_code failed;
  if (!fs::is_directory(path, failed)) return {name};
  std::vector<std::string> out;
  for (auto at = fs::directory_iterator(path, failed); !failed && at != fs::directory_iterator();
       at.increment(failed)) {
    std::error_code unknown;
    if (fs::is_regular_file(at->symlink_status(unknown)) && !is_hidden(at->path()))
      out.push_back((fs::path(name) / at->path().filename()).string());
  }
  std::sort(out.begin(), out.end());
  return out;
}

std::vector<McpRoot::Entry> McpRoot::all_files() const {
  constexpr std::size_t kMost = 10000;
  constexpr int kDeepest = 8;
  std::vector<Entry> out;
  std::error_code failed;
  for (auto at = fs::recursive_directory_iterator(
           path_, fs::directory_options::skip_permission_denied, failed);
       !failed && at != fs::recursive_directory_iterator() && out.size() < kMost;
       at.increment(failed)) {
    std::error_code unknown;
    const fs::file_status status = at->symlink_status(unknown);
    if (is_hidden(at->path()) || (fs::is_directory(status) && at.depth() >= kDeepest))
      at.disable_recursion_pending();
    else if (fs::is_regular_file(status))
      out.push_back({at->path().lexically_relative(path_).string(), at->file_size(unknown)});
  }
  std::sort(out.begin(), out.end(), [](const Entry& a, const Entry& b) { return a.name < b.name; });
  return out;
}

std::string uri_of(std::string_view name) {
  constexpr std::string_view kPlain =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/";
  std::string out(kScheme);
  for (const char c : name) {
    if (kPlain.find(c) != std::string_view::npos)
      out += c;
    else
      out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return out;
}

Result<std::string> name_of_uri(std::string_view uri) {
  if (!uri.starts_with(kScheme)) return fail(refusal(uri, "is no medic:/// address"));
  std::string out;
  const std::string_view path = uri.substr(kScheme.size());
  for (std::size_t i = 0; i < path.size(); ++i) {
    if (path[i] != '%') {
      out += path[i];
      continue;
    }
    const auto byte = decode_hex(path.substr(i + 1, 2));
    if (!byte || byte->size() != 1) return fail(refusal(uri, "has a % without two hex digits"));
    out += *byte;
    i += 2;
  }
  return out;
}

}  // namespace medic::cli
