// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * Bare hardware's table once more, by hand: which form each op has, and the bytes of what is put
 * into sites. The functions behind it are not there: each has an address of its own, no more.
 */
#include "world.h"
#include "backend.c"

u8 pvops_kunit_nowhere[4096];

#define ROW(op, how, fn, bytes, several)						\
	[PVOPS_OP_##op] = { (const void *)(fn), how, sizeof(bytes) - 1, several, bytes }
#define C(op, fn)		ROW(op, PVOPS_FORM_CALL, fn, "", 0)
#define N(op, fn)		ROW(op, PVOPS_FORM_NOP, fn, "", 0)
#define I(op, fn, bytes)	ROW(op, PVOPS_FORM_INLINE, fn, bytes, 0)
#define M(op, fn, bytes)	ROW(op, PVOPS_FORM_INLINE, fn, bytes, PVOPS_FORM_MULTI)

/* Intel SDM vol. 2, in the registers that ops.tbl names. */
static const struct {
	const void *fn;
	u8 kind, len, several;
	char bytes[PVOPS_SITE_MAX_LEN];
} expected[PVOPS_NR_OPS] = {
	I(cpu_read_cr0, native_read_cr0, "\x0f\x20\xc0"),
	I(cpu_write_cr0, native_write_cr0, "\x0f\x22\xc7"),
	I(cpu_read_cr2, native_read_cr2, "\x0f\x20\xd0"),
	I(cpu_write_cr2, native_write_cr2, "\x0f\x22\xd7"),
	I(cpu_read_cr3, native_read_cr3, "\x0f\x20\xd8"),
	I(cpu_write_cr3, native_write_cr3, "\x0f\x22\xdf"),
	I(cpu_read_cr4, native_read_cr4, "\x0f\x20\xe0"),
	I(cpu_write_cr4, native_write_cr4, "\x0f\x22\xe7"),
	I(cpu_read_cr8, native_read_cr8, "\x44\x0f\x20\xc0"),
	I(cpu_write_cr8, native_write_cr8, "\x44\x0f\x22\xc7"),
	C(cpu_get_dr, native_cpu_get_dr),
	C(cpu_set_dr, native_cpu_set_dr),
	I(cpu_read_msr, native_read_msr, "\x0f\x32"),
	I(cpu_write_msr, native_write_msr, "\x0f\x30"),
	C(cpu_read_msr_safe, native_cpu_read_msr_safe),
	C(cpu_write_msr_safe, native_cpu_write_msr_safe),
	I(cpu_cpuid, native_cpuid, "\x0f\xa2"),
	I(cpu_rdpmc, native_rdpmc, "\x0f\x33"),
	I(cpu_load_gdt, native_load_gdt, "\x0f\x01\x17"),
	I(cpu_load_idt, native_load_idt, "\x0f\x01\x1f"),
	C(cpu_set_ldt, native_cpu_set_ldt),
	I(cpu_load_tr, native_load_tr, "\x0f\x00\xdf"),
	I(cpu_store_tr, native_store_tr, "\x0f\x00\xc8"),
	I(cpu_write_gdt_entry, native_write_desc, "\x48\x89\x14\xf7"),
	I(cpu_write_ldt_entry, native_write_desc, "\x48\x89\x14\xf7"),
	C(cpu_write_idt_entry, native_cpu_write_idt_entry),
	C(cpu_load_tls, native_cpu_load_tls),
	C(cpu_write_fs_base, native_cpu_write_fs_base),
	C(cpu_write_gs_base, native_cpu_write_gs_base),
	C(cpu_write_user_gs_base, native_cpu_write_user_gs_base),
	C(cpu_load_gs_index, native_cpu_load_gs_index),
	I(cpu_set_kernel_stack, native_set_kernel_stack, "\x48\x89\x77\x04"),
	C(cpu_set_entries, native_cpu_set_entries),
	I(cpu_in8, native_in8, "\xec"),
	I(cpu_in16, native_in16, "\x66\xed"),
	I(cpu_in32, native_in32, "\xed"),
	I(cpu_out8, native_out8, "\xee"),
	I(cpu_out16, native_out16, "\x66\xef"),
	I(cpu_out32, native_out32, "\xef"),
	I(cpu_io_delay, native_io_delay, "\xe6\x80"),
	C(cpu_set_io_bitmap, native_cpu_set_io_bitmap),
	C(cpu_set_iopl, native_cpu_set_iopl),
	I(cpu_clts, native_clts, "\x0f\x06"),
	I(cpu_wbinvd, native_wbinvd, "\x0f\x09"),
	I(cpu_swapgs, native_swapgs, "\x0f\x01\xf8"),
	I(cpu_iret, native_iret_func, "\x48\xcf"),
	C(cpu_sysret, native_sysret_func),
	N(cpu_entry_frame, native_nothing),
	C(cpu_shutdown, native_cpu_shutdown),
	M(irq_save, native_irq_save, "\x9c\x58"),
	M(irq_restore, native_irq_restore, "\x0f\xba\xe7\x09\x73\x01\xfb"),
	I(irq_disable, native_irq_disable, "\xfa"),
	I(irq_enable, native_irq_enable, "\xfb"),
	I(irq_halt, native_halt, "\xf4"),
	M(irq_enable_halt, native_enable_halt, "\xfb\xf4"),
	C(irq_bind, native_irq_bind),
	C(irq_unbind, native_irq_unbind),
	C(irq_handle, native_irq_handle),
	C(irq_eoi, native_irq_eoi),
	C(irq_mask, native_irq_mask),
	C(irq_unmask, native_irq_unmask),
	N(mmu_make_pte, native_nothing),
	N(mmu_pte_val, native_nothing),
	N(mmu_pfn_to_mfn, native_nothing),
	N(mmu_mfn_to_pfn, native_nothing),
	N(mmu_alloc_table, native_nothing),
	N(mmu_release_table, native_nothing),
	N(mmu_create_as, native_success),
	N(mmu_destroy_as, native_nothing),
	N(mmu_pin, native_success),
	N(mmu_unpin, native_nothing),
	I(mmu_activate, native_activate, "\x0f\x22\xdf"),
	I(mmu_set_pte, native_set_entry, "\x48\x89\x37"),
	I(mmu_set_pmd, native_set_entry, "\x48\x89\x37"),
	I(mmu_set_pud, native_set_entry, "\x48\x89\x37"),
	I(mmu_set_pgd, native_set_entry, "\x48\x89\x37"),
	I(mmu_clear_pte, native_clear_entry, "\x48\xc7\x07\x00\x00\x00\x00"),
	I(mmu_clear_pmd, native_clear_entry, "\x48\xc7\x07\x00\x00\x00\x00"),
	I(mmu_clear_pud, native_clear_entry, "\x48\xc7\x07\x00\x00\x00\x00"),
	I(mmu_clear_pgd, native_clear_entry, "\x48\xc7\x07\x00\x00\x00\x00"),
	M(mmu_tas_pte, native_tas_entry, "\xf0\x48\x0f\xab\x37\x0f\x92\xc0"),
	M(mmu_tas_pmd, native_tas_entry, "\xf0\x48\x0f\xab\x37\x0f\x92\xc0"),
	M(mmu_tas_pud, native_tas_entry, "\xf0\x48\x0f\xab\x37\x0f\x92\xc0"),
	M(mmu_tas_pgd, native_tas_entry, "\xf0\x48\x0f\xab\x37\x0f\x92\xc0"),
	I(mmu_xchg_pte, native_xchg_entry, "\x48\x87\x07"),
	I(mmu_xchg_pmd, native_xchg_entry, "\x48\x87\x07"),
	I(mmu_xchg_pud, native_xchg_entry, "\x48\x87\x07"),
	I(mmu_xchg_pgd, native_xchg_entry, "\x48\x87\x07"),
	C(mmu_protect_pte, native_mmu_protect),
	C(mmu_protect_pmd, native_mmu_protect),
	C(mmu_protect_pud, native_mmu_protect),
	C(mmu_protect_pgd, native_mmu_protect),
	I(mmu_flush_one, native_flush_one, "\x0f\x01\x3f"),
	C(mmu_flush_local, native_mmu_flush_local),
	C(mmu_flush_global, native_mmu_flush_global),
	C(mmu_flush_others, native_mmu_flush_others),
	M(mmu_set_fixmap, native_set_fixmap, "\x48\x89\x17\x0f\x01\x3e"),
	N(mmu_batch_begin, native_nothing),
	N(mmu_batch_flush, native_success),
	C(time_clock, native_time_clock),
	C(time_wallclock, native_time_wallclock),
	C(time_set_timer, native_time_set_timer),
	C(time_stop_timer, native_time_stop_timer),
	C(time_steal, native_time_steal),
	C(smp_nr_cpus, native_smp_nr_cpus),
	C(smp_start_cpu, native_smp_start_cpu),
	C(smp_stop_cpu, native_smp_stop_cpu),
	C(smp_cpu_stopped, native_smp_cpu_stopped),
	C(smp_send_ipi, native_smp_send_ipi),
	I(smp_yield, native_yield, "\xf3\x90"),
	C(smp_poll, native_smp_poll),
	C(lock_wait, native_lock_wait),
	N(lock_kick, native_nothing),
};

static void form_of_an_op(struct kunit *test)
{
	const struct pvops_form *form = native_forms + op_of(test);
	u16 op = op_of(test);

	KUNIT_EXPECT_EQ(test, form->kind, expected[op].kind);
	KUNIT_EXPECT_PTR_EQ(test, form->func, expected[op].fn);
	KUNIT_ASSERT_EQ(test, form->end - form->code, expected[op].len);
	if (form->code)
		KUNIT_EXPECT_MEMEQ(test, (const void *)form->code, (const void *)expected[op].bytes,
				   expected[op].len);
	KUNIT_EXPECT_EQ(test, form->flags & PVOPS_FORM_MULTI, expected[op].several);
	KUNIT_EXPECT_PTR_EQ(test, (const void *)form->reloc, (const void *)NULL);
}

/* The bytes in a site: nothing but prefixes in front of them, and nothing behind. */
static void site_of_an_op(struct kunit *test)
{
	u16 op = op_of(test);
	u32 nr = add_call(128, op, PVOPS_SITE_CALL), i, slack;
	u8 out[OUT];

	memset(out, 0xa5, OUT);
	KUNIT_ASSERT_EQ(test, pvops_plan(&set, sites + nr, native_forms + op, 0, out), 0);
	KUNIT_EXPECT_EQ(test, out[rooms[op]], 0xa5);
	switch (expected[op].kind) {
	case PVOPS_FORM_NOP:
		KUNIT_EXPECT_TRUE(test, is_nop(out, rooms[op]));
		break;
	case PVOPS_FORM_INLINE:
		KUNIT_ASSERT_LE(test, expected[op].len, rooms[op]);
		slack = rooms[op] - expected[op].len;
		for (i = 0; i < slack; i++)
			KUNIT_EXPECT_EQ(test, out[i], 0x3e);
		KUNIT_EXPECT_MEMEQ(test, out + slack, (const u8 *)expected[op].bytes,
				   expected[op].len);
		break;
	default:
		KUNIT_EXPECT_EQ(test, target(text + 128 + rooms[op], out + rooms[op] - 4),
				(unsigned long)expected[op].fn);
	}
}

/* The function for the table ends in ret, where it is the template itself. */
static void template_as_a_function(struct kunit *test)
{
	const struct pvops_form *form = native_forms + op_of(test);

	if (form->kind == PVOPS_FORM_INLINE)
		KUNIT_EXPECT_EQ(test, form->end[0], 0xc3);
	KUNIT_EXPECT_NOT_NULL(test, form->func);
}

static struct kunit_case cases[] = {
	KUNIT_CASE_PARAM(form_of_an_op, next_op),
	KUNIT_CASE_PARAM(site_of_an_op, next_op),
	KUNIT_CASE_PARAM(template_as_a_function, next_op),
	{}
};

static struct kunit_suite suite = {
	.name = "pvops-forms", .init = fresh_world, .test_cases = cases,
};
kunit_test_suite(suite);
