#include "attribute/cgroup_path.h"

#include <algorithm>
#include <vector>

#include "base/text.h"

namespace medic::attribute {
namespace {

constexpr std::size_t kIdLength = 64;
constexpr std::size_t kMaxParts = 64;  // far deeper than any engine nests

bool is_hex(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
  });
}

bool is_id(std::string_view text) { return text.size() == kIdLength && is_hex(text); }

// `5:pids:/x` and `0::/x` → `/x`. A path may hold colons of its own.
std::string_view path_of(std::string_view text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.remove_suffix(1);
  if (text.starts_with('/')) return text;
  const std::size_t first = text.find(':'),
                    second = first == std::string_view::npos ? first : text.find(':', first + 1);
  if (second == std::string_view::npos || !parse_decimal(text.substr(0, first))) return text;
  return text.substr(second + 1);
}

struct Prefix {
  std::string_view text, engine;
  bool helper = false;
};
// Longer ones first where one begins with another.
constexpr Prefix kPrefixes[] = {{"docker", "docker"},
                                {"libpod-conmon", "podman", true},
                                {"libpod-payload", "podman"},
                                {"libpod", "podman"},
                                {"crio-conmon", "cri-o", true},
                                {"crio", "cri-o"},
                                {"cri-containerd", "containerd"},
                                {"containerd", "containerd"},
                                {"nerdctl", "nerdctl"},
                                {"buildkit", "buildkit"},
                                {"finch", "nerdctl"},
                                {"isulad", "isulad"}};

// `docker-<id>.scope`, `crio-<id>`, `libpod-payload-<id>`.
bool take_prefixed(std::string_view part, CgroupPlace& place) {
  if (part.ends_with(".scope")) part.remove_suffix(6);
  for (const Prefix& row : kPrefixes) {
    if (part.size() != row.text.size() + 1 + kIdLength || !part.starts_with(row.text) ||
        part[row.text.size()] != '-')
      continue;
    const std::string_view id = part.substr(row.text.size() + 1);
    if (!is_id(id)) continue;
    place.kind = row.helper ? CgroupPlace::Kind::Helper : CgroupPlace::Kind::Container;
    place.engine = row.engine;
    place.id = id;
    return true;
  }
  return false;
}

// 8-4-4-4-12 with - or _ between, or the 32 digits of a static pod's hash.
std::string pod_uid_of(std::string_view text) {
  if (text.size() == 32 && is_hex(text)) return std::string(text);
  if (text.size() != 36) return {};
  std::string out(text);
  for (std::size_t i = 0; i < out.size(); ++i) {
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (dash ? out[i] != '-' && out[i] != '_' : !is_hex(std::string_view(out).substr(i, 1)))
      return {};
    if (dash) out[i] = '-';
  }
  return out;
}

// `kubepods-burstable-pod<uid>.slice`, `kubelet-kubepods-…`, or `pod<uid>` below kubepods.
bool take_pod(std::string_view part, bool below_kubepods, CgroupPlace& place) {
  if (part.ends_with(".slice")) part.remove_suffix(6);
  const std::size_t at = part.rfind("pod");
  if (at == std::string_view::npos) return false;
  const std::string_view before = part.substr(0, at);
  if (!(before.empty()
            ? below_kubepods
            : before.find("kubepods") != std::string_view::npos && before.ends_with('-')))
    return false;
  const std::string uid = pod_uid_of(part.substr(at + 3));
  if (uid.empty()) return false;
  place.pod_uid = uid;
  if (before.find("burstable") != std::string_view::npos)
    place.qos = "burstable";
  else if (before.find("besteffort") != std::string_view::npos)
    place.qos = "besteffort";
  else if (place.qos.empty())
    place.qos = "guaranteed";
  return true;
}

// The escaping of systemd's unit names: \x2d is a dash.
std::string unescape_unit(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 3 < text.size() && text[i + 1] == 'x') {
      if (const auto byte = decode_hex(text.substr(i + 2, 2))) {
        out += *byte;
        i += 3;
        continue;
      }
    }
    out += text[i];
  }
  return out;
}

void named(CgroupPlace& place, std::string_view engine, std::string id,
           CgroupPlace::Kind kind = CgroupPlace::Kind::Container) {
  place.kind = kind;
  place.engine = engine;
  place.id = std::move(id);
}

// LXC and nspawn have names instead of ids.
bool take_named(std::string_view part, std::string_view parent, CgroupPlace& place) {
  for (const auto& [prefix, kind] : {std::pair{"lxc.payload.", CgroupPlace::Kind::Container},
                                     {"lxc.monitor.", CgroupPlace::Kind::Helper}}) {
    const std::string_view text(prefix);
    if (!part.starts_with(text) || part.size() == text.size()) continue;
    named(place, "lxc", std::string(part.substr(text.size())), kind);
    return true;
  }
  if ((parent == "lxc" || parent == "lxc.payload") && !part.empty() && part != "init.scope") {
    named(place, "lxc", std::string(part));
    return true;
  }
  if (part.starts_with("machine-") && part.ends_with(".scope")) {
    const std::string name = unescape_unit(part.substr(8, part.size() - 14));
    const bool lxc = name.starts_with("lxc-"), vm = name.starts_with("qemu-");
    if (vm) return false;
    named(place, lxc ? "lxc" : "systemd-nspawn", lxc ? name.substr(4) : name);
    return true;
  }
  if (part.starts_with("systemd-nspawn@") && part.ends_with(".service")) {
    named(place, "systemd-nspawn", unescape_unit(part.substr(15, part.size() - 23)));
    return true;
  }
  return false;
}

// A bare id: the folder above says whose.
std::string_view engine_of_parent(std::string_view parent, const CgroupPlace& place) {
  if (parent == "docker") return "docker";
  if (parent == "libpod_parent" || parent == "libpod") return "podman";
  if (parent == "buildkit") return "buildkit";
  if (!place.pod_uid.empty()) return "kubernetes";
  return "containerd";  // `ctr` and nerdctl: /NAMESPACE/ID
}

// The folders of a path. `kubepods-pod1.slice:cri-containerd:ID`, as a runtime's config writes a
// scope below a slice, is two.
std::vector<std::string> parts_of(std::string_view path) {
  std::vector<std::string> out;
  for (const std::string_view part : split(path, '/')) {
    if (part.empty() || part == ".." || part == ".") continue;
    if (out.size() >= kMaxParts) break;
    const std::vector<std::string_view> pieces = split(part, ':');
    if (pieces.size() == 3 && (pieces[0].empty() || pieces[0].ends_with(".slice")) &&
        !pieces[1].empty()) {
      if (!pieces[0].empty()) out.emplace_back(pieces[0]);
      out.push_back(std::string(pieces[1]) + "-" + std::string(pieces[2]) + ".scope");
    } else {
      out.emplace_back(part);
    }
  }
  return out;
}

bool is_unit(std::string_view part) {
  return part.ends_with(".service") || part.ends_with(".scope") || part.ends_with(".socket") ||
         part.ends_with(".mount");
}

}  // namespace

std::optional<CgroupPlace> parse_cgroup_path(std::string_view text) {
  const std::vector<std::string> parts = parts_of(path_of(text));
  CgroupPlace place;
  bool kubepods = false, found = false;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const std::string_view part = parts[i],
                           parent = i == 0 ? std::string_view{} : std::string_view(parts[i - 1]);
    if (part.starts_with("user@") && part.ends_with(".service")) place.rootless = true;
    if (part.find("kubepods") != std::string_view::npos) kubepods = true;
    if (kubepods && (part == "burstable" || part == "besteffort")) place.qos = part;
    if (take_pod(part, kubepods, place)) {
      place.kind = CgroupPlace::Kind::Pod;
      place.engine = "kubernetes";
      if (!place.id.empty())
        place.outer_id = std::move(place.id);  // a node that is a container itself
      place.id.clear();
      found = true;
      continue;
    }
    CgroupPlace inner = place;
    bool here = take_prefixed(part, inner) || take_named(part, parent, inner);
    if (!here && is_id(part)) {
      named(inner, engine_of_parent(parent, place), std::string(part));
      here = true;
    }
    if (here) {
      if (place.kind == CgroupPlace::Kind::Container && !place.id.empty() && place.id != inner.id)
        inner.outer_id = place.id;
      place = std::move(inner);
      found = true;
    }
    if (is_unit(part)) place.unit = part;
  }
  if (found) return place;
  if (place.unit.empty()) return std::nullopt;
  place.kind = CgroupPlace::Kind::Unit;
  place.engine = "systemd";
  return place;
}

std::string_view best_cgroup_line(std::string_view lines) {
  std::string_view best;
  int best_rank = 0;
  for (const std::string_view line : split(lines, '\n')) {
    if (line.empty()) continue;
    const auto place = parse_cgroup_path(line);
    const int rank = place                      ? (place->kind == CgroupPlace::Kind::Unit ? 2 : 3)
                     : path_of(line).size() > 1 ? 1
                                                : 0;
    if (rank > best_rank) {
      best = path_of(line);
      best_rank = rank;
    }
  }
  return best;
}

}  // namespace medic::attribute
