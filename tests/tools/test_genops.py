# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
"""Whatever is written wrong in an op list, the message has its file and line."""
import importlib.machinery
import importlib.util
import random
import re
import shutil
import subprocess
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parent.parent.parent
LOADER = importlib.machinery.SourceFileLoader("genops", str(TOP / "tools/genops"))
genops = importlib.util.module_from_spec(importlib.util.spec_from_loader("genops", LOADER))
LOADER.exec_module(genops)

TABLES = [TOP / "include/pvops/ops.tbl", TOP / "kernel-patches/linux-6.12/pvops/linux.tbl"]
# A word of a row, and what it is; the name of an op and those of arguments are anybody's.
WORDS = re.compile(r"^(?P<family>\w+) (?P<name>\w+)\s+(?P<conv>[a-z]+)(?P<gate>(?:\+(?:gate|else|pure))*)\s+(?P<room>\d+) (?P<context>\w+)\s+"
                   r"(?P<result>.+?)(?P<register>@\S+)?\s+\(")


@pytest.fixture(name="tables")
def copies(tmp_path):
    """Both lists, each with its headers if it has some, to be written to."""
    for path in TABLES:
        (tmp_path / path.stem).mkdir()
        for file in [path, *path.parent.glob("*.h")]:
            shutil.copy(file, tmp_path / path.stem)
    return [tmp_path / path.stem / path.name for path in TABLES]


def generate(tables):
    """All that is made of the lists; or the message."""
    paths = ",".join(str(path) for path in tables)
    try:
        for kind in (genops.Op, genops.Op32):
            families, ops = genops.parse(paths, kind)
            genops.gen_ops_h(families, ops), genops.gen_asm_h(ops), genops.gen_names_h(families, ops)
            genops.gen_thunks_h(ops), genops.gen_json(families, ops), genops.gen_rst(families, ops)
    except SystemExit as err:
        return str(err)
    return None


def rows(path):
    return [(nr, line) for nr, line in enumerate(path.read_text().splitlines()) if re.match(r"\w+ \w+\s+\w+", line)]


def put(path, nr, line):
    lines = path.read_text().splitlines()
    lines[nr] = line
    path.write_text("\n".join(lines) + "\n")


def test_as_they_are(tables):
    assert generate(tables) is None


@pytest.mark.parametrize("which", [0, 1])
@pytest.mark.parametrize("word", ["family", "conv", "gate", "room", "context", "result", "register"])
def test_misspelled(tables, which, word):
    """One row after the other, with one letter too many in this word."""
    text, seen = tables[which].read_text(), 0
    for nr, line in rows(tables[which]):
        found = WORDS.match(line)
        # A type of the kernel's own may have any name.
        if not found[word] or word == "result" and which and re.search(r"\w_t$", found[word]):
            continue
        at = found.start(word) + (1 if word in ("gate", "register") else 0)
        put(tables[which], nr, line[:at] + ("9" if word == "room" else "q") + line[at:])
        message = generate(tables)
        assert message and message.startswith(f"genops: {tables[which]}:{nr + 1}: "), line
        tables[which].write_text(text)
        seen += 1
    assert seen > 2


@pytest.mark.parametrize("which", [0, 1])
def test_misspelled_types_of_arguments(tables, which):
    text, seen = tables[which].read_text(), 0
    for nr, line in rows(tables[which]):
        for found in re.finditer(r"(?<=[(, ])(bool|int|long|uint|ulong|u8|u16|u32|u64|struct|pvops_\w+|const|out|inout) (?=.*\))", line):
            if found.start() < line.index("("):
                continue
            put(tables[which], nr, line[:found.end() - 1] + "q" + line[found.end() - 1:])
            message = generate(tables)
            assert message and message.startswith(f"genops: {tables[which]}:{nr + 1}: "), (line, found[0])
            tables[which].write_text(text)
            seen += 1
    assert seen > 20


def test_any_damage(tables):
    """Letters lost, doubled, changed, lines cut: no Python error, and never a message without a place."""
    rand = random.Random(5)
    texts, told = [path.read_text() for path in tables], 0
    for _ in range(200):
        which = rand.randrange(2)
        nr, line = rand.choice(rows(tables[which]))
        for _ in range(rand.randrange(1, 3)):
            at = rand.randrange(len(line))
            line = line[:at] + rand.choice(["", "(", ")", "@", ",", " ", "x", "rax", "\t", line[at] * 2]) + line[at + 1:]
        put(tables[which], nr, line)
        message = generate(tables)
        if message:
            # A row that is no row may leave its text to the one before, or lend it its own.
            near = "|".join(str(nr + i) for i in range(4))
            assert re.match(rf"genops: {re.escape(str(tables[which]))}:({near}): .", message), (line, message)
            told += 1
        tables[which].write_text(texts[which])
    assert told > 50


@pytest.mark.parametrize("line, why", [
    ("@family", "a family has"), ("@family cpu", "a family has"), ("@familyx a bound Text.", "a family has"),
    ("@family x here Text.", "family state 'here'"), ("\ttext of nobody", "text before"),
])
def test_families(tmp_path, line, why):
    path = tmp_path / "own.tbl"
    path.write_text(f"# nothing\n{line}\n")
    assert generate([path]).startswith(f"genops: {path}:2: {why}")


def test_no_such_list(tmp_path):
    done = subprocess.run([TOP / "tools/genops", f"{TABLES[0]},{tmp_path}/none.tbl", tmp_path / "out"],
                          capture_output=True, text=True, check=False)
    assert done.returncode == 1 and done.stderr == f"genops: {tmp_path}/none.tbl: No such file or directory\n"
    assert not (tmp_path / "out").exists()
