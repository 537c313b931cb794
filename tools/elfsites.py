# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
"""The patch sites of a guest image, read from the ELF file."""
import struct
from collections import namedtuple

Site = namedtuple("Site", "record address op length kind offset")

# The formats of both widths: where the ELF header has its tables, their rows as (what we use), and
# struct pvops_form.
Width = namedtuple("Width", "header counts segment section symbol form")


def _segment64(row):
    return row[0], row[2], row[3], row[5]


def _segment32(row):
    return row[0], row[1], row[2], row[4]


ELF64 = Width(struct.Struct("<QQ"), (32, 54), (struct.Struct("<IIQQQQ"), _segment64), struct.Struct("<IIQQQQII"),
              (struct.Struct("<IBBHQQ"), 4), struct.Struct("<QQQQBB6x"))
ELF32 = Width(struct.Struct("<II"), (28, 42), (struct.Struct("<IIIII"), _segment32), struct.Struct("<IIIIIIII"),
              (struct.Struct("<IIIBBH"), 1), struct.Struct("<IIIIBB2x"))
EMPTY, NOP, INLINE, CALL = range(4)     # enum pvops_form_kind


def section_rows(data):
    """An ELF file's sections, in their order: (name, row of their table)."""
    width = ELF64 if data[4] == 2 else ELF32
    at, counts = width.counts
    _, shoff = width.header.unpack_from(data, at)
    size, number, names = struct.unpack_from("<HHH", data, counts + 4)
    rows = [width.section.unpack_from(data, shoff + i * size) for i in range(number)]
    return [(text_at(data, rows[names][4] + row[0]), row) for row in rows]


def text_at(data, at):
    return data[at:data.index(b"\0", at)].decode()


class Image:
    """An ELF file with its symbols; addresses are virtual."""

    def __init__(self, path):
        self.data = bytearray(open(path, "rb").read())
        self.width = ELF64 if self.data[4] == 2 else ELF32
        at, counts = self.width.counts
        phoff, _ = self.width.header.unpack_from(self.data, at)
        phentsize, phnum = struct.unpack_from("<HH", self.data, counts)
        self.segments = []
        rows, pick = self.width.segment
        for i in range(phnum):
            kind, offset, vaddr, filesz = pick(rows.unpack_from(self.data, phoff + i * phentsize))
            if kind == 1:
                self.segments.append((vaddr, filesz, offset))
        rows = section_rows(self.data)
        self.symbols = self._symbols([row for _, row in rows])
        self.sections = {name: (row[4], row[5]) for name, row in rows}

    def _symbols(self, sections):
        rows, value = self.width.symbol
        symbols = {}
        for sec in sections:
            if sec[1] != 2:         # SHT_SYMTAB
                continue
            strings = sections[sec[6]][4]
            for at in range(sec[4], sec[4] + sec[5], rows.size):
                row = rows.unpack_from(self.data, at)
                symbols[text_at(self.data, strings + row[0])] = row[value]
        return symbols

    def offset(self, address):
        for vaddr, size, offset in self.segments:
            if vaddr <= address < vaddr + size:
                return address - vaddr + offset
        raise ValueError(f"address {address:#x} is not in the file")

    def sites(self):
        at, end = self.symbols["pvops_sites_start"], self.symbols["pvops_sites_end"]
        while at < end:
            rel, op, length, kind = struct.unpack_from("<iHBB", self.data, self.offset(at))
            address = at + rel
            yield Site(at, address, op, length, kind, self.offset(address))
            at += 8

    def ops_with_sites(self):
        """Numbers; also in a module, whose records have no addresses yet."""
        at, size = self.sections.get(".pvops_sites", (0, 0))
        return {struct.unpack_from("<4xH2x", self.data, at + i)[0] for i in range(0, size, 8)}

    def empty_slots(self, nr_ops):
        """Numbers of ops that the table in the file has no function for."""
        at = self.offset(self.symbols["pvops_table"])
        return {op for op in range(nr_ops) if not struct.unpack_from("<Q", self.data, at + 8 * op)[0]}

    def form(self, backend, op):
        """Kind of a backend's form of an op (its number), and bytes if it is inlined."""
        at = self.symbols[f"{backend}_forms"] + op * self.width.form.size
        _, code, end, _, kind, _ = self.width.form.unpack_from(self.data, self.offset(at))
        return kind, end - code if kind == INLINE else 0

    def save(self, path):
        open(path, "wb").write(self.data)
