"""SECCOMP records among records of several lines, from a program with a blank in its name."""

import os

RULES = ("-a always,exit -F arch=b64 -S execve -F uid=1234",
         "-a always,exit -F arch=b64 -S openat -F exit=-EACCES -F uid=1234")


def record(story):
    story.open("/srv")
    story.compile("/bin/disk report", "-static")
    with open(f"{story.rootfs}/etc/shadow", "w", encoding="utf-8") as secret:
        os.chmod(secret.name, 0o600)
    with story.audit(*RULES, form="ENRICHED"):
        story.run(story.container("crun", ["/bin/disk report", "--all"], uid=1234))
    story.note("audit rules: " + ", ".join(f"`{rule}`" for rule in RULES))
