#include "repair/synthesize_parts.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace medic::repair {
namespace {

struct Whose {
  std::string key, name;
};

// The key distinguishes parts, the name is for people.
Whose whose(const ledger::Ledger& ledger, const attribute::Attribution& owners, Per per,
            const ledger::Observation& each) {
  if (per == Per::Exe) return {ledger.text(each.key().subj.exe), ledger.text(each.key().subj.exe)};
  if (per == Per::Comm)
    return {ledger.text(each.key().subj.comm), ledger.text(each.key().subj.comm)};
  const attribute::Owner* owner = owners.owner(each.process(), each.first(), each.last());
  if (owner == nullptr || !owner->is_container()) return {"", "unattributed"};
  const std::string name = !owner->name.empty() ? owner->name
                           : !owner->id.empty() ? owner->id.substr(0, 12)
                                                : owner->pod;
  return {owner->key, name};
}

// A log's text must not choose where we write.
std::string file_name_of(std::string_view name, std::map<std::string, int>& used) {
  constexpr std::size_t kLongest = 100;
  if (name.starts_with('/')) name.remove_prefix(1);
  std::string out(name.substr(0, kLongest));
  for (char& c : out) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '.' || c == '_' || c == '-';
    if (!plain) c = '_';
  }
  if (out.empty() || out.front() == '.' || out.front() == '-') out.insert(out.begin(), '_');
  const int times = ++used[out];
  return times == 1 ? out + ".json" : fmt::format("{}~{}.json", out, times);
}

std::set<std::string> permitted_by(const Synthesis& made) {
  std::set<std::string> out;
  for (const Added& each : made.added) out.insert(each.syscall);
  return out;
}

}  // namespace

Result<Parts> synthesize_parts(const ledger::Ledger& ledger, const attribute::Attribution& owners,
                               Per per, const std::pair<kernel::Arch, SynthesisOptions>& how) {
  std::map<std::string, std::string> names;  // key to name
  for (const ledger::Observation& each : ledger.observations()) {
    const Whose one = whose(ledger, owners, per, each);
    names.emplace(one.key, one.name.empty() ? "unknown" : one.name);
  }
  Parts out;
  std::set<std::string> shared;
  std::map<std::string, int> used;
  for (const auto& [key, name] : names) {
    const ledger::Ledger mine = ledger.part([&](const ledger::Observation& each) {
      return whose(ledger, owners, per, each).key == key;
    });
    auto made = synthesize(mine, how.first, how.second);
    if (!made) {
      made.error().text = name + ": " + made.error().text;
      return fail(std::move(made.error()));
    }
    shared.merge(permitted_by(*made));
    out.parts.push_back({name, file_name_of(name, used), std::move(*made), {}});
  }
  for (Part& part : out.parts) {
    const std::set<std::string> own = permitted_by(part.made);
    std::set_difference(shared.begin(), shared.end(), own.begin(), own.end(),
                        std::back_inserter(part.spare));
  }
  std::stable_sort(out.parts.begin(), out.parts.end(),
                   [](const Part& a, const Part& b) { return a.name < b.name; });
  out.shared_calls = shared.size();
  return out;
}

}  // namespace medic::repair
