#include "cli/options.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/program_options.hpp>

#include "base/text.h"

namespace medic::cli {

// The rows of every group.
#define GROUP(name, title)                              \
  template <>                                           \
  std::span<const OptionRow> rows_of<name##Options>() { \
    static constexpr OptionRow kRows[] = {
#define FLAG(member, name, letter, help) {name, letter, "", "", help},
#define TEXT(member, name, letter, metavar, values, help) {name, letter, metavar, values, help},
#define LIST(member, name, letter, metavar, values, help) {name, letter, metavar, values, help},
#define END_GROUP \
  }               \
  ;               \
  return kRows;   \
  }
#include "cli/options.def"
#undef GROUP
#undef FLAG
#undef TEXT
#undef LIST
#undef END_GROUP

// The members of every group, in the rows' order.
#define GROUP(name, title)                                             \
  template <>                                                          \
  void bind_members(name##Options& options, std::vector<Bound>& out) { \
    const OptionRow* row = rows_of<name##Options>().data();
#define FLAG(member, ...) out.push_back({row++, &options.member});
#define TEXT(member, ...) out.push_back({row++, &options.member});
#define LIST(member, ...) out.push_back({row++, &options.member});
#define END_GROUP }
#include "cli/options.def"
#undef GROUP
#undef FLAG
#undef TEXT
#undef LIST
#undef END_GROUP

namespace {

namespace po = boost::program_options;

Problem usage(std::string text, std::string hint) {
  Problem problem;
  problem.kind = ProblemKind::Usage;
  problem.text = std::move(text);
  problem.hint = std::move(hint);
  return problem;
}

std::string nearest_option(std::string_view command, std::span<const Bound> bound,
                           std::string_view typed) {
  std::string best;
  unsigned distance = 4;
  for (const Bound& each : bound) {
    const unsigned now = edit_distance(typed, each.row->name, 3);
    if (now < distance) {
      distance = now;
      best = fmt::format("did you mean --{}?", each.row->name);
    }
  }
  return best.empty() ? fmt::format("`seccomp-medic {} --help` lists the options", command) : best;
}

std::string joined(std::vector<std::string> names) {
  std::string out;
  for (std::size_t i = 0; i < names.size(); ++i)
    out += (i == 0 ? "" : i + 1 == names.size() ? " or " : ", ") + names[i];
  return out;
}

po::options_description description_of(std::span<const Bound> bound) {
  po::options_description description;
  for (const Bound& each : bound) {
    const OptionRow& row = *each.row;
    const std::string names = row.short_name == 0 ? std::string(row.name)
                                                  : fmt::format("{},{}", row.name, row.short_name);
    if (row.metavar.empty())
      description.add_options()(names.c_str(), "");
    else
      description.add_options()(names.c_str(), po::value<List>(), "");
  }
  return description;
}

// Holds a value to the words of its row, where those are all that there are.
Result<void> check_value(const OptionRow& row, const std::string& value) {
  if (row.values.empty() || row.values.front() == '@') return {};
  std::vector<std::string> words;
  for (const std::string_view word : split(row.values, '|')) {
    if (word == value || word == "…") return {};
    words.emplace_back(word);
  }
  return fail(usage(fmt::format("--{} '{}' is not known", row.name, value), joined(words)));
}

Result<void> store(const Bound& bound, const List& values) {
  if (bool* const* flag = std::get_if<bool*>(&bound.to)) **flag = true;
  for (const std::string& value : values) {
    if (Text* const* text = std::get_if<Text*>(&bound.to)) **text = value;
    if (List* const* list = std::get_if<List*>(&bound.to)) (*list)->push_back(value);
    if (auto checked = check_value(*bound.row, value); !checked) return checked;
  }
  return {};
}

}  // namespace

Result<void> parse_words(std::string_view command, std::span<const Bound> bound, const List& words,
                         List& positional) {
  const std::string help = fmt::format("`seccomp-medic {} --help` lists the options", command);
  try {
    const po::options_description description = description_of(bound);
    const auto parsed = po::command_line_parser(words)
                            .options(description)
                            .style(po::command_line_style::unix_style)
                            .run();
    for (const auto& option : parsed.options) {
      if (option.position_key >= 0) {
        positional.insert(positional.end(), option.value.begin(), option.value.end());
        continue;
      }
      const auto at = std::find_if(bound.begin(), bound.end(), [&](const Bound& each) {
        return each.row->name == option.string_key;
      });
      if (at == bound.end()) continue;
      if (auto stored = store(*at, option.value); !stored) return stored;
    }
  } catch (const po::ambiguous_option& error) {
    std::vector<std::string> names;
    for (const std::string& name : error.alternatives()) {
      const std::string spelt = "--" + name;
      if (std::find(names.begin(), names.end(), spelt) == names.end()) names.push_back(spelt);
    }
    return fail(usage(fmt::format("option '{}' begins several names", error.get_option_name()),
                      joined(names)));
  } catch (const po::unknown_option& error) {
    std::string typed = error.get_option_name();
    typed.erase(0, typed.find_first_not_of('-'));
    return fail(usage(fmt::format("unknown option '{}'", error.get_option_name()),
                      nearest_option(command, bound, typed)));
  } catch (const po::error& error) {
    return fail(usage(error.what(), help));
  }
  return {};
}

List split_at_commas(const List& values) {
  List out;
  for (const std::string& each : values) {
    for (const std::string_view part : split(each, ',')) {
      if (!trim(part).empty()) out.emplace_back(trim(part));
    }
  }
  return out;
}

}  // namespace medic::cli
