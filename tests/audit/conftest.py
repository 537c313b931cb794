# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
"""pvaudit, also under sanitizers, and the guests."""
import pytest

from images import OUT, Maker, make


@pytest.fixture(scope="session", autouse=True)
def built():
    flags = "-O1 -g -std=gnu11 -Wall -Wextra -Werror -fno-pie -fsanitize=address,undefined -fno-sanitize-recover=undefined"
    make(f"O={OUT}", f"{OUT}/pvaudit", f"{OUT}/guest.elf")
    make("ARCH=i386", f"O={OUT}/i386", f"{OUT}/i386/guest.elf")
    make(f"O={OUT}", f"PVAUDIT={OUT}/pvaudit-checked", f"HOSTCFLAGS={flags}", f"{OUT}/pvaudit-checked")


@pytest.fixture(scope="session", name="maker")
def maker_(tmp_path_factory):
    return Maker(tmp_path_factory.mktemp("audit"))
