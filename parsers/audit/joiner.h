// Joins the records of one audit event: those with the same serial, stamp and node whose lines lie less than kWindow apart.
// The rule looks at gaps only, so cutting the input into chunks anywhere and joining the sessions again gives the same events.
#pragma once

#include <string>
#include <vector>

#include "parsers/audit/meaning.h"

namespace medic::parsers::audit {

// auditd writes the records of an event within a few lines; between them stand those of other CPUs' events.
inline constexpr std::uint64_t kWindow = 64;

struct EventKey {
  std::int64_t serial = -1;
  std::int64_t time_ns = 0;
  std::size_t node_hash = 0;
  friend bool operator==(const EventKey&, const EventKey&) = default;
};
EventKey key_of(const Record& record);

// A record that waits for its companions, as owned text.
struct WaitingRecord {
  Record record;  // node and body are restored from the strings below
  std::string node, body, line;
  model::Origin origin;
};

struct Companion {
  std::uint64_t line = 0;
  Type type = Type::Other;
  std::string text;  // decoded: argv[0], the path, the subject
};

struct Session {
  EventKey key;
  std::uint64_t first_line = 0, last_line = 0;
  std::vector<WaitingRecord> records;
  std::vector<Companion> companions;
};

// Emits every record of the session, with what its later companions tell.
void emit_session(const Session& session, Interpreter& interpreter, EventSink& sink);

// The open sessions of a run of lines.
class Joiner {
 public:
  // Takes the record when there is room; false: read it without companions. line_text may be anything up to the limit of a waiting line.
  bool wait(const Record& record, const Place& place);
  // A companion record. Kept when a session of its event is open or, with keep_orphans, when one may be open before the chunk.
  enum class Orphans : std::uint8_t { Keep, Drop };
  void companion(const Record& record, std::uint64_t line, Orphans orphans);
  // Takes out the sessions that no line from `line` on can join.
  std::vector<Session> close_before(std::uint64_t line);
  std::vector<Session> close_all() { return std::move(sessions_); }
  // Adds a session of a later chunk.
  void adopt(Session&& session);
  bool idle() const { return sessions_.empty(); }

 private:
  Session* find(const EventKey& key, std::uint64_t line);
  Session& find_or_open(const EventKey& key, std::uint64_t line);

  std::vector<Session> sessions_;
};

}  // namespace medic::parsers::audit
