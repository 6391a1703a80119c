#include "ledger/digest_columns.h"

#include <numeric>

namespace medic::ledger {
namespace {

constexpr std::size_t kMaxColumns = 256;

std::uint64_t zigzag(std::uint64_t difference) {
  return difference << 1 ^ (difference >> 63 != 0 ? ~std::uint64_t{0} : 0);
}
std::uint64_t unzigzag(std::uint64_t value) {
  return value >> 1 ^ ((value & 1) != 0 ? ~std::uint64_t{0} : 0);
}

bool take_bytes(std::string_view& rest, std::uint64_t size, std::string_view& out) {
  if (size > rest.size()) return false;
  out = rest.substr(0, static_cast<std::size_t>(size));
  rest.remove_prefix(static_cast<std::size_t>(size));
  return true;
}

// What all the differences are multiples of: milliseconds kept as nanoseconds, for one.
std::uint64_t common_step(const std::vector<std::int64_t>& values) {
  std::uint64_t step = 0, before = 0;
  for (const std::int64_t value : values) {
    const auto difference = static_cast<std::int64_t>(static_cast<std::uint64_t>(value) - before);
    step = std::gcd(step, difference < 0 ? 0 - static_cast<std::uint64_t>(difference)
                                         : static_cast<std::uint64_t>(difference));
    before = static_cast<std::uint64_t>(value);
    if (step == 1) break;
  }
  return step == 0 ? 1 : step;
}

std::string encode_column(const std::vector<std::int64_t>& values) {
  const std::uint64_t step = common_step(values);
  std::string out;
  put_number(out, step);
  std::uint64_t before = 0;
  for (const std::int64_t value : values) {
    const auto difference = static_cast<std::int64_t>(static_cast<std::uint64_t>(value) - before);
    const std::uint64_t size = (difference < 0 ? 0 - static_cast<std::uint64_t>(difference)
                                               : static_cast<std::uint64_t>(difference)) /
                               step;
    put_number(out, zigzag(difference < 0 ? 0 - size : size));
    before = static_cast<std::uint64_t>(value);
  }
  return out;
}

bool decode_column(std::string_view bytes, std::size_t rows, std::vector<std::int64_t>& out) {
  std::uint64_t step = 0, value = 0;
  if (!take_number(bytes, step) || rows > bytes.size()) return false;
  out.reserve(rows);
  for (std::size_t i = 0; i < rows; ++i) {
    std::uint64_t difference = 0;
    if (!take_number(bytes, difference)) return false;
    value += unzigzag(difference) * step;
    out.push_back(static_cast<std::int64_t>(value));
  }
  return bytes.empty();
}

}  // namespace

void put_number(std::string& to, std::uint64_t value) {
  for (; value >= 0x80; value >>= 7) to += static_cast<char>(value | 0x80);
  to += static_cast<char>(value);
}

bool take_number(std::string_view& rest, std::uint64_t& value) {
  value = 0;
  for (unsigned shift = 0; shift < 64 && !rest.empty(); shift += 7) {
    const auto byte = static_cast<unsigned char>(rest.front());
    rest.remove_prefix(1);
    value |= std::uint64_t{byte & 0x7FU} << shift;
    if (byte < 0x80) return true;
  }
  return false;
}

std::int64_t DigestTexts::index_of(const std::string& text) {
  const auto [found, is_new] = ids_.try_emplace(text, static_cast<std::int64_t>(texts_.size()));
  if (is_new) texts_.push_back(text);
  return found->second;
}

const std::string* DigestTexts::at(std::int64_t index) const {
  return index >= 0 && static_cast<std::size_t>(index) < texts_.size()
             ? &texts_[static_cast<std::size_t>(index)]
             : nullptr;
}

std::string DigestTexts::encode() const {
  std::string out;
  put_number(out, texts_.size());
  for (const std::string& text : texts_) {
    put_number(out, text.size());
    out += text;
    out += '\n';
  }
  return out;
}

bool DigestTexts::decode(std::string_view& rest) {
  std::uint64_t count = 0;
  if (!take_number(rest, count) || count > rest.size()) return false;
  for (std::uint64_t i = 0; i < count; ++i) {
    std::uint64_t size = 0;
    std::string_view text;
    if (!take_number(rest, size) || !take_bytes(rest, size, text) || !rest.starts_with('\n'))
      return false;
    rest.remove_prefix(1);
    texts_.emplace_back(text);
  }
  return true;
}

DigestRows::DigestRows(DigestTexts& texts, StringPool& pool, std::string_view& rest,
                       std::size_t max_rows)
    : texts_(texts), pool_(pool), loading_(true) {
  failed_ = !decode(rest, max_rows);
  if (failed_) loaded_rows_ = 0;
}

bool DigestRows::decode(std::string_view& rest, std::size_t max_rows) {
  std::uint64_t rows = 0, columns = 0;
  if (!take_number(rest, rows) || !take_number(rest, columns) || rows > max_rows ||
      columns > kMaxColumns)
    return false;
  if (rows > 0 && columns == 0) return false;
  for (std::uint64_t i = 0; i < columns; ++i) {
    std::uint64_t size = 0;
    std::string_view bytes;
    if (!take_number(rest, size) || !take_bytes(rest, size, bytes) || !rest.starts_with('\n'))
      return false;
    rest.remove_prefix(1);
    if (!decode_column(bytes, static_cast<std::size_t>(rows), columns_.emplace_back().values))
      return false;
  }
  loaded_rows_ = static_cast<std::size_t>(rows);
  return true;
}

// A line end after each column and text: whoever reads by lines meets none that is longer than the
// longest column.
std::string DigestRows::encode() const {
  std::string out;
  put_number(out, rows_);
  put_number(out, columns_.size());
  for (const Column& column : columns_) {
    const std::string bytes = encode_column(column.values);
    put_number(out, bytes.size());
    out += bytes;
    out += '\n';
  }
  return out;
}

void DigestRows::put(std::int64_t value) {
  if (at_ >= columns_.size()) columns_.emplace_back();
  columns_[at_++].values.push_back(value);
}

bool DigestRows::get(std::int64_t& value) {
  if (at_ >= columns_.size() || rows_ == 0 || rows_ > loaded_rows_) return false;
  value = columns_[at_++].values[rows_ - 1];
  return true;
}

void DigestRows::text(std::string& value) {
  if (!loading_) return put(texts_.index_of(value));
  std::int64_t index = 0;
  if (!get(index)) return;
  const std::string* found = texts_.at(index);
  if (found == nullptr)
    failed_ = true;
  else
    value = *found;
}

void DigestRows::pooled(StringId& value) {
  std::string plain = loading_ ? std::string() : pool_.text(value);
  text(plain);
  if (loading_) value = pool_.intern(plain);
}

void DigestRows::nanoseconds(model::Time& time, std::int64_t base) {
  choice(time.basis, model::Time::Basis::Relative);
  flag(time.zone_assumed);
  auto difference = static_cast<std::int64_t>(static_cast<std::uint64_t>(time.ns) -
                                              static_cast<std::uint64_t>(base));
  number(difference);
  time.ns = static_cast<std::int64_t>(static_cast<std::uint64_t>(difference) +
                                      static_cast<std::uint64_t>(base));
}

void DigestRows::moment(model::Time& time) { nanoseconds(time, 0); }

void DigestRows::span(model::Time& first, model::Time& last) {
  nanoseconds(first, 0);
  nanoseconds(last, first.ns);
}

}  // namespace medic::ledger
