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


class Image:
    """An ELF file with its symbols; addresses are virtual."""

    def __init__(self, path):
        self.data = bytearray(open(path, "rb").read())
        self.width = ELF64 if self.data[4] == 2 else ELF32
        at, counts = self.width.counts
        phoff, shoff = self.width.header.unpack_from(self.data, at)
        phentsize, phnum, shentsize, shnum = struct.unpack_from("<HHHH", self.data, counts)
        self.segments = []
        rows, pick = self.width.segment
        for i in range(phnum):
            kind, offset, vaddr, filesz = pick(rows.unpack_from(self.data, phoff + i * phentsize))
            if kind == 1:
                self.segments.append((vaddr, filesz, offset))
        sections = [self.width.section.unpack_from(self.data, shoff + i * shentsize) for i in range(shnum)]
        self.symbols = self._symbols(sections)
        names = sections[struct.unpack_from("<H", self.data, counts + 8)[0]][4]
        self.sections = {self._text(names + sec[0]): (sec[4], sec[5]) for sec in sections}

    def _symbols(self, sections):
        rows, value = self.width.symbol
        symbols = {}
        for sec in sections:
            if sec[1] != 2:         # SHT_SYMTAB
                continue
            strings = sections[sec[6]][4]
            for at in range(sec[4], sec[4] + sec[5], rows.size):
                row = rows.unpack_from(self.data, at)
                symbols[self._text(strings + row[0])] = row[value]
        return symbols

    def _text(self, at):
        return self.data[at:self.data.index(0, at)].decode()

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
