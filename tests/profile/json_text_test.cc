// JSON with places: every value knows its bytes, and every mistake people publish gets a place and
// a fix.
#include <doctest/doctest.h>

#include <string>

#include "profile/json_text.h"

using namespace medic;
using namespace medic::profile;

namespace {

std::string slice(const JsonText& json, Span span) {
  return json.text().substr(span.begin, span.end - span.begin);
}

// "line:column what | fix"
std::string complaint(const std::string& text) {
  const auto json = read_json(text, "p.json");
  if (json) return "read";
  const Problem& problem = json.error();
  return std::to_string(problem.line) + ":" + std::to_string(problem.column) + " " + problem.text +
         " | " + problem.hint;
}

}  // namespace

TEST_CASE("Every value and key knows the bytes it stands in") {
  const auto json = read_json(
      "{ \"a\" : [1, -2 ,3.5e1,18446744073709551615],\n  \"b\\n\":\"x\\u0041\" , \"c\":{}, "
      "\"d\":null,\"e\": true }",
      "p");
  REQUIRE(json);
  const NodeId a = json->member(0, "a");
  REQUIRE(a != kNoNode);
  CHECK(slice(*json, (*json)[0].span) == json->text());
  CHECK(slice(*json, (*json)[a].span) == "[1, -2 ,3.5e1,18446744073709551615]");
  CHECK(slice(*json, (*json)[a].key_span) == "\"a\"");
  const auto& items = (*json)[a].children;
  REQUIRE(items.size() == 4);
  CHECK(slice(*json, (*json)[items[0]].span) == "1");
  CHECK(slice(*json, (*json)[items[1]].span) == "-2");
  CHECK((*json)[items[1]].kind == JsonKind::Negative);
  CHECK(slice(*json, (*json)[items[2]].span) == "3.5e1");
  CHECK((*json)[items[2]].kind == JsonKind::Float);
  CHECK((*json)[items[3]].number == 18446744073709551615ULL);
  const NodeId b = json->member(0, "b\n");
  REQUIRE(b != kNoNode);
  CHECK((*json)[b].text == "xA");
  CHECK(slice(*json, (*json)[b].span) == "\"x\\u0041\"");
  CHECK(json->place((*json)[b].key_span.begin).line == 2);
  CHECK(json->place((*json)[b].key_span.begin).column == 3);
  CHECK(slice(*json, (*json)[json->member(0, "c")].span) == "{}");
  CHECK((*json)[json->member(0, "e")].truth);
}

TEST_CASE("Of two members with one key the last counts, and the first is still there") {
  const auto json = read_json(R"({"a":1,"a":2})", "p");
  REQUIRE(json);
  CHECK((*json)[json->member(0, "a")].number == 2);
  CHECK((*json)[(*json)[0].children[0]].shadowed);
  CHECK((*json)[0].children.size() == 2);
}

TEST_CASE("A number that does not fit 64 bits is never rounded") {
  const auto json = read_json("[18446744073709551616]", "p");
  REQUIRE(json);
  CHECK((*json)[1].kind == JsonKind::Float);
}

TEST_CASE("What people write instead of JSON is named, with its place and the fix") {
  const std::string shape =
      "a profile is a JSON object: { \"defaultAction\": …, \"syscalls\": […] }";
  const struct {
    std::string text, expected;
  } cases[] = {
      {"", "1:1 the file is empty | " + shape},
      {" \n\t ", "1:1 the file holds nothing but blanks | " + shape},
      {"\xEF\xBB\xBF{}",
       "1:1 the file begins with a byte order mark, which Docker and runc do not accept | save it "
       "as UTF-8 without a byte order mark"},
      {std::string("\xFF\xFE{\0}\0", 6), "1:1 the file is UTF-16 | save it as UTF-8"},
      {std::string("{\0}\0", 4), "1:1 the file is UTF-16 | save it as UTF-8"},
      {std::string("{\n\"a\0\":1}", 9),
       "2:3 a NUL byte: this is a binary file or a damaged one | " + shape},
      {"\x1F\x8B\x08\x01", "1:1 this is a binary file, not JSON | " + shape},
      {"/etc/docker/seccomp.json\n",
       "1:1 this file holds a path, not a profile | pass /etc/docker/seccomp.json itself"},
      {"apiVersion: v1\nkind: x\n",
       "1:1 this is YAML or another tool's policy, not JSON | " + shape},
      {"---\ndefaultAction: x\n", "1:1 this is YAML or another tool's policy, not JSON | " + shape},
      {"<!DOCTYPE html>\n", "1:1 this is a web page or XML, not JSON | fetch the raw file"},
      {"hello", "1:1 hello stands without quotes | write \"hello\""},
      {"{\n  \"args::[],\n  \"x\": 1 }",
       "2:3 the string that begins here is never closed | write \"args\": [],"},
      {"{\n  \"names: [\"a\"],\n}",
       "2:3 the string that begins here is never closed | write \"names\": [\"a\"],"},
      {"{ \"a\": \"b\n\" }",
       "1:8 the string that begins here is never closed | close the string with a \" on the same "
       "line"},
      {"{ \"a\": \"b\t\" }",
       "1:10 a control character (0x09) inside a string | write it as \\u0009"},
      {"{ \"a\": \"\\d\" }", "1:10 an escape that JSON does not have | write a backslash as \\\\"},
      {"{ \"a\": \"\xFF\" }",
       "1:9 a byte that is no UTF-8 inside a string | save the file as UTF-8"},
      {"{\"a\":[1,2,]}", "1:10 a comma before the closing ] | remove the comma"},
      {"{\"a\":1,\n}", "1:7 a comma before the closing } | remove the comma"},
      {"{\"a\":[1,,2]}", "1:9 two commas in a row | remove one"},
      {"{\"a\":[,2]}", "1:7 a comma before the first element | remove the comma"},
      {"{\n// no\n\"a\":1}",
       "2:1 JSON has no comments | remove the comment, or keep it as a \"comment\" key of the "
       "rule"},
      {"{\"a\":1 /* no */}",
       "1:8 JSON has no comments | remove the comment, or keep it as a \"comment\" key of the "
       "rule"},
      {"{\"a\":1 # no\n}",
       "1:8 JSON has no comments | remove the comment, or keep it as a \"comment\" key of the "
       "rule"},
      {"{'a':1}", "1:2 JSON has no single quotes | use double quotes: \"…\""},
      {"{“a”:1}", "1:2 a typographic quotation mark | use the plain one: \""},
      {"{\"a\":0x26}", "1:6 JSON has no hexadecimal numbers | write 38"},
      {"{a:1}", "1:2 a stands without quotes | write \"a\""},
      {"{\"a\":True}", "1:6 True is no JSON | write true"},
      {"{\"a\":None}", "1:6 None is no JSON | write null, or leave the key out"},
      {"{\"a\" 1}", "1:6 a key without a colon | write \"key\": value"},
      {"{\"a\":1 \"b\":2}", "1:7 a comma is missing here | put a comma between the two values"},
      {"[{\"a\":1}\n{\"b\":2}]",
       "1:9 a comma is missing here | put a comma between the two values"},
      {"{\"a\":[1}", "1:8 } closes the [ that opens on line 1 | a ] is missing before it"},
      {"{\n\"a\":[1",
       "2:7 the text ends inside the array that opens on line 2 | the file is cut off or a ] is "
       "missing"},
      {"{\"a\":1}}",
       "1:8 text after the end of the profile | an earlier bracket closes too much: compare the "
       "brackets"},
      {"{} {}", "1:4 text after the end of the profile | remove it: a file holds one profile"},
      {"{1:2}", "1:2 a key must be a string | write \"key\": value"},
  };
  for (const auto& [text, expected] : cases) {
    CAPTURE(text);
    CHECK(complaint(text) == expected);
  }
}

TEST_CASE("Hostile depth and breadth are refused, not followed") {
  CHECK(complaint(std::string(1'000'000, '[')).find("nested more than 200 levels deep") !=
        std::string::npos);
  std::string wide = "[0";
  for (int i = 0; i < 2'000'001; ++i) wide += ",0";
  CHECK(complaint(wide + "]").find("more than 2000000 values") != std::string::npos);
  CHECK(complaint(std::string(kMaxJsonBytes + 1, ' ')).find("larger than any seccomp profile") !=
        std::string::npos);
}
