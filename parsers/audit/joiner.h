// Finds the companions of a record: records of the same event (serial, stamp, node) on one of the
// next kWindow lines. The rule looks at the distance of lines only, so an input cut into chunks
// anywhere, its open records joined, gives the same events as the whole.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "parsers/audit/meaning.h"

namespace medic::parsers::audit {

// auditd writes the records of an event within a few lines; between them may stand those of other
// CPUs' events.
inline constexpr std::uint64_t kWindow = 32;
// And further apart than this they do not stand: whoever sees so much behind a record has seen all
// that it may need.
inline constexpr std::size_t kReach = std::size_t{48} * 1024;

struct EventKey {
  std::int64_t serial = -1;
  std::int64_t time_ns = 0;
  std::size_t node_hash = 0;
  friend bool operator==(const EventKey&, const EventKey&) = default;
};
EventKey key_of(const Record& record);

// A record that says something about others of its event: EXECVE, PATH, MAC_TASK_CONTEXTS, SYSCALL.
// The text is what it says, decoded.
struct Companion {
  EventKey key;
  std::uint64_t line = 0;
  Type type = Type::Other;
  std::string text;
  std::optional<FileMode> file;  // of PATH
};
bool is_companion(Type type);
// What an EXECVE record says: all words, a NUL between two.
std::string words_of(const Record& record);
// Appends the companion when it says anything.
void add_companion(const Record& record, std::uint64_t line, std::vector<Companion>& out);

// A record that waits for companions beyond its chunk, as owned text.
struct OpenRecord {
  Record record;  // node and body live in the strings below
  std::string node, body, line;
  model::Origin origin;
  std::vector<Companion> companions;
};

// The companions of the record in the lines behind it. complete: nothing that may follow `after`
// could say more.
struct Lookahead {
  std::vector<Companion> companions;
  bool complete = false;
};
Lookahead look_ahead(const Record& record, std::uint64_t record_line, std::string_view after);

// The files whose modes PATH among them says.
std::vector<FileMode> files_among(const std::vector<Companion>& companions);

// What EXECVE among them says: all words, a NUL between two.
std::string_view words_among(const std::vector<Companion>& companions);

// Reads the record with what its companions say.
Reading read_with(const Record& record, const Place& place,
                  const std::vector<Companion>& companions, Interpreter& interpreter,
                  EventSink& sink);

}  // namespace medic::parsers::audit
