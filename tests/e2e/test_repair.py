"""A container fails under a profile; the profile is repaired from one kind of log alone; the container works."""

import difflib
import json
import os
import shutil
import subprocess

from lab_case import LAB, LOG_FLAG, LabCase, load, permitted

MKDIR = ("mkdir", "/srv/data")
NEVER_SEEN = ("rmdir", "/srv")


class RepairFromAudit(LabCase):
    def test_default_errno_complain_mode(self):
        """repair from audit.log of complain mode: mkdir denied by the default action, runc"""
        profile = self.allow_list()
        self.assert_denied(profile, *MKDIR)
        self.repair(self.audited(self.complaining(profile), *MKDIR), profile)

    def test_default_errno_log_flag(self):
        """repair from audit.log of a filter with the LOG flag: mkdir denied by the default action, crun"""
        profile = self.allow_list(flags=[LOG_FLAG])
        self.assert_denied(profile, *MKDIR, runtime="crun")
        self.repair(self.audited(profile, *MKDIR, runtime="crun"), profile, runtime="crun")

    def test_default_kill(self):
        """repair from audit.log: mkdir killed by the default action, runc"""
        profile = self.allow_list(default="SCMP_ACT_KILL_PROCESS")
        self.assert_denied(profile, *MKDIR, killed=True)
        self.repair(self.audited(profile, *MKDIR), profile, killed=True)

    def test_deny_rule(self):
        """a deny written on purpose stays, and is lifted for the one call by --override, from audit.log, crun"""
        profile = self.deny_list(flags=[LOG_FLAG])
        self.assert_denied(profile, *MKDIR, runtime="crun")
        self.override(self.audited(profile, *MKDIR, runtime="crun"), profile, "crun")

    def repair(self, log, profile, runtime="runc", killed=False):
        out = self.path("repaired.json")
        self.medic("check", log, "--profile", profile, code=1)
        # 1: these containers run with no_new_privs; without it the runtime itself would be denied calls, which is said.
        self.medic("repair", log, "--profile", profile, "-o", out, code=(0, 1))
        self.assertEqual(sorted(permitted(load(out))), sorted([*permitted(load(profile)), "mkdir"]))
        self.assert_works(out, *MKDIR, runtime=runtime)
        self.assert_denied(out, *NEVER_SEEN, runtime=runtime, killed=killed)
        self.assert_permits(log, out)

    def assert_permits(self, log, repaired):
        """Every call of a log of the filtered process alone is permitted now."""
        self.medic("check", log, "--profile", repaired)

    def override(self, log, profile, runtime):
        out = self.path("repaired.json")
        told = json.loads(self.medic("repair", log, "--profile", profile, "--format", "json", code=1))
        refused = [(r["syscall"], r["reason"]) for r in told["refused"] if r["reason"] != "not-seccomp"]
        self.assertEqual(refused, [("mkdir", "explicit-deny")])
        self.medic("repair", log, "--profile", profile, "--override", "mkdir", "-o", out)
        self.assert_works(out, *MKDIR, runtime=runtime)
        self.assertEqual(load(out)["defaultAction"], "SCMP_ACT_ALLOW")
        self.assertEqual([(r["names"], r["action"]) for r in load(out)["syscalls"]], [(["mkdirat"], "SCMP_ACT_ERRNO")])


class RepairFromStrace(RepairFromAudit):
    """The same from strace, which needs neither auditd nor a LOG flag."""

    def test_default_errno_complain_mode(self):
        """repair from strace alone: mkdir denied by the default action, runc"""
        profile = self.allow_list()
        self.repair(self.traced(profile, *MKDIR), profile)

    def test_default_errno_log_flag(self):
        """repair from strace alone: mkdir denied by the default action, crun"""
        profile = self.allow_list()
        self.assert_denied(profile, *MKDIR, runtime="crun")
        self.repair(self.traced(profile, *MKDIR, runtime="crun"), profile, runtime="crun")

    def test_default_kill(self):
        """repair from strace alone: mkdir killed by the default action, runc"""
        profile = self.allow_list(default="SCMP_ACT_KILL_PROCESS")
        self.repair(self.traced(profile, *MKDIR), profile, killed=True)

    def test_deny_rule(self):
        """a deny written on purpose stays, and is lifted for the one call by --override, from strace, runc"""
        profile = self.deny_list()
        self.assert_denied(profile, *MKDIR)
        self.override(self.traced(profile, *MKDIR), profile, "runc")


    def assert_permits(self, log, repaired):
        """mkdir is permitted now; a trace also shows calls that the runtime made before it loaded the filter."""
        told = json.loads(self.medic("check", log, "--profile", repaired, "--format", "json", code=(0, 1)))
        self.assertNotIn("mkdir", [finding["syscall"] for finding in told["findings"]])


class RepairAtOnce(LabCase):
    SCRIPT = ("sh", "-c", "mkdir /srv/data && rmdir /srv/data && echo done | cat")

    def test_complain_mode(self):
        """one recording in complain mode fixes all that a script of several processes is denied, at once"""
        profile = self.allow_list()
        self.assertNotEqual(self.run_in(profile, *self.SCRIPT)[0], 0)
        log = self.audited(self.complaining(profile), *self.SCRIPT)
        out = self.path("repaired.json")
        self.medic("repair", log, "--profile", profile, "-o", out, code=(0, 1))
        self.assert_works(out, *self.SCRIPT)
        self.assert_denied(out, "touch", "/srv/never-seen")
        self.assertLess(len(set(permitted(load(out))) - set(permitted(load(profile)))), 12)


class RepairArguments(LabCase):
    """Raw calls, as a program makes them that was compiled: strace shows an int, the filter a register."""

    KILL, UNIX, VSOCK = "62 0xffffec78 0 0 0 0 0", "41 1 1 0 0 0 0", "41 40 1 0 0 0 0"

    def test_ints_and_namesakes(self):
        """a negative int is permitted as the program passes it, and a harmless socket opens no dangerous one, runc"""
        subprocess.run(["cc", "-O2", "-static", "-o", os.path.join(LAB.rootfs, "srv/probe"),
                        os.path.join(LAB.source, "tests/e2e/probe/probe.c")], check=True)
        base = self.path("base.json")
        self.calls("39 0 0 0 0 0 0")
        everything = self.write("all.json", json.dumps({"defaultAction": "SCMP_ACT_ALLOW", "architectures": ["SCMP_ARCH_X86_64"]}))
        self.medic("synthesize", self.traced(everything, *self.PROBE), "-o", base)
        profile = load(base)
        profile["syscalls"].append({"names": ["kill"], "action": "SCMP_ACT_ALLOW", "args": [{"index": 0, "value": 1, "op": "SCMP_CMP_EQ"}]})
        self.write("base.json", json.dumps(profile))
        self.calls(self.KILL, self.UNIX, self.VSOCK)
        self.assertEqual(self.answers(base), [-1, -1, -1])
        log = self.traced(base, *self.PROBE)
        out = self.path("repaired.json")
        told = json.loads(self.medic("repair", log, "--profile", base, "--format", "json", code=1))
        self.assertEqual([(each["syscall"], each["reason"]) for each in told["refused"]], [("socket", "high-risk")])
        self.medic("repair", log, "--profile", base, "-o", out, code=1)
        kill, unix, vsock = self.answers(out)
        self.assertEqual(kill, -3)  # ESRCH: the kernel's own answer
        self.assertGreaterEqual(unix, 0)
        self.assertEqual(vsock, -1)

    PROBE = ("/srv/probe", "/srv/calls")

    def calls(self, *lines):
        with open(os.path.join(LAB.rootfs, "srv/calls"), "w", encoding="utf-8") as out:
            out.write("".join(line + "\n" for line in lines))

    def answers(self, profile):
        return [int(line) for line in self.run_in(profile, *self.PROBE)[1].split()]


class RepairOutput(LabCase):
    def killed(self):
        profile = self.allow_list(default="SCMP_ACT_KILL_PROCESS")
        return profile, self.audited(profile, *MKDIR)

    def test_diff_applies(self):
        """--diff is a small unified diff that patch applies, with the result of -o"""
        profile, log = self.killed()
        self.medic("repair", log, "--profile", profile, "-o", self.path("by-o.json"))
        diff = self.medic("repair", log, "--profile", profile, "--diff")
        shutil.copy(profile, self.path("by-diff.json"))
        subprocess.run(["patch", "--silent", self.path("by-diff.json")], input=diff, text=True, check=True)
        with open(self.path("by-o.json"), encoding="utf-8") as a, open(self.path("by-diff.json"), encoding="utf-8") as b:
            self.assertEqual(a.read(), b.read())
        self.assertIn("mkdir", permitted(load(self.path("by-diff.json"))))
        changed = [line for line in diff.splitlines() if line[:1] in "+-" and line[:3] not in ("+++", "---")]
        self.assertLessEqual(len(changed), 4, diff)

    def test_config_in_place(self):
        """a bundle's config.json is repaired in place, keeps all else and a backup, and runs"""
        log = self.killed()[1]
        config = self.path("config.json")
        before = self.config(self.path("profile.json"), MKDIR)
        self.write("config.json", json.dumps(before, indent=4) + "\n")
        self.assertEqual(self.run_bundle(), 159)
        self.medic("repair", log, "--profile", config, "--in-place")
        after = load(config)
        self.assertEqual(load(config + "~"), before)
        self.assertEqual(self.run_bundle(), 0)
        added = set(after["linux"]["seccomp"]["syscalls"][0]["names"]) - set(before["linux"]["seccomp"]["syscalls"][0]["names"])
        self.assertEqual(added, {"mkdir"})
        after["linux"].pop("seccomp"), before["linux"].pop("seccomp")
        self.assertEqual(after, before)

    def test_kept_lines(self):
        """a repair changes no line of the profile but those it must"""
        profile, log = self.killed()
        self.medic("repair", log, "--profile", profile, "-o", self.path("repaired.json"))
        with open(profile, encoding="utf-8") as old, open(self.path("repaired.json"), encoding="utf-8") as new:
            changes = [line for line in difflib.ndiff(old.readlines(), new.readlines()) if line[0] in "+-"]
        self.assertLessEqual(len(changes), 4, "".join(changes))
        self.assertIn("mkdir", permitted(load(self.path("repaired.json"))))

    def test_nothing_half_written(self):
        """a repair that cannot write its output exits 4 and leaves the profile as it was"""
        profile, log = self.killed()
        with open(profile, "rb") as text:
            before = text.read()
        self.medic("repair", log, "--profile", profile, "-o", self.path("no/such/folder.json"), code=4)
        with open(profile, "rb") as text:
            self.assertEqual(text.read(), before)

    def run_bundle(self):
        name = f"bundle-{os.getpid()}"
        return subprocess.run(["runc", "--root", self.path("state"), "run", "--bundle", self.folder, name], timeout=20,
                              stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                              check=False).returncode
