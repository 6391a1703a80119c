"""One sample folder being recorded: its profile, its log files, and what is true of it."""

import contextlib
import json
import os
import shutil

from . import auditing, container, host, rootfs

HEADING = "## Recorded"


class Story:
    """What a sample's record.py is given. `folder` is the sample's, `work` a scratch folder with neutral paths."""

    def __init__(self, folder, work):
        self.folder, self.work = folder, work
        self.notes = []
        self.rootfs = rootfs.busybox(os.path.join(work, "rootfs"))
        self.host = host.versions()

    def path(self, name):
        return os.path.join(self.folder, name)

    def profile(self, name="profile.json"):
        with open(self.path(name), encoding="utf-8") as text:
            return json.load(text)

    def save(self, name, data):
        with open(self.path(name), "wb") as out:
            out.write(data if isinstance(data, bytes) else data.encode())

    @contextlib.contextmanager
    def audit(self, *rules, form="RAW", name="audit.log"):
        """Everything inside is recorded into the sample's audit.log; `rules` are auditctl rules for that time."""
        daemon = auditing.Auditd(self.work, form)
        try:
            daemon.rules(*rules)
            with auditing.Recording(daemon) as recording:
                yield
            self.save(name, recording.lines)
        finally:
            daemon.unload(*rules)
            daemon.stop()

    def container(self, runtime, args, uid=0, network=True):
        """A container of this story under its profile; with `network` it has a network of its own."""
        config = container.under(self.profile(), self.rootfs, args, uid)
        if not network:
            config["linux"]["namespaces"].remove({"type": "network"})
        return container.Container(self.work, runtime, config)

    def run(self, box):
        """Runs a container and notes how it ended."""
        code, said = box.run()
        self.note(f"`{box.runtime} run` of `{box.command}`: process {box.pid}, exit code {code}", said)
        return code

    def trace(self, box, *options, name="strace.log"):
        """Runs a container with `strace OPTIONS -o NAME -p INIT` attached before its start."""
        said = box.run_traced(*(options or ("-f",)), "-o", self.path(name))
        self.note(f"`{box.runtime} create`, `strace {' '.join(options or ('-f',))} -o {name} -p {box.pid}`, "
                  f"`{box.runtime} start` of `{box.command}`: process {box.pid}", said)

    def open(self, place):
        """Makes a folder of the root file system writable for everyone."""
        os.chmod(os.path.join(self.rootfs, place.lstrip("/")), 0o777)

    def note(self, text, said=""):
        self.notes.append(f"- {text}" + (f"; it said `{said.strip().splitlines()[-1]}`" if said.strip() else ""))

    def compile(self, to, *flags, source="program.c"):
        """Compiles the sample's program.c into the root file system."""
        with open(self.path(source), encoding="utf-8") as text:
            rootfs.compile_c(self.rootfs, text.read(), to, *flags)

    def finish(self):
        """Rewrites the part of the README that is a matter of record, from its heading on."""
        with open(self.path("README.md"), encoding="utf-8") as text:
            kept = text.read().split(HEADING)[0].rstrip()
        rows = [f"- {name} {version}" for name, version in self.host]
        with open(self.path("README.md"), "w", encoding="utf-8") as out:
            out.write("\n".join([kept, "", HEADING, "", *self.notes, *rows, ""]))
        shutil.rmtree(self.work)
