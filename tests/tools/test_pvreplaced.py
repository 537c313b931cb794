# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
"""tools/pvreplaced: which lines of a kernel's file are compiled with the option, and that each file has its remark."""
import sys
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TOP / "tools"))
import pvhost                                                       # noqa: E402

loader = SourceFileLoader("pvreplaced", str(TOP / "tools/pvreplaced"))
replaced = module_from_spec(spec_from_loader(loader.name, loader))
sys.dont_write_bytecode = True
loader.exec_module(replaced)


def marked(text, directive=replaced.DIRECTIVE):
    """Of lines that are single letters, those that are live."""
    return "".join(line for line in replaced.live(text, directive) if len(line) == 1)


@pytest.mark.parametrize("condition,then,other", [
    ("ifdef CONFIG_PVOPS", "t", ""), ("ifndef CONFIG_PVOPS", "", "o"), ("ifdef CONFIG_SMP", "t", "o"),
    ("if defined(CONFIG_PVOPS)", "t", ""), ("if !defined(CONFIG_PVOPS)", "", "o"),
    ("if defined(CONFIG_A) && !defined(CONFIG_PVOPS)", "", "o"),
    ("if defined(CONFIG_A) && defined CONFIG_PVOPS", "t", "o"),
    ("if !defined(CONFIG_A) || defined(CONFIG_PVOPS)", "t", ""),
    ("if CONFIG_LEVELS >= 5 && !IS_ENABLED(CONFIG_PVOPS)", "", "o"),
    ("if CONFIG_LEVELS != 5 || (IS_ENABLED(CONFIG_PVOPS))", "t", ""),
    ("if VERSION(1, 2)", "t", "o"), ("if CONFIG_PVOPS_OTHER", "t", "o"),
    ("  ifdef CONFIG_PVOPS /* a word */", "t", ""),
])
def test_condition(condition, then, other):
    assert marked(f"a\n#{condition}\nt\n#else\no\n#endif\nb\n") == f"a{then}{other}b"


def test_chain_takes_the_first_that_holds():
    text = "#if defined(A)\na\n#elif defined(CONFIG_PVOPS)\np\n#elif defined(B)\nb\n#else\nc\n#endif\nz\n"
    assert marked(text) == "apz"


def test_inside_what_is_not_live():
    text = "#ifndef CONFIG_PVOPS\n#ifdef A\na\n#else\nb\n#endif\nc\n#else\nd\n#endif\n"
    assert marked(text) == "d"
    assert "#ifdef A" not in replaced.live(text)


def test_condition_over_two_lines_and_macros_stay_whole():
    text = "#if defined(A) && \\\n\t!defined(CONFIG_PVOPS)\na\n#endif\n#define B \\\n\tc\n"
    lines = replaced.live(text)
    assert "a" not in lines and lines[-2:] == ["#define B \\", "\tc"]


def test_counts():
    stock = "a\nb\nc\nd\n"
    assert replaced.counts(stock, stock) == (4, 0, 0)
    assert replaced.counts(stock, "") == (4, 4, 0)
    assert replaced.counts(stock, "a\n#ifdef CONFIG_PVOPS\nx\n#else\nb\nc\n#endif\nd\n") == (4, 2, 4)


def test_objects_that_a_makefile_leaves_out():
    before = "obj-y += a.o b.o\nobj-$(CONFIG_C) += c-d.o\n"
    now = "obj-y += a.o\nifndef CONFIG_PVOPS\nobj-y += b.o\nelse\nobj-y += e.o\nendif\nobj-$(CONFIG_C) += c-d.o\n"
    assert replaced.dropped(before, now) == {"b"}


def test_remarks():
    told = replaced.remarks("# words\nx/a.c\n\tby\tone\n\tby\ttwo\n\n\tstays\tthree\nx/b.c\n\tstays four\n")
    assert told == {"x/a.c": {"by": "one two", "stays": "three"}, "x/b.c": {"by": "", "stays": "four"}}


@pytest.mark.parametrize("text,line", [("\tby\tit\n", 1), ("a.c\n\tgoes\taway\n", 2), ("a.c\n\tby\n", 2),
                                       ("a.c\n\tby\tit\na.c\n", 3)])
def test_remarks_that_are_none(text, line):
    with pytest.raises(pvhost.Trouble, match=f":{line}: "):
        replaced.remarks(text)


LONG = "".join(f"line {n}\n" for n in range(20))


@pytest.mark.parametrize("found,told,word", [
    ({"arch/x86/xen/a.c": [LONG, LONG]}, {}, "nothing is said of it"),
    ({"arch/x86/xen/a.c": [LONG, "line 1\n"]}, {"arch/x86/xen/a.c": ("", "why")}, "what does that now"),
    ({"arch/x86/xen/a.c": [LONG, LONG]}, {"arch/x86/xen/a.c": ("it", "why")}, "no line is gone"),
    ({"arch/x86/xen/a.c": [LONG, "line 1\n"]}, {"arch/x86/xen/a.c": ("it", "")}, "nothing is said of why"),
    ({}, {"arch/x86/xen/a.c": ("", "why")}, "is not there"),
])
def test_remarks_that_do_not_fit(found, told, word):
    with pytest.raises(pvhost.Trouble, match=word):
        replaced.rows(found, {name: {"by": by, "stays": stays} for name, (by, stays) in told.items()})


def test_files_that_fit():
    found = {"arch/x86/xen/a.c": [LONG, ""], "arch/x86/xen/b.c": [LONG, LONG], "arch/x86/kernel/c.c": [LONG, LONG + "x\n"]}
    told = {"arch/x86/xen/a.c": {"by": "it", "stays": ""}, "arch/x86/xen/b.c": {"by": "", "stays": "why"}}
    table, others = replaced.rows(found, told)
    assert table == [("arch/x86/xen/a.c", 20, 20, 0, "it", ""), ("arch/x86/xen/b.c", 20, 0, 0, "", "why")]
    assert others == [1, 20, 0, 1]
    assert "of 60 lines 20 are not compiled" in replaced.render(table, others).lower()
