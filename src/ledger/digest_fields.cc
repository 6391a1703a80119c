#include "ledger/digest_fields.h"

#include "base/text.h"

namespace medic::ledger {

using attribute::BirthClaim;
using attribute::Life;
using attribute::LifeIndex;
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
  for (const std::int64_t number : numbers) text += (text.empty() ? "" : " ") + std::to_string(number);
  rows.text(text);
  if (!rows.loading() || text.empty()) return;
  for (const std::string_view word : split(text, ' ')) {
    if (const auto number = parse_signed(word); number && numbers.size() < kMost) numbers.push_back(*number);
  }
}

void fields(DigestRows& rows, Life& life, std::size_t lives) {
  rows.text(life.host);
  rows.number(life.pid);
  rows.flag(life.birth_seen);
  rows.flag(life.death_seen);
  rows.index(life.parent, lives);
  rows.flag(life.parent_guessed);
  rows.flag(life.kernel_numbers);
  rows.number(life.first_ppid);
  rows.number(life.ppid);
  attribute::Placement place = life.place();
  for (std::string* text : {&life.first_comm, &life.comm, &life.exe, &life.subject, &place.cgroup, &place.container_id,
                            &place.container_name, &place.image, &place.pod, &place.unit, &place.pid_namespace}) {
    rows.text(*text);
  }
  if (rows.loading() && !place.empty()) life.put(place);
  rows.flag(life.was_runtime_init);
  rows.flag(life.has_caps);
  rows.number(life.effective_caps);
  rows.number(life.bounding_caps);
  rows.number(life.no_new_privs);
  rows.number(life.seccomp_mode);
  rows.number(life.start_ticks);
  rows.number(life.uid);
  rows.number(life.auid);
  rows.number(life.session);
  rows.number(life.first.line);
  std::uint64_t lines = life.last.line - life.first.line;
  rows.number(lines);
  life.last.line = life.first.line + lines;
  rows.span(life.first_time, life.last_time);
  rows.number(life.execs);
  rows.choice(life.phase, attribute::Phase::FilteredExec);
  rows.flag(life.filter_seen);
  RuntimeCommand command = life.runtime != nullptr ? *life.runtime : RuntimeCommand{};
  fields(rows, command);
  if (rows.loading() && command.role != RuntimeCommand::Role::None)
    life.runtime = std::make_shared<const RuntimeCommand>(std::move(command));
  list(rows, life.threads);
  list(rows, life.unfiltered);
  rows.choice(life.arch, kernel::Arch::Unknown);
  rows.flag(life.cgroup_apart);
}

void fields(DigestRows& rows, BirthClaim& claim, std::size_t lives) {
  rows.index(claim.parent, lives);
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

void fields(DigestRows& rows, ProcessTableImage::Open& open, std::size_t lives) {
  rows.text(open.host);
  rows.number(open.pid);
  rows.index(open.life, lives);
}

void fields(DigestRows& rows, Subject& subject, std::size_t lives) {
  rows.index(subject.life, lives);
  rows.pooled(subject.host);
  rows.pooled(subject.comm);
  rows.pooled(subject.exe);
  rows.pooled(subject.label);
  rows.choice(subject.phase, attribute::Phase::FilteredExec);
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

void fields(DigestRows& rows, Key& key, std::size_t lives) {
  fields(rows, key.subject, lives);
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
}

void fields(DigestRows& rows, Example& example) {
  rows.number(example.origin.line);
  rows.moment(example.time);
  rows.text(example.text);
}

void fields(DigestRows& rows, LayerDenial& denial, std::size_t lives) {
  fields(rows, denial.subject, lives);
  rows.number(denial.pid);
  rows.choice(denial.layer, model::LayerDenial::Layer::Other);
  rows.flag(denial.enforced);
  for (std::string* text : {&denial.operation, &denial.permission, &denial.profile, &denial.target, &denial.target_context})
    rows.text(*text);
  rows.number(denial.capability);
  rows.number(denial.count);
  rows.span(denial.first, denial.last);
}

void fields(DigestRows& rows, Abend& abend, std::size_t lives) {
  fields(rows, abend.subject, lives);
  rows.number(abend.pid);
  rows.number(abend.signal);
  rows.number(abend.count);
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
  for (std::uint64_t* number : {&account.bytes, &account.lines, &account.used, &account.foreign, &account.damaged})
    rows.number(*number);
  rows.text(account.problem);
}

}  // namespace medic::ledger
