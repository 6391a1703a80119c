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
    if (args.has(i))
      out += fmt::format("{}arg{} == {:#x}", out.empty() ? "" : " and ", i, args.value[i]);
  }
  return out;
}

bool same_call(const PermissionRequest& a, const PermissionRequest& b) {
  return a.syscall == b.syscall && a.args == b.args;
}

std::vector<Choice> choices_for(const diagnose::Finding& finding,
                                const PermissionRequest& request) {
  using profile::Decision;
  const Decision decision = finding.verdict ? finding.verdict->decision : Decision::Allow;
  const bool by_call = request.syscall.name != kernel::kNoName && request.syscall.has_number;
  std::vector<Choice> out;
  const bool can_permit = by_call && (decision == Decision::Deny || decision == Decision::Depends ||
                                      decision == Decision::RuntimeEnosys);
  if (can_permit || decision == Decision::BadArch) out.push_back(Choice::Allow);
  if (can_permit && request.args.known != 0) out.push_back(Choice::Narrow);
  const bool answers_enosys =
      finding.kind == "denied-enosys" || decision == Decision::RuntimeEnosys;
  if (by_call && decision == Decision::Deny && !answers_enosys) out.push_back(Choice::Enosys);
  out.push_back(Choice::Deny);
  out.push_back(Choice::Skip);
  return out;
}

Question question_for(const diagnose::Finding& finding, const PermissionRequest& request) {
  Question out;
  out.finding = &finding;
  out.request = request;
  out.choices = choices_for(finding, request);
  out.seen_arguments = arguments_text(request.args);
  out.is_dangerous = finding.risk.level == kernel::RiskLevel::High ||
                     (request.looks_like_attack && finding.risk.level != kernel::RiskLevel::Low);
  const bool is_fine_as_it_is = request.is_harmless || finding.kind == "denied-enosys" ||
                                finding.kind == "denied-enosys-stub";
  if (out.is_dangerous || is_fine_as_it_is) out.suggested = Choice::Deny;
  const bool can_fall_back =
      std::find(out.choices.begin(), out.choices.end(), Choice::Enosys) != out.choices.end() &&
      kernel::fallback_of(request.syscall.name) != nullptr;
  if (out.suggested == Choice::Skip && can_fall_back) out.suggested = Choice::Enosys;
  return out;
}

}  // namespace

std::string_view name(Choice choice) {
  return std::find_if(std::begin(kNames), std::end(kNames),
                      [&](const auto& each) { return each.first == choice; })
      ->second;
}

std::optional<Choice> choice_from(std::string_view text) {
  for (const auto& [choice, word] : kNames) {
    if (word == text) return choice;
  }
  return std::nullopt;
}

Dialogue::Dialogue(const profile::Profile& profile, const diagnose::Diagnosis& diagnosis,
                   const std::vector<PermissionRequest>& observed, Options options)
    : profile_(profile), observed_(observed), options_(std::move(options)) {
  for (const PermissionRequest& request : requests_of(diagnosis, refused_)) {
    const auto same = std::find_if(questions_.begin(), questions_.end(), [&](const Question& each) {
      return same_call(each.request, request);
    });
    if (same != questions_.end()) {
      same->request.because.insert(same->request.because.end(), request.because.begin(),
                                   request.because.end());
      continue;
    }
    const auto finding = std::find_if(
        diagnosis.findings.begin(), diagnosis.findings.end(),
        [&](const diagnose::Finding& each) { return each.id == request.because.front(); });
    if (finding != diagnosis.findings.end()) questions_.push_back(question_for(*finding, request));
  }
  decisions_.resize(questions_.size());
}

bool Dialogue::decide(std::size_t index, Decision decision) {
  if (index >= questions_.size()) return false;
  const Question& question = questions_[index];
  if (std::find(question.choices.begin(), question.choices.end(), decision.choice) ==
      question.choices.end())
    return false;
  if (permits(decision.choice) && question.is_dangerous && !decision.accepts_risk &&
      !options_.accept_risk.contains(diagnose::call_name(question.request.syscall)))
    return false;
  decisions_[index] = decision;
  return true;
}

Result<Repair> Dialogue::outcome() const {
  Options options = options_;
  std::vector<Refused> refused = refused_;
  std::vector<PermissionRequest> requests, enosys;
  for (std::size_t i = 0; i < questions_.size(); ++i) {
    const PermissionRequest& request = questions_[i].request;
    const std::string call = diagnose::call_name(request.syscall);
    switch (decisions_[i].choice) {
      case Choice::Narrow: options.narrow.insert(call); [[fallthrough]];
      case Choice::Allow:
        options.overrides.insert(call);
        if (decisions_[i].accepts_risk) options.accept_risk.insert(call);
        requests.push_back(request);
        break;
      case Choice::Enosys:
        options.answer_enosys.insert(call);
        enosys.push_back(request);
        break;
      case Choice::Deny:
        refused.push_back({request.syscall.arch, call, Reason::ExplicitDeny,
                           call + ": you keep it denied", request.because, false});
        break;
      case Choice::Skip:
        refused.push_back({request.syscall.arch, call, Reason::Ambiguous, call + ": not decided",
                           request.because, true});
        break;
    }
  }
  // Permitting a call somewhere is more than answering ENOSYS to it elsewhere: a name has one rule.
  for (const PermissionRequest& request : requests)
    options.answer_enosys.erase(diagnose::call_name(request.syscall));
  for (const PermissionRequest& request : enosys) {
    if (options.answer_enosys.contains(diagnose::call_name(request.syscall)))
      requests.push_back(request);
  }
  return repair(profile_, requests, std::move(refused), observed_, options);
}

}  // namespace medic::repair
