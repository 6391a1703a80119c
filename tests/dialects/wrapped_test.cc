// Records that somebody's window or mail program has cut into several lines.
#include "parsers/audit/wrapped_dialect.h"

#include <doctest/doctest.h>

#include <sstream>
#include <string>

#include "audit/reading.h"
#include "parsers/registry.h"

namespace {

using namespace medic;

const std::string kFields =
    "auid=4294967295 uid=0 gid=0 ses=4294967295 subj=unconfined pid=1067 comm=\"mkdir\" "
    "exe=\"/usr/bin/mkdir\" sig=0 arch=c000003e "
    "syscall=83 compat=0 ip=0x7f292a4b8829 code=0x50000";

// As `fold -w` and a terminal cut: wherever the last column is.
std::string folded(const std::string& line, std::size_t width) {
  std::string out;
  for (std::size_t at = 0; at < line.size(); at += width) out += line.substr(at, width) + "\n";
  return out;
}

std::string name_of(const std::string& text) {
  const parsers::Sniffed sniffed = parsers::sniff(text);
  return sniffed.dialect == nullptr ? "" : std::string(sniffed.dialect->name());
}

}  // namespace

TEST_CASE("A record that a window has cut anywhere says what the whole record says") {
  for (const std::string& head :
       {std::string("type=SECCOMP msg=audit(1795620860.443:47604): "),
        std::string("[48731.642541] audit: type=1326 audit(1795620860.443:47604): ")}) {
    const std::string whole = head + kFields;
    const auto expected =
        parsers::testing::read(*parsers::find_dialect("audit"), whole + "\n").events;
    REQUIRE(expected.size() == 1);
    for (std::size_t width = 64; width < whole.size(); ++width) {
      CAPTURE(width);
      const std::string text = folded(whole, width);
      CHECK(name_of(text) == "wrapped");
      CHECK(parsers::testing::read(parsers::wrapped_dialect(), text).events == expected);
    }
  }
}

TEST_CASE("JSON that was printed over several lines is not taken for a wrapped record") {
  std::string text = "[\n";
  for (int i = 0; i < 5; ++i)
    text += "  {\n    \"MESSAGE\": \"audit: type=1326 audit(1795620860.443:" + std::to_string(i) +
            "): pid=7 sig=0 arch=c000003e syscall=83 code=0x50000\"\n  },\n";
  CHECK(name_of(text) == "json-lines");
}
