"""No audit daemon: the kernel prints the records itself."""

import time

from lib_lab import auditing


def record(story):
    auditing.require_none()
    time.sleep(6)
    before = auditing.kernel_log().splitlines()
    story.run(story.container("runc", ["uname"]))
    story.run(story.container("runc", ["mkdir", "/srv/data"]))
    story.save("kern.log", b"\n".join(auditing.kernel_log().splitlines()[len(before):]) + b"\n")
    story.note("`dmesg > kern.log`, its new lines; no audit daemon ran")
