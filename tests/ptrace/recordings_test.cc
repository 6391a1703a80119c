// Real recordings of one program (recordings/demo.c) by several tracers: what each speaks of it, in
// one piece and in many. And the public captures beside the repository, where they are at hand.
#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "parsers/ptrace/bpftrace_dialect.h"
#include "parsers/ptrace/capture_dialect.h"
#include "parsers/ptrace/creport_dialect.h"
#include "parsers/ptrace/gadget_dialect.h"
#include "parsers/ptrace/gdb_dialect.h"
#include "parsers/ptrace/gvisor_dialect.h"
#include "parsers/ptrace/lurk_dialect.h"
#include "parsers/ptrace/ltrace_dialect.h"
#include "parsers/ptrace/perf_trace_dialect.h"
#include "parsers/ptrace/sysdig_dialect.h"
#include "ptrace/read_text.h"
#include "support/skip.h"

using namespace medic;
using namespace medic::parsers;
namespace fs = std::filesystem;

namespace {

std::string text_of(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  REQUIRE_MESSAGE(file.good(), path.string());
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

std::string recording(const std::string& name) {
  return text_of(fs::path(MEDIC_SOURCE_DIR) / "tests/ptrace/recordings" / name);
}

const Dialect* const kAll[] = {&capture_dialect(), &creport_dialect(),    &lurk_dialect(),
                               &ltrace_dialect(),  &perf_trace_dialect(), &gvisor_dialect(),
                               &sysdig_dialect(),  &bpftrace_dialect(),   &gadget_dialect(),
                               &gdb_dialect()};

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  Chunk chunk;
  chunk.text = text;
  for_each_line(chunk, [&](std::string_view line, std::uint64_t, std::uint64_t) {
    if (!line.empty()) lines.push_back(line);
  });
  return lines;
}

// The dialect that recognises most lines, as the registry decides.
std::string sniffed(std::string_view text) {
  const auto lines = lines_of(text);
  std::size_t most = 0;
  std::string best = "none";
  for (const Dialect* dialect : kAll) {
    const std::size_t count = dialect->recognise(lines);
    if (count > most) best = dialect->name();
    most = std::max(most, count);
  }
  return best;
}

std::string sorted(const std::string& events) {
  std::multiset<std::string> lines;
  std::istringstream in(events);
  for (std::string line; std::getline(in, line);) lines.insert(line);
  std::string out;
  for (const std::string& line : lines) out += line + "\n";
  return out;
}

// Reads in one piece, holds cut readings and the account against it, and gives the events.
std::string read_whole(const Dialect& dialect, const std::string& text, std::size_t damages = 0) {
  const test::ReadText whole = test::read_text(dialect, text);
  for (std::size_t lines : {1u, 2u, 7u}) {
    const test::ReadText cut = test::read_text(dialect, text, lines);
    CHECK(sorted(cut.events) == sorted(whole.events));
    CHECK(cut.used_lines == whole.used_lines);
  }
  const auto newlines = static_cast<std::uint64_t>(std::count(text.begin(), text.end(), '\n')) +
                        (text.empty() || text.back() == '\n' ? 0 : 1);
  CHECK(whole.used_lines + whole.foreign_lines + whole.damages.size() == newlines);
  CHECK(whole.damages.size() == damages);
  return whole.events;
}

bool has(const std::string& events, const std::string& part) {
  return events.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("every recording is recognised as what it is") {
  const std::pair<const char*, const char*> kTruth[] = {{"demo.capture", "capture"},
                                                        {"ltrace.txt", "ltrace"},
                                                        {"ltrace-stderr.txt", "ltrace"},
                                                        {"perf-trace.txt", "perf-trace"},
                                                        {"perf-trace-summary.txt", "perf-trace"},
                                                        {"bpftrace.txt", "bpftrace"},
                                                        {"bpftrace.json", "bpftrace"},
                                                        {"gdb.txt", "gdb"}};
  for (const auto& [name, dialect] : kTruth) {
    CAPTURE(name);
    CHECK(sniffed(recording(name)) == dialect);
  }
}

TEST_CASE("the same calls are reported of the demo by all") {
  const std::pair<const Dialect*, const char*> kRecordings[] = {
      {&capture_dialect(), "demo.capture"},
      {&ltrace_dialect(), "ltrace.txt"},
      {&ltrace_dialect(), "ltrace-stderr.txt"},
      {&perf_trace_dialect(), "perf-trace.txt"},
      {&perf_trace_dialect(), "perf-trace-summary.txt"},
      {&bpftrace_dialect(), "bpftrace.txt"},
      {&gdb_dialect(), "gdb.txt"}};
  for (const auto& [dialect, name] : kRecordings) {
    const std::string who = name;
    CAPTURE(who);
    const std::string events = read_whole(*dialect, recording(who));
    for (const char* call : {"openat[", "read[", "mkdir[", "socket[", "wait4[", "mmap["}) {
      CAPTURE(call);
      CHECK(has(events, call));
    }
    if (who.find("summary") == std::string::npos && dialect->name() != "bpftrace" &&
        dialect->name() != "gdb")
      CHECK(has(events, "-> ENOENT"));
  }
}

TEST_CASE("raw arguments and results of the demo's own capture") {
  const std::string events = read_whole(capture_dialect(), recording("demo.capture"));
  CHECK(has(events, "x86_64:socket[1,0x80001,0,"));
  CHECK(has(events, ",493,"));  // mkdir's mode
  CHECK(has(events, "] -> ENOENT"));
  CHECK(has(events, "exec /tmp/demo/demo"));
  CHECK(has(events, "exit 3"));
  CHECK(has(events, "exit 0"));
  CHECK(has(events, " fork "));
  CHECK(has(events, "(demo) label ppid="));
  CHECK_FALSE(has(events, "loss"));
}

TEST_CASE("perf trace's clone is its parent's alone") {
  const std::string events = read_whole(perf_trace_dialect(), recording("perf-trace.txt"));
  CHECK(has(events, "(demo) clone[] -> "));
  CHECK_FALSE(has(events, "clone[] -> 0"));
}

TEST_CASE("bpftrace says the same in text and in JSON") {
  const std::string text = read_whole(bpftrace_dialect(), recording("bpftrace.txt")),
                    json = read_whole(bpftrace_dialect(), recording("bpftrace.json"));
  CHECK(has(text, "(demo) mkdir[] -> seen\n"));
  CHECK(has(text, "\nmkdir[] -> seen\n"));
  CHECK(has(json, "mkdir[] -> seen\n"));
  CHECK(has(json, "#83[] -> seen\n"));
}

TEST_CASE("a slim report over many lines, cut off, and of another kind") {
  const std::string report = R"j({
  "monitors": {
    "fan": { "main_process": { "pid": 13, "name": "redis-server" } },
    "pt": {
      "arch_name": "amd64",
      "syscall_count": 80,
      "syscall_num": 2,
      "syscall_stats": {
        "0": { "num": 0, "name": "read", "count": 68 },
        "39": { "num": 39, "name": "getpid", "count": 12 }
      }
    }
  }
}
)j";
  CHECK(sniffed(report) == "creport");
  CHECK(read_whole(creport_dialect(), report) ==
        "(redis-server) x86_64:read[] -> seen x68\n(redis-server) x86_64:getpid[] -> seen x12\n");
  CHECK(test::read_text(creport_dialect(), report.substr(0, report.size() - 20)).events ==
        "loss other 0\n");
  CHECK(test::read_text(creport_dialect(), "{\"monitors\":{}}").events == "loss other 0\n");
  const std::string partial =
      "{\"monitors\":{\"pt\":{\"arch_name\":\"arm64\",\"syscall_num\":3,\"syscall_stats\":{\"63\":{"
      "\"num\":63,\"name\":\"read\",\"count\":1},\"x\":7}}}}";
  CHECK(test::read_text(creport_dialect(), partial).events ==
        "aarch64:read[] -> seen\nloss other 2\n");
}

TEST_CASE("public captures are read to the last line" * doctest::test_suite("optional")) {
  const fs::path corpus = fs::path(MEDIC_SOURCE_DIR) / "../shared/corpus/4_captures";
  if (!fs::exists(corpus)) {
    medic::support::skip("no corpus of public captures beside the repository");
    return;
  }
  struct Truth {
    const char* file;
    const Dialect* dialect;
    std::size_t distinct;  // calls, as the corpus' index says; 0: it does not
    std::size_t damages = 0;
  };
  const Truth kTruths[] = {
      {"kyos0109-redis-docker-slim-creport.json", &creport_dialect(), 34},
      {"kyos0109-snmpd-docker-slim-creport.json", &creport_dialect(), 0},
      {"vincepower-nginx-docker-slim-creport.json", &creport_dialect(), 78},
      {"survol-dockit_sample_short_shell.ltrace.log", &ltrace_dialect(), 22, 1},
      {"survol-dockit_simple_perl_file_write.ltrace.5903.log", &ltrace_dialect(), 26},
      {"gvisor-tools-wget.log", &gvisor_dialect(), 0},
      {"gvisor-tools-wget6.log", &gvisor_dialect(), 0},
      {"lurk-readme-plain.txt", &lurk_dialect(), 0}};
  for (const Truth& truth : kTruths) {
    const std::string file = truth.file;
    CAPTURE(file);
    const std::string text = text_of(corpus / file);
    CHECK(sniffed(text) == truth.dialect->name());
    const std::string events = read_whole(*truth.dialect, text, truth.damages);
    std::set<std::string> names;
    std::istringstream in(events);
    for (std::string line; std::getline(in, line);) {
      const std::size_t bracket = line.find('[');
      if (bracket == std::string::npos || !has(line, " -> ")) continue;
      const std::string head = line.substr(0, bracket);
      names.insert(head.substr(
          head.find_last_of(" :") == std::string::npos ? 0 : head.find_last_of(" :") + 1));
    }
    if (truth.distinct != 0) CHECK(names.size() == truth.distinct);
    CHECK_FALSE(names.empty());
  }
  // Library calls only: not a system call among them.
  CHECK(sniffed(text_of(corpus / "anahita-m-ltrace.txt")) == "none");
  CHECK(test::read_text(ltrace_dialect(), text_of(corpus / "anahita-m-ltrace.txt"))
            .events.find("[") == std::string::npos);
}
