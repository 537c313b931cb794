# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
"""What tools/pvkunit counts in a kernel's KTAP."""
import importlib.machinery
import importlib.util
import json
import sys
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


def test_unknown_host(capsys, monkeypatch):
    monkeypatch.setattr("sys.argv", ["pvkunit", "vax"])
    with pytest.raises(SystemExit, match="no such host: vax"):
        pvkunit.main()


def test_without_xen_it_is_skipped_and_says_so(capsys, monkeypatch, tmp_path):
    monkeypatch.setattr(pvkunit.pvhost, "XEN", tmp_path / "xen.gz")
    monkeypatch.setattr("sys.argv", ["pvkunit", "--json", "--out", str(tmp_path), "xen-pv"])
    assert pvkunit.main() == 0
    row, = json.loads(capsys.readouterr().out)
    assert (row["host"], row["passed"], row["failed"], row["skipped"]) == ("xen-pv", 0, 0, 1)
    assert row["reason"] == f"{tmp_path}/xen.gz is not installed"


def test_xen_s_words_for_kunit_py(monkeypatch):
    """What our file for --qemu_config says, read as kunit.py reads it."""
    words = {"PVOPS_XEN": "/x/xen", "PVOPS_KERNEL": "/x/bzImage", "PVOPS_FILTER": "pvops-*"}
    for name, value in words.items():
        monkeypatch.setenv(name, value)
    kernel = type(sys)("kernel")
    kernel.QemuArchParams = lambda **params: params
    monkeypatch.setitem(sys.modules, "kernel.qemu_config", kernel)
    spec = importlib.util.spec_from_file_location("kernel.configs.xen_pv", PATH.parent.parent / "kunit/xen_pv.py")
    monkeypatch.setitem(sys.modules, "kernel", kernel)
    kernel.__path__ = []
    found = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(found)
    params = found.QEMU_ARCH
    assert params["kernel_path"] == "/x/xen" and params["kernel_command_line"].endswith(" --")
    initrd = params["extra_qemu_params"][params["extra_qemu_params"].index("-initrd") + 1]
    assert initrd.startswith("/x/bzImage ") and "kunit.enable=1" in initrd and "kunit.filter_glob=pvops-*" in initrd
    # A comma would end the module.
    assert "," not in initrd


def test_each_mutant_can_be_made():
    """What kunit/mutate breaks is there, and is another text then."""
    path = PATH.parent.parent / "kunit/mutate"
    loader = importlib.machinery.SourceFileLoader("mutate", str(path))
    mutate = importlib.util.module_from_spec(importlib.util.spec_from_loader("mutate", loader))
    loader.exec_module(mutate)
    found = list(mutate.mutants())
    assert len(found) > 200
    for name, file, broken, *_ in found:
        assert broken not in (None, (PATH.parent.parent / file).read_text()), name
