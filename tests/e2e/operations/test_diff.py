"""diff: by meaning, exactly, with an example call for each difference."""

import os

from operations import Case, profile, rule, vendor, vendors

NOT_VSOCK = rule("socket", args=[{"index": 0, "value": 40, "op": "SCMP_CMP_NE"}])


class Diff(Case):
    def differences(self, a, b, *words):
        return self.answer(1, "diff", a, b, *words)["differences"]

    def test_the_same_by_meaning_whatever_the_text(self):
        a = self.write("a.json", profile(rule("read", "write")))
        b = self.write("b.json", profile(rule("write"), rule("mkdir", action="ERRNO"), rule("read"), rule("read")))
        self.assertTrue(self.answer(0, "diff", a, b)["same"])
        self.assertIn("same with every call", self.medic(0, "diff", a, b))

    def test_the_region_of_arguments_with_an_example_and_the_risk(self):
        a, b = self.write("a.json", profile(NOT_VSOCK)), self.write("b.json", profile(rule("socket")))
        only, = self.differences(a, b)
        self.assertEqual((only["direction"], only["syscall"], only["region"]), ("newly-permitted", "socket", "arg0 = 40"))
        self.assertEqual(only["example"]["args"][0], 40)
        self.assertIn("AF_VSOCK", only["risk"]["why"])
        self.assertIn("socket where arg0 = 40", self.medic(1, "diff", a, b))

    def test_errnos_and_actions_are_differences_too(self):
        a = self.write("a.json", profile(rule("mkdir", action="ERRNO", errnoRet=38), rule("rmdir", action="KILL_PROCESS")))
        b = self.write("b.json", profile())
        self.assertEqual({(each["syscall"], each["direction"]) for each in self.differences(a, b)}, {("mkdir", "errno-change"), ("rmdir", "action-change")})

    def test_no_looser_than_holds_or_shows_a_call(self):
        base, strict = self.write("base.json", profile(rule("socket", "read"))), self.write("strict.json", profile(NOT_VSOCK))
        self.assertIn("permits no more", self.medic(0, "diff", strict, "--no-looser-than", base))
        counter = self.answer(1, "diff", base, "--no-looser-than", strict)["counter_example"]
        self.assertEqual(self.verdicts(base, counter["example"]["call"]), ["allow"])
        self.assertEqual(self.verdicts(strict, counter["example"]["call"]), ["EPERM"])

    def test_wrong_command_lines(self):
        a = self.write("a.json", profile(rule("read")))
        for words in ([], [a], [a, a, a], [a, a, "--no-looser-than", a], [a, a, "--format", "sarif"]):
            self.assertEqual(self.run_medic("diff", *words).code, 2, words)
        self.assertEqual(self.run_medic("diff", a, self.path("absent.json")).code, 3)

    def test_what_docker_changed_is_what_its_changelog_says(self):
        old, new = vendor("moby-v20.10.27.json"), vendor("moby-v24.0.9.json")
        found = {(each["syscall"], each["region"], each["direction"]) for each in self.differences(old, new, "--arch", "x86_64")}
        # 23.0 closed AF_VSOCK, let process_vm_* follow ptrace's kernel gate, and permitted memory protection keys.
        self.assertEqual(found, {("socket", "arg0 = 40", "newly-denied"), ("process_vm_readv", None, "newly-permitted"), ("process_vm_writev", None, "newly-permitted"),
                                 ("pkey_mprotect", None, "newly-permitted"), ("pkey_alloc", None, "newly-permitted"), ("pkey_free", None, "newly-permitted")})
        newest = vendor("moby-2026-06.json")
        found = {(each["syscall"], each["direction"]) for each in self.differences(new, newest, "--arch", "x86_64")}
        self.assertLessEqual({("io_uring_setup", "newly-denied"), ("io_uring_enter", "newly-denied"), ("io_uring_register", "newly-denied"), ("cachestat", "newly-permitted"),
                              ("lsm_list_modules", "errno-change")}, found)

    def test_each_example_between_published_profiles_is_answered_as_said(self):
        checked = 0
        for a in vendors():
            for b in vendors():
                if a == b:
                    self.assertTrue(self.answer(0, "diff", a, b)["same"])
                    continue
                with self.subTest(f"{os.path.basename(a)} {os.path.basename(b)}"):
                    checked += self.check_examples(a, b)
        self.assertGreater(checked, 100)

    def check_examples(self, a, b):
        found = [each for each in self.differences(a, b, "--arch", "x86_64") if each["arch"] == "x86_64"]
        calls = [each["example"]["call"] for each in found]
        for path, side in ((a, "a"), (b, "b")):
            self.assertEqual(self.verdicts(path, *calls), [each[side]["errno"] or each[side]["action"] for each in found])
        return len(found)
