# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
"""What the hypervisor for tests shows a guest, and what it does not let pass."""
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
OUT = Path(os.environ.get("PVOPS_OUT", HERE.parents[1] / "build")).resolve() / "svm-host"
QEMU = ["timeout", "60", "qemu-system-x86_64", "-nodefaults", "-display", "none", "-serial", "stdio", "-no-reboot",
        "-m", "128", "-cpu", "qemu64,+svm,+npt"]

pytestmark = pytest.mark.skipif(not shutil.which("qemu-system-x86_64"), reason="no QEMU")


@pytest.fixture(scope="module", autouse=True)
def built():
    env = {k: v for k, v in os.environ.items() if not k.startswith("MAKE") and k != "MFLAGS"}
    subprocess.run(["make", "-s", "-C", str(HERE), f"O={OUT}", "all", "probe"], check=True, env=env)


def boot(words, modules=None):
    """What hypervisor and guest say."""
    if modules is None:
        modules = f"{OUT / 'probe.bin'},{HERE / 'README.rst'}"
    done = subprocess.run([*QEMU, "-kernel", str(OUT / "svm-host.elf"), "-append", words, "-initrd", modules],
                          stdin=subprocess.DEVNULL, capture_output=True, check=False)
    text = done.stdout.decode(errors="replace").replace("\r", "")
    assert done.returncode == 0, text + done.stderr.decode(errors="replace")
    return text.splitlines()


@pytest.mark.parametrize("face,last,signature", [
    ("kvm", 0x40000001, "KVMKVMKVM"), ("hyperv", 0x40000006, "Microsoft Hv"), ("vmware", 0x40000010, "VMwareVMware")])
def test_face(face, last, signature):
    lines = boot(f"{face} face")
    assert re.fullmatch(rf"host: {face}, TSC of \d+ kHz", lines[-7])
    assert lines[-6:] == [f"leaves to {last:x}", f"signature {signature}", "leaf 1 11", "svm 0", "efer 500", "probe: end"]


def rate(lines):
    """How far a clock is off, in thousandths; the other lines. The machine may lose its CPU for a moment."""
    assert int(lines[0].removeprefix("rate off by "), 16) <= 20, lines
    return lines[1:]


def test_kvm():
    lines = boot("kvm kvm")[-6:]
    assert rate(lines) == ["no such call 3e8", "ipis to nobody 0", "kick 0", "went on", "probe: end"]


def test_hyperv():
    lines = boot("hyperv hyperv")[-7:]
    assert rate(lines) == ["counter differs by ms 0", "no such call 2", "bad vector 3", "vp 0", "flush 0", "probe: end"]


def test_vmware():
    assert boot("vmware vmware")[-3:] == ["magic 564d5868", "no such call ffffffff", "probe: end"]


@pytest.mark.parametrize("face", ["kvm", "hyperv", "vmware"])
@pytest.mark.parametrize("case,end", [("svm", "#UD"), ("msr", "#GP")])
def test_fault(face, case, end):
    assert boot(f"{face} {case}")[-2:] == [f"probe: {end}", "probe: end"]


@pytest.mark.parametrize("face", ["hyperv", "vmware"])
def test_call_of_others(face):
    assert boot(f"{face} call")[-2:] == ["probe: #UD", "probe: end"]


def test_our_memory_is_not_the_guests():
    assert re.fullmatch(r"host: CPU 0: exit 400 \(\w+ 5000000\) at \w+", boot("kvm hole")[-1])


@pytest.mark.parametrize("words", ["", "kv", "kvmx face"])
def test_no_such_face(words):
    assert boot(words)[-1].startswith("host: no such interface: ")


def test_what_is_no_kernel():
    name = HERE / "README.rst"
    assert boot("kvm face", f"{name},{name}")[-1] == (
        "host: the first module is no 64-bit bzImage, nor an ELF file with PVH's entry")


def test_three_modules():
    assert boot("kvm face", ",".join([str(OUT / "probe.bin")] * 3))[-1].startswith("host: wanted: multiboot")
