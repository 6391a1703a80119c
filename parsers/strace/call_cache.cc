#include "parsers/strace/call_cache.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

#include "parsers/fast/repeat_id.h"
#include "parsers/fast/words.h"
#include "parsers/strace/argument_order.h"
#include "parsers/strace/nature.h"
#include "parsers/strace/suppressed.h"

namespace medic::parsers::strace {
namespace {

using model::Outcome;

constexpr std::size_t kLongestKey = 160;
constexpr std::uint64_t kOdd = 0x9E3779B97F4A7C15ULL, kOther = 0xFF51AFD7ED558CCDULL;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Bytes of an argument that is a number, a name or an or of them: nothing in it can hide the end of
// the argument.
constexpr std::array<bool, 256> kSimple = [] {
  std::array<bool, 256> table{};
  for (char c = 'a'; c <= 'z'; ++c) table[static_cast<unsigned char>(c)] = true;
  for (char c = 'A'; c <= 'Z'; ++c) table[static_cast<unsigned char>(c)] = true;
  for (char c = '0'; c <= '9'; ++c) table[static_cast<unsigned char>(c)] = true;
  for (char c : {'_', '|', '-'}) table[static_cast<unsigned char>(c)] = true;
  return table;
}();

// How many bytes from `at` on are simple. end: up to where can be read, behind `stop`, up to where
// is looked.
std::size_t count_simple(const char* at, const char* stop, [[maybe_unused]] const char* end) {
  const char* const begin = at;
#if defined(__SSE2__)
  const auto set = [](int c) { return _mm_set1_epi8(static_cast<char>(c)); };
  const auto is_up_to = [](__m128i bytes, __m128i limit) {
    return _mm_cmpeq_epi8(_mm_min_epu8(bytes, limit), bytes);
  };
  for (; at < stop && end - at >= 16; at += 16) {
    const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
    const __m128i letters =
        is_up_to(_mm_sub_epi8(_mm_or_si128(bytes, set(0x20)), set('a')), set('z' - 'a'));
    const __m128i digits = is_up_to(_mm_sub_epi8(bytes, set('0')), set(9));
    const __m128i signs = _mm_or_si128(
        _mm_cmpeq_epi8(bytes, set('_')),
        _mm_or_si128(_mm_cmpeq_epi8(bytes, set('|')), _mm_cmpeq_epi8(bytes, set('-'))));
    const auto others = static_cast<unsigned>(
                            _mm_movemask_epi8(_mm_or_si128(letters, _mm_or_si128(digits, signs)))) ^
                        0xFFFFU;
    if (others != 0)
      return static_cast<std::size_t>(std::min(at + std::countr_zero(others), stop) - begin);
  }
  at = std::min(at, stop);
#endif
  while (at < stop && kSimple[static_cast<unsigned char>(*at)]) ++at;
  return static_cast<std::size_t>(at - begin);
}

// The printed arguments from `first` to `last`, where all before and among them are simple; the
// whole text elsewhere. end: up to where can be read.
std::string_view simple_arguments(std::string_view args, int first, int last, const char* end) {
  const char* const stop = args.data() + args.size();
  std::size_t at = 0, begin = 0;
  for (int index = 0;; ++index) {
    if (index == first) begin = at;
    at += count_simple(args.data() + at, stop, end);
    if (at == args.size()) return index < first ? std::string_view{} : args.substr(begin);
    if (args[at] != ',' || at + 1 >= args.size() || args[at + 1] != ' ') return args;
    if (index == last) return args.substr(begin, at - begin);
    at += 2;
  }
}

// Where the spaces begin that stand before `end`, in a text that begins at `begin`.
const char* end_before_spaces(const char* begin, const char* end) {
  while (end - begin >= 8) {
    const std::uint64_t others = word_at(end - 8) ^ all_bytes(' ');
    if (others != 0) return end - std::countl_zero(others) / 8;
    end -= 8;
  }
  while (end > begin && end[-1] == ' ') --end;
  return end;
}

// A text of up to sixteen bytes, as two words. end: up to where can be read.
TwoWords short_words(std::string_view text, const char* end) {
  if (end - text.data() >= 16) return first_bytes_of_16(text.data(), text.size());
  char copy[16] = {};
  std::memcpy(copy, text.data(), text.size());
  return {word_at(copy), word_at(copy + 8)};
}

// repeats_first_argument(), with less to go by: false where it would be.
bool may_repeat_first_argument(std::string_view args, std::int64_t value, kernel::Arch arch) {
  constexpr std::int64_t kFdCwd = -100;
  const char letter = args.empty() ? '\0' : args[0];
  if (!is_digit(letter)) {
    if (args.starts_with("AT_FDCWD")) return value == kFdCwd;
    return letter == '-' || (arch != kernel::Arch::Unknown && value > 2);
  }
  std::int64_t number = 0;
  std::size_t at = 0;
  for (; at < args.size() && at < 9 && is_digit(args[at]); ++at)
    number = number * 10 + (args[at] - '0');
  const bool decimal = (at == args.size() || args[at] == ',') && (at == 1 || args[0] != '0');
  return !decimal || number == value;
}

}  // namespace

inline const CallCache::Name* CallCache::name_at(std::string_view body, kernel::Arch arch) {
  constexpr std::size_t kLongestName = 16;
  if (body.size() <= kLongestName) return nullptr;
  const std::size_t size = find_byte_of_16(body.data(), '(');
  if (size == kLongestName && body[kLongestName] != '(') return nullptr;
  const auto [head, tail] = first_bytes_of_16(body.data(), size);
  const std::uint64_t mixed = (head ^ tail * kOther ^ static_cast<std::uint64_t>(arch)) * kOdd;
  Name& name = names_[(mixed ^ mixed >> 32) >> 20 & (kNames - 1)];
  if (name.head != head || name.tail != tail || name.size != size || name.arch != arch)
    learn(name, body.substr(0, size), arch);
  return &name;
}

std::size_t CallCache::known_name(std::string_view body, kernel::Arch arch) {
  const Name* name = name_at(body, arch);
  return name != nullptr && name->call.known ? name->size : 0;
}

void CallCache::learn(Name& name, std::string_view text, kernel::Arch arch) {
  const TwoWords words = short_words(text, text.data() + text.size());
  name = {};
  name.head = words.head;
  name.tail = words.tail;
  name.size = static_cast<std::uint8_t>(text.size());
  name.arch = arch;
  name.call = find_call(text, name.arch);
  name.plain = name.call.name != kernel::kNoName && !name.call.has_number &&
               !name.call.forced_64bit && is_plain(name.call.name);
  if (!name.plain) return;
  name.own = own_numbers(name.call.name);
  name.is_x86 = is_x86_family(arch);
  name.zero_is_own = name.own.x86_64 == 0 || name.own.x86 == 0 || name.own.x32 == 0;
  name.kind = std::uint64_t{name.call.name} | static_cast<std::uint64_t>(arch) << 16;
  const std::uint8_t wanted =
      options_.wanted_args == nullptr ? 0xFF : options_.wanted_args[name.call.name];
  const ArgumentOrder order = order_of(text, name.arch);
  const std::uint16_t printed = printed_mask(order, wanted);
  if (order.opaque || printed == 0) {
    name.keyed = Name::Keyed::ByNothing;
    name.zero = &place_of(name.kind * kOdd);
  } else if (!order.by_label && wanted != 0xFF) {
    name.keyed = Name::Keyed::BySome;
    name.first = static_cast<std::uint8_t>(std::countr_zero(printed));
    name.last = static_cast<std::uint8_t>(15 - std::countl_zero(printed));
  }
}

inline bool CallCache::is_suppressed(const Name& name, std::string_view args,
                                     const PlainResult& result) {
  const OwnNumbers& own = name.own;
  const bool failed = result.kind == Outcome::Kind::Failed;
  const std::int64_t value = failed ? -std::int64_t{result.error} : result.value;
  if (value == 0 && !name.zero_is_own) return false;
  // i386's socketcall and ipc have numbers that other calls may seem to return.
  const bool may_be_own =
      value == own.x86_64 || value == own.x86 || value == own.x32 || value == 102 || value == 117;
  if (may_be_own && !failed &&
      is_own_number(value, {args.data() - 1 - name.size, name.size}, own, name.arch))
    return true;
  if (name.is_x86 || (value >= -2 && value <= 2)) return false;
  return may_repeat_first_argument(args, value, name.arch) &&
         repeats_first_argument(args, value, name.arch);
}

inline KnownCall& CallCache::find(const Name& name, const PlainResult& result, std::string_view key,
                                  const char* end) {
  // Of the outcome, what is_same_end() asks for. An errno has at most twelve bits, a key at most
  // eight of size.
  const std::uint64_t kind = name.kind | static_cast<std::uint64_t>(result.kind) << 24 |
                             (result.value != 0 ? 1ULL << 28 : 0) |
                             static_cast<std::uint64_t>(result.error) << 32 |
                             std::uint64_t{key.size()} << 48;
  TwoWords words;
  std::uint64_t hash = kind * kOdd;
  const bool is_long = key.size() > 16;
  if (is_long) {
    hash = hash_text(hash, key);
  } else if (!key.empty()) {
    words = short_words(key, end);
    hash = (hash ^ hash >> 32 ^ words.head ^ words.tail * kOther) * kOdd;
  }
  KnownCall& known = place_of(hash);
  const bool same = known.kind == kind && known.head == words.head && known.tail == words.tail &&
                    (!is_long || known.args == key);
  if (same) return known;
  known.repeat_id = 0;
  known.kind = kind;
  known.head = words.head;
  known.tail = words.tail;
  if (is_long) known.args = key;
  return known;
}

const PlainCall* CallCache::read(const MarkedLine& marked, const Prefix& prefix,
                                 kernel::Arch arch) {
  if (marked.equals == kNowhere || marked.more_equals || !marked.ended) return nullptr;
  if (!prefix.comm.empty() || !prefix.context.empty() || prefix.has_number) return nullptr;
  const char* const equals = marked.text.data() + marked.equals;
  const char* const end = marked.text.data() + marked.text.size();
  const char* const body = marked.text.data() + prefix.length;
  const Name* name = name_at({body, static_cast<std::size_t>(end - body)}, arch);
  if (name == nullptr || !name->plain) return nullptr;
  // `<unfinished ...>` and its like end so, at the line's end or at the arguments'.
  const auto is_left_at = [](const char* stop) {
    return stop[-1] == '>' && stop[-2] == '.' && stop[-3] == '.' && stop[-4] == '.';
  };
  const char* const first = body + name->size + 1;
  const char* const close = end_before_spaces(marked.text.data(), equals);
  if (close <= first || close[-1] != ')' || is_left_at(end)) return nullptr;
  const std::string_view args(first, static_cast<std::size_t>(close - 1 - first));
  if (args.size() >= 4 && is_left_at(close - 1)) return nullptr;
  PlainResult result;
  if (!results_.read({equals + 2, static_cast<std::size_t>(end - equals - 2)}, result))
    return nullptr;
  std::string_view key;
  if (name->keyed != Name::Keyed::ByNothing) {
    key = name->keyed == Name::Keyed::BySome ? simple_arguments(args, name->first, name->last, end)
                                             : args;
    if (key.size() > kLongestKey) return nullptr;
  }
  const bool usual =
      name->zero != nullptr && result.value == 0 && result.kind == Outcome::Kind::Returned;
  call_.known =
      usual && name->zero->kind == name->kind ? name->zero : &find(*name, result, key, end);
  call_.text = {body, static_cast<std::size_t>(close - body)};
  call_.value = result.value;
  call_.suppressed = is_suppressed(*name, args, result);
  return &call_;
}

void CallCache::keep(KnownCall& place, model::Event& event) {
  place.repeat_id = event.repeat_id = ++repeat_id_;
  place.event = event;
}

}  // namespace medic::parsers::strace
