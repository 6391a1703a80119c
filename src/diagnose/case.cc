// What the rules share: which architecture, which group, which verdict, and the parts of a finding
// that all have.
#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>

#include "base/text.h"
#include "diagnose/case.h"
#include "ledger/moments.h"
#include "model/security_label.h"

namespace medic::diagnose {
namespace {

using kernel::Arch;

bool is_wanted(const Case& c, const model::SyscallRef& syscall) {
  const std::vector<Arch>& archs = c.options.archs;
  return archs.empty() || std::find(archs.begin(), archs.end(), syscall.arch) != archs.end();
}

std::string phase_name(const Case& c, const ledger::Subject& who) {
  if (c.options.owners == nullptr) return "";
  switch (c.options.owners->stage(who.process, who.phase, c.ledger.text(who.comm),
                                  c.ledger.text(who.exe))) {
    case attribute::Stage::RuntimeInit: return "runtime-init";
    case attribute::Stage::Executed: return "exec";
    case attribute::Stage::Application: break;
  }
  return "";
}

const attribute::Owner* owner_of(const Case& c, const ledger::Observation& observation) {
  return c.options.owners == nullptr
             ? nullptr
             : c.options.owners->owner(observation.process(), observation.first(),
                                       observation.last());
}

// Does the owner have a finding of its own? A container always has, a unit where the reader asks
// for units.
bool parts_groups(const Case& c, const attribute::Owner* owner) {
  return owner != nullptr && (owner->is_container() || c.options.by == By::Unit);
}

// Two containers that run the same program have a finding each.
std::string owner_key(const Case& c, const ledger::Observation& observation) {
  const attribute::Owner* owner = owner_of(c, observation);
  return parts_groups(c, owner) ? owner->key : std::string();
}

// The process, where the reader asks for processes.
attribute::ProcessIndex process_key(const Case& c, const ledger::Observation& observation) {
  return c.options.by == By::Process ? observation.process() : attribute::kNoProcess;
}

// What distinguishes groups, by the numbers that the ledger and the attribution give them.
struct GroupIds {
  const attribute::Owner* owner = nullptr;  // who has a finding of its own, or null
  std::uint8_t stage = 0;
  bool before_filter = false;
  ledger::Key
      key;  // the process as process_key has it, the resolved call, the phase of no importance
  friend bool operator==(const GroupIds&, const GroupIds&) = default;
};
struct GroupIdsHash {
  std::size_t operator()(const GroupIds& ids) const {
    const ledger::Key& key = ids.key;
    std::size_t seed = reinterpret_cast<std::uintptr_t>(ids.owner) >> 4;
    const auto mix = [&](std::uint64_t value) {
      seed = (seed ^ value) * 0x9E3779B97F4A7C15ULL ^ (seed >> 29);
    };
    mix(std::uint64_t{key.subj.comm} << 32 | key.subj.exe);
    mix(std::uint64_t{key.subj.host} << 32 | key.subj.label);
    mix(key.subj.process);
    mix(static_cast<std::uint64_t>(static_cast<std::uint32_t>(key.syscall.number)) << 32 |
        key.syscall.name);
    mix(static_cast<std::uint64_t>(key.outcome.kind) << 32 |
        static_cast<std::uint32_t>(key.outcome.error));
    for (unsigned i = 0; i < kernel::kArgCount; ++i) {
      if (key.args.has(i)) mix(key.args.value[i]);
    }
    return seed;
  }
};

GroupIds group_ids(const Case& c, const ledger::Observation& observation,
                   const model::SyscallRef& syscall) {
  GroupIds out;
  const attribute::Owner* owner = owner_of(c, observation);
  if (parts_groups(c, owner)) out.owner = owner;
  const ledger::Subject who = observation.subj();
  if (c.options.owners != nullptr) {
    out.stage = 1 + static_cast<std::uint8_t>(c.options.owners->stage(
                        who.process, who.phase, c.ledger.text(who.comm), c.ledger.text(who.exe)));
  }
  out.before_filter = is_before_filter(c.ledger, observation);
  out.key = observation.key();
  out.key.subj.process = process_key(c, observation);
  out.key.subj.phase = {};
  out.key.syscall = syscall;
  return out;
}

auto group_key(const Case& c, const ledger::Observation& observation,
               const model::SyscallRef& syscall) {
  const ledger::Ledger& ledger = c.ledger;
  const ledger::Key& key = observation.key();
  return std::make_tuple(
      owner_key(c, observation), process_key(c, observation), phase_name(c, observation.subj()),
      ledger.text(key.subj.host), ledger.text(key.subj.comm), ledger.text(key.subj.exe),
      ledger.text(key.subj.label), is_before_filter(ledger, observation), syscall, key.args,
      key.outcome, key.certainty, key.reached_kernel, key.provenance);
}

// Most processes do what others have done before them, in the same event class: then all that
// parts them is the owner, the stage and whether a filter was there.
class KnownGroups {
 public:
  // Null where none like it was seen before.
  Group*& at(const Case& c, const ledger::Observation& observation) {
    const attribute::Owner* owner = owner_of(c, observation);
    const ledger::Subject who = observation.subj();
    std::uint64_t how = is_before_filter(c.ledger, observation) ? 1 : 0;
    if (c.options.owners != nullptr)
      how |= (1 + static_cast<std::uint64_t>(c.options.owners->stage(
                      who.process, who.phase, c.ledger.text(who.comm), c.ledger.text(who.exe))))
             << 1;
    Slots& slots = by_class_[observation.event_class()];
    for (Slot& each : slots) {
      if (each.owner == owner && each.how == how) return each.group;
    }
    // Owners may be as many as processes: no more of them are looked through than pays.
    constexpr std::size_t kMostSlots = 8;
    if (slots.size() < kMostSlots) return slots.emplace_back(Slot{owner, how, nullptr}).group;
    none_ = nullptr;
    return none_;
  }

 private:
  struct Slot {
    const attribute::Owner* owner = nullptr;
    std::uint64_t how = 0;
    Group* group = nullptr;
  };
  using Slots = std::vector<Slot>;
  std::unordered_map<const ledger::EventClass*, Slots> by_class_;
  Group* none_ = nullptr;
};

// A word that a shell takes as it stands, so that a command can be copied from the answer.
bool is_simple_word(std::string_view text) {
  return !text.empty() && text.front() != '-' &&
         text.find_first_not_of(
             "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._/+-@:") ==
             std::string_view::npos;
}

model::SyscallRef resolve(model::SyscallRef syscall, Arch assumed) {
  if (syscall.arch == Arch::Unknown) syscall.arch = assumed;
  if (syscall.arch == Arch::Unknown) return syscall;
  if (syscall.name != kernel::kNoName && !syscall.has_number) {
    const auto number = kernel::number_of(syscall.name, syscall.arch);
    syscall.has_number = number.has_value();
    syscall.number = number.value_or(-1);
  } else if (syscall.name == kernel::kNoName && syscall.has_number) {
    syscall.name = kernel::name_at({syscall.arch, syscall.number});
  }
  return syscall;
}

std::uint64_t fnv1a(std::string_view text, std::uint64_t hash) {
  for (const unsigned char byte : text) hash = (hash ^ byte) * 0x100000001B3ULL;
  return hash;
}

// The executable's name says more than nothing where the log has no comm.
Who subject_of(const Case& c, const Group& group) {
  Who out;
  const ledger::Ledger& ledger = c.ledger;
  const ledger::Subject who = group.members.front()->subj();
  out.comm = ledger.text(who.comm);
  out.exe = ledger.text(who.exe);
  out.label = label_of(ledger, who);
  out.host = ledger.text(who.host);
  out.process = who.process;
  out.phase = phase_name(c, who);
  std::uint64_t unknown = 0;
  for (const ledger::Observation* each : group.members) {
    if (each->process() == attribute::kNoProcess)
      ++unknown;
    else
      out.members.push_back(each->process());
  }
  keep_different(out.members);
  out.processes = out.members.size() + unknown;
  const ledger::Observation& first = *group.members.front();
  describe_owner(c, who, {first.first(), first.last()}, out);
  if (who.process == attribute::kNoProcess) return out;
  const attribute::Process& process = ledger.processes().processes()[who.process];
  out.pid = process.pid;
  return out;
}

// What speaks against the attribution, and where there is none, what would have said.
void add_owner_notes(const Case& c, const ledger::Observation& observation, Finding& finding) {
  if (c.options.owners == nullptr) return;
  const attribute::Owner* owner = owner_of(c, observation);
  if (owner == nullptr) {
    if (c.options.owners->has_side_facts())
      finding.notes.push_back("Which container it was is not known: " +
                              c.options.owners->missing(observation.process()) + ".");
    return;
  }
  for (const std::string& each : owner->contradictions)
    finding.notes.push_back("Other evidence names another owner: " + each + ".");
  for (const std::string& each : owner->remarks) finding.notes.push_back(each + ".");
}

// The first few places of all members, which stand in the order of their own first ones.
void add_evidence(const Case& c, const Group& group, Finding& finding) {
  std::vector<ledger::Seen> places;
  const auto is_before = [](const ledger::Seen& a, const ledger::Seen& b) {
    return ledger::before(a.origin, b.origin);
  };
  for (const ledger::Observation* member : group.members) {
    const auto own = member->examples();
    const bool is_full = places.size() >= ledger::Observation::kMaxExamples;
    if (is_full && is_before(places.back(), own.front())) break;
    for (const ledger::Seen& each : own)
      places.insert(std::upper_bound(places.begin(), places.end(), each, is_before), each);
    if (places.size() > ledger::Observation::kMaxExamples)
      places.resize(ledger::Observation::kMaxExamples);
  }
  for (const ledger::Seen& each : places) {
    const std::string& path =
        each.origin.input < c.inputs.size() ? c.inputs[each.origin.input].path : std::string();
    finding.evidence.push_back({path, each.origin.line, std::string(each.text)});
  }
}

// Where the profile answers otherwise only because an assumption gave way.
void add_assumptions(const Case& c, const model::SyscallRef& syscall, const kernel::Args& args,
                     Finding& finding) {
  const Case assumed{c.ledger, c.inputs, c.options.as_assumed, c.options};
  const auto verdict = judge(assumed, syscall, args);
  if (verdict && (verdict->decision != finding.verdict->decision ||
                  verdict->errno_value != finding.verdict->errno_value))
    finding.assumptions = c.options.assumptions;
}

}  // namespace

std::string label_of(const ledger::Ledger& ledger, const ledger::Subject& who) {
  const std::string& label = ledger.text(who.label);
  if (who.process == attribute::kNoProcess) return label;
  const std::string& whole = ledger.processes().processes()[who.process].subj;
  return model::without_instance(whole) == label ? whole : label;
}

const profile::Evaluator* ProfileInUse::on(Arch native) const {
  if (native == Arch::Unknown) return nullptr;
  const auto found = evaluators_.find(native);
  if (found != evaluators_.end()) return found->second.get();
  profile::Context context = context_;
  context.arch = native;
  auto made = profile::Evaluator::make(*profile_, context);
  auto& slot = evaluators_[native];
  if (made)
    slot = std::make_unique<profile::Evaluator>(std::move(*made));
  else
    problems_.push_back(made.error());
  return slot.get();
}

const ArchChoice& arch_choice(const Case& c, const ledger::Observation& observation) {
  static const ArchChoice kNone;
  if (c.archs.empty()) return kNone;
  return c.archs[std::min<std::size_t>(observation.examples().front().origin.input,
                                       c.archs.size() - 1)];
}

std::vector<Group> group_observations(const Case& c) {
  // Observations are many and groups few: only groups are compared by their texts, which decide the
  // order.
  using GroupKey = decltype(group_key(c, c.ledger.observations().front(), model::SyscallRef{}));
  std::map<GroupKey, Group> groups;
  std::unordered_map<GroupIds, Group*, GroupIdsHash> known;
  KnownGroups repeated;
  for (const ledger::Observation& observation : c.ledger.observations()) {
    const model::SyscallRef syscall = resolved(c, observation);
    if (!is_wanted(c, syscall)) continue;
    Group* none = nullptr;
    Group*& same = c.options.by == By::Process ? none : repeated.at(c, observation);
    if (same == nullptr) {
      const auto [at, is_new] = known.try_emplace(group_ids(c, observation, syscall), nullptr);
      if (is_new) at->second = &groups[group_key(c, observation, syscall)];
      same = at->second;
    }
    Group& group = *same;
    group.syscall = syscall;
    group.arch_was_told = observation.key().syscall.arch != Arch::Unknown;
    group.members.push_back(&observation);
  }
  std::vector<Group> out;
  for (auto& [key, group] : groups) {
    const auto is_before = [](const ledger::Observation* a, const ledger::Observation* b) {
      return ledger::before(a->place(), b->place());
    };
    if (!std::is_sorted(group.members.begin(), group.members.end(), is_before))
      std::stable_sort(group.members.begin(), group.members.end(), is_before);
    out.push_back(std::move(group));
  }
  return out;
}

void describe_owner(const Case& c, const ledger::Subject& who,
                    std::pair<model::Time, model::Time> when, Who& out) {
  if (c.options.owners == nullptr) return;
  const attribute::Owner* owner = c.options.owners->owner(who.process, when.first, when.second);
  if (owner == nullptr) return;
  if (owner->is_container())
    out.container = Container{owner->id,    owner->name, owner->certainty, owner->reason,
                              owner->image, owner->pod,  owner->unit,      owner->engine};
  else
    out.unit = owner->unit;
}

model::SyscallRef resolved(const Case& c, const ledger::Observation& observation) {
  const ledger::Key& key = observation.key();
  const ArchChoice& choice = arch_choice(c, observation);
  // The kernel's record always names the architecture: where it was cut out, a number has no name.
  const std::string_view text = observation.examples().front().text;
  const bool was_cut_out = key.syscall.arch == Arch::Unknown && key.syscall.has_number &&
                           key.syscall.name == kernel::kNoName &&
                           (text.find("=1326") != std::string_view::npos ||
                            text.find("SECCOMP") != std::string_view::npos);
  return resolve(key.syscall, was_cut_out && choice.assumed ? Arch::Unknown : choice.arch);
}

std::string log_words(const Case& c) {
  constexpr std::size_t kMostLogs = 3;
  std::string out;
  if (c.inputs.size() > kMostLogs) return "LOG...";
  for (const ledger::InputAccount& input : c.inputs) {
    if (!is_simple_word(input.path)) return "LOG";
    out += (out.empty() ? "" : " ") + input.path;
  }
  return out.empty() ? "LOG" : out;
}

std::string profile_word(const Case& c) {
  if (c.profile == nullptr || !is_simple_word(c.profile->profile().path)) return "PROFILE";
  // What holds for one runtime may be refused for another: the command says whose.
  const bool is_crun =
      c.profile->context().runtime == profile::Runtime::Crun && !c.profile->profile().own_tool;
  return c.profile->profile().path + (is_crun ? " --runtime crun" : "");
}

bool is_before_filter(const ledger::Ledger& ledger, const ledger::Observation& observation) {
  const ledger::Subject who = observation.subj();
  if (who.process == attribute::kNoProcess) return false;
  const attribute::Process& process = ledger.processes().processes()[who.process];
  if (!process.filter_seen &&
      (!process.is_hosts || observation.key().outcome.kind == model::Outcome::Kind::Denied))
    return false;
  return who.phase == attribute::Phase::Start || who.phase == attribute::Phase::Exec;
}

std::optional<profile::Verdict> judge(const Case& c, const model::SyscallRef& syscall,
                                      const kernel::Args& args) {
  if (c.profile == nullptr || syscall.arch == Arch::Unknown || !syscall.has_number)
    return std::nullopt;
  const profile::Evaluator* evaluator = c.profile->on(kernel::info(syscall.arch).parent);
  if (evaluator == nullptr) return std::nullopt;
  return evaluator->evaluate({{syscall.arch, syscall.number}, args});
}

std::string args_text(const kernel::Args& args) {
  std::string out;
  for (unsigned i = 0; i < kernel::kArgCount; ++i)
    out += args.has(i) ? fmt::format("{:x},", args.value[i]) : "-,";
  return out;
}

std::string stable_id(std::string_view kind, std::initializer_list<std::string_view> parts) {
  std::uint64_t hash = fnv1a(kind, 0xCBF29CE484222325ULL);
  for (const std::string_view part : parts)
    hash = fnv1a(std::string_view("\0", 1), fnv1a(part, hash));
  return fmt::format("{}@{:08x}", kind, static_cast<std::uint32_t>(hash ^ (hash >> 32)));
}

void take_provenance(model::Provenance provenance, Finding& finding) {
  finding.provenance = provenance;
  if (provenance == model::Provenance::Kernel) return;
  finding.certainty = model::Certainty::Suspected;
  if (provenance == model::Provenance::Itself) {
    finding.notes.emplace_back(
        "Suspected: the process may have sent this signal to itself (rt_sigqueueinfo and the like "
        "take any si_code then); `man seccomp-medic-evidence`.");
    return;
  }
  finding.notes.emplace_back(provenance == model::Provenance::AuditWriter
                                 ? "Suspected: whoever has CAP_AUDIT_WRITE may write such a "
                                   "record, as a container may; `man seccomp-medic-evidence`."
                                 : "Suspected: a container, or whoever can write to that log, may "
                                   "have written this line itself; `man "
                                   "seccomp-medic-evidence`.");
}

Finding finding_for(const Case& c, const Group& group, std::string kind) {
  const ledger::Observation& first = *group.members.front();
  Finding finding;
  finding.kind = std::move(kind);
  finding.syscall = group.syscall;
  if (!group.arch_was_told) finding.arch_reason = arch_choice(c, first).reason;
  if (first.key().args.known != 0) finding.args = first.key().args;
  finding.call_text = first.call_text();
  finding.outcome = first.key().outcome;
  finding.certainty = first.key().certainty;
  take_provenance(first.key().provenance, finding);
  for (const ledger::Observation* member : group.members) {
    finding.count += member->count();
    ledger::widen(finding.first, finding.last, member->first(), member->last());
  }
  finding.who = subject_of(c, group);
  add_owner_notes(c, first, finding);
  add_evidence(c, group, finding);
  finding.risk = kernel::risk_of(group.syscall.name, first.key().args);
  finding.verdict = judge(c, group.syscall, first.key().args);
  if (c.options.as_assumed != nullptr && finding.verdict)
    add_assumptions(c, group.syscall, first.key().args, finding);
  const std::string outcome =
      fmt::format("{}.{}.{}.{}", static_cast<int>(finding.outcome.kind),
                  static_cast<int>(finding.outcome.action), finding.outcome.error,
                  static_cast<int>(finding.who.phase.size()));
  // Of the cause alone: no process, program, label or host changes it.
  finding.id =
      stable_id(finding.kind, {kernel::name(group.syscall.arch), call_name(group.syscall),
                               args_text(first.key().args), outcome, name(finding.certainty)});
  return finding;
}

}  // namespace medic::diagnose
