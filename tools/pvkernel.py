# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
"""Rows of the matrix that boot Linux: its command lines, and what its console says."""
import gzip
import re
import shutil
from pathlib import Path

import pvhost

# How the kernel comes to its machine; it ends QEMU by rebooting.
BOOTS = ("linux", "linux-xen", "linux-xen-pvh", "linux-svm", "linux-xl")
# Each line of the workload is one of the kernel's log, however fast they come; a panic is an end.
WORDS = "printk.devkmsg=on panic=-1 oops=panic random.trust_cpu=on"
KERNEL, INITRAMFS = Path("arch/x86/boot/bzImage"), "initramfs.cpio"
# What else Xen needs of the machine's memory.
XEN_MIB = 128


def image(kernel, out):
    """The folder of a kernel that tools/pvlinux built."""
    folder = Path(out).resolve() / "linux" / kernel
    for path in files(folder):
        if not path.is_file():
            raise pvhost.Trouble(f"{path} is not there: `make linux LINUX={kernel}` builds it")
    return folder


def files(folder):
    """What is booted: the kernel and its initramfs."""
    return folder / KERNEL, folder / INITRAMFS


def domain_words(row, words):
    """The command line in a domain, whose console is Xen's ring or a serial port."""
    return pvhost.with_words(row, f"console={'hvc0' if row['ring'] else 'ttyS0'} {WORDS} {words}".strip())


def domain_files(row, folder, words, rows):
    """What xl is to boot, in the folder for a session's rows."""
    kernel, initramfs = files(folder)
    if row["type"] == "hvm":
        pvhost.grub_disk(rows / f"{row['name']}.img", ("linux", domain_words(row, words), kernel.read_bytes()),
                         ("initrd", "", gzip.compress(initramfs.read_bytes())))
    else:
        for path in (kernel, initramfs):
            shutil.copy(path, rows)


def domain_config(row, words):
    """The same in the domain's configuration."""
    return [f'kernel="/rows/{KERNEL.name}"', f'ramdisk="/rows/{INITRAMFS}"',
            f'cmdline="{pvhost.quoted(domain_words(row, words))}"']


def command(row, folder, words, out, extra=()):
    """The command line that boots this kernel on a host."""
    kernel, initramfs = files(folder)
    cmd = ["qemu-system-x86_64", "-nodefaults", "-display", "none", "-serial", "stdio", "-no-reboot", "-cpu",
           row["cpu"], "-m", str(row["memory"]), "-smp", str(row["cpus"]), *row["options"], *extra]
    words = pvhost.with_words(row, f"{WORDS} {words}".strip())
    if row["boot"] == "linux":
        return cmd + ["-kernel", str(kernel), "-initrd", str(initramfs), "-append", f"console=ttyS0 {words}"]
    if row["boot"] == "linux-svm":
        return cmd + pvhost.svm_host(row, f"console=ttyS0 {words}", f"{kernel},{initramfs}", out)
    pvh = ""
    if row["boot"] == "linux-xen-pvh":
        pvh = " dom0=pvh"
        cmd += ["-machine", "q35", "-device", "amd-iommu"]
    return cmd + ["-kernel", str(pvhost.unpack_xen(out)), "-append",
                  f"com1=115200,8n1 console=com1 dom0_mem={row['memory'] - XEN_MIB}M "
                  f"dom0_max_vcpus={row['smp']}{pvh}",
                  "-initrd", f"{kernel} console=hvc0 {words.replace(',', ',,')},{initramfs}"]


class Report(pvhost.Report):
    """The same strictness, for a kernel that writes the time before each line, and on its troubles."""
    DONE = re.compile(r"^linux: done pass=(\d+) fail=(\d+) skip=(\d+)$")
    BACKEND = re.compile(rf"^pvops: backend (\S+) \((.*)\); {pvhost.SITES}")
    TROUBLE = re.compile(r"BUG: |WARNING: |^Oops|Kernel panic|Call Trace:|general protection fault|unchecked MSR|"
                         r"rcu: INFO|rcu_\w+ detected stalls|soft lockup|scheduling while atomic|unable to handle|"
                         r"pvops: (?!debug: ).*(not patched|makes no sense|out of reach|no room|not known|cannot be|refused|"
                         r"failed: error)|Clocksource .* unstable")

    XEN = re.compile(r"Panic on CPU|domain_crash|Domain 0 crashed")

    def feed(self, line):
        if line.startswith("(XEN) "):
            if self.XEN.search(line) and not self.panic:
                self.panic = line
            return
        line = re.sub(r"^\[ *\d+\.\d+\] ", "", line)
        here = re.match(r"^linux: \S+ on (\S+), (\d+) CPUs$", line)
        if here:
            self.boot = here[1]
            self.tests, self.plan, self.notes = [], None, []    # what was before was KUnit's
        if not self.boot and re.match(r"^ *not ok ", line) and not self.panic:
            self.panic = f"KUnit: {line.strip()}"
        stock = re.match(r"^Booting (?:paravirtualized )?kernel on (.*)$", line)
        if stock and not self.backend:
            self.backend, self.why = "pv_ops", stock[1]
        ours = self.BACKEND.match(line)
        if ours:
            self.backend, self.why = ours[1], ours[2]
            self.count_sites(ours)
            return
        if self.TROUBLE.search(line) and not self.panic:
            self.panic = line
        super().feed(line)
