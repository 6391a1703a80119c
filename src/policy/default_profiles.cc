#include "policy/default_profiles.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/text.h"

namespace medic::profile {
namespace {

enum class RowKind : std::uint8_t { Family, Content, Default, Archs, Rule, Names, Carries };

// A line of the table; the meaning of the fields stands in its head.
struct Row {
  RowKind kind;
  std::uint64_t contents = 0;
  std::array<std::string_view, 9> fields{};
};

constexpr Row kRows[] = {
#define FAMILY(name) {RowKind::Family, 0, {name}},
#define CONTENT(releases) {RowKind::Content, 0, {releases}},
#define DEFAULT(contents, action, number, name) \
  {RowKind::Default, contents, {action, number, name}},
#define ARCHS(contents, map) {RowKind::Archs, contents, {map}},
#define RULE(...) {RowKind::Rule, 0, {__VA_ARGS__}},
#define NAMES(contents, names) {RowKind::Names, contents, {names}},
#define CARRIES(engine, common, releases) {RowKind::Carries, 0, {engine, common, releases}},
#include "policy/tables/default_profiles.inc"
#undef FAMILY
#undef CONTENT
#undef DEFAULT
#undef ARCHS
#undef RULE
#undef NAMES
#undef CARRIES
};

constexpr std::string_view kCommon = "containers-common";

struct EngineName {
  std::string_view name, title;
};
constexpr EngineName kEngines[] = {{"docker", "Docker"},         {"podman", "Podman"},
                                   {"containerd", "containerd"}, {"cri-o", "CRI-O"},
                                   {"buildah", "Buildah"},       {kCommon, kCommon}};
constexpr std::pair<std::string_view, std::string_view> kOtherNames[] = {
    {"moby", "docker"},           {"crio", "cri-o"},   {"k8s", "containerd"},
    {"kubernetes", "containerd"}, {"common", kCommon}, {"runtimedefault", "containerd"},
    {"dockerd", "docker"}};

// The family's rows, from its FAMILY row to the next.
struct Family {
  std::string_view name;
  std::span<const Row> rows;
  std::size_t first_content = 0;
};

std::vector<Family> find_families() {
  std::vector<Family> out;
  std::size_t contents = 0;
  for (std::size_t i = 0; i < std::size(kRows); ++i) {
    if (kRows[i].kind == RowKind::Family) {
      std::size_t end = i + 1;
      while (end < std::size(kRows) && kRows[end].kind != RowKind::Family &&
             kRows[end].kind != RowKind::Carries)
        ++end;
      out.push_back({kRows[i].fields[0], {kRows + i, kRows + end}, contents});
    }
    if (kRows[i].kind == RowKind::Content) ++contents;
  }
  return out;
}

const std::vector<Family>& families() {
  static const std::vector<Family> kFamilies = find_families();
  return kFamilies;
}

// "27", "27.5" or "27.5.1": the numbers that are there. Nothing for other text.
struct Asked {
  std::array<int, 3> number{};
  std::size_t count = 0;
};
std::optional<Asked> parse_release(std::string_view text) {
  Asked out;
  for (const std::string_view part : split(text, '.')) {
    const auto number = parse_decimal(part);
    if (!number || *number > 9999 || out.count == out.number.size()) return std::nullopt;
    out.number[out.count++] = static_cast<int>(*number);
  }
  return out;
}

// A package's version without what the distribution adds: "5:27.5.1-1~debian" is 27.5.1.
std::string_view upstream_part(std::string_view version) {
  const std::size_t colon = version.find(':');
  if (colon != std::string_view::npos) version.remove_prefix(colon + 1);
  if (version.starts_with('v') || version.starts_with('V')) version.remove_prefix(1);
  return version.substr(0, version.find_first_not_of("0123456789."));
}

Release release_of(std::string_view text) {
  const Asked asked = parse_release(text).value_or(Asked{});
  return {asked.number[0], asked.number[1], asked.number[2]};
}

void add_shipped(Engine& engine, std::string_view releases, std::size_t content) {
  for (const std::string_view text : split(releases, ' '))
    engine.shipped.push_back({release_of(text), text, content});
}

std::optional<std::size_t> content_of(const Engine& engine, Release release) {
  const auto found = std::find_if(engine.shipped.begin(), engine.shipped.end(),
                                  [&](const auto& each) { return each.release == release; });
  return found == engine.shipped.end() ? std::nullopt : std::optional(found->content);
}

void sort_releases(Engine& engine) {
  std::sort(engine.shipped.begin(), engine.shipped.end(),
            [](const auto& a, const auto& b) { return a.release < b.release; });
}

std::vector<Engine> make_engines() {
  std::vector<Engine> out;
  for (const EngineName& each : kEngines) out.push_back({each.name, each.title, {}});
  const auto named = [&](std::string_view name) -> Engine& {
    return *std::find_if(out.begin(), out.end(),
                         [&](const Engine& engine) { return engine.name == name; });
  };
  for (const Family& family : families()) {
    std::size_t content = family.first_content;
    for (const Row& row : family.rows) {
      if (row.kind == RowKind::Content) add_shipped(named(family.name), row.fields[0], content++);
    }
  }
  for (const Row& row : kRows) {
    if (row.kind != RowKind::Carries) continue;
    if (const auto content = content_of(named(kCommon), release_of(row.fields[1])))
      add_shipped(named(row.fields[0]), row.fields[2], *content);
  }
  for (Engine& engine : out) sort_releases(engine);
  return out;
}

// Names and tokens of the table hold nothing that JSON would escape.
std::string quoted_list(std::string_view words, char separator, std::string_view before,
                        std::string_view between) {
  std::string out;
  if (words.empty()) return out;
  for (const std::string_view word : split(words, separator))
    out += fmt::format("{}{}\"{}\"", out.empty() ? "" : ",", out.empty() ? before : between, word);
  return out;
}

std::string quoted_archs(std::string_view names) {
  std::string out;
  if (names.empty()) return out;
  for (const std::string_view name : split(names, ','))
    out += fmt::format("{}\"SCMP_ARCH_{}\"", out.empty() ? "" : ", ", name);
  return out;
}

std::string archs_json(std::string_view map) {
  if (map.find('=') == std::string_view::npos)
    return fmt::format("\t\"architectures\": [{}],\n", quoted_archs(map));
  std::string out;
  for (const std::string_view entry : split(map, ';')) {
    const std::size_t equals = entry.find('=');
    out += fmt::format("{}\t\t{{\"architecture\": {}, \"subArchitectures\": [{}]}}",
                       out.empty() ? "" : ",\n", quoted_archs(entry.substr(0, equals)),
                       quoted_archs(entry.substr(equals + 1)));
  }
  return fmt::format("\t\"archMap\": [\n{}\n\t],\n", out);
}

std::string errno_json(std::string_view number, std::string_view name, std::string_view number_key,
                       std::string_view name_key, std::string_view lead) {
  std::string out;
  if (!number.empty()) out += fmt::format(",\n{}\"{}\": {}", lead, number_key, number);
  if (!name.empty()) out += fmt::format(",\n{}\"{}\": \"{}\"", lead, name_key, name);
  return out;
}

std::string gate_json(std::string_view key, std::string_view caps, std::string_view arches,
                      std::string_view kernel) {
  std::vector<std::string> parts;
  if (!caps.empty())
    parts.push_back(fmt::format("\"caps\": [{}]", quoted_list(caps, ' ', "", " ")));
  if (!arches.empty())
    parts.push_back(fmt::format("\"arches\": [{}]", quoted_list(arches, ' ', "", " ")));
  if (!kernel.empty()) parts.push_back(fmt::format("\"minKernel\": \"{}\"", kernel));
  return parts.empty() ? std::string()
                       : fmt::format(",\n\t\t\t\"{}\": {{{}}}", key, fmt::join(parts, ", "));
}

std::string args_json(std::string_view conditions) {
  std::string out;
  if (conditions.empty()) return out;
  for (const std::string_view condition : split(conditions, ';')) {
    const auto part = split(condition, ' ');  // index, comparison, value, valueTwo
    out += fmt::format(
        "{}\t\t\t\t{{\"index\": {}, \"value\": {}, \"valueTwo\": {}, \"op\": \"SCMP_CMP_{}\"}}",
        out.empty() ? "" : ",\n", part[0], part[2], part[3], part[1]);
  }
  return fmt::format(",\n\t\t\t\"args\": [\n{}\n\t\t\t]", out);
}

std::string rule_json(const Row& rule, std::vector<std::string_view> names) {
  std::sort(names.begin(), names.end());
  const auto& field = rule.fields;
  return fmt::format(
      "\t\t{{\n\t\t\t\"names\": [\n\t\t\t\t\"{}\"\n\t\t\t],\n\t\t\t\"action\": "
      "\"SCMP_ACT_{}\"{}{}{}{}\n\t\t}}",
      fmt::join(names, "\",\n\t\t\t\t\""), field[0],
      errno_json(field[1], field[2], "errnoRet", "errno", "\t\t\t"), args_json(field[8]),
      gate_json("includes", field[3], field[4], field[5]),
      gate_json("excludes", field[6], field[7], {}));
}

// Between releases that have the same content there is nothing to choose.
const Engine::Shipped* enclosed(const Engine& engine, Release release) {
  const auto after =
      std::upper_bound(engine.shipped.begin(), engine.shipped.end(), release,
                       [](Release r, const Engine::Shipped& each) { return r < each.release; });
  if (after == engine.shipped.begin() || after == engine.shipped.end()) return nullptr;
  return std::prev(after)->content == after->content ? &*std::prev(after) : nullptr;
}

std::string nearest_text(const Engine& engine, Release release) {
  const auto after =
      std::upper_bound(engine.shipped.begin(), engine.shipped.end(), release,
                       [](Release r, const Engine::Shipped& each) { return r < each.release; });
  if (after == engine.shipped.begin())
    return fmt::format("the oldest that is known is {}@{}", engine.name, after->text);
  if (after == engine.shipped.end())
    return fmt::format("the newest that is known is {}@{}", engine.name, std::prev(after)->text);
  return fmt::format("known are {0}@{1} and {0}@{2}, which differ", engine.name,
                     std::prev(after)->text, after->text);
}

Problem unknown_release(const Engine& engine, std::string_view text, std::string hint) {
  Problem out;
  out.kind = ProblemKind::Usage;
  out.text = fmt::format("no default profile of {} {} is known", engine.title, shorten(text, 40));
  out.hint = std::move(hint);
  return out;
}

NamedDefault named(const Engine& engine, const Engine::Shipped& taken,
                   std::string_view asked_engine) {
  NamedDefault out{&engine, taken.content, fmt::format("{}@{}", engine.name, taken.text), {}};
  if (asked_engine == "k8s" || asked_engine == "kubernetes" || asked_engine == "runtimedefault")
    out.notes.push_back(
        fmt::format("RuntimeDefault is the node's engine's own: taken is containerd's of {}; "
                    "name cri-o or another release where the node runs it",
                    taken.text));
  if (engine.name == "podman" || engine.name == "buildah")
    out.notes.push_back(
        fmt::format("taken is the profile inside {} {}; /usr/share/containers/seccomp.json, where "
                    "a distribution "
                    "installs one, is used instead",
                    engine.title, taken.text));
  return out;
}

// No version: the newest.
Result<NamedDefault> resolve(const Engine& engine, std::string_view asked_engine,
                             std::optional<std::string_view> asked_version) {
  if (!asked_version) return named(engine, engine.shipped.back(), asked_engine);
  const std::string_view version = *asked_version;
  const auto asked = parse_release(upstream_part(version));
  if (!asked || asked->count == 0)
    return fail(unknown_release(engine, version,
                                fmt::format("{}@{} is of the form that is wanted", engine.name,
                                            engine.shipped.back().text)));
  const auto matches = [&](Release release) {
    const std::array<int, 3> number{release.major, release.minor, release.patch};
    return std::equal(number.begin(), number.begin() + static_cast<std::ptrdiff_t>(asked->count),
                      asked->number.begin());
  };
  const auto newest =
      std::find_if(engine.shipped.rbegin(), engine.shipped.rend(),
                   [&](const Engine::Shipped& each) { return matches(each.release); });
  if (newest != engine.shipped.rend()) return named(engine, *newest, asked_engine);
  const Release release{asked->number[0], asked->number[1], asked->number[2]};
  if (const Engine::Shipped* between = enclosed(engine, release)) {
    NamedDefault out = named(engine, *between, asked_engine);
    out.notes.push_back(fmt::format(
        "{} {} is not in the table; the releases before and after it have the same profile",
        engine.title, upstream_part(version)));
    return out;
  }
  return fail(unknown_release(engine, version, nearest_text(engine, release)));
}

}  // namespace

std::span<const Engine> all_engines() {
  static const std::vector<Engine> kAll = make_engines();
  return kAll;
}

const Engine* find_engine(std::string_view name) {
  std::string wanted = lower(name.substr(0, 40));
  for (const auto& [other, usual] : kOtherNames) {
    if (wanted == other) wanted = usual;
  }
  for (const Engine& engine : all_engines()) {
    if (engine.name == wanted) return &engine;
  }
  return nullptr;
}

std::size_t content_count() {
  static const auto kCount = static_cast<std::size_t>(
      std::count_if(std::begin(kRows), std::end(kRows),
                    [](const Row& row) { return row.kind == RowKind::Content; }));
  return kCount;
}

std::string write_default_profile(std::size_t content) {
  const auto& all = families();
  const Family& family = *std::prev(
      std::upper_bound(all.begin(), all.end(), content,
                       [](std::size_t c, const Family& each) { return c < each.first_content; }));
  const std::uint64_t bit = std::uint64_t{1} << (content - family.first_content);
  std::string out = "{\n", rules;
  const Row* rule = nullptr;
  std::vector<std::string_view> names;
  const auto flush = [&] {
    if (!names.empty())
      rules += (rules.empty() ? "" : ",\n") + rule_json(*rule, std::exchange(names, {}));
  };
  for (const Row& row : family.rows) {
    if (row.kind == RowKind::Rule) {
      flush();
      rule = &row;
    }
    if ((row.contents & bit) == 0) continue;
    const auto& field = row.fields;
    if (row.kind == RowKind::Default)
      out += fmt::format("\t\"defaultAction\": \"SCMP_ACT_{}\"{},\n", field[0],
                         errno_json(field[1], field[2], "defaultErrnoRet", "defaultErrno", "\t"));
    if (row.kind == RowKind::Archs) out += archs_json(field[0]);
    if (row.kind == RowKind::Names) {
      const auto more = split(field[0], ' ');
      names.insert(names.end(), more.begin(), more.end());
    }
  }
  flush();
  return out + fmt::format("\t\"syscalls\": [\n{}\n\t]\n}}\n", rules);
}

std::string releases_of(const Engine& engine, std::span<const std::size_t> contents) {
  const auto has = [&](const Engine::Shipped& each) {
    return std::find(contents.begin(), contents.end(), each.content) != contents.end();
  };
  std::string out;
  for (auto begin = engine.shipped.begin(); begin != engine.shipped.end();) {
    if (!has(*begin)) {
      ++begin;
      continue;
    }
    const auto end = std::find_if_not(begin, engine.shipped.end(), has);
    const auto last = std::prev(end);
    if (!out.empty()) out += ", ";
    if (end == engine.shipped.end())
      out +=
          begin == engine.shipped.begin() ? "any release" : fmt::format("from {} on", begin->text);
    else
      out += begin == last ? std::string(begin->text)
                           : fmt::format("{} to {}", begin->text, last->text);
    begin = end;
  }
  return out;
}

Result<std::optional<NamedDefault>> find_default(std::string_view text) {
  if (text == "unconfined") return NamedDefault{nullptr, 0, "unconfined", {}};
  const std::size_t at = text.find('@');
  const Engine* engine = find_engine(text.substr(0, at));
  if (engine == nullptr) return std::nullopt;
  std::string asked(text.substr(0, at));
  for (char& c : asked) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  auto out =
      resolve(*engine, asked,
              at == std::string_view::npos ? std::nullopt : std::optional(text.substr(at + 1)));
  if (!out) return fail(std::move(out.error()));
  return std::move(*out);
}

std::string default_names() {
  std::string out;
  for (const Engine& engine : all_engines())
    out += fmt::format("{}{}", out.empty() ? "" : ", ", engine.name);
  return out;
}

}  // namespace medic::profile
