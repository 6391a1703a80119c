"""One denied call in the log of a host whose auditors want to know every program, every connection and every refusal."""

import os
import subprocess

AUID = "4242"
RULES = (f"-a always,exit -F arch=b64 -S execve -F auid={AUID} -k exec",
         f"-a always,exit -F arch=b64 -S connect -F auid={AUID} -k network",
         f"-a always,exit -F arch=b64 -S openat -F exit=-EACCES -F auid={AUID} -k refused",
         f"-a always,exit -F arch=b64 -S openat -F exit=-EPERM -F auid={AUID} -k refused")
SHIFT = r"""
cd /usr/share
ls -l /etc | sort | head -3 >/dev/null
find /usr/share/doc -maxdepth 1 -name 'lib*' | wc -l >/dev/null
grep -c root /etc/passwd /etc/group >/dev/null
perl -e 'use Socket; socket(S, PF_INET, SOCK_STREAM, 0); connect(S, sockaddr_in(9, inet_aton("127.0.0.1")))'
id nobody >/dev/null
su -s /bin/sh nobody -c 'cat /etc/shadow; wc -l /etc/passwd; date +%s' >/dev/null 2>&1
tar -cf - /etc/apt | gzip -1 | cksum >/dev/null
"""


def record(story):
    with open("/proc/self/loginuid", "w", encoding="ascii") as login:
        login.write(AUID)
    os.chdir(story.work)
    with story.audit(*RULES, form="ENRICHED"):
        shift(2)
        story.run(story.container("crun", ["mkdir", "/srv/cache"]))
        shift(2)
    story.save("audit.log", ours(story.path("audit.log")))
    story.note("audit rules: " + ", ".join(f"`{rule}`" for rule in RULES) + f"; only events with auid={AUID} are kept")


def shift(times):
    for _ in range(times):
        subprocess.run(["sh", "-c", SHIFT], stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)


def ours(path):
    """The audit records of this login's events, without the recorder's own program."""
    with open(path, "rb") as log:
        lines = log.read().split(b"\n")[:-1]
    serial = lambda line: line.split(b"audit(", 1)[-1].split(b")", 1)[0]
    others = (b'comm="auditctl"', b'comm="python3"', b"type=USER ")
    wanted = {serial(line) for line in lines if b"auid=" + AUID.encode() in line and not any(each in line for each in others)}
    return b"".join(line + b"\n" for line in lines if serial(line) in wanted)
