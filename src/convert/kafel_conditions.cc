// The conditions of kafel's policies: what stands between the braces behind a call's name.
#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "convert/kafel_reader.h"
#include "policy/regions.h"

namespace medic::profile::formats {
namespace {

constexpr unsigned kMaxNesting = 64;

bool both(const Alternatives& a, const Alternatives& b, Alternatives& out) {
  if (a.size() * b.size() > kMaxAlternatives) return false;
  if (!a.empty() && a.front().size() > kMaxTogether) return false;
  Alternatives made;
  for (const Conjunction& left : a) {
    for (const Conjunction& right : b) {
      made.push_back(left);
      made.back().insert(made.back().end(), right.begin(), right.end());
    }
  }
  out = std::move(made);
  return true;
}

// Any of these holds exactly where the condition does not.
Alternatives negated(const Condition& c) {
  const auto with = [&](Op op) { return Alternatives{{{c.index, op, c.value, 0, {}}}}; };
  switch (c.op) {
    case Op::Eq: return with(Op::Ne);
    case Op::Ne: return with(Op::Eq);
    case Op::Lt: return with(Op::Ge);
    case Op::Le: return with(Op::Gt);
    case Op::Ge: return with(Op::Lt);
    case Op::Gt: return with(Op::Le);
    case Op::MaskedEq: break;
  }
  Alternatives out;
  for (std::uint64_t left = c.value; left != 0; left &= left - 1) {
    const std::uint64_t bit = left & (~left + 1);
    out.push_back({{c.index, Op::MaskedEq, bit, ~c.value_two & bit, {}}});
  }
  return out;
}

std::optional<Alternatives> negated(const Alternatives& any) {
  Alternatives out{{}};
  for (const Conjunction& all : any) {
    Alternatives each;
    for (const Condition& c : all) {
      const Alternatives not_c = negated(c);
      each.insert(each.end(), not_c.begin(), not_c.end());
    }
    if (!both(out, each, out)) return std::nullopt;
  }
  return out;
}

}  // namespace

struct KafelReader::Operand {
  std::optional<std::uint32_t> argument;
  std::uint64_t number = 0;  // a constant, where there is no argument
  std::uint64_t mask = ~std::uint64_t{0};
  bool masked = false;
};

KafelReader::Refusal KafelReader::read_any(Alternatives& out, unsigned depth) {
  if (depth > kMaxNesting) return wrong("the condition is nested too deeply");
  out.clear();
  do {
    Alternatives each;
    if (auto problem = read_all(each, depth)) return problem;
    out.insert(out.end(), each.begin(), each.end());
    if (out.size() > kMaxAlternatives) return wrong("the condition takes too many alternatives");
  } while (take("||") || take(","));
  return std::nullopt;
}

KafelReader::Refusal KafelReader::read_all(Alternatives& out, unsigned depth) {
  out = {{}};
  do {
    Alternatives each;
    if (auto problem = read_primary(each, depth)) return problem;
    if (!both(out, each, out)) return wrong("the condition takes too many alternatives");
  } while (take("&&"));
  return std::nullopt;
}

KafelReader::Refusal KafelReader::read_primary(Alternatives& out, unsigned depth) {
  if (depth > kMaxNesting) return wrong("the condition is nested too deeply");
  if (take("!")) {
    Alternatives inner;
    if (auto problem = read_primary(inner, depth + 1)) return problem;
    auto turned = negated(inner);
    if (!turned) return wrong("the condition takes too many alternatives");
    out = std::move(*turned);
    return std::nullopt;
  }
  // A parenthesis opens a condition, or the masked side of a comparison: which, what follows it
  // says.
  if (is("(")) {
    const std::size_t begin = at_;
    if (!read_comparison(out)) return std::nullopt;
    at_ = begin + 1;
    if (auto problem = read_any(out, depth + 1)) return problem;
    return take(")") ? std::nullopt : Refusal(wrong("\")\" is missing"));
  }
  return read_comparison(out);
}

KafelReader::Refusal KafelReader::read_operand(Operand& out) {
  const bool closed = take("(");
  for (bool second = false;; second = true) {
    if (peek().kind != Token::Kind::Word && peek().kind != Token::Kind::Number)
      return wrong(
          fmt::format("\"{}\" is neither an argument nor a number", shorten(peek().text, 40)));
    std::optional<std::uint64_t> number;
    if (peek().kind == Token::Kind::Number)
      number = peek().number;
    else if (const auto constant = constants_.find(peek().text); constant != constants_.end())
      number = constant->second;
    if (number) {
      if (second && out.argument)
        out.mask = *number;
      else
        out.number = second ? out.number & *number : *number;
    } else {
      const auto parameter = std::find(parameters_.begin(), parameters_.end(), peek().text);
      if (parameter == parameters_.end())
        return wrong(fmt::format("no parameter is called \"{}\" here", shorten(peek().text, 40)),
                     "kafel's own names of parameters are not known here: write name(first, "
                     "second, …) { … }");
      if (out.argument)
        return wrong("two arguments cannot be compared with each other in a profile");
      out.argument = static_cast<std::uint32_t>(parameter - parameters_.begin());
      if (second) out.mask = out.number;
    }
    ++at_;
    if (second || !take("&")) break;
    out.masked = true;
  }
  if (closed && !take(")")) return wrong("\")\" is missing");
  return std::nullopt;
}

KafelReader::Refusal KafelReader::read_comparison(Alternatives& out) {
  Operand left, right;
  if (auto problem = read_operand(left)) return problem;
  constexpr std::string_view kOps[] = {"==", "!=", "<", "<=", ">", ">="};
  if (std::find(std::begin(kOps), std::end(kOps), peek().text) == std::end(kOps))
    return wrong(fmt::format("\"{}\" is no comparison", shorten(peek().text, 40)),
                 "==, !=, <, <=, > or >=");
  const std::string_view op = peek().text;
  ++at_;
  if (auto problem = read_operand(right)) return problem;
  return compare(left, op, right, out);
}

KafelReader::Refusal KafelReader::compare(const Operand& left, std::string_view op,
                                          const Operand& right, Alternatives& out) {
  if (left.argument.has_value() == right.argument.has_value())
    return wrong("a comparison wants one argument and one number");
  if (right.argument) {
    constexpr std::pair<std::string_view, std::string_view> kTurned[] = {
        {"==", "=="}, {"!=", "!="}, {"<", ">"}, {"<=", ">="}, {">", "<"}, {">=", "<="}};
    const auto turned = std::find_if(std::begin(kTurned), std::end(kTurned),
                                     [&](const auto& row) { return row.first == op; });
    return compare(right, turned->second, left, out);
  }
  const std::uint32_t index = *left.argument;
  const bool narrow = bits_ == 32 || (narrow_ >> index & 1) != 0;
  const std::uint64_t ones = narrow ? 0xFFFFFFFF : ~std::uint64_t{0};
  const std::uint64_t mask = left.mask & ones, value = right.number & ones;
  out.clear();
  if (op == "==" || op == "!=") {
    const Condition equal = mask == ~std::uint64_t{0}
                                ? Condition{index, Op::Eq, value, 0, {}}
                                : Condition{index, Op::MaskedEq, mask, value, {}};
    const bool never = (value & ~mask) != 0;  // a bit is wanted that the mask takes away
    if (op == "==")
      out = never ? Alternatives{} : Alternatives{{equal}};
    else
      out = never ? Alternatives{{}} : negated(equal);
    return std::nullopt;
  }
  if (left.masked)
    return wrong("a masked argument can be compared with == and != only in a profile");
  // The values as [low, high], empty where low is above high.
  const std::uint64_t low = op == ">="  ? value
                            : op == ">" ? value + 1
                                        : 0,
                      high = op == "<="  ? value
                             : op == "<" ? value - 1
                                         : ones;
  if ((op == ">" && value == ones) || (op == "<" && value == 0)) return std::nullopt;
  if (!narrow || bits_ == 32) {
    out = {
        {low == 0 ? Condition{index, Op::Le, high, 0, {}} : Condition{index, Op::Ge, low, 0, {}}}};
    return std::nullopt;
  }
  for (const MaskedValue& block : blocks(low, high, 32))
    out.push_back({{index, Op::MaskedEq, block.mask & ones, block.value, {}}});
  return std::nullopt;
}

}  // namespace medic::profile::formats
