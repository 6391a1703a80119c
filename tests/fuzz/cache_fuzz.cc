// What dialects remember from line to line makes them quicker and changes nothing: any text,
// several times over, leaves the same ledger with and without.
#include <cstdint>
#include <cstdlib>

#include "fuzz/remembering.h"
#include "parsers/registry.h"

using namespace medic;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string log = testing::repeated({reinterpret_cast<const char*>(data), size});
  for (const std::string_view name : {"strace", "audit", "journal-json"}) {
    const parsers::Dialect& dialect = *parsers::find_dialect(name);
    for (const std::size_t chunk : {log.size() + 1, log.size() / 3 + 1}) {
      if (testing::ledger_bytes(dialect, log, chunk, true) !=
          testing::ledger_bytes(dialect, log, chunk, false))
        std::abort();
    }
  }
  return 0;
}
