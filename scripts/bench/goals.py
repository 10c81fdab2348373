"""What a cycle is to reach, by ratios of medians, at 100 changed principals."""
from results import number

# what, and at which size at least so much
GOALS = [
    ("kprop's time ÷ ours, change to proved live, warm connection",
     lambda r, n: ratio(r, n, ("kprop",), ("ours", "sealed")), ">=", {100000: 8, 1000000: 10}),
    ("`kdb5_util dump`'s lock time ÷ ours",
     lambda r, n: ratio(r, n, ("dump", "lock"), ("ours", "lock")),
     ">=", {100000: 100, 1000000: 100}),
    ("worst kadmin write on the primary: during `kdb5_util dump` ÷ during our cycle",
     lambda r, n: ratio(r, n, ("dump", "wait-write"), ("ours", "wait-write")),
     ">=", {100000: 20, 1000000: 100}),
    ("worst preauthenticated kinit on the primary: the same",
     lambda r, n: ratio(r, n, ("dump", "wait-preauth"), ("ours", "wait-preauth")),
     ">=", {100000: 20, 1000000: 100}),
    ("worst kinit at the replica: during kpropd's load ÷ during our cycle",
     lambda r, n: ratio(r, n, ("kprop", "wait-replica-plain"),
                        ("ours", "wait-replica-plain")),
     ">=", {100000: 1.5, 1000000: 3}),
    ("the same, preauthenticated",
     lambda r, n: ratio(r, n, ("kprop", "wait-replica-preauth"),
                        ("ours", "wait-replica-preauth")),
     ">=", {100000: 1.5, 1000000: 3}),
    ("`kdb5_util dump` ÷ our copy, check, dump and digest",
     lambda r, n: over(r.median(n, "dump"), taking(r, n)),
     ">=", {100000: 8, 1000000: 8}),
    ("`kdb5_util load` ÷ our full load and proof",
     lambda r, n: over(r.median(n, "load"), both(r.median(n, "apply-full", "filled"),
                                                 r.median(n, "apply-full", "proved"))),
     ">=", {100000: 4, 1000000: 4}),
    ("bytes on the wire, warm connection",
     lambda r, n: r.median(n, "ours", "bytes"),
     "<=", {100000: 25000, 1000000: 25000}),
    ("full first ship: kprop's time ÷ ours",
     lambda r, n: ratio(r, n, ("kprop",), ("first", "sealed")),
     ">=", {100000: 2.5, 1000000: 4}),
    ("quiet cycle: CPU on the primary, one replica, ms",
     lambda r, n: both(r.median(n, "quiet", "cpu-command"),
                       r.median(n, "quiet", "cpu-connection")),
     "<=", {100000: 60, 1000000: 60}),
    ("iprop's time, polling every 2 s, ÷ ours",
     lambda r, n: ratio(r, n, ("iprop",), ("ours", "sealed")), ">=", {100000: 1}),
]


def over(a, b):
    return None if a is None or not b else a / b


def both(a, b):
    return None if a is None or b is None else a + b


def ratio(r, n, a, b):
    return over(r.median(n, *a), r.median(n, *b))


def taking(r, n):
    return both(r.median(n, "ours", "copied"), r.median(n, "ours", "examined"))


def figure(value):
    """Not so round that 1.46 looks like 1.5."""
    return "%.2f" % value if value is not None and value < 10 else number(value)


def cell(value, sign, goal):
    if goal is None:
        return figure(value)
    words = "%s %s" % ("≥" if sign == ">=" else "≤", "{:,}".format(goal))
    if value is None:
        return "not measured (%s)" % words
    good = value >= goal if sign == ">=" else value <= goal
    return "%s (%s) %s" % (figure(value), words,
                           "reached" if good else "**fell short**")


def rows(r):
    for what, fn, sign, goals in GOALS:
        yield [what] + [cell(fn(r, n), sign, goals.get(n)) for n in r.sizes]
