"""Containers: a bundle, a profile, a runtime; run to the end, or attached to by strace before they start."""

import itertools
import json
import os
import subprocess
import time

from . import profile as profiles

CAPS = ("CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_FOWNER", "CAP_KILL", "CAP_MKNOD", "CAP_NET_BIND_SERVICE", "CAP_NET_RAW",
        "CAP_SETGID", "CAP_SETPCAP", "CAP_SETUID", "CAP_SYS_CHROOT")
_numbers = itertools.count(1)


def oci_config(rootfs, args, seccomp=None, uid=0):
    """A config.json as `runc spec` writes it, without a terminal and with a writable root."""
    kinds = ("pid", "network", "ipc", "uts", "mount")
    config = {
        "ociVersion": "1.0.2",
        "process": {"terminal": False, "user": {"uid": uid, "gid": uid}, "args": list(args),
                    "env": ["PATH=/usr/bin:/bin", "HOME=/"], "cwd": "/", "noNewPrivileges": True,
                    "capabilities": {kind: list(CAPS) for kind in ("bounding", "effective", "permitted")}},
        "root": {"path": rootfs, "readonly": False},
        "hostname": "lab",
        "mounts": [{"destination": "/proc", "type": "proc", "source": "proc"},
                   {"destination": "/dev", "type": "tmpfs", "source": "tmpfs",
                    "options": ["nosuid", "strictatime", "mode=755", "size=65536k"]}],
        "linux": {"namespaces": [{"type": kind} for kind in kinds]},
    }
    if seccomp is not None:
        config["linux"]["seccomp"] = seccomp
    return config


class Container:
    """One container of a runtime (`runc` or `crun`), its bundle in a folder of its own."""

    def __init__(self, folder, runtime, config):
        self.name = f"lab-{os.getpid()}-{next(_numbers)}"
        self.runtime, self.bundle = runtime, os.path.join(folder, self.name)
        self.command = " ".join(config["process"]["args"])
        self.state = os.path.join(folder, f"{runtime}-state")
        self.pid_file = os.path.join(self.bundle, "pid")
        os.makedirs(self.bundle)
        with open(os.path.join(self.bundle, "config.json"), "w", encoding="utf-8") as out:
            json.dump(config, out, indent=2)
            out.write("\n")

    def call(self, *words):
        return [self.runtime, "--root", self.state, *words]

    def run(self, timeout=20):
        """Runs it to its end: (exit code, output). A start that hangs is killed and has exit code None."""
        command = self.call("run", "--bundle", self.bundle, "--pid-file", self.pid_file, self.name)
        out = open(os.path.join(self.bundle, "output"), "w+b")
        with out:
            done = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=out)
            try:
                code = done.wait(timeout)
            except subprocess.TimeoutExpired:
                code = None
                self.delete()
                done.kill()
                done.wait()
            out.seek(0)
            return code, out.read().decode(errors="replace")

    def start(self):
        """Starts it and returns while it runs."""
        self._create()
        subprocess.run(self.call("start", self.name), check=True)

    def run_traced(self, *strace):
        """Creates it, attaches `strace ...` to its first process, starts it, waits: the output."""
        self._create()
        tracer = subprocess.Popen(["strace", *strace, "-p", str(self.pid)], stderr=subprocess.PIPE, text=True)
        while "attached" not in (line := tracer.stderr.readline()):
            if not line:
                raise RuntimeError("strace did not attach")
        time.sleep(0.3)  # the other threads of a Go init are attached one by one
        subprocess.run(self.call("start", self.name), check=False)
        tracer.communicate(timeout=30)
        output = open(os.path.join(self.bundle, "output"), encoding="utf-8", errors="replace").read()
        self.delete()
        return output

    @property
    def pid(self):
        with open(self.pid_file, encoding="ascii") as found:
            return int(found.read())

    def delete(self):
        subprocess.run(self.call("delete", "--force", self.name), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                       check=False)

    def _create(self):
        with open(os.path.join(self.bundle, "output"), "wb") as out:
            subprocess.run(self.call("create", "--bundle", self.bundle, "--pid-file", self.pid_file, self.name),
                           stdin=subprocess.DEVNULL, stdout=out, stderr=out, check=True)


def under(profile, rootfs, args, uid=0):
    """The OCI config of a container under a Docker-style profile."""
    return oci_config(rootfs, args, profiles.flatten(profile, CAPS) if profile is not None else None, uid)
