#include "repair/overlay.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "base/escape_json.h"
#include "diagnose/verdict_text.h"
#include "policy/comparison.h"
#include "profile/json_text.h"
#include "repair/prove.h"

namespace medic::repair {
namespace {

using kernel::Action;
using kernel::Arch;
using Json = nlohmann::ordered_json;

constexpr std::string_view kSchema = "seccomp-medic/overlay/1";

Json rule_json(const profile::NewRule& rule) {
  Json out = {{"names", rule.names}, {"action", kernel::oci_token(rule.action)}};
  if (rule.errno_ret) out["errnoRet"] = *rule.errno_ret;
  for (const profile::Condition& each : rule.args) {
    Json condition = {{"index", each.index}, {"value", each.value}};
    if (each.op == profile::Op::MaskedEq) condition["valueTwo"] = each.value_two;
    condition["op"] = profile::oci_token(each.op);
    out["args"].push_back(std::move(condition));
  }
  return out;
}

// A rule that keeps runc's ENOSYS belongs to the profile it was made for; another one gets its own.
bool permits(const profile::NewRule& rule) { return kernel::lets_run(rule.action); }

profile::NewRule new_rule(const profile::Rule& rule) {
  profile::NewRule out{{}, rule.action, rule.errno_ret, rule.args, {}, {}, ""};
  for (const profile::Name& name : rule.names) out.names.push_back(name.text);
  return out;
}

// The overlay's own keys; the rest is read as a profile.
Result<std::set<std::string>> read_overrides(const profile::JsonText& json) {
  std::set<std::string> out;
  const profile::NodeId list = json.member(0, "override");
  if (list == profile::kNoNode) return out;
  if (json[list].kind != profile::JsonKind::Array)
    return fail(
        json.problem_at(json[list].span.begin, "\"override\" is no list", "names of calls"));
  for (const profile::NodeId each : json[list].children) {
    const bool known = json[each].kind == profile::JsonKind::String &&
                       kernel::find_name(json[each].text) != kernel::kNoName;
    if (!known)
      return fail(json.problem_at(json[each].span.begin,
                                  "\"override\" names what is no system call", "names of calls"));
    out.insert(json[each].text);
  }
  return out;
}

Result<void> check_keys(const profile::JsonText& json) {
  const profile::NodeId schema = json.member(0, "schema");
  if (schema == profile::kNoNode || json[schema].text != kSchema) {
    return fail(json.problem_at(
        schema == profile::kNoNode ? 0 : json[schema].span.begin, "this is no overlay",
        fmt::format("an overlay says \"schema\": \"{}\"; repair --as overlay writes one, and "
                    "profiles are merged without --base",
                    kSchema)));
  }
  for (const profile::NodeId each : json[0].children) {
    constexpr std::string_view kKeys[] = {"schema", "base", "override", "architectures",
                                          "syscalls"};
    if (std::find(std::begin(kKeys), std::end(kKeys), json[each].key) == std::end(kKeys)) {
      return fail(json.problem_at(
          json[each].key_span.begin, fmt::format("an overlay has no \"{}\"", json[each].key),
          "schema, base, override, architectures and syscalls are all it has"));
    }
  }
  return {};
}

bool same_conditions(const std::vector<profile::Condition>& a,
                     const std::vector<profile::Condition>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const auto& x, const auto& y) {
    return x.index == y.index && x.op == y.op && x.value == y.value &&
           (x.op != profile::Op::MaskedEq || x.value_two == y.value_two);
  });
}

// Decides name by name what the base still lacks.
class Applier {
 public:
  Applier(const profile::Profile& base, const Overlay& overlay, const profile::Evaluator& evaluator)
      : base_(base), overlay_(overlay), evaluator_(evaluator) {}

  void plan() {
    for (const Arch arch : overlay_.architectures) add_architecture(arch);
    for (const profile::NewRule& rule : overlay_.rules) {
      for (const std::string& name : rule.names) add_name(name, rule);
    }
  }

  Repair take_edits() {
    for (const auto& [rule, names] : removed_)
      out_.edits.emplace_back(profile::RemoveNames{rule, {names.begin(), names.end()}});
    if (!names_.empty()) {
      std::set<std::size_t> without;
      for (const auto& [rule, names] : removed_) without.insert(rule);
      if (const auto rule = plain_allow_rule(base_, without))
        out_.edits.emplace_back(profile::AddNames{*rule, names_});
      else
        out_.edits.emplace_back(profile::AddRule{{names_, Action::Allow, {}, {}, {}, {}, ""}, {}});
    }
    for (profile::NewRule& rule : rules_)
      out_.edits.emplace_back(profile::AddRule{std::move(rule), {}});
    return std::move(out_);
  }

  std::vector<PermissionRequest> requests;

 private:
  void add_architecture(Arch arch) {
    const auto& known = evaluator_.flat().archs;
    if (std::find(known.begin(), known.end(), arch) != known.end()) return;
    out_.edits.emplace_back(profile::AddArchitecture{arch});
    out_.added.push_back({arch, "", {}, 0, {}, "architecture"});
    PermissionRequest request;
    request.syscall.arch = arch;
    requests.push_back(request);
  }

  void add_name(const std::string& name, const profile::NewRule& rule) {
    const auto deny = diagnose::deny_rule_for(base_, name);
    if (deny && !overlay_.overrides.contains(name)) {
      out_.refused.push_back(
          {evaluator_.flat().context.arch,
           name,
           Reason::ExplicitDeny,
           fmt::format(
               "{}: line {} denies it by name, which the profile that the overlay was made for did "
               "not; add it to the overlay's \"override\" to lift that",
               name, base_.rules[*deny].place.line),
           {},
           true});
      return;
    }
    if (deny) removed_[*deny].insert(name);
    if (permits_already(name, rule)) {
      out_.notes.push_back(fmt::format("{} is permitted by the base itself{}.", name,
                                       rule.args.empty() ? "" : ", with these arguments at least"));
      return;
    }
    if (rule.args.empty()) {
      names_.push_back(name);
    } else {
      rules_.push_back(rule);
      rules_.back().names = {name};
    }
    out_.added.push_back({evaluator_.flat().context.arch, name, rule.args, 0, {}, ""});
    ask_for(name, rule);
  }

  // On every architecture of the filter where there is such a call.
  bool permits_already(const std::string& name, const profile::NewRule& rule) const {
    const kernel::NameId id = kernel::find_name(name);
    bool exists = false;
    for (const Arch arch : evaluator_.flat().archs) {
      const auto number = kernel::number_of(id, arch);
      if (!number) continue;
      exists = true;
      if (evaluator_.evaluate({{arch, *number}, {}}).decision != profile::Decision::Allow &&
          !has_rule(name, rule))
        return false;
    }
    return exists;
  }

  bool has_rule(const std::string& name, const profile::NewRule& rule) const {
    if (rule.args.empty()) return false;
    return std::any_of(base_.rules.begin(), base_.rules.end(), [&](const profile::Rule& each) {
      const bool named =
          std::any_of(each.names.begin(), each.names.end(),
                      [&](const profile::Name& other) { return other.text == name; });
      return named && each.action == rule.action && each.includes.empty() &&
             each.excludes.empty() && same_conditions(each.args, rule.args);
    });
  }

  // What the proof holds the result to, where the conditions name one value each.
  void ask_for(const std::string& name, const profile::NewRule& rule) {
    std::uint8_t seen = 0;
    for (const profile::Condition& each : rule.args) {
      const bool one_value = each.op == profile::Op::Eq || each.op == profile::Op::MaskedEq;
      if (!one_value || (seen >> each.index & 1) != 0) return;
      seen = static_cast<std::uint8_t>(seen | 1U << each.index);
    }
    for (const Arch arch : evaluator_.flat().archs) {
      PermissionRequest request;
      request.syscall.name = kernel::find_name(name);
      request.syscall.arch = arch;
      const auto number = kernel::number_of(request.syscall.name, arch);
      if (!number) continue;
      request.syscall.has_number = true;
      request.syscall.number = *number;
      for (const profile::Condition& each : rule.args)
        request.args.set(each.index, each.op == profile::Op::MaskedEq ? each.value_two & each.value
                                                                      : each.value);
      requests.push_back(request);
    }
  }

  const profile::Profile& base_;
  const Overlay& overlay_;
  const profile::Evaluator& evaluator_;
  std::map<std::size_t, std::set<std::string>> removed_;
  std::vector<std::string> names_;
  std::vector<profile::NewRule> rules_;
  Repair out_;
};

}  // namespace

Overlay overlay_of(const profile::Profile& profile, const std::vector<profile::TextEdit>& edits) {
  Overlay out;
  for (const profile::TextEdit& edit : edits) {
    if (const auto* added = std::get_if<profile::AddNames>(&edit))
      out.rules.push_back({added->names, profile.rules[added->rule].action, {}, {}, {}, {}, ""});
    if (const auto* added = std::get_if<profile::AddRule>(&edit);
        added != nullptr && permits(added->rule))
      out.rules.push_back(added->rule);
    if (const auto* added = std::get_if<profile::AddArchitecture>(&edit))
      out.architectures.push_back(added->arch);
    if (const auto* removed = std::get_if<profile::RemoveNames>(&edit))
      out.overrides.insert(removed->names.begin(), removed->names.end());
  }
  return out;
}

std::string write_overlay(const Overlay& overlay) {
  Json out = {{"schema", kSchema}};
  if (!overlay.base.empty()) out["base"] = overlay.base;
  if (!overlay.overrides.empty()) out["override"] = overlay.overrides;
  for (const Arch arch : overlay.architectures)
    out["architectures"].push_back(kernel::info(arch).oci_token);
  out["syscalls"] = Json::array();
  for (const profile::NewRule& rule : overlay.rules) out["syscalls"].push_back(rule_json(rule));
  return escape_json(out.dump(2, ' ', false, Json::error_handler_t::replace)) + "\n";
}

Result<Overlay> read_overlay(std::string text, const std::string& path) {
  const auto json = profile::read_json(text, path);
  if (!json) return fail(json.error());
  if (const auto checked = check_keys(*json); !checked) return fail(checked.error());
  Overlay out;
  if (const profile::NodeId base = json->member(0, "base"); base != profile::kNoNode) {
    if ((*json)[base].kind != profile::JsonKind::String)
      return fail(json->problem_at((*json)[base].span.begin, "\"base\" is no name",
                                   "the name of a built-in: docker@27"));
    out.base = (*json)[base].text;
  }
  auto overrides = read_overrides(*json);
  if (!overrides) return fail(overrides.error());
  out.overrides = std::move(*overrides);
  Problems notes;
  const auto read = profile::read_profile(std::move(text), path, notes);
  if (!read) return fail(read.error());
  out.architectures = read->architectures.value_or(std::vector<Arch>{});
  for (const profile::Rule& rule : read->rules) {
    const auto wrong = [&](const char* what) {
      return fail(
          json->problem_at(rule.span.begin, what,
                           "an overlay's rules permit, by \"names\", \"action\" and \"args\""));
    };
    if (rule.action != Action::Allow) return wrong("an overlay only permits");
    if (std::any_of(rule.args.begin(), rule.args.end(),
                    [](const profile::Condition& each) { return each.index >= kernel::kArgCount; }))
      return wrong("a call has six arguments, 0 to 5");
    if (!rule.includes.empty() || !rule.excludes.empty())
      return wrong("an overlay's rules have no \"includes\" or \"excludes\"");
    const auto unknown = std::find_if(
        rule.names.begin(), rule.names.end(),
        [](const profile::Name& each) { return kernel::find_name(each.text) == kernel::kNoName; });
    if (unknown != rule.names.end())
      return fail(json->problem_at(unknown->span.begin,
                                   fmt::format("'{}' is no system call", unknown->text),
                                   "seccomp-medic syscalls NAME finds the nearest"));
    out.rules.push_back(new_rule(rule));
  }
  return out;
}

Result<Repair> apply_overlay(const profile::Profile& base, const Overlay& overlay,
                             const profile::Context& context) {
  const auto evaluator = profile::Evaluator::make(base, context);
  if (!evaluator) return fail(evaluator.error());
  Applier applier(base, overlay, *evaluator);
  applier.plan();
  Options options;
  options.context = context;
  return apply_and_prove(base, applier.requests, {}, options, applier.take_edits());
}

Result<Rebased> rebase_overlay(const profile::Profile* old_base, const profile::Profile& base,
                               const Overlay& overlay, const profile::Context& context) {
  auto made = apply_overlay(base, overlay, context);
  if (!made) return fail(std::move(made.error()));
  Rebased out{overlay_of(base, made->edits), std::move(*made), {}};
  out.overlay.base = base.path;
  if (old_base == nullptr) return out;
  const auto before = profile::Evaluator::make(*old_base, context);
  Problems ignored;
  const auto text = profile::read_profile(out.made.text, base.path, ignored);
  if (!before) return fail(before.error());
  if (!text) return fail(text.error());
  const auto after = profile::Evaluator::make(*text, context);
  if (!after) return fail(after.error());
  for (const profile::Difference& each : profile::diff(*before, *after)) {
    if (kernel::known_name(each.id).empty()) continue;
    if (each.direction == profile::Direction::NewlyDenied || !each.decided)
      out.newly_denied.push_back(profile::describe(each));
  }
  return out;
}

}  // namespace medic::repair
