# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
"""The reference ROM as the firmware places it, looked at and called by kernels of 32 bits."""
import os
import re
import shutil
import struct
import subprocess
from pathlib import Path

import pytest

from gdbstub import Stub

HERE = Path(__file__).resolve().parent
OUT = Path(os.environ.get("PVOPS_OUT", HERE.parents[1] / "build")).resolve() / "vmi-rom"
PROBE, KERNEL = OUT / "probe.elf", OUT / "kernel.elf"
QEMU = ["qemu-system-x86_64", "-nodefaults", "-display", "none", "-serial", "stdio", "-no-reboot",
        "-device", "isa-debug-exit,iobase=0xf4,iosize=4", "-m", "64"]
WINDOW, STEP, END = 0xc0000, 2048, 0xe0000

pytestmark = pytest.mark.skipif(not shutil.which("qemu-system-x86_64"), reason="no QEMU")


@pytest.fixture(scope="session", autouse=True)
def built():
    env = {k: v for k, v in os.environ.items() if not k.startswith("MAKE") and k != "MFLAGS"}
    subprocess.run(["make", "-s", "-C", str(HERE), f"O={OUT}", "all", "probe", "kernel"],
                   check=True, env=env)


def command(image, roms, words=""):
    return QEMU + ["-kernel", str(image), "-append", words] + [
        word for rom in roms for word in ("-option-rom", str(OUT / f"{rom}.rom"))]


def boot(*roms, image=PROBE, words=""):
    """What a kernel says, line by line."""
    done = subprocess.run(["timeout", "30"] + command(image, roms, words), stdin=subprocess.DEVNULL,
                          capture_output=True, check=False)
    assert done.returncode != 124, done.stdout.decode(errors="replace")
    return done.stdout.decode(errors="replace").replace("\r", "").splitlines()


def boot_broken(breaker, tmp_path, *roms, image=PROBE):
    """The same, with memory changed at the kernel's first instruction."""
    path = tmp_path / "gdb"
    with subprocess.Popen(["timeout", "30"] + command(image, roms) +
                          ["-S", "-gdb", f"unix:{path},server=on,wait=off"],
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE) as qemu:
        try:
            stub = Stub(str(path))
            stub.run_to(entry(image))
            breaker(stub)
            stub.go()
        except BaseException:
            qemu.terminate()
            raise
        text = qemu.communicate()[0].decode(errors="replace").replace("\r", "")
        assert qemu.returncode != 124, text
        return text.splitlines()


def entry(image):
    """Where the loader goes, physically: a kernel's own addresses begin at 3 GiB."""
    return struct.unpack_from("<I", image.read_bytes(), 24)[0] & 0x3fffffff


def place(stub):
    """Where the firmware put it, and what is there."""
    for at in range(WINDOW, END, STEP):
        head = stub.read(at, 16)
        if head[:2] == b"\x55\xaa" and head[8:12] == b"cVmi":
            size = head[2] * 512
            return at, b"".join(stub.read(at + off, 512) for off in range(0, size, 512))
    raise AssertionError("the firmware has not placed the ROM")


def said(lines, word):
    return [line for line in lines if line.startswith(f"{word}: ")]


HOSTILE = [
    ("major", r"API 13\.0, this kernel has 3\.0"),
    ("outside", r"CPUID leads to 0x\w+, outside of it"),
    ("changing", r"\w+ answered with 1:0x\w+, then with 1:0x\w+"),
    ("hole", r"hypervisor's hole from 0x10000000 on"),
]
SPOILT = [
    (0x91, b"\0", r"its bytes add up to 0x\w+, not 0"),
    (0x02, b"\xff", r"130560 bytes long, past the end of the window"),
    (0x02, b"\0", r"0 bytes long"),
    (-342, b"\xff" * 342, r"its bytes add up to 0x\w+, not 0"),
]


def spoil(off, what):
    """What the firmware took, and something changed behind its back."""
    def breaker(stub):
        at, there = place(stub)
        if what == b"\xff":                     # so near the end that it does not fit
            stub.write(0xdf800, there[:2] + what + there[3:])
            stub.write(at, b"\0\0")
        else:
            stub.write(at + (off if off >= 0 else len(there) + off), what)
    return breaker


def one_refusal(lines, why, word="vmi: "):
    refusals = [line for line in lines if "vmi: " in line]
    assert len(refusals) == 1, "\n".join(lines)
    assert re.fullmatch(rf"{word}ROM at 0x\w+ refused: {why}", refusals[0]), refusals[0]


@pytest.mark.parametrize("name", ["pass", "poison", "major", "outside", "changing", "hole"])
def test_file(name):
    rom = (OUT / f"{name}.rom").read_bytes()
    assert rom[:2] == b"\x55\xaa" and len(rom) == rom[2] * 512
    assert sum(rom) % 256 == 0
    licence, pci, pnp = struct.unpack_from("<HHH", rom, 0x16)
    assert rom[licence:].startswith(b"GPL v2\0")
    assert rom[pci:pci + 8] == b"PCIR" + struct.pack("<HH", 0x15ad, 0x0801)
    assert struct.unpack_from("<H", rom, pci + 16)[0] == rom[2] and rom[pci + 21] == 0x80
    assert rom[pnp:pnp + 4] == b"$PnP" and sum(rom[pnp:pnp + 32]) % 256 == 0


@pytest.mark.parametrize("name,answers", [
    ("pass", "none=10 call=56 jump=2 nop=6"), ("poison", "none=10 call=56 jump=2 nop=6"),
    ("full", "none=10 call=64 jump=0 nop=0")])
def test_every_call(name, answers):
    lines = boot(name)
    done = [re.fullmatch(r"probe: done ok=(\d+) bad=0", line) for line in lines]
    assert any(match and int(match[1]) > 50 for match in done), "\n".join(lines)
    assert f"probe: {answers}" in lines
    assert not said(lines, "vmi")


def test_firmware_ran_it(tmp_path):
    """The 16-bit entry leaves a mark, once, and keeps the sum right."""
    found = []
    lines = boot_broken(lambda stub: found.append(place(stub)), tmp_path, "pass")
    at, there = found[0]
    file = (OUT / "pass.rom").read_bytes()
    assert sum(there) % 256 == 0 and len(there) == len(file)
    assert [b - a for a, b in zip(file, there) if a != b] == [1, 255]
    assert f"probe: ROM at {at:#x}, {len(file)} bytes, API 3.0, hole 0xfc000000, 15ad:801" in lines


@pytest.mark.parametrize("name,why", HOSTILE, ids=[name for name, _ in HOSTILE])
def test_hostile(name, why):
    lines = boot(name)
    one_refusal(lines, why)
    assert "probe: done ok=0 bad=0" in lines


@pytest.mark.parametrize("name", ["checksum", "length", "truncated"])
def test_firmware_refuses(name):
    """What the firmware itself does not take, no kernel comes to see."""
    lines = boot(name)
    assert "probe: no ROM" in lines and not said(lines, "vmi")


@pytest.mark.parametrize("off,what,why", SPOILT, ids=["sum", "long", "empty", "short"])
def test_spoilt_in_place(off, what, why, tmp_path):
    lines = boot_broken(spoil(off, what), tmp_path, "pass")
    one_refusal(lines, why)
    assert "probe: no ROM" in lines


def test_two():
    lines = boot("pass", "poison")
    assert len(said(lines, "vmi")) == 1
    assert re.fullmatch(r"vmi: ROMs at 0x\w+ and 0x\w+, one too many: both refused",
                        said(lines, "vmi")[0])


def test_one_of_two():
    """The other one is refused, and does no harm."""
    lines = boot("major", "pass")
    assert len(said(lines, "vmi")) == 1 and "API 13.0" in said(lines, "vmi")[0]
    assert any(re.fullmatch(r"probe: done ok=\d\d bad=0", line) for line in lines)


def test_none():
    lines = boot()
    assert not said(lines, "vmi") and "probe: no ROM" in lines


# ---- the library's kernel ----

def works_on(lines, backend):
    """All of the example's checks, before patching and after."""
    assert f"example: on {backend}, patched" in lines and lines[-1] == "example: done"
    assert len([line for line in said(lines, "example") if line.endswith(": right")]) == 6


@pytest.mark.parametrize("name", ["pass", "poison", "full"])
def test_kernel(name):
    lines = boot(name, image=KERNEL)
    works_on(lines, "vmi")
    # Each site by what the ROM says: less is inline than on bare hardware.
    assert any(re.search(r"vmi: \d+ ops call the ROM, 0 are nothing", line) for line in lines)


@pytest.mark.parametrize("name,why", HOSTILE, ids=[name for name, _ in HOSTILE])
def test_kernel_hostile(name, why):
    lines = boot(name, image=KERNEL)
    one_refusal(lines, why, "pvops: vmi: ")
    works_on(lines, "native")


@pytest.mark.parametrize("off,what,why", SPOILT, ids=["sum", "long", "empty", "short"])
def test_kernel_spoilt(off, what, why, tmp_path):
    lines = boot_broken(spoil(off, what), tmp_path, "pass", image=KERNEL)
    one_refusal(lines, why, "pvops: vmi: ")
    works_on(lines, "native")


def test_kernel_on_a_bare_rom():
    """What has no call stays native, and is said so."""
    lines = boot("bare", image=KERNEL)
    works_on(lines, "vmi")
    assert "pvops: vmi: no SetCR3: cpu.write_cr3 is native" in lines
    assert any("vmi: 2 ops call the ROM, 0 are nothing" in line for line in lines)


def declined(lines, why):
    """Chosen, and not what it seemed: bare hardware's backend goes on, under its own name."""
    one_refusal([line for line in lines if "backend vmi" not in line], why, "pvops: vmi: ")
    assert "pvops: backend vmi declines" in lines
    assert len([line for line in lines if re.match(r"pvops: backend \w+ \(", line)]) == 1
    assert any(line.startswith("pvops: native: clock ") for line in lines)
    works_on(lines, "native")


def test_kernel_refused_by_the_rom():
    declined(boot("refuses", image=KERNEL), "its init says 5")


def test_kernel_turncoat():
    """The copy that the kernel is to use answers otherwise than the ROM did."""
    declined(boot("turncoat", image=KERNEL),
             r"CPUID answered with 1:0x\w+ in place, with 0:0x0 as a copy")


@pytest.mark.parametrize("words", ["pvops=native", "nopv"])
def test_kernel_does_not_ask_who_is_not_wished(words):
    """A ROM that never answers is no reason not to boot: it is not run."""
    works_on(boot("hangs", image=KERNEL, words=words), "native")


def test_kernel_two():
    lines = boot("pass", "poison", image=KERNEL)
    assert len([line for line in lines if "vmi: ROMs at" in line]) == 1
    works_on(lines, "native")
