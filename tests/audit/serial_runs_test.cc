// Missing serials are reported where a log held every event, and not where somebody filtered it.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <functional>
#include <string>
#include <vector>

#include "parsers/audit/audit_dialect.h"
#include "parsers/audit/serial_runs.h"

namespace {

using medic::parsers::audit::SerialRuns;

// Hears of stamps alone.
struct StampSink : medic::parsers::ChunkSink {
  explicit StampSink(SerialRuns& to) : runs(to) {}
  void event(const medic::model::Event&) override {}
  void used(std::uint64_t) override {}
  void foreign(std::uint64_t) override {}
  void damaged(std::uint64_t, std::string_view, std::string_view) override {}
  void stamped(const medic::parsers::Stamped& stamp) override { runs.add(stamp); }
  SerialRuns& runs;
};

void read(std::string_view text, std::uint64_t first_line, SerialRuns& runs) {
  medic::parsers::Chunk chunk;
  chunk.text = text;
  chunk.first_line = first_line;
  StampSink sink(runs);
  medic::parsers::audit_dialect().make_reader({})->read(chunk, sink);
}

struct Log {
  std::string text;
  std::uint64_t lines = 0;
  std::uint64_t seconds = 1700000000;

  void line(std::string_view type, std::uint64_t serial, std::string_view node = "") {
    text += fmt::format("{}type={} msg=audit({}.{:03}:{}): pid=7 comm=\"a\"\n", node, type, seconds,
                        serial % 1000, serial);
    ++lines;
  }
  // Every event of an ordinary machine.
  void whole(std::uint64_t first, std::uint64_t last) {
    for (std::uint64_t serial = first; serial <= last; ++serial) {
      line(serial % 5 == 0 ? "SERVICE_START" : "SYSCALL", serial);
      if (serial % 5 != 0) line("PROCTITLE", serial);
    }
  }
  // `first-last@line` of each hole, read whole and in two pieces cut anywhere.
  std::string holes() const {
    const std::string out = given(text.size());
    for (std::size_t cut = text.find('\n') + 1; cut < text.size();
         cut = text.find('\n', cut + text.size() / 9) + 1) {
      CHECK(given(cut) == out);
      if (text.find('\n', cut + text.size() / 9) == std::string::npos) break;
    }
    return out;
  }

 private:
  std::string given(std::size_t cut) const {
    SerialRuns runs, later;
    read(std::string_view(text).substr(0, cut), 1, runs);
    read(std::string_view(text).substr(cut),
         1 + static_cast<std::uint64_t>(
                 std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(cut), '\n')),
         later);
    runs.append(std::move(later));
    std::string out;
    for (const medic::parsers::audit::SerialHole& hole : runs.holes())
      out += fmt::format("{}{}-{}@{}", out.empty() ? "" : " ", hole.first, hole.last, hole.line);
    return out;
  }
};

TEST_CASE("a log without a hole, and one with two") {
  Log log;
  log.whole(1000, 1400);
  CHECK(log.holes() == "");
  log.whole(1410, 1600);
  log.whole(1602, 1700);
  CHECK(log.holes() ==
        fmt::format("1401-1409@{} 1601-1601@{}", 401 + 320 + 1, 401 + 320 + 1 + 191 + 152));
}

TEST_CASE("what was filtered is not judged") {
  SUBCASE("one type, in bursts of one program") {
    Log log;
    for (std::uint64_t serial : {1000u, 5000u}) {
      for (std::uint64_t i = 0; i < 300; ++i) log.line("SECCOMP", serial + i);
    }
    CHECK(log.holes() == "");
  }
  SUBCASE("a program's events, with their records") {
    Log log;
    for (std::uint64_t serial : {1000u, 5000u}) {
      for (std::uint64_t i = 0; i < 300; ++i) {
        log.line(i % 2 == 0 ? "SYSCALL" : "SECCOMP", serial + i);
        if (i % 2 == 0) log.line("PROCTITLE", serial + i);
      }
    }
    CHECK(log.holes() == "");
  }
  SUBCASE("a login's events, among them those of su") {
    Log log;
    for (std::uint64_t serial : {1000u, 5000u}) {
      for (std::uint64_t i = 0; i < 300; ++i)
        log.line(i % 9 == 0 ? "USER_AUTH" : i % 9 == 1 ? "CONFIG_CHANGE" : "SYSCALL", serial + i);
    }
    CHECK(log.holes() == "");
  }
  SUBCASE("every third event of all") {
    Log log;
    for (std::uint64_t i = 0; i < 900; i += 3)
      log.line(i % 2 == 0 ? "SERVICE_START" : "SYSCALL", 1000 + i);
    CHECK(log.holes() == "");
  }
  SUBCASE("too few to say") {
    Log log;
    log.whole(1000, 1020);
    log.whole(1030, 1050);
    CHECK(log.holes() == "");
  }
}

TEST_CASE("events out of order are no holes") {
  Log log;
  log.whole(1000, 1200);
  for (std::uint64_t serial : {1203u, 1201u, 1205u, 1202u, 1204u}) log.line("SYSCALL", serial);
  log.whole(1206, 1400);
  CHECK(log.holes() == "");
}

TEST_CASE("a call that waited for hours ends under its old serial") {
  Log log;
  log.whole(1000, 2000);
  log.seconds += 7200;
  log.whole(2001, 4000);
  log.seconds -= 7200;
  log.line("SYSCALL", 1500);
  log.line("SYSCALL", 400);
  log.seconds += 7200;
  log.whole(4001, 5000);
  CHECK(log.holes() == "");
}

TEST_CASE("serials begin anew with the machine") {
  Log log;
  log.whole(9000, 9400);
  log.seconds += 100;
  log.whole(3, 300);
  log.whole(310, 600);
  CHECK(log.holes().starts_with("301-309@"));
}

TEST_CASE("auditd's own numbers are no serials") {
  Log log;
  log.line("DAEMON_START", 7007);
  log.whole(1000, 1200);
  log.line("DAEMON_ROTATE", 7008);
  log.whole(1201, 1400);
  log.line("DAEMON_END", 7009);
  CHECK(log.holes() == "");
}

TEST_CASE("each host of a collector's log counts for itself") {
  Log log;
  for (std::uint64_t i = 0; i < 300; ++i) {
    log.line("SERVICE_START", 1000 + i, "node=a ");
    if (i < 100 || i > 110) log.line("SYSCALL", 90000 + i, "node=b ");
  }
  CHECK(log.holes().starts_with("90100-90110@"));
}

TEST_CASE("hostile numbers end in order") {
  Log log;
  for (std::uint64_t i = 0; i < 3000; ++i) log.line("SERVICE_START", i * 2654435761u % 4294967296u);
  for (std::uint64_t i = 0; i < 100; ++i) log.line("SERVICE_START", i, fmt::format("node=n{} ", i));
  log.text +=
      "type=X msg=audit(\ntype=X msg=audit(1.:2):\ntype=X "
      "msg=audit(1.1:\nmsg=audit(1.1:2):\ntype=X "
      "msg=audit(99999999999999999999.1:2):\n";
  CHECK(log.holes() == "");
}

}  // namespace
