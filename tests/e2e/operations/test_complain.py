"""complain: a twin that logs instead of denying, the way back, and how to collect."""

import os

from operations import Case, profile, rule, vendors

STRICT = profile(rule("read", "write"), rule("mkdir", action="KILL_PROCESS"), rule("clone3", action="ERRNO", errnoRet=38))


class Complain(Case):
    def test_the_twin_logs_what_the_original_denies(self):
        path = self.write("p.json", STRICT)
        self.medic(0, "complain", path, "-o", self.path("twin.json"))
        self.assertEqual(self.verdicts(self.path("twin.json"), "read", "mkdir", "rmdir", "clone3"), ["allow", "log", "log", "ENOSYS"])

    def test_undo_gives_the_original_to_the_byte(self):
        for path in [self.write("p.json", STRICT), *vendors_or_none()]:
            for words in ([], ["--flag-only"]):
                with self.subTest(f"{os.path.basename(path)} {words}"):
                    self.medic(0, "complain", path, *words, "-o", self.path("twin.json"))
                    with open(path, encoding="utf-8") as original:
                        self.assertEqual(self.medic(0, "complain", "--undo", self.path("twin.json")), original.read())

    def test_in_place_and_back(self):
        path = self.write("p.json", STRICT)
        before = self.read("p.json")
        self.medic(0, "complain", path, "--in-place")
        self.assertEqual(self.verdicts(path, "rmdir"), ["log"])
        self.assertEqual(self.read("p.json~"), before)
        self.medic(0, "complain", path, "--undo", "--in-place")
        self.assertEqual(self.read("p.json"), before)

    def test_flag_only_keeps_denying(self):
        path = self.write("p.json", STRICT)
        self.medic(0, "complain", path, "--flag-only", "-o", self.path("twin.json"))
        self.assertIn("SECCOMP_FILTER_FLAG_LOG", self.read("twin.json"))
        self.assertEqual(self.verdicts(self.path("twin.json"), "read", "mkdir", "rmdir"), ["allow", "kill_process", "EPERM"])

    def test_the_commands_to_collect_name_the_twin(self):
        done = self.run_medic("complain", self.write("p.json", STRICT), "-o", "twin.json")
        for command in ("docker run --security-opt seccomp=twin.json", "podman run --security-opt seccomp=twin.json", "localhostProfile", "actions_logged", "ausearch"):
            self.assertIn(command, done.err)
        self.assertEqual(self.run_medic("complain", self.path("p.json"), "-q").err, "")

    def test_refusals(self):
        path = self.write("p.json", STRICT)
        self.medic(0, "complain", path, "-o", self.path("twin.json"))
        self.assertEqual(self.run_medic("complain", self.path("twin.json")).code, 2)
        self.assertEqual(self.run_medic("complain", "--undo", path).code, 2)
        for words in ([], [path, path], [path, "--undo", "--flag-only"], [path, "--in-place", "-o", "x"]):
            self.assertEqual(self.run_medic("complain", *words).code, 2, words)
        self.assertEqual(self.run_medic("complain", path, "-o", self.path("no/such/folder.json")).code, 4)


def vendors_or_none():
    try:
        return vendors()
    except Exception as reason:  # said by the cases that need them
        print(reason)
        return []
