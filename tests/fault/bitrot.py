#!/usr/bin/env python3
"""Damaged copies of a file, for tests.

usage: bitrot.py SEED COUNT FILE DIR

Writes COUNT copies into DIR, each with one flipped bit (2 of 3) or cut short,
where chance put it; the name says what: flip.BIT, cut.LENGTH.  The same SEED
gives the same copies.
"""
import os
import random
import sys


def main():
    seed, count, source, where = sys.argv[1:]
    with open(source, "rb") as file:
        whole = file.read()
    chance = random.Random("%s %s" % (seed, os.path.basename(source)))
    done = set()
    while len(done) < int(count):
        if len(done) % 3 == 2:
            length = chance.randrange(len(whole))
            name, data = "cut.%d" % length, whole[:length]
        else:
            bit = chance.randrange(8 * len(whole))
            data = bytearray(whole)
            data[bit // 8] ^= 1 << bit % 8
            name = "flip.%d" % bit
        if name in done:
            continue
        done.add(name)
        with open(os.path.join(where, name), "wb") as file:
            file.write(data)


if __name__ == "__main__":
    main()
