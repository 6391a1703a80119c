"""Profiles with one mistake each, and some without: what the matrix of lint and the engines is made of.

A profile is a row: a name, its bytes, and what it is: HEALTHY, a MISTAKE although an engine may start it, or EITHER, where only
the engine's answer tells.
All are made from one base, a short allow-list in Docker's form under which busybox runs.
"""

import copy
import json

# What runc, crun and busybox need, and a little more: recorded under the engines of Debian 12.
CALLS = """access arch_prctl bind brk capget capset chdir clock_getres clock_gettime clock_nanosleep clone close connect dup dup2
dup3 epoll_create1 epoll_ctl epoll_pwait eventfd2 execve exit exit_group faccessat fadvise64 fchdir fchmod fchmodat fchown
fchownat fcntl fstat fstatfs fsync ftruncate futex getcwd getdents64 getegid geteuid getgid getgroups getpgrp getpid getppid
getpriority getrandom getrlimit getsockname getsockopt gettid gettimeofday getuid getxattr inotify_add_watch inotify_init1
ioctl kill lseek lstat madvise mkdir mkdirat mmap mprotect mremap munmap nanosleep newfstatat open openat pipe pipe2 poll
ppoll prctl pread64 prlimit64 pselect6 pwrite64 read readlink readlinkat recvfrom recvmsg rename renameat rt_sigaction
rt_sigpending rt_sigprocmask rt_sigqueueinfo rt_sigreturn rt_sigsuspend rt_sigtimedwait sched_getaffinity sched_yield seccomp
select sendmsg sendto setgid setgroups setpgid setpriority setresgid setresuid setrlimit setsid setsockopt setuid
set_robust_list set_tid_address sigaltstack socket socketpair stat statfs symlink symlinkat sysinfo tgkill time timer_create
timer_delete timer_settime times tkill umask uname unlink unlinkat utimensat vfork wait4 waitid write writev
close_range faccessat2 openat2 statx rseq clone3 cachestat epoll_pwait2 fchmodat2 futex_waitv mseal""".split()
# Asked for one by one: what becomes of a container whose profile lacks the call?
ESSENTIAL = """execve futex mmap mprotect munmap brk read write openat close fstat newfstatat prctl capset capget chdir setuid
setgid setgroups getdents64 epoll_pwait epoll_ctl clone rt_sigreturn rt_sigaction rt_sigprocmask exit_group exit fcntl getpid
getppid gettid nanosleep tgkill sched_yield getcwd lseek arch_prctl set_tid_address sigaltstack madvise seccomp pselect6 poll
prlimit64 fchown umask stat ioctl getuid""".split()


def base():
    return {"defaultAction": "SCMP_ACT_ERRNO",
            "archMap": [{"architecture": "SCMP_ARCH_X86_64", "subArchitectures": ["SCMP_ARCH_X86", "SCMP_ARCH_X32"]},
                        {"architecture": "SCMP_ARCH_AARCH64", "subArchitectures": ["SCMP_ARCH_ARM"]}],
            "syscalls": [{"names": list(CALLS), "action": "SCMP_ACT_ALLOW"},
                         {"names": ["personality"], "action": "SCMP_ACT_ALLOW",
                          "args": [{"index": 0, "value": 0, "op": "SCMP_CMP_EQ"}]}]}


HEALTHY, MISTAKE, EITHER = "healthy", "mistake", "either"


class Row:
    def __init__(self, name, data, kind=MISTAKE):
        self.name, self.kind = name, kind
        self.data = data if isinstance(data, bytes) else data.encode()


def text_of(profile):
    return json.dumps(profile, indent=1)


def changed(change):
    profile = base()
    change(profile)
    return text_of(profile)


def top(key, value):
    def change(profile):
        profile[key] = value
    return changed(change)


def without(key):
    return changed(lambda profile: profile.pop(key))


def extra(rule):
    """The base with one more rule."""
    return changed(lambda profile: profile["syscalls"].append(rule))


def rule(**members):
    """One more rule about ptrace that lacks nothing, with these members; None takes one away."""
    whole = {"names": ["ptrace"], "action": "SCMP_ACT_ALLOW", **members}
    return extra({key: value for key, value in whole.items() if value is not Ellipsis})


def condition(**members):
    whole = {"index": 0, "value": 16, "op": "SCMP_CMP_EQ", **members}
    return rule(args=[{key: value for key, value in whole.items() if value is not Ellipsis}])


def encoding_rows():
    good = text_of(base())
    yield Row("encoding.plain", good, HEALTHY)
    yield Row("encoding.crlf", good.replace("\n", "\r\n"), HEALTHY)
    yield Row("encoding.tabs", good.replace("\n ", "\n\t"), HEALTHY)
    yield Row("encoding.bom", b"\xef\xbb\xbf" + good.encode())
    yield Row("encoding.utf16-le-bom", b"\xff\xfe" + good.encode("utf-16-le"))
    yield Row("encoding.utf16-be-bom", b"\xfe\xff" + good.encode("utf-16-be"))
    yield Row("encoding.utf16-le", good.encode("utf-16-le"))
    yield Row("encoding.utf32", good.encode("utf-32"))
    yield Row("encoding.latin1-comment", rule(comment="caf").encode().replace(b'"caf"', b'"caf\xe9"'))
    yield Row("encoding.latin1-name", rule(names=["caf"]).encode().replace(b'"caf"', b'"caf\xe9"'))
    yield Row("encoding.nul-end", good + "\0")
    yield Row("encoding.nul-inside", rule(comment="x").replace('"x"', '"x\0y"'))
    yield Row("encoding.control-in-string", rule(comment="x").replace('"x"', '"x\x01y"'))
    yield Row("encoding.newline-in-string", rule(comment="x").replace('"x"', '"x\ny"'))
    yield Row("encoding.bad-escape", rule(comment="x").replace('"x"', '"\\x41"'))
    yield Row("encoding.lone-surrogate", rule(comment="x").replace('"x"', '"\\ud800"'))
    yield Row("encoding.no-break-space", good.replace("\n ", "\n\u00a0", 1))
    yield Row("encoding.curly-quotes", good.replace('"', "\u201c"))


def syntax_rows():
    good = text_of(base())
    yield Row("syntax.empty", "")
    yield Row("syntax.blank", "  \n\n")
    yield Row("syntax.null", "null")
    yield Row("syntax.array", f"[{good}]")
    yield Row("syntax.number", "1")
    yield Row("syntax.string", '"unconfined"')
    yield Row("syntax.object", "{}")
    yield Row("syntax.word", "unconfined")
    yield Row("syntax.yaml", "defaultAction: SCMP_ACT_ERRNO\nsyscalls: []\n")
    yield Row("syntax.two-documents", good + good)
    yield Row("syntax.trailing-text", good + "\nend")
    yield Row("syntax.trailing-brace", good + "}")
    yield Row("syntax.trailing-comma", good + ",")
    yield Row("syntax.comma-in-array", good.replace('"access",', '"access",,', 1))
    yield Row("syntax.comma-ends-array", good.replace('"mseal"\n', '"mseal",\n', 1))
    yield Row("syntax.comma-ends-object", good[:-2] + ",\n}")
    yield Row("syntax.comma-missing", good.replace('"access",', '"access"', 1))
    yield Row("syntax.colon-missing", good.replace('"syscalls":', '"syscalls"', 1))
    yield Row("syntax.single-quotes", good.replace('"', "'"))
    yield Row("syntax.bare-keys", good.replace('"defaultAction"', "defaultAction"))
    yield Row("syntax.line-comment", "// allow-list\n" + good)
    yield Row("syntax.block-comment", "/* allow-list */" + good)
    yield Row("syntax.hash-comment", "# allow-list\n" + good)
    yield Row("syntax.cut-off", good[:len(good) // 2])
    yield Row("syntax.cut-last-brace", good[:-1])
    yield Row("syntax.open-string", good[:good.index("futex") + 3])
    yield Row("syntax.hex-number", condition(value=16).replace('"value": 16', '"value": 0x10'))
    yield Row("syntax.leading-zero", condition(value=16).replace('"value": 16', '"value": 016'))
    yield Row("syntax.plus-sign", condition(value=16).replace('"value": 16', '"value": +16'))
    yield Row("syntax.nan", condition(value=16).replace('"value": 16', '"value": NaN'))
    yield Row("syntax.word-true", top("defaultAction", True).replace("true", "True"))
    yield Row("syntax.deep", '{"defaultAction": ' + "[" * 20000 + "]" * 20000 + "}")
    yield Row("syntax.deep-unknown-key", good[:-2] + ',\n "x": ' + "[" * 20000 + "]" * 20000 + "}")


def action_rows():
    yield Row("action.missing", without("defaultAction"))
    for name, value in {"null": None, "number": 0, "empty": "", "true": True, "object": {}, "array": ["SCMP_ACT_ERRNO"],
                        "lower": "scmp_act_errno", "short": "ERRNO", "space": "SCMP_ACT_ERRNO ", "deny": "SCMP_ACT_DENY",
                        "block": "SCMP_ACT_BLOCK", "typo": "SCMP_ACT_ERNO", "kill-all": "SCMP_ACT_KILLALL",
                        "errno-number": "SCMP_ACT_ERRNO(1)", "kernel": "SECCOMP_RET_ERRNO"}.items():
        yield Row(f"action.{name}", top("defaultAction", value))
    for name in ("KILL", "KILL_PROCESS", "KILL_THREAD", "TRAP"):
        yield Row(f"action.default-{name.lower()}", top("defaultAction", f"SCMP_ACT_{name}"), HEALTHY)
    yield Row("action.default-log", top("defaultAction", "SCMP_ACT_LOG"))
    yield Row("action.default-trace", top("defaultAction", "SCMP_ACT_TRACE"), HEALTHY)
    yield Row("action.default-notify", top("defaultAction", "SCMP_ACT_NOTIFY"))
    yield Row("action.allow-and-allow", top("defaultAction", "SCMP_ACT_ALLOW"))
    for name, value in {"0": 0, "text": "38", "minus": -1, "float": 1.5, "4096": 4096, "65535": 65535, "65536": 65536,
                        "2-32": 1 << 32, "true": True, "name": "ENOSYS", "array": [38]}.items():
        yield Row(f"errno.default-{name}", top("defaultErrnoRet", value))
    yield Row("errno.default-38", top("defaultErrnoRet", 38), HEALTHY)
    yield Row("errno.default-null", top("defaultErrnoRet", None), HEALTHY)
    yield Row("errno.default-4095", top("defaultErrnoRet", 4095))
    yield Row("errno.default-with-kill",
              changed(lambda p: p.update(defaultAction="SCMP_ACT_KILL", defaultErrnoRet=1)))
    yield Row("errno.default-with-log", changed(lambda p: p.update(defaultAction="SCMP_ACT_LOG", defaultErrnoRet=38)))
    yield Row("errno.default-name-bad", top("defaultErrno", "ENOTANERRNO"))


def architecture_rows():
    both = changed(lambda p: p.update(architectures=["SCMP_ARCH_X86_64"]))
    yield Row("arch.both-forms", both)

    def listed(value):
        def change(profile):
            profile.pop("archMap")
            profile["architectures"] = value
        return changed(change)
    yield Row("arch.list", listed(["SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"]), HEALTHY)
    yield Row("arch.none", without("archMap"), HEALTHY)
    for name, value in {"unknown": ["SCMP_ARCH_VAX"], "lower": ["scmp_arch_x86_64"], "short": ["X86_64"], "go": ["amd64"],
                        "uname": ["x86_64"], "dash": ["SCMP_ARCH_X86-64"], "number": [62], "null-element": [None],
                        "string": "SCMP_ARCH_X86_64", "object": {}, "foreign": ["SCMP_ARCH_AARCH64"], "empty-element": [""],
                        "twice": ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86_64"], "arm64": ["SCMP_ARCH_ARM64"],
                        "i386": ["SCMP_ARCH_X86_64", "SCMP_ARCH_I386"], "native": ["SCMP_ARCH_NATIVE"],
                        "x86-alone": ["SCMP_ARCH_X86"]}.items():
        yield Row(f"arch.{name}", listed(value))
    yield Row("arch.empty", listed([]), HEALTHY)
    for name, value in {"unknown": [{"architecture": "SCMP_ARCH_VAX", "subArchitectures": []}],
                        "no-native": [{"architecture": "SCMP_ARCH_AARCH64", "subArchitectures": ["SCMP_ARCH_ARM"]}],
                        "sub-unknown": [{"architecture": "SCMP_ARCH_X86_64", "subArchitectures": ["SCMP_ARCH_I386"]}],
                        "sub-text": [{"architecture": "SCMP_ARCH_X86_64", "subArchitectures": "SCMP_ARCH_X86"}],
                        "object": {"SCMP_ARCH_X86_64": ["SCMP_ARCH_X86"]}, "strings": ["SCMP_ARCH_X86_64"],
                        "no-architecture": [{"subArchitectures": ["SCMP_ARCH_X86"]}],
                        "foreign-unknown": [{"architecture": "SCMP_ARCH_X86_64", "subArchitectures": ["SCMP_ARCH_X86"]},
                                            {"architecture": "SCMP_ARCH_LOONG", "subArchitectures": []}]}.items():
        yield Row(f"archmap.{name}", top("archMap", value))
    yield Row("archmap.no-sub", top("archMap", [{"architecture": "SCMP_ARCH_X86_64"}]), HEALTHY)
    yield Row("archmap.null", top("archMap", None), HEALTHY)


def member_rows():
    for name, value in {"log": ["SECCOMP_FILTER_FLAG_LOG"], "tsync": ["SECCOMP_FILTER_FLAG_TSYNC"],
                        "spec-allow": ["SECCOMP_FILTER_FLAG_SPEC_ALLOW"],
                        "wait-killable": ["SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV"],
                        "unknown": ["SECCOMP_FILTER_FLAG_FAST"], "short": ["LOG"], "lower": ["seccomp_filter_flag_log"],
                        "new-listener": ["SECCOMP_FILTER_FLAG_NEW_LISTENER"],
                        "string": "SECCOMP_FILTER_FLAG_LOG", "number": [2], "null-element": [None]}.items():
        known = name in ("log", "tsync", "spec-allow", "wait-killable")
        yield Row(f"flags.{name}", top("flags", value), EITHER if known else MISTAKE)
    yield Row("flags.empty", top("flags", []), HEALTHY)
    notify = {"names": ["ptrace"], "action": "SCMP_ACT_NOTIFY"}
    yield Row("listener.notify-without", extra(notify))
    for name, path in {"absent": "/run/medic-lab/absent.sock", "relative": "run/listener.sock", "folder": "/tmp", "number": 5,
                       "empty": ""}.items():
        def with_path(profile, path=path):
            profile["syscalls"].append(notify)
            profile["listenerPath"] = path
        yield Row(f"listener.{name}", changed(with_path))
        yield Row(f"listener.{name}-unused", top("listenerPath", path))
    yield Row("listener.metadata-alone", top("listenerMetadata", "x"))
    for name, value in {"null": None, "object": {}, "string": "read", "numbers": [1], "strings": ["read", "write"],
                        "null-element": [None], "nested": [[]], "empty": []}.items():
        yield Row(f"syscalls.{name}", top("syscalls", value))
    yield Row("syscalls.missing", without("syscalls"))
    yield Row("key.syscall", changed(lambda p: p.update(syscall=p.pop("syscalls"))))
    yield Row("key.default-action-snake", changed(lambda p: p.update(default_action=p.pop("defaultAction"))))
    yield Row("key.default-action-lower", changed(lambda p: p.update(defaultaction=p.pop("defaultAction"))))
    yield Row("key.syscalls-upper", changed(lambda p: p.update(SYSCALLS=p.pop("syscalls"))))
    yield Row("key.unknown", top("allowAll", True))
    good = text_of(base())
    yield Row("key.default-action-twice", good.replace("{", '{"defaultAction": "SCMP_ACT_KILL",', 1))
    yield Row("key.syscalls-twice", good[:-2] + ',\n "syscalls": []}')


def rule_rows():
    yield Row("rule.plain", rule(), HEALTHY)
    yield Row("rule.comment", rule(comment="for gdb"), HEALTHY)
    for name, value in {"missing": ..., "null": None, "empty": [], "string": "ptrace", "numbers": [101], "null-element": [None],
                        "object": {"ptrace": True}, "unknown": ["ptracee"], "upper": ["PTRACE"], "space": [" ptrace"],
                        "nr": ["__NR_ptrace"], "sys": ["sys_ptrace"], "empty-name": [""], "foreign": ["riscv_flush_icache"],
                        "number-text": ["101"], "glob": ["ptrac*"], "group": ["@debug"], "comma": ["ptrace,kcmp"],
                        "libc": ["fork_process"], "very-long": ["p" * 100000], "twice": ["ptrace", "ptrace"],
                        "glibc-wrapper": ["posix_spawn"], "kernel-internal": ["sys_enter"]}.items():
        yield Row(f"names.{name}", rule(names=value))
    yield Row("names.legacy", extra({"name": "ptrace", "action": "SCMP_ACT_ALLOW"}))
    yield Row("names.both", rule(name="kcmp"))
    yield Row("names.legacy-array", extra({"name": ["ptrace"], "action": "SCMP_ACT_ALLOW"}))
    for name, value in {"missing": ..., "null": None, "empty": "", "unknown": "SCMP_ACT_PERMIT", "lower": "scmp_act_allow",
                        "short": "ALLOW", "number": 2147418112, "space": " SCMP_ACT_ALLOW", "object": {},
                        "equals-default": "SCMP_ACT_ERRNO"}.items():
        yield Row(f"rule.action-{name}", rule(action=value))
    for name in ("KILL", "KILL_PROCESS", "KILL_THREAD", "TRAP", "TRACE", "LOG"):
        yield Row(f"rule.action-{name.lower()}", rule(action=f"SCMP_ACT_{name}"), HEALTHY)
    yield Row("rule.errno-38", rule(action="SCMP_ACT_ERRNO", errnoRet=38), HEALTHY)
    for name, value in {"0": 0, "text": "38", "minus": -1, "float": 1.5, "4095": 4095, "4096": 4096, "65536": 65536,
                        "2-32": 1 << 32, "name": "ENOSYS"}.items():
        yield Row(f"rule.errno-{name}", rule(action="SCMP_ACT_ERRNO", errnoRet=value))
    yield Row("rule.errno-with-allow", rule(errnoRet=1))
    yield Row("rule.errno-with-kill", rule(action="SCMP_ACT_KILL", errnoRet=1))
    yield Row("rule.errno-name-bad", rule(action="SCMP_ACT_ERRNO", errno="ENOTANERRNO"))
    yield Row("rule.shadowed", extra({"names": ["read"], "action": "SCMP_ACT_KILL"}))
    yield Row("rule.doubled", extra({"names": ["read"], "action": "SCMP_ACT_ALLOW"}))
    yield Row("rule.comment-number", rule(comment=5))
    yield Row("rule.unknown-key", rule(arg=[{"index": 0, "value": 1, "op": "SCMP_CMP_EQ"}]))
    yield Row("rule.priority", rule(priority=10))


def condition_rows():
    yield Row("args.plain", condition(), HEALTHY)
    yield Row("args.masked", condition(value=4095, valueTwo=16, op="SCMP_CMP_MASKED_EQ"), HEALTHY)
    yield Row("args.null", rule(args=None), HEALTHY)
    yield Row("args.empty", rule(args=[]), HEALTHY)
    for name, value in {"object": {"index": 0, "value": 1, "op": "SCMP_CMP_EQ"}, "string": "0 == 1", "null-element": [None],
                        "numbers": [1], "nested": [[]]}.items():
        yield Row(f"args.{name}", rule(args=value))
    for name, value in {"6": 6, "minus": -1, "text": "0", "float": 0.5, "missing": ..., "null": None, "2-32": 1 << 32,
                        "5-of-four": 5}.items():
        yield Row(f"args.index-{name}", condition(index=value))
    for name, value in {"minus": -1, "text": "16", "float": 1.5, "missing": ..., "null": None, "2-64": 1 << 64,
                        "list": [1, 2], "hex-text": "0x10", "constant": "PTRACE_ATTACH", "exponent": 1e30, "true": True}.items():
        yield Row(f"args.value-{name}", condition(value=value))
    for name, value in {"missing": ..., "null": None, "empty": "", "unknown": "SCMP_CMP_IN", "lower": "scmp_cmp_eq",
                        "short": "EQ", "sign": "==", "typo": "SCMP_CMP_EQUAL", "number": 4, "space": "SCMP_CMP_EQ "}.items():
        yield Row(f"args.op-{name}", condition(op=value))
    yield Row("args.mask-zero", condition(value=0, valueTwo=0, op="SCMP_CMP_MASKED_EQ"))
    yield Row("args.mask-never", condition(value=1, valueTwo=2, op="SCMP_CMP_MASKED_EQ"))
    yield Row("args.value-two-text", condition(valueTwo="1", op="SCMP_CMP_MASKED_EQ"))
    pair = [{"index": 0, "value": v, "op": "SCMP_CMP_EQ"} for v in (1, 2)]
    yield Row("args.index-twice", rule(args=pair))
    seven = [{"index": i, "value": 1, "op": "SCMP_CMP_EQ"} for i in (0, 1, 2, 3, 4, 5, 0)]
    yield Row("args.seven", rule(args=seven))
    yield Row("args.pointer", rule(names=["open"], args=[{"index": 0, "value": 4096, "op": "SCMP_CMP_EQ"}]))


def gate_rows():
    for side in ("includes", "excludes"):
        yield Row(f"{side}.caps", rule(**{side: {"caps": ["CAP_SYS_PTRACE"]}}), HEALTHY)
        yield Row(f"{side}.arches", rule(**{side: {"arches": ["amd64"]}}), HEALTHY)
        yield Row(f"{side}.kernel", rule(**{side: {"minKernel": "4.8"}}), HEALTHY)
        yield Row(f"{side}.empty", rule(**{side: {}}), HEALTHY)
        yield Row(f"{side}.null", rule(**{side: None}), HEALTHY)
        for name, caps in {"lower": ["cap_sys_ptrace"], "no-prefix": ["SYS_PTRACE"], "unknown": ["CAP_SYS_TRACE"],
                           "text": "CAP_SYS_PTRACE", "numbers": [19], "all": ["ALL"], "space": ["CAP_SYS_PTRACE "],
                           "null-element": [None], "empty-name": [""]}.items():
            yield Row(f"{side}.caps-{name}", rule(**{side: {"caps": caps}}))
        for name, arches in {"oci": ["SCMP_ARCH_X86_64"], "uname": ["x86_64"], "unknown": ["vax"], "upper": ["AMD64"],
                             "text": "amd64", "aarch64": ["aarch64"], "i386": ["i386"], "numbers": [1]}.items():
            yield Row(f"{side}.arches-{name}", rule(**{side: {"arches": arches}}))
        for name, kernel in {"word": "new", "one-part": "4", "x": "6.x", "number": 4.8, "three": "4.8.0",
                             "four": "4.8.0.1", "minus": "-4.8", "suffix": "4.8-rc1", "space": " 4.8", "comma": "4,8",
                             "array": ["4.8"], "large": "99999999999.1"}.items():
            yield Row(f"{side}.kernel-{name}", rule(**{side: {"minKernel": kernel}}))
        for name, value in {"array": [], "string": "CAP_SYS_PTRACE", "typo": {"cap": ["CAP_SYS_PTRACE"]},
                            "snake": {"min_kernel": "4.8"}, "unknown": {"distro": ["debian"]}}.items():
            yield Row(f"{side}.{name}", rule(**{side: value}))


def missing_call_rows():
    def lacking(name):
        def change(profile):
            profile["syscalls"][0]["names"].remove(name)
        return changed(change)
    for name in ESSENTIAL:
        yield Row(f"lacks.{name}", lacking(name), EITHER)

    def with_kill(name):
        def change(profile):
            profile["syscalls"][0]["names"].remove(name)
            profile["syscalls"].append({"names": [name], "action": "SCMP_ACT_KILL_PROCESS"})
        return changed(change)
    for name in ("execve", "futex", "close", "capset", "prctl", "openat", "epoll_pwait", "fstat", "newfstatat", "getdents64"):
        yield Row(f"kills.{name}", with_kill(name), EITHER)
    yield Row("permits.nothing", changed(lambda p: p.update(syscalls=[])))
    yield Row("permits.read-alone", changed(lambda p: p.update(syscalls=[{"names": ["read"], "action": "SCMP_ACT_ALLOW"}])))


def rows():
    """Every profile, in a fixed order; names are unique."""
    out = []
    for group in (encoding_rows, syntax_rows, action_rows, architecture_rows, member_rows, rule_rows, condition_rows, gate_rows,
                  missing_call_rows):
        out.extend(copy.copy(row) for row in group())
    names = [row.name for row in out]
    assert len(names) == len(set(names)), "two rows of one name"
    return out
