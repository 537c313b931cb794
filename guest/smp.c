// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* Other CPUs: start, stop, and calls from one to the others. */
#include "host.h"
#include "pmm.h"
#include "sched.h"
#include "smp.h"
#include "trap.h"
#include "vmm.h"

#define IPI_CALL	0
#define IPI_RESCHED	1
#define START_LIMIT	3000000000ULL

struct cpu *cpus[MAX_CPUS];
unsigned int nr_cpus = 1;

/* One call at a time; who wants to call answers calls while it waits for its turn. */
static struct {
	u32 busy;
	void (*fn)(void *arg);
	void *arg;
	unsigned long pending;	/* CPUs that have not run it yet */
} call;

static void answer(void)
{
	unsigned long me = 1UL << pvops_cpu();

	if (!(__atomic_load_n(&call.pending, __ATOMIC_ACQUIRE) & me))
		return;
	call.fn(call.arg);
	__atomic_fetch_and(&call.pending, ~me, __ATOMIC_RELEASE);
}

static void on_call(u32 irq, void *data)
{
	pvops_irq_eoi(irq);
	answer();
}

static void on_resched(u32 irq, void *data)
{
	pvops_irq_eoi(irq);
	this_cpu()->resched = true;
}

void host_on_cpus(const struct pvops_cpumask *mask, void (*fn)(void *arg), void *arg)
{
	unsigned long flags = pvops_irq_save();
	unsigned long targets;

	/* Stay on this CPU; interrupts off means answering by hand while others call. */
	pvops_irq_disable();
	while (__atomic_exchange_n(&call.busy, 1, __ATOMIC_ACQUIRE)) {
		answer();
		pvops_smp_yield();
	}
	targets = 0;
	for (unsigned int cpu = 0; cpu < MAX_CPUS; cpu++)
		if (cpus[cpu] && cpus[cpu]->online && cpu != pvops_cpu())
			targets |= (unsigned long)mask->bits[0] & 1UL << cpu;
	call.fn = fn;
	call.arg = arg;
	__atomic_store_n(&call.pending, targets, __ATOMIC_RELEASE);
	for (unsigned int cpu = 0; cpu < MAX_CPUS; cpu++)
		if (targets >> cpu & 1)
			pvops_smp_send_ipi(cpu, IPI_CALL);
	while (__atomic_load_n(&call.pending, __ATOMIC_ACQUIRE))
		pvops_smp_yield();
	__atomic_store_n(&call.busy, 0, __ATOMIC_RELEASE);
	pvops_irq_restore(flags);
}

static void serialise(void *arg)
{
	u32 a = 0, b, c = 0, d;

	/* CPUID serialises, and so does a hypervisor's way to emulate it. */
	pvops_cpu_cpuid(&a, &b, &c, &d);
}

void host_sync_cores(void)
{
	const struct pvops_cpumask all = { .bits = { ~0ULL } };

	host_on_cpus(&all, serialise, NULL);
	serialise(NULL);
}

void run_on(unsigned int cpu, void (*fn)(void *arg), void *arg)
{
	const struct pvops_cpumask mask = { .bits = { 1ULL << cpu } };
	unsigned long flags;

	if (cpu == pvops_cpu()) {
		flags = pvops_irq_save();
		pvops_irq_disable();
		fn(arg);
		pvops_irq_restore(flags);
		return;
	}
	host_on_cpus(&mask, fn, arg);
}

void smp_cpu_init(void)
{
	static const struct pvops_irq_source call_ipi = { PVOPS_IRQ_IPI, IPI_CALL };
	static const struct pvops_irq_source resched_ipi = { PVOPS_IRQ_IPI, IPI_RESCHED };
	struct cpu *cpu = this_cpu();

	cpu->ipi_irq[IPI_CALL] = pvops_irq_bind(&call_ipi, cpu->pv.cpu, on_call, NULL);
	cpu->ipi_irq[IPI_RESCHED] = pvops_irq_bind(&resched_ipi, cpu->pv.cpu, on_resched, NULL);
	if (cpu->ipi_irq[IPI_CALL] < 0 || cpu->ipi_irq[IPI_RESCHED] < 0)
		kpanic("CPU %u: no IPIs: error %d", cpu->pv.cpu, cpu->ipi_irq[IPI_CALL]);
	__atomic_store_n(&cpu->online, true, __ATOMIC_RELEASE);
}

/* The way out of a CPU that smp_stop() wants gone; from its idle loop. */
void smp_leave(void)
{
	struct cpu *cpu = this_cpu();

	pvops_irq_disable();
	for (int i = 0; i < NR_IPIS; i++)
		pvops_irq_unbind((unsigned int)cpu->ipi_irq[i]);
	pvops_irq_unbind((unsigned int)cpu->timer_irq);
	__atomic_store_n(&cpu->online, false, __ATOMIC_RELEASE);
	pvops_smp_stop_cpu();
	kpanic("CPU %u came back from smp.stop_cpu", cpu->pv.cpu);
}

void smp_wake(unsigned int nr)
{
	pvops_smp_send_ipi(nr, IPI_RESCHED);
}

bool smp_stop_taken(struct cpu *cpu)
{
	return __atomic_exchange_n(&cpu->stop, false, __ATOMIC_ACQ_REL);
}

int smp_stop(unsigned int nr)
{
	if (!nr || nr >= nr_cpus || !cpus[nr]->online)
		return -PVOPS_EINVAL;
	__atomic_store_n(&cpus[nr]->stop, true, __ATOMIC_RELEASE);
	smp_wake(nr);
	/*
	 * Giving way each time: QEMU with -icount runs a CPU that never pauses until a timer is
	 * due, has nothing left then for the next in turn, and so the same one, for ever.
	 */
	for (u64 end = pvops_time_clock() + START_LIMIT; !pvops_smp_cpu_stopped(nr);) {
		/* Too late, unless it has just seen what we want, and is on its way. */
		if (pvops_time_clock() > end && smp_stop_taken(cpus[nr]))
			return -PVOPS_ETIMEDOUT;
		pvops_smp_yield();
	}
	return 0;
}

static void cpu_main(void *arg)
{
	cpu_tables_init();
	fpu_init();
	smp_cpu_init();
	sched_cpu_init();
	pvops_irq_enable();
	idle_loop();
}

int smp_start(unsigned int nr)
{
	struct cpu *cpu = cpus[nr];
	struct pvops_cpu_start start = {
		.entry = cpu_main, .stack = (void *)cpu->idle_sp, .gs_base = (unsigned long)cpu,
		.root = pvops_pfn_to_gpa(kernel_root), .arg = cpu,
	};
	u64 end = pvops_time_clock() + START_LIMIT;
	int err;

	cpu->as = NULL;
	err = pvops_smp_start_cpu(nr, &start);
	if (err)
		return err;
	while (!__atomic_load_n(&cpu->online, __ATOMIC_ACQUIRE)) {
		if (pvops_time_clock() > end)
			return -PVOPS_ETIMEDOUT;
		pvops_smp_yield();
	}
	return 0;
}

void smp_init(void)
{
	unsigned int there = pvops_smp_nr_cpus();
	u8 *stack;
	int err;

	for (unsigned int nr = 1; nr < there && nr < MAX_CPUS; nr++) {
		unsigned int order = 0;

		while ((PVOPS_PAGE_SIZE << order) < sizeof(struct cpu))
			order++;
		cpus[nr] = pvops_get_host()->alloc_pages(order);
		stack = pvops_get_host()->alloc_pages(2);
		if (!cpus[nr] || !stack)
			kpanic("no memory for CPU %u", nr);
		cpus[nr]->self = cpus[nr];
		cpus[nr]->idle_sp = (unsigned long)stack + KERNEL_STACK;
		err = pvops_prepare_cpu(nr);
		if (!err)
			err = smp_start(nr);
		if (err)
			kpanic("CPU %u does not start: error %d", nr, err);
		nr_cpus = nr + 1;
	}
}
