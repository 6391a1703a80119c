// Runs the recorder and hands out what it wrote and how it ended.
#pragma once

#include <sys/wait.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>

#include "parsers/ptrace/capture_dialect.h"
#include "ptrace/read_text.h"

namespace medic::test {

struct Recorded {
  int status = 0;      // of wait(2)
  std::string output;  // of the program and the recorder
  std::string capture;
  ReadText read;
  bool says(const std::string& part) const { return read.events.find(part) != std::string::npos; }
};

inline std::string file_text(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

// A new folder, removed with the object.
class Folder {
 public:
  Folder() {
    if (mkdtemp(name_) == nullptr) std::abort();
  }
  ~Folder() { (void)!std::system(("rm -rf " + path()).c_str()); }
  std::string path() const { return name_; }

 private:
  char name_[32] = "/tmp/capture-test-XXXXXX";
};

// A shell command; its output and its wait status.
inline std::string shell(const std::string& command, int& status) {
  std::string out;
  FILE* pipe = popen((command + " 2>&1").c_str(), "r");
  if (pipe == nullptr) return out;
  char buffer[4096];
  for (std::size_t length; (length = fread(buffer, 1, sizeof buffer, pipe)) > 0;)
    out.append(buffer, length);
  status = pclose(pipe);
  return out;
}

inline Recorded record(const std::string& program, const std::string& options = "") {
  Folder folder;
  Recorded out;
  const std::string file = folder.path() + "/capture";
  out.output = shell("exec " RECORDER " -o " + file + " " + options + " -- " + program, out.status);
  out.capture = file_text(file);
  out.read = read_text(parsers::capture_dialect(), out.capture);
  return out;
}

// May anything be traced here? Said once, aloud, where not.
inline bool may_trace() {
  int status = 0;
  const std::string output = shell(RECORDER " -o /dev/null /bin/true", status);
  if (status != 0)
    std::fprintf(stderr, "SKIPPED: ptrace is not permitted here: %s\n", output.c_str());
  return status == 0;
}

}  // namespace medic::test
