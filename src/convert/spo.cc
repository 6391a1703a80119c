// SeccompProfile of the security-profiles-operator (api/seccompprofile/v1 and v1beta1): the OCI
// rules as a Kubernetes object in YAML.
#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "base/text.h"
#include "convert/json_members.h"

namespace medic::profile::formats {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kGroup = "security-profiles-operator.x-k8s.io/";
constexpr std::size_t kMaxBytes = std::size_t{4} << 20;
constexpr std::size_t kMaxNames =
    20000;  // of one profile: aliases could make a small text a large one

// A place in the YAML; its marks count from 0.
Problem problem_in(const ForeignText& source, const YAML::Mark& mark, std::string text,
                   std::string hint = {}) {
  Problem problem = problem_at(source, static_cast<std::uint64_t>(std::max(mark.line, 0)) + 1,
                               std::move(text), std::move(hint));
  problem.column = static_cast<std::uint64_t>(std::max(mark.column, 0)) + 1;
  return problem;
}

// Thrown through yaml-cpp's own exceptions' way out; never leaves this file.
struct Wrong {
  Problem problem;
};

class SpecReader {
 public:
  SpecReader(const ForeignText& source, std::vector<std::string>& notes)
      : source_(source), notes_(notes) {}

  Json read(const YAML::Node& spec) {
    if (!spec.IsMap()) throw Wrong{problem_in(source_, spec.Mark(), "\"spec\" is no object")};
    if (spec["baseProfileName"] && !scalar(spec["baseProfileName"]).empty()) {
      notes_.push_back(fmt::format(
          "the operator joins the base profile \"{}\" to this one: its rules are not in this file",
          shorten(scalar(spec["baseProfileName"]), 80)));
    }
    if (spec["disabled"] && scalar(spec["disabled"]) == "true")
      notes_.push_back("the profile is disabled: the operator does not install it");
    note_unknown(spec, {"baseProfileName", "disabled", "defaultAction", "architectures",
                        "listenerPath", "listenerMetadata", "syscalls", "flags"});
    Json out = Json::object();
    for (const char* key : {"defaultAction", "listenerPath", "listenerMetadata"}) {
      if (spec[key]) out[key] = scalar(spec[key]);
    }
    if (spec["flags"]) out["flags"] = strings(spec["flags"]);
    if (spec["architectures"]) out["architectures"] = architectures(spec["architectures"]);
    out["syscalls"] = Json::array();
    if (spec["syscalls"]) {
      for (const YAML::Node& rule : list(spec["syscalls"]))
        out["syscalls"].push_back(read_rule(rule));
    }
    return out;
  }

 private:
  std::string scalar(const YAML::Node& node) const {
    if (!node.IsScalar())
      throw Wrong{problem_in(source_, node.Mark(), "a single value is wanted here")};
    return node.Scalar();
  }

  // By value: nodes are handles, and a range-for over spec["…"] must own its own.
  YAML::Node list(const YAML::Node& node) const {
    if (!node.IsSequence())
      throw Wrong{problem_in(source_, node.Mark(), "a list is wanted here",
                             "begin each element with a dash")};
    return node;
  }

  Json strings(const YAML::Node& node) {
    Json out = Json::array();
    for (const YAML::Node& each : list(node)) {
      out.push_back(scalar(each));
      if (++names_ > kMaxNames)
        throw Wrong{problem_in(source_, node.Mark(), "more names than any profile has")};
    }
    return out;
  }

  Json architectures(const YAML::Node& node) {
    Json out = strings(node);
    for (Json& arch : out) {
      if (arch == "SCMP_ARCH_NATIVE") arch = kernel::info(source_.arch).oci_token;
    }
    return out;
  }

  // The CRD's int64 and int32 fields.
  std::uint64_t number(const YAML::Node& node, std::uint64_t largest) const {
    const auto value = parse_decimal(scalar(node));
    if (!value || *value > largest)
      throw Wrong{problem_in(
          source_, node.Mark(),
          fmt::format("\"{}\" is no number from 0 to {}", shorten(node.Scalar(), 40), largest))};
    return *value;
  }

  void note_unknown(const YAML::Node& map, std::initializer_list<std::string_view> known) {
    for (const auto& member : map) {
      const std::string key = scalar(member.first);
      if (std::find(known.begin(), known.end(), key) == known.end())
        notes_.push_back(fmt::format("line {}: the operator knows no \"{}\" here",
                                     member.first.Mark().line + 1, shorten(key, 40)));
    }
  }

  Json read_rule(const YAML::Node& rule) {
    if (!rule.IsMap())
      throw Wrong{problem_in(source_, rule.Mark(), "a rule is an object with names and an action")};
    if (!rule["names"] || !rule["action"])
      throw Wrong{problem_in(source_, rule.Mark(), "a rule needs \"names\" and \"action\"")};
    note_unknown(rule, {"names", "action", "errnoRet", "args"});
    Json out = {{"names", strings(rule["names"])}, {"action", scalar(rule["action"])}};
    // 0 is treated as absent, so the runtime answers EPERM.
    if (rule["errnoRet"] && number(rule["errnoRet"], kernel::kMaxErrno) != 0)
      out["errnoRet"] = number(rule["errnoRet"], kernel::kMaxErrno);
    if (rule["args"]) {
      out["args"] = Json::array();
      for (const YAML::Node& arg : list(rule["args"])) out["args"].push_back(read_arg(arg));
    }
    return out;
  }

  Json read_arg(const YAML::Node& arg) {
    if (!arg.IsMap() || !arg["index"] || !arg["op"])
      throw Wrong{problem_in(source_, arg.Mark(), "a condition needs \"index\" and \"op\"")};
    note_unknown(arg, {"index", "value", "valueTwo", "op"});
    Json out = {{"index", number(arg["index"], 5)},
                {"value", arg["value"] ? number(arg["value"], INT64_MAX) : 0},
                {"op", scalar(arg["op"])}};
    if (arg["valueTwo"]) out["valueTwo"] = number(arg["valueTwo"], INT64_MAX);
    if (++names_ > kMaxNames)
      throw Wrong{problem_in(source_, arg.Mark(), "more conditions than any profile has")};
    return out;
  }

  const ForeignText& source_;
  std::vector<std::string>& notes_;
  std::size_t names_ = 0;
};

std::string text_or_empty(const YAML::Node& node) {
  return node && node.IsScalar() ? node.Scalar() : std::string();
}

// The SeccompProfile objects among the documents.
std::vector<YAML::Node> profiles_in(const std::vector<YAML::Node>& documents) {
  std::vector<YAML::Node> out;
  for (const YAML::Node& document : documents) {
    if (document.IsMap() && text_or_empty(document["kind"]) == "SeccompProfile")
      out.push_back(document);
  }
  return out;
}

std::string name_of(const YAML::Node& object) {
  const YAML::Node metadata = object["metadata"];
  return metadata && metadata.IsMap() ? text_or_empty(metadata["name"]) : std::string();
}

Result<ForeignProfile> read_objects(const ForeignText& source) {
  const auto objects = profiles_in(YAML::LoadAll(source.text));
  if (objects.empty())
    return fail(problem_at(source, 1, "no object of kind SeccompProfile is in it",
                           "name a SeccompProfile of the security-profiles-operator"));
  ForeignProfile out;
  const YAML::Node& chosen = objects.front();
  if (objects.size() > 1) {
    std::vector<std::string> others;
    for (std::size_t i = 1; i < objects.size(); ++i)
      others.push_back(shorten(name_of(objects[i]), 60));
    out.notes.push_back(fmt::format("of {} profiles the first, \"{}\", is read; not read: {}",
                                    objects.size(), shorten(name_of(chosen), 60), few_of(others)));
  }
  const std::string version = text_or_empty(chosen["apiVersion"]);
  if (!version.starts_with(kGroup))
    out.notes.push_back(
        fmt::format("apiVersion \"{}\" is not the operator's", shorten(version, 60)));
  if (!chosen["spec"])
    return fail(problem_in(source, chosen.Mark(), "the SeccompProfile has no \"spec\""));
  const Json spec = SpecReader(source, out.notes).read(chosen["spec"]);
  auto profile = read_json_profile(
      {spec.dump(2, ' ', false, Json::error_handler_t::replace), source.path, source.arch});
  if (!profile) {
    // Places are those of the JSON that it stands for, not of this file.
    Problem problem = profile.error();
    problem.line = problem.column = 0;
    problem.source_line.clear();
    return fail(std::move(problem));
  }
  out.profile = std::move(profile->profile);
  return out;
}

bool operator_knows(Arch arch) {
  constexpr std::array kUnknown{Arch::Loongarch64, Arch::M68k, Arch::Sh, Arch::Sheb};
  return std::find(kUnknown.begin(), kUnknown.end(), arch) == kUnknown.end();
}

std::optional<Problem> unsayable(const NewProfile& profile) {
  for (const Arch arch : profile.architectures) {
    if (!operator_knows(arch))
      return refusal(
          fmt::format("the operator's schema has no architecture {}", kernel::name(arch)),
          "leave it out of \"architectures\"");
  }
  if (profile.default_action == Action::Notify)
    return refusal("the operator's schema refuses SCMP_ACT_NOTIFY as the default action");
  for (const NewRule& rule : profile.rules) {
    if (rule.args.size() > 6)
      return refusal(fmt::format("the rule for {} has {} conditions, the operator's schema takes 6",
                                 rule.names.front(), rule.args.size()));
    for (const Condition& c : rule.args) {
      if (c.value > INT64_MAX || c.value_two > INT64_MAX) {
        return refusal(
            fmt::format("the rule for {} compares with {:#x}: the operator's schema holds numbers "
                        "up to 2^63-1 only",
                        rule.names.front(), std::max(c.value, c.value_two)));
      }
    }
  }
  return std::nullopt;
}

void emit_rule(YAML::Emitter& out, const NewRule& rule) {
  std::vector<std::string> names = rule.names;
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  out << YAML::BeginMap << YAML::Key << "action" << YAML::Value
      << std::string(kernel::oci_token(rule.action));
  if (rule.errno_ret && *rule.errno_ret != 0)
    out << YAML::Key << "errnoRet" << YAML::Value << *rule.errno_ret;
  out << YAML::Key << "names" << YAML::Value << names;
  if (!rule.args.empty()) {
    out << YAML::Key << "args" << YAML::Value << YAML::BeginSeq;
    for (const Condition& c : rule.args) {
      out << YAML::BeginMap << YAML::Key << "index" << YAML::Value << c.index << YAML::Key << "op"
          << YAML::Value << std::string(oci_token(c.op));
      out << YAML::Key << "value" << YAML::Value << c.value;
      if (c.op == Op::MaskedEq) out << YAML::Key << "valueTwo" << YAML::Value << c.value_two;
      out << YAML::EndMap;
    }
    out << YAML::EndSeq;
  }
  out << YAML::EndMap;
}

// metadata.name: what Kubernetes calls a DNS subdomain.
std::string object_name(std::string_view text) {
  std::string out;
  for (char c : text.substr(0, 200)) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    const bool kept = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
    if (kept || !out.ends_with('-')) out += kept ? c : '-';
  }
  const std::size_t first = out.find_first_not_of('-');
  if (first == std::string::npos) return "profile";
  return out.substr(first, out.find_last_not_of('-') - first + 1);
}

Result<Converted> write_spo(const Conversion& conversion, std::string_view version) {
  Converted out;
  const NewProfile made = oci_level(conversion, out.losses);
  if (auto problem = unsayable(made)) return fail(std::move(*problem));
  const Profile& profile = conversion.profile;
  if (made.default_errno_ret.value_or(1) != 1)
    out.losses.push_back(
        fmt::format("the operator's schema has no default errno: {} becomes EPERM",
                    kernel::errno_text(static_cast<int>(*made.default_errno_ret))));
  if (profile.flags && profile.flags->empty())
    out.losses.push_back(
        "an empty list of flags is dropped: the runtime then asks for "
        "SECCOMP_FILTER_FLAG_SPEC_ALLOW");
  YAML::Emitter yaml;
  yaml << YAML::BeginMap << YAML::Key << "apiVersion" << YAML::Value
       << fmt::format("{}{}", kGroup, version) << YAML::Key << "kind" << YAML::Value
       << "SeccompProfile";
  yaml << YAML::Key << "metadata" << YAML::Value << YAML::BeginMap << YAML::Key << "name"
       << YAML::Value << object_name(conversion.name) << YAML::EndMap;
  yaml << YAML::Key << "spec" << YAML::Value << YAML::BeginMap << YAML::Key << "defaultAction"
       << YAML::Value << std::string(kernel::oci_token(made.default_action));
  if (!made.architectures.empty()) {
    yaml << YAML::Key << "architectures" << YAML::Value << YAML::BeginSeq;
    for (const Arch arch : made.architectures) yaml << std::string(kernel::info(arch).oci_token);
    yaml << YAML::EndSeq;
  }
  if (!made.flags.empty()) yaml << YAML::Key << "flags" << YAML::Value << made.flags;
  if (!profile.listener_path.empty())
    yaml << YAML::Key << "listenerPath" << YAML::Value << profile.listener_path;
  if (!profile.listener_metadata.empty())
    yaml << YAML::Key << "listenerMetadata" << YAML::Value << YAML::DoubleQuoted
         << profile.listener_metadata;
  yaml << YAML::Key << "syscalls" << YAML::Value << YAML::BeginSeq;
  for (const NewRule& rule : made.rules) emit_rule(yaml, rule);
  yaml << YAML::EndSeq << YAML::EndMap << YAML::EndMap;
  out.text = std::string("---\n") + yaml.c_str() + "\n";
  return out;
}

}  // namespace

Result<ForeignProfile> read_spo(const ForeignText& source) {
  if (source.text.size() > kMaxBytes)
    return fail(problem_at(source, 1, "larger than any SeccompProfile"));
  try {
    return read_objects(source);
  } catch (const Wrong& wrong) {
    return fail(wrong.problem);
  } catch (const YAML::Exception& error) {
    return fail(problem_in(source, error.mark, fmt::format("no YAML: {}", error.msg)));
  }
}

Result<Converted> write_spo_v1(const Conversion& conversion) { return write_spo(conversion, "v1"); }
Result<Converted> write_spo_v1beta1(const Conversion& conversion) {
  return write_spo(conversion, "v1beta1");
}

bool looks_like_spo(std::string_view text) {
  const auto lines = lines_of(text);
  // At the beginning of a line: a ProfileRecording has the same key further in.
  return std::any_of(lines.begin(), lines.end(), [](std::string_view line) {
    return line.starts_with("kind: SeccompProfile") || line.starts_with("kind: \"SeccompProfile\"");
  });
}

}  // namespace medic::profile::formats
