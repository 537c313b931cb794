# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
"""The patch sites of a guest image, read from the ELF file."""
import struct
from collections import namedtuple

Site = namedtuple("Site", "record address op length kind offset")
FORM = struct.Struct("<QQQQBB6x")       # struct pvops_form
EMPTY, NOP, INLINE, CALL = range(4)     # enum pvops_form_kind


class Image:
    """An ELF64 file with its symbols; addresses are virtual."""

    def __init__(self, path):
        self.data = bytearray(open(path, "rb").read())
        phoff, = struct.unpack_from("<Q", self.data, 32)
        phentsize, phnum = struct.unpack_from("<HH", self.data, 54)
        self.segments = []
        for i in range(phnum):
            kind, _, offset, vaddr, _, filesz = struct.unpack_from("<IIQQQQ", self.data,
                                                                   phoff + i * phentsize)
            if kind == 1:
                self.segments.append((vaddr, filesz, offset))
        self.symbols = self._symbols()

    def _symbols(self):
        shoff, = struct.unpack_from("<Q", self.data, 40)
        shentsize, shnum = struct.unpack_from("<HH", self.data, 58)
        sections = [struct.unpack_from("<IIQQQQIIQQ", self.data, shoff + i * shentsize)
                    for i in range(shnum)]
        symbols = {}
        for sec in sections:
            if sec[1] != 2:         # SHT_SYMTAB
                continue
            strings = sections[sec[6]][4]
            for at in range(sec[4], sec[4] + sec[5], 24):
                name, _, _, _, value, _ = struct.unpack_from("<IBBHQQ", self.data, at)
                end = self.data.index(0, strings + name)
                symbols[self.data[strings + name:end].decode()] = value
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

    def form(self, backend, op):
        """Kind of a backend's form of an op (its number), and bytes if it is inlined."""
        at = self.symbols[f"{backend}_forms"] + op * FORM.size
        _, code, end, _, kind, _ = FORM.unpack_from(self.data, self.offset(at))
        return kind, end - code if kind == INLINE else 0

    def save(self, path):
        open(path, "wb").write(self.data)
