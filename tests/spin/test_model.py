# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
"""The int3 protocol as a model: every interleaving of it, the model broken on purpose, and the model against the C."""
import re
import subprocess
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
TOP = HERE.parents[1]
MODEL = (HERE / "live.pml").read_text(encoding="utf-8")
# No partial order reduction: the searches are small enough without.
PAN = ("-w", "-DSAFETY", "-DCOLLAPSE", "-DNOREDUCE", "-DMEMLIM=4000")
LIMIT = 400         # seconds a search may take
ASSERT, STUCK = "assertion violated", "invalid end state"

# What is searched through, all of it and each order of steps.
HOLDS = {
    "two CPUs": "",
    "interrupts too": "-DIRQS",
    "three CPUs": "-DCPUS=3",
    "each task twice": "-DRUNS=2",
    "late traps": "-DLATE",
    "interrupts, late traps": "-DIRQS -DLATE",
    "writes fail": "-DFAIL",
    "a gate": "-DGATE",
    "a gate, and writes fail": "-DGATE -DFAIL",
    "two sites, writes fail, late traps": "-DPAIR -DFAIL -DLATE",
    "a module that goes": "-DMODULE",
    "late traps, a module that goes": "-DLATE -DMODULE",
    "a module, and writes fail": "-DMODULE -DFAIL",
}

# What comes about somewhere in them: else a property might hold for lack of it.
WITNESSES = {
    "a trap": ("", "was_trap"),
    "a trap in an NMI": ("", "was_nmi"),
    "a trap in an NMI in an interrupt": ("-DIRQS", "level[1] == NMI && view_first[2] == INT3"),
    "switched": ("", "switched && ended"),
    "two readers": ("", "readers == 2"),
    "three readers": ("-DCPUS=3", "readers == 3"),
    "a late trap": ("-DLATE", "was_late"),
    "a reader while its set is forgotten": ("-DLATE -DMODULE", "seen_sites == GUEST && !seen_nr && readers"),
    "switched without the module": ("-DMODULE", "!there[GUEST] && switched"),
    "a write has failed": ("-DFAIL", "ended && first[OURS] == TABLE"),
    "a switch has failed": ("-DFAIL", "ended && !switched"),
    "a trap on the way back of one site of two": ("-DPAIR -DFAIL", "live_pokes && readers && in_batch[OURS] && !in_batch[SECOND]"),
}

# Where in the model, what stands there once, what becomes of it, definitions, how it ends; the same in
# tests/mutate-engine, if it can be had there.
MUTANTS = {
    "no int3": ("breakpoint", "first[set], INT3", "first[set], NEW", "", ASSERT, "no_int3"),
    "tail first": ("poke_sites", "publish(set);", "publish(set); write(tail[set], to);", "", ASSERT, "tail_first"),
    "no first sync": ("poke_sites", "ALSO(breakpoint(SECOND)); sync_cores();", "", "", ASSERT, "no_first_sync"),
    "no second sync": ("poke_sites", "ALSO(others(SECOND, to)); sync_cores();", "", "", ASSERT, "no_second_sync"),
    "no third sync": ("poke_sites", "sync_cores(); unpublish()", "unpublish()", "-DMODULE", ASSERT, "no_third_sync"),
    "never published": ("publish", "live_pokes = true", "skip", "", ASSERT, "never_published"),
    "published behind the int3": ("poke_sites", "publish(set);", "write(first[set], INT3); publish(set);", "", ASSERT,
                                  "published_late"),
    "never unpublished": ("unpublish", "live_pokes = false", "skip", "-DLATE", ASSERT, "never_unpublished"),
    "unpublished under readers": ("unpublish", "wait_for_readers();", "", "-DLATE", ASSERT, "unpublished_under_readers"),
    "forgotten under readers": ("forget", "wait_for_readers()", "skip", "-DLATE -DMODULE", ASSERT, "forgotten_under_readers"),
    "another set remembered under readers": ("remember", "forget();", "STEP(seen_nr = 0);", "-DLATE -DMODULE", ASSERT,
                                             "remembered_under_readers"),
    "never forgotten": ("patch_forget", "-> forget()", "", "-DLATE -DMODULE", ASSERT, "never_forgotten"),
    "never remembered": ("publish", "remember(set);", "", "-DLATE", ASSERT, "never_remembered"),
    "a late trap is not ours": ("trap", "ours = seen_sites == SET_OF(set)", "ours = false", "-DLATE", ASSERT, "late_trap_not_ours"),
    "one look for who patches": ("trap", "find(set); STEP(ours = poke)", "skip", "-DLATE", ASSERT, None),
    "a reader never leaves": ("trap", "STEP(readers--);", "", "", STUCK, "reader_never_leaves"),
    "a reader does not come": ("trap", "STEP(readers++;", "STEP(", "", STUCK, "reader_uncounted"),
    "the trap waits for the patcher": ("trap", "find(set); if", "WHEN(first[set] != INT3, skip); find(set); if", "", STUCK,
                                       "trap_waits"),
    "the trap does not do it": ("trap", "if :: WHEN(poke, assert(pokes_there && there[live_set]); unpatched(set))",
                                "if :: WHEN(poke, ours = false)", "", ASSERT, "foreign_trap_left"),
    "the first byte whatever the tail": ("first_byte", "write(first[set], tail[set])", "write(first[set], TABLE)", "-DFAIL", ASSERT,
                                         "half_written_site"),
    "the patcher's CPU does not serialise": ("write", "SERIALISE; ", "", "", ASSERT, "alias_kept"),
    "a module that runs is given back": (None, "WHEN(users == 0, skip);", "", "-DMODULE", ASSERT, None),
    "what a gate leads to becomes nops": (None, "STAYS_A_CALL	true", "STAYS_A_CALL	false", "-DGATE", ASSERT, "cold_is_nops"),
    "the table keeps the old function": ("exchange", "slot = NEW; ", "", "-DFAIL", ASSERT, "slots_kept"),
    "what has been taken back stays so": ("patcher", "patch_sites(OURS, TABLE, forms);",
                                          "if :: forms == NEW -> patch_sites(OURS, TABLE, forms) :: else fi;", "-DPAIR -DFAIL", ASSERT,
                                          "not_repaired"),
    "exchanged where not all is taken back": ("patcher", "WHEN(!(ALL(TAKEN_BACK)), lost = false)",
                                              "WHEN(!(ALL(TAKEN_BACK)), lost = false) -> exchange()", "-DPAIR -DFAIL", ASSERT,
                                              "slots_in_any_case"),
    "new forms though the table stays closed": ("exchange", ":: skip", ":: forms = NEW", "-DFAIL", ASSERT, "forms_in_any_case"),
    "of the set the batch alone is remembered": ("trap", "ours = seen_sites == SET_OF(set)",
                                                 "ours = seen_sites == SET_OF(set) && (in_batch[set] || !in_batch[OURS] && !in_batch[GUEST])",
                                                 "-DPAIR -DFAIL -DLATE", ASSERT, "batch_remembered"),
}


def bare(text):
    """Without comments, in one line, but for the preprocessor's."""
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)
    lines = [" ".join(line.split()) for line in text.splitlines()]
    return re.sub(r"(?<!\n)\n(?!#|\n)", " ", "\n".join(line if not line.startswith("#") else f"\n{line}\n\n" for line in lines if line))


def search(folder, model, defines, how="-O1"):
    """spin's verdict on a model: number of errors, the whole report."""
    (folder / "model.pml").write_text(model, encoding="utf-8")
    for cmd in (["spin", *defines.split(), "-a", "model.pml"], ["gcc", how, *PAN, "-o", "pan", "pan.c"]):
        subprocess.run(cmd, cwd=folder, check=True, capture_output=True, timeout=LIMIT)
    text = subprocess.run(["./pan", "-m10000", "-w22"], cwd=folder, capture_output=True, text=True, check=True,
                          timeout=LIMIT).stdout
    return int(re.search(r"errors: (\d+)", text)[1]), text


@pytest.mark.parametrize("name", HOLDS)
def test_holds(tmp_path, name):
    errors, text = search(tmp_path, MODEL, HOLDS[name], "-O2")
    assert errors == 0, text
    assert "Search not completed" not in text and "max search depth too small" not in text, text
    assert "assertion violations	+" in text and "invalid end states	+" in text
    # Something to search through: no model that stops at its first step.
    assert int(re.search(r"(\d+) states, stored", text)[1]) > 100000
    print(re.search(r"\d+ states, stored", text)[0])


@pytest.mark.parametrize("name", WITNESSES)
def test_comes_about(tmp_path, name):
    defines, state = WITNESSES[name]
    errors, text = search(tmp_path, f"#define WITNESS {state}\n{MODEL}", defines)
    assert errors == 1 and "assertion violated 0" in text, text


def part(text, name):
    """Of the model, one inline or proctype: its text."""
    return re.search(rf"^(?:inline|proctype) {name}\(.*?^}}", text, re.DOTALL | re.MULTILINE)[0]


@pytest.mark.parametrize("name", MUTANTS)
def test_mutant_is_found(tmp_path, name):
    where, old, new, defines, end, _ = MUTANTS[name]
    whole = part(MODEL, where) if where else MODEL
    text = bare(whole) if where else whole
    assert text.count(old) >= 1, f"not there: {old}\n{text}"
    errors, report = search(tmp_path, MODEL.replace(whole, text.replace(old, new) + "\n"), defines)
    assert errors == 1 and end in report, report


def test_mutants_are_the_engines():
    engine = (TOP / "tests/mutate-engine").read_text(encoding="utf-8")
    for *_, name in MUTANTS.values():
        assert name is None or f'("{name}",' in engine, name


# ---- the model against the C ----

FILES = ("patching/plan.c", "patching/poke.c", "patching/patch.c", "core/switch.c")
# All of it is to be in the model, but for what is said here.
WHOLE = ("wait_for_readers", "forget", "pvops_patch_forget", "remember", "publish", "unpublish", "first_byte", "pvops_poke_sites",
         "find", "emulate", "emulate_seen", "take_trap", "pvops_poke_trap")
PLAIN = (
    r"[{}]|\} else",
    r"(u32 i|int err|bool ours|unsigned long behind.*|const u8 int3 = OP_INT3|const u8 \*tail.*|u32 len = .*|u8 \*addr = .*);",
    r"for \(i = 0; i < nr; i\+\+\)",                         # one site stands for the batch: they share nothing
    r"pokes\[i\]\.err = pokes\[i\]\.err \? .*",              # for the report
    r"if \(is_gate\(site\)( && !seen\.saved)?\)|\*ip = (behind|addr)\b.*|else|return;",   # a gate goes another way, by itself
    r"\*sp -= .*|\*\(unsigned long \*\)\*sp = behind;",      # where it returns to
)


def functions():
    """All of the C that the model is of: name: lines, each without blanks at its ends."""
    found = {}
    for name in FILES:
        text = re.sub(r"/\*.*?\*/", "", (TOP / name).read_text(encoding="utf-8"), flags=re.DOTALL)
        for match in re.finditer(r"^\w[^;{}=]*?\b(\w+)\([^;{}]*\)\n\{\n(.*?)^\}", text, re.DOTALL | re.MULTILINE):
            found[match[1]] = [" ".join(line.split()).removesuffix(" {") for line in match[2].splitlines() if line.strip()]
    return found


def quotes():
    return [(match[1], " ".join(match[2].split())) for match in re.finditer(r"/\* C: (\w+): (.*?) \*/", MODEL)]


def not_in_c(there):
    """Steps of the model that are of no line of the functions."""
    return [f"{function}: {line}" for function, line in quotes() if line not in there[function]]


def not_in_the_model(there):
    """Lines of the functions that are behind no step, and not plain either."""
    said = set(quotes())
    return [f"{function}: {line}" for function in WHOLE for line in there[function]
            if (function, line) not in said and not any(re.fullmatch(text, line) for text in PLAIN)]


def test_each_step_of_the_model_is_in_c():
    assert len(quotes()) > 50
    assert not not_in_c(functions())


def test_each_step_of_c_is_in_the_model():
    assert not not_in_the_model(functions())


def test_what_changes_in_c_is_missed():
    for function in WHOLE:
        there = functions()
        for line in dict.fromkeys(line for name, line in quotes() if name == function):
            less = {**there, function: [other for other in there[function] if other != line]}
            assert not_in_c(less) == [f"{function}: {line}"] * quotes().count((function, line))
        more = {**there, function: there[function] + ["live.readers = 0;"]}
        assert not_in_the_model(more) == [f"{function}: live.readers = 0;"]
