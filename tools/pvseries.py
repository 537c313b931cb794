# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
"""What must hold of the series whatever it does: off it leaves nothing behind, and the kernel's own tools are content."""
import re
import struct
from pathlib import Path

import elfsites
import pvhost

LIBRARY = Path("arch/x86/pvops")
# What Linux does itself in the places that are changed: macros that take names of functions and ops, not expressions;
# stand-ins that do nothing with an argument; BUG_ON() around hypercalls that cannot fail.
IGNORED = "MACRO_ARG_REUSE,MACRO_ARG_UNUSED,AVOID_BUG"
CHECKPATCH = ("--strict", "--terse", "--no-summary", f"--ignore={IGNORED}")
# What a kernel is made of. The rest of a build folder are programs of this machine, among them objtool.
OBJECTS = ("*.o", "*.ko")
NOT_KERNEL = ("scripts", "tools")
# Names of symbols are in no memory, and an initcall's has the number of its line. What debuggers read has the source
# folder's name; there is some of what starts the kernel.
NAMES = (".symtab", ".strtab", ".debug_")


def sections(path):
    """An ELF file's sections, in their order: (name, number of its kind): (type, flags, address, size, bytes)."""
    data = path.read_bytes()
    if data[:4] != b"\x7fELF" or data[4] not in (1, 2) or data[5] != 1:
        raise pvhost.Trouble(f"{path} is no ELF file of x86")
    try:
        found = {}
        for name, (_, kind, flags, addr, at, length, *_) in elfsites.section_rows(data):
            number = sum(other == name for other, _ in found)
            nobits = kind == 8
            found[name, number] = kind, flags, addr, length, b"" if nobits else data[at:at + length]
    except (struct.error, ValueError, IndexError, OverflowError) as err:
        raise pvhost.Trouble(f"{path}: {err}") from None
    return found


def changed(one, two):
    """The sections in which two files differ, by their names."""
    one, two = sections(one), sections(two)
    return [name for name, number in {**one, **two}
            if not name.startswith(NAMES) and one.get((name, number)) != two.get((name, number))]


def objects(folder):
    """By name, what a build made of a kernel's source."""
    paths = (path for pattern in OBJECTS for path in folder.rglob(pattern))
    names = (path.relative_to(folder) for path in paths if path.is_file())
    return {name for name in names if name.parts[0] not in NOT_KERNEL and not name.name.startswith(".")}


def differences(one, two):
    """Lines: where two builds are not the same, bit for bit; and how many files have been looked at."""
    names = [objects(one), objects(two)]
    lines = [f"{name}: only in {one.name}" for name in sorted(names[0] - names[1])]
    lines += [f"{name}: only in {two.name}" for name in sorted(names[1] - names[0])]
    both = sorted(names[0] & names[1]) + [Path("vmlinux")]
    for name in both:
        where = changed(one / name, two / name)
        if where:
            lines.append(f"{name} differs: {' '.join(where)}")
    image = "arch/x86/boot/bzImage"
    if (one / image).read_bytes() != (two / image).read_bytes():
        lines.append(f"{image} differs")
    return lines, len(both) + 1


def same(stock, off):
    """With the option off, the series builds what Debian's source builds."""
    for kernel in (stock, off):
        kernel.build()
    lines, count = differences(stock.out, off.out)
    if lines:
        raise pvhost.Trouble(f"{stock.name} and {off.name} are not the same ({len(lines)} of {count} files)\n"
                             + "\n".join(lines[:20]))
    return f"{stock.name} and {off.name} are the same: {count} files, bit for bit"


def checkpatch(kernel, words):
    """What it has to say, in lines; it ends with an error if it says anything."""
    text = kernel.run([kernel.tree.path / "scripts/checkpatch.pl", *CHECKPATCH, *words], cwd=kernel.tree.path,
                      must=False)
    return [line for line in text.splitlines() if re.search(r": (ERROR|WARNING|CHECK): |^Must |: line ", line)]


def lint(kernel, glue):
    """What the kernel's own tools say to the series: checkpatch, and sparse of what is linked in."""
    kernel.start_log()
    kernel.tree.prepare()
    patches = kernel.tree.patches
    files = sorted(path for path in glue.rglob("*") if path.suffix in (".c", ".h", ".S"))
    lines = checkpatch(kernel, patches) + checkpatch(kernel, ["-f", *files])
    if lines:
        raise pvhost.Trouble(f"checkpatch: {len(lines)} complaints (see {kernel.log})\n" + "\n".join(lines[:20]))
    kernel.configure()
    kernel.complain(kernel.make("C=2", f"{LIBRARY}/"))
    return f"{len(patches)} patches and {len(files)} files are clean, and so is {LIBRARY} to sparse"
