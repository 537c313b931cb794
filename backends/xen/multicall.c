// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * Batches: what a CPU holds back between mmu.batch_begin and mmu.batch_flush.
 *
 * Program order is kept. Page-table updates that follow each other share one mmu_update, and
 * extended ops one mmuext_op, so 64 updates are one hypercall; as soon as there are different
 * things to do, they become the entries of one multicall. Every entry's result is looked at.
 *
 * A CPU's batch is filled with events masked, by contract, so there is no lock.
 */
#include "xen.h"

static void set_batching(u32 depth)
{
	xen_set_this(batching, depth);
}

void xen_batch_begin(void)
{
	u32 depth = xen_this(u32, batching);

	if (!depth)
		xen_this_cpu()->batch.err = 0;
	set_batching(depth + 1);
}

static const char *name_of(unsigned long nr)
{
	switch (nr) {
	case __HYPERVISOR_mmu_update:
		return "mmu_update";
	case __HYPERVISOR_mmuext_op:
		return "mmuext_op";
	case __HYPERVISOR_update_va_mapping:
		return "update_va_mapping";
	case __HYPERVISOR_update_descriptor:
		return "update_descriptor";
	case __HYPERVISOR_set_segment_base:
		return "set_segment_base";
	case __HYPERVISOR_stack_switch:
		return "stack_switch";
	case __HYPERVISOR_fpu_taskswitch:
		return "fpu_taskswitch";
	default:
		return "hypercall";
	}
}

int xen_batch_push(void)
{
	struct xen_batch *batch = &xen_this_cpu()->batch;
	struct multicall_entry *calls = batch->calls;
	u32 n = batch->nr_calls;
	int err = 0;
	long ret;

	if (!n)
		return 0;
	if (n == 1) {
		calls->result = (unsigned long)xen_hypercall(calls->op, calls->args[0], calls->args[1],
							     calls->args[2], calls->args[3]);
	} else {
		ret = xen_hypercall(__HYPERVISOR_multicall, XEN_ARG(calls), n, 0, 0);
		if (ret)
			err = xen_failed(batch->op[0], "multicall", ret);
	}
	/* Empty before anything is said: a message may come to use the batch. */
	batch->nr_calls = 0;
	batch->nr_updates = 0;
	batch->nr_exts = 0;
	batch->nr_masks = 0;
	for (u32 i = 0; i < n; i++) {
		long result = (long)calls[i].result;

		if (result < 0 && !err)
			err = xen_failed(batch->op[i], name_of(calls[i].op), result);
	}
	if (err && !batch->err)
		batch->err = err;
	return err;
}

int xen_batch_flush(void)
{
	u32 depth = xen_this(u32, batching);
	struct xen_batch *batch;

	if (!depth) {
		pvops_log("xen-pv: mmu.batch_flush without mmu.batch_begin");
		return -PVOPS_EINVAL;
	}
	batch = &xen_this_cpu()->batch;
	if (depth == 1)
		xen_batch_push();
	set_batching(depth - 1);
	return depth == 1 ? batch->err : 0;
}

static struct multicall_entry *last_call(struct xen_batch *batch, unsigned long nr)
{
	struct multicall_entry *call;

	if (!batch->nr_calls)
		return NULL;
	call = batch->calls + batch->nr_calls - 1;
	return call->op == nr ? call : NULL;
}

static struct multicall_entry *new_call(struct xen_batch *batch, unsigned int op, unsigned long nr)
{
	struct multicall_entry *call;

	if (batch->nr_calls == XEN_BATCH_CALLS)
		xen_batch_push();
	batch->op[batch->nr_calls] = (u16)op;
	call = batch->calls + batch->nr_calls++;
	call->op = nr;
	return call;
}

void xen_queue_update(unsigned int op, u64 ptr, u64 val)
{
	struct xen_batch *batch = &xen_this_cpu()->batch;
	struct multicall_entry *call;

	if (batch->nr_updates == XEN_BATCH_UPDATES)
		xen_batch_push();
	call = last_call(batch, __HYPERVISOR_mmu_update);
	if (!call) {
		call = new_call(batch, op, __HYPERVISOR_mmu_update);
		call->args[0] = XEN_ARG(batch->updates + batch->nr_updates);
		call->args[1] = 0;
		call->args[2] = 0;
		call->args[3] = DOMID_SELF;
	}
	batch->updates[batch->nr_updates++] = (struct mmu_update){ ptr, val };
	call->args[1]++;
}

void xen_queue_ext(unsigned int op, const struct mmuext_op *ext)
{
	struct xen_batch *batch = &xen_this_cpu()->batch;
	struct multicall_entry *call;

	if (batch->nr_exts == XEN_BATCH_EXTS)
		xen_batch_push();
	call = last_call(batch, __HYPERVISOR_mmuext_op);
	if (!call) {
		call = new_call(batch, op, __HYPERVISOR_mmuext_op);
		call->args[0] = XEN_ARG(batch->exts + batch->nr_exts);
		call->args[1] = 0;
		call->args[2] = 0;
		call->args[3] = DOMID_SELF;
	}
	batch->exts[batch->nr_exts++] = *ext;
	call->args[1]++;
}

void xen_queue_call(unsigned int op, unsigned int nr, unsigned long a, unsigned long b,
		    unsigned long c)
{
	struct multicall_entry *call = new_call(&xen_this_cpu()->batch, op, nr);

	call->args[0] = a;
	call->args[1] = b;
	call->args[2] = c;
	call->args[3] = 0;
}

const struct pvops_cpumask *xen_queue_mask(const struct pvops_cpumask *mask)
{
	struct xen_batch *batch = &xen_this_cpu()->batch;

	/* Its user is queued next and may find no room: then it must not be sent without it. */
	if (batch->nr_masks == XEN_BATCH_MASKS || batch->nr_exts == XEN_BATCH_EXTS ||
	    batch->nr_calls == XEN_BATCH_CALLS)
		xen_batch_push();
	batch->masks[batch->nr_masks] = *mask;
	return batch->masks + batch->nr_masks++;
}

/* The value that an entry will have when the batch is done, if the batch writes it. */
bool xen_queued_value(u64 ptr, u64 *val)
{
	struct xen_batch *batch = &xen_this_cpu()->batch;

	for (u32 i = batch->nr_updates; i--;) {
		if ((batch->updates[i].ptr & ~3ULL) == ptr) {
			*val = batch->updates[i].val;
			return true;
		}
	}
	return false;
}

int xen_update(unsigned int op, u64 ptr, u64 val)
{
	struct mmu_update update = { ptr, val };
	long ret;

	if (xen_batching()) {
		xen_queue_update(op, ptr, val);
		return 0;
	}
	ret = xen_hypercall(__HYPERVISOR_mmu_update, XEN_ARG(&update), 1, 0, DOMID_SELF);
	return ret < 0 ? xen_failed(op, "mmu_update", ret) : 0;
}

int xen_ext(unsigned int op, const struct mmuext_op *ext)
{
	long ret;

	if (xen_batching()) {
		xen_queue_ext(op, ext);
		return 0;
	}
	ret = xen_hypercall(__HYPERVISOR_mmuext_op, XEN_ARG(ext), 1, 0, DOMID_SELF);
	return ret < 0 ? xen_failed(op, "mmuext_op", ret) : 0;
}

int xen_call(unsigned int op, unsigned int nr, unsigned long a, unsigned long b, unsigned long c)
{
	long ret;

	if (xen_batching()) {
		xen_queue_call(op, nr, a, b, c);
		return 0;
	}
	ret = xen_hypercall(nr, a, b, c, 0);
	return ret < 0 ? xen_failed(op, name_of(nr), ret) : 0;
}
