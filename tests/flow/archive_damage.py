#!/usr/bin/env python3
"""What kdc-archive verify says of a damaged archive.

usage: archive_damage.py cuts ARCHIVE SCRATCH
       archive_damage.py flips COUNT SEED ARCHIVE SCRATCH

cuts: at every block boundary of the tar, one byte before, one behind it, and
one byte before the end: each must be refused.  flips: COUNT bits anywhere; one
that is not refused must have changed nothing that an archive holds (padding, a
blank in a header, and bits of a signature that mean nothing).  Refused is exit
status 65 and one line.  Runs kdc-archive as it finds it in PATH, two at a time.
"""
import concurrent.futures
import io
import random
import subprocess
import sys
import tarfile


def held(data):
    with tarfile.open(fileobj=io.BytesIO(data)) as tar:
        return [(one.name, tar.extractfile(one).read())
                for one in tar if not one.name.endswith(".sig")]


def verify(path, data):
    with open(path, "wb") as out:
        out.write(data)
    done = subprocess.run(["kdc-archive", "verify", path],
                          capture_output=True, text=True, errors="replace")
    lines = done.stderr.splitlines()
    refused = (done.returncode == 65 and len(lines) == 1 and
               done.stdout == "" and lines[0].startswith("kdc-archive: " + path))
    passed = done.returncode == 0 and not lines
    return refused, passed, (done.returncode, done.stdout, done.stderr)


def main():
    what = sys.argv[1]
    archive, scratch = sys.argv[-2:]
    with open(archive, "rb") as source:
        good = source.read()
    if what == "cuts":
        points = sorted({at + off for at in range(0, len(good) + 1, 512)
                         for off in (-1, 0, 1)
                         if 0 <= at + off < len(good)})
        cases = [(at, good[:at]) for at in points]
    else:
        rnd = random.Random(int(sys.argv[3]))
        points = rnd.sample(range(len(good) * 8), int(sys.argv[2]))
        cases = []
        for at in points:
            data = bytearray(good)
            data[at // 8] ^= 1 << at % 8
            cases.append((at, bytes(data)))
    content = held(good)
    bad, passes, said = 0, 0, set()

    def one(number_case):
        number, (_, data) = number_case
        return verify("%s.%d" % (scratch, number % 2), data)

    for pair in range(0, len(cases), 2):
        two = list(enumerate(cases))[pair:pair + 2]
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            answers = list(pool.map(one, two))
        for (_, (at, data)), (refused, passed, answer) in zip(two, answers):
            if passed and what == "flips":
                passes += 1
                try:
                    same = held(data) == content
                except tarfile.TarError as error:
                    same = False
                    answer = (answer, error)
                if not same:
                    print("at %d: not refused" % at, answer)
                    bad += 1
            elif not refused:
                print("at %d:" % at, answer)
                bad += 1
            else:
                said.add(answer[2].split(": ", 2)[2].strip()[:60])
    print("%d %s: %d refused, %d changed nothing, %d wrong" %
          (len(cases), what, len(cases) - passes - bad, passes, bad))
    for line in sorted(said):
        print("  " + line)
    sys.exit(bad != 0)


if __name__ == "__main__":
    main()
