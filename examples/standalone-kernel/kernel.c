// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * The smallest kernel that takes pvops in: built against an installed tree only, it boots on
 * bare hardware and as the initial domain of Xen, and has its sites patched on both.
 *
 * It has one CPU, no interrupts and no page tables but those it was entered on, which map the
 * image writable; so text is its own writable alias and there is no protection to change. A
 * kernel with memory management does these properly: see guest/ in pvops' source.
 */
#include <pvops/pvops.h>

#define EXIT_PORT	0xf4		/* QEMU's isa-debug-exit: status 0 ends it with 1 */
#define ARENA_PAGES	16

static struct pvops_boot *boot;
static struct pvops_percpu cpu0;
static u8 arena[ARENA_PAGES][PVOPS_PAGE_SIZE] __attribute__((aligned(PVOPS_PAGE_SIZE)));
static unsigned int arena_used;

static void say(const char *fmt, ...)
{
	char line[160];
	va_list args;
	int len;

	va_start(args, fmt);
	len = pvops_vsnprintf(line, sizeof(line), fmt, args);
	va_end(args);
	pvops_console_write(line, len < (int)sizeof(line) ? (size_t)len : sizeof(line) - 1);
}

static void __attribute__((noreturn)) leave(u8 status)
{
	if (boot->proto->ring0)
		pvops_cpu_out8(status, EXIT_PORT);
	pvops_cpu_shutdown(status ? PVOPS_SHUTDOWN_CRASH : PVOPS_SHUTDOWN_REBOOT);
	for (;;)
		pvops_irq_halt();
}

static void __attribute__((noreturn)) host_panic(const char *why)
{
	say("example: panic: %s\n", why);
	if (pvops_get_info()->backend)
		leave(2);
	for (;;)
		if (boot->proto->stop)
			boot->proto->stop();
}

static struct pvops_percpu *host_percpu(unsigned int cpu)
{
	return cpu ? NULL : &cpu0;
}

static pvops_gpa_t host_virt_to_gpa(const void *va)
{
	return (__force pvops_gpa_t)((unsigned long)va - boot->virt_offset);
}

/* Image and loader's data are mapped at an offset; bare hardware has the rest in place. */
static void *host_gpa_to_virt(pvops_gpa_t gpa)
{
	unsigned long addr = (__force unsigned long)gpa;

	if (addr >= boot->used_start && addr < boot->used_end)
		return (void *)(addr + boot->virt_offset);
	return boot->proto->ring0 ? (void *)addr : NULL;
}

static void *host_alloc_pages(unsigned int order)
{
	void *pages = arena[arena_used];

	if (ARENA_PAGES - arena_used < 1U << order)
		return NULL;
	arena_used += 1U << order;
	return pages;
}

static void host_free_pages(void *va, unsigned int order)
{
}

static int host_protect(void *va, size_t len, enum pvops_prot prot)
{
	return 0;
}

static void *host_alias_map(const void *text, size_t len)
{
	return (void *)(unsigned long)text;
}

static void host_alias_unmap(void *alias, size_t len)
{
}

static void *host_map_mmio(pvops_gpa_t gpa, size_t len)
{
	return boot->proto->ring0 ? (void *)(__force unsigned long)gpa : NULL;
}

static void host_on_cpus(const struct pvops_cpumask *cpus, void (*fn)(void *arg), void *arg)
{
}

static const struct pvops_host host = {
	.abi = PVOPS_HOST_ABI,
	.size = sizeof(struct pvops_host),
	.gs_selector = PVOPS_BOOT_GS,	/* i386: it stays on the boot's GDT */
	.log = pvops_console_write,
	.panic = host_panic,
	.percpu = host_percpu,
	.virt_to_gpa = host_virt_to_gpa,
	.gpa_to_virt = host_gpa_to_virt,
	.alloc_pages = host_alloc_pages,
	.free_pages = host_free_pages,
	.protect = host_protect,
	.alias_map = host_alias_map,
	.alias_unmap = host_alias_unmap,
	.map_mmio = host_map_mmio,
	.on_cpus = host_on_cpus,
};

static u8 check(const char *what, bool right)
{
	say("example: %s: %s\n", what, right ? "right" : "WRONG");
	return !right;
}

static u8 try_ops(void)
{
	unsigned long flags;
	u64 start, value = 0x100000 | PVOPS_PTE_PRESENT | PVOPS_PTE_WRITE;
	u8 wrong = 0;

	flags = pvops_irq_save();
	pvops_irq_disable();
	wrong |= check("interrupts off, and restored to off",
		       !(flags & PVOPS_FLAGS_IF) && !(pvops_irq_save() & PVOPS_FLAGS_IF));
	wrong |= check("a page-table entry comes back as it went in",
		       (__force u64)pvops_mmu_pte_val(
			       pvops_mmu_make_pte((__force pvops_pteval_t)value)) == value);
	start = pvops_time_clock();
	for (int i = 0; i < 1000; i++)
		pvops_smp_yield();
	wrong |= check("the clock goes on", pvops_time_clock() > start);
	return wrong;
}

void pvops_guest_main(struct pvops_boot *given)
{
	u8 wrong;

	boot = given;
	if (pvops_init(boot, &host))
		host_panic("no host to run on");
	say("example: on %s, by the table\n", pvops_get_info()->backend->name);
	wrong = try_ops();
	if (pvops_patch())
		host_panic("not patched");
	say("example: on %s, patched\n", pvops_get_info()->backend->name);
	wrong |= try_ops();
	say("example: done\n");
	leave(wrong);
}
