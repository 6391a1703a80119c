// Prefixes, times, and the two ways in which lines are found.
#include <doctest/doctest.h>

#include <string>

#include "parsers/strace/line.h"

using namespace medic::parsers::strace;
using medic::model::Time;

TEST_CASE("Times as strace's options write them") {
  struct Row {
    const char* line;
    std::int64_t ns;
    Time::Basis basis;
  };
  constexpr std::int64_t kSecond = 1'000'000'000;
  constexpr Row kRows[] = {
      {"12:34:56 close(3) = 0", 45296 * kSecond, Time::Basis::TimeOfDay},
      {"12:34:56.000001 close(3)                     = 0", 45296 * kSecond + 1000,
       Time::Basis::TimeOfDay},
      {"7     12:34:56.000001 close(3)               = 0", 45296 * kSecond + 1000,
       Time::Basis::TimeOfDay},
      {"12:34:56.123456789 close(3) = 0", 45296 * kSecond + 123456789, Time::Basis::TimeOfDay},
      {"[pid     7] 23:59:60.5 close(3) = 0", 86400 * kSecond + kSecond / 2,
       Time::Basis::TimeOfDay},
      {"1700000000.123456 close(3)                    = 0", 1700000000 * kSecond + 123456000,
       Time::Basis::Epoch},
      {"7     1700000000.123456 close(3)              = 0", 1700000000 * kSecond + 123456000,
       Time::Basis::Epoch},
      {"1700000000.123456789 close(3)                 = 0", 1700000000 * kSecond + 123456789,
       Time::Basis::Epoch},
      {"1700000000 close(3) = 0", 1700000000 * kSecond, Time::Basis::Epoch},
      {"     0.000092 close(3) = 0", 0, Time::Basis::None},
      {"7          0.000092 close(3) = 0", 0, Time::Basis::None},
      {"12:34:56 (+     0.000092) close(3) = 0", 45296 * kSecond, Time::Basis::TimeOfDay},
      {"9413035056.000000 close(3)                    = 0", 0, Time::Basis::None},
      {"12:99:56 close(3) = 0", 0, Time::Basis::None},
      {"99999999999999999999.5 close(3)                = 0", 0, Time::Basis::None},
  };
  for (const Row& row : kRows) {
    CAPTURE(std::string(row.line));
    const Prefix prefix = read_prefix(row.line);
    CHECK(prefix.time.ns == row.ns);
    CHECK(prefix.time.basis == row.basis);
  }
}

TEST_CASE("A time without a zone is said to be taken as UTC, a unix time is not") {
  CHECK(read_prefix("12:34:56 close(3) = 0").time.zone_assumed);
  CHECK_FALSE(read_prefix("1700000000.123456 close(3) = 0").time.zone_assumed);
}

TEST_CASE("The number column and the context are kept") {
  const Prefix prefix = read_prefix(
      "7  [user_u:role_r:type_t:s0:c1,c2] 12:00:00 [  83] [00007f62dce3d4c7] mkdir(\"/x\", 0777) = "
      "0");
  CHECK(prefix.pid == 7);
  CHECK(prefix.context == "user_u:role_r:type_t:s0:c1,c2");
  CHECK(prefix.has_number);
  CHECK(prefix.number == 83);
}

TEST_CASE("Lines and their equals signs are found alike wherever blocks of 64 bytes end") {
  for (std::size_t padding = 0; padding < 140; ++padding) {
    CAPTURE(padding);
    const std::string first = "read(3, \"" + std::string(padding, 'x') + "\", 1) = 1";
    const std::string second = "a = b = c";
    const std::string text = first + "\n" + second + "\r\n\n" + first;
    LineCursor cursor(text);
    MarkedLine line;
    REQUIRE(cursor.next(line));
    CHECK(line.text == first);
    CHECK(line.equals == first.size() - 3);
    CHECK_FALSE(line.more_equals);
    REQUIRE(cursor.next(line));
    CHECK(line.text == second);
    CHECK(line.equals == 6);
    CHECK(line.more_equals);
    REQUIRE(cursor.next(line));
    CHECK(line.text.empty());
    REQUIRE(cursor.next(line));
    CHECK(line.text == first);
    CHECK(line.equals == first.size() - 3);
    CHECK_FALSE(line.ended);
    CHECK_FALSE(cursor.next(line));
  }
}

TEST_CASE("What only looks like strace is left alone") {
  for (const char* text :
       {"type=SECCOMP msg=audit(1.2:3): pid=1", "malloc(32) = 0x55", "int main(void) {",
        "  read(fd, buf, 10);", "", " ", "=", " = ", "()", "2026-01-01 12:00:00 INFO started",
        "----", "12345", "[    1.0] audit: type=1326 audit(1.2:3): sig=31", "{\"pid\": 7}", "<...",
        "+++", "---"}) {
    CAPTURE(std::string(text));
    const LineKind kind = read_line(mark_line(text), medic::kernel::Arch::Unknown).kind;
    CHECK((kind == LineKind::Foreign || kind == LineKind::Rest));
  }
}
