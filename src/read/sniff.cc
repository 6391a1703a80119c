#include "read/sniff.h"

#include <algorithm>
#include <vector>

#include "parsers/registry.h"

namespace medic {

void DialectChoice::sniff(std::string_view text) {
  const parsers::Sniffed sniffed = parsers::sniff(text);
  if (sniffed.dialect == nullptr) return;
  is_quiet_ = sniffed.dialect->traits().knows_all_denials &&
              sniffed.recognised * 10 >= sniffed.looked_at * 9;
  std::vector<const parsers::Dialect*> members{sniffed.dialect};
  members.insert(members.end(), sniffed.others.begin(), sniffed.others.end());
  router_ = std::make_unique<parsers::Router>(std::move(members), parsers::all_dialects());
  if (sniffed.coloured) router_->take_colours_off();
  dialect_ = router_.get();
}

std::string DialectChoice::name() const {
  if (router_ != nullptr) return router_->given();
  return dialect_ == nullptr ? std::string() : std::string(dialect_->name());
}

bool is_binary(std::string_view text) {
  const std::string_view front = text.substr(0, 65536);
  // Tabs, line ends, a terminal's escape and auditd's separator stand in logs.
  const auto controls = std::count_if(front.begin(), front.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte < 0x20 && byte != '\t' && byte != '\n' && byte != '\r' && byte != 0x1B &&
           byte != 0x1D;
  });
  return static_cast<std::size_t>(controls) > front.size() / 50;
}

bool is_journal_file(std::string_view text) { return text.starts_with("LPKSHHRH"); }

}  // namespace medic
