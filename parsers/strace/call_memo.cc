#include "parsers/strace/call_memo.h"

#include <array>
#include <bit>
#include <cstring>

#include "parsers/interface/likeness.h"
#include "parsers/strace/argument_order.h"
#include "parsers/strace/call_writer.h"
#include "parsers/interface/words.h"

namespace medic::parsers::strace {
namespace {

using model::Outcome;

constexpr std::size_t kLongestKey = 160;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Cuts off ` <0.000012>`, as -T writes it; whatever else stands there stays.
std::string_view without_duration(std::string_view column) {
  constexpr std::size_t kDuration = 11;
  if (column.size() <= kDuration || column.back() != '>') return column;
  const char* const at = column.data() + column.size() - kDuration;
  if (at[0] != ' ' || at[1] != '<' || !is_digit(at[2])) return column;
  // Of `.000012>` the outer bytes are 0 then, and those between are at most 9.
  const std::uint64_t rest = word_at(at + 3) ^ 0x3E3030303030302E;
  constexpr std::uint64_t kNoDigits = 0xFF808080808080FF;
  if (((rest | (rest + 0x0076767676767600)) & kNoDigits) != 0) return column;
  return column.substr(0, column.size() - kDuration);
}

// `0`, `832`: most results.
bool read_plain_number(std::string_view text, ResultColumn& out) {
  if (text.empty() || text.size() > 18 || (text.size() > 1 && text[0] == '0')) return false;
  std::int64_t value = 0;
  for (const char c : text) {
    if (!is_digit(c)) return false;
    value = value * 10 + (c - '0');
  }
  out.outcome.kind = Outcome::Kind::Returned;
  out.outcome.value = value;
  return true;
}

// `0x7f…`, as mmap and brk give it.
bool read_plain_address(std::string_view text, ResultColumn& out) {
  if (text.size() < 3 || text.size() > 18 || text[0] != '0' || text[1] != 'x') return false;
  std::uint64_t value = 0;
  for (const char c : text.substr(2)) {
    const int digit = is_digit(c) ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
    if (digit < 0) return false;
    value = value << 4 | static_cast<unsigned>(digit);
  }
  out.outcome.kind = Outcome::Kind::Returned;
  out.outcome.value = static_cast<std::int64_t>(value);
  return true;
}

// Bytes of an argument that is a number, a name or an or of them: nothing in it can hide the end of the argument.
constexpr std::array<bool, 256> kSimple = [] {
  std::array<bool, 256> table{};
  for (char c = 'a'; c <= 'z'; ++c) table[static_cast<unsigned char>(c)] = true;
  for (char c = 'A'; c <= 'Z'; ++c) table[static_cast<unsigned char>(c)] = true;
  for (char c = '0'; c <= '9'; ++c) table[static_cast<unsigned char>(c)] = true;
  for (char c : {'_', '|', '-'}) table[static_cast<unsigned char>(c)] = true;
  return table;
}();

// The printed arguments from `first` to `last`, where all before and among them are simple; the whole text elsewhere.
std::string_view simple_arguments(std::string_view args, int first, int last) {
  std::size_t at = 0, begin = 0;
  for (int index = 0;; ++index) {
    if (index == first) begin = at;
    while (at < args.size() && kSimple[static_cast<unsigned char>(args[at])]) ++at;
    if (at == args.size()) return index < first ? std::string_view{} : args.substr(begin);
    if (args[at] != ',' || at + 1 >= args.size() || args[at + 1] != ' ') return args;
    if (index == last) return args.substr(begin, at - begin);
    at += 2;
  }
}

// looks_undone() with less to go by: false where no architecture's registers make it so.
bool may_look_undone(const Outcome& outcome, bool own_is_small) {
  if (outcome.kind == Outcome::Kind::Failed) return outcome.error > 2;
  return outcome.value < -2 || outcome.value > 2 || (own_is_small && outcome.value >= 0);
}

// A result that a call came back with, of which nothing but the value or the errno is to be known.
bool read_carefully(std::string_view column, ResultColumn& out) {
  const auto result = read_result(column);
  if (!result) return false;
  out = *result;
  const Outcome::Kind kind = out.outcome.kind;
  return (kind == Outcome::Kind::Returned || kind == Outcome::Kind::Failed) && !out.outcome.injected && out.outer_pid < 0;
}

}  // namespace

bool CallMemo::read_end(std::string_view column, ResultColumn& out) {
  const std::string_view text = without_duration(column);
  if (read_plain_number(text, out) || read_plain_address(text, out)) return true;
  // What ends so has no other duration.
  if (text.size() >= Error::kShortest && text.size() <= Error::kLongest && text.back() == ')') return read_error(text, out);
  return read_carefully(column, out);
}

bool CallMemo::read_error(std::string_view text, ResultColumn& out) {
  const std::uint64_t name = word_at(text.data() + 3) * 0x9E3779B97F4A7C15ULL;
  Error& error = errors_[(name >> 40 ^ text.size()) & (kErrors - 1)];
  if (error.size != text.size() || std::memcmp(error.text, text.data(), text.size()) != 0) {
    error.size = static_cast<std::uint8_t>(text.size());
    std::memcpy(error.text, text.data(), text.size());
    error.result = {};
    error.plain = read_carefully(text, error.result);
  }
  out = error.result;
  return error.plain;
}

const CallMemo::Name* CallMemo::name_at(std::string_view body, kernel::Arch arch) {
  constexpr std::size_t kLongestName = 16;
  if (body.size() <= kLongestName || (body[0] != '_' && (body[0] < 'a' || body[0] > 'z'))) return nullptr;
  std::uint64_t head = word_at(body.data()), tail = 0;
  std::size_t size = find_byte(head, '(');
  if (size < 8) {
    head = first_bytes(head, size);
  } else {
    tail = word_at(body.data() + 8);
    size += find_byte(tail, '(');
    tail = first_bytes(tail, size - 8);
    if (size == kLongestName && body[kLongestName] != '(') return nullptr;
  }
  std::uint64_t mixed =
      (head * 0x9E3779B97F4A7C15ULL) ^ (tail * 0xFF51AFD7ED558CCDULL) ^ size << 8 ^ static_cast<std::uint64_t>(arch);
  mixed *= 0xC4CEB9FE1A85EC53ULL;
  Name& name = names_[(mixed >> 40) & (kNames - 1)];
  if (name.size != size || name.head != head || name.tail != tail || name.arch != arch) {
    name = {};
    name.head = head;
    name.tail = tail;
    name.size = static_cast<std::uint8_t>(size);
    name.arch = arch;
    look_up(name, body.substr(0, size));
  }
  return &name;
}

std::size_t CallMemo::known_name(std::string_view body, kernel::Arch arch) {
  const Name* name = name_at(body, arch);
  return name != nullptr && name->call.known ? name->size : 0;
}

void CallMemo::look_up(Name& name, std::string_view text) const {
  name.call = find_call(text, name.arch);
  name.plain = name.call.name != kernel::kNoName && !name.call.has_number && !name.call.forced_64bit && is_plain(name.call.name);
  if (!name.plain) return;
  const OwnNumbers own = own_numbers(name.call.name);
  const auto is_small = [](std::int32_t number) { return number >= 0 && number <= 2; };
  name.own_is_small = is_small(own.x86_64) || is_small(own.x86) || is_small(own.x32);
  const std::uint8_t wanted = options_.wanted_args == nullptr ? 0xFF : options_.wanted_args[name.call.name];
  const ArgumentOrder order = order_of(text, name.arch);
  const std::uint16_t printed = printed_mask(order, wanted);
  if (order.opaque || printed == 0) {
    name.keyed = Name::Keyed::ByNothing;
  } else if (!order.by_label && wanted != 0xFF) {
    name.keyed = Name::Keyed::BySome;
    name.first = static_cast<std::uint8_t>(std::countr_zero(printed));
    name.last = static_cast<std::uint8_t>(15 - std::countl_zero(printed));
  }
}

bool CallMemo::read(const MarkedLine& marked, const Prefix& prefix, kernel::Arch arch, PlainCall& out) {
  if (marked.equals == kNowhere || marked.more_equals || !marked.ended) return false;
  if (!prefix.comm.empty() || !prefix.context.empty() || prefix.has_number) return false;
  const std::string_view raw = marked.text, body = raw.substr(prefix.length);
  const Name* name = name_at(body, arch);
  if (name == nullptr || !name->plain || raw.ends_with("...>")) return false;
  out.name = body.substr(0, name->size);
  out.call = name->call;
  const std::size_t args_at = prefix.length + name->size + 1;
  std::size_t close = marked.equals;
  while (close >= args_at + 8 && word_at(raw.data() + close - 8) == all_bytes(' ')) close -= 8;
  while (close > args_at && raw[close - 1] == ' ') --close;
  if (close <= args_at || raw[close - 1] != ')') return false;
  out.args = raw.substr(args_at, close - 1 - args_at);
  out.text = raw.substr(prefix.length, close - prefix.length);
  if (out.args.ends_with("<unfinished ...>")) return false;
  if (!read_end(raw.substr(marked.equals + 2), out.result)) return false;
  out.undone = may_look_undone(out.result.outcome, name->own_is_small) && looks_undone(out, arch);
  switch (name->keyed) {
    case Name::Keyed::ByNothing: out.key = {}; break;
    case Name::Keyed::BySome: out.key = simple_arguments(out.args, name->first, name->last); break;
    case Name::Keyed::ByAll: out.key = out.args; break;
  }
  return out.key.size() <= kLongestKey;
}

CallMemo::Entry* CallMemo::find(const PlainCall& call, kernel::Arch arch) {
  const Outcome& outcome = call.result.outcome;
  const std::uint64_t seed = std::uint64_t{call.call.name} << 32 | static_cast<std::uint64_t>(outcome.error) << 16 |
                             static_cast<std::uint64_t>(arch) << 8 | (outcome.value != 0 ? 1U : 0U);
  Entry& entry = entries_[hash_text(seed * 0x9E3779B97F4A7C15ULL, call.key) & (kEntries - 1)];
  if (entry.likeness != 0 && entry.name == call.call.name && entry.arch == arch && is_same_end(entry.outcome, outcome) &&
      entry.args == call.key) {
    return &entry;
  }
  entry.likeness = 0;
  entry.name = call.call.name;
  entry.arch = arch;
  entry.outcome = outcome;
  entry.args = call.key;
  return &entry;
}

void CallMemo::keep(Entry& place, model::Event& event) {
  place.likeness = event.likeness = ++likeness_;
  place.event = event;
}

}  // namespace medic::parsers::strace
