# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
"""
What pvexplain says of Linux's sites, and what they are in a kernel that has run its workload: read by QEMU's
gdb stub where the kernel restarts. Sites of what is gone by then, init's, are not looked at.
"""
import json
import os
import re
import struct
import subprocess
import sys
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parents[2]
OUT = Path(os.environ.get("PVOPS_OUT", TOP / "build")).resolve()
FOLDER = OUT / "linux/pvops"
LIMIT = 400
READ = 1024                     # bytes at a time: an answer of the stub's has at most 4 KiB of digits

sys.path[:0] = [str(TOP / "tools"), str(TOP / "tests/badinput")]
import pvhost                                                       # noqa: E402
import pvkernel                                                     # noqa: E402
from elfsites import ELF64, Image                                   # noqa: E402
from gdbstub import Stub                                            # noqa: E402


def explain(*words):
    done = subprocess.run([OUT / "pvexplain", FOLDER / "vmlinux", *map(str, words), "--json"], capture_output=True,
                          text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def note(status, *words):
    """What pvaudit says of the image's note, by its first words."""
    done = subprocess.run([OUT / "pvaudit", "--note", *words, FOLDER / "vmlinux"], capture_output=True, text=True, check=False)
    assert done.returncode == status, done.stderr
    return dict(line.split(" ", 1) for line in done.stdout.splitlines())


@pytest.fixture(scope="module")
def image():
    if not (FOLDER / "vmlinux").is_file():
        pytest.skip("no Linux kernel with the series has been built")
    clean = {k: v for k, v in os.environ.items() if k not in ("MAKEFLAGS", "MAKELEVEL", "MFLAGS")}
    subprocess.run(["make", "-s", "-C", TOP, f"O={OUT}", OUT / "pvexplain", OUT / "pvaudit"], check=True, env=clean)
    return Image(FOLDER / "vmlinux")


class Running:
    """The text of a kernel at its end, and the forms that it had by then."""

    def __init__(self, host, image, tmp_path):
        row = pvhost.load_hosts()[host]
        why = pvhost.unavailable(row)
        if why:
            pytest.skip(why)
        socket, self.log = tmp_path / "gdb", OUT / "logs" / f"explain-{host}.log"
        command = pvkernel.command(row, pvkernel.image("pvops", OUT), "", OUT,
                                   ("-S", "-gdb", f"unix:{socket},server=on,wait=off"))
        command[command.index("stdio")] = f"file:{self.log}"
        with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL) as qemu:
            try:
                stub = Stub(str(socket), LIMIT)
                stub.run_to(image.symbols["machine_restart"])
                self.start = image.symbols["_text"]
                self.text = self.read(stub, self.start, image.symbols["_etext"])
                at, size = image.symbols["pvops_forms"], ELF64.form.size
                names = list(explain("--backend", "native")["backends"][0]["forms"])
                self.forms = dict(zip(names, ELF64.form.iter_unpack(self.read(stub, at, at + size * len(names)))))
            finally:
                qemu.kill()
        self.console = self.log.read_text(errors="replace")
        assert "linux: done pass=" in self.console

    @staticmethod
    def read(stub, at, end):
        data = b""
        while at + len(data) < end:
            data += stub.read(at + len(data), min(READ, end - at - len(data)))
        return data

    def say_forms(self, path):
        """As the guest says its own."""
        lines = [f"guest: form-at {op} {kind:x} {flags:x} {func:x} {code:x} {end:x} {reloc:x}"
                 for op, (func, code, end, reloc, kind, flags) in self.forms.items()]
        path.write_text("\n".join(["pvops: backend linux (its forms when it ended)", *lines]) + "\n", encoding="utf-8")

    def compare(self, sites, backend):
        """Sites that stay, and those of them that are not as said."""
        stay = [site for site in sites if 0 <= int(site["address"], 16) - self.start < len(self.text)]
        differ = []
        for site in stay:
            at = int(site["address"], 16) - self.start
            if self.text[at:at + site["length"]] != bytes.fromhex(site["after"][backend]["bytes"]):
                differ.append(site)
        return stay, differ


@pytest.mark.parametrize("host, backend", [("linux-native", "native"), ("linux-xen-pv", "xen")])
def test_sites_are_as_said(image, tmp_path, host, backend):
    running = Running(host, image, tmp_path)
    assert re.search(r"pvops: backend (\S+) \(", running.console)[1] in note(0)["backends"].split()
    stay, differ = running.compare(explain("--backend", backend)["sites"], backend)
    assert len(stay) > 5000
    # Under Xen, Linux replaces some ops when it has page tables of its own: those the file cannot tell.
    changed = {site["op"] for site in differ}
    assert not changed if backend == "native" else len(differ) < len(stay) / 10
    # By the forms that it has now, all is as said.
    running.say_forms(tmp_path / "forms")
    whole = explain("--forms", tmp_path / "forms", "--backend", "linux@running")
    stay, differ = running.compare(whole["sites"], "linux@running")
    assert [(site["op"], site["address"]) for site in differ] == []
    # All of them, also of what is gone by now, by what they have become: as the kernel counted at boot.
    said = re.search(pvhost.SITES, running.console.replace("\r", ""), re.M)
    assert pvhost.by_shape(said) == whole["backends"][0]["sites"]


def test_the_note_names_what_is_configured(image):
    options = (FOLDER / ".config").read_text(encoding="utf-8")
    names = {"native", "vmware"} | {name for name, option in (
        ("xen-pv", "XEN_PV"), ("xen-hvm", "XEN_PVHVM"), ("kvm", "KVM_GUEST"), ("hyperv", "HYPERV"))
        if re.search(f"^CONFIG_{option}=[ym]$", options, re.M)}
    told = note(0)["backends"].split()
    assert "xen-pv" in names and sorted(told) == sorted(names)
    note(0, "--needs", ",".join(f"backend:{name}" for name in told))
    note(1, "--needs", "backend:moon")


def test_all_sites_can_be_patched(image):
    whole = explain()
    backends = {b["name"]: b for b in whole["backends"]}
    assert set(backends) == {"native", "xen"} and all(b["set_at_boot"] and not b["failed"] for b in backends.values())
    assert sum(backends["native"]["sites"].values()) == len(whole["sites"]) == len(list_of_records(image)) > 5000
    forms = {site["op"]: site["after"] for site in whole["sites"]}
    assert forms["irq.disable"]["native"]["text"] == "cli"
    assert forms["irq.disable"]["xen"]["form"] == "inline" and "%gs:" in forms["irq.disable"]["xen"]["text"]


def list_of_records(image):
    offset, size = image.sections[".pvops_sites"]
    return [struct.unpack_from("<iHBB", image.data, offset + at) for at in range(0, size, 8)]
