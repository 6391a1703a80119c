"""Two runtimes run the same program at once: whose a denial is, a snapshot or the runtimes' state tells."""

import json
import os
import subprocess
import time

from lab_case import LAB, LabCase
from lib_lab import auditing

PROFILE = {"defaultAction": "SCMP_ACT_ALLOW", "architectures": ["SCMP_ARCH_X86_64"],
           "syscalls": [{"names": ["chdir"], "action": "SCMP_ACT_LOG"}]}
PROGRAM = ("sh", "-c", "sleep 3; cd /srv; sleep 1; cd /tmp")


class Attribution(LabCase):
    def record(self):
        """Both containers, their log, a snapshot from while they ran, and what the runtimes said of them."""
        boxes = [self.container(runtime, self.config(PROFILE, PROGRAM)) for runtime in ("runc", "crun")]
        with auditing.Recording(LAB.audit) as recording:
            for box in boxes:
                box.start()
            script = os.path.join(LAB.source, "scripts", "snapshot-containers")
            shot = subprocess.run([script], env={**os.environ, "SNAPSHOT_RUNTIME_ROOT": f"{self.folder}/runc-state:{self.folder}/crun-state"}, stdout=subprocess.PIPE, text=True, check=True)
            states = [subprocess.run(box.call("state", box.name), stdout=subprocess.PIPE, text=True, check=True).stdout for box in boxes]
            time.sleep(5)
            for box in boxes:
                box.delete()
        with open(self.path("audit.log"), "wb") as out:
            out.write(recording.lines)
        self.write("snapshot.txt", shot.stdout)
        self.write("state.json", "".join(states))
        return {box.pid: box.name for box in boxes}

    def containers(self, *words):
        """Process number to (container, certainty) of all findings about chdir."""
        found = json.loads(self.medic("diagnose", self.path("audit.log"), *words, "--by", "container", "--format", "json", code=(0, 1)))
        rows = [each["who"] for each in found["findings"] if each["syscall"] == "chdir" and each["who"]["top"][0]["comm"] == "sh"]
        return {who["pid"]: (who["container"]["id"], who["container"]["certainty"]) if who["container"] else None for who in rows}

    def test_side_files(self):
        """a snapshot and the runtimes' state each lay both denials to the right container"""
        truth = self.record()
        for words in (["--snapshot", self.path("snapshot.txt")], ["--inspect", self.path("state.json")]):
            told = self.containers(*words)
            self.assertEqual({pid: whose and whose[0] for pid, whose in told.items()}, truth, words)
            self.assertTrue(all(certainty in ("stated", "inferred") for _, certainty in told.values()), told)
        # Until when they lived, a snapshot tells, and the state of a running container does not.
        self.assertTrue(all(certainty == "inferred" for _, certainty in self.containers("--inspect", self.path("state.json")).values()))
        one = next(iter(truth.values()))
        only = self.containers("--inspect", self.path("state.json"), "--container", one)
        self.assertEqual([whose[0] for whose in only.values()], [one])
