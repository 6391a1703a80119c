"""What the end-to-end cases share: a root file system, recordings, and the binary under test."""

import json
import os
import shutil
import subprocess
import tempfile
import types
import unittest

from lib_lab import auditing, container, host, rootfs

LAB = types.SimpleNamespace()
LOG_FLAG = "SECCOMP_FILTER_FLAG_LOG"
DENIED = "Operation not permitted"


def setup(binary, work, daemon, source):
    """Called once by the runner before any case."""
    LAB.binary, LAB.work, LAB.audit, LAB.source = binary, work, daemon, source
    LAB.rootfs = rootfs.busybox(os.path.join(work, "rootfs"))


class LabCase(unittest.TestCase):
    """A case has a folder of its own, and a container whose /srv is empty."""

    maxDiff = None

    def setUp(self):
        self.folder = tempfile.mkdtemp(dir=LAB.work)
        shutil.rmtree(os.path.join(LAB.rootfs, "srv"))
        os.mkdir(os.path.join(LAB.rootfs, "srv"))

    def path(self, name):
        return os.path.join(self.folder, name)

    def allow_list(self, default="SCMP_ACT_ERRNO", flags=()):
        """The text of an allow-list that knows all of `mkdir /srv/data` but mkdir, as a file: its path."""
        with open(os.path.join(LAB.source, "samples/killed-by-sigsys/profile.json"), encoding="utf-8") as sample:
            text = sample.read().replace("SCMP_ACT_KILL_PROCESS", default)
        if flags:
            text = text.replace("{\n", '{\n  "flags": ' + json.dumps(list(flags)) + ",\n", 1)
        return self.write("profile.json", text)

    def deny_list(self, flags=()):
        """A profile that permits everything and denies mkdir by name: its path."""
        profile = {"defaultAction": "SCMP_ACT_ALLOW", "architectures": ["SCMP_ARCH_X86_64"],
                   "syscalls": [{"names": ["mkdir", "mkdirat"], "action": "SCMP_ACT_ERRNO"}]}
        if flags:
            profile["flags"] = list(flags)
        return self.write("profile.json", json.dumps(profile, indent=2) + "\n")

    def write(self, name, text):
        with open(self.path(name), "w", encoding="utf-8") as out:
            out.write(text)
        return self.path(name)

    def medic(self, *arguments, code=0):
        """Runs seccomp-medic and holds its exit code against `code` (or several): its standard output."""
        done = subprocess.run([LAB.binary, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                              stdin=subprocess.DEVNULL, timeout=60, check=False)
        expected = code if isinstance(code, tuple) else (code,)
        self.assertIn(done.returncode, expected, f"`seccomp-medic {' '.join(arguments)}` ended with {done.returncode}, "
                      f"not {expected}:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
        return done.stdout

    def config(self, profile, args, no_new_privileges=True):
        parsed = load(profile) if isinstance(profile, str) else profile
        config = container.under(parsed, LAB.rootfs, args)
        config["process"]["noNewPrivileges"] = no_new_privileges
        return config

    def run_in(self, profile, *args, runtime="runc", no_new_privileges=True):
        """Runs a container under a profile: (exit code, output)."""
        return self.container(runtime, self.config(profile, args, no_new_privileges)).run()

    def container(self, runtime, config):
        if not host.find(runtime):
            self.skipTest(f"{runtime} is not installed")
        return container.Container(self.folder, runtime, config)

    def audited(self, profile, *args, runtime="runc"):
        """Runs a container while audit.log is recorded: the path of its copy."""
        with auditing.Recording(LAB.audit) as recording:
            self.run_in(profile, *args, runtime=runtime)
        with open(self.path("audit.log"), "wb") as out:
            out.write(recording.lines)
        return self.path("audit.log")

    def traced(self, profile, *args, runtime="runc", name="strace.log"):
        """Runs a container with strace attached before its start: the path of what strace wrote."""
        self.container(runtime, self.config(profile, args)).run_traced("-f", "-o", self.path(name))
        return self.path(name)

    def complaining(self, profile):
        """The same profile as a parsed one that logs what it would deny by default."""
        return {**load(profile), "defaultAction": "SCMP_ACT_LOG"}

    def assert_works(self, profile, *args, runtime="runc", times=3, **how):
        """Several times, as a Go runtime does not make the same calls at every start."""
        for _ in range(times):
            shutil.rmtree(os.path.join(LAB.rootfs, "srv/data"), ignore_errors=True)
            code, said = self.run_in(profile, *args, runtime=runtime, **how)
            self.assertEqual(code, 0, f"`{' '.join(args)}` under {runtime} ended with {code}: {said}")

    def assert_denied(self, profile, *args, runtime="runc", killed=False):
        code, said = self.run_in(profile, *args, runtime=runtime)
        if killed:
            self.assertEqual(code, 159, f"`{' '.join(args)}` was not killed: {said}")
        else:
            self.assertNotEqual(code, 0, f"`{' '.join(args)}` was permitted")
            self.assertIn(DENIED, said)


def load(path):
    with open(path, encoding="utf-8") as text:
        return json.load(text)


def permitted(profile):
    """The names in the profile's ALLOW rules, in their order."""
    return [name for rule in profile["syscalls"] if rule["action"] == "SCMP_ACT_ALLOW" for name in rule["names"]]
