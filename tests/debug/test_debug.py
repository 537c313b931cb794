# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
"""What a debug build counts, that it is otherwise the release's code, and what the kernel shows of itself."""
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parents[2]
OUT = Path(os.environ.get("PVOPS_OUT", TOP / "build")).resolve()
sys.path.insert(0, str(TOP / "tools"))
import elfsites                                                     # noqa: E402
import pvhost                                                       # noqa: E402

GATE = 1                                # PVOPS_SITE_GATE
# What reads the counts is there to differ.
READERS = ("pvops_view_op", "test_patch_view_", "view_by_cmdline")
# Headers, 32-bit code in a 64-bit image, operands of templates: objdump takes them for what they are not.
NO_CODE = re.compile(r"pvops_image_start|pvops_entry_\w+|\w+_reloc")
# lock incq; i386: lock addl $1 and lock adcl $0, of SS. By their operand: the counter's address.
COUNT = {"x86_64": rb"\xf0\x48\xff\x05(....)", "i386": rb"\x36\xf0\x83\x05(....)\x01\x36\xf0\x83\x15....\x00"}
INSTRUCTIONS = {"x86_64": ("lock incq",), "i386": ("lock addl", "lock adcl")}


def built(arch, debug):
    """The image, and where it was built."""
    folder = (OUT if arch == "x86_64" else OUT / arch) / ("debug" if debug else ".")
    clean = {k: v for k, v in os.environ.items() if k not in ("MAKEFLAGS", "MAKELEVEL", "MFLAGS")}
    text = subprocess.run(["make", "-s", "-j2", "-C", TOP, f"ARCH={arch}", f"O={folder}", f"DEBUG={'1' if debug else ''}",
                           f"{folder}/guest.elf"], check=True, env=clean, timeout=400, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT).stdout
    assert "warning:" not in text, text
    return folder / "guest.elf"


@pytest.fixture(scope="module", name="images", params=("x86_64", "i386"))
def images_of_a_width(request):
    return request.param, built(request.param, False), built(request.param, True)


FILLS = re.compile(r"(data16 |cs )*(nop|xchg +%ax,%ax|lea +(%cs:)?(0x0)?\(%(e\w\w)(,%eiz,1)?\),%\5\s*$)")


def functions(path):
    """Instructions of each function, but those that only fill."""
    text = subprocess.run(["objdump", "-d", "-w", "--no-show-raw-insn", path], check=True, capture_output=True, text=True,
                          timeout=100).stdout
    found, now = {}, None
    for line in text.splitlines():
        head = re.match(r"[0-9a-f]+ <([^>]+)>:$", line)
        insn = re.match(r" *[0-9a-f]+:\t(.*)", line)
        if head:
            now = found.setdefault(head[1], [])
        elif insn and not FILLS.match(insn[1]):
            now.append(insn[1].strip())
    return found


def plain(insn):
    """Places in the image are others; what is at them is told by the name, if it has one."""
    insn = re.sub(r"<([^>+]*)(\+0x[0-9a-f]+)?>", r"<\1>", insn)
    return re.sub(r"(?<![\w$-])(0x)?[0-9a-f]+(?=\(%rip\)|\s*$| <)|0x[0-9a-f]{4,}|\b[0-9a-f]{8,}\b", "N", insn).strip()


def is_count(insn, arch):
    return insn.startswith(INSTRUCTIONS[arch]) and (arch == "i386" and "%ss:" in insn or "<pvops_calls" in insn)


def test_release_has_nothing_of_it(images):
    arch, release, _ = images
    image = elfsites.Image(release)
    assert "pvops_calls" not in image.symbols
    assert not any(is_count(insn, arch) for body in functions(release).values() for insn in body)


def test_debug_is_release_and_counts(images):
    """Without the counting instructions, function by function the same."""
    arch, release, debug = images
    without, counting = functions(release), functions(debug)
    assert set(counting) - set(without) == {"pvops_calls_of"} and set(without) <= set(counting)
    compared, differ = 0, []
    for name, body in without.items():
        if name.startswith(READERS) or NO_CODE.fullmatch(name):
            continue
        compared += len(body)
        mine = [plain(insn) for insn in body]
        others = [plain(insn) for insn in counting[name] if not is_count(insn, arch)]
        if mine != others:
            differ.append(name)
    assert compared > 30000 and not differ, differ


def test_each_site_counts_its_own_op(images):
    arch, _, debug = images
    image = elfsites.Image(debug)
    calls, sites = image.symbols["pvops_calls"], list(image.sites())
    at = {}
    start = image.symbols["pvops_text_start"]
    text = bytes(image.data[image.offset(start):image.offset(image.symbols["pvops_text_end"] - 1) + 1])
    for match in re.finditer(COUNT[arch], text, re.S):
        value = int.from_bytes(match[1], "little", signed=arch == "x86_64")
        begin = start + match.start()
        where = begin + 8 + value if arch == "x86_64" else value
        at[begin, start + match.end()] = where - calls
    before, behind = {end: op for (_, end), op in at.items()}, {begin: op for (begin, _), op in at.items()}
    assert len(sites) > 2000
    for site in sites:
        counted = behind.get(site.address + site.length) if site.kind == GATE else before.get(site.address)
        assert counted == 8 * site.op, f"{site.address:#x}"
    # Nothing but sites counts, and each once.
    assert len(at) == len(sites)


def console(row, guest, words, folder):
    """What a boot says, and how it ended."""
    host = pvhost.load_hosts()[row]
    why = pvhost.unavailable(host)
    if why:
        pytest.skip(why)
    machine = pvhost.Console(pvhost.command(host, guest, words, folder), 60, OUT / "logs" / f"debug-{row}.log")
    lines = list(machine.lines())
    assert machine.stop() == pvhost.EXIT_OK[host["boot"]] and not machine.hung
    return lines


def rows(lines, key):
    """Lines of the table that begin with this word, by its value."""
    found = {}
    for line in lines:
        words = dict(word.split("=", 1) for word in line.split()[1:] if "=" in word)
        if line.startswith(f"view: {key}="):
            found[words[key]] = {k: int(v) if v.isdigit() else v for k, v in words.items()}
    return found


@pytest.mark.parametrize("row, backend", [("native-pvh", "native"), ("xen-pv", "xen-pv")])
@pytest.mark.parametrize("debug", [False, True])
def test_view(row, backend, debug):
    guest = built("x86_64", debug)
    lines = console(row, guest, "view test=guest_smoke", guest.parent)
    ops = rows(lines, "op")
    names = re.findall(r'PVOPS_ROW\("([^"]+)"', (guest.parent / "include/pvops/ops-names.h").read_text(encoding="utf-8"))
    assert list(ops) == names
    in_image = {name: [site for site in elfsites.Image(guest).sites() if site.op == op] for op, name in enumerate(names)}
    for name, op in ops.items():
        assert op["sites"] == len(in_image[name]) and op["bytes"] == sum(site.length for site in in_image[name])
        assert op["patched"] == op["sites"] and op["table"] == op["wrong"] == 0
        assert op["form"] in ("nop", "inline", "call") and op["by"] in (backend, "native")
        assert ("calls" in op) == debug
    # What the sites are, one by one, is what the boot's line says of all.
    said = next(line for line in lines if re.match(r"pvops: \d+ sites: ", line))
    shapes = pvhost.by_shape(re.search(pvhost.SITES, said))
    assert len(shapes) == 6
    for shape, nr in shapes.items():
        assert nr == sum(op.get(shape, 0) for op in ops.values()), shape
    assert all(op["sites"] == sum(op.get(shape, 0) for shape in shapes) for op in ops.values())
    if debug:
        # Whoever was interrupted was let go: as many ways out as in, but for the way to user mode and the last one.
        assert ops["irq.disable"]["calls"] > 100 and ops["cpu.iret"]["calls"] > 0
        assert ops["cpu.shutdown"]["calls"] == 0
    hypercalls = rows(lines, "hypercall")
    assert bool(hypercalls) == (row == "xen-pv")
    if hypercalls:
        assert hypercalls["iret"]["calls"] > 0 and hypercalls["mmu_update"]["nr"] == 1
        assert all(found["calls"] > 0 for found in hypercalls.values())


def test_trace_tells_each_decision():
    guest = built("x86_64", False)
    lines = console("native-pvh", guest, "pvops=debug test=guest_smoke", OUT)
    told = [line.removeprefix("pvops: debug: ") for line in lines if line.startswith("pvops: debug: ")]
    assert told[0] == "command line: pvops=debug test=guest_smoke"
    assert any(line.startswith("entered by pvh, in ring 0: yes, hypervisor bit: ") for line in told)
    assert "backend kvm: not here" in told and "choice 1: native" in told
    assert any(line.startswith("backend native: score 0x1, on nothing") for line in told)
    assert any(line.startswith("clock: native has ") for line in told)
    assert any(re.match(r"clock: not pvclock \(.*\): not there: pvclock", line) for line in told)
    assert any(line.startswith("clock: native would take tsc at ") for line in told)
    names = re.findall(r'PVOPS_ROW\("([^"]+)"', (guest.parent / "include/pvops/ops-names.h").read_text(encoding="utf-8"))
    assert [line.split(":")[0] for line in told if line.startswith("op ")] == [f"op {name}" for name in names]
    assert any(re.match(r"op irq.disable: inline by native, \d+ sites \(0 gates\) from [0-9a-f]+ to [0-9a-f]+, 0 not patched", line)
               for line in told)
    assert "late init of native and its base: error 0" in told and "seal, of the table: error 0" in told
    quiet = console("native-pvh", guest, "test=guest_smoke", OUT)
    assert not [line for line in quiet if "debug: " in line]


def test_wish_and_trace_in_one_word():
    lines = console("native-pvh", built("x86_64", False), "pvops=qemu-tcg,debug test=guest_smoke", OUT)
    assert "pvops: debug: choice 1: qemu-tcg, wished for" in lines
    assert any(line.startswith("pvops: backend qemu-tcg (") for line in lines)
