// Digests: hashes in pieces, numbers in columns, parts that merge, and what is said of damaged
// ones.
#include "ledger/digest.h"

#include <doctest/doctest.h>

#include "ledger/digest_columns.h"
#include "ledger/interest.h"

using namespace medic;
using namespace medic::ledger;

namespace {

const InterestTable kInterest = default_interest();

DigestPart part_of(const std::string& name, int lines, int first_pid = 100, std::uint64_t begin = 0,
                   std::uint64_t total = 0) {
  Ledger ledger(kInterest);
  for (int i = 0; i < lines; ++i) {
    model::Event event;
    event.origin.line = static_cast<std::uint64_t>(i) + 1;
    event.time = {1'790'000'000'000'000'000 + i * 1'000'000, model::Time::Basis::Epoch, false};
    event.pid = first_pid + i % 7;
    event.serial = i;
    event.comm = "app";
    event.line = "a line of the log";
    model::Call call;
    call.syscall = {kernel::Arch::X86_64, 83, kernel::find_name("mkdir"), true};
    call.outcome.kind = model::Outcome::Kind::Denied;
    call.outcome.action = kernel::Action::Errno;
    event.what = call;
    ledger.add(event);
  }
  InputAccount account;
  account.path = name;
  account.bytes = static_cast<std::uint64_t>(lines) * 10;
  account.lines = account.used = static_cast<std::uint64_t>(lines);
  PartIdentity identity;
  identity.name = name;
  identity.begin = begin;
  identity.end = begin + account.bytes;
  identity.total = total;
  identity.content.add(name + std::to_string(lines), begin);
  return make_part(ledger, account, identity);
}

std::string merged(std::vector<DigestPart> parts) {
  Digest digest{std::move(parts)};
  Problems notes;
  resolve(digest, notes);
  return write_digest(digest);
}

std::string problem_of(const std::string& bytes) {
  const auto read = read_digest(bytes, "d");
  return read ? "" : read.error().text;
}

std::uint64_t counted(const DigestPart& part) {
  auto loaded = load_part(part.bytes, 0, kInterest);
  REQUIRE(loaded);
  loaded->ledger.finish();
  std::uint64_t sum = 0;
  for (const Observation& each : loaded->ledger.observations()) sum += each.count();
  return sum;
}

}  // namespace

TEST_CASE("a hash taken in pieces is the whole's, wherever the cuts are") {
  const std::string text = "type=SECCOMP msg=audit(1.2:3): a line\nand one more\n";
  for (std::size_t cut = 0; cut <= text.size(); ++cut) {
    ContentHash pieces;
    pieces.add(std::string_view(text).substr(cut), cut);
    pieces.add(std::string_view(text).substr(0, cut), 0);
    CHECK(pieces == hash_of(text));
  }
  CHECK_FALSE(hash_of("ab") == hash_of("ba"));
  CHECK(*ContentHash::from_hex(hash_of(text).hex()) == hash_of(text));
}

TEST_CASE("numbers of every size come back") {
  const std::int64_t values[] = {0, -1, 1, INT64_MAX, INT64_MIN, 1000000, 2000000, -3000000};
  DigestTexts texts;
  StringPool pool;
  DigestRows saved(texts, pool);
  for (std::int64_t value : values) {
    saved.next();
    saved.number(value);
  }
  const std::string bytes = saved.encode();
  std::string_view rest = bytes;
  DigestRows loaded(texts, pool, rest, 100);
  for (const std::int64_t value : values) {
    std::int64_t got = 42, missing = 42;
    loaded.next();
    loaded.number(got);
    loaded.number(missing);
    CHECK(got == value);
    CHECK(missing == 42);  // a column that the file does not have
  }
  CHECK_FALSE(loaded.failed());
  CHECK(rest.empty());
}

TEST_CASE("what was counted is loaded, with the processes and the examples") {
  const DigestPart part = part_of("audit.log", 50);
  auto loaded = load_part(part.bytes, 3, kInterest);
  REQUIRE(loaded);
  loaded->ledger.finish();
  CHECK(counted(part) == 50);
  CHECK(loaded->ledger.processes().processes().size() == 7);
  CHECK(loaded->ledger.observations().front().examples().front().text == "a line of the log");
  CHECK(loaded->ledger.observations().front().examples().front().origin.input == 3);
  CHECK(save_part(loaded->ledger, loaded->account) == part.bytes);
}

TEST_CASE("merging is a union: in any order, in any grouping, twice") {
  const DigestPart a = part_of("a", 10), b = part_of("b", 20), c = part_of("c", 30);
  const std::string whole = merged({a, b, c});
  CHECK(whole == merged({c, a, b}));
  CHECK(whole == merged({b, b, c, a, c}));
  CHECK(merged(read_digest(whole, "d")->parts) == whole);
}

TEST_CASE("the same content under another name is counted once, and said") {
  DigestPart a = part_of("a", 10), copy = a;
  copy.identity.name = "b";
  Digest digest{{copy, a}};
  Problems notes;
  resolve(digest, notes);
  CHECK(digest.parts.size() == 1);
  REQUIRE(notes.size() == 1);
  CHECK(notes[0].text.find("counted once") != std::string::npos);
}

TEST_CASE("splits become the whole when all of them are there") {
  const DigestPart one = part_of("log", 10, 100, 0, 300), two = part_of("log", 20, 100, 100, 300);
  Digest digest{{two}};
  Problems notes;
  resolve(digest, notes);
  CHECK(digest.parts.front().identity.total == 300);
  digest.parts.push_back(one);
  resolve(digest, notes);
  REQUIRE(digest.parts.size() == 1);
  CHECK(digest.parts.front().identity.total == 0);
  CHECK(digest.parts.front().identity.end == 300);
  CHECK(counted(digest.parts.front()) == 30);
  digest.parts.push_back(two);  // done twice by somebody
  resolve(digest, notes);
  CHECK(digest.parts.size() == 1);
}

TEST_CASE("of runs that began at one place the longest counts") {
  DigestPart killed = part_of("log", 10), again = part_of("log", 15);
  killed.identity.source = again.identity.source = "7:x";
  Digest digest{{again, killed}};
  Problems notes;
  resolve(digest, notes);
  REQUIRE(digest.parts.size() == 1);
  CHECK(counted(digest.parts.front()) == 15);
}

TEST_CASE("damage is reported with its place") {
  const std::string good = merged({part_of("a", 10)});
  CHECK(problem_of(good) == "");
  for (std::size_t size = 0; size < good.size(); ++size)
    CHECK(problem_of(good.substr(0, size)).find("byte") != std::string::npos);
  for (std::size_t at = 0; at < good.size(); ++at) {
    std::string bad = good;
    bad[at] = static_cast<char>(bad[at] ^ 4);
    CHECK(problem_of(bad) != "");
  }
  CHECK(problem_of(good + "x").find("follows its end") != std::string::npos);
  CHECK(problem_of("seccomp-medic digest 9\n").find("version 9") != std::string::npos);
}

TEST_CASE("a part that is not one is refused") {
  const std::string bytes = part_of("a", 10).bytes;
  CHECK_FALSE(load_part("", 0, kInterest));
  CHECK_FALSE(load_part(bytes.substr(0, bytes.size() / 2), 0, kInterest));
  CHECK_FALSE(load_part(std::string(100, '\xFF'), 0, kInterest));
}
