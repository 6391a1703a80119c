#include "coverage_analysis.h"

#include <algorithm>
#include <map>
#include <set>

#include "kernel/runtime_calls.h"

namespace medic {

namespace {

constexpr std::size_t kMostGroups = 40;
constexpr std::int64_t kHour = 3'600'000'000'000;

kernel::NameId name_of_call(const model::SyscallRef& call, kernel::Arch assumed) {
  if (call.name != kernel::kNoName) return call.name;
  const kernel::Arch arch = call.arch == kernel::Arch::Unknown ? assumed : call.arch;
  return call.has_number && arch != kernel::Arch::Unknown ? kernel::name_at({arch, call.number})
                                                          : kernel::kNoName;
}

std::string base_name(const std::string& path) { return path.substr(path.rfind('/') + 1); }

struct RunFound {
  std::string name;
  std::pair<std::uint32_t, std::uint64_t> first{~0U,
                                                ~0ULL};  // input and line: runs are in their order
  std::set<kernel::NameId> calls;
};

class Covering {
 public:
  Covering(const Analysis& analysis, const CoverageOptions& options)
      : analysis_(analysis), ledger_(analysis.read->ledger), options_(options) {}
  report::CoverageReport run();

 private:
  RunsBy choose() const;
  std::string key_of(const ledger::Observation& each);
  attribute::ProcessIndex topmost(attribute::ProcessIndex process) const;
  std::string program_of(const ledger::Observation& each) const;
  std::vector<RunFound> runs_of(const std::function<bool(const ledger::Observation&)>& wanted);
  coverage::Estimate estimate_of(const std::vector<RunFound>& runs) const;
  void groups(report::CoverageReport& made);
  void hours(report::CoverageReport& made) const;

  const Analysis& analysis_;
  const ledger::Ledger& ledger_;
  const CoverageOptions& options_;
  RunsBy by_ = RunsBy::File;
  std::set<attribute::ProcessIndex> observed_;
};

RunsBy Covering::choose() const {
  if (options_.by != RunsBy::Auto) return options_.by;
  std::set<std::uint32_t> inputs;
  std::set<std::string> containers;
  for (const ledger::Observation& each : ledger_.observations()) {
    for (const ledger::Seen& seen : each.examples()) inputs.insert(seen.origin.input);
    const attribute::Owner* owner = analysis_.owners->owner(each.process());
    if (owner && owner->is_container()) containers.insert(owner->key);
  }
  return inputs.size() > 1       ? RunsBy::File
         : containers.size() > 1 ? RunsBy::Container
                                 : RunsBy::Program;
}

// The process from which this one comes, among those that did something that is asked about.
attribute::ProcessIndex Covering::topmost(attribute::ProcessIndex process) const {
  attribute::ProcessIndex top = process;
  for (int i = 0; i < 1000 && process != attribute::kNoProcess; ++i) {
    if (observed_.contains(process)) top = process;
    process = analysis_.owners->parent(process);
  }
  return top;
}

std::string Covering::program_of(const ledger::Observation& each) const {
  const ledger::Subject subj = each.subj();
  const std::string& exe = ledger_.text(subj.exe);
  return exe.empty() ? ledger_.text(subj.comm) : base_name(exe);
}

// The run to which an observation belongs; empty where nothing says it.
std::string Covering::key_of(const ledger::Observation& each) {
  if (by_ == RunsBy::File)
    return analysis_.read->accounts[each.examples().front().origin.input].path;
  if (by_ == RunsBy::Container) {
    const attribute::Owner* owner = analysis_.owners->owner(each.process());
    return owner && owner->is_container() ? (owner->name.empty() ? owner->key : owner->name) : "";
  }
  const attribute::ProcessIndex top = topmost(each.process());
  if (top == attribute::kNoProcess) return program_of(each);
  const attribute::Process& process = ledger_.processes().processes()[top];
  const std::string program = process.exe.empty() ? process.comm : base_name(process.exe);
  return fmt::format("{} (pid {}{})", program.empty() ? "process" : program, process.pid,
                     process.first.line ? fmt::format(", line {}", process.first.line) : "");
}

std::vector<RunFound> Covering::runs_of(
    const std::function<bool(const ledger::Observation&)>& wanted) {
  std::map<std::string, RunFound> found;
  for (const ledger::Observation& each : ledger_.observations()) {
    if (!wanted(each)) continue;
    const kernel::NameId call = name_of_call(each.key().syscall, analysis_.assumed_arch);
    const std::string key = key_of(each);
    if (call == kernel::kNoName || key.empty()) continue;
    RunFound& run = found[key];
    run.name = key;
    const model::Origin first = each.examples().front().origin;
    run.first = std::min(run.first, {first.input, first.line});
    run.calls.insert(call);
  }
  std::vector<RunFound> runs;
  for (auto& [key, run] : found) runs.push_back(std::move(run));
  std::stable_sort(runs.begin(), runs.end(),
                   [](const RunFound& a, const RunFound& b) { return a.first < b.first; });
  return runs;
}

std::vector<coverage::Run> numbers_of(const std::vector<RunFound>& runs) {
  std::vector<coverage::Run> made;
  for (const RunFound& run : runs) made.emplace_back(run.calls.begin(), run.calls.end());
  return made;
}

coverage::Estimate Covering::estimate_of(const std::vector<RunFound>& runs) const {
  coverage::Estimate made = coverage::estimate(numbers_of(runs), options_.bound);
  // No more than the architecture has.
  if (analysis_.assumed_arch != kernel::Arch::Unknown) {
    const std::size_t all = kernel::table(analysis_.assumed_arch).size();
    const auto left = static_cast<double>(all - std::min(all, made.seen));
    made.unseen = std::min(made.unseen, left);
    made.unseen_high = std::min(made.unseen_high, left);
  }
  return made;
}

// Each container, program and phase by itself, where there are several.
void Covering::groups(report::CoverageReport& made) {
  std::map<std::pair<std::string, std::string>, std::set<const ledger::Observation*>> parts;
  for (const ledger::Observation& each : ledger_.observations()) {
    const attribute::Owner* owner = analysis_.owners->owner(each.process());
    if (owner && owner->is_container())
      parts[{"container", owner->name.empty() ? owner->key : owner->name}].insert(&each);
    if (const std::string program = program_of(each); !program.empty())
      parts[{"program", program}].insert(&each);
    const ledger::Subject subj = each.subj();
    const auto stage = analysis_.owners->stage(each.process(), subj.phase, ledger_.text(subj.comm),
                                               ledger_.text(subj.exe));
    parts[{"phase", stage == attribute::Stage::Application   ? "app"
                    : stage == attribute::Stage::RuntimeInit ? "init"
                                                             : "exec"}]
        .insert(&each);
  }
  std::map<std::string, std::size_t> kinds;
  for (const auto& [key, each] : parts) ++kinds[key.first];
  for (const auto& [key, wanted] : parts) {
    if (kinds[key.first] < 2 || made.groups.size() >= kMostGroups) continue;
    const auto runs =
        runs_of([&](const ledger::Observation& each) { return wanted.contains(&each); });
    made.groups.push_back({key.first, key.second, estimate_of(runs)});
  }
}

void Covering::hours(report::CoverageReport& made) const {
  std::map<kernel::NameId, std::int64_t> first;
  for (const ledger::Observation& each : ledger_.observations()) {
    const model::Time time = each.first();
    const kernel::NameId call = name_of_call(each.key().syscall, analysis_.assumed_arch);
    if (call == kernel::kNoName) continue;
    if (time.basis != model::Time::Basis::Epoch)
      return;  // times of day or since boot of several logs are not comparable
    const auto [it, fresh] = first.emplace(call, time.ns);
    if (!fresh) it->second = std::min(it->second, time.ns);
  }
  std::int64_t begin = std::numeric_limits<std::int64_t>::max();
  for (const auto& [call, ns] : first) begin = std::min(begin, ns);
  std::map<std::uint64_t, std::size_t> fresh;
  for (const auto& [call, ns] : first) ++fresh[static_cast<std::uint64_t>((ns - begin) / kHour)];
  for (const auto& [hour, count] : fresh) made.hours.push_back({hour, count});
}

report::CoverageReport Covering::run() {
  by_ = choose();
  for (const ledger::Observation& each : ledger_.observations()) observed_.insert(each.process());
  report::CoverageReport made;
  made.runs_by = by_ == RunsBy::File ? "file" : by_ == RunsBy::Container ? "container" : "program";
  const std::vector<RunFound> runs = runs_of([](const ledger::Observation&) { return true; });
  std::set<kernel::NameId> met;
  for (const RunFound& run : runs) {
    const std::size_t before = met.size();
    met.insert(run.calls.begin(), run.calls.end());
    made.runs.push_back({run.name, run.calls.size(), met.size() - before});
  }
  made.estimate = estimate_of(runs);
  made.doubts = coverage::doubts(numbers_of(runs), made.estimate);
  for (const ledger::Loss& loss : ledger_.losses()) {
    const bool missing = loss.kind != model::Loss::Kind::ConfigChange &&
                         loss.kind != model::Loss::Kind::Truncated &&
                         loss.kind != model::Loss::Kind::Rotation;
    if (missing) made.lost_records += loss.notices;
  }
  hours(made);
  groups(made);
  return made;
}

bool permits(const profile::Evaluator& evaluator, kernel::SyscallId id) {
  kernel::Call call;
  call.id = id;
  const profile::Verdict verdict = evaluator.evaluate(call);
  return verdict.decision == profile::Decision::Allow ||
         verdict.decision == profile::Decision::Depends;
}

}  // namespace

report::CoverageReport cover(const Analysis& analysis, const CoverageOptions& options) {
  return Covering(analysis, options).run();
}

std::vector<std::string> calls_seen(const Analysis& analysis, const std::string& program) {
  const ledger::Ledger& ledger = analysis.read->ledger;
  std::set<std::string> names;
  for (const ledger::Observation& each : ledger.observations()) {
    const ledger::Subject subj = each.subj();
    if (!program.empty() && base_name(ledger.text(subj.exe)) != program) continue;
    const kernel::NameId call = name_of_call(each.key().syscall, analysis.assumed_arch);
    if (call != kernel::kNoName) names.emplace(kernel::name_of(call));
  }
  return {names.begin(), names.end()};
}

void compare_with_profile(report::CodeCoverage& code, const profile::Evaluator* evaluator,
                          kernel::Arch arch) {
  const std::set<std::string> reachable(code.reachable.begin(), code.reachable.end()),
      seen(code.seen.begin(), code.seen.end());
  for (const std::string& call : code.seen) {
    // The kernel itself makes the first of another call (signal(7)); the second stands in a trace
    // where the program was started.
    if (!reachable.contains(call) && call != "restart_syscall" && call != "execve")
      code.unforeseen.push_back(call);
  }
  if (!evaluator) return;
  std::set<std::string_view> needed;
  for (const auto runtime : {kernel::OciRuntime::Runc, kernel::OciRuntime::Crun}) {
    for (const std::string_view call : kernel::every_runtime_call(runtime)) needed.insert(call);
  }
  code.permitted = 0;
  for (const kernel::TableRow& row : kernel::table(arch)) {
    if (!permits(*evaluator, {arch, row.number})) continue;
    ++*code.permitted;
    const std::string call(kernel::name_of(row.name));
    if (!reachable.contains(call) && !seen.contains(call) && !needed.contains(call) &&
        call != "restart_syscall")
      code.droppable.push_back(call);
  }
  std::sort(code.droppable.begin(), code.droppable.end());
}

}  // namespace medic
