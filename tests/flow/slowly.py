#!/usr/bin/env python3
"""A slow line: runs a command and passes on what it reads and writes.

usage: slowly.py BYTES_PER_SECOND COMMAND...
       slowly.py -c BYTES COMMAND...

Both directions have that speed.  With -c the line is fast, and breaks when so
many bytes have gone to the command: it and our side see the end of everything,
as when a connection is reset.
"""
import os
import signal
import subprocess
import sys
import threading
import time

PIECE = 512     # bytes at a time


def carry(source, target, speed, most):
    """Until the end of source, or target is gone, or most bytes passed."""
    due = time.monotonic()
    while most is None or most > 0:
        try:
            data = os.read(source, PIECE if most is None else min(PIECE, most))
            if not data:
                break
            if speed is not None:
                due = max(due, time.monotonic()) + len(data) / speed
                time.sleep(max(0, due - time.monotonic()))
            if most is not None:
                most -= len(data)
            while data:
                data = data[os.write(target, data):]
        except BrokenPipeError:
            break
    os.close(target)
    return most == 0


def main():
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)
    speed = most = None
    if sys.argv[1] == "-c":
        most = int(sys.argv[2])
        command = sys.argv[3:]
    else:
        speed = float(sys.argv[1])
        command = sys.argv[2:]
    child = subprocess.Popen(command, stdin=subprocess.PIPE,
                             stdout=subprocess.PIPE, bufsize=0)

    def forth():
        if carry(0, child.stdin.fileno(), speed, most):
            os._exit(255)   # the child has its end of input, and no reader

    threading.Thread(target=forth, daemon=True).start()
    carry(child.stdout.fileno(), 1, speed, None)
    os._exit(child.wait() & 255)


if __name__ == "__main__":
    main()
