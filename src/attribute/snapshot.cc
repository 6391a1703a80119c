// Reads what scripts/snapshot-containers wrote: seccomp-medic-snapshot(5).
#include <algorithm>

#include "attribute/cgroup_path.h"
#include "attribute/side_facts.h"
#include "base/text.h"

namespace medic::attribute {
namespace {

constexpr std::string_view kHeader = "#seccomp-medic-snapshot ";
constexpr std::size_t kMaxTasks = 1'000'000;  // several pid_max of a default host

std::string unescape(std::string_view raw) {
  std::string out;
  for (std::size_t i = 0; i < raw.size(); ++i) {
    if (raw[i] == '\\' && i + 3 < raw.size() && raw[i + 1] == 'x') {
      if (const auto byte = decode_hex(raw.substr(i + 2, 2))) {
        out += *byte;
        i += 3;
        continue;
      }
    }
    out += raw[i];
  }
  return out;
}

// The name as /proc/PID/status writes it, with `\n` for a newline and `\\` for a backslash; audit
// has it plain.
std::string plain_comm(const std::string& written) {
  std::string out;
  for (std::size_t i = 0; i < written.size(); ++i) {
    const char next = written[i] == '\\' && i + 1 < written.size() ? written[i + 1] : '\0';
    if (next == 'n' || next == '\\') ++i;
    out += next == 'n' ? '\n' : written[i];
  }
  return out;
}

// `word key=value key=value …`; values hold no blank.
class Fields {
 public:
  explicit Fields(std::string_view line) : words_(split(line, ' ')) {}
  std::string_view word() const { return words_.empty() ? std::string_view{} : words_[0]; }
  std::string_view raw(std::string_view key) const {
    for (const std::string_view each : words_) {
      if (each.size() > key.size() && each.starts_with(key) && each[key.size()] == '=')
        return each.substr(key.size() + 1);
    }
    return {};
  }
  std::string text(std::string_view key) const { return unescape(raw(key)); }
  std::int64_t number(std::string_view key) const { return parse_signed(raw(key)).value_or(-1); }
  // `12.345` in nanoseconds; -1 when there is none.
  std::int64_t seconds(std::string_view key) const {
    const std::string_view text = raw(key);
    const std::size_t dot = text.find('.');
    const auto whole = parse_decimal(text.substr(0, dot));
    if (!whole || *whole > 9'000'000'000ULL) return -1;
    std::int64_t ns = static_cast<std::int64_t>(*whole) * 1'000'000'000, scale = 1'000'000'000;
    if (dot == std::string_view::npos) return ns;
    for (const char c : text.substr(dot + 1)) {
      if (c < '0' || c > '9' || scale <= 1) break;
      ns += (c - '0') * (scale /= 10);
    }
    return ns;
  }
  bool has(std::string_view key) const { return !raw(key).empty(); }

 private:
  std::vector<std::string_view> words_;
};

Problem problem(const std::string& source, std::uint64_t line, std::string text) {
  Problem out;
  out.file = source;
  out.line = line;
  out.text = std::move(text);
  out.hint = "scripts/snapshot-containers writes such a file";
  return out;
}

TaskFact task_of(const Fields& fields, std::int64_t boot_ns, std::int64_t ticks_per_second) {
  TaskFact task;
  task.pid = fields.number("pid");
  task.ppid = fields.number("ppid");
  task.start_ticks = fields.number("start");
  if (task.start_ticks >= 0 && task.start_ticks < INT64_MAX / 1'000'000'000)
    task.start_ns = boot_ns + task.start_ticks * (1'000'000'000 / ticks_per_second);
  task.uid = fields.number("uid");
  task.comm = plain_comm(fields.text("comm"));
  task.exe = fields.text("exe");
  task.cgroup = fields.text("cgroup");
  task.label = fields.text("label");
  task.pid_namespace = fields.text("pidns");
  task.mount_namespace = fields.text("mntns");
  task.user_namespace = fields.text("userns");
  const auto effective = parse_hex(fields.raw("capeff")),
             bounding = parse_hex(fields.raw("capbnd"));
  task.has_caps = effective && bounding;
  task.effective_caps = effective.value_or(0);
  task.bounding_caps = bounding.value_or(0);
  task.no_new_privs = static_cast<int>(fields.number("nnp"));
  task.seccomp_mode = static_cast<int>(fields.number("seccomp"));
  const std::vector<std::string_view> numbers = split(fields.raw("nspid"), ',');
  for (std::size_t i = 1; i < numbers.size() && i < 33; ++i) {  // MAX_PID_NS_LEVEL is 32
    if (const auto inner = parse_decimal(numbers[i]); inner && *inner <= INT32_MAX)
      task.inner_pids.push_back(static_cast<std::int64_t>(*inner));
  }
  if (fields.has("args")) task.command = read_runtime_command(task.exe, fields.text("args"));
  return task;
}

// One snapshot of a file; there may be several, one after the other.
class SnapshotReading {
 public:
  SnapshotReading(const std::string& source, SideFacts& facts) : source_(source), facts_(facts) {}

  Result<void> line(std::string_view text, std::uint64_t number) {
    if (text.starts_with(kHeader)) {
      if (parse_decimal(trim(text.substr(kHeader.size()))) != 1)
        return fail(
            problem(source_, number, "is a snapshot of a version that this program does not know"));
      finish();
      current_ = Snapshot{};
      current_.source = source_;
      open_ = true;
      return {};
    }
    if (!open_) return fail(problem(source_, number, "is not a snapshot of containers"));
    if (text.starts_with('|')) {
      json_.append(text.substr(1)).push_back('\n');
      return {};
    }
    flush_json();
    const Fields fields(text);
    if (fields.word() == "host")
      current_.host = fields.text("name");
    else if (fields.word() == "time")
      return time(fields, number);
    else if (fields.word() == "task")
      task(fields);
    else if (fields.word() == "end")
      current_.ended_ns = current_.tasks.size() < kMaxTasks
                              ? std::max<std::int64_t>(fields.seconds("epoch"), 0)
                              : 0;
    return {};  // a word of a later version
  }

  void finish() {
    flush_json();
    if (!open_ || current_.tasks.empty()) return;
    std::stable_sort(current_.tasks.begin(), current_.tasks.end(),
                     [](const TaskFact& a, const TaskFact& b) { return a.pid < b.pid; });
    facts_.snapshots.push_back(std::move(current_));
    current_ = {};
    ++kept_;
  }

  std::size_t kept() const { return kept_; }

 private:
  Result<void> time(const Fields& fields, std::uint64_t number) {
    const std::int64_t now = fields.seconds("epoch"), uptime = fields.seconds("uptime"),
                       ticks = fields.number("hz");
    if (now < 0 || uptime < 0)
      return fail(problem(source_, number, "says no time: epoch= and uptime= are wanted"));
    ticks_ = ticks > 0 && ticks <= 10000 ? ticks : 100;
    boot_ns_ = now - uptime;
    current_.taken_ns = now;
    // Without a fraction, the time is up to a second too early. Ticks and the audit clock are
    // coarse.
    current_.slack_ns =
        (fields.raw("epoch").find('.') == std::string_view::npos ? 1'000'000'000 : 0) +
        1'000'000'000 / ticks_ + 20'000'000;
    current_.pid_namespace = fields.text("pidns");
    return {};
  }

  void task(const Fields& fields) {
    if (current_.tasks.size() >= kMaxTasks) return;
    TaskFact task = task_of(fields, boot_ns_, ticks_);
    if (task.pid < 0) return;
    task.seen_ns = std::max(current_.taken_ns, task.start_ns);
    current_.tasks.push_back(std::move(task));
  }

  void flush_json() {
    if (json_.empty()) return;
    const std::size_t before = facts_.containers.size();
    // What an engine printed beside its JSON, or instead of it, is no reason to refuse the tasks.
    [[maybe_unused]] const auto ignored = read_inspect(json_, source_, facts_);
    for (std::size_t i = before; i < facts_.containers.size(); ++i) {
      facts_.containers[i].taken_ns = current_.taken_ns;
      facts_.containers[i].host = current_.host;
    }
    json_.clear();
  }

  const std::string& source_;
  SideFacts& facts_;
  Snapshot current_;
  std::string json_;
  bool open_ = false;
  std::int64_t boot_ns_ = 0, ticks_ = 100;
  std::size_t kept_ = 0;
};

}  // namespace

Result<void> read_snapshot(std::string_view text, const std::string& source, SideFacts& facts) {
  SnapshotReading reading(source, facts);
  std::uint64_t number = 0;
  for (std::string_view line : split(text, '\n')) {
    ++number;
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.empty()) continue;
    if (auto read = reading.line(line, number); !read) return read;
  }
  reading.finish();
  if (reading.kept() == 0) return fail(problem(source, 0, "holds no task"));
  return {};
}

}  // namespace medic::attribute
