"""Docker and Podman of the lab's own: started on state folders of their own, and ended with everything they started.

An engine needs no network, no bridge and no packet filter: containers run with `--network none`. `host.enter` has given
the lab a private mount namespace, in which the rootless user and its subordinate ids are known to nobody else.
"""

import json
import os
import shutil
import signal
import subprocess
import time

from . import host

ULIMITS = ("--ulimit", "nofile=4096:4096", "--ulimit", "nproc=4096:4096")  # a host may lack CAP_SYS_RESOURCE
USER = ("medic-lab", 21986)
CONTAINERD = """version = 2
root = "{state}/containerd/root"
state = "{state}/containerd/run"
disabled_plugins = ["io.containerd.grpc.v1.cri"]
[grpc]
address = "{state}/containerd.sock"
"""


class Engine:
    """What the lab needs of an engine. `name` is its column in tables: docker/runc, podman/crun, rootless/crun."""

    program, rootless = "", False

    def __init__(self, folder, runtime):
        self.runtime = runtime
        self.state = os.path.join(folder, self.name.replace("/", "-"))
        os.makedirs(self.state, exist_ok=True)

    @property
    def name(self):
        return f"{self.program}/{self.runtime}"

    def start(self):
        pass

    def stop(self):
        pass

    def client(self):
        """The command line up to the subcommand."""
        raise NotImplementedError

    def call(self, *words, timeout=120, check=True):
        """Runs a subcommand and returns its output and errors together, stripped."""
        done = subprocess.run([*self.client(), *words], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, errors="replace", timeout=timeout, check=False)
        if check and done.returncode:
            raise RuntimeError(f"{self.name} {words[0]} ended with {done.returncode}: {done.stdout[-500:]}")
        return done.stdout.strip()

    def import_image(self, archive, tag):
        """Imports a tar file; through a pipe, as a rootless engine may not open what root's folders hold."""
        with open(archive, "rb") as data:
            subprocess.run([*self.client(), "import", "-", tag], stdin=data, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                           timeout=900, check=True)

    def words(self, image, args, profile=None, options=()):
        """The words of a `run` or `create`. `profile` is a path, "unconfined", or None for the engine's default."""
        security = [] if profile is None else ["--security-opt", f"seccomp={profile}"]
        return ["--network", "none", *ULIMITS, *security, *options, image, *args]

    def run(self, image, args, profile=None, options=(), timeout=90):
        """Runs a container to its end: (exit code, output). One that hangs is removed and has exit code None."""
        name = f"lab-{os.getpid()}-{time.monotonic_ns()}"
        command = [*self.client(), "run", "--name", name, *self.words(image, args, profile, options)]
        try:
            done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                  text=True, errors="replace", timeout=timeout, check=False)
            code, said = done.returncode, done.stdout
        except subprocess.TimeoutExpired as late:
            code, said = None, (late.stdout or b"").decode(errors="replace")
        self.call("rm", "--force", name, check=False)
        return code, said

    def background(self, image, args, profile=None, options=()):
        """Starts a container that runs on: a Running."""
        name = f"lab-{os.getpid()}-{time.monotonic_ns()}"
        box = Running(self, name)
        try:
            self.call("run", "-d", "--name", name, *self.words(image, args, profile, options))
            box.pid = int(self.call("inspect", "-f", "{{.State.Pid}}", name).splitlines()[-1])
        except (RuntimeError, ValueError) as error:
            box.remove()
            raise RuntimeError(str(error)) from error
        return box

    def create(self, image, args, profile=None, options=()):
        """Creates a container: its id."""
        return self.call("create", *self.words(image, args, profile, options)).splitlines()[-1]

    def inspect(self, name):
        return json.loads(self.call("inspect", name))


class Running:
    """A container in the background. `pid` is its first process as the host numbers it."""

    def __init__(self, engine, name):
        self.engine, self.name, self.pid = engine, name, 0

    def wait(self, seconds):
        """Waits for its end; one that takes longer is killed."""
        try:
            self.engine.call("wait", self.name, timeout=seconds)
        except subprocess.TimeoutExpired:
            self.engine.call("kill", self.name, check=False)

    def output(self):
        return self.engine.call("logs", self.name)

    def remove(self):
        self.engine.call("rm", "--force", self.name, check=False)


class Docker(Engine):
    """A dockerd with a containerd of its own. Storage, sockets and pid files are below the lab's folder."""

    program = "docker"

    def __init__(self, folder, runtime="runc"):
        super().__init__(folder, runtime)
        self.daemons = []
        # A client of another make may be first in PATH; the daemon's own package brings the one that fits.
        self.docker = "/usr/bin/docker" if os.path.exists("/usr/bin/docker") else "docker"

    def client(self):
        return [self.docker, "-H", f"unix://{self.state}/docker.sock"]

    def start(self):
        write(f"{self.state}/containerd.toml", CONTAINERD.format(state=self.state))
        write(f"{self.state}/daemon.json", "{}")
        self._daemon("containerd", "--config", f"{self.state}/containerd.toml")
        wait_for(f"{self.state}/containerd.sock")
        self._daemon("dockerd", "--data-root", f"{self.state}/data", "--exec-root", f"{self.state}/exec",
                     "--pidfile", f"{self.state}/docker.pid", "--bridge=none", "--iptables=false", "--ip6tables=false",
                     "--exec-opt", "native.cgroupdriver=cgroupfs", "--config-file", f"{self.state}/daemon.json",
                     "--containerd", f"{self.state}/containerd.sock", "-H", f"unix://{self.state}/docker.sock")
        wait_for(f"{self.state}/docker.sock")
        for _ in range(100):
            if subprocess.run([*self.client(), "version"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                              check=False).returncode == 0:
                return
            time.sleep(0.1)
        raise RuntimeError("dockerd did not answer; see " + f"{self.state}/dockerd.log")

    def default_profile(self, image):
        """The profile that this release has built in, as it hands it to the runtime of a container."""
        box = self.background(image, ["sleep", "60"])
        try:
            number = self.inspect(box.name)[0]["Id"]
            task = f"{self.state}/containerd/run/io.containerd.runtime.v2.task/moby/{number}/config.json"
            with open(task, encoding="utf-8") as config:
                return json.load(config)["linux"]["seccomp"]
        finally:
            box.remove()

    def _daemon(self, program, *words):
        with open(f"{self.state}/{program}.log", "wb") as log:
            self.daemons.append(subprocess.Popen([host.find(program), *words], stdin=subprocess.DEVNULL, stdout=log,
                                                 stderr=log, start_new_session=True))

    def stop(self):
        """Ends the daemons, dockerd before containerd, and unmounts what they leave mounted."""
        left = self.call("ps", "-aq", check=False).split() if self.daemons else []
        if left:
            self.call("rm", "--force", *left, check=False)
        for daemon in reversed(self.daemons):
            daemon.terminate()
            try:
                daemon.wait(20)
            except subprocess.TimeoutExpired:
                daemon.kill()
                daemon.wait()
        self.daemons = []
        unmount_below(self.state)


class Podman(Engine):
    """Podman as root, with a storage of its own."""

    program = "podman"

    def client(self):
        return ["podman", "--root", f"{self.state}/root", "--runroot", f"{self.state}/run", "--tmpdir", f"{self.state}/tmp",
                "--cgroup-manager", "cgroupfs", "--runtime", self.runtime, "--storage-driver", "overlay",
                "--events-backend", "file"]

    def default_profile(self, image):
        """The profile that its package installs."""
        del image
        with open("/usr/share/containers/seccomp.json", encoding="utf-8") as text:
            return json.load(text)

    def stop(self):
        self.call("rm", "--force", "--all", check=False)
        unmount_below(self.state)


class RootlessPodman(Podman):
    """Podman as a user that only this mount namespace knows, with subordinate ids of its own."""

    rootless = True

    def __init__(self, folder, runtime="crun"):
        super().__init__(folder, runtime)
        self.home = os.path.join(self.state, "home")

    @property
    def name(self):
        return f"rootless/{self.runtime}"

    def client(self):
        name, uid = USER
        return ["setpriv", "--reuid", str(uid), "--regid", str(uid), "--clear-groups", "env", "-C", self.home, f"HOME={self.home}",
                f"XDG_RUNTIME_DIR={self.state}/xdg", "PATH=/usr/bin:/bin:/usr/sbin:/sbin", f"USER={name}", *super().client()]

    def start(self):
        if not os.environ.get(host.INSIDE):
            raise RuntimeError("a rootless engine needs host.enter()")
        name, uid = USER
        lines = {"passwd": f"{name}:x:{uid}:{uid}::{self.home}:/bin/sh\n", "group": f"{name}:x:{uid}:\n",
                 "subuid": f"{name}:600000:65536\n", "subgid": f"{name}:600000:65536\n"}
        for file, line in lines.items():
            path = os.path.join(self.state, file)
            shutil.copy(f"/etc/{file}", path)
            with open(path, "a", encoding="utf-8") as out:
                out.write(line)
            os.chmod(path, 0o644)
            subprocess.run(["mount", "--bind", path, f"/etc/{file}"], check=True)
        for folder in ("home", "xdg", "root", "run", "tmp"):
            os.makedirs(os.path.join(self.state, folder), exist_ok=True)
            os.chown(os.path.join(self.state, folder), uid, uid)
        open_path(self.state)

    def stop(self):
        super().stop()
        self.end_pause()
        for file in ("passwd", "group", "subuid", "subgid"):
            subprocess.run(["umount", f"/etc/{file}"], check=False)

    def end_pause(self):
        """Rootless Podman leaves a process that holds its user namespace."""
        for folder, _, files in os.walk(self.state, onerror=lambda _: None):
            if "pause.pid" in files:
                with open(os.path.join(folder, "pause.pid"), encoding="ascii") as text:
                    end(int(text.read()))
                return


def all_engines(folder):
    return [Docker(folder), Podman(folder, "runc"), Podman(folder, "crun"), RootlessPodman(folder, "crun")]


def missing():
    """The reasons why engines cannot run here, in words; empty when they can."""
    return host.missing(("dockerd", "containerd", "podman", "conmon", "runc", "crun", "auditd", "auditctl", "strace", "busybox",
                         "newuidmap", "unshare", "setpriv"))


def versions(engine):
    """The versions that decide what a profile does: engine, runtime, libseccomp."""
    rows = {engine.program: host.output(*engine.client(), "--version").split("version ")[-1].split(",")[0],
            engine.runtime: host.output(engine.runtime, "--version").splitlines()[0].split()[-1],
            "libseccomp": host.output("dpkg-query", "-W", "-f${Version}", "libseccomp2")}
    return rows


def write(path, text):
    with open(path, "w", encoding="utf-8") as out:
        out.write(text)


def wait_for(path, seconds=20):
    until = time.monotonic() + seconds
    while not os.path.exists(path):
        if time.monotonic() > until:
            raise RuntimeError(f"{path} did not appear")
        time.sleep(0.05)


def open_path(path):
    """Lets everyone reach a folder below the lab's own."""
    while path not in ("/", "/tmp"):
        os.chmod(path, os.stat(path).st_mode | 0o055)
        path = os.path.dirname(path)


def unmount_below(folder):
    with open("/proc/self/mounts", encoding="utf-8") as mounts:
        places = [line.split()[1] for line in mounts]
    for place in sorted((p for p in places if p.startswith(folder + "/")), reverse=True):
        subprocess.run(["umount", "--lazy", place], stderr=subprocess.DEVNULL, check=False)


def end(pid):
    try:
        os.kill(pid, signal.SIGTERM)
    except ProcessLookupError:
        pass
