"""What the cases of operations on profiles share: the real binary, a folder of their own, and small profiles and logs as text."""

import collections
import copy
import json
import os
import subprocess
import tempfile
import unittest

BINARY = os.environ.get("SECCOMP_MEDIC", "seccomp-medic")
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.realpath(__file__)))))
VENDORS = os.path.join(os.path.dirname(ROOT), "shared", "data", "profiles")
Done = collections.namedtuple("Done", "code out err")
ARCH_OF_AUDIT = {"x86_64": "c000003e", "x86": "40000003"}


def vendor(name):
    """A published default profile, or the case is skipped aloud."""
    path = os.path.join(VENDORS, name)
    if not os.path.exists(path):
        raise unittest.SkipTest(f"NOT TESTED: {path} is not there")
    return path


def vendors():
    if not os.path.isdir(VENDORS):
        raise unittest.SkipTest(f"NOT TESTED: {VENDORS} is not there")
    return [os.path.join(VENDORS, name) for name in sorted(os.listdir(VENDORS)) if name.endswith(".json")]


def rule(*names, action="ALLOW", **more):
    return {"names": list(names), "action": "SCMP_ACT_" + action, **more}


def profile(*rules, default="ERRNO", **more):
    """Names exit_group last: runc answers ENOSYS to what is newer than all that a profile names, and only the newest are to be that."""
    return {"defaultAction": "SCMP_ACT_" + default, "architectures": ["SCMP_ARCH_X86_64"], **more, "syscalls": [*rules, rule("exit_group")]}


def audit(number, arch="x86_64"):
    """The record of a call that a filter denied, as auditd writes it."""
    return (f'type=SECCOMP msg=audit(1700000000.123:{number}): auid=4294967295 uid=0 gid=0 ses=4294967295 pid=4711 comm="app" '
            f'exe="/usr/bin/app" sig=0 arch={ARCH_OF_AUDIT[arch]} syscall={number} compat=0 ip=0x7f0000000000 code=0x50000\n')


def patched(document, patch):
    """RFC 6902, of which a repair needs test, add, remove and replace."""
    document = copy.deepcopy(document)
    for step in patch:
        keys = [key.replace("~1", "/").replace("~0", "~") for key in step["path"].split("/")[1:]]
        if not keys:
            document = copy.deepcopy(step["value"])
            continue
        place = document
        for key in keys[:-1]:
            place = place[int(key)] if isinstance(place, list) else place[key]
        last = keys[-1]
        if isinstance(place, list):
            last = len(place) if last == "-" else int(last)
        if step["op"] == "test":
            assert place[last] == step["value"], f"{step['path']} is {place[last]!r}, not {step['value']!r}"
        elif step["op"] == "remove":
            del place[last]
        elif step["op"] == "add" and isinstance(place, list):
            assert last <= len(place), step
            place.insert(last, step["value"])
        else:
            assert step["op"] == "add" or (last < len(place) if isinstance(place, list) else last in place), step
            place[last] = step["value"]
    return document


class Case(unittest.TestCase):
    """Every case works in a folder of its own."""

    maxDiff = None

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="medic-operations-")
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def path(self, name):
        return os.path.join(self.folder, name)

    def write(self, name, content):
        """A file; what is no text is written as JSON."""
        with open(self.path(name), "w", encoding="utf-8") as out:
            out.write(content if isinstance(content, str) else json.dumps(content, indent=2) + "\n")
        return self.path(name)

    def read(self, name):
        with open(self.path(name), encoding="utf-8") as text:
            return text.read()

    def run_medic(self, *words):
        done = subprocess.run([BINARY, *words], cwd=self.folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              timeout=120, check=False)
        return Done(done.returncode, done.stdout.decode(), done.stderr.decode())

    def medic(self, code, *words):
        """Runs it, holds it to the exit code, and gives its standard output."""
        done = self.run_medic(*words)
        self.assertEqual(done.code, code, f"{' '.join(words)}\n{done.out[-3000:]}{done.err[-3000:]}")
        return done.out

    def answer(self, code, *words):
        return json.loads(self.medic(code, *words, "--format", "json"))

    def verdicts(self, path, *calls, arch="x86_64"):
        """allow, ENOSYS, kill_process … for each call."""
        told = self.answer(0, "eval", path, *calls, "--arch", arch)
        return [each["errno"] or each["action"] for each in told]

    def assert_same_meaning(self, one, other):
        self.medic(0, "diff", one, other)
