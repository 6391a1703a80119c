// Logs that say the same denials: each is counted once.
#include <doctest/doctest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "ledger/interest.h"
#include "read/inputs.h"

using namespace medic;
namespace fs = std::filesystem;

namespace {

std::string record(int second, int serial, const std::string& pid) {
  return "audit(17953122" + std::to_string(10 + second) + ".250:" + std::to_string(serial) +
         "): auid=0 uid=0 gid=0 ses=1 pid=" + pid +
         " comm=\"app\" exe=\"/a\" sig=0 arch=c000003e syscall=83 compat=0 ip=0x7f code=0x50000\n";
}

std::string auditd(int from, int to, const std::string& pid = "71") {
  std::string out;
  for (int i = from; i < to; ++i) out += "type=SECCOMP msg=" + record(i, i, pid);
  return out;
}

std::string syslog(const std::string& host, int from, int to) {
  std::string out;
  for (int i = from; i < to; ++i)
    out += "Nov 22 01:00:0" + std::to_string(i) + " " + host +
           " kernel: [   12.5] audit: type=1326 " + record(i, i, "71");
  return out;
}

struct Counted {
  std::uint64_t denials = 0, twice = 0;
};

Counted counted(const std::vector<std::string>& logs) {
  const fs::path folder = fs::temp_directory_path() / ("medic-twice-" + std::to_string(getpid()));
  fs::create_directory(folder);
  ReadOptions options;
  options.threads = 1;
  for (std::size_t i = 0; i < logs.size(); ++i) {
    const fs::path file = folder / (std::string(1, static_cast<char>('a' + i)) + "-log");
    std::ofstream(file) << logs[i];
    options.inputs.push_back(file.string());
  }
  const ReadResult read = read_logs(options, ledger::default_interest());
  fs::remove_all(folder);
  Counted out{0, read.ledger.duplicates()};
  for (const ledger::Observation& each : read.ledger.observations()) out.denials += each.count();
  return out;
}

}  // namespace

TEST_CASE("The kernel's lines in kern.log, in syslog and in audit.log are the same denials") {
  const Counted all = counted({syslog("web", 0, 5), syslog("web", 0, 5), auditd(0, 5)});
  CHECK(all.denials == 5);
  CHECK(all.twice == 10);
}

TEST_CASE("What differs in host, process, moment or number is not the same") {
  for (const std::vector<std::string>& logs :
       {std::vector<std::string>{syslog("web", 0, 5), syslog("db", 0, 5)},
        {auditd(0, 5), auditd(0, 5, "72")},
        {auditd(0, 5), auditd(1, 6)},
        {auditd(0, 5), auditd(0, 6)}}) {
    CHECK(counted(logs).twice == 0);
  }
  CHECK(counted({auditd(0, 5)}).denials == 5);
}

TEST_CASE("A file that is named twice is read once") {
  const fs::path file = fs::temp_directory_path() / ("medic-named-" + std::to_string(getpid()));
  std::ofstream(file) << auditd(0, 5);
  ReadOptions options;
  options.threads = 1;
  options.inputs = {file.string(), file.string()};
  const ReadResult read = read_logs(options, ledger::default_interest());
  fs::remove(file);
  std::uint64_t denials = 0;
  for (const ledger::Observation& each : read.ledger.observations()) denials += each.count();
  CHECK(denials == 5);
  CHECK(read.accounts.size() == 1);
}
