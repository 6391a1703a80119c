#include "convert/kafel_reader.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "convert/kafel_names.h"
#include "kernel/params.h"

namespace medic::profile::formats {
namespace {

constexpr std::size_t kMaxTokens = 200000;
constexpr std::size_t kMaxFilters = 20000;

bool is_word_byte(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

}  // namespace

KafelReader::KafelReader(const ForeignText& source)
    : source_(source), bits_(static_cast<unsigned>(kernel::info(source.arch).bits)) {}

Problem KafelReader::wrong(std::string text, std::string hint) const {
  return problem_at(source_, peek().line, std::move(text), std::move(hint));
}

bool KafelReader::take(std::string_view sign) {
  if (!is(sign)) return false;
  ++at_;
  return true;
}

KafelReader::Refusal KafelReader::scan() {
  const std::string_view text = source_.text;
  std::uint64_t line = 1;
  for (std::size_t i = 0; i < text.size();) {
    const char c = text[i];
    if (c == '\n') ++line;
    if (c == ' ' || c == '\t' || c == '\n' || c == '\r') {
      ++i;
    } else if (text.substr(i, 2) == "//") {
      i = std::min(text.find('\n', i), text.size());
    } else if (text.substr(i, 2) == "/*") {
      const std::size_t end = text.find("*/", i + 2);
      if (end == std::string_view::npos)
        return problem_at(source_, line, "a comment is not closed", "close it with */");
      line += static_cast<std::uint64_t>(std::count(text.begin() + static_cast<std::ptrdiff_t>(i),
                                                    text.begin() + static_cast<std::ptrdiff_t>(end),
                                                    '\n'));
      i = end + 2;
    } else if (is_word_byte(c) ||
               (c == '-' && i + 1 < text.size() && text[i + 1] >= '1' && text[i + 1] <= '9')) {
      std::size_t end = i + 1;
      while (end < text.size() && is_word_byte(text[end])) ++end;
      Token token{Token::Kind::Word, text.substr(i, end - i), 0, line};
      if ((c >= '0' && c <= '9') || c == '-') {
        const auto number = parse_number(token.text);
        if (!number)
          return problem_at(source_, line,
                            fmt::format("\"{}\" is no number", shorten(token.text, 40)));
        token.kind = Token::Kind::Number;
        token.number = *number;
      }
      tokens_.push_back(token);
      i = end;
    } else {
      constexpr std::string_view kPairs[] = {"==", "!=", "<=", ">=", "&&", "||"};
      const bool pair =
          std::find(std::begin(kPairs), std::end(kPairs), text.substr(i, 2)) != std::end(kPairs);
      tokens_.push_back({Token::Kind::Sign, text.substr(i, pair ? 2 : 1), 0, line});
      i += pair ? 2 : 1;
    }
    if (tokens_.size() > kMaxTokens) return problem_at(source_, line, "longer than any policy");
  }
  tokens_.push_back({Token::Kind::End, "the end", 0, line});
  return std::nullopt;
}

Result<ForeignProfile> KafelReader::run() {
  if (auto problem = scan()) return fail(std::move(*problem));
  if (auto problem = read_program()) return fail(std::move(*problem));
  return finish();
}

KafelReader::Refusal KafelReader::read_program() {
  while (peek().kind != Token::Kind::End) {
    Refusal problem;
    if (is("#"))
      problem = read_define();
    else if (is("POLICY"))
      problem = read_policy();
    else if (is("USE") && tokens_[std::min(at_ + 2, tokens_.size() - 1)].text == "DEFAULT")
      problem = read_use_default();
    else if (is("DEFAULT"))
      problem = read_use_default();
    else if (take(","))
      continue;
    else
      problem = read_statements(top_);
    if (problem) return problem;
  }
  return std::nullopt;
}

KafelReader::Refusal KafelReader::read_define() {
  ++at_;
  if (!take("define") || peek().kind != Token::Kind::Word)
    return wrong("a constant is defined as #define NAME NUMBER");
  const std::string name(peek().text);
  ++at_;
  if (peek().kind != Token::Kind::Number)
    return wrong(fmt::format("the constant {} has no number", shorten(name, 40)));
  constants_[name] = peek().number;
  ++at_;
  return std::nullopt;
}

KafelReader::Refusal KafelReader::read_policy() {
  ++at_;
  if (peek().kind != Token::Kind::Word) return wrong("a policy has no name", "POLICY name { … }");
  const std::string name(peek().text);
  ++at_;
  if (policies_.contains(name))
    return wrong(fmt::format("the policy {} stands here twice", shorten(name, 40)));
  if (!take("{")) return wrong("\"{\" is missing behind the policy's name");
  Policy policy;
  while (!take("}")) {
    if (take(",")) continue;
    if (peek().kind == Token::Kind::End)
      return wrong("the policy is not closed", "close it with }");
    if (auto problem = read_statements(policy)) return problem;
  }
  policies_[name] = std::move(policy);
  return std::nullopt;
}

// One statement: USE name, or an action and its block.
KafelReader::Refusal KafelReader::read_statements(Policy& policy) {
  if (take("USE")) {
    const auto used = policies_.find(peek().text);
    if (used == policies_.end())
      return wrong(fmt::format("no policy \"{}\" stands before this", shorten(peek().text, 40)));
    ++at_;
    size_ += used->second.size();
    if (size_ > kMaxFilters) return wrong("the policies use one another too often");
    policy.insert(policy.end(), used->second.begin(), used->second.end());
    return std::nullopt;
  }
  Effect effect;
  if (auto problem = read_action(effect)) return problem;
  return read_block(policy, effect);
}

KafelReader::Refusal KafelReader::read_action(Effect& out) {
  const std::string_view word = peek().text;
  constexpr std::pair<std::string_view, Action> kPlain[] = {{"ALLOW", Action::Allow},
                                                            {"LOG", Action::Log},
                                                            {"DENY", Action::KillThread},
                                                            {"KILL", Action::KillThread},
                                                            {"KILL_PROCESS", Action::KillProcess},
                                                            {"USER_NOTIF", Action::Notify}};
  for (const auto& [name, action] : kPlain) {
    if (take(name)) {
      out = effect(action);
      return std::nullopt;
    }
  }
  constexpr std::pair<std::string_view, Action> kWithNumber[] = {
      {"ERRNO", Action::Errno}, {"TRACE", Action::Trace}, {"TRAP", Action::Trap}};
  for (const auto& [name, action] : kWithNumber) {
    if (!take(name)) continue;
    if (!take("(") || peek().kind != Token::Kind::Number || peek().number > 0xFFFF)
      return wrong(fmt::format("{} wants a number to 65535 in parentheses", name));
    // The kernel cuts an errno to 4095.
    out = effect(action, static_cast<std::uint32_t>(
                             action == Action::Errno
                                 ? std::min<std::uint64_t>(peek().number, kernel::kMaxErrno)
                                 : peek().number));
    if (action == Action::Trap && peek().number != 0)
      notes_.push_back(fmt::format("line {}: the data of TRAP is dropped", peek().line));
    ++at_;
    return take(")") ? std::nullopt : Refusal(wrong("\")\" is missing"));
  }
  return wrong(fmt::format("\"{}\" is no action", shorten(word, 40)),
               "ALLOW, LOG, KILL, KILL_PROCESS, DENY, USER_NOTIF, ERRNO(n), TRAP(n) or TRACE(n)");
}

KafelReader::Refusal KafelReader::read_block(Policy& policy, const Effect& effect) {
  if (!take("{")) return wrong("\"{\" is missing behind the action");
  while (!take("}")) {
    if (take(",")) continue;
    if (peek().kind == Token::Kind::End) return wrong("the block is not closed", "close it with }");
    if (auto problem = read_filter(policy, effect)) return problem;
  }
  return std::nullopt;
}

KafelReader::Refusal KafelReader::read_call(std::string& name, bool& by_number) {
  std::optional<std::uint64_t> number;
  by_number = is("SYSCALL");
  if (take("SYSCALL")) {
    if (!take("[") || peek().kind != Token::Kind::Number)
      return wrong("SYSCALL wants a number in brackets", "SYSCALL[41]");
    number = peek().number;
    ++at_;
    if (!take("]")) return wrong("\"]\" is missing");
  } else {
    if (peek().kind != Token::Kind::Word)
      return wrong(fmt::format("\"{}\" is no system call", shorten(peek().text, 40)));
    name = peek().text;
    const auto constant = constants_.find(name);
    if (constant != constants_.end())
      number = constant->second;
    else if (const kernel::NameId id = call_of_kafel(name, source_.arch); id != kernel::kNoName)
      name = kernel::name_of(id);
    else
      return wrong(
          fmt::format("{} has no call \"{}\"", kernel::name(source_.arch), shorten(name, 60)),
          did_you_mean(name));
    ++at_;
  }
  if (!number) return std::nullopt;
  by_number = true;
  const auto known = *number <= INT32_MAX
                         ? kernel::name_at({source_.arch, static_cast<std::int32_t>(*number)})
                         : kernel::kNoName;
  name = kernel::name_of(known);
  if (known == kernel::kNoName)
    notes_.push_back(fmt::format("line {}: number {} has no name on {}: it is left out",
                                 peek().line, *number, kernel::name(source_.arch)));
  return std::nullopt;
}

KafelReader::Refusal KafelReader::read_parameters() {
  if (!take("(")) return std::nullopt;
  while (!take(")")) {
    if (take(",")) continue;
    if (peek().kind != Token::Kind::Word || parameters_.size() >= kernel::kArgCount)
      return wrong("a call has at most six parameters, each a name");
    parameters_.emplace_back(peek().text);
    ++at_;
  }
  return std::nullopt;
}

KafelReader::Refusal KafelReader::read_filter(Policy& policy, const Effect& effect) {
  Filter filter;
  filter.effect = effect;
  filter.when = {{}};
  bool by_number = false;
  parameters_.clear();
  if (auto problem = read_call(filter.name, by_number)) return problem;
  const kernel::NameId id = kernel::find_name(filter.name);
  narrow_ = by_number || id == kernel::kNoName ? std::uint8_t{0}
                                               : kernel::params_of(id, source_.arch).int32_mask;
  if (auto problem = read_parameters()) return problem;
  if (take("{") && !take("}")) {
    if (auto problem = read_any(filter.when, 0)) return problem;
    if (!take("}"))
      return wrong(fmt::format("\"{}\" cannot stand in a condition here", shorten(peek().text, 40)),
                   "close the condition with }");
  }
  if (++size_ > kMaxFilters) return wrong("more filters than any policy has");
  if (!filter.name.empty()) policy.push_back(std::move(filter));
  return std::nullopt;
}

KafelReader::Refusal KafelReader::read_use_default() {
  if (take("USE")) {
    const auto used = policies_.find(peek().text);
    if (used == policies_.end())
      return wrong(fmt::format("no policy \"{}\" stands before this", shorten(peek().text, 40)));
    top_.insert(top_.end(), used->second.begin(), used->second.end());
    ++at_;
  }
  if (!take("DEFAULT")) return wrong("DEFAULT is missing");
  Effect effect;
  if (auto problem = read_action(effect)) return problem;
  default_ = effect;
  return std::nullopt;
}

Result<ForeignProfile> KafelReader::finish() {
  if (top_.empty() && !default_) {
    // kafel takes the last policy where none is chosen.
    if (policies_.size() != 1)
      return fail(problem_at(source_, peek().line, "which policy is in force is not said",
                             "end with USE name DEFAULT ERRNO(1)"));
    top_ = policies_.begin()->second;
  }
  const Effect fallback = default_.value_or(effect(Action::KillThread));
  std::map<std::string, Ordered> calls;
  for (const Filter& filter : top_) {
    Ordered& meaning = calls.try_emplace(filter.name, Ordered{{}, fallback, false}).first->second;
    for (const Conjunction& all : filter.when) meaning.branches.push_back({all, filter.effect});
  }
  ProfileBuilder builder(fallback);
  for (auto& [name, meaning] : calls) {
    // What stands behind a branch that always holds is never reached.
    const auto always = std::find_if(meaning.branches.begin(), meaning.branches.end(),
                                     [](const Branch& b) { return b.all.empty(); });
    if (always != meaning.branches.end()) {
      meaning.otherwise = always->effect;
      meaning.branches.erase(always, meaning.branches.end());
    }
    if (!builder.add(name, meaning, bits_))
      return fail(
          problem_at(source_, 0, fmt::format("the conditions on {} take too many regions", name)));
  }
  NewProfile made = builder.finish();
  made.architectures = {source_.arch};
  auto profile = as_profile(made, source_.path);
  if (!profile) return fail(std::move(profile.error()));
  notes_.insert(notes_.begin(), fmt::format("read for {}: a policy names no architecture",
                                            kernel::name(source_.arch)));
  return ForeignProfile{std::move(*profile), std::move(notes_)};
}

}  // namespace medic::profile::formats
