"""No audit daemon: the kernel prints the records itself, and not all of them."""

import time

from lib_lab import auditing


def record(story):
    auditing.require_none()
    before = auditing.kernel_log().splitlines()
    time.sleep(6)
    story.run(story.container("runc", ["mkdir", "/srv/data"]))
    time.sleep(6)
    story.run(story.container("runc", ["ls", "/"]))
    story.save("kern.log", b"\n".join(auditing.kernel_log().splitlines()[len(before):]) + b"\n")
    story.note("`dmesg > kern.log`, its new lines; no audit daemon ran")
