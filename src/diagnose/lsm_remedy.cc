#include "diagnose/lsm_remedy.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/text.h"
#include "kernel/capability.h"

namespace medic::diagnose {
namespace {

bool is_one_of(std::string_view text, std::initializer_list<std::string_view> words) {
  return std::find(words.begin(), words.end(), text) != words.end();
}

// apparmor.d(5) FILE PATTERNS: these mean something, and a space ends the path.
std::string quoted(std::string_view path) {
  std::string out;
  for (const char c : path) {
    if (std::string_view("*?[]{}\\\"").find(c) != std::string_view::npos) out += '\\';
    out += c;
  }
  return path.find(' ') == std::string_view::npos ? out : '"' + out + '"';
}

// The kernel's mask letters as rules spell them: create and delete are part of w, execution needs a
// mode.
std::string access_mask(std::string_view requested) {
  std::string out;
  const auto add = [&](std::string_view letters) {
    if (out.find(letters) == std::string::npos) out += letters;
  };
  for (const char letter : requested.substr(0, 32)) {
    switch (letter) {
      case 'r':
      case 'k':
      case 'l':
      case 'm': add(std::string_view(&letter, 1)); break;
      case 'a':
      case 'w':
      case 'c':
      case 'd': add("w"); break;
      case 'x': add("ix"); break;
      default: break;
    }
  }
  return out.empty() ? "r" : out;
}

std::string network_rule(std::string_view record) {
  const std::string family = record_field(record, "family"),
                    type = record_field(record, "sock_type");
  if (family.empty()) return "network,";
  if (family == "unix")
    return fmt::format("unix ({}) type={},", record_field(record, "requested_mask"),
                       type.empty() ? "stream" : type);
  return fmt::format("network {} {},", family, type);
}

std::string mount_rule(const ledger::LayerDenial& denial, std::string_view record) {
  const std::string type = record_field(record, "fstype"), source = record_field(record, "srcname"),
                    flags = record_field(record, "flags");
  std::string out = "mount";
  if (!type.empty()) out += " fstype=" + type;
  if (!flags.empty()) out += fmt::format(" options=({})", flags);
  if (!source.empty()) out += " " + quoted(source);
  if (!denial.target.empty()) out += " -> " + quoted(denial.target);
  return out + ',';
}

struct Boolean {
  std::string_view source_type, object_class, target_type, boolean, what;
};
// container-selinux and the reference policy; the first that fits is named.
constexpr Boolean kBooleans[] = {
    {"container_t", "chr_file", "", "container_use_devices", "containers use the host's devices"},
    {"container_t", "blk_file", "", "container_use_devices", "containers use the host's devices"},
    {"container_t", "", "cgroup_t", "container_manage_cgroup",
     "containers manage cgroups (systemd in a container)"},
    {"container_t", "", "nfs_t", "virt_use_nfs", "containers use NFS volumes"},
    {"container_t", "", "cifs_t", "virt_use_samba", "containers use CIFS volumes"},
    {"container_t", "", "fusefs_t", "virt_use_fusefs", "containers use FUSE volumes"},
    {"container_t", "tcp_socket", "", "container_connect_any", "containers connect to any port"},
    {"httpd_t", "tcp_socket", "mysqld_port_t", "httpd_can_network_connect_db",
     "web servers connect to databases"},
    {"httpd_t", "tcp_socket", "postgresql_port_t", "httpd_can_network_connect_db",
     "web servers connect to databases"},
    {"httpd_t", "tcp_socket", "", "httpd_can_network_connect",
     "web servers connect to the network"},
    {"httpd_t", "", "user_home_t", "httpd_read_user_content", "web servers read home folders"},
    {"smbd_t", "", "user_home_dir_t", "samba_enable_home_dirs", "Samba shares home folders"},
};

std::string_view type_of(std::string_view context) {
  const auto parts = split(context, ':');
  return parts.size() > 2 ? parts[2] : std::string_view{};
}

std::string_view categories_of(std::string_view context) {
  const auto parts = split(context, ':');
  return parts.size() > 4 ? parts[4] : std::string_view{};
}

bool is_container(std::string_view type) {
  return type.starts_with("container_") || type.starts_with("svirt_lxc") || type == "svirt_t";
}
bool is_file_class(std::string_view name) {
  return is_one_of(name, {"file", "dir", "lnk_file", "sock_file", "fifo_file"});
}

}  // namespace

std::string record_field(std::string_view record, std::string_view key) {
  for (std::size_t at = record.find(key); at != std::string_view::npos;
       at = record.find(key, at + 1)) {
    const bool starts = at == 0 || record[at - 1] == ' ';
    const std::size_t value = at + key.size() + 1;
    if (!starts || value > record.size() || record[value - 1] != '=') continue;
    if (value < record.size() && record[value] == '"')
      return std::string(record.substr(value + 1, record.find('"', value + 1) - value - 1));
    const std::string_view bare = record.substr(value, record.find(' ', value) - value);
    if (is_one_of(key, {"name", "profile", "srcname", "peer", "target", "comm"})) {
      if (auto text = decode_hex(bare)) return *text;
    }
    return std::string(bare);
  }
  return {};
}

std::string apparmor_rule(const ledger::LayerDenial& denial, std::string_view record) {
  const std::string_view operation = denial.operation;
  if (operation == "capable") {
    std::string name(kernel::capability_name(denial.capability));
    std::transform(name.begin(), name.end(), name.begin(), [](char c) {
      return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    return name.empty() ? "" : fmt::format("capability {},", name.substr(4));
  }
  const std::string mask = record_field(record, "requested_mask"),
                    peer = denial.target_context.empty() ? record_field(record, "peer")
                                                         : denial.target_context;
  if (operation == "signal")
    return fmt::format("signal ({}) set=({}) peer={},", mask, record_field(record, "signal"),
                       quoted(peer));
  if (operation == "ptrace") return fmt::format("ptrace ({}) peer={},", mask, quoted(peer));
  if (operation == "mount") return mount_rule(denial, record);
  if (is_one_of(operation, {"umount", "umount2"}))
    return fmt::format("umount {},", quoted(denial.target));
  if (operation == "pivotroot") return "pivot_root,";
  if (is_one_of(operation, {"change_onexec", "change_profile", "change_hat"}))
    return peer.empty() ? "" : fmt::format("change_profile -> {},", quoted(peer));
  if (operation == "userns_create") return "userns,";
  if (!record_field(record, "family").empty()) return network_rule(record);
  if (operation.starts_with("dbus")) {
    return fmt::format("dbus ({}) bus={} path={} interface={} member={},",
                       record_field(record, "mask"), record_field(record, "bus"),
                       record_field(record, "path"), record_field(record, "interface"),
                       record_field(record, "member"));
  }
  if (denial.target.starts_with('/'))
    return fmt::format("{} {},", quoted(denial.target),
                       access_mask(mask.empty() ? denial.permission : mask));
  return {};
}

namespace {

// Ubuntu from 23.10 on: a program without a profile of its own that makes a user namespace is moved
// into the profile unprivileged_userns, which denies all capabilities, or is refused the namespace
// (apparmor's wiki, "unprivileged_userns_restriction"). Widening that profile would undo the
// restriction for every program.
bool is_userns_restriction(const ledger::LayerDenial& denial) {
  return denial.profile == "unprivileged_userns" ||
         (denial.operation == "userns_create" && denial.profile == "unconfined");
}

Remedy userns_remedy(std::string_view record) {
  const std::string comm = record_field(record, "comm");
  const std::string program = comm.empty() ? "the program" : comm;
  return {RemedyKind::ApparmorRule,
          fmt::format(
              "If {0} may make user namespaces, then give it an AppArmor profile of its own with "
              "the rule `userns,` (a file in /etc/apparmor.d: `abi <abi/4.0>, profile {0} PATH "
              "flags=(unconfined) {{ userns, }}`), and load it (apparmor_parser -r FILE). For all "
              "programs of the machine: `sysctl kernel.apparmor_restrict_unprivileged_userns=0`. "
              "No capability and no seccomp profile can change this.",
              program)};
}

}  // namespace

Remedy apparmor_remedy(const ledger::LayerDenial& denial, std::string_view record) {
  if (is_userns_restriction(denial)) return userns_remedy(record);
  const std::string rule = apparmor_rule(denial, record);
  std::string text = rule.empty() ? fmt::format(
                                        "If the access is needed, then `aa-logprof` proposes the "
                                        "line for the AppArmor profile {}.",
                                        denial.profile)
                                  : fmt::format(
                                        "If the access is needed, then permit it in the AppArmor "
                                        "profile {}: `{}`, and load it (apparmor_parser "
                                        "-r FILE).",
                                        denial.profile, rule);
  if (is_one_of(denial.profile, {"docker-default", "cri-containerd.apparmor.d", "crio-default"}) ||
      std::string_view(denial.profile).starts_with("containers-default-")) {
    text += fmt::format(
        " The engine makes {} itself: put the line into a copy of it and start the container with "
        "--security-opt apparmor=NAME.",
        denial.profile);
  }
  return {RemedyKind::ApparmorRule, text + " No seccomp profile can change this."};
}

Remedy selinux_remedy(const ledger::LayerDenial& denial) {
  const std::string_view source = type_of(denial.profile), target = type_of(denial.target_context);
  constexpr std::string_view kNever = " No seccomp profile can change this.";
  if (denial.capability >= 0) {
    return {
        RemedyKind::SelinuxLabel,
        fmt::format("If the process may use {}, then the policy has to permit it to {} (`ausearch "
                    "-m AVC -ts recent | "
                    "audit2allow -M local`, then `semodule -i local.pp`): the process holds the "
                    "capability already, SELinux refused its use.{}",
                    kernel::capability_name(denial.capability), source, kNever)};
  }
  for (const Boolean& each : kBooleans) {
    const bool fits = source == each.source_type &&
                      (each.object_class.empty() || each.object_class == denial.operation) &&
                      (each.target_type.empty() || each.target_type == target);
    if (fits)
      return {RemedyKind::SelinuxLabel,
              fmt::format("If {} on this host, then `setsebool -P {} 1`.{}", each.what,
                          each.boolean, kNever)};
  }
  if (is_container(source) && is_file_class(denial.operation)) {
    const bool labelled = target == "container_file_t" || target == "svirt_sandbox_file_t";
    if (labelled && categories_of(denial.target_context) != categories_of(denial.profile)) {
      return {
          RemedyKind::SelinuxLabel,
          fmt::format("If containers share this volume, then mount it with :z instead of :Z: it "
                      "carries the private label of another container.{}",
                      kNever)};
    }
    return {RemedyKind::SelinuxLabel,
            fmt::format("If it is a mounted volume, then mount it with :Z (this container alone) "
                        "or :z (shared), which relabels "
                        "it to container_file_t; never do so with /home, /usr or /etc as a "
                        "whole. For good: `semanage fcontext -a -t container_file_t 'PATH(/.*)?'` "
                        "and `restorecon -R PATH`.{}",
                        kNever)};
  }
  return {
      RemedyKind::SelinuxLabel,
      fmt::format("If the access is right, then `ausearch -m AVC -ts recent | audit2why` names the "
                  "boolean or rule; a wrong label of {} is set right by `restorecon`.{}",
                  denial.target.empty() ? "the object" : denial.target, kNever)};
}

}  // namespace medic::diagnose
