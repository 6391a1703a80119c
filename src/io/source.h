// A run of bytes from anywhere: a descriptor, a decompressor, a member of an archive. They stack.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace medic::io {

class ByteSource {
 public:
  virtual ~ByteSource() = default;
  // Bytes read, 0 at the end. What was read before an error has been given out; after one the
  // source is at its end.
  virtual Result<std::size_t> read(char* to, std::size_t size) = 0;
};

// What stands in front of a source was taken to look at, and is read first; then the problem that
// ended the looking, if any.
class PutBack : public ByteSource {
 public:
  PutBack(std::string front, std::optional<Problem> problem, std::unique_ptr<ByteSource> rest)
      : front_(std::move(front)), problem_(std::move(problem)), rest_(std::move(rest)) {}
  Result<std::size_t> read(char* to, std::size_t size) override;

 private:
  std::string front_;
  std::size_t at_ = 0;
  std::optional<Problem> problem_;
  std::unique_ptr<ByteSource> rest_;
};

// "gzip", "xz", "zstd", "bzip2" by the magic at the front; empty for anything else.
std::string_view compression_of(std::string_view front);
// kind: as compression_of gave it. Memory is bounded whatever the data say; damage, and an end
// before the end, are reported after all that could be read. name: for the problem.
std::unique_ptr<ByteSource> decompress(std::string_view kind, std::unique_ptr<ByteSource> source,
                                       std::string name);

// Has the text a byte order mark of UTF-16?
bool is_utf16(std::string_view front);
// As UTF-8; what is no UTF-16 becomes U+FFFD.
std::unique_ptr<ByteSource> utf8_of_utf16(std::unique_ptr<ByteSource> source);

Problem source_problem(const std::string& name, std::string text, std::string hint);

}  // namespace medic::io
