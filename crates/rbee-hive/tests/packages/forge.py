"""Writes a package: forge.py FILE MEMBERS, a member a line, and an .MTREE that lists them."""

import gzip
import hashlib
import io
import sys
import tarfile

file, members = sys.argv[1:]
lines = [line.split(" ", 3) for line in members.split("\n")]
arch = next((words[1] for words in lines if words[0] == "arch"), "any")
info = f"pkgname = forged\npkgver = 1-1\narch = {arch}\n".encode()
mtree = ["#mtree", "/set type=file uid=0 gid=0 mode=644"]
entries = []


def escaped(name):
    return name.replace(" ", "\\040")


def add(name, kind, content=b"", mode=0o644, link="", listed="file", more=""):
    entry = tarfile.TarInfo(name)
    entry.type, entry.mode, entry.linkname, entry.size = kind, mode, link, len(content)
    entry.mtime = 1
    entries.append((entry, content))
    if listed:
        digest = hashlib.sha256(content).hexdigest()
        size = f" size={len(content)} sha256digest={digest}" if listed == "file" else ""
        mtree.append(f"./{escaped(name)} time=1.0 type={listed} mode={mode:o}{size}{more}")


add(".PKGINFO", tarfile.REGTYPE, info)
for words in lines:
    match words:
        case ["dir", name]:
            add(name, tarfile.DIRTYPE, mode=0o755, listed="dir")
        case ["file", name, mode, content]:
            text = f"#!/bin/sh\n{content}\n".encode()
            add(name, tarfile.REGTYPE, text, int(mode, 8))
        case ["zeros", name, size]:
            add(name, tarfile.REGTYPE, bytes(int(size)))
        case ["again", name]:
            add(name, tarfile.REGTYPE, listed="")
        case ["link", name, target]:
            add(name, tarfile.SYMTYPE, mode=0o777, link=target, listed="link", more=f" link={target}")
        case ["hard", name, target]:
            add(name, tarfile.LNKTYPE, link=target)
        case ["device", name]:
            add(name, tarfile.CHRTYPE, listed="char")
        case ["device-as-file", name]:
            add(name, tarfile.CHRTYPE)
        case ["fifo", name]:
            add(name, tarfile.FIFOTYPE, listed="fifo")
        case ["arch", _]:
            pass
        case _:
            sys.exit(f"not understood: {words}")

with tarfile.open(file, "w:gz", format=tarfile.PAX_FORMAT) as tar:
    listing = gzip.compress(("\n".join(mtree) + "\n").encode())
    entry = tarfile.TarInfo(".MTREE")
    entry.size = len(listing)
    tar.addfile(entry, io.BytesIO(listing))
    for entry, content in entries:
        tar.addfile(entry, io.BytesIO(content) if content else None)
