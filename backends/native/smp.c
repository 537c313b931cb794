// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* The other CPUs of bare hardware: INIT, SIPI, and the way down. */
#include <pvops/unmark.h>
#include "apic.h"
#include "madt.h"
#include "native.h"

#define MSR_EFER	0xc0000080
#define EFER_LMA	(1U << 10)	/* read only */
#define CPUID_NX	(1U << 20)	/* leaf 0x80000001, edx */
#define START_NS	500000000ULL
#define FLUSH_SINGLE	32		/* pages that are flushed one by one */

extern const u8 native_trampoline[], native_trampoline_end[], native_trampoline_args[];

struct trampoline_args {
	u32 root;
	u32 efer;
	u64 stack;
	u64 entry;
};

static u32 ids[PVOPS_MAX_CPUS];
static unsigned int cpus = 1;
static u64 page_gpa;			/* of the trampoline's page, 0: none */
static u8 *page;

/* One start at a time. */
static struct {
	struct pvops_cpu_start start;
	unsigned int cpu;
	bool came, busy;
} starting;
static u32 running[PVOPS_MAX_CPUS];
static u64 tramp_root[512] __attribute__((aligned(4096)));

/* The lowest memory onto itself, as an entry of a top-level table: the boot's own map. */
#ifdef __x86_64__
extern u8 pvops_boot_pud_low[];		/* entry64.S */
#define LOW_ENTRY	(((unsigned long)pvops_boot_pud_low - PVOPS_VIRT_BASE) | 3)
#define TOP_ENTRIES	512
#else
extern u8 pvops_boot_low[];		/* entry32.S */
#define LOW_ENTRY	(((unsigned long)pvops_boot_low - PVOPS_VIRT_BASE) | 1)
#define TOP_ENTRIES	4
#endif
/* The kernel's share: the upper half, or on i386 all from PVOPS_VIRT_BASE on. */
#define TOP_KERNEL	(TOP_ENTRIES == 4 ? 3 : TOP_ENTRIES / 2)

u32 native_apic_id(unsigned int cpu)
{
	return ids[cpu];
}

unsigned int native_smp_nr_cpus(void)
{
	return cpus;
}

/* A page of RAM below 640 KiB, away from the BIOS' data. */
static u64 low_page(const struct pvops_boot *boot)
{
	for (u64 gpa = 0x8000; gpa < 0x90000; gpa += PVOPS_PAGE_SIZE)
		for (u32 i = 0; i < boot->nr_mem; i++)
			if (boot->mem[i].type == PVOPS_MEM_RAM && gpa >= boot->mem[i].base &&
			    gpa + PVOPS_PAGE_SIZE <= boot->mem[i].base + boot->mem[i].size)
				return gpa;
	return 0;
}

/* Put ourselves first: we are CPU 0, whatever our place in the table, even if it forgot us. */
static unsigned int self_first(unsigned int n)
{
	u32 a = 1, b, c = 0, d, self;
	unsigned int at = 0, kept = 0;

	PVOPS_UNMARKED(cpuid, "cpuid", : "+a"(a), "=b"(b), "+c"(c), "=d"(d));
	self = b >> 24;
	/* Eight bits are all that the older mode can address; the rest would hit somebody else. */
	for (unsigned int i = 0; i < n; i++)
		if (ids[i] < 0xff || c & CPUID_X2APIC)
			ids[kept++] = ids[i];
	n = kept;
	while (at < n && ids[at] != self)
		at++;
	if (at == n && n < PVOPS_MAX_CPUS)
		n++;
	else if (at == n)
		at--;
	ids[at] = ids[0];
	ids[0] = self;
	return n;
}

int native_smp_init(struct pvops_boot *boot)
{
	unsigned int n = native_madt_cpus(boot->rsdp, ids, PVOPS_MAX_CPUS);

	if (!n)
		pvops_log("native: no usable MADT: one CPU");
	n = self_first(n);
	cpus = n;
	page_gpa = n > 1 ? low_page(boot) : 0;
	if (n > 1 && !page_gpa) {
		pvops_log("native: no memory below 1 MiB to start CPUs in: one CPU");
		cpus = 1;
	}
	/* Nobody else's from now on. */
	if (page_gpa && !pvops_boot_add_mem(boot, page_gpa, PVOPS_PAGE_SIZE, PVOPS_MEM_RESERVED))
		return -PVOPS_ENOSPC;
	return 0;
}

int native_late_init(void)
{
	int err = native_time_check();

	if (!err)
		err = native_apic_init();
	if (err)
		return err;
	native_apic_enable();
	running[0] = 1;
	if (page_gpa) {
		page = pvops_get_host()->map_mmio((__force pvops_gpa_t)(unsigned long)page_gpa,
						  PVOPS_PAGE_SIZE);
		if (!page)
			return -PVOPS_ENOMEM;
	}
	return native_timer_init();
}

int native_cpu_up(unsigned int cpu)
{
	return 0;
}

/* What is left to do on a started CPU, when GS is right. */
static __attribute__((noreturn)) void go(struct pvops_cpu_start start)
{
	native_apic_enable();
	/* Said by us: we may stop again before the one that started us looks. */
	__atomic_store_n(&running[starting.cpu], 1, __ATOMIC_RELEASE);
	__atomic_store_n(&starting.came, true, __ATOMIC_RELEASE);
#ifdef __x86_64__
	asm volatile("mov %0, %%rsp\n"
		     "	xor %%ebp, %%ebp\n"
		     "	call *%1\n"
		     "	ud2"
		     : : "S"(start.stack), "a"(start.entry), "D"(start.arg) : "memory");
#else
	asm volatile("mov %0, %%esp\n"
		     "	xor %%ebp, %%ebp\n"
		     "	call *%1\n"
		     "	ud2"
		     : : "S"(start.stack), "d"(start.entry), "a"(start.arg) : "memory");
#endif
	__builtin_unreachable();
}

/* First C of a started CPU, on its own stack and the trampoline's tables. */
static __attribute__((noreturn)) void cpu_begin(void)
{
	struct pvops_cpu_start start = starting.start;
	unsigned long root = (__force unsigned long)start.root;

	asm volatile("mov %0, %%cr3" : : "r"(root) : "memory");
#ifndef __x86_64__
	native_cpu_start_gdt(starting.cpu);
#endif
	native_cpu_write_gs_base(start.gs_base);
	go(start);
}

static void delay(u64 ns)
{
	u64 end = pvops_time_clock() + ns;

	while (pvops_time_clock() < end)
		asm volatile("pause");
}

/* EFER as the first CPU has it; 0: leave it alone, for a CPU of i386 may have none. */
static u32 efer(void)
{
#ifndef __x86_64__
	u32 a = 0x80000000, b, c = 0, d;

	PVOPS_UNMARKED(cpuid, "cpuid", : "+a"(a), "=b"(b), "+c"(c), "=d"(d));
	if (a < 0x80000001)
		return 0;
	a = 0x80000001;
	PVOPS_UNMARKED(cpuid, "cpuid", : "+a"(a), "=b"(b), "+c"(c), "=d"(d));
	if (!(d & CPUID_NX))
		return 0;
#endif
	return (u32)pvops_cpu_read_msr(MSR_EFER) & ~EFER_LMA;
}

static void fill_trampoline(const struct pvops_cpu_start *start)
{
	const u64 *kernel = pvops_get_host()->gpa_to_virt(start->root);
	struct trampoline_args *args;
	u32 wanted;

	for (size_t i = 0; i < (size_t)(native_trampoline_end - native_trampoline); i++)
		page[i] = native_trampoline[i];
	for (int i = TOP_KERNEL; i < TOP_ENTRIES; i++)
		tramp_root[i] = kernel[i];
	tramp_root[0] = LOW_ENTRY;
	wanted = efer();
	args = (void *)(page + (native_trampoline_args - native_trampoline));
	args->root = (u32)((unsigned long)tramp_root - PVOPS_VIRT_BASE);
	args->efer = wanted;
	args->stack = (unsigned long)start->stack;
	args->entry = (unsigned long)cpu_begin;
}

/* By the hypervisor's way, if it has one: no real mode, no trampoline. */
static bool has_state(void)
{
	return PVOPS_BASE_HAS_WAYS && pvops_base_ways()->start_state;
}

#ifdef __x86_64__
static int set_state(unsigned int cpu, const struct pvops_cpu_start *start)
{
	return -PVOPS_ENOSYS;
}
#else
/* All is as the state says, GS too. */
static __attribute__((noreturn)) void state_begin(void)
{
	go(starting.start);
}

static int set_state(unsigned int cpu, const struct pvops_cpu_start *start)
{
	struct pvops_cpu_state state = {
		.entry = (unsigned long)state_begin,
		.stack = (unsigned long)start->stack - 16,
		.root = start->root, .efer = efer(),
	};

	native_cpu_start_state(cpu, start->gs_base, &state);
	return pvops_base_ways()->start_state(ids[cpu], &state);
}
#endif

static int start_one(unsigned int cpu, const struct pvops_cpu_start *start)
{
	u64 end;
	int err;

	if (__atomic_load_n(&running[cpu], __ATOMIC_ACQUIRE))
		return -PVOPS_EBUSY;
	starting.start = *start;
	starting.cpu = cpu;
	__atomic_store_n(&starting.came, false, __ATOMIC_RELEASE);
	if (!has_state())
		fill_trampoline(start);

	/* Intel SDM vol. 3, 8.4.4.1: INIT, 10 ms, SIPI, 200 us, SIPI. */
	native_apic_command(ids[cpu], APIC_ICR_INIT);
	delay(10000000);
	err = has_state() ? set_state(cpu, start) : 0;
	if (err)
		return err;
	for (int i = 0; i < 2 && !__atomic_load_n(&starting.came, __ATOMIC_ACQUIRE); i++) {
		native_apic_command(ids[cpu], APIC_ICR_SIPI | (u32)(page_gpa >> PVOPS_PAGE_SHIFT));
		delay(200000);
	}
	end = pvops_time_clock() + START_NS;
	while (!__atomic_load_n(&starting.came, __ATOMIC_ACQUIRE)) {
		if (pvops_time_clock() > end) {
			/* Should it come after all, it would begin with the next one's stack. */
			native_apic_command(ids[cpu], APIC_ICR_INIT);
			__atomic_store_n(&running[cpu], 0, __ATOMIC_RELEASE);
			return -PVOPS_ETIMEDOUT;
		}
		asm volatile("pause");
	}
	return 0;
}

int native_smp_start_cpu(unsigned int cpu, const struct pvops_cpu_start *start)
{
	int err;

	if (!cpu || cpu >= cpus || !start->entry || (unsigned long)start->stack % 16)
		return -PVOPS_EINVAL;
	while (__atomic_exchange_n(&starting.busy, true, __ATOMIC_ACQUIRE))
		asm volatile("pause");
	err = start_one(cpu, start);
	__atomic_store_n(&starting.busy, false, __ATOMIC_RELEASE);
	return err;
}

void native_smp_stop_cpu(void)
{
	u32 *mine = &running[pvops_cpu()];

	pvops_irq_disable();
	native_time_stop_timer();
	if (PVOPS_BASE_HAS_WAYS && pvops_base_ways()->stop)
		pvops_base_ways()->stop(mine);
	/* From this store on the stack is not ours: no call may follow. */
	asm volatile("movl $0, (%0)\n"
		     "1:	hlt\n"
		     "	jmp 1b"
		     : : "r"(mine) : "memory");
	__builtin_unreachable();
}

bool native_smp_cpu_stopped(unsigned int cpu)
{
	return cpu < cpus && !__atomic_load_n(&running[cpu], __ATOMIC_ACQUIRE);
}

int native_smp_send_ipi(unsigned int cpu, unsigned int ipi)
{
	if (cpu >= cpus || ipi >= PVOPS_MAX_IPIS)
		return -PVOPS_EINVAL;
	native_apic_command(ids[cpu], APIC_ICR_FIXED | (VECTOR_IPI + ipi));
	return 0;
}

struct range {
	unsigned long start;
	unsigned long end;
};

static void flush_range(void *arg)
{
	const struct range *range = arg;
	unsigned long len = range->end - range->start, done;

	if (len > FLUSH_SINGLE * PVOPS_PAGE_SIZE) {
		pvops_mmu_flush_global();
		return;
	}
	/* By length: an address past the last page of all is 0 again. */
	for (done = 0; done < len; done += PVOPS_PAGE_SIZE)
		pvops_mmu_flush_one(range->start + done);
}

void native_mmu_flush_others(const struct pvops_cpumask *mask, unsigned long start,
			     unsigned long end)
{
	struct range range = { start & PVOPS_PAGE_MASK, end };
	unsigned int self = pvops_cpu();
	bool others = false;

	for (unsigned int i = 0; i < sizeof(mask->bits) / sizeof(*mask->bits); i++)
		others |= mask->bits[i] & ~(i == self / 64 ? 1ULL << self % 64 : 0);
	if (others)
		pvops_get_host()->on_cpus(mask, flush_range, &range);
	if (mask->bits[self / 64] >> self % 64 & 1)
		flush_range(&range);
}
