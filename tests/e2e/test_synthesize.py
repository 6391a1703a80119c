"""A profile made of a recording: the eight cases every recorder has to pass, and what follows from them."""

import json
import re
import subprocess

from lab_case import LAB, LabCase, load, permitted

LS, MKDIR = ("ls", "/"), ("mkdir", "/srv/data")
LOG_ALL = {"defaultAction": "SCMP_ACT_LOG", "architectures": ["SCMP_ARCH_X86_64"], "syscalls": []}


class Recorder(LabCase):
    def synthesize(self, *words, code=0):
        """Runs synthesize, keeps what it wrote as generated.json, and returns its path."""
        return self.write("generated.json", self.medic("synthesize", *words, code=code))

    def test_1_runtime(self):
        """the runtime works here: a container without a profile runs"""
        self.assert_works(None, *LS)

    def test_2_version(self):
        """--version says name and version"""
        self.assertRegex(self.medic("--version"), r"seccomp-medic \d+\.\d+\.\d+")

    def test_3_size(self):
        """the profile made of a trace of ls has a sane size, is sorted, and has no name twice"""
        profile = load(self.synthesize(self.traced(None, *LS)))
        names = permitted(profile)
        self.assertGreater(len(names), 10)
        self.assertLess(len(names), 80)
        self.assertEqual(len(names), len(set(names)))
        for rule in profile["syscalls"]:
            self.assertTrue(rule["names"])
            self.assertEqual(rule["names"], sorted(rule["names"]))
            self.assertNotEqual((rule["action"], rule.get("errnoRet")), (profile["defaultAction"], profile.get("defaultErrnoRet")))
        self.assertIn(profile["defaultAction"], ("SCMP_ACT_ERRNO", "SCMP_ACT_KILL_PROCESS"))
        self.assertIn("getdents64", names)
        self.assertNotIn("mkdir", names)

    def test_4_use(self):
        """a container starts and works under the profile made of its trace, with and without no_new_privs"""
        for kind, log in (("strace", self.traced(None, *LS)), ("audit", self.audited(LOG_ALL, *LS))):
            for no_new_privileges in (True, False):
                with self.subTest(kind, no_new_privileges=no_new_privileges):
                    profile = self.synthesize(log, "--runtime", "runc")
                    self.assert_works(profile, *LS, times=8, no_new_privileges=no_new_privileges)

    def test_4_use_crun(self):
        """a container starts and works under the profile made of its trace, crun"""
        for kind, log in (("strace", self.traced(None, *LS, runtime="crun")),
                          ("audit", self.audited(LOG_ALL, *LS, runtime="crun"))):
            for no_new_privileges in (True, False):
                with self.subTest(kind, no_new_privileges=no_new_privileges):
                    profile = self.synthesize(log, "--runtime", "crun")
                    self.assert_works(profile, *LS, runtime="crun", no_new_privileges=no_new_privileges)

    def test_5_blocked(self):
        """a call that was not traced fails under the profile"""
        profile = self.synthesize(self.traced(None, *LS))
        self.assert_works(profile, *LS)
        self.assert_denied(profile, *MKDIR)

    def test_6_extend(self):
        """an existing profile is extended: both the old and the new program work under it"""
        base = self.synthesize(self.traced(None, *LS))
        self.assert_denied(base, *MKDIR)
        extended = self.synthesize(self.traced(None, *MKDIR), "--base", base)
        self.assertGreaterEqual(set(permitted(load(extended))), {"mkdir", "getdents64"})
        self.assert_works(extended, *LS)
        self.assert_works(extended, *MKDIR)

    def test_7_stays_blocked(self):
        """a call that the base denies by name stays denied, although it was traced"""
        base = self.write("block-mkdir.json", json.dumps(
            {"defaultAction": "SCMP_ACT_ERRNO", "architectures": ["SCMP_ARCH_X86_64"], "syscalls": [
                {"names": ["mkdir"], "action": "SCMP_ACT_ERRNO", "errnoRet": 1}]}))
        log = self.traced(None, "sh", "-c", "mkdir /srv/data; ls /")
        profile = self.synthesize(log, "--base", base, code=(0, 1))
        self.assertNotIn("mkdir", permitted(load(profile)))
        self.assert_works(profile, *LS)
        self.assert_denied(profile, *MKDIR)

    def test_8_told(self):
        """every line of a recording is accounted for, and the denied call is told with its process"""
        profile = self.allow_list(default="SCMP_ACT_KILL_PROCESS")
        log = self.audited(profile, *MKDIR)
        told = json.loads(self.medic("diagnose", log, "--profile", profile, "--format", "json", code=1))
        with open(log, encoding="utf-8") as text:
            lines = text.readlines()
        for read in told["inputs"]:
            self.assertEqual(read["used"] + read["foreign"] + read["damaged"], len(lines))
            self.assertEqual(read["damaged"], 0)
        pid = int(re.search(r"type=SECCOMP .* pid=(\d+) ", "".join(lines)).group(1))
        denied = [(f["syscall"], f["who"]["pid"], f["outcome"]["action"], f["certainty"]) for f in told["findings"]
                  if f["layer"] == "seccomp"]
        self.assertEqual(denied, [("mkdir", pid, "kill_process", "stated")])

    def test_9_runtime_calls_named(self):
        """a profile made of a plain strace of the program alone starts under runc: the runtime's calls are added"""
        log = self.path("plain.log")
        subprocess.run(["strace", "-f", "-o", log, "chroot", LAB.rootfs, "/bin/ls", "/"], check=True,
                       stdout=subprocess.DEVNULL)
        profile = self.synthesize(log, "--runtime", "runc")
        self.assertGreaterEqual(set(permitted(load(profile))), {"fstatfs", "futex", "rt_sigreturn"})
        for no_new_privileges in (True, False):
            self.assert_works(profile, *LS, times=8, no_new_privileges=no_new_privileges)
