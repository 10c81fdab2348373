"""What run.sh measured: SIZE.tsv in a directory, lines of size, changes, way, what,
value."""
import glob
import os
import statistics


class Results:
    def __init__(self, directory):
        self.values = {}
        for path in glob.glob(os.path.join(directory, "[0-9]*.tsv")):
            with open(path) as f:
                for line in f:
                    size, changes, way, what, value = line.rstrip("\n").split("\t")
                    key = int(size), way, what
                    self.values.setdefault(key, []).append(
                        (int(changes), float(value)))
        self.sizes = sorted({size for size, _, _ in self.values})

    def all(self, size, way, what="ms", changes=None):
        return [v for c, v in self.values.get((size, way, what), [])
                if changes is None or c == changes]

    def median(self, size, way, what="ms", changes=None):
        found = self.all(size, way, what, changes)
        return statistics.median(found) if found else None

    def changes(self, size, way):
        return sorted({c for c, _ in self.values.get((size, way, "ms"), [])})

    def whats(self, way, start):
        return sorted({what for _, w, what in self.values
                       if w == way and what.startswith(start)})


def number(v):
    if v is None:
        return "-"
    if v >= 100:
        return "{:,.0f}".format(v)
    return "{:.1f}".format(v) if v >= 1 else "{:.3g}".format(v)


def spread(values):
    """median (least-most), and of how many."""
    if not values:
        return "-"
    if len(values) == 1:
        return number(values[0]) + ", once"
    return "%s (%s–%s) n=%d" % (number(statistics.median(values)),
                                number(min(values)), number(max(values)),
                                len(values))
