#include "parsers/strace/call_memo.h"

#include <array>
#include <bit>
#include <cstring>

#include "parsers/interface/likeness.h"
#include "parsers/strace/argument_order.h"
#include "parsers/strace/call_writer.h"

namespace medic::parsers::strace {
namespace {

using model::Outcome;

constexpr std::size_t kLongestName = 32;
constexpr std::size_t kLongestKey = 160;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// `0x7f…`, as mmap and brk give it; what follows is -T's duration or nothing. False: read it carefully.
bool read_plain_address(std::string_view text, ResultColumn& out) {
  if (!text.starts_with("0x")) return false;
  std::uint64_t value = 0;
  std::size_t at = 2;
  for (; at < text.size() && at < 18; ++at) {
    const char c = text[at];
    const int digit = is_digit(c) ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
    if (digit < 0) break;
    value = value << 4 | static_cast<unsigned>(digit);
  }
  if (at == 2 || (at < text.size() && !text.substr(at).starts_with(" <"))) return false;
  for (std::size_t i = at + 2; i < text.size(); ++i) {
    if (!is_digit(text[i]) && text[i] != '.' && (text[i] != '>' || i + 1 != text.size())) return false;
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

// A result that a call came back with, of which nothing but the value or the errno is to be known.
bool read_end(std::string_view column, ResultColumn& out) {
  out = {};
  if (read_plain_address(column, out)) return true;
  const auto result = read_result(column);
  if (!result) return false;
  out = *result;
  const Outcome::Kind kind = out.outcome.kind;
  return (kind == Outcome::Kind::Returned || kind == Outcome::Kind::Failed) && !out.outcome.injected && out.outer_pid < 0;
}

}  // namespace

const CallMemo::Name* CallMemo::name_at(std::string_view body, std::size_t size, kernel::Arch arch) {
  if (size == 0 || size > 16 || body.size() < 8) return nullptr;
  std::uint64_t head = 0, tail = 0;
  if (size >= 8) {
    std::memcpy(&head, body.data(), 8);
    std::memcpy(&tail, body.data() + size - 8, 8);
  } else {
    std::memcpy(&head, body.data(), size);
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
  return name.plain ? &name : nullptr;
}

void CallMemo::look_up(Name& name, std::string_view text) const {
  name.call = find_call(text, name.arch);
  name.plain = name.call.name != kernel::kNoName && !name.call.has_number && !name.call.forced_64bit && is_plain(name.call.name);
  if (!name.plain) return;
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
  if (body.empty() || (body[0] != '_' && (body[0] < 'a' || body[0] > 'z')) || raw.ends_with("...>")) return false;
  const void* open = std::memchr(body.data(), '(', std::min(body.size(), kLongestName));
  if (open == nullptr) return false;
  const auto size = static_cast<std::size_t>(static_cast<const char*>(open) - body.data());
  const Name* name = name_at(body, size, arch);
  if (name == nullptr) return false;
  out.name = body.substr(0, size);
  out.call = name->call;
  const std::size_t args_at = prefix.length + size + 1;
  std::size_t close = marked.equals;
  while (close > args_at && raw[close - 1] == ' ') --close;
  if (close <= args_at || raw[close - 1] != ')') return false;
  out.args = raw.substr(args_at, close - 1 - args_at);
  out.text = raw.substr(prefix.length, close - prefix.length);
  if (out.args.ends_with("<unfinished ...>")) return false;
  if (!read_end(raw.substr(marked.equals + 2), out.result) || looks_undone(out, arch)) return false;
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
