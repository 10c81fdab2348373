"""tables.py DIRECTORY PAGE: writes PAGE, and benchmark.svg beside it, from what run.sh
left in DIRECTORY."""
import os
import platform
import shutil
import subprocess
import sys
import tempfile

import goals
from results import Results, number, spread

INTRO = """# Benchmark

Written by `make bench` (`scripts/bench/`); run it on your own machine.  kdcsync beside `kprop`,
iprop, and `kdb5_util dump` + rsync over ssh + `kdb5_util load`, in one run: real KDCs, kadmind,
kpropd and sshd on loopback, synthetic principals with an aes256 and an aes128 key each, spread
changes made by `kadmin.local`.  For a size, what is compared took turns on the same realm; a
figure is the median, in brackets the least and the most, and of how many.  Milliseconds, unless
said.  Before each, what the one before left in memory was written to the disk, and the databases and
dumps of all hosts were read, for some machines forget what nobody has used for half a minute.  Primary
and replica share this machine: a ratio says more than a figure.

The time of a change is from the start of the command until the replica serves it.  With kdcsync that is
when the replica's seal gets its name, with everything swapped in, proved and looked at again; then the
verdict goes back, and kdc-snapshot puts its older generations in order before it ends, which is a line of its own.
kprop and `kdb5_util load` have ended when the new database is there, and prove nothing; iprop is
asked for its serial number.

"""

LIMITS = """## What this does not say

- Loopback has no delay and no limit; over a long line the bytes count, and one more round trip.
- The page cache is warm: a host that has no memory for a database and a dump of it, twice, reads them
  from its disk, and kdcsync reads more of them than kprop.  The records are uniform, no client but the probes logs in.
- Both sides compute on the same cores: on two hosts what they do at once is not in each other's way.
- sshd ran with `SetEnv SHLVL=2`, so that no `~/.bashrc` was read at the other end of ssh.
- The processor time of daemons (sshd, kpropd, kadmind, a kept ssh connection) is counted in steps of 10 ms.
- iprop's time is the rest of the poll's interval, mostly.  Its replica proves nothing.
- Not run: LMDB and LDAP, which kdcsync refuses; krb5 1.21 and later.
"""


def table(head, rows):
    rows = [[str(c) for c in r] for r in rows]
    if not any(c != "-" for r in rows for c in r[1:]):
        return "Not measured in this run.\n\n"
    lines = ["| " + " | ".join(r) + " |" for r in [head, ["---"] * len(head)] + rows]
    return "\n".join(lines) + "\n\n"


def said(*argv):
    try:
        p = subprocess.run(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                           text=True, check=False)
        return (p.stdout.splitlines() or [""])[0]
    except OSError:
        return "none"


def field(path, name):
    with open(path) as f:
        for line in f:
            if line.startswith(name):
                return line.split(":", 1)[1].strip()
    return "?"


def machine(r):
    gib = int(field("/proc/meminfo", "MemTotal").split()[0]) / 1048576
    fs = said("findmnt", "-no", "FSTYPE", "-T", os.environ.get("BENCH_TMP", "/tmp"))
    words = [
        "%d × %s, %.0f GiB of memory, %s, Linux %s" % (
            os.cpu_count(), field("/proc/cpuinfo", "model name"), gib, fs,
            platform.release()),
        "MIT krb5 " + said("krb5-config", "--version").split()[-1],
        said("ssh", "-V").split(",")[0],
        " ".join(said("rsync", "--version").split()[:3]),
    ]
    text = "## The machine\n\n" + "; ".join(words) + "."
    for n in r.sizes:
        text += "  %s principals: %s minutes, the realms made included; load before: %s." % (
            "{:,}".format(n), number((r.median(n, "run", "seconds") or 0) / 60),
            number(r.median(n, "run", "load")))
    text += "\n\n"
    return text


def by_size(r, rows):
    return table([""] + ["{:,}".format(n) for n in r.sizes],
                 [[words] + [spread(r.all(n, way, what, None)) for n in r.sizes]
                  for words, way, what in rows])


def times(r):
    text = "## A change, until the replica has it\n\n" + by_size(r, [
        ("kdcsync, kept connection: until sealed", "ours", "sealed"),
        ("... until kdc-snapshot has ended", "ours", "ms"),
        ("kdcsync, new connection: until sealed", "cold", "sealed"),
        ("... until kdc-snapshot has ended", "cold", "ms"),
        ("dump + kprop, until it is loaded", "kprop", "ms"),
        ("dump + rsync + load, until it is loaded", "rsync", "ms"),
        ("iprop, polling every 2 s", "iprop", "ms"),
        ("kdcsync, first ship: until sealed", "first", "sealed"),
        ("... until kdc-snapshot has ended", "first", "ms"),
        ("iprop, full resync", "iprop-resync", "ms"),
    ])
    text += "## Nothing to replicate\n\n" + by_size(r, [
        ("nothing changed: until the replica has the heartbeat", "quiet", "sealed"),
        ("... until kdc-snapshot has ended", "quiet", "ms"),
        ("logins, which move only counters: how many", "logins", "logins"),
        ("... until the replica has the heartbeat", "logins", "sealed"),
        ("... until kdc-snapshot has ended", "logins", "ms"),
        ("... of that: copy and comparison", "logins", "compared"),
        ("... bytes", "logins", "bytes"),
    ])
    return text + "## Parts\n\n" + by_size(r, [
        ("`kdb5_util dump`", "dump", "ms"),
        ("kdcsync's copy", "ours", "copied"),
        ("kdcsync's check, dump and digest of it", "ours", "examined"),
        ("`kdb5_util load`", "load", "ms"),
        ("kdcsync's full load", "apply-full", "filled"),
        ("kdcsync's proof of it", "apply-full", "proved"),
        ("`kdc-apply` of a full bundle, the whole command", "apply-full", "ms"),
    ])


def waits(r):
    rows = []
    for kind, words in (("plain", "kinit"), ("preauth", "kinit, preauthenticated"),
                        ("write", "kadmin, new keys")):
        for way, when in (("idle", "idle, 3 s"), ("ours", "a cycle of kdcsync"),
                          ("dump", "`kdb5_util dump`")):
            rows.append(("primary: %s, %s" % (words, when), way, "wait-" + kind))
    for kind, words in (("plain", "kinit"), ("preauth", "kinit, preauthenticated")):
        for way, when in (("idle", "idle, 3 s"), ("ours", "a cycle of kdcsync"),
                          ("kprop", "kprop, with kpropd's load")):
            rows.append(("replica: %s, %s" % (words, when), way,
                         "wait-replica-" + kind))
    rows.append(("lock on principal.ok held, kdcsync", "ours", "lock"))
    rows.append(("lock on principal.ok held, `kdb5_util dump`", "dump", "lock"))
    return ("## Who waits\n\nThe longest wait in each run; clients call every 20 ms, all "
            "at once.  Locks as strace sees them.\n\n" + by_size(r, rows))


def bytes_and_cpu(r):
    ways = [("ours", "kdcsync, kept connection"), ("cold", "kdcsync, new connection"),
            ("quiet", "kdcsync, nothing changed"), ("first", "kdcsync, first ship"),
            ("kprop", "dump + kprop"), ("rsync", "dump + rsync + load"),
            ("iprop", "iprop")]
    text = ("## Bytes on the wire\n\nOn the loopback interface, both directions, headers "
            "and acknowledgements included.\n\n")
    text += by_size(r, [(w, way, "bytes") for way, w in ways])
    text += "## Processor time\n\n"
    rows = [("primary: " + w, way, "cpu-primary") for way, w in ways]
    rows += [("primary: kdcsync, nothing changed: command", "quiet", "cpu-command"),
             ("... and its part of the kept connection", "quiet", "cpu-connection")]
    rows += [("replica: " + w, way, "cpu-replica") for way, w in ways]
    return text + by_size(r, [x for x in rows if x[1:] not in (
        ("quiet", "cpu-primary"), ("quiet", "cpu-replica"))])


def memory(r):
    rows = []
    for way, when in (("cycle", "a cycle"), ("full", "a full ship")):
        for what in r.whats(way, "rss-") + r.whats(way, "shm-"):
            kind = "own" if what.startswith("rss-") else "shared"
            rows.append(["%s, %s, %s" % (what[4:], when, kind)] + [
                number(v and v / 1024) for v in
                (r.median(n, way, what) for n in r.sizes)])
    return ("## Memory\n\nThe most that a process had, MiB: its own (RssAnon) and shared "
            "with its parent (RssShmem), seen every 5 ms.\n\n"
            + table([""] + ["{:,}".format(n) for n in r.sizes], rows))


SWEEP = [("sweep-ours", "sealed", "kdcsync, until sealed"),
         ("sweep-kprop", "ms", "dump + kprop"),
         ("sweep-rsync", "ms", "dump + rsync + load"), ("sweep-iprop", "ms", "iprop")]


def sweep(r):
    text = "## Cost against change\n\n"
    if not any(r.changes(n, "sweep-ours") for n in r.sizes):
        return text + "Not measured in this run.\n\n"
    for n in r.sizes:
        counts = r.changes(n, "sweep-ours")
        if counts:
            text += "%s principals, of which so many change:\n\n" % "{:,}".format(n)
            text += table([""] + ["{:,}".format(c) for c in counts], [
                [words] + [spread(r.all(n, way, what, c)) for c in counts]
                for way, what, words in SWEEP])
    return text


def fleet(r):
    rows = []
    for way, words in (("fleet-first", "first ship"), ("fleet", "100 changed"),
                       ("fleet-quiet", "nothing changed")):
        rows.append((words, way, "ms"))
        rows.append((words + ", processor time of all", way, "cpu"))
    rows.insert(0, ("replicas", "fleet", "replicas"))
    sizes = [n for n in r.sizes if r.all(n, "fleet")]
    return ("## Many replicas\n\nReached by a `command` without ssh, all on this "
            "machine.\n\n" + table(
                [""] + ["{:,} principals".format(n) for n in sizes],
                [[w] + [spread(r.all(n, way, what)) for n in sizes]
                 for w, way, what in rows]))


def points(path, lines):
    """One panel: which of its columns have something to show."""
    with open(path, "w") as f:
        for x, cells in lines:
            f.write("%s %s\n" % (x, " ".join(
                "-" if v is None else "%.4f" % (v / 1000) for v in cells)))
    return " ".join(str(i + 2) for i, column in enumerate(zip(*(c for _, c in lines)))
                    if any(v is not None for v in column))


def panels(r, directory):
    """Those of more than one point, as what gnuplot is to know."""
    sizes = [(n, [r.median(n, way, what) for way, what in
                  (("ours", "sealed"), ("kprop", "ms"), ("rsync", "ms"), ("iprop", "ms"))])
             for n in r.sizes]
    swept = [n for n in r.sizes if r.changes(n, "sweep-ours")]
    changes = [(c, [r.median(swept[-1], way, what, c) for way, what, _ in SWEEP])
               for c in r.changes(swept[-1], "sweep-ours")] if swept else []
    shown = []
    text = "at='%s';" % "{:,}".format(swept[-1] if swept else 0)
    for name, lines in (("size", sizes), ("change", changes)):
        path = os.path.join(directory, name)
        if len(lines) > 1:
            shown.append(name)
            text += "%s='%s'; %s_columns='%s';" % (name, path, name, points(path, lines))
    return shown and text + "panels='%s';" % " ".join(shown)


def plot(r, svg):
    if not shutil.which("gnuplot"):
        return "No plot: gnuplot is not here.\n\n"
    with tempfile.TemporaryDirectory() as d:
        what = panels(r, d)
        if not what:
            return "No plot: one size, and no sweep.\n\n"
        subprocess.run(["gnuplot", "-e", what + "out='%s'" % svg,
                        os.path.join(os.path.dirname(__file__), "plot.gp")], check=True)
    return "![seconds against principals, and against changes](benchmark.svg)\n\n"


def main():
    directory, page = sys.argv[1:]
    r = Results(directory)
    svg = os.path.join(os.path.dirname(os.path.abspath(page)), "benchmark.svg")
    text = INTRO + machine(r)
    text += "## What it is to reach\n\n" + table(
        ["ratios of medians"] + ["{:,}".format(n) for n in r.sizes], goals.rows(r))
    text += plot(r, svg) + times(r) + waits(r) + bytes_and_cpu(r) + memory(r)
    text += sweep(r) + fleet(r) + LIMITS
    with open(page, "w") as f:
        f.write(text)
    print("%s: written" % page)


main()
