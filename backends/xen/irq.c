// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * The event mask of this vCPU, inlined into sites, and waiting.
 */
#include "xen.h"

/*
 * Mask byte 1: masked. Its decrement in ah has bit 1 set just if it was 0, which is bit 9 of
 * rax, where the flags register has its interrupt flag.
 */
PVOPS_TEMPLATE_RELOC(xen_irq_save, 3, "movb %gs:pvops_percpu+1(%rip), %ah; dec %ah");
PVOPS_TEMPLATE_RELOC(xen_irq_disable, 3, "movb $1, %gs:pvops_percpu+1(%rip)");
#ifndef PVOPS_LINUX
PVOPS_TEMPLATE_RELOC(xen_iret, 1, ".byte 0xe9; .long xen_iret_stub - . - 4");
PVOPS_TEMPLATE_RELOC(xen_sysret, 1, ".byte 0xe9; .long xen_sysret_stub - . - 4");
PVOPS_TEMPLATE(xen_entry_frame, "pop %rcx; pop %r11");
#endif

PVOPS_THUNK_irq_halt(xen_halt_op, xen_halt);
PVOPS_THUNK_irq_enable_halt(xen_enable_halt_op, xen_enable_halt);

void XEN_NOINSTR xen_enable_halt(void)
{
	/* Unmasks and blocks as one step; returns at once if something is pending. */
	XEN_MUST("SCHEDOP_block", xen_call2(__HYPERVISOR_sched_op, SCHEDOP_block, 0));
}

void xen_halt(void)
{
	struct sched_poll op = { .nr_ports = 0 };

	if (!xen_this_vcpu()->evtchn_upcall_mask) {
		xen_enable_halt();
		return;
	}
	/*
	 * Blocking would unmask events, and VCPUOP_down deafen us to NMIs and, on the last CPU,
	 * power the domain off. Waiting for no port ends with any event: wait again.
	 */
	for (;;)
		XEN_MUST("SCHEDOP_poll", xen_call2(__HYPERVISOR_sched_op, SCHEDOP_poll, &op));
}
