// Which dialects a text is in, and who reads which line of it.
#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "parsers/router.h"
#include "parsers/registry.h"

namespace {

using namespace medic;

constexpr const char* kRecord =
    "type=SECCOMP msg=audit(1700000000.123:45): auid=0 uid=0 gid=0 ses=1 pid=77 comm=\"x\" "
    "exe=\"/x\" sig=31 arch=c000003e syscall=83 compat=0 ip=0x7f code=0x80000000\n";
constexpr const char* kCall = "77 mkdir(\"/x\", 0777) = -1 EPERM (Operation not permitted)\n";
constexpr const char* kMinijail =
    "2026-01-01T00:00:00 host prog[5]: libminijail[5]: blocked syscall: mkdir\n";
constexpr const char* kQuoting =
    "77 write(1, \"type=SECCOMP msg=audit(1.1:1): pid=9 sig=31 arch=c000003e syscall=59 "
    "code=0x0\", 70) = 70\n";

std::string times(int count, const char* line) {
  std::string out;
  for (int i = 0; i < count; ++i) out += line;
  return out;
}

std::string names(const parsers::Sniffed& sniffed) {
  std::string out = sniffed.dialect == nullptr ? "-" : std::string(sniffed.dialect->name());
  for (const parsers::Dialect* other : sniffed.others) out += "+" + std::string(other->name());
  return out;
}

struct Account : parsers::ChunkSink {
  void event(const model::Event& event) override { places.push_back(event.origin); }
  void used(std::uint64_t lines) override { counted_used += lines; }
  void foreign(std::uint64_t lines) override { counted_foreign += lines; }
  void damaged(std::uint64_t, std::string_view, std::string_view) override { ++counted_damaged; }
  std::uint64_t counted_used = 0, counted_foreign = 0, counted_damaged = 0;
  std::vector<model::Origin> places;
};

std::vector<const parsers::Dialect*> members_of(const parsers::Sniffed& sniffed) {
  std::vector<const parsers::Dialect*> members{sniffed.dialect};
  members.insert(members.end(), sniffed.others.begin(), sniffed.others.end());
  return members;
}

Account read_all(const parsers::Router& router, std::string_view text) {
  parsers::Chunk chunk;
  chunk.text = text;
  chunk.last = true;
  Account account;
  auto ends = router.make_reader({})->read(chunk, account);
  auto joiner = router.make_joiner({});
  joiner->join(std::move(ends), account);
  joiner->finish(account);
  return account;
}

TEST_CASE("the dialects of a text are reported by its lines") {
  struct Case {
    std::string text, dialects;
  };
  const std::string boot =
      times(1000, "[    1.000000] usb 1-1: new high-speed USB device number 2\n");
  for (const Case& each :
       {Case{"", "-"}, Case{boot, "-"}, Case{times(5, kRecord), "audit"},
        Case{times(5, kCall), "strace"}, Case{times(5, kRecord) + times(3, kCall), "audit+strace"},
        Case{times(3, kRecord) + times(5, kCall), "strace+audit"},
        Case{times(3, kCall) + kQuoting, "strace"}, Case{boot + kRecord, "audit"},
        Case{boot + kMinijail + boot + kRecord, "sandbox+audit"},
        Case{times(3, kRecord) + times(2, kCall) + kMinijail, "audit+strace+sandbox"}}) {
    CAPTURE(each.text.substr(0, 200));
    CHECK(names(parsers::sniff(each.text)) == each.dialects);
  }
}

TEST_CASE("each line of a mixture is counted once and stands where it stood") {
  const std::string text =
      std::string(kRecord) + kCall + "something else\n" + kQuoting + kMinijail + "\n" + kCall;
  const parsers::Sniffed sniffed = parsers::sniff(text);
  const parsers::Router router(members_of(sniffed), parsers::all_dialects());
  const Account account = read_all(router, text);
  CHECK(account.counted_used == 5);
  CHECK(account.counted_used + account.counted_foreign + account.counted_damaged == 7);
  CHECK(router.given() == "strace+audit+sandbox");
  for (const model::Origin& place : account.places) {
    const std::size_t at = static_cast<std::size_t>(place.offset);
    REQUIRE(at < text.size());
    CHECK((at == 0 || text[at - 1] == '\n'));
    CHECK(place.line == static_cast<std::uint64_t>(std::count(
                            text.begin(), text.begin() + static_cast<std::ptrdiff_t>(at), '\n')) +
                            1);
  }
}

// What an event says but for its place, time and process, by its repeat id.
struct ByRepeatId : Account {
  void event(const model::Event& event) override {
    if (event.repeat_id == 0) return;
    const std::string said = std::string(event.comm) + "|" + model::to_debug(event);
    const auto [at, is_new] = first_said.emplace(event.repeat_id, said);
    ++repeated;
    if (at->second != said) differing += said + " is not " + at->second + "\n";
  }
  std::map<std::uint64_t, std::string> first_said;
  std::string differing;
  int repeated = 0;
};

TEST_CASE("each member of a mixture has a cache, and no two of them one repeat id") {
  const std::string text = times(40, (std::string(kRecord) + kCall).c_str());
  const parsers::Router router(members_of(parsers::sniff(text)), parsers::all_dialects());
  parsers::Chunk chunk;
  chunk.text = text;
  chunk.last = true;
  ByRepeatId sink;
  router.make_reader({})->read(chunk, sink);
  CHECK(sink.first_said.size() == 2);
  CHECK(sink.repeated > 70);
  CHECK(sink.differing == "");
}

TEST_CASE("blank lines are nobody's: a mixture blanks the lines of others") {
  const std::string text = times(30, "                                        \n");
  for (const parsers::Dialect* dialect : parsers::all_dialects()) {
    CAPTURE(dialect->name());
    parsers::Chunk chunk;
    chunk.text = text;
    chunk.last = true;
    Account account;
    dialect->make_reader({})->read(chunk, account);
    CHECK(account.counted_used + account.counted_foreign + account.counted_damaged == 30);
    CHECK(account.counted_damaged == 0);
  }
}

}  // namespace

TEST_CASE("Words that grep or a terminal has coloured say what they say without") {
  std::string coloured = kRecord;
  for (const char* word : {"SECCOMP", "syscall=83"})
    coloured.replace(coloured.find(word), std::string(word).size(),
                     "\x1b[01;31m\x1b[K" + std::string(word) + "\x1b[m\x1b[K");
  const std::string text = "\x1b[36mweb-1  | \x1b[0m" + std::string(kCall) + coloured;
  const parsers::Sniffed sniffed = parsers::sniff(text);
  REQUIRE(sniffed.dialect != nullptr);
  CHECK(sniffed.coloured);
  CHECK(parsers::without_colours(text) == "web-1  | " + std::string(kCall) + kRecord);
  CHECK(parsers::without_colours("a\x1b[2Jb\x1b[31") == "a\x1b[2Jb\x1b[31");
  CHECK_FALSE(parsers::sniff(kRecord).coloured);
  parsers::Router router(members_of(sniffed), parsers::all_dialects());
  router.take_colours_off();
  const Account account = read_all(router, text);
  CHECK(account.counted_used == 2);
  CHECK(account.places.size() >= 2);
}
