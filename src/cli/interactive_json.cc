#include <fmt/format.h>

#include <iostream>
#include <nlohmann/json.hpp>

#include "base/escape_json.h"
#include "cli/interactive.h"
#include "edit/edit.h"

namespace medic::cli {
namespace {

using Json = nlohmann::ordered_json;

// A peer that never ends its line must not fill the memory.
constexpr std::size_t kLongestAnswer = 64 << 10;

Result<void> tell(const Json& message) {
  const std::string line =
      escape_json(message.dump(-1, ' ', false, Json::error_handler_t::replace)) + "\n";
  if (print(line) == kDone) return {};
  Problem problem;
  problem.kind = ProblemKind::Output;
  problem.text = "the other side of the dialogue is gone";
  return fail(std::move(problem));
}

Json question_json(const repair::Question& question, std::size_t index, std::size_t count) {
  Json choices = Json::array();
  for (const repair::Choice each : question.choices) choices.push_back(repair::name(each));
  choices.push_back("diff");
  choices.push_back("finish");
  const diagnose::Finding& finding = *question.finding;
  return {{"dialogue", "question"},
          {"number", index + 1},
          {"of", count},
          {"syscall", diagnose::call_name(question.request.syscall)},
          {"arch", kernel::name(question.request.syscall.arch)},
          {"arguments",
           question.seen_arguments.empty() ? Json(nullptr) : Json(question.seen_arguments)},
          {"findings", question.request.because},
          {"kind", finding.kind},
          {"summary", finding.summary},
          {"count", finding.count},
          {"risk", {{"level", kernel::name(finding.risk.level)}, {"why", finding.risk.why}}},
          {"intrusion", finding.intrusion},
          {"choices", choices},
          {"suggested", repair::name(question.suggested)},
          {"needs_accept_risk", question.is_dangerous}};
}

// Nothing at the end of input; a line that is no answer is reported and another one read.
std::optional<Json> read_answer() {
  std::string line;
  for (int byte = std::cin.get(); byte != EOF && byte != '\n' && line.size() < kLongestAnswer;
       byte = std::cin.get())
    line += static_cast<char>(byte);
  if (line.empty() && std::cin.eof()) return std::nullopt;
  return Json::parse(line, nullptr, false);
}

std::string word_of(const Json& answer, std::string_view key) {
  const auto found = answer.is_object() ? answer.find(key) : answer.end();
  return answer.is_object() && found != answer.end() && found->is_string()
             ? found->get<std::string>()
             : std::string();
}

enum class Step : std::uint8_t { Decided, Finish, BrokenOff };

Result<Step> request_one(repair::Dialogue& dialogue, std::size_t index,
                         const profile::Profile& old) {
  const repair::Question& question = dialogue.questions()[index];
  for (;;) {
    if (auto given = tell(question_json(question, index, dialogue.questions().size())); !given)
      return fail(std::move(given.error()));
    const auto answer = read_answer();
    if (!answer) return Step::BrokenOff;
    const std::string word = word_of(*answer, "answer");
    if (word == "finish") return Step::Finish;
    Json reply = {
        {"dialogue", "error"},
        {"text", "the answer has to be one of the question's choices: {\"answer\": \"skip\"}"}};
    if (word == "diff") {
      const auto made = dialogue.outcome();
      reply = {{"dialogue", "diff"},
               {"text", made ? profile::unified_diff(old.text, made->text, old.path, old.path)
                             : render(made.error())}};
    } else if (const auto choice = repair::choice_from(word)) {
      const bool accepts =
          answer->contains("accept_risk") && (*answer)["accept_risk"] == Json(true);
      if (dialogue.decide(index, {*choice, accepts})) return Step::Decided;
      if (question.is_dangerous && !accepts)
        reply["text"] =
            "permitting it is dangerous: say \"accept_risk\": true as well, or choose otherwise";
    }
    if (auto given = tell(reply); !given) return fail(std::move(given.error()));
  }
}

}  // namespace

Decided ask_in_json(repair::Dialogue& dialogue, const profile::Profile& old) {
  for (std::size_t i = 0; i < dialogue.questions().size(); ++i) {
    auto step = request_one(dialogue, i, old);
    if (!step) return fail(std::move(step.error()));
    if (*step == Step::BrokenOff) return std::optional<repair::Repair>();
    if (*step == Step::Finish) break;
  }
  auto made = dialogue.outcome();
  if (!made) return fail(std::move(made.error()));
  return std::optional(std::move(*made));
}

int end_json(const repair::Repair* made) {
  if (made == nullptr) return tell({{"dialogue", "broken-off"}}) ? kDone : kOutput;
  Json added = Json::array(), refused = Json::array();
  for (const repair::Added& each : made->added)
    added.push_back(each.syscall.empty() ? std::string(kernel::info(each.arch).oci_token)
                                         : each.syscall);
  for (const repair::Refused& each : made->refused)
    refused.push_back({{"syscall", each.syscall},
                       {"reason", repair::json_name(each.reason)},
                       {"text", each.text}});
  return tell({{"dialogue", "done"},
               {"complete", made->complete()},
               {"added", added},
               {"refused", refused},
               {"notes", made->notes},
               {"profile_text", made->text}})
             ? kDone
             : kOutput;
}

}  // namespace medic::cli
