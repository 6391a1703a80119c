// A repair in which a person decides call by call, in aa-logprof's manner. This part asks and
// plans; who talks to the person stands elsewhere. Nothing is decided by silence: what is not
// answered stays denied and is said to be undecided.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "repair/repair.h"

namespace medic::repair {

enum class Choice : std::uint8_t {
  Allow,   // permit the call as a plain repair would
  Narrow,  // permit it with the seen arguments alone
  Enosys,  // keep it denied, but answer ENOSYS, so that libc falls back
  Deny,    // keep it denied as it is: decided
  Skip     // leave it undecided
};
std::string_view name(Choice choice);                      // allow|narrow|enosys|deny|skip
std::optional<Choice> choice_from(std::string_view text);  // the name

struct Question {
  const diagnose::Finding* finding = nullptr;  // the first that asks; lives in the diagnosis
  PermissionRequest request;
  std::vector<Choice> choices;      // that make sense here, Deny and Skip always among them
  Choice suggested = Choice::Skip;  // never one that permits
  bool is_dangerous = false;        // permitting it wants the risk accepted in so many words
  std::string seen_arguments;       // "arg0 == 0x28", empty when none are known
};

struct Decision {
  Choice choice = Choice::Skip;
  bool accepts_risk = false;  // said in so many words
};

class Dialogue {
 public:
  // All must outlive it. options: what the command line permits already; --never stays above every
  // answer.
  Dialogue(const profile::Profile& profile, const diagnose::Diagnosis& diagnosis,
           const std::vector<PermissionRequest>& observed, Options options);

  const std::vector<Question>& questions() const { return questions_; }
  // False, and nothing is noted, where the choice is none of the question's or permits what is
  // dangerous without the risk being accepted.
  bool decide(std::size_t question, Decision decision);
  // What the answers so far come to, proven.
  Result<Repair> outcome() const;

 private:
  const profile::Profile& profile_;
  const std::vector<PermissionRequest>& observed_;
  Options options_;
  std::vector<Refused> refused_;  // of other layers
  std::vector<Question> questions_;
  std::vector<Decision> decisions_;
};

}  // namespace medic::repair
