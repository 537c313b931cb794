# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
"""What a vmlinux says of itself: bytes of its sections, its sites, where it calls the hypervisor."""
import re
import struct
import subprocess
from pathlib import Path

ALT = struct.Struct("<iiHHBB")          # struct alt_instr of Linux 6.12
ALT_NOT, ALT_DIRECT_CALL = 1, 2         # its flags
RECORD = 8                              # struct pvops_site
HYPERCALLS = Path("/usr/include/xen/xen.h")
STUBS = ("xen_hypercall_pv", "__SCT__xen_hypercall")


class KernelFile:
    """An ELF file of the kernel, with its symbols."""

    def __init__(self, path):
        self.path = Path(path)
        self.sections = {}              # name: (address, offset, size)
        for line in self.ask("readelf", "-SW"):
            match = re.match(r"\s*\[\s*\d+\] (\S+)\s+\S+\s+([0-9a-f]{16}) ([0-9a-f]+) ([0-9a-f]+) ", line)
            if match:
                self.sections[match[1]] = tuple(int(word, 16) for word in match.groups()[1:])
        self.symbols, self.functions = {}, {}       # {name: address}, {address: bytes}
        for line in self.ask("nm", "-S"):
            words = line.split()
            if len(words) >= 3:
                self.symbols[words[-1]] = int(words[0], 16)
            if len(words) == 4 and words[2] in "tTwW":
                self.functions[int(words[0], 16)] = int(words[1], 16)

    def ask(self, *cmd):
        done = subprocess.run([*cmd, str(self.path)], capture_output=True, text=True, check=True)
        return done.stdout.splitlines()

    def size(self, *names):
        return sum(self.sections[name][2] for name in names if name in self.sections)

    def code(self):
        """Bytes of the functions in .text: the section itself ends at a large page."""
        first, last = self.symbols.get("_stext", 0), self.symbols.get("_etext", 0)
        return sum(size for at, size in self.functions.items() if first <= at < last)

    def read(self, name):
        _, offset, size = self.sections.get(name, (0, 0, 0))
        with open(self.path, "rb") as file:
            file.seek(offset)
            return file.read(size)

    def pv_ops(self):
        """Sites of Linux's own pv_ops: how many, and bytes of their entries and replacements."""
        address = self.sections[".altinstructions"][0]
        entries, sites = {}, set()
        for i, row in enumerate(ALT.iter_unpack(self.read(".altinstructions"))):
            site = address + i * ALT.size + row[0]
            entries.setdefault(site, []).append(ALT.size + row[5])
            if row[3] & ALT_DIRECT_CALL:
                sites.add(site)
        return len(sites), sum(sum(entries[site]) for site in sites)

    def pvops(self):
        """The same of ours."""
        size = self.size(".pvops_sites")
        return size // RECORD, size

    def hypercalls(self):
        """{address: (number or None, function)} of the instructions that call the hypervisor."""
        found, function, number, age = {}, "", None, 0
        with subprocess.Popen(["objdump", "-d", "--no-show-raw-insn", str(self.path)], text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as proc:
            for line in proc.stdout:
                match = re.match(r"[0-9a-f]{16} <(.*)>:", line)
                if match:
                    function, number, age = match[1], None, 0
                    continue
                match = re.match(r" *([0-9a-f]+):\t(\S+)\s*(.*)", line)
                if not match:
                    continue
                age += 1
                value = re.match(r"\$0x([0-9a-f]+),%[er]ax$", match[3])
                if match[2].startswith("mov") and value:
                    number, age = int(value[1], 16), 0
                elif match[2] == "xor" and match[3] == "%eax,%eax":
                    number, age = 0, 0
                elif match[2] == "syscall" or (match[2] in ("call", "jmp") and
                                               any(f"<{stub}>" in match[3] for stub in STUBS)):
                    known = number if age < 12 else None
                    found[int(match[1], 16)] = (known, function)
                    if match[2] == "call":
                        number = None
        return found

    def behind_call(self, caller, callee):
        """The addresses of a function and of the instruction behind its call, or None."""
        if caller not in self.symbols or callee not in self.symbols:
            return None
        start = self.symbols[caller]
        seen = False
        for line in self.ask("objdump", "-d", "--no-show-raw-insn", f"--start-address={start:#x}",
                             f"--stop-address={start + 4096:#x}"):
            match = re.match(r" *([0-9a-f]+):\t(\S+)\s*(.*)", line)
            if match and seen:
                return self.symbols[callee], int(match[1], 16)
            seen = bool(match and match[2] == "call" and f"<{callee}>" in match[3])
        return None


def hypercall_names():
    """{number: name} of Xen's."""
    if not HYPERCALLS.exists():
        return {}
    text = HYPERCALLS.read_text(encoding="utf-8")
    return {int(number): name for name, number in
            re.findall(r"^#define __HYPERVISOR_(\w+)\s+(\d+)(?:\s|$)", text, re.M)}
