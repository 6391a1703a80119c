// The reader of kafel's language: tokens, policies, and conditions turned into alternatives of
// comparisons.
#pragma once

#include <set>

#include "convert/foreign.h"

namespace medic::profile::formats {

class KafelReader {
 public:
  explicit KafelReader(const ForeignText& source);
  Result<ForeignProfile> run();

 private:
  struct Token {
    enum class Kind : std::uint8_t { Word, Number, Sign, End } kind = Kind::End;
    std::string_view text;
    std::uint64_t number = 0;
    std::uint64_t line = 1;
  };
  // A filter on one call within an action block.
  struct Filter {
    std::string name;
    Effect effect;
    Alternatives when;  // one empty alternative: always
  };
  using Policy = std::vector<Filter>;
  using Refusal = std::optional<Problem>;

  Refusal scan();
  Refusal read_program();
  Refusal read_define();
  Refusal read_policy();
  Refusal read_statements(Policy& policy);
  Refusal read_block(Policy& policy, const Effect& effect);
  Refusal read_filter(Policy& policy, const Effect& effect);
  Refusal read_call(std::string& name, bool& by_number);
  Refusal read_parameters();
  Refusal read_action(Effect& out);
  Refusal read_use_default();
  // Expressions: || and , below && below the rest. `depth` bounds the nesting.
  Refusal read_any(Alternatives& out, unsigned depth);
  Refusal read_all(Alternatives& out, unsigned depth);
  Refusal read_primary(Alternatives& out, unsigned depth);
  Refusal read_comparison(Alternatives& out);
  struct Operand;
  Refusal read_operand(Operand& out);
  Refusal compare(const Operand& left, std::string_view op, const Operand& right,
                  Alternatives& out);

  const Token& peek() const { return tokens_[at_]; }
  bool take(std::string_view sign);
  bool is(std::string_view text) const {
    return peek().kind != Token::Kind::End && peek().text == text;
  }
  Problem wrong(std::string text, std::string hint = {}) const;
  Result<ForeignProfile> finish();

  const ForeignText& source_;
  unsigned bits_;
  std::vector<Token> tokens_;
  std::size_t at_ = 0;
  std::map<std::string, std::uint64_t, std::less<>> constants_;
  std::map<std::string, Policy, std::less<>> policies_;
  Policy top_;  // statements outside any policy
  std::optional<Effect> default_;
  // Of the call whose conditions are being read: parameter names, and which are compared by their
  // lower half.
  std::vector<std::string> parameters_;
  std::uint8_t narrow_ = 0;
  std::size_t size_ = 0;  // filters, bounded: policies can use one another
  std::vector<std::string> notes_;
};

}  // namespace medic::profile::formats
