#include "attribute/runtime_command.h"

#include <algorithm>
#include <iterator>
#include <vector>

#include "base/text.h"

namespace medic::attribute {
namespace {

using Role = RuntimeCommand::Role;

constexpr std::size_t kMaxWords = 256;
constexpr std::string_view kOci[] = {
    "runc",     "crun", "youki", "runsc", "kata-runtime", "docker-runc", "nvidia-container-runtime",
    "crun-wasm"};

// Options of runc and crun that take the next word (their man pages; crun's are a superset in
// part).
constexpr std::string_view kWithValue[] = {"--root",
                                           "--log",
                                           "--log-format",
                                           "--log-level",
                                           "--criu",
                                           "--rootless",
                                           "--cgroup-manager",
                                           "-b",
                                           "--bundle",
                                           "-f",
                                           "--config",
                                           "--pid-file",
                                           "--console-socket",
                                           "--preserve-fds",
                                           "-p",
                                           "--process",
                                           "-u",
                                           "--user",
                                           "-e",
                                           "--env",
                                           "--cwd",
                                           "--apparmor",
                                           "--process-label",
                                           "-c",
                                           "--cap",
                                           "--cgroup",
                                           "--sub-cgroup"};

std::string_view base_name(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

bool is_oci(std::string_view name) {
  return std::find(std::begin(kOci), std::end(kOci), name) != std::end(kOci);
}

// Is a command of that name looked at?
bool may_be_runtime(std::string_view name) {
  return is_oci(name) || name == "conmon" || name.starts_with("containerd-shim") ||
         name == "lxc-start" || name == "systemd-nspawn";
}

// The words that are no option and no option's value.
std::vector<std::string_view> operands(const std::vector<std::string_view>& words) {
  std::vector<std::string_view> out;
  for (std::size_t i = 1; i < words.size(); ++i) {
    if (!words[i].starts_with('-') || words[i] == "-")
      out.push_back(words[i]);
    else if (std::find(std::begin(kWithValue), std::end(kWithValue), words[i]) !=
             std::end(kWithValue))
      ++i;
  }
  return out;
}

// The value of the first of these options, as `-c X`, `--cid X` or `--cid=X`; empty when there is
// none.
std::string_view value_of(const std::vector<std::string_view>& words,
                          std::initializer_list<std::string_view> names) {
  for (std::size_t i = 1; i < words.size(); ++i) {
    for (const std::string_view name : names) {
      if (words[i] == name) return i + 1 < words.size() ? words[i + 1] : std::string_view{};
      if (words[i].size() > name.size() && words[i].starts_with(name) &&
          words[i][name.size()] == '=')
        return words[i].substr(name.size() + 1);
    }
  }
  return {};
}

RuntimeCommand oci_command(std::string_view name, const std::vector<std::string_view>& words) {
  RuntimeCommand out;
  const auto said = operands(words);
  if (said.empty()) return out;
  const std::string_view verb = said[0];
  if (verb == "init")
    out.role = Role::Init;
  else if (verb == "create" || verb == "run" || verb == "restore")
    out.role = Role::Start;
  else if (verb == "exec")
    out.role = Role::Exec;
  else if (verb == "start")
    out.role = Role::Release;
  else
    return out;
  out.engine = name;
  if (said.size() > 1 && out.role != Role::Init) out.id = said[1];
  return out;
}

RuntimeCommand monitor_command(const std::vector<std::string_view>& words) {
  // conmon watches a command executed into a container just as it watches the container's own.
  const bool exec = std::any_of(words.begin(), words.end(), [](std::string_view word) {
    return word == "-e" || word == "--exec" || word.starts_with("--exec-");
  });
  return {exec ? Role::Exec : Role::Monitor, "conmon",
          std::string(value_of(words, {"-c", "--cid"})),
          std::string(value_of(words, {"-n", "--name"})), false};
}

RuntimeCommand shim_command(const std::vector<std::string_view>& words) {
  const std::string_view space = value_of(words, {"-namespace", "--namespace"});
  return {Role::Shim, "containerd-shim", std::string(value_of(words, {"-id", "--id"})), "",
          space == "k8s.io"};
}

}  // namespace

bool is_runtime_init_comm(std::string_view comm) { return comm.starts_with("runc:["); }

bool may_be_runtime_exe(std::string_view exe) {
  if (exe.empty() || exe == "/" || exe == "/proc/self/exe") return true;
  if (exe.ends_with(" (deleted)")) exe.remove_suffix(10);
  return is_oci(base_name(exe)) || exe.starts_with("/memfd:runc_clon") ||
         exe.starts_with("/memfd:crun_clon") || exe.starts_with("/runc-dmz") ||
         exe.ends_with("runc-dmz");
}

bool is_runtime_name(std::string_view name) {
  // TASK_COMM_LEN cuts containerd-shim-runc-v2 to containerd-shim.
  return is_oci(name) || is_runtime_init_comm(name) || name == "conmon" ||
         name.starts_with("containerd-shim") || name == "memfd:crun_clon" ||
         name == "memfd:runc_clon" ||  // its sealed copy of itself
         name == "lxc-start" || name == "systemd-nspawn" || name == "nvidia-containe";
}

RuntimeCommand read_runtime_command(std::string_view exe, std::string_view args) {
  const std::string_view by_words = base_name(args.substr(0, args.find('\0')));
  if (!may_be_runtime(base_name(exe)) && !may_be_runtime(by_words)) return {};
  std::vector<std::string_view> words = split(args, '\0');
  if (words.size() > kMaxWords) words.resize(kMaxWords);
  // runc runs itself as /proc/self/exe, maybe from a memfd: its own first word then says.
  for (const std::string_view name : {base_name(exe), by_words}) {
    if (is_oci(name)) return oci_command(name, words);
    if (name == "conmon") return monitor_command(words);
    if (name.starts_with("containerd-shim")) return shim_command(words);
    if (name == "lxc-start")
      return {Role::Start, "lxc", std::string(value_of(words, {"-n", "--name"})), "", false};
    if (name == "systemd-nspawn")
      return {Role::Start, "systemd-nspawn", std::string(value_of(words, {"-M", "--machine"})), "",
              false};
  }
  return {};
}

}  // namespace medic::attribute
