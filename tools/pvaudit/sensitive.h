/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* The instructions that a kernel wants ops for: one list, and what each does on each host. */
#ifndef PVAUDIT_SENSITIVE_H
#define PVAUDIT_SENSITIVE_H

#include "insn.h"

/** enum host - where a kernel may find itself. The first two are one to the user: by width. */
enum host {
	HOST_PV64,		/* in ring 3, on x86-64: Xen PV */
	HOST_PV32,		/* in ring 1, on i386: VMI */
	HOST_UMIP,		/* the same, on a CPU with UMIP */
	HOST_SVM,
	HOST_VTX,
	HOST_SNP,		/* confidential, SEV-SNP */
	HOST_TDX,		/* confidential, TDX */
	NR_HOSTS,
};

/** enum effect - what the instruction does there. */
enum effect {
	EFFECT_SAME = '.',	/* as on bare hardware */
	EFFECT_TRAP = 't',	/* the host sees it and does it: right, and slow */
	EFFECT_WRONG = 'w',	/* runs, with another result, and nobody is told */
	EFFECT_GP = 'g',	/* #GP, which nobody answers */
	EFFECT_UD = 'u',	/* #UD */
	EFFECT_VC = 'v',	/* #VC or #VE: the kernel must ask for it itself */
};

/**
 * struct sensitive - a row of the list.
 * @name: as it is written
 * @mnemonic: Zydis's
 * @first: a register among the operands is between this one ...
 * @last: ... and this one; NONE: whatever they are
 * @write: that register is written, else read
 * @far: a transfer of control to another segment
 * @prefix: what makes another instruction of it, or 0
 * @classes: Popek and Goldberg's: C control sensitive, M mode, L location sensitive
 * @effects: one an enum host
 * @failure: what goes wrong
 * @op: of ops.tbl, to be used instead; "" if there is none
 */
struct sensitive {
	const char *name;
	ZydisMnemonic mnemonic;
	ZydisRegister first, last;
	bool write, far;
	u8 prefix;
	const char *classes;
	char effects[NR_HOSTS + 1];
	const char *failure;
	const char *op;
};

/** sensitive_of() - the row an instruction falls under, or NULL. Its operands may be decoded. */
const struct sensitive *sensitive_of(struct insn *insn);

/** sensitive_rows() - the list, for who prints it. */
const struct sensitive *sensitive_rows(u32 *count);

/** sensitive_host() - "pv64" and so on. */
const char *sensitive_host(enum host host);

/** sensitive_effect() - in words. */
const char *sensitive_effect(char effect);

/**
 * sensitive_hosts() - a set of hosts, one bit an enum host, from words with commas: pv, svm, vtx,
 * hvm (both), umip, confidential, all. 0 for what is none.
 */
u32 sensitive_hosts(const char *words);

#endif /* PVAUDIT_SENSITIVE_H */
