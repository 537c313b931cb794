# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
"""pvaudit run, and small images made for it."""
import json
import os
import subprocess
from pathlib import Path

HERE = Path(__file__).resolve().parent
TOP = HERE.parents[1]
OUT = Path(os.environ.get("PVOPS_OUT", TOP / "build")).resolve()
MODES = {64: ("x86_64", OUT, ("-m64", "-fno-pie"), "elf_x86_64"),
         32: ("i386", OUT / "i386", ("-m32", "-fno-pie"), "elf_i386")}


def make(*words, limit=300):
    clean = {k: v for k, v in os.environ.items() if k not in ("MAKEFLAGS", "MAKELEVEL", "MFLAGS")}
    subprocess.run(["make", "-s", "-C", TOP, *map(str, words)], check=True, env=clean, timeout=limit)


def guest(bits):
    return MODES[bits][1] / "guest.elf"


def suppressions(bits):
    return [f"--suppressions={TOP}/guest/{name}.suppressions" for name in ("audit", f"audit-{MODES[bits][0]}")]


def run(program, *args, status=None, limit=60):
    done = subprocess.run([OUT / program, *map(str, args)], capture_output=True, text=True, check=False,
                          timeout=limit)
    assert "Sanitizer" not in done.stderr, done.stderr[:2000]
    if status is not None:
        assert done.returncode == status, done.stdout[-2000:] + done.stderr
    return done


def audit(*args, status=None, program="pvaudit-checked"):
    """The findings and all else, as pvaudit's JSON says it."""
    return json.loads(run(program, "--json", *args, status=status).stdout)


class Maker:
    """Assembles and links, each to a file of its own."""

    def __init__(self, folder):
        self.folder, self.count, self.tables = folder, 0, {}

    def cc(self, bits, *args):
        arch, out, flags, _ = MODES[bits]
        number = len(json.loads((out / "include/pvops/ops.json").read_text(encoding="utf-8"))["ops"])
        subprocess.run(["gcc", *flags, f"-DNR_OPS={number}", "-D__ASSEMBLY__", f"-I{TOP}/include", f"-I{out}/include", f"-I{HERE}",
                        *map(str, args)], check=True, timeout=30)

    def prepare(self, bits):
        if bits not in self.tables:
            table, script = self.folder / f"table{bits}.o", self.folder / f"corpus{bits}.lds"
            self.cc(bits, "-c", HERE / "table.S", "-o", table)
            self.cc(bits, "-E", "-P", "-x", "c", HERE / "corpus.lds.S", "-o", script)
            self.tables[bits] = table, script
        return self.tables[bits]

    def object(self, source, bits, *flags):
        """What the assembler makes of a file, not linked."""
        self.count += 1
        obj = self.folder / f"{self.count}.o"
        self.cc(bits, *flags, "-c", source, "-o", obj)
        return obj

    def file(self, source, bits, *flags):
        """An image of one file of assembly."""
        return self.link(self.object(source, bits, *flags), bits)

    def link(self, obj, bits):
        self.count += 1
        table, script = self.prepare(bits)
        image = self.folder / f"{self.count}.elf"
        subprocess.run(["ld", "-m", MODES[bits][3], "-T", script, "-z", "noexecstack", "-o", image, obj, table],
                       check=True, timeout=30)
        return image

    def text(self, text, bits):
        """An image of one function around some instructions, which are at the label `bad`."""
        source, obj = self.folder / "text.s", self.folder / "text.o"
        source.write_text(f"\t.text\n\t.globl start\n\t.type start, @function\nstart:\tnop\nbad:\t{text}\n\tret\n"
                          "\t.size start, . - start\n\t.section .note.GNU-stack, \"\", @progbits\n", encoding="utf-8")
        subprocess.run(["as", f"--{bits}", source, "-o", obj], check=True, timeout=30)
        return self.link(obj, bits)


def label(image, name):
    """Address of a symbol."""
    for line in subprocess.run(["nm", image], check=True, capture_output=True, text=True).stdout.splitlines():
        if line.split()[-1] == name:
            return int(line.split()[0], 16)
    raise KeyError(name)
