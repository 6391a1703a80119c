#include "io/source.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace medic::io {
namespace {

// UTF-16 by its byte order mark, as Windows' shells write what they redirect.
class Utf16Source : public ByteSource {
 public:
  explicit Utf16Source(std::unique_ptr<ByteSource> source) : source_(std::move(source)) {}
  Result<std::size_t> read(char* to, std::size_t size) override {
    while (at_ == out_.size()) {
      char raw[1 << 14];
      const auto got = source_->read(raw, sizeof raw);
      if (!got) return got;
      out_.clear();
      at_ = 0;
      if (*got == 0 && !has_half_ && high_ == 0) return std::size_t{0};
      if (*got == 0) {
        has_half_ = false;
        high_ = 0;
        append(0xFFFD);
      }
      for (std::size_t i = 0; i < *got; ++i) take_byte(static_cast<unsigned char>(raw[i]));
    }
    const std::size_t step = std::min(size, out_.size() - at_);
    std::memcpy(to, out_.data() + at_, step);
    at_ += step;
    return step;
  }

 private:
  void take_byte(unsigned char byte) {
    if (!has_half_) {
      half_ = byte;
      has_half_ = true;
      return;
    }
    has_half_ = false;
    const std::uint32_t unit =
        is_big_ ? std::uint32_t{half_} << 8 | byte : std::uint32_t{byte} << 8 | half_;
    if (!started_) {
      started_ = true;
      is_big_ = unit == 0xFFFE;
      return;
    }
    take_unit(unit);
  }
  void take_unit(std::uint32_t unit) {
    if (high_ != 0) {
      const std::uint32_t high = high_;
      high_ = 0;
      if (unit >= 0xDC00 && unit < 0xE000)
        return append(0x10000 + ((high - 0xD800) << 10) + (unit - 0xDC00));
      append(0xFFFD);
    }
    if (unit >= 0xD800 && unit < 0xDC00)
      high_ = unit;
    else
      append(unit >= 0xDC00 && unit < 0xE000 ? 0xFFFD : unit);
  }
  void append(std::uint32_t code) {
    if (code < 0x80) {
      out_ += static_cast<char>(code);
      return;
    }
    const int more = code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
    constexpr unsigned char kLead[] = {0, 0xC0, 0xE0, 0xF0};
    out_ += static_cast<char>(kLead[more] | code >> (6 * more));
    for (int i = more - 1; i >= 0; --i) out_ += static_cast<char>(0x80 | (code >> (6 * i) & 0x3F));
  }

  std::unique_ptr<ByteSource> source_;
  std::string out_;
  std::size_t at_ = 0;
  std::uint32_t high_ = 0;
  unsigned char half_ = 0;
  bool has_half_ = false, is_big_ = false, started_ = false;
};

}  // namespace

Result<std::size_t> PutBack::read(char* to, std::size_t size) {
  if (at_ == front_.size() && problem_) return fail(*std::exchange(problem_, std::nullopt));
  if (at_ == front_.size()) return rest_->read(to, size);
  const std::size_t step = std::min(size, front_.size() - at_);
  std::memcpy(to, front_.data() + at_, step);
  at_ += step;
  return step;
}

bool is_utf16(std::string_view front) {
  return front.starts_with("\xFF\xFE") || front.starts_with("\xFE\xFF");
}

std::unique_ptr<ByteSource> utf8_of_utf16(std::unique_ptr<ByteSource> source) {
  return std::make_unique<Utf16Source>(std::move(source));
}

Problem source_problem(const std::string& name, std::string text, std::string hint) {
  Problem problem;
  problem.file = name;
  problem.text = std::move(text);
  problem.hint = std::move(hint);
  return problem;
}

}  // namespace medic::io
