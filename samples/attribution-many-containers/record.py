"""Eight containers of two runtimes, most of the same program at once: two of a plain user, one in a pid namespace in a pid
namespace, one that gets the numbers which the processes of another had. Once with audit rules for execve and clone, once without.

Each container is denied a call of its own, which is how the test knows what is true: the tool does not look at it.
"""

import json
import os
import re
import shutil
import subprocess
import threading
import time

from lib_lab import container, rootfs

AUID = "4242"
USER, UID, SUBUID = "medic-lab", 7001, 300000
CALLS = ("execve", "clone", "clone3", "fork", "vfork", "exit_group")
# What the tool does not read is left out by the kernel.
LEFT_OUT = ["-a always,exclude -F msgtype=" + kind for kind in ("PATH", "CWD", "PROCTITLE", "CONFIG_CHANGE", "LOGIN", "NETFILTER_CFG", "ANOM_PROMISCUOUS", "BPF")]
RULES = [f"-a always,exit -F arch=b64 -F auid={AUID} " + " ".join(f"-S {name}" for name in CALLS)]
SNAPSHOT = os.path.join(os.path.dirname(os.path.dirname(container.__file__)), "snapshot-containers")


def record(story):
    with open("/proc/self/loginuid", "w", encoding="ascii") as login:
        login.write(AUID)
    subprocess.run(["useradd", "--no-create-home", "--uid", str(UID), USER], check=True)
    try:
        for name in ("subuid", "subgid"):
            with open(f"/etc/{name}", "a", encoding="ascii") as out:
                out.write(f"{USER}:{SUBUID}:65536\n")
        roots = [root(story, number) for number in range(3)]
        once(story, roots, "rules", RULES)
        once(story, roots, "none", [])
    finally:
        subprocess.run(["userdel", USER], stderr=subprocess.DEVNULL, check=True)
        subprocess.run(["sed", "-i", f"/^{USER}:/d", "/etc/subuid", "/etc/subgid"], check=True)


def root(story, number):
    """A root file system with the program under its name, and under another one."""
    path = rootfs.busybox(os.path.join(story.work, f"root{number}"))
    with open(story.path("program.c"), encoding="utf-8") as text:
        source = text.read()
    rootfs.compile_c(path, source, "/bin/worker", "-static", "-pthread")
    shutil.copy(os.path.join(path, "bin/worker"), os.path.join(path, "bin/other"))
    return path


def once(story, roots, name, rules):
    """All containers under these rules, into NAME.audit.log, NAME.snapshot.txt, NAME.state.json, NAME.owners."""
    start = int(time.time()) + 12
    boxes = [Box(story, roots[0], "runc", "mkdir", start, how="run"),
             Box(story, roots[1], "runc", "rmdir", start, cgroup="/docker/{id}"),
             Box(story, roots[2], "crun", "chmod", start, how="run"),
             Box(story, roots[0], "crun", "link", start, program="/bin/other", cgroup="/libpod_parent/libpod-{id}"),
             Box(story, roots[1], "runc", "symlink", start, mode="nested", uid=0),
             Box(story, roots[2], "runc", "rename", start, uid=0, rootless=True),
             Box(story, roots[0], "crun", "truncate", start, uid=5, rootless=True)]
    log = f"{name}.audit.log"
    began = time.clock_gettime(time.CLOCK_BOOTTIME)
    with story.audit(*LEFT_OUT, *rules, name=log):
        timer = Timer(story)
        for each in boxes:
            each.begin()
        if time.time() > start - 1:
            raise RuntimeError("the containers took too long to start")
        time.sleep(start + 1 - time.time())
        probe = subprocess.Popen(boxes[0].oci.call("exec", "-u", "1000:1000", boxes[0].oci.name, "/bin/worker", "mkdir", "leaf"), stderr=subprocess.DEVNULL)
        states = [each.state() for each in boxes]
        probe.wait(30)
        for each in boxes:
            each.end()
        boxes.append(again(story, roots[1], boxes[0].pid))
        states.append(boxes[-1].state())
        boxes[-1].end()
        timer.stop()
    story.save(f"{name}.state.json", "".join(states))
    story.save(f"{name}.snapshot.txt", "".join(relevant(text, began) for text in timer.texts))
    story.save(log, ours(story.path(log)))
    story.save(f"{name}.owners", "".join(f"{each.call} {each.oci.name}\n" for each in boxes))
    story.note(f"rules: {'`' + rules[0] + '`' if rules else 'none'}; only records with auid={AUID} are kept, and of the snapshots only processes younger than the recording")
    for each in boxes:
        user = f" by user {UID}" if each.rootless else ""
        story.note(f"`{each.oci.runtime} {each.how}` of `{each.oci.command}`{user}: {each.oci.name}, process {each.pid}")


def again(story, path, number):
    """A container whose processes get the numbers that another's had."""
    box = Box(story, path, "crun", "mknod", 0)
    with open("/proc/sys/kernel/ns_last_pid", "w", encoding="ascii") as last:
        last.write(str(number - 9))  # crun and its children come first
    box.begin()
    return box


class Box:
    """One container under a filter for one call, run in the foreground or created and started."""

    def __init__(self, story, path, runtime, call, start, *, how="create", program="/bin/worker", mode="plain", uid=1000, cgroup=None, rootless=False):
        self.call, self.how, self.rootless = call, how, rootless
        logs = runtime == "crun"  # runc 1.1 refuses flags
        seccomp = {"defaultAction": "SCMP_ACT_ALLOW", "architectures": ["SCMP_ARCH_X86_64"], **({"flags": ["SECCOMP_FILTER_FLAG_LOG"]} if logs else {}),
                   "syscalls": [{"names": [call], "action": "SCMP_ACT_ERRNO" if logs else "SCMP_ACT_LOG"}]}
        config = container.oci_config(path, [program, call, str(start), mode], seccomp, uid)
        if mode == "nested":
            config["process"]["capabilities"] = {kind: [*container.CAPS, "CAP_SYS_ADMIN"] for kind in ("bounding", "effective", "permitted")}
        folder, words = story.work, []
        if rootless:
            folder = os.path.join(story.work, "home")
            os.makedirs(folder, exist_ok=True)
            ids = [{"containerID": 0, "hostID": UID, "size": 1}, {"containerID": 1, "hostID": SUBUID, "size": 65535}]
            config["linux"]["namespaces"].append({"type": "user"})
            config["linux"].update(uidMappings=ids, gidMappings=ids)
            words = ["/usr/bin/setpriv", "--reuid", str(UID), "--regid", str(UID), "--clear-groups", "/usr/bin/env", f"HOME={folder}", f"XDG_RUNTIME_DIR={folder}"]
        self.oci = container.Container(folder, runtime, config)
        if cgroup:
            self.oci.name = os.urandom(32).hex()
            config["linux"]["cgroupsPath"] = cgroup.format(id=self.oci.name)
            with open(os.path.join(self.oci.bundle, "config.json"), "w", encoding="utf-8") as out:
                json.dump(config, out)
        if rootless:
            subprocess.run(["chown", "-R", f"{UID}:{UID}", folder], check=True)
            plain = self.oci.call
            options = ["--cgroup-manager=disabled"] if runtime == "crun" else []
            self.oci.call = lambda *rest: [*words, shutil.which(runtime, path="/usr/sbin:/usr/bin"), *options, *plain(*rest)[1:]]

    def begin(self):
        with open(os.path.join(self.oci.bundle, "output"), "w+b") as log:
            words = ["--bundle", self.oci.bundle, "--pid-file", self.oci.pid_file, self.oci.name]
            streams = {"stdin": subprocess.DEVNULL, "stdout": log, "stderr": log}
            if self.how == "run":
                self.process = subprocess.Popen(self.oci.call("run", *words), **streams)
                while not os.path.exists(self.oci.pid_file) or not open(self.oci.pid_file, encoding="ascii").read():
                    time.sleep(0.02)
                    if self.process.poll() is not None:
                        raise RuntimeError(open(log.name, encoding="utf-8").read())
            else:
                if subprocess.run(self.oci.call("create", *words), check=False, **streams).returncode != 0:
                    raise RuntimeError(open(log.name, encoding="utf-8").read())
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
        subprocess.run(self.oci.call("delete", "--force", self.oci.name), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)


class Timer:
    """Takes a snapshot every second, as an operator's timer may."""

    def __init__(self, story):
        self.texts, self.over = [], False
        # Under another login the timer's own processes are not recorded.
        command = f"echo 4243 > /proc/self/loginuid; exec {SNAPSHOT}"
        environment = {**os.environ, "SNAPSHOT_RUNTIME_ROOT": ":".join(os.path.join(story.work, *path) for path in (("runc-state",), ("crun-state",), ("home", "runc-state"), ("home", "crun-state")))}
        self.thread = threading.Thread(target=self.run, args=(command, environment))
        self.thread.start()

    def run(self, command, environment):
        while not self.over:
            self.texts.append(subprocess.run(["sh", "-c", command], env=environment, stdout=subprocess.PIPE, text=True, check=True).stdout)
            time.sleep(1)

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
        if fields and fields.get("comm") not in ("worker", "other", "renamed", "runc", "crun", "memfd:crun_clon") and "lab-" not in fields.get("cgroup", ""):
            continue
        kept.append(re.sub(r"cgroup=/process_api/[0-9a-f]+/?", "cgroup=/", line))
    return "".join(kept) if any(line.startswith("task ") for line in kept) else ""


def ours(path):
    """The audit records of this story's events."""
    with open(path, encoding="utf-8", errors="surrogateescape") as log:
        lines = log.read().splitlines(keepends=True)
    serial = lambda line: line.split("audit(", 1)[-1].split(")", 1)[0]
    wanted = {serial(line) for line in lines if f"auid={AUID}" in line and not any(f'comm="{name}"' in line for name in ("python3", "sh", "auditctl"))}
    return "".join(line for line in lines if serial(line) in wanted).encode("utf-8", "surrogateescape")
