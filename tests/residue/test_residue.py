# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
"""The zero-residue gate holds, on both widths; and ops that are made worse do not pass it."""
import json
import os
import subprocess
from pathlib import Path

import pytest

import gate

TOP = Path(__file__).resolve().parents[2]
OUT = Path(os.environ.get("PVOPS_OUT", TOP / "build")).resolve()
OUTS = {"x86_64": OUT, "i386": OUT / "i386"}


def make(arch, *words):
    clean = {k: v for k, v in os.environ.items() if k not in ("MAKEFLAGS", "MAKELEVEL", "MFLAGS")}
    done = subprocess.run(["make", "-s", "-j2", "-C", TOP, f"ARCH={arch}", f"O={OUTS[arch]}", *map(str, words)],
                          capture_output=True, text=True, env=clean, check=False)
    assert done.returncode == 0, done.stderr[-2000:]


@pytest.fixture(scope="module", params=["x86_64", "i386"])
def arch(request):
    make(request.param, OUTS[request.param] / "residue/guest.elf")
    make("x86_64", OUT / "pvexplain")
    return request.param


def table(arch):
    return json.loads((OUTS[arch] / "include/pvops/ops.json").read_text(encoding="utf-8"))["ops"]


@pytest.fixture(scope="module")
def found(arch):
    guest = OUTS[arch] / "residue/guest.elf"
    backends, rows = gate.static(guest, OUT / "pvexplain")
    return gate.judge(arch, table(arch), backends, rows, gate.executed(arch, guest, OUTS[arch]))


def test_nothing_is_left_behind(found):
    assert found[1] == []


@pytest.mark.parametrize("variant", [*gate.VARIANTS, "asm"])
def test_there_are_pairs_of_each_compiler(found, variant):
    rows = [row for row in found[0] if row["variant"] == variant]
    assert len([row for row in rows if row["kind"] == "plain"]) >= (3 if variant == "asm" else 55)
    assert all(row["executed"] for row in rows if row["op"] not in gate.NOT_RUN)
    # All but a few are the same to the last operand, and what is not is known.
    assert all(row["same"] or row["known"] for row in rows if row["kind"] != "full")
    # What is no gate loses nothing at all but what its convention says, by no compiler.
    kept = [row for row in rows if row["kind"] == "kept" and "gate" not in row["clobbers"] and row["form"] == "inline"]
    assert variant == "asm" or len(kept) >= 40 and all(row["same"] for row in kept)


def test_sites_are_as_short_as_they_are_to_be(found):
    """5 bytes over the instruction's own, 8 where Xen has an inline form; the pairs in assembly have two sites."""
    for row in found[0]:
        if row["kind"] == "plain":
            assert row["bytes"][1] - row["bytes"][0] <= (8 if row["variant"] != "asm" else 15), row


def row_of(old, new):
    """A row of ops.tbl that is another one."""
    def edit(rows):
        rows = "\n".join("\t".join(part for part in line.split("\t") if part) if old.split("\t")[0] + "\t" in line else line
                         for line in rows.split("\n"))
        assert rows.count(old) == 1
        return rows.replace(old, new)
    return edit, None


def code_of(op, old, new):
    """The generated inline of an op that is another one."""
    def edit(text):
        head, begin, rest = text.partition(f" pvops_{op.replace('.', '_', 1)}(")
        body, end, rest = rest.partition("\n}\n")
        assert begin and end and body.count(old) == 1
        return head + begin + body.replace(old, new) + end + rest
    return None, edit


ALL = ("plain", "kept")
# How an op is made worse, whether its pairs can run then (the first two templates look elsewhere for the argument),
# and which kinds of pairs have to show it.
WORSE = {
    "argument": ("cpu.write_cr3", row_of("cpu write_cr3\tsave\t6 off\tvoid\t(pvops_gpa_t root@rdi)",
                                         "cpu write_cr3\tsave\t6 off\tvoid\t(pvops_gpa_t root@rcx)"), False, ALL),
    "result": ("cpu.read_cr0", row_of("cpu read_cr0\tsave\t6 any\tulong@rax", "cpu read_cr0\tsave\t6 any\tulong@rdx"),
               False, ALL),
    "clobbers": ("irq.disable", row_of("irq disable\tsave", "irq disable\tcall"), True, ("kept",)),
    "register": ("irq.disable", code_of("irq.disable", '"memory", "cc"', '"memory", "cc", "rcx"'), True, ("kept",)),
    "high register": ("cpu.clts", code_of("cpu.clts", '"memory", "cc"', '"memory", "cc", "r11"'), True, ("kept",)),
    "argument's register": ("cpu.write_cr2", code_of("cpu.write_cr2", '"memory", "cc"', '"memory", "cc", "rsi"'), True,
                            ("kept",)),
    "register behind a gate": ("mmu.make_pte", code_of("mmu.make_pte", '"cc"', '"cc", "rdx"'), True, ("kept",)),
    "register of a call": ("mmu.unpin", code_of("mmu.unpin", '"memory", "cc"', '"memory", "cc", "r12"'), True, ALL),
    "instruction": ("cpu.wbinvd", code_of("cpu.wbinvd", "PVOPS_SITE(", '"lea 1(%%rax), %%rax; lea -1(%%rax), %%rax\\n" PVOPS_SITE('),
                    True, ALL),
    "byte": ("smp.yield", row_of("smp yield\tsave\t6 any", "smp yield\tsave\t7 any"), True, ALL),
}


def build_worse(edits, folder):
    """An image of pairs whose ops are worse, and what it is judged by."""
    row, code = edits
    rows = (TOP / "include/pvops/ops.tbl").read_text(encoding="utf-8")
    (folder / "ops.tbl").write_text(row(rows) if row else rows, encoding="utf-8")
    subprocess.run([TOP / "tools/genops", folder / "ops.tbl", folder / "include/pvops"], check=True)
    if code:
        header = folder / "include/pvops/ops.h"
        header.write_text(code(header.read_text(encoding="utf-8")), encoding="utf-8")
    make("x86_64", OUT / "pvexplain", f"RESIDUE={folder}/residue", f"RESIDUE_OPS={folder}/include",
         folder / "residue/guest.elf")
    return folder / "residue/guest.elf"


@pytest.mark.parametrize("what", WORSE)
def test_a_worse_op_is_found(what, tmp_path):
    op, edits, runs, kinds = WORSE[what]
    guest = build_worse(edits, tmp_path)
    backends, rows = gate.static(guest, OUT / "pvexplain")
    _, bad = gate.judge("x86_64", table("x86_64"), backends, rows, gate.executed("x86_64", guest, tmp_path) if runs else {})
    found = [line.replace(":", "").split() for line in bad if "(full)" not in line]
    assert {words[2] for words in found} == {op}
    assert {words[1] for words in found} == set(gate.VARIANTS)
    assert {"kept" if words[3] == "(kept)" else "plain" for words in found} == set(kinds)


def test_a_room_that_no_form_needs_is_found():
    """By its own table such an op is as it should be: what it needs decides."""
    backends, _ = gate.static(OUT / "residue/guest.elf", OUT / "pvexplain")
    rows = [{**op, "room": op["room"] + (op["op"] == "irq.save")} for op in table("x86_64")]
    bad = [line for op in rows for line in gate.judge_room("x86_64", op, backends)]
    assert bad == ["x86_64 irq.save: a room of 10 bytes, of which no form needs more than 9"]


@pytest.fixture(scope="module")
def measured():
    """What holds, to be spoilt: backends, pairs, and counts as if they had been executed."""
    make("x86_64", OUT / "pvexplain", OUT / "residue/guest.elf")
    backends, rows = gate.static(OUT / "residue/guest.elf", OUT / "pvexplain")
    counts = {key: (10, 10 + row["nops"][1] + row["instructions"][1] - row["instructions"][0])
              for key, row in rows.items() if key[2] not in gate.NOT_RUN}
    assert gate.judge("x86_64", table("x86_64"), backends, rows, counts)[1] == []
    return backends, rows, counts


@pytest.mark.parametrize("kind, where", [("plain", ""), ("kept", " (kept)")])
def test_an_op_without_a_pair_is_found(measured, kind, where):
    backends, rows, _ = measured
    rows = {key: row for key, row in rows.items() if key != ("clang_Os", kind, "cpu.clts")}
    _, bad = gate.judge("x86_64", table("x86_64"), backends, rows, {})
    assert bad == [f"x86_64 clang_Os cpu.clts{where}: there is no pair"]


@pytest.mark.parametrize("kind, where", [("plain", ""), ("kept", " (kept)"), ("full", " (full)")])
def test_what_is_not_measured_is_found(measured, kind, where):
    backends, rows, counts = measured
    counts = {key: count for key, count in counts.items() if key != ("gcc_O2", kind, "mmu.unpin")}
    _, bad = gate.judge("x86_64", table("x86_64"), backends, rows, counts)
    assert bad == [f"x86_64 gcc_O2 mmu.unpin{where}: not counted"]


def test_what_is_executed_has_to_be_what_is_seen(measured):
    backends, rows, counts = measured
    counts = {**counts, ("gcc_Os", "kept", "smp.yield"): (10, 11), ("gcc_O2", "full", "mmu.unpin"): (10, 35)}
    _, bad = gate.judge("x86_64", table("x86_64"), backends, rows, counts)
    assert bad == ["x86_64 gcc_O2 mmu.unpin (full): executed +24, of 23",
                   "x86_64 gcc_Os smp.yield (kept): executed +1, where +0 are seen"]


def test_what_is_known_has_to_be_so(measured):
    """A pair that is better than known."""
    backends, rows, _ = measured
    key = "gcc_O2", "kept", "mmu.make_pte"
    better = {**rows, key: {**rows[key], "same": True, "instructions": [12, 12]}}
    _, bad = gate.judge("x86_64", table("x86_64"), backends, better, {})
    assert bad[0] == "x86_64 gcc_O2 mmu.make_pte (kept): +0 instructions, where +2 are known"


def test_a_call_for_what_is_an_instruction_is_found(measured):
    """Such an op has its pairs all the same; and what is known of pairs that are not judged is too much."""
    backends, rows, _ = measured
    silent = {**backends, "native": {**backends["native"], "forms": {**backends["native"]["forms"], "cpu.cpuid": "call"}}}
    _, bad = gate.judge("x86_64", table("x86_64"), silent, rows, {})
    assert bad == ["x86_64 cpu.cpuid: bare hardware has no form of it but a call",
                   *(f"x86_64 {variant} cpu.cpuid (plain): known, but there is no such pair" for variant in ("gcc_O2", "gcc_Os"))]


def test_what_is_known_as_a_call_has_to_be_one(measured, monkeypatch):
    backends, rows, _ = measured
    monkeypatch.setitem(gate.CALLED, "x86_64", ("irq.disable",))
    _, bad = gate.judge("x86_64", table("x86_64"), backends, rows, {})
    assert bad == ["x86_64 irq.disable: known as a call, but it is none"]


# What no pair has, and Documentation/residue.inc tells: code, and instructions more by gcc and by clang.
ELSEWHERE = {
    "an argument": ("void f(unsigned long a, unsigned long b, pvops_gpa_t c) { OP(cpu_write_cr3)(c); }", 1, 1),
    "a value behind a gate": ("void f(unsigned long *p, pvops_pfn_t v) { OP(mmu_unpin)(v); *p = 2; }", 3, 3),
    **{f"a word in memory, {op}": (f"unsigned long f(unsigned long *p, pvops_{value}_t v) {{ unsigned long a = *p; "
                                   f"unsigned long b = (unsigned long)OP(mmu_{op})(v); return b + (a ^ *p); }}", 0, 3)
       for op, value in (("make_pte", "pteval"), ("pte_val", "pte"), ("pfn_to_mfn", "pfn"), ("mfn_to_pfn", "mfn"))},
}


@pytest.mark.parametrize("compiler", ["gcc", "clang"])
@pytest.mark.parametrize("what", ELSEWHERE)
def test_what_is_elsewhere_costs_what_is_told(compiler, what, tmp_path):
    code, *more = ELSEWHERE[what]
    (tmp_path / "f.c").write_text(f'#include "guest/by-hand.h"\n{code}\n', encoding="utf-8")
    flags = ("-O2 -std=gnu11 -ffreestanding -fno-pic -fno-pie -fno-stack-protector -fcf-protection=none "
             "-fno-asynchronous-unwind-tables -mcmodel=kernel -mno-red-zone -mgeneral-regs-only -c").split()
    insns = []
    for way in ("by_hand_", "pvops_"):
        subprocess.run([compiler, *flags, f"-DOP(op)={way}##op", f"-I{TOP}", f"-I{TOP}/include", f"-I{OUT}/include",
                        "-o", tmp_path / "f.o", tmp_path / "f.c"], check=True)
        text = subprocess.run(["objdump", "-d", "--no-show-raw-insn", tmp_path / "f.o"], capture_output=True, text=True,
                              check=True).stdout
        way_out = [line.split("\t")[1].split()[0] for line in text.splitlines() if line.count("\t") == 1]
        insns.append([name for name in way_out[:way_out.index("ret")] if not name.startswith("nop")])
    # Of a gate the jump is a nop then.
    gate_jump = insns[1].count("jmp")
    assert len(insns[1]) - gate_jump - len(insns[0]) == more[compiler == "clang"], insns
