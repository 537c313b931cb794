// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * What i386 has for itself, executed: planned bytes, the inlines' registers and stack, thunks, and
 * native's functions on entries of 8 bytes.
 */
#include "sites.h"
#include <sys/mman.h>
#include <pvops/thunks.h>

const void *pvops_table[PVOPS_NR_OPS];

/* How the image's functions are called. */
#define CALLED __attribute__((regparm(3), used))

void count_hit(void);
asm(".pushsection .text\n"
    "count_hit:	incl	hits_of_target\n"
    "	ret\n"
    ".popsection");
unsigned int hits_of_target;

/* ---- planned bytes, run where they stand ---- */

static u8 *place;

static int at_place(void **state)
{
	fresh(state);
	set.text = place;
	set.text_end = place + 4096;
	return 0;
}

static void run_at(u32 len)
{
	place[len] = 0xc3;
	((void (*)(void))place)();
}

static void plan_into_place(const struct pvops_form *form)
{
	assert_int_equal(pvops_plan(&set, sites, form, 0, place), 0);
}

static void sites_do_what_their_form_says(void **state)
{
	for (u16 op = 0; op < PVOPS_NR_OPS; op++) {
		table[op] = count_hit;
		forms[op].func = count_hit;
		record(0, place, op, op_rows[op].room, PVOPS_SITE_CALL);
		hits_of_target = 0;
		plan_into_place(NULL);
		run_at(op_rows[op].room);
		assert_int_equal(hits_of_target, 1);
		table[op] = NULL;
		plan_into_place(forms + op);
		run_at(op_rows[op].room);
		assert_int_equal(hits_of_target, 2);
		plan_into_place(others + op);
		run_at(op_rows[op].room);
		assert_int_equal(hits_of_target, 2);
	}
}

static void call_reaches_all_of_the_address_space(void **state)
{
	struct pvops_form form = { .kind = PVOPS_FORM_CALL };
	u8 out[16];
	u32 rel;

	record(0, place, PVOPS_OP_irq_enable, 6, PVOPS_SITE_CALL);
	for (unsigned long to = 0x1000; to; to += 0x10000000) {
		form.func = (void *)to;
		assert_int_equal(pvops_plan(&set, sites, &form, 0, out), 0);
		memcpy(&rel, out + 2, 4);
		assert_int_equal((unsigned long)place + 6 + rel, to);
		if (to > 0xe0000000)
			break;
	}
}

/* ---- inlines: arguments arrive, results come back ---- */

static u64 seen[4];

static CALLED int take_1_wide(u32 a, u64 b)
{
	seen[0] = a;
	seen[1] = b;
	return -5;
}

static CALLED int take_wide(u64 a)
{
	seen[0] = a;
	return -6;
}

static CALLED int take_4(const void *a, unsigned int b, const void *c, void *d)
{
	seen[0] = (unsigned long)a;
	seen[1] = b;
	seen[2] = (unsigned long)c;
	seen[3] = (unsigned long)d;
	return 77;
}

static CALLED void take_2_wide(pvops_pte_t *a, u64 b, u64 c)
{
	seen[0] = (unsigned long)a;
	seen[1] = b;
	seen[2] = c;
}

static CALLED u64 give_wide(unsigned int a)
{
	seen[0] = a;
	return 0x123456789abcdef0ULL;
}

static CALLED bool give_bool(unsigned int a)
{
	return a & 1;
}

static void calls_by_registers_and_stack(void **state)
{
	static volatile u64 one = 0x1111222233334444ULL, two = 0x5555666677778888ULL;

	pvops_table[PVOPS_OP_cpu_write_msr_safe] = take_1_wide;
	assert_int_equal(pvops_cpu_write_msr_safe(0xc0000080, one), -5);
	assert_int_equal(seen[0], 0xc0000080);
	assert_int_equal(seen[1], one);
	pvops_table[PVOPS_OP_time_set_timer] = take_wide;
	assert_int_equal(pvops_time_set_timer(two), -6);
	assert_int_equal(seen[0], two);
	pvops_table[PVOPS_OP_irq_bind] = take_4;
	assert_int_equal(pvops_irq_bind((void *)1, 2, (pvops_irq_handler_t)3, seen), 77);
	assert_int_equal(seen[0], 1);
	assert_int_equal(seen[1], 2);
	assert_int_equal(seen[2], 3);
	assert_int_equal(seen[3], (unsigned long)seen);
	pvops_table[PVOPS_OP_mmu_protect_pte] = take_2_wide;
	/* In a loop: the stack must come back each time. */
	for (u32 i = 0; i < 100000; i++)
		pvops_mmu_protect_pte((pvops_pte_t *)seen, one + i, two);
	assert_int_equal(seen[0], (unsigned long)seen);
	assert_int_equal(seen[1], one + 99999);
	assert_int_equal(seen[2], two);
	pvops_mmu_protect_pte(NULL, 7, 0x900000008ULL);
	assert_int_equal(seen[1], 7);
	assert_int_equal(seen[2], 0x900000008ULL);
	pvops_table[PVOPS_OP_time_steal] = give_wide;
	assert_int_equal(pvops_time_steal(9), 0x123456789abcdef0ULL);
	assert_int_equal(seen[0], 9);
	pvops_table[PVOPS_OP_smp_cpu_stopped] = give_bool;
	assert_true(pvops_smp_cpu_stopped(3));
	assert_false(pvops_smp_cpu_stopped(2));
}

/* ---- thunks: all registers but the result's survive ---- */

#define used used, regparm(3)		/* as all of an image is compiled */
PVOPS_THUNK_mmu_set_fixmap(thunk_fixmap, c_fixmap);
PVOPS_THUNK_mmu_xchg_pte(thunk_xchg, c_xchg);
PVOPS_THUNK_mmu_make_pte(thunk_make, c_make);
PVOPS_THUNK_mmu_tas_pte(thunk_tas, c_tas);
PVOPS_THUNK_mmu_pfn_to_mfn(thunk_mfn, c_mfn);
PVOPS_THUNK_cpu_cpuid(thunk_cpuid, c_cpuid);
PVOPS_THUNK_cpu_read_msr(thunk_msr, c_msr);
PVOPS_THUNK_cpu_write_gdt_entry(thunk_gdt, c_gdt);
PVOPS_THUNK_irq_restore(thunk_restore, c_restore);
PVOPS_THUNK_cpu_in8(thunk_in8, c_in8);
#undef used

/* Spoil what a C function may. */
#define SPOIL() asm volatile("mov $0xdead, %%ecx" : : : "ecx", "eax", "edx")

CALLED void c_fixmap(pvops_pte_t *ptep, unsigned long va, pvops_pte_t pte)
{
	seen[0] = (unsigned long)ptep;
	seen[1] = va;
	seen[2] = pte;
	SPOIL();
}

CALLED pvops_pte_t c_xchg(pvops_pte_t *ptep, pvops_pte_t pte)
{
	pvops_pte_t old = *ptep;

	*ptep = pte;
	SPOIL();
	return old;
}

CALLED pvops_pte_t c_make(pvops_pteval_t val)
{
	SPOIL();
	return val ^ 0xff000000ff000000ULL;
}

CALLED bool c_tas(pvops_pte_t *ptep, unsigned long bit)
{
	bool was = *ptep >> bit & 1;

	*ptep |= 1ULL << bit;
	SPOIL();
	return was;
}

CALLED pvops_mfn_t c_mfn(pvops_pfn_t pfn)
{
	SPOIL();
	return pfn + 0x1000;
}

CALLED void c_cpuid(u32 *eax, u32 *ebx, u32 *ecx, u32 *edx)
{
	*ebx = *eax + *ecx;
	*edx = *eax - *ecx;
	*eax = 1;
	*ecx = 2;
}

CALLED u64 c_msr(u32 msr)
{
	SPOIL();
	return (u64)msr << 32 | ~msr;
}

CALLED void c_gdt(u64 *gdt, unsigned long index, u64 desc)
{
	gdt[index] = desc;
	SPOIL();
}

CALLED void c_restore(unsigned long flags)
{
	seen[0] = flags;
	SPOIL();
}

CALLED u8 c_in8(u16 port)
{
	SPOIL();
	return (u8)(port + 1);
}

static void thunks_give_and_keep(void **state)
{
	u32 a = 0x10, b = 0, c = 3, d = 0;
	u64 gdt[4] = { 0 };
	pvops_pte_t pte = 0x8000000112345067ULL;

	pvops_table[PVOPS_OP_mmu_set_fixmap] = thunk_fixmap;
	pvops_mmu_set_fixmap(&pte, 0xc0001000, 0x80000001abcde163ULL);
	assert_int_equal(seen[0], (unsigned long)&pte);
	assert_int_equal(seen[1], 0xc0001000);
	assert_int_equal(seen[2], 0x80000001abcde163ULL);
	pvops_table[PVOPS_OP_mmu_xchg_pte] = thunk_xchg;
	assert_int_equal(pvops_mmu_xchg_pte(&pte, 0x40ULL << 40), 0x8000000112345067ULL);
	assert_int_equal(pte, 0x40ULL << 40);
	pvops_table[PVOPS_OP_mmu_make_pte] = thunk_make;
	assert_int_equal(pvops_mmu_make_pte(0xf0f0000000000063ULL), 0x0ff00000ff000063ULL);
	pvops_table[PVOPS_OP_mmu_tas_pte] = thunk_tas;
	assert_false(pvops_mmu_tas_pte(&pte, 58));
	assert_true(pvops_mmu_tas_pte(&pte, 58));
	pvops_table[PVOPS_OP_mmu_pfn_to_mfn] = thunk_mfn;
	assert_int_equal(pvops_mmu_pfn_to_mfn(5), 0x1005);
	pvops_table[PVOPS_OP_cpu_cpuid] = thunk_cpuid;
	pvops_cpu_cpuid(&a, &b, &c, &d);
	assert_int_equal(a, 1);
	assert_int_equal(b, 0x13);
	assert_int_equal(c, 2);
	assert_int_equal(d, 0xd);
	pvops_table[PVOPS_OP_cpu_read_msr] = thunk_msr;
	assert_int_equal(pvops_cpu_read_msr(0x174), 0x174fffffe8bULL);
	pvops_table[PVOPS_OP_cpu_write_gdt_entry] = thunk_gdt;
	pvops_cpu_write_gdt_entry(gdt, 2, 0x00cf93000000ffffULL);
	assert_int_equal(gdt[2], 0x00cf93000000ffffULL);
	pvops_table[PVOPS_OP_irq_restore] = thunk_restore;
	pvops_irq_restore(0x202);
	assert_int_equal(seen[0], 0x202);
	pvops_table[PVOPS_OP_cpu_in8] = thunk_in8;
	assert_int_equal(pvops_cpu_in8(0x60), 0x61);
}

/* Call @fn with these in eax edx ecx ebx; what comes back. esi, edi, ebp too must survive. */
struct regs {
	u32 a, d, c, b;
};

static bool rest_kept;

static struct regs through(const void *fn, struct regs in)
{
	struct regs out = in;
	u32 si = 0x51515151, di = (u32)fn;

	asm volatile("push %%ebp; mov $0x0badcafe, %%ebp\n"
		     "	call *%%edi\n"
		     "	cmp $0x0badcafe, %%ebp; pop %%ebp\n"
		     "	setz %[kept]"
		     : "+a"(out.a), "+d"(out.d), "+c"(out.c), "+b"(out.b), "+S"(si), "+D"(di),
		       [kept] "=m"(rest_kept) : : "memory", "cc");
	rest_kept = rest_kept && si == 0x51515151 && di == (u32)fn;
	return out;
}

static void save_keeps_all_but_the_result(void **state)
{
	static const u8 *const void_ones[] = { thunk_fixmap, thunk_gdt, thunk_restore };
	static u64 area[4];
	struct regs in = { (u32)area, 1, 0x33, 0x44 }, out;
	pvops_pte_t pte = 0x1122334455667788ULL;

	for (size_t i = 0; i < sizeof(void_ones) / sizeof(*void_ones); i++) {
		out = through(void_ones[i], in);
		assert_true(rest_kept);
		assert_memory_equal(&in, &out, sizeof(in));
	}
	in = (struct regs){ 1, 2, (u32)&pte, 4 };
	out = through(thunk_xchg, in);
	assert_true(rest_kept);
	assert_int_equal(out.c, in.c);
	assert_int_equal(out.b, 4);
	assert_int_equal(out.a, 0x55667788);
	assert_int_equal(out.d, 0x11223344);
	assert_int_equal(pte, 0x200000001ULL);
	in = (struct regs){ (u32)&pte, 0, 3, 4 };
	out = through(thunk_tas, in);
	assert_true(rest_kept);
	assert_int_equal(out.a, 1);
	assert_memory_equal(&in.d, &out.d, 3 * sizeof(u32));
}

/* ---- native's own ---- */

extern const u8 native_set_entry[], native_xchg_entry[], native_clear_entry[], native_tas_entry[],
	native_write_desc[], native_irq_save[], native_success[];

static void native_entries_of_8_bytes(void **state)
{
	u64 entry = 0xffffffff00000001ULL;
	struct regs in = { (u32)&entry, 0x11111111, 0x22222222, 0x44 }, out;

	out = through(native_set_entry, in);
	assert_true(rest_kept);
	assert_memory_equal(&in, &out, sizeof(in));
	assert_int_equal(entry, 0x2222222211111111ULL);
	in = (struct regs){ 0x33333333, 0x80000000, (u32)&entry, 0x44 };
	out = through(native_xchg_entry, in);
	assert_true(rest_kept);
	assert_int_equal(entry, 0x8000000033333333ULL);
	assert_int_equal(out.a, 0x11111111);
	assert_int_equal(out.d, 0x22222222);
	assert_int_equal(out.c, in.c);
	assert_int_equal(out.b, in.b);
	in = (struct regs){ (u32)&entry, 63, 3, 4 };
	out = through(native_tas_entry, in);
	assert_int_equal(out.a & 0xff, 1);
	in.d = 62;
	out = through(native_tas_entry, in);
	assert_int_equal(out.a & 0xff, 0);
	assert_int_equal(entry, 0xc000000033333333ULL);
	out = through(native_clear_entry, in);
	assert_true(rest_kept);
	assert_memory_equal(&in, &out, sizeof(in));
	assert_int_equal(entry, 0);
}

static void native_descriptor(void **state)
{
	u64 gdt[4] = { 1, 2, 3, 4 };
	struct regs in = { (u32)gdt, 2, 0x0000ffff, 0x00cf9300 }, out;

	out = through(native_write_desc, in);
	assert_true(rest_kept);
	assert_memory_equal(&in, &out, sizeof(in));
	assert_int_equal(gdt[2], 0x00cf93000000ffffULL);
	assert_int_equal(gdt[1], 2);
	assert_int_equal(gdt[3], 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup(name, at_place)
		T(sites_do_what_their_form_says), T(call_reaches_all_of_the_address_space),
		T(calls_by_registers_and_stack), T(thunks_give_and_keep),
		T(save_keeps_all_but_the_result), T(native_entries_of_8_bytes),
		T(native_descriptor),
	};

	place = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS,
		     -1, 0);
	return cmocka_run_group_tests_name("i386", tests, NULL, NULL);
}
