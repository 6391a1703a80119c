// JSON is an attacker's text too: broken, deep, of the wrong types, it is told apart and never believed.
#include <doctest/doctest.h>

#include <string>

#include "parsers/envelope/enricher_json.h"
#include "parsers/envelope/journal.h"
#include "parsers/envelope/json.h"

using namespace medic::parsers::envelope;

namespace {

constexpr Peeling (*kPeelers[])(std::string_view, Peeled&) = {peel_journal_json, peel_laurel, peel_auditbeat, peel_go_audit, peel_wrapped_line};

Peeling peel(Peeling (*peeler)(std::string_view, Peeled&), std::string_view text) {
  Peeled out;
  return peeler(text, out);
}

}  // namespace

TEST_CASE("no JSON is damage, other JSON is foreign") {
  for (const auto peeler : kPeelers) {
    for (std::string_view text : {"", "{", "nonsense", "[1]", "3", "{\"a\":}", "{\"a\":\"\xFF\"}"}) CHECK(peel(peeler, text) == Peeling::Damaged);
    CHECK(peel(peeler, "{}") == Peeling::Foreign);
    CHECK(peel(peeler, "{\"a\":{\"b\":[1,2,{\"c\":null}]}}") == Peeling::Foreign);
  }
}

TEST_CASE("deep nesting is refused before anything recurses") {
  std::string deep = "{\"auditd\":{\"data\":";
  for (int i = 0; i < 100'000; ++i) deep += "[";
  for (const auto peeler : kPeelers) CHECK(peel(peeler, deep) == Peeling::Damaged);
  // Brackets inside a string are no nesting.
  CHECK(peel(peel_laurel, "{\"x\":\"" + std::string(200, '[') + "\"}") == Peeling::Foreign);
}

TEST_CASE("members of the wrong type say nothing") {
  Peeled out;
  CHECK(peel_laurel(R"({"ID":7,"SECCOMP":[1]})", out) == Peeling::Foreign);
  CHECK(peel_laurel(R"({"ID":"1.1:99999999999","SECCOMP":[{}]})", out) == Peeling::Foreign);
  CHECK(peel_auditbeat(R"({"@timestamp":[],"auditd":{"data":[]},"event":{"action":{}}})", out) == Peeling::Foreign);
  CHECK(peel_go_audit(R"({"sequence":1,"timestamp":"1.2","messages":{}})", out) == Peeling::Foreign);
  EnrichedProcess process;
  CHECK(peel_enricher(R"({"syscalls":"mkdir"})", process) == Peeling::Foreign);
  CHECK(peel_enricher(R"({"syscalls":["mkdir",7,null]})", process) == Peeling::Ours);
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
  medic::parsers::envelope::Peeled peeled;
  CHECK(medic::parsers::envelope::peel_wrapped_line(R"({"insertId":"a","jsonPayload":{"MESSAGE":"audit: type=1326 x","_HOSTNAME":"web"},"timestamp":"2026-11-25T15:00:00Z"})", peeled) ==
        medic::parsers::envelope::Peeling::Ours);
  CHECK(peeled.text == "audit: type=1326 x");
  CHECK(peeled.host == "web");
  CHECK(peeled.time.basis == medic::model::Time::Basis::Epoch);
  CHECK(medic::parsers::envelope::object_in(R"(12:{"MESSAGE":"x"})").text == R"({"MESSAGE":"x"})");
  CHECK(medic::parsers::envelope::object_in(R"(:{"MESSAGE":"x"})").text.empty());
}
