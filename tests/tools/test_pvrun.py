# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
"""pvrun on consoles that are right, wrong in one way each, or never end."""
import json
import re
import subprocess
import sys
import time
import xml.etree.ElementTree as xml
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TOP / "tools"))
import pvhost                                                       # noqa: E402

GOOD = """\
\x1b[2J(XEN) a hypervisor's own words
pvops: boot pvh
pvops: backend native (hardware as X shows it)
pvops: 30 sites: 12 inline, 5 call, 10 nop, in 42 us; gates: 1 jump, 0 lead, 2 unused
KTAP version 1
1..3
ok 1 cpu.read_cr0 reads
# 7 ms
ok 2 irq.save # SKIP no reason
ok 3 mmu.set_pte maps
# totals: pass:2 fail:0 skip:1
guest: done pass=2 fail=0 skip=1
"""


def report(text):
    found = pvhost.Report()
    for line in text.encode().split(b"\n"):
        found.feed(pvhost.clean(line))
    return found


def test_good_console():
    found = report(GOOD.replace("\n", "\r\n"))
    assert found.problem() is None
    assert (found.boot, found.backend, found.why) == ("pvh", "native", "hardware as X shows it")
    assert found.sites == {"nop": 10, "inline": 12, "call": 5, "jump": 1, "lead": 0, "unused": 2}
    assert [t["verdict"] for t in found.tests] == ["passed", "skipped", "passed"]
    assert found.tests[1]["reason"] == "no reason"
    assert found.tests[1]["notes"] == ["# 7 ms"]


@pytest.mark.parametrize("old,new,problem", [
    ("1..3\n", "", "no test plan on the console"),
    ("30 sites", "31 sites", "of 31 sites 30 are told of"),
    ("1..3\n", "1..4\n", "3 of 4 planned tests reported"),
    ("1..3\n", "1..2\n", "3 of 2 planned tests reported"),
    ("ok 2 ", "ok 3 ", "test number 3 where 2 was due"),
    ("ok 3 mmu", "not ok 3 mmu", "the guest's last line says (2, 0, 1), counted (1, 1, 1)"),
    ("guest: done pass=2 fail=0 skip=1\n", "", "the guest's last line is missing"),
    ("pass=2 fail=0 skip=1\n", "pass=3 fail=0 skip=0\n",
     "the guest's last line says (3, 0, 0), counted (2, 0, 1)"),
    ("ok 3", "guest: panic: page fault\nok 3", "guest: panic: page fault"),
    ("KTAP", "pvops: panic: no backend\nKTAP", "pvops: panic: no backend"),
], ids=lambda value: value.strip() or "-")
def test_bad_console(old, new, problem):
    assert old in GOOD
    assert report(GOOD.replace(old, new)).problem() == problem


def test_failing_test_is_named():
    text = GOOD.replace("ok 3 mmu", "not ok 3 mmu").replace("pass=2 fail=0", "pass=1 fail=1")
    assert report(text).problem() == "failed: mmu.set_pte maps"


def test_no_test_at_all_is_no_success():
    assert report("1..0\nguest: done pass=0 fail=0 skip=0\n").problem() == "no test was run"


@pytest.mark.parametrize("cut", range(5, 11))
def test_truncated_console(cut):
    """Wherever a console breaks off, it is no success."""
    assert report("\n".join(GOOD.splitlines()[:cut])).problem()


STEPS = GOOD.replace("ok 2 irq", "script: ok pause\nok 2 irq") + "script: ok is gone\n"


def test_steps_of_a_script():
    """They stand between the guest's lines and count."""
    found = report(STEPS)
    assert found.problem() is None
    assert (found.count("passed"), found.count("skipped")) == (4, 1)
    assert [t["name"] for t in found.all()][-2:] == ["script: pause", "script: is gone"]


def test_skipped_step():
    found = report(STEPS.replace("ok pause", "ok pause # SKIP no need"))
    assert found.problem() is None
    assert (found.count("passed"), found.count("skipped")) == (3, 2)
    assert found.all()[-2]["reason"] == "no need"


def test_failing_step():
    found = report(STEPS.replace("script: ok pause", "script: not ok pause\n# xl: no\n# guest: life 3"))
    assert found.problem() == "failed: script: pause"
    assert found.count("failed") == 1
    assert found.all()[-2]["notes"][:2] == ["# xl: no", "# guest: life 3"]


def test_guest_that_boots_again():
    found = report(GOOD + GOOD)
    assert found.problem() is None
    assert (found.count("passed"), found.count("skipped"), len(found.all())) == (4, 2, 6)


@pytest.mark.parametrize("text,problem", [
    (GOOD.replace("ok 3 mmu", "not ok 3 mmu").replace("pass=2 fail=0", "pass=1 fail=1") + GOOD,
     "failed: mmu.set_pte maps"),
    (GOOD.replace("ok 3 mmu.set_pte maps\n", "") + GOOD, "2 of 3 planned tests reported"),
    (GOOD.replace("guest: done pass=2 fail=0 skip=1\n", "") + GOOD, "the guest's last line is missing"),
    (GOOD + GOOD.replace("guest: done pass=2 fail=0 skip=1\n", ""), "the guest's last line is missing"),
    (GOOD + "pvops: boot pvh\n", "no test plan on the console"),
], ids=["fails first", "cut first", "no end first", "no end", "no plan"])
def test_guest_that_boots_again_after_trouble(text, problem):
    assert report(text).problem() == problem


class Bench:
    """A matrix of shell scripts in the place of QEMU."""

    def __init__(self, path):
        self.path = path
        self.ini = path / "hosts.ini"
        self.ini.write_text("", encoding="utf-8")
        (path / "guest.elf").write_bytes(b"guest")

    def host(self, name, command, limit=10, more=""):
        with open(self.ini, "a", encoding="utf-8") as file:
            file.write(f"[{name}]\nboot = fake\nsmp = 1\nmemory = 1\ncpu = none\nlimit = {limit}\n"
                       f"command = {command}\n{more}")

    def console(self, name, text):
        (self.path / f"{name}.txt").write_text(text, encoding="utf-8")
        self.host(name, f"cat {self.path}/{name}.txt")

    def run(self, *words):
        return subprocess.run([sys.executable, str(TOP / "tools/pvrun"), "--hosts-file", str(self.ini),
                               "--out", str(self.path), *words], capture_output=True, text=True,
                              stdin=subprocess.DEVNULL, timeout=60, check=False)


@pytest.fixture
def bench(tmp_path):
    return Bench(tmp_path)


def test_json(bench):
    bench.console("good", GOOD)
    bench.console("red", GOOD.replace("ok 3 mmu", "not ok 3 mmu").replace("pass=2 fail=0", "pass=1 fail=1"))
    done = bench.run("--json")
    assert done.returncode == 1
    good, red = json.loads(done.stdout)
    assert list(good) == ["host", "status", "reason", "boot", "backend", "sites", "passed", "failed",
                          "skipped", "seconds", "console"]
    assert (good["host"], good["status"], good["passed"], good["skipped"]) == ("good", "ok", 2, 1)
    assert good["sites"] == {"nop": 10, "inline": 12, "call": 5, "jump": 1, "lead": 0, "unused": 2}
    assert Path(good["console"]).read_text(encoding="utf-8") == GOOD
    assert (red["status"], red["failed"], red["reason"]) == ("failed", 1, "failed: mmu.set_pte maps")


def test_table_and_choice(bench):
    bench.console("good", GOOD)
    bench.console("cut", GOOD.split("ok 2")[0])
    assert bench.run("good").returncode == 0
    done = bench.run()
    assert done.returncode == 1
    lines = done.stdout.splitlines()
    assert lines[0].split()[:3] == ["host", "boot", "backend"]
    assert lines[1].split()[:10] == ["good", "pvh", "native", "10", "12", "5", "3", "2", "0", "1"]
    assert lines[2].endswith("1 of 3 planned tests reported")


def test_hung_host_is_killed_with_its_children(bench):
    bench.host("hung", f"echo last words; sleep 77 & echo $! >{bench.path}/pid; wait", limit=1)
    start = time.monotonic()
    done = bench.run("--json")
    assert time.monotonic() - start < 8
    row, = json.loads(done.stdout)
    assert done.returncode == 1
    assert row["status"] == "hung"
    assert "last words" in row["reason"]
    pid = (bench.path / "pid").read_text(encoding="utf-8").strip()
    stat = Path(f"/proc/{pid}/stat")
    assert not stat.exists() or stat.read_text(encoding="utf-8").split()[2] == "Z"


def test_timeout_option(bench):
    bench.host("slow", "sleep 20", limit=60)
    done = bench.run("--json", "--timeout", "1")
    assert json.loads(done.stdout)[0]["status"] == "hung"


def limited(bench):
    """A device on which no process of the guest runs; which words each of its guests was given."""
    log = bench.path / "words"
    (bench.path / "good.txt").write_text(GOOD, encoding="utf-8")
    command = f'echo "$1" >>{log}; case "$1" in *smoke*) echo bad;; *) cat {bench.path}/good.txt;; esac'
    bench.host("some", command, more="probe = /dev/null\nlesser = test=a,b\n")
    bench.host("all", command, more="probe = /dev/null\n")
    return log


def test_limited_device(bench):
    log = limited(bench)
    done = bench.run("--json", "--append", "quiet")
    some, rest = json.loads(done.stdout)
    why = "/dev/null does not run the guest: no test plan on the console"
    assert done.returncode == 0
    assert (some["status"], some["passed"]) == ("ok", 2)
    assert some["reason"] == "hardware as X shows it; not the whole suite, for " + why
    assert (rest["status"], rest["reason"], rest["passed"]) == ("skipped", why, 0)
    # One probe for both.
    assert log.read_text(encoding="utf-8") == "test=guest_smoke\ntest=a,b quiet\n"


def test_limited_device_and_wish(bench):
    log = limited(bench)
    assert bench.run("some", "--append", "test=time").returncode == 0
    assert log.read_text(encoding="utf-8") == "test=guest_smoke\ntest=time\n"


def test_device_without_limits(bench):
    log = bench.path / "words"
    (bench.path / "good.txt").write_text(GOOD, encoding="utf-8")
    bench.host("some", f'echo "$1" >>{log}; cat {bench.path}/good.txt',
               more="probe = /dev/null\nlesser = test=a,b\n")
    done = bench.run("--json", "--append", "quiet")
    row, = json.loads(done.stdout)
    assert (row["status"], row["reason"]) == ("ok", "hardware as X shows it")
    assert log.read_text(encoding="utf-8") == "test=guest_smoke\nquiet\n"


def test_junit(bench):
    bench.console("good", GOOD)
    bench.console("cut", GOOD.split("ok 2")[0])
    file = bench.path / "junit.xml"
    bench.run("--junit", str(file))
    good, cut = xml.parse(file).getroot()
    assert (good.get("name"), good.get("tests"), good.get("failures"), good.get("skipped")) == \
        ("good", "4", "0", "1")
    assert (cut.get("name"), cut.get("failures")) == ("cut", "1")
    assert cut.find("testcase/failure").get("message") == "1 of 3 planned tests reported"
    assert [case.get("name") for case in good] == ["boot", "cpu.read_cr0 reads", "irq.save",
                                                   "mmu.set_pte maps"]


def test_repeat_and_verbose(bench):
    bench.console("good", GOOD)
    done = bench.run("-v", "--repeat", "3")
    assert done.returncode == 0
    assert len(done.stdout.splitlines()) == 4
    assert done.stderr.count("good| ok 3 mmu.set_pte maps") == 3


@pytest.mark.parametrize("words,line", [
    (["nowhere"], "pvrun: no such host: nowhere (there are good)"),
    (["--guest", "/nonexistent/guest.elf"], "pvrun: /nonexistent/guest.elf is not there: `make` builds it"),
    (["--repeat", "0"], "pvrun: --repeat and --timeout want a number above 0"),
    (["--hosts-file", "/nonexistent/hosts.ini"], "pvrun: /nonexistent/hosts.ini: [Errno 2]"),
    (["--frobnicate"], "pvrun: error: unrecognized arguments: --frobnicate"),
    (["--timeout", "soon"], "pvrun: error: argument --timeout: invalid int value: 'soon'"),
], ids=" ".join)
def test_bad_words(bench, words, line):
    bench.console("good", GOOD)
    done = bench.run(*words)
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1].startswith(line)
    assert done.stdout == ""


@pytest.mark.parametrize("text,line", [
    ("[a\n", "File contains no section headers."),
    ("[a]\nsmp = 1\n", "'boot'"),
    ("[a]\nboot = floppy\nsmp = 1\nmemory = 1\ncpu = x\nlimit = 1\n", "[a]: no such boot: floppy"),
    ("[a]\nboot = pvh\nsmp = many\nmemory = 1\ncpu = x\nlimit = 1\n", "invalid literal"),
])
def test_bad_matrix(bench, text, line):
    bench.ini.write_text(text, encoding="utf-8")
    done = bench.run()
    assert done.returncode == 2
    error, = done.stderr.splitlines()
    assert error.startswith(f"pvrun: {bench.ini}: ")
    assert line in error


def test_list_is_the_matrix():
    done = subprocess.run([sys.executable, str(TOP / "tools/pvrun"), "--list"], capture_output=True,
                          text=True, check=True)
    rows = re.findall(r"^\[(.+)\]$", (TOP / "tools/hosts.ini").read_text(encoding="utf-8"), re.M)
    assert "native-pvh" in rows
    assert [line.split()[0] for line in done.stdout.splitlines()] == rows


def test_what_a_row_must_say(bench):
    bench.host("says", f"cat {bench.path}/good.txt", more="says = cpu.read_cr0 re\n")
    bench.host("mute", f"cat {bench.path}/good.txt", more="says = cpu.read_cr0  re\n")
    (bench.path / "good.txt").write_text(GOOD, encoding="utf-8")
    done = bench.run("--json")
    assert done.returncode == 1
    says, mute = json.loads(done.stdout)
    assert says["status"] == "ok"
    assert (mute["status"], mute["reason"]) == ("failed", "nowhere on the console: cpu.read_cr0  re")


def test_what_a_row_must_never_say(bench):
    bench.host("clean", f"cat {bench.path}/good.txt", more="never = monitor: .* at 0x\n")
    bench.host("caught", f"cat {bench.path}/bad.txt", more="never = monitor: .* at 0x\n")
    (bench.path / "good.txt").write_text(GOOD + "monitor: 0 at all\n", encoding="utf-8")
    (bench.path / "bad.txt").write_text("monitor: cli at 0x10\nmonitor: sti at 0x20\n" + GOOD, encoding="utf-8")
    done = bench.run("--json")
    assert done.returncode == 1
    clean, caught = json.loads(done.stdout)
    assert clean["status"] == "ok"
    assert (caught["status"], caught["reason"]) == ("failed", "monitor: cli at 0x10")


def test_an_expression_that_is_none(bench):
    bench.host("odd", "true", more="never = (\n")
    done = bench.run()
    assert done.returncode == 2 and "unterminated" in done.stderr


def test_an_address_gets_its_function(tmp_path):
    source, image = tmp_path / "a.c", tmp_path / "a.elf"
    source.write_text("void one(void) {}\nvoid two(void) { for (;;) one(); }\nvoid end(void) {}\n")
    subprocess.run(["gcc", "-O1", "-nostdlib", "-static", "-no-pie", "-Wl,-Ttext=0xc0100000", "-Wl,-etwo", "-o",
                    str(image), str(source)], check=True)
    nm = subprocess.run(["nm", str(image)], check=True, capture_output=True, text=True).stdout
    two = next(int(line.split()[0], 16) for line in nm.splitlines() if line.endswith(" two"))
    assert pvhost.with_symbols(f"cli at 0x{two + 1:x}, once", image) == f"cli at 0x{two + 1:x} (two+0x1), once"
    assert pvhost.with_symbols("cli at 0xff000000", image) == "cli at 0xff000000"
