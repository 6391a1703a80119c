#include "cli/typed_time.h"

#include <doctest/doctest.h>

using medic::cli::parse_time;

namespace {

constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::int64_t kNow = 1'795'313'022 * kSecond + 5;  // 2026-11-22 02:43:42 UTC

std::int64_t seconds(std::string_view text) {
  const auto time = parse_time(text, kNow);
  REQUIRE_MESSAGE(time.has_value(), std::string(text));
  return *time / kSecond;
}

}  // namespace

TEST_CASE("a date, with a time of day or without, is UTC") {
  CHECK(seconds("1970-01-01") == 0);
  CHECK(seconds("2026-11-22") == 1'795'305'600);
  CHECK(seconds("2026-11-22T01:02:03Z") == 1'795'309'323);
  CHECK(seconds("2026-11-22 01:02:03") == 1'795'309'323);
  CHECK(seconds("2026-11-22 01:02") == 1'795'309'320);
  CHECK(seconds("2024-02-29") == 1'709'164'800);
  CHECK(seconds("1969-12-31T23:59:59Z") == -1);
  CHECK(seconds("@1795309323") == 1'795'309'323);
}

TEST_CASE("a length before now, and the first moments of days") {
  CHECK(seconds("now") == 1'795'313'022);
  CHECK(seconds("today") == 1'795'305'600);
  CHECK(seconds("yesterday") == 1'795'305'600 - 86400);
  CHECK(seconds("-2h") == 1'795'313'022 - 7200);
  CHECK(seconds("2 hours ago") == 1'795'313'022 - 7200);
  CHECK(seconds("1 hour ago") == 1'795'313'022 - 3600);
  CHECK(seconds("90min ago") == 1'795'313'022 - 5400);
  CHECK(seconds("-30s") == 1'795'313'022 - 30);
  CHECK(seconds("3 days ago") == 1'795'313'022 - 3 * 86400);
  CHECK(seconds("-1w") == 1'795'313'022 - 7 * 86400);
}

TEST_CASE("what no calendar and no clock has is refused with examples") {
  for (const char* text :
       {"", "2026-02-30", "2026-13-01", "2026-11-22T24:00:00", "2026-11-22T01:02:03+01:00",
        "2026-11-22x", "26-11-22", "-2", "-2 parsecs", "2 hours", "hours ago",
        "-99999999999999999999h", "-9999999999w", "@", "@1x", "tomorrow", "2026-11-22T",
        "1500-01-01", "9999-01-01"}) {
    CAPTURE(text);
    const auto time = parse_time(text, kNow);
    REQUIRE_FALSE(time.has_value());
    CHECK(time.error().hint.find("yesterday") != std::string::npos);
  }
}
