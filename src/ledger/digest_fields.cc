#include "ledger/digest_fields.h"

#include "base/text.h"

namespace medic::ledger {

using attribute::BirthClaim;
using attribute::Process;
using attribute::ProcessIndex;
using attribute::ProcessTable;
using attribute::ProcessTableImage;
using attribute::RuntimeCommand;

void fields(DigestRows& rows, RuntimeCommand& command) {
  rows.choice(command.role, RuntimeCommand::Role::Release);
  rows.text(command.engine);
  rows.text(command.id);
  rows.text(command.name);
  rows.flag(command.pod);
}

// A short list of numbers, as words of one text.
void list(DigestRows& rows, std::vector<std::int64_t>& numbers) {
  constexpr std::size_t kMost = 4096;
  std::string text;
  for (const std::int64_t number : numbers)
    text += (text.empty() ? "" : " ") + std::to_string(number);
  rows.text(text);
  if (!rows.loading() || text.empty()) return;
  for (const std::string_view word : split(text, ' ')) {
    if (const auto number = parse_signed(word); number && numbers.size() < kMost)
      numbers.push_back(*number);
  }
}

void fields(DigestRows& rows, Process& process, std::size_t processes) {
  rows.text(process.host);
  rows.number(process.pid);
  rows.flag(process.birth_seen);
  rows.flag(process.death_seen);
  rows.index(process.parent, processes);
  rows.flag(process.parent_guessed);
  rows.flag(process.kernel_numbers);
  rows.number(process.first_ppid);
  rows.number(process.ppid);
  attribute::Placement place = process.place();
  for (std::string* text : {&process.first_comm, &process.comm, &process.exe, &process.subj,
                            &place.cgroup, &place.container_id, &place.container_name, &place.image,
                            &place.pod, &place.unit, &place.pid_namespace}) {
    rows.text(*text);
  }
  rows.choice(place.provenance, model::Provenance::Itself);
  if (rows.loading() && !place.empty()) process.put(place);
  rows.flag(process.was_runtime_init);
  rows.flag(process.has_caps);
  rows.number(process.effective_caps);
  rows.number(process.bounding_caps);
  rows.number(process.no_new_privs);
  rows.number(process.seccomp_mode);
  rows.number(process.start_ticks);
  rows.number(process.uid);
  rows.number(process.auid);
  rows.number(process.session);
  rows.number(process.first.line);
  std::uint64_t lines = process.last.line - process.first.line;
  rows.number(lines);
  process.last.line = process.first.line + lines;
  rows.span(process.first_time, process.last_time);
  rows.number(process.execs);
  rows.choice(process.phase, attribute::Phase::FilteredExec);
  rows.flag(process.filter_seen);
  RuntimeCommand command = process.runtime != nullptr ? *process.runtime : RuntimeCommand{};
  fields(rows, command);
  if (rows.loading() && command.role != RuntimeCommand::Role::None)
    process.runtime = std::make_shared<const RuntimeCommand>(std::move(command));
  list(rows, process.threads);
  list(rows, process.unfiltered);
  rows.choice(process.arch, kernel::Arch::Unknown);
  rows.flag(process.cgroup_apart);
}

void fields(DigestRows& rows, BirthClaim& claim, std::size_t processes) {
  rows.index(claim.parent, processes);
  rows.number(claim.child);
  rows.number(claim.origin.line);
  rows.moment(claim.time);
}

void fields(DigestRows& rows, attribute::UnitMoment& unit) {
  rows.text(unit.host);
  rows.text(unit.unit);
  rows.number(unit.ns);
  rows.flag(unit.started);
}

void fields(DigestRows& rows, ProcessTableImage::Open& open, std::size_t processes) {
  rows.text(open.host);
  rows.number(open.pid);
  rows.index(open.process, processes);
}

void fields(DigestRows& rows, Subject& subj, std::size_t processes) {
  rows.index(subj.process, processes);
  rows.pooled(subj.host);
  rows.pooled(subj.comm);
  rows.pooled(subj.exe);
  rows.pooled(subj.label);
  rows.choice(subj.phase, attribute::Phase::FilteredExec);
}

// By name: numbers of architectures and names are this build's own.
void fields(DigestRows& rows, model::SyscallRef& call) {
  std::string arch = rows.loading() ? "" : std::string(kernel::name(call.arch)),
              name = rows.loading() ? "" : std::string(kernel::name_of(call.name));
  rows.text(arch);
  rows.text(name);
  rows.number(call.number);
  rows.flag(call.has_number);
  if (!rows.loading()) return;
  call.arch = kernel::arch_from_any(arch).value_or(kernel::Arch::Unknown);
  call.name = name.empty() ? kernel::kNoName : kernel::find_name(name);
}

void fields(DigestRows& rows, Key& key, std::size_t processes) {
  fields(rows, key.subj, processes);
  fields(rows, key.syscall);
  rows.number<std::uint8_t>(key.args.known, 0, (1U << kernel::kArgCount) - 1);
  for (std::uint64_t& value : key.args.value) rows.number(value);
  rows.choice(key.outcome.kind, model::Outcome::Kind::Seen);
  rows.number(key.outcome.value);
  rows.number(key.outcome.error);
  rows.number(key.outcome.signal);
  rows.choice(key.outcome.action, kernel::Action::Allow);
  rows.flag(key.outcome.injected);
  rows.choice(key.certainty, model::Certainty::Suspected);
  rows.flag(key.reached_kernel);
  rows.choice(key.provenance, model::Provenance::Itself);
}

void fields(DigestRows& rows, Example& example) {
  rows.number(example.origin.line);
  rows.moment(example.time);
  rows.text(example.text);
}

void fields(DigestRows& rows, LayerDenial& denial, std::size_t processes) {
  fields(rows, denial.subj, processes);
  rows.number(denial.pid);
  rows.choice(denial.layer, model::LayerDenial::Layer::Other);
  rows.flag(denial.enforced);
  for (std::string* text : {&denial.operation, &denial.permission, &denial.profile, &denial.target,
                            &denial.target_context})
    rows.text(*text);
  rows.number(denial.capability);
  rows.choice(denial.provenance, model::Provenance::Itself);
  rows.number(denial.count);
  rows.span(denial.first, denial.last);
}

void fields(DigestRows& rows, Abend& abend, std::size_t processes) {
  fields(rows, abend.subj, processes);
  rows.number(abend.pid);
  rows.number(abend.signal);
  rows.number(abend.count);
  rows.choice(abend.provenance, model::Provenance::Itself);
  fields(rows, abend.example);
}

void fields(DigestRows& rows, Loss& loss) {
  rows.choice(loss.kind, model::Loss::Kind::Other);
  rows.number(loss.notices);
  rows.number(loss.count);
  rows.text(loss.text);
  fields(rows, loss.example);
}

void fields(DigestRows& rows, DamagedLine& line) {
  rows.number(line.line);
  rows.text(line.text);
  rows.text(line.reason);
}

void fields(DigestRows& rows, InputAccount& account) {
  rows.text(account.path);
  rows.text(account.dialect);
  rows.text(account.compression);
  for (std::uint64_t* number :
       {&account.bytes, &account.lines, &account.used, &account.foreign, &account.damaged})
    rows.number(*number);
  rows.text(account.problem);
}

}  // namespace medic::ledger
