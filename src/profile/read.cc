// The whole vocabulary of Docker, Podman and the OCI runtimes, read with the place of everything.
// The first mistake is the answer; what engines swallow in silence becomes a note.
#include <fmt/format.h>

#include <algorithm>
#include <span>

#include "base/text.h"
#include "kernel/syscalls.h"
#include "profile/json_text.h"
#include "profile/read_carrier.h"

namespace medic::profile {
namespace {

constexpr std::string_view kTopKeys[] = {"defaultAction", "defaultErrnoRet",  "defaultErrno",
                                         "architectures", "archMap",          "flags",
                                         "listenerPath",  "listenerMetadata", "syscalls"};
constexpr std::string_view kRuleKeys[] = {"name", "names",    "action",   "errnoRet", "errno",
                                          "args", "includes", "excludes", "comment"};
constexpr std::string_view kArgKeys[] = {"index", "value", "valueTwo", "op"};
constexpr std::string_view kGateKeys[] = {"caps", "arches", "minKernel"};
constexpr std::string_view kArchMapKeys[] = {"architecture", "subArchitectures"};

constexpr std::string_view kActionTokens[] = {
    "SCMP_ACT_ALLOW",        "SCMP_ACT_ERRNO",       "SCMP_ACT_KILL",
    "SCMP_ACT_KILL_PROCESS", "SCMP_ACT_KILL_THREAD", "SCMP_ACT_LOG",
    "SCMP_ACT_NOTIFY",       "SCMP_ACT_TRACE",       "SCMP_ACT_TRAP"};
constexpr std::string_view kOpWords[] = {"SCMP_CMP_EQ",       "SCMP_CMP_NE", "SCMP_CMP_LT",
                                         "SCMP_CMP_LE",       "SCMP_CMP_GE", "SCMP_CMP_GT",
                                         "SCMP_CMP_MASKED_EQ"};

std::string upper(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return out;
}

bool same_folded(std::string_view a, std::string_view b) {
  return a.size() == b.size() && upper(a) == upper(b);
}

// The token most like what was written, tried with and without its prefix; empty when nothing is
// near.
std::string_view nearest_token(std::string_view written, std::span<const std::string_view> tokens,
                               std::string_view prefix) {
  const std::string folded = upper(written.substr(0, 64));
  const std::string prefixed = std::string(prefix) + folded;
  std::string_view best;
  unsigned best_distance = 5;
  for (const std::string_view token : tokens) {
    const unsigned distance =
        std::min(edit_distance(folded, token, 4), edit_distance(prefixed, token, 4));
    if (distance < best_distance) {
      best = token;
      best_distance = distance;
    }
  }
  return best;
}

std::string list_of(std::span<const std::string_view> tokens) {
  return fmt::format("{}", fmt::join(tokens, ", "));
}

// A key that people use to write a remark: nothing is lost when it is ignored.
bool is_remark(std::string_view key) {
  return key.empty() || key.front() == '/' || key.front() == '_' || key.front() == '$' ||
         key.front() == '#' || key.find("omment") != std::string_view::npos || key == "description";
}

class ProfileReader {
 public:
  ProfileReader(const JsonText& json, std::optional<Place> everything_at, Problems& notes)
      : json_(json), everything_at_(everything_at), notes_(notes) {}

  Profile read(NodeId root, Carrier carrier);
  std::optional<Problem> error;

 private:
  // The members of an object that count, by position in `known`; kNoNode where absent or null.
  struct Fields {
    std::span<const std::string_view> known;
    std::vector<NodeId> nodes;
    NodeId operator[](std::string_view key) const {
      return nodes[static_cast<std::size_t>(std::find(known.begin(), known.end(), key) -
                                            known.begin())];
    }
  };

  const JsonNode& node(NodeId id) const { return json_[id]; }
  Place place(std::size_t offset) const {
    return everything_at_ ? *everything_at_ : json_.place(offset);
  }
  Span span(Span own) const { return everything_at_ ? Span{} : own; }

  Problem problem(Severity severity, std::size_t offset, std::string what, std::string fix) const {
    Problem out = json_.problem_at(offset, std::move(what), std::move(fix));
    out.severity = severity;
    if (everything_at_) {
      out.line = everything_at_->line;
      out.column = 0;
      out.source_line.clear();
    }
    return out;
  }
  void complain(std::size_t offset, std::string what, std::string fix) {
    if (!error) error = problem(Severity::Error, offset, std::move(what), std::move(fix));
  }
  void note(Severity severity, std::size_t offset, std::string what, std::string fix) {
    notes_.push_back(problem(severity, offset, std::move(what), std::move(fix)));
  }
  // Says that a value has the wrong type, and how it should look.
  void wrong_type(NodeId id, std::string_view wanted, std::string fix) {
    const JsonNode& value = node(id);
    complain(value.span.begin,
             fmt::format("\"{}\" is {}, not {}",
                         value.key.empty() ? "an element" : std::string_view(value.key),
                         describe(value.kind), wanted),
             std::move(fix));
  }

  Fields fields(NodeId object, std::span<const std::string_view> known);
  void note_unknown_key(const JsonNode& member, std::span<const std::string_view> known);
  std::string string(NodeId id);
  std::optional<std::string> optional_string(NodeId id);
  std::uint64_t number(NodeId id, std::uint64_t largest);
  std::vector<NodeId> elements(NodeId id, JsonKind kind);
  std::vector<std::string> strings(NodeId id);
  std::optional<kernel::Action> action(NodeId id);
  std::optional<kernel::Arch> architecture(NodeId id, std::vector<Name>* loose);
  Name name(NodeId id);
  Condition condition(NodeId id);
  Gate gate(NodeId id);
  Rule rule(NodeId id, Carrier carrier);
  void rule_names(const Fields& in, Carrier carrier, Rule& out);
  ArchMapEntry arch_map_entry(NodeId id);
  void architectures(NodeId id, Profile& out);

  const JsonText& json_;
  std::optional<Place> everything_at_;
  Problems& notes_;
};

void ProfileReader::note_unknown_key(const JsonNode& member,
                                     std::span<const std::string_view> known) {
  if (is_remark(member.key)) return;
  std::string_view near;
  unsigned best = 3;
  for (const std::string_view key : known) {
    const unsigned distance =
        edit_distance(upper(std::string_view(member.key).substr(0, 64)), upper(key), 2);
    if (distance < best) {
      near = key;
      best = distance;
    }
  }
  const std::string what =
      fmt::format("engines and runtimes ignore the key \"{}\" in silence", shorten(member.key, 60));
  if (near.empty()) return note(Severity::Note, member.key_span.begin, what, "");
  note(Severity::Warning, member.key_span.begin, what, fmt::format("did you mean \"{}\"?", near));
}

// Go's encoding/json, which Docker, Podman and runc use, takes keys in any case and lets the last
// one win; crun's yajl wants them exact.
ProfileReader::Fields ProfileReader::fields(NodeId object,
                                            std::span<const std::string_view> known) {
  Fields out{known, std::vector<NodeId>(known.size(), kNoNode)};
  if (node(object).kind != JsonKind::Object) {
    wrong_type(object, "an object", "write { … }");
    return out;
  }
  for (const NodeId child : node(object).children) {
    const JsonNode& member = node(child);
    auto found = std::find(known.begin(), known.end(), member.key);
    if (found == known.end()) {
      found = std::find_if(known.begin(), known.end(),
                           [&](std::string_view key) { return same_folded(key, member.key); });
      if (found == known.end()) {
        note_unknown_key(member, known);
        continue;
      }
      note(Severity::Warning, member.key_span.begin,
           fmt::format("Docker, Podman and runc read \"{}\" as \"{}\", crun ignores it", member.key,
                       *found),
           fmt::format("write \"{}\"", *found));
    }
    NodeId& slot = out.nodes[static_cast<std::size_t>(found - known.begin())];
    if (slot != kNoNode) {
      note(Severity::Warning, member.key_span.begin,
           fmt::format(
               "\"{}\" stands twice in one object: this one counts, the one on line {} is ignored",
               member.key, place(node(slot).key_span.begin).line),
           "remove one of them");
    }
    slot = member.kind == JsonKind::Null ? kNoNode : child;
  }
  return out;
}

std::string ProfileReader::string(NodeId id) {
  if (id == kNoNode) return {};
  if (node(id).kind != JsonKind::String) {
    wrong_type(id, "a string", "write it in double quotes");
    return {};
  }
  return node(id).text;
}

std::optional<std::string> ProfileReader::optional_string(NodeId id) {
  if (id == kNoNode) return std::nullopt;
  return string(id);
}

std::uint64_t ProfileReader::number(NodeId id, std::uint64_t largest) {
  if (id == kNoNode) return 0;
  const JsonNode& value = node(id);
  const std::string fix = fmt::format("a whole number from 0 to {}", largest);
  if (value.kind == JsonKind::String) {
    const auto meant = parse_number(value.text);
    wrong_type(id, "a number",
               meant && *meant <= largest ? fmt::format("write {} without quotes", *meant) : fix);
    return 0;
  }
  if (value.kind == JsonKind::Negative && largest == UINT64_MAX) {
    const auto meant =
        parse_signed(json_.text().substr(value.span.begin, value.span.end - value.span.begin));
    wrong_type(
        id, "a number from 0 on",
        meant ? fmt::format("registers are unsigned: write {}", static_cast<std::uint64_t>(*meant))
              : fix);
    return 0;
  }
  if (value.kind != JsonKind::Unsigned) {
    wrong_type(id, "a whole number from 0 on", fix);
    return 0;
  }
  if (value.number > largest)
    complain(value.span.begin, fmt::format("{} is too large for \"{}\"", value.number, value.key),
             fix);
  return value.number;
}

std::vector<NodeId> ProfileReader::elements(NodeId id, JsonKind kind) {
  if (id == kNoNode) return {};
  if (node(id).kind != JsonKind::Array) {
    const std::string_view own =
        std::string_view(json_.text())
            .substr(node(id).span.begin, node(id).span.end - node(id).span.begin);
    wrong_type(
        id, "an array",
        fmt::format("write \"{}\": [{}]", node(id).key,
                    own.size() < 60 && own.find('\n') == std::string_view::npos ? own : "…"));
    return {};
  }
  for (const NodeId child : node(id).children) {
    if (node(child).kind != kind)
      complain(node(child).span.begin,
               fmt::format("\"{}\" holds {}, not {}", node(id).key, describe(node(child).kind),
                           describe(kind)),
               "");
  }
  return node(id).children;
}

std::vector<std::string> ProfileReader::strings(NodeId id) {
  std::vector<std::string> out;
  for (const NodeId child : elements(id, JsonKind::String)) out.push_back(node(child).text);
  return out;
}

std::optional<kernel::Action> ProfileReader::action(NodeId id) {
  if (id == kNoNode) return std::nullopt;
  const std::string text = string(id);
  if (const auto known = kernel::action_from_oci(text)) return known;
  const std::string_view near = nearest_token(text, kActionTokens, "SCMP_ACT_");
  complain(node(id).span.begin, fmt::format("\"{}\" is no action", shorten(text, 60)),
           near.empty() ? "actions are " + list_of(kActionTokens)
                        : fmt::format("did you mean \"{}\"?", near));
  return std::nullopt;
}

// runc wants the token to the letter. crun lets the prefix and the case go (libcrun/seccomp.c
// get_seccomp_action's neighbour for architectures), which the profile keeps for the runtime to
// judge.
std::optional<kernel::Arch> ProfileReader::architecture(NodeId id, std::vector<Name>* loose) {
  const std::string text = node(id).text;
  if (const auto known = kernel::arch_from_oci(text)) return known;
  const auto meant = kernel::arch_from_any(text);
  const std::string folded = upper(text);
  const bool crun_takes_it = meant && (folded == upper(kernel::info(*meant).name) ||
                                       folded == kernel::info(*meant).oci_token);
  if (loose && crun_takes_it) {
    loose->push_back({text, place(node(id).span.begin), span(node(id).span)});
    return meant;
  }
  std::vector<std::string_view> tokens;
  for (const kernel::ArchInfo& arch : kernel::all_archs()) tokens.push_back(arch.oci_token);
  const std::string_view near =
      meant ? kernel::info(*meant).oci_token : nearest_token(text, tokens, "SCMP_ARCH_");
  complain(node(id).span.begin, fmt::format("\"{}\" is no architecture", shorten(text, 60)),
           near.empty() ? "architectures are " + list_of(tokens)
                        : fmt::format("did you mean \"{}\"?", near));
  return std::nullopt;
}

Name ProfileReader::name(NodeId id) {
  const std::string& text = node(id).text;
  if (kernel::find_name(text) == kernel::kNoName) {
    const kernel::NameId alias = kernel::find_alias(text, kernel::Arch::Unknown);
    const auto near = kernel::nearest_names(text, 1);
    const std::string_view better = alias != kernel::kNoName ? kernel::name_of(alias)
                                    : near.empty()           ? std::string_view{}
                                                             : kernel::name_of(near[0]);
    note(Severity::Warning, node(id).span.begin,
         fmt::format("\"{}\" is no system call: runtimes ignore it in silence", shorten(text, 60)),
         better.empty() ? "" : fmt::format("did you mean \"{}\"?", better));
  }
  return {text, place(node(id).span.begin), span(node(id).span)};
}

Condition ProfileReader::condition(NodeId id) {
  const Fields in = fields(id, kArgKeys);
  Condition out;
  out.place = place(node(id).span.begin);
  out.index = static_cast<std::uint32_t>(number(in["index"], UINT32_MAX));
  out.value = number(in["value"], UINT64_MAX);
  out.value_two = number(in["valueTwo"], UINT64_MAX);
  for (const std::string_view key : {"index", "value"}) {
    if (in[key] != kNoNode) continue;
    note(Severity::Warning, node(id).span.begin,
         fmt::format("the condition has no \"{}\", which is taken as 0", key),
         fmt::format("write \"{}\"", key));
  }
  if (in["op"] == kNoNode) {
    complain(node(id).span.begin, "the condition has no \"op\"",
             "operators are " + list_of(kOpWords));
    return out;
  }
  const std::string text = string(in["op"]);
  const auto op = op_from_oci(text);
  if (!op) {
    const std::string_view near = nearest_token(text, kOpWords, "SCMP_CMP_");
    complain(node(in["op"]).span.begin, fmt::format("\"{}\" is no operator", shorten(text, 60)),
             near.empty() ? "operators are " + list_of(kOpWords)
                          : fmt::format("did you mean \"{}\"?", near));
  }
  out.op = op.value_or(Op::Eq);
  return out;
}

Gate ProfileReader::gate(NodeId id) {
  if (id == kNoNode) return {};
  const Fields in = fields(id, kGateKeys);
  return {strings(in["caps"]), strings(in["arches"]), string(in["minKernel"])};
}

// Engines turn "name" into "names" and refuse both; a runtime given config.json does not know
// "name".
void ProfileReader::rule_names(const Fields& in, Carrier carrier, Rule& out) {
  for (const NodeId child : elements(in["names"], JsonKind::String))
    out.names.push_back(name(child));
  const NodeId legacy = in["name"];
  if (legacy == kNoNode || string(legacy).empty()) return;
  if (carrier == Carrier::ConfigJson) {
    return note(Severity::Warning, node(legacy).key_span.begin,
                "runtimes do not know \"name\" and ignore it in silence",
                fmt::format("write \"names\": [\"{}\"]", shorten(node(legacy).text, 60)));
  }
  if (!out.names.empty())
    return complain(node(legacy).key_span.begin,
                    "\"name\" and \"names\" in one rule: Docker and Podman refuse it",
                    "keep \"names\" alone");
  note(Severity::Note, node(legacy).key_span.begin,
       "\"name\" is the old form: runtimes alone do not know it",
       fmt::format("write \"names\": [\"{}\"]", shorten(node(legacy).text, 60)));
  out.names.push_back(name(legacy));
  out.legacy_name = true;
}

Rule ProfileReader::rule(NodeId id, Carrier carrier) {
  const Fields in = fields(id, kRuleKeys);
  Rule out;
  out.place = place(node(id).span.begin);
  out.span = span(node(id).span);
  rule_names(in, carrier, out);
  if (in["action"] == kNoNode)
    complain(node(id).span.begin, "the rule has no \"action\"",
             "actions are " + list_of(kActionTokens));
  if (const auto known = action(in["action"])) out.action = *known;
  out.action_text = string(in["action"]);
  if (in["errnoRet"] != kNoNode)
    out.errno_ret = static_cast<std::uint32_t>(number(in["errnoRet"], UINT32_MAX));
  out.errno_name = optional_string(in["errno"]);
  for (const NodeId child : elements(in["args"], JsonKind::Object)) {
    if (node(child).kind == JsonKind::Object) out.args.push_back(condition(child));
  }
  out.includes = gate(in["includes"]);
  out.excludes = gate(in["excludes"]);
  out.comment = string(in["comment"]);
  return out;
}

ArchMapEntry ProfileReader::arch_map_entry(NodeId id) {
  const Fields in = fields(id, kArchMapKeys);
  ArchMapEntry out;
  if (in["architecture"] == kNoNode || node(in["architecture"]).kind != JsonKind::String) {
    complain(node(id).span.begin, "the entry has no \"architecture\"",
             "write \"architecture\": \"SCMP_ARCH_X86_64\"");
    return out;
  }
  out.architecture = architecture(in["architecture"], nullptr).value_or(kernel::Arch::Unknown);
  for (const NodeId child : elements(in["subArchitectures"], JsonKind::String)) {
    if (const auto arch = architecture(child, nullptr)) out.sub_architectures.push_back(*arch);
  }
  return out;
}

void ProfileReader::architectures(NodeId id, Profile& out) {
  if (id == kNoNode) return;
  out.architectures.emplace();
  for (const NodeId child : elements(id, JsonKind::String)) {
    if (node(child).kind != JsonKind::String) continue;
    if (const auto arch = architecture(child, &out.loose_architectures))
      out.architectures->push_back(*arch);
  }
}

Profile ProfileReader::read(NodeId root, Carrier carrier) {
  const Fields in = fields(root, kTopKeys);
  Profile out;
  out.path = json_.path();
  out.carrier = carrier;
  out.object = node(root).span;
  out.default_action = action(in["defaultAction"]);
  if (in["defaultAction"] != kNoNode)
    out.default_action_place = place(node(in["defaultAction"]).span.begin);
  if (in["defaultErrnoRet"] != kNoNode)
    out.default_errno_ret = static_cast<std::uint32_t>(number(in["defaultErrnoRet"], UINT32_MAX));
  out.default_errno_name = optional_string(in["defaultErrno"]);
  architectures(in["architectures"], out);
  for (const NodeId child : elements(in["archMap"], JsonKind::Object))
    out.arch_map.push_back(arch_map_entry(child));
  if (in["archMap"] != kNoNode) out.arch_map_place = place(node(in["archMap"]).key_span.begin);
  if (in["flags"] != kNoNode) out.flags = strings(in["flags"]);
  out.listener_path = string(in["listenerPath"]);
  out.listener_metadata = string(in["listenerMetadata"]);
  if (in["listenerPath"] != kNoNode)
    out.listener_place = place(node(in["listenerPath"]).span.begin);
  out.has_syscalls = in["syscalls"] != kNoNode;
  for (const NodeId child : elements(in["syscalls"], JsonKind::Object)) {
    if (node(child).kind == JsonKind::Object) out.rules.push_back(rule(child, carrier));
  }
  if (!out.default_action && !error &&
      in.nodes == std::vector<NodeId>(std::size(kTopKeys), kNoNode)) {
    complain(node(root).span.begin, "no seccomp profile: none of its keys is there",
             "a profile has \"defaultAction\" and \"syscalls\"");
  }
  return out;
}

}  // namespace

Result<Profile> read_profile(std::string text, std::string path, Problems& notes) {
  auto json = read_json(std::move(text), std::move(path));
  if (!json) return fail(json.error());
  const auto found = find_profile(*json);
  if (!found) return fail(found.error());
  if (!found->inner) {
    ProfileReader reader(*json, std::nullopt, notes);
    Profile out = reader.read(found->node, found->carrier);
    if (reader.error) return fail(*reader.error);
    out.text = json->text();
    return out;
  }
  const Place outer = json->place((*json)[found->node].span.begin);
  ProfileReader reader(*found->inner, outer, notes);
  Profile out = reader.read(0, found->carrier);
  if (reader.error) return fail(*reader.error);
  out.object = (*json)[found->node].span;
  out.text = json->text();
  return out;
}

}  // namespace medic::profile
