/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/*
 * A kernel's day on Xen PV: every kind of op once, through the table. What may be refused goes
 * on; an op that answers with an error is noted.
 */
#ifndef TESTS_XEN_PV_SCENARIO_H
#define TESTS_XEN_PV_SCENARIO_H

#include "xen_pv.h"

#define RW	(PVOPS_PTE_PRESENT | PVOPS_PTE_WRITE | PVOPS_PTE_USER)
#define CODE	0x00af9b000000ffffULL
#define DATA	0x00cf93000000ffffULL

static unsigned int answered;		/* ops that said no */
static u32 seen_irqs;

static int noted(int err)
{
	answered += err < 0;
	return err;
}

static pvops_pfn_t pfn_at(const void *va)
{
	return pvops_gpa_to_pfn(virt_to_gpa(va));
}

static pvops_pte_t pte_of(const void *va)
{
	return pvops_mmu_make_pte(pvops_pteval(pfn_at(va), RW));
}

static void entry(void)
{
}

static void use_descriptors(void)
{
	struct pvops_entries entries = { .upcall = entry, .failsafe = entry,
					 .syscall_framed = entry };
	u64 *gdt = take_pages(0), *ldt = take_pages(0);
	struct pvops_gate *idt = take_pages(0);
	const struct pvops_gate gate = { 0x8e00000000100000ULL | 0x1234, 0 };
	const u64 tls[3] = { DATA, DATA, 0 };
	struct pvops_tss *tss = take_pages(2);

	gdt[1] = CODE;
	gdt[2] = DATA;
	for (int i = 0; i < 40; i++)
		idt[i] = gate;
	pvops_cpu_load_gdt(&(struct pvops_desc_ptr){ 0x7f, (unsigned long)gdt });
	pvops_cpu_load_idt(&(struct pvops_desc_ptr){ 0xfff, (unsigned long)idt });
	pvops_cpu_write_gdt_entry(gdt, 3, CODE);
	pvops_cpu_write_idt_entry(idt, 50, &gate);
	noted(pvops_cpu_set_ldt(gdt, ldt, 8));
	pvops_cpu_write_ldt_entry(ldt, 1, DATA);
	noted(pvops_cpu_set_ldt(gdt, NULL, 0));
	pvops_cpu_load_tls(gdt, tls);
	pvops_cpu_set_kernel_stack(tss, (unsigned long)tss);
	noted(pvops_cpu_set_io_bitmap(tss, (const u8 *)idt, 1024));
	noted(pvops_cpu_set_iopl(3));
	noted(pvops_cpu_set_entries(&entries));
}

static void use_cpu(void)
{
	u64 val;

	pvops_cpu_write_cr0(pvops_cpu_read_cr0() | 8);
	pvops_cpu_clts();
	pvops_cpu_write_cr4(pvops_cpu_read_cr4());
	noted(pvops_cpu_set_dr(0, 0x1000));
	pvops_cpu_get_dr(0);
	pvops_cpu_write_fs_base(0x1000);
	pvops_cpu_write_user_gs_base(0x2000);
	noted(pvops_cpu_load_gs_index(0));
	pvops_cpu_read_msr_safe(0xc0000080, &val);
	pvops_cpu_wbinvd();
}

/* Links a new table into a live tree, and takes it out again. */
static void link_table(pvops_pte_t *level2)
{
	pvops_pte_t *table = take_pages(0);

	pvops_mmu_alloc_table(1, pfn_at(table));
	pvops_mmu_set_pte(table, pte_of(page_at(HEAP)));
	pvops_mmu_set_pmd(level2 + 9, pte_of(table));
	pvops_mmu_set_pte(table + 1, pvops_mmu_make_pte(pvops_pteval(pfn_at(level2), RW & ~2UL)));
	pvops_mmu_protect_pmd(level2 + 9, 0, PVOPS_PTE_USER);
	pvops_mmu_clear_pmd(level2 + 9);
	pvops_mmu_flush_local();
	pvops_mmu_release_table(1, pfn_at(table));
	free_pages(table, 0);
}

static void change_live(pvops_pte_t *level1, pvops_pte_t *level2, void *page)
{
	const struct pvops_cpumask all = { { ~0ULL } };

	pvops_mmu_set_pte(level1 + 1, pte_of(page));
	pvops_mmu_tas_pte(level1 + 1, 9);
	pvops_mmu_xchg_pte(level1 + 1, pte_of(page));
	pvops_mmu_protect_pte(level1 + 1, PVOPS_PTE_WRITE, 0);
	pvops_mmu_tas_pmd(level2, 10);
	pvops_mmu_batch_begin();
	for (int i = 0; i < 70; i++)
		pvops_mmu_set_pte(level1 + 10 + i, pte_of(page));
	pvops_mmu_flush_one(0x1000);
	pvops_mmu_clear_pte(level1 + 10);
	pvops_mmu_flush_one(0xa000);
	noted(pvops_mmu_batch_flush());
	pvops_mmu_flush_global();
	pvops_mmu_flush_others(&all, 0x1000, 0x2000);
	pvops_mmu_set_fixmap(NULL, (unsigned long)page, pte_of(page));
}

static void use_mmu(void)
{
	pvops_pte_t *t[5], *boot_root = page_at(ROOT);
	void *page = take_pages(0);

	for (unsigned int level = 1; level <= 4; level++) {
		t[level] = take_pages(0);
		pvops_mmu_alloc_table(level, pfn_at(t[level]));
	}
	if (noted(pvops_mmu_create_as(pfn_at(t[4]))))
		return;
	pvops_mmu_set_pte(t[1], pte_of(page));
	pvops_mmu_set_pmd(t[2], pte_of(t[1]));
	pvops_mmu_set_pud(t[3], pte_of(t[2]));
	pvops_mmu_set_pgd(t[4], pte_of(t[3]));
	pvops_mmu_set_pgd(t[4] + 511, boot_root[511]);
	noted(pvops_mmu_pin(pfn_at(t[4])));
	pvops_mmu_activate(virt_to_gpa(t[4]));
	change_live(t[1], t[2], page);
	link_table(t[2]);
	pvops_cpu_write_cr3(pvops_cpu_read_cr3());
	pvops_mmu_activate(virt_to_gpa(boot_root));
	pvops_mmu_unpin(pfn_at(t[4]));
	t[1][0] = (__force pvops_pte_t)0UL;	/* ours to write again */
	noted(pvops_mmu_pin(pfn_at(t[4])));
	pvops_mmu_destroy_as(pfn_at(t[4]));
	for (unsigned int level = 4; level; level--) {
		pvops_mmu_release_table(level, pfn_at(t[level]));
		free_pages(t[level], 0);
	}
	free_pages(page, 0);
}

static void seen(u32 irq, void *data)
{
	seen_irqs++;
	pvops_irq_eoi(irq);
}

static void use_irqs(void)
{
	static const struct pvops_irq_source sources[] = {
		{ PVOPS_IRQ_TIMER, 0 }, { PVOPS_IRQ_IPI, 0 }, { PVOPS_IRQ_HOST, VIRQ_DEBUG },
		{ PVOPS_IRQ_CONSOLE, 0 },
	};
	int irq[4];

	for (int i = 0; i < 4; i++)
		irq[i] = noted(pvops_irq_bind(sources + i, 0, seen, NULL));
	pvops_irq_enable();
	noted(pvops_time_set_timer(1));
	if (irq[0] > 0)
		raise_port((u32)irq[0]);
	noted(pvops_smp_send_ipi(0, 0));
	if (irq[2] > 0) {
		noted(pvops_irq_mask((u32)irq[2]));
		raise_port((u32)irq[2]);
		noted(pvops_irq_unmask((u32)irq[2]));
		noted(pvops_smp_poll((u32)irq[2], ~0ULL));
	}
	pvops_irq_enable_halt();
	noted(pvops_time_stop_timer());
	for (int i = 0; i < 4; i++)
		if (irq[i] > 0)
			noted(pvops_irq_unbind((u32)irq[i]));
	pvops_irq_disable();
}

static void on_other_cpu(void *data)
{
	*(u32 *)data += 1;
	pvops_smp_send_ipi(0, 0);
	pvops_smp_stop_cpu();
}

static void use_smp(void)
{
	static u32 word, runs;
	struct pvops_cpu_start how = { .entry = on_other_cpu, .arg = &runs };

	pvops_lock_wait(&word, 0);
	pvops_lock_kick(0);
	pvops_smp_yield();
	if (pvops_smp_nr_cpus() < 2 || noted(xen_backend.init_cpu(1)))
		return;
	how.stack = (u8 *)take_pages(3) + (8 << PVOPS_PAGE_SHIFT);
	how.gs_base = (unsigned long)(percpu + 1);
	how.root = virt_to_gpa(page_at(ROOT));
	pvops_lock_kick(1);
	for (int i = 0; i < 2; i++) {
		noted(pvops_smp_start_cpu(1, &how));
		pvops_smp_cpu_stopped(1);
	}
}

static void scenario(void)
{
	struct pvops_timespec now;

	use_descriptors();
	use_cpu();
	use_mmu();
	use_irqs();
	use_smp();
	pvops_time_wallclock(&now);
	pvops_time_steal(0);
	xen_backend.log("a line\n", 7);
	pvops_cpu_shutdown(PVOPS_SHUTDOWN_POWEROFF);
}

#endif /* TESTS_XEN_PV_SCENARIO_H */
