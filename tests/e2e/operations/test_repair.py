"""repair: what it refuses, what it proves, and its result as a profile, a JSON patch or an overlay."""

import json
import os

from operations import Case, audit, patched, profile, rule, vendor, vendors

MKDIR, PTRACE, MOUNT, MSEAL, MEMFD_SECRET, FSTAT, CLONE3 = 83, 101, 165, 462, 447, 5, 435
BASE = profile(rule("read", "write", "exit_group"), rule("rmdir", action="ERRNO", errnoRet=13),
               rule("personality", args=[{"index": 0, "value": 0, "op": "SCMP_CMP_EQ"}]))
# Without address randomisation, as debuggers ask for it.
TRACE = "4711 personality(ADDR_NO_RANDOMIZE) = -1 EPERM (Operation not permitted)\n4711 +++ exited with 1 +++\n"


class Repair(Case):
    def repaired(self, code, log, base, *words):
        """The new profile's path."""
        self.medic(code, "repair", log, "--profile", base, *words, "-o", self.path("new.json"))
        return self.path("new.json")

    def told(self, code, log, base, *words):
        return self.answer(code, "repair", log, "--profile", base, *words, "-o", self.path("new.json"))

    def reasons(self, code, log, base, *words):
        return {(each["syscall"], each["reason"]) for each in self.told(code, log, base, *words)["refused"]}

    def test_a_second_repair_changes_nothing(self):
        base, log = self.write("p.json", BASE), self.write("log", audit(MKDIR) + audit(MOUNT))
        new = self.repaired(0, log, base, "--accept-risk", "mount")
        again = self.run_medic("repair", log, "--profile", new, "--accept-risk", "mount", "-q")
        self.assertEqual(again.out, self.read("new.json"))

    def test_an_explicit_deny_stays_unless_it_is_overridden(self):
        base, log = self.write("p.json", BASE), self.write("log", audit(84))
        self.assertEqual(self.reasons(1, log, base), {("rmdir", "explicit-deny")})
        new = self.repaired(0, log, base, "--override", "rmdir")
        self.assertEqual(self.verdicts(new, "rmdir", "mkdir"), ["allow", "EPERM"])

    def test_never_takes_names_and_files_and_goes_before_everything(self):
        base, log = self.write("p.json", BASE), self.write("log", audit(MKDIR) + audit(PTRACE))
        deny = self.write("never.txt", "# what we never permit\nptrace   # reads other processes\nmkdir\n")
        for words in (["--never", "mkdir,ptrace"], ["--never", deny]):
            self.assertEqual(self.reasons(1, log, base, *words, "--accept-risk", "ptrace", "--override", "mkdir"), {("mkdir", "never-list"), ("ptrace", "never-list")})
            self.assertEqual(self.read("new.json"), self.read("p.json"))
        self.assertEqual(self.run_medic("repair", log, "--profile", base, "--never", "mkdri").code, 2)

    def test_a_dangerous_call_wants_its_risk_accepted(self):
        base, log = self.write("p.json", BASE), self.write("log", audit(MOUNT))
        self.assertEqual(self.reasons(1, log, base), {("mount", "high-risk")})
        self.assertEqual(self.verdicts(self.repaired(0, log, base, "--accept-risk", "mount"), "mount"), ["allow"])

    def test_a_call_behind_a_capability_is_not_added_and_the_gate_is_named(self):
        told = self.told(1, self.write("log", audit(MOUNT)), vendor("moby-v24.0.9.json"))
        refused, = told["refused"]
        self.assertEqual(refused["reason"], "capability-gated")
        self.assertIn("CAP_SYS_ADMIN", refused["text"])
        self.assertFalse(told["added"])

    def test_a_missing_architecture_is_added(self):
        base, log = self.write("p.json", BASE), self.write("log", audit(3, "x86"))
        told = self.told(0, log, base)
        self.assertEqual([(each["arch"], each["syscall"]) for each in told["added"]], [("x86", None)])
        self.assertEqual(self.verdicts(self.path("new.json"), "read", "mkdir", arch="x86"), ["allow", "EPERM"])

    def test_a_conditional_rule_is_extended_by_one_of_its_own(self):
        base, log = self.write("p.json", BASE), self.write("log", TRACE)
        told = self.told(0, log, base, "--arch", "x86_64", "--input-format", "strace")
        self.assertEqual(told["verification"]["newly_permitted"], ["personality (x86_64) where arg0 = 0x40000"])
        self.assertEqual(self.verdicts(self.path("new.json"), "personality(0)", "personality(0x40000)", "personality(0x40001)"), ["allow", "allow", "EPERM"])

    def test_companions_come_only_when_they_are_asked_for(self):
        base, log = self.write("p.json", BASE), self.write("log", audit(FSTAT))
        self.assertEqual(self.verdicts(self.repaired(0, log, base), "fstat", "newfstatat"), ["allow", "ENOSYS"])
        told = self.told(0, log, base, "--companions")
        names = {each["syscall"] for each in told["added"]}
        self.assertLess({"fstat"}, names)
        self.assertEqual(self.verdicts(self.path("new.json"), "newfstatat", "statx"), ["allow", "allow"])
        self.assertFalse(told["verification"]["unexpected"])

    def test_the_proof_is_exact(self):
        base, log = self.write("p.json", BASE), self.write("log", audit(MKDIR))
        proof = self.told(0, log, base)["verification"]
        self.assertEqual(proof["newly_permitted"], ["mkdir (x86_64)"])
        for empty in ("still_denied", "unexpected", "lost", "errno_flips", "disagreements"):
            self.assertEqual(proof[empty], [], empty)

    def test_naming_a_newer_call_leaves_the_older_ones_at_enosys(self):
        base, log = vendor("moby-v24.0.9.json"), self.write("log", audit(MSEAL))
        told = self.told(0, log, base)
        between = ["cachestat", "futex_wake", "statmount", "lsm_list_modules"]
        self.assertEqual(self.verdicts(base, "mseal", *between), ["ENOSYS"] * 5)
        self.assertEqual(self.verdicts(self.path("new.json"), "mseal", *between), ["allow"] + ["ENOSYS"] * 4)
        self.assertEqual(told["verification"]["errno_flips"], [])
        self.assertTrue(any("keeps them at ENOSYS" in note for note in told["notes"]))

    def test_under_crun_there_is_no_enosys_to_keep(self):
        base, log = vendor("moby-v24.0.9.json"), self.write("log", audit(MSEAL))
        new = self.repaired(0, log, base, "--runtime", "crun")
        changed = self.answer(1, "diff", base, new, "--runtime", "crun", "--arch", "x86_64")["differences"]
        self.assertEqual({each["syscall"] for each in changed}, {"mseal"})


class Forms(Case):
    CASES = ((audit(MKDIR), []), (audit(MKDIR) + audit(84) + audit(3, "x86"), ["--override", "rmdir"]), (TRACE, ["--arch", "x86_64", "--input-format", "strace"]))

    def test_the_patch_gives_what_the_profile_is(self):
        base = self.write("p.json", BASE)
        for text, words in self.CASES:
            log = self.write("log", text)
            self.medic(0, "repair", log, "--profile", base, *words, "-o", self.path("new.json"))
            patch = json.loads(self.medic(0, "repair", log, "--profile", base, *words, "--as", "json-patch"))
            self.assertEqual(patched(BASE, patch), json.loads(self.read("new.json")))

    def test_the_patch_of_a_bundles_config_leaves_all_else_alone(self):
        config = {"ociVersion": "1.0.2", "process": {"args": ["sh"]}, "linux": {"namespaces": [{"type": "pid"}], "seccomp": BASE}}
        base, log = self.write("config.json", config), self.write("log", audit(MKDIR))
        patch = json.loads(self.medic(0, "repair", log, "--profile", base, "--as", "json-patch"))
        self.assertTrue(all(step["path"].startswith("/linux/seccomp/syscalls/") for step in patch), patch)
        new = patched(config, patch)
        self.medic(0, "repair", log, "--profile", base, "-o", self.path("new.json"))
        self.assertEqual(new, json.loads(self.read("new.json")))
        self.assertEqual(new["process"], config["process"])

    def test_the_patch_of_published_profiles_adds_and_tests_and_no_more(self):
        log = self.write("log", audit(MEMFD_SECRET) + audit(MSEAL))
        for path in vendors():
            with self.subTest(os.path.basename(path)), open(path, encoding="utf-8") as text:
                words = ["repair", log, "--profile", path, "--override", "mseal,memfd_secret"]
                self.run_medic(*words, "-o", self.path("new.json"))
                patch = json.loads(self.run_medic(*words, "--as", "json-patch").out)
                self.assertEqual(patched(json.load(text), patch), json.loads(self.read("new.json")))
                self.assertLessEqual({step["op"] for step in patch}, {"test", "add"})
                self.assertLess(len(patch), 8)

    def test_the_patch_does_not_fit_a_profile_whose_rules_stand_elsewhere(self):
        base = self.write("p.json", BASE)
        patch = json.loads(self.medic(0, "repair", self.write("log", audit(MKDIR)), "--profile", base, "--as", "json-patch"))
        other = profile(rule("reboot", action="KILL_PROCESS"), *BASE["syscalls"])
        with self.assertRaises(AssertionError):
            patched(other, patch)

    def test_the_overlay_on_the_same_base_is_the_repair(self):
        base = self.write("p.json", BASE)
        for text, words in self.CASES:
            log = self.write("log", text)
            self.medic(0, "repair", log, "--profile", base, *words, "-o", self.path("new.json"))
            self.medic(0, "repair", log, "--profile", base, *words, "--as", "overlay", "-o", self.path("over.json"))
            self.medic(0, "merge", "--base", base, self.path("over.json"), "-o", self.path("merged.json"))
            self.assert_same_meaning(self.path("new.json"), self.path("merged.json"))

    def test_the_overlay_outlives_the_vendors_profile(self):
        old, newer = vendor("moby-v20.10.27.json"), vendor("moby-v24.0.9.json")
        log = self.write("log", audit(MSEAL) + audit(PTRACE))
        self.run_medic("repair", log, "--profile", old, "--override", "mseal", "--as", "overlay", "-o", self.path("over.json"))
        self.medic(0, "merge", "--base", newer, self.path("over.json"), "-o", self.path("new.json"))
        changed = {(each["syscall"], each["direction"]) for each in self.answer(1, "diff", newer, self.path("new.json"), "--arch", "x86_64")["differences"]
                   if each["arch"] == "x86_64"}
        self.assertEqual(changed, {("mseal", "newly-permitted")})

    def test_the_json_answer_and_the_form_do_not_share_an_output(self):
        base, log = self.write("p.json", BASE), self.write("log", audit(MKDIR))
        words = ["repair", log, "--profile", base, "--as", "overlay"]
        self.assertEqual(self.run_medic(*words, "--format", "json").code, 2)
        self.assertEqual(self.answer(0, *words, "-o", self.path("over.json"))["added"][0]["syscall"], "mkdir")
        for wrong in (["--in-place"], ["--diff"]):
            self.assertEqual(self.run_medic(*words, *wrong).code, 2)
        self.assertEqual(self.run_medic("repair", log, "--profile", base, "--as", "yaml").code, 2)
