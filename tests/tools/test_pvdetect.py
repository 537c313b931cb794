# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
"""pvdetect on every recorded machine, and on files that are none."""
import csv
import json
import os
import random
import subprocess
import sys
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parents[2]
MACHINES = TOP / "tests/cpuid"
OUT = Path(os.environ.get("PVOPS_OUT", TOP / "build")).resolve()
sys.path.insert(0, str(MACHINES))
import rules                                                        # noqa: E402

with open(MACHINES / "expected.csv", encoding="utf-8", newline="") as table:
    ROWS = {row["machine"]: row for row in csv.DictReader(table)}


@pytest.fixture(scope="session", name="pvdetect")
def build():
    """The program, its own C under sanitizers; the library's objects are the guest's."""
    clean = {k: v for k, v in os.environ.items() if k not in ("MAKEFLAGS", "MAKELEVEL", "MFLAGS")}
    program = OUT / "pvdetect-checked"
    flags = "-O1 -g -std=gnu11 -Wall -Wextra -Werror -Wno-unused-parameter -fno-pie " \
            "-fsanitize=address,undefined -fno-sanitize-recover=undefined"
    subprocess.run(["make", "-s", "-C", TOP, f"O={OUT}", f"PVDETECT={program}", f"HOSTCFLAGS={flags}",
                    str(program)], check=True, env=clean, timeout=150)

    def run(*args, status=0):
        done = subprocess.run([program, *map(str, args)], capture_output=True, text=True, check=False,
                              timeout=20)
        assert done.returncode == status, done.stdout + done.stderr
        return done
    return run


def machine(name):
    return rules.Machine((MACHINES / f"{name}.txt").read_text(encoding="utf-8"))


def test_all_are_expected():
    assert sorted(path.stem for path in MACHINES.glob("*.txt")) == sorted(ROWS)
    assert len(ROWS) >= 25


@pytest.mark.parametrize("name", ROWS)
def test_machine(pvdetect, name):
    row = ROWS[name]
    found = json.loads(pvdetect("--json", MACHINES / f"{name}.txt").stdout)
    faces = "; ".join(f"{match['base']} {match['signature']}".rstrip() for match in found["matches"])
    assert faces == row["faces"]
    backends = {backend["name"]: backend for backend in found["backends"]}
    chosen = backends[found["choice"]]
    assert chosen["score"] == max(backend["score"] for backend in backends.values()) > 0
    assert (found["role"], found["reason"]) == (chosen["role"], chosen["reason"])
    assert found["reason"]
    # A backend that is not linked in leaves the machine to the next best.
    if row["choice"] in backends:
        assert (found["choice"], found["role"]) == (row["choice"], row["role"])
    elif len(found["matches"]) < 2:
        assert (found["choice"], found["role"]) == \
            ("native", "guest" if found["hypervisor_bit"] else "native")
    assert found["kind"] == row["kind"] and found["source"]


@pytest.mark.parametrize("name", ROWS)
def test_what_others_say(name):
    row = ROWS[name]
    here, plain = machine(name), machine(row["plain"] or name)
    assert rules.virt_what(here, plain, row["firmware"]) == row["virt-what"]
    assert rules.systemd_detect_virt(here, plain, row["firmware"]) == row["systemd-detect-virt"]


def test_text(pvdetect):
    lines = pvdetect(MACHINES / "kvm-hyperv-face.txt").stdout.splitlines()
    assert lines[0].startswith("machine  KVM with Hyper-V's face in front")
    assert lines[1] == "boot     hardware, hypervisor bit set"
    assert "face     40000000  Microsoft Hv, leaves to 40000005" in lines
    assert "face     40000100  KVMKVMKVM, leaves to 40000101" in lines
    assert any(line.startswith("can run  native") for line in lines)
    assert lines[-1].startswith("choice   ")


@pytest.mark.parametrize("name,start", [
    ("bare-intel-crystal", "tsc at 2803200 kHz by leaf 0x15: invariant, frequency known"),
    ("bare-intel-leaf16", "tsc at 2100000 kHz by leaf 0x16: invariant, frequency known roughly"),
    ("kvm-timing-leaf", "tsc at 2745560 kHz by the host's timing leaf: "),
    ("tdx-kvm", "tsc at 2100000 kHz by leaf 0x15: invariant, and the host need not be trusted"),
    ("kvm-intel-qemu", None),
    ("bhyve-alias", None),              # leaf 0x40000010 shows a signature there
])
def test_clock(pvdetect, name, start):
    clock = json.loads(pvdetect("--json", MACHINES / f"{name}.txt").stdout)["clock"]
    assert clock["choice"] is None if start is None else clock["choice"].startswith(start)


def test_wish(pvdetect):
    path = MACHINES / "xen-pv-domu.txt"
    found = json.loads(pvdetect("--json", "--append", "pvops=native", path).stdout)
    assert found["choice"] == "xen-pv"
    assert "pvops=native: no such backend can run here" in found["log"]


def test_here(pvdetect, tmp_path):
    live = json.loads(pvdetect("--json").stdout)
    path = tmp_path / "here.txt"
    path.write_text(pvdetect("--record").stdout)
    read = json.loads(pvdetect("--json", path).stdout)
    for key in ("matches", "choice", "role", "reason", "clock"):
        assert live[key] == read[key]


HEAD = "name: a\nsource: b\nkind: synthetic\n"
LEAVES = "0 0 1 0 0 0\n1 0 0 0 0 0\n"


@pytest.mark.parametrize("text,problem", [
    ("", "header needs name, source and kind"),
    (LEAVES, "header needs name, source and kind"),
    (HEAD, "leaves 0 and 1 are missing"),
    (HEAD + "1 0 0 0 0 0\n", "leaves 0 and 1 are missing"),
    ("name: a\n" + HEAD, "2: said twice"),
    ("name:\n", "1: text is empty or too long"),
    ("name: " + "x" * 300 + "\n", "1: text is empty or too long"),
    ("name: " + "x" * 3000 + "\n", "1: line too long, or not text"),
    ("kind: real\n", "1: kind is recorded, synthetic or mixed"),
    ("boot: efi\n", "1: boot is hardware, pvh, pvh-dom0, xen-pv or xen-pv-dom0"),
    ("colour: red\n", "1: no such header line"),
    (HEAD + LEAVES + "boot: pvh\n", "6: header line behind the leaves"),
    (HEAD + "0 0 0 0 0\n", "4: six hexadecimal words wanted"),
    (HEAD + "0 0 0 0 0 0 0\n", "4: more than six words"),
    (HEAD + "0 0 0 0 0 100000000\n", "4: six hexadecimal words wanted"),
    (HEAD + "0 0 0 0 0 0x1\n", "4: six hexadecimal words wanted"),
    (HEAD + "0 0 0 0 0 -1\n", "4: six hexadecimal words wanted"),
    (HEAD + "0 0 0 0 0 g\n", "4: six hexadecimal words wanted"),
    (HEAD + LEAVES + "1 0 0 0 0 0\n", "6: leaf 00000001 00000000 is there twice"),
    (HEAD + LEAVES + "".join(f"{n:x} 0 0 0 0 0\n" for n in range(2, 1100)), "more than 1024 leaves"),
    (HEAD + "\x00\n", "4: line too long, or not text"),
    (HEAD + "\x07\n", "4: not text"),
    ("\x7fELF\x02\x01\x01", "1: not text"),
], ids=range(23))
def test_broken_file(pvdetect, tmp_path, text, problem):
    path = tmp_path / "m.txt"
    path.write_text(text)
    done = pvdetect(path, status=2)
    assert done.stdout == "" and len(done.stderr.splitlines()) == 1
    assert done.stderr.startswith(f"pvdetect: {path}:")
    assert problem in done.stderr


def test_no_file(pvdetect, tmp_path):
    assert pvdetect(tmp_path / "none", status=2).stderr.endswith("No such file or directory\n")
    assert pvdetect(tmp_path, status=2).stderr.endswith("Is a directory\n")
    pvdetect("a", "b", status=2)
    pvdetect("--nonsense", status=2)


def test_changed_files(pvdetect, tmp_path):
    """Bytes changed at random: an answer or one line, and no complaint of a sanitizer."""
    dice = random.Random(4)
    names = sorted(ROWS)
    path = tmp_path / "m.txt"
    for _ in range(60):
        data = bytearray((MACHINES / f"{dice.choice(names)}.txt").read_bytes())
        for _ in range(dice.randint(1, 6)):
            data[dice.randrange(len(data))] = dice.choice(b"0123456789abcdef :\n\x00\xff")
        path.write_bytes(data)
        done = subprocess.run([OUT / "pvdetect-checked", "--json", path], capture_output=True,
                              check=False, timeout=20)
        assert done.returncode in (0, 2), (done.stderr, bytes(data))
        if done.returncode:
            assert done.stderr.count(b"\n") == 1 and b"pvdetect: " in done.stderr
        else:
            json.loads(done.stdout)


def test_json_is_safe(pvdetect, tmp_path):
    """Quotes in a name and in a signature."""
    path = tmp_path / "m.txt"
    path.write_text('name: a "b" \\c\nsource: b\nkind: synthetic\n'
                    "0 0 1 0 0 0\n1 0 0 0 80000000 0\n40000000 0 40000001 225c4122 41414141 0041\n")
    found = json.loads(pvdetect("--json", path).stdout)
    assert found["machine"] == 'a "b" \\c'
    assert found["matches"][0]["signature"] == '"A\\"AAAAA'
