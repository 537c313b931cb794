# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
"""The page on clocks says what the code does."""
import re
import subprocess
import sys
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TOP / "tools"))
import clocktable                                                   # noqa: E402

PAGE = (TOP / "Documentation/clocks.rst").read_text(encoding="utf-8")
HEADER = (TOP / "include/pvops/clock.h").read_text(encoding="utf-8")
CORE = (TOP / "core/clock.c").read_text(encoding="utf-8")


def test_tables_are_those_of_the_code():
    printed = subprocess.run([TOP / "tools/clocktable.py"], capture_output=True, text=True, check=True).stdout
    assert PAGE.split(".. begin of the tables\n\n")[1].split("\n.. end of the tables")[0] == printed


def test_each_fact_has_its_source():
    facts = re.findall(r"^\tFACT\((\w+), ", HEADER, re.M)
    facts += re.findall(r"^\tPVOPS_(KHZ_\w+),", HEADER, re.M)
    assert len(facts) == 19
    section = PAGE.split("\nFacts\n")[1].split("\nBackends\n")[0]
    listed = re.findall(r"^   \* - (\w+)\n     - .+\n(?:       .+\n)*     - .+$", section, re.M)
    assert listed[0] == "fact"
    assert listed[1:] == facts


def test_rows_are_read_as_the_compiler_does():
    rows = clocktable.table(CORE)
    # One row, one `why`.
    start, end = clocktable.span(CORE)
    assert len(rows) == CORE[start:end].count("KIND(") == 17
    assert rows[3].all == ["TSC", "INVARIANT"]
    assert rows[3].any == ["KHZ_MSR", "KHZ_LEAF_15", "KHZ_TIMING", "KHZ_CALL"]
    assert rows[3].none == ["UNTRUSTED"]


def test_a_row_that_is_never_reached_is_not_shown():
    row = clocktable.Row("a", "TSC", ["TSC"], [], ["UNTRUSTED"], "")
    assert clocktable.hides(row, row, set())
    assert clocktable.hides(row._replace(all=["TSC", "INVARIANT"]), row, {"INVARIANT"})
    assert not clocktable.hides(row._replace(all=["TSC", "INVARIANT"]), row, set())
    assert not clocktable.hides(row, row._replace(none=[]), set())
    assert not clocktable.hides(row._replace(any=["KHZ_MSR"]), row, set())


def test_lines_seen_are_possible():
    """Each line quoted as seen has a reason that the table can give."""
    reasons = {clocktable.reason(row) for row in clocktable.table(CORE)}
    seen = re.findall(r"^    [\w-]+ +[\w-]+: clock (.+)$", PAGE, re.M)
    assert len(seen) == 7
    for line in seen:
        assert re.sub(r"at \d+ kHz (by .*?|measured):", "at N kHz WHO:", line) in reasons
