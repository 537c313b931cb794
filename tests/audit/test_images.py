# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
"""Whole images: the guest, which must be clean, and Linux kernels where they are built. `plain` is Debian's
source as it is, like `stock`, with another configuration: tools/pvlinux."""
import json
import os
import re
import resource
import subprocess

import pytest

import objdump
from images import OUT, TOP, audit, guest, label, make, run, suppressions

KERNELS = {name: OUT / "linux" / name / "vmlinux" for name in ("pvops", "pvops-hard", "stock", "plain")}
LINUX = TOP / "kernel-patches/linux-6.12/audit.suppressions"
LIMIT_SECONDS, LIMIT_BYTES = 10, 500 << 20


def kernel(name):
    if not KERNELS[name].exists():
        pytest.skip(f"no Linux kernel {name} here: make linux LINUX={name}")
    return KERNELS[name]


@pytest.fixture(scope="module", name="reports")
def reports_():
    """Each image audited once."""
    known = {}

    def report(image, *args):
        if image not in known:
            known[image] = json.loads(run("pvaudit", "--json", *args, image).stdout)
        return known[image]
    return report


def compared(report, image):
    """How many findings there are, how many objdump had to be asked for alone, and those that it does not confirm:
    an instruction of that length and name at that address."""
    wanted = {int(row["address"], 16): row for row in report["findings"] if row["rule"] == "sensitive"}
    count, wrong = len(wanted), []
    for address, length, text in objdump.lines(image):
        row = wanted.get(address)
        if row and length == row["length"] and objdump.agrees(row["instruction"], text):
            del wanted[address]
    # Behind an instruction that it does not know objdump is out of step, and at a symbol of an object, which
    # may be a label within an instruction, it prints bytes: asked for the one alone.
    for address, row in wanted.items():
        says = list(objdump.lines(image, "-D", f"--start-address={address:#x}",
                                  f"--stop-address={address + row['length']:#x}"))
        if [line[:2] for line in says] != [(address, row["length"])] or not objdump.agrees(row["instruction"], says[0][2]):
            wrong.append((hex(address), row["text"], says))
    return count, len(wanted), wrong


@pytest.mark.parametrize("bits", (64, 32))
def test_the_guest_is_clean(bits, reports):
    run("pvaudit-checked", "--strict", *suppressions(bits), guest(bits), status=0)
    report = reports(guest(bits), *suppressions(bits))
    assert report["counted"] == 0 and report["unused_suppressions"] == []
    assert all(row["suppressed"] for row in report["findings"]) and len(report["findings"]) > 100
    assert len(report["native"]) > 100 and len(report["sites"]) > 2000


@pytest.mark.parametrize("bits", (64, 32))
def test_the_guest_without_suppressions_is_not(bits):
    assert "sensitive: cli" in run("pvaudit", guest(bits), status=1).stdout


def test_a_stray_one_is_found():
    """The guest with four things on its own, of which one is a plain write."""
    make("ARCH=i386", f"O={OUT}/i386", f"{OUT}/i386/guest-naughty.elf")
    report = audit(*suppressions(32), OUT / "i386/guest-naughty.elf", status=1)
    assert [(row["instruction"], row["file"].removeprefix(f"{TOP}/")) for row in report["findings"] if not row["suppressed"]] == \
        [(name, "guest/naughty.c") for name in ("cli", "mov to cr3", "sgdt")]


@pytest.mark.parametrize("bits", (64, 32))
def test_objdump_confirms_every_finding_of_the_guest(bits, reports):
    count, alone, wrong = compared(reports(guest(bits), *suppressions(bits)), guest(bits))
    assert count > 100 and alone == 0 and wrong == []


def test_nothing_that_objdump_sees_is_passed_over(reports):
    """The other way round, where text holds code of one width and nothing else: the i386 guest."""
    report = reports(guest(32), *suppressions(32))
    told = {int(row["address"], 16) for row in report["findings"]} | {int(at, 16) for at in report["native"]}
    names = {line.split("\t")[0] for line in run("pvaudit", "--list").stdout.splitlines()}
    likely = re.compile("|".join(rf"(?:{objdump.NAMES.get(name, re.escape(name))})" for name in sorted(names)))
    seen = {address for address, _, text in objdump.lines(guest(32), "--section=.text")
            if likely.match(objdump.PREFIX.sub("", text)) and any(objdump.agrees(name, text) for name in names)}
    text = label(guest(32), "pvops_text_start")         # multiboot's headers are before it
    assert len(seen) > 500 and {hex(at) for at in seen - told if at >= text} == set()


def test_sites_are_those_of_the_image(reports):
    from_python = subprocess.run(
        ["/usr/bin/python3", "-c", "import sys; sys.path.insert(0, 'tools'); import elfsites\n"
         f"for s in elfsites.Image('{guest(64)}').sites(): print(hex(s.address), s.length, s.kind)"],
        cwd=TOP, check=True, capture_output=True, text=True).stdout.splitlines()
    assert sorted(from_python) == sorted(f"{row['address']} {row['length']} {row['kind']}"
                                         for row in reports(guest(64), *suppressions(64))["sites"])


@pytest.mark.parametrize("name", KERNELS)
def test_objdump_confirms_every_finding_of_linux(name, reports):
    count, alone, wrong = compared(reports(kernel(name)), kernel(name))
    assert count > 500 and alone < 50 and wrong == []


@pytest.mark.parametrize("name", KERNELS)
def test_linux_has_no_defect_of_sites(name, reports):
    report = reports(kernel(name))
    # The untrained returns of SRSO and Retbleed are instructions within instructions.
    jumps = {row["function"] for row in report["findings"] if row["rule"] == "insn-jump"}
    assert jumps == {"srso_safe_ret", "srso_return_thunk", "retbleed_untrain_ret"}
    assert {row["rule"] for row in report["findings"] if row["reached"]} == {"sensitive", "insn-jump"}
    assert report["unreached_bytes"] < 5000
    assert bool(report["sites"]) == name.startswith("pvops")


@pytest.mark.parametrize("name", ("pvops", "pvops-hard", "stock"))
def test_most_of_what_linux_has_is_meant(name):
    """By a list with reasons, of which each line fits; some are left, and shown."""
    report = json.loads(run("pvaudit", "--json", f"--suppressions={LINUX}", kernel(name), status=1).stdout)
    left = [row for row in report["findings"] if row["reached"] and not row["suppressed"]]
    assert 5 < report["counted"] == len(left) < 80 and {row["rule"] for row in left} == {"sensitive"}
    if name == "pvops":
        assert report["unused_suppressions"] == [] and "this_cpu_cmpxchg16b_emu" in {row["function"] for row in left}
    ops = bool(report["sites"])
    assert (report["sensitive_at_sites"] > 300) == ops and (report["sensitive_at_pv_ops"] > 500) == (not ops)


@pytest.mark.parametrize("name", KERNELS)
def test_time_and_memory(name):
    image = kernel(name)
    # Its own time: others may be running.
    with subprocess.Popen([OUT / "pvaudit", "--json", image], stdout=subprocess.DEVNULL,
                          preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (LIMIT_BYTES, LIMIT_BYTES))) as proc:
        _, status, used = os.wait4(proc.pid, 0)
        proc.returncode = os.waitstatus_to_exitcode(status)
    assert proc.returncode == 1 and used.ru_utime + used.ru_stime < LIMIT_SECONDS


def test_a_kernel_without_symbols_is_looked_at_too():
    """What is reached from its entries, tables and pointers; fewer functions, the same kinds of findings."""
    full = run("pvaudit", "--brief", guest(64), status=1).stdout
    bare = run("pvaudit", "--brief", "--no-symbols", guest(64), status=1).stdout
    assert "sensitive cli" in full and "sensitive cli" in bare and "sensitive mov to cr3" in bare


@pytest.mark.parametrize("bits", (64, 32))
def test_a_stripped_image_still_shows_its_sites(bits, reports, tmp_path):
    """By its ABI note: sites, the table, registered backends and declared native regions. What no record leads to,
    and no call, is called a guess, in each form of the report."""
    path = tmp_path / "stripped.elf"
    subprocess.run(["strip", "-s", "-o", path, guest(bits)], check=True)
    assert subprocess.run(["nm", path], capture_output=True, text=True, check=False).stdout == ""
    bare, full = audit(path, program="pvaudit", status=1), reports(guest(bits), *suppressions(bits))

    def site(row):
        return {key: value for key, value in row.items() if key != "function"}
    assert [site(row) for row in bare["sites"]] == [site(row) for row in full["sites"]]
    assert {row["rule"] for row in bare["findings"]} == {"sensitive"} and len(bare["native"]) > 50
    assert any("no symbols" in text for text in bare["not_known"]) and full["not_known"] == []
    sure = {row["address"] for row in bare["findings"] if not row["guess"]}
    known = {row["address"] for row in full["findings"]} | set(full["native"])
    assert 50 < len(sure) < len(bare["findings"]) and sure <= known
    text = run("pvaudit", path, status=1).stdout
    assert text.count(": a guess: sensitive") == len(bare["findings"]) - len(sure) and "of them guesses" in text
    log = json.loads(run("pvaudit", "--sarif", path, status=1).stdout)["runs"][0]
    assert sum(": a guess: " in row["message"]["text"] for row in log["results"]) == len(bare["findings"]) - len(sure)
    assert any("no symbols" in row["message"]["text"] for row in log["invocations"][0]["toolExecutionNotifications"])


def test_names_of_a_dynamic_linker_are_taken_where_there_are_no_others(tmp_path):
    source, path = tmp_path / "one.S", tmp_path / "one.so"
    source.write_text("\t.text\n\t.globl idle\n\t.type idle, @function\nidle:\thlt\n\tret\n\t.size idle, . - idle\n", encoding="utf-8")
    subprocess.run(["gcc", "-shared", "-nostdlib", "-o", path, source], check=True)
    subprocess.run(["strip", "-s", path], check=True)
    (found,) = audit(path, status=1)["findings"]
    assert (found["function"], found["instruction"], found["guess"]) == ("idle", "hlt", False)


def test_an_image_without_sections_is_looked_at_by_its_segments(tmp_path):
    data = bytearray(guest(64).read_bytes())
    data[40:48], data[58:64] = bytes(8), bytes(6)       # e_shoff; e_shentsize, e_shnum, e_shstrndx
    path = tmp_path / "bare"
    path.write_bytes(data)
    said = run("pvaudit-checked", "--brief", path, status=1).stdout
    assert "sensitive cli" in said and int(re.search(r": (\d+) instructions", said)[1]) > 40000
