// The dialect as the rest of the program meets it: recognition, wanted arguments, hostile input.
#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>

#include "strace/verbs.h"

namespace {

using namespace medic;
using test::read_as_text;
using test::read_strace;
using test::StraceCase;

std::size_t recognised(const std::vector<std::string>& lines) {
  const std::vector<std::string_view> views(lines.begin(), lines.end());
  return parsers::strace_dialect().recognise(views);
}

std::vector<std::string> first_lines(const std::filesystem::path& file, std::size_t limit) {
  std::vector<std::string> out;
  std::ifstream in(file);
  for (std::string line; out.size() < limit && std::getline(in, line);) out.push_back(line);
  return out;
}

}  // namespace

TEST_CASE("Every sample's strace log is recognised, its audit log is not") {
  std::size_t traces = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(
           std::filesystem::path(MEDIC_SOURCE_DIR) / "samples")) {
    CAPTURE(entry.path().string());
    const auto lines = first_lines(entry.path(), 30);
    if (entry.path().filename() == "strace.log") {
      CHECK(recognised(lines) == lines.size());
      ++traces;
    }
    if (entry.path().extension() == ".json" || entry.path().filename() == "audit.log")
      CHECK(recognised(lines) == 0);
  }
  CHECK(traces >= 10);
}

TEST_CASE("Lines of other tools are not taken for strace's") {
  CHECK(recognised({"malloc(32) = 0x5581", "  read(fd, buf, 10);", "-----------",
                    "I0101 12:00:00.000000 1 strace.go:567] [ 1] app E read(0x3)",
                    "SYS_openat(0xffffff9c, 0x7f) = 3",
                    "     0.000 ( 0.012 ms): cat/123 close(fd: 3) = 0"}) == 0);
}

TEST_CASE("Only the arguments that somebody will ask for are read") {
  std::vector<std::uint8_t> wanted(kernel::all_names().size(), 0);
  StraceCase how;
  how.options.wanted_args = wanted.data();
  const char* log =
      "socket(AF_INET, SOCK_STREAM, IPPROTO_IP) = 3\nclone(child_stack=NULL, "
      "flags=CLONE_VM|SIGCHLD) = 9\nsyscall_9999(0x1) = 0\n";
  CHECK(read_as_text(log, how) == "socket[] -> 3; clone[] -> 9; fork 9; #9999[1] -> 0");
  wanted[kernel::find_name("socket")] = 0b101;
  wanted[kernel::find_name("clone")] = 0b1;
  CHECK(read_as_text(log, how) == "socket[2,?,0] -> 3; clone[273] -> 9; fork 9; #9999[1] -> 0");
}

TEST_CASE("A very long line is read, and does not make the next ones suffer") {
  const std::string log =
      "7 write(1, \"" + std::string(10'000'000, 'a') + "\", 10000000) = 10000000\n7 close(3) = 0\n";
  CHECK(read_as_text(log) == "7 write[1,?,0x989680] -> 10000000; 7 close[3] -> 0");
}

TEST_CASE("A long call keeps its result from chunk to chunk") {
  StraceCase how;
  how.chunk_bytes = 1;
  CHECK(read_as_text("7 execve(\"/x\", [\"x\"], [\"" + std::string(100'000, 'a') +
                         "\"]) = 59\n7 +++ killed by SIGSYS +++\n",
                     how) ==
        "7 killed by SIGSYS; 7 execve[] -> denied kill_process sig=31 (inferred)");
}

TEST_CASE("A call that is interrupted again and again is given up, in bounded memory") {
  std::string log = "7 read(0,  <unfinished ...>\n";
  for (int i = 0; i < 50'000; ++i) log += "7 <... read resumed>a <unfinished ...>\n";
  const auto reading = read_strace(log);
  CHECK(reading.account.used == 50'001);
  CHECK(reading.events.size() < 50'001);
}

TEST_CASE("Hostile depth is counted, not recursed into") {
  const std::string open(1'000'000, '{');
  CHECK(read_as_text("7 read(3, " + open + ", 1) = 1\n") == "7 read[3] -> 1");
  CHECK(
      read_as_text("7 read(" + std::string(1'000'000, '(') + "3, 1) = 1\n").starts_with("7 read["));
}

TEST_CASE("Bytes that are no text are read as what they are") {
  using namespace std::string_literals;
  CHECK(read_as_text("7 write(1, \"\0\xff\xfe\", 3) = 3\n\0\0\0\n"s) == "7 write[1,?,3] -> 3");
  CHECK(read_strace("\0\0\0\n\xff\xff\n"s).account.foreign == 2);
  CHECK(read_strace("").events.empty());
}
