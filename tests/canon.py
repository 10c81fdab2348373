#!/usr/bin/env python3
"""Canonical form of a dump, written without a look at src/format.

usage: canon.py [DUMP]    reads a `kdb5_util dump` of version 5, 6 or 7 (stdin
when no file is named), writes the canonical version 7 dump on stdout:
counters 0, tl_data in stable order of type, principals and then policies in
byte order of their names.  The grammar is MIT's, krb5 1.20.1,
src/kadmin/dbutil/dump.c, dump_k5beta7_princ and the three policy writers.
"""
import sys

POLICY_FIELDS = {5: 7, 6: 10, 7: None}


def fail(number, why):
    sys.exit("canon.py: line %d: %s" % (number, why))


def triples(fields, n):
    """n times type, length, hex; and the fields left."""
    taken = [tuple(fields[3 * i:3 * i + 3]) for i in range(n)]
    for one in taken:
        length, text = int(one[1]), one[2]
        good = text == b"-1" if length == 0 else len(text) == 2 * length
        if not good:
            raise ValueError("octets of the wrong length")
    taken.sort(key=lambda one: int(one[0]))
    return [field for one in taken for field in one], fields[3 * n:]


def principal(line):
    """line has no newline.  (name, canonical line)"""
    if not line.endswith(b";"):
        raise ValueError("no semicolon")
    head = line.split(b"\t", 6)
    if head[0] != b"princ" or head[1] != b"38":
        raise ValueError("not a principal of length 38")
    name = head[6][:int(head[2])]
    if head[6][len(name):len(name) + 1] != b"\t":
        raise ValueError("name of the wrong length")
    fields = head[6][len(name) + 1:-1].split(b"\t")
    fields[5:8] = [b"0", b"0", b"0"]
    tl, keys = triples(fields[8:], int(head[3]))
    if keys[-1] != b"-1":
        raise ValueError("e_data")
    out = head[:6] + [name] + fields[:8] + tl + keys
    return name, b"\t".join(out) + b";\n"


def policy(line, version):
    fields = line.split(b"\t")[1:]
    if version == 7 and len(fields) == 10:  # MIT's loader takes them, too
        version = 6
    if POLICY_FIELDS[version] not in (None, len(fields)):
        raise ValueError("%d fields in a policy" % len(fields))
    fields[6] = b"0"
    if version == 5:
        fields += [b"0"] * 3
    if version < 7:
        fields += [b"0", b"0", b"0", b"-", b"0"]
    tl, rest = triples(fields[15:], int(fields[14]))
    if rest:
        raise ValueError("fields behind the end of a policy")
    return fields[0], b"\t".join([b"policy"] + fields[:15] + tl) + b"\n"


def canon(text):
    lines = text.split(b"\n")
    header = b"kdb5_util load_dump version "
    if lines.pop() != b"":
        fail(len(lines) + 1, "no newline at the end")
    if not lines or not lines[0].startswith(header):
        fail(1, "not a dump")
    version = int(lines[0][len(header):])
    if version not in POLICY_FIELDS:
        fail(1, "version %d" % version)
    princs, policies = [], []
    for number, line in enumerate(lines[1:], 2):
        try:
            if line.startswith(b"policy\t"):
                policies.append(policy(line, version))
            else:
                princs.append(principal(line))
        except (ValueError, IndexError) as error:
            fail(number, error)
    princs.sort(key=lambda record: record[0])
    policies.sort(key=lambda record: record[0])
    return header + b"7\n" + b"".join(line for _, line in princs + policies)


if __name__ == "__main__":
    if len(sys.argv) > 2 or sys.argv[1:2] in (["-h"], ["--help"]):
        sys.exit(__doc__)
    with open(sys.argv[1] if len(sys.argv) == 2 else 0, "rb") as source:
        sys.stdout.buffer.write(canon(source.read()))
