#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
"""Pairs of functions: each op once by hand, once by the library.

usage: cc -E by-hand.h | pairs.py OPS.json VARIANT

For every op that by-hand.h has: hand_VARIANT_OP and op_VARIANT_OP take what the op takes and return
what it returns. With kept_ before the op's name each register that the op's convention leaves alone
holds a value that is needed afterwards, in that register: one that is lost all the same has to be
saved and fetched, and is seen. With full_ (gates of the C convention) those that a call loses hold
such values too: what the call behind the gate costs. Writes C.
"""
import json
import re
import sys
from pathlib import Path

# What a compiler gives out, and of it what a C call may change.
REGISTERS = {True: "rax rbx rcx rdx rsi rdi r8 r9 r10 r11 rbp r12 r13 r14 r15".split(),
             False: "eax ebx ecx edx esi edi ebp".split()}
CALL_LOSES = {True: "rax rcx rdx rsi rdi r8 r9 r10 r11".split(), False: "eax ecx edx".split()}
LETTER = {"ax": "a", "bx": "b", "cx": "c", "dx": "d", "si": "S", "di": "D"}


def is_wide(ops):
    """Is the list x86-64's?"""
    return any(a["register"] == "rdi" for op in ops for a in op["arguments"])


def parts(registers, wide):
    """Registers of a value, the high one first, by the names of REGISTERS."""
    return [reg.replace("e", "r", 1) if wide else reg for reg in (registers or "").split(":") if reg not in ("", "stack")]


def given(op, wide):
    """Registers that the op writes because that is what it is for."""
    values = [op["result_register"]] + [a["register"] for a in op["arguments"] if a["way"] != "in"]
    return [reg for registers in values for reg in parts(registers, wide)]


def lost(op, wide):
    """
    What the op may take from its caller: registers, and always the flags. An instruction takes no more than it
    gives, whatever convention its other forms would like; a call behind a gate is as the op's convention is.
    """
    return CALL_LOSES[wide] if op["gate"] and op["convention"] == "call" else given(op, wide)


def kinds(op):
    return ("plain", "kept", "full") if op["gate"] and op["convention"] == "call" else ("plain", "kept")


def pinned(op, kind, wide, variant):
    """Registers whose values are needed behind the op, whoever put them there."""
    gone = lost(op, wide) if kind == "kept" else given(op, wide)
    if op["gate"] and variant.startswith("gcc"):
        # With none free it moves values to and fro where ways meet, whatever is lost. clang's pairs have it.
        gone = [*gone, "rbp" if wide else "ebp"]
    return [reg for reg in REGISTERS[wide] if reg not in gone]


class Operands:
    """Of one asm statement: values, each in a register that has a name."""

    def __init__(self):
        self.texts = []

    def add(self, way, register, value):
        """@way: "=", "+" or "" as in a constraint; @register: rax, or edx:eax."""
        letter = "A" if register == "edx:eax" else LETTER.get(register[1:], "r")
        self.texts.append(f'"{way}{letter}"({value})')

    def __str__(self):
        return ", ".join(self.texts)


def held(op, kind, wide, variant):
    """Statements before and behind the op's, and what it is called with."""
    declared, before, behind, words = [], Operands(), Operands(), []
    taken_over, given_back = [], []
    keep = pinned(op, kind, wide, variant)
    taken = set()
    for arg in op["arguments"]:
        registers, name = parts(arg["register"], wide), arg["name"]
        taken |= set(registers)
        if arg["way"] != "in":
            # What the pointer leads to is in the register; the pointer itself is where there is room.
            declared.append(f"{arg['type']} {name}_ = *{name};")
            before.add("+", registers[0], f"{name}_")
            words.append(f"&{name}_")
        elif len(registers) < 2 or registers == ["edx", "eax"]:
            if registers:
                before.add("+", ":".join(registers), name)
            words.append(name)
            if set(registers) <= set(keep):
                behind.add("", registers[0], name)
        else:
            high, low = registers
            declared += [f"u32 {name}_lo = (u32)(__force u64){name}, {name}_hi = (u32)((__force u64){name} >> 32);"]
            before.add("+", low, f"{name}_lo")
            before.add("+", high, f"{name}_hi")
            words.append(f"(__force {arg['type']})((u64){name}_hi << 32 | {name}_lo)")
            for register, half in ((low, "lo"), (high, "hi")):
                if register in keep:
                    behind.add("", register, f"{name}_{half}")
    for register in keep:
        if register in taken:
            continue
        declared.append(f"unsigned long v_{register};")
        name = f"v_{register}"
        if register[1:] not in LETTER:
            # A constraint has no letter for it. The value itself is not bound to the register.
            name = f"in_{register}"
            declared.append(f'register unsigned long {name} asm("{register}");')
            taken_over.append(f"v_{register} = {name};")
            given_back.append(f"{name} = v_{register};")
        before.add("=", register, name)
        behind.add("", register, name)
    return declared, [f'asm volatile("" : {before});', *taken_over], [*given_back, f'asm volatile("" : : {behind});'], words


def function(op, variant, how, kind, wide):
    """@how: hand or op."""
    prototype = op["prototype"]
    name = f"{how}_{variant}_{'' if kind == 'plain' else kind + '_'}{op['id']}"
    called = f"{'by_hand' if how == 'hand' else 'pvops'}_{op['id']}"
    head = prototype.replace(f"pvops_{op['id']}(", f"{name}(")
    void = op["result"] == "void"
    if kind == "plain":
        words = ", ".join(a["name"] for a in op["arguments"])
        return "\n".join([f"RESIDUE_PAIR {head};", head, "{", f"\t{'' if void else 'return '}{called}({words});", "}", ""])
    declared, before, behind, words = held(op, kind, wide, variant)
    if not void:
        declared.append(f"{op['result']}{'' if op['result'].endswith('*') else ' '}result;")
    body = [*declared, "", *before, f"{'' if void else 'result = '}{called}({', '.join(words)});", *behind]
    body += [f"*{a['name']} = {a['name']}_;" for a in op["arguments"] if a["way"] != "in"]
    body += [] if void else ["return result;"]
    return "\n".join([f"RESIDUE_PAIR {head};", head, "{", *(f"\t{line}" if line else "" for line in body), "}", ""])


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__.strip())
    table, variant = sys.argv[1:]
    have = set(re.findall(r"\bby_hand_(\w+?)\(", sys.stdin.read()))
    ops = json.loads(Path(table).read_text(encoding="utf-8"))["ops"]
    wide = is_wide(ops)
    print("// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0\n// Made by tests/residue/pairs.py: do not edit.")
    print('#include "guest/by-hand.h"\n#include "tests/residue/residue.h"\n')
    rows = []
    for op in ops:
        op["id"] = f"{op['family']}_{op['name']}"
        if op["id"] not in have:
            continue
        for kind in kinds(op):
            for how in ("hand", "op"):
                print(function(op, variant, how, kind, wide))
            prefix = "" if kind == "plain" else kind + "_"
            rows.append(f"\t{{ PVOPS_OP_{op['id']}, \"{kind}\", "
                        f"{{ hand_{variant}_{prefix}{op['id']}, op_{variant}_{prefix}{op['id']} }} }},")
    print(f"const struct residue_pair residue_{variant}[] = {{")
    print("\n".join([*rows, "\t{ PVOPS_NR_OPS, NULL, { NULL } }", "};"]))


if __name__ == "__main__":
    main()
