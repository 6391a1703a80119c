"""Four containers of two runtimes run the same program at once; a fifth command is executed into one of them.

Each container runs under a uid of its own, which is how the test knows what is true: the tool does not look at it.
"""

import json
import os
import subprocess
import threading
import time

from lib_lab import container

AUID = "4242"
CALLS = ("execve", "clone", "clone3", "fork", "vfork")
RULE = f"-a always,exit -F arch=b64 -F auid={AUID} " + " ".join(f"-S {name}" for name in CALLS)
SNAPSHOT = os.path.join(os.path.dirname(os.path.dirname(container.__file__)), "snapshot-containers")


def record(story):
    with open("/proc/self/loginuid", "w", encoding="ascii") as login:
        login.write(AUID)
    story.open("/srv")
    story.compile("/bin/worker")
    boxes = [box(story, "runc", 1001, "run"), box(story, "runc", 1002, "create", "nested", cgroup="/docker/{id}"),
             box(story, "crun", 1003, "run", cgroup="/lab/{id}"), box(story, "crun", 1004, "create", "userns", cgroup="/libpod_parent/libpod-{id}")]
    began = time.clock_gettime(time.CLOCK_BOOTTIME)
    with story.audit(RULE):
        timer = Timer(story)
        for each in boxes:
            each.begin()
        probe = subprocess.Popen(boxes[0].oci.call("exec", "-u", "1001:1001", boxes[0].oci.name, "/bin/worker", "leaf"), stderr=subprocess.DEVNULL)
        states = [each.state() for each in boxes]
        probe.wait(30)
        for each in boxes:
            each.end()
        timer.stop()
    story.save("state.json", "".join(states))
    story.save("snapshot.txt", "".join(relevant(text, began) for text in timer.texts[::3]))
    story.save("audit.log", ours(story.path("audit.log")))
    story.save("owners", "".join(f"{each.host_uid} {each.oci.name}\n" for each in boxes))
    for each in boxes:
        story.note(f"`{each.oci.runtime} {each.how}` of `{each.oci.command}` as uid {each.host_uid}: {each.oci.name}, process {each.pid}")
    story.note(f"audit rule: `{RULE}`; only records with auid={AUID} are kept, and of the snapshots only processes younger than the recording")


class box:
    """One container under a host uid of its own, run in the foreground or created and started."""

    def __init__(self, story, runtime, uid, how, mode="plain", cgroup=None):
        self.how, self.host_uid = how, uid
        config = container.under(story.profile(), story.rootfs, ["/bin/worker", mode], uid)
        for kind in ("bounding", "effective", "permitted", "inheritable", "ambient"):
            config["process"]["capabilities"].setdefault(kind, [])
        if mode == "nested":
            config["process"]["user"] = {"uid": 0, "gid": 0}
            config["process"]["capabilities"] = {kind: [*container.CAPS, "CAP_SYS_ADMIN"] for kind in ("bounding", "effective", "permitted")}
            self.host_uid = 0
        if mode == "userns":
            self.host_uid = 200000 + uid
            config["linux"]["namespaces"].append({"type": "user"})
            ids = [{"containerID": 0, "hostID": 200000, "size": 65536}]
            config["linux"].update(uidMappings=ids, gidMappings=ids)
        self.oci = container.Container(story.work, runtime, config)
        if cgroup:
            name = (os.urandom(32).hex())
            self.oci.name = name
            config["linux"]["cgroupsPath"] = cgroup.format(id=name)
            with open(os.path.join(self.oci.bundle, "config.json"), "w", encoding="utf-8") as out:
                json.dump(config, out)

    def begin(self):
        log = open(os.path.join(self.oci.bundle, "output"), "w+b")
        words = ["--bundle", self.oci.bundle, "--pid-file", self.oci.pid_file, self.oci.name]
        if self.how == "run":
            self.process = subprocess.Popen(self.oci.call("run", *words), stdin=subprocess.DEVNULL, stdout=log, stderr=log)
            while not os.path.exists(self.oci.pid_file) or not open(self.oci.pid_file, encoding="ascii").read():
                time.sleep(0.05)
                if self.process.poll() is not None:
                    raise RuntimeError(open(log.name, encoding="utf-8").read())
        else:
            subprocess.run(self.oci.call("create", *words), stdin=subprocess.DEVNULL, stdout=log, stderr=log, check=True)
            subprocess.run(self.oci.call("start", self.oci.name), check=True)
        self.pid = self.oci.pid

    def state(self):
        for _ in range(20):
            done = subprocess.run(self.oci.call("state", self.oci.name), stdout=subprocess.PIPE, text=True, check=False)
            if done.returncode == 0:
                return done.stdout.rstrip() + "\n"
            time.sleep(0.1)
        raise RuntimeError("no state")

    def end(self):
        for _ in range(150):
            if not os.path.exists(f"/proc/{self.pid}") or open(f"/proc/{self.pid}/stat", encoding="ascii").read().split(")")[-1].split()[0] == "Z":
                break
            time.sleep(0.1)
        self.oci.delete()


class Timer:
    """Takes snapshots one after another, as an operator's timer does."""

    def __init__(self, story):
        self.texts, self.over = [], False
        # Under another login the timer's own processes are not recorded.
        command = f"echo 4243 > /proc/self/loginuid; exec {SNAPSHOT}"
        environment = {**os.environ, "SNAPSHOT_RUNTIME_ROOT": f"{story.work}/runc-state:{story.work}/crun-state"}
        self.thread = threading.Thread(target=self.run, args=(command, environment))
        self.thread.start()

    def run(self, command, environment):
        while not self.over:
            self.texts.append(subprocess.run(["sh", "-c", command], env=environment, stdout=subprocess.PIPE, text=True, check=True).stdout)

    def stop(self):
        self.over = True
        self.thread.join()


def relevant(text, began):
    """A snapshot without the processes that were there before, which are none of this story's."""
    kept = []
    for line in text.splitlines(keepends=True):
        fields = dict(word.split("=", 1) for word in line.split() if "=" in word) if line.startswith("task ") else {}
        if fields and int(fields.get("start", "0")) < (began - 1) * 100:
            continue
        if fields and "/lab" not in line and "/docker/" not in line and "/libpod" not in line:
            line = " ".join(word for word in line.split() if not word.startswith("cgroup=")) + "\n"
        if fields and fields.get("comm") in ("ls", "sed", "od", "tr", "cut", "sh", "date", "python3"):
            continue
        kept.append(line)
    return "".join(kept)


def ours(path):
    """The audit records of this story's events."""
    with open(path, encoding="utf-8", errors="surrogateescape") as log:
        lines = log.read().splitlines(keepends=True)
    serial = lambda line: line.split("audit(", 1)[-1].split(")", 1)[0]
    wanted = {serial(line) for line in lines if f"auid={AUID}" in line and not any(f'comm="{name}"' in line for name in ("python3", "sh", "auditctl"))}
    return "".join(line for line in lines if serial(line) in wanted).encode("utf-8", "surrogateescape")
