// What is written, and with which mode.
#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "io/reader.h"

using namespace medic;
namespace fs = std::filesystem;

namespace {

mode_t mode_of(const fs::path& path) {
  struct stat status {};
  return stat(path.c_str(), &status) == 0 ? status.st_mode & 07777 : 0;
}

}  // namespace

TEST_CASE(
    "A file that is replaced keeps its mode, and so does the backup, also over an older one") {
  const fs::path folder = fs::temp_directory_path() / ("medic-files-" + std::to_string(getpid()));
  fs::create_directory(folder);
  const fs::path file = folder / "p.json", backup = folder / "p.json~";
  std::ofstream(file) << "old";
  chmod(file.c_str(), 0600);
  REQUIRE(io::write_atomically(file.string(), "new", "~").has_value());
  CHECK(mode_of(file) == 0600);
  CHECK(mode_of(backup) == 0600);
  chmod(backup.c_str(), 0644);
  chmod(file.c_str(), 0640);
  REQUIRE(io::write_atomically(file.string(), "newer", "~").has_value());
  CHECK(mode_of(file) == 0640);
  CHECK(mode_of(backup) == 0640);
  fs::remove_all(folder);
}

TEST_CASE("Files of one folder are read oldest first, a trace's parents before their children") {
  const fs::path folder = fs::temp_directory_path() / ("medic-order-" + std::to_string(getpid()));
  fs::create_directory(folder);
  for (const char* name :
       {"audit.log", "audit.log.1", "audit.log.12", "audit.log.2", "t.3131", "t.3134", "t.3132"})
    std::ofstream(folder / name) << "x";
  const auto files = io::expand_input(folder.string());
  REQUIRE(files.has_value());
  std::string order;
  for (const std::string& each : *files) order += fs::path(each).filename().string() + " ";
  CHECK(order == "audit.log.12 audit.log.2 audit.log.1 audit.log t.3131 t.3132 t.3134 ");
  fs::remove_all(folder);
}
