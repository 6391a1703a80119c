// What stands before a record: host, tag, pid, and whether the kernel can be the speaker.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include "parsers/framing/prefix.h"

using namespace medic::parsers::framing;

namespace {

// `host/tag/pid`, and `!` where the words before the record are somebody else's.
std::string prefix(std::string_view text) {
  const Prefix read = read_prefix(text);
  return fmt::format("{}/{}/{}{}", read.host, read.tag, read.pid,
                     speaks_for_kernel(read) ? "" : "!");
}

}  // namespace

TEST_CASE("prefixes") {
  const std::pair<std::string_view, std::string_view> rows[] = {
      {"", "//-1"},
      {"[   12.5] ", "//-1"},
      {"[   12.5][   T55] ", "//-1"},
      {"<5>[   12.5] ", "//-1"},
      {"kernel: ", "/kernel/-1"},
      {"Nov 22 01:54:50 box kernel: ", "box/kernel/-1"},
      {"Nov 22 01:54:50 box kernel: [   12.5][  C1] ", "box/kernel/-1"},
      {"Nov 22 01:54:50 box kern.notice kernel: ", "box/kernel/-1"},
      {"Nov 22 01:54:50 box audit[88]: ", "box/audit/88"},
      {"Nov 22 01:54:50 kernel: ", "/kernel/-1"},
      {"01:54:50 kernel: ", "/kernel/-1"},
      {"2026-11-22T01:54:50Z INFO kernel: [  12.5] ", "/kernel/-1"},
      {"2026-11-22T01:54:50Z box kernel: ", "box/kernel/-1"},
      {"<5>1 2026-11-22T01:54:50Z box kernel - - - ", "box/kernel/-1"},
      {"<5>1 2026-11-22T01:54:50Z box audispd 88 ID1 [a b=\"c\"] ", "box/audispd/88"},
      {"2026-11-22T01:54:50.1Z stdout F ", "//-1"},
      {"2026-11-22T01:54:50.1Z stdout F Nov 22 01:54:50 box kernel: ", "box/kernel/-1"},
      {"[   12.5] box kernel: ", "box/kernel/-1"},
      {"[   12.5] usb 1-1: words of the kernel itself, then ", "//-1"},
      {"11-22 01:54:50.1  500  500 I auditd  : ", "/auditd/-1"},
      {"2026-11-22 01:54:50.1 500-500/? A/DEBUG: ", "/DEBUG/-1"},
      {"Nov 22 01:54:50 box sshd[7]: said ", "box/sshd/7!"},
      {"Nov 22 01:54:50 box audispd: ", "box/audispd/-1"},
      {"Nov 22 01:54:50 box audit[99999999999]: ", "box/audit/-1"},
  };
  for (const auto& [text, expected] : rows) {
    CAPTURE(text);
    CHECK(prefix(text) == expected);
  }
}

TEST_CASE("mail's quotes and indentation go, the text stays") {
  CHECK(unquote_mail("> > type=x") == "type=x");
  CHECK(unquote_mail(">>\ttype=x > y") == "type=x > y");
  CHECK(unquote_mail("   a") == "a");
  CHECK(unquote_mail(">") == "");
}
