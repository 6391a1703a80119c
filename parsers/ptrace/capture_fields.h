// One record of a capture cut into its fields. Views into the line; nothing is interpreted beyond
// numbers and escapes.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace medic::parsers::ptrace {

class CaptureFields {
 public:
  explicit CaptureFields(std::string_view line);

  // The four leading fields are there: kind, number, time, task.
  bool valid() const { return valid_; }
  std::string_view kind() const { return kind_; }
  std::uint64_t sequence() const { return sequence_; }
  std::int64_t time_ns() const { return time_ns_; }
  std::int64_t tid() const { return tid_; }

  std::string_view text(
      std::string_view key) const;                // as it stands; empty when there is no such field
  std::string bytes(std::string_view key) const;  // with \xNN and the mark of a cut text suppressed
  std::optional<std::int64_t> decimal(std::string_view key) const;
  std::optional<std::uint64_t> hex(std::string_view key) const;

 private:
  static constexpr std::size_t kMaxFields = 32;  // further ones are not looked at
  bool valid_ = false;
  std::string_view kind_;
  std::uint64_t sequence_ = 0;
  std::int64_t time_ns_ = 0;
  std::int64_t tid_ = 0;
  std::array<std::pair<std::string_view, std::string_view>, kMaxFields> fields_;
  std::size_t count_ = 0;
};

}  // namespace medic::parsers::ptrace
