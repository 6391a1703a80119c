#include "ledger/digest.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <tuple>

#include "base/text.h"
#include "ledger/interest.h"

namespace medic::ledger {
namespace {

constexpr std::string_view kVersion = "1";

Problem damage(const std::string& file, std::uint64_t at, std::string text) {
  Problem problem;
  problem.file = file;
  problem.text = fmt::format("is a damaged digest: byte {}: {}", at, text);
  problem.hint = "make it again from the logs, or fetch it again";
  return problem;
}

Problem note(const std::string& file, std::string text) {
  Problem problem;
  problem.severity = Severity::Note;
  problem.file = file;
  problem.text = std::move(text);
  return problem;
}

// A name as one word.
std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte <= 0x20 || byte == '%' || byte >= 0x7F)
      out += fmt::format("%{:02x}", byte);
    else
      out += c;
  }
  return out.empty() ? "-" : out;
}

std::optional<std::string> unescaped(std::string_view text) {
  std::string out;
  if (text == "-") return out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    const auto byte = i + 2 < text.size() ? decode_hex(text.substr(i + 1, 2)) : std::nullopt;
    if (!byte || byte->size() != 1) return std::nullopt;
    out += *byte;
    i += 2;
  }
  return out;
}

std::string serials_text(const std::optional<PartIdentity::Serials>& serials) {
  return serials ? fmt::format("{}{}{}", serials->first, serials->dense ? '=' : '-', serials->last)
                 : "-";
}

bool read_serials(std::string_view text, std::optional<PartIdentity::Serials>& out) {
  if (text == "-") return true;
  const std::size_t mark = text.find_first_of("=-");
  if (mark == std::string_view::npos) return false;
  const auto first = parse_decimal(text.substr(0, mark)),
             last = parse_decimal(text.substr(mark + 1));
  if (!first || !last) return false;
  out = {*first, *last, text[mark] == '='};
  return true;
}

std::string head_of(const DigestPart& part) {
  const PartIdentity& id = part.identity;
  return fmt::format("part {} {} {} {} {} {} {} {} {} {}\n", id.begin, id.end, id.total,
                     id.content.hex(), escaped(id.source), id.first_ns, part.bytes.size(),
                     hash_of(part.bytes).hex(), serials_text(id.serials), escaped(id.name));
}

bool take_line(std::string_view& rest, std::string_view& line) {
  const std::size_t end = rest.find('\n');
  if (end == std::string_view::npos) return false;
  line = rest.substr(0, end);
  rest.remove_prefix(end + 1);
  return true;
}

struct Head {
  PartIdentity identity;
  std::uint64_t size = 0;
  ContentHash hash;
};

std::optional<Head> read_head(std::string_view line) {
  const auto words = split(line, ' ');
  if (words.size() != 11 || words[0] != "part") return std::nullopt;
  Head out;
  PartIdentity& id = out.identity;
  for (const auto& [word, to] : {std::pair{words[1], &id.begin},
                                 {words[2], &id.end},
                                 {words[3], &id.total},
                                 {words[6], &id.first_ns},
                                 {words[7], &out.size}}) {
    const auto number = parse_decimal(word);
    if (!number) return std::nullopt;
    *to = *number;
  }
  const auto content = ContentHash::from_hex(words[4]), hash = ContentHash::from_hex(words[8]);
  const auto source = unescaped(words[5]), name = unescaped(words[10]);
  if (!read_serials(words[9], id.serials)) return std::nullopt;
  if (!content || !hash || !source || !name || id.begin > id.end ||
      (id.total != 0 && id.end > id.total))
    return std::nullopt;
  id.content = *content;
  out.hash = *hash;
  id.source = *source;
  id.name = *name;
  return out;
}

bool is_split(const PartIdentity& id) { return id.total != 0; }

// An input without a byte is known from others by its name alone.
auto identity_key(const PartIdentity& id) {
  return std::tuple(id.begin, id.end, id.total, id.content.hex(), id.source,
                    id.begin == id.end ? id.name : std::string());
}

// Oldest first within a recording, as its files are read.
auto order_key(const PartIdentity& id) {
  return std::tuple(std::string(stem_of(id.name)), id.first_ns, id.name, id.total, id.begin, id.end,
                    id.content.hex(), id.source);
}

void sort_parts(std::vector<DigestPart>& parts) {
  std::sort(parts.begin(), parts.end(), [](const DigestPart& a, const DigestPart& b) {
    const auto x = order_key(a.identity), y = order_key(b.identity);
    return x != y ? x < y : a.bytes < b.bytes;
  });
}

void drop_duplicates(std::vector<DigestPart>& parts, Problems& notes) {
  std::map<decltype(identity_key(PartIdentity{})), std::string> seen;
  std::erase_if(parts, [&](const DigestPart& part) {
    const auto [at, is_new] = seen.try_emplace(identity_key(part.identity), part.identity.name);
    if (!is_new)
      notes.push_back(note(
          part.identity.name,
          fmt::format("has the same content as {}: it is counted once",
                      at->second == part.identity.name ? "one that was read before" : at->second)));
    return !is_new;
  });
}

// A run that was ended before it could keep its place is done again, over the same beginning and
// more: the longer one says all.
void drop_contained(std::vector<DigestPart>& parts, Problems& notes) {
  std::map<std::pair<std::string, std::uint64_t>, std::uint64_t> longest;
  for (const DigestPart& part : parts) {
    if (part.identity.source.empty()) continue;
    std::uint64_t& end = longest[{part.identity.source, part.identity.begin}];
    end = std::max(end, part.identity.end);
  }
  std::erase_if(parts, [&](const DigestPart& part) {
    const PartIdentity& id = part.identity;
    const bool drop = !id.source.empty() && id.end < longest[{id.source, id.begin}];
    if (drop)
      notes.push_back(
          note(id.name, fmt::format("bytes {} to {} are in a later run's part too: counted once",
                                    id.begin, id.end)));
    return drop;
  });
}

// Splits of one input, when they cover it from its first byte to its last. Joined they are what
// reading it at once gives.
std::optional<DigestPart> join_splits(const std::vector<const DigestPart*>& splits,
                                      Problems& notes) {
  std::uint64_t at = 0;
  for (const DigestPart* split : splits) {
    if (split->identity.begin != at) return std::nullopt;
    at = split->identity.end;
  }
  if (splits.empty() || at != splits.front()->identity.total) return std::nullopt;
  static const InterestTable kNoInterest;
  std::optional<LoadedPart> whole;
  PartIdentity identity = splits.front()->identity;
  identity.content = {};
  for (const DigestPart* split : splits) {
    auto loaded = load_part(split->bytes, 0, kNoInterest);
    if (!loaded) {
      notes.push_back(note(identity.name, "a split of it cannot be read: the splits stay apart"));
      return std::nullopt;
    }
    identity.content.add(split->identity.content);
    if (identity.serials && split->identity.serials)
      identity.serials->last = split->identity.serials->last;
    else if (!identity.serials)
      identity.serials = split->identity.serials;
    if (!whole)
      whole.emplace(std::move(*loaded));
    else
      join_part(*whole, std::move(*loaded));
  }
  identity.end = identity.total;
  identity.total = 0;
  return make_part(whole->ledger, whole->account, std::move(identity));
}

void join_complete(std::vector<DigestPart>& parts, Problems& notes) {
  std::map<std::pair<std::string, std::uint64_t>, std::vector<const DigestPart*>> groups;
  for (const DigestPart& part : parts) {
    if (is_split(part.identity)) groups[{part.identity.name, part.identity.total}].push_back(&part);
  }
  std::vector<DigestPart> wholes;
  std::map<std::pair<std::string, std::uint64_t>, bool> done;
  for (auto& [key, splits] : groups) {
    std::sort(splits.begin(), splits.end(), [](const DigestPart* a, const DigestPart* b) {
      return a->identity.begin < b->identity.begin;
    });
    if (auto whole = join_splits(splits, notes)) {
      wholes.push_back(std::move(*whole));
      done[key] = true;
    }
  }
  for (const DigestPart& part : parts) {  // a split of what is there whole
    if (!is_split(part.identity) && part.identity.begin == 0)
      done[{part.identity.name, part.identity.end}] = true;
  }
  std::erase_if(parts, [&](const DigestPart& part) {
    return is_split(part.identity) && done.contains({part.identity.name, part.identity.total});
  });
  for (DigestPart& whole : wholes) parts.push_back(std::move(whole));
}

}  // namespace

std::string_view stem_of(std::string_view path) {
  for (const std::string_view suffix : {".gz", ".xz", ".zst", ".bz2"}) {
    if (path.ends_with(suffix)) path.remove_suffix(suffix.size());
  }
  const std::size_t mark = path.find_last_of(".-");
  return mark != std::string_view::npos && mark + 1 < path.size() &&
                 path.find_first_not_of("0123456789", mark + 1) == std::string_view::npos
             ? path.substr(0, mark)
             : path;
}

DigestPart make_part(Ledger& ledger, const InputAccount& account, PartIdentity identity) {
  std::int64_t first = INT64_MAX;
  for (const attribute::Process& process : ledger.processes().processes()) {
    if (process.first_time.basis == model::Time::Basis::Epoch)
      first = std::min(first, process.first_time.ns);
  }
  identity.first_ns = first < 0 || first == INT64_MAX ? 0 : static_cast<std::uint64_t>(first);
  return {std::move(identity), save_part(ledger, account)};
}

void resolve(Digest& digest, Problems& notes) {
  sort_parts(digest.parts);
  drop_duplicates(digest.parts, notes);
  drop_contained(digest.parts, notes);
  join_complete(digest.parts, notes);
  sort_parts(digest.parts);
  drop_duplicates(digest.parts, notes);  // a whole that was there, and the one that was joined
}

std::string write_digest(const Digest& digest) {
  std::string out = fmt::format("{}{}\n", kDigestMagic, kVersion);
  for (const DigestPart& part : digest.parts) {
    out += head_of(part);
    out += part.bytes;
    out += '\n';
  }
  out += fmt::format("end {} {}\n", digest.parts.size(), hash_of(out).hex());
  return out;
}

Result<Digest> read_digest(std::string_view bytes, const std::string& file) {
  const std::string_view whole = bytes;
  const auto here = [&] { return static_cast<std::uint64_t>(whole.size() - bytes.size()); };
  std::string_view line;
  if (!bytes.starts_with(kDigestMagic) || !take_line(bytes, line))
    return fail(damage(file, 0, "its first line is not a digest's"));
  if (const std::string_view version = line.substr(kDigestMagic.size()); version != kVersion) {
    Problem problem =
        damage(file, 0,
               fmt::format("its format is version {}, and this program knows version {}",
                           escape_for_terminal(shorten(version, 20)), kVersion));
    problem.hint = "use the seccomp-medic that made it, or a newer one";
    return fail(std::move(problem));
  }
  Digest digest;
  for (;;) {
    const std::uint64_t at = here();
    if (bytes.empty())
      return fail(damage(file, at, "it ends before its last line: it was cut off"));
    if (!take_line(bytes, line)) return fail(damage(file, at, "a line is cut off"));
    if (line.starts_with("end ")) {
      const std::string expected =
          fmt::format("end {} {}", digest.parts.size(),
                      hash_of(whole.substr(0, static_cast<std::size_t>(at))).hex());
      if (line != expected)
        return fail(damage(file, at, "its checksum is another: it was altered"));
      if (!bytes.empty()) return fail(damage(file, here(), "something follows its end"));
      return digest;
    }
    auto head = read_head(line);
    if (!head) return fail(damage(file, at, "what should be the head of a part is none"));
    if (head->size >= bytes.size())
      return fail(damage(file, at,
                         fmt::format("the part of {} is cut off",
                                     escape_for_terminal(shorten(head->identity.name, 200)))));
    const std::string_view part = bytes.substr(0, static_cast<std::size_t>(head->size));
    bytes.remove_prefix(part.size());
    if (bytes.front() != '\n' || !(hash_of(part) == head->hash)) {
      return fail(damage(file, at,
                         fmt::format("the part of {} does not match its checksum",
                                     escape_for_terminal(shorten(head->identity.name, 200)))));
    }
    bytes.remove_prefix(1);
    digest.parts.push_back({std::move(head->identity), std::string(part)});
  }
}

}  // namespace medic::ledger
