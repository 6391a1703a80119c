#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <iostream>

#include "base/text.h"
#include "cli/interactive.h"
#include "edit/edit.h"

namespace medic::cli {
namespace {

using repair::Choice;

struct Key {
  char letter;
  Choice choice;
  std::string_view label, meaning;
};
constexpr Key kKeys[] = {
    {'a', Choice::Allow, "(a)llow", "permit the call, as a plain repair would"},
    {'n', Choice::Narrow, "(n)arrow", "permit it with the seen arguments alone"},
    {'e', Choice::Enosys, "(e)nosys",
     "keep it denied, but answer ENOSYS, so that the C library falls back"},
    {'d', Choice::Deny, "(d)eny", "keep it denied as it is"},
    {'s', Choice::Skip, "(s)kip", "leave it undecided; Enter does the same"},
};
constexpr std::string_view kHelp =
    "  A   allow this call and all that follow; what is dangerous is still asked\n"
    "  v   view the diff so far\n"
    "  f   finish: the rest stays undecided; the diff is shown before anything is written\n"
    "  q   quit: nothing is written\n"
    "  ?   this list\n";

void show(const std::string& text) { std::fwrite(text.data(), 1, text.size(), stderr); }

// A line without its end; nothing at the end of input.
std::optional<std::string> read_line() {
  std::string line;
  if (!std::getline(std::cin, line)) return std::nullopt;
  return std::string(trim(line));
}

std::string menu(const repair::Question& question) {
  std::string out;
  for (const Key& key : kKeys) {
    const bool offered = std::find(question.choices.begin(), question.choices.end(), key.choice) !=
                         question.choices.end();
    if (offered) out += fmt::format("{}{}", out.empty() ? "" : " / ", key.label);
  }
  const std::string risk =
      question.is_dangerous ? fmt::format("{} risk. ", kernel::name(question.finding->risk.level))
                            : "";
  return fmt::format("{}{} / (v)iew / (f)inish / (q)uit / ? [skip]: ", risk, out);
}

std::string help_for(const repair::Question& question) {
  std::string out;
  for (const Key& key : kKeys) {
    const bool offered = std::find(question.choices.begin(), question.choices.end(), key.choice) !=
                         question.choices.end();
    if (offered) out += fmt::format("  {}   {}\n", key.letter, key.meaning);
  }
  return out + std::string(kHelp);
}

std::string shown(const repair::Question& question, std::size_t number,
                  const report::Style& style) {
  std::string out = report::finding_text(*question.finding, number, style);
  if (!question.seen_arguments.empty())
    out += fmt::format("   {:<10}{}\n", "arguments", question.seen_arguments);
  return '\n' + out;
}

enum class Step : std::uint8_t { Decided, Finish, BrokenOff };

// The call's name typed in full: no key that is hit by chance permits what is dangerous.
std::optional<bool> accepts_risk(const repair::Question& question) {
  const std::string name = diagnose::call_name(question.request.syscall);
  show(
      fmt::format("Permitting {0} is dangerous: it {1}. Type its name to accept that, or Enter to "
                  "think again: ",
                  name, question.finding->risk.why));
  const auto line = read_line();
  if (!line) return std::nullopt;
  return *line == name;
}

std::optional<Choice> choice_of(const std::string& typed) {
  if (typed.empty()) return Choice::Skip;
  const char letter = static_cast<char>(typed.front() | 0x20);
  for (const Key& key : kKeys) {
    if (typed.size() == 1 && key.letter == letter) return key.choice;
  }
  return repair::choice_from(typed);
}

// Nothing: the line was a wish that is no decision (help, the diff), or no answer at all, and was
// served.
std::optional<Step> serve(const std::string& line, const repair::Dialogue& dialogue,
                          const repair::Question& question, const profile::Profile& old) {
  if (line == "f" || line == "F" || line == "finish") return Step::Finish;
  if (line == "q" || line == "Q" || line == "quit") return Step::BrokenOff;
  if (line == "?" || line == "h" || line == "help") {
    show(help_for(question));
  } else if (line == "v" || line == "V" || line == "diff") {
    const auto made = dialogue.outcome();
    show(made ? profile::unified_diff(old.text, made->text, old.path, old.path)
              : render(made.error()));
  } else {
    show("That is none of these; ? lists them.\n");
  }
  return std::nullopt;
}

// `allow_all`: somebody said A, so that what is not dangerous is not asked any more; set here when
// it is said now.
Step request_one(repair::Dialogue& dialogue, std::size_t index, const profile::Profile& old,
                 const report::Style& style, bool& allow_all) {
  const repair::Question& question = dialogue.questions()[index];
  const bool can_allow = std::find(question.choices.begin(), question.choices.end(),
                                   Choice::Allow) != question.choices.end();
  if (allow_all && can_allow && !question.is_dangerous &&
      dialogue.decide(index, {Choice::Allow, false}))
    return Step::Decided;
  show(shown(question, index + 1, style));
  for (;;) {
    show(menu(question));
    const auto line = read_line();
    if (!line) return Step::BrokenOff;
    allow_all = allow_all || *line == "A";
    const auto choice = choice_of(*line);
    if (!choice) {
      if (const auto step = serve(*line, dialogue, question, old)) return *step;
      continue;
    }
    if (line->empty()) show("Skipped: it stays denied.\n");
    repair::Decision decision{*choice, false};
    const bool permits = *choice == Choice::Allow || *choice == Choice::Narrow;
    if (permits && question.is_dangerous) {
      const auto accepted = accepts_risk(question);
      if (!accepted) return Step::BrokenOff;
      if (!*accepted) continue;
      decision.accepts_risk = true;
    }
    if (dialogue.decide(index, decision)) return Step::Decided;
    show("That cannot be chosen here.\n");
  }
}

}  // namespace

Decided ask_in_terminal(repair::Dialogue& dialogue, const profile::Profile& old,
                        const report::Style& style) {
  const std::size_t count = dialogue.questions().size();
  show(count == 0 ? "Nothing was denied by this profile: there is nothing to decide.\n"
                  : fmt::format("{} call{} to decide on. Nothing is written before you say so.\n",
                                count, count == 1 ? "" : "s"));
  bool allow_all = false;
  for (std::size_t i = 0; i < count; ++i) {
    const Step step = request_one(dialogue, i, old, style, allow_all);
    if (step == Step::BrokenOff) return std::optional<repair::Repair>();
    if (step == Step::Finish) break;
  }
  auto made = dialogue.outcome();
  if (!made) return fail(std::move(made.error()));
  if (made->text == old.text) return std::optional(std::move(*made));
  show('\n' + profile::unified_diff(old.text, made->text, old.path, old.path) +
       "Write this? (y)es / (n)o [no]: ");
  const auto line = read_line();
  if (!line || (*line != "y" && *line != "Y" && *line != "yes"))
    return std::optional<repair::Repair>();
  return std::optional(std::move(*made));
}

}  // namespace medic::cli
