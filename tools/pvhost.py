# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
"""Hosts and guests: how to boot an image on a host, and what its console says."""
import configparser
import gzip
import os
import re
import select
import shutil
import signal
import struct
import subprocess
import time
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent
XEN = Path("/boot/xen-4.17-amd64.gz")
# isa-debug-exit: (0 << 1) | 1; Xen: QEMU ends by -no-reboot; xl: how the domain ended
EXIT_OK = {"pvh": 1, "multiboot": 1, "iso": 1, "xen": 0, "xen-pvh": 1, "svm": 1, "xl": "reason 1",
           "linux": 0, "linux-xen": 0, "linux-xen-pvh": 0, "linux-svm": 0, "linux-xl": "reason 1"}
# Domains of the toolstack host.
DOMAINS = ("xl", "linux-xl")
# What the toolstack host is made of; one file stands for its package.
TOOLSTACK = {"/usr/lib/xen-4.17/bin/xl": "xen-utils-4.17", "/usr/bin/xenstore-ls": "xenstore-utils",
             "/usr/libexec/xen-qemu-system-i386": "qemu-system-xen", "/usr/bin/busybox": "busybox-static",
             "/usr/bin/cpio": "cpio", "/usr/share/seabios/bios-256k.bin": "seabios"}


def die_tidily():
    """A TERM ends us by an exception, so that no QEMU is left behind."""
    def on_term(_number, _frame):
        for console in list(Console.running):
            os.killpg(console.proc.pid, signal.SIGKILL)
        raise KeyboardInterrupt
    signal.signal(signal.SIGTERM, on_term)


ARCHES = ("x86_64", "i386")


def build_folder(arch):
    """Where `make` builds for it."""
    return TOP / "build" if arch == "x86_64" else TOP / "build" / arch


class Trouble(Exception):
    """Something the user must know, in one line."""


def load_hosts(path=None):
    """Rows of the matrix, by name, in order."""
    path = Path(path or TOP / "tools" / "hosts.ini")
    ini = configparser.ConfigParser()
    try:
        with open(path, encoding="utf-8") as file:
            ini.read_file(file)
        rows = {}
        for name in ini.sections():
            sec = ini[name]
            rows[name] = {
                "name": name, "boot": sec["boot"], "smp": sec.getint("smp"),
                "cpus": sec.getint("cpus", sec.getint("smp")),
                "memory": sec.getint("memory"), "cpu": sec["cpu"], "limit": sec.getint("limit"),
                "options": sec.get("options", "").split(), "probe": sec.get("probe", ""),
                "lesser": sec.get("lesser", ""), "says": sec.get("says", ""),
                "command": sec.get("command", ""), "type": sec.get("type", ""),
                "config": sec.get("config", "").strip().splitlines(), "words": sec.get("words", ""),
                "slow": sec.getboolean("slow", False), "ring": sec.getboolean("ring", True),
                "script": sec.get("script", ""), "arch": sec.get("arch", "x86_64"),
                "rom": sec.get("rom", ""), "never": sec.get("never", ""), "shows": sec.get("shows", ""),
            }
            re.compile(rows[name]["never"])
            if rows[name]["arch"] not in ARCHES:
                raise Trouble(f"{path}: [{name}]: no such arch: {rows[name]['arch']}")
            if rows[name]["boot"] not in EXIT_OK and not rows[name]["command"]:
                raise Trouble(f"{path}: [{name}]: no such boot: {rows[name]['boot']}")
            script = rows[name]["script"]
            if script and not (TOP / "tools/dom0/life" / f"{script}.sh").is_file():
                raise Trouble(f"{path}: [{name}]: no such script: {script}")
        return rows
    except (OSError, configparser.Error, KeyError, TypeError, ValueError, re.error) as err:
        raise Trouble(f"{path}: {str(err).splitlines()[0]}") from err


def unavailable(row):
    """Why a row cannot run on this machine, or None."""
    if row["command"]:
        return None
    if not shutil.which("qemu-system-x86_64"):
        return "qemu-system-x86_64 is not installed"
    if row["boot"] in ("xen", "xen-pvh", *DOMAINS, "linux-xen", "linux-xen-pvh") and not XEN.exists():
        return f"{XEN} is not installed"
    if row["boot"] in DOMAINS:
        for path, package in TOOLSTACK.items():
            if not Path(path).exists():
                return f"{package} is not installed"
    if (row["boot"] == "iso" or row["type"] == "hvm") and not (shutil.which("grub-mkrescue") and shutil.which("xorriso")):
        return "grub-mkrescue or xorriso is not installed"
    if row["probe"] and not os.access(row["probe"], os.R_OK | os.W_OK):
        return f"{row['probe']} is not there or not ours"
    return None


def quoted(words):
    """For a string of xl's configuration."""
    return words.replace("\\", "\\\\").replace('"', '\\"')


def with_words(row, words):
    """The guest's command line on this host."""
    return f"{words} {row['words']}".strip()


def make_iso(guest, words, path):
    """A CD image on which GRUB boots the guest by multiboot2."""
    tree = path.with_suffix(".tree")
    shutil.rmtree(tree, ignore_errors=True)
    (tree / "boot/grub").mkdir(parents=True)
    shutil.copy(guest, tree / "boot/guest.elf")
    (tree / "boot/grub/grub.cfg").write_text(
        f"set timeout=0\nmultiboot2 /boot/guest.elf guest.elf {words}\nboot\n", encoding="utf-8")
    done = subprocess.run(["grub-mkrescue", "-o", str(path), str(tree)], capture_output=True,
                          text=True, check=False)
    if done.returncode:
        raise Trouble(f"grub-mkrescue: {(done.stderr.splitlines() or ['failed'])[-1]}")
    return path


GRUB = Path("/usr/lib/grub/i386-pc")
SECTOR = 512
KERNEL_SECTOR = 2048


def make_disk(guest, words, path):
    """A disk from which GRUB boots the guest by multiboot2: no file system, little to read."""
    # The BIOS of an emulated machine in an emulated machine is slow: no debug information.
    small = path.with_suffix(".elf")
    done = subprocess.run(["strip", "-g", "-o", str(small), str(guest)], capture_output=True, text=True,
                          check=False)
    if done.returncode:
        raise Trouble(f"strip: {(done.stderr.splitlines() or ['failed'])[-1]}")
    image = small.read_bytes()
    small.unlink()
    return grub_disk(path, ("multiboot2", f"guest.elf {words}", image))


def grub_disk(path, *loads):
    """The disk: GRUB, and what it is to load, each with a command that is also a module, and its words."""
    config, images = path.with_suffix(".cfg"), b""
    with open(config, "w", encoding="utf-8") as file:
        for load, words, image in loads:
            image += bytes(-len(image) % SECTOR)
            first = KERNEL_SECTOR + len(images) // SECTOR
            print(f"{load} (hd0){first}+{len(image) // SECTOR} {words}".rstrip(), file=file)
            images += image
        print("boot", file=file)
    core = path.with_suffix(".core")
    done = subprocess.run(["grub-mkimage", "-O", "i386-pc", "-p", "(hd0)", "-c", str(config), "-o", str(core),
                           "biosdisk", loads[0][0], "boot"], capture_output=True, text=True, check=False)
    if done.returncode:
        raise Trouble(f"grub-mkimage: {(done.stderr.splitlines() or ['failed'])[-1]}")
    head = (GRUB / "boot.img").read_bytes() + core.read_bytes()
    path.write_bytes(head.ljust(KERNEL_SECTOR * SECTOR, b"\0") + images)
    config.unlink()
    core.unlink()
    return path


def unpack_xen(out):
    """The hypervisor as QEMU's -kernel takes it."""
    path = out / "xen-4.17-amd64"
    if not path.exists() or path.stat().st_mtime < XEN.stat().st_mtime:
        path.write_bytes(gzip.decompress(XEN.read_bytes()))
    return path


def make_test(folder, name, out):
    """A part of a host: VMI's reference ROM, a hypervisor; built by its own Makefile."""
    out = Path(out).resolve() / folder
    env = {k: v for k, v in os.environ.items() if k not in ("MAKEFLAGS", "MAKELEVEL", "MFLAGS")}
    done = subprocess.run(["make", "-s", "-C", str(TOP / "tests" / folder), f"O={out}", f"{out}/{name}"],
                          capture_output=True, text=True, env=env, check=False)
    if done.returncode:
        raise Trouble(f"no {name}: {(done.stderr.strip().splitlines() or ['make failed'])[-1]}")
    return out / name


def svm_host(row, words, modules, out):
    """For QEMU: the hypervisor for tests, what it is to show, and its guest."""
    return ["-kernel", str(make_test("svm-host", "svm-host.elf", out)), "-initrd", str(modules),
            "-append", f"{row['shows']} {words}"]


MULTIBOOT = struct.pack("<3I", 0x1badb002, 2, -(0x1badb002 + 2) & 0xffffffff)


def without_multiboot(guest, out):
    """An image of i386 for PVH: QEMU looks for multiboot's header before PVH's note."""
    image = guest.read_bytes()
    at = image.find(MULTIBOOT, 0, 8192)
    if at < 0:
        return guest
    out.mkdir(parents=True, exist_ok=True)
    path = out / "guest-pvh.elf"
    path.write_bytes(image[:at] + bytes(len(MULTIBOOT)) + image[at + len(MULTIBOOT):])
    return path


def with_symbols(line, guest):
    """A line of the console, each address of the guest's text with the function it lies in."""
    done = subprocess.run(["nm", "-n", str(guest)], capture_output=True, text=True, check=False)
    functions = [(int(at, 16), name) for at, kind, name in
                 (row.split() for row in done.stdout.splitlines() if len(row.split()) == 3) if kind in "tT"]

    def name(match):
        below = [(at, name) for at, name in functions if at <= int(match[0], 16)]
        if not below or below[-1] == functions[-1]:
            return match[0]
        return f"{match[0]} ({below[-1][1]}+0x{int(match[0], 16) - below[-1][0]:x})"
    return re.sub(r"0x[0-9a-f]{8,16}\b", name, line)


def command(row, guest, words, out, extra=()):
    """The command line that boots a guest on a host."""
    if row["command"]:
        return ["sh", "-c", row["command"], "sh", words]
    words = with_words(row, words)
    cmd = ["qemu-system-x86_64", "-nodefaults", "-display", "none", "-serial", "stdio", "-no-reboot",
           "-device", "isa-debug-exit,iobase=0xf4,iosize=4", "-cpu", row["cpu"],
           "-m", str(row["memory"]), "-smp", str(row["cpus"])] + row["options"] + list(extra)
    if row["rom"]:
        cmd += ["-option-rom", str(make_test("vmi-rom", row["rom"] + ".rom", out))]
    if row["boot"] in ("pvh", "multiboot"):
        if row["boot"] == "pvh":
            guest = without_multiboot(Path(guest), out)
        return cmd + ["-kernel", str(guest), "-append", words]
    if row["boot"] == "iso":
        return cmd + ["-cdrom", str(make_iso(guest, words, out / f"{row['name']}.iso"))]
    if row["boot"] == "svm":
        return cmd + svm_host(row, words, guest, out)
    pvh = " dom0=pvh" if row["boot"] == "xen-pvh" else ""
    if pvh:                     # Xen wants an IOMMU for it, and QEMU's is of this machine
        cmd += ["-machine", "q35", "-device", "amd-iommu"]
    return cmd + ["-kernel", str(unpack_xen(out)), "-append",
                  f"com1=115200,8n1 console=com1 dom0_mem=128M dom0_max_vcpus={row['smp']}{pvh}",
                  "-initrd", f"{guest} {words.replace(',', ',,')}"]     # a comma would end the module


class Console:
    """A running host: its output, line by line, until it ends or its time is up."""
    running = set()

    def __init__(self, cmd, limit, log):
        self.start = time.monotonic()
        self.limit = limit
        self.log = open(log, "wb")
        self.hung = False
        self.proc = subprocess.Popen(cmd, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                     stderr=subprocess.STDOUT, start_new_session=True)
        Console.running.add(self)

    def lines(self):
        try:
            yield from self.read()
        except BaseException:
            self.kill()
            raise

    def read(self):
        rest = b""
        fd = self.proc.stdout.fileno()
        while True:
            left = self.start + self.limit - time.monotonic()
            if left <= 0:
                self.hung = True
                break
            if not select.select([fd], [], [], min(left, 1))[0]:
                continue
            data = os.read(fd, 65536)
            if not data:
                break
            self.log.write(data)
            self.log.flush()
            rest += data
            *whole, rest = rest.split(b"\n")
            for line in whole:
                yield clean(line)
        if rest:
            yield clean(rest)

    def stop(self):
        """End it, if it has not ended; its exit status."""
        if self.proc.poll() is None and self.hung:
            os.killpg(self.proc.pid, signal.SIGKILL)
        try:
            self.proc.wait(5)
        except subprocess.TimeoutExpired:
            os.killpg(self.proc.pid, signal.SIGKILL)
            self.proc.wait()
        Console.running.discard(self)
        self.log.close()
        self.proc.stdout.close()
        return self.proc.returncode

    def kill(self):
        self.hung = True
        self.stop()


def clean(line):
    """Text without what a terminal is told."""
    text = line.decode(errors="replace")
    return re.sub(r"\x1b(\[[0-9;?]*[A-Za-z]|c)|[\r\x00-\x08\x0b-\x1f]", "", text).rstrip()


# What a kernel says of its sites: how many, by shape; see enum pvops_shape.
SITES = (r"(?P<sites>\d+) sites: (?P<shapes>\d+ inline, \d+ call, \d+ nop), in \d+ us; "
         r"gates: (?P<gates>\d+ jump, \d+ lead, \d+ unused)$")


def by_shape(match):
    """Of SITES: numbers by shape."""
    return {shape: int(n) for n, shape in re.findall(r"(\d+) (\w+)", f"{match['shapes']}, {match['gates']}")}


class Report:
    """What a console said, strictly read: anything amiss is a reason to fail."""
    SITES = re.compile(f"^pvops: {SITES}")
    RESULT = re.compile(r"^(ok|not ok) (\d+) (.*?)(?: # SKIP ?(.*))?$")
    DONE = re.compile(r"^guest: done pass=(\d+) fail=(\d+) skip=(\d+)$")
    STEP = re.compile(r"^script: (ok|not ok) (.*?)(?: # SKIP (.*))?$")

    def __init__(self):
        self.steps = []         # of a script that does things to the guest
        self.before = []        # tests of boots before this one
        self.boot = self.backend = self.why = None
        self.sites = None
        self.plan = None
        self.tests = []
        self.done = None
        self.panic = None
        self.defect = None
        self.notes = []

    def count_sites(self, match):
        self.sites = by_shape(match)
        if sum(self.sites.values()) != int(match["sites"]):
            self.defect = f"of {match['sites']} sites {sum(self.sites.values())} are told of"

    def feed(self, line):
        match = self.STEP.match(line)
        if match:
            verdict = "failed" if match[1] == "not ok" else "skipped" if match[3] else "passed"
            self.steps.append({"name": f"script: {match[2]}", "reason": match[3] or "", "notes": [],
                               "verdict": verdict})
            return
        if line.startswith("# ") and self.steps and self.steps[-1]["verdict"] == "failed":
            self.steps[-1]["notes"].append(line)
            return
        match = re.match(r"^pvops: boot (\S+)$", line)
        if match:
            if self.plan is not None:
                self.again()
            self.boot = match[1]
        match = re.match(r"^pvops: backend (\S+) \((.*)\)$", line)
        if match:
            self.backend, self.why = match[1], match[2]
        match = self.SITES.match(line)
        if match:
            self.count_sites(match)
        match = re.match(r"^1\.\.(\d+)$", line)
        if match:
            self.plan = int(match[1])
        if re.match(r"^(pvops|guest): panic: ", line) and not self.panic:
            self.panic = line
        match = self.RESULT.match(line)
        if match:
            self.result(match)
        elif line.startswith("# ") and self.plan is not None:
            self.notes.append(line)
        match = self.DONE.match(line)
        if match:
            self.done = tuple(int(n) for n in match.groups())

    def result(self, match):
        verdict = "failed" if match[1] == "not ok" else "skipped" if match[4] is not None else "passed"
        if int(match[2]) != len(self.tests) + 1 and not self.defect:
            self.defect = f"test number {match[2]} where {len(self.tests) + 1} was due"
        self.tests.append({"name": match[3], "verdict": verdict, "reason": match[4] or "",
                           "notes": self.notes})
        self.notes = []

    def again(self):
        """The guest boots once more: what it reported before must be as good as any report."""
        self.defect = self.defect or self.of_boot()
        self.before += self.tests
        self.tests, self.plan, self.done = [], None, None

    def all(self):
        return self.before + self.tests + self.steps

    def count(self, verdict):
        return sum(t["verdict"] == verdict for t in self.all())

    def problem(self):
        """Why this is no success, or None."""
        failed = [t["name"] for t in self.steps if t["verdict"] == "failed"]
        return self.panic or (f"failed: {failed[0]}" if failed else self.of_boot())

    def of_boot(self):
        """The same of the latest boot."""
        counted = tuple(sum(t["verdict"] == verdict for t in self.tests)
                        for verdict in ("passed", "failed", "skipped"))
        if self.plan is None:
            return "no test plan on the console"
        if self.defect:
            return self.defect
        if len(self.tests) != self.plan:
            return f"{len(self.tests)} of {self.plan} planned tests reported"
        if self.done is None:
            return "the guest's last line is missing"
        if self.done != counted:
            return f"the guest's last line says {self.done}, counted {counted}"
        if counted[1]:
            return "failed: " + ", ".join(t["name"] for t in self.tests if t["verdict"] == "failed")[:200]
        if not self.plan:
            return "no test was run"
        return None
