// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * The backend `tally`: some ops of the CPU and of the MMU count a call and do what the backend
 * below does, with forms of another kind than there. For tests of live patching, in which no call
 * may be lost or come twice. Nobody's choice but the command line's.
 */
#include <pvops/pvops.h>
#include <pvops/text.h>
#include <pvops/thunks.h>
#include "guest.h"
#include "tally.h"

extern const struct pvops_backend *const pvops_backends_start[], *const pvops_backends_end[];

/* A line of the cache each. */
static struct {
	unsigned long calls;
	u8 unused[64 - sizeof(long)];
} tally[MAX_CPUS];

static void count(void)
{
	__atomic_fetch_add(&tally[pvops_cpu()].calls, 1, __ATOMIC_RELAXED);
}

unsigned long tally_calls(unsigned int cpu)
{
	return __atomic_load_n(&tally[cpu].calls, __ATOMIC_RELAXED);
}

/* Of those that keep all registers, one without arguments is a C function as well. */
PVOPS_THUNK_cpu_read_cr4(tally_cpu_read_cr4, tally_read_cr4);

unsigned long tally_read_cr4(void)
{
	unsigned long (*base)(void) = pvops_base_func(PVOPS_OP_cpu_read_cr4);

	count();
	return base();
}

static void tally_write_idt_entry(struct pvops_gate *idt, unsigned int vector,
				  const struct pvops_gate *gate)
{
	pvops_fn_cpu_write_idt_entry_t *base = pvops_base_func(PVOPS_OP_cpu_write_idt_entry);

	count();
	base(idt, vector, gate);
}

static void tally_batch_begin(void)
{
	pvops_fn_mmu_batch_begin_t *base = pvops_base_func(PVOPS_OP_mmu_batch_begin);

	count();
	base();
}

static int tally_batch_flush(void)
{
	pvops_fn_mmu_batch_flush_t *base = pvops_base_func(PVOPS_OP_mmu_batch_flush);

	count();
	return base();
}

static const struct pvops_form tally_forms[PVOPS_NR_OPS] = {
	[PVOPS_OP_cpu_read_cr4] = PVOPS_CALL(tally_cpu_read_cr4),
	[PVOPS_OP_cpu_write_idt_entry] = PVOPS_CALL(tally_write_idt_entry),
	[PVOPS_OP_mmu_batch_begin] = PVOPS_CALL(tally_batch_begin),
	[PVOPS_OP_mmu_batch_flush] = PVOPS_CALL(tally_batch_flush),
};

static bool asked_for(const struct pvops_probe *probe)
{
	char name[16];

	pvops_boot_wish(probe->boot->cmdline, name, sizeof(name));
	return pvops_text_equal(name, "tally");
}

static void on_native(const struct pvops_probe *probe, struct pvops_verdict *verdict)
{
	verdict->score = asked_for(probe) && probe->boot->proto->ring0;
	pvops_snprintf(verdict->reason, sizeof(verdict->reason), "counts what native does");
}

static int tally_init(struct pvops_boot *boot);

#define TALLY(id, below, detector)							\
	static struct pvops_backend id = {						\
		.abi = PVOPS_BACKEND_ABI, .size = sizeof(struct pvops_backend),		\
		.name = "tally", .nr_ops = PVOPS_NR_OPS, .base = below,			\
		.forms = tally_forms, .detect = detector, .init = tally_init,		\
		.shares = PVOPS_SHARES(cpu) | PVOPS_SHARES(mmu),			\
	};										\
	PVOPS_BACKEND(id)

TALLY(over_native, "native", on_native);

#ifdef __x86_64__
static void on_xen_pv(const struct pvops_probe *probe, struct pvops_verdict *verdict)
{
	verdict->score = asked_for(probe) && !probe->boot->proto->ring0;
	pvops_snprintf(verdict->reason, sizeof(verdict->reason), "counts what xen-pv does");
}

TALLY(over_xen_pv, "xen-pv", on_xen_pv);
#endif

/* What a backend says of user mode's frames, and its console, are its own, not its base's. */
static int tally_init(struct pvops_boot *boot)
{
#ifdef __x86_64__
	for (const struct pvops_backend *const *at = pvops_backends_start; at < pvops_backends_end;
	     at++) {
		if (!pvops_text_equal((*at)->name, over_xen_pv.base))
			continue;
		over_xen_pv.log = (*at)->log;
		over_xen_pv.suspend = (*at)->suspend;
		over_xen_pv.user_cs = (*at)->user_cs;
		over_xen_pv.user_ss = (*at)->user_ss;
	}
#endif
	return 0;
}
