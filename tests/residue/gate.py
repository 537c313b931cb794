#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
"""
The zero-residue gate: does an op, once patched, leave anything behind that the instruction would not?

For every op that bare hardware inlines (or that is nothing there) two functions, one by hand and one
by the op, by each compiler at -O2 and -Os: pvexplain compares what they execute, all ways through both;
the guest runs both under QEMU's -icount and counts. The difference must be the nops that pvexplain
sees. A second pair keeps all other registers in use: what it needs more are clobbers.
"""
import argparse
import json
import re
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tools"))
import pvhost                                                       # noqa: E402

HOSTS = {"x86_64": "native-pvh", "i386": "native-i386"}
VARIANTS = ("gcc_O2", "gcc_Os", "clang_O2", "clang_Os")
ICOUNT = ("-icount", "shift=0,sleep=off")
LIMIT = 120
# What differs and why: (arch, op, variants): instructions more than by hand. One that does not is an error.
KNOWN = {
    ("x86_64", "cpu.cpuid", "gcc_O2 gcc_Os"): (0, "the same, but a pop and a store in the other order"),
    ("i386", "mmu.create_as", "clang_O2 clang_Os"): (1, "moves the argument out of eax before it makes the result 0"),
    ("i386", "mmu.pin", "clang_O2 clang_Os"): (1, "as create_as"),
    ("i386", "cpu.out8", "gcc_O2 gcc_Os"): (-1, "by hand it widens the port"),
    ("i386", "cpu.out16", "gcc_O2 gcc_Os"): (-2, "by hand it widens value and port"),
    ("i386", "cpu.out32", "gcc_O2 gcc_Os"): (-1, "by hand it widens the port"),
}
# With all registers in use: at most so many more, by what the site says it clobbers. A cold call's registers
# are kept on the stack by the compiler, before the gate: that is what a `call` gate costs who has no room.
BUSY = {"save": 2, "call": 22, "entry": 0}
# Not executed: nothing wakes who halts with interrupts off, and QEMU's CPU has no performance counters.
NOT_RUN = {"irq.halt", "cpu.rdpmc"}


def static(guest, pvexplain):
    """What pvexplain says: forms of bare hardware, rows by (variant, busy, op)."""
    def run(*words):
        done = subprocess.run([pvexplain, guest, *words, "--json"], capture_output=True, text=True, check=False)
        if done.returncode not in (0, 1):
            raise pvhost.Trouble(f"pvexplain: {done.stderr.strip()}")
        return json.loads(done.stdout)
    forms = next(b["forms"] for b in run("--backend", "native")["backends"] if b["name"] == "native")
    rows = {}
    for row in run("--pairs", "hand_", "op_"):
        variant, busy, op = re.match(r"^(asm|\w+?_O[2s])_(busy_)?(\w+)$", row["name"]).groups()
        rows[variant, bool(busy), op.replace("_", ".", 1)] = row
    return forms, rows


def executed(arch, guest, out):
    """What the guest counts: (by hand, by the op) by (variant, busy, op)."""
    row = pvhost.load_hosts()[HOSTS[arch]]
    log = out / "logs" / f"residue-{arch}.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    console = pvhost.Console(pvhost.command(row, guest, "nosmp test=residue_is_counted", out, ICOUNT), LIMIT, log)
    counts, done = {}, False
    for line in console.lines():
        match = re.match(r"^residue: (\w+) (\S+) (plain|busy) hand=(\d+) op=(\d+)$", line)
        if match:
            counts[match[1], match[3] == "busy", match[2]] = int(match[4]), int(match[5])
        done |= line.startswith("guest: done pass=1 fail=0")
    console.stop()
    if not done:
        raise pvhost.Trouble(f"{row['name']}: the guest did not come to its end (see {log})")
    return counts


def clobbers(op):
    """What a compiler may not keep over the op, but for the arguments' registers of a by-hand form."""
    if op["convention"] == "entry":
        return "-"
    if op["convention"] == "save":
        lost = [op["result_register"]] + [a["register"] for a in op["arguments"] if a["way"] != "in"]
        return " ".join([*(reg for regs in lost if regs for reg in regs.split(":")), "flags"])
    return "caller-saved, behind the gate" if op["gate"] else "caller-saved, flags"


def judge(arch, table, forms, rows, counts):
    """Rows for a reader, and what does not hold. @counts: empty where nothing has been executed."""
    found, bad, used = [], [], set()
    for op in table:
        name = op["op"]
        if forms[name] not in ("nop", "inline"):
            continue
        variants = ("asm",) if op["convention"] == "entry" else VARIANTS
        for variant in variants:
            row, count = rows.get((variant, False, name)), counts.get((variant, False, name))
            where = f"{arch} {variant} {name}"
            if not row:
                bad.append(f"{where}: there is no pair")
                continue
            known = next((key for key in KNOWN if key[:2] == (arch, name) and variant in key[2].split()), None)
            extra = row["instructions"][1] - row["instructions"][0]
            if known:
                used.add((known, variant))
            if row["same"] == bool(known) or extra != (KNOWN[known][0] if known else 0):
                bad.append(f"{where}: {extra:+d} instructions"
                           + (", which is known no more" if known else "" if extra else ", not the same"))
            nops = row["nops"][1] - row["nops"][0]
            if counts and (count is None) != (name in NOT_RUN):
                bad.append(f"{where}: " + ("counted" if count else "not counted"))
            elif count and count[1] - count[0] != extra + nops:
                bad.append(f"{where}: executed {count[1] - count[0]:+d}, where {extra + nops:+d} are seen")
            busy, full = None, counts.get((variant, True, name))
            if full:
                busy = full[1] - full[0] - nops
                if busy > BUSY[op["convention"]]:
                    bad.append(f"{where}: with all registers in use {busy:+d} instructions")
            found.append({"op": name, "form": forms[name], "variant": variant, "instructions": row["instructions"],
                          "nops": nops, "bytes": row["bytes"], "same": row["same"], "executed": count,
                          "busy": busy, "clobbers": clobbers(op),
                          "known": KNOWN[known][1] if known else None})
    for key in KNOWN:
        bad += [f"{arch} {variant} {key[1]}: known, but there is no such pair" for variant in key[2].split()
                if key[0] == arch and (key, variant) not in used]
    return found, bad


def spread(values):
    """One number, or from the least to the greatest."""
    values = [v for v in values if v is not None]
    if not values:
        return "-"
    return f"{min(values):+d}" if min(values) == max(values) else f"{min(values):+d}..{max(values):+d}"


def show(arch, found):
    print(f"{arch}: by hand, by the op; one row an op, all compilers")
    print(f"{'op':24}{'form':8}{'instructions':>14}{'nops':>6}{'bytes more':>12}{'registers in use':>18}  clobbers")
    for name in dict.fromkeys(row["op"] for row in found):
        mine = [row for row in found if row["op"] == name]
        extra = spread([row["instructions"][1] - row["instructions"][0] for row in mine])
        longer = spread([row["bytes"][1] - row["bytes"][0] for row in mine])
        print(f"{name:24}{mine[0]['form']:8}{extra:>14}{mine[0]['nops']:6}{longer:>12}"
              f"{spread([row['busy'] for row in mine]):>18}  {mine[0]['clobbers']}"
              + "".join(f" ({text})" for text in dict.fromkeys(row["known"] for row in mine if row["known"])))


def main():
    parser = argparse.ArgumentParser(prog="gate.py", description=__doc__.strip().split("\n\n", maxsplit=1)[0])
    parser.add_argument("--arch", default="x86_64", choices=pvhost.ARCHES)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--out", metavar="DIR", help="where the image and pvexplain are")
    parser.add_argument("--guest", metavar="FILE", help="another image with pairs")
    args = parser.parse_args()
    out = Path(args.out or pvhost.build_folder(args.arch)).resolve()
    guest = Path(args.guest or out / "residue/guest.elf").resolve()
    pvexplain = next((p for p in (out / "pvexplain", pvhost.TOP / "build/pvexplain") if p.is_file()), None)
    if not guest.is_file() or not pvexplain:
        raise pvhost.Trouble(f"{guest} or pvexplain is not there: `make residue` builds them")
    table = json.loads((out / "include/pvops/ops.json").read_text(encoding="utf-8"))["ops"]
    forms, rows = static(guest, pvexplain)
    found, bad = judge(args.arch, table, forms, rows, executed(args.arch, guest, out))
    if args.json:
        print(json.dumps({"pairs": found, "bad": bad}, indent=1))
    else:
        show(args.arch, found)
        print(f"{len(found)} pairs, " + ("nothing is left behind" if not bad else f"{len(bad)} not as they should be:"))
        print("".join(f"    {line}\n" for line in bad), end="")
    return int(bool(bad))


if __name__ == "__main__":
    pvhost.die_tidily()
    try:
        sys.exit(main())
    except pvhost.Trouble as err:
        print(f"gate.py: {err}", file=sys.stderr)
        sys.exit(2)
    except KeyboardInterrupt:
        sys.exit(130)
