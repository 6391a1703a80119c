// What an input is, by its beginning: which dialect, or no text at all.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "parsers/router.h"

namespace medic {

class DialectChoice {
 public:
  // The dialect that the command line names; null: the text says.
  void force(const parsers::Dialect* dialect) { dialect_ = dialect; }
  // Chooses by the lines of the text, whole ones. Leaves it open where no dialect knows one.
  void sniff(std::string_view text);

  // Null while it is open. Lives as long as the choice.
  const parsers::Dialect* dialect() const { return dialect_; }
  // Nearly all lines are of a dialect whose unused lines are known not to be about denials.
  bool is_quiet() const { return is_quiet_; }
  // "" while it is open; "audit+strace" where several dialects had lines, as far as was read.
  std::string name() const;

 private:
  const parsers::Dialect* dialect_ = nullptr;
  std::unique_ptr<parsers::Router> router_;  // what was sniffed; null where the dialect is forced
  bool is_quiet_ = false;
};

// Has the text control bytes that logs have not? A few do not make a log binary.
bool is_binary(std::string_view text);
// The systemd journal's own files.
bool is_journal_file(std::string_view text);

}  // namespace medic
