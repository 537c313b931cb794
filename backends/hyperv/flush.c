// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* TLBs of other CPUs by one hypercall, which does not wake those that do not run. */
#include "hyperv.h"

#define MAX_RANGES	32		/* of up to 4096 pages; beyond, everything goes */

struct job {
	u32 vps[PVOPS_MAX_CPUS];
	unsigned int n;
	bool sparse;			/* a VP that does not fit into a word */
	unsigned int ranges;		/* 0: everything */
	unsigned long start;
	unsigned long pages;
};

unsigned int hyperv_vp_set(struct hv_vp_set *set, const u32 *vps, unsigned int n)
{
	u64 banks[HV_VP_BANKS] = { 0 };
	unsigned int used = 0;

	set->format = HV_VP_SET_SPARSE;
	set->valid = 0;
	for (unsigned int i = 0; i < n; i++) {
		banks[vps[i] / 64] |= 1ULL << vps[i] % 64;
		set->valid |= 1ULL << vps[i] / 64;
	}
	for (unsigned int i = 0; i < HV_VP_BANKS; i++)
		if (banks[i])
			set->banks[used++] = banks[i];
	return used;
}

/* Who is meant? false: somebody whose number we do not know. */
static bool collect(struct job *job, const struct pvops_cpumask *cpus, unsigned int self)
{
	pvops_fn_smp_nr_cpus_t *nr_cpus = pvops_base_func(PVOPS_OP_smp_nr_cpus);
	pvops_fn_smp_cpu_stopped_t *stopped = pvops_base_func(PVOPS_OP_smp_cpu_stopped);
	unsigned int n = nr_cpus();

	for (unsigned int i = 0; i < n && i < PVOPS_MAX_CPUS; i++) {
		const struct hyperv_cpu *cpu = &hyperv_cpus[i];

		if (i == self || !(cpus->bits[i / 64] >> i % 64 & 1))
			continue;
		if (!__atomic_load_n(&cpu->known, __ATOMIC_ACQUIRE)) {
			if (stopped(i))
				continue;
			return false;
		}
		if (cpu->vp >= 64 * HV_VP_BANKS)
			return false;
		job->sparse |= cpu->vp >= 64;
		job->vps[job->n++] = cpu->vp;
	}
	return !job->sparse || hyperv.hints & HV_HINT_EX_MASKS;
}

static void fill_ranges(const struct job *job, u64 *to)
{
	unsigned long va = job->start, left = job->pages, more;

	for (unsigned int i = 0; i < job->ranges; i++) {
		more = left - 1 < HV_GVA_MORE_MAX ? left - 1 : HV_GVA_MORE_MAX;
		to[i] = va | more;
		va += (more + 1) * PVOPS_PAGE_SIZE;
		left -= more + 1;
	}
}

static int flush_sparse(const struct job *job, void *input)
{
	struct hv_flush_ex *ex = input;
	unsigned int banks = hyperv_vp_set(&ex->set, job->vps, job->n);
	u64 head = (u64)banks << HV_CALL_VARHEAD_SHIFT;

	ex->space = 0;
	ex->flags = HV_FLUSH_ALL_SPACES;
	if (!job->ranges)
		return hyperv_call(HYPERV_FLUSH, HV_CALL_FLUSH_SPACE_EX | head, ex);
	fill_ranges(job, ex->set.banks + banks);
	return hyperv_call_rep(HYPERV_FLUSH, HV_CALL_FLUSH_LIST_EX | head, job->ranges, ex);
}

static int flush(const struct job *job, void *input)
{
	struct hv_flush *in = input;

	if (!job->n)
		return 0;
	if (job->sparse)
		return flush_sparse(job, input);
	/* Which address space is the caller's affair natively, so it must be all of them. */
	*in = (struct hv_flush){ .flags = HV_FLUSH_ALL_SPACES };
	for (unsigned int i = 0; i < job->n; i++)
		in->cpus |= 1ULL << job->vps[i];
	if (!job->ranges)
		return hyperv_call(HYPERV_FLUSH, HV_CALL_FLUSH_SPACE, in);
	fill_ranges(job, (u64 *)(in + 1));
	return hyperv_call_rep(HYPERV_FLUSH, HV_CALL_FLUSH_LIST, job->ranges, in);
}

void hyperv_mmu_flush_others(const struct pvops_cpumask *cpus, unsigned long start,
			     unsigned long end)
{
	pvops_fn_mmu_flush_others_t *base = pvops_base_func(PVOPS_OP_mmu_flush_others);
	struct pvops_cpumask own = { { 0 } };
	struct job job = { .start = start & PVOPS_PAGE_MASK };
	unsigned long len = end - job.start, flags;
	unsigned int self;
	int err = -PVOPS_EIO;

	if (len <= MAX_RANGES * (HV_GVA_MORE_MAX + 1) * PVOPS_PAGE_SIZE) {
		job.pages = (len + PVOPS_PAGE_SIZE - 1) / PVOPS_PAGE_SIZE;
		job.ranges = (unsigned int)((job.pages + HV_GVA_MORE_MAX) / (HV_GVA_MORE_MAX + 1));
		if (!job.pages)
			return;
	}
	/* The input page is this CPU's, and so is the part that is done here. */
	flags = hv_irq_save();
	self = pvops_cpu();
	own.bits[self / 64] = cpus->bits[self / 64] & 1ULL << self % 64;
	if (hyperv_uses(HYPERV_FLUSH) && hyperv_cpus[self].input && collect(&job, cpus, self))
		err = flush(&job, hyperv_cpus[self].input);
	if (!err && own.bits[self / 64])
		base(&own, start, end);
	hv_irq_restore(flags);
	if (err)
		base(cpus, start, end);
}
