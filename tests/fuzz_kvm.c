// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * A KVM that offers anything and writes anything into what it shares: nothing crashes, nothing
 * takes for ever, and where it has not promised that CPUs compare, no clock goes back.
 */
#include "fuzz.h"
#include "kvm_start.h"

static long any(unsigned long nr)
{
	return (s8)byte();
}

/* One thing that the host does, on some CPU. */
static void host_acts(void)
{
	struct kvm_cpu *c = cpu_at(byte() % CPUS);

	switch (byte() % 6) {
	case 0:
		fill(&c->clock, sizeof(c->clock));
		break;
	case 1:
		fill(&c->clock, byte() % sizeof(c->clock));
		c->clock.version = 2 + 2 * byte();
		break;
	case 2:
		fill(&c->steal, 17);
		break;
	case 3:
		c->eoi = byte();
		break;
	case 4:
		fill(&host.tsc, sizeof(host.tsc));
		break;
	case 5:
		host.step = (u64)byte() << byte() % 40;
		break;
	}
}

/* Only what the backend has taken upon itself. */
static bool ours(unsigned int op)
{
	return kvm_forms[op].kind != PVOPS_FORM_EMPTY;
}

static void kernel_acts(void)
{
	static u32 word;
	const struct pvops_irq_source source = { byte() % 4, byte() };
	const struct pvops_cpu_start how = { 0 };
	struct pvops_cpumask mask;
	u32 cpu = byte() % (CPUS + 1);

	host.cpu = byte() % CPUS;
	host.writes = 0;
	switch (byte() % 8) {
	case 0:
		kvm_irq_eoi(cpu);
		break;
	case 1:
		kvm_irq_bind(&source, cpu, (pvops_irq_handler_t)abort, NULL);
		break;
	case 2:
		if (ours(PVOPS_OP_smp_send_ipi))
			kvm_send_ipi(cpu, byte());
		break;
	case 3:
		if (ours(PVOPS_OP_lock_kick))
			kvm_lock_kick(cpu);
		break;
	case 4:
		if (ours(PVOPS_OP_lock_wait))
			kvm_lock_wait(&word, byte() & 1);
		break;
	case 5:
		fill(&mask, sizeof(mask));
		kvm_flush_others(&mask, 0, ~0UL);
		check(!(~mask.bits[0] & base.flushed.bits[0]));
		check(!((mask.bits[0] ^ base.flushed.bits[0]) >> host.cpu & 1));
		break;
	case 6:
		kvm_stop_cpu();
		break;
	case 7:
		if (cpu && cpu < CPUS)
			kvm_start_cpu(cpu, &how);
		break;
	}
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	u64 last = 0, stolen[CPUS] = { 0 };
	u32 features;

	input(data, size);
	fresh(NULL);
	fill(&features, sizeof(features));
	fill(&host.hints, 1);
	fill(&host.clock, byte() % (sizeof(host.clock) + 1));
	fill(&host.wall, byte() % (sizeof(host.wall) + 1));
	host.fail_nth = byte();
	if (features & (KVM_F_UNHALT | KVM_F_SEND_IPI))
		host.call = any;
	base.clock_step = byte();
	if (setjmp(panicked)) {
		check(!base.clock_step);		/* there was another clock */
		return 0;
	}
	start_all(features);
	for (int i = 0; i < 40 && left; i++) {
		struct pvops_timespec ts;

		host_acts();
		kernel_acts();
		if (kvm_forms[PVOPS_OP_time_clock].func) {
			u64 now = kvm_clock();

			check(features & KVM_F_CLOCK_STABLE || (s64)(now - last) >= 0);
			last = now;
			kvm_wallclock(&ts);
			check(ts.nsec < 1000000000);
		}
		for (u32 cpu = 0; cpu < CPUS; cpu++) {
			u64 now = kvm_steal(cpu);

			check(now >= stolen[cpu]);
			stolen[cpu] = now;
		}
	}
	return 0;
}
