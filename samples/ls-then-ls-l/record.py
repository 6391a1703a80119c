"""The classic: a profile made of a recording of `ls`, then used for `ls -l`."""

import json
import re
import subprocess

from lib_lab import rootfs

STARTED_BY = ("execve", "close", "prctl")


def record(story):
    rootfs.add(story.rootfs, "/bin/ls", "/bin/ls")
    subprocess.run(["strace", "-f", "-o", story.path("ls.strace.log"), "chroot", story.rootfs, "/bin/ls", "/"], check=True,
                   stdout=subprocess.DEVNULL)
    story.note("`strace -f -o ls.strace.log chroot ROOTFS /bin/ls /`, of which profile.json was made")
    with open(story.path("ls.strace.log"), encoding="utf-8") as log:
        seen = set(re.findall(r"^\d+ +(\w+)\(", log.read(), re.M))
    profile = {"defaultAction": "SCMP_ACT_ERRNO", "architectures": ["SCMP_ARCH_X86_64"],
               "flags": ["SECCOMP_FILTER_FLAG_LOG"],
               "syscalls": [{"names": sorted(seen | set(STARTED_BY)), "action": "SCMP_ACT_ALLOW"}]}
    story.save("profile.json", json.dumps(profile, indent=2) + "\n")
    with story.audit():
        story.trace(story.container("crun", ["ls", "-l", "/"]))
