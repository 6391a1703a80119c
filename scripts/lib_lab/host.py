"""What the lab needs of the host: root, programs, a private mount and UTS namespace."""

import fcntl
import os
import shutil
import subprocess
import sys

INSIDE = "SECCOMP_LAB_INSIDE"
LOCK = "/tmp/.seccomp-lab.lock"
UNIFIED = "/sys/fs/cgroup/unified"


def missing(programs):
    """The reasons why the lab cannot run here, in words; empty when it can."""
    reasons = [] if os.geteuid() == 0 else ["needs root"]
    reasons += [f"{p} is not installed" for p in programs if not find(p)]
    return reasons


def find(program):
    return shutil.which(program, path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")


def enter():
    """Runs this very program again in namespaces of its own, where the host is called `lab`.

    On a hybrid cgroup host crun takes the v2 tree and fails, so that tree is unmounted in the private namespace.
    Audit is one for the whole machine, so a second lab waits until the first has ended.
    """
    if os.environ.get(INSIDE):
        enter.lock = open(LOCK, "w", encoding="ascii")
        fcntl.flock(enter.lock, fcntl.LOCK_EX)
        return
    os.environ[INSIDE] = "1"
    script = f"hostname lab; umount {UNIFIED} 2>/dev/null; exec \"$@\""
    os.execvp("unshare", ["unshare", "--uts", "--mount", "--propagation", "private", "sh", "-c", script, "sh",
                          sys.executable, *sys.argv])


def output(*command):
    """The command's standard output and error together, stripped; never raises."""
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    return done.stdout.strip()


def versions():
    """The versions of everything that has a hand in a recording, as (name, version) pairs."""
    kernel = os.uname().release.split("-")[0]
    rows = [("kernel", f"Linux {kernel} {os.uname().machine}")]
    for name, command in (("runc", ["runc", "--version"]), ("crun", ["crun", "--version"]),
                          ("strace", ["strace", "-V"]), ("auditd", ["dpkg-query", "-W", "-f${Version}", "auditd"])):
        if find(name):
            rows.append((name, output(*command).splitlines()[0].split()[-1]))
    return rows
