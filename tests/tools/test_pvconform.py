# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
"""pvconform's matrix of consoles that are known; its words. Real boots: pvtest's step vendor."""
import importlib.machinery
import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TOP / "tools"))
LOADER = importlib.machinery.SourceFileLoader("pvconform", str(TOP / "tools/pvconform"))
sys.dont_write_bytecode = True
pvconform = importlib.util.module_from_spec(importlib.util.spec_from_loader("pvconform", LOADER))
LOADER.exec_module(pvconform)

OPS = ["cpu.clts", "irq.save", "irq.halt", "lock.kick"]
FAMILIES = ["cpu", "irq", "lock"]
CONSOLE = """\
pvops: boot pvh
pvops: backend acme can run: signature in leaf 0x40000000
pvops: backend acme (signature in leaf 0x40000000)
guest: form cpu.clts inline native
guest: form irq.save inline acme
pvops: 30 sites: 12 inline, 5 call, 10 nop, in 42 us; gates: 1 jump, 0 lead, 2 unused
KTAP version 1
1..5
ok 1 cpu.clts ends the trap
ok 2 irq.save tells the state
ok 3 irq.save changes nothing
ok 4 lock.kick ends a wait # SKIP one CPU
ok 5 irq storm of all kinds
guest: done pass=4 fail=0 skip=1
"""
RED = (CONSOLE.replace("ok 3 irq", "# irq.c:7: expected on()\nnot ok 3 irq")
       .replace("pass=4 fail=0", "pass=3 fail=1"))


def boot(tmp_path, text, end="", limit=10):
    """A host whose console says this."""
    (tmp_path / "logs").mkdir(exist_ok=True)
    (tmp_path / "console").write_text(text, encoding="utf-8")
    row = {"name": "fake", "boot": "fake", "command": f"cat {tmp_path}/console{end}", "limit": limit,
           "probe": ""}
    return pvconform.boot(row, tmp_path / "guest.elf", ["acme"], tmp_path, None)


def publish(*results, **kind):
    return pvconform.matrix(["acme"], list(results), OPS, FAMILIES, **kind)


def test_green(tmp_path):
    found = publish(boot(tmp_path, CONSOLE))
    host, = found["hosts"]
    assert (host["status"], host["reason"]) == ("ok", "signature in leaf 0x40000000")
    assert host["families"] == {"cpu": {"passed": 1, "failed": 0, "skipped": 0},
                                "irq": {"passed": 3, "failed": 0, "skipped": 0},
                                "lock": {"passed": 0, "failed": 0, "skipped": 1},
                                "kernel": {"passed": 0, "failed": 0, "skipped": 0}}
    assert host["ops"] == {"cpu.clts": "passed", "irq.save": "passed", "irq.halt": "not run",
                           "lock.kick": "skipped"}
    assert host["forms"]["irq.save"] == {"form": "inline", "backend": "acme"}
    assert (found["conforms"], found["passed"], found["failed"], found["skipped"]) == (True, 4, 0, 1)
    lines = "\n".join(pvconform.text(found)).splitlines()
    assert ["irq", "3/0/0"] in [line.split() for line in lines]
    assert ["irq.save", "inline", "acme", "ok"] in [line.split() for line in lines]
    assert lines[-1] == "acme: conforms: ran on 1 of 1 hosts, 4 passed, 0 failed, 1 skipped"


def test_one_failure_spoils_the_op_and_the_whole(tmp_path):
    found = publish(boot(tmp_path, CONSOLE), boot(tmp_path, RED))
    assert not found["conforms"]
    assert found["verdict"] == "red on fake"
    assert found["hosts"][1]["ops"]["irq.save"] == "failed"
    assert found["hosts"][1]["families"]["irq"] == {"passed": 2, "failed": 1, "skipped": 0}
    lines = list(pvconform.text(found))
    assert ["irq.save", "inline", "acme", "ok", "NOT", "OK"] in [line.split() for line in lines]
    assert "fake: not ok: irq.save changes nothing: irq.c:7: expected on()" in lines


def test_breaking_off_is_red_and_counted(tmp_path):
    host = boot(tmp_path, CONSOLE.split("ok 3")[0])
    found = publish(host)
    assert (found["conforms"], host["status"], host["lost"]) == (False, "failed", 3)
    assert host["reason"] == "2 of 5 planned tests reported"
    assert ["(not", "run)", "3"] in [line.split() for line in pvconform.text(found)]


def test_hanging_is_red(tmp_path):
    host = boot(tmp_path, CONSOLE.split("ok 3")[0], end="; sleep 30", limit=1)
    assert host["status"] == "hung"
    assert host["reason"] == "no end within 1 s; last: ok 2 irq.save tells the state"
    assert not publish(host)["conforms"]


@pytest.mark.parametrize("said,reason", [
    ("", "native is: bare; acme does not claim this host"),
    ("pvops: backend acme skipped: op cpu.clts is empty\n", "native is: bare; acme skipped: op cpu.clts is empty"),
    ("pvops: backend ? skipped: ABI version 9, this library has 2\n",
     "native is: bare; ? skipped: ABI version 9, this library has 2"),
])
def test_another_backend_is_selected(tmp_path, said, reason):
    """It is not waited for the end; red only where the backend was wanted."""
    text = CONSOLE.split("pvops: backend")[0] + said + "pvops: backend native (bare)\n"
    host = boot(tmp_path, text, end="; sleep 30", limit=25)
    assert (host["status"], host["reason"], host["seconds"] < 8) == ("not selected", reason, True)
    assert publish(host)["verdict"] == "selected nowhere"
    assert publish(boot(tmp_path, CONSOLE), host)["conforms"]
    assert not publish(boot(tmp_path, CONSOLE), host, everywhere=True)["conforms"]


def test_failing_to_start_is_told(tmp_path):
    host = boot(tmp_path, "pvops: backend acme can run: x\npvops: backend acme failed to start: error -5\n"
                          "guest: panic: no host to run on\n")
    assert host["status"] == "failed"
    assert host["reason"] == "guest: panic: no host to run on; acme can run: x; acme failed to start: error -5"


def run(*words):
    return subprocess.run([sys.executable, str(TOP / "tools/pvconform"), *words], capture_output=True,
                          text=True, stdin=subprocess.DEVNULL, timeout=60, check=False)


@pytest.mark.parametrize("words,line", [
    ([], "pvconform: which backend? make conformance BACKEND=its folder"),
    (["x", "--host", "nowhere"], "pvconform: no such host: nowhere (there are native-pvh,"),
    (["x", "--host", "xen-domu-pv"], "pvconform: xen-domu-pv has no machine of its own: only pvrun boots it"),
    (["x", "--timeout", "0"], "pvconform: --timeout wants a number above 0"),
    (["x", "--frobnicate"], "pvconform: error: unrecognized arguments: --frobnicate"),
])
def test_bad_words(words, line):
    done = run(*words)
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1].startswith(line)
    assert done.stdout == ""


def scaffold(*words):
    return subprocess.run([sys.executable, str(TOP / "tools/new-backend"), *words], capture_output=True,
                          text=True, timeout=30, check=False)


def test_scaffold(tmp_path):
    done = scaffold("acme-vm", "--in", str(tmp_path), "--signature", "AcmeAcme")
    assert (done.returncode, done.stderr) == (0, "")
    folder = tmp_path / "acme-vm"
    assert sorted(path.name for path in folder.iterdir()) == [".gitignore", "Makefile", "backend.c"]
    text = (folder / "backend.c").read_text(encoding="utf-8")
    assert "skeleton" not in text
    assert '.name = "acme-vm"' in text and "PVOPS_BACKEND(acme_vm_backend);" in text
    assert 'acme_vm_signature[] = "AcmeAcme\\0\\0\\0\\0";' in text


@pytest.mark.parametrize("name", ["", "Acme", "9lives", "a b", "../up", "a--b", "-a", "a-", "acme_vm", "ä",
                                  "a" * 17, "native", "xen", "xen-pv", "debug", "pvops"])
def test_scaffold_refuses_names(tmp_path, name):
    done = scaffold("--in", str(tmp_path), "--", name)
    assert done.returncode == 2
    line, = done.stderr.splitlines()
    assert line.startswith("new-backend: ") and name in line
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("signature", ["", "thirteen long", "\x01", " a", "ä"])
def test_scaffold_refuses_signatures(tmp_path, signature):
    done = scaffold("acme", "--in", str(tmp_path), f"--signature={signature}")
    assert done.returncode == 2
    assert "is no signature" in done.stderr
    assert not list(tmp_path.iterdir())


def test_scaffold_leaves_alone_what_is_there(tmp_path):
    (tmp_path / "acme").mkdir()
    (tmp_path / "acme/backend.c").write_text("mine", encoding="utf-8")
    done = scaffold("acme", "--in", str(tmp_path))
    assert (done.returncode, done.stderr) == \
        (2, f"new-backend: {tmp_path}/acme is there already: nothing was changed\n")
    assert (tmp_path / "acme/backend.c").read_text(encoding="utf-8") == "mine"
    assert "is no folder" in scaffold("acme", "--in", str(tmp_path / "nowhere")).stderr
