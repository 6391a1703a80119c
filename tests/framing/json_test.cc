// JSON is an attacker's text too: broken, deep, of the wrong types, it is distinguished and never
// believed.
#include <doctest/doctest.h>

#include <string>

#include "parsers/framing/enricher_json.h"
#include "parsers/framing/journal.h"
#include "parsers/framing/json.h"

using namespace medic::parsers::framing;

namespace {

constexpr Unwraping (*kUnwrappers[])(std::string_view, Unwrapped&) = {
    unwrap_journal_json, unwrap_laurel, unwrap_auditbeat, unwrap_go_audit, unwrap_wrapped_line};

Unwraping unwrap(Unwraping (*unwrapper)(std::string_view, Unwrapped&), std::string_view text) {
  Unwrapped out;
  return unwrapper(text, out);
}

}  // namespace

TEST_CASE("no JSON is damage, other JSON is foreign") {
  for (const auto unwrapper : kUnwrappers) {
    for (std::string_view text : {"", "{", "nonsense", "[1]", "3", "{\"a\":}", "{\"a\":\"\xFF\"}"})
      CHECK(unwrap(unwrapper, text) == Unwraping::Damaged);
    CHECK(unwrap(unwrapper, "{}") == Unwraping::Foreign);
    CHECK(unwrap(unwrapper, "{\"a\":{\"b\":[1,2,{\"c\":null}]}}") == Unwraping::Foreign);
  }
}

TEST_CASE("deep nesting is refused before anything recurses") {
  std::string deep = "{\"auditd\":{\"data\":";
  for (int i = 0; i < 100'000; ++i) deep += "[";
  for (const auto unwrapper : kUnwrappers) CHECK(unwrap(unwrapper, deep) == Unwraping::Damaged);
  // Brackets inside a string are no nesting.
  CHECK(unwrap(unwrap_laurel, "{\"x\":\"" + std::string(200, '[') + "\"}") == Unwraping::Foreign);
}

TEST_CASE("members of the wrong type say nothing") {
  Unwrapped out;
  CHECK(unwrap_laurel(R"({"ID":7,"SECCOMP":[1]})", out) == Unwraping::Foreign);
  CHECK(unwrap_laurel(R"({"ID":"1.1:99999999999","SECCOMP":[{}]})", out) == Unwraping::Foreign);
  CHECK(unwrap_auditbeat(R"({"@timestamp":[],"auditd":{"data":[]},"event":{"action":{}}})", out) ==
        Unwraping::Foreign);
  CHECK(unwrap_go_audit(R"({"sequence":1,"timestamp":"1.2","messages":{}})", out) ==
        Unwraping::Foreign);
  EnrichedProcess process;
  CHECK(unwrap_enricher(R"({"syscalls":"mkdir"})", process) == Unwraping::Foreign);
  CHECK(unwrap_enricher(R"({"syscalls":["mkdir",7,null]})", process) == Unwraping::Ours);
  CHECK(process.syscalls == std::vector<std::string>{"mkdir"});
}

TEST_CASE("a value reads back as it was, whatever is in it") {
  std::string body;
  append_field(body, "comm", "plain");
  append_field(body, "exe", "with \"quote\"");
  append_field(body, "bad key", "x");
  CHECK(body == "comm=\"plain\" exe=77697468202271756F746522");
}

TEST_CASE("a journal entry's binary field may hold line ends and looks of fields") {
  const std::string message = std::string("SECCOMP pid=1\nMESSAGE=lie\x1d") + "X";
  std::string entry = "__CURSOR=a\n_TRANSPORT=audit\nMESSAGE\n";
  for (int i = 0; i < 8; ++i) entry += static_cast<char>(i == 0 ? message.size() : 0);
  entry += message + "\n_HOSTNAME=box\n";
  const JournalFields fields = read_journal_entry(entry);
  CHECK(fields.get("MESSAGE") == message);
  CHECK(fields.get("_HOSTNAME") == "box");
  // A length beyond the text ends the entry.
  CHECK(read_journal_entry("A=1\nMESSAGE\n\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFFxx").all().size() == 1);
}

TEST_CASE("A line one level deep, and one behind grep's number, is found") {
  medic::parsers::framing::Unwrapped unwrapped;
  CHECK(
      medic::parsers::framing::unwrap_wrapped_line(
          R"({"insertId":"a","jsonPayload":{"MESSAGE":"audit: type=1326 x","_HOSTNAME":"web"},"timestamp":"2026-11-25T15:00:00Z"})",
          unwrapped) == medic::parsers::framing::Unwraping::Ours);
  CHECK(unwrapped.text == "audit: type=1326 x");
  CHECK(unwrapped.host == "web");
  CHECK(unwrapped.time.basis == medic::model::Time::Basis::Epoch);
  CHECK(medic::parsers::framing::object_in(R"(12:{"MESSAGE":"x"})").text == R"({"MESSAGE":"x"})");
  CHECK(medic::parsers::framing::object_in(R"(:{"MESSAGE":"x"})").text.empty());
}
