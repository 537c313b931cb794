# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
"""What tools/elfsites.py reads of ELF files."""
import subprocess
import sys
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(TOP / "tools"))
import elfsites                                                     # noqa: E402

TABLE = """
	.globl _start, pvops_table
	.text
_start:	nop
	.data
	.balign 8
pvops_table:
	.quad _start, 0, _start, 0
"""
SITES = """
	.text
here:	nop
	.section .pvops_sites, "a"
	.globl pvops_sites_start, pvops_sites_end
pvops_sites_start:
"""


def image(path, text, *flags):
    path.with_suffix(".S").write_text(text)
    subprocess.run(["gcc", "-nostdlib", "-static", *flags, path.with_suffix(".S"), "-o", path], check=True, timeout=60)
    return elfsites.Image(path)


def sites(*ops):
    return SITES + "".join(f"\t.long here - .\n\t.short {op}\n\t.byte 6, 0\n" for op in ops) + "pvops_sites_end:\n"


def test_slots_that_have_no_function(tmp_path):
    found = image(tmp_path / "image", TABLE + sites(0, 1, 2, 1))
    assert found.empty_slots(4) == {1, 3}
    assert found.ops_with_sites() == {0, 1, 2}
    assert [site.op for site in found.sites()] == [0, 1, 2, 1]
    assert all(site.address == found.symbols["here"] for site in found.sites())


def test_module_that_is_not_linked_yet(tmp_path):
    assert image(tmp_path / "module.ko", sites(3, 258), "-c").ops_with_sites() == {3, 258}


@pytest.mark.parametrize("flags", [(), ("-c",)])
def test_no_sites(tmp_path, flags):
    assert image(tmp_path / "plain", TABLE, *flags).ops_with_sites() == set()
