#include <doctest/doctest.h>

#include <set>

#include "base/text.h"
#include "cli/commands.h"
#include "cli/help.h"

using namespace medic;
using namespace medic::cli;

namespace {

// What parsing says: the options, or the problem's text with its hint.
DiagnoseOptions parsed(const List& words) {
  DiagnoseOptions out;
  const auto done = parse_options("diagnose", words, out);
  REQUIRE_MESSAGE(done.has_value(), (done ? "" : done.error().text));
  return out;
}

std::string refused(const List& words) {
  DiagnoseOptions out;
  const auto done = parse_options("diagnose", words, out);
  REQUIRE_FALSE(done.has_value());
  CHECK(done.error().kind == ProblemKind::Usage);
  return done.error().text + " / " + done.error().hint;
}

}  // namespace

TEST_CASE("a switch, the last of a text, all of a list, and what is no option") {
  const auto args = parsed({"a.log", "-v", "--phase", "init", "--phase=app", "--comm", "x,y",
                            "--comm", "z", "--", "-b.log"});
  CHECK(args.details);
  CHECK_FALSE(args.tree);
  CHECK(args.phase == "app");
  CHECK_FALSE(args.since.has_value());
  CHECK(args.comm == List{"x,y", "z"});
  CHECK(split_at_commas(args.comm) == List{"x", "y", "z"});
  CHECK(args.positional == List{"a.log", "-b.log"});
}

TEST_CASE("a unique beginning stands for the option, an ambiguous one names its candidates") {
  CHECK(parsed({"--unti", "today", "x"}).until == "today");
  CHECK(parsed({"--prof=p.json"}).profile == "p.json");
  const std::string text = refused({"--in", "x"});
  CHECK(text.find("--input-format") != std::string::npos);
  CHECK(text.find("--inspect") != std::string::npos);
}

TEST_CASE("a near miss is proposed and not taken") {
  CHECK(refused({"--profle", "p.json"}).find("did you mean --profile?") != std::string::npos);
  CHECK(refused({"--wholly-other"}).find("--help") != std::string::npos);
}

TEST_CASE("a value is held to its words, where the table names all of them") {
  CHECK(refused({"--phase", "boot"}) == "--phase 'boot' is not known / init, app, exec or all");
  CHECK(parsed({"--caps", "NET_ADMIN"}).caps == "NET_ADMIN");  // an open list
  CHECK(refused({"--since"}).find("missing") != std::string::npos);
}

TEST_CASE("a command's options become another's, group by group") {
  CheckOptions check;
  check.comm = {"nginx"};
  check.profile = "p.json";
  check.quiet = true;
  check.positional = {"x.log"};
  const DiagnoseOptions diagnose = check;
  CHECK(diagnose.comm == List{"nginx"});
  CHECK(diagnose.profile == "p.json");
  CHECK(diagnose.quiet);
  CHECK(diagnose.positional == List{"x.log"});
  CHECK_FALSE(diagnose.checkpoint.has_value());
}

TEST_CASE(
    "no command has two options of a name or letter, and every example's options are its own") {
  for (const Command& command : all_commands()) {
    CAPTURE(command.name);
    std::set<std::string> names = {"--help", "--color", "--quiet", "-h", "-q"};
    for (const OptionGroup& group : command.groups) {
      for (const OptionRow& row : group.rows) {
        CHECK(names.insert("--" + std::string(row.name)).second);
        if (row.short_name != 0) CHECK(names.insert(std::string("-") + row.short_name).second);
      }
    }
    CHECK(command.examples.size() == 3);
    for (const std::string_view example : command.examples) {
      CAPTURE(example);
      CHECK(example.starts_with(command.name));
      for (const std::string_view word : split(example, ' ')) {
        if (word.size() > 1 && word.front() == '-') CHECK(names.contains(std::string(word)));
      }
    }
  }
}

TEST_CASE("help fits the terminal and names every option") {
  for (const Command& command : all_commands()) {
    report::Style style;
    style.width = 80;
    const std::string full = help_text(command, HelpForm::Long, style),
                      brief = help_text(command, HelpForm::Short, style);
    for (const OptionGroup& group : command.groups) {
      for (const OptionRow& row : group.rows) {
        CHECK(full.find("--" + std::string(row.name)) != std::string::npos);
        CHECK(brief.find("--" + std::string(row.name)) != std::string::npos);
      }
    }
    for (const std::string& text : {full, brief}) {
      for (const std::string_view line : split(text, '\n')) {
        CAPTURE(line);
        CHECK((line.size() <= 100 || line.starts_with("usage:")));
      }
    }
    CHECK(brief.size() < full.size());
  }
}
