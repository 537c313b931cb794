# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
"""pvlinux on a small tree in place of Linux: series that fit, that change, and that do not fit."""
import importlib.machinery
import importlib.util
import os
import re
import shutil
import subprocess
import sys
import zlib
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TOP / "tools"))
import pvdom0                                                       # noqa: E402
import pvhost                                                       # noqa: E402
import pvkernel                                                     # noqa: E402

loader = importlib.machinery.SourceFileLoader("pvlinux", str(TOP / "tools/pvlinux"))
sys.dont_write_bytecode = True
pvlinux = importlib.util.module_from_spec(importlib.util.spec_from_loader("pvlinux", loader))
loader.exec_module(pvlinux)

TEXT = "".join(f"line {n}\n" for n in range(1, 41))


def diff(name, old, new):
    """A patch of one file, as quilt writes it; the file may be new."""
    lines = [f"What it is for.\n\n--- {'a/' + name if old is not None else '/dev/null'}\n+++ b/{name}\n"]
    if old is None:
        added = new.splitlines(True)
        return "".join(lines) + f"@@ -0,0 +1,{len(added)} @@\n" + "".join("+" + line for line in added)
    at = old.splitlines(True)
    changed = next(n for n, (a, b) in enumerate(zip(at, new.splitlines(True))) if a != b)
    first, last = max(changed - 3, 0), changed + 4
    hunk = [" " + line for line in at[first:changed]] + ["-" + at[changed], "+" + new.splitlines(True)[changed]]
    hunk += [" " + line for line in at[changed + 1:last]]
    return "".join(lines) + f"@@ -{first + 1},{len(at[first:last])} +{first + 1},{len(at[first:last])} @@\n" + "".join(hunk)


@pytest.fixture(name="world")
def small_world(tmp_path, monkeypatch):
    source = tmp_path / "linux-source-6.12"
    for name in ("a.c", "b.c"):
        (source / "kernel").mkdir(parents=True, exist_ok=True)
        (source / "kernel" / name).write_text(TEXT)
    subprocess.run(["tar", "-cf", "linux.tar", "linux-source-6.12"], cwd=tmp_path, check=True)
    (tmp_path / "series").mkdir()
    (tmp_path / "out").mkdir()
    monkeypatch.setattr(pvlinux, "TARBALL", tmp_path / "linux.tar")
    monkeypatch.setattr(pvlinux, "SERIES", tmp_path / "series")

    def prepare(**patches):
        for name, text in patches.items():
            (tmp_path / "series" / f"{name}.patch").write_text(text)
        (tmp_path / "series/series").write_text("# in this order\n" + "".join(f"{name}.patch\n" for name in patches))
        pvlinux.Tree("pvops", tmp_path / "out").prepare()
        return tmp_path / "out/src-pvops"
    return prepare


def test_series_is_applied(world):
    tree = world(one=diff("kernel/a.c", TEXT, TEXT.replace("line 20\n", "line twenty\n")), two=diff("new.c", None, "x\n"))
    assert "line twenty\n" in (tree / "kernel/a.c").read_text()
    assert (tree / "new.c").read_text() == "x\n"
    assert (tree / "kernel/b.c").read_text() == TEXT
    assert (tree / "arch/x86/pvops/lib/patching/plan.c").is_file()
    assert (tree / "arch/x86/pvops/lib/tools/genops").is_file()


def test_changed_series_leaves_nothing_behind(world):
    one = diff("kernel/a.c", TEXT, TEXT.replace("line 20\n", "line twenty\n"))
    tree = world(one=one, two=diff("new.c", None, "x\n"))
    same, other = (tree / "kernel/a.c").stat().st_mtime_ns, (tree / "kernel/b.c").stat().st_mtime_ns
    world(one=one, three=diff("kernel/b.c", TEXT, TEXT.replace("line 7\n", "line seven\n")))
    assert not (tree / "new.c").exists()
    assert "line seven\n" in (tree / "kernel/b.c").read_text()
    # What is as it was need not be built again, and what is not must be.
    assert (tree / "kernel/a.c").stat().st_mtime_ns == same
    assert (tree / "kernel/b.c").stat().st_mtime_ns > other
    world(one=one)
    assert (tree / "kernel/b.c").read_text() == TEXT


def test_hunk_that_fails_is_named(world):
    fits = diff("kernel/a.c", TEXT, TEXT.replace("line 20\n", "line twenty\n"))
    old = diff("kernel/b.c", TEXT.replace("line 31\n", "another 31\n"), TEXT.replace("line 30\n", "line thirty\n"))
    with pytest.raises(pvhost.Trouble, match=r"two.patch: kernel/b.c: hunk 1, at line 27, does not fit"):
        world(one=fits, two=old)
    # Put right, it goes on from Debian's source.
    tree = world(one=fits, two=diff("kernel/b.c", TEXT, TEXT.replace("line 30\n", "line thirty\n")))
    assert "line twenty\n" in (tree / "kernel/a.c").read_text()
    assert "line thirty\n" in (tree / "kernel/b.c").read_text()


def test_hunk_of_a_file_that_is_not_there(world):
    with pytest.raises(pvhost.Trouble, match="one.patch: kernel/c.c: is not there"):
        world(one=diff("kernel/c.c", TEXT, TEXT.replace("line 20\n", "line twenty\n")))


def test_hunk_that_has_been_applied_before(world):
    fits = diff("kernel/a.c", TEXT, TEXT.replace("line 20\n", "line twenty\n"))
    with pytest.raises(pvhost.Trouble, match="two.patch: kernel/a.c: has been applied before"):
        world(one=fits, two=fits)


def test_patch_that_is_cut_off(world):
    fits = diff("kernel/a.c", TEXT, TEXT.replace("line 20\n", "line twenty\n"))
    with pytest.raises(pvhost.Trouble, match="one.patch: kernel/a.c: hunk 1, at line 17, does not fit"):
        world(one="".join(fits.splitlines(True)[:-3]))
    tree = world(one=fits)
    assert "line twenty\n" in (tree / "kernel/a.c").read_text()


def test_series_with_a_patch_that_is_not_there(world, tmp_path):
    world(one=diff("new.c", None, "x\n"))
    (tmp_path / "series/one.patch").unlink()
    with pytest.raises(pvhost.Trouble, match="series names one.patch, which is not there"):
        pvlinux.Tree("pvops", tmp_path / "out")


@pytest.mark.parametrize("state", ["", "{", "[]", "null", '{"source": 3}'])
def test_state_that_makes_no_sense(world, tmp_path, state):
    """Who cannot tell what a tree is begins anew."""
    one = diff("kernel/a.c", TEXT, TEXT.replace("line 20\n", "line twenty\n"))
    tree = world(one=one)
    (tmp_path / "out/src-pvops.json").write_text(state)
    (tree / "kernel/b.c").unlink()
    world(one=one)
    assert (tree / "kernel/b.c").read_text() == TEXT


def test_archive_that_is_damaged(world, tmp_path):
    (tmp_path / "linux.tar").write_bytes((tmp_path / "linux.tar").read_bytes()[:1700])
    with pytest.raises(pvhost.Trouble, match="linux.tar: tar: "):
        world(one=diff("new.c", None, "x\n"))
    assert not (tmp_path / "out/src-pvops").exists()


def test_fragments_later_ones_decide(tmp_path, monkeypatch):
    (tmp_path / "a").write_text("CONFIG_A=y\n# CONFIG_B is not set\nCONFIG_C=4\n# words\n")
    (tmp_path / "b").write_text("CONFIG_B=y\n")
    monkeypatch.setattr(pvlinux, "PATCHES", tmp_path)
    assert pvlinux.wanted(["a", "b"]) == {"CONFIG_A": "y", "CONFIG_B": "y", "CONFIG_C": "4"}


def test_fragments_of_a_hard_kernel(tmp_path):
    def last(name):
        return pvlinux.Kernel(name, tmp_path).fragments[-2:]
    assert last("pvops-hard") == ["linux-hard.config", "linux-pvops-hard.config"]
    assert last("stock-hard")[-1] == "linux-hard.config" and last("pvops")[-1] == "linux-pvops.config"
    # Building one leaves the others as they are.
    assert last("pvops")[-1] == "linux-pvops.config"


@pytest.mark.parametrize("line", [
    "vmlinux.o: warning: objtool: foo+0x3: call to bar() leaves .noinstr.text section",
    "WARNING: modpost: vmlinux: section mismatch", "/x/src-stock/a.c:3:1: warning: unused variable"])
def test_warning_stops(tmp_path, line):
    kernel = pvlinux.Kernel("stock", tmp_path)
    kernel.out.mkdir()
    for name in ("vmlinux.o", "kept.o"):
        (kernel.out / name).touch()
    os.utime(kernel.out / "kept.o", (0, 0))
    with pytest.raises(pvhost.Trouble, match="1 warnings"):
        kernel.complain(f"  CC a.o\n{line}\n")
    # Whose warning it was is not asked: a header's is in no object's name.
    assert not (kernel.out / "vmlinux.o").exists() and (kernel.out / "kept.o").exists()
    kernel.complain("  CC a.o\n  CC kernel/warning.o\n")


GOOD = """\
(XEN) Xen version 4.17
(XEN) WARNING: PVH is an experimental mode with limited functionality
[    0.000000] Linux version 6.12.117
[    0.100000] pvops: backend xen-pv (entered as a PV guest); 30 sites: 12 inline, 5 call, 10 nop, in 42 us; gates: 1 jump, 2 lead, 0 unused
[    0.200000] KTAP version 1
[    0.200000] 1..1
[    0.200000] ok 1 sites
[    1.000000] linux: 6.12.117 on xen-PV, 1 CPUs
[    1.100000] 1..2
[    1.200000] ok 1 fork_storm
[    1.300000] ok 2 tls # SKIP none
[    1.400000] linux: done pass=1 fail=0 skip=1
"""


def report(text):
    found = pvkernel.Report()
    for line in text.splitlines():
        found.feed(line)
    return found


def test_good_console():
    found = report(GOOD)
    assert found.problem() is None
    assert (found.boot, found.backend, found.why) == ("xen-PV", "xen-pv", "entered as a PV guest")
    assert found.sites == {"nop": 10, "inline": 12, "call": 5, "jump": 1, "lead": 2, "unused": 0}
    assert [test["verdict"] for test in found.tests] == ["passed", "skipped"]


@pytest.mark.parametrize("old,new,problem", [
    ("[    1.2", "[    1.1] WARNING: CPU: 0 PID: 1 at a.c:3\n[    1.2", "WARNING: CPU: 0 PID: 1 at a.c:3"),
    ("[    1.2", "[    1.1] BUG: kernel NULL pointer\n[    1.2", "BUG: kernel NULL pointer"),
    ("[    1.2", "(XEN) Panic on CPU 0:\n[    1.2", "(XEN) Panic on CPU 0:"),
    ("ok 1 sites", "not ok 1 sites", "KUnit: not ok 1 sites"),
    ("30 sites", "31 sites", "of 31 sites 30 are told of"),
    ("ok 2 tls # SKIP none", "", "1 of 2 planned tests reported"),
    ("linux: done", "linux: gone", "the guest's last line is missing")])
def test_bad_console(old, new, problem):
    assert old in GOOD
    assert report(GOOD.replace(old, new, 1)).problem() == problem


def row_of(name, **more):
    return {**pvhost.load_hosts()[name], **more}


def test_domain_gets_kernel_and_words():
    row = row_of("linux-domu-pv", words='a="b c\\d"')
    text = pvdom0.config(row, "test=fork")
    assert 'kernel="/rows/bzImage"\n' in text and 'ramdisk="/rows/initramfs.cpio"\n' in text
    assert f'cmdline="console=hvc0 {pvkernel.WORDS} test=fork a=\\"b c\\\\d\\""\n' in text
    assert "xvda" not in text and "typist" not in text


def test_domain_without_ring_has_serial_console():
    assert pvkernel.domain_words(row_of("linux-xen-hvm", ring=False), "").startswith("console=ttyS0 ")


def kernel_folder(folder):
    for path, data in zip(pvkernel.files(folder), (b"kernel" * 100, b"initramfs" * 100)):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return folder


def test_domain_files(tmp_path):
    rows = tmp_path / "rows"
    rows.mkdir()
    pvkernel.domain_files(row_of("linux-domu-pvh"), kernel_folder(tmp_path / "k"), "", rows)
    assert sorted(path.name for path in rows.iterdir()) == ["bzImage", "initramfs.cpio"]


@pytest.mark.skipif(not (shutil.which("grub-mkimage") and pvhost.GRUB.is_dir()), reason="GRUB is not installed")
def test_disk_has_kernel_then_initramfs(tmp_path):
    pvkernel.domain_files(row_of("linux-xen-hvm"), kernel_folder(tmp_path / "k"), "", tmp_path)
    disk = (tmp_path / "linux-xen-hvm.img").read_bytes()
    first = pvhost.KERNEL_SECTOR * pvhost.SECTOR
    assert disk[first:].startswith(b"kernel" * 100)
    second = first + -(-600 // pvhost.SECTOR) * pvhost.SECTOR
    assert zlib.decompressobj(31).decompress(disk[second:]) == b"initramfs" * 100
    assert len(disk) % pvhost.SECTOR == 0
    assert not [path for path in tmp_path.iterdir() if path.suffix in (".cfg", ".core")]


@pytest.mark.parametrize("name", [name for name in pvhost.load_hosts() if name.startswith("linux-svm-")])
def test_hypervisor_is_told_whom_to_show(tmp_path, name):
    words = pvkernel.command(row_of(name), tmp_path, "test=fork", tmp_path)
    face, rest = words[words.index("-append") + 1].split(" ", 1)
    assert f'"{face}"' in (TOP / f"tests/svm-host/{face}.c").read_text(encoding="utf-8")
    assert rest == f"console=ttyS0 {pvkernel.WORDS} test=fork"
    assert words[words.index("-initrd") + 1].split(",")[1].endswith("initramfs.cpio")


def test_hypervisor_and_workload_count_alike():
    """The same counters, in the same order, on both sides."""
    found = [re.search(r"enum (?:counter )?\{\s*EXITS,([^}]*)\}", (TOP / name).read_text(encoding="utf-8"))[1]
             for name in ("tests/svm-host/host.h", "kernel-patches/workload/host.c")]
    ours, theirs = ([word.strip() for word in text.split(",")] for text in found)
    assert ours == theirs + ["NR_COUNTERS"]
