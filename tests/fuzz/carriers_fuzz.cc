// What logs come in: any bytes as a file that may be compressed, UTF-16 or a tar archive whose
// members may be compressed again. Blocks are whole lines, offsets follow each other, and a problem
// ends the reading.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string_view>

#include "io/archive.h"
#include "io/reader.h"

using namespace medic;

namespace {

constexpr std::size_t kEnough = std::size_t{4} << 20;

void require(bool truth) {
  if (!truth) std::abort();
}

class Bytes : public io::ByteSource {
 public:
  Bytes(std::string_view text, std::size_t step) : text_(text), step_(step) {}
  Result<std::size_t> read(char* to, std::size_t size) override {
    const std::size_t given = std::min({size, step_, text_.size()});
    std::memcpy(to, text_.data(), given);
    text_.remove_prefix(given);
    return given;
  }

 private:
  std::string_view text_;
  std::size_t step_;
};

void read_all(io::Reader& reader) {
  std::uint64_t at = 0;
  while (at < kEnough) {
    auto block = reader.next();
    if (!block) return require(!block.error().text.empty());
    if (!*block) return;
    const std::string_view text = (*block)->text;
    require(!text.empty() && (*block)->offset == at);
    require((*block)->last || text.back() == '\n' || text.find('\n') == std::string_view::npos);
    at += text.size();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::size_t step = data[0] % 2 == 0 ? 1 + data[0] / 2 : SIZE_MAX;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  const io::ReaderOptions options{data[0] % 3 == 0 ? std::size_t{64} : std::size_t{1} << 16};
  read_all(*io::open_member(std::make_unique<Bytes>(text, step), "fuzz", options));
  io::Archive archive(std::make_unique<Bytes>(text, step), "fuzz");
  for (int members = 0; members < 64; ++members) {
    auto member = archive.next();
    if (!member || !*member) break;
    read_all(*io::open_member(std::move((**member).source), (**member).name, options));
  }
  return 0;
}
