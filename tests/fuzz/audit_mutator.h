// Changes audit logs as logs get changed: fields, values, types, stamps, framing, the order of
// lines, line ends lost, cuts. So a fuzzer gets behind the first check of a record, which blind
// changes seldom pass.
#pragma once

#include <algorithm>
#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace medic::fuzz {

class AuditMutator {
 public:
  explicit AuditMutator(unsigned seed) : chance_(seed) {}

  std::string changed(std::string_view text) {
    lines_.clear();
    while (!text.empty()) {
      const std::size_t end = std::min(text.find('\n'), text.size());
      lines_.emplace_back(text.substr(0, end));
      text.remove_prefix(std::min(text.size(), end + 1));
    }
    if (lines_.empty())
      lines_.emplace_back(
          "type=SECCOMP msg=audit(1700000000.123:45): pid=7 sig=0 arch=c000003e syscall=83 "
          "code=0x50000");
    for (unsigned i = 1 + below(3); i > 0; --i) change();
    std::string out;
    for (std::size_t i = 0; i < lines_.size(); ++i)
      out += lines_[i] + (i + 1 < lines_.size() || below(8) != 0 ? "\n" : "");
    return out;
  }

 private:
  using List = std::initializer_list<std::string_view>;
  std::size_t below(std::size_t limit) { return limit == 0 ? 0 : chance_() % limit; }
  std::string_view any(List list) { return *(list.begin() + below(list.size())); }
  std::string& line() { return lines_[below(lines_.size())]; }

  void change() {
    switch (below(10)) {
      case 0: return change_type(line());
      case 1: return change_stamp(line());
      case 2: return change_framing(line());
      case 3: return change_order();
      case 4: return cut(line());
      case 5: return enrich(line());
      default: return change_field(line());
    }
  }

  // `key=value` with its quotes: begin and end in the line.
  struct Span {
    std::size_t begin = 0, value = 0, end = 0;
  };
  std::vector<Span> fields_of(std::string_view line) const {
    std::vector<Span> out;
    for (std::size_t equals = line.find('='); equals != std::string_view::npos;
         equals = line.find('=', equals + 1)) {
      const std::size_t blank = line.rfind(' ', equals);
      Span span{blank == std::string_view::npos ? 0 : blank + 1, equals + 1, line.size()};
      const char quote = span.value < line.size() ? line[span.value] : ' ';
      const std::size_t end = quote == '"' || quote == '\'' ? line.find(quote, span.value + 1)
                                                            : line.find(' ', span.value);
      if (end != std::string_view::npos) span.end = end + (quote == '"' || quote == '\'' ? 1 : 0);
      out.push_back(span);
    }
    return out;
  }

  void change_field(std::string& line) {
    const std::vector<Span> fields = fields_of(line);
    if (fields.empty()) return;
    const Span field = fields[below(fields.size())];
    const std::string text = line.substr(field.begin, field.end - field.begin);
    switch (below(6)) {
      case 0: line.erase(field.begin, field.end - field.begin + 1); return;
      case 1: line.insert(field.begin, text + " "); return;
      case 2: line.insert(line.size(), " " + text); return;
      case 3: {
        const Span other = fields[below(fields.size())];
        line.replace(field.value, field.end - field.value,
                     line.substr(other.value, other.end - other.value));
        return;
      }
      case 4:
        line.replace(field.value, field.end - field.value,
                     recoded(line.substr(field.value, field.end - field.value)));
        return;
      default:
        line.replace(field.value, field.end - field.value,
                     any({"0",
                          "-1",
                          "4294967295",
                          "1073741907",
                          "18446744073709551616",
                          "c000003e",
                          "40000003",
                          "c00000b7",
                          "0x0",
                          "0x50001",
                          "0x7ffc0000",
                          "0x80000000",
                          "(null)",
                          "?",
                          "unset",
                          "\"\"",
                          "\"",
                          "'",
                          "no",
                          "yes",
                          "SIGSYS",
                          "EACCES(Permission denied)",
                          "x86_64",
                          "mkdir",
                          "unknown-syscall(-1)",
                          "kill-process",
                          "a (enforce) b",
                          "=x",
                          "DENIED",
                          "{ read }",
                          "denied"}));
    }
  }

  // A quoted string in hex, and hex with a digit lost or in lower case.
  std::string recoded(std::string value) {
    if (value.size() >= 2 && value.front() == '"') {
      std::string out;
      for (const char c : value.substr(1, value.size() - 2)) {
        out += "0123456789ABCDEF"[static_cast<unsigned char>(c) >> 4];
        out += "0123456789ABCDEF"[static_cast<unsigned char>(c) & 15];
      }
      return out;
    }
    if (value.empty() || below(2) == 0) return "\"" + value + "\"";
    if (below(2) == 0) value.pop_back();
    return value + std::string(any({"0A", "1D", "00", "FF", "a", "G"}));
  }

  void change_type(std::string& line) {
    const std::size_t type = line.find("type=");
    if (type == std::string::npos)
      return void(line.insert(0, "type=AVC msg=audit(1700000000.123:45): "));
    const std::size_t end = std::min(line.find(' ', type), line.size());
    line.replace(type + 5, end - type - 5,
                 any({"SECCOMP",
                      "SYSCALL",
                      "EXECVE",
                      "PATH",
                      "CWD",
                      "PROCTITLE",
                      "EOE",
                      "AVC",
                      "USER_AVC",
                      "SELINUX_ERR",
                      "ANOM_ABEND",
                      "CONFIG_CHANGE",
                      "LANDLOCK_ACCESS",
                      "LANDLOCK_DOMAIN",
                      "IPE_ACCESS",
                      "INTEGRITY_DATA",
                      "VIRT_CONTROL",
                      "MAC_TASK_CONTEXTS",
                      "CONTAINER_OP",
                      "DAEMON_START",
                      "1326",
                      "1300",
                      "1400",
                      "1423",
                      "1425",
                      "1701",
                      "1800",
                      "UNKNOWN[1326]",
                      "UNKNOWN[",
                      ""}));
  }

  // Records of one event, and of events that look alike.
  void change_stamp(std::string& line) {
    const auto stamp = [](std::string_view of) {
      const std::size_t open = of.find("audit("),
                        close = of.find(')', open == std::string_view::npos ? 0 : open);
      return open == std::string_view::npos || close == std::string_view::npos
                 ? std::pair<std::size_t, std::size_t>{}
                 : std::pair{open + 6, close - open - 6};
    };
    const auto [at, size] = stamp(line);
    if (at == 0) return;
    const std::string other = this->line();
    const auto [from, count] = stamp(other);
    if (from != 0 && below(2) == 0) return void(line.replace(at, size, other.substr(from, count)));
    line.replace(
        at, size,
        any({"0.0:1", "1700000000.123:45", "1700000000.123:46", "11/23/2026 02:13:21.250:71",
             "9999999999.999:4294967295", "1.1", ":", "1.1:99999999999", ""}));
  }

  void change_framing(std::string& line) {
    const std::size_t raw = line.find(" msg=audit(");
    if (raw != std::string::npos && below(2) == 0)
      return void(line.erase(raw + 1, 4).insert(0, "audit: "));
    if (below(3) == 0) {
      std::string quoted;
      for (const char c : line)
        quoted += c == '"' || c == '\\' ? std::string("\\") + c : std::string(1, c);
      line = std::string(any(
                 {"{\"log\":\"", "{\"message\":\"", "  \"msg\": \"",
                  "{\"__REALTIME_TIMESTAMP\":\"1\",\"_TRANSPORT\":\"kernel\",\"MESSAGE\":\""})) +
             quoted + std::string(any({"\"}", "\"", "\","}));
      return;
    }
    line.insert(0, any({"[   12.500001] ",
                        "[   12.5][   T55] ",
                        "<6>[   12.5] ",
                        "[Mon Nov 23 02:13:21 2026] ",
                        "Nov 23 02:13:21 db1 kernel: ",
                        "kern  :notice: [   12.5] ",
                        "2026-11-23T02:13:21.3Z stdout F ",
                        "<13>1 2026-11-23T02:13:21Z db1 kernel - - - ",
                        "node=db1 ",
                        "> ",
                        "Nov 23 02:13:21 db1 audit[71]: ",
                        "SECCOMP ",
                        "Nov 23 02:13:21 db1 sshd[9]: ",
                        "5,367,12500001,-;",
                        "** 7 printk messages dropped ** ",
                        "\x1b[33m",
                        "At 02:13:21 11/23/26 ",
                        "----\n",
                        "\t",
                        "\xEF\xBB\xBF"}));
  }

  void change_order() {
    const std::size_t a = below(lines_.size()), b = below(lines_.size());
    switch (below(4)) {
      case 0: return std::swap(lines_[a], lines_[b]);
      case 1:
        return void(
            lines_.insert(lines_.begin() + static_cast<std::ptrdiff_t>(a), std::string(lines_[b])));
      case 2:
        lines_[a] += lines_[b];  // a line end was lost
        if (a != b) lines_.erase(lines_.begin() + static_cast<std::ptrdiff_t>(b));
        return;
      default:
        lines_.erase(lines_.begin() + static_cast<std::ptrdiff_t>(a));
        if (lines_.empty()) lines_.emplace_back();
    }
  }

  void cut(std::string& line) {
    const std::size_t at = below(line.size() + 1);
    if (below(3) == 0) return void(line.erase(0, at));
    if (below(3) == 0) return void(line.insert(at, "\n"));
    line.resize(at);
  }

  void enrich(std::string& line) {
    line +=
        any({"\x1d"
             "AUID=\"unset\" SYSCALL=close",
             "AUID=\"unset\"", " AUID=\"unset\" ARCH=x86_64", "\r", "\x1d", " "});
  }

  std::minstd_rand chance_;
  std::vector<std::string> lines_;
};

}  // namespace medic::fuzz

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t max_size)
    __attribute__((weak));

namespace medic::fuzz {

// A third of the changes are libFuzzer's own. kept: bytes at the front that are no log.
inline std::size_t mutate_audit(std::uint8_t* data, std::size_t size, std::size_t max_size,
                                unsigned seed, std::size_t kept) {
  if ((seed % 3 == 0 || size < kept) && LLVMFuzzerMutate != nullptr)
    return LLVMFuzzerMutate(data, size, max_size);
  const std::string text =
      AuditMutator(seed).changed({reinterpret_cast<const char*>(data) + kept, size - kept});
  const std::size_t length = std::min(text.size(), max_size - kept);
  std::copy_n(text.begin(), length, data + kept);
  return length + kept;
}

}  // namespace medic::fuzz
