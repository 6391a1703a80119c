"""A program that locks itself down too far; no container, no profile."""

import subprocess


def record(story):
    story.compile("/bin/strict", "-static")
    with story.audit():
        run = subprocess.Popen(["strace", "-f", "-o", story.path("strace.log"), "chroot", story.rootfs, "/bin/strict"],
                               stdout=subprocess.PIPE, text=True)
        said = run.communicate()[0]
    story.note(f"`strace -f -o strace.log chroot ROOTFS /bin/strict`, which ended with {run.returncode}", said)
