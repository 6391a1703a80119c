// The same records as the kernel prints them, in every wrapping of syslog and journalctl, and what
// these logs say about their own gaps.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include "audit/reading.h"
#include "parsers/audit/audit_dialect.h"

using namespace medic;
using namespace medic::parsers;

namespace {

#define RECORD                                                                               \
  "audit: type=1326 audit(1795312490.308:442): auid=1000 uid=1000 gid=1000 ses=2 pid=88 "    \
  "comm=\"uname\" exe=\"/bin/busybox\" sig=0 arch=c000003e syscall=63 compat=0 ip=0x460997 " \
  "code=0x7ffc0000"
#define FIELDS                                                                          \
  "auid=1000 uid=1000 gid=1000 ses=2 pid=88 comm=\"uname\" exe=\"/bin/busybox\" sig=0 " \
  "arch=c000003e syscall=63 compat=0 ip=0x460997 code=0x7ffc0000"
constexpr std::string_view kEvent = "88 (uname) x86_64:uname[] -> denied log";

std::string host_and_time(std::string_view line) {
  std::string out;
  testing::read_in_chunks(audit_dialect(), line, 0, [&](const model::Event& event) {
    out += fmt::format("{}@{}.{}{}", event.host, static_cast<int>(event.time.basis),
                       event.time.ns / 1'000'000, event.time.zone_assumed ? "?" : "");
    return std::string();
  });
  return out;
}

}  // namespace

TEST_CASE("the wrapping does not matter") {
  for (std::string_view line : {
           RECORD,
           "type=1326 audit(1795312490.308:442): " FIELDS,
           "[ 1160.500259] " RECORD,
           "[ 1160.500259][   T55] " RECORD,
           "<5>[ 1160.500259] " RECORD,
           "[Sun Nov 22 01:54:50 2026] " RECORD,
           "kernel: " RECORD,
           "Nov 22 01:54:50 box kernel: [ 1160.500259] " RECORD,
           "Nov 22 01:54:50 box kernel: " RECORD,
           "<5>Nov 22 01:54:50 box kernel: [ 1160.500259][   T55] " RECORD,
           "Nov 22 01:54:50 box kern.notice kernel: [ 1160.500259] " RECORD,
           "M\xC3\xA4r 04 19:57:53 box kernel: " RECORD,
           "d\xC3\xA9"
           "c. 4 19:57:53 box kernel: " RECORD,
           "2026-11-22T01:54:50.309+01:00 box kernel: [ 1160.500259] " RECORD,
           "2026-11-22T01:54:50+0100 box kernel: " RECORD,
           "2026-11-22T01:54:50Z NOTICE kernel: [ 1160.500259] " RECORD,
           "<5>1 2026-11-22T01:54:50.309Z box kernel - - - [ 1160.500259] " RECORD,
           "<5>1 2026-11-22T01:54:50.309Z box kernel - - [meta seq=\"4\"] [ 1160.500259] " RECORD,
           "01:54:50 kernel: " RECORD,
           "2026-11-22T01:54:50.309123456Z stdout F [ 1160.500259] " RECORD,
           "2026-11-22T01:54:50.309123456Z stderr F Nov 22 01:54:50 box kernel: " RECORD,
           "Nov 22 01:54:50 box audit[88]: SECCOMP " FIELDS,
           "Nov 22 01:54:50 audit[88]: SECCOMP " FIELDS,
           "01:54:50 uname: SECCOMP " FIELDS,
           "Nov 22 01:54:50 box audispd: node=box type=SECCOMP "
           "msg=audit(1795312490.308:442): " FIELDS,
           "Nov 22 01:54:50 box audisp-syslog[4]: type=SECCOMP "
           "msg=audit(1795312490.308:442): " FIELDS "\x1d"
           "ARCH=x86_64",
           "type=UNKNOWN[1326] msg=audit(1795312490.308:442): " FIELDS,
           "type=1326 msg=audit(1795312490.308:442): " FIELDS,
           "node=box type=SECCOMP msg=audit(1795312490.308:442): " FIELDS,
           "Sun 2026-11-22 01:54:50 UTC box audit[88]: SECCOMP " FIELDS,
           "Sun 2026-11-22 01:54:50 CET box kernel: " RECORD,
           "[ 1160.500259] box audit[88]: SECCOMP " FIELDS,
           "1795312490.308000 box audit[88]: SECCOMP " FIELDS,
           "1795312490.308000 box kernel: " RECORD,
           "SECCOMP " FIELDS,
           // A record that the console ran into an oops line, or into another record.
           "[ 1160.49]  [<ffffffff8112>] fsnotify+0x2/0x7[ 1160.50] " RECORD,
           "** 12 printk messages dropped ** [ 1160.50] " RECORD,
           RECORD "\r",
       }) {
    CAPTURE(line);
    const testing::Source given = testing::read(audit_dialect(), line);
    const bool told_of_loss = line.starts_with("**");
    const bool is_output = line.find(" stdout ") != std::string_view::npos ||
                           line.find(" stderr ") != std::string_view::npos;
    CHECK(given.text() == (told_of_loss ? "loss suppressed 12 | " : "") + std::string(kEvent) +
                              (is_output ? " by anyone" : ""));
    CHECK(given.used == 1);
  }
}

TEST_CASE("two records on one line, their line end lost, are two events and one line") {
  const testing::Source given = testing::read(audit_dialect(), RECORD RECORD "\n");
  CHECK(given.text() == std::string(kEvent) + " | " + std::string(kEvent));
  CHECK(given.lines() == 1);
}

TEST_CASE("the host and the time come from the record, else from the wrapping") {
  CHECK(host_and_time("Nov 22 01:54:50 box kernel: " RECORD) == "box@1.1795312490308");
  CHECK(host_and_time("Nov 22 01:54:50 box audit[88]: SECCOMP " FIELDS) == "box@2.6890000?");
  CHECK(host_and_time("2026-11-22T01:54:50+01:00 box audit[88]: SECCOMP " FIELDS) ==
        "box@1.1795308890000");
  CHECK(host_and_time("2026-11-22T01:54:50 box audit[88]: SECCOMP " FIELDS) ==
        "box@1.1795312490000?");
  CHECK(host_and_time("Nov 22 01:54:50 kernel: " RECORD) == "@1.1795312490308");
  CHECK(host_and_time("2026-11-22T01:54:50Z INFO kernel: " RECORD) == "@1.1795312490308");
}

TEST_CASE("a program that prints a record inside its own message is not the kernel") {
  for (std::string_view line : {
           "Nov 22 01:54:50 box sshd[7]: Invalid user audit: type=1326 "
           "audit(1795312490.308:442): " FIELDS,
           "Nov 22 01:54:50 box app: login of SECCOMP " FIELDS,
           "Nov 22 01:54:50 box app: note: SECCOMP for everyone",
       }) {
    CAPTURE(line);
    const testing::Source given = testing::read(audit_dialect(), line);
    CHECK(given.text() == "");
    CHECK(given.foreign == 1);
  }
}

TEST_CASE(
    "before 3.5 the kernel reported of seccomp in ANOM_ABEND's number, with the filter's data and "
    "without an architecture") {
  CHECK(testing::read(audit_dialect(),
                      "[  95.26] type=1701 audit(1362909066.262:25): auid=1 uid=1000 gid=1000 "
                      "ses=1 pid=22 comm=\"chrome\" "
                      "reason=\"seccomp\" sig=0 syscall=20 compat=0 ip=0xb2f20424 code=0x50001")
            .text() == "22 (chrome) #20[] -> denied errno EPERM");
  CHECK(testing::read(audit_dialect(),
                      "type=ANOM_ABEND msg=audit(1362909066.262:25): auid=1 uid=1000 gid=1000 "
                      "ses=1 pid=22 comm=\"x\" "
                      "exe=\"/x\" sig=31 res=1")
            .text() == "22 (x) abend SIGSYS");
}

TEST_CASE("logs speak of their own gaps") {
  const std::pair<std::string_view, std::string_view> rows[] = {
      {"[ 1160.500254] kauditd_printk_skb: 32 callbacks suppressed", "loss suppressed 32"},
      {"Oct  8 21:56:41 box kernel: [  553.970807] audit_printk_skb: 36 callbacks suppressed",
       "loss suppressed 36"},
      {"** 2158 printk messages dropped ** [   50.671305] Call Trace:", "loss suppressed 2158"},
      {"Oct  8 21:56:41 box systemd-journald[312]: Missed 17 kernel messages",
       "loss suppressed 17"},
      {"[ 3.1] audit: audit_lost=5 audit_rate_limit=0 audit_backlog_limit=64", "loss lost 5"},
      {"[ 3.1] audit: audit_backlog=65 > audit_backlog_limit=64", "loss backlog 0"},
      {"[ 3.1] audit: backlog limit exceeded", "loss backlog 0"},
      {"[ 3.1] audit: rate limit exceeded", "loss lost 0"},
      {"type=CONFIG_CHANGE msg=audit(1795312204.232:9): auid=0 ses=1 op=seccomp-logging "
       "actions=errno,log old-actions=kill_process,errno,log res=1",
       "loss config 0"},
      {"[ 3.1] audit: type=1305 audit(1795312204.232:9): op=set audit_enabled=0 old=1 auid=0 ses=1 "
       "res=1",
       "loss config 0"},
      {"type=CONFIG_CHANGE msg=audit(1795312204.232:9): op=add_rule key=\"x\" list=4 res=1", ""},
      {"[ 3.1] net_ratelimit: 4 callbacks suppressed", ""},
  };
  for (const auto& [line, events] : rows) {
    CAPTURE(line);
    const testing::Source given = testing::read(audit_dialect(), line);
    CHECK(given.text() == events);
    CHECK(given.used == (events.empty() ? 0 : 1));
    CHECK(given.lines() == 1);
  }
}

TEST_CASE("the account adds up over hostile bytes") {
  using namespace std::string_view_literals;
  for (std::string_view text :
       {"\n\n\n"sv, "\0\0\0\naudit(\n"sv, "audit: type=1326 audit("sv,
        "type=\ntype= \nnode=\nnode=x\nnode=x type=SECCOMP"sv,
        "SECCOMP\n: SECCOMP \n]: SECCOMP auid="sv,
        "\xFF\xFE\nfoo\naudit: type=1326 audit(1.1:1):"sv, "x\ntype=SYSC"sv}) {
    for (std::size_t lines : {0u, 1u})
      CHECK(testing::read_in_chunks(audit_dialect(), text, lines).lines() ==
            testing::count_lines(text));
    CHECK(testing::read_in_chunks(audit_dialect(), text, 1).damaged ==
          testing::read(audit_dialect(), text).damaged);
  }
}

TEST_CASE("a chunk's first line is not looked at more closely than others") {
  const std::string_view text =
      "Audit daemon is suspending logging\nplain\nAudit daemon is suspending logging\n";
  for (std::size_t lines : {0u, 1u})
    CHECK(testing::read_in_chunks(audit_dialect(), text, lines).foreign == 3);
}
