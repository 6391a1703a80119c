#include "pipeline.h"

#include "io/reader.h"
#include "ledger/interest.h"

namespace medic {
namespace {

// Arguments that the profile tests are told apart too, whatever our own list says.
void add_tested_arguments(const profile::Profile& profile, ledger::InterestTable& interest) {
  for (const profile::Rule& rule : profile.rules) {
    for (const profile::Name& name : rule.names) {
      const kernel::NameId id = kernel::find_name(name.text);
      if (id == kernel::kNoName) continue;
      for (const profile::Condition& condition : rule.args) {
        if (condition.index < kernel::kArgCount) interest[id] = static_cast<std::uint8_t>(interest[id] | 1U << condition.index);
      }
    }
  }
}

constexpr std::size_t kLargestSideFile = std::size_t{256} << 20;  // a timer's snapshots of a busy host over a day

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

}  // namespace

Result<profile::Profile> load_profile(const std::string& path, Problems& notes) {
  constexpr std::size_t kLargest = std::size_t{16} << 20;  // engines refuse profiles far smaller than this
  auto text = io::read_file(path, kLargest);
  if (!text) return fail(std::move(text.error()));
  return profile::read_profile(std::move(*text), path == "-" ? "<stdin>" : path, notes);
}

Result<DigestMade> make_digest(const Request& request) {
  DigestMade out;
  ledger::InterestTable interest = ledger::default_interest();
  if (!request.profile_path.empty()) {
    auto profile = load_profile(request.profile_path, out.problems);
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

Result<std::unique_ptr<Road>> walk(const Request& request) {
  auto road = std::make_unique<Road>();
  road->interest = ledger::default_interest();

  // The profile first: its mistakes are found before gigabytes are read, and its conditions say which arguments matter.
  if (!request.profile_path.empty()) {
    auto profile = load_profile(request.profile_path, road->problems);
    if (!profile) return fail(std::move(profile.error()));
    road->profile.emplace(std::move(*profile));
    road->in_use.emplace(*road->profile, request.context);
    add_tested_arguments(*road->profile, road->interest);
  }

  // What stands beside the logs: small, and a mistake in it is told before gigabytes are read.
  if (auto side = read_side_files(request, road->side_facts); !side) return fail(std::move(side.error()));

  // Bytes → envelope → dialect → events → ledger.
  road->read.emplace(read_logs(request.read, road->interest));
  road->problems.insert(road->problems.end(), road->read->problems.begin(), road->read->problems.end());

  // Processes → owners; then only what is asked about goes on.
  road->owners.emplace(road->read->ledger.processes(), road->side_facts);
  ledger::apply_scope(road->read->ledger, request.scope, *road->owners);

  // Beyond this point no input is read.
  const diagnose::ProfileInUse* in_use = road->in_use ? &*road->in_use : nullptr;
  road->assumed_arch =
      diagnose::settle_arch(road->read->ledger, request.filter.arch, road->profile ? &*road->profile : nullptr).first;
  diagnose::Options filter = request.filter;
  const bool chose = !request.scope.is_all() || request.read.since_ns || request.read.until_ns;
  filter.chose_nothing = chose && road->read->ledger.observations().empty() && road->read->ledger.layer_denials().empty();
  filter.owners = &*road->owners;
  if (!request.findings && in_use == nullptr) return road;
  road->diagnosis = request.check ? diagnose::check(road->read->ledger, road->read->accounts, *in_use, filter)
                                  : diagnose::diagnose(road->read->ledger, road->read->accounts, in_use, filter);
  if (in_use != nullptr) road->problems.insert(road->problems.end(), in_use->problems().begin(), in_use->problems().end());
  return road;
}

}  // namespace medic
