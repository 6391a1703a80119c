#include "parsers/audit/record_reader.h"

#include <algorithm>
#include <iterator>

namespace medic::parsers::audit {
namespace {

bool is_companion(Type type) {
  return type == Type::Execve || type == Type::Path || type == Type::TaskContexts || type == Type::Cwd || type == Type::Proctitle ||
         type == Type::Eoe;
}

class SessionStitcher : public Stitcher {
 public:
  explicit SessionStitcher(const Options& options) : options_(options), interpreter_(options_) {}

  void join(std::unique_ptr<OpenEnds> ends, EventSink& sink) override {
    if (ends == nullptr) return;
    auto& open = static_cast<OpenSessions&>(*ends);
    for (Session& session : open.sessions) joiner_.adopt(std::move(session));
    emit(joiner_.close_before(open.end_line), sink);
  }
  void finish(EventSink& sink) override { emit(joiner_.close_all(), sink); }

 private:
  void emit(const std::vector<Session>& sessions, EventSink& sink) {
    for (const Session& session : sessions) emit_session(session, interpreter_, sink);
  }

  Options options_;
  Interpreter interpreter_;
  Joiner joiner_;
};

}  // namespace

RecordReader::RecordReader(const Chunk& chunk, const Options& options, ChunkSink& sink)
    : sink_(sink), interpreter_(options), head_end_(chunk.first_line > 1 ? chunk.first_line + kWindow : 0) {}

void RecordReader::account(Reading reading, const Place& place) {
  switch (reading.kind) {
    case Reading::Kind::Used:
    case Reading::Kind::Waits: ++used_; break;
    case Reading::Kind::Foreign: ++foreign_; break;
    case Reading::Kind::Damaged: sink_.damaged(place.origin.line, place.line, reading.reason); break;
  }
}

Reading RecordReader::read(const Record& record, const Place& place) {
  if (!joiner_.idle()) settle(joiner_.close_before(place.origin.line));
  if (is_companion(record.type)) {
    const auto orphans = place.origin.line < head_end_ ? Joiner::Orphans::Keep : Joiner::Orphans::Drop;
    joiner_.companion(record, place.origin.line, orphans);
    return kUsed;
  }
  const Reading reading = interpreter_.read(record, place, nullptr, sink_);
  if (reading.kind != Reading::Kind::Waits) return reading;
  if (joiner_.wait(record, place)) return kUsed;
  const Companions none;
  return interpreter_.read(record, place, &none, sink_);
}

void RecordReader::settle(std::vector<Session>&& closed) {
  for (Session& session : closed) {
    if (session.first_line < head_end_) {
      handed_on_.push_back(std::move(session));
    } else {
      emit_session(session, interpreter_, sink_);
    }
  }
}

std::unique_ptr<OpenEnds> RecordReader::finish(std::uint64_t end_line) {
  if (used_ != 0) sink_.used(used_);
  if (foreign_ != 0) sink_.foreign(foreign_);
  settle(joiner_.close_before(end_line));
  std::vector<Session> open = joiner_.close_all();
  std::move(open.begin(), open.end(), std::back_inserter(handed_on_));
  if (handed_on_.empty()) return nullptr;
  std::sort(handed_on_.begin(), handed_on_.end(), [](const Session& a, const Session& b) { return a.first_line < b.first_line; });
  auto ends = std::make_unique<OpenSessions>();
  ends->sessions = std::move(handed_on_);
  ends->end_line = end_line;
  return ends;
}

std::unique_ptr<Stitcher> session_stitcher(const Options& options) { return std::make_unique<SessionStitcher>(options); }

}  // namespace medic::parsers::audit
