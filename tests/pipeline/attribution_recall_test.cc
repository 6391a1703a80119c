// Real recordings whose truth is known by construction: how many denials are laid to the right container, by which evidence.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "pipeline.h"

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

// `owners` of a sample: the uid that a container had on the host, and its id.
std::map<std::int64_t, std::string> truth_of(const fs::path& folder) {
  std::map<std::int64_t, std::string> out;
  std::istringstream in(slurp(folder / "owners"));
  std::int64_t uid = 0;
  for (std::string id; in >> uid >> id;) out[uid] = id;
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
  std::uint64_t denials = 0, right = 0, wrong = 0, stated = 0, stated_wrong = 0;
  std::uint64_t executed_programs = 0, executed_attributed = 0;
  std::string text(std::string_view name) const {
    const std::uint64_t given = right + wrong;
    return fmt::format("{:<34} precision {:>5.1f} %, recall {:>5.1f} %  ({} denials: {} right, {} wrong; {} stated, {} of them wrong)", name,
                       given == 0 ? 100.0 : 100.0 * static_cast<double>(right) / static_cast<double>(given), 100.0 * static_cast<double>(right) / static_cast<double>(denials), denials, right, wrong, stated, stated_wrong);
  }
};

class Folder {
 public:
  Folder() : path_(fs::temp_directory_path() / fmt::format("medic-recall-{}", reinterpret_cast<std::uintptr_t>(this))) { fs::create_directories(path_); }
  ~Folder() { fs::remove_all(path_); }
  std::string write(std::string_view name, const std::string& text) const {
    std::ofstream(path_ / name, std::ios::binary) << text;
    return (path_ / name).string();
  }

 private:
  fs::path path_;
};

Score score_of(const Evidence& evidence, const std::map<std::int64_t, std::string>& truth) {
  const Folder folder;
  Request request;
  request.read.inputs = {folder.write("audit.log", evidence.log)};
  request.read.threads = 1;
  for (const std::string& text : evidence.inspect) request.inspect_files.push_back(folder.write(fmt::format("inspect{}.json", request.inspect_files.size()), text));
  for (const std::string& text : evidence.snapshots) request.snapshot_files.push_back(folder.write(fmt::format("snapshot{}.txt", request.snapshot_files.size()), text));
  const auto road = walk(request);
  REQUIRE(road);
  Score score;
  const ledger::Ledger& ledger = (*road)->read->ledger;
  for (const ledger::Observation& each : ledger.observations()) {
    if (each.key.outcome.kind != model::Outcome::Kind::Denied) continue;
    const attribute::LifeIndex index = each.key.subject.life;
    REQUIRE(index != attribute::kNoLife);
    const attribute::Life& life = ledger.processes().lives()[index];
    const auto right = truth.find(life.uid);
    if (right == truth.end()) continue;
    score.denials += each.count;
    const attribute::Owner* owner = (*road)->owners->owner(index, each.first, each.last);
    if (life.execs > 0) score.executed_programs += each.count;
    if (owner == nullptr || !owner->is_container()) continue;
    const bool is_right = owner->id == right->second;
    if (life.execs > 0) score.executed_attributed += each.count;
    (is_right ? score.right : score.wrong) += each.count;
    if (owner->certainty == model::Certainty::Stated) {
      score.stated += each.count;
      score.stated_wrong += is_right ? 0 : each.count;
    }
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

}  // namespace

TEST_CASE("Denials of containers that run the same program are laid to the right one") {
  const fs::path folder = kSamples / "attribution-same-program";
  const auto truth = truth_of(folder);
  const std::string all = slurp(folder / "audit.log"), seccomp = only(all, "type=SECCOMP"), snapshot = slurp(folder / "snapshot.txt"), state = slurp(folder / "state.json");
  const auto snapshots = snapshots_of(snapshot);
  REQUIRE(truth.size() == 4);
  REQUIRE(snapshots.size() >= 2);
  const auto tell = [&](const Evidence& evidence) {
    const Score score = score_of(evidence, truth);
    MESSAGE(score.text(evidence.name));
    CHECK(score.wrong == 0);
    CHECK(score.stated_wrong == 0);
    return score;
  };
  const Score alone = tell({"SECCOMP records alone", seccomp, {}, {}});
  CHECK(alone.right == 0);
  const Score execs = tell({"+ execve and clone records", all, {}, {}});
  CHECK(execs.executed_attributed == execs.executed_programs);
  const Score inspect = tell({"SECCOMP + runtimes' state", seccomp, {state}, {}});
  CHECK(inspect.right > 0);
  tell({"SECCOMP + one snapshot", seccomp, {}, {snapshots[snapshots.size() / 2]}});
  const Score tasks = tell({"SECCOMP + snapshots without engines", seccomp, {}, {tasks_alone(snapshot)}});
  CHECK(tasks.right > 0);
  const Score timer = tell({"SECCOMP + snapshots by a timer", seccomp, {}, {snapshot}});
  CHECK(timer.right == timer.denials);
  const Score everything = tell({"everything", all, {state}, {snapshot}});
  CHECK(everything.right == everything.denials);
}

TEST_CASE("Numbers used again within a second do not mix up containers") {
  const fs::path folder = kSamples / "attribution-reused-numbers";
  std::map<std::string, std::string> truth;
  std::istringstream in(slurp(folder / "owners"));
  std::string call, id;
  while (in >> call >> id) truth[call] = id;
  REQUIRE(truth.size() == 5);
  for (const std::size_t block : {std::size_t{1} << 20, std::size_t{8192}, std::size_t{4096}, std::size_t{3000}, std::size_t{2048}, std::size_t{1500}, std::size_t{1024}, std::size_t{700}}) {
    Request request;
    request.read.inputs = {(folder / "strace.log").string()};
    request.read.threads = block < 4096 ? 2 : 1;
    request.read.block_bytes = block;
    const auto road = walk(request);
    REQUIRE(road);
    std::uint64_t right = 0, all = 0;
    for (const ledger::Observation& each : (*road)->read->ledger.observations()) {
      const auto whose = truth.find(std::string(kernel::name_of(each.key.syscall.name)));
      if (whose == truth.end() || each.key.outcome.kind != model::Outcome::Kind::Failed) continue;
      all += each.count;
      const attribute::Owner* owner = (*road)->owners->owner(each.key.subject.life, each.first, each.last);
      if (owner == nullptr) continue;
      CHECK(owner->id == whose->second);
      CHECK(owner->certainty != model::Certainty::Stated);
      right += owner->id == whose->second ? each.count : 0;
    }
    MESSAGE(fmt::format("strace, 40 numbers for 161 processes, blocks of {}: {} of {} denials right", block, right, all));
    CHECK(all == 35);
    CHECK(right == all);
  }
}

TEST_CASE("What was executed into a container from outside is told apart") {
  const fs::path folder = kSamples / "attribution-same-program";
  for (const bool with_records : {true, false}) {
    const Folder scratch;
    Request request;
    const std::string all = slurp(folder / "audit.log");
    request.read.inputs = {scratch.write("audit.log", with_records ? all : only(all, "type=SECCOMP"))};
    request.read.threads = 1;
    if (!with_records) request.snapshot_files = {(folder / "snapshot.txt").string()};
    request.scope.phase = ledger::PhaseWanted::Executed;
    const auto road = walk(request);
    REQUIRE(road);
    std::set<attribute::LifeIndex> lives;
    for (const ledger::Observation& each : (*road)->read->ledger.observations()) {
      if (each.key.outcome.kind == model::Outcome::Kind::Denied) lives.insert(each.key.subject.life);
    }
    CAPTURE(with_records);
    CHECK(lives.size() == 1);
  }
}
