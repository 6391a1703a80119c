#include "parsers/strace/arguments.h"

#include <array>
#include <boost/spirit/home/x3.hpp>

#include "base/text.h"
#include "kernel/constants.h"
#include "parsers/strace/argument_order.h"

namespace medic::parsers::strace {
namespace {

namespace x3 = boost::spirit::x3;
using kernel::Arch;
using Iterator = const char*;
using Range = boost::iterator_range<Iterator>;

// Deeper nesting than any structure strace prints.
constexpr std::size_t kMaxArguments = 12;

// What the grammar fills in, argument by argument.
struct Collected {
  Arch arch = Arch::Unknown;
  std::uint16_t wanted = 0xFFFF;  // a bit per printed argument
  std::size_t count = 0;
  std::array<PrintedArgument, kMaxArguments> arguments;
  std::uint64_t parts[4] = {};  // of makedev(), _IOC(), QCMD()
  std::size_t part_count = 0;
  bool part_known = true;

  PrintedArgument& current() { return arguments[count]; }
  void add(std::optional<std::uint64_t> value) {
    PrintedArgument& argument = current();
    argument.known = argument.known && value.has_value();
    argument.value |= value.value_or(0);
  }
};

struct CollectedTag;
Collected& collected(auto& context) { return x3::get<CollectedTag>(context).get(); }

std::string_view view(const Range& range) {
  return {range.begin(), static_cast<std::size_t>(range.end() - range.begin())};
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Skips one quoted string, from its quote; returns behind the closing one, or last.
Iterator skip_string(Iterator at, Iterator last) {
  for (++at; at != last && *at != '"'; ++at) {
    if (*at == '\\' && at + 1 != last) ++at;
  }
  return at == last ? last : at + 1;
}

// Behind the '>' of a `<path>`; -yy nests one: `0</dev/null<char 1:3>>`, and sockets hold `->`.
Iterator skip_path(Iterator at, Iterator last) {
  int depth = 0;
  for (; at != last; ++at) {
    if (*at == '<') ++depth;
    if (*at == '>' && at[-1] != '-' && --depth == 0) return at + 1;
  }
  return last;
}

// Any argument text up to the ", " that ends it. Counts brackets, does not recurse.
struct OpaqueParser : x3::parser<OpaqueParser> {
  using attribute_type = x3::unused_type;
  static constexpr bool has_attribute = false;

  template <class It, class Context, class RuleContext, class Attribute>
  bool parse(It& first, const It& last, const Context&, RuleContext&, Attribute&) const {
    int depth = 0;
    It at = first;
    while (at != last) {
      switch (*at) {
        case '"': at = skip_string(at, last); continue;
        case '<':
          if (at != first && (is_digit(at[-1]) || at[-1] == 'D')) {
            at = skip_path(at, last);
            continue;
          }
          break;
        case '(':
        case '[':
        case '{': ++depth; break;
        case ')':
        case ']':
        case '}': --depth; break;
        case ',':
          if (depth <= 0 && at + 1 != last && at[1] == ' ') {
            first = at;
            return true;
          }
          break;
        default: break;
      }
      ++at;
    }
    first = at;
    return true;
  }
};

struct PathParser : x3::parser<PathParser> {
  using attribute_type = x3::unused_type;
  static constexpr bool has_attribute = false;

  template <class It, class Context, class RuleContext, class Attribute>
  bool parse(It& first, const It& last, const Context&, RuleContext&, Attribute&) const {
    if (first == last || *first != '<') return false;
    first = skip_path(first, last);
    return true;
  }
};

const auto begin_argument = [](auto& context) {
  Collected& state = collected(context);
  state.current() = PrintedArgument{};
  x3::_pass(context) = state.count < kMaxArguments - 1;
};
const auto check_wanted = [](auto& context) {
  Collected& state = collected(context);
  x3::_pass(context) = (state.wanted >> state.count & 1) != 0;
  state.current().known = true;
};
const auto set_label = [](auto& context) {
  collected(context).current().label = view(x3::_attr(context));
};
const auto add_number = [](auto& context) { collected(context).add(x3::_attr(context)); };
const auto add_negative = [](auto& context) { collected(context).add(0 - x3::_attr(context)); };
const auto add_name = [](auto& context) {
  Collected& state = collected(context);
  state.add(kernel::constant_value(view(x3::_attr(context)), state.arch));
};
// `SNDCTL_TMR_START or TCSETS`: two names for one number; one that we know is enough.
const auto add_alternative = [](auto& context) {
  Collected& state = collected(context);
  const auto value = kernel::constant_value(view(x3::_attr(context)), state.arch);
  if (state.current().known || !value) return;
  state.current().known = true;
  state.current().value = *value;
};
const auto clear_parts = [](auto& context) {
  Collected& state = collected(context);
  state.part_count = 0;
  state.part_known = true;
};
const auto add_part = [](auto& context) {
  Collected& state = collected(context);
  if (state.part_count < 4) state.parts[state.part_count++] = x3::_attr(context);
};
const auto add_part_name = [](auto& context) {
  Collected& state = collected(context);
  const auto value = kernel::constant_value(view(x3::_attr(context)), state.arch);
  state.part_known = state.part_known && value;
  if (state.part_count < 4) state.parts[state.part_count++] = value.value_or(0);
};
const auto or_part_name = [](auto& context) {
  Collected& state = collected(context);
  const auto value = kernel::constant_value(view(x3::_attr(context)), state.arch);
  state.part_known = state.part_known && value;
  if (state.part_count > 0) state.parts[state.part_count - 1] |= value.value_or(0);
};
const auto finish_macro = [](auto& context) {
  Collected& state = collected(context);
  const std::string_view macro = view(x3::_attr(context));
  state.add(state.part_known ? macro_value(macro.substr(0, macro.find('(')),
                                           {state.parts, state.part_count}, state.arch)
                             : std::nullopt);
};
// `21<<MAP_HUGE_SHIFT`
const auto add_shifted = [](auto& context) {
  Collected& state = collected(context);
  const std::string_view text = view(x3::_attr(context));
  const std::size_t shift = text.find("<<");
  const auto number = parse_decimal(text.substr(0, shift));
  const auto bits = kernel::constant_value(text.substr(shift + 2), state.arch);
  state.add(number && bits && *bits < 64 ? std::optional<std::uint64_t>(*number << *bits)
                                         : std::nullopt);
};
const auto end_argument = [](auto& context) { ++collected(context).count; };
const auto make_unknown = [](auto& context) {
  collected(context).current().known = false;
  collected(context).current().value = 0;
};

// The grammar of what stands between a call's parentheses.
const x3::uint_parser<std::uint64_t, 16, 1, 16> hex_digits;
const x3::uint_parser<std::uint64_t, 8, 1, 22> octal_digits;
const x3::uint_parser<std::uint64_t, 10, 1, 20> decimal_digits;

const x3::rule<struct NumberTag, std::uint64_t> number_rule{"number"};
const auto number_value = number_rule = "0x" >> hex_digits |
                                        (&x3::lit('0') >> octal_digits) | decimal_digits;
const auto identifier = x3::raw[x3::char_("A-Za-z_") >> *x3::char_("A-Za-z0-9_")];
const auto label = x3::raw[x3::char_("a-z_") >> *x3::char_("a-z0-9_")] >> '=';
const auto comment = " /* " >> *(x3::char_ - "*/") >> "*/";
const auto context_note = " [" >> *(x3::char_ - x3::char_("],")) >> ']';
const auto deleted = x3::lit("(deleted)");

const auto macro_part =
    (number_value[add_part] | identifier[add_part_name] >> *('|' >> identifier[or_part_name])) >>
    -comment;
const auto macro = x3::raw[(x3::lit("makedev") | "_IOC" | "QCMD" | "htons") >>
                           x3::lit('(')[clear_parts] >> macro_part % ", " >> ')'][finish_macro];
const auto shifted = x3::raw[decimal_digits >> "<<" >> identifier][add_shifted];
const auto term = shifted | number_value[add_number] | '-' >> decimal_digits[add_negative] | macro |
                  identifier[add_name];
const auto may_be_scalar = &x3::char_("0-9A-Za-z_(-");
const auto scalar = may_be_scalar >> -x3::lit('(') >> term % '|' >> -x3::lit(')') >>
                    *(" or " >> identifier[add_alternative]) >> -(PathParser{} >> -deleted) >>
                    *(comment | context_note) >> &(x3::lit(", ") | x3::eoi);
const auto argument = x3::eps[begin_argument] >> -label[set_label] >>
                      ((x3::eps[check_wanted] >> scalar) |
                       (x3::eps[make_unknown] >> OpaqueParser{})) >>
                      x3::eps[end_argument];
const auto argument_list = argument % ", ";

}  // namespace

kernel::Args read_arguments(const ArgumentRequest& request) {
  kernel::Args args;
  if (request.text.empty()) return args;
  const ArgumentOrder order = order_of(request.name, request.arch);
  if (order.opaque) return args;
  Collected state;
  state.arch = request.arch;
  state.wanted = printed_mask(order, request.wanted);
  Iterator first = request.text.data();
  const Iterator last = first + request.text.size();
  x3::parse(first, last, x3::with<CollectedTag>(std::ref(state))[argument_list]);
  place_arguments(order, {state.arguments.data(), state.count},
                  {request.arch, request.wanted, &args});
  return args;
}

std::string unquote(std::string_view text) {
  std::string out;
  std::size_t at = text.starts_with('"') ? 1 : 0;
  const bool quoted = at == 1;
  while (at < text.size() && !(quoted && text[at] == '"')) {
    if (text[at] != '\\' || at + 1 >= text.size()) {
      out += text[at++];
      continue;
    }
    const char c = text[++at];
    constexpr std::string_view kLetters = "ntvfrab", kBytes = "\n\t\v\f\r\a\b";
    if (const std::size_t letter = kLetters.find(c); letter != std::string_view::npos) {
      out += kBytes[letter];
      ++at;
    } else if (c == 'x') {
      unsigned value = 0;
      std::size_t digits = 0;
      for (++at; digits < 2 && at < text.size(); ++digits, ++at) {
        const std::size_t digit = std::string_view("0123456789abcdef").find(text[at]);
        if (digit == std::string_view::npos) break;
        value = value * 16 + static_cast<unsigned>(digit);
      }
      out += static_cast<char>(value);
    } else if (c >= '0' && c <= '7') {
      unsigned value = 0;
      for (std::size_t digits = 0;
           digits < 3 && at < text.size() && text[at] >= '0' && text[at] <= '7'; ++digits, ++at) {
        value = value * 8 + static_cast<unsigned>(text[at] - '0');
      }
      out += static_cast<char>(value & 0xFF);
    } else {
      out += c;
      ++at;
    }
  }
  return out;
}

std::string_view field(std::string_view text, std::string_view key) {
  const std::size_t at = text.find(key);
  if (at == std::string_view::npos) return {};
  const std::string_view rest = text.substr(at + key.size());
  return rest.substr(0, rest.find_first_of(",} "));
}

}  // namespace medic::parsers::strace
