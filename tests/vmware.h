/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* VMware by a script: the host behind the port and the two instructions. */
#ifndef TESTS_VMWARE_H
#define TESTS_VMWARE_H

#include "scripted.h"
#include "../backends/vmware/hv.h"

static struct {
	u32 ways;		/* bit of enum vmware_way: the instruction exists */
	u32 calls[3];		/* made, by way */
	u32 nr;			/* of all calls */
	u32 fail;		/* number of the one that is not answered, from 1 */
	u32 version, magic;
	u64 hz;			/* 0: GETHZ unknown */
	bool has_steal;
	u32 on_answer, off_answer;
	u64 area[CPUS];		/* where the host counts; 0: off */
	bool random;
} vm;

static void answer(enum vmware_way way, struct vmware_regs *regs)
{
	u64 gpa = (u64)regs->esi << 32 | regs->edi;

	/* An instruction that is not there is a fault, on a CPU that has no handler yet. */
	assert_true(vm.ways >> way & 1);
	assert_int_equal(regs->eax, VMWARE_MAGIC);
	assert_int_equal(regs->edx, way == VMWARE_BY_PORT ? VMWARE_PORT : 0);
	vm.calls[way]++;
	if (vm.random) {
		for (u32 i = 0; i < 6; i++)
			((u32 *)regs)[i] = rand() % 4 ? (u32)rand() * 2U + (rand() & 1) :
					   (u32[]){ 0, ~0U, VMWARE_MAGIC, 1 }[rand() % 4];
		return;
	}
	regs->eax = VMWARE_UNKNOWN;
	if (++vm.nr == vm.fail)
		return;
	switch (regs->ecx) {
	case VMWARE_CMD_GETVERSION:
		if (!vm.version)
			return;
		regs->eax = vm.version;
		regs->ebx = vm.magic;
		break;
	case VMWARE_CMD_GETHZ:
		if (!vm.hz)
			return;
		regs->eax = (u32)vm.hz;
		regs->ebx = (u32)(vm.hz >> 32);
		break;
	case VMWARE_CMD_STEALCLOCK:
		if (!vm.has_steal)
			return;
		regs->eax = gpa & VMWARE_STEAL_OFF ? vm.off_answer : vm.on_answer;
		vm.area[current_cpu] = gpa & VMWARE_STEAL_OFF ? 0 : gpa;
		break;
	default:
		fail_msg("command %u", regs->ecx);
	}
}

void vmware_in(struct vmware_regs *regs)
{
	answer(VMWARE_BY_PORT, regs);
}

void vmware_vmcall(struct vmware_regs *regs)
{
	answer(VMWARE_BY_VMCALL, regs);
}

void vmware_vmmcall(struct vmware_regs *regs)
{
	answer(VMWARE_BY_VMMCALL, regs);
}

u32 vmware_cpu(void)
{
	return current_cpu;
}

static const void *form(const struct pvops_backend *backend, unsigned int op)
{
	return backend->forms[op].kind == PVOPS_FORM_CALL ? backend->forms[op].func : NULL;
}

#endif /* TESTS_VMWARE_H */
