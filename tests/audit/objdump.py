# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
"""What a second disassembler says: objdump, of binutils."""
import re
import subprocess

# The name in pvaudit's list, and what objdump calls it, prefixes left out.
NAMES = {
    "pushf": r"pushf[wlq]?$", "popf": r"popf[wlq]?$", "iret": r"iret[wlq]?$",
    "mov from cr0": r"mov +%cr0,", "mov to cr0": r"mov .*,%cr0$", "mov from cr2": r"mov +%cr2,",
    "mov to cr2": r"mov .*,%cr2$", "mov from cr3": r"mov +%cr3,", "mov to cr3": r"mov .*,%cr3$",
    "mov from cr4": r"mov +%cr4,", "mov to cr4": r"mov .*,%cr4$", "mov from cr8": r"mov +%cr8,",
    "mov to cr8": r"mov .*,%cr8$", "mov from dr": r"mov +%(db|dr)\d", "mov to dr": r"mov .*,%(db|dr)\d+$",
    "mov from cs": r"mov[wl]? +%cs,", "mov from ss": r"mov[wl]? +%ss,", "mov to ss": r"mov[wl]? .*,%ss$",
    "mov to fs": r"mov[wl]? .*,%fs$", "mov to gs": r"mov[wl]? .*,%gs$", "mov to ds or es": r"mov[wl]? .*,%[de]s$",
    "push of cs": r"push[wl]? +%cs$", "push of ss": r"push[wl]? +%ss$",
    "pop to ss": r"pop[wl]? +%ss$", "pop to fs": r"pop[wl]? +%fs$",
    "pop to gs": r"pop[wl]? +%gs$", "pop to ds or es": r"pop[wl]? +%[de]s$", "far call": r"(lcall|rex\.\w+ lcall)", "far jmp": r"ljmp",
    "far ret": r"lret", "int n": r"int +\$", "sysret": r"sysret[lq]?", "in": r"in +", "out": r"out +",
    "ins": r"(rep )?ins[bwl] ", "outs": r"(rep )?outs[bwl] ", "xsaves": r"xsaves(64)?", "xrstors": r"xrstors(64)?",
    "wruss": r"wruss[dq]", "lmsw": r"lmsw", "smsw": r"smsw[wlq]?",
}
LINE = re.compile(r"^\s*([0-9a-f]+):\t(?:([0-9a-f ]+)\t)?(.*)$")
PREFIX = re.compile(r"^(?:(?:data16|addr32|cs|ds|es|fs|gs|ss|notrack|lock|bnd|rex(?:\.\w+)?) +)+")


def lines(image, *options):
    """(address, length, text) of each instruction; bytes of a long one stand on several lines."""
    with subprocess.Popen(["objdump", "-d", "-w", *options, image], stdout=subprocess.PIPE, text=True) as proc:
        for line in proc.stdout:
            match = LINE.match(line)
            if match and match[3]:
                yield int(match[1], 16), len((match[2] or "").split()), match[3].split("#")[0].strip()
    assert proc.returncode in (0, -13), proc.returncode         # who has seen enough closes the pipe


def agrees(name, text):
    """Is what objdump prints the instruction that pvaudit means?"""
    text = PREFIX.sub("", re.sub(r"\s+", " ", text.split("<")[0])).strip()
    return bool(re.match(NAMES.get(name, rf"{name}[wlqd]?\b"), text))
