#include "parsers/audit/joiner.h"

#include <algorithm>
#include <functional>
#include <iterator>

#include "parsers/audit/fields.h"

namespace medic::parsers::audit {
namespace {

// Bounds on what a hostile log can make wait: beyond them records are read as they stand.
constexpr std::size_t kMaxRecords = 16, kMaxCompanions = 64, kMaxLineBytes = 64 * 1024, kMaxTextBytes = 8 * 1024, kMaxSessions = 4096;

// What MAC_TASK_CONTEXTS says of the LSM that separates containers: SELinux before AppArmor before the rest.
std::string_view task_context(std::string_view body) {
  for (std::string_view key : {"subj_selinux", "subj_apparmor", "subj_smack"}) {
    const std::string_view value = find_field(body, key).value;
    if (!value.empty() && value != "?" && value != "(null)") return value;
  }
  return {};
}

std::string companion_text(const Record& record) {
  std::string scratch;
  std::string_view text;
  if (record.type == Type::TaskContexts) text = task_context(record.body);
  if (record.type == Type::Execve) text = untrusted(find_field(record.body, "a0"), record.style, scratch);
  if (record.type == Type::Path) text = untrusted(find_field(record.body, "name"), record.style, scratch);
  return std::string(text.substr(0, kMaxTextBytes));
}

// The PATH record whose last part is what the AVC calls name=.
std::string_view path_named(const Session& session, std::uint64_t line, std::string_view name) {
  if (name.empty()) return {};
  for (const Companion& companion : session.companions) {
    const std::string_view path = companion.text;
    if (companion.type != Type::Path || companion.line <= line || !path.starts_with('/')) continue;
    if (path.size() > name.size() && path.ends_with(name) && path[path.size() - name.size() - 1] == '/') return path;
  }
  return {};
}

std::string_view first_companion(const Session& session, std::uint64_t line, Type type) {
  for (const Companion& companion : session.companions) {
    if (companion.type == type && companion.line > line) return companion.text;
  }
  return {};
}

}  // namespace

EventKey key_of(const Record& record) {
  return {record.serial, record.time.ns, std::hash<std::string_view>{}(record.node)};
}

void emit_session(const Session& session, Interpreter& interpreter, EventSink& sink) {
  std::string scratch;
  for (const WaitingRecord& waiting : session.records) {
    Record record = waiting.record;
    record.node = waiting.node;
    record.body = waiting.body;
    const std::uint64_t line = waiting.origin.line;
    Companions companions;
    companions.subject = first_companion(session, line, Type::TaskContexts);
    companions.argv0 = first_companion(session, line, Type::Execve);
    companions.path = path_named(session, line, untrusted(find_field(record.body, "name"), record.style, scratch));
    interpreter.read(record, {waiting.origin, waiting.line}, &companions, sink);
  }
}

bool Joiner::wait(const Record& record, const Place& place) {
  if (place.line.size() > kMaxLineBytes || sessions_.size() >= kMaxSessions) return false;
  Session& session = find_or_open(key_of(record), place.origin.line);
  if (session.records.size() >= kMaxRecords) return false;
  session.records.push_back({record, std::string(record.node), std::string(record.body), std::string(place.line), place.origin});
  return true;
}

void Joiner::companion(const Record& record, std::uint64_t line, Orphans orphans) {
  const EventKey key = key_of(record);
  Session* session = find(key, line);
  if (session == nullptr) {
    if (orphans == Orphans::Drop || sessions_.size() >= kMaxSessions) return;
    session = &find_or_open(key, line);
  }
  session->last_line = std::max(session->last_line, line);
  if (session->companions.size() >= kMaxCompanions) return;
  if (std::string text = companion_text(record); !text.empty()) session->companions.push_back({line, record.type, std::move(text)});
}

std::vector<Session> Joiner::close_before(std::uint64_t line) {
  const auto open = [&](const Session& session) { return line - session.last_line < kWindow; };
  if (std::all_of(sessions_.begin(), sessions_.end(), open)) return {};
  const auto closed = std::stable_partition(sessions_.begin(), sessions_.end(), open);
  std::vector<Session> out(std::make_move_iterator(closed), std::make_move_iterator(sessions_.end()));
  sessions_.erase(closed, sessions_.end());
  return out;
}

void Joiner::adopt(Session&& session) {
  Session* open = find(session.key, session.first_line);
  if (open == nullptr) {
    sessions_.push_back(std::move(session));
    return;
  }
  open->last_line = std::max(open->last_line, session.last_line);
  std::move(session.records.begin(), session.records.end(), std::back_inserter(open->records));
  std::move(session.companions.begin(), session.companions.end(), std::back_inserter(open->companions));
}

Session* Joiner::find(const EventKey& key, std::uint64_t line) {
  const auto found = std::find_if(sessions_.rbegin(), sessions_.rend(), [&](const Session& session) {
    return session.key == key && line - session.last_line < kWindow;
  });
  return found == sessions_.rend() ? nullptr : &*found;
}

Session& Joiner::find_or_open(const EventKey& key, std::uint64_t line) {
  if (Session* session = find(key, line)) {
    session->last_line = std::max(session->last_line, line);
    return *session;
  }
  sessions_.push_back({key, line, line, {}, {}});
  return sessions_.back();
}

}  // namespace medic::parsers::audit
