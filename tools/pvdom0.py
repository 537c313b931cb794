# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
"""
The toolstack host: Linux as Xen's initial domain, made of Debian's packages, in which xl starts
our guest as an ordinary domain. One boot runs all such rows, one after the other.
"""
import lzma
import os
import re
import shutil
import struct
import subprocess
from pathlib import Path

import pvhost
import pvkernel

HERE = Path(__file__).resolve().parent
XEN_BIN = Path("/usr/lib/xen-4.17/bin")
XEN_BOOT = Path("/usr/lib/xen-4.17/boot")
PROGRAMS = ("xl", "xenstored", "xenconsoled", "xenconsole", "xen-init-dom0", "libxl-save-helper")
STORE_TOOLS = ("xenstore-ls", "xenstore-read", "xenstore-write")
# In the order of their loading.
MODULES = ("xen/xen-evtchn", "xen/xen-gntdev", "xen/xen-gntalloc", "xen/xen-privcmd", "xen/xenfs/xenfs",
           "block/loop", "block/xen-blkback/xen-blkback", "net/xen-netback/xen-netback")
DEVICE_MODEL = Path("/usr/libexec/xen-qemu-system-i386")
# What the device model wants to read; a keymap even without a screen.
FIRMWARE = (Path("/usr/share/seabios/bios-256k.bin"), Path("/usr/share/qemu/keymaps/en-us"),
            Path("/usr/share/qemu/kvmvapic.bin"))
BOOT_SECONDS = 90           # until the tools are up, on a slow machine
MARK = re.compile(r"^@@ (\S+) (start|end|failed:) (?:([0-9.]+) ?)?(.*)$")


def run(*cmd, **more):
    done = subprocess.run(cmd, capture_output=True, check=False, **more)
    if done.returncode:
        text = (done.stderr or b"").decode(errors="replace").strip().splitlines()
        raise pvhost.Trouble(f"{cmd[0]}: {text[-1] if text else 'failed'}")
    return done.stdout


def kernel_package():
    """The package that holds Debian's kernel; installing it would change how this machine boots."""
    text = run("apt-cache", "depends", "linux-image-amd64").decode()
    found = re.search(r"Depends: (linux-image-\S+)", text)
    if not found:
        raise pvhost.Trouble("apt-cache knows no linux-image-amd64: apt-get update")
    return found[1]


def uncompressed(bzimage):
    """The ELF file inside of a bzImage: Xen is slow at unpacking it (Documentation/x86/boot.rst)."""
    data = bzimage.read_bytes()
    start = (data[0x1f1] + 1) * 512 + struct.unpack_from("<I", data, 0x248)[0]
    payload = data[start:start + struct.unpack_from("<I", data, 0x24c)[0]]
    if not payload.startswith(b"\xfd7zXZ"):
        return data
    return lzma.LZMADecompressor().decompress(payload)


def kernel(folder):
    """Debian's kernel and its modules, unpacked below folder."""
    vmlinux = folder / "vmlinux"
    if vmlinux.exists():
        return vmlinux
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    try:
        run("apt-get", "download", "-q", kernel_package(), cwd=folder)
    except pvhost.Trouble:
        run("apt-get", "update", "-q")
        run("apt-get", "download", "-q", kernel_package(), cwd=folder)
    package = next(folder.glob("*.deb"))
    run("dpkg-deb", "-x", str(package), str(folder / "tree"))
    package.unlink()
    whole = folder / "whole"
    whole.write_bytes(uncompressed(next(folder.glob("tree/boot/vmlinuz-*"))))
    whole.rename(vmlinux)       # there only when it is complete
    return vmlinux


def libraries(program):
    done = subprocess.run(["ldd", str(program)], capture_output=True, text=True, check=False)
    return [Path(name) for name in re.findall(r"(/\S+\.so\S*)", done.stdout)]


def add(tree, path, where=None):
    """Copy a program and the libraries that it needs."""
    target = tree / str(where or path).lstrip("/")
    if target.exists():
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(path.resolve(), target)
    for library in libraries(path):
        add(tree, library)


def pack(tree, archive):
    names = "\n".join(str(p.relative_to(tree)) for p in sorted(tree.rglob("*"))).encode()
    done = run("cpio", "-o", "-H", "newc", "-R", "0:0", "--quiet", cwd=tree, input=names)
    archive.write_bytes(done)


def initramfs(folder, modules, full):
    """The part of the initial domain's memory file that is the same for all runs."""
    archive = folder / ("full.cpio" if full else "small.cpio")
    init = HERE / "dom0" / "init"
    sources = [Path(__file__), *(HERE / "dom0").rglob("*")]
    if archive.exists() and archive.stat().st_mtime > max(path.stat().st_mtime for path in sources):
        return archive
    tree = folder / "root"
    shutil.rmtree(tree, ignore_errors=True)
    for name in ("bin proc sys dev run/xen run/xenstored tmp var/log/xen/console var/lib/xen "
                 "var/lib/xenstored var/lock etc/xen modules rows").split():
        (tree / name).mkdir(parents=True)
    (tree / "var/run").symlink_to("/run")
    (tree / "etc/xen/xl.conf").touch()
    add(tree, Path(shutil.which("busybox")), "/bin/busybox")
    for name in PROGRAMS:
        add(tree, XEN_BIN / name)
    for name in STORE_TOOLS:
        add(tree, Path("/usr/bin") / name)
    # Loaded by the C library when a thread of xl is cancelled.
    add(tree, Path("/lib/x86_64-linux-gnu/libgcc_s.so.1"))
    if full:
        for path in (DEVICE_MODEL, XEN_BOOT / "hvmloader", *FIRMWARE):
            add(tree, path)
    for name in MODULES:
        path = next(modules.glob(f"lib/modules/*/kernel/drivers/{name}.ko"))
        shutil.copy(path, tree / "modules")
    (tree / "modules/order").write_text("".join(Path(name).name + "\n" for name in MODULES), encoding="utf-8")
    (tree / "etc/xen/scripts").mkdir()
    for name in ("block", "vif-bridge"):
        shutil.copy(HERE / "dom0" / name, tree / "etc/xen/scripts")
        (tree / "etc/xen/scripts" / name).chmod(0o755)
    shutil.copytree(HERE / "dom0" / "life", tree / "life")
    shutil.copy(init, tree / "init")
    (tree / "init").chmod(0o755)
    pack(tree, archive)
    return archive


def config(row, words):
    """The domain's configuration for xl."""
    lines = [f'name="{row["name"]}"', f'type="{row["type"]}"', f"memory={row['memory']}",
             f"vcpus={row['smp']}", 'on_poweroff="destroy"',
             f'on_reboot="{"restart" if row["script"] and row["boot"] == "xl" else "destroy"}"',
             'on_crash="destroy"', *row["config"]]
    if row["type"] == "hvm":
        drive = f"file=/rows/{row['name']}.img,if=virtio,format=raw"
        lines += [f'serial="file:/var/log/serial-{row["name"]}"', 'vga="none"', "vnc=0",
                  f'device_model_args_hvm=["-drive","{drive}"]', 'boot="c"']
    elif row["boot"] in pvkernel.BOOTS:
        lines += pvkernel.domain_config(row, words)
    else:
        lines += ['disk=["format=raw,vdev=xvda,access=rw,backendtype=phy,script=block,target=/rows/disk"]',
                  'vif=["script=vif-bridge"]']
        own = pvhost.with_words(row, words) + " typist" * row["ring"]
        lines += ['kernel="/rows/guest.elf"', f'cmdline="{pvhost.quoted(own)}"']
    return "\n".join(lines) + "\n"


def console_log(row):
    if not row["ring"]:
        return f"/var/log/serial-{row['name']}"
    return f"/var/log/xen/console/guest-{row['name']}.log"


class Session:
    """One boot of the initial domain; row() is to be called for each row, in their order."""

    def __init__(self, rows, guests, words, out, limit=None):
        folder = (out / "dom0").resolve()
        (out / "logs").mkdir(parents=True, exist_ok=True)
        vmlinux = kernel(folder / "kernel")
        hvm = any(row["type"] == "hvm" for row in rows)
        if hvm and not DEVICE_MODEL.exists():
            raise pvhost.Trouble("qemu-system-xen is not installed")
        base = initramfs(folder, folder / "kernel/tree", hvm)
        tree = folder / f"rows-{os.getpid()}"
        shutil.rmtree(tree, ignore_errors=True)
        (tree / "rows").mkdir(parents=True)
        script = ""
        for row in rows:
            self.files(row, guests[row["name"]], words, tree / "rows")
            (tree / f"rows/{row['name']}.cfg").write_text(config(row, words), encoding="utf-8")
            script += f"row {row['name']} {limit or row['limit']} {console_log(row)} {row['script']}\n"
        (tree / "rows/run").write_text(script, encoding="utf-8")
        image = folder / f"session-{os.getpid()}.cpio"
        pack(tree, image)
        shutil.rmtree(tree)
        self.image = folder / f"initrd-{os.getpid()}.cpio"
        with open(self.image, "wb") as whole:       # archives in a row are one file system
            for part in (base, image):
                whole.write(part.read_bytes())
        image.unlink()
        total = BOOT_SECONDS + sum(limit or row["limit"] for row in rows)
        self.console = pvhost.Console(self.command(rows[0], vmlinux, out), total, out / "logs" / "dom0.log")
        self.lines = self.console.lines()
        self.ended, self.seconds = None, 0.0

    @staticmethod
    def files(row, guest, words, rows):
        """What a row boots; before xl's .cfg is written, for GRUB's has that name too."""
        if row["boot"] in pvkernel.BOOTS:
            pvkernel.domain_files(row, guest, words, rows)
        elif row["type"] == "hvm":
            own = pvhost.with_words(row, words) + " typist" * row["ring"]
            pvhost.make_disk(guest, own, rows / f"{row['name']}.img")
        else:
            shutil.copy(guest, rows / "guest.elf")

    def command(self, row, vmlinux, out):
        return ["qemu-system-x86_64", "-nodefaults", "-display", "none", "-serial", "stdio", "-no-reboot",
                "-cpu", row["cpu"], "-m", "2048", *row["options"], "-kernel", str(pvhost.unpack_xen(out)),
                "-append", "com1=115200,8n1 console=com1 dom0_mem=768M guest_loglvl=all", "-initrd",
                f"{vmlinux} console=hvc0 quiet random.trust_cpu=on,{self.image}"]

    def row(self, name):
        """The domain's lines; then .ended says how it ended ("": dom0 did), .seconds how long it took."""
        self.ended, self.seconds, inside, start = "", 0.0, False, 0.0
        for line in self.lines:
            mark = MARK.match(line)
            if mark and mark[2] == "failed:":
                self.ended = f"dom0: {mark[4]}"
                return
            if mark and mark[1] == name and mark[2] == "end":
                self.ended = mark[4]
                self.seconds = float(mark[3]) - start
                return
            if mark and mark[1] == name:
                inside, start = True, float(mark[3])
            if inside and not mark:
                yield line

    def close(self):
        self.console.hung |= not self.ended
        self.console.stop()
        self.image.unlink(missing_ok=True)
