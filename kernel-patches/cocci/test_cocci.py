# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
"""Each rule finds what the samples of tests/ mark, where they mark it, and nothing else."""
import re
import subprocess
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
TOP = HERE.parent.parent
RULES = sorted(path.stem for path in HERE.glob("*.cocci"))


def spatch(rule, mode, path, *words):
    return subprocess.run(["spatch", "--very-quiet", "--sp-file", HERE / f"{rule}.cocci", "-D", mode, path, *words],
                          capture_output=True, text=True, check=True, cwd=HERE, timeout=100).stdout


def told(text):
    """{line: ops, sorted} of a report."""
    ops = {}
    for line, op in re.findall(r"^[^:\n]+:(\d+):[^\n]*?: op ([^\n]+)$", text, re.M):
        ops.setdefault(int(line), []).append(op)
    return {line: sorted(found) for line, found in ops.items()}


def marked(path):
    lines = enumerate(path.read_text().splitlines(), 1)
    found = {nr: re.search(r"/\* op: (.*?) \*/", line) for nr, line in lines if nr > 3}
    return {nr: sorted(match[1].split(", ")) for nr, match in found.items() if match}


@pytest.mark.parametrize("rule", RULES)
def test_report(rule):
    path = HERE / f"tests/{rule}.c"
    assert marked(path)
    assert told(spatch(rule, "report", path)) == marked(path)


@pytest.mark.parametrize("rule", ["entry", "native"])
def test_patch(rule, tmp_path):
    """What is changed for the user; and that twice is once."""
    once, twice = tmp_path / "once.c", tmp_path / "twice.c"
    spatch(rule, "patch", HERE / f"tests/{rule}.c", "-o", once)
    assert once.read_text() == (HERE / f"tests/{rule}.res").read_text()
    assert spatch(rule, "patch", once) == ""


@pytest.mark.parametrize("rule", RULES)
def test_ops_exist(rule):
    """No rule names an op that the list does not have."""
    rows = re.findall(r"^(cpu|irq|mmu|time|smp|lock)\s+(\w+)\s+(?:call|save|entry)", (TOP / "include/pvops/ops.tbl").read_text(), re.M)
    ops = {f"{family}.{name}" for family, name in rows}
    text = (HERE / f"{rule}.cocci").read_text()
    named = set(re.findall(r"\b(?:cpu|irq|mmu|time|smp|lock)\.\w+", text))
    named |= {found.replace("_", ".", 1) for found in re.findall(r'"((?:cpu|irq|mmu|time|smp|lock)_\w+)"', text)}
    if rule == "entry":
        named |= {f"mmu.{verb}_{level}" for verb in ("set", "xchg") for level in ("pte", "pmd", "pud", "pgd")}
    assert named and named <= ops, named - ops


@pytest.mark.parametrize("rule, known", [
    # Programs that are to be caught, and what measures hand-written code.
    ("asm", {"naughty.c", "bench.c"}),
    ("native", set()),
    # Tables that are not declared yet.
    ("entry", {"as_tree.c", "vmm.c"}),
])
def test_reference_guest(rule, known):
    """The guest kernel of this project goes by the rules: what they find there is known, its tests apart."""
    text = spatch(rule, "report", *sorted((TOP / "guest").glob("*.c")))
    assert set(re.findall(r"^\S*/(\w+\.c):\d+:[^\n]*: op ", text, re.M)) == known
