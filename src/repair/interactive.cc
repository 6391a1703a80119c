#include "repair/interactive.h"

#include <fmt/format.h>

#include <algorithm>

#include "kernel/knowledge.h"

namespace medic::repair {
namespace {

constexpr std::pair<Choice, std::string_view> kNames[] = {{Choice::Allow, "allow"},
                                                          {Choice::Narrow, "narrow"},
                                                          {Choice::Enosys, "enosys"},
                                                          {Choice::Deny, "deny"},
                                                          {Choice::Skip, "skip"}};

bool permits(Choice choice) { return choice == Choice::Allow || choice == Choice::Narrow; }

std::string arguments_text(const kernel::Args& args) {
  std::string out;
  for (unsigned i = 0; i < kernel::kArgCount; ++i) {
    if (args.has(i)) out += fmt::format("{}arg{} == {:#x}", out.empty() ? "" : " and ", i, args.value[i]);
  }
  return out;
}

bool same_call(const Ask& a, const Ask& b) { return a.syscall == b.syscall && a.args == b.args; }

std::vector<Choice> choices_for(const diagnose::Finding& finding, const Ask& ask) {
  using profile::Decision;
  const Decision decision = finding.verdict ? finding.verdict->decision : Decision::Allow;
  const bool by_call = ask.syscall.name != kernel::kNoName && ask.syscall.has_number;
  std::vector<Choice> out;
  const bool can_permit =
      by_call && (decision == Decision::Deny || decision == Decision::Depends || decision == Decision::RuntimeEnosys);
  if (can_permit || decision == Decision::BadArch) out.push_back(Choice::Allow);
  if (can_permit && ask.args.known != 0) out.push_back(Choice::Narrow);
  const bool answers_enosys = finding.kind == "denied-enosys" || decision == Decision::RuntimeEnosys;
  if (by_call && decision == Decision::Deny && !answers_enosys) out.push_back(Choice::Enosys);
  out.push_back(Choice::Deny);
  out.push_back(Choice::Skip);
  return out;
}

Question question_for(const diagnose::Finding& finding, const Ask& ask) {
  Question out;
  out.finding = &finding;
  out.ask = ask;
  out.choices = choices_for(finding, ask);
  out.seen_arguments = arguments_text(ask.args);
  out.is_dangerous =
      finding.risk.level == kernel::RiskLevel::High || (ask.looks_like_attack && finding.risk.level != kernel::RiskLevel::Low);
  const bool is_fine_as_it_is = ask.is_harmless || finding.kind == "denied-enosys" || finding.kind == "denied-enosys-stub";
  if (out.is_dangerous || is_fine_as_it_is) out.suggested = Choice::Deny;
  const bool can_fall_back = std::find(out.choices.begin(), out.choices.end(), Choice::Enosys) != out.choices.end() &&
                             kernel::fallback_of(ask.syscall.name) != nullptr;
  if (out.suggested == Choice::Skip && can_fall_back) out.suggested = Choice::Enosys;
  return out;
}

}  // namespace

std::string_view name(Choice choice) {
  return std::find_if(std::begin(kNames), std::end(kNames), [&](const auto& each) { return each.first == choice; })->second;
}

std::optional<Choice> choice_from(std::string_view text) {
  for (const auto& [choice, word] : kNames) {
    if (word == text) return choice;
  }
  return std::nullopt;
}

Dialogue::Dialogue(const profile::Profile& profile, const diagnose::Diagnosis& diagnosis, const std::vector<Ask>& observed,
                   Options options)
    : profile_(profile), observed_(observed), options_(std::move(options)) {
  for (const Ask& ask : asks_of(diagnosis, refused_)) {
    const auto same =
        std::find_if(questions_.begin(), questions_.end(), [&](const Question& each) { return same_call(each.ask, ask); });
    if (same != questions_.end()) {
      same->ask.because.insert(same->ask.because.end(), ask.because.begin(), ask.because.end());
      continue;
    }
    const auto finding = std::find_if(diagnosis.findings.begin(), diagnosis.findings.end(),
                                      [&](const diagnose::Finding& each) { return each.id == ask.because.front(); });
    if (finding != diagnosis.findings.end()) questions_.push_back(question_for(*finding, ask));
  }
  decisions_.resize(questions_.size());
}

bool Dialogue::decide(std::size_t index, Decision decision) {
  if (index >= questions_.size()) return false;
  const Question& question = questions_[index];
  if (std::find(question.choices.begin(), question.choices.end(), decision.choice) == question.choices.end()) return false;
  if (permits(decision.choice) && question.is_dangerous && !decision.accepts_risk &&
      !options_.accept_risk.contains(diagnose::call_name(question.ask.syscall)))
    return false;
  decisions_[index] = decision;
  return true;
}

Result<Repair> Dialogue::outcome() const {
  Options options = options_;
  std::vector<Refused> refused = refused_;
  std::vector<Ask> asks, enosys;
  for (std::size_t i = 0; i < questions_.size(); ++i) {
    const Ask& ask = questions_[i].ask;
    const std::string call = diagnose::call_name(ask.syscall);
    switch (decisions_[i].choice) {
      case Choice::Narrow: options.narrow.insert(call); [[fallthrough]];
      case Choice::Allow:
        options.overrides.insert(call);
        if (decisions_[i].accepts_risk) options.accept_risk.insert(call);
        asks.push_back(ask);
        break;
      case Choice::Enosys:
        options.answer_enosys.insert(call);
        enosys.push_back(ask);
        break;
      case Choice::Deny:
        refused.push_back({ask.syscall.arch, call, Reason::ExplicitDeny, call + ": you keep it denied", ask.because, false});
        break;
      case Choice::Skip:
        refused.push_back({ask.syscall.arch, call, Reason::Ambiguous, call + ": not decided", ask.because, true});
        break;
    }
  }
  // Permitting a call somewhere is more than answering ENOSYS to it elsewhere: a name has one rule.
  for (const Ask& ask : asks) options.answer_enosys.erase(diagnose::call_name(ask.syscall));
  for (const Ask& ask : enosys) {
    if (options.answer_enosys.contains(diagnose::call_name(ask.syscall))) asks.push_back(ask);
  }
  return repair(profile_, asks, std::move(refused), observed_, options);
}

}  // namespace medic::repair
