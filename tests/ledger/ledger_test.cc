// Counting, merging, and what is kept of processes: a log read in parts gives what the log read
// whole gives.
#include "ledger/ledger.h"

#include <doctest/doctest.h>

#include <random>

#include "ledger/interest.h"

using namespace medic;

namespace {

const ledger::InterestTable& interest() {
  static const ledger::InterestTable table = ledger::default_interest();
  return table;
}

// Events in the words of a log.
struct Log {
  std::vector<std::pair<model::Event, std::string>> events;  // the comm is owned here
  std::uint64_t line = 0;

  model::Event& add(std::int64_t pid, model::What what, std::string comm = "") {
    model::Event event;
    event.origin.line = ++line;
    event.pid = pid;
    event.what = std::move(what);
    events.emplace_back(event, std::move(comm));
    return events.back().first;
  }
  void call(std::int64_t pid, std::string_view name, model::Outcome::Kind kind,
            std::uint64_t arg0 = 0, std::string comm = "") {
    model::Call call;
    call.syscall.name = kernel::find_name(name);
    call.outcome.kind = kind;
    call.args.set(0, arg0);
    add(pid, call, std::move(comm));
  }
  void exec(std::int64_t pid, std::string_view exe) { add(pid, model::Exec{exe, {}}); }
  void exit(std::int64_t pid) { add(pid, model::Exit{}); }
  void fork(std::int64_t pid, std::int64_t child) { add(pid, model::Fork{child, false, false}); }

  ledger::Ledger read(std::size_t from, std::size_t to) const {
    ledger::Ledger out(interest());
    for (std::size_t i = from; i < to; ++i) {
      model::Event event = events[i].first;
      event.comm = events[i].second;
      out.add(event);
    }
    return out;
  }
};

std::string summary(ledger::Ledger& ledger) {
  ledger.finish();
  std::string out;
  for (const ledger::Observation& each : ledger.observations()) {
    out += std::string(kernel::name_of(each.key().syscall.name)) + "/" +
           ledger.text(each.key().subj.comm) + "/" + std::to_string(each.process()) + "/" +
           std::to_string(static_cast<int>(each.key().subj.phase)) + "x" +
           std::to_string(each.count()) + "@" + std::to_string(each.examples()[0].origin.line) +
           " ";
  }
  return out;
}

constexpr auto kReturned = model::Outcome::Kind::Returned;
constexpr auto kDenied = model::Outcome::Kind::Denied;

}  // namespace

TEST_CASE("Equal calls of one life are one observation with a count and the first places") {
  Log log;
  for (int i = 0; i < 5; ++i) log.call(7, "mkdir", kDenied, 0, "sh");
  ledger::Ledger ledger = log.read(0, 5);
  ledger.finish();
  REQUIRE(ledger.observations().size() == 1);
  CHECK(ledger.observations()[0].count() == 5);
  CHECK(ledger.observations()[0].examples().size() == 3);
  CHECK(ledger.observations()[0].examples()[0].origin.line == 1);
}

TEST_CASE("Arguments are distinguished where somebody asks for them, and nowhere else") {
  Log log;
  log.call(7, "socket", kReturned, 1);
  log.call(7, "socket", kReturned, 2);
  log.call(7, "getpid", kReturned, 1);
  log.call(7, "getpid", kReturned, 2);
  ledger::Ledger ledger = log.read(0, 4);
  ledger.finish();
  CHECK(ledger.observations().size() == 3);
}

TEST_CASE("A number used again after an exit is another life") {
  Log log;
  log.call(7, "mkdir", kDenied, 0, "a");
  log.exit(7);
  log.call(7, "mkdir", kDenied, 0, "a");
  ledger::Ledger ledger = log.read(0, 3);
  ledger.finish();
  REQUIRE(ledger.observations().size() == 2);
  CHECK(ledger.observations()[0].process() != ledger.observations()[1].process());
}

TEST_CASE(
    "What follows a filter's installation is filtered, and what follows the exec is the "
    "program's") {
  Log log;
  log.call(7, "getpid", kReturned);
  log.call(7, "seccomp", kReturned, 1);
  log.call(7, "getpid", kReturned);
  log.exec(7, "/bin/sh");
  log.call(7, "getpid", kReturned);
  ledger::Ledger ledger = log.read(0, 5);
  CHECK(summary(ledger) == "getpid//0/0x1@1 seccomp//0/0x1@2 getpid//0/2x1@3 getpid/sh/0/3x1@5 ");
}

TEST_CASE("A log read in two parts, cut anywhere, gives what it gives whole") {
  Log log;
  log.call(7, "getpid", kReturned);
  log.exec(7, "/bin/sh");
  log.call(7, "seccomp", kReturned, 1);
  log.fork(7, 8);
  log.call(8, "mkdir", kDenied);
  log.exec(8, "/bin/mkdir");
  log.call(8, "mkdir", kDenied);
  log.exit(8);
  log.call(7, "mkdir", kDenied);
  log.call(8, "rmdir", kDenied);
  log.exec(7, "/bin/ls");
  log.call(7, "mkdir", kDenied);
  ledger::Ledger whole = log.read(0, log.events.size());
  const std::string expected = summary(whole);
  for (std::size_t cut = 0; cut <= log.events.size(); ++cut) {
    CAPTURE(cut);
    ledger::Ledger joined = log.read(0, cut);
    joined.append(log.read(cut, log.events.size()));
    CHECK(summary(joined) == expected);
  }
}

TEST_CASE("A busy log, cut anywhere in three, gives what it gives whole") {
  Log log;
  std::mt19937 random(3);
  const std::string_view names[] = {"mkdir", "socket", "getpid", "openat", "ptrace", "mount"};
  for (int i = 0; i < 600; ++i) {
    const auto pid = static_cast<std::int64_t>(10 + random() % 9);
    switch (random() % 16) {
      case 0: log.exec(pid, random() % 2 == 0 ? "/bin/sh" : "/bin/ls"); break;
      default:
        log.call(pid, names[random() % std::size(names)], random() % 3 == 0 ? kDenied : kReturned,
                 random() % 5, random() % 4 == 0 ? "worker" : "");
    }
  }
  ledger::Ledger whole = log.read(0, log.events.size());
  const std::string expected = summary(whole);
  CHECK(whole.observations().size() > 200);
  for (std::size_t first = 0; first < log.events.size(); first += 37) {
    const std::size_t second = first + (log.events.size() - first) / 2;
    CAPTURE(first);
    ledger::Ledger joined = log.read(0, first);
    joined.append(log.read(first, second));
    joined.append(log.read(second, log.events.size()));
    CHECK(summary(joined) == expected);
  }
}

TEST_CASE("What an input without calls says stays when another is merged") {
  Log calls;
  calls.call(7, "mkdir", kDenied, 0, "x");
  ledger::Ledger both(interest()), units(interest());
  model::Event event;
  event.time = {1'000'000'000, model::Time::Basis::Epoch, true};
  event.what = model::UnitChange{"app.service", true};
  units.add(event);
  both.merge(std::move(units));
  both.merge(calls.read(0, 1));
  CHECK(both.processes().units().size() == 1);
  CHECK(both.time_zone_assumed());
}

TEST_CASE("Inputs are never joined by process number alone") {
  Log a, b;
  a.call(7, "mkdir", kDenied, 0, "x");
  b.call(7, "mkdir", kDenied, 0, "x");
  ledger::Ledger both(interest());
  both.merge(a.read(0, 1));
  both.merge(b.read(0, 1));
  both.finish();
  CHECK(both.observations().size() == 2);
}

TEST_CASE(
    "what the kernel lost is its own sum, said again and again; what was suppressed adds up") {
  using Kind = model::Loss::Kind;
  const auto given = [](std::initializer_list<model::Loss> losses, std::size_t cut) {
    ledger::Ledger whole(interest()), later(interest());
    std::size_t at = 0;
    for (const model::Loss& loss : losses) {
      model::Event event;
      event.what = loss;
      (at++ < cut ? whole : later).add(event);
    }
    whole.append(std::move(later));
    return whole.losses().front().count;
  };
  const std::initializer_list<model::Loss> lost{
      {Kind::Lost, 0, "audit: rate limit exceeded"},
      {Kind::Lost, 10, "audit: audit_lost=10 audit_rate_limit=3"},
      {Kind::Lost, 0, "audit: rate limit exceeded"},
      {Kind::Lost, 25, "audit: audit_lost=25 audit_rate_limit=3"}};
  const std::initializer_list<model::Loss> suppressed{
      {Kind::Suppressed, 5, "5 callbacks suppressed"},
      {Kind::Suppressed, 7, "7 callbacks suppressed"}};
  for (std::size_t cut = 0; cut <= 4; ++cut) {
    CHECK(given(lost, cut) == 25);
    CHECK(given(suppressed, cut) == 12);
  }
}

TEST_CASE("Memory does not grow with the number of processes") {
  ledger::Ledger ledger(interest());
  model::Call call;
  call.syscall.name = kernel::find_name("mkdir");
  call.outcome.kind = kDenied;
  for (std::int64_t pid = 1; pid <= 300000; ++pid) {
    model::Event event;
    event.pid = pid;
    event.comm = "x";
    event.what = call;
    ledger.add(event);
  }
  ledger.finish();
  std::uint64_t total = 0;
  for (const ledger::Observation& each : ledger.observations()) total += each.count();
  CHECK(total == 300000);
  CHECK(ledger.observations().size() <= attribute::ProcessTable::kMaxProcesses + 1);
}

TEST_CASE("Calls by any number do not fill the memory") {
  Log log;
  constexpr std::int32_t kNumbers = 150000;
  for (std::int32_t number = 1000; number < 1000 + kNumbers; ++number) {
    model::Call call;
    call.syscall.number = number;
    call.syscall.has_number = true;
    call.outcome.kind = model::Outcome::Kind::Failed;
    call.outcome.error = 38;
    log.add(7, call);
  }
  ledger::Ledger ledger = log.read(0, kNumbers);
  ledger.finish();
  CHECK(ledger.observations().size() <= 2 * ledger::Ledger::kMaxShapes + 1);
  CHECK(ledger.folded() > 0);
  std::uint64_t calls = 0;
  for (const ledger::Observation& each : ledger.observations()) calls += each.count();
  CHECK(calls == kNumbers);
}

TEST_CASE("A container's categories are no part of what was done") {
  ledger::Ledger ledger(interest());
  const std::vector<std::string> labels = {"u:r:container_t:s0:c1,c2", "u:r:container_t:s0:c3,c4"};
  for (std::size_t i = 0; i < labels.size(); ++i) {
    model::Call call;
    call.syscall.name = kernel::find_name("mkdir");
    call.outcome.kind = kDenied;
    model::Event event;
    event.origin.line = i + 1;
    event.pid = static_cast<std::int64_t>(i) + 1;
    event.subj = labels[i];
    event.what = call;
    ledger.add(event);
  }
  ledger.finish();
  REQUIRE(ledger.observations().size() == 2);
  CHECK(&ledger.observations()[0].key() == &ledger.observations()[1].key());
  CHECK(ledger.text(ledger.observations()[0].key().subj.label) == "u:r:container_t:s0");
  CHECK(ledger.processes().processes()[1].subj == labels[1]);
}

TEST_CASE("Where programs are too many, their names are given up and nothing else") {
  Log log;
  constexpr int kNames = static_cast<int>(ledger::Ledger::kMaxNamed) + 1000;
  for (int i = 0; i < kNames; ++i)
    log.call(7, "ioctl", kDenied, static_cast<std::uint64_t>(i), "t-" + std::to_string(i));
  for (int i = 0; i < kNames; ++i) log.call(8, "mkdir", kDenied, 0, "t-" + std::to_string(i));
  ledger::Ledger ledger = log.read(0, log.events.size());
  ledger.finish();
  CHECK(ledger.folded() == 1000 + kNames);
  std::uint64_t mkdirs = 0;
  for (const ledger::Observation& each : ledger.observations()) {
    if (kernel::name_of(each.key().syscall.name) != "mkdir") continue;
    CHECK(each.process() == 1);
    mkdirs += each.count();
  }
  CHECK(mkdirs == kNames);
}

TEST_CASE("Denials by other layers are all counted, however many met them") {
  constexpr std::size_t kMet = ledger::Ledger::kMaxDenials + 5000;
  ledger::Ledger ledger(interest());
  for (std::size_t i = 1; i <= kMet; ++i) {
    model::LayerDenial denial;
    denial.layer = model::LayerDenial::Layer::Selinux;
    denial.operation = "file";
    denial.permission = "read";
    model::Event event;
    event.origin.line = i;
    event.pid = static_cast<std::int64_t>(i);
    event.what = denial;
    ledger.add(event);
  }
  ledger.finish();
  CHECK(ledger.layer_denials().size() == ledger::Ledger::kMaxDenials + 1);
  CHECK(ledger.layer_denials().back().count == 5000);
  CHECK(ledger.layer_denials().back().pid == -1);
  CHECK(ledger.folded() == 5000);
}
