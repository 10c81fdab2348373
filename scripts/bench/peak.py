"""peak.py SIZE WAY COMMAND...: while the command runs, looks every 5 ms at what memory
of their own (RssAnon) and shared with their children (RssShmem) the kdcsync programs
that run here have.  Then prints the most that a process had: SIZE, 0, WAY, rss-PROGRAM
or shm-PROGRAM, kilobytes; a child of a program is PROGRAM-child."""
import os
import subprocess
import sys
import time

most = {}


def status(pid):
    try:
        with open("/proc/%s/status" % pid) as f:
            return dict(s.rstrip("\n").split(":\t", 1) for s in f if ":\t" in s)
    except OSError:
        return {}


def look(pid):
    s = status(pid)
    name = s.get("Name", "")
    if not name.startswith("kdc-") or "RssAnon" not in s:
        return
    if status(s["PPid"]).get("Name") == name:
        name += "-child"
    for key, field in (("rss", "RssAnon"), ("shm", "RssShmem")):
        key = key + "-" + name
        most[key] = max(most.get(key, 0), int(s[field].split()[0]))


def main():
    size, way, *command = sys.argv[1:]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as p:
        while p.poll() is None:
            for pid in filter(str.isdigit, os.listdir("/proc")):
                look(pid)
            time.sleep(0.005)
    for key, kb in sorted(most.items()):
        print(size, 0, way, key, kb, sep="\t")
    sys.exit(p.returncode)


main()
