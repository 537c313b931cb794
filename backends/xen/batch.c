// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * Batches: updates of page tables, TLB operations and other calls, queued by a CPU and carried
 * out in order. Neighbouring page-table updates share one mmu_update, neighbouring TLB operations
 * one mmuext_op; if more than one hypercall is left they go as one multicall.
 *
 * Each op goes through the queue, batch or not, so there is one path. All of it runs with events
 * masked, for a handler on this CPU has the same queue.
 */
#include "xen.h"

#define MAX_UPDATES	64
#define MAX_EXTS	32
#define MAX_CALLS	32
#define MAX_WORDS	256

struct xen_batch {
	u32 depth;
	u32 nr_updates;
	u32 nr_exts;
	u32 nr_calls;
	u32 nr_words;
	int error;			/* first one since the batch began */
	struct mmu_update updates[MAX_UPDATES];
	struct mmuext_op exts[MAX_EXTS];
	multicall_entry_t calls[MAX_CALLS];
	u64 words[MAX_WORDS];		/* arguments of calls that others fill in */
};

static struct xen_batch boot_batch;

int xen_batch_init(unsigned int cpu)
{
	struct xen_cpu *xcpu = xen_cpu_of(cpu);
	unsigned int order = 0;

	if (xcpu->batch)
		return 0;
	if (!cpu) {
		xcpu->batch = &boot_batch;
		return 0;
	}
	while ((PVOPS_PAGE_SIZE << order) < sizeof(struct xen_batch))
		order++;
	xcpu->batch = pvops_get_host()->alloc_pages(order);
	if (!xcpu->batch)
		pvops_log("xen-pv: CPU %u: no memory for its queue", cpu);
	return xcpu->batch ? 0 : -PVOPS_ENOMEM;
}

unsigned long xen_mask_save(void)
{
	u8 masked = 1;

	/* One instruction: in between two we might come to run on another CPU. */
	asm volatile("xchg %0, %%gs:pvops_percpu+1(%%rip)" : "+q"(masked) : : "memory");
	return masked;
}

void xen_mask_restore(unsigned long masked)
{
	if (!masked)
		asm volatile("call xen_irq_enable" : : : "memory", "cc");
}

static void fail(const multicall_entry_t *call, long err)
{
	const char *name = pvops_xen_hypercall_name((unsigned int)call->op);

	/* Xen has changed the arguments of a call that it had to interrupt, perhaps to nothing. */
	if (!call->args[0]) {
		pvops_log("xen-pv: %s (%lu) failed: error %ld", name, (unsigned long)call->op, err);
	} else if (call->op == __HYPERVISOR_mmu_update) {
		const struct mmu_update *u = (const void *)(unsigned long)call->args[0];

		pvops_log("xen-pv: %s failed: error %ld, first of %lu: entry %llx value %llx",
			  name, err, (unsigned long)call->args[1], (unsigned long long)u->ptr,
			  (unsigned long long)u->val);
	} else if (call->op == __HYPERVISOR_mmuext_op) {
		const struct mmuext_op *e = (const void *)(unsigned long)call->args[0];

		pvops_log("xen-pv: %s %u failed: error %ld, mfn or address %lx", name, e->cmd, err,
			  (unsigned long)e->arg1.mfn);
	} else {
		pvops_log("xen-pv: %s (%lu) failed: error %ld, arguments %lx %lx", name,
			  (unsigned long)call->op, err, (unsigned long)call->args[0],
			  (unsigned long)call->args[1]);
	}
}

/* The first one's error; what comes behind it may fail only because it did. */
static long first_error(const multicall_entry_t *calls, u32 nr, bool quiet)
{
	for (u32 i = 0; i < nr; i++) {
		long err = (long)calls[i].result;

		if (err < 0) {
			if (!quiet)
				fail(calls + i, err);
			return err;
		}
	}
	return 0;
}

static int run(bool quiet)
{
	struct xen_batch *batch = xen_cpu()->batch;
	multicall_entry_t *calls = batch->calls;
	u32 nr = batch->nr_calls;
	long err;

	if (!nr)
		return 0;
	/* Emptied first: a log line on the way may use ops. */
	batch->nr_calls = 0;
	batch->nr_updates = 0;
	batch->nr_exts = 0;
	batch->nr_words = 0;
	if (nr == 1) {
		calls->result = (xen_ulong_t)xen_call4((unsigned int)calls->op, calls->args[0],
						       calls->args[1], calls->args[2],
						       calls->args[3]);
	} else {
		err = xen_call2(__HYPERVISOR_multicall, calls, nr);
		if (err)
			pvops_panic("xen-pv: multicall failed: error %ld", err);
	}
	err = first_error(calls, nr, quiet);
	if (err && batch->depth && !batch->error && !quiet)
		batch->error = (int)err;
	return (int)err;
}

int xen_batch_run(void)
{
	return run(false);
}

int xen_batch_try(void)
{
	return run(true);
}

static multicall_entry_t *add_call(struct xen_batch *batch, unsigned int nr, u64 a, u64 b, u64 c,
				   u64 d)
{
	multicall_entry_t *call = batch->calls + batch->nr_calls++;

	call->op = nr;
	call->args[0] = a;
	call->args[1] = b;
	call->args[2] = c;
	call->args[3] = d;
	return call;
}

/* The last queued call, if it is of that kind and has its arguments in this list. */
static multicall_entry_t *last_call(struct xen_batch *batch, unsigned int nr, const void *list,
				    size_t size)
{
	multicall_entry_t *last = batch->calls + batch->nr_calls - 1;

	return batch->nr_calls && last->op == nr && last->args[0] - (unsigned long)list < size ?
	       last : NULL;
}

void xen_batch_update(u64 ptr, u64 val)
{
	struct xen_batch *batch = xen_cpu()->batch;
	multicall_entry_t *last;
	struct mmu_update *u;

	if (batch->nr_updates == MAX_UPDATES || batch->nr_calls == MAX_CALLS)
		xen_batch_run();
	u = batch->updates + batch->nr_updates++;
	u->ptr = ptr;
	u->val = val;
	last = last_call(batch, __HYPERVISOR_mmu_update, batch->updates,
			 sizeof(batch->updates));
	if (last)
		last->args[1]++;
	else
		add_call(batch, __HYPERVISOR_mmu_update, (unsigned long)u, 1, 0, DOMID_SELF);
}

bool xen_batch_holds(u64 ptr)
{
	const struct xen_batch *batch = xen_cpu()->batch;

	for (u32 i = 0; i < batch->nr_updates; i++)
		if ((batch->updates[i].ptr & ~3ULL) == ptr)
			return true;
	return false;
}

void xen_batch_ext(const struct mmuext_op *op)
{
	struct xen_batch *batch = xen_cpu()->batch;
	multicall_entry_t *last;
	struct mmuext_op *e;

	if (batch->nr_exts == MAX_EXTS || batch->nr_calls == MAX_CALLS)
		xen_batch_run();
	e = batch->exts + batch->nr_exts++;
	*e = *op;
	last = last_call(batch, __HYPERVISOR_mmuext_op, batch->exts, sizeof(batch->exts));
	if (last)
		last->args[1]++;
	else
		add_call(batch, __HYPERVISOR_mmuext_op, (unsigned long)e, 1, 0, DOMID_SELF);
}

void xen_batch_call(unsigned int nr, u64 a, u64 b, u64 c)
{
	struct xen_batch *batch = xen_cpu()->batch;

	if (batch->nr_calls == MAX_CALLS)
		xen_batch_run();
	add_call(batch, nr, a, b, c, 0);
}

static u32 words_of(size_t size)
{
	return (u32)((size + sizeof(u64) - 1) / sizeof(u64));
}

multicall_entry_t *xen_batch_entry(size_t size, void **args)
{
	struct xen_batch *batch = xen_cpu()->batch;

	if (batch->nr_calls == MAX_CALLS || batch->nr_words + words_of(size) > MAX_WORDS)
		xen_batch_run();
	if (words_of(size) > MAX_WORDS)
		pvops_panic("xen-pv: a call with %lu bytes of arguments", (unsigned long)size);
	*args = batch->words + batch->nr_words;
	batch->nr_words += words_of(size);
	return batch->calls + batch->nr_calls++;
}

multicall_entry_t *xen_batch_extend(unsigned int nr, size_t size, void **args)
{
	struct xen_batch *batch = xen_cpu()->batch;
	multicall_entry_t *last = last_call(batch, nr, batch->words, sizeof(batch->words));

	/* Behind its list may be what the list points to. */
	if (!last || batch->nr_words + words_of(size) > MAX_WORDS ||
	    last->args[0] + last->args[1] * size != (unsigned long)(batch->words + batch->nr_words))
		return NULL;
	*args = batch->words + batch->nr_words;
	batch->nr_words += words_of(size);
	return last;
}

int xen_batch_kick(void)
{
	return xen_cpu()->batch->depth ? 0 : xen_batch_run();
}

bool xen_batch_open(void)
{
	return xen_cpu()->batch->depth;
}

void xen_batch_begin(void)
{
	xen_cpu()->batch->depth++;
}

int xen_batch_flush(void)
{
	struct xen_batch *batch = xen_cpu()->batch;
	unsigned long masked;
	int err;

	if (batch->depth > 1) {
		batch->depth--;
		return 0;
	}
	masked = xen_mask_save();
	xen_batch_run();
	err = batch->error;
	batch->error = 0;
	batch->depth = 0;
	xen_mask_restore(masked);
	return err;
}
