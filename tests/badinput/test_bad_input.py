# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
"""Bad input, on the real hosts: one clear line each, and the guest goes on or stops with it.

The image is the one that ships, but for what a test breaks: the loader's information is changed
in memory, by QEMU's gdb stub, at the image's first instruction.
"""
import gzip
import os
import re
import subprocess
from pathlib import Path

import pytest

from elfsites import Image
from gdbstub import Stub

TOP = Path(__file__).resolve().parents[2]
OUT = Path(os.environ.get("PVOPS_OUT", TOP / "build")).resolve()
GUEST = OUT / "guest.elf"
ABI = int(re.search(r"PVOPS_BACKEND_ABI\s+(\d+)", (TOP / "include/pvops/backend.h").read_text(encoding="utf-8"))[1])
XEN_GZ = Path("/boot/xen-4.17-amd64.gz")
QEMU = ["qemu-system-x86_64", "-nodefaults", "-display", "none", "-serial", "stdio", "-no-reboot",
        "-device", "isa-debug-exit,iobase=0xf4,iosize=4", "-cpu", "qemu64", "-m", "256"]
QUICK = "test=irq_save"
SITE_CALL, SITE_GATE = 0, 1


def native(image, words=QUICK):
    return QEMU + ["-kernel", str(image), "-append", words]


@pytest.fixture(scope="session")
def xen(tmp_path_factory):
    if not XEN_GZ.exists():
        pytest.skip("no Xen on this machine")
    path = tmp_path_factory.mktemp("xen") / "xen"
    path.write_bytes(gzip.decompress(XEN_GZ.read_bytes()))

    def command(image, words=QUICK):
        return QEMU + ["-kernel", str(path), "-append",
                       "com1=115200,8n1 console=com1 dom0_mem=128M noreboot=0",
                       "-initrd", f"{image} {words}"]
    return command


def boot(command, limit=60):
    """The console of a guest that ends by itself within the limit."""
    done = subprocess.run(["timeout", str(limit)] + command, stdin=subprocess.DEVNULL,
                          capture_output=True, check=False)
    console = done.stdout.decode(errors="replace").replace("\r", "")
    assert done.returncode != 124, f"the guest hung:\n{console[-2000:]}"
    return console


def boot_broken(command, address, breaker, tmp_path, limit=60):
    """The console of a guest whose memory is changed when it comes to an address."""
    path = tmp_path / "gdb"
    with subprocess.Popen(["timeout", str(limit)] + command +
                          ["-S", "-gdb", f"unix:{path},server=on,wait=off"],
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE) as qemu:
        try:
            stub = Stub(str(path))
            stub.run_to(address)
            breaker(stub)
            stub.go()
        except BaseException:
            qemu.terminate()
            raise
        console = qemu.communicate()[0].decode(errors="replace").replace("\r", "")
        assert qemu.returncode != 124, f"the guest hung:\n{console[-2000:]}"
        return console


def ends_well(console):
    return "guest: done pass=" in console and "fail=0" in console


def pvh(offset, value, size=4):
    def breaker(stub):
        info = stub.register(Stub.RBX) & 0xffffffff
        assert stub.read(info, 4) == bytes.fromhex("78c56e33"), "not at the PVH entry"
        (stub.write32 if size == 4 else stub.write64)(info + offset, value)
    return breaker


@pytest.mark.parametrize("breaker,line", [
    (pvh(0, 0), "start info has the wrong magic number"),
    (pvh(4, 0), "start info has no memory map (version 0)"),
    (pvh(24, 1 << 40, 8), "command line lies outside of memory"),
    (pvh(40, 1 << 40, 8), "memory map lies outside of memory"),
    (pvh(48, 0), "memory map is empty"),
    (pvh(48, 0xffffffff), "memory map has too many entries"),
    (pvh(48, 1), "memory map has no RAM where the image lies"),
], ids=lambda value: value if isinstance(value, str) else "")
def test_pvh_information(breaker, line, tmp_path):
    entry = Image(GUEST).symbols["pvops_entry_pvh"] - 0xffffffff80000000
    console = boot_broken(native(GUEST), entry, breaker, tmp_path)
    lines = [text for text in console.splitlines() if "panic" in text]
    assert lines == [f"pvops: panic: boot pvh: {line}"]


def start_info(change):
    def breaker(stub):
        info = stub.register(Stub.RSI)
        assert stub.read(info, 5) == b"xen-3", "not at the Xen PV entry"
        change(stub, info)
    return breaker


@pytest.mark.parametrize("name,change", [
    ("magic", lambda stub, info: stub.write(info, b"nex-3")),
    ("no memory", lambda stub, info: stub.write64(info + 32, 0)),
    ("page tables elsewhere", lambda stub, info: stub.write64(info + 88, 0x1000)),
    ("p2m elsewhere", lambda stub, info: stub.write64(info + 104, 0xffff)),
])
def test_xen_start_info(name, change, xen, tmp_path):
    entry = Image(GUEST).symbols["pvops_entry_xen"]
    console = boot_broken(xen(GUEST), entry, start_info(change), tmp_path)
    lines = [text for text in console.splitlines() if "pvops: panic: boot xen-pv: " in text]
    assert len(lines) == 1, console[-2000:]
    assert "guest: done" not in console


def test_no_hypercall_page_is_needed(xen):
    notes = subprocess.run(["readelf", "-nW", str(GUEST)], capture_output=True, text=True,
                           check=True).stdout
    assert "Xen" in notes
    types = [line.split("Unknown note type: (")[1].split(")")[0] for line in notes.splitlines()
             if "Unknown note type: (" in line]
    assert int("0x12", 16) in [int(t, 16) for t in types], "PHYS32_ENTRY is missing"
    assert 2 not in [int(t, 16) for t in types], "a HYPERCALL_PAGE note that nobody needs"
    assert ends_well(boot(xen(GUEST)))


@pytest.mark.parametrize("host", ["native", "xen"])
def test_unknown_hypervisor_and_wishes(host, request):
    command = native if host == "native" else request.getfixturevalue("xen")
    console = boot(command(GUEST, f"{QUICK} pvops=frobnitz"))
    assert "pvops: pvops=frobnitz: no such backend can run here" in console
    if host == "native":
        # QEMU's own signature is one that no backend of this image knows.
        assert "pvops: cpuid 0x40000000: TCGTCGTCGTCG" in console
        assert "backend native (hardware as TCGTCGTCGTCG shows it)" in console
    assert ends_well(console)


@pytest.fixture(scope="session")
def bad_backends():
    out = OUT / "bad-backends"
    subprocess.run(["make", "-s", "-C", str(TOP), f"O={out}",
                    "EXTRA_OBJS=tests/badinput/backends.o", f"{out}/guest.elf"], check=True)
    return out / "guest.elf"


@pytest.mark.parametrize("host", ["native", "xen"])
def test_bad_backends_are_passed_over(host, bad_backends, request):
    command = native if host == "native" else request.getfixturevalue("xen")
    console = boot(command(bad_backends))
    skipped = [text.split("pvops: ")[1] for text in console.splitlines() if " skipped: " in text]
    size = int(re.search(r"record of (\d+) bytes", console)[1])
    assert sorted(skipped) == [
        f"backend ? skipped: ABI version {ABI + 1}, this library has {ABI}",
        "backend bad-empty skipped: op cpu.read_cr0 is empty",
        "backend bad-ops skipped: built for 114 ops, this library has 113",
        f"backend bad-size skipped: record of {size} bytes, this library has {size + 8}",
    ]
    assert ends_well(console)


def spoil(path, kind, change):
    """A copy of the guest with one site changed; returns its address."""
    image = Image(GUEST)
    text = image.symbols["pvops_text_start"], image.symbols["pvops_text_end"]
    site = next(s for s in image.sites() if s.kind == kind and text[0] <= s.address < text[1] and
                change(image.data, s))
    image.save(path)
    return site.address


def other_prefix(data, site):
    """Another prefix before the call: works as before, but is not what we wrote."""
    if site.length != 8 or data[site.offset:site.offset + 2] != b"\x2e\x2e":
        return False
    data[site.offset + 1] = 0x26
    return True


@pytest.mark.parametrize("host", ["native", "xen"])
def test_site_with_other_bytes(host, tmp_path, request):
    image = tmp_path / "spoilt.elf"
    address = spoil(image, SITE_CALL, other_prefix)
    command = native if host == "native" else request.getfixturevalue("xen")
    console = boot(command(image))
    lines = [text for text in console.splitlines() if f"{address:x}" in text]
    assert len(lines) == 1, console[-2000:]
    assert "found 2e 26 ff 15" in lines[0]
    assert "pvops: 1 sites not patched: they go on through the table" in console
    assert ends_well(console)
