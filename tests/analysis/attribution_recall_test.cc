// Real recordings whose truth is known by construction: how many denials are laid to the right
// container, by which evidence.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <set>
#include <sstream>

#include "analysis.h"

using namespace medic;
namespace fs = std::filesystem;

namespace {

const fs::path kSamples = fs::path(MEDIC_SOURCE_DIR) / "samples";

std::string slurp(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::stringstream out;
  out << in.rdbuf();
  return out.str();
}

// What an `owners` file of a sample says: a mark that the tool does not look at, and the container
// that has it.
std::map<std::string, std::string> truth_of(const fs::path& file) {
  std::map<std::string, std::string> out;
  std::istringstream in(slurp(file));
  std::string mark;
  for (std::string id; in >> mark >> id;) out[mark] = id;
  return out;
}

std::string only(const std::string& log, std::string_view type) {
  std::istringstream in(log);
  std::string out;
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with(type)) out += line + "\n";
  }
  return out;
}

struct Evidence {
  std::string name;
  std::string log;
  std::vector<std::string> inspect, snapshots;
};

struct Score {
  struct Count {
    std::uint64_t right = 0, wrong = 0;
  };
  std::uint64_t denials = 0;
  Count by_certainty[3];
  std::vector<std::string> left;  // without a container

  std::uint64_t right() const {
    return by_certainty[0].right + by_certainty[1].right + by_certainty[2].right;
  }
  std::uint64_t wrong() const {
    return by_certainty[0].wrong + by_certainty[1].wrong + by_certainty[2].wrong;
  }
  std::string text(std::string_view name) const {
    const std::uint64_t given = right() + wrong();
    const auto percent = [](std::uint64_t part, std::uint64_t of) {
      return of == 0 ? 100.0 : 100.0 * static_cast<double>(part) / static_cast<double>(of);
    };
    std::string out = fmt::format("{:<44}{:>8}{:>10.1f}{:>8.1f}", name, denials,
                                  percent(right(), given), percent(right(), denials));
    for (const Count& count : by_certainty)
      out += fmt::format("{:>8} /{:>3}", count.right, count.wrong);
    return out + "\n";
  }
};

constexpr std::string_view kHeading =
    "evidence                                     denials precision  recall  stated /wrong "
    "inferred /wrong suspected /wrong\n";

class Folder {
 public:
  Folder()
      : path_(fs::temp_directory_path() /
              fmt::format("medic-recall-{}", reinterpret_cast<std::uintptr_t>(this))) {
    fs::create_directories(path_);
  }
  ~Folder() { fs::remove_all(path_); }
  std::string write(std::string_view name, const std::string& text) const {
    std::ofstream(path_ / name, std::ios::binary) << text;
    return (path_ / name).string();
  }

 private:
  fs::path path_;
};

using MarkOf = std::function<std::string(const ledger::Ledger&, const ledger::Observation&)>;

std::string uid_of(const ledger::Ledger& ledger, const ledger::Observation& each) {
  return std::to_string(ledger.processes().processes()[each.process()].uid);
}
std::string call_of(const ledger::Ledger&, const ledger::Observation& each) {
  return std::string(kernel::name_of(each.key().syscall.name));
}

Score score_of(const Evidence& evidence, const std::map<std::string, std::string>& truth,
               const MarkOf& mark_of) {
  const Folder folder;
  Request request;
  request.read.inputs = {folder.write("audit.log", evidence.log)};
  request.read.threads = 1;
  for (const std::string& text : evidence.inspect)
    request.inspect_files.push_back(
        folder.write(fmt::format("inspect{}.json", request.inspect_files.size()), text));
  for (const std::string& text : evidence.snapshots)
    request.snapshot_files.push_back(
        folder.write(fmt::format("snapshot{}.txt", request.snapshot_files.size()), text));
  const auto analysis = walk(request);
  REQUIRE(analysis);
  Score score;
  const ledger::Ledger& ledger = (*analysis)->read->ledger;
  for (const ledger::Observation& each : ledger.observations()) {
    if (each.key().outcome.kind != model::Outcome::Kind::Denied) continue;
    const attribute::ProcessIndex index = each.process();
    REQUIRE(index != attribute::kNoProcess);
    const auto right = truth.find(mark_of(ledger, each));
    if (right == truth.end()) continue;
    score.denials += each.count();
    const attribute::Owner* owner = (*analysis)->owners->owner(index, each.first(), each.last());
    if (owner == nullptr || !owner->is_container()) {
      score.left.push_back(
          fmt::format("{} of {}", ledger.processes().processes()[index].pid, right->second));
      continue;
    }
    Score::Count& count = score.by_certainty[static_cast<std::size_t>(owner->certainty)];
    (owner->id == right->second ? count.right : count.wrong) += each.count();
  }
  REQUIRE(score.denials > 0);
  return score;
}

// The parts of a file with several snapshots.
std::vector<std::string> snapshots_of(const std::string& text) {
  std::vector<std::string> out;
  for (std::size_t at = text.find("#seccomp-medic-snapshot"); at != std::string::npos;) {
    const std::size_t next = text.find("#seccomp-medic-snapshot", at + 1);
    out.push_back(text.substr(at, next == std::string::npos ? next : next - at));
    at = next;
  }
  return out;
}

// Without what engines said of their containers.
std::string tasks_alone(const std::string& snapshot) {
  std::istringstream in(snapshot);
  std::string out;
  for (std::string line; std::getline(in, line);) {
    if (!line.starts_with('|')) out += line + "\n";
  }
  return out;
}

// As if these calls had no audit rule.
std::string without_calls(const std::string& log, std::initializer_list<int> numbers) {
  std::istringstream in(log);
  std::string out;
  for (std::string line; std::getline(in, line);) {
    const bool named = std::any_of(numbers.begin(), numbers.end(), [&](int number) {
      return line.starts_with("type=SYSCALL") &&
             line.find(fmt::format(" syscall={} ", number)) != std::string::npos;
    });
    if (!named) out += line + "\n";
  }
  return out;
}

// One table of a recording: what each kind of evidence says. Whatever it is, nothing wrong is ever
// stated.
class Table {
 public:
  Table(std::string name, std::map<std::string, std::string> truth, MarkOf mark_of)
      : truth_(std::move(truth)),
        mark_of_(std::move(mark_of)),
        text_(name + "\n" + std::string(kHeading)) {}
  Score row(const Evidence& evidence) {
    Score score = score_of(evidence, truth_, mark_of_);
    text_ += score.text(evidence.name);
    CAPTURE(evidence.name);
    CHECK(score.by_certainty[0].wrong == 0);
    return score;
  }
  void all(const Evidence& evidence) {
    const Score score = row(evidence);
    CAPTURE(evidence.name);
    CHECK(fmt::format("{}", fmt::join(score.left, ", ")) == "");
    CHECK(score.wrong() == 0);
  }
  ~Table() { MESSAGE(text_); }

 private:
  std::map<std::string, std::string> truth_;
  MarkOf mark_of_;
  std::string text_;
};

}  // namespace

TEST_CASE("Denials of containers that run the same program are laid to the right one") {
  const fs::path folder = kSamples / "attribution-same-program";
  const std::string all = slurp(folder / "audit.log"), seccomp = only(all, "type=SECCOMP"),
                    snapshot = slurp(folder / "snapshot.txt"), state = slurp(folder / "state.json");
  const auto snapshots = snapshots_of(snapshot);
  REQUIRE(snapshots.size() >= 2);
  Table table("samples/attribution-same-program", truth_of(folder / "owners"), uid_of);
  CHECK(table.row({"SECCOMP records alone", seccomp, {}, {}}).right() == 0);
  table.all({"+ execve and clone records", all, {}, {}});
  CHECK(table.row({"SECCOMP + runtimes' state", seccomp, {state}, {}}).right() > 0);
  table.all({"SECCOMP + one snapshot", seccomp, {}, {snapshots[snapshots.size() / 2]}});
  CHECK(table.row({"SECCOMP + snapshots without engines", seccomp, {}, {tasks_alone(snapshot)}})
            .right() > 0);
  table.all({"SECCOMP + snapshots by a timer", seccomp, {}, {snapshot}});
  table.all({"everything", all, {state}, {snapshot}});
}

TEST_CASE("Denials of eight containers, two of them without root, with numbers used again") {
  const fs::path folder = kSamples / "attribution-many-containers";
  for (const std::string name : {"rules", "none"}) {
    const std::string all = slurp(folder / (name + ".audit.log")),
                      seccomp = only(all, "type=SECCOMP"),
                      snapshot = slurp(folder / (name + ".snapshot.txt")),
                      state = slurp(folder / (name + ".state.json"));
    const auto snapshots = snapshots_of(snapshot);
    REQUIRE(snapshots.size() >= 2);
    const auto truth = truth_of(folder / (name + ".owners"));
    REQUIRE(truth.size() == 8);
    Table table("samples/attribution-many-containers, audit rules: " + name, truth, call_of);
    CHECK(table.row({"SECCOMP records alone", seccomp, {}, {}}).right() == 0);
    CHECK(table.row({"SECCOMP + runtimes' state", seccomp, {state}, {}}).right() > 0);
    CHECK(table.row({"SECCOMP + one snapshot", seccomp, {}, {snapshots[snapshots.size() / 2]}})
              .right() > 40);
    CHECK(table.row({"SECCOMP + snapshots without engines", seccomp, {}, {tasks_alone(snapshot)}})
              .right() > 0);
    table.all({"SECCOMP + snapshots by a timer", seccomp, {}, {snapshot}});
    if (name == "none") continue;
    // Forks whose numbers another container's processes had before are all that is left open here.
    constexpr int kClone = 56, kFork = 57, kVfork = 58, kExitGroup = 231, kClone3 = 435;
    CHECK(table
              .row({"+ execve records",
                    without_calls(all, {kClone, kFork, kVfork, kClone3, kExitGroup}),
                    {},
                    {}})
              .right() >= 74);
    CHECK(table.row({"+ execve and clone records", without_calls(all, {kExitGroup}), {}, {}})
              .right() >= 79);
    table.all({"+ execve, clone and exit_group records", all, {}, {}});
    table.all({"+ execve records, and snapshots by a timer",
               without_calls(all, {kClone, kFork, kVfork, kClone3, kExitGroup}),
               {},
               {snapshot}});
    table.all({"everything", all, {state}, {snapshot}});
  }
}

TEST_CASE("Numbers used again within a second do not mix up containers") {
  const fs::path folder = kSamples / "attribution-reused-numbers";
  std::map<std::string, std::string> truth;
  std::istringstream in(slurp(folder / "owners"));
  std::string call, id;
  while (in >> call >> id) truth[call] = id;
  REQUIRE(truth.size() == 5);
  for (const std::size_t block :
       {std::size_t{1} << 20, std::size_t{8192}, std::size_t{4096}, std::size_t{3000},
        std::size_t{2048}, std::size_t{1500}, std::size_t{1024}, std::size_t{700}}) {
    Request request;
    request.read.inputs = {(folder / "strace.log").string()};
    request.read.threads = block < 4096 ? 2 : 1;
    request.read.block_bytes = block;
    const auto analysis = walk(request);
    REQUIRE(analysis);
    std::uint64_t right = 0, all = 0;
    for (const ledger::Observation& each : (*analysis)->read->ledger.observations()) {
      const auto whose = truth.find(std::string(kernel::name_of(each.key().syscall.name)));
      if (whose == truth.end() || each.key().outcome.kind != model::Outcome::Kind::Failed) continue;
      all += each.count();
      const attribute::Owner* owner =
          (*analysis)->owners->owner(each.process(), each.first(), each.last());
      if (owner == nullptr) continue;
      CHECK(owner->id == whose->second);
      CHECK(owner->certainty != model::Certainty::Stated);
      right += owner->id == whose->second ? each.count() : 0;
    }
    MESSAGE(
        fmt::format("strace, 40 numbers for 161 processes, blocks of {}: {} of {} denials right",
                    block, right, all));
    CHECK(all == 35);
    CHECK(right == all);
  }
}

TEST_CASE("What was executed into a container from outside is distinguished") {
  const fs::path folder = kSamples / "attribution-same-program";
  for (const bool with_records : {true, false}) {
    const Folder scratch;
    Request request;
    const std::string all = slurp(folder / "audit.log");
    request.read.inputs = {
        scratch.write("audit.log", with_records ? all : only(all, "type=SECCOMP"))};
    request.read.threads = 1;
    if (!with_records) request.snapshot_files = {(folder / "snapshot.txt").string()};
    request.scope.phase = ledger::PhaseWanted::Executed;
    const auto analysis = walk(request);
    REQUIRE(analysis);
    std::set<attribute::ProcessIndex> processes;
    for (const ledger::Observation& each : (*analysis)->read->ledger.observations()) {
      if (each.key().outcome.kind == model::Outcome::Kind::Denied) processes.insert(each.process());
    }
    CAPTURE(with_records);
    CHECK(processes.size() == 1);
  }
}
