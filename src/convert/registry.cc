#include <array>

#include "convert/foreign.h"

namespace medic::profile {

using namespace formats;

// Sniffed in this order: what is reported most surely comes first.
std::span<const Format> all_formats() {
  static const std::array kFormats{
      Format{"docker", "Docker's JSON: gates on capabilities, architectures and kernels are kept",
             Home::Runtime, looks_like_json, read_json_profile, write_docker},
      Format{"oci",
             "linux.seccomp of the OCI runtime specification: gates are decided for the context",
             Home::Runtime, nullptr, read_json_profile, write_oci},
      Format{"podman", "Podman's, CRI-O's and Buildah's JSON", Home::Runtime, nullptr,
             read_json_profile, write_podman},
      Format{"spo", "SeccompProfile of the Kubernetes security-profiles-operator, v1",
             Home::Runtime, looks_like_spo, read_spo, write_spo_v1},
      Format{"spo-v1beta1", "the same, v1beta1", Home::Runtime, nullptr, read_spo,
             write_spo_v1beta1},
      Format{"lxc", "LXC's seccomp profile, version 2", Home::Tool, looks_like_lxc, read_lxc,
             write_lxc},
      Format{"kafel", "a kafel policy, for nsjail", Home::Tool, looks_like_kafel, read_kafel,
             write_kafel},
      Format{"systemd",
             "SystemCallFilter=, SystemCallErrorNumber=, SystemCallArchitectures= of a unit",
             Home::Tool, looks_like_systemd, read_systemd, write_systemd},
      Format{"firejail", "seccomp lines of a firejail profile", Home::Tool, looks_like_firejail,
             read_firejail, write_firejail},
      Format{"minijail", "a minijail policy", Home::Tool, looks_like_minijail, read_minijail,
             write_minijail},
      Format{"libseccomp-c", "a C program that makes the filter with libseccomp; cannot be read",
             Home::Tool, nullptr, nullptr, write_libseccomp_c, false},
      Format{"bpf", "a compiled program as raw sock_filter bytes, for bwrap --seccomp", Home::Tool,
             looks_like_bpf, read_bpf, write_bpf, false},
      Format{"bpf-base64", "the same in base64, for crun's run.oci.seccomp_bpf_data", Home::Tool,
             looks_like_bpf_base64, read_bpf_base64, write_bpf_base64, false},
  };
  return kFormats;
}

const Format* find_format(std::string_view name) {
  for (const Format& format : all_formats()) {
    if (format.name == name) return &format;
  }
  return nullptr;
}

const Format* sniff_format(std::string_view text) {
  for (const Format& format : all_formats()) {
    if (format.looks_like != nullptr && format.looks_like(text)) return &format;
  }
  return nullptr;
}

Context context_for(const Format& format, Context context) {
  if (format.home == Home::Tool) context.runtime = Runtime::None;
  return context;
}

}  // namespace medic::profile
