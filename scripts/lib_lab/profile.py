"""A Docker-style profile turned into the `linux.seccomp` of an OCI config, as an engine does for an x86_64 host."""

import os

HOST_NAMES = {"amd64", "x86_64"}


def flatten(profile, caps=()):
    """The OCI form of `profile` for a container with these capabilities."""
    flat = {key: profile[key] for key in ("defaultAction", "defaultErrnoRet", "flags", "architectures")
            if profile.get(key) is not None}
    for entry in profile.get("archMap", []):
        if entry["architecture"] == "SCMP_ARCH_X86_64":
            flat["architectures"] = [entry["architecture"], *(entry.get("subArchitectures") or [])]
    flat["syscalls"] = [_rule(rule) for rule in profile.get("syscalls") or [] if _applies(rule, set(caps))]
    return flat


def _rule(rule):
    flat = {"names": rule.get("names") or [rule["name"]], "action": rule["action"]}
    for key in ("errnoRet", "args"):
        if rule.get(key):
            flat[key] = rule[key]
    return flat


def _applies(rule, caps):
    includes, excludes = rule.get("includes") or {}, rule.get("excludes") or {}
    if not set(includes.get("caps") or []) <= caps or set(excludes.get("caps") or []) & caps:
        return False
    if includes.get("arches") and not HOST_NAMES & set(includes["arches"]):
        return False
    if HOST_NAMES & set(excludes.get("arches") or []):
        return False
    return not includes.get("minKernel") or _kernel() >= _version(includes["minKernel"])


def _version(text):
    return tuple(int(part) for part in text.split("."))


def _kernel():
    return _version(".".join(os.uname().release.split("-")[0].split(".")[:2]))
