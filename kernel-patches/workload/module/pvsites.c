// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * A module with call sites of operations in it: they are patched when it is loaded, and do what
 * they do elsewhere in the kernel. Its init is the test.
 */
#include <linux/delay.h>
#include <linux/init.h>
#include <linux/irqflags.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/smp.h>
#include <linux/spinlock.h>
#include <linux/vmalloc.h>
#include <asm/msr.h>
#include <asm/processor.h>
#include <asm/special_insns.h>
#include <asm/tlbflush.h>

static bool quiet, fail;
module_param(quiet, bool, 0);
module_param(fail, bool, 0);
static uint hold;
module_param(hold, uint, 0);

static int wrong;

#define EXPECT(cond)								\
	do {									\
		if (!(cond)) {							\
			wrong++;						\
			pr_err("# %s:%d: expected %s\n", __FILE__, __LINE__, #cond);	\
		}								\
	} while (0)

/* The bytes of one operation, between two labels: there is no way through a table left in them. */
#define BYTES(name, operation)							\
static noinline void do_##name(const u8 **begin, const u8 **end)		\
{										\
	asm volatile("lea 1f(%%rip), %0\n1:" : "=r" (*begin) : : "memory");	\
	operation;								\
	asm volatile("2: lea 2b(%%rip), %0" : "=r" (*end) : : "memory");		\
}

BYTES(irq_disable, raw_local_irq_disable())
BYTES(irq_enable, raw_local_irq_enable())

static void look_at(const char *name, void (*run)(const u8 **begin, const u8 **end))
{
	const u8 *begin, *end;

	run(&begin, &end);
	if (!quiet)
		pr_info("%s is %*ph\n", name, (int)(end - begin), begin);
	EXPECT(end > begin && end - begin < 64);
	for (; begin + 1 < end; begin++)
		EXPECT(!(begin[0] == 0xff && (begin[1] == 0x15 || begin[1] == 0x14)));
}

static void test_irq(void)
{
	unsigned long flags, inner;

	EXPECT(!irqs_disabled());
	local_irq_save(flags);
	EXPECT(irqs_disabled());
	EXPECT(!raw_irqs_disabled_flags(flags));
	local_irq_save(inner);
	EXPECT(raw_irqs_disabled_flags(inner));
	local_irq_restore(inner);
	EXPECT(irqs_disabled());
	local_irq_restore(flags);
	EXPECT(!irqs_disabled());
	local_irq_disable();
	EXPECT(irqs_disabled());
	local_irq_enable();
	EXPECT(!irqs_disabled());
}

static DEFINE_SPINLOCK(lock);
static unsigned long counted;

static void count(void *arg)
{
	unsigned long flags;
	int i;

	for (i = 0; i < 1000; i++) {
		spin_lock_irqsave(&lock, flags);
		counted++;
		spin_unlock_irqrestore(&lock, flags);
	}
}

static bool taken;

static void count_after(void *arg)
{
	while (!READ_ONCE(taken))
		cpu_relax();
	count(arg);
}

/* One CPU has a lock for @hold milliseconds, and another waits for it, interrupts off. */
static void test_hold(void)
{
	unsigned long flags;
	int cpu;

	counted = 0;
	preempt_disable();
	cpu = cpumask_any_but(cpu_online_mask, smp_processor_id());
	EXPECT(cpu < nr_cpu_ids && !smp_call_function_single(cpu, count_after, NULL, 0));
	spin_lock_irqsave(&lock, flags);
	WRITE_ONCE(taken, true);
	mdelay(hold);
	EXPECT(!counted);
	spin_unlock_irqrestore(&lock, flags);
	preempt_enable();
	if (cpu < nr_cpu_ids)
		EXPECT(!smp_call_function_single(cpu, count, NULL, 1) && counted == 2000);
}

static void test_cpu(void)
{
	u32 eax = 0, ebx, ecx = 0, edx;
	u64 value;

	native_cpuid(&eax, &ebx, &ecx, &edx);
	EXPECT(cpuid_eax(0) >= 1);
	EXPECT(read_cr0() & X86_CR0_PE);
	EXPECT(rdmsrl_safe(0x4b564dff, &value) || !value);
	rdmsrl(MSR_EFER, value);
	EXPECT(value & EFER_LMA);
	/* For the page that the CPU went to last, whatever that was. */
	(void)read_cr2();
}

static void test_mmu(void)
{
	struct page *pages[4];
	char *at;
	int i;

	for (i = 0; i < 4; i++) {
		pages[i] = alloc_page(GFP_KERNEL | __GFP_ZERO);
		if (!pages[i])
			goto out;
	}
	at = vmap(pages, 4, VM_MAP, PAGE_KERNEL);
	EXPECT(at);
	if (at) {
		for (i = 0; i < 4; i++) {
			at[i * PAGE_SIZE] = 0x10 + i;
			EXPECT(*(char *)page_address(pages[i]) == 0x10 + i);
			EXPECT(vmalloc_to_page(at + i * PAGE_SIZE) == pages[i]);
		}
		vunmap(at);
	}
out:
	while (i--)
		__free_page(pages[i]);
}

static int __init pvsites_init(void)
{
	if (fail)
		return -EINVAL;
	look_at("irq_disable", do_irq_disable);
	look_at("irq_enable", do_irq_enable);
	test_irq();
	on_each_cpu(count, NULL, 1);
	count(NULL);
	EXPECT(counted == 1000UL * (num_online_cpus() + 1));
	test_cpu();
	test_mmu();
	if (hold)
		test_hold();
	return wrong ? -EIO : 0;
}

static void __exit pvsites_exit(void)
{
}

module_init(pvsites_init);
module_exit(pvsites_exit);
MODULE_DESCRIPTION("operations' call sites in a module");
MODULE_LICENSE("Dual BSD/GPL");
