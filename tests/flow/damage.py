#!/usr/bin/env python3
"""Damages a DB2 file on purpose.

usage: damage.py FILE DAMAGE

separator     flips one bit in a separator key of an internal page
sibling-next  flips one bit in a leaf's pointer to the next leaf, so that it
              leads to a later one
sibling-prev  the same, to the one before, so that it leads to an earlier one
sibling-loop  flips one bit in a leaf's pointer to the next leaf, so that it
              leads back
key           flips one bit in the key data of a record
zero          fills a leaf with zeros
cut           cuts the last page off
hash-loop     of a hash database: makes a bucket's page its own next one

Says what it did.  The layout: libdb2's btree.h (krb5 1.20.1,
src/plugins/kdb/db2/libdb2/btree/btree.h), little endian; page 0 holds the meta
data, page 1 is the root.  Hash: hash/page.h beside it.
"""
import os
import struct
import sys

PAGE = 4096
INTERNAL, LEAF, TYPE = 0x01, 0x02, 0x1f
HEADER = 20


class Page:
    def __init__(self, data, number):
        self.at = number * PAGE
        (self.number, self.prev, self.next, self.flags, self.lower,
         self.upper) = struct.unpack_from("<IIIIHH", data, self.at)
        count = (self.lower - HEADER) // 2
        self.items = [self.at + off for off in struct.unpack_from(
            "<%dH" % count, data, self.at + HEADER)]


def flip(data, at, bit):
    data[at] ^= 1 << bit
    return "bit %d of byte %d" % (bit, at)


def separator(data, pages):
    """Libdb2 shortens a separator to what tells its two neighbours apart.  Its
    last byte made larger, the first record on its right is looked for on its
    left."""
    page = [p for p in pages if p.flags & TYPE == INTERNAL][-1]
    item = page.items[len(page.items) // 2]
    size, = struct.unpack_from("<I", data, item)
    name = bytes(data[item + 9:item + 9 + size])
    bit = next(b for b in range(8) if not name[-1] >> b & 1)
    return "%r: %s" % (name, flip(data, item + 9 + size - 1, bit))


def leaves_of(pages):
    """In the order of their names."""
    by_number = {p.number: p for p in pages}
    order = [next(p for p in pages if p.flags & TYPE == LEAF and p.prev == 0)]
    while order[-1].next:
        order.append(by_number[order[-1].next])
    return order


def inner_leaf(pages):
    order = leaves_of(pages)
    return order[len(order) // 2]


def sibling(data, pages, offset, good):
    """good(from, to): is it the lie we want, by place in the order?"""
    order = leaves_of(pages)
    place = {p.number: i for i, p in enumerate(order)}
    for i, page in enumerate(order):
        pointer, = struct.unpack_from("<I", data, page.at + offset)
        for bit in range(32):
            to = place.get(pointer ^ 1 << bit)
            if to is not None and good(i, to):
                return "leaf %d: %s" % (page.number, flip(
                    data, page.at + offset + bit // 8, bit % 8))
    sys.exit("damage.py: too small a tree")


def key(data, pages):
    """In the middle of the last key of a record: it stands at the record's
    end (kdb_xdr.c, krb5_encode_princ_entry), no structure is touched."""
    page = inner_leaf(pages)
    item = page.items[0]
    ksize, dsize = struct.unpack_from("<II", data, item)
    return "leaf %d: %s" % (page.number, flip(
        data, item + 9 + ksize + dsize - 10, 5))


def zero(data, pages):
    page = inner_leaf(pages)
    data[page.at:page.at + PAGE] = bytes(PAGE)
    return "leaf %d" % page.number


def hash_loop(data):
    for at in range(PAGE, len(data), PAGE):
        number, after = struct.unpack_from("<II", data, at)
        if number == at // PAGE and 0 < after < len(data) // PAGE:
            struct.pack_into("<I", data, at + 4, number)
            return "page %d" % number
    sys.exit("damage.py: no bucket has two pages")


def main(path, what):
    with open(path, "rb") as source:
        data = bytearray(source.read())
    magic, = struct.unpack_from("<I", data)
    if magic != (0x61150600 if what == "hash-loop" else 0x053162):
        sys.exit("damage.py: %s: another kind of file" % path)
    pages = [] if what == "hash-loop" else [
        Page(data, n) for n in range(1, len(data) // PAGE)]
    if what == "hash-loop":
        told = hash_loop(data)
    elif what == "separator":
        told = separator(data, pages)
    elif what == "sibling-next":
        told = sibling(data, pages, 8, lambda i, to: to > i + 2)
    elif what == "sibling-prev":
        told = sibling(data, pages, 4, lambda i, to: to < i - 2)
    elif what == "sibling-loop":
        told = sibling(data, pages, 8, lambda i, to: to <= i)
    elif what == "key":
        told = key(data, pages)
    elif what == "zero":
        told = zero(data, pages)
    elif what == "cut":
        del data[-PAGE:]
        told = "the last page is gone"
    else:
        sys.exit(__doc__)
    # Written in place: the file stays the one that others know.
    with open(path, "r+b") as out:
        out.write(data)
        out.truncate(len(data))
        os.fsync(out.fileno())
    print("%s: %s: %s" % (path, what, told))


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
