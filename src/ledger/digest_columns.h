// Records as columns of differences, which compress well. One function per struct serves saving and
// loading: what it names, in order, is the format. A field added at the end is skipped by older
// readers, and keeps its default when an older file is read.
#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "ledger/ledger.h"

namespace medic::ledger {

// The texts of one part, each once.
class DigestTexts {
 public:
  std::int64_t index_of(const std::string& text);
  // Null where there is no such text.
  const std::string* at(std::int64_t index) const;
  std::string encode() const;
  bool decode(std::string_view& rest);

 private:
  std::vector<std::string> texts_;
  std::unordered_map<std::string, std::int64_t> ids_;
};

class DigestRows {
 public:
  // For saving.
  DigestRows(DigestTexts& texts, StringPool& pool) : texts_(texts), pool_(pool) {}
  // Loads a table from the front of rest and takes it away; more than max_rows, or anything else
  // that is no table: failed().
  DigestRows(DigestTexts& texts, StringPool& pool, std::string_view& rest, std::size_t max_rows);

  // Goes on with the next row.
  void next() {
    ++rows_;
    at_ = 0;
  }
  std::size_t loaded_rows() const { return loaded_rows_; }
  bool loading() const { return loading_; }
  bool failed() const { return failed_; }
  std::string encode() const;

  // Whole numbers; what does not lie in [least, most] is damage.
  template <class T>
  void number(T& value, T least = std::numeric_limits<T>::min(),
              T most = std::numeric_limits<T>::max()) {
    if (!loading_) return put(static_cast<std::int64_t>(value));
    std::int64_t got = 0;
    if (!get(got)) return;
    const T converted = static_cast<T>(got);
    if (static_cast<std::int64_t>(converted) != got || converted < least || converted > most)
      failed_ = true;
    else
      value = converted;
  }
  void flag(bool& value) {
    auto number_value = static_cast<std::uint8_t>(value);
    number<std::uint8_t>(number_value, 0, 1);
    value = number_value != 0;
  }
  template <class Enum>
  void choice(Enum& value, Enum last) {
    auto raw = static_cast<std::uint8_t>(value);
    number<std::uint8_t>(raw, 0, static_cast<std::uint8_t>(last));
    value = static_cast<Enum>(raw);
  }
  // An index below `size`, or none, which is all ones.
  void index(std::uint32_t& value, std::size_t size) {
    std::int64_t raw = value == 0xFFFFFFFF ? -1 : std::int64_t{value};
    number<std::int64_t>(raw, -1, static_cast<std::int64_t>(size) - 1);
    value = static_cast<std::uint32_t>(raw);
  }
  void text(std::string& value);
  void pooled(StringId& value);
  void moment(model::Time& time);
  void span(model::Time& first, model::Time& last);  // the end as a difference from the beginning

 private:
  struct Column {
    std::vector<std::int64_t> values;
  };
  void put(std::int64_t value);
  bool get(std::int64_t& value);
  void nanoseconds(model::Time& time, std::int64_t base);
  bool decode(std::string_view& rest, std::size_t max_rows);

  DigestTexts& texts_;
  StringPool& pool_;
  std::vector<Column> columns_;
  std::size_t rows_ = 0, at_ = 0, loaded_rows_ = 0;
  bool loading_ = false, failed_ = false;
};

void put_number(std::string& to, std::uint64_t value);
// Takes a number from the front; false where there is none.
bool take_number(std::string_view& rest, std::uint64_t& value);

}  // namespace medic::ledger
