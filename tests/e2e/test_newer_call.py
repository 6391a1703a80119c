"""runc answers ENOSYS to calls newer than all that a profile names: naming one more must not change that for those between."""

import json

from lab_case import LAB, LabCase, load
from lib_lab import rootfs

# pidfd_open, clone3, faccessat2, epoll_pwait2 and, last, futex_waitv: with arguments that none of them takes.
PROGRAM = r"""
#include <errno.h>
#include <stdio.h>
#include <unistd.h>
#include <sys/syscall.h>
int main(void) {
  const long numbers[] = {434, 435, 439, 441, 449};
  for (int i = 0; i < 5; i++) {
    errno = 0;
    long result = syscall(numbers[i], -1L, 0L, -1L, -1L, -1L, -1L);
    int error = errno;
    printf("%s%s", i ? " " : "", result >= 0 ? "ran" : error == ENOSYS ? "ENOSYS" : error == EPERM ? "EPERM" : "failed");
  }
  printf("\n");
  return 0;
}
"""


class NewerCall(LabCase):
    def said(self, profile):
        code, said = self.run_in(profile, "/bin/newer")
        self.assertEqual(code, 0, said)
        return said.split()

    def test_calls_between(self):
        """a newer call is permitted, and none of those between answers EPERM, from strace, runc"""
        rootfs.compile_c(LAB.rootfs, PROGRAM, "/bin/newer")
        profile = self.allow_list()
        self.assertEqual(self.said(profile), ["ENOSYS"] * 5)

        naive = load(profile)
        naive["syscalls"][0]["names"].append("futex_waitv")
        self.assertEqual(self.said(naive), ["EPERM"] * 4 + ["failed"], "there is nothing to prevent")

        log = self.traced(profile, "/bin/newer")
        told = json.loads(self.medic("repair", log, "--profile", profile, "--comm", "newer", "--override", "futex_waitv", "--format", "json",
                                     "-o", self.path("new.json"), code=(0, 1)))
        self.assertIn("futex_waitv", [each["syscall"] for each in told["added"]])
        self.assertEqual(told["verification"]["errno_flips"], [])
        said = self.said(self.path("new.json"))
        self.assertEqual(said[-1], "failed")
        self.assertNotIn("EPERM", said)
