"""Containers one after another in a pid namespace that has numbers for a few processes only, traced by strace -f from within.

Each container is denied a call of its own, which is how the test knows what is true: the tool does not look at it.
"""

import os
import subprocess

from lib_lab import container

CALLS = ("mkdir", "rmdir", "chmod", "link", "symlink")
PID_MAX = 340  # the kernel wants more than RESERVED_PIDS, 300, and after a wrap gives out those above 300 alone
FEW = f"echo {PID_MAX} > /proc/sys/kernel/pid_max; echo 300 > /proc/sys/kernel/ns_last_pid; exec \"$@\""


def record(story):
    story.open("/srv")
    story.compile("/bin/worker")
    boxes = []
    for call in CALLS:
        profile = {**story.profile(), "syscalls": [{"names": [call], "action": "SCMP_ACT_ERRNO"}]}
        config = container.under(profile, story.rootfs, ["/bin/worker", call])
        box = container.Container(story.work, "crun", config)
        boxes.append((call, box))
    lines = [" ".join(box.call("run", "--bundle", box.bundle, box.name)) + " || true" for _, box in boxes]
    script = os.path.join(story.work, "script")
    with open(script, "w", encoding="utf-8") as out:
        out.write("\n".join(lines) + "\n")
    trace = story.path("strace.log")
    # More than a few numbers are needed for the words of a command line, which strace cuts at 32 bytes else.
    subprocess.run(["unshare", "--pid", "--fork", "--mount-proc", "sh", "-c", FEW, "sh", "strace", "-f", "-ttt", "-s", "100", "-o", trace,
                    "-e", "trace=execve,clone,clone3,fork,vfork,seccomp,exit_group," + ",".join(CALLS), "sh", script],
                   stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False, timeout=60)
    story.save("owners", "".join(f"{call} {box.name}\n" for call, box in boxes))
    numbers = [line.split(None, 1)[0] for line in open(trace, encoding="utf-8", errors="replace")]
    story.note(f"kernel.pid_max={PID_MAX} in a pid namespace; {len(set(numbers))} numbers; {sum('+++' in line for line in open(trace, errors='replace'))} lives")
