// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * Descriptors under Xen PV. Pages of a loaded GDT or LDT belong to Xen's checks: read-only to us,
 * written by hypercall. There is no TSS.
 */
#include "xen.h"

#define DESC_SYSTEM	(1ULL << 44)	/* clear: not code or data */
#define DESC_PRESENT	(1ULL << 47)

PVOPS_THUNK_cpu_write_gdt_entry(xen_write_gdt_op, xen_write_gdt_entry);
PVOPS_THUNK_cpu_write_ldt_entry(xen_write_ldt_op, xen_write_ldt_entry);
PVOPS_THUNK_cpu_set_kernel_stack(xen_set_kernel_stack_op, xen_set_kernel_stack);

/* Is the table loaded on some CPU? Then its page is Xen's. */
bool xen_gdt_loaded(const u64 *gdt)
{
	for (unsigned int cpu = 0; cpu < PVOPS_MAX_CPUS; cpu++) {
		struct pvops_percpu *percpu = pvops_get_host()->percpu(cpu);

		if (percpu && ((struct xen_cpu *)percpu->priv)->gdt == (unsigned long)gdt)
			return true;
	}
	return false;
}

static void write_desc(u64 *table, unsigned long index, u64 desc)
{
	unsigned long masked = xen_mask_save();

	xen_batch_call(__HYPERVISOR_update_descriptor, xen_virt_to_machine(table + index), desc, 0);
	xen_batch_kick();
	xen_mask_restore(masked);
}

/* The table's entries of thread-local storage are about to be what cpu.load_tls does not know. */
static void forget_tls(const u64 *gdt, unsigned long index)
{
	if (index - pvops_get_host()->tls_selector / 8 >= 3)
		return;
	for (unsigned int cpu = 0; cpu < PVOPS_MAX_CPUS; cpu++)
		if (pvops_get_host()->percpu(cpu) && xen_cpu_of(cpu)->tls_gdt == gdt)
			xen_cpu_of(cpu)->tls_gdt = NULL;
}

void xen_write_gdt_entry(u64 *gdt, unsigned long index, u64 desc)
{
	forget_tls(gdt, index);
	/*
	 * TSS and LDT descriptors mean nothing here, and Xen would refuse them. All others go by
	 * hypercall: a table that was loaded once stays read-only.
	 */
	if (!(desc & DESC_PRESENT) || desc & DESC_SYSTEM)
		write_desc(gdt, index, desc);
	else if (!xen_gdt_loaded(gdt))
		gdt[index] = desc;
}

void xen_write_ldt_entry(u64 *ldt, unsigned long index, u64 desc)
{
	/* Another CPU may use it; and for a page that nobody uses Xen does the same as a store. */
	write_desc(ldt, index, desc);
}

void xen_load_tls(u64 *gdt, const u64 *tls)
{
	unsigned int first = pvops_get_host()->tls_selector / 8;
	struct xen_cpu *xcpu = xen_cpu();
	bool known = xcpu->tls_gdt == gdt;
	unsigned long masked;

	/* Between tasks that have none, or the same, nothing changes. */
	if (known && tls[0] == xcpu->tls[0] && tls[1] == xcpu->tls[1] && tls[2] == xcpu->tls[2])
		return;
	masked = xen_mask_save();
	for (unsigned int i = 0; i < 3; i++) {
		if (known && tls[i] == xcpu->tls[i])
			continue;
		xcpu->tls[i] = tls[i];
		xen_batch_call(__HYPERVISOR_update_descriptor, xen_virt_to_machine(gdt + first + i),
			       tls[i], 0);
	}
	xcpu->tls_gdt = gdt;
	xen_batch_kick();
	xen_mask_restore(masked);
}

void xen_set_kernel_stack(struct pvops_tss *tss, unsigned long sp)
{
	unsigned long masked = xen_mask_save();

	tss->sp[0] = sp;
	xen_batch_call(__HYPERVISOR_stack_switch, FLAT_KERNEL_SS, sp, 0);
	xen_batch_kick();
	xen_mask_restore(masked);
}
