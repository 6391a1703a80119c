"""What is proven of a program under an engine: its own profile, a repaired one, and one repaired from complain records.

Each story returns the rounds that it took, and why it failed if it did.
"""

import dataclasses
import json
import os
import random
import re
import shutil
import subprocess

from lib_lab import auditing, engines, workloads

MOST_ROUNDS = 4
TRIMMED = 5  # calls that a trimmed profile lacks
# What every start needs: taken away, it leaves no evidence but a container that does not start.
KEPT = set("""execve openat read write close mmap mprotect munmap brk arch_prctl exit_group exit wait4 fstat
newfstatat pread64 clone clone3 vfork fork rt_sigaction rt_sigprocmask rt_sigreturn futex set_tid_address set_robust_list rseq
prlimit64 getrandom access getpid getppid fcntl kill tgkill pidfd_open getdents64 fstatfs capget capset prctl chdir getcwd setgid
setuid setgroups setresuid setresgid faccessat2 pselect6 epoll_ctl nanosleep sigaltstack""".split())


@dataclasses.dataclass
class Outcome:
    rounds: int = 0
    reason: str = ""

    @property
    def worked(self):
        return not self.reason

    def cell(self):
        return str(self.rounds) if self.worked else "FAILED"


class Bench:
    """One engine that runs, an image with the workloads, the tool under test and a folder for what is made on the way."""

    def __init__(self, engine, image, binary, folder, daemon):
        self.engine, self.image, self.binary, self.daemon = engine, image, binary, daemon
        self.folder = os.path.join(folder, engine.name.replace("/", "-"))
        os.makedirs(self.folder, exist_ok=True)
        engines.open_path(self.folder)

    def path(self, name):
        return os.path.join(self.folder, name)

    def medic(self, *words):
        done = subprocess.run([self.binary, *words], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              text=True, timeout=120, check=False)
        return done.returncode, done.stdout, done.stderr

    def run(self, workload, profile):
        return self.engine.run(self.image, workloads.command(workload), profile)

    def trace(self, workload, profile, name):
        """The same as `traced`, of a workload."""
        return self.traced(workloads.command(workload), profile, name)

    def traced(self, command, profile, name):
        """Runs a command with the host's strace attached before it starts: (path of the trace, output).

        strace stays outside, where the profile does not reach it; the shell waits until it is attached.
        """
        shared = self.path("shared")
        shutil.rmtree(shared, ignore_errors=True)
        os.mkdir(shared)
        os.chmod(shared, 0o755)
        waiting = ["/bin/sh", "-c", 'while [ ! -e /shared/go ]; do :; done; exec "$@"', "sh", *command]
        try:
            box = self.engine.background(self.image, waiting, profile, ["-v", f"{shared}:/shared:ro"])
        except RuntimeError as error:
            return None, str(error)
        try:
            with auditing.attached(box.pid, self.path(name)) as tracer:
                engines.write(os.path.join(shared, "go"), "")
                box.wait(90)
                tracer.wait(30)
            return self.path(name), box.output()
        finally:
            box.remove()

    def audited(self, workload, profile, name):
        """Runs a workload while the audit log is recorded: (path of the records, output)."""
        with auditing.Recording(self.daemon) as recording:
            _, said = self.run(workload, profile)
        with open(self.path(name), "wb") as out:
            out.write(recording.lines)
        return self.path(name), said

    def tries(self, workload, profile, times=2):
        """Why the workload does not work under the profile, or nothing. A Go runtime differs from start to start."""
        for _ in range(times):
            code, said = self.run(workload, profile)
            if not workloads.worked(workload, said):
                return f"ended with {code}: {last_line(said)}"
        return ""


def synthesized(bench, workload):
    """A trace without a filter, a profile of it with the tool's defaults, the workload under that profile."""
    trace, said = bench.trace(workload, "unconfined", f"{workload}.strace")
    if trace is None or not workloads.worked(workload, said):
        return Outcome(0, "cannot be traced: " + last_line(said))
    profile = bench.path(f"{workload}.synthesized.json")
    code, _, errors = bench.medic("synthesize", trace, "-o", profile)
    if code:
        return Outcome(0, f"synthesize ended with {code}: {last_line(errors)}")
    return Outcome(1, bench.tries(workload, profile) or lint_reason(bench, profile))


def lint_reason(bench, profile):
    code, said, _ = bench.medic("lint", profile)
    return f"its own lint says: {said.splitlines()[0]}" if code else ""


def trimmed(bench, workload, base):
    """The engine's default profile without some calls that the workload makes; the calls that are missing now."""
    with open(bench.path(f"{workload}.strace"), encoding="utf-8", errors="replace") as lines:
        made = set(re.findall(r"^\d+ +(\w+)\(", lines.read(), re.M))
    candidates = sorted(made - KEPT)
    taken = set(random.Random(workload).sample(candidates, min(TRIMMED, len(candidates))))
    profile = json.loads(json.dumps(base))
    for rule in profile["syscalls"]:
        rule["names"] = [name for name in rule["names"] if name not in taken]
    profile["syscalls"] = [rule for rule in profile["syscalls"] if rule["names"]]
    path = bench.path(f"{workload}.trimmed.json")
    engines.write(path, json.dumps(profile, indent=1) + "\n")
    return path, sorted(taken)


def repaired(bench, workload, base):
    """The trimmed profile, repaired from traces made under it, round by round, until the workload works."""
    profile, taken = trimmed(bench, workload, base)
    for rounds in range(MOST_ROUNDS + 1):
        reason = bench.tries(workload, profile, 1)
        if not reason:
            return Outcome(rounds)
        trace, said = bench.trace(workload, profile, f"{workload}.denied.strace")
        if trace is None:
            return Outcome(rounds, f"no trace under the trimmed profile: {last_line(said)}")
        code, _, errors = bench.medic("repair", trace, "-p", profile, "-i", "--runtime", bench.engine.runtime)
        if code:
            return Outcome(rounds, f"repair ended with {code}: {last_line(errors)}")
    return Outcome(MOST_ROUNDS, f"still does not work: {reason} (without {', '.join(taken)})")


def complained(bench, workload, base):
    """The trimmed profile, repaired from the records of its complaining twin: one round is all that is given."""
    profile, taken = trimmed(bench, workload, base)
    twin = bench.path(f"{workload}.complain.json")
    code, _, errors = bench.medic("complain", profile, "-o", twin)
    if code:
        return Outcome(0, f"complain ended with {code}: {last_line(errors)}")
    log, said = bench.audited(workload, twin, f"{workload}.audit.log")
    if not workloads.worked(workload, said):
        return Outcome(0, "does not work while complaining: " + last_line(said))
    code, _, errors = bench.medic("repair", log, "-p", profile, "-i", "--runtime", bench.engine.runtime)
    if code:
        return Outcome(1, f"repair ended with {code}: {last_line(errors)}")
    reason = bench.tries(workload, profile)
    return Outcome(1, reason and f"{reason} (without {', '.join(taken)})")


def last_line(text):
    lines = [line for line in text.strip().splitlines() if line.strip()]
    return lines[-1][:200] if lines else "nothing was printed"
