// strace's lines within the logs of those who hand them on: what is read is what the trace itself
// says.
#include "parsers/wrapped_strace.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <functional>

#include "parsers/registry.h"
#include "strace/call_counter.h"
#include "strace/verbs.h"

namespace {

using namespace medic;
using namespace medic::test;

const std::filesystem::path kFolder =
    std::filesystem::path(MEDIC_SOURCE_DIR) / "tests/strace/recordings";

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    if (c == '\t')
      out += "\\t";
    else
      out += c;
  }
  return out;
}

struct Carrier {
  std::string name;
  std::function<std::string(const std::string&)> load;
};

// As their formats are described: Docker's json-file driver, Kubernetes' CRI log format, kubectl,
// docker compose, RFC 3164 and 5424's stamps.
const Carrier kCarriers[] = {
    {"json-file",
     [](const std::string& line) {
       return R"({"log":")" + escaped(line) +
              R"(\n","stream":"stderr","time":"2026-11-25T15:00:00.000000001Z"})";
     }},
    {"fluentd",
     [](const std::string& line) {
       return R"({"stream":"stderr","message":")" + escaped(line) +
              R"(","kubernetes":{"pod_name":"web-0"}})";
     }},
    {"CRI",
     [](const std::string& line) { return "2026-11-25T15:00:00.000000001Z stderr F " + line; }},
    {"kubectl --timestamps",
     [](const std::string& line) { return "2026-11-25T15:00:00.000000001Z " + line; }},
    {"kubectl --prefix", [](const std::string& line) { return "[pod/web-0/nginx] " + line; }},
    {"kubectl --prefix --timestamps",
     [](const std::string& line) {
       return "[pod/web-0/nginx] 2026-11-25T15:00:00.000000001Z " + line;
     }},
    {"compose", [](const std::string& line) { return "web-1  | " + line; }},
    {"syslog", [](const std::string& line) { return "Nov 25 15:00:00 host app[123]: " + line; }},
    {"syslog with ISO stamps",
     [](const std::string& line) {
       return "2026-11-25T15:00:00.123456+01:00 host app[123]: " + line;
     }},
    {"journalctl -o json",
     [](const std::string& line) {
       return R"({"__REALTIME_TIMESTAMP":"1795620280406471","_PID":"11303","MESSAGE":")" +
              escaped(line) + "\"}";
     }},
};

std::string loaded(const std::string& log, const Carrier& carrier) {
  std::string out;
  parsers::Chunk chunk;
  chunk.text = log;
  parsers::for_each_line(chunk, [&](std::string_view line, std::uint64_t, std::uint64_t) {
    out += carrier.load(std::string(line)) + "\n";
  });
  return out;
}

StraceCase wrapped() { return {{}, parsers::wrapped_strace_dialect()}; }

}  // namespace

TEST_CASE(
    "A wrapped trace is recognised and says what the trace says, line by line and as a whole") {
  std::size_t recordings = 0;
  for (const auto& entry : std::filesystem::directory_iterator(kFolder)) {
    const std::string file = entry.path().stem().string();
    if (entry.path().extension() != ".log" || !file.starts_with("f")) continue;
    const std::string log = text_of_file(entry.path());
    // A text with bytes that JSON cannot hold is no carrier's.
    const bool is_plain = log.find_first_of("\x1b\x7f") == std::string::npos;
    for (const Carrier& carrier : kCarriers) {
      if (!is_plain && carrier.load("").starts_with("{")) continue;
      CAPTURE(file);
      CAPTURE(carrier.name);
      const std::string text = loaded(log, carrier);
      const parsers::Sniffed sniffed = parsers::sniff(text);
      REQUIRE(sniffed.dialect != nullptr);
      CHECK(sniffed.dialect->name() == "wrapped-strace");
      for (const std::size_t bytes :
           {std::size_t{1}, SIZE_MAX}) {  // each line alone, and all at once
        StraceCase how = wrapped(), plain;
        how.chunk_bytes = plain.chunk_bytes = bytes;
        const Reading direct = read_strace(log, plain);
        const Reading read = read_strace(text, how);
        // The same, but that a container may have written every line of it itself.
        REQUIRE(read.events.size() == direct.events.size());
        for (std::size_t i = 0; i < read.events.size(); ++i) {
          std::string said = read.events[i];
          const std::size_t by = said.find(" by anyone");
          REQUIRE(by != std::string::npos);
          CHECK(said.erase(by, 10) == direct.events[i]);
        }
        CHECK(read.lines == direct.lines);
        CHECK(read.account.used == direct.account.used);
        CHECK(read.account.foreign == direct.account.foreign);
      }
    }
    ++recordings;
  }
  CHECK(recordings > 20);
}

TEST_CASE(
    "journalctl's text of a traced unit, recorded from a real journal, is read like the trace") {
  std::size_t recordings = 0;
  for (const auto& entry : std::filesystem::directory_iterator(kFolder / "journal")) {
    CAPTURE(entry.path().string());
    const std::string text = text_of_file(entry.path()), name = entry.path().stem().string();
    const parsers::Sniffed sniffed = parsers::sniff(text);
    REQUIRE(sniffed.dialect != nullptr);
    CHECK(sniffed.dialect->name() == (name == "cat" ? "strace" : "wrapped-strace"));
    // But that whoever writes to the journal may have written each line.
    std::string said = read_as_text(text, {{}, *sniffed.dialect});
    for (std::size_t by; (by = said.find(" by anyone")) != std::string::npos;) said.erase(by, 10);
    CHECK(said == read_as_text(text_of_file(kFolder / "journal/cat.log")));
    ++recordings;
  }
  CHECK(recordings == 6);
}

TEST_CASE(
    "A long line that its carrier cut into pieces is one call, and each of its lines is counted") {
  const std::string long_text(20'000, 'a');
  const std::string call = "7 write(1, \"" + long_text + "\", 20000) = 20000";
  const std::string cri = "2026-11-25T15:00:00.1Z stderr P " + call.substr(0, 16384) +
                          "\n2026-11-25T15:00:00.2Z stderr F " + call.substr(16384) +
                          "\n2026-11-25T15:00:00.3Z stderr F 7 close(3) = 0\n";
  const std::string json = R"({"log":")" + escaped(call.substr(0, 16384)) + "\"}\n" +
                           R"({"log":")" + escaped(call.substr(16384)) + "\\n\"}\n" +
                           R"({"log":"7 close(3) = 0\n"})" + "\n";
  for (const std::string& text : {cri, json}) {
    const Reading read = read_strace(text, wrapped());
    CHECK(read.events == std::vector<std::string>{"7 write[1,?,0x4e20] -> 20000 by anyone",
                                                  "7 close[3] -> 0 by anyone"});
    CHECK(read.lines == std::vector<std::uint64_t>{1, 3});
    CHECK(read.account.used == 3);
    CHECK(read.account.foreign == 0);
  }
}

TEST_CASE("What the traced program itself writes into the same log is nobody's") {
  const std::string text =
      "web-1  | starting up = yes\nweb-1  | 7 close(3) = 0\ndb-1  | ready\nnot wrapped at all\n";
  const Reading read = read_strace(text, wrapped());
  CHECK(read.events == std::vector<std::string>{"7 close[3] -> 0 by anyone"});
  CHECK(read.account.used == 1);
  CHECK(read.account.foreign == 3);
}

TEST_CASE("Where strace was not asked for the time the carrier's counts, where it was its own") {
  struct Times : parsers::ChunkSink {
    void event(const model::Event& event) override { given.push_back(event.time); }
    void used(std::uint64_t) override {}
    void foreign(std::uint64_t) override {}
    void damaged(std::uint64_t, std::string_view, std::string_view) override {}
    std::vector<model::Time> given;
  };
  parsers::Chunk chunk;
  chunk.text =
      "2026-11-25T15:00:00.5Z stderr F 7 close(3) = 0\n2026-11-25T15:00:00.5Z stderr F 7 "
      "1700000000.000001 close(3) = 0\n";
  chunk.last = true;
  Times times;
  parsers::wrapped_strace_dialect().make_reader({})->read(chunk, times);
  REQUIRE(times.given.size() == 2);
  CHECK(times.given[0].basis == model::Time::Basis::Epoch);
  CHECK(times.given[0].ns == 1'795'618'800'500'000'000);
  CHECK(times.given[1].ns == 1'700'000'000'000'001'000);
}

TEST_CASE("Other logs behind the same prefixes are not taken for traces") {
  const std::vector<std::string_view> lines{
      "2026-11-25T15:00:00.1Z stderr F GET / = 200",
      "web-1  | x = f(1)",
      "Nov 25 15:00:00 host kernel: audit: type=1326 audit(1.1:1): pid=9 sig=31 arch=c000003e "
      "syscall=59 code=0x0",
      R"({"log":"listening on = 80\n","stream":"stdout"})",
      "[pod/web-0/nginx] +++ done",
      R"({"log":5})",
      "{",
      "",
      "12 close(3) = 0"};
  CHECK(parsers::wrapped_strace_dialect().recognise(lines) == 0);
}
