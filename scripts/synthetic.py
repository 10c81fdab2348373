#!/usr/bin/env python3
"""synthetic.py COUNT SEED < DUMP > DUMP

Adds COUNT made-up principals to a dump of a real realm, so that what comes out
loads and has the sizes of a large realm: hosts, services and users, each with an
aes256 and an aes128 key (random bytes) and the tagged data that kadmin leaves."""
import random
import struct
import sys

START = 1700000000


def tagged(kind, data):
    return [str(kind), str(len(data)), data.hex()]


def record(name, rng, realm):
    then = START + rng.randrange(60000000)
    kvno = str(rng.randrange(1, 9))
    by = struct.pack("<I", then) + b"root/admin@" + realm.encode() + b"\0"
    admin = bytes.fromhex("12345c01") + bytes(15) + b"\2" + bytes(4)
    fields = ["princ", "38", str(len(name)), "4", "2", "0", name, "0",
              "36000", "604800", "0", "0", "0", "0", "0"]
    fields += tagged(3, admin) + tagged(2, by)
    fields += tagged(8, b"\1\0") + tagged(1, struct.pack("<I", then))
    for enctype, size in ((18, 32), (17, 16)):
        # length, then confounder, key and checksum, encrypted
        key = struct.pack("<H", size) + rng.randbytes(16 + size + 12)
        fields += ["1", kvno] + tagged(enctype, key)
    return "\t".join(fields + ["-1;\n"])


def name(i, realm):
    if i % 4 == 0:
        return "host/node%07d.dc%02d.example.test@%s" % (i, i % 37, realm)
    if i % 4 == 1:
        return "HTTP/web%07d.example.test@%s" % (i, realm)
    return "user%07d@%s" % (i, realm)


def main():
    count, rng = int(sys.argv[1]), random.Random(int(sys.argv[2]))
    head, *lines = sys.stdin
    records = {s.split("\t")[6]: s for s in lines if s.startswith("princ\t")}
    realm = next(n for n in records if n.startswith("K/M@"))[4:]
    for i in range(count):
        records[name(i, realm)] = None
    sys.stdout.write(head)
    for n in sorted(records, key=str.encode):
        sys.stdout.write(records[n] or record(n, rng, realm))
    sys.stdout.writelines(s for s in lines if not s.startswith("princ\t"))


if __name__ == "__main__":
    main()
