#include "cli/door.h"

#include <doctest/doctest.h>

#include <filesystem>

using namespace medic::cli;

namespace {

// From the repository's top folder, where the tests run.
const std::string kLog = "samples/silent-audit/strace.log",
                  kProfile = "samples/silent-audit/profile.json";

std::string hint_of(const List& words) {
  const auto meant = meant_command(words);
  REQUIRE_FALSE(meant.has_value());
  return meant.error().text + " / " + meant.error().hint;
}

RequestOptions request(List logs, Text profile) {
  RequestOptions out;
  out.positional = std::move(logs);
  out.profile = std::move(profile);
  return out;
}

}  // namespace

TEST_CASE("a log, standard input or an option without a command is a diagnosis") {
  for (const List& words : {List{kLog},
                            {"-"},
                            {"--since", "today", kLog},
                            {"samples"},
                            {kLog, "--profile", kProfile},
                            {kProfile, kLog}}) {
    const auto meant = meant_command(words);
    REQUIRE(meant.has_value());
    CHECK((*meant)->name == "diagnose");
  }
}

TEST_CASE(
    "a profile alone offers lint; a near miss the command; a missing file says that it is one") {
  CHECK(hint_of({kProfile}).find("seccomp-medic lint " + kProfile) != std::string::npos);
  CHECK(hint_of({"diagnos", "x"}).find("did you mean diagnose?") != std::string::npos);
  CHECK(hint_of({"no-such.log"}).find("neither a command nor a file") != std::string::npos);
  CHECK(hint_of({"frobnicate"}).find("unknown command") != std::string::npos);
}

TEST_CASE("swapped places are said with the right line, and right places are let be") {
  const auto swapped = check_places("repair", request({kProfile}, kLog));
  REQUIRE_FALSE(swapped.has_value());
  CHECK(swapped.error().hint == "seccomp-medic repair " + kLog + " --profile " + kProfile);
  const auto beside = check_places("diagnose", request({kLog, kProfile}, std::nullopt));
  REQUIRE_FALSE(beside.has_value());
  CHECK(beside.error().hint == "seccomp-medic diagnose " + kLog + " --profile " + kProfile);
  CHECK(check_places("diagnose", request({kLog}, kProfile)).has_value());
  CHECK(check_places("diagnose", request({kLog, kLog}, std::nullopt)).has_value());
  CHECK(check_places("diagnose", request({kLog}, "docker")).has_value());
  CHECK(check_places("diagnose", request({"-"}, kProfile)).has_value());
}
