// What chunks leave open, joined in order: the same log cut anywhere gives the same events.
#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "strace/verbs.h"

namespace {

using medic::test::read_as_text;
using medic::test::read_strace;
using medic::test::Reading;
using medic::test::StraceCase;

constexpr StraceCase line_by_line() {
  StraceCase how;
  how.chunk_bytes = 1;
  return how;
}

std::vector<std::string> sorted_events(std::string_view log, std::size_t chunk_bytes) {
  StraceCase how;
  how.chunk_bytes = chunk_bytes;
  const Reading reading = read_strace(log, how);
  std::vector<std::string> out;
  for (std::size_t i = 0; i < reading.events.size(); ++i)
    out.push_back(std::to_string(reading.lines[i]) + " " + reading.events[i]);
  std::sort(out.begin(), out.end());
  return out;
}

std::string contents(const std::filesystem::path& file) {
  std::stringstream text;
  text << std::ifstream(file, std::ios::binary).rdbuf();
  return text.str();
}

}  // namespace

TEST_CASE("A call unfinished in one chunk is resumed in another") {
  CHECK(read_as_text("7 read(3,  <unfinished ...>\n7 <... read resumed>\"x\", 1) = 1\n",
                     line_by_line()) == "7 read[3,?,1] -> 1");
}

TEST_CASE("A joined call may itself be the one that its task dies of, three chunks on") {
  CHECK(
      read_as_text(
          "7 getppid( <unfinished ...>\n7 <... getppid resumed>) = ?\n7 +++ killed by SIGSYS +++\n",
          line_by_line()) ==
      "7 killed by SIGSYS; 7 getppid[] -> denied kill_process sig=31 (inferred)");
}

TEST_CASE("A trapped call and its signal stand in different chunks") {
  CHECK(read_as_text("7 mkdir(\"/x\", 0777) = 83\n"
                     "7 --- SIGSYS {si_signo=SIGSYS, si_code=SYS_SECCOMP, si_syscall=__NR_mkdir, "
                     "si_arch=AUDIT_ARCH_X86_64} ---\n",
                     line_by_line()) ==
        "7 signal SIGSYS seccomp x86_64:mkdir data=0; 7 x86_64:mkdir[?,511] -> denied trap sig=31");
}

TEST_CASE("Strict mode is remembered from chunk to chunk") {
  CHECK(
      read_as_text("7 prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT) = 0\n7 getpid() = ?\n7 +++ killed "
                   "by SIGKILL +++\n",
                   line_by_line()) ==
      "7 prctl[22,1] -> 0; 7 killed by SIGKILL; 7 getpid[] -> denied kill_thread sig=9 (inferred)");
}

TEST_CASE("Threads are remembered from chunk to chunk") {
  CHECK(read_as_text("7 clone(child_stack=0x7f00, flags=CLONE_VM|CLONE_THREAD) = 8\n8 getppid() = "
                     "110\n8 +++ killed by SIGSYS +++\n7 getpid() = 7\n",
                     line_by_line()) ==
        "7 clone[0x10100,0x7f00] -> 8; 7 thread 8; 8 killed by SIGSYS; 7 getpid[] -> 7; 8 "
        "getppid[] -> denied kill_thread sig=31 (inferred)");
}

TEST_CASE("A thread of a container is known by appearing when it was made") {
  CHECK(read_as_text("5000 clone3({flags=CLONE_THREAD} <unfinished ...>\n5012 rseq(0x7f00, 0x20, "
                     "0, 0x53053053) = 0\n"
                     "5000 <... clone3 resumed>, 88) = 6\n5012 getppid() = 110\n5012 +++ killed by "
                     "SIGSYS +++\n5000 getpid() = 1\n")
            .ends_with("5012 getppid[] -> denied kill_thread sig=31 (inferred)"));
}

TEST_CASE("A call that two chunks cannot decide is unfinished at the end") {
  CHECK(read_as_text("7 read(3,  <unfinished ...>\n8 close(3) = 0\n", line_by_line()) ==
        "8 close[3] -> 0; 7 read[3] -> unfinished");
  CHECK(read_as_text("7 getppid() = 110\n", line_by_line()) == "7 getppid[] -> 110");
}

TEST_CASE("The execve of a thread goes on under its leader's number") {
  CHECK(read_as_text("8 execve(\"/bin/x\", [\"x\"], 0x7f <unfinished ...>\n7 +++ superseded by "
                     "execve in pid 8 +++\n7 <... execve resumed>) = 0\n",
                     line_by_line()) == "7 execve[?,?,127] -> 0; 7 exec /bin/x");
}

TEST_CASE("Endless unfinished calls of ever new tasks do not fill the memory, and none is lost") {
  std::string log;
  for (int tid = 1; tid <= 100000; ++tid)
    log += std::to_string(tid) + " read(0,  <unfinished ...>\n";
  StraceCase how;
  how.chunk_bytes = 64 * 1024;
  const Reading reading = read_strace(log, how);
  CHECK(reading.events.size() == 100000);
  CHECK(reading.account.used == 100000);
}

TEST_CASE("Every recording and sample gives the same events however it is cut") {
  namespace fs = std::filesystem;
  std::vector<fs::path> files;
  for (const auto& entry :
       fs::directory_iterator(fs::path(MEDIC_SOURCE_DIR) / "tests/strace/recordings")) {
    // Table headings and colours are of one chunk.
    const std::string stem = entry.path().stem().string();
    if (entry.path().extension() == ".log" && stem != "c-U" && stem != "c-U2")
      files.push_back(entry.path());
  }
  for (const auto& entry :
       fs::recursive_directory_iterator(fs::path(MEDIC_SOURCE_DIR) / "samples")) {
    if (entry.path().filename() == "strace.log") files.push_back(entry.path());
  }
  CHECK(files.size() > 40);
  for (const fs::path& file : files) {
    CAPTURE(file.string());
    const std::string log = contents(file);
    if (log.find(" runs in ") != std::string::npos) continue;  // the notice is handed on as a Label
    const auto whole = sorted_events(log, SIZE_MAX);
    for (const std::size_t bytes : {1, 97, 1000, 7777}) {
      CAPTURE(bytes);
      CHECK(sorted_events(log, bytes) == whole);
    }
  }
}
