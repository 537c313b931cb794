# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
"""Object files that are not linked, and modules of Linux."""
import random
import re
import subprocess
from collections import Counter

import pytest

import objdump
from images import HERE, MODES, OUT, TOP, audit, guest, label, run

DEFECTS = [path for path in sorted(HERE.glob("*.S")) if path.stem not in ("table", "corpus.lds")]


@pytest.mark.parametrize("bits", (64, 32))
@pytest.mark.parametrize("path", DEFECTS, ids=lambda path: path.stem)
def test_a_defect_is_found_before_it_is_linked(maker, path, bits):
    rule = re.search(r"/\* finding: ([\w-]+): ", path.read_text(encoding="utf-8"))[1]
    bad, good = maker.object(path, bits, "-DBAD"), maker.object(path, bits)
    report = audit(bad, status=1)
    assert [(row["rule"], row["section_offset"]) for row in report["findings"]] == [(rule, label(bad, "bad"))]
    assert report["object"] and report["not_known"]
    assert [row for row in audit(good, status=0)["findings"] if row["reached"]] == []


def functions_of(image):
    said = subprocess.run(["nm", image], check=True, capture_output=True, text=True).stdout
    return [line.split()[-1] for line in said.splitlines() if re.search(" [tT] ", line)]


@pytest.mark.parametrize("bits", (64, 32))
def test_an_object_of_the_guest(bits):
    """The same instructions and lines as in the linked image; objdump knows them at these places of sections."""
    name = MODES[bits][1] / "guest/bench.o"
    report, whole = audit(name, status=1), audit(guest(bits), program="pvaudit", status=1)
    # Other files may have functions of the same names.
    times = Counter(functions_of(guest(bits)))
    functions = {function for function in functions_of(name) if times[function] == 1}

    def what(findings):
        return sorted((row["function"], row["offset"], row["instruction"], row["line"], row["file"].removeprefix(f"{TOP}/"))
                      for row in findings if row["function"] in functions)
    assert what(report["findings"]) == what(whole["findings"]) and len(what(report["findings"])) > 100
    wanted = {row["section_offset"]: row for row in report["findings"] if row["section"] == ".text"}
    for address, length, text in objdump.lines(name, "--section=.text"):
        row = wanted.pop(address, None)
        assert not row or (row["length"] == length and objdump.agrees(row["instruction"], text))
    assert wanted == {}
    ops = Counter(row["op"] for row in whole["sites"] if row["function"] in functions)
    assert Counter(row["op"] for row in report["sites"] if row["function"] in functions) == ops and sum(ops.values()) > 500


def test_a_backend_that_is_not_linked_yet():
    """What its own registration leads to is native; what is in another file is told about."""
    report = audit(OUT / "backends/kvm/backend.o", status=0)
    assert report["native"] and report["not_known"]
    assert "not known: an object file" in run("pvaudit-checked", OUT / "backends/native/cpu.o").stdout


@pytest.mark.parametrize("path", ("pvops-module/pvsites.ko", "pvops/drivers/thermal/intel/x86_pkg_temp_thermal.ko"))
def test_a_module_of_linux(path):
    module = OUT / "linux" / path
    if not module.exists():
        pytest.skip("no Linux kernel pvops here: make linux")
    report = audit(module)
    assert len(report["sites"]) > 20 and {row["rule"] for row in report["findings"]} <= {"sensitive"}
    assert all(re.match("(2e )*(ff 15|e9)", row["bytes"]) for row in report["sites"])


def test_what_an_object_offers_is_code(maker):
    """A global label, of no type as assembly by hand has it, is no guess."""
    source = maker.folder / "typeless.S"
    source.write_text("\t.globl start\nstart:\tcli\n\tjmp 2f\n1:\tmov $0xc3, %ecx\n\tret\n2:\tjz 1b\n\tjmp 1b + 1\n",
                      encoding="utf-8")
    findings = audit(maker.object(source, 64), status=1)["findings"]
    assert {(row["rule"], row["section_offset"], row["guess"]) for row in findings} == \
        {("sensitive", 0, False), ("insn-jump", 11, False)}


def test_an_object_without_any_symbol(maker):
    """Its section begins with code, and ends in the middle of what comes next."""
    source = maker.folder / "bare.S"
    source.write_text("\t.text\n\tnop\n\tcli\n\tnop\n", encoding="utf-8")
    (found,) = audit(maker.object(source, 64), status=1)["findings"]
    assert (found["section"], found["section_offset"], found["instruction"], found["guess"]) == (".text", 1, "cli", True)


def test_exit_text_of_a_module_stays(maker):
    """What is dropped from the kernel is a module's until it leaves."""
    obj = maker.object(HERE / "exit-text.S", 64, "-DBAD")
    module = obj.with_suffix(".ko")
    subprocess.run(["objcopy", "--add-section", f".gnu.linkonce.this_module={HERE / 'table.S'}",
                    "--set-section-flags", ".gnu.linkonce.this_module=alloc,data", obj, module], check=True)
    audit(obj, status=1)
    assert audit(module, status=0)["findings"] == []


def test_lines_that_are_compressed_are_not_made_up(maker):
    obj = maker.object(HERE / "left-over.S", 64, "-DBAD", "-g")
    (found,) = audit(obj, status=1)["findings"]
    assert found["file"].endswith("left-over.S") and found["line"] == 8
    subprocess.run(["objcopy", "--compress-debug-sections", obj], check=True)
    said = audit(obj, status=1)
    assert said["findings"][0]["file"] is None and any("compressed" in text for text in said["not_known"])


def test_relocations_that_are_not_known_are_told(maker):
    source = maker.folder / "got.S"
    source.write_text("\t.text\n\t.globl start\nstart:\tmovl there@GOT(%ebx), %eax\n\tret\n", encoding="utf-8")
    assert any("relocations" in text for text in audit(maker.object(source, 32), status=0)["not_known"])


@pytest.mark.parametrize("bits", (64, 32))
def test_damaged_objects_end_in_a_line_or_a_report(tmp_path, bits):
    rand, path = random.Random(bits), tmp_path / "damaged.o"
    whole = (MODES[bits][1] / "core/init.o").read_bytes()
    shoff = int.from_bytes(whole[40:48] if bits == 64 else whole[32:36], "little")
    refusals = 0
    for number in range(80):
        data = bytearray(whole[:rand.randrange(52, len(whole))] if number % 10 == 9 else whole)
        for _ in range(rand.randrange(1, 8)):
            at = rand.choice((rand.randrange(16, 52), rand.randrange(len(data)), shoff + rand.randrange(len(whole) - shoff)))
            if at < len(data):
                data[at] = rand.choice((0, 0xff, 0x7f, 0x80, rand.randrange(256)))
        path.write_bytes(data)
        done = run("pvaudit-checked", "--quiet", path)
        assert done.returncode in (0, 1, 2), done.stderr
        refusals += done.returncode == 2
        assert (done.returncode == 2) == (done.stderr != "") and done.stderr.count("\n") <= 1
    assert 5 < refusals < 80
