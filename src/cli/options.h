// A struct of typed options for each command, made from the one table of options.def.
#pragma once

#include <concepts>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <variant>
#include <vector>

#include "base/result.h"

namespace medic::cli {

using Text = std::optional<std::string>;
using List = std::vector<std::string>;

#define GROUP(name, title) \
  struct name##Options {   \
    static constexpr std::string_view kTitle = title;
#define FLAG(member, ...) bool member = false;
#define TEXT(member, ...) Text member;
#define LIST(member, ...) List member;
#define END_GROUP \
  }               \
  ;
#include "cli/options.def"
#undef GROUP
#undef FLAG
#undef TEXT
#undef LIST
#undef END_GROUP

// What a command takes: its groups' members, and what is no option.
template <class... Groups>
struct Options : CommonOptions, Groups... {
  List positional;

  Options() = default;
  // The groups that both have; those that the other lacks keep their defaults.
  template <class... Others>
  requires(!std::same_as<Options<Others...>, Options<Groups...>>)
      Options(const Options<Others...>& other)
      : CommonOptions(other), positional(other.positional) {
    (take<Groups>(other), ...);
  }

 private:
  template <class Group, class Other>
  void take(const Other& other) {
    if constexpr (std::is_base_of_v<Group, Other>) static_cast<Group&>(*this) = other;
  }
};

struct OptionRow {
  std::string_view name;     // without the dashes
  char short_name;           // 0: none
  std::string_view metavar;  // empty: a switch
  std::string_view values;   // see options.def
  std::string_view help;     // empty: not shown
};

// A group as help and completion see it. Lives as long as the program.
struct OptionGroup {
  std::string_view title;
  std::span<const OptionRow> rows;
};

// A row and where its value goes.
using Target = std::variant<bool*, Text*, List*>;
struct Bound {
  const OptionRow* row;
  Target to;
};

template <class Group>
std::span<const OptionRow> rows_of();
template <class Group>
void bind_members(Group& options, std::vector<Bound>& out);

// Parses into the targets. Wrong words are a Problem of kind Usage that names the nearest right
// one. A unique beginning of an option's name stands for it.
Result<void> parse_words(std::string_view command, std::span<const Bound> bound, const List& words,
                         List& positional);

template <class... Groups>
Result<void> parse_options(std::string_view command, const List& words, Options<Groups...>& out) {
  std::vector<Bound> bound;
  (bind_members<Groups>(out, bound), ...);
  bind_members<CommonOptions>(out, bound);
  return parse_words(command, bound, words, out.positional);
}

// Each value split at commas, without blanks around; empty ones are left out.
List split_at_commas(const List& values);

#define GROUP(name, title)                             \
  template <>                                          \
  std::span<const OptionRow> rows_of<name##Options>(); \
  template <>                                          \
  void bind_members(name##Options& options, std::vector<Bound>& out);
#define FLAG(...)
#define TEXT(...)
#define LIST(...)
#define END_GROUP
#include "cli/options.def"
#undef GROUP
#undef FLAG
#undef TEXT
#undef LIST
#undef END_GROUP

}  // namespace medic::cli
