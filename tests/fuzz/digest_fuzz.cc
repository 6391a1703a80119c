// A digest may come from anybody: reading, loading, joining and saving it again must not do more
// than say that it is damaged.
#include <cstddef>
#include <cstdint>

#include "ledger/digest.h"
#include "ledger/interest.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace medic;
  static const ledger::InterestTable kInterest = ledger::default_interest();
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  // Checksums would keep mutations out: a part is tried by itself too.
  if (auto digest = ledger::read_digest(text, "fuzz")) {
    Problems notes;
    ledger::resolve(*digest, notes);
    if (!ledger::read_digest(ledger::write_digest(*digest), "fuzz")) __builtin_trap();
  }
  auto part = ledger::load_part(text, 0, kInterest);
  if (!part) return 0;
  auto again = ledger::load_part(ledger::save_part(part->ledger, part->account), 0, kInterest);
  if (again) ledger::join_part(*part, std::move(*again));
  part->ledger.finish();
  return 0;
}
