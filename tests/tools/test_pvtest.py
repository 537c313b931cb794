# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
"""pvtest's own ways: what is built beside the steps, a command that is a test, what a report counts."""
import importlib.machinery
import importlib.util
import sys
import time
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TOP / "tools"))
sys.dont_write_bytecode = True
loader = importlib.machinery.SourceFileLoader("pvtest", str(TOP / "tools/pvtest"))
pvtest = importlib.util.module_from_spec(importlib.util.spec_from_loader("pvtest", loader))
loader.exec_module(pvtest)


@pytest.fixture(name="builder")
def a_builder(tmp_path, monkeypatch):
    """In the place of pvlinux: says when it has begun, and takes its time."""
    (tmp_path / "tools").mkdir()
    path = tmp_path / "tools/pvlinux"
    path.write_text("#!/bin/sh\necho \"$@\" >>%s/began\nsleep $(cat %s/seconds)\n"
                    "echo end >>%s/began\n" % (tmp_path, tmp_path, tmp_path))
    path.chmod(0o755)
    monkeypatch.setattr(pvtest, "TOP", tmp_path)
    (tmp_path / "seconds").write_text("0")
    return tmp_path


def text(path, patience=10):
    end = time.monotonic() + patience
    while not path.exists() and time.monotonic() < end:
        time.sleep(0.01)
    return path.read_text() if path.exists() else ""


def test_kernels_are_built_beside(builder):
    beside = pvtest.Beside(["build", "hosts", "linux"], builder / "out")
    beside.wait()
    assert text(builder / "began") == f"--out {builder}/out build pvops pvops-hard plain off\nend\n"
    beside.stop()


@pytest.mark.parametrize("steps", [["linux"], ["build", "hosts"], []])
def test_nothing_is_built_beside(builder, steps):
    beside = pvtest.Beside(steps, builder / "out")
    beside.wait()
    beside.stop()
    assert not (builder / "began").exists()


def test_who_stops_leaves_nothing_running(builder):
    (builder / "seconds").write_text("60")
    beside = pvtest.Beside(["build", "linux"], builder / "out")
    assert text(builder / "began")
    start = time.monotonic()
    beside.stop()
    assert time.monotonic() - start < 20
    assert beside.proc.returncode and "end" not in text(builder / "began")


def test_command_that_is_a_test(tmp_path):
    step = pvtest.Step("some", tmp_path)
    assert step.attempt(["true"], 10)
    assert not step.attempt(["sh", "-c", "echo why; exit 3"], 10)
    assert not step.attempt(["sleep", "5"], 0.1)
    assert (step.passed, step.failed) == (1, 2)
    assert "status 3" in step.notes[0] and "why" in step.notes
    assert "over its limit" in step.notes[2]


def test_step_that_raises_is_counted(tmp_path, monkeypatch):
    def bad(_step):
        raise pvtest.Failed("all is lost")
    monkeypatch.setitem(pvtest.STEPS, "bad", bad)
    monkeypatch.setitem(pvtest.STEPS, "good", lambda _step: None)
    order = []
    assert pvtest.run_step("good", tmp_path, lambda: order.append(1)).passed == 1
    step = pvtest.run_step("bad", tmp_path)
    assert (step.passed, step.failed, step.notes, order) == (0, 1, ["all is lost"], [1])


def test_all_means_all():
    assert set(pvtest.SUITES["all"]) == set(pvtest.STEPS)
    assert pvtest.SUITES["all"][0] == "build" and pvtest.SUITES["all"][-2:] == ["linux", "audit"]
