// Paths in the forms that the engines' own sources write; ids are made up.
#include "attribute/cgroup_path.h"

#include <doctest/doctest.h>
#include <algorithm>

using namespace medic::attribute;

namespace {

const std::string kId = "4b1d6d1c1f0a6e0f9a2c3b4d5e6f708192a3b4c5d6e7f8091a2b3c4d5e6f7081";
const std::string kOther = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
const std::string kPod = "1f2e3d4c-5b6a-4978-8695-a4b3c2d1e0f9";

// engine kind id pod qos unit, as far as there are any; ID, OTHER and POD for the constants.
std::string given(std::string path) {
  for (const auto& [word, value] : {std::pair{"OTHER", kOther}, {"ID", kId}}) {
    for (std::size_t at; (at = path.find(word)) != std::string::npos;)
      path.replace(at, std::string_view(word).size(), value);
  }
  std::string dashed = kPod, lined = kPod;
  std::replace(lined.begin(), lined.end(), '-', '_');
  for (const auto& [word, value] : {std::pair{"P_D", lined}, {"P-D", dashed}}) {
    for (std::size_t at; (at = path.find(word)) != std::string::npos;) path.replace(at, 3, value);
  }
  const auto place = parse_cgroup_path(path);
  if (!place) return "nothing";
  static constexpr const char* kKinds[] = {"container", "helper", "pod", "unit"};
  std::string out = place->engine + " " + kKinds[static_cast<int>(place->kind)];
  if (!place->id.empty())
    out += " " + (place->id == kId ? "ID" : place->id == kOther ? "OTHER" : place->id);
  if (!place->outer_id.empty())
    out += " in " + (place->outer_id == kOther ? "OTHER" : place->outer_id);
  if (!place->pod_uid.empty()) out += " pod " + (place->pod_uid == kPod ? "P-D" : place->pod_uid);
  if (!place->qos.empty()) out += " " + place->qos;
  if (place->kind == CgroupPlace::Kind::Unit) out += " " + place->unit;
  if (place->rootless) out += " rootless";
  return out;
}

struct Row {
  const char *path, *expected;
};

}  // namespace

TEST_CASE("A container's cgroup path says its engine and id") {
  for (const Row& row : std::initializer_list<Row>{
           // Docker
           {"0::/system.slice/docker-ID.scope", "docker container ID"},
           {"/system.slice/docker-ID.scope", "docker container ID"},
           {"12:pids:/docker/ID", "docker container ID"},
           {"4:memory:/docker/ID\n", "docker container ID"},
           {"/mycorp.slice/docker-ID.scope", "docker container ID"},
           {"/docker/OTHER/docker/ID", "docker container ID in OTHER"},
           {"/system.slice/docker-OTHER.scope/docker/ID", "docker container ID in OTHER"},
           {"/user.slice/user-1000.slice/user@1000.service/user.slice/docker-ID.scope",
            "docker container ID rootless"},
           {"/docker/ID/system.slice/nginx.service", "docker container ID"},
           // Podman
           {"/machine.slice/libpod-ID.scope", "podman container ID"},
           {"/machine.slice/libpod-ID.scope/container", "podman container ID"},
           {"/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-ID.scope/container",
            "podman container ID rootless"},
           {"/machine.slice/libpod-conmon-ID.scope", "podman helper ID"},
           {"/system.slice/web.service/libpod-payload-ID", "podman container ID"},
           {"/libpod_parent/libpod-ID", "podman container ID"},
           {"/libpod_parent/libpod-conmon-ID", "podman helper ID"},
           // containerd, CRI-O, Kubernetes
           {"/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-podP_D.slice/"
            "cri-containerd-ID.scope",
            "containerd container ID pod P-D burstable"},
           {"/kubepods.slice/kubepods-besteffort.slice/kubepods-besteffort-podP_D.slice/"
            "crio-ID.scope/container",
            "cri-o container ID pod P-D besteffort"},
           {"/kubepods.slice/kubepods-podP_D.slice/docker-ID.scope",
            "docker container ID pod P-D guaranteed"},
           {"/kubepods/burstable/podP-D/ID", "kubernetes container ID pod P-D burstable"},
           {"/kubepods/podP-D/ID", "kubernetes container ID pod P-D guaranteed"},
           {"/kubepods/besteffort/podP-D/crio-ID", "cri-o container ID pod P-D besteffort"},
           {"/kubepods/burstable/pod0123456789abcdef0123456789abcdef/ID",
            "kubernetes container ID pod 0123456789abcdef0123456789abcdef burstable"},
           {"/kubelet.slice/kubelet-kubepods.slice/kubelet-kubepods-burstable.slice/"
            "kubelet-kubepods-burstable-podP_D.slice/cri-containerd-ID.scope",
            "containerd container ID pod P-D burstable"},
           {"/system.slice/docker-OTHER.scope/kubelet.slice/kubelet-kubepods.slice/"
            "kubelet-kubepods-podP_D.slice/cri-containerd-ID.scope",
            "containerd container ID in OTHER pod P-D guaranteed"},
           {"/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-podP_D.slice/"
            "crio-conmon-ID.scope",
            "cri-o helper ID pod P-D burstable"},
           {"/kubepods.slice/kubepods-podP_D.slice", "kubernetes pod pod P-D guaranteed"},
           {"/system.slice/nerdctl-ID.scope", "nerdctl container ID"},
           {"/default/ID", "containerd container ID"},
           {"/k8s.io/ID", "containerd container ID"},
           {"/system.slice/containerd.service/kubepods-burstable-podP_D.slice:cri-containerd:ID",
            "containerd container ID pod P-D burstable"},
           {"kubepods-podP_D.slice:cri-containerd:ID",
            "containerd container ID pod P-D guaranteed"},
           {"system.slice:docker:ID", "docker container ID"},
           // LXC, nspawn
           {"/lxc.payload.web", "lxc container web"},
           {"/lxc.payload.web/system.slice/ssh.service", "lxc container web"},
           {"/lxc.monitor.web", "lxc helper web"},
           {"/lxc/web", "lxc container web"},
           {"/machine.slice/machine-lxc\\x2dweb.scope", "lxc container web"},
           {"/machine.slice/machine-debian\\x2dtree.scope", "systemd-nspawn container debian-tree"},
           {"/machine.slice/systemd-nspawn@web.service/payload", "systemd-nspawn container web"},
       }) {
    CAPTURE(row.path);
    CHECK(given(row.path) == row.expected);
  }
}

TEST_CASE("A path without a container is a unit's, or nothing") {
  for (const Row& row : std::initializer_list<Row>{
           {"0::/system.slice/ssh.service", "systemd unit ssh.service"},
           {"1:name=systemd:/user.slice/user-1000.slice/session-3.scope",
            "systemd unit session-3.scope"},
           {"/init.scope", "systemd unit init.scope"},
           {"/machine.slice/machine-qemu\\x2d1\\x2dvm.scope",
            "systemd unit machine-qemu\\x2d1\\x2dvm.scope"},
           {"/", "nothing"},
           {"0::/", "nothing"},
           {"", "nothing"},
           {"/../..", "nothing"},
           {"/user.slice", "nothing"},
           {"4:memory:/process_api/1e48a74d285d0a7563465ed94f61783d", "nothing"},
           {"/docker/ID2", "nothing"},
           {"/system.slice/docker-0123.scope", "systemd unit docker-0123.scope"},
           {"/kubepods/burstable/podnot-a-uid", "nothing"},
       }) {
    CAPTURE(row.path);
    CHECK(given(row.path) == row.expected);
  }
}

TEST_CASE("Of the lines of /proc/PID/cgroup the one with a container counts") {
  CHECK(best_cgroup_line("9:name=systemd:/\n8:pids:/docker/" + kId + "\n0::/\n") ==
        "/docker/" + kId);
  CHECK(best_cgroup_line("5:memory:/process_api/x\n1:name=systemd:/system.slice/ssh.service\n") ==
        "/system.slice/ssh.service");
  CHECK(best_cgroup_line("5:memory:/lab-7\n0::/\n") == "/lab-7");
  CHECK(best_cgroup_line("0::/\n").empty());
}
