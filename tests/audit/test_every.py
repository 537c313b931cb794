# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
"""The list of sensitive instructions against all that Zydis knows."""
import subprocess
from fnmatch import fnmatchcase

import pytest

from images import HERE, OUT, TOP

# Of Zydis's categories those that are about the machine.
SYSTEM = set("""AMX_TILE CET CLDEMOTE CLFLUSHOPT CLWB CLZERO ENQCMD FLAGOP HRESET INTERRUPT IO IOSTRINGOP KEYLOCKER KEYLOCKER_WIDE
    MISC MPX PCONFIG PKU PT RDPID RDPRU RDRAND RDSEED RDWRFSGS SEGOP SERIALIZE SGX SMAP SYSCALL SYSRET SYSTEM TSX_LDTRK UINTR VTX
    WAITPKG XSAVE XSAVEOPT""".split())
REASONS = [line.split("\t") for line in (HERE / "no-row.txt").read_text(encoding="utf-8").splitlines() if line[0] != "#"]


@pytest.fixture(scope="module", name="every")
def every_(tmp_path_factory):
    """Of each mnemonic: category, encodings without a row, how many of these are privileged, and one of them."""
    program = tmp_path_factory.mktemp("every") / "every"
    image, audit = TOP / "tools/image", TOP / "tools/pvaudit"
    subprocess.run(["gcc", "-O2", "-Wall", "-Wextra", "-Werror", "-DPVOPS_HOSTED", f"-I{TOP}/include", f"-I{OUT}/tools/include",
                    f"-I{image}", f"-I{audit}", HERE / "every.c", audit / "sensitive.c", *image.glob("*.c"),
                    "-o", program, "-ldw", "-lelf", "-lZydis"], check=True, timeout=120)
    said = subprocess.run([program], check=True, capture_output=True, text=True, timeout=120).stdout
    return {name: (category, int(without), int(privileged), code)
            for name, category, without, privileged, code in (line.split("\t") for line in said.splitlines())}


def test_each_privileged_instruction_has_a_row(every):
    assert len(every) > 1000 and every["mov"][1]
    assert {name: row[3] for name, row in every.items() if row[2]} == {}


def test_what_else_is_about_the_machine_has_a_row_or_a_reason(every):
    without = {name for name, row in every.items() if row[0] in SYSTEM and row[1]}
    assert {name for name in without if not any(fnmatchcase(name, pattern) for pattern, _ in REASONS)} == set()
    assert [pattern for pattern, _ in REASONS if not any(fnmatchcase(name, pattern) for name in without)] == []
    assert SYSTEM <= {row[0] for row in every.values()}
