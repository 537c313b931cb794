# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
"""Each mutant of the long runs (make mutate, kunit/mutate) can still be made of what the sources say today."""
import importlib.machinery
import importlib.util
import subprocess
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parents[2]


def load(path):
    loader = importlib.machinery.SourceFileLoader(path.name.replace("-", "_"), str(path))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader(loader.name, loader))
    loader.exec_module(module)
    return module


def of_the_engine():
    engine = load(TOP / "tests/mutate-engine")
    for name, file, old, new, *nth in engine.MUTANTS:
        text = (TOP / (file if "/" in file else f"patching/{file}")).read_text(encoding="utf-8")
        yield name, engine.replace(text, old, new, nth[0] if nth else None), text


def of(path):
    """Of the other two: (name, file, text or None, and perhaps more)."""
    return ((name, broken, (TOP / file).read_text(encoding="utf-8"))
            for name, file, broken, *_ in load(TOP / path).mutants())


@pytest.mark.parametrize("mutants", (of_the_engine, lambda: of("tests/mutate-clock"), lambda: of("kunit/mutate")),
                         ids=("engine", "clock", "kunit"))
def test_each_can_be_made(mutants):
    made = [(name, broken is not None and broken != text) for name, broken, text in mutants()]
    assert len(made) > 30 and [name for name, good in made if not good] == []


@pytest.mark.parametrize("path", ("tests/mutate-engine", "tests/mutate-clock"))
def test_none_of_that_name_is_not_all_killed(path):
    done = subprocess.run([TOP / path, "no_such_one"], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1 and not done.stdout and "no such mutant: no_such_one" in done.stderr
