#!/usr/bin/env python3
"""A case of the diagnosis in one text file: what happened, the truth about it, and the files of the evidence.

usage: tests/diagnosis/case_files.py FOLDER...    makes FOLDER.case of a folder with README.md, truth and evidence, and removes it

    What happened, in sentences.

    origin: recorded
    arguments: strace.log --profile profile.json
    syscall: acct
    layer: seccomp
    === strace.log
    21504 1795318217.020103 acct("/tmp/log") = -1 EPERM (Operation not permitted)
    === profile.json
    {"defaultAction": …
"""

import os
import re
import shutil
import sys

FIELDS = ("origin", "arguments", "syscall", "layer", "also", "fix", "kind", "mentions", "lacks")
FIELD = re.compile(r"([a-z]+):[ ]?(.*)")
FILE = re.compile(r"(?m)^=== (\S+)\n")


def read(path):
    """A case's story, its fields, and the texts of its files by name."""
    with open(path, encoding="utf-8", newline="") as file:
        head, *rest = FILE.split(file.read())
    story, fields = [], {}
    for line in head.splitlines():
        found = FIELD.fullmatch(line)
        if found and found[1] in FIELDS:
            fields[found[1]] = found[2].strip()
        else:
            story.append(line)
    return "\n".join(story).strip(), fields, dict(zip(rest[::2], rest[1::2]))


def write(path, story, fields, files):
    for name, text in files.items():
        if not text.endswith("\n") or FILE.search(text):
            raise ValueError(f"{name} cannot stand in {path}")
    with open(path, "w", encoding="utf-8", newline="") as file:
        file.write(story.strip() + "\n\n")
        file.writelines(f"{name}: {fields[name]}\n" for name in FIELDS if name in fields)
        file.writelines(f"=== {name}\n{text}" for name, text in files.items())


def unpack(path, folder):
    """Writes the case's files into the folder, which is made; returns its fields."""
    _, fields, files = read(path)
    os.makedirs(folder)
    for name, text in files.items():
        with open(os.path.join(folder, name), "w", encoding="utf-8", newline="") as file:
            file.write(text)
    return fields


def pack(folder):
    texts = {}
    for name in sorted(os.listdir(folder)):
        with open(os.path.join(folder, name), encoding="utf-8", newline="") as file:
            texts[name] = file.read()
    story = re.sub(r"^# .*\n+", "", texts.pop("README.md", ""))
    fields = {name.strip(): value.strip() for name, value in (line.split(":", 1) for line in texts.pop("truth").splitlines() if ":" in line)}
    unknown = set(fields) - set(FIELDS)
    if unknown:
        raise ValueError(f"{folder}: {', '.join(sorted(unknown))}")
    write(folder.rstrip("/") + ".case", story, fields, dict(sorted(texts.items(), reverse=True)))
    shutil.rmtree(folder)


if __name__ == "__main__":
    for each in sys.argv[1:] or sys.exit(__doc__):
        pack(each)
