// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* What native.cocci has to find; tests/native.res is what it makes of this. */
typedef unsigned long ulong;

static ulong flags(void)
{
	ulong flags = native_save_fl();		/* op: irq.save */

	native_irq_disable();			/* op: irq.disable */
	if (!(flags & 0x200))
		native_irq_enable();		/* op: irq.enable */
	native_restore_fl(flags);		/* op: irq.restore */
	native_safe_halt();			/* op: irq.enable_halt */
	return native_read_cr2() + 1;		/* op: cpu.read_cr2 */
}

static void others(void *ptep, ulong pte)
{
	native_set_pte(ptep, pte);		/* op: mmu.set_pte */
	native_write_cr3(__native_read_cr3());	/* op: cpu.write_cr3, cpu.read_cr3 */
	native_write_cr4(native_read_cr4() & ~1UL);	/* op: cpu.write_cr4, cpu.read_cr4 */
	native_load_idt(ptep);			/* op: cpu.load_idt */
}

/* Of no host, or no instruction at all. */
static ulong harmless(ulong native_save_fl)
{
	native_things(native_save_fl);
	pvops_irq_disable();
	return native_save_fl + native_restore_sched_clock_state();
}
