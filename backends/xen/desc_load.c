// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * Descriptor tables under Xen PV. Pages of a loaded GDT or LDT belong to Xen's checks: read-only
 * to us. There is no IDT but a table of traps.
 */
#include "xen.h"

#define GATE_PRESENT	0x8000
#define GATE_TRAP_BIT	0x0100		/* type 15: interrupts stay on */
#define TRAPS_AT_ONCE	16
#define MAX_GDT		(14 * 512)	/* the last two pages are Xen's own */

PVOPS_THUNK_cpu_load_gdt(xen_load_gdt_op, xen_load_gdt);
PVOPS_THUNK_cpu_load_idt(xen_load_idt_op, xen_load_idt);

/* Pages of a table that Xen holds, or gives back. */
static void protect(const void *table, unsigned long bytes, bool writable)
{
	unsigned long first = (unsigned long)table & PVOPS_PAGE_MASK;

	for (unsigned long va = first; va < (unsigned long)table + bytes; va += PVOPS_PAGE_SIZE)
		xen_set_page_writable(xen_virt_to_pfn((void *)va), writable);
}

void xen_load_gdt(const struct pvops_desc_ptr *ptr)
{
	unsigned long frames[16], va = ptr->base & PVOPS_PAGE_MASK;
	unsigned int entries = (ptr->limit + 1U) / 8, n = 0;
	unsigned long masked = xen_mask_save(), old = xen_cpu()->gdt;
	long err;

	if (ptr->base % PVOPS_PAGE_SIZE || !entries || entries > MAX_GDT)
		pvops_panic("xen-pv: load_gdt: a GDT begins at a page and has 1 to %u entries",
			    MAX_GDT);
	protect((void *)ptr->base, ptr->limit + 1U, false);
	xen_batch_run();
	for (; va < ptr->base + ptr->limit; va += PVOPS_PAGE_SIZE)
		frames[n++] = xen_pfn_to_mfn(xen_virt_to_pfn((void *)va));
	err = xen_call2(__HYPERVISOR_set_gdt, frames, entries);
	if (err)
		pvops_panic("xen-pv: load_gdt: Xen refuses the table: error %ld", err);
	xen_cpu()->gdt = ptr->base;
	xen_cpu()->tls_gdt = NULL;
	/* The old one's page is ours again, unless another CPU has it loaded. */
	if (old && old != ptr->base && !xen_gdt_loaded((u64 *)old)) {
		protect((void *)old, sizeof(u64), true);
		xen_batch_run();
	}
	xen_mask_restore(masked);
}

/* Does a CPU other than this one use the LDT? Then its pages stay Xen's. */
static bool ldt_shared(const void *ldt)
{
	for (unsigned int cpu = 0; cpu < PVOPS_MAX_CPUS; cpu++) {
		struct pvops_percpu *percpu = pvops_get_host()->percpu(cpu);

		if (percpu && cpu != pvops_cpu() && ((struct xen_cpu *)percpu->priv)->ldt == ldt)
			return true;
	}
	return false;
}

int xen_set_ldt(u64 *gdt, const void *ldt, unsigned int entries)
{
	struct mmuext_op op = { .cmd = MMUEXT_SET_LDT };
	struct xen_cpu *xcpu = xen_cpu();
	unsigned long masked;
	int err;

	if (entries > 8192 || (entries && (unsigned long)ldt % PVOPS_PAGE_SIZE))
		return -PVOPS_EINVAL;
	masked = xen_mask_save();
	if (entries)
		protect(ldt, entries * 8UL, false);
	else
		ldt = NULL;
	op.arg1.linear_addr = (unsigned long)ldt;
	op.arg2.nr_ents = entries;
	xen_batch_ext(&op);
	err = xen_batch_run();
	if (err) {
		if (entries && ldt != xcpu->ldt && !ldt_shared(ldt))
			protect(ldt, entries * 8UL, true);
	} else {
		/* The old one's pages are ours again. */
		if (xcpu->ldt && xcpu->ldt != ldt && !ldt_shared(xcpu->ldt))
			protect(xcpu->ldt, xcpu->ldt_entries * 8UL, true);
		xcpu->ldt = entries ? ldt : NULL;
		xcpu->ldt_entries = entries;
	}
	xen_batch_run();
	xen_mask_restore(masked);
	return err ? -PVOPS_EINVAL : 0;
}

/* A gate as Xen wants it; false if it is not present. */
static bool to_trap(struct trap_info *trap, unsigned int vector, const struct pvops_gate *gate)
{
	u64 flags = gate->low >> 32;

	if (!(flags & GATE_PRESENT))
		return false;
	trap->vector = (u8)vector;
	trap->flags = (u8)(flags >> 13 & 3);
	if (!(flags & GATE_TRAP_BIT))
		TI_SET_IF(trap, 1);		/* events masked on entry */
	trap->cs = FLAT_KERNEL_CS;
	trap->address = (gate->low & 0xffff) | (gate->low >> 48 << 16) | gate->high << 32;
	return true;
}

static void set_traps(struct trap_info *traps, unsigned int n)
{
	traps[n].address = 0;			/* end of the list */
	if (n)
		XEN_MUST("set_trap_table", xen_call1(__HYPERVISOR_set_trap_table, traps));
}

void xen_load_idt(const struct pvops_desc_ptr *ptr)
{
	const struct pvops_gate *gates = (const void *)ptr->base;
	struct trap_info traps[TRAPS_AT_ONCE + 1];
	unsigned int n = 0;

	/* None at all, first: a gate that is not present must not keep an older one. */
	XEN_MUST("set_trap_table", xen_call1(__HYPERVISOR_set_trap_table, 0));
	for (unsigned int v = 0; v < (ptr->limit + 1U) / sizeof(*gates) && v < 256; v++) {
		n += to_trap(traps + n, v, gates + v);
		if (n == TRAPS_AT_ONCE) {
			set_traps(traps, n);
			n = 0;
		}
	}
	set_traps(traps, n);
	xen_cpu()->idt = ptr->base;
}

void xen_write_idt_entry(struct pvops_gate *idt, unsigned int vector, const struct pvops_gate *gate)
{
	struct trap_info traps[2];

	idt[vector] = *gate;
	if (xen_cpu()->idt == (unsigned long)idt && vector < 256 && to_trap(traps, vector, gate))
		set_traps(traps, 1);
}

static int set_callback(u16 type, u16 flags, void (*entry)(void))
{
	struct callback_register op = {
		.type = type, .flags = flags, .address = (unsigned long)entry,
	};
	long err;

	if (!entry)
		return 0;
	err = xen_call2(__HYPERVISOR_callback_op, CALLBACKOP_register, &op);
	if (err)
		pvops_log("xen-pv: callback %u refused: error %ld", type, err);
	return err ? -PVOPS_EINVAL : 0;
}

int xen_set_entries(const struct pvops_entries *entries)
{
	int err = set_callback(CALLBACKTYPE_event, 0, entries->upcall);

	if (!err)
		err = set_callback(CALLBACKTYPE_failsafe, CALLBACKF_mask_events, entries->failsafe);
	if (!err)
		err = set_callback(CALLBACKTYPE_syscall, CALLBACKF_mask_events,
				   entries->syscall_framed);
	return err;
}
