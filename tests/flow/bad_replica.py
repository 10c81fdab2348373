"""A replica as kdc-snapshot should not meet one.

    bad_replica.py HELLO MODE [N]

HELLO is a file with what a real kdc-apply said first.  It speaks on standard
input and output as kdc-apply would, and goes wrong in the way that MODE says.
"""
import os
import re
import signal
import sys
import time


def out(data):
    os.write(1, data)


def bundle(most=None):
    """Reads the bundle, or its first bytes: the manifest's lines."""
    data = b""
    while most is None or len(data) < most:
        more = os.read(0, 65536 if most is None else min(65536, most - len(data)))
        if not more:
            break
        data += more
    text = data[512:].split(b"\0")[0].decode("ascii", "replace")
    return dict(re.findall(r"^([a-z0-9-]+): (.*)$", text, re.M))


def verdict(m, **change):
    v = {
        "kdcsync-verdict": "1",
        "realm": m["realm"],
        "outcome": "sealed",
        "why": "-",
        "generation": m["epoch"] + "." + m["generation"],
        "digest": m["dump-sha256"],
        "as-of": m["as-of"],
        "proof": m["as-of"],
        "proof-result": "good",
        "stash-kvno": "1",
        "mkey-kvnos": "1",
        "receive-ms": "1",
        "apply-ms": "1",
    }
    v.update(change)
    return "".join(f"{k}: {x}\n" for k, x in v.items()).encode()


def forever(data, pause=0.0):
    while True:
        out(data)
        time.sleep(pause)


def change(hello, name, value):
    return re.sub(b"(?m)^%s: .*$" % name, b"%s: %s" % (name, value), hello, 1)


def main():
    # As a C program: one that is hung up on has no last words.
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    with open(sys.argv[1], "rb") as f:
        hello = f.read()
    mode = sys.argv[2]
    n = int(sys.argv[3]) if len(sys.argv) > 3 else 0
    if mode == "silent":
        time.sleep(600)
    elif mode == "hello-cut-hang":
        out(hello[:n])
        time.sleep(600)
    elif mode == "hello-flip":
        out(hello[: n // 8] + bytes([hello[n // 8] ^ 1 << n % 8]) + hello[n // 8 + 1 :])
        bundle()
    elif mode == "hello-endless":
        forever(b"kdcsync-hello: 1\n" if n == 0 else b"k" * 4096)
    elif mode == "hello-lines":
        out(b"kdcsync-hello: 1\nrealm: EXAMPLE.TEST\n")
        forever(b"more: lines\n")
    elif mode == "hello-drip":
        for byte in hello:
            out(bytes([byte]))
            time.sleep(0.2)
    elif mode == "hello-realm":
        out(change(hello, b"realm", b"OTHER.TEST"))
        bundle()
    elif mode == "hello-version":
        out(change(hello, b"kdcsync-hello", b"2"))
        bundle()
    elif mode == "banner":
        out(b"Welcome to kdc9.\n" + hello)
    elif mode == "claim":
        # Ahead, but for the signature: the seal in it is edited.
        head, seal = hello.split(b"\n\n", 1)
        seal = re.sub(rb"(?m)^generation: (\d+)$",
                      lambda g: b"generation: " + b"9" * len(g[1]), seal, 1)
        out(head + b"\n\n" + seal)
        m = bundle()
        out(verdict(m))
    elif mode == "bundle-hang":
        out(hello)
        bundle(n)
        time.sleep(600)
    else:
        after_bundle(hello, mode, n)


def after_bundle(hello, mode, n):
    out(hello)
    if mode == "early":
        # Sealed before it has the bundle.
        m = bundle(2048)
        out(verdict(m))
        return
    m = bundle()
    if mode == "verdict-cut":
        out(verdict(m)[:n])
    elif mode == "verdict-short":
        out(verdict(m)[:-n])
    elif mode == "verdict-hang":
        out(verdict(m)[:n])
        time.sleep(600)
    elif mode == "verdict-linger":
        # It has said all, and does not end.
        out(verdict(m))
        os.close(1)
        os.close(2)
        time.sleep(600)
    elif mode == "verdict-flip":
        v = bytearray(verdict(m))
        v[n // 8 % len(v)] ^= 1 << n % 8
        out(bytes(v))
    elif mode == "verdict-endless":
        forever(verdict(m))
    elif mode == "verdict-drip":
        for byte in verdict(m):
            out(bytes([byte]))
            time.sleep(0.2)
    elif mode == "verdict-twice":
        out(verdict(m) * 2)
    elif mode == "verdict-realm":
        out(verdict(m, realm="OTHER.TEST"))
    elif mode == "verdict-version":
        out(verdict(m, **{"kdcsync-verdict": "2"}))
    elif mode == "verdict-garbage":
        out(os.urandom(1000))
    elif mode == "verdict-escape":
        out(verdict(m, outcome="refused", why="\x1b[2J\x07root: all is lost"))
    elif mode == "lie-digest":
        out(verdict(m, digest="0123456789abcdef" * 4))
    elif mode == "lie-generation":
        out(verdict(m, generation="1.999999"))
    elif mode == "need-full":
        out(verdict(m, outcome="need-full", why="more, more"))
    elif mode == "refused":
        out(verdict(m, outcome="refused", why="I do not want it"))
    elif mode == "stderr":
        while True:
            os.write(2, b"\x1b[31m noise \xff\n" * 100)
    elif mode == "good":
        out(verdict(m))
    else:
        sys.exit(f"bad_replica.py: {mode}: no such mode")


main()
