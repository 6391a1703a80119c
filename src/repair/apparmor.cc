#include "repair/apparmor.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>

#include "base/text.h"
#include "diagnose/lsm_remedy.h"
#include "repair/bane.h"

namespace medic::repair {
namespace {

constexpr std::size_t kMaxText = std::size_t{1} << 20;

bool is_word(std::string_view text, std::initializer_list<std::string_view> words) {
  return std::find(words.begin(), words.end(), text) != words.end();
}

std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> out;
  std::string word;
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 1 < text.size()) {
      word += text[i];
      word += text[++i];
    } else if (text[i] == '"') {
      quoted = !quoted;
    } else if (!quoted && (text[i] == ' ' || text[i] == '\t')) {
      if (!word.empty()) out.push_back(std::move(word));
      word.clear();
    } else {
      word += text[i];
    }
  }
  if (!word.empty()) out.push_back(std::move(word));
  return out;
}

// A rule in parts: "deny /etc/** wl," and "capability net_raw,".
struct Rule {
  bool denies = false;
  std::string keyword;             // "file" for paths; "capability", "network", "mount" …
  std::string path, mask;          // of files; an empty path is every file
  std::vector<std::string> words;  // behind the keyword
};

bool is_keyword(std::string_view word) {
  return is_word(word, {"capability", "network", "mount", "remount", "umount", "pivot_root",
                        "ptrace", "signal", "unix", "dbus", "change_profile", "userns", "rlimit",
                        "file", "link", "io_uring", "mqueue", "all"});
}

Rule parse(std::string_view text) {
  text = trim(text);
  if (text.ends_with(',')) text.remove_suffix(1);
  std::vector<std::string> words = words_of(text);
  Rule out;
  while (!words.empty() && is_word(words.front(), {"audit", "deny", "allow", "owner", "quiet"})) {
    out.denies = out.denies || words.front() == "deny";
    words.erase(words.begin());
  }
  if (words.empty()) return out;
  out.keyword = is_keyword(words.front()) ? words.front() : "file";
  if (is_keyword(words.front())) words.erase(words.begin());
  if (out.keyword == "file" && words.size() >= 2) {
    // Both orders are AppArmor's: `/path rw` and `rw /path`.
    const bool path_first = words[0].starts_with('/') || words[0].starts_with('@');
    out.path = words[path_first ? 0 : 1];
    out.mask = words[path_first ? 1 : 0];
    return out;
  }
  if (out.keyword == "file") out.mask = "rwlkmix";
  out.words = std::move(words);
  return out;
}

// One letter of a mask; appending is part of writing.
bool has_letter(std::string_view mask, char letter) {
  return mask.find(letter) != std::string_view::npos;
}

std::string letters_of(std::string_view mask) {
  std::string out;
  for (const char letter : std::string_view("rwklmx")) {
    if (has_letter(mask, letter)) out += letter;
  }
  return out;
}

// Without the escapes that a literal path wears in a rule.
std::string plain(std::string_view path) {
  std::string out;
  for (std::size_t i = 0; i < path.size(); ++i) {
    if (path[i] == '\\' && i + 1 < path.size()) ++i;
    out += path[i];
  }
  return out;
}

// Does a rule of the profile speak of what is asked for? Of a file: of one of its letters where
// `any`, else of all.
bool covers(const Rule& rule, const Rule& asked, bool any) {
  if (rule.keyword != asked.keyword) return rule.keyword == "all";
  if (asked.keyword == "file") {
    if (!rule.path.empty() && !apparmor_fits(rule.path, plain(asked.path))) return false;
    const std::string letters = letters_of(asked.mask);
    const auto has = [&](char letter) { return has_letter(rule.mask, letter); };
    return any ? std::any_of(letters.begin(), letters.end(), has)
               : std::all_of(letters.begin(), letters.end(), has);
  }
  return std::all_of(rule.words.begin(), rule.words.end(), [&](const std::string& word) {
    return std::find(asked.words.begin(), asked.words.end(), word) != asked.words.end();
  });
}

// What of a rule is dangerous, by the name that accepts it. Empty: nothing.
struct Danger {
  std::string name, why;
};
std::optional<Danger> danger_of(const Rule& rule) {
  if (rule.keyword == "capability") {
    for (const std::string& each : rule.words) {
      if (is_word(each, {"sys_admin", "sys_module", "sys_rawio", "sys_ptrace", "sys_boot",
                         "dac_read_search", "mac_admin", "mac_override", "bpf", "perfmon",
                         "net_admin", "syslog", "setfcap", "checkpoint_restore"}))
        return Danger{each, "the capability opens much of the host"};
    }
    return std::nullopt;
  }
  if (is_word(rule.keyword, {"mount", "remount", "umount", "pivot_root", "ptrace", "change_profile",
                             "userns", "all"}))
    return Danger{rule.keyword, "it is a way out of the confinement"};
  if (rule.keyword == "network" && !rule.words.empty() &&
      (is_word(rule.words.front(), {"packet", "vsock", "netlink"}) || rule.words.back() == "raw"))
    return Danger{rule.words.back() == "raw" ? "raw" : rule.words.front(),
                  "it reaches beyond plain connections"};
  if (rule.keyword != "file") return std::nullopt;
  const std::string path = plain(rule.path);
  const bool writes = has_letter(rule.mask, 'w'), executes = has_letter(rule.mask, 'x');
  const auto below = [&](std::string_view folder) { return path.starts_with(folder); };
  if (writes && (below("/proc/sys") || below("/sys/") || below("/boot/") || below("/lib/modules") ||
                 below("/etc/shadow") || below("/etc/sudoers") || below("/etc/ld.so")))
    return Danger{path, "writing there changes the host, or who is who"};
  if (path.ends_with("/docker.sock") || path.ends_with("/containerd.sock") ||
      path.ends_with("/crio.sock") || path.ends_with("/podman.sock"))
    return Danger{path, "whoever reaches the engine's socket is root on the host"};
  if (below("/dev/mem") || below("/dev/kmem") || below("/dev/sd") || below("/dev/nvme") ||
      below("/proc/kcore") || path == "/proc/sysrq-trigger")
    return Danger{path, "it is the host's memory or disk"};
  if (executes && (below("/tmp/") || below("/var/tmp/") || below("/dev/shm/")))
    return Danger{path, "anybody can write what is executed there"};
  return std::nullopt;
}

// A profile's block in the text; lines count from 0.
struct Statement {
  std::size_t line = 0;
  std::string indent;
  Rule rule;
};
struct Block {
  std::string name;
  std::size_t begin = 0, end = 0;  // the lines of { and }
  std::vector<Statement> statements;
};

std::string_view without_comment(std::string_view line) {
  const std::size_t at = line.find(" #");
  line = trim(line.substr(0, at));
  return line.starts_with('#') ? std::string_view{} : line;
}

// "profile web /usr/bin/web flags=(complain) {" → "web".
std::string block_name(std::string_view header) {
  header.remove_suffix(1);
  std::vector<std::string> words = words_of(header);
  if (!words.empty() && is_word(words.front(), {"profile", "hat"})) words.erase(words.begin());
  if (words.empty()) return {};
  return words.front().starts_with('^') ? words.front().substr(1) : words.front();
}

std::vector<Block> blocks_of(const std::vector<std::string>& lines) {
  std::vector<Block> out;
  std::vector<std::size_t> open;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const std::string_view line = without_comment(lines[i]);
    if (line.empty()) continue;
    if (line.ends_with('{')) {
      std::string name = block_name(line);
      if (!open.empty()) name = out[open.back()].name + "//" + name;
      open.push_back(out.size());
      out.push_back({std::move(name), i, lines.size(), {}});
    } else if (line == "}" && !open.empty()) {
      out[open.back()].end = i;
      open.pop_back();
    } else if (!open.empty() && line.ends_with(',')) {
      out[open.back()].statements.push_back(
          {i, lines[i].substr(0, lines[i].find_first_not_of(" \t")), parse(line)});
    }
  }
  std::erase_if(out, [&](const Block& each) { return each.end == lines.size(); });
  return out;
}

bool has_control(std::string_view text) {
  return std::any_of(text.begin(), text.end(),
                     [](unsigned char c) { return c < 0x20 || c == 0x7F; });
}

// What is asked for, once each; the letters of one path together.
struct Wanted {
  std::string rule, profile;
  std::vector<std::string> because;
};

std::string file_rule(const Rule& rule, const std::string& letters) {
  std::string mask = letters;
  if (const std::size_t x = mask.find('x'); x != std::string::npos) mask.replace(x, 1, "ix");
  return rule.path.find(' ') == std::string::npos ? fmt::format("{} {},", rule.path, mask)
                                                  : fmt::format("\"{}\" {},", rule.path, mask);
}

class Repairer {
 public:
  explicit Repairer(const AccessOptions& options) : options_(options) {}

  // Drops what cannot be asked for at all, and joins the rest.
  std::vector<Wanted> wanted(const std::vector<AccessRequest>& requests) {
    std::map<std::pair<std::string, std::string>, Wanted> out;
    for (const AccessRequest& each : requests) {
      if (each.rule.empty() || has_control(each.rule)) {
        refuse({each.what, each.profile, {each.place}},
               each.rule.empty() ? "the record does not say enough for a rule; aa-logprof asks"
                                 : "its name holds control characters, which no rule may");
        continue;
      }
      if (!each.is_trusted && !options_.trust_output) {
        refuse({each.rule, each.profile, {each.place}},
               "only lines that the confined program may have written itself ask for it; --trust "
               "container-output takes them");
        continue;
      }
      const Rule rule = parse(each.rule);
      const std::string key = rule.keyword == "file" ? rule.path : each.rule;
      Wanted& made = out[{each.profile, key}];
      made.profile = each.profile;
      made.rule = made.rule.empty() || rule.keyword != "file"
                      ? each.rule
                      : file_rule(rule, letters_of(rule.mask + parse(made.rule).mask));
      if (made.because.size() < 5) made.because.push_back(each.place);
    }
    std::vector<Wanted> list;
    for (auto& [key, each] : out) list.push_back(std::move(each));
    return list;
  }

  // May it be added to the block? Says why not.
  bool may_add(const Wanted& wanted, const std::vector<Statement>& statements,
               const std::vector<std::string>& lines) {
    const Rule asked = parse(wanted.rule);
    for (const Statement& each : statements) {
      if (!each.rule.denies || !covers(each.rule, asked, true)) continue;
      refuse(wanted,
             fmt::format("line {} denies it on purpose (`{}`), and a deny wins over any rule",
                         each.line + 1, shorten(trim(lines[each.line]), 80)));
      return false;
    }
    for (const Statement& each : statements) {
      if (each.rule.denies || !covers(each.rule, asked, false)) continue;
      refuse(wanted, fmt::format("line {} permits it already: was the profile loaded since "
                                 "(apparmor_parser -r)?",
                                 each.line + 1));
      return false;
    }
    const auto danger = danger_of(asked);
    if (!danger || options_.accept_risk.contains(danger->name)) return true;
    refuse(wanted, fmt::format("{}; that it was tried is no reason to permit it; --accept-risk {} "
                               "permits it",
                               danger->why, danger->name));
    return false;
  }

  void refuse(const Wanted& wanted, std::string why) {
    out.refused.push_back({wanted.rule, std::move(why), wanted.because});
  }

  AccessRepair out;

 private:
  const AccessOptions& options_;
};

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> out;
  for (const std::string_view line : split(text, '\n')) out.emplace_back(line);
  return out;
}

// Behind the last rule of its kind, in that one's indentation; else before the block's end.
std::pair<std::size_t, std::string> place_for(const Block& block, const Rule& rule) {
  const Statement* best = nullptr;
  for (const Statement& each : block.statements) {
    if (each.rule.keyword == rule.keyword && !each.rule.denies) best = &each;
  }
  if (best != nullptr) return {best->line + 1, best->indent};
  return {block.end, block.statements.empty() ? "  " : block.statements.back().indent};
}

const Block* block_for(const std::vector<Block>& blocks, const std::string& profile) {
  const auto found = std::find_if(blocks.begin(), blocks.end(),
                                  [&](const Block& each) { return each.name == profile; });
  return found == blocks.end() ? nullptr : &*found;
}

std::string names_of(const std::vector<Block>& blocks) {
  std::vector<std::string> names;
  for (const Block& each : blocks) names.push_back(each.name);
  return fmt::format("{}", fmt::join(names, ", "));
}

AccessRepair repair_text(const std::string& text, const std::vector<Block>& blocks,
                         const std::vector<AccessRequest>& requests, const AccessOptions& options) {
  Repairer repairer(options);
  std::vector<std::string> lines = lines_of(text);
  std::vector<std::tuple<std::size_t, std::string, Wanted>> inserted;
  for (const Wanted& wanted : repairer.wanted(requests)) {
    const Block* block = block_for(blocks, wanted.profile);
    if (block == nullptr) {
      repairer.refuse(wanted,
                      fmt::format("the profile {} refused it, which is not in this file ({})",
                                  wanted.profile, names_of(blocks)));
      continue;
    }
    if (!repairer.may_add(wanted, block->statements, lines)) continue;
    const auto [line, indent] = place_for(*block, parse(wanted.rule));
    inserted.emplace_back(line, indent + wanted.rule, wanted);
  }
  std::stable_sort(inserted.begin(), inserted.end(),
                   [](const auto& a, const auto& b) { return std::get<0>(a) < std::get<0>(b); });
  std::size_t before = 0;
  for (const auto& [line, rule, wanted] : inserted) {
    lines.insert(lines.begin() + static_cast<std::ptrdiff_t>(line + before), rule);
    repairer.out.added.push_back({wanted.rule, line + ++before, wanted.because});
  }
  for (std::size_t i = 0; i < lines.size(); ++i)
    repairer.out.text += (i == 0 ? "" : "\n") + lines[i];
  return std::move(repairer.out);
}

// What bane's TOML can say of a rule: a capability, a kind of socket. False: nothing.
bool add_to_bane(std::string& text, const BaneProfile& profile, const Rule& rule) {
  if (rule.keyword == "capability" && !rule.words.empty()) {
    text = add_to_bane_list(text, "Capabilities", "Allow", rule.words.front());
    return true;
  }
  if (rule.keyword != "network" || rule.words.empty()) return false;
  const bool packet = rule.words.front() == "packet", raw = rule.words.back() == "raw";
  if ((packet && !profile.packet_said) || (raw && !packet && !profile.raw_said)) {
    text = set_in_bane(text, "Network", packet ? "Packet" : "Raw");
    return true;
  }
  const std::string_view protocol = rule.words.back() == "stream"  ? "tcp"
                                    : rule.words.back() == "dgram" ? "udp"
                                                                   : "";
  if (!profile.protocols || protocol.empty() || rule.words.front() != "inet") return false;
  text = add_to_bane_list(text, "Network", "Protocols", std::string(protocol));
  return true;
}

// Denies that bane's generator writes where the TOML says nothing of the matter.
bool is_by_default(const BaneProfile& profile, const Rule& deny) {
  if (deny.keyword != "network" || deny.words.empty()) return false;
  return deny.words.front() == "raw" ? !profile.raw_said : !profile.packet_said;
}

Result<AccessRepair> repair_bane(const std::string& text, const std::string& path,
                                 const std::vector<AccessRequest>& requests,
                                 const AccessOptions& options) {
  const auto profile = read_bane(text, path);
  if (!profile) return fail(profile.error());
  const std::vector<std::string> lines = lines_of(bane_to_apparmor(*profile));
  std::vector<Block> blocks = blocks_of(lines);
  std::erase_if(blocks.front().statements, [&](const Statement& each) {
    return each.rule.denies && is_by_default(*profile, each.rule);
  });
  Repairer repairer(options);
  std::string now = text;
  for (const Wanted& wanted : repairer.wanted(requests)) {
    if (wanted.profile != blocks.front().name) {
      repairer.refuse(wanted, fmt::format("the profile {} refused it, and this file makes {}",
                                          wanted.profile, blocks.front().name));
      continue;
    }
    const Rule rule = parse(wanted.rule);
    std::vector<Statement> statements = blocks.front().statements;
    // `network,` does not permit what the generator denies where nothing is said.
    if (rule.keyword == "network" && !rule.words.empty() &&
        (rule.words.front() == "packet" || rule.words.back() == "raw"))
      std::erase_if(statements, [](const Statement& each) {
        return !each.rule.denies && each.rule.words.empty();
      });
    if (!repairer.may_add(wanted, statements, lines)) {
      // The line is that of the generated profile, which nobody has before his eyes.
      std::string& why = repairer.out.refused.back().why;
      why = "in the profile that bane makes of it, " + why;
      continue;
    }
    if (!add_to_bane(now, *profile, rule)) {
      repairer.refuse(wanted,
                      "bane's TOML cannot say it: `seccomp-medic convert FILE --to "
                      "apparmor`, and repair that");
      continue;
    }
    repairer.out.added.push_back({wanted.rule, 0, wanted.because});
  }
  const auto after = read_bane(now, path);
  if (!after) return fail(after.error());
  repairer.out.generated = bane_to_apparmor(*after);
  repairer.out.text = std::move(now);
  return std::move(repairer.out);
}

}  // namespace

std::vector<AccessRequest> access_requests(const ledger::Ledger& ledger,
                                           const std::vector<ledger::InputAccount>& inputs) {
  std::vector<AccessRequest> out;
  for (const ledger::LayerDenial& denial : ledger.layer_denials()) {
    if (denial.layer != model::LayerDenial::Layer::Apparmor || denial.examples.empty()) continue;
    const ledger::Example& first = denial.examples.front();
    AccessRequest made;
    made.profile = denial.profile;
    made.rule = diagnose::apparmor_rule(denial, first.text);
    made.what = fmt::format("{}{}{}", denial.operation,
                            denial.permission.empty() ? "" : " (" + denial.permission + ")",
                            denial.target.empty() ? "" : " of " + denial.target);
    made.enforced = denial.enforced;
    made.is_trusted = denial.provenance == model::Provenance::Kernel;
    made.place = fmt::format(
        "{}:{}", first.origin.input < inputs.size() ? inputs[first.origin.input].path : "",
        first.origin.line);
    out.push_back(std::move(made));
  }
  return out;
}

Result<AccessRepair> repair_access(const std::string& text, const std::string& path,
                                   const std::vector<AccessRequest>& requests,
                                   const AccessOptions& options) {
  if (looks_like_bane(text)) return repair_bane(text, path, requests, options);
  const std::vector<Block> blocks =
      text.size() > kMaxText ? std::vector<Block>{} : blocks_of(lines_of(text));
  if (blocks.empty()) {
    Problem problem;
    problem.file = path;
    problem.text = "this is no AppArmor profile: no `profile NAME {` with its end is in it";
    problem.hint = "name a profile's text, or bane's TOML";
    return fail(std::move(problem));
  }
  return repair_text(text, blocks, requests, options);
}

}  // namespace medic::repair
