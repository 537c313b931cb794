# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
"""No sensitive instruction in the i386 guest but where one is meant: the image as it is linked, before
sites are written, disassembled and asked for the source line of each."""
import os
import re
import shutil
import subprocess
from collections import defaultdict
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parents[2]
OUT = Path(os.environ.get("PVOPS_OUT", TOP / "build")).resolve() / "i386"

# What is privileged, and the seventeen; VERW's suffixes and the like are objdump's.
SENSITIVE = re.compile(
    r"^(?:(?:rep|repz|repnz|data16|addr16|cs|ds|es|fs|gs) )*"
    r"(?:(?P<name>cli|sti|hlt|clts|invd|wbinvd|invlpg|lgdt|lidt|lldt|ltr|lmsw|sgdt|sidt|sldt|str|smsw|iret"
    r"|sysexit|rdmsr|wrmsr|rdpmc|pushf|popf|lar|lsl|verr|verw|lret|lcall|ljmp|lss|int)[lw]?\b"
    r"|mov .*(?P<register>%(?:cr|db|dr)\d|%cs|%ss)\b|(?P<stack>push|pop) +(?P<segment>%cs|%ss))")

# Which source files may have which, and why.
MEANT = {
    # What boots runs in ring 0; what stops is for the time before there is a table.
    "core/entry32.S": "cli hlt lgdt ljmp %cr0 %cr3 %cr4 %ss rdmsr wrmsr",
    "core/boot_hw.c": "cli hlt",
    # Where Xen would not come to see them otherwise; called in ring 0 only.
    "core/unmark32.S": "rdmsr wrmsr wbinvd clts %cr0 %cr3 %cr4",
    # Backends are who has them. The header's are theirs, and a monitor says nothing of them.
    "include/pvops/insn.h": "rdmsr wrmsr",
    # By hand, for comparison; only run in ring 0.
    "guest/bench.c": "cli sti clts invlpg wbinvd str pushf rdmsr %cr0 %cr2 %cr3 %cr4",
    # Asks for the ring that it is in, and wants to hear the truth.
    "guest/gdt.c": "%cs %ss",
    "guest/test.h": "%cs",
    "guest/entry32.S": "push%ss",
    # Tests of just that.
    "guest/user/sensitive.h": "sgdt sidt sldt smsw str pushf popf lar lsl verr verw %cs %ss push%cs pop%ss "
                              "ljmp lcall lret iret int",
    "guest/tests/cpu_desc.c": "int",
    "guest/tests/cpu_io.c": "pushf",
    "guest/tests/cpu_msr.c": "rdmsr wrmsr rdpmc",
    "guest/tests/asm32.S": "pushf",
    "guest/tests/monitor.c": "int lcall lret popf pushf",
    "guest/tests/privileged.c": "cli sti hlt clts lmsw invlpg wbinvd lgdt lidt lldt ltr rdmsr "
                                "%cr0 %cr2 %cr3 %cr4 %db3",
}
NAUGHTY = {"guest/naughty.c": {"cli", "%cr3", "sgdt"}}  # and a write, which does not show

pytestmark = pytest.mark.skipif(not shutil.which("objdump"), reason="no objdump")


@pytest.fixture(scope="session", autouse=True)
def built():
    env = {k: v for k, v in os.environ.items() if not k.startswith("MAKE") and k != "MFLAGS"}
    subprocess.run(["make", "-s", "-C", str(TOP), "ARCH=i386", f"O={OUT}", f"{OUT}/guest.elf",
                    f"{OUT}/guest-naughty.elf"], check=True, env=env)


def found(image):
    """Sensitive instructions by source file, backends left out."""
    text = subprocess.run(["objdump", "-dl", "--no-show-raw-insn", str(image)], check=True,
                          capture_output=True, text=True).stdout
    files, file = defaultdict(set), None
    for line in text.splitlines():
        if match := re.match(r"(/\S+):\d+", line):
            file = os.path.relpath(os.path.normpath(match[1]), TOP)
        elif match := re.match(r"\s*[0-9a-f]+:\s+(.*)", line):
            insn = SENSITIVE.match(re.sub(r"\s+", " ", match[1]))
            if insn and not str(file).startswith("backends/"):
                files[file].add(insn["name"] or insn["register"] or insn["stack"] + insn["segment"])
    return dict(files)


def test_only_what_is_meant():
    assert found(OUT / "guest.elf") == {file: set(words.split()) for file, words in MEANT.items()}


def test_a_stray_one_would_be_found():
    good, bad = found(OUT / "guest.elf"), found(OUT / "guest-naughty.elf")
    assert {file: names - good.get(file, set()) for file, names in bad.items()
            if names - good.get(file, set())} == NAUGHTY
