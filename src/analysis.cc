#include "analysis.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>

#include "attribute/runtime_command.h"
#include "base/text.h"
#include "diagnose/container_facts.h"
#include "diagnose/nearest_context.h"
#include "infer_profile.h"
#include "io/reader.h"
#include "kernel/errno.h"
#include "kernel/knowledge.h"
#include "ledger/interest.h"
#include "policy/program_check.h"
#include "profile/read_carrier.h"

namespace medic {
namespace {

// Arguments that the profile tests are distinguished too, whatever our own list says.
void add_tested_arguments(const profile::Profile& profile, ledger::InterestTable& interest) {
  for (const profile::Rule& rule : profile.rules) {
    for (const profile::Name& name : rule.names) {
      const kernel::NameId id = kernel::find_name(name.text);
      if (id == kernel::kNoName) continue;
      for (const profile::Condition& condition : rule.args) {
        if (condition.index < kernel::kArgCount)
          interest[id] = static_cast<std::uint8_t>(interest[id] | 1U << condition.index);
      }
    }
  }
}

constexpr std::size_t kLargestSideFile = std::size_t{256}
                                         << 20;  // a timer's snapshots of a busy host over a day

Result<void> read_side_files(const Request& request, attribute::SideFacts& facts) {
  for (const std::string& path : request.inspect_files) {
    auto text = io::read_file(path, kLargestSideFile);
    if (!text) return fail(std::move(text.error()));
    if (auto read = attribute::read_inspect(*text, path, facts); !read) return read;
  }
  for (const std::string& path : request.snapshot_files) {
    auto text = io::read_file(path, kLargestSideFile);
    if (!text) return fail(std::move(text.error()));
    if (auto read = attribute::read_snapshot(*text, path, facts); !read) return read;
  }
  return {};
}

// Where nothing was found to be denied, a denial's line that was cut off may be the one.
void doubt_silence(Analysis& analysis) {
  const auto& findings = analysis.diagnosis.findings;
  if (std::any_of(findings.begin(), findings.end(),
                  [](const diagnose::Finding& each) { return each.denied; }))
    return;
  for (const ledger::InputAccount& input : analysis.read->accounts) {
    if (input.cut_denials == 0 || input.unread > 0 || input.used == 0) continue;
    Problem problem;
    problem.file = input.path;
    problem.line = input.first_unread.front().line;
    problem.text = "a line names a denial and is cut off: " +
                   escape_for_terminal(input.first_unread.front().text);
    problem.hint = "without it the answer is not complete";
    analysis.problems.push_back(std::move(problem));
  }
}

Problem assumption(std::string text) {
  Problem out;
  out.severity = Severity::Note;
  out.text = std::move(text);
  return out;
}

Problem assumption_failed(const std::string& why) {
  Problem out;
  out.kind = ProblemKind::Usage;
  out.text = fmt::format("the logs do not show which built-in profile it was: {}", why);
  out.hint = "--profile FILE, or the name of a built-in: seccomp-medic profiles";
  return out;
}

// An input of which no line was understood may be a profile: then the command line was meant the
// other way round.
void note_profiles_given_as_logs(Analysis& analysis) {
  for (Problem& problem : analysis.problems) {
    if (problem.severity != Severity::Error || problem.file.empty() || problem.line != 0) continue;
    const std::string kind = profile_kind_of_file(problem.file);
    if (kind.empty()) continue;
    problem.text = fmt::format("this is a profile ({}), not a log", kind);
    problem.hint = fmt::format("seccomp-medic diagnose LOG --profile {}", problem.file);
  }
}

// Of calls whose architecture no line says: of the first input.
kernel::Arch assumed_arch(const Request& request, const Analysis& analysis) {
  return diagnose::resolve_archs(analysis.read->ledger, analysis.read->accounts.size(),
                                 request.filter.arch,
                                 analysis.profile ? &*analysis.profile : nullptr)
      .front()
      .arch;
}

// No profile is named, or --profile auto: the likeliest built-in profile that the logs leave
// possible, named as the assumption that it is.
Result<void> assume_profile(const Request& request, Analysis& analysis) {
  InferWanted wanted{
      {request.context, request.runtime_known, request.libseccomp_known, request.caps_known, {}},
      request.profile_path == "auto"};
  wanted.around.context.arch = assumed_arch(request, analysis);
  if (wanted.around.context.arch == kernel::Arch::Unknown)
    wanted.around.context.arch = kernel::Arch::X86_64;
  wanted.around.context.arch = kernel::info(wanted.around.context.arch).parent;
  const auto inferred =
      infer_profile(analysis.read->ledger, *analysis.owners, analysis.side_facts, wanted);
  if (!inferred || inferred->name.empty()) {
    if (request.check)
      return fail(assumption_failed(inferred ? inferred->because
                                             : "nothing in the logs speaks of a filter"));
    if (!inferred && !wanted.asked) return {};
    analysis.problems.push_back(
        assumption(inferred ? fmt::format("the profile is {}", inferred->because)
                            : "--profile auto: nothing in the logs says which profile was in force "
                              "(no call that a filter may have refused)"));
    return {};
  }
  Problems unsaid;  // how the name was taken stands in the assumption
  auto profile = load_profile(inferred->name, unsaid, wanted.around.context.arch);
  if (!profile) return fail(std::move(profile.error()));
  const bool is_inferred = inferred->certainty == model::Certainty::Inferred;
  // The inspect output does not show a default that was replaced for all containers.
  analysis.problems.push_back(assumption(fmt::format(
      "the profile is {}: {}; taken is {}{}", is_inferred ? "inferred" : "suspected",
      inferred->because, inferred->name,
      is_inferred ? " (unless daemon.json or containers.conf names another default)" : "")));
  profile::Context context = request.context;
  const profile::Fit& fit = inferred->match.fits.front();
  if (!request.runtime_known) context.runtime = fit.runtime;
  if (!request.libseccomp_known) context.libseccomp = fit.libseccomp;
  if (context.runtime != request.context.runtime)
    analysis.problems.push_back(assumption(
        fmt::format("the runtime is taken for {}: the calls do not come out so under {}",
                    profile::name(context.runtime), profile::name(request.context.runtime))));
  analysis.profile.emplace(std::move(*profile));
  analysis.in_use.emplace(*analysis.profile, context);
  return {};
}

// A host's trace shows engines and runtimes beside the containers. What they did is not diagnosed,
// and is said to be left out; what they were refused is named, as it may be why a container did not
// start.
void note_host_processes(Analysis& analysis) {
  const ledger::Ledger& ledger = analysis.read->ledger;
  std::uint64_t calls = 0;
  std::set<std::string> programs, refused;
  for (const ledger::Observation& each : ledger.observations()) {
    const attribute::ProcessIndex process = each.process();
    if (process == attribute::kNoProcess || !ledger.processes().processes()[process].is_hosts)
      continue;
    if (!diagnose::is_before_filter(ledger, each)) continue;
    calls += each.count();
    const std::string& comm = ledger.text(each.key().subj.comm);
    if (!comm.empty()) programs.insert(comm);
    const model::Outcome& outcome = each.key().outcome;
    if (outcome.kind != model::Outcome::Kind::Failed || each.key().syscall.name == kernel::kNoName)
      continue;
    const auto reasons = kernel::native_reasons(each.key().syscall.name, each.key().args,
                                                outcome.error, each.call_text());
    if (outcome.error == kernel::kEPERM && !reasons.empty() &&
        reasons.front().reason->cause != kernel::Cause::Ordinary)
      refused.insert(fmt::format("{} of {}", kernel::name_of(each.key().syscall.name),
                                 comm.empty() ? "an unknown program" : comm));
  }
  if (calls == 0) return;
  std::string text = fmt::format(
      "{} in this trace of a host are no container's: nothing shows a container's filter over {}; "
      "they are left out",
      calls == 1 ? "1 call" : fmt::format("{} calls", calls),
      programs.empty() ? "their processes" : fmt::format("{}", fmt::join(programs, ", ")));
  if (!refused.empty())
    text += fmt::format("; the kernel refused among them: {}", fmt::join(refused, ", "));
  analysis.problems.push_back(assumption(escape_for_terminal(text)));
}

// The container that is asked about, where the side files tell of one alone.
const attribute::ContainerFact* only_container(const Request& request,
                                               const attribute::SideFacts& facts) {
  const attribute::ContainerFact* found = nullptr;
  for (const attribute::ContainerFact& fact : facts.containers) {
    attribute::Owner owner;
    owner.id = fact.id;
    owner.name = fact.name;
    owner.pod = fact.pod;
    if (!request.scope.containers.empty() &&
        !ledger::matches_container(request.scope.containers, &owner))
      continue;
    if (found != nullptr) return nullptr;
    found = &fact;
  }
  return found;
}

// The runtime whose own init is in the log. Nothing where there is none, or several.
std::optional<profile::Runtime> seen_runtime(const ledger::Ledger& ledger) {
  bool runc = false, crun = false;
  for (const ledger::Observation& each : ledger.observations()) {
    const std::string_view comm = ledger.text(each.subj().comm), exe = ledger.text(each.subj().exe);
    runc = runc || (comm.starts_with("runc:[") && attribute::may_be_runtime_exe(exe));
    crun = crun || (comm == "crun" && (exe.empty() || exe == "/" || exe.ends_with("crun")));
  }
  if (runc == crun) return std::nullopt;
  return runc ? profile::Runtime::Runc : profile::Runtime::Crun;
}

// Is no_new_privs set for the container? Nothing is assumed of what nobody says.
bool has_no_new_privs(const Request& request, const Analysis& analysis) {
  const attribute::ContainerFact* container = only_container(request, analysis.side_facts);
  if (container != nullptr && container->no_new_privs) return true;
  if (!analysis.profile || analysis.profile->carrier != profile::Carrier::ConfigJson) return false;
  attribute::SideFacts facts;
  return attribute::read_inspect(analysis.profile->text, analysis.profile->path, facts) &&
         facts.containers.size() == 1 && facts.containers.front().no_new_privs;
}

// Did a container start under the profile? It did where its own program, no longer the runtime, was
// refused by it.
bool shows_a_start(const Analysis& analysis) {
  return std::any_of(analysis.diagnosis.findings.begin(), analysis.diagnosis.findings.end(),
                     [](const diagnose::Finding& each) {
                       const bool was_let_run = each.outcome.kind == model::Outcome::Kind::Denied &&
                                                each.outcome.action == kernel::Action::Log;
                       return each.layer == diagnose::Layer::Seccomp && !was_let_run &&
                              each.who.phase != "runtime-init";
                     });
}

// What was observed beats what is assumed; what was said on the command line beats both.
profile::Context learned_context(const Request& request, const Analysis& analysis) {
  profile::Context out = request.context;
  const attribute::ContainerFact* container = only_container(request, analysis.side_facts);
  if (!request.runtime_known) {
    std::optional<profile::Runtime> runtime = seen_runtime(analysis.read->ledger);
    if (!runtime && container != nullptr)
      runtime = profile::runtime_from_text(container->oci_runtime);
    if (runtime) out.runtime = *runtime;
  }
  if (request.caps_known || container == nullptr) return out;
  if (auto held = diagnose::caps_of(*container)) out.caps = std::move(*held);
  return out;
}

// What was observed beats what is assumed: the context becomes the nearest one under which the
// profile answers as the log shows.
void give_way(const Request& request, Analysis& analysis) {
  const profile::Context learned = analysis.context;
  const diagnose::ContextFacts facts{
      request.runtime_known || learned.runtime != request.context.runtime ||
          seen_runtime(analysis.read->ledger).has_value(),
      request.libseccomp_known,
      request.caps_known || only_container(request, analysis.side_facts) != nullptr};
  auto nearest = diagnose::nearest_context(
      analysis.read->ledger,
      diagnose::resolve_archs(analysis.read->ledger, analysis.read->accounts.size(),
                              request.filter.arch, &*analysis.profile),
      *analysis.profile, learned, facts);
  if (nearest.assumptions.empty()) return;
  analysis.as_assumed.emplace(*analysis.profile, learned);
  analysis.context = std::move(nearest.context);
  analysis.assumptions = std::move(nearest.assumptions);
}

}  // namespace

Result<DigestMade> make_digest(const Request& request) {
  DigestMade out;
  ledger::InterestTable interest = ledger::default_interest();
  if (!request.profile_path.empty() && request.profile_path != "auto") {
    auto profile = load_profile(request.profile_path, out.problems, request.context.arch);
    if (!profile) return fail(std::move(profile.error()));
    add_tested_arguments(*profile, interest);
  }
  ReadOptions options = request.read;
  options.as_digest = true;
  ReadResult read = read_logs(options, interest);
  out.digest = std::move(read.digest);
  out.checkpoint = std::move(read.checkpoint);
  out.problems.insert(out.problems.end(), read.problems.begin(), read.problems.end());
  return out;
}

Result<std::unique_ptr<Analysis>> walk(const Request& request) {
  auto analysis = std::make_unique<Analysis>();
  analysis->interest = ledger::default_interest();
  for (const auto& [name, mask] : request.arguments) analysis->interest[name] |= mask;

  // The profile first: its mistakes are found before gigabytes are read, and its conditions say
  // which arguments matter.
  const bool is_open = request.profile_path.empty() || request.profile_path == "auto";
  if (!is_open) {
    auto profile = load_profile(request.profile_path, analysis->problems, request.context.arch);
    if (!profile) return fail(std::move(profile.error()));
    if (request.takes_profile_out) profile = profile::taken_out(std::move(*profile));
    if (!profile) return fail(std::move(profile.error()));
    analysis->profile.emplace(std::move(*profile));
    if (auto notice = profile::program_notice(*analysis->profile, request.context))
      analysis->problems.push_back(std::move(*notice));
    add_tested_arguments(*analysis->profile, analysis->interest);
  }

  // What stands beside the logs: small, and a mistake in it is reported before gigabytes are read.
  if (auto side = read_side_files(request, analysis->side_facts); !side)
    return fail(std::move(side.error()));

  // Bytes → framing → dialect → events → ledger.
  analysis->read.emplace(read_logs(request.read, analysis->interest));
  analysis->problems.insert(analysis->problems.end(), analysis->read->problems.begin(),
                            analysis->read->problems.end());

  note_profiles_given_as_logs(*analysis);
  // Processes → owners; then only what is asked about goes on.
  analysis->owners.emplace(analysis->read->ledger.processes(), analysis->side_facts);
  analysis->left_out =
      ledger::apply_scope(analysis->read->ledger, request.scope, *analysis->owners);
  note_host_processes(*analysis);
  analysis->context = is_open ? request.context : learned_context(request, *analysis);
  if (analysis->profile) {
    give_way(request, *analysis);
    analysis->in_use.emplace(*analysis->profile, analysis->context);
  }

  // Beyond this point no input is read.
  if (is_open && request.findings) {
    if (auto assumed = assume_profile(request, *analysis); !assumed)
      return fail(std::move(assumed.error()));
  }
  const diagnose::ProfileInUse* in_use = analysis->in_use ? &*analysis->in_use : nullptr;
  analysis->assumed_arch = assumed_arch(request, *analysis);
  diagnose::Options filter = request.filter;
  filter.assumptions = analysis->assumptions;
  if (analysis->as_assumed) filter.as_assumed = &*analysis->as_assumed;
  const bool chose = !request.scope.is_all() || request.read.since_ns || request.read.until_ns;
  filter.chose_part = chose;
  filter.chose_nothing = chose && analysis->read->ledger.observations().empty() &&
                         analysis->read->ledger.layer_denials().empty();
  filter.owners = &*analysis->owners;
  filter.side_facts = &analysis->side_facts;
  if (!request.findings && in_use == nullptr) return analysis;
  analysis->diagnosis =
      request.check
          ? diagnose::check(analysis->read->ledger, analysis->read->accounts, *in_use, filter)
          : diagnose::diagnose(analysis->read->ledger, analysis->read->accounts, in_use, filter);
  doubt_silence(*analysis);
  analysis->no_new_privs = has_no_new_privs(request, *analysis);
  analysis->shows_a_start = shows_a_start(*analysis);
  if (in_use != nullptr)
    analysis->problems.insert(analysis->problems.end(), in_use->problems().begin(),
                              in_use->problems().end());
  return analysis;
}

}  // namespace medic
