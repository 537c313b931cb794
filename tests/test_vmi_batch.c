// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* VMI's batches on a ROM that holds back, one at a time, what it may. i386 alone. */
#include "vmi_calls.h"
#include "logged.h"

/* Behind thunks, which have the image's convention. */
void vmi_c_set_pte(pvops_pte_t *ptep, pvops_pte_t pte);
void vmi_c_set_pmd(pvops_pte_t *ptep, pvops_pte_t pte);
void vmi_c_set_pud(pvops_pte_t *ptep, pvops_pte_t pte);
bool vmi_c_tas_pte(pvops_pte_t *ptep, unsigned long bit);
bool vmi_c_tas_pmd(pvops_pte_t *ptep, unsigned long bit);
pvops_pte_t vmi_c_xchg_pud(pvops_pte_t *ptep, pvops_pte_t pte);
void vmi_c_write_gdt_entry(u64 *gdt, unsigned long index, u64 desc);

#define ACCESSED	(u64)PVOPS_PTE_ACCESSED
#define WRITE		(u64)PVOPS_PTE_WRITE
#define WIDE		0x8000000123456000ULL
#define PTE(val)	((__force pvops_pte_t)(u64)(val))

u32 vmi_targets[VMI_NR_CALLS];

const struct pvops_host *pvops_get_host(void)
{
	return NULL;
}

void vmi_set_alarm(u64 deadline)
{
}

void vmi_cancel_alarm(void)
{
}

static struct {
	u64 *at;
	u64 val;
} held;
static u32 lazy, modes, updates;

static void happen(void)
{
	if (held.at)
		*held.at = held.val;
	held.at = NULL;
}

static void hold(u64 *at, u64 val, u32 mode)
{
	happen();
	held.at = at;
	held.val = val;
	if (lazy != mode)
		happen();
}

static REGS void rom_set_pxe_long(u64 val, pvops_pte_t *ptep, u32 flags)
{
	hold((__force u64 *)ptep, val, VMI_LAZY_MMU);
}

static REGS void rom_update_pxe_long(pvops_pte_t *ptep, u32 flags)
{
	updates++;
}

static REGS void rom_write_gdt_entry(u64 *gdt, u32 index, u32 low, u32 high)
{
	hold(gdt + index, (u64)high << 32 | low, VMI_LAZY_CPU);
}

static REGS void rom_set_lazy_mode(u32 to)
{
	happen();
	lazy = to;
	modes++;
}

static REGS void rom_get_gdt(struct pvops_desc_ptr *ptr)
{
}

static int fresh(void **state)
{
	memset(vmi_targets, 0, sizeof(vmi_targets));
	vmi_targets[VMI_SET_PXE_LONG] = (u32)rom_set_pxe_long;
	vmi_targets[VMI_UPDATE_PXE_LONG] = (u32)rom_update_pxe_long;
	vmi_targets[VMI_WRITE_GDT_ENTRY] = (u32)rom_write_gdt_entry;
	vmi_targets[VMI_GET_GDT] = (u32)rom_get_gdt;
	vmi_targets[VMI_SET_LAZY_MODE] = (u32)rom_set_lazy_mode;
	held.at = NULL;
	lazy = modes = updates = flags_now = 0;
	logged[0] = 0;
	return 0;
}

static void in_a_batch(void **state)
{
	u64 entry = 0;
	pvops_pte_t *ptep = (__force pvops_pte_t *)&entry;

	vmi_batch_begin();
	vmi_batch_begin();
	vmi_c_set_pte(ptep, PTE(WIDE | ACCESSED | WRITE));
	assert_true(!entry);
	/* What hardware sets is not the caller's to take away. */
	vmi_protect_pte(ptep, WRITE | ACCESSED, 0);
	assert_true(entry == (WIDE | ACCESSED));
	vmi_c_set_pmd(ptep, PTE(1));
	assert_true(vmi_c_tas_pmd(ptep, 0));
	vmi_c_set_pud(ptep, PTE(2));
	assert_true(vmi_c_xchg_pud(ptep, PTE(3)) == PTE(2));
	assert_true(entry == 3 && updates == 3);
	/* And it is lazy again, until the outermost end. */
	vmi_c_set_pte(ptep, PTE(4));
	assert_int_equal(vmi_batch_flush(), 0);
	assert_true(entry == 3 && lazy == VMI_LAZY_MMU);
	assert_int_equal(vmi_batch_flush(), 0);
	assert_true(entry == 4 && lazy == VMI_LAZY_NONE);
}

/*
 * With interrupts on this CPU is in no batch, whatever it finds: by the time that it looks it may
 * be another one.
 */
static void in_no_batch(void **state)
{
	u64 entry = WRITE;
	pvops_pte_t *ptep = (__force pvops_pte_t *)&entry;

	vmi_protect_pte(ptep, WRITE, ACCESSED);
	assert_true(entry == ACCESSED);
	vmi_batch_begin();
	flags_now = PVOPS_FLAGS_IF;
	assert_true(!vmi_c_tas_pte(ptep, 63));
	vmi_c_set_pte(ptep, PTE(7));
	assert_true(entry == 7);
	assert_int_equal(modes, 0);
	flags_now = 0;
	assert_int_equal(vmi_batch_flush(), 0);
}

/* Where that call is not there, or nothing, exchanges are native's: they do not ask first. */
static void without_update(void **state)
{
	u64 entry = 0;

	vmi_targets[VMI_UPDATE_PXE_LONG] = 0;
	vmi_batch_begin();
	vmi_c_set_pte((__force pvops_pte_t *)&entry, PTE(5));
	assert_true(entry == 5);
	assert_int_equal(vmi_batch_flush(), 0);
}

/* The base of a segment counts when the op returns, and after what was written before it. */
static void segment_in_a_batch(void **state)
{
	u64 gdt[8] = { 0 };

	vmi_set_ways(VMI_TIME_NONE);
	vmi_batch_begin();
	vmi_c_write_gdt_entry(gdt, 1, WIDE);
	assert_true(!gdt[1]);
	ways_set->write_gdt_entry(gdt, 2, WIDE + 1);
	assert_true(gdt[1] == WIDE && gdt[2] == WIDE + 1);
	vmi_c_write_gdt_entry(gdt, 3, WIDE + 2);
	assert_true(!gdt[3]);
	assert_int_equal(vmi_batch_flush(), 0);
	assert_true(gdt[3] == WIDE + 2 && lazy == VMI_LAZY_NONE);
	ways_set->write_gdt_entry(gdt, 4, WIDE + 3);
	assert_true(gdt[4] == WIDE + 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(in_a_batch, fresh),
		cmocka_unit_test_setup(in_no_batch, fresh),
		cmocka_unit_test_setup(without_update, fresh),
		cmocka_unit_test_setup(segment_in_a_batch, fresh),
	};

	return cmocka_run_group_tests_name("vmi_batch", tests, NULL, NULL);
}
