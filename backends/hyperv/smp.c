// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* Other CPUs: what each must tell the hypervisor, IPIs, and waiting for a lock. */
#include "hyperv.h"

#define ICR_FIXED	0x4000		/* level assert, physical destination */
#define LOW_VECTOR	0x10

/* A page if it is wanted and not there yet; false: no memory. */
static bool page_for(bool wanted, void **page)
{
	if (wanted && !*page)
		*page = pvops_get_host()->alloc_pages(0);
	return !wanted || *page;
}

/* On the CPU itself: all that is a CPU's own in the hypervisor. */
static void begin(void)
{
	struct hyperv_cpu *cpu = hyperv_this_cpu();
	u64 vp = 0;

	cpu->apic_id = hv_apic_id();
	/* Without the number of one no set of CPUs can be named. */
	if (hyperv_uses(HYPERV_VP_INDEX) && hyperv_rdmsr(HV_MSR_VP_INDEX, &vp) &&
	    hyperv_give_up(HYPERV_VP_INDEX | HYPERV_FLUSH | HYPERV_IPI))
		pvops_log("hyperv: CPU %u: no VP index to be read: no flush or IPI by hypercall",
			  pvops_cpu());
	cpu->vp = vp > ~0U ? ~0U : (u32)vp;
	__atomic_store_n(&cpu->known, true, __ATOMIC_RELEASE);
	if (hyperv_uses(HYPERV_ASSIST) && cpu->assist_page) {
		*cpu->assist_page = 0;
		if (hyperv_place(HV_MSR_VP_ASSIST, cpu->assist_page))
			pvops_log("hyperv: CPU %u: the VP assist page cannot be placed",
				  pvops_cpu());
		else
			cpu->assist = cpu->assist_page;
	}
	hyperv_timer_begin(cpu);
}

int hyperv_cpu_prepare(unsigned int nr)
{
	struct hyperv_cpu *cpu = &hyperv_cpus[nr];
	void *assist = cpu->assist_page, *messages = cpu->messages;
	bool all;

	all = page_for(hyperv_uses(HYPERV_FLUSH | HYPERV_IPI), &cpu->input) &&
	      page_for(hyperv_uses(HYPERV_ASSIST), &assist) &&
	      page_for(hyperv_uses(HYPERV_SYNIC), &messages);
	cpu->assist_page = assist;
	cpu->messages = messages;
	if (!all) {
		pvops_log("hyperv: no memory for CPU %u", nr);
		return -PVOPS_ENOMEM;
	}
	if (!nr)
		begin();
	return 0;
}

int hyperv_smp_start_cpu(unsigned int cpu, const struct pvops_cpu_start *start)
{
	return pvops_base_start_cpu(cpu, start, begin);
}

void hyperv_smp_stop_cpu(void)
{
	pvops_fn_smp_stop_cpu_t *base = pvops_base_func(PVOPS_OP_smp_stop_cpu);
	struct hyperv_cpu *cpu = hyperv_this_cpu();
	u64 page;

	hv_irq_save();
	hyperv_timer_end();
	if (cpu->assist) {
		/* The page is ours again only when the host has let go of it. */
		if (hyperv_rdmsr(HV_MSR_VP_ASSIST, &page) ||
		    hyperv_wrmsr(HV_MSR_VP_ASSIST, page & ~HV_PAGE_ENABLE))
			pvops_log("hyperv: CPU %u: the VP assist page cannot be taken back",
				  pvops_cpu());
		cpu->assist = NULL;
	}
	base();
}

static int ipi_by_hypercall(u32 vp, u32 vector)
{
	struct hv_ipi_ex *ex;
	unsigned long flags;
	unsigned int banks;
	u64 call;
	int err;

	if (vp < 64)
		return hyperv_call_fast(HYPERV_IPI, HV_CALL_SEND_IPI, vector, 1ULL << vp);
	if (!(hyperv.hints & HV_HINT_EX_MASKS) || vp >= 64 * HV_VP_BANKS)
		return -PVOPS_ENOSYS;
	flags = hv_irq_save();
	ex = hyperv_this_cpu()->input;
	ex->vector = vector;
	ex->vtl = 0;
	banks = hyperv_vp_set(&ex->set, &vp, 1);
	call = HV_CALL_SEND_IPI_EX | (u64)banks << HV_CALL_VARHEAD_SHIFT;
	err = hyperv_call(HYPERV_IPI, call, ex);
	hv_irq_restore(flags);
	return err;
}

int hyperv_smp_send_ipi(unsigned int nr, unsigned int ipi)
{
	pvops_fn_smp_send_ipi_t *base = pvops_base_func(PVOPS_OP_smp_send_ipi);
	const struct hyperv_cpu *cpu = &hyperv_cpus[nr < PVOPS_MAX_CPUS ? nr : 0];
	u32 vector;

	if (nr >= PVOPS_MAX_CPUS || ipi >= PVOPS_MAX_IPIS)
		return -PVOPS_EINVAL;
	vector = cpu->vectors[ipi];
	/* Nobody bound, or nobody there yet: the base knows what is right then. */
	if (vector < LOW_VECTOR || !__atomic_load_n(&cpu->known, __ATOMIC_ACQUIRE))
		return base(nr, ipi);
	if (hyperv_uses(HYPERV_IPI) && !ipi_by_hypercall(cpu->vp, vector))
		return 0;
	if (hyperv_uses(HYPERV_APIC_MSRS) &&
	    !hyperv_wrmsr(HV_MSR_ICR, (u64)cpu->apic_id << 56 | ICR_FIXED | vector))
		return 0;
	return base(nr, ipi);
}

void hyperv_lock_wait(const u32 *word, u32 val)
{
	pvops_fn_lock_wait_t *base = pvops_base_func(PVOPS_OP_lock_wait);

	base(word, val);
	/* Looked long enough: the holder may need the CPU that we burn. */
	if (hyperv_uses(HYPERV_SPIN) && __atomic_load_n(word, __ATOMIC_ACQUIRE) == val)
		hyperv_call_fast(HYPERV_SPIN, HV_CALL_LONG_SPIN, hyperv.spins, 0);
}
