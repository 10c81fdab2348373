#!/usr/bin/env python3
"""lying_delta.py LIE OLD NEW > DELTA

A librsync delta of whole lines from one canonical dump to another, by an oracle
that shares no code with kdcsync; and then not quite:

none     it is right
literal  a digit of a literal's key is another one
shift    a copy begins a line late
wide     a gap takes a line more than it should
twice    a line that is copied comes as a literal, too
other    a literal is for another name
"""
import difflib
import struct
import sys

lie, old, new = sys.argv[1], open(sys.argv[2], "rb"), open(sys.argv[3], "rb")
old, new = old.readlines(), new.readlines()
offset = [0]
for line in old:
    offset.append(offset[-1] + len(line))

commands = []       # ["copy", first, end] of lines or ["literal", bytes]
match = difflib.SequenceMatcher(None, old, new, autojunk=False)
for tag, i1, i2, j1, j2 in match.get_opcodes():
    if tag == "equal":
        commands.append(["copy", i1, i2])
    elif j2 > j1:
        commands.append(["literal", b"".join(new[j1:j2])])

literal = next(c for c in commands if c[0] == "literal")
copies = [c for c in commands if c[0] == "copy"]
if lie == "literal":
    at = literal[1].index(b"\t62\t") + 20
    digit = b"1" if literal[1][at:at + 1] == b"0" else b"0"
    literal[1] = literal[1][:at] + digit + literal[1][at + 1:]
elif lie == "shift":
    copies[-1][1] += 1
    copies[-1][2] += 1
    copies[-1][2] = min(copies[-1][2], len(old))
elif lie == "wide":
    copies[0][2] -= 1
elif lie == "twice":
    literal[1] = old[copies[0][2] - 1] + literal[1]
elif lie == "other":
    literal = next(c for c in commands if c[0] == "literal" and
                   b"bob@" in c[1])
    literal[1] = literal[1].replace(b"bob@", b"boc@", 1)
else:
    assert lie == "none"

out = sys.stdout.buffer
out.write(b"rs\x026")
for command in commands:
    if command[0] == "literal":
        out.write(struct.pack(">BI", 0x43, len(command[1])) + command[1])
    else:
        at, end = offset[command[1]], offset[command[2]]
        out.write(struct.pack(">BQQ", 0x54, at, end - at))
out.write(b"\0")
