"""changes.py [-d] COUNT SEED ROUND CHANGED ADDED DELETED GONE

Changes to a realm of COUNT principals that synthetic.py made, spread at random over
its names: so many get new keys, so many are added beside one that is there, so many
deleted.  Prints what kadmin.local is to be told; with -d the changed and added ones as
a dump for kdb5_util load -update, its first lines read from stdin.  GONE is a file of
what earlier rounds deleted, which no round touches again; it is kept up to date."""
import os
import random
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import synthetic  # noqa: E402


def pick(rng, count, want, gone):
    free = count - len(gone)
    if want > free:
        sys.exit("changes.py: %d of %d principals: not so many are left"
                 % (want, free))
    picked = rng.sample(range(count), min(count, want + len(gone)))
    return [i for i in picked if i not in gone][:want]


def main():
    dump = sys.argv[1] == "-d"
    *numbers, where = sys.argv[2:] if dump else sys.argv[1:]
    count, seed, turn, changed, added, deleted = map(int, numbers)
    rng = random.Random(seed * 1000003 + turn)
    with open(where, "a+") as f:
        f.seek(0)
        gone = {int(s) for s in f}
        all_ = pick(rng, count, changed + added + deleted, gone)
        f.writelines("%d\n" % i for i in all_[changed + added:])
    realm = "EXAMPLE.TEST"
    old = [synthetic.name(i, realm) for i in all_]
    new = [n.replace("@", ".r%d@" % turn) for n in old[changed:changed + added]]
    if dump:
        sys.stdout.write(sys.stdin.readline())
        for n in sorted(old[:changed] + new, key=str.encode):
            sys.stdout.write(synthetic.record(n, rng, realm))
        return
    for n in old[:changed]:
        print("cpw -randkey", n)
    for n in new:
        print("addprinc -randkey", n)
    for n in old[changed + added:]:
        print("delprinc -force", n)


main()
