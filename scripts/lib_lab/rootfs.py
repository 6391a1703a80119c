"""Root file systems made of the host's own programs, so that nothing is downloaded."""

import os
import re
import shutil
import subprocess

from . import host

FOLDERS = ("bin", "dev", "etc", "lib", "lib64", "proc", "srv", "sys", "tmp", "usr/bin", "usr/lib", "var")
APPLETS = ("cat", "echo", "httpd", "id", "ls", "mkdir", "ping", "rm", "rmdir", "sh", "sleep", "touch", "true", "uname",
           "wget")


def busybox(path):
    """A root file system with a static busybox in it."""
    for folder in FOLDERS:
        os.makedirs(os.path.join(path, folder), exist_ok=True)
    shutil.copy(host.find("busybox"), os.path.join(path, "bin/busybox"))
    for applet in APPLETS:
        if not os.path.lexists(os.path.join(path, "bin", applet)):
            os.symlink("busybox", os.path.join(path, "bin", applet))
    with open(os.path.join(path, "etc/passwd"), "w", encoding="utf-8") as out:
        out.write("root:x:0:0:root:/root:/bin/sh\n")
    with open(os.path.join(path, "etc/group"), "w", encoding="utf-8") as out:
        out.write("root:x:0:\n")
    return path


def add(path, program, to):
    """Copies a program of the host, and the libraries it needs, to the place `to` of the root file system."""
    target = os.path.join(path, to.lstrip("/"))
    os.makedirs(os.path.dirname(target), exist_ok=True)
    if os.path.lexists(target):
        os.unlink(target)
    shutil.copy(program, target)
    for library in re.findall(r"(/\S+\.so\S*) \(", host.output("ldd", program)):
        place = os.path.join(path, library.lstrip("/"))
        os.makedirs(os.path.dirname(place), exist_ok=True)
        shutil.copy(library, place)


def compile_c(path, source, to, *flags):
    """Compiles C text to the place `to`; static unless the flags say otherwise."""
    target = os.path.join(path, to.lstrip("/"))
    options = list(flags) or ["-static"]
    subprocess.run(["gcc", "-O1", "-x", "c", "-", "-o", target, *options], input=source, text=True, check=True)
    if "-static" not in options:
        for library in re.findall(r"(/\S+\.so\S*) \(", host.output("ldd", target)):
            place = os.path.join(path, library.lstrip("/"))
            os.makedirs(os.path.dirname(place), exist_ok=True)
            shutil.copy(library, place)
