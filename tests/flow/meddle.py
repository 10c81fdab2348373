"""meddle.py DIRECTORY SECRET: does to every file that comes into DIRECTORY what
its owner can do, one after another, until it is killed."""

import itertools
import os
import sys

directory, secret = sys.argv[1:]


def truncate(path):
    os.truncate(path, os.path.getsize(path) // 2)


def overwrite(path):
    with open(path, "r+b") as f:
        f.seek(os.path.getsize(path) // 2)
        f.write(b"meddled")


def append(path):
    with open(path, "ab") as f:
        f.write(b"x" * 100000)


def swap(path):
    with open(path + ".other", "wb") as f:
        f.write(b"x" * 10240)
    os.rename(path + ".other", path)


def link_away(path):
    os.unlink(path)
    os.symlink(secret, path)


def hard_link(path):
    os.link(path, path + ".kept")
    with open(path + ".kept", "r+b") as f:
        f.write(b"meddled")


def directory_there(path):
    os.unlink(path)
    os.mkdir(path)


for trick in itertools.cycle((truncate, overwrite, append, swap, link_away,
                              hard_link, directory_there)):
    done = False
    while not done:
        for name in os.listdir(directory):
            path = os.path.join(directory, name)
            if name.endswith(".kept") or os.path.islink(path) or \
                    not os.path.isfile(path):
                continue
            try:
                trick(path)
                done = True
            except OSError:
                pass
