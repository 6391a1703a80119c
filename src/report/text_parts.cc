#include "report/text_parts.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/text.h"
#include "kernel/errno.h"

namespace medic::report {

using diagnose::Finding;
using diagnose::Layer;

std::string paint(std::string_view text, std::string_view code, const Style& style) {
  return style.color && !code.empty() ? fmt::format("\x1b[{}m{}\x1b[0m", code, text)
                                      : std::string(text);
}

std::string_view color_of(Layer layer) {
  switch (layer) {
    case Layer::Seccomp: return "35";
    case Layer::Apparmor:
    case Layer::Selinux: return "34";
    case Layer::Capability: return "36";
    case Layer::Dac: return "33";
    default: return "";
  }
}

std::string_view color_of(model::Certainty certainty) {
  switch (certainty) {
    case model::Certainty::Stated: return "32";
    case model::Certainty::Inferred: return "33";
    case model::Certainty::Suspected: return "2";
  }
  return "";
}

std::string_view color_of(kernel::RiskLevel level) {
  switch (level) {
    case kernel::RiskLevel::Low: return "";
    case kernel::RiskLevel::Elevated: return "33";
    case kernel::RiskLevel::High: return "1;31";
  }
  return "";
}

std::string with_commas(std::uint64_t number) {
  std::string out = fmt::format("{}", number);
  for (std::size_t at = out.size(); at > 3; at -= 3) out.insert(at - 3, ",");
  return out;
}

std::string counted(std::uint64_t count, std::string_view one, std::string_view many) {
  return fmt::format("{} {}", with_commas(count), count == 1 ? one : many);
}

std::string times_words(std::uint64_t count) {
  if (count == 1) return "once";
  return count == 2 ? "twice" : with_commas(count) + " times";
}

std::size_t columns(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  }));
}

std::string fit(std::string_view text, std::size_t width) {
  const std::size_t has = columns(text);
  if (has <= width) return std::string(text) + std::string(width - has, ' ');
  std::string out;
  std::size_t taken = 0;
  for (const char c : text) {
    const bool begins = (static_cast<unsigned char>(c) & 0xC0) != 0x80;
    if (begins && ++taken >= width) break;
    out += c;
  }
  return out + "…";
}

std::string outcome_text(const Finding& finding) {
  const model::Outcome& outcome = finding.outcome;
  switch (outcome.kind) {
    case model::Outcome::Kind::Failed:
      return outcome.error == 0 ? "refused" : "failed with " + kernel::errno_text(outcome.error);
    case model::Outcome::Kind::Killed:
      return fmt::format("died of {}", kernel::signal_name(outcome.signal));
    case model::Outcome::Kind::Denied: break;
    default: return "was answered 0 without being run";
  }
  switch (outcome.action) {
    case kernel::Action::KillProcess: return "process killed";
    case kernel::Action::KillThread: return "thread killed";
    case kernel::Action::Trap: return "trapped with SIGSYS";
    case kernel::Action::Errno:
      return finding.verdict && finding.verdict->action == kernel::Action::Errno
                 ? "denied with " + kernel::errno_text(finding.verdict->errno_value)
                 : "denied with an errno";
    case kernel::Action::Notify: return "denied (user notification)";
    case kernel::Action::Trace: return "denied (tracer)";
    case kernel::Action::Log: return finding.denied ? "would be denied" : "logged, not denied";
    case kernel::Action::Allow: return "allowed";
  }
  return {};
}

std::string subject_text(const Finding& finding) {
  const bool has_call = finding.syscall.name != kernel::kNoName || finding.syscall.has_number;
  return escape_for_terminal(has_call ? diagnose::call_name(finding.syscall) : finding.kind);
}

std::string_view layer_words(Layer layer) {
  switch (layer) {
    case Layer::Seccomp: return "seccomp";
    case Layer::Apparmor: return "AppArmor";
    case Layer::Selinux: return "SELinux";
    case Layer::Capability: return "a missing capability";
    case Layer::Dac: return "plain file permissions";
    case Layer::StrictMode: return "strict mode";
    case Layer::Landlock: return "Landlock";
    case Layer::Other: return "another layer";
    case Layer::Unknown: return "a layer that is not known";
  }
  return "";
}

std::string fields_that_matter(std::string_view line) {
  // Of the SECCOMP, AVC, AppArmor, ANOM_ABEND and SYSCALL records.
  constexpr std::array kMatter = {
      "type",           "pid",         "comm",       "exe",      "sig",       "arch",    "syscall",
      "code",           "success",     "exit",       "apparmor", "operation", "profile", "name",
      "requested_mask", "denied_mask", "capability", "capname",  "avc:",      "denied",  "scontext",
      "tcontext",       "tclass",      "permissive", "path",     "a0",        "a1",      "a2",
      "class",          "info",        "error",      "target"};
  const std::size_t stamp = line.find("audit(");
  if (stamp == std::string_view::npos || line.find("type=") == std::string_view::npos ||
      line.find('{') < stamp)
    return std::string(line);
  line = line.substr(0, line.find('\x1d'));  // what follows is auditd's own reading of the record
  std::string out;
  bool in_fields = false;
  for (const std::string_view word : split(line, ' ')) {
    const std::string_view key = word.substr(0, word.find('='));
    const bool matters = !in_fields || key.size() == word.size() ||
                         std::find(kMatter.begin(), kMatter.end(), key) != kMatter.end();
    in_fields = in_fields || word.find("audit(") != std::string_view::npos;
    if (matters && !word.empty()) out += (out.empty() ? "" : " ") + std::string(word);
  }
  return out;
}

// Wide characters count as one column: a line may come out longer, never wrongly cut.
std::string wrap(std::string_view text, std::size_t indent, const Style& style) {
  const std::size_t width = std::max<std::size_t>(style.width, indent + 30) - indent;
  std::string out;
  std::size_t column = 0;
  for (const std::string_view word : split(text, ' ')) {
    const auto length =
        static_cast<std::size_t>(std::count_if(word.begin(), word.end(), [](char c) {
          return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
        }));
    if (column != 0 && column + 1 + length > width) {
      out += '\n' + std::string(indent, ' ');
      column = 0;
    } else if (column != 0) {
      out += ' ';
      ++column;
    }
    out += word;
    column += length;
  }
  return out;
}

void list_sentences(std::string& out, const std::vector<std::string>& sentences,
                    const Style& style) {
  for (const std::string& each : sentences)
    out += "  - " + wrap(escape_for_terminal(each), 4, style) + "\n";
}

}  // namespace medic::report
