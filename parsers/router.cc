#include "parsers/router.h"

#include <algorithm>

#include "base/text.h"

namespace medic::parsers {
namespace {

constexpr std::size_t kMaxMembers = 4;
constexpr std::size_t kSamples =
    16;  // lines of a chunk that are looked at for dialects not met before
constexpr std::size_t kMaxLineBytes = 8192;  // a longer line is reported by its beginning

bool can_stand_beside(const Dialect& main, const Dialect& other) {
  const Traits own = main.traits(), others = other.traits();
  // Tracers of library calls, and those that copy strace, write lines that another of them would
  // take for its own: one alone is right.
  const bool both_trace =
      own.family == Traits::Family::Tracer && others.family == Traits::Family::Tracer;
  return !others.whole_document && !both_trace;
}

class RouterPartial : public Partial {
 public:
  std::vector<std::pair<const Dialect*, std::unique_ptr<Partial>>> of;
};

class RouterJoiner : public Joiner {
 public:
  explicit RouterJoiner(const Options& options) : options_(options) {}

  void join(std::unique_ptr<Partial> ends, EventSink& sink) override {
    if (ends == nullptr) return;
    for (auto& [dialect, own] : static_cast<RouterPartial&>(*ends).of) {
      if (Joiner* joiner = joiner_of(*dialect)) joiner->join(std::move(own), sink);
    }
  }
  void finish(EventSink& sink) override {
    for (auto& [dialect, joiner] : joiners_) {
      if (joiner != nullptr) joiner->finish(sink);
    }
  }

 private:
  Joiner* joiner_of(const Dialect& dialect) {
    for (auto& [known, joiner] : joiners_) {
      if (known == &dialect) return joiner.get();
    }
    return joiners_.emplace_back(&dialect, dialect.make_joiner(options_)).second.get();
  }
  Options options_;
  std::vector<std::pair<const Dialect*, std::unique_ptr<Joiner>>> joiners_;
};

// One member's account of a chunk in which the lines of others are blank. Blank lines are nobody's,
// so the mixed log says what is foreign.
class MemberSink : public ChunkSink {
 public:
  MemberSink(ChunkSink& sink, std::uint64_t own_lines) : sink_(sink), left_(own_lines) {}
  void event(const model::Event& event) override { sink_.event(event); }
  void used(std::uint64_t lines) override {
    const std::uint64_t counted = std::min(lines, left_);
    left_ -= counted;
    sink_.used(counted);
  }
  void foreign(std::uint64_t) override {}
  void stamped(const Stamped& stamp) override { sink_.stamped(stamp); }
  void unread(std::uint64_t line, std::string_view text) override { sink_.unread(line, text); }
  void damaged(std::uint64_t line, std::string_view text, std::string_view reason) override {
    if (left_ == 0) return;
    --left_;
    sink_.damaged(line, text, reason);
  }
  std::uint64_t left_over() const { return left_; }

 private:
  ChunkSink& sink_;
  std::uint64_t left_;
};

// For each line of the chunk the index of the member that reads it. A line that nobody claims goes
// to the one before it: it may be a call's torn rest.
std::vector<std::uint8_t> owners_of(const Chunk& chunk, std::span<const Dialect* const> members) {
  std::vector<Candidate> candidates;
  for (const Dialect* member : members) candidates.emplace_back(*member);
  std::vector<std::uint8_t> out;
  std::size_t last = 0;
  for_each_line(chunk, [&](std::string_view line, std::uint64_t, std::uint64_t) {
    const std::string_view front = line.substr(0, kMaxLineBytes);
    if (!front.empty() && !candidates[last].goes_on_with(front)) {
      const auto candidate = std::find_if(candidates.begin(), candidates.end(),
                                          [&](Candidate& each) { return each.claims(front); });
      if (candidate != candidates.end())
        last = static_cast<std::size_t>(candidate - candidates.begin());
    }
    out.push_back(static_cast<std::uint8_t>(last));
  });
  return out;
}

// The chunk with the lines of all others blanked: numbers and offsets stay.
std::string only_lines_of(std::uint8_t member, const Chunk& chunk,
                          std::span<const std::uint8_t> owners) {
  std::string out(chunk.text);
  std::size_t begin = 0, line = 0;
  while (begin < out.size()) {
    const std::size_t newline = out.find('\n', begin),
                      end = newline == std::string::npos ? out.size() : newline;
    if (owners[line] != member)
      std::fill(out.begin() + static_cast<std::ptrdiff_t>(begin),
                out.begin() + static_cast<std::ptrdiff_t>(end), ' ');
    begin = end + 1;
    ++line;
  }
  return out;
}

// Lines from all over the chunk, whole ones.
std::vector<std::string_view> sample_of(std::string_view text) {
  std::vector<std::string_view> out;
  for (std::size_t i = 0; i < kSamples; ++i) {
    std::size_t begin = text.size() / kSamples * i;
    if (begin != 0) {
      begin = text.find('\n', begin);
      if (begin == std::string_view::npos) break;
      ++begin;
    }
    const std::string_view line =
        text.substr(begin, std::min(text.find('\n', begin), text.size()) - begin);
    if (!line.empty()) out.push_back(line.substr(0, kMaxLineBytes));
  }
  return out;
}

}  // namespace

bool Candidate::claims(std::string_view line) {
  if (dialect_->recognise({&line, 1}) == 0) return false;
  start_ = line;
  return true;
}

bool Candidate::goes_on_with(std::string_view line) const {
  const std::string_view pair[] = {start_, line};
  return !start_.empty() && dialect_->recognise({&line, 1}) == 0 && dialect_->recognise(pair) == 2;
}

std::vector<const Dialect*> others_beside(const Dialect& main,
                                          std::span<const std::string_view> lines,
                                          std::span<const Dialect* const> known) {
  std::vector<const Dialect*> out;
  if (main.traits().whole_document || main.recognise(lines) >= lines.size()) return out;
  std::vector<std::string_view> rest(lines.begin(), lines.end());
  std::vector<const Dialect*> candidates;
  std::copy_if(known.begin(), known.end(), std::back_inserter(candidates),
               [&](const Dialect* each) { return can_stand_beside(main, *each); });
  for (const Dialect* taken = &main; taken != nullptr && out.size() + 1 < kMaxMembers;) {
    Candidate candidate(*taken);
    std::erase_if(rest, [&](std::string_view line) {
      return candidate.claims(line) || candidate.goes_on_with(line);
    });
    std::erase(candidates, taken);
    taken = nullptr;
    std::size_t most = 0;
    std::erase_if(candidates, [&](const Dialect* each) {
      const std::size_t count = each->recognise(rest);
      if (count > most) {
        most = count;
        taken = each;
      }
      return count == 0;
    });
    if (taken != nullptr) out.push_back(taken);
  }
  return out;
}

Router::Router(std::vector<const Dialect*> members, std::span<const Dialect* const> known)
    : members_(std::move(members)), known_(known) {}

Traits Router::traits() const {
  Traits out = members_.front()->traits();
  out.reads_lines_alone = std::all_of(members_.begin(), members_.end(), [](const Dialect* each) {
    return each->traits().reads_lines_alone;
  });
  return out;
}

std::vector<const Dialect*> Router::members_of(const Chunk& chunk) const {
  std::vector<const Dialect*> out = members_;
  if (chunk.first_line <= 1) return out;  // the sniffing has looked at all of it
  for (const Dialect* other : others_beside(*members_.front(), sample_of(chunk.text), known_)) {
    if (std::find(out.begin(), out.end(), other) == out.end()) out.push_back(other);
  }
  return out;
}

namespace {

// `**syscall=141**`, as people mark a field in a report: the field alone.
std::string without_emphasis(std::string_view text) {
  constexpr std::string_view kMark = "**";
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const std::size_t open = text.find(kMark);
    if (open == std::string_view::npos) break;
    const std::string_view field = text.substr(open + kMark.size());
    const std::size_t close = field.find(kMark), space = field.find_first_of(" \t\n");
    const bool begins =
        open == 0 || std::string_view(" \t\n").find(text[open - 1]) != std::string_view::npos;
    const bool is_field = begins && close != std::string_view::npos && close < space &&
                          !field.empty() && field[0] >= 'a' && field[0] <= 'z' &&
                          field.substr(0, close).find('=') != std::string_view::npos;
    out += text.substr(0, open);
    out += is_field ? field.substr(0, close) : kMark;
    text = is_field ? field.substr(close + kMark.size()) : field;
  }
  return out.append(text);
}

}  // namespace

std::string without_colours(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  append_without_sequences(text, "mK", out);
  return out.find("**") == std::string::npos ? out : without_emphasis(out);
}

class Router::RouterReader : public Reader {
 public:
  RouterReader(const Router& router, const Options& options) : router_(router), options_(options) {}

  std::unique_ptr<Partial> read(const Chunk& chunk, ChunkSink& sink) override {
    if (!router_.coloured_) return read_plain(chunk, sink);
    const std::string plain = without_colours(chunk.text);
    Chunk own = chunk;
    own.text = plain;
    own.after = {};  // it follows another text
    return read_plain(own, sink);
  }

 private:
  std::unique_ptr<Partial> read_plain(const Chunk& chunk, ChunkSink& sink) {
    auto ends = std::make_unique<RouterPartial>();
    std::vector<const Dialect*> members = router_.members_of(chunk);
    if (members.size() == 1) {
      add(*ends, *members.front(), chunk, sink);
      return ends;
    }
    std::stable_partition(members.begin(), members.end(), [](const Dialect* each) {
      return !each->traits().finds_records_anywhere;
    });
    const std::vector<std::uint8_t> owners = owners_of(chunk, members);
    std::uint64_t foreign = 0;
    for (std::uint8_t i = 0; i < members.size(); ++i) {
      const auto lines = static_cast<std::uint64_t>(std::count(owners.begin(), owners.end(), i));
      if (lines == 0) continue;
      router_.note_met(*members[i]);
      const std::string text = only_lines_of(i, chunk, owners);
      Chunk own = chunk;
      own.text = text;
      own.after = {};  // it follows another text
      MemberSink account(sink, lines);
      add(*ends, *members[i], own, account);
      foreign += account.left_over();
    }
    sink.foreign(foreign);
    return ends;
  }

  void add(RouterPartial& ends, const Dialect& member, const Chunk& chunk, ChunkSink& sink) {
    if (auto own = reader_of(member).read(chunk, sink))
      ends.of.emplace_back(&member, std::move(own));
  }

  // Their events go to one sink: each member's repeat ids have its number above them.
  Reader& reader_of(const Dialect& member) {
    constexpr unsigned kIdBits = 48;
    for (auto& [known, reader] : readers_) {
      if (known == &member) return *reader;
    }
    Options own = options_;
    own.repeat_id_base += std::uint64_t{readers_.size()} << kIdBits;
    return *readers_.emplace_back(&member, member.make_reader(own)).second;
  }

  const Router& router_;
  const Options options_;
  std::vector<std::pair<const Dialect*, std::unique_ptr<Reader>>> readers_;
};

void Router::note_met(const Dialect& member) const {
  const auto at = std::find(known_.begin(), known_.end(), &member);
  if (at != known_.end()) met_.fetch_or(std::uint64_t{1} << (at - known_.begin()));
}

std::unique_ptr<Reader> Router::make_reader(const Options& options) const {
  return std::make_unique<RouterReader>(*this, options);
}

std::unique_ptr<Joiner> Router::make_joiner(const Options& options) const {
  return std::make_unique<RouterJoiner>(options);
}

std::string Router::given() const {
  std::string out(members_.front()->name());
  for (std::size_t i = 0; i < known_.size(); ++i) {
    if (known_[i] != members_.front() && (met_.load() >> i & 1) != 0)
      out.append("+").append(known_[i]->name());
  }
  return out;
}

}  // namespace medic::parsers
