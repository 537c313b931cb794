# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
"""tools/pvbench-linux: it reads consoles and kernels as they are, and says which bar does not hold."""
import subprocess
import sys
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TOP / "tools"))
import pvhost                                                       # noqa: E402
from kernelfile import KernelFile, hypercall_names                  # noqa: E402

loader = SourceFileLoader("pvbench_linux", str(TOP / "tools/pvbench-linux"))
bench = module_from_spec(spec_from_loader(loader.name, loader))
sys.dont_write_bytecode = True
loader.exec_module(bench)

# Two sites of pv_ops, one of them with a second entry; one alternative that is none of its.
KERNEL = """
	.text
	.globl	caller, hypervisor_call, callee, xen_hypercall_pv
	.type	caller, @function
caller:
1:	nop
2:	nop
3:	nop
	call	callee
	movl	$1, %eax
	call	xen_hypercall_pv
	xorl	%eax, %eax
	call	xen_hypercall_pv
	call	xen_hypercall_pv
	ret
	.type	callee, @function
callee:
	ret
	.type	xen_hypercall_pv, @function
xen_hypercall_pv:
	syscall
	ret
	.section .altinstructions, "a"
	.macro	alternative at, flags, bytes
	.long	\\at - ., 0
	.word	0, \\flags
	.byte	5, \\bytes
	.endm
	alternative 1b, 2, 5
	alternative 1b, 1, 1
	alternative 2b, 2, 5
	alternative 3b, 0, 7
	.section .pvops_sites, "a"
	.quad	0, 0, 0
"""


@pytest.fixture(name="kernel", scope="module")
def make_kernel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("kernel")
    (folder / "k.S").write_text(KERNEL, encoding="utf-8")
    subprocess.run(["gcc", "-nostdlib", "-static", "-no-pie", "-Wl,-e,caller,-Ttext=0x81000000", "-o",
                    folder / "k", folder / "k.S"], check=True)
    return KernelFile(folder / "k")


def test_sites_of_both_kinds(kernel):
    assert kernel.pv_ops() == (2, 3 * 14 + 5 + 1 + 5)
    assert kernel.pvops() == (3, 24)
    sizes = bench.read_sizes(kernel)
    assert sizes["sites"] == 3 and sizes["metadata"] == 24 and not sizes["pv_ops"]


def test_hypercalls_have_their_numbers(kernel):
    calls = sorted(kernel.hypercalls().items())
    assert [call for _, call in calls] == [(1, "caller"), (0, "caller"), (None, "caller"), (None, "xen_hypercall_pv")]
    assert calls[-1][0] == kernel.symbols["xen_hypercall_pv"]


def test_an_interval_is_from_a_function_to_behind_its_call(kernel):
    assert kernel.behind_call("caller", "callee") == (kernel.symbols["callee"], kernel.symbols["caller"] + 8)
    assert kernel.behind_call("caller", "nothing") is None
    assert kernel.behind_call("callee", "caller") is None


def test_hypercalls_by_name():
    names = hypercall_names()
    assert names[1] == "mmu_update" and names[23] == "iret"


CONSOLE = """pvops: backend xen-pv (PV guest); 4000 sites: 10 inline, 3990 call, 0 nop, in 1234 us; gates: 0 jump, 0 lead, 0 unused
bench: boot value=77 unit=ticks
bench: op=fork n=20 rounds=5 mean=2000 least=1000 median=2500 most=3000 unit=milli
"""


def boot(tmp_path, text):
    (tmp_path / "text").write_text(text, encoding="utf-8")
    return bench.boot("native", "pvops", ["cat", str(tmp_path / "text")], tmp_path / "out")


def test_a_console_is_read(tmp_path):
    found = boot(tmp_path, CONSOLE + "bench: done\n")
    assert found["rows"] == {"fork": {"times": 100, "mean": 2.0, "least": 1.0, "median": 2.5, "most": 3.0,
                                      "cost": 2.0}}
    assert (found["boot"], found["backend"], found["sites"], found["patch_us"]) == (77, "xen-pv", 4000, 1234)


def test_the_mean_is_for_what_is_paid_late():
    assert bench.row_of("exec", 1, (2, 1, 3, 4))["cost"] == 2 and bench.row_of("pipe", 1, (2, 1, 3, 4))["cost"] == 3


@pytest.mark.parametrize("end", ["", "bench: failed: fork: no memory\nbench: done\n",
                                 "Kernel panic - not syncing\nbench: done\n"])
def test_a_boot_that_fails_has_no_figures(tmp_path, end):
    with pytest.raises(pvhost.Trouble):
        boot(tmp_path, CONSOLE + end)


def results(**changed):
    """Figures that hold every bar, but for some: ops of pvops, natively and on Xen."""
    def rows(cost, host):
        return {"rows": {op: {"cost": changed.get(f"{host}_{op}", cost)} for op in bench.ROWS}}
    return {("native", "native"): rows(1000, ""), ("native", "pvops"): rows(1004, "native"),
            ("xen-pv", "stock"): rows(1000, ""), ("xen-pv", "pvops"): rows(840, "xen")}


GOOD = {"pvops": {"sites": 100, "metadata": 800, "pv_ops": False}}


def broken(found, sizes):
    return [bar for bar, held, _ in bench.check_bars(found, sizes) if not held]


def test_bars_hold():
    assert not broken(results(), GOOD)
    # What is not batched may be as dear as pv_ops, and not more.
    assert not broken(results(xen_getppid=1000), GOOD)


@pytest.mark.parametrize("found, sizes, word", [
    (results(native_signal=1006), GOOD, "natively"), (results(xen_pipe=1001), GOOD, "no row above"),
    (results(xen_fork=851), GOOD, "0.85"), (results(xen_mprotect=900), GOOD, "0.85"),
    (results(), {"pvops": {**GOOD["pvops"], "metadata": 801}}, "metadata"),
    (results(), {"pvops": {**GOOD["pvops"], "pv_ops": True}}, "no pv_ops"),
    (results(), {"pvops": {"sites": 0, "metadata": 0, "pv_ops": False}}, "metadata")])
def test_a_bar_that_is_broken_is_named(found, sizes, word):
    bad = broken(found, sizes)
    assert len(bad) == 1 and word in bad[0]


def test_tables_are_well_formed(tmp_path):
    found = list(bench.tables(results(), {}, {}, {"stock": {"sites": 2, "metadata": 30, "text": 1, "alternatives": 1}}))
    text = bench.rsttable.text("tools/pvbench-linux", found)
    assert "840 (0.840)" in text and "15.0" in text
    done = subprocess.run(["python3", "-c", "import sys, docutils.core\n"
                           "docutils.core.publish_string(sys.stdin.read(), settings_overrides={'halt_level': 2})"],
                          input="T\n=\n\n" + text, text=True, capture_output=True, check=False)
    if "No module named" in done.stderr:
        pytest.skip("docutils is not installed")
    assert not done.returncode, done.stderr
