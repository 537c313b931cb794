// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * VMI's ops on a ROM that answers as it likes: which form each gets, what is done by a call and
 * what by another op.
 */
#include "vmi_calls.h"
#include <pvops/clock.h>
#include "vmi_rom.h"
#include "../backends/vmi/backend.c"

/* Behind thunks, which have the image's convention. */
void vmi_c_set_fixmap(pvops_pte_t *ptep, unsigned long va, pvops_pte_t pte);
void vmi_c_halt(void);

#define VA		0x12345678UL
#define WIDE		0x8000000123456000ULL
#define PTE(val)	((__force pvops_pte_t)(u64)(val))

const char *pvops_op_name(unsigned int op)
{
	static const char *const names[] = {
#define PVOPS_ROW(op, bytes, fam, less, nop) op,
#include <pvops/ops-names.h>
	};

	return names[op];
}

/* The test's direct map: where its own page is, and what that is called. */
static u8 page[4096] __attribute__((aligned(4096)));
static u32 page_gpa;

static void *alloc_pages(unsigned int order)
{
	return page;
}

static void free_pages(void *va, unsigned int order)
{
	assert_true(va == page);
}

static pvops_gpa_t virt_to_gpa(const void *va)
{
	return (__force pvops_gpa_t)((unsigned long)va - (unsigned long)page + page_gpa);
}

/* Page tables with nothing in them. */
static void *gpa_to_virt(pvops_gpa_t gpa)
{
	static u64 empty[512];

	return empty;
}

static const struct pvops_host host = {
	.ldt_selector = 0x28, .alloc_pages = alloc_pages, .free_pages = free_pages,
	.virt_to_gpa = virt_to_gpa, .gpa_to_virt = gpa_to_virt,
};

const struct pvops_host *pvops_get_host(void)
{
	return &host;
}

int pvops_base_start_cpu(unsigned int cpu, const struct pvops_cpu_start *start,
			 void (*first)(void))
{
	return -PVOPS_ENOSYS;
}

bool pvops_clock_offer(const char *owner, const struct pvops_clock_facts *facts,
		       struct pvops_clock_choice *choice)
{
	return true;
}

u8 pvops_image_start[1], pvops_image_end[1];

/* Ops that the backend goes back to; va and gdt come in eax. */
u32 op_flushed, op_wrote_gdt, op_index;
extern const u8 op_flush_one[], op_write_gdt_entry[], op_read_cr[];
asm(".pushsection .text\n"
    "op_flush_one:	mov	%eax, op_flushed\n"
    "	ret\n"
    "op_write_gdt_entry:	mov	%eax, op_wrote_gdt\n"
    "	mov	%edx, op_index\n"
    "	ret\n"
    "op_read_cr:	mov	$0x40, %eax\n"
    "	ret\n"
    ".popsection");

/* ---- the ROM ---- */

static u32 last_flags, halts, shutdowns, ldt;

static REGS void rom_set_pxe_long(u64 val, pvops_pte_t *ptep, u32 flags)
{
	*(__force u64 *)ptep = val;
	last_flags = flags;
}

static REGS void rom_halt(void)
{
	halts++;
}

static REGS void rom_shutdown(void)
{
	shutdowns++;
}

static REGS void rom_set_ldt(u32 selector)
{
	ldt = selector;
}

static REGS void rom_last_flags(u32 flags)
{
	last_flags = flags;
}

static struct vmi_ap_state ap;
static u32 ap_id;

static REGS void rom_set_ap_state(const struct vmi_ap_state *state, u32 apic_id)
{
	ap = *state;
	ap_id = apic_id;
}

static struct {
	u32 va, pages, pfn;
} told[VMI_LINEAR_SLOTS];

static REGS void rom_set_linear_mapping(u32 slot, u32 va, u32 pages, u32 pfn)
{
	assert_in_range(slot, 0, VMI_LINEAR_SLOTS - 1);
	told[slot].va = va;
	told[slot].pages = pages;
	told[slot].pfn = pfn;
}

static void offer(u32 call, u8 type, const void *target)
{
	relocs[call].type = type;
	relocs[call].target = (u32)target;
	vmi_targets[call] = type == VMI_RELOC_CALL || type == VMI_RELOC_JUMP ? (u32)target : 0;
}

#define OFFER(call, fn)	offer(call, VMI_RELOC_CALL, (const void *)(fn))

/* All calls lead somewhere; those that are made here lead to the functions above. */
static int fresh(void **state)
{
	for (u32 call = 0; call < VMI_NR_CALLS; call++)
		OFFER(call, 0x1000 + call);
	OFFER(VMI_SET_PXE_LONG, rom_set_pxe_long);
	OFFER(VMI_HALT, rom_halt);
	OFFER(VMI_SHUTDOWN, rom_shutdown);
	OFFER(VMI_SET_LDT, rom_set_ldt);
	OFFER(VMI_SET_LINEAR_MAPPING, rom_set_linear_mapping);
	OFFER(VMI_FLUSH_TLB, rom_last_flags);
	OFFER(VMI_SET_IOPL_MASK, rom_last_flags);
	OFFER(VMI_SET_AP_STATE, rom_set_ap_state);
	memset(vmi_forms, 0, sizeof(vmi_forms));
	last_flags = halts = shutdowns = 0;
	flags_now = op_flushed = op_wrote_gdt = op_index = 0;
	pvops_table[PVOPS_OP_mmu_flush_one] = op_flush_one;
	pvops_table[PVOPS_OP_cpu_write_gdt_entry] = op_write_gdt_entry;
	pvops_table[PVOPS_OP_cpu_read_cr0] = pvops_table[PVOPS_OP_cpu_read_cr4] = op_read_cr;
	logged[0] = 0;
	return 0;
}

static const struct pvops_form *form_of(u32 op)
{
	memset(vmi_forms, 0, sizeof(vmi_forms));
	choose_forms();
	return vmi_forms + op;
}

/* ---- forms ---- */

static void all_calls(void **state)
{
	choose_forms();
	for (u32 i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const struct pvops_form *form = vmi_forms + rows[i].op;

		assert_int_equal(form->kind, PVOPS_FORM_CALL);
		assert_true(form->func == (rows[i].flags & DIRECT ?
					   (const void *)(0x1000 + (u32)rows[i].call) :
					   rows[i].func));
	}
	assert_true(strstr(logged, " ops call the ROM, 0 are nothing, 0 stay native\n") &&
		    !strstr(logged, "is native"));
}

/* Each row without its call is native's, and is said so. */
static void no_call(void **state)
{
	char line[100];

	for (u32 i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		fresh(state);
		offer(rows[i].call, VMI_RELOC_NONE, NULL);
		assert_int_equal(form_of(rows[i].op)->kind, PVOPS_FORM_EMPTY);
		pvops_snprintf(line, sizeof(line), "vmi: no %s: %s is native\n",
			       vmi_call_name(rows[i].call), pvops_op_name(rows[i].op));
		assert_non_null(strstr(logged, line));
	}
}

/* A halt that nothing ends is a call more, and without that the op is native's. */
static void halt_without_halt(void **state)
{
	offer(VMI_HALT, VMI_RELOC_NONE, NULL);
	assert_int_equal(form_of(PVOPS_OP_irq_halt)->kind, PVOPS_FORM_EMPTY);
	assert_non_null(strstr(logged, "vmi: no Halt: irq.halt is native\n"));
}

/* What is nothing to the ROM is not done natively instead, and has its result. */
static void nothing_with_a_result(void **state)
{
	static const u32 ops[] = { PVOPS_OP_cpu_set_dr, PVOPS_OP_cpu_set_iopl };

	offer(VMI_SET_DR, VMI_RELOC_NOP, NULL);
	offer(VMI_SET_IOPL_MASK, VMI_RELOC_NOP, NULL);
	for (u32 i = 0; i < 2; i++) {
		const struct pvops_form *form = form_of(ops[i]);

		assert_int_equal(form->kind, PVOPS_FORM_CALL);
		assert_int_equal(((int (*)(void))form->func)(), 0);
	}
	assert_non_null(strstr(logged, " ops call the ROM, 2 are nothing, 0 stay native\n"));
}

static void nothing_at_all(void **state)
{
	offer(VMI_FLUSH_TLB, VMI_RELOC_NOP, NULL);
	offer(VMI_UPDATE_PXE_LONG, VMI_RELOC_NOP, NULL);
	assert_int_equal(form_of(PVOPS_OP_mmu_flush_local)->kind, PVOPS_FORM_NOP);
	/* Nobody has a copy: native's exchange is all there is to do. */
	assert_int_equal(form_of(PVOPS_OP_mmu_xchg_pte)->kind, PVOPS_FORM_EMPTY);
	assert_null(strstr(logged, "is native"));
}

static void jump(void **state)
{
	offer(VMI_IRET, VMI_RELOC_JUMP, (const void *)0x2000);
	assert_true(form_of(PVOPS_OP_cpu_iret)->func == (const void *)vmi_iret);
}

/* ---- one call of two ---- */

/* The entry is the ROM's to write, whoever drops the TLB's. */
static void fixmap_without_inval_page(void **state)
{
	static const u8 types[] = { VMI_RELOC_NONE, VMI_RELOC_NOP, VMI_RELOC_CALL };
	pvops_pte_t entry = PTE(0);

	for (u32 i = 0; i < 3; i++) {
		offer(VMI_INVAL_PAGE, types[i], (const void *)0x1000);
		assert_true(form_of(PVOPS_OP_mmu_set_fixmap)->func == (const void *)vmi_set_fixmap);
		op_flushed = 0;
		vmi_c_set_fixmap(&entry, VA, PTE(WIDE + i));
		assert_true(entry == PTE(WIDE + i));
		assert_int_equal(last_flags, (VA & ~0xfffUL) | VMI_PAGE_CURRENT_AS | VMI_PAGE_PT);
		assert_int_equal(op_flushed, VA);
	}
}

static void ldt_without_write_gdt_entry(void **state)
{
	u64 gdt[8] = { 0 };

	offer(VMI_WRITE_GDT_ENTRY, VMI_RELOC_NONE, NULL);
	assert_true(form_of(PVOPS_OP_cpu_set_ldt)->func == (const void *)vmi_set_ldt);
	assert_int_equal(vmi_set_ldt(gdt, gdt, 8), 0);
	assert_int_equal(op_wrote_gdt, (u32)gdt);
	assert_int_equal(op_index, 5);
	assert_int_equal(ldt, 0x28);
	assert_int_equal(vmi_set_ldt(gdt, gdt, 0), 0);
	assert_int_equal(ldt, 0);
	assert_int_equal(vmi_set_ldt(gdt, gdt, 8193), -PVOPS_EINVAL);
}

static void halt_by_the_flag(void **state)
{
	offer(VMI_GET_IRQ_MASK, VMI_RELOC_NONE, NULL);
	assert_true(form_of(PVOPS_OP_irq_halt)->func == (const void *)vmi_halt);
	flags_now = PVOPS_FLAGS_IF | 2;
	vmi_c_halt();
	assert_true(halts == 1 && !shutdowns);
	flags_now = 0x46;
	vmi_c_halt();
	assert_true(halts == 1 && shutdowns == 1);
}

static void flags_of_calls(void **state)
{
	vmi_flush_local();
	assert_int_equal(last_flags, VMI_FLUSH_NON_GLOBAL);
	vmi_flush_global();
	assert_int_equal(last_flags, VMI_FLUSH_NON_GLOBAL | VMI_FLUSH_GLOBAL);
	assert_int_equal(vmi_set_iopl(3), 0);
	assert_int_equal(last_flags, 0x3000);
	assert_int_equal(vmi_set_iopl(4), -PVOPS_EINVAL);
}

/* A CPU begins with what the state says: paging on, whatever this one's CR0 has. */
static void state_of_a_cpu(void **state)
{
	const struct pvops_cpu_state wanted = {
		.entry = 0xc0101234, .stack = 0xc0202340, .root = (__force pvops_gpa_t)0x1000UL,
		.efer = 0x800, .gdt = { 31, 0xc0303000 }, .cs = 8, .ds = 16, .gs = 24,
	};

	vmi_set_ways(VMI_TIME_NONE);
	assert_int_equal(ways_set->start_state(5, &wanted), 0);
	assert_int_equal(ap_id, 5);
	assert_true(ap.cr0 == 0x80000041 && ap.cr3 == 0x1000 && ap.cr4 == 0x40);
	assert_true(ap.efer_low == 0x800 && !ap.efer_high);
	assert_true(ap.eip == 0xc0101234 && ap.esp == 0xc0202340 && ap.eflags == 2);
	assert_true(ap.cs == 8 && ap.ss == 16 && ap.ds == 16 && ap.es == 16 && ap.gs == 24);
	assert_true(ap.gdtr_limit == 31 && ap.gdtr_base == 0xc0303000 && !ap.fs && !ap.ldtr);
}

/* ---- where page tables are ---- */

static void maps(u32 base, u32 top, u32 pages)
{
	struct pvops_boot boot = { .top = top };

	vmi_first_tables(&boot);
	page_gpa = (u32)page - base;
	assert_int_equal(vmi_find_direct(), 0);
	assert_int_equal(told[0].va, base);
	assert_int_equal(told[0].pages, pages);
	assert_int_equal(told[0].pfn, 0);
}

/* Without a hole it may be all of the address space. Once it is found it stays. */
static void direct_map(void **state)
{
	offer(VMI_ALLOCATE_PAGE, VMI_RELOC_NOP, NULL);
	maps(0, 0, 0x100000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(all_calls, fresh),
		cmocka_unit_test_setup(no_call, fresh),
		cmocka_unit_test_setup(halt_without_halt, fresh),
		cmocka_unit_test_setup(nothing_with_a_result, fresh),
		cmocka_unit_test_setup(nothing_at_all, fresh),
		cmocka_unit_test_setup(jump, fresh),
		cmocka_unit_test_setup(fixmap_without_inval_page, fresh),
		cmocka_unit_test_setup(ldt_without_write_gdt_entry, fresh),
		cmocka_unit_test_setup(halt_by_the_flag, fresh),
		cmocka_unit_test_setup(flags_of_calls, fresh),
		cmocka_unit_test_setup(state_of_a_cpu, fresh),
		cmocka_unit_test_setup(direct_map, fresh),
	};

	return cmocka_run_group_tests_name("vmi_ops", tests, NULL, NULL);
}
