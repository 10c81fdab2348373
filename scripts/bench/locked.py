"""locked.py LOCKFILE < STRACE: for how many milliseconds the longest lock on LOCKFILE
was held, in what strace -f -ttt -T -y -e trace=fcntl,close wrote: from when the lock was
there until it was let go or its descriptor closed."""
import re
import sys

CALL = re.compile(r"^(?:\d+ +)?(\d+\.\d+) (fcntl|close)\((\d+)<([^>]*)>(.*) = "
                  r"(-?\d+).*<(\d+\.\d+)>$")
UNFINISHED = re.compile(r"^(\d+) +(\d+\.\d+) (.*) <unfinished \.\.\.>$")
RESUMED = re.compile(r"^(\d+) +\d+\.\d+ <\.\.\. \w+ resumed>(.*)$")


def calls(lines):
    waiting = {}
    for line in lines:
        m = UNFINISHED.match(line)
        if m:
            waiting[m[1]] = m[1] + " " + m[2] + " " + m[3]
            continue
        m = RESUMED.match(line)
        if m and m[1] in waiting:
            line = waiting.pop(m[1]) + m[2]
        m = CALL.match(line)
        if m:
            yield m


def main():
    path, since, longest = sys.argv[1], None, 0.0
    for m in calls(sys.stdin):
        start, call, _, name, args, answer, took = m.groups()
        if name != path:
            continue
        if call == "fcntl" and answer == "0" and "SETLK" in args and \
                ("F_RDLCK" in args or "F_WRLCK" in args):
            if since is None:
                since = float(start) + float(took)
        elif since is not None and (call == "close" or "F_UNLCK" in args):
            longest = max(longest, float(start) + float(took) - since)
            since = None
    if since is not None or longest == 0.0:
        sys.exit("locked.py: %s: no lock is seen whole" % path)
    print("%.3f" % (longest * 1000))


main()
