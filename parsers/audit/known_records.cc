#include "parsers/audit/known_records.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "base/text.h"
#include "parsers/audit/joiner.h"
#include "parsers/audit/naming.h"
#include "parsers/audit/word_scanner.h"
#include "parsers/fast/repeat_id.h"

namespace medic::parsers::audit {
namespace {

constexpr std::size_t kLongestPart = 1024;  // what is longer is read whole each time

// The value of each lower-case hex digit; 16 for any other byte.
constexpr std::array<std::uint8_t, 256> kHexDigit = [] {
  std::array<std::uint8_t, 256> out{};
  out.fill(16);
  for (unsigned i = 0; i < 16; ++i)
    out[static_cast<unsigned char>("0123456789abcdef"[i])] = static_cast<std::uint8_t>(i);
  return out;
}();

// Reads a text from its front. Every reader leaves it as it was where it returns false.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}
  std::string_view rest() const { return text_; }

  template <std::size_t kSize>
  bool skip(const char (&word)[kSize]) {
    constexpr std::size_t kLength = kSize - 1;
    if (text_.size() < kLength || std::memcmp(text_.data(), word, kLength) != 0) return false;
    text_.remove_prefix(kLength);
    return true;
  }
  // Up to 18 digits.
  bool decimal(std::int64_t& out) {
    const std::size_t most = std::min<std::size_t>(text_.size(), 19);
    std::size_t at = 0;
    std::int64_t value = 0;
    for (; at < most; ++at) {
      const auto digit = static_cast<unsigned>(static_cast<unsigned char>(text_[at]) - '0');
      if (digit > 9) break;
      value = value * 10 + digit;
    }
    if (at == 0 || at > 18) return false;
    text_.remove_prefix(at);
    out = value;
    return true;
  }
  bool signed_decimal(std::int64_t& out) {
    const Scanner before = *this;
    const bool negative = skip("-");
    if (decimal(out)) {
      if (negative) out = -out;
      return true;
    }
    *this = before;
    return false;
  }
  // Lower-case digits, at most 16.
  bool hex(std::uint64_t& out) {
    const std::size_t most = std::min<std::size_t>(text_.size(), 17);
    std::size_t at = 0;
    std::uint64_t value = 0;
    for (; at < most; ++at) {
      const std::uint8_t digit = kHexDigit[static_cast<unsigned char>(text_[at])];
      if (digit > 15) break;
      value = value << 4 | digit;
    }
    if (at == 0 || at > 16) return false;
    text_.remove_prefix(at);
    out = value;
    return true;
  }

 private:
  std::string_view text_;
};

// Of the first ` pid=`.
std::size_t find_pid(std::string_view text) {
  constexpr std::string_view kPid = " pid=";
  std::size_t at = text.find('p');
  while (at != std::string_view::npos && (at == 0 || !text.substr(at - 1).starts_with(kPid)))
    at = text.find('p', at + 1);
  return at == std::string_view::npos ? at : at - 1;
}

// Of the last ` ip=0x`, which stands near the end.
std::size_t find_last_ip(std::string_view text) {
  constexpr std::string_view kIp = " ip=0x";
  for (std::size_t at = text.size(); at-- > 1;) {
    if (text[at] == 'p' && text[at - 1] == 'i' && at >= 2 && text.substr(at - 2).starts_with(kIp))
      return at - 2;
  }
  return std::string_view::npos;
}

constexpr std::array<bool, 256> kLabelByte = [] {
  std::array<bool, 256> out{};
  for (const char byte : std::string_view("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                          "0123456789_:.,-/+"))
    out[static_cast<unsigned char>(byte)] = true;
  return out;
}();

// Of bytes that mean themselves wherever they stand in a record.
bool is_plain_label(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char byte) { return kLabelByte[static_cast<unsigned char>(byte)]; });
}

// A view into own storage instead of one into the line.
void own(std::string& to, std::string_view& view) {
  to = view;
  view = to;
}

}  // namespace

// `auid=` number ` uid=` number ` gid=` number ` ses=` number, and maybe ` subj=` label. Whatever
// looks otherwise stays text.
void KnownRecords::read_head(Frame& frame) {
  Scanner in(frame.head);
  std::int64_t auid = 0, uid = 0, gid = 0, session = 0;
  if (!in.skip("auid=") || !in.decimal(auid) || !in.skip(" uid=") || !in.decimal(uid) ||
      !in.skip(" gid=") || !in.decimal(gid) || !in.skip(" ses=") || !in.decimal(session))
    return;
  if (in.skip(" subj=")) {
    frame.label = in.rest();
    if (frame.label.empty() || !is_plain_label(frame.label)) {
      frame.label = {};
      return;
    }
  } else if (!in.rest().empty()) {
    return;
  }
  frame.plain_head = true;
  frame.auid = auid;
  frame.uid = uid;
  frame.session = session;
  frame.head = {};
}

// `auid=… pid=` number ` comm=… ip=0x` number ` code=…`. Names are quoted or hex, so that no field
// can be written into another.
bool KnownRecords::read_frame(const Record& record, Frame& out) {
  constexpr std::size_t kHead = 512;
  const std::string_view body = record.body;
  if (record.style != Style::Raw || !body.starts_with("auid=")) return false;
  const std::size_t pid = find_pid(body.substr(0, kHead));
  if (pid == std::string_view::npos) return false;
  out.node = record.node;
  out.head = body.substr(0, pid);
  Scanner rest(body.substr(pid + 5));
  if (!rest.decimal(out.pid)) return false;
  const std::string_view from = rest.rest();
  const std::size_t ip = find_last_ip(from);
  if (!from.starts_with(" comm=") || ip == std::string_view::npos) return false;
  out.middle = from.substr(0, ip);
  Scanner end(from.substr(ip + 6));
  std::uint64_t address = 0;
  if (!end.hex(address) || !end.rest().starts_with(" code=0x")) return false;
  out.tail = end.rest();
  read_head(out);
  return out.node.size() + out.middle.size() + out.tail.size() <= kLongestPart;
}

KnownRecords::KnownRecords(const Options& options)
    : options_(options),
      last_(options.repeat_id_base),
      seccomps_(kSeccomps),
      processes_(kProcesses),
      calls_(kCalls),
      words_(kWords) {}

bool KnownRecords::is_of(const Seccomp& known, const Frame& frame) {
  return known.repeat_id != 0 && known.plain_head == frame.plain_head && known.head == frame.head &&
         known.middle == frame.middle && known.tail == frame.tail && known.node == frame.node;
}

// The frame's own place, or the one that it may have: of its two the one that is its own already,
// or free, or the first.
KnownRecords::Seccomp& KnownRecords::seccomp_at(const Frame& frame) {
  const std::uint64_t hash = hash_text(
      hash_text(hash_text(hash_text(0, frame.node), frame.head), frame.middle), frame.tail);
  Seccomp& first = seccomps_[hash & (kSeccomps - 1)];
  if (first.repeat_id == 0 || is_of(first, frame)) return first;
  Seccomp& second = seccomps_[hash >> 32 & (kSeccomps - 1)];
  return second.repeat_id == 0 || is_of(second, frame) ? second : first;
}

bool KnownRecords::tell_seccomp(const Record& record, const Place& place, EventSink& sink) {
  Frame frame;
  if (!read_frame(record, frame)) return false;
  Seccomp& known = seccomp_at(frame);
  if (!is_of(known, frame)) return false;
  model::Event& event = known.event;
  event.origin = place.origin;
  event.line = place.line;
  event.time = record.time;
  event.serial = record.serial;
  event.pid = frame.pid;
  if (frame.plain_head) {
    event.uid = frame.uid;
    event.auid = frame.auid;
    event.session = frame.session;
    event.subj = frame.label;
  }
  sink.event(event);
  return true;
}

void KnownRecords::keep_seccomp(const Record& record, model::Event& event) {
  Frame frame;
  // Read whole, the number may stand within a quote that a garbled line has opened: then it is no
  // field.
  if (!read_frame(record, frame) || event.pid != frame.pid) return;
  const bool differs = event.uid != frame.uid || event.auid != frame.auid ||
                       event.session != frame.session || event.subj != frame.label;
  if (frame.plain_head && differs) return;
  Seccomp& place = seccomp_at(frame);
  place.repeat_id = event.repeat_id = ++last_;
  place.plain_head = frame.plain_head;
  place.head = frame.head;
  place.middle = frame.middle;
  place.tail = frame.tail;
  place.event = event;
  own(place.node, place.event.host);
  own(place.comm, place.event.comm);
  own(place.exe, place.event.exe);
  own(place.subj, place.event.subj);
}

KnownRecords::Process& KnownRecords::process_at(std::string_view text, std::string_view node) {
  const auto is_it = [&](const Process& each) { return each.text == text && each.node == node; };
  const std::uint64_t hash = hash_text(hash_text(1, node), text);
  Process& first = processes_[hash & (kProcesses - 1)];
  if (first.number != 0 && is_it(first)) return first;
  Process& second = processes_[hash >> 32 & (kProcesses - 1)];
  if (second.number != 0 && is_it(second)) return second;
  Process& known = first.number != 0 && second.number == 0 ? second : first;
  known.number = ++last_;
  known.text = text;
  known.node = node;
  known.event = {};
  known.event.host = known.node;
  known.usable = read_process(known.text, known.event, known.comm, known.exe);
  return known;
}

std::uint64_t KnownRecords::repeat_id_of(const SyscallFacts& facts, std::uint64_t process) {
  if (options_.wanted_args == nullptr || facts.syscall.name == kernel::kNoName) return 0;
  const std::uint8_t wanted = options_.wanted_args[facts.syscall.name];
  kernel::Args args;
  std::uint64_t seed = process * 0x9E3779B97F4A7C15ULL ^
                       static_cast<std::uint64_t>(static_cast<std::uint32_t>(facts.syscall.number))
                           << 16;
  seed ^=
      static_cast<std::uint64_t>(facts.outcome.error) << 8 | (facts.outcome.value != 0 ? 1U : 0U);
  for (unsigned i = 0; wanted >> i != 0; ++i) {
    if ((wanted >> i & 1) == 0 || !facts.args.has(i)) continue;
    args.set(i, facts.args.value[i]);
    seed = (seed ^ facts.args.value[i]) * 0xFF51AFD7ED558CCDULL;
  }
  seed *= 0xC4CEB9FE1A85EC53ULL;
  Call& known = calls_[seed >> 40 & (kCalls - 1)];
  if (known.repeat_id != 0 && known.process == process && known.syscall == facts.syscall &&
      is_same_end(known.outcome, facts.outcome) && known.args == args) {
    return known.repeat_id;
  }
  known = {++last_, process, facts.syscall, facts.outcome, args};
  return known.repeat_id;
}

model::Event* KnownRecords::read_syscall(const Record& record, const Place& place,
                                         SyscallFacts& facts) {
  if (record.style != Style::Raw || record.node.size() > kLongestPart) return nullptr;
  Scanner in(record.body);
  std::uint64_t arch = 0;
  std::int64_t number = 0, exit = 0, items = 0, ppid = 0, pid = 0;
  if (!in.skip("arch=") || !in.hex(arch) || !in.skip(" syscall=") || !in.decimal(number) ||
      !in.skip(" success="))
    return nullptr;
  const bool success = in.skip("yes");
  if ((!success && !in.skip("no")) || !in.skip(" exit=") || !in.signed_decimal(exit))
    return nullptr;
  std::uint64_t arg[4] = {};
  if (!in.skip(" a0=") || !in.hex(arg[0]) || !in.skip(" a1=") || !in.hex(arg[1])) return nullptr;
  if (!in.skip(" a2=") || !in.hex(arg[2]) || !in.skip(" a3=") || !in.hex(arg[3])) return nullptr;
  for (unsigned i = 0; i < 4; ++i) facts.args.set(i, arg[i]);
  if (!in.skip(" items=") || !in.decimal(items) || !in.skip(" ppid=") || !in.decimal(ppid))
    return nullptr;
  if (!in.skip(" pid=") || !in.decimal(pid) || !in.rest().starts_with(" auid=") ||
      in.rest().size() > kLongestPart)
    return nullptr;
  if (arch > 0xFFFFFFFF) return nullptr;
  Process& whose = process_at(in.rest(), record.node);
  if (!whose.usable) return nullptr;
  facts.syscall =
      syscall_by_number(kernel::arch_from_audit(static_cast<std::uint32_t>(arch), number), number);
  if (facts.syscall.name == kernel::kNoName) return nullptr;
  facts.outcome = syscall_outcome(success ? "yes" : "no", exit);
  facts.ppid = ppid;
  facts.repeat_id = repeat_id_of(facts, whose.number);
  model::Event& event = whose.event;
  event.origin = place.origin;
  event.line = place.line;
  event.time = record.time;
  event.serial = record.serial;
  event.pid = pid;
  return &event;
}

std::string_view KnownRecords::words_in(std::string_view body) {
  Words& known = words_[hash_text(2, body) & (kWords - 1)];
  if (known.text != body) {
    Record execve;
    execve.body = body;
    known.words = words_of(execve);
    known.text = body;
  }
  return known.words;
}

std::optional<std::string_view> KnownRecords::words_behind(const Record& record, const Place& place,
                                                           std::string_view after) {
  const std::size_t open = place.line.find('('),
                    body = static_cast<std::size_t>(record.body.data() - place.line.data());
  if (!record.node.empty() || body > place.line.size() || open >= body || body - open > 40)
    return std::nullopt;
  const std::string_view stamp = trim(place.line.substr(open, body - open));
  std::size_t left = kReach;
  for (std::uint64_t line = 1; line < kWindow; ++line) {
    constexpr std::size_t kWord = 5;  // behind `type=`
    const std::size_t blank = after.substr(0, 32).find(' ');
    if (!after.starts_with("type=") || blank == std::string_view::npos) return std::nullopt;
    constexpr std::string_view kMessage = "msg=audit";
    const std::string_view type = after.substr(kWord, blank - kWord),
                           message = after.substr(blank + 1);
    if (!message.starts_with(kMessage) || !message.substr(kMessage.size()).starts_with(stamp))
      return std::nullopt;
    const std::size_t begin = blank + 1 + kMessage.size() + stamp.size();
    const LineEnd end = find_line_end(after, begin);
    if (end.may_hold_stamp || end.newline == after.size() || end.newline >= left)
      return std::nullopt;
    left -= end.newline;
    if (type == "EXECVE") {
      const std::string_view said = trim(after.substr(begin, end.mark - begin));
      const std::string_view words =
          said.size() > kLongestPart ? std::string_view{} : words_in(said);
      return words.empty() ? std::nullopt : std::optional(words);
    }
    after.remove_prefix(end.newline + 1);
  }
  return std::nullopt;
}

}  // namespace medic::parsers::audit
