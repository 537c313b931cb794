# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
"""Backends from outside of the tree: the example, a fresh scaffold, and scaffolds broken on purpose."""
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parents[2]
OUT = Path(os.environ.get("PVOPS_OUT", TOP / "build")).resolve()
ROOT = OUT / "conform/root"
TCG = ("native-pvh", "native-bios", "native-smp", "native-smp-mt")
ABI = int(re.search(r"PVOPS_BACKEND_ABI\s+(\d+)", (TOP / "include/pvops/backend.h").read_text(encoding="utf-8"))[1])
PKG = {"PKG_CONFIG": "pkg-config --define-prefix", "PKG_CONFIG_PATH": str(ROOT / "usr/lib/pkgconfig")}


def conform(backend, *words):
    """pvconform's object, and its exit status."""
    done = subprocess.run([sys.executable, str(TOP / "tools/pvconform"), "--json", "--out", str(OUT),
                           str(backend), *words], capture_output=True, text=True, timeout=500, check=False)
    assert done.returncode in (0, 1), done.stderr
    assert "warning" not in done.stderr
    return json.loads(done.stdout), done.returncode


def console(host):
    return (OUT / f"logs/conform-{host}.log").read_text(encoding="utf-8", errors="replace")


def make(folder, *words, **kind):
    return subprocess.run(["make", "-s", "-C", str(folder), f"PKG_CONFIG={PKG['PKG_CONFIG']}", *words],
                          capture_output=True, text=True, timeout=120, env={**os.environ, **PKG},
                          check=kind.get("check", True))


@pytest.fixture(scope="module", autouse=True)
def installed():
    """The tree that backends are built against, and what the library was before they came."""
    subprocess.run(["make", "-s", "-C", str(TOP), f"O={OUT}", f"DESTDIR={ROOT}", "PREFIX=/usr", "install"],
                   check=True, capture_output=True, timeout=300)
    return {path: (hashlib.sha256(path.read_bytes()).hexdigest(), path.stat().st_mtime_ns)
            for path in (OUT / "libpvops.a", OUT / "guest.o")}


def test_wire_constants_are_installed(tmp_path):
    """Each header of abi/ does alone, for a backend of somebody's else hypervisor that looks like it."""
    there = {path.name for path in (ROOT / "usr/include/pvops/abi").iterdir()}
    assert there == {path.name for path in (TOP / "include/pvops/abi").glob("*.h")}
    assert {"hyperv.h", "kvm.h", "vmware.h"} <= there
    for name in there:
        source = tmp_path / "a.c"
        source.write_text(f"#include <pvops/abi/{name}>\nint nothing;\n", encoding="utf-8")
        done = subprocess.run(["gcc", "-ffreestanding", "-std=gnu11", "-Wall", "-Wextra", "-Werror",
                               f"-I{ROOT}/usr/include", "-c", str(source), "-o", str(tmp_path / "a.o")],
                              capture_output=True, text=True, timeout=30, check=False)
        assert done.returncode == 0, done.stderr


@pytest.fixture
def scaffold(tmp_path):
    """A folder fresh from new-backend; broken as the test wishes."""
    def fresh(*edits):
        subprocess.run([sys.executable, str(TOP / "tools/new-backend"), "acme-vm", "--in", str(tmp_path)],
                       check=True, capture_output=True, timeout=30)
        source = tmp_path / "acme-vm/backend.c"
        text = source.read_text(encoding="utf-8")
        for old, new in edits:
            assert old in text
            text = text.replace(old, new, 1)
        source.write_text(text, encoding="utf-8")
        return source.parent
    return fresh


def test_example_conforms_where_it_is_selected(installed):
    found, code = conform(TOP / "examples/vendor-backend")
    hosts = {host["host"]: host for host in found["hosts"]}
    assert (found["verdict"], code, found["backends"]) == ("conforms", 0, ["vendor"])
    assert (found["failed"], found["object"].split()[0]) == (0, "sha256")
    for name in TCG:
        host = hosts[name]
        assert (host["status"], host["backend"]) == ("ok", "vendor")
        assert host["passed"] > 200 and host["lost"] == 0
        brought = {op for op, form in host["forms"].items() if form["backend"] == "vendor"}
        assert brought == {"time.clock", "time.wallclock", "smp.yield"}
        assert host["forms"]["smp.yield"]["form"] == "inline"
        assert all(host["ops"][op] == "passed" for op in brought)
        assert "pvops: vendor: time.clock is the HPET, 100000 kHz\n" in console(name).replace("\r", "")
    for name in ("xen-pv", "xen-pv-smp"):
        assert hosts[name]["status"] in ("not selected", "skipped")
    # Nothing of the library or the guest was made again.
    for path, (digest, mtime) in installed.items():
        assert hashlib.sha256(path.read_bytes()).hexdigest() == digest
        assert path.stat().st_mtime_ns == mtime


def test_example_without_its_device(tmp_path):
    """No HPET: one line, and native's clock."""
    ini = tmp_path / "hosts.ini"
    ini.write_text("[no-hpet]\nboot = pvh\nsmp = 1\nmemory = 128\ncpu = qemu64\nlimit = 60\n"
                   "options = -no-hpet\n", encoding="utf-8")
    found, code = conform(TOP / "examples/vendor-backend", "--hosts-file", str(ini), "--host", "no-hpet")
    assert (found["verdict"], code) == ("conforms", 0)
    assert "vendor: the HPET is not there: time stays native's" in console("no-hpet")


@pytest.mark.parametrize("compiler", ["gcc", "clang"])
def test_scaffold_builds_against_installed_headers_only(scaffold, compiler):
    folder = scaffold()
    done = make(folder, f"CC={compiler} -MD")
    assert done.stderr == ""
    used = {Path(word).resolve() for file in (folder / "build").glob("*.d")
            for word in file.read_text(encoding="utf-8").replace("\\\n", " ").split() if "/" in word}
    headers = {path for path in used if path.suffix in (".h", ".tbl")}
    assert ROOT / "usr/include/pvops/pvops.h" in headers
    outside = {path for path in headers if not path.is_relative_to(ROOT / "usr/include/pvops")}
    assert all(re.match(r"/usr/lib/(gcc|llvm|clang)", str(path)) for path in outside)


def test_scaffold_runs_by_its_own_makefile(scaffold):
    done = make(scaffold(), "run", check=False)
    assert done.returncode == 0, "\n".join(line for line in done.stdout.splitlines()
                                           if not line.startswith(("ok ", "guest: form")))
    assert re.search(r"^pvops: backend acme-vm \(signature in leaf 0x40000000\)", done.stdout, re.M)
    assert re.search(r"^guest: done pass=\d+ fail=0 skip=\d+", done.stdout, re.M)


def test_scaffold_without_an_installed_tree(scaffold):
    done = subprocess.run(["make", "-s", "-C", str(scaffold())], capture_output=True, text=True, check=False,
                          env={**os.environ, "PKG_CONFIG_PATH": "/nonexistent"}, timeout=30)
    assert done.returncode and "pvops is not installed where pkg-config looks" in done.stderr


def test_scaffold_conforms(scaffold):
    found, code = conform(scaffold(), "--host", "native-pvh", "--host", "native-smp")
    assert (found["verdict"], code, found["backends"]) == ("conforms", 0, ["acme-vm"])
    assert all(host["backend"] == "acme-vm" for host in found["hosts"])
    assert found["hosts"][0]["ops"]["irq.save"] == "passed"


def test_scaffold_as_an_object_file(scaffold):
    folder = scaffold()
    make(folder)
    found, code = conform(folder / "build/pvops-backend.o", "--host", "native-pvh")
    assert (found["verdict"], code, found["backends"]) == ("conforms", 0, ["acme-vm"])


FORMS = "static const struct pvops_form acme_vm_forms"
YIELD = "	[PVOPS_OP_smp_yield]"


def with_op(op, template, form):
    return [(FORMS, f"{template}\n\n{FORMS}"), (YIELD, f"	[PVOPS_OP_{op}] = {form},\n{YIELD}")]


@pytest.mark.parametrize("op,template,form", [
    ("irq.save", 'PVOPS_TEMPLATE(broken, "mov $0x200, %eax");', "PVOPS_INLINE(broken)"),
    ("mmu.tas_pte", 'PVOPS_TEMPLATE(broken, "mov $0, %eax");', "PVOPS_INLINE(broken)"),
    ("smp.nr_cpus", "static u32 broken(void)\n{\n	return 0;\n}", "PVOPS_CALL(broken)"),
])
def test_a_broken_op_turns_the_matrix_red(scaffold, op, template, form):
    found, code = conform(scaffold(*with_op(op.replace(".", "_"), template, form)), "--host", "native-pvh")
    host, = found["hosts"]
    assert (found["verdict"], code, found["conforms"]) == ("red on native-pvh", 1, False)
    assert host["backend"] == "acme-vm"
    assert host["status"] == "failed"
    assert host["ops"][op] == "failed"
    assert host["families"][op.split(".", maxsplit=1)[0]]["failed"]
    assert host["ops"]["cpu.cpuid"] == "passed"


@pytest.mark.parametrize("edit,reason", [
    ((".abi = PVOPS_BACKEND_ABI", ".abi = PVOPS_BACKEND_ABI + 7"), f"? skipped: ABI version {ABI + 7}, this library has {ABI}"),
    (('.base = "native"', '.base = "nobody"'), "acme-vm skipped: there is no nobody for it to stand on"),
    (('	.base = "native",\n', ""), "acme-vm skipped: op cpu.read_cr0 is empty"),
    (("TCGTCGTCGTCG", "AcmeAcmeAcme"), "acme-vm does not claim this host"),
])
def test_not_selected_says_why(scaffold, edit, reason):
    found, code = conform(scaffold(edit), "--host", "native-pvh")
    host, = found["hosts"]
    assert (host["status"], code) == ("not selected", 1)
    assert host["backend"] != "acme-vm"
    assert host["reason"].endswith(reason)


def test_a_clock_that_stands_is_told(scaffold):
    edits = with_op("time_clock", "static u64 broken(void)\n{\n	return 1;\n}", "PVOPS_CALL(broken)")
    found, code = conform(scaffold(*edits), "--host", "native-pvh")
    host, = found["hosts"]
    assert (host["status"], code) == ("failed", 1)
    assert "pvops: native: time.clock stands" in console("native-pvh")


def test_failing_to_start_is_red(scaffold):
    found, code = conform(scaffold(("	return 0;", "	return -PVOPS_EIO;")), "--host", "native-pvh")
    host, = found["hosts"]
    assert (host["status"], code) == ("failed", 1)
    assert "acme-vm failed to start: error -5" in host["reason"]


@pytest.mark.parametrize("spoil,line", [
    (lambda folder: shutil.rmtree(folder), "is not there"),
    (lambda folder: (folder / "Makefile").unlink(), "has no Makefile"),
    (lambda folder: (folder / "Makefile").write_text("all:\n", encoding="utf-8"), "its pvops-backend.o"),
    (lambda folder: (folder / "backend.c").write_text("int f(void)\n", encoding="utf-8"), "failed with status 2"),
    (lambda folder: (folder / "backend.c").write_text("typedef int t;\n", encoding="utf-8"),
     "registers no backend: PVOPS_BACKEND() is missing"),
], ids=["no folder", "no Makefile", "no object", "no C", "no backend"])
def test_trouble_is_one_line(scaffold, spoil, line):
    folder = scaffold()
    spoil(folder)
    done = subprocess.run([sys.executable, str(TOP / "tools/pvconform"), "--out", str(OUT), str(folder)],
                          capture_output=True, text=True, timeout=200, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    last = done.stderr.splitlines()[-1]
    assert last.startswith("pvconform: ") and line in last


def test_make_target():
    done = subprocess.run(["make", "-s", "-C", str(TOP), f"O={OUT}", "conformance"], capture_output=True,
                          text=True, timeout=200, check=False)
    assert done.returncode
    assert "pvconform: which backend? make conformance BACKEND=its folder" in done.stderr


def test_commands_of_the_documentation(tmp_path):
    """Documentation/adding-a-backend.rst, from the top: each command works, after those before it."""
    page = (TOP / "Documentation/adding-a-backend.rst").read_text(encoding="utf-8")
    commands = re.findall(r"^    ((?:make|tools/\S+) .*)$", page, re.M)
    assert len(commands) == 7
    for command in commands:
        # Its folder and its way out are ours.
        words = command.replace("/tmp/pvops-acme", str(tmp_path)).replace("build/", f"{OUT}/")
        if "tools/pv" in words:
            words = words.replace(" --", f" --out {OUT} --", 1)
        if words.startswith("make") and "-C" not in words:
            words = f"{words} O={OUT}"
        done = subprocess.run(["sh", "-c", words], cwd=TOP, capture_output=True, text=True, timeout=200,
                              check=False)
        assert done.returncode == 0, f"{words}\n{done.stdout[-1000:]}\n{done.stderr[-1000:]}"
    assert json.loads((tmp_path / "acme.json").read_text(encoding="utf-8"))["conforms"]
