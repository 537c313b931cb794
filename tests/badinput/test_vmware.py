# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
"""VMware's backend in a whole guest: QEMU's backdoor, and one by a script that offers all."""
import re
import subprocess

import pytest

from test_bad_input import GUEST, OUT, QUICK, TOP, boot, ends_well, native

BACKDOOR = ["-M", "pc,vmport=on", "-smbios", "type=1,serial=VMware-pvops"]
NAMELESS = ["-cpu", "qemu64,-hypervisor"]


def lines(console, start):
    return [text for text in console.splitlines() if text.startswith(start)]


@pytest.mark.parametrize("options,backend", [
    (BACKDOOR + NAMELESS, "vmware (VMware by DMI, nothing in CPUID; backdoor version 6)"),
    # CPUID names somebody else.
    (BACKDOOR, "native (hardware as TCGTCGTCGTCG shows it)"),
    # Nobody at the port, or nobody who says VMware.
    (["-M", "pc,vmport=off", "-smbios", "type=1,serial=VMware-pvops"] + NAMELESS,
     "native (no hypervisor in CPUID)"),
    (["-M", "pc,vmport=on"] + NAMELESS, "native (no hypervisor in CPUID)"),
], ids=["dmi", "cpuid", "no port", "no dmi"])
def test_backdoor_comes_last(options, backend):
    console = boot(native(GUEST) + options)
    assert lines(console, "pvops: backend ")[-1 - ("stands" in console)] == f"pvops: backend {backend}"
    assert ends_well(console)


def test_qemu_by_name_if_wished():
    console = boot(native(GUEST, f"{QUICK} pvops=qemu-tcg"))
    assert "pvops: backend qemu-tcg (QEMU's emulation, offers nothing beyond its name" in console
    assert "pvops: backend qemu-tcg stands on native" in console
    assert ends_well(console)


@pytest.fixture(scope="session")
def scripted():
    out = OUT / "scripted-vmware"
    subprocess.run(["make", "-s", "-C", str(TOP), f"O={out}", "CFLAGS_WERROR=-DVMWARE_SCRIPTED",
                    "EXTRA_OBJS=tests/badinput/vmware.o", f"{out}/guest.elf"], check=True)
    return out / "guest.elf"


def test_all_that_vmware_offers(scripted):
    """On 4 CPUs: the clock at a told frequency, CPUs up and down with steal clocks."""
    words = "test=time_,lock_,irq_,smp_send,smp_start,smp_stop_cpu_and"
    console = boot(native(scripted, words) + BACKDOOR + NAMELESS +
                   ["-smp", "4", "-icount", "shift=0,sleep=off"], 200)
    assert lines(console, "pvops: vmware: ") == [
        "pvops: vmware: calls by port, version 6",
        "pvops: vmware: steal clock",
        "pvops: vmware: clock tsc at 1000000 kHz by the host: invariant, frequency known",
    ]
    counts = [re.search(r"on (\d+) times, off (\d+), shows (\d+) ns", text)
              for text in lines(console, "pvops: script: ")]
    assert len(counts) > 1
    for nr, match in enumerate(counts):
        assert [int(group) for group in match.groups()] == [nr + 1, nr, (nr + 1) * 1000]
    assert ends_well(console), lines(console, "not ok")
