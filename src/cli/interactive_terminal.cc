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
  std::string_view label;
};
constexpr Key kKeys[] = {
    {'a', Choice::Allow, "(A)llow"},
    {'n', Choice::Narrow, "(N)arrow to the seen arguments"},
    {'e', Choice::Enosys, "answer (E)NOSYS"},
    {'d', Choice::Deny, "(D)eny and keep"},
    {'s', Choice::Skip, "(S)kip"},
};

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
    const bool offered = std::find(question.choices.begin(), question.choices.end(), key.choice) != question.choices.end();
    if (offered) out += fmt::format("{}{}", out.empty() ? "" : " / ", key.label);
  }
  return fmt::format("{} / (V)iew the diff / (F)inish [{}]: ", out, repair::name(question.suggested));
}

std::string shown(const repair::Question& question, std::size_t number, const report::Style& style) {
  std::string out = report::finding_text(*question.finding, number, style);
  if (!question.seen_arguments.empty()) out += fmt::format("   {:<10}{}\n", "arguments", question.seen_arguments);
  return '\n' + out;
}

enum class Step : std::uint8_t { Decided, Finish, BrokenOff };

// The call's name typed in full: no key that is hit by chance permits what is dangerous.
std::optional<bool> accepts_risk(const repair::Question& question) {
  const std::string name = diagnose::call_name(question.request.syscall);
  show(fmt::format("Permitting {0} is dangerous: it {1}. Type its name to accept that, or Enter to think again: ", name,
                   question.finding->risk.why));
  const auto line = read_line();
  if (!line) return std::nullopt;
  return *line == name;
}

std::optional<Choice> choice_of(const std::string& typed, const repair::Question& question) {
  if (typed.empty()) return question.suggested;
  const char letter = static_cast<char>(typed.front() | 0x20);
  for (const Key& key : kKeys) {
    if (typed.size() == 1 && key.letter == letter) return key.choice;
  }
  return repair::choice_from(typed);
}

Step request_one(repair::Dialogue& dialogue, std::size_t index, const profile::Profile& old, const report::Style& style) {
  const repair::Question& question = dialogue.questions()[index];
  show(shown(question, index + 1, style));
  for (;;) {
    show(menu(question));
    const auto line = read_line();
    if (!line) return Step::BrokenOff;
    if (*line == "f" || *line == "F" || *line == "finish") return Step::Finish;
    if (*line == "v" || *line == "V" || *line == "diff") {
      const auto made = dialogue.outcome();
      show(made ? profile::unified_diff(old.text, made->text, old.path, old.path) : render(made.error()));
      continue;
    }
    const auto choice = choice_of(*line, question);
    if (!choice) {
      show("That is none of these.\n");
      continue;
    }
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

Decided ask_in_terminal(repair::Dialogue& dialogue, const profile::Profile& old, const report::Style& style) {
  const std::size_t count = dialogue.questions().size();
  show(count == 0 ? "Nothing was denied by this profile: there is nothing to decide.\n"
                  : fmt::format("{} call{} to decide on. Nothing is written before you say so.\n", count, count == 1 ? "" : "s"));
  for (std::size_t i = 0; i < count; ++i) {
    const Step step = request_one(dialogue, i, old, style);
    if (step == Step::BrokenOff) return std::optional<repair::Repair>();
    if (step == Step::Finish) break;
  }
  auto made = dialogue.outcome();
  if (!made) return fail(std::move(made.error()));
  if (made->text == old.text) return std::optional(std::move(*made));
  show('\n' + profile::unified_diff(old.text, made->text, old.path, old.path) + "Write this? (y)es / (n)o [no]: ");
  const auto line = read_line();
  if (!line || (*line != "y" && *line != "Y" && *line != "yes")) return std::optional<repair::Repair>();
  return std::optional(std::move(*made));
}

}  // namespace medic::cli
