// journald keeps a record twice where no auditd runs; a denial that is reported twice was still
// one.
#include <doctest/doctest.h>

#include "ledger/interest.h"
#include "ledger/ledger.h"

using namespace medic;

namespace {

class Journal {
 public:
  // serial -1: audit's own message, which has none.
  void denied(std::int64_t serial, std::int64_t tid = -1) {
    model::Event event;
    event.origin.line = ++line_;
    event.pid = 7;
    event.tid = tid;
    event.serial = serial;
    event.time = {serial >= 0 ? serial * 1000 : 0, model::Time::Basis::Epoch, false};
    event.comm = "sh";
    model::Call call;
    call.syscall = {kernel::Arch::X86_64, 83, kernel::find_name("mkdir"), true};
    call.outcome.kind = model::Outcome::Kind::Denied;
    call.outcome.action = kernel::Action::Errno;
    event.what = call;
    ledger_.add(event);
  }
  void other_lines(int count) { line_ += static_cast<std::uint64_t>(count); }
  std::uint64_t counted() {
    ledger_.finish();
    std::uint64_t sum = 0;
    for (const ledger::Observation& each : ledger_.observations()) sum += each.count();
    return sum;
  }

 private:
  const ledger::InterestTable interest_ = ledger::default_interest();
  ledger::Ledger ledger_{interest_};
  std::uint64_t line_ = 0;
};

}  // namespace

TEST_CASE("A denial that stands in both of journald's transports counts once") {
  Journal journal;
  SUBCASE("with the serial in both") {
    for (std::int64_t serial : {5, 5, 6, 6}) journal.denied(serial);
    CHECK(journal.counted() == 2);
  }
  SUBCASE("one after the other") {
    for (std::int64_t serial : {-1, 5, -1, 6}) journal.denied(serial);
    CHECK(journal.counted() == 2);
  }
  SUBCASE("all of one, then all of the other") {
    for (std::int64_t serial : {5, 6, 7, -1, -1, -1}) journal.denied(serial);
    CHECK(journal.counted() == 3);
  }
  SUBCASE("one of them was suppressed") {
    for (std::int64_t serial : {-1, 5, -1, -1}) journal.denied(serial);
    CHECK(journal.counted() == 3);
  }
}

TEST_CASE("Denials that were made twice count twice") {
  Journal journal;
  SUBCASE("each with a serial of its own") {
    for (std::int64_t serial : {5, 6, 7}) journal.denied(serial);
    CHECK(journal.counted() == 3);
  }
  SUBCASE("in a form without serials") {
    for (int i = 0; i < 3; ++i) journal.denied(-1);
    CHECK(journal.counted() == 3);
  }
  SUBCASE("in a trace") {
    for (int i = 0; i < 3; ++i) journal.denied(-1, 7);
    CHECK(journal.counted() == 3);
  }
  SUBCASE("far apart") {
    journal.denied(-1);
    journal.other_lines(1000);
    journal.denied(5);
    CHECK(journal.counted() == 2);
  }
}
