/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* Hypercalls of a scripted PV guest, one of which may be refused; upcalls; other vCPUs. */
#ifndef TESTS_XEN_PV_CALLS_H
#define TESTS_XEN_PV_CALLS_H

#include <pthread.h>
#include <sanitizer/common_interface_defs.h>
#include "xen_pv_traps.h"
#include <xen/grant_table.h>

#define MAX_UPCALLS	1000

static int fail_error = REFUSED;
static struct { unsigned int nr; u64 cmd, arg; } failed;	/* the call that was refused */
static bool halves;			/* a list of updates is refused from its middle on */
static bool dom0;
static unsigned int current, yields, upcalls, shutdowns;
static unsigned long callback, gdt_frames[VCPUS][16], traps[256];
static u64 timer_at, host_time = 1000000, last_mfn = M2P_ENTRIES - 1;
static void (*on_arm)(unsigned int cpu);
static long (*on_suspend)(const struct sched_shutdown *op, u64 start_info);

static struct {
	bool ready, up, fresh;
	vcpu_guest_context_t context;
	void *sp;			/* where it has stopped */
	void *stack;			/* lowest address */
} vcpus[VCPUS];

static void *boss;			/* the same of who brings a vCPU up */

/* Store where we are and go on there. */
void switch_stacks(void **from, void *to);
asm(".pushsection .text\n"
    "switch_stacks:\n"
    "	push	%rbp\n"
    "	push	%rbx\n"
    "	push	%r12\n"
    "	push	%r13\n"
    "	push	%r14\n"
    "	push	%r15\n"
    "	mov	%rsp, (%rdi)\n"
    "	mov	%rsi, %rsp\n"
    "	pop	%r15\n"
    "	pop	%r14\n"
    "	pop	%r13\n"
    "	pop	%r12\n"
    "	pop	%rbx\n"
    "	pop	%rbp\n"
    "	ret\n"
    ".popsection");

#define VCPU_STACK	(7 * PVOPS_PAGE_SIZE)

/* The sanitizer is told of each change of stacks; NULL: the process's own. */
static void tell_of_stack(void *stack, size_t size)
{
	pthread_attr_t attr;

	if (!stack) {
		pthread_getattr_np(pthread_self(), &attr);
		pthread_attr_getstack(&attr, &stack, &size);
		pthread_attr_destroy(&attr);
	}
	__sanitizer_start_switch_fiber(NULL, stack, size);
}

static void change_stack(void **from, void *to, void *stack)
{
	tell_of_stack(stack, VCPU_STACK);
	switch_stacks(from, to);
	__sanitizer_finish_switch_fiber(NULL, NULL, NULL);
}

/* After a panic: by longjmp, from whatever vCPU's stack. */
static inline void back_on_own_stack(void)
{
	tell_of_stack(NULL, 0);
	__sanitizer_finish_switch_fiber(NULL, NULL, NULL);
}

static void on_vcpu(void)
{
	const struct cpu_user_regs *r = &vcpus[current].context.user_regs;

	__sanitizer_finish_switch_fiber(NULL, NULL, NULL);
	((void (*)(u64))r->rip)(r->rdi);
	abort();			/* an entry does not return */
}

static void run_vcpu(unsigned int cpu)
{
	unsigned int before = current;

	if (vcpus[cpu].fresh) {
		/* As for a call: its stack, with six registers and the first address on it. */
		u64 *top = (u64 *)vcpus[cpu].context.user_regs.rsp;

		vcpus[cpu].stack = (u8 *)top - VCPU_STACK;
		*--top = (u64)on_vcpu;
		vcpus[cpu].sp = top - 6;
		vcpus[cpu].fresh = false;
	}
	current = cpu;
	become(cpu);
	change_stack(&boss, vcpus[cpu].sp, vcpus[cpu].stack);
	current = before;
	become(before);
}

static struct vcpu_info *vcpu_info(unsigned int cpu)
{
	return vcpu_info_of[cpu];
}

static long register_info(unsigned int cpu, const struct vcpu_register_vcpu_info *r)
{
	struct vcpu_info *vcpu;

	if (!ours(r->mfn) || r->offset > PVOPS_PAGE_SIZE - sizeof(*vcpu) || vcpu_info_of[cpu])
		return REFUSED;
	vcpu = (struct vcpu_info *)((u8 *)page_at(pfn_of(r->mfn)) + r->offset);
	vcpu_info_of[cpu] = vcpu;
	/* Xen marks everything as pending when the place changes. */
	vcpu->evtchn_upcall_pending = 1;
	vcpu->evtchn_pending_sel = ~0UL;
	vcpu->time = (struct vcpu_time_info){
		.version = 2, .system_time = host_time, .tsc_to_system_mul = 1U << 31,
		.tsc_timestamp = __builtin_ia32_rdtsc(),
	};
	return 0;
}

static long initialise(unsigned int cpu, const vcpu_guest_context_t *context)
{
	unsigned long mfn = context->ctrlreg[3] >> PVOPS_PAGE_SHIFT;

	if (vcpus[cpu].ready)
		return -17;
	if (!ours(mfn) || !frames[mfn].refs || frames[mfn].type != L4 ||
	    replace(roots + cpu, mfn, L4))
		return REFUSED;
	vcpus[cpu].context = *context;
	vcpus[cpu].ready = vcpus[cpu].fresh = true;
	return 0;
}

static long vcpu_op(u64 cmd, u64 cpu, void *arg)
{
	if (cpu >= VCPUS)
		return -2;
	switch (cmd) {
	case VCPUOP_is_up:
		return vcpus[cpu].up;
	case VCPUOP_initialise:
		return initialise((u32)cpu, arg);
	case VCPUOP_up:
		if (!vcpus[cpu].ready)
			return REFUSED;
		vcpus[cpu].up = true;
		run_vcpu((u32)cpu);
		return 0;
	case VCPUOP_down:
		vcpus[cpu].up = false;
		change_stack(&vcpus[cpu].sp, boss, NULL);
		return 0;
	case VCPUOP_register_vcpu_info:
		return register_info((u32)cpu, arg);
	case VCPUOP_set_singleshot_timer:
		timer_at = ((struct vcpu_set_singleshot_timer *)arg)->timeout_abs_ns;
		if (on_arm)
			on_arm((u32)cpu);
		return 0;
	case VCPUOP_register_runstate_memory_area:
		runstate_of[cpu] = ((struct vcpu_register_runstate_memory_area *)arg)->addr.v;
		return 0;
	case VCPUOP_stop_singleshot_timer:
	case VCPUOP_stop_periodic_timer:
		return 0;
	}
	return -38;
}

static long set_gdt(const unsigned long *list, u64 entries)
{
	unsigned long pages = (entries + 511) / 512;
	long err = entries > 14 * 512 ? REFUSED : 0;

	for (unsigned long i = 0; i < 14 && !err; i++)
		err = replace(gdt_frames[current] + i, i < pages ? list[i] : 0, DESCRIPTORS);
	return err;
}

static long update_descriptor(u64 ptr, u64 desc)
{
	unsigned long mfn = ptr >> PVOPS_PAGE_SHIFT;

	if (!ours(mfn) || ptr % 8 || is_table(mfn) || (desc >> 47 & 1 && !(desc >> 44 & 1)))
		return REFUSED;
	frame_at(mfn)[ptr % PVOPS_PAGE_SIZE / 8] = desc;
	return 0;
}

static long set_traps(const struct trap_info *list)
{
	unsigned int nr = 0;

	if (!list)
		memset(traps, 0, sizeof(traps));
	for (; list && list[nr].address; nr++) {
		if (nr == 256)
			return REFUSED;
		traps[list[nr].vector] = list[nr].address;
	}
	return 0;
}

static long set_callback(const struct callback_register *op)
{
	if (op->type == CALLBACKTYPE_event)
		callback = op->address;
	return 0;
}

static long segment_base(u64 which, u64 base)
{
	/* Those of user mode and FS are this process's own. */
	if (which == SEGBASE_GS_KERNEL)
		gs_is(base);
	return 0;
}

static long machphys(struct xen_machphys_mapping *map)
{
	*map = (struct xen_machphys_mapping){
		.v_start = HYPERVISOR_VIRT_START, .max_mfn = last_mfn,
		.v_end = HYPERVISOR_VIRT_START + M2P_ENTRIES * 8,
	};
	return 0;
}

static long grant_op(u64 cmd, struct gnttab_setup_table *op)
{
	if (cmd != GNTTABOP_setup_table || op->nr_frames > GRANT_FRAMES)
		return -38;
	for (u32 i = 0; i < op->nr_frames; i++)
		op->frame_list.p[i] = grant_mfn + i;
	op->status = GNTST_okay;
	return 0;
}

static long one_call(unsigned int nr, u64 a, u64 b, u64 c);

static long multicall(multicall_entry_t *list, u64 nr)
{
	for (u64 i = 0; i < nr; i++)
		list[i].result = (xen_ulong_t)one_call((u32)list[i].op, list[i].args[0],
						       list[i].args[1], list[i].args[2]);
	return 0;
}

static long sched_op(u64 cmd)
{
	yields += cmd == SCHEDOP_yield;
	if (cmd == SCHEDOP_yield && on_yield)
		on_yield();
	shutdowns += cmd == SCHEDOP_shutdown;
	if (cmd == SCHEDOP_block)
		vcpu_info(current)->evtchn_upcall_mask = 0;
	return 0;
}

static long one_call(unsigned int nr, u64 a, u64 b, u64 c)
{
	if ((int)calls++ == fail_at) {
		failed.nr = nr;
		failed.cmd = a;
		failed.arg = b;
		if (halves && nr == __HYPERVISOR_mmu_update)
			mmu_update((void *)a, b / 2);
		return fail_error;
	}
	switch (nr) {
	case __HYPERVISOR_set_trap_table:
		return set_traps((void *)a);
	case __HYPERVISOR_mmu_update:
		return mmu_update((void *)a, b);
	case __HYPERVISOR_set_gdt:
		return set_gdt((void *)a, b);
	case __HYPERVISOR_update_descriptor:
		return update_descriptor(a, b);
	case __HYPERVISOR_memory_op:
		return a == XENMEM_machphys_mapping ? machphys((void *)b) : -38;
	case __HYPERVISOR_multicall:
		return multicall((void *)a, b);
	case __HYPERVISOR_update_va_mapping:
		return update_va_mapping(a, b);
	case __HYPERVISOR_console_io:
		if (!dom0)
			return -1;
		append(xen_heard, sizeof(xen_heard), (const char *)c, b);
		return 0;
	case __HYPERVISOR_vcpu_op:
		return vcpu_op(a, b, (void *)c);
	case __HYPERVISOR_set_segment_base:
		return segment_base(a, b);
	case __HYPERVISOR_mmuext_op:
		return mmuext_op((void *)a, b, current);
	case __HYPERVISOR_sched_op:
		return a == SCHEDOP_shutdown && on_suspend ? on_suspend((void *)b, c) : sched_op(a);
	case __HYPERVISOR_grant_table_op:
		return grant_op(a, (void *)b);
	case __HYPERVISOR_vm_assist:
		assists |= (a == VMASST_CMD_enable) << b;
		return 0;
	case __HYPERVISOR_callback_op:
		return set_callback((void *)b);
	case __HYPERVISOR_event_channel_op:
		return event_op(a, (void *)b);
	case __HYPERVISOR_stack_switch:
	case __HYPERVISOR_fpu_taskswitch:
	case __HYPERVISOR_set_debugreg:
	case __HYPERVISOR_get_debugreg:
	case __HYPERVISOR_xen_version:
	case __HYPERVISOR_physdev_op:
		return 0;
	}
	return -38;
}

/* On its way back Xen looks for events. */
static void deliver(void)
{
	struct vcpu_info *vcpu = vcpu_info(current);

	while (callback && vcpu && vcpu->evtchn_upcall_pending && !vcpu->evtchn_upcall_mask) {
		if (upcalls++ == MAX_UPCALLS)
			abort();	/* a storm */
		vcpu->evtchn_upcall_mask = 1;
		xen_irq_handle(0);
		vcpu->evtchn_upcall_mask = 0;
	}
}

long xen_raw_call(unsigned int nr, u64 a, u64 b, u64 c, u64 d)
{
	long ret = one_call(nr, a, b, c);

	deliver();
	return ret;
}

/* What irq_asm.S and leave.S have in place of SYSCALL: all registers but rax stay. */
long xen_asm_call(unsigned int nr, u64 a, u64 b, u64 c)
{
	return xen_raw_call(nr, a, b, c, 0);
}

asm(".pushsection .text\n"
    ".globl xen_hosted_call\n"
    "xen_hosted_call:\n"
    "	push	%rbp\n"
    "	mov	%rsp, %rbp\n"
    "	sub	$512, %rsp\n"
    "	and	$-16, %rsp\n"
    "	fxsave	(%rsp)\n"
    "	mov	%rdx, %rcx\n"
    "	mov	%rsi, %rdx\n"
    "	mov	%rdi, %rsi\n"
    "	mov	%eax, %edi\n"
    "	call	xen_asm_call\n"
    "	fxrstor	(%rsp)\n"
    "	leave\n"
    "	ret\n"
    ".popsection");

#endif /* TESTS_XEN_PV_CALLS_H */
