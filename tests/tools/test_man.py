# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
"""The manual pages: each program's options, as it tells them itself, and no others."""
import os
import re
import subprocess
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parents[2]
OUT = Path(os.environ.get("PVOPS_OUT", TOP / "build")).resolve()
PAGES = {path.stem: path for path in sorted((TOP / "Documentation/man").glob("*.rst"))}
CLEAN = {k: v for k, v in os.environ.items() if k not in ("MAKEFLAGS", "MAKELEVEL", "MFLAGS")}
OPTION = re.compile(r"(?<![\w-])(--?[a-zA-Z][\w-]*)")


def make(*words):
    subprocess.run(["make", "-s", "-C", TOP, f"O={OUT}", *words], check=True, env=CLEAN, timeout=150)


def program(name):
    """A script of tools/, or what make builds."""
    if (TOP / "tools" / name).is_file():
        return TOP / "tools" / name
    make(str(OUT / name))
    return OUT / name


def of_page(text):
    """Options of the page's directives, and those that its synopsis names."""
    directives = re.findall(r"^\.\. option:: (-.*)$", text, re.M)
    synopsis = text.split("Synopsis\n", 1)[1].split("Description\n", 1)[0]
    return set(OPTION.findall(" ".join(directives))), set(OPTION.findall(synopsis))


def built():
    """The programs that `make install` puts into bin."""
    text = (TOP / "Makefile").read_text(encoding="utf-8")
    return re.search(r"^TOOLS = \$\(if \$\(CONFIG_X86_64\),(.*)\)$", text, re.M)[1].split()


def test_a_page_for_each_program():
    assert sorted(PAGES) == sorted([*built(), "pvrun"])


@pytest.mark.parametrize("name", PAGES)
def test_options_are_those_of_help(name):
    text = PAGES[name].read_text(encoding="utf-8")
    told = subprocess.run([program(name), "--help"], check=True, capture_output=True, text=True, timeout=30,
                          env={**CLEAN, "COLUMNS": "200"})
    options, synopsis = of_page(text)
    help_options = set(OPTION.findall(told.stdout))
    # Each program understands both; not each tells it.
    assert options == help_options | {"-h", "--help"}
    assert synopsis <= options
    assert told.stderr == ""


def test_a_difference_is_seen():
    page = "Synopsis\n``--json``\nDescription\n.. option:: -v, --verbose\n.. option:: FILE\n.. option:: --out DIR\n"
    assert of_page(page) == ({"-v", "--verbose", "--out"}, {"--json"})


@pytest.mark.parametrize("name", PAGES)
def test_title_is_one_of_a_manual(name):
    title, line = PAGES[name].read_text(encoding="utf-8").split("\n")[:2]
    assert re.fullmatch(rf"{name}\(1\): [a-z].*[^.]", title) and line == "=" * len(title)
