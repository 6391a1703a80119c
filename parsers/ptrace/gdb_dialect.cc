// `Catchpoint 1 (call to syscall mkdir), 0x00007… in mkdir () …` and `(returned from syscall
// mkdir)`; results are not known. The first of the two counts. A program that dies of SIGSYS does
// so in its last call. Threads are reported only where gdb switches, and so not at all here.
#include "parsers/ptrace/gdb_dialect.h"

#include "base/text.h"
#include "kernel/errno.h"
#include "parsers/ptrace/call_text.h"
#include "parsers/ptrace/line_dialect.h"

namespace medic::parsers {
namespace {

using namespace ptrace;

constexpr std::string_view kCallTo = "(call to syscall ", kReturned = "(returned from syscall ";

bool is_catchpoint(std::string_view line) {
  const std::size_t at = line.find("Catchpoint ");
  return at != std::string_view::npos && at < 80 &&
         (line.find(kCallTo) != std::string_view::npos ||
          line.find(kReturned) != std::string_view::npos);
}

Reading read_catchpoint(const Line& line, Session& session) {
  const std::size_t at = line.text.find(kCallTo);
  if (at == std::string_view::npos) return kUsed;
  const std::string_view rest = line.text.substr(at + kCallTo.size());
  std::string_view name = rest.substr(0, rest.find(')'));
  if (name.size() == rest.size()) return damaged("line cut off");
  // gdb 14 writes 'mkdir' in quotes for names, bare numbers for the unnamed.
  if (name.size() > 2 && name.front() == '\'') name = name.substr(1, name.size() - 2);
  model::Call call;
  call.syscall = syscall_called(name, session.options.arch);
  if (!is_known(call.syscall)) return damaged("no such system call");
  model::Event event = event_at(line);
  event.what = call;
  session.sink.event(event);
  return kUsed;
}

Reading read_signal(const Line& line, std::string_view rest, Session& session) {
  const std::string_view name = rest.substr(0, rest.find_first_of(",. "));
  const auto number = kernel::signal_number(name);
  if (!number) return damaged("no such signal");
  model::Event event = event_at(line);
  if (line.text.find("terminated with") != std::string_view::npos) {
    model::Exit exit;
    exit.signal = *number;
    event.what = exit;
  } else {
    model::Signal signal;
    signal.number = *number;
    event.what = signal;
  }
  session.sink.event(event);
  return kUsed;
}

// `[Inferior 1 (process 123) exited with code 03]`, octal.
Reading read_inferior(const Line& line, Session& session) {
  const std::size_t code = line.text.find("exited with code ");
  model::Exit exit;
  if (code != std::string_view::npos) {
    const std::string_view digits = line.text.substr(code + 17, line.text.find(']') - code - 17);
    exit.code = static_cast<int>(parse_number(digits).value_or(0) & 0xFF);
  } else if (line.text.find("exited normally") == std::string_view::npos) {
    return kUsed;
  }
  model::Event event = event_at(line);
  event.what = exit;
  session.sink.event(event);
  return kUsed;
}

class GdbDialect : public LineDialect {
 public:
  std::string_view name() const override { return "gdb"; }
  std::string_view help() const override { return "gdb transcripts of catch syscall"; }

 protected:
  bool looks_like(std::string_view line) const override { return is_catchpoint(line); }
  Reading read(const Line& line, Session& session) const override {
    const std::string_view text = line.text;
    if (is_catchpoint(text)) return read_catchpoint(line, session);
    for (std::string_view words :
         {"Program received signal ", "Program terminated with signal ", " received signal "}) {
      const std::size_t at = text.find(words);
      if (at != std::string_view::npos && (at == 0 || text.starts_with("Thread ")))
        return read_signal(line, text.substr(at + words.size()), session);
    }
    if (text.starts_with("[Inferior ")) return read_inferior(line, session);
    if (text.starts_with("[Switching to ")) return kUsed;
    return kForeign;
  }
};

}  // namespace

const Dialect& gdb_dialect() {
  static const GdbDialect dialect;
  return dialect;
}

}  // namespace medic::parsers
