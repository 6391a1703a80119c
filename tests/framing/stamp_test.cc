// Times as logs write them, in any language, with and without a zone.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include "parsers/framing/stamp.h"

using namespace medic::parsers::framing;
using Basis = medic::model::Time::Basis;

namespace {

// `basis milliseconds[?]|rest`; `?`: the zone was assumed.
std::string stamp(std::string_view text) {
  const Stamp read = read_stamp(text);
  static constexpr std::string_view kBasis[] = {"none", "epoch", "day", "relative"};
  return fmt::format("{} {}{}|{}", kBasis[static_cast<std::size_t>(read.time.basis)],
                     read.time.ns / 1'000'000, read.time.zone_assumed ? "?" : "", read.rest);
}

}  // namespace

TEST_CASE("stamps") {
  const std::pair<std::string_view, std::string_view> rows[] = {
      {"2026-11-22T01:54:50Z x", "epoch 1795312490000|x"},
      {"2026-11-22T01:54:50.308Z x", "epoch 1795312490308|x"},
      {"2026-11-22T01:54:50,308Z x", "epoch 1795312490308|x"},
      {"2026-11-22T03:54:50+02:00 x", "epoch 1795312490000|x"},
      {"2026-11-22T03:54:50+0200 x", "epoch 1795312490000|x"},
      {"2026-11-21T18:24:50-0730 x", "epoch 1795312490000|x"},
      {"2026-11-22 01:54:50 x", "epoch 1795312490000?|x"},
      {"2026-11-22T01:54:50 x", "epoch 1795312490000?|x"},
      {"Sun 2026-11-22 01:54:50.308 UTC x", "epoch 1795312490308|x"},
      {"Sun 2026-11-22 01:54:50 CEST x", "epoch 1795312490000?|x"},
      {"1795312490.308000 x", "epoch 1795312490308|x"},
      {"Nov 22 01:54:50 x", "day 6890000?|x"},
      {"Nov 22 2026 01:54:50 x", "epoch 1795312490000?|x"},
      {"Nov  2 01:54:50.5 x", "day 6890500?|x"},
      {"M\xC3\xA4r 22 01:54:50 x", "day 6890000?|x"},
      {"11\xE6\x9C\x88 22 01:54:50 x", "none 0|11\xE6\x9C\x88 22 01:54:50 x"},
      {"01:54:50 x", "day 6890000?|x"},
      {"01:54:50.308999 x", "day 6890308?|x"},
      {"11-22 01:54:50.308 x", "day 6890308?|x"},
      {"[ 1160.500254] x", "relative 1160500|x"},
      {"[    0.000000] x", "relative 0|x"},
      {"[Sun Nov 22 01:54:50 2026] x", "epoch 1795312490000?|x"},
      {"[So Nov 22 01:54:50 2026] x", "epoch 1795312490000?|x"},
      {"[Sun Nox 22 01:54:50 2026] x", "day 6890000?|x"},
      // Not stamps.
      {"", "none 0|"},
      {"type=SECCOMP", "none 0|type=SECCOMP"},
      {"[   T55] x", "none 0|[   T55] x"},
      {"Nov 22 25:54:50 x", "none 0|Nov 22 25:54:50 x"},
      {"2026-13-22T01:54:50Z x", "none 0|2026-13-22T01:54:50Z x"},
      {"foo bar baz", "none 0|foo bar baz"},
  };
  for (const auto& [text, expected] : rows) {
    CAPTURE(text);
    CHECK(stamp(text) == expected);
  }
}

TEST_CASE("civil times count from 1970 in the Gregorian calendar, and what cannot be is refused") {
  CHECK(epoch_ns({1970, 1, 1, 0, 0, 0, 7}) == 7);
  CHECK(epoch_ns({2000, 2, 29, 12, 0, 0, 0}) == 951825600'000000000);
  CHECK(epoch_ns({2024, 12, 31, 23, 59, 59, 0}) == 1735689599'000000000);
  CHECK(epoch_ns({1969, 12, 31, 0, 0, 0, 0}) == std::nullopt);
  CHECK(epoch_ns({2262, 1, 1, 0, 0, 0, 0}) == std::nullopt);
  CHECK(epoch_ns({2026, 0, 1, 0, 0, 0, 0}) == std::nullopt);
  CHECK(epoch_ns({2026, 1, 32, 0, 0, 0, 0}) == std::nullopt);
}

TEST_CASE(
    "ausearch's local dates: month first with slashes, day first where it must be, and the zone is "
    "assumed") {
  const std::int64_t expected = 1795312490'365000000;
  for (std::string_view text :
       {"11/22/2026 01:54:50.365", "11/22/26 01:54:50.365", "22/11/2026 01:54:50.365",
        "22.11.2026 01:54:50.365", "2026-11-22 01:54:50.365", "22-11-26 01:54:50.365",
        "11/22/2026 1:54:50.365"}) {
    CAPTURE(text);
    const auto time = read_local_date(text);
    REQUIRE(time);
    CHECK(time->ns == expected);
    CHECK(time->zone_assumed);
  }
  CHECK(read_local_date("11/22/2026 01:54:50.365 PM")->ns ==
        expected + 12ll * 3600 * 1'000'000'000);
  for (std::string_view text : {"", "11/22", "11/22/2026", "99/99/2026 01:02:03", "1/2/3/4"})
    CHECK(!read_local_date(text));
}

TEST_CASE("epoch seconds") {
  CHECK(read_epoch_seconds("1795312490.365")->ns == 1795312490'365000000);
  CHECK(read_epoch_seconds("5")->ns == 5'000000000);
  for (std::string_view text : {"", "x", "12x", "99999999999", "1.2.3", "-1"})
    CHECK(!read_epoch_seconds(text));
}
