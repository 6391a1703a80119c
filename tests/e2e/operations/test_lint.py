"""lint: every mistake with its place, the reason and the fix; --fix."""

import os

from operations import Case, profile, rule, vendors

CLEAN = profile(rule("read", "write", "futex", "getppid", "execve", "exit_group"))
# One misspelt name on line 9, which --fix may fix; the call then is permitted.
MISSPELT = profile(rule("read", "Capset"), architectures=["SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"])


class Lint(Case):
    def ids(self, code, path, *words):
        return {(each["id"], each["severity"]) for each in self.answer(code, "lint", path, *words)["profiles"][0]["findings"]}

    def test_a_misspelt_name_is_shown_with_its_place_and_the_nearest_name(self):
        path = self.write("p.json", MISSPELT)
        line = 1 + self.read("p.json").splitlines().index('        "Capset"')
        told = self.medic(1, "lint", path)
        self.assertIn(f"{path}:{line}:9: ", told)
        self.assertIn("[unknown-name]", told)
        self.assertIn("capset", told.split("[unknown-name]")[1])

    def test_fix_mends_it_and_a_second_time_changes_nothing(self):
        path = self.write("p.json", MISSPELT)
        once = self.medic(1, "lint", path, "--fix", "-q")
        self.assertIn('"capset"', once)
        fixed = self.write("fixed.json", once)
        self.assertEqual(self.verdicts(fixed, "capset"), ["allow"])
        self.assertEqual(self.verdicts(path, "capset"), ["EPERM"])
        again = self.run_medic("lint", fixed, "--fix", "-q")
        self.assertEqual(again.out, once)
        self.assertNotIn("unknown-name", {each for each, _ in self.ids(1, fixed)})

    def test_fix_in_place_keeps_the_old_file(self):
        path = self.write("p.json", MISSPELT)
        before = self.read("p.json")
        self.run_medic("lint", path, "--fix", "--in-place")
        self.assertEqual(self.read("p.json~"), before)
        self.assertIn('"capset"', self.read("p.json"))

    def test_fix_as_a_diff_writes_nothing(self):
        path = self.write("p.json", MISSPELT)
        before = self.read("p.json")
        told = self.run_medic("lint", path, "--fix", "--diff").out
        self.assertIn('-        "Capset"', told)
        self.assertIn('+        "capset"', told)
        self.assertEqual(self.read("p.json"), before)

    def test_nothing_found_and_notes_alone_are_clean(self):
        found = self.answer(0, "lint", self.write("p.json", harmless()))["profiles"][0]
        self.assertTrue(found["clean"])
        self.assertFalse([each for each in found["findings"] if each["severity"] != "note"])

    def test_every_finding_has_a_reason_and_a_hint(self):
        crowded = profile(rule("read", "read"), rule(), rule("mkdir", action="ERRNO"), rule("socket", args=[{"index": 5, "value": 1, "op": "SCMP_CMP_EQ"}]),
                          rule("open", "opne"), rule("write", arg=[]))
        found = self.answer(1, "lint", self.write("p.json", crowded))["profiles"][0]["findings"]
        self.assertGreater(len(found), 5)
        for each in found:
            self.assertTrue(each["id"] and each["text"] and each["reason"] and each["hint"], each)

    def test_each_finding_can_be_explained(self):
        self.assertIn("no architecture has such a call", self.medic(0, "explain", "unknown-name"))
        self.assertIn("unknown-name", self.medic(0, "explain"))
        self.assertEqual(self.run_medic("explain", "unknown-nmae").code, 2)

    def test_what_cannot_be_read_has_a_place_and_a_mend(self):
        path = self.write("p.json", '{"defaultAction": "SCMP_ACT_ERRNO",\n "syscalls": [}\n')
        done = self.run_medic("lint", path)
        self.assertEqual(done.code, 3)
        self.assertIn(f"{path}:2:", done.out + done.err)
        self.assertEqual(self.run_medic("lint", self.path("absent.json")).code, 3)

    def test_an_architecture_spelt_wrong_is_mended(self):
        path = self.write("p.json", profile(rule("read"), architectures=["SCMP_ARCH_ARM64"]))
        self.assertEqual(self.run_medic("lint", path).code, 3)
        self.assertIn('"SCMP_ARCH_AARCH64"', self.run_medic("lint", path, "--fix").out)

    def test_wrong_command_lines(self):
        path = self.write("p.json", CLEAN)
        for words in ([], [path, "-o", "x"], [path, path, "--fix"], [path, "--format", "xml"], [path, "--fix", "--in-place", "-o", "x"], [path, "--fx"]):
            self.assertEqual(self.run_medic("lint", *words).code, 2, words)

    def test_an_output_that_cannot_be_written_leaves_everything_as_it_was(self):
        path = self.write("p.json", MISSPELT)
        before = self.read("p.json")
        self.assertEqual(self.run_medic("lint", path, "--fix", "-o", self.path("no/such/folder.json")).code, 4)
        self.assertEqual(self.read("p.json"), before)

    def test_published_profiles_have_no_errors_and_their_mended_form_does_the_same(self):
        for path in vendors():
            with self.subTest(os.path.basename(path)):
                found = self.answer(self.run_medic("lint", path).code, "lint", path)["profiles"][0]["findings"]
                self.assertFalse([each for each in found if each["severity"] == "error"])
                told = self.run_medic("lint", path, "--fix", "-q")
                self.assert_same_meaning(path, self.write("fixed.json", told.out))


def harmless():
    """What runc needs, and a little more; recv is on other architectures only, which is worth a note."""
    return profile(rule("read", "write", "futex", "execve", "fstatfs", "getdents64", "openat", "open", "capget", "capset", "chdir", "faccessat2", "fstat", "getcwd",
                        "newfstatat", "prctl", "setgid", "setgroups", "setuid", "close", "fcntl", "getppid", "getpid", "statx", "clone3", "rseq", "recv"),
                   architectures=["SCMP_ARCH_X86_64", "SCMP_ARCH_X32"], defaultErrnoRet=38)
