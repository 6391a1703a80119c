#include "what_if.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>
#include <map>
#include <set>
#include <tuple>

#include "base/text.h"
#include "kernel/errno.h"
#include "kernel/knowledge.h"
#include "kernel/risk.h"
#include "policy/explain.h"
#include "policy/runtime_needs.h"
#include "what_if_answer.h"

namespace medic {
namespace {

using kernel::Arch;
using report::Effect;
using report::Foreseen;
using Kind = model::Outcome::Kind;

constexpr std::size_t kMostPrograms = 5;

// What the logs show of one call, whoever made it.
struct SeenCall {
  kernel::SyscallId id;
  kernel::Args args;
  model::Outcome outcome;
  std::set<std::string> programs, texts;
  model::Origin where;
  std::uint64_t count = 0;
};

// What happened to a call when it was recorded.
struct Past {
  enum class Kind : std::uint8_t { Ran, Errno, Killed } kind = Kind::Ran;
  int error = 0;
};

class Foreseeing {
 public:
  Foreseeing(const Analysis& analysis, const Tomorrow& tomorrow)
      : analysis_(analysis),
        ledger_(analysis.read->ledger),
        tomorrow_(tomorrow),
        answers_(*analysis.profile, tomorrow) {}
  Result<report::WhatIfReport> run();

 private:
  void collect();
  Past past_of(const SeenCall& seen) const;
  void replay(const SeenCall& seen);
  void runtime_start();
  void libc_calls();
  void libc_call(const kernel::LibcCall& row, Arch arch);
  bool is_permitted(std::string_view name, Arch arch) const;
  bool runs_one_of(std::string_view names, Arch arch) const;
  std::string enosys_rule(std::string_view call) const;
  void fix_denied(Foreseen& out, const Answer& answer) const;
  void errno_changes(const Past& past, const Answer& answer, Foreseen& out) const;
  void newly_refused(const Answer& answer, Foreseen& out) const;
  Foreseen made_by(const SeenCall& seen, std::string kind) const;
  void add(Foreseen one);
  bool has_seen(kernel::NameId name, Arch arch) const;

  const Analysis& analysis_;
  const ledger::Ledger& ledger_;
  const Tomorrow& tomorrow_;
  Answers answers_;
  std::vector<SeenCall> seen_;
  std::set<Arch> archs_;
  std::map<std::tuple<std::string, Arch, std::string, std::string, std::string>, std::size_t>
      known_;
  report::WhatIfReport out_;
};

void Foreseeing::collect() {
  std::map<std::tuple<kernel::SyscallId, kernel::Args, model::Outcome>, std::size_t> index;
  for (const ledger::Observation& each : ledger_.observations()) {
    const ledger::Key& key = each.key();
    if (key.outcome.injected || diagnose::is_before_filter(ledger_, each)) continue;
    const Arch arch = key.syscall.arch == Arch::Unknown ? analysis_.assumed_arch : key.syscall.arch;
    if (arch == Arch::Unknown) continue;
    const auto number = key.syscall.has_number ? std::optional(key.syscall.number)
                                               : kernel::number_of(key.syscall.name, arch);
    if (!number) continue;
    archs_.insert(arch);
    const kernel::SyscallId id{arch, *number};
    const auto [it, fresh] = index.emplace(std::tuple{id, key.args, key.outcome}, seen_.size());
    if (fresh) {
      const model::Origin where = each.examples().front().origin;
      seen_.push_back({id, key.args, key.outcome, {}, {}, where, 0});
    }
    SeenCall& seen = seen_[it->second];
    seen.count += each.count();
    seen.texts.emplace(each.call_text());
    for (const ledger::Seen& example : each.examples()) seen.texts.emplace(example.text);
    const std::string& comm = ledger_.text(key.subj.comm);
    const std::string& exe = ledger_.text(key.subj.exe);
    const std::string& program = exe.empty() ? comm : exe;
    if (!program.empty() && seen.programs.size() < kMostPrograms) seen.programs.insert(program);
  }
}

// A denial without its errno got what the profile answers today.
Past Foreseeing::past_of(const SeenCall& seen) const {
  const model::Outcome& outcome = seen.outcome;
  if (outcome.kind == Kind::Killed) return {Past::Kind::Killed, 0};
  if (outcome.kind == Kind::Failed) return {Past::Kind::Errno, outcome.error};
  if (outcome.kind != Kind::Denied || kernel::lets_run(outcome.action)) return {};
  if (outcome.action != kernel::Action::Errno) return {Past::Kind::Killed, 0};
  if (outcome.error != 0) return {Past::Kind::Errno, outcome.error};
  const auto* today =
      analysis_.in_use ? analysis_.in_use->on(kernel::info(seen.id.arch).parent) : nullptr;
  if (today == nullptr) return {Past::Kind::Errno, kernel::kEPERM};
  const profile::Verdict verdict = today->evaluate({seen.id, seen.args});
  return {Past::Kind::Errno,
          verdict.action == kernel::Action::Errno ? verdict.errno_value : kernel::kEPERM};
}

Foreseen Foreseeing::made_by(const SeenCall& seen, std::string kind) const {
  Foreseen out;
  out.call = profile::call_text(seen.id);
  out.arch = seen.id.arch;
  out.kind = std::move(kind);
  out.programs.assign(seen.programs.begin(), seen.programs.end());
  out.file = analysis_.read->accounts[seen.where.input].path;
  out.line = seen.where.line;
  out.count = seen.count;
  return out;
}

// One cause, one answer: what differs in the arguments alone is counted.
void Foreseeing::add(Foreseen one) {
  const auto [it, fresh] = known_.emplace(
      std::tuple{one.call, one.arch, one.kind, one.today, one.tomorrow}, out_.foreseen.size());
  if (fresh) return out_.foreseen.push_back(std::move(one));
  Foreseen& first = out_.foreseen[it->second];
  first.count += one.count;
  first.effect = std::min(first.effect, one.effect);
  for (std::string& program : one.programs) {
    if (first.programs.size() < kMostPrograms &&
        std::find(first.programs.begin(), first.programs.end(), program) == first.programs.end())
      first.programs.push_back(std::move(program));
  }
}

std::string Foreseeing::enosys_rule(std::string_view call) const {
  return fmt::format(R"({{"names":["{}"],"action":"SCMP_ACT_ERRNO","errnoRet":38}})", call);
}

// What is not dangerous is permitted; what is, only by somebody who says so.
void Foreseeing::fix_denied(Foreseen& out, const Answer& answer) const {
  const kernel::NameId name = kernel::find_name(out.call);
  if (!answer.fix.empty()) {
    out.fix = answer.fix;
    return;
  }
  const kernel::Risk risk = kernel::risk_of(name, {});
  if (risk.level == kernel::RiskLevel::High) {
    out.fix = fmt::format("It {}: find out who needs it before it is permitted.", risk.why);
    return;
  }
  out.fix = "Permit it before the roll-out; `seccomp-medic repair` does so and proves it.";
  out.rule = fmt::format(R"({{"names":["{}"],"action":"SCMP_ACT_ALLOW"}})", out.call);
}

std::string context_of(const kernel::Fallback& fallback) {
  std::string out(fallback.what);
  out.front() = static_cast<char>(std::toupper(static_cast<unsigned char>(out.front())));
  return " " + out + ".";
}

bool falls_back_on_enosys_alone(std::string_view name) {
  const auto names = kernel::only_fall_back_on_enosys();
  return std::find(names.begin(), names.end(), name) != names.end();
}

// The caller met a refusal all along, and another one now.
void Foreseeing::errno_changes(const Past& past, const Answer& answer, Foreseen& out) const {
  out.kind = "errno-changes";
  const auto* fallback = kernel::fallback_of(kernel::find_name(out.call));
  const bool goes_on =
      answer.error == kernel::kENOSYS || (fallback != nullptr && fallback->goes_on_without());
  out.effect = goes_on                                ? Effect::Borne
               : falls_back_on_enosys_alone(out.call) ? Effect::Breaks
                                                      : Effect::MayBreak;
  if (fallback != nullptr && !fallback->what.empty()) out.because += context_of(*fallback);
  if (past.error == kernel::kENOSYS && answer.fix.empty()) {
    out.fix = "Keep the answer ENOSYS, on which the caller falls back.";
    out.rule = enosys_rule(out.call);
  }
}

// What ran is refused with an errno: the caller may have something instead.
void Foreseeing::newly_refused(const Answer& answer, Foreseen& out) const {
  const auto* fallback = kernel::fallback_of(kernel::find_name(out.call));
  if (answer.error == kernel::kENOSYS) out.kind = "enosys";
  if (fallback == nullptr) return;
  if (!fallback->what.empty()) out.because += context_of(*fallback);
  const bool has_instead = runs_one_of(fallback->instead, out.arch);
  if (fallback->goes_on_without() || (answer.error == kernel::kENOSYS && has_instead)) {
    out.effect = Effect::Borne;
    out.fix = "None is needed where the caller falls back, as most do.";
    out.rule.clear();
  } else if (has_instead && answer.fix.empty() && out.call == "clone3") {
    out.fix = "Answer ENOSYS before the roll-out, on which the caller falls back.";
    out.rule = enosys_rule(out.call);
  }
}

void Foreseeing::replay(const SeenCall& seen) {
  const auto answer = answers_.answer(seen.id, seen.args);
  if (!answer || answer->kind == Answer::Kind::Runs) return;
  const Past past = past_of(seen);
  if (past.kind == Past::Kind::Killed) return;
  const bool was_refused = past.kind == Past::Kind::Errno &&
                           (past.error == kernel::kEPERM || past.error == kernel::kENOSYS ||
                            seen.outcome.kind == Kind::Denied);
  if (was_refused && answer->kind == Answer::Kind::Errno && answer->error == past.error) return;
  Foreseen out = made_by(seen, "denied");
  out.today = past.kind == Past::Kind::Ran
                  ? "it ran"
                  : fmt::format("it answered {}", kernel::errno_name(past.error, seen.id.arch));
  out.tomorrow = answer_text(*answer, seen.id.arch);
  out.because = answer->by;
  fix_denied(out, *answer);
  if (answer->kind == Answer::Kind::Depends) {
    out.effect = Effect::MayBreak;
    out.fix = "Record with the arguments (strace -f, seccomp-medic-capture): then it is known.";
    out.rule.clear();
  } else if (answer->kind == Answer::Kind::Kills) {
    out.kind = "killed";
  } else if (was_refused) {
    errno_changes(past, *answer, out);
  } else {
    newly_refused(*answer, out);
  }
  add(std::move(out));
}

bool Foreseeing::is_permitted(std::string_view name, Arch arch) const {
  const auto number = kernel::number_of(kernel::find_name(name), arch);
  if (!number) return false;
  const auto answer = answers_.answer({arch, *number}, {});
  return answer && (answer->kind == Answer::Kind::Runs || answer->kind == Answer::Kind::Depends);
}

bool Foreseeing::runs_one_of(std::string_view names, Arch arch) const {
  const auto each = split(names, '|');
  return std::any_of(each.begin(), each.end(),
                     [&](std::string_view name) { return is_permitted(name, arch); });
}

bool Foreseeing::has_seen(kernel::NameId name, Arch arch) const {
  return std::any_of(seen_.begin(), seen_.end(), [&](const SeenCall& each) {
    return each.id.arch == arch && kernel::name_at(each.id) == name;
  });
}

// How surely the trace shows that the libc's function is in use.
kernel::Holds shows(const kernel::LibcSign& sign, const SeenCall& seen) {
  using kernel::Holds;
  const kernel::NameId name = kernel::name_at(seen.id);
  if (name == kernel::kNoName || kernel::name_of(name) != sign.call) return Holds::No;
  if (sign.perhaps) return Holds::Unknown;
  if (!sign.text.empty()) {
    const bool found = std::any_of(seen.texts.begin(), seen.texts.end(), [&](const auto& text) {
      return text.find(sign.text) != std::string::npos;
    });
    return found ? Holds::Yes : Holds::Unknown;
  }
  const kernel::Args args = kernel::in_common_order(name, seen.args, seen.id.arch);
  const Holds held = kernel::holds(sign.test, args);
  if (!sign.none_set || held == Holds::Unknown) return held;
  return held == Holds::Yes ? Holds::No : Holds::Yes;
}

// The arguments with which a libc makes the call, where a profile looks at them: pthread_create's
// flags, and the terminal's size, which stdio asks for.
kernel::Args usual_arguments(std::string_view call) {
  kernel::Args out;
  if (call == "clone") out.set(0, 0x3D0F00);
  if (call == "ioctl") out.set(1, 0x5413);
  return out;
}

std::string release_text(const kernel::LibcRelease& release) {
  const kernel::LibcVersion& v = release.version;
  const char* name = release.libc == kernel::Libc::Glibc ? "glibc" : "musl";
  return v.patch != 0 ? fmt::format("{} {}.{}.{}", name, v.major, v.minor, v.patch)
                      : fmt::format("{} {}.{}", name, v.major, v.minor);
}

void Foreseeing::libc_call(const kernel::LibcCall& row, Arch arch) {
  const kernel::NameId name = kernel::find_name(row.call);
  const auto number = kernel::number_of(name, arch);
  const auto bits = static_cast<unsigned>(kernel::info(arch).bits);
  if (!number || row.shows.empty() || (row.bits != 0 && row.bits != bits) || has_seen(name, arch))
    return;
  kernel::Holds certainty = kernel::Holds::No;
  const SeenCall* by = nullptr;
  for (const kernel::LibcSign& sign : row.shows) {
    if (sign.call.empty()) certainty = kernel::Holds::Yes;
    for (const SeenCall& seen : seen_) {
      if (seen.id.arch != arch) continue;
      const kernel::Holds held = shows(sign, seen);
      if (held > certainty || (by == nullptr && held != kernel::Holds::No && held == certainty))
        by = &seen;
      certainty = std::max(certainty, held);
    }
  }
  if (certainty == kernel::Holds::No) return;
  const auto answer = answers_.answer({arch, *number}, usual_arguments(row.call));
  if (!answer || answer->kind == Answer::Kind::Runs || answer->kind == Answer::Kind::Depends)
    return;
  Foreseen out;
  if (by != nullptr) out = made_by(*by, "new-call");
  out.kind = "new-call";
  out.call = std::string(row.call);
  out.arch = arch;
  out.today = "it is not made";
  out.tomorrow = answer_text(*answer, arch);
  const std::string libc = release_text(*tomorrow_.libc);
  out.because = fmt::format(
      "{} {} it in {}{}. {}", libc, certainty == kernel::Holds::Yes ? "makes" : "may make",
      row.function,
      by != nullptr ? fmt::format(", where the trace shows {}", profile::call_text(by->id)) : "",
      answer->by);
  out.source = std::string(row.source);
  const bool falls_back = row.before.empty() || runs_one_of(row.before, arch);
  const bool is_borne =
      answer->kind == Answer::Kind::Errno && row.bears(answer->error) && falls_back;
  out.effect = is_borne                          ? Effect::Borne
               : certainty == kernel::Holds::Yes ? Effect::Breaks
                                                 : Effect::MayBreak;
  if (!is_borne) out.harm = std::string(row.breaks);
  fix_denied(out, *answer);
  // No filter sees clone3's flags; and what is dangerous need not be permitted where ENOSYS does.
  const bool bears_enosys = row.bears(kernel::kENOSYS) && !row.before.empty() && falls_back;
  if (bears_enosys && !is_borne && answer->fix.empty() &&
      (out.rule.empty() || row.call == "clone3")) {
    out.fix = fmt::format("Answer ENOSYS before the roll-out: {} then falls back to {}.", libc,
                          fmt::join(split(row.before, '|'), " or "));
    out.rule = enosys_rule(row.call);
  }
  if (is_borne) {
    out.fix = row.before.empty() ? fmt::format("None is needed: {} goes on without it.", libc)
                                 : fmt::format("None is needed: {} falls back to {}.", libc,
                                               fmt::join(split(row.before, '|'), " or "));
    out.rule.clear();
  }
  add(std::move(out));
}

void Foreseeing::libc_calls() {
  if (!tomorrow_.libc) return;
  for (const kernel::LibcCall* row : kernel::calls_of(*tomorrow_.libc)) {
    for (const Arch arch : archs_) libc_call(*row, arch);
  }
}

// Calls of the runtime's own, between the filter and the program.
void Foreseeing::runtime_start() {
  for (const Arch arch : archs_) {
    if (kernel::info(arch).parent != arch) continue;
    const profile::Evaluator* evaluator = answers_.in_use().on(arch);
    if (evaluator == nullptr) continue;
    profile::Context context = tomorrow_.context;
    context.arch = arch;
    const profile::RuntimeLack lack = profile::runtime_lack(*evaluator, context);
    const std::string_view runtime = profile::name(context.runtime);
    const auto add_all = [&](const std::vector<std::string>& names, Effect effect) {
      for (const std::string& call : names) {
        Foreseen out;
        out.call = call;
        out.arch = arch;
        out.kind = "runtime-start";
        out.effect = effect;
        out.today = "not in the log";
        out.tomorrow = "is denied";
        out.because = fmt::format(
            "{} makes it itself, between the filter and the program{}.", runtime,
            effect == Effect::Breaks ? "" : ", unless no_new_privileges is set for the container");
        out.harm = "no container starts";
        out.fix = "Permit it; `seccomp-medic repair --runtime-calls` adds all of them.";
        out.rule = fmt::format(R"({{"names":["{}"],"action":"SCMP_ACT_ALLOW"}})", call);
        // A name that the runtime drops needs no rule, but a newer libseccomp.
        const auto number = kernel::number_of(kernel::find_name(call), arch);
        const auto answer = number ? answers_.answer({arch, *number}, {}) : std::nullopt;
        if (answer && !answer->fix.empty()) {
          out.fix = answer->fix;
          out.rule.clear();
        }
        add(std::move(out));
      }
    };
    add_all(lack.always, Effect::Breaks);
    if (!analysis_.no_new_privs) add_all(lack.unless_nnp, Effect::MayBreak);
  }
}

Result<report::WhatIfReport> Foreseeing::run() {
  collect();
  for (const Arch arch : archs_) {
    if (answers_.in_use().on(kernel::info(arch).parent) == nullptr &&
        !answers_.in_use().problems().empty())
      return fail(answers_.in_use().problems().front());
  }
  std::set<std::pair<kernel::SyscallId, kernel::Args>> different;
  for (const SeenCall& seen : seen_) {
    different.emplace(seen.id, seen.args);
    replay(seen);
  }
  out_.replayed = different.size();
  libc_calls();
  runtime_start();
  std::stable_sort(out_.foreseen.begin(), out_.foreseen.end(),
                   [](const Foreseen& a, const Foreseen& b) {
                     return std::tuple(a.effect, b.count, a.call, a.arch) <
                            std::tuple(b.effect, a.count, b.call, b.arch);
                   });
  return std::move(out_);
}

}  // namespace

std::vector<std::pair<kernel::NameId, std::uint8_t>> arguments_of(const kernel::LibcRelease& libc) {
  std::vector<std::pair<kernel::NameId, std::uint8_t>> out;
  for (const kernel::LibcCall* row : kernel::calls_of(libc)) {
    for (const kernel::LibcSign& sign : row->shows) {
      if (sign.test.kind == kernel::ArgumentTest::Kind::Bits)
        out.emplace_back(kernel::find_name(sign.call),
                         static_cast<std::uint8_t>(1U << sign.test.index));
    }
  }
  return out;
}

Result<report::WhatIfReport> foresee(const Analysis& analysis, const Tomorrow& tomorrow) {
  return Foreseeing(analysis, tomorrow).run();
}

std::set<std::string> denied_among(const Analysis& analysis, const Tomorrow& tomorrow,
                                   const std::vector<std::string>& calls, kernel::Arch arch) {
  const Answers answers(*analysis.profile, tomorrow);
  std::set<std::string> out;
  for (const std::string& call : calls) {
    const auto number = kernel::number_of(kernel::find_name(call), arch);
    if (!number) continue;
    const auto answer = answers.answer({arch, *number}, {});
    if (answer && (answer->kind == Answer::Kind::Errno || answer->kind == Answer::Kind::Kills))
      out.insert(call);
  }
  return out;
}

}  // namespace medic
