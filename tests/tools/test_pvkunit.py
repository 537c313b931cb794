# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
"""What tools/pvkunit counts in a kernel's KTAP."""
import importlib.machinery
import importlib.util
from pathlib import Path

import pytest

PATH = Path(__file__).resolve().parent.parent.parent / "tools/pvkunit"
LOADER = importlib.machinery.SourceFileLoader("pvkunit", str(PATH))
pvkunit = importlib.util.module_from_spec(importlib.util.spec_from_loader("pvkunit", LOADER))
LOADER.exec_module(pvkunit)

GOOD = """\
KTAP version 1
1..2
    KTAP version 1
    # Subtest: one
    # module: one_test
    1..2
    ok 1 plain
        KTAP version 1
        # Subtest: by_op
        ok 1 cpu.read_cr0
        ok 2 cpu.write_cr0
    # by_op: pass:2 fail:0 skip:0 total:2
    ok 2 by_op
# Totals: pass:3 fail:0 skip:0 total:3
ok 1 one
    KTAP version 1
    # Subtest: two
    1..1
    ok 1 alone
ok 2 two
"""


def counts(text):
    found = pvkunit.Results(text)
    return found.passed, found.failed, found.skipped


def test_leaves_are_counted():
    assert counts("Linux version 6.12\n" + GOOD + "reboot: System halted\n") == (4, 0, 0)
    assert pvkunit.Results(GOOD).suites == {"one": True, "two": True}


def test_console_with_other_ends_of_lines():
    assert counts(GOOD.replace("\n", "\r\n")) == (4, 0, 0)


def test_failure_is_counted_once_and_named():
    text = GOOD.replace("ok 2 cpu", "not ok 2 cpu").replace("ok 2 by", "not ok 2 by").replace("ok 1 one", "not ok 1 one")
    assert counts(text) == (3, 1, 0)
    assert pvkunit.Results(text).bad == ["one/by_op/cpu.write_cr0"]


def test_skipped():
    assert counts(GOOD.replace("ok 1 alone", "ok 1 alone # SKIP not here")) == (3, 0, 1)


def test_suite_that_fails_by_itself():
    text = GOOD.replace("ok 2 two", "not ok 2 two")
    assert counts(text) == (4, 1, 0)


@pytest.mark.parametrize("lines", range(3, len(GOOD.splitlines())))
def test_a_kernel_that_stops_half_way(lines):
    found = pvkunit.Results("\n".join(GOOD.splitlines()[:lines]) + "\nKernel panic - not syncing\n")
    assert found.failed == 1 and "the run ended" in found.bad[0]
