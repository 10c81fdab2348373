#!/usr/bin/env python3
"""A primary that does what it should not: starts kdc-apply and talks to it.

usage: bad_primary.py talk WHAT...
       bad_primary.py cuts HOST_DIR BUNDLE...
       bad_primary.py deaf SHORTOUT.SO BUNDLE

talk reads the hello, sends each WHAT, closes its side and prints how it ended,
one "name: value" a line: status (or "hung"), seconds, sent (bytes that went out),
maxrss (kB), said (once for each line on stderr), and the verdict's lines.

    FILE              its bytes; FILE:N its first N
    drip=S,FILE       one byte every S seconds
    pieces=N,S,FILE   N pieces, S seconds before each
    endless=KIND      until nobody reads: zero, random, pax, global, longname,
                      entries
    header=NAME,SIZE  the header of a tar entry, nothing behind it
    silence           nothing, and does not close its side
    gone              closes both sides, like a process that dies
    full              leaves the hello unread, in a pipe that has no room left

cuts sends every beginning of every BUNDLE and closes; nothing may come of it.
deaf lets kdc-apply lose its stdout behind each byte that it writes.  Both exit
1 at the first thing that is not as it should be, and say it.
"""
import concurrent.futures
import fcntl
import hashlib
import os
import random
import subprocess
import sys
import tarfile
import threading
import time

HUNG = 90       # seconds; nothing here takes half as long
F_SETPIPE_SZ = 1031
END = b"seal: -\n\n"


def header(name, size, kind=tarfile.REGTYPE):
    info = tarfile.TarInfo(name)
    info.size, info.type, info.mode = size, kind, 0o600
    return info.tobuf(tarfile.GNU_FORMAT)


def endless(kind):
    chance = random.Random(kind)
    block = {
        "zero": lambda: bytes(65536),
        "random": lambda: chance.randbytes(65536),
        "pax": lambda: header("x", 30, b"x") +
        b"30 comment=aaaaaaaaaaaaaaaaaa\n".ljust(512, b"\0"),
        "global": lambda: header("g", 30, b"g") +
        b"30 comment=aaaaaaaaaaaaaaaaaa\n".ljust(512, b"\0"),
        "longname": lambda: header("l", 1 << 40, b"L") + b"n" * 65536,
        "entries": lambda: header("dump.zst", 1 << 40) + b"d" * 65536,
    }[kind]
    if kind in ("longname", "entries"):     # one header, then its bytes
        yield block()
        while True:
            yield block()[512:]
    while True:
        yield block()


def read(path):
    with open(path, "rb") as file:
        return file.read()


def chunks(what):
    """What to send, and how long to wait before each of it."""
    name, found, value = what.partition("=")
    if not found:
        path, _, n = what.partition(":")
        yield 0, read(path)[:int(n) if n else None]
    elif name == "drip":
        seconds, path = value.split(",", 1)
        for byte in read(path):
            yield float(seconds), bytes([byte])
    elif name == "pieces":
        n, seconds, path = value.split(",", 2)
        data = read(path)
        step = -(-len(data) // int(n))
        for at in range(0, len(data), step):
            yield float(seconds), data[at:at + step]
    elif name == "endless":
        for data in endless(value):
            yield 0, data
    elif name == "header":
        entry, size = value.split(",")
        yield 0, header(entry, int(size))
    else:
        sys.exit("bad_primary.py: %s?" % what)


class Apply:
    """kdc-apply, a child."""

    def __init__(self, env=None, full=False):
        self.out, theirs = os.pipe()
        if full:
            size = fcntl.fcntl(theirs, F_SETPIPE_SZ, 4096)
            os.write(theirs, bytes(size))
        self.child = subprocess.Popen(
            ["kdc-apply", "-q"], stdin=subprocess.PIPE, stdout=theirs,
            stderr=subprocess.PIPE, env=env, bufsize=0)
        os.close(theirs)
        self.hung = threading.Timer(HUNG, self.child.kill)
        self.hung.start()
        self.sent = 0

    def hello(self):
        """Reads it, to its end and not further: (lines, seal)."""
        text = b""
        while b"\n\n" not in text:
            more = os.read(self.out, 65536)
            if not more:
                return text
            text += more
        lines, _, seal = text.partition(b"\n\n")
        value = lines.rsplit(b"seal: ", 1)[1]
        want = 0 if value == b"-" else sum(map(int, value.split()))
        while len(seal) < want:
            more = os.read(self.out, 65536)
            if not more:
                break
            seal += more
        return lines + b"\n\n" + seal

    def send(self, data):
        """Not all of it when it stops to read: False."""
        try:
            while data:
                n = self.child.stdin.write(data)
                self.sent += n
                data = data[n:]
            return True
        except BrokenPipeError:
            return False

    def close(self):
        self.child.stdin.close()

    def deafen(self):
        if self.out is not None:
            os.close(self.out)
        self.out = None

    def rest(self):
        """Its last words on stdout."""
        text = b""
        while self.out is not None:
            more = os.read(self.out, 65536)
            if not more:
                break
            text += more
        return text

    def end(self):
        """(exit status or "hung", what it said, rusage)"""
        said = self.child.stderr.read().decode()
        _, status, usage = os.wait4(self.child.pid, 0)
        self.hung.cancel()
        status = os.waitstatus_to_exitcode(status)
        self.child.returncode = status
        self.child.stderr.close()
        self.close()
        self.deafen()
        return "hung" if status == -9 else status, said, usage


def talk(what):
    start = time.monotonic()
    apply = Apply(full="full" in what)
    if "full" not in what:
        apply.hello()
    going = True
    for one in what:
        if one == "gone":
            apply.deafen()
        if one in ("silence", "gone", "full"):
            continue
        for wait, data in chunks(one):
            time.sleep(wait)
            going = going and apply.send(data)
            if not going:
                break
    if "silence" not in what:
        apply.close()
    if "full" in what:
        status, said, usage = apply.end()
        verdict = b""
    else:
        verdict = apply.rest()
        status, said, usage = apply.end()
    print("status:", status)
    print("seconds: %.1f" % (time.monotonic() - start))
    print("sent:", apply.sent)
    print("maxrss:", usage.ru_maxrss)
    for line in said.splitlines():
        print("said:", line)
    sys.stdout.flush()
    sys.stdout.buffer.write(verdict)


def field(verdict, name):
    for line in verdict.decode().splitlines():
        if line.startswith(name + ": "):
            return line[len(name) + 2:]
    return None


def fingerprint(host):
    """What may not move: the live database, the seal, the dumps."""
    sums = []
    for name in ("db", "state"):
        for entry in sorted(os.listdir(os.path.join(host, name))):
            path = os.path.join(host, name, entry)
            if os.path.isfile(path):
                sums.append((entry, hashlib.sha256(read(path)).digest()))
    return sums


def cut(host, before, data, length):
    """What is wrong, or None."""
    apply = Apply()
    apply.hello()
    apply.send(data[:length])
    deaf = length % 4 == 3      # it died; else it only stopped to send
    if deaf:
        apply.deafen()
    apply.close()
    verdict = apply.rest()
    status, said, _ = apply.end()
    lines = said.splitlines()
    if status != 65:
        return "status %s, not 65: %s" % (status, said)
    if fingerprint(host) != before:
        return "something moved: %s" % said
    if deaf and lines and lines[-1].startswith("kdc-apply: verdict: "):
        lines.pop()
    if length == 0:
        if lines or field(verdict, "why") != "no bundle came":
            return "not quiet: %s%s" % (said, verdict.decode())
        return None
    if len(lines) != 1 or not lines[0].startswith("kdc-apply: bundle: "):
        return "not one line: %s" % said
    if deaf:
        return None
    if field(verdict, "outcome") != "refused":
        return "no refusal: %s" % verdict.decode()
    if "kdc-apply: " + field(verdict, "why") != lines[0]:
        return "%s: not what it said: %s" % (verdict.decode(), said)
    return None


def cuts(host, bundles):
    before = fingerprint(host)
    step = int(os.environ.get("CUT_STEP", "1"))
    with concurrent.futures.ThreadPoolExecutor(3) as pool:
        jobs = {}
        for path in bundles:
            data = read(path)
            for length in range(0, len(data), step):
                jobs[pool.submit(cut, host, before, data, length)] = \
                    "%s, cut after %d of %d" % (path, length, len(data))
        for job in concurrent.futures.as_completed(jobs):
            if job.result() is not None:
                pool.shutdown(wait=True, cancel_futures=True)
                sys.exit("%s: %s" % (jobs[job], job.result()))
    left = os.listdir(os.path.join(host, "state/incoming"))
    if left:
        sys.exit("left behind: %s" % left)
    print(len(jobs), "cuts")


def lose(library, bundle, room):
    """Its stdout is lost behind room bytes: (hello and verdict, status, said)"""
    apply = Apply(dict(os.environ, LD_PRELOAD=library, SHORTOUT=str(room)))
    text = apply.hello()
    apply.send(bundle)
    apply.close()
    text += apply.rest()
    status, said, _ = apply.end()
    return text, status, said


def deaf(library, path):
    bundle = read(path)
    apply = Apply()
    hello = apply.hello()
    apply.send(bundle)
    apply.close()
    verdict = apply.rest()
    apply.end()
    if field(verdict, "outcome") != "sealed":
        sys.exit("the bundle is not good: %s" % verdict.decode())
    room = -1
    while True:
        room += 1
        text, status, said = lose(library, bundle, room)
        lost = "hello" if room < len(hello) else "verdict"
        want = 74 if lost == "hello" else 0
        # Its milliseconds may have a digit more or less.
        if lost == "verdict" and len(text) < room:
            break
        if len(text) != room or status != want:
            sys.exit("%d bytes: %d came, status %s: %s" %
                     (room, len(text), status, said))
        if len(text) >= len(hello) + len(verdict) - 8 and not said:
            break
        if said.count("\n") != 1 or not said.startswith(
                "kdc-apply: %s: cannot be delivered: Broken pipe; " % lost):
            sys.exit("%d bytes: it said: %s" % (room, said))
    print(room, "bytes of", len(hello), "and", len(verdict))
    if room < len(hello) + len(verdict) - 8:
        sys.exit("ended early")


if __name__ == "__main__":
    if sys.argv[1:2] == ["talk"] and len(sys.argv) > 2:
        talk(sys.argv[2:])
    elif sys.argv[1:2] == ["cuts"] and len(sys.argv) > 3:
        cuts(sys.argv[2], sys.argv[3:])
    elif sys.argv[1:2] == ["deaf"] and len(sys.argv) == 4:
        deaf(sys.argv[2], sys.argv[3])
    else:
        sys.exit(__doc__)
