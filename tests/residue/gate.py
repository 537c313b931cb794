#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
"""
The zero-residue gate: does an op, once patched, leave anything behind that the instruction would not?

For every op that bare hardware inlines (or that is nothing there) functions in pairs, one by hand and one
by the op, by each compiler at -O2 and -Os: pvexplain compares what they execute, all ways through both;
the guest runs both under QEMU's -icount and counts. The difference must be the nops that pvexplain
sees, and the bytes more must be what the op's room has more than its instruction. Again with a value in
every register that the op is to leave alone (`kept`): a register that is lost all the same is two
instructions more, and none is allowed.
"""
import argparse
import json
import re
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tools"))
import pairs                                                        # noqa: E402
import pvhost                                                       # noqa: E402

HOSTS = {"x86_64": "native-pvh", "i386": "native-i386"}
CALL, GATE = 6, 5       # bytes of a site: what its call and what a gate have at least
TWICE = "asm", "cpu.swapgs"
VARIANTS = ("gcc_O2", "gcc_Os", "clang_O2", "clang_Os")
ICOUNT = ("-icount", "shift=0,sleep=off")
LIMIT = 120
# What differs and why: (arch, kinds of pairs, ops or what they are, variants): exactly so many instructions more
# than by hand. One that does not is an error. To a compiler a gate is a fork in the way, where it has two to join.
KNOWN = {
    ("x86_64", "plain", "cpu.cpuid", "gcc_O2 gcc_Os"): (0, "the same, but a pop and a store in the other order"),
    ("i386", "plain kept", "mmu.create_as mmu.pin", "clang_O2 clang_Os"):
        (1, "moves the argument out of eax before it makes the result 0"),
    ("i386", "plain", "cpu.out8 cpu.out32", "gcc_O2 gcc_Os"): (-1, "by hand it widens the port"),
    ("i386", "plain", "cpu.out16", "gcc_O2 gcc_Os"): (-2, "by hand it widens value and port"),
    ("x86_64", "kept", "save+gate", "gcc_O2"): (2, "moves the value to another place and back"),
    ("x86_64", "kept", "save+gate", "gcc_Os"): (3, "so too, and jumps over the cold call"),
    ("i386", "kept", "mmu.pfn_to_mfn mmu.mfn_to_pfn", "gcc_O2"): (2, "moves the value to another place and back"),
    ("i386", "kept", "mmu.pfn_to_mfn mmu.mfn_to_pfn", "gcc_Os"): (3, "so too, and jumps over the cold call"),
    ("i386", "kept", "mmu.make_pte mmu.pte_val", "gcc_O2"): (4, "moves both halves to another place and back"),
    ("i386", "kept", "mmu.make_pte mmu.pte_val", "gcc_Os"): (7, "so too, by the stack, and jumps over the cold call"),
    ("x86_64", "kept", "call+gate", "gcc_Os"): (1, "jumps over the cold call"),
    ("i386", "kept", "call+gate", "gcc_Os"): (1, "jumps over the cold call"),
}
# By hand two stores in their order, or a loop: more than a site has room for.
CALLED = {"x86_64": (), "i386": ("cpu.write_gdt_entry", "cpu.write_ldt_entry", "mmu.set_fixmap",
                                 *(f"mmu.{what}_{level}" for what in ("set", "xchg") for level in ("pte", "pmd", "pud", "pgd")))}
# Not executed: nothing wakes who halts with interrupts off, and QEMU's CPU has no performance counters.
NOT_RUN = {"irq.halt", "cpu.rdpmc"}


def static(guest, pvexplain):
    """What pvexplain says: all backends by name, rows by (variant, kind, op)."""
    def run(*words):
        done = subprocess.run([pvexplain, guest, *words, "--json"], capture_output=True, text=True, check=False)
        if done.returncode not in (0, 1):
            raise pvhost.Trouble(f"pvexplain: {done.stderr.strip()}")
        return json.loads(done.stdout)
    backends = {backend["name"]: backend for backend in run()["backends"]}
    rows = {}
    for row in run("--pairs", "hand_", "op_"):
        variant, kind, op = re.match(r"^(asm|\w+?_O[2s])_(kept_|full_)?(\w+)$", row["name"]).groups()
        rows[variant, (kind or "plain_")[:-1], op.replace("_", ".", 1)] = row
    return backends, rows


def executed(arch, guest, out):
    """What the guest counts: (by hand, by the op) by (variant, kind, op)."""
    row = pvhost.load_hosts()[HOSTS[arch]]
    log = out / "logs" / f"residue-{arch}.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    console = pvhost.Console(pvhost.command(row, guest, "nosmp test=residue_is_counted", out, ICOUNT), LIMIT, log)
    counts, done = {}, False
    for line in console.lines():
        match = re.match(r"^residue: (\w+) (\S+) (\w+) hand=(\d+) op=(\d+)$", line)
        if match:
            counts[match[1], match[3], match[2]] = int(match[4]), int(match[5])
        done |= line.startswith("guest: done pass=1 fail=0")
    console.stop()
    if not done:
        raise pvhost.Trouble(f"{row['name']}: the guest did not come to its end (see {log})")
    return counts


def known_rows(arch, table):
    """KNOWN, one for each pair: (variant, kind, op): (instructions, why)."""
    found = {}
    for (where, kinds, ops, variants), what in KNOWN.items():
        for word in ops.split() if where == arch else ():
            names = [op["op"] for op in table if word in (op["op"], op["convention"] + "+gate" * op["gate"])]
            found.update({(variant, kind, name): what for name in names or [word] for variant in variants.split()
                          for kind in kinds.split()})
    return found


def clobbers(op, wide):
    """What a compiler may not keep over the op, but for the arguments' registers of a by-hand form."""
    if op["convention"] == "entry":
        return "-"
    if op["convention"] == "call":
        return "caller-saved, behind the gate" if op["gate"] else "caller-saved, flags"
    return " ".join([*pairs.lost(op, wide), "flags"])


def full_limit(op, wide, variant):
    """
    What a call behind a gate may cost him who has a value in each register: a store and a load for each that a
    call loses, the room for them on the stack, the register that is left free for gcc, a jump over the call.
    """
    return 2 * (len(set(pairs.lost(op, wide)) & set(pairs.pinned(op, "full", wide, variant))) + 2) + 1


def bytes_more(op, backend, variant):
    """A gate is what is left of it; else the room, less what bare hardware's code has by itself."""
    if op["gate"]:
        return GATE
    # The pair that exchanges GS does it twice.
    return (op["room"] - backend["template_bytes"].get(op["op"], 0)) * (2 if (variant, op["op"]) == TWICE else 1)


def judge_room(arch, op, backends):
    """A room of more than the call needs is earned by a form that fills it; i386 has x86-64's rooms."""
    longest = max(backend["template_bytes"].get(op["op"], 0) for backend in backends.values())
    if arch == "x86_64" and op["room"] > max(CALL, longest):
        yield f"{arch} {op['op']}: a room of {op['room']} bytes, of which no form needs more than {max(CALL, longest)}"


def judge_pair(op, kind, row, count, known, must_run):
    """What does not hold of one pair. @count: None if it was not executed; @must_run: it has to be."""
    if not row:
        return ["there is no pair"]
    bad, (wanted, _) = [], known or (0, "")
    extra, nops = row["instructions"][1] - row["instructions"][0], row["nops"][1] - row["nops"][0]
    if kind != "full" and (row["same"] == bool(known) or extra != wanted):
        bad.append(f"{extra:+d} instructions" + (f", where {wanted:+d} are known" if known else "" if extra else ", not the same"))
    if must_run and not count:
        bad.append("not counted")
    elif count and kind != "full" and count[1] - count[0] != extra + nops:
        bad.append(f"executed {count[1] - count[0]:+d}, where {extra + nops:+d} are seen")
    return bad


def judge(arch, table, backends, rows, counts):
    """Rows for a reader, and what does not hold. @counts: empty where nothing has been executed."""
    found, bad, known = [], [], known_rows(arch, table)
    native, wide = backends["native"], arch == "x86_64"
    for op in table:
        name = op["op"]
        if native["forms"][name] not in ("nop", "inline"):
            if name not in CALLED[arch] and any(of == name for _, _, of in rows):
                bad.append(f"{arch} {name}: bare hardware has no form of it but a call")
            continue
        if name in CALLED[arch]:
            bad.append(f"{arch} {name}: known as a call, but it is none")
        bad += judge_room(arch, op, backends)
        entry = op["convention"] == "entry"
        for variant in ("asm",) if entry else VARIANTS:
            for kind in ("plain",) if entry else pairs.kinds(op):
                key = variant, kind, name
                row, count, why = rows.get(key), counts.get(key), known.pop(key, None)
                where = f"{arch} {variant} {name}" + ("" if kind == "plain" else f" ({kind})")
                bad += [f"{where}: {text}" for text in
                        judge_pair(op, kind, row, count, why, bool(counts) and name not in NOT_RUN)]
                if not row:
                    continue
                longer, limit = row["bytes"][1] - row["bytes"][0], bytes_more(op, native, variant)
                if row["same"] and longer != limit:
                    bad.append(f"{where}: {longer:+d} bytes, where {limit:+d} are the room's")
                nops = row["nops"][1] - row["nops"][0]
                if kind == "full" and count and count[1] - count[0] - nops > full_limit(op, wide, variant):
                    bad.append(f"{where}: executed {count[1] - count[0] - nops:+d}, of {full_limit(op, wide, variant)}")
                found.append({"op": name, "form": native["forms"][name], "variant": variant, "kind": kind,
                              "instructions": row["instructions"], "nops": nops, "bytes": row["bytes"], "same": row["same"], "executed": count,
                              "clobbers": clobbers(op, wide), "known": why[1] if why else None})
    bad += [f"{arch} {variant} {name} ({kind}): known, but there is no such pair" for variant, kind, name in known]
    return found, bad


def spread(values):
    """One number, or from the least to the greatest."""
    values = [v for v in values if v is not None]
    if not values:
        return "-"
    return f"{min(values):+d}" if min(values) == max(values) else f"{min(values):+d}..{max(values):+d}"


def show(arch, found):
    print(f"{arch}: by hand, by the op; one row an op, all compilers")
    print(f"{'op':24}{'form':8}{'instructions':>14}{'nops':>6}{'bytes more':>12}{'kept':>8}{'full':>10}  clobbers")
    for name in dict.fromkeys(row["op"] for row in found):
        mine = [row for row in found if row["op"] == name]

        def more(kind, what):
            return spread([row[what][1] - row[what][0] for row in mine if row["kind"] == kind and row[what]])
        why = dict.fromkeys(row["known"] for row in mine if row["known"] and row["kind"] == "plain")
        print(f"{name:24}{mine[0]['form']:8}{more('plain', 'instructions'):>14}{mine[0]['nops']:6}{more('plain', 'bytes'):>12}"
              f"{more('kept', 'instructions'):>8}{more('full', 'executed'):>10}  {mine[0]['clobbers']}"
              + "".join(f" ({text})" for text in why))


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
    backends, rows = static(guest, pvexplain)
    found, bad = judge(args.arch, table, backends, rows, executed(args.arch, guest, out))
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
