/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/*
 * The site of an op: what stands in the text before patching, and its 8-byte record.
 *
 * An op's site is an indirect call through the table (FF 15 in both modes: x86-64 takes the slot
 * relative to rip, i386 by its address), made as long as the op's room by prefixes in front; a
 * gate's is a 5-byte jump to the op's cold call. A gate that leads to the one instruction that the
 * op is on bare hardware becomes prefixes of it, so that nothing is executed in its place. One
 * instruction that ends where the site ends: a CPU that is inside of the op's function while the
 * site changes comes back behind it, whatever it has become. Both are used by the generated ops.h
 * and by nobody else; assembly has the macro PVOPS_SITE_ASM of asm.h.
 */
#ifndef PVOPS_SITE_H
#define PVOPS_SITE_H

#define PVOPS_SITE_CALL		0	/* prefixes up to the room, `call *slot` */
#define PVOPS_SITE_GATE		1	/* `jmp cold` */
#define PVOPS_SITE_ENTRY	2	/* as CALL, on the way in or out: never patched live */
#define PVOPS_SITE_LEAD		3	/* as GATE, right before the instruction that it leads to */

#define PVOPS_SITE_CALL_LEN	6
#define PVOPS_SITE_GATE_LEN	5
#define PVOPS_SITE_MAX_LEN	15

/* What tells a checker of the kernel's text that an indirect call is meant. */
#ifdef __KERNEL__
#include <pvops/kernel.h>
#else
#define PVOPS_SITE_NOTE
#endif

#ifndef __ASSEMBLY__
#include <pvops/types.h>

/* How an operand says that its symbol is to be reached: in asm statements, and in templates. */
#ifdef __x86_64__
#define PVOPS_RIP	"(%%rip)"
#define PVOPS_RIP_TEMPLATE "(%rip)"
#else
#define PVOPS_RIP	""
#define PVOPS_RIP_TEMPLATE ""
#endif

/**
 * struct pvops_site - record of one site, in section .pvops_sites.
 * @offset: from this field to the site, so that a moved image needs no relocation
 * @op: number of the op
 * @len: bytes that belong to the site
 * @kind: PVOPS_SITE_CALL, _GATE, _ENTRY or _LEAD
 */
struct pvops_site {
	s32 offset;
	u16 op;
	u8 len;
	u8 kind;
};

static inline u8 *pvops_site_addr(const struct pvops_site *site)
{
	/* As numbers: a record may say anything, and is checked before it is believed. */
	return (u8 *)((unsigned long)&site->offset + (unsigned long)(long)site->offset);
}

/*
 * With CONFIG_PVOPS_DEBUG each run of a site is counted, by an instruction beside it: neither the
 * site nor what becomes of it is another one. It keeps all registers but flags, which any asm
 * statement may change, and needs neither GS nor DS, which may be user mode's where a site stands.
 */
#ifndef CONFIG_PVOPS_DEBUG
#define PVOPS_COUNT(op)		""
#elif defined(__x86_64__)
#define PVOPS_COUNT(op)		"lock incq pvops_calls+8*" #op "(%%rip)\n"
#else
#define PVOPS_COUNT(op)								\
	"lock addl $1, %%ss:pvops_calls+8*" #op "; lock adcl $0, %%ss:pvops_calls+8*" #op "+4\n"
#endif

/* The record of the site between labels 771 and 772. */
#define PVOPS_SITE_RECORD(op, kind)				\
	".pushsection .pvops_sites, \"a\"\n"			\
	"	.long 771b - .\n"				\
	"	.short " #op "\n"				\
	"	.byte 772b - 771b, " #kind "\n"		\
	".popsection\n"

/* The site of op number @op whose slot is @slot bytes into the table; @pad: up to the room. */
#define PVOPS_SITE(op, slot, pad)				\
	PVOPS_COUNT(op)						\
	PVOPS_SITE_NOTE						\
	"771:	" pad "\n"					\
	"	call *pvops_table+" #slot PVOPS_RIP "\n"	\
	"772:\n"						\
	PVOPS_SITE_RECORD(op, 0)

#define PVOPS_GATE_OF(op, kind)					\
	"771:	.byte 0xe9\n"					\
	"	.long %l[cold] - 772f\n"			\
	"772:\n"						\
	PVOPS_SITE_RECORD(op, kind)

/* The gate of op number @op; the asm goto has the label `cold`. What is there counts for itself. */
#define PVOPS_GATE(op)		PVOPS_GATE_OF(op, 1) PVOPS_COUNT(op)

/*
 * One that leads to the instruction behind it in the same asm statement, which has at most 10
 * bytes, reaches memory by DS or not at all, and is neither a jump nor a call: what the op is on
 * bare hardware, with whatever operands the compiler likes. Where `cold` is comes the op itself;
 * behind the instruction belongs PVOPS_COUNT(op).
 */
#define PVOPS_LEAD(op)		PVOPS_GATE_OF(op, 3)

/*
 * An instruction with a leading gate whose other way is out of the compiler's sight, behind the
 * function: @otherwise, then on behind the instruction. One straight line to the compiler.
 */
#define PVOPS_LEAD_ASIDE(op, insn, otherwise)			\
	"771:	.byte 0xe9\n"					\
	"	.long 773f - 772f\n"				\
	"772:\n"						\
	PVOPS_SITE_RECORD(op, 3)				\
	"	" insn "\n"					\
	PVOPS_COUNT(op)						\
	"774:\n"						\
	".subsection 1\n"					\
	"773:\n"						\
	otherwise						\
	"	jmp 774b\n"					\
	".previous\n"

/*
 * CS prefixes. A call needs none and they change nothing: i386 reads the slot by CS then, which is
 * as flat as DS there. Sites of the entry have one on i386, for DS is user mode's on the way out.
 */
#define PVOPS_PAD0	""
#define PVOPS_PAD1	".byte 0x2e"
#define PVOPS_PAD2	".byte 0x2e, 0x2e"
#define PVOPS_PAD3	".byte 0x2e, 0x2e, 0x2e"
#endif /* __ASSEMBLY__ */

#endif /* PVOPS_SITE_H */
