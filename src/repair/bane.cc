#include "repair/bane.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"

namespace medic::repair {
namespace {

constexpr std::size_t kMaxText = std::size_t{1} << 20;

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> out;
  for (const std::string_view line : split(text, '\n')) out.emplace_back(line);
  return out;
}

std::string joined(const std::vector<std::string>& lines) {
  std::string out;
  for (std::size_t i = 0; i < lines.size(); ++i) out += (i == 0 ? "" : "\n") + lines[i];
  return out;
}

// The line without its comment; a # within quotes is none.
std::string_view without_comment(std::string_view line) {
  bool quoted = false;
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (line[i] == '"') quoted = !quoted;
    if (line[i] == '#' && !quoted) return line.substr(0, i);
  }
  return line;
}

std::string_view section_name(std::string_view line) {
  line = trim(without_comment(line));
  if (line.size() < 3 || line.front() != '[' || line.back() != ']' || line[1] == '[') return {};
  return trim(line.substr(1, line.size() - 2));
}

// A key's assignment: the lines from `first` to `last`.
struct Assignment {
  std::string section, key, value;
  std::size_t first = 0, last = 0;
};

Problem problem_at(const std::string& path, std::size_t line, std::string text) {
  Problem out;
  out.file = path;
  out.line = line + 1;
  out.text = std::move(text);
  out.hint = "bane's TOML: Name, [Filesystem], [Capabilities] and [Network]";
  return out;
}

Result<std::vector<Assignment>> assignments(const std::vector<std::string>& lines,
                                            const std::string& path) {
  std::vector<Assignment> out;
  std::string section;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const std::string_view line = trim(without_comment(lines[i]));
    if (line.empty()) continue;
    if (const std::string_view name = section_name(lines[i]); !name.empty()) {
      section = name;
      continue;
    }
    const std::size_t equals = line.find('=');
    if (equals == std::string_view::npos)
      return fail(problem_at(path, i, "neither a section nor an assignment"));
    Assignment made{section, std::string(trim(line.substr(0, equals))),
                    std::string(trim(line.substr(equals + 1))), i, i};
    while (made.value.starts_with('[') && !made.value.ends_with(']')) {
      if (++i == lines.size())
        return fail(problem_at(path, made.first, fmt::format("the list {} has no end", made.key)));
      made.value += trim(without_comment(lines[i]));
    }
    made.last = i;
    out.push_back(std::move(made));
  }
  return out;
}

// The quoted strings of a list, or of a single value. Nothing: something else stands there.
std::optional<std::vector<std::string>> strings_in(std::string_view value) {
  std::vector<std::string> out;
  if (value.starts_with('[')) value = value.substr(1, value.size() - 2);
  for (value = trim(value); !value.empty(); value = trim(value)) {
    if (value.front() == ',') {
      value.remove_prefix(1);
      continue;
    }
    const char quote = value.front();
    const std::size_t end =
        quote == '"' || quote == '\'' ? value.find(quote, 1) : std::string_view::npos;
    if (end == std::string_view::npos) return std::nullopt;
    const std::string_view inner = value.substr(1, end - 1);
    const bool plain = std::none_of(inner.begin(), inner.end(), [](unsigned char c) {
      return c < 0x20 || c == 0x7F || c == '\\' || c == '"';
    });
    if (!plain) return std::nullopt;
    out.emplace_back(inner);
    value.remove_prefix(end + 1);
  }
  return out;
}

// Where an assignment of the profile goes. Null: the section has no such key.
std::vector<std::string>* list_of(BaneProfile& out, const Assignment& from) {
  const std::string name = from.section + "." + from.key;
  if (name == "Filesystem.ReadOnlyPaths") return &out.read_only;
  if (name == "Filesystem.LogOnWritePaths") return &out.log_on_write;
  if (name == "Filesystem.WritablePaths") return &out.writable;
  if (name == "Filesystem.AllowExec") return &out.allow_exec;
  if (name == "Filesystem.DenyExec") return &out.deny_exec;
  if (name == "Capabilities.Allow") return &out.caps_allow;
  if (name == "Capabilities.Deny") return &out.caps_deny;
  if (name == "Network.Protocols") return &out.protocols.emplace();
  return nullptr;
}

std::string rules(const std::vector<std::string>& values, std::string_view form) {
  std::string out;
  for (const std::string& value : values)
    out += fmt::format(fmt::runtime(form),
                       value.find(' ') == std::string::npos ? value : fmt::format("\"{}\"", value));
  return out;
}

}  // namespace

bool looks_like_bane(std::string_view text) {
  bool name = false, section = false;
  for (const std::string_view line : split(text.substr(0, kMaxText), '\n')) {
    const std::string_view word = trim(without_comment(line));
    name = name || (word.starts_with("Name") && word.find('=') != std::string_view::npos);
    const std::string_view each = section_name(line);
    section = section || each == "Filesystem" || each == "Capabilities" || each == "Network";
  }
  return name && section;
}

Result<BaneProfile> read_bane(const std::string& text, const std::string& path) {
  if (text.size() > kMaxText) return fail(problem_at(path, 0, "more than 1 MiB is not read"));
  const auto found = assignments(lines_of(text), path);
  if (!found) return fail(found.error());
  BaneProfile out;
  for (const Assignment& each : *found) {
    const auto wrong = [&](std::string_view what) {
      return fail(
          problem_at(path, each.first,
                     fmt::format("{}{}{} {}", shorten(each.section, 40),
                                 each.section.empty() ? "" : ".", shorten(each.key, 40), what)));
    };
    if (each.section == "Network" && (each.key == "Raw" || each.key == "Packet")) {
      if (each.value != "true" && each.value != "false") return wrong("is true or false");
      (each.key == "Raw" ? out.raw : out.packet) = each.value == "true";
      (each.key == "Raw" ? out.raw_said : out.packet_said) = true;
      continue;
    }
    const auto values = strings_in(each.value);
    if (each.section.empty() && each.key == "Name") {
      if (!values || values->size() != 1) return wrong("is one name in quotes");
      out.name = values->front();
      continue;
    }
    std::vector<std::string>* list = list_of(out, each);
    if (list == nullptr) return wrong("is nothing that bane knows");
    if (!values || !each.value.starts_with('[')) return wrong("is a list of plain strings");
    *list = *values;
  }
  if (out.name.empty()) return fail(problem_at(path, 0, "it has no Name"));
  return out;
}

std::string bane_to_apparmor(const BaneProfile& profile) {
  std::string out = "#include <tunables/global>\n\n";
  const std::string name =
      profile.name.starts_with("docker-") ? profile.name : "docker-" + profile.name;
  out += fmt::format("profile {} flags=(attach_disconnected,mediate_deleted) {{\n", name);
  out += "  #include <abstractions/base>\n\n";
  out += profile.protocols ? rules(*profile.protocols, "  network inet {},\n") : "  network,\n";
  if (!profile.raw) out += "  deny network raw,\n";
  if (!profile.packet) out += "  deny network packet,\n";
  out += "\n  file,\n  umount,\n\n";
  out += rules(profile.read_only, "  deny {} wl,\n");
  out += rules(profile.log_on_write, "  audit {} w,\n");
  out += rules(profile.writable, "  {} w,\n");
  out += rules(profile.allow_exec, "  {} ix,\n");
  out += rules(profile.deny_exec, "  deny {} mrwklx,\n");
  out += rules(profile.caps_allow, "  capability {},\n");
  out += rules(profile.caps_deny, "  deny capability {},\n");
  out += "\n";
  for (const std::string_view rule :
       {"@{PROC}/{*,**^[0-9*],sys/kernel/shm*} wkx", "@{PROC}/sysrq-trigger rwklx",
        "@{PROC}/mem rwklx", "@{PROC}/kmem rwklx", "@{PROC}/kcore rwklx", "mount",
        "/sys/[^f]*/** wklx", "/sys/f[^s]*/** wklx", "/sys/fs/[^c]*/** wklx",
        "/sys/fs/c[^g]*/** wklx", "/sys/fs/cg[^r]*/** wklx", "/sys/firmware/efi/efivars/** rwklx",
        "/sys/kernel/security/** rwklx"})
    out += fmt::format("  deny {},\n", rule);
  return out + "}\n";
}

std::string add_to_bane_list(const std::string& text, std::string_view section,
                             std::string_view key, const std::string& value) {
  std::vector<std::string> lines = lines_of(text);
  const auto found = assignments(lines, "");
  if (!found) return text;
  for (const Assignment& each : *found) {
    if (each.section != section || each.key != key) continue;
    std::string& last = lines[each.last];
    if (each.first == each.last) {
      const std::size_t end = last.rfind(']');
      last.insert(end, fmt::format("{}\"{}\"", each.value == "[]" ? "" : ", ", value));
      return joined(lines);
    }
    std::string indent = "\t";
    for (std::size_t i = each.first + 1; i < each.last; ++i) {
      const std::string_view element = trim(without_comment(lines[i]));
      if (element.empty()) continue;
      indent = lines[i].substr(0, lines[i].find_first_not_of(" \t"));
      const bool is_last = trim(without_comment(lines[i + 1])) == "]" || i + 1 == each.last;
      if (is_last && !element.ends_with(','))
        lines[i].insert(without_comment(lines[i]).find_last_not_of(" \t") + 1, ",");
    }
    lines.insert(lines.begin() + static_cast<std::ptrdiff_t>(each.last),
                 fmt::format("{}\"{}\"{}", indent, value, ","));
    return joined(lines);
  }
  const std::string made = fmt::format("{} = [\n\t\"{}\"\n]", key, value);
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (section_name(lines[i]) != section) continue;
    lines.insert(lines.begin() + static_cast<std::ptrdiff_t>(i) + 1, made);
    return joined(lines);
  }
  return fmt::format("{}{}\n[{}]\n{}\n", text, text.ends_with('\n') ? "" : "\n", section, made);
}

std::string set_in_bane(const std::string& text, std::string_view section, std::string_view key) {
  std::vector<std::string> lines = lines_of(text);
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (section_name(lines[i]) != section) continue;
    lines.insert(lines.begin() + static_cast<std::ptrdiff_t>(i) + 1, fmt::format("{} = true", key));
    return joined(lines);
  }
  return fmt::format("{}{}\n[{}]\n{} = true\n", text, text.ends_with('\n') ? "" : "\n", section,
                     key);
}

}  // namespace medic::repair
