/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/*
 * What faults in a PV guest, faults here too: Xen emulates what it emulates for guests (CR4, known
 * MSRs, CPUID behind its prefix, compare-and-exchange in a table of level 1); the rest is the
 * guest's own fault, with its fix-up or without: then the test ends.
 */
#ifndef TESTS_XEN_PV_TRAPS_H
#define TESTS_XEN_PV_TRAPS_H

#include <signal.h>
#include <ucontext.h>
#include "xen_pv_mmu.h"

#define CR4_SHOWN	0x660UL
#define MSR_EFER	0xc0000080U
#define EFER_SHOWN	0x501U
#define GUEST_FAULT	99		/* exit status */

bool pvops_fixup_exception(unsigned long *ip);

static const u8 reg_of[16] = {
	REG_RAX, REG_RCX, REG_RDX, REG_RBX, REG_RSP, REG_RBP, REG_RSI, REG_RDI,
	REG_R8, REG_R9, REG_R10, REG_R11, REG_R12, REG_R13, REG_R14, REG_R15,
};

static unsigned long assists;		/* VMASST_TYPE_, a bit each */

static bool emulate_cr4(greg_t *regs, const u8 *insn)
{
	unsigned int rex = insn[0] >> 4 == 4 ? *insn++ & 1 : 0;

	if (insn[0] != 0x0f || insn[1] != 0x20 || (insn[2] & 0xf8) != 0xe0)
		return false;
	regs[reg_of[(insn[2] & 7) | rex << 3]] = CR4_SHOWN;
	regs[REG_RIP] = (greg_t)(insn + 3);
	return true;
}

static bool emulate_cpuid(greg_t *regs, const u8 *insn)
{
	if (memcmp(insn, "\x0f\x0bxen\x0f\xa2", 7))
		return false;
	regs[REG_RAX] = regs[REG_RBX] = regs[REG_RCX] = regs[REG_RDX] = 0;
	regs[REG_RIP] += 7;
	return true;
}

static bool emulate_msr(greg_t *regs, const u8 *insn)
{
	if (insn[0] != 0x0f || insn[1] != 0x32 || (u32)regs[REG_RCX] != MSR_EFER)
		return false;
	regs[REG_RAX] = EFER_SHOWN;
	regs[REG_RDX] = 0;
	regs[REG_RIP] += 2;
	return true;
}

/* Length of modrm, sib and displacement. */
static unsigned int operand_len(const u8 *modrm)
{
	unsigned int mod = modrm[0] >> 6, rm = modrm[0] & 7;

	return 1 + (rm == 4) + (mod == 1 ? 1 : mod == 2 || (!mod && rm == 5) ? 4 : 0);
}

/* lock cmpxchg %reg, (mem), on a table of level 1 that is in use. */
static bool emulate_exchange(greg_t *regs, const u8 *insn, unsigned long at)
{
	unsigned long pfn = (at - PVOPS_VIRT_BASE) >> PVOPS_PAGE_SHIFT, mfn, old;
	unsigned int reg;

	if (!(assists >> VMASST_TYPE_writable_pagetables & 1))
		return false;
	if (at < PVOPS_VIRT_BASE || pfn >= NR_PAGES || insn[0] != 0xf0 ||
	    (insn[1] & 0xf8) != 0x48 || insn[2] != 0x0f || insn[3] != 0xb1)
		return false;
	mfn = mfn_of(pfn);
	if (!frames[mfn].refs || frames[mfn].type != L1)
		return false;
	reg = (insn[4] >> 3 & 7) | (insn[1] & 4) << 1;
	old = frame_at(mfn)[at % PVOPS_PAGE_SIZE / 8];
	if (old == (unsigned long)regs[REG_RAX]) {
		if (update_entry((u64)mfn << PVOPS_PAGE_SHIFT | at % PVOPS_PAGE_SIZE,
				 (unsigned long)regs[reg_of[reg]], false))
			return false;
		regs[REG_EFL] |= 0x40;
	} else {
		regs[REG_RAX] = (greg_t)old;
		regs[REG_EFL] &= ~0x40;
	}
	regs[REG_RIP] += 4 + operand_len(insn + 4);
	return true;
}

static void on_trap(int sig, siginfo_t *why, void *context)
{
	greg_t *regs = ((ucontext_t *)context)->uc_mcontext.gregs;
	const u8 *insn = (const u8 *)regs[REG_RIP];
	unsigned long ip = (unsigned long)insn;

	if (sig == SIGILL ? emulate_cpuid(regs, insn) :
	    emulate_cr4(regs, insn) || emulate_msr(regs, insn) ||
	    emulate_exchange(regs, insn, (unsigned long)why->si_addr))
		return;
	if (pvops_fixup_exception(&ip)) {
		regs[REG_RIP] = (greg_t)ip;
		return;
	}
	fprintf(stderr, "the guest faults: signal %d at %p, address %p\n%s\n", sig, insn,
		why->si_addr, logged);
	_exit(GUEST_FAULT);
}

static void catch_traps(void)
{
	struct sigaction how = { .sa_sigaction = on_trap, .sa_flags = SA_SIGINFO | SA_NODEFER };

	sigaction(SIGSEGV, &how, NULL);
	sigaction(SIGBUS, &how, NULL);
	sigaction(SIGILL, &how, NULL);
}

#endif /* TESTS_XEN_PV_TRAPS_H */
