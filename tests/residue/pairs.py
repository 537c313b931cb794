#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
"""Pairs of functions: each op once by hand, once by the library.

usage: cc -E by-hand.h | pairs.py OPS.json VARIANT

For every op that by-hand.h has: hand_VARIANT_OP and op_VARIANT_OP take what the op takes and return
what it returns; with busy_ before the op's name all registers that the op leaves alone hold values
that are needed afterwards, so that one lost register more is seen as a spill. Writes C.
"""
import json
import re
import sys
from pathlib import Path

REGISTERS = 15, 7                       # what a compiler gives out: x86-64, i386
GATHERED = 5                            # values of one asm statement, which cannot have many


def registers(op):
    """How many the op takes, and pointers that are needed after it."""
    named = [op["result_register"] or ""] + [a["register"] for a in op["arguments"]]
    family = {"e": "r"}
    used = {family.get(reg[0], reg[0]) + reg[1:] for names in named for reg in names.split(":")
            if reg and reg != "stack"}
    return len(used) + sum(a["way"] != "in" for a in op["arguments"])


def live(op, wide):
    return max(REGISTERS[not wide] - registers(op), 0)


def operands(kind, count):
    for first in range(0, count, GATHERED):
        values = [f'"{kind}"(v{i})' for i in range(first, min(first + GATHERED, count))]
        if kind == "=r":
            yield f'\tasm volatile("" : {", ".join(values)});'
        else:
            yield f'\tasm volatile("" : : {", ".join(values)});'


def function(op, variant, how, busy, wide):
    """@how: hand or op."""
    prototype = op["prototype"]
    name = f"{how}_{variant}_{'busy_' if busy else ''}{op['id']}"
    call = f"{'by_hand' if how == 'hand' else 'pvops'}_{op['id']}({', '.join(a['name'] for a in op['arguments'])})"
    head = prototype.replace(f"pvops_{op['id']}(", f"{name}(")
    void = op["result"] == "void"
    body = []
    if busy and live(op, wide):
        body.append("\tunsigned long " + ", ".join(f"v{i}" for i in range(live(op, wide))) + ";")
    if busy:
        if not void:
            result = op["result"] + ("" if op["result"].endswith("*") else " ")
            body.append(f"\t{result}result;")
        body += ["", *operands("=r", live(op, wide)), f"\t{'' if void else 'result = '}{call};",
                 *operands("r", live(op, wide))]
        body += [] if void else ["\treturn result;"]
    else:
        body.append(f"\t{'' if void else 'return '}{call};")
    return "\n".join([f"{head};", head, "{", *body, "}", ""])


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__.strip())
    table, variant = sys.argv[1:]
    have = set(re.findall(r"\bby_hand_(\w+?)\(", sys.stdin.read()))
    ops = json.loads(Path(table).read_text(encoding="utf-8"))["ops"]
    wide = any(a["register"] == "rdi" for op in ops for a in op["arguments"])
    print("// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0\n// Made by tests/residue/pairs.py: do not edit.")
    print('#include "guest/by-hand.h"\n#include "tests/residue/residue.h"\n')
    rows = []
    for op in ops:
        op["id"] = f"{op['family']}_{op['name']}"
        if op["id"] not in have:
            continue
        names = []
        for busy in (False, True):
            for how in ("hand", "op"):
                print(function(op, variant, how, busy, wide))
                names.append(f"{how}_{variant}_{'busy_' if busy else ''}{op['id']}")
        rows.append(f"\t{{ PVOPS_OP_{op['id']}, {{ {', '.join(names[:2])} }}, {{ {', '.join(names[2:])} }} }},")
    print(f"const struct residue_pair residue_{variant}[] = {{")
    print("\n".join([*rows, "\t{ PVOPS_NR_OPS, { NULL }, { NULL } }", "};"]))


if __name__ == "__main__":
    main()
