# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
"""Where the images and the tool are, and how to run them."""
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parents[2]
OUT = Path(os.environ.get("PVOPS_OUT", TOP / "build")).resolve()
OUTS = {"x86_64": OUT, "i386": OUT / "i386"}
SANITIZE = "-fsanitize=address,undefined -fno-sanitize-recover=undefined -O1"

sys.path.insert(0, str(TOP / "tools"))
import pvhost                                                       # noqa: E402


def make(*words):
    clean = {k: v for k, v in os.environ.items() if k not in ("MAKEFLAGS", "MAKELEVEL", "MFLAGS")}
    done = subprocess.run(["make", "-s", "-j2", "-C", TOP, *map(str, words)], capture_output=True, text=True,
                          env=clean, check=False)
    assert done.returncode == 0, done.stderr[-2000:]


class Explain:
    """The tool, under sanitizers."""

    def __init__(self, path):
        self.path = path

    def run(self, *words):
        done = subprocess.run([self.path, *map(str, words)], capture_output=True, text=True, check=False, timeout=120)
        assert "Sanitizer" not in done.stderr and "runtime error" not in done.stderr, done.stderr
        return done

    def text(self, *words):
        done = self.run(*words)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def json(self, *words):
        return json.loads(self.text(*words, "--json"))


@pytest.fixture(scope="session")
def explain():
    path = OUT / "tests/explain/pvexplain"
    path.parent.mkdir(parents=True, exist_ok=True)
    make(f"O={OUT}", f"PVEXPLAIN={path}", f"HOSTSANITIZE={SANITIZE}", path)
    return Explain(path)


@pytest.fixture(scope="session")
def images():
    for arch, out in OUTS.items():
        make(f"ARCH={arch}", f"O={out}", out / "guest.elf")
    return {arch: out / "guest.elf" for arch, out in OUTS.items()}


class Boot:
    """A guest that has said its forms and its text: log, backend, sites by shape, by op and shape, text by address."""

    def __init__(self, host, image, words=""):
        row = pvhost.load_hosts()[host]
        why = pvhost.unavailable(row)
        if why:
            pytest.skip(why)
        self.log = OUT / "logs" / f"explain-{host}.log"
        self.log.parent.mkdir(parents=True, exist_ok=True)
        words = f"forms text view nosmp test=no_such_test {words}".strip()
        command = pvhost.command(row, image, words, OUTS[row["arch"]])
        # Into a file: a pipe that is full for a moment would cost a character.
        command[command.index("stdio")] = f"file:{self.log}"
        subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=120, check=False)
        self.backend, self.sites, self.text, self.forms, self.view, done = None, None, {}, {}, {}, False
        for line in map(pvhost.clean, self.log.read_bytes().split(b"\n")):
            if match := re.match(r"^pvops: backend (\S+) \(", line):
                self.backend = match[1]
            elif match := re.match(rf"^pvops: {pvhost.SITES}", line):
                self.sites = pvhost.by_shape(match)
            elif match := re.match(r"^guest: form (\S+) (\S+) \S+$", line):
                self.forms[match[1]] = match[2]
            elif match := re.match(r"^view: op=(\S+) .* wrong=0((?: [a-z]+=\d+)*)$", line):
                self.view[match[1]] = {shape: int(n) for shape, n in re.findall(r"(\w+)=(\d+)", match[2])}
            elif match := re.match(r"^guest: text ([0-9a-f]+) ([0-9a-f]+)$", line):
                self.text[int(match[1], 16)] = bytes.fromhex(match[2])
            done |= line.startswith("guest: done ")
        assert done, f"the guest did not come to its end (see {self.log})"


@pytest.fixture(scope="session")
def booted(images):
    boots = {}

    def boot(host):
        if host not in boots:
            boots[host] = Boot(host, images[pvhost.load_hosts()[host]["arch"]])
        return boots[host]
    return boot
