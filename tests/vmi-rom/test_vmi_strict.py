# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
"""Strict mode: the monitor sees what a kernel does on its own, and says what, and where."""
import os
import re
import shutil
import struct
import subprocess
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
TOP = HERE.parents[1]
OUT = Path(os.environ.get("PVOPS_OUT", TOP / "build")).resolve()
if OUT.name == "i386":
    OUT = OUT.parent
GUEST = OUT / "i386/guest-naughty.elf"
MEMORY = ["-object", "memory-backend-ram,size=16M,id=vmi", "-device", "ivshmem-plain,memdev=vmi"]
QEMU = ["qemu-system-x86_64", "-nodefaults", "-display", "none", "-serial", "stdio", "-no-reboot",
        "-device", "isa-debug-exit,iobase=0xf4,iosize=4", "-m", "128", "-cpu", "qemu64,+umip",
        "-option-rom", str(OUT / "vmi-rom/strict.rom"), "-kernel", str(GUEST)]
NAUGHTY = {"cli": "cli", "cr3": "mov %cr3", "pte": "page table write", "sgdt": "sgdt"}

pytestmark = pytest.mark.skipif(not shutil.which("qemu-system-x86_64"), reason="no QEMU")


@pytest.fixture(scope="module", autouse=True)
def built():
    env = {k: v for k, v in os.environ.items() if not k.startswith("MAKE") and k != "MFLAGS"}
    for words in (["-C", str(HERE), f"O={OUT / 'vmi-rom'}", "strict"],
                  ["-C", str(TOP), "ARCH=i386", f"O={OUT / 'i386'}", str(GUEST)]):
        subprocess.run(["make", "-s"] + words, check=True, env=env)


def boot(words, options=()):
    """What guest and monitor say, line by line; the guest ends well."""
    done = subprocess.run(["timeout", "60"] + QEMU + list(options) + ["-append", words],
                          stdin=subprocess.DEVNULL, capture_output=True, check=False)
    text = done.stdout.decode(errors="replace").replace("\r", "")
    assert done.returncode == 1, text           # isa-debug-exit's 0
    return text.splitlines()


def violations(lines):
    """(what, where) of each, and the count that the monitor ends with."""
    seen = [re.fullmatch(r"vmi-strict: (.+) at 0x([0-9a-f]+)", line) for line in lines]
    count = [re.fullmatch(r"vmi-strict: (\d+) violations, (\d+) calls", line) for line in lines]
    count = [match for match in count if match]
    assert count, "\n".join(lines)
    assert int(count[-1][2]) > 1000             # it went by calls all the same
    return [(match[1], int(match[2], 16)) for match in seen if match], int(count[-1][1])


def symbols():
    """Names of the image's code, by address."""
    text = subprocess.run(["nm", "-n", str(GUEST)], check=True, capture_output=True, text=True)
    found = [line.split() for line in text.stdout.splitlines()]
    return [(int(address, 16), name) for address, kind, name in found if kind in "tT"]


def code_at(address):
    """Bytes of the image."""
    image = GUEST.read_bytes()
    start, size, count = struct.unpack_from("<I10xHH", image, 28)
    for at in range(start, start + size * count, size):
        kind, offset, va, _, length = struct.unpack_from("<5I", image, at)
        if kind == 1 and va <= address < va + length:
            return image[offset + address - va:][:15]
    raise AssertionError(f"no code at {address:#x}")


def test_good():
    """A guest that keeps to its ops: its page tables and all."""
    # The kernel has room for less: what the firmware leaves of the ROM is short.
    assert (OUT / "vmi-rom/strict.rom").stat().st_size > 16384
    lines = boot("test=guest_smoke,process,mmu", MEMORY)
    assert violations(lines) == ([], 0), "\n".join(lines)


@pytest.mark.parametrize("name", NAUGHTY)
def test_naughty(name):
    """One thing, seen once, at its own address: and the guest goes on."""
    lines = boot(f"test=naughty_{name}", MEMORY)
    seen, count = violations(lines)
    assert count == 1 and len(seen) == 1, "\n".join(lines)
    what, where = seen[0]
    assert what == NAUGHTY[name]
    address, symbol = [(a, n) for a, n in symbols() if a <= where][-1]
    names = [n for a, n in symbols() if a == address]
    assert where == address and f"naughty_{name}" in names, (symbol, hex(where))
    assert f"ok 1 naughty {name} on its own" in lines


def test_instructions():
    """The addresses are those of what is said to be there, not near it."""
    where = {name: next(a for a, n in symbols() if n == f"naughty_{name}") for name in NAUGHTY}
    assert code_at(where["cli"])[:1] == b"\xfa"
    assert code_at(where["cr3"])[:2] == b"\x0f\x22"
    assert code_at(where["pte"])[0] in (0x80, 0x81, 0x83)       # or, to memory
    assert code_at(where["sgdt"])[:2] == b"\x0f\x01"


def test_all():
    lines = boot("test=naughty", MEMORY)
    seen, count = violations(lines)
    assert count == 4 and sorted(what for what, _ in seen) == sorted(NAUGHTY.values())


def test_no_memory():
    """The monitor has nowhere to be: refused, and the guest runs natively, naughty or not."""
    lines = boot("test=naughty,guest_smoke")
    assert any(re.search(r"vmi: ROM at 0x\w+ refused: its init says 1$", line) for line in lines)
    assert any("backend native" in line for line in lines)
    assert not [line for line in lines if line.startswith("vmi-strict: ")]
