// RFC 6902 patches, applied by another implementation.
#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <random>

#include "repair/json_patch.h"

using namespace medic;
using nlohmann::json;

namespace {

json patch_of(const std::string& before, const std::string& after) {
  const auto patch = repair::json_patch(before, after);
  REQUIRE(patch.has_value());
  return json::parse(*patch);
}

// A random document, small enough that two of them have much in common.
json document(std::mt19937& random, int depth) {
  const auto one_of = [&](unsigned count) { return static_cast<unsigned>(random() % count); };
  const unsigned kind = depth == 0 ? one_of(2) : one_of(5);
  if (kind < 2)
    return kind == 0 ? json(one_of(3)) : json(std::string(1, static_cast<char>('a' + one_of(3))));
  json out = kind == 2 ? json::object() : json::array();
  for (unsigned i = one_of(5); i > 0; --i) {
    if (kind == 2)
      out[std::string(1, "a/~b"[one_of(4)])] = document(random, depth - 1);
    else
      out.push_back(document(random, depth - 1));
  }
  return out;
}

}  // namespace

TEST_CASE("A name that is added is one step, after a test that the rule is the one meant") {
  const char* before =
      R"({"defaultAction":"SCMP_ACT_ERRNO","syscalls":[{"names":["a","c"],"action":"SCMP_ACT_ALLOW"}]})";
  const char* after =
      R"({"defaultAction":"SCMP_ACT_ERRNO","syscalls":[{"names":["a","b","c"],"action":"SCMP_ACT_ALLOW"}]})";
  CHECK(
      patch_of(before, after) ==
      json::parse(
          R"([{"op":"test","path":"/syscalls/0/action","value":"SCMP_ACT_ALLOW"},{"op":"add","path":"/syscalls/0/names/1","value":"b"}])"));
}

TEST_CASE("Nothing changed is an empty patch") {
  CHECK(patch_of(R"({"a":[1,{"b":2}]})", R"({ "a": [ 1, {"b": 2} ] })") == json::array());
}

TEST_CASE("Keys with slashes and tildes are escaped") {
  CHECK(patch_of(R"({"a/b":1,"c~d":1})", R"({"a/b":2,"c~d":1})")[0]["path"] == "/a~1b");
  CHECK(patch_of(R"({"a/b":1,"c~d":1})", R"({"a/b":1,"c~d":2})")[0]["path"] == "/c~0d");
}

TEST_CASE("What is no JSON is refused") {
  CHECK_FALSE(repair::json_patch("{", "{}").has_value());
  CHECK_FALSE(repair::json_patch("{}", "").has_value());
}

TEST_CASE("Any document becomes any other, and hardly ever as a whole") {
  std::mt19937 random(20261122);
  int whole = 0, changed = 0;
  for (int i = 0; i < 20000; ++i) {
    const json before = document(random, 3), after = document(random, 3);
    const json patch = patch_of(before.dump(), after.dump());
    const json result = before.patch(patch);
    if (result != after) FAIL(before.dump() << " " << after.dump() << " " << patch.dump());
    if (!before.is_structured() || before.type() != after.type() || before == after) continue;
    ++changed;
    if (patch[0]["path"] == "") ++whole;
  }
  MESSAGE(changed << " structured changes, " << whole << " of them by replacing the whole");
  CHECK(changed > 1000);
  CHECK(whole == 0);
}
