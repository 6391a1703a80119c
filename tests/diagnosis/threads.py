"""Cases of public threads, by reference: their lines stay in ../shared/corpus and are put together only while the test runs.

Each row names the thread's number in diagnosis_cases.md, which of its quoted lines are the evidence (by a word in them), the profile of
the corpus that it ran under, where that is known, and the truth that the thread settled.
"""

import os
import re

CORPUS = os.path.join(os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.realpath(__file__))))), "shared", "corpus")
TABLE = os.path.join(CORPUS, "diagnosis_cases.md")

# number, a word of the quoted lines to take, profile, call, layer, further honest layers, fix, what it must mention
ROWS = [
    ("D01", "clone3(", "moby-default-v20.10.4.json --libseccomp 2.5.4 --runtime crun", "clone3", "seccomp", "", "*", ""),
    ("D01", "clone3(", "", "clone3", "seccomp", "", "*", "ENOSYS"),
    ("D04", "syscall_0x1b7", "moby-default-v19.03.0-beta1.json --runtime crun", "faccessat2", "seccomp", "", "*", ""),
    ("D04", "syscall_0x1b7", "", "faccessat2", "seccomp", "", "*", "20.10"),
    ("D06", "fchmodat2(", "moby-default-v24.0.3.json --runtime crun", "fchmodat2", "seccomp", "", "*", ""),
    ("D06", "fchmodat2(", "", "fchmodat2", "seccomp", "dac", "*", ""),
    ("D14", "personality(", "moby-default-v24.0.3.json", "personality", "seccomp", "", "*", ""),
    ("D14", "personality(", "", "personality", "seccomp", "", "*", "0x40000"),
    ("D21", "type=SECCOMP", "", "process_mrelease", "seccomp", "", "*", ""),
    ("D29", "SECCOMP ... comm", "", "setuid", "seccomp", "", "*", ""),
    ("D31", "apparmor=", "", "*", "apparmor", "", "apparmor-rule", "mount"),
    ("D34", "apparmor=", "", "*", "apparmor", "", "apparmor-rule", "signal"),
    ("D36", "apparmor=", "", "*", "apparmor", "", "apparmor-rule", "capability dac_override"),
    ("D37", "apparmor=", "", "*", "apparmor", "", "apparmor-rule", "change_profile"),
    ("D39", "operation=", "", "*", "apparmor", "", "apparmor-rule", "max_pool_percent"),
    ("D44", "SECCOMP ... subj", "", "*", "seccomp", "", "*", "mount on x86_64"),  # its arch= was left out
    ("D46", "avc:", "", "*", "selinux", "", "selinux-label", ":Z"),
    ("D54", "setsockopt(", "moby-default-v24.0.3.json", "setsockopt", "capability", "", "grant-capability", "CAP_NET_ADMIN"),
    ("D54", "setsockopt(", "", "setsockopt", "capability", "", "grant-capability", "CAP_NET_ADMIN"),
]

# Whole files of the corpus that belong to threads: file, profile, call, layer, fix, mention.
FILES = [
    ("3_strace/moby-42680-clone3-eperm.log", "moby-default-v20.10.4.json --runtime crun", "clone3", "seccomp", "*", ""),
    ("3_strace/docker-ce-packaging-1013-fchmodat2.log", "moby-default-v24.0.3.json --runtime crun", "fchmodat2", "seccomp", "*", ""),
    ("3_strace/sysbox-273-syscall_0x1b7.log", "", "faccessat2", "seccomp", "*", ""),
    ("1_seccomp_records/earlyoom-328-unknown-syscall-enriched.log", "", "process_mrelease", "seccomp", "*", ""),
    ("2_audit_testdata/container-selinux-83-avc.log", "", "*", "selinux", "selinux-label", ""),
    ("2_audit_testdata/containers-common-2321-podman-signal.log", "", "*", "apparmor", "apparmor-rule", "signal"),
    ("2_audit_testdata/cybernode-90-avc-virt_control.log", "", "*", "selinux", "selinux-label", ":Z"),
    ("2_audit_testdata/varmor-apparmor-syslog-callerid.log", "", "*", "apparmor", "apparmor-rule", ""),
    ("2_audit_testdata/setroubleshoot-httpd_can_network_connect_db.log", "", "*", "selinux", "selinux-label", "httpd_can_network_connect_db"),
    ("2_audit_testdata/setroubleshoot-httpd_bad_labels.log", "", "*", "selinux", "selinux-label", ""),
    ("2_audit_testdata/chromeos-debugd-avc-syscall.log", "", "*", "selinux", "selinux-label", ""),
]


def present():
    return os.path.exists(TABLE)


def quoted_lines():
    """Thread number to the texts between backticks."""
    out = {}
    with open(TABLE, encoding="utf-8") as text:
        for section in re.split(r"(?m)^### ", text.read())[1:]:
            number = section.split(None, 1)[0]
            out[number] = re.findall(r"`([^`]+)`", section)
    return out


def as_record(line):
    """A quoted line as its log had it: the collectors wrote `…` where they left fields out."""
    if "SECCOMP ..." in line:
        line = line.replace("SECCOMP ...", "type=SECCOMP msg=audit(1700000000.000:1): pid=1")
    if "avc:" in line and "audit(" not in line:
        line = "type=AVC msg=audit(1700000000.000:1): " + line
    if ("apparmor=" in line or "operation=" in line) and "audit(" not in line:
        line = "type=AVC msg=audit(1700000000.000:1): " + ("" if "apparmor=" in line else 'apparmor="DENIED" ') + line
    return line.replace("scontext=...", "scontext=system_u:system_r:").replace(" ... ", " ")


def profile_arguments(profile):
    if not profile:
        return ""
    name, *rest = profile.split()
    return f" --profile {os.path.join(CORPUS, '5_profiles', name)} {' '.join(rest)} --arch x86_64"


def cases(work):
    quotes = quoted_lines()
    for index, (number, word, profile, call, layer, also, fix, mention) in enumerate(ROWS):
        lines = [as_record(line) for line in quotes.get(number, []) if word in line]
        if not lines:
            print(f"SKIPPED: {number} has no quoted line with {word!r}")
            continue
        folder = os.path.join(work, f"{number}-{index}")
        os.mkdir(folder)
        with open(os.path.join(folder, "quoted.log"), "w", encoding="utf-8") as out:
            out.write("\n".join(lines) + "\n")
        yield {"name": f"{number} {'under a profile' if profile else 'without a profile'}", "folder": folder, "origin": "thread",
               "arguments": "quoted.log" + profile_arguments(profile) + forced(lines[0]), "syscall": call, "layer": layer, "also": also, "fix": fix, "mentions": mention}
    for path, profile, call, layer, fix, mention in FILES:
        if os.path.exists(os.path.join(CORPUS, path)):
            yield {"name": path, "folder": work, "origin": "thread", "arguments": os.path.join(CORPUS, path) + profile_arguments(profile),
                   "syscall": call, "layer": layer, "fix": fix, "mentions": mention}
        else:
            print(f"SKIPPED: {path} is not in the corpus")


def forced(line):
    """A single line is too little to sniff by."""
    return "" if "audit(" in line else " --input-format strace"
