"""The audit daemon, its rules and its log."""

import contextlib
import os
import re
import subprocess
import time
import uuid

from . import host

CONF = """\
log_file = {log}
log_format = {form}
log_group = root
flush = INCREMENTAL
freq = 1
max_log_file = 50
max_log_file_action = IGNORE
space_left = 75
space_left_action = IGNORE
admin_space_left = 50
admin_space_left_action = IGNORE
disk_full_action = IGNORE
disk_error_action = IGNORE
local_events = yes
write_logs = yes
name_format = NONE
"""


class Auditd:
    """An audit daemon of the lab's own, or the one that is already running, whose log is then read.

    `form` is RAW or ENRICHED and can only be chosen for a daemon of our own.
    """

    def __init__(self, folder, form="RAW"):
        self.folder, self.pid = folder, None
        self.was_enabled = self.status().get("enabled", "0")
        running = int(self.status().get("pid", "0"))
        if running:
            self.log = self._configured_log(running)
        else:
            self._start(form)
        subprocess.run([host.find("auditctl"), "-b", "8192"], stdout=subprocess.DEVNULL, check=True)

    @property
    def own(self):
        return self.pid is not None

    @staticmethod
    def status():
        text = host.output(host.find("auditctl"), "-s")
        return dict(line.split(None, 1) for line in text.splitlines() if " " in line)

    @staticmethod
    def _configured_log(pid):
        with open(f"/proc/{pid}/cmdline", encoding="utf-8") as command:
            words = command.read().split("\0")
        folder = words[words.index("-c") + 1] if "-c" in words else "/etc/audit"
        with open(os.path.join(folder, "auditd.conf"), encoding="utf-8") as conf:
            return re.search(r"^log_file\s*=\s*(\S+)", conf.read(), re.M).group(1)

    def _start(self, form):
        conf = os.path.join(self.folder, f"auditd-{form.lower()}")
        os.makedirs(os.path.join(conf, "plugins.d"), exist_ok=True)
        self.log = os.path.join(conf, "audit.log")
        with open(os.path.join(conf, "auditd.conf"), "w", encoding="utf-8") as out:
            out.write(CONF.format(log=self.log, form=form))
        subprocess.run([host.find("auditd"), "-c", conf], check=True)
        for _ in range(100):
            pid = int(self.status().get("pid", "0"))
            if pid and os.path.exists(self.log):
                self.pid = pid
                return
            time.sleep(0.05)
        raise RuntimeError("auditd did not start")

    def stop(self):
        """Ends the daemon if it is ours, and leaves the kernel's audit switch as it was found."""
        if not self.own:
            return
        os.kill(self.pid, 15)
        for _ in range(100):
            if self.status().get("pid", "0") == "0":
                break
            time.sleep(0.05)
        subprocess.run([host.find("auditctl"), "-e", self.was_enabled], stdout=subprocess.DEVNULL, check=False)
        self.pid = None

    def rules(self, *rules):
        """Loads rules, each an auditctl argument string; `unload` takes them away again."""
        for rule in rules:
            subprocess.run([host.find("auditctl"), *rule.split()], stdout=subprocess.DEVNULL, check=True)

    def unload(self, *rules):
        for rule in rules:
            arguments = ["-d" if word == "-a" else word for word in rule.split()]
            subprocess.run([host.find("auditctl"), *arguments], stdout=subprocess.DEVNULL, check=False)

    def mark(self):
        """Writes a marker into the log, waits until it is there, and returns the offset behind its line."""
        text = f"lab-{uuid.uuid4().hex}"
        subprocess.run([host.find("auditctl"), "-m", text], check=True)
        for _ in range(1200):  # a busy machine writes late
            with open(self.log, "rb") as log:
                found = log.read()
            at = found.find(text.encode())
            end = found.find(b"\n", at)
            if at >= 0 and end >= 0:
                return found.rfind(b"\n", 0, at) + 1, end + 1
            time.sleep(0.05)
        raise RuntimeError("the marker did not reach the audit log")


class Recording:
    """`with Recording(auditd) as r: ...` and then `r.lines`: what the log gained meanwhile, as bytes."""

    def __init__(self, auditd):
        self.auditd, self.lines = auditd, b""

    def __enter__(self):
        self._from = self.auditd.mark()[1]
        return self

    def __exit__(self, kind, *_):
        if kind is None:
            until = self.auditd.mark()[0]
            with open(self.auditd.log, "rb") as log:
                self.lines = log.read()[self._from:until]


@contextlib.contextmanager
def attached(pid, path, *options):
    """strace with -f, attached to a process of the host and writing to `path`: the tracer, ended at the end."""
    tracer = subprocess.Popen([host.find("strace"), "-f", *options, "-o", path, "-p", str(pid)], stderr=subprocess.PIPE, text=True)
    try:
        while "attached" not in (line := tracer.stderr.readline()):
            if not line:
                raise RuntimeError("strace did not attach")
        yield tracer
    finally:
        if tracer.poll() is None:
            tracer.terminate()
            tracer.wait()
        tracer.stderr.close()


def require_none():
    """Raises where an audit daemon runs, as the kernel then prints no records."""
    if Auditd.status().get("pid", "0") != "0":
        raise RuntimeError("an audit daemon is running; stop it to record the kernel's own lines")


def kernel_log():
    """The kernel's ring buffer as dmesg prints it."""
    return subprocess.run(["dmesg"], stdout=subprocess.PIPE, check=True).stdout
