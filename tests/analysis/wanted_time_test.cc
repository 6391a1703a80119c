// Calls outside the asked time are not counted, but what their records say of the process holds.
#include <doctest/doctest.h>

#include <cstdio>
#include <fstream>

#include "ledger/interest.h"
#include "read/inputs.h"

using namespace medic;

namespace {

// One call at each second, by one process, from 1795312200 on.
std::string three_calls() {
  std::string out;
  for (int second = 0; second < 3; ++second) {
    out += "type=SYSCALL msg=audit(179531220" + std::to_string(second) +
           ".250:" + std::to_string(10 + second) +
           "): arch=c000003e syscall=83 success=yes exit=0 a0=1 a1=2 a2=3 a3=4 items=2 ppid=" +
           std::to_string(70 + second) +
           " pid=71 auid=0 uid=0 gid=0 euid=0 suid=0 fsuid=0 egid=0 sgid=0 fsgid=0 tty=(none) "
           "ses=1 comm=\"app\" exe=\"/a\" key=(null)\n";
  }
  return out;
}

}  // namespace

TEST_CASE("A call before the asked time says who the parent was, and is not counted") {
  const std::string path = "/tmp/medic-wanted-time.log";
  std::ofstream(path) << three_calls();
  const ledger::InterestTable interest = ledger::default_interest();
  ReadOptions options;
  options.inputs = {path};
  options.threads = 1;
  SUBCASE("before") { options.since_ns = std::int64_t{1795312201} * 1'000'000'000; }
  SUBCASE("after") { options.until_ns = std::int64_t{1795312202} * 1'000'000'000; }
  const ReadResult read = read_logs(options, interest);
  std::remove(path.c_str());
  REQUIRE(read.ledger.observations().size() == 1);
  CHECK(read.ledger.observations()[0].count() == 2);
  REQUIRE(read.ledger.processes().processes().size() == 1);
  CHECK(read.ledger.processes().processes()[0].first_ppid == 70);
  CHECK(read.ledger.processes().processes()[0].ppid == 72);
}
