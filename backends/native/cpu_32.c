// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * CPU ops of i386: segment bases are in descriptors, and SYSCALL is not used.
 */
#include "native.h"

#define DESC_DATA	0x00cf93000000ffffULL	/* flat; the kernel's */
#define DESC_USER	0x00cff3000000ffffULL	/* ... user mode's */
#define DESC_CODE	0x00cf9b000000ffffULL
#define SEL_CODE	0x08
#define SEL_DATA	0x10
#define RPL_USER	3

extern u8 pvops_boot_gdt[];		/* entry32.S */

/* Each started CPU's own, until it loads its kernel's. */
static u64 start_gdt[PVOPS_MAX_CPUS][PVOPS_BOOT_GS / 8 + 1];

static u64 *gdt_in_use(void)
{
	const struct pvops_base_ways *ways = pvops_base_ways();
	struct pvops_desc_ptr ptr;

	if (ways->gdt)
		return ways->gdt();
	asm volatile("sgdt %0" : "=m"(ptr));
	return (u64 *)ptr.base;
}

static void write_desc(u64 *gdt, unsigned int index, u64 desc)
{
	const struct pvops_base_ways *ways = pvops_base_ways();

	if (ways->gdt)
		ways->write_gdt_entry(gdt, index, desc);
	else
		gdt[index] = desc;
}

static struct pvops_desc_ptr fill_start_gdt(unsigned int cpu)
{
	u64 *gdt = start_gdt[cpu];

	gdt[SEL_CODE / 8] = DESC_CODE;
	gdt[SEL_DATA / 8] = DESC_DATA;
	return (struct pvops_desc_ptr){ sizeof(start_gdt[cpu]) - 1, (unsigned long)gdt };
}

void native_cpu_start_gdt(unsigned int cpu)
{
	struct pvops_desc_ptr ptr = fill_start_gdt(cpu);

	asm volatile("lgdt %0\n"
		     "	ljmp %1, $1f\n"
		     "1:	mov %2, %%ds\n"
		     "	mov %2, %%es\n"
		     "	mov %2, %%ss"
		     : : "m"(ptr), "i"(SEL_CODE), "r"(SEL_DATA) : "memory");
}

void native_cpu_start_state(unsigned int cpu, unsigned long gs_base,
			    struct pvops_cpu_state *state)
{
	state->gdt = fill_start_gdt(cpu);
	/* It is not loaded yet. */
	start_gdt[cpu][PVOPS_BOOT_GS / 8] = pvops_desc_with_base(DESC_DATA, gs_base);
	state->cs = SEL_CODE;
	state->ds = SEL_DATA;
	state->gs = PVOPS_BOOT_GS;
}

/* A GDT of ours has its GS where the boot's has it. */
static bool is_ours(const u64 *gdt)
{
	unsigned long offset = (unsigned long)gdt - (unsigned long)start_gdt;

	return gdt == (const u64 *)pvops_boot_gdt || offset < sizeof(start_gdt);
}

void native_cpu_write_gs_base(unsigned long base)
{
	u64 *gdt = gdt_in_use();
	u16 selector = is_ours(gdt) ? PVOPS_BOOT_GS : pvops_get_host()->gs_selector;

	write_desc(gdt, selector / 8, pvops_desc_with_base(DESC_DATA, base));
	asm volatile("mov %w0, %%gs" : : "r"(selector) : "memory");
}

/* User mode's segments with a base of their own are the first two of its thread's. */
static u16 write_tls(unsigned int nr, unsigned long base)
{
	u16 selector = pvops_get_host()->tls_selector;
	u64 *gdt = gdt_in_use();

	if (!selector || is_ours(gdt))
		return 0;
	write_desc(gdt, selector / 8 + nr, pvops_desc_with_base(DESC_USER, base));
	return (u16)((selector & ~7) + 8 * nr) | RPL_USER;
}

void native_cpu_write_fs_base(unsigned long base)
{
	u16 selector = write_tls(0, base);

	if (selector)
		asm volatile("mov %w0, %%fs" : : "r"(selector) : "memory");
}

/* GS is loaded on the way out, from the frame. */
void native_cpu_write_user_gs_base(unsigned long base)
{
	write_tls(1, base);
}

/* There is one GS, the kernel's now; user mode's is in its frame. */
int native_cpu_load_gs_index(u32 selector)
{
	return -PVOPS_ENOSYS;
}

/* All entries are gates of the IDT. */
int native_cpu_set_entries(const struct pvops_entries *entries)
{
	return 0;
}
