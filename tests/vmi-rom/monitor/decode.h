/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/*
 * Instructions that fault outside ring 0, or do what the ring is asked for, taken apart. Knows
 * bytes and no machine, so that it runs in a test on any host as well.
 */
#ifndef VMI_MONITOR_DECODE_H
#define VMI_MONITOR_DECODE_H

#include <pvops/types.h>

#define M_INSN_MAX	15		/* longer ones fault for that, whatever they are */

enum m_insn_kind {
	M_CLI, M_STI, M_HLT, M_CLTS, M_INVD, M_WBINVD, M_INVLPG,
	M_LGDT, M_LIDT, M_LLDT, M_LTR, M_LMSW,
	M_SGDT, M_SIDT, M_SLDT, M_STR, M_SMSW,
	M_MOV_FROM_CR, M_MOV_TO_CR, M_MOV_FROM_DR, M_MOV_TO_DR,
	M_MOV_SS, M_POP_SS, M_LSS,
	M_IRET, M_LRET, M_SYSEXIT,
	M_RDMSR, M_WRMSR, M_RDPMC, M_RDTSC,
	M_IN, M_OUT, M_INS, M_OUTS,
	M_NR_KINDS
};

/* Registers and segments by the hardware's numbers. */
enum { M_EAX, M_ECX, M_EDX, M_EBX, M_ESP, M_EBP, M_ESI, M_EDI, M_NO_REG };
enum { M_ES, M_CS, M_SS, M_DS, M_FS, M_GS };

/**
 * struct m_insn - an instruction
 *
 * @len: bytes
 * @size: of the operand, in bytes: 4 or 2, for ports 1 as well
 * @rep: F2 or F3 came before it
 * @has_rm: it has an operand @rm, or @mem; @reg is the other: a control or debug register
 * @mem: in memory at @segment : @base + @index * 2^@scale + @disp, by 16 bits if @addr16
 * @imm: a port, or what RET drops
 * @by_imm: the port is @imm, not DX
 */
struct m_insn {
	u8 kind;
	u8 len;
	u8 size;
	u8 reg;
	u8 rm;
	u8 segment;
	u8 base;
	u8 index;
	u8 scale;
	u16 imm;
	u32 disp;
	bool rep;
	bool has_rm;
	bool mem;
	bool addr16;
	bool by_imm;
};

/* In a code segment of 32 bits. False: none of the above, or not all of it in @nr bytes. */
bool m_decode(const u8 *bytes, u32 nr, struct m_insn *insn);

/* The same of what the kernel has there: emulate.c. */
bool m_decode_at(u32 eip, struct m_insn *insn);

/* As it is reported: "cli", "mov %cr3". */
const char *m_name(const struct m_insn *insn);

/* Offset of the operand in memory; @gpr by the hardware's numbers. */
u32 m_offset(const struct m_insn *insn, const u32 gpr[8]);

#endif /* VMI_MONITOR_DECODE_H */
