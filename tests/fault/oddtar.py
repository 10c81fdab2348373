#!/usr/bin/env python3
"""A tar of anything, for tests.

usage: oddtar.py OUT ENTRY...

An ENTRY is NAME=FILE (a regular file), NAME@TARGET (a symbolic link),
NAME%TARGET (a hard link), NAME/ (a directory), NAME! (a FIFO) or NAME#SIZE (the
header of a regular file of SIZE bytes that are not there; the last one).
"""
import sys
import tarfile

KINDS = {"@": tarfile.SYMTYPE, "%": tarfile.LNKTYPE, "/": tarfile.DIRTYPE,
         "!": tarfile.FIFOTYPE}


def add(tar, entry):
    for mark in "=@%#":
        name, found, value = entry.partition(mark)
        if found:
            break
    else:
        name, mark, value = entry[:-1], entry[-1], ""
    info = tarfile.TarInfo(name)
    if mark == "=":
        with open(value, "rb") as file:
            info.size = len(file.read())
            file.seek(0)
            tar.addfile(info, file)
    elif mark == "#":
        info.size = int(value)
        tar.fileobj.write(info.tobuf(tarfile.PAX_FORMAT))
        sys.exit(0)
    else:
        info.type, info.linkname = KINDS[mark], value
        tar.addfile(info)


with tarfile.open(sys.argv[1], "w", format=tarfile.PAX_FORMAT) as out:
    for one in sys.argv[2:]:
        add(out, one)
