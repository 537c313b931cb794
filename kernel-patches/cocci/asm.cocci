// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/// Sensitive instructions in asm statements: each does something else, or nothing, on some
/// hypervisor, and the patcher never sees it. The op of pvops that does the same is named.
///
// Confidence: High
// Options: --no-includes --include-headers
// usage: spatch --sp-file asm.cocci -D report DIR

virtual report

@initialize:python@
@@
import re

# The first that matches the instruction with its operands, as AT&T writes them.
OPS = [(re.compile(pattern), op) for pattern, op in (
    (r"cli$", "irq.disable"),
    (r"sti;hlt$", "irq.enable_halt"),
    (r"sti$", "irq.enable"),
    (r"hlt$", "irq.halt"),
    (r"pushf[lqw]?$", "irq.save"),
    (r"popf[lqw]?$", "irq.restore"),
    (r"mov[lq]? %%?cr0\b.*", "cpu.read_cr0"),
    (r"mov[lq]? .*%%?cr0$", "cpu.write_cr0"),
    (r"mov[lq]? %%?cr2\b.*", "cpu.read_cr2"),
    (r"mov[lq]? .*%%?cr2$", "cpu.write_cr2"),
    (r"mov[lq]? %%?cr3\b.*", "cpu.read_cr3"),
    (r"mov[lq]? .*%%?cr3$", "mmu.activate or cpu.write_cr3"),
    (r"mov[lq]? %%?cr4\b.*", "cpu.read_cr4"),
    (r"mov[lq]? .*%%?cr4$", "cpu.write_cr4"),
    (r"mov[lq]? %%?cr8\b.*", "cpu.read_cr8"),
    (r"mov[lq]? .*%%?cr8$", "cpu.write_cr8"),
    (r"mov[lq]? %%?d[br]\d\b.*", "cpu.get_dr"),
    (r"mov[lq]? .*%%?d[br]\d$", "cpu.set_dr"),
    (r"clts$", "cpu.clts"),
    (r"lmsw\b.*", "cpu.write_cr0"),
    (r"smsw\b.*", "cpu.read_cr0"),
    (r"rdmsr$", "cpu.read_msr or cpu.read_msr_safe"),
    (r"wrmsr(ns)?$", "cpu.write_msr or cpu.write_msr_safe"),
    (r"rdpmc$", "cpu.rdpmc"),
    (r"cpuid$", "cpu.cpuid"),
    (r"rdtscp?$", "time.clock"),
    (r"lgdt[lqw]?\b.*", "cpu.load_gdt"),
    (r"lidt[lqw]?\b.*", "cpu.load_idt"),
    (r"lldt[lqw]?\b.*", "cpu.set_ldt"),
    (r"ltr[lqw]?\b.*", "cpu.load_tr"),
    (r"str[lqw]?\b.*", "cpu.store_tr"),
    (r"wrfsbase\b.*", "cpu.write_fs_base"),
    (r"wrgsbase\b.*", "cpu.write_gs_base or cpu.write_user_gs_base"),
    (r"swapgs$", "cpu.swapgs"),
    (r"iret[lqwd]?$", "cpu.iret"),
    (r"sysret[lq]?$", "cpu.sysret"),
    (r"wbinvd$", "cpu.wbinvd"),
    (r"invd$", "cpu.wbinvd"),
    (r"invlpg\b.*", "mmu.flush_one"),
    (r"invpcid\b.*", "mmu.flush_local or mmu.flush_one"),
    (r"inb\b.*", "cpu.in8"),
    (r"inw\b.*", "cpu.in16"),
    (r"inl\b.*", "cpu.in32"),
    (r"outb\b.*", "cpu.out8"),
    (r"outw\b.*", "cpu.out16"),
    (r"outl\b.*", "cpu.out32"),
    # Not in the list of ops: what they tell belongs to the host.
    (r"s[gil]dt[lqw]?\b.*", "none: what it stores belongs to the host"),
)]
# A string, a colon outside of one, or what else there is; \x22 is the quote.
STRING_OR_COLON = r"\x22((?:[^\x22\\]|\\.)*)\x22|(:)|([^\x22:\s]+)"
PREFIX = re.compile(r"^(?:\d+:|[\w.]+:|lock|rep[nz]?|data16|notrack|cs|ds)\s*")

def template(text):
    """The instructions of an asm statement; what stands behind the first colon are operands."""
    if not re.match(r"(?:__)?asm(?:__)?\b", text):
        return []
    strings, rest = [], text[text.index("(") + 1:]
    for match in re.finditer(STRING_OR_COLON, rest):
        if match[2]:
            break
        if match[1] is not None:
            strings.append(match[1])
    code = "".join(strings).replace("\\n", ";").replace("\\t", " ")
    return [re.sub(r"\s+", " ", part).strip() for part in code.split(";") if part.strip()]

def look(text):
    """(instruction, op) of each sensitive instruction."""
    parts = template(text)
    for i, part in enumerate(parts):
        while PREFIX.match(part):
            part = PREFIX.sub("", part, count=1)
        parts[i] = part
    i = 0
    while i < len(parts):
        both = ";".join(parts[i:i + 2])
        for pattern, op in OPS:
            if pattern.match(both):
                yield both, op
                i += 1
                break
            if pattern.match(parts[i]):
                yield parts[i], op
                break
        i += 1

@statement_of_asm@
statement S;
position p;
@@
S@p

@script:python depends on report@
p << statement_of_asm.p;
text << statement_of_asm.S;
@@
for instruction, op in look(text):
    coccilib.report.print_report(p[0], "raw instruction '" + instruction + "': op " + op)
