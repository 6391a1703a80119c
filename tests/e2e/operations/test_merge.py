"""merge: what either, or all, permit; and overlays put on another profile."""

import itertools
import os

from operations import Case, profile, rule, vendors

TWO = rule("personality", args=[{"index": 0, "value": 2, "op": "SCMP_CMP_EQ"}])
EIGHT = rule("personality", args=[{"index": 0, "value": 8, "op": "SCMP_CMP_EQ"}])


def overlay(*rules, **more):
    return {"schema": "seccomp-medic/overlay/1", **more, "syscalls": list(rules)}


class Merge(Case):
    def merged(self, *words):
        self.medic(0, "merge", *words, "-o", self.path("merged.json"))
        return self.path("merged.json")

    def test_a_union_permits_what_either_does_and_no_more(self):
        a, b = self.write("a.json", profile(rule("read"), TWO)), self.write("b.json", profile(rule("write"), EIGHT))
        both = self.merged(a, b)
        self.assertEqual(self.verdicts(both, "read", "write", "mkdir", "personality(2)", "personality(8)", "personality(10)"),
                         ["allow", "allow", "EPERM", "allow", "allow", "EPERM"])

    def test_an_intersection_permits_what_all_do(self):
        a, b = self.write("a.json", profile(rule("read", "write"), TWO)), self.write("b.json", profile(rule("write"), TWO, EIGHT))
        both = self.merged(a, b, "--intersect")
        self.assertEqual(self.verdicts(both, "read", "write", "personality(2)", "personality(8)"), ["EPERM", "allow", "allow", "EPERM"])

    def test_how_errnos_were_settled_is_said(self):
        a, b = self.write("a.json", profile(defaultErrnoRet=1)), self.write("b.json", profile(rule("read"), defaultErrnoRet=38))
        self.assertIn("note: ", self.run_medic("merge", a, b).err)

    def test_published_profiles_merge_with_every_other(self):
        for a, b in itertools.combinations(vendors(), 2):
            with self.subTest(f"{os.path.basename(a)} {os.path.basename(b)}"):
                union = self.merged(a, b)
                for one in (a, b):
                    self.medic(0, "diff", one, "--no-looser-than", union)
                strict = self.merged(a, b, "--intersect")
                for one in (a, b):
                    self.medic(0, "diff", strict, "--no-looser-than", one)

    def test_wrong_command_lines(self):
        a = self.write("a.json", profile(rule("read")))
        for words in ([], [a], ["--base", a], ["--base", a, a, "--intersect"], [a, a, "--diff"]):
            self.assertEqual(self.run_medic("merge", *words).code, 2, words)
        self.assertEqual(self.run_medic("merge", a, self.path("absent.json")).code, 3)
        self.assertEqual(self.run_medic("merge", a, a, "-o", self.path("no/such/folder.json")).code, 4)


class Overlay(Case):
    def test_it_adds_what_the_base_lacks(self):
        base = self.write("base.json", profile(rule("read", "write"), TWO))
        over = self.write("over.json", overlay(rule("mkdir", "read"), EIGHT))
        done = self.run_medic("merge", "--base", base, over, "-o", self.path("new.json"))
        self.assertEqual(done.code, 0, done.err)
        self.assertIn("read is permitted by the base itself", done.err)
        self.assertEqual(self.verdicts(self.path("new.json"), "read", "write", "mkdir", "rmdir", "personality(2)", "personality(8)", "personality(9)"),
                         ["allow", "allow", "allow", "EPERM", "allow", "allow", "EPERM"])

    def test_a_second_time_it_changes_nothing(self):
        base = self.write("base.json", profile(rule("read"), TWO))
        over = self.write("over.json", overlay(rule("mkdir"), EIGHT, architectures=["SCMP_ARCH_X86"]))
        self.medic(0, "merge", "--base", base, over, "-o", self.path("new.json"))
        self.medic(0, "merge", "--base", self.path("new.json"), over, "-o", self.path("newer.json"))
        self.assertEqual(self.read("new.json"), self.read("newer.json"))

    def test_what_the_base_denies_by_name_stays_denied_unless_it_is_overridden(self):
        base = self.write("base.json", profile(rule("mkdir", action="ERRNO", errnoRet=13), rule("read")))
        done = self.run_medic("merge", "--base", base, self.write("over.json", overlay(rule("mkdir", "rmdir"))), "-o", self.path("new.json"))
        self.assertEqual(done.code, 1)
        self.assertIn("mkdir: line", done.err)
        self.assertEqual(self.verdicts(self.path("new.json"), "mkdir", "rmdir"), ["EACCES", "allow"])
        self.medic(0, "merge", "--base", base, self.write("over.json", overlay(rule("mkdir"), override=["mkdir"])), "-o", self.path("new.json"))
        self.assertEqual(self.verdicts(self.path("new.json"), "mkdir"), ["allow"])

    def test_what_is_no_overlay_is_refused(self):
        base = self.write("base.json", profile(rule("read")))
        wrong = [profile(rule("read")), overlay(rule("mkdir", action="ERRNO")), overlay(rule("mkdirr")), overlay(rule("mkdir"), remove=["read"]),
                 overlay(rule("mkdir"), override=["nothing"]), overlay(rule("mount", includes={"caps": ["CAP_SYS_ADMIN"]})), overlay(rule("mkdir"), override="mkdir")]
        for each in wrong:
            done = self.run_medic("merge", "--base", base, self.write("over.json", each))
            self.assertEqual(done.code, 3, each)
            self.assertIn("over.json:", done.err)
            self.assertEqual(done.out, "")
