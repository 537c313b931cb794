/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* The scripted hypervisor's hypercalls, and the base backend that it competes with. */
#ifndef TESTS_HYPERV_CALLS_H
#define TESTS_HYPERV_CALLS_H

#include <pvops/clock.h>
#include "core.h"
#include "hyperv_host.h"

static void record(u32 vp, u64 start, u64 pages)
{
	if (hv.nr_flushed < 4096)
		hv.flushed[hv.nr_flushed++] = (struct flushed){ vp, start, pages };
}

struct call {
	u32 code, head, reps, start;
	bool fast;
	u64 vps[HV_VP_BANKS];		/* whom it names */
	const u64 *list;
};

static void on_vps(const struct call *call, void (*fn)(u32 vp, const struct call *call, u64 arg),
		   u64 arg)
{
	for (u32 vp = 0; vp < 64 * HV_VP_BANKS; vp++)
		if (call->vps[vp / 64] >> vp % 64 & 1)
			fn(vp, call, arg);
}

static void flush_one(u32 vp, const struct call *call, u64 arg)
{
	if (arg == ~0ULL)
		record(vp, 0, ~0ULL);
	else
		record(vp, arg & PVOPS_PAGE_MASK, (arg & ~PVOPS_PAGE_MASK) + 1);
}

static void ipi_one(u32 vp, const struct call *call, u64 vector)
{
	deliver(vp, (u32)vector);
}

/* The set's banks, as many as the header says; returns the first byte behind. */
static const u64 *take_set(struct call *call, const struct hv_vp_set *set)
{
	u32 banks = 0;

	for (u32 i = 0; i < HV_VP_BANKS; i++)
		if (set->valid >> i & 1)
			call->vps[i] = set->banks[banks++];
	if (set->format != HV_VP_SET_SPARSE || banks != call->head ||
	    !(hv.hints & HV_HINT_EX_MASKS))
		breach("VP set", set->valid);
	return set->banks + banks;
}

static u64 flush_call(struct call *call, const struct hv_flush_ex *in, bool sparse, bool list)
{
	const struct hv_flush *simple = (const void *)in;
	u32 end = call->reps;

	if (in->flags != HV_FLUSH_ALL_SPACES || call->fast || list != (call->reps > 0) ||
	    (!sparse && call->head))
		return (u64)-breach("flush", in->flags);
	call->vps[0] = simple->cpus;
	call->list = (const u64 *)(simple + 1);
	if (sparse) {
		call->vps[0] = 0;
		call->list = take_set(call, &in->set);
	}
	if (!list) {
		on_vps(call, flush_one, ~0ULL);
		return 0;
	}
	if (hv.reps_a_call && call->start + hv.reps_a_call < end)
		end = call->start + hv.reps_a_call;
	for (u32 i = call->start; i < end && !hv.no_progress; i++)
		on_vps(call, flush_one, call->list[i]);
	if (hv.no_progress)
		end = call->start;
	if (hv.too_much)
		end = call->reps + 1;
	return (u64)end << HV_CALL_REPS_SHIFT;
}

u64 hv_page_call(u64 input, u64 a, u64 b)
{
	struct call call = { .code = input & 0xffff, .fast = input >> 16 & 1,
			     .head = input >> 17 & 0x3ff, .reps = input >> 32 & 0xfff,
			     .start = input >> 48 & 0xfff };
	const struct hv_ipi_ex *ipi = at(a);

	hv.calls++;
	if (!(hv.hypercall & 1) || hyperv_page[0] == 0xcc || !hv.os_id)
		breach("a call without the page", input);
	if (input >> 60 || input >> 44 & 15 || input >> 27 & 31 ||
	    (call.reps && call.start >= call.reps))
		breach("input value", input);
	if (!call.fast && (a % 8 || !a || irqs_on))
		breach("input page", a);
	if (hv.status && (!hv.bad_call || hv.bad_call == call.code))
		return hv.status;
	if (chance())
		return 1 + hv.seed / 65536 % 100;
	switch (call.code) {
	case HV_CALL_FLUSH_SPACE:
	case HV_CALL_FLUSH_LIST:
		return flush_call(&call, at(a), false, call.code == HV_CALL_FLUSH_LIST);
	case HV_CALL_FLUSH_SPACE_EX:
	case HV_CALL_FLUSH_LIST_EX:
		return flush_call(&call, at(a), true, call.code == HV_CALL_FLUSH_LIST_EX);
	case HV_CALL_LONG_SPIN:
		return !call.fast || call.reps || a >> 32 || b ? (u64)-breach("spin", a) : 0;
	case HV_CALL_SEND_IPI:
		if (!call.fast || call.reps || a < 0x10 || a > 0xff)
			return (u64)-breach("IPI", a);
		hv.ipi_calls++;
		call.vps[0] = b;
		on_vps(&call, ipi_one, a);
		return 0;
	case HV_CALL_SEND_IPI_EX:
		if (call.fast || call.reps || ipi->vtl)
			return (u64)-breach("IPI", ipi->vector);
		hv.ipi_calls++;
		take_set(&call, &ipi->set);
		on_vps(&call, ipi_one, ipi->vector);
		return 0;
	}
	return 2;
}

/* ---- the base ---- */

static int base_bind(const struct pvops_irq_source *source, unsigned int cpu,
		     pvops_irq_handler_t handler, void *data)
{
	int vector = source->kind == PVOPS_IRQ_TIMER ? 0x30 :
		     source->kind == PVOPS_IRQ_IPI ? 0x31 + (int)source->index :
		     (int)source->index;

	if (source->kind == PVOPS_IRQ_HOST && (hv.no_vectors || vector < 0x3a || vector > 0x4f))
		return -PVOPS_EINVAL;
	if (cpu >= CPUS || !handler || (source->kind == PVOPS_IRQ_TIMER && source->index) ||
	    (source->kind == PVOPS_IRQ_IPI && source->index >= PVOPS_MAX_IPIS))
		return -PVOPS_EINVAL;
	if (lines[cpu][vector].handler)
		return -PVOPS_EBUSY;
	lines[cpu][vector].handler = handler;
	lines[cpu][vector].data = data;
	return vector;
}

static int base_unbind(unsigned int irq)
{
	if (irq > 0xff || !lines[current][irq].handler)
		return -PVOPS_EINVAL;
	lines[current][irq].handler = NULL;
	return 0;
}

static void base_eoi(unsigned int irq)
{
	hv.eois++;
	hv.base_eois++;
}

static int base_set_timer(u64 deadline)
{
	hv.base_deadline[current] = deadline;
	return 0;
}

static int base_stop_timer(void)
{
	hv.base_deadline[current] = 0;
	return 0;
}

static int base_ipi(unsigned int cpu, unsigned int ipi)
{
	if (cpu >= CPUS || ipi >= PVOPS_MAX_IPIS)
		return -PVOPS_EINVAL;
	hv.base_ipis++;
	interrupt(cpu, 0x31 + ipi);
	return 0;
}

static void base_flush(const struct pvops_cpumask *mask, unsigned long start, unsigned long end)
{
	bool others = false;

	hv.base_flushes++;
	for (u32 i = 0; i < CPUS; i++) {
		if (!(mask->bits[0] >> i & 1))
			continue;
		others |= i != current;
		/* As native: by length, so an end that has wrapped to 0 is one. */
		record(hv.vps[i].index, start & PVOPS_PAGE_MASK,
		       (end - (start & PVOPS_PAGE_MASK)) / 4096 + !!(end % 4096));
	}
	if (others && !irqs_on)
		breach("the base waits for others, interrupts are off", mask->bits[0]);
}

static unsigned int base_nr_cpus(void)
{
	return CPUS;
}

static bool base_stopped(unsigned int cpu)
{
	return hv.vps[cpu].stopped;
}

static void base_stop(void)
{
	hv.vps[current].stopped = true;
}

/* By the TSC, at what the base believes it to run. */
static u64 base_clock(void)
{
	return hv.base_khz ? hv.tsc * 1000000 / hv.base_khz : 0;
}

static void base_wallclock(struct pvops_timespec *ts)
{
	*ts = (struct pvops_timespec){ 1700000000, 900000000 };
}

static void base_wait(const u32 *word, u32 val)
{
}

static void base_shutdown(unsigned int reason)
{
	hv.base_shutdown++;
}

const void *pvops_base_func(unsigned int op)
{
	switch (op) {
	case PVOPS_OP_cpu_read_msr_safe:
		return read_msr;
	case PVOPS_OP_cpu_write_msr_safe:
		return write_msr;
	case PVOPS_OP_irq_bind:
		return base_bind;
	case PVOPS_OP_irq_unbind:
		return base_unbind;
	case PVOPS_OP_irq_eoi:
		return base_eoi;
	case PVOPS_OP_time_set_timer:
		return base_set_timer;
	case PVOPS_OP_time_stop_timer:
		return base_stop_timer;
	case PVOPS_OP_smp_send_ipi:
		return base_ipi;
	case PVOPS_OP_smp_nr_cpus:
		return base_nr_cpus;
	case PVOPS_OP_smp_cpu_stopped:
		return base_stopped;
	case PVOPS_OP_smp_stop_cpu:
		return base_stop;
	case PVOPS_OP_mmu_flush_others:
		return base_flush;
	case PVOPS_OP_lock_wait:
		return base_wait;
	case PVOPS_OP_time_clock:
		return base_clock;
	case PVOPS_OP_time_wallclock:
		return base_wallclock;
	case PVOPS_OP_cpu_shutdown:
		return base_shutdown;
	}
	fail_msg("base asked for op %u", op);
	return NULL;
}

int pvops_base_start_cpu(unsigned int cpu, const struct pvops_cpu_start *start, void (*first)(void))
{
	u32 was = current;

	hv.base_starts++;
	hv.vps[cpu].stopped = false;
	be(cpu);
	first();
	be(was);
	return 0;
}

/* ---- the machine ---- */

static void *pages[64];
static u32 nr_pages;

static void *alloc_pages(unsigned int order)
{
	assert_int_equal(order, 0);
	if (!hv.pages || nr_pages == 64)
		return NULL;
	hv.pages--;
	pages[nr_pages] = aligned_alloc(4096, 4096);
	memset(pages[nr_pages], 0, 4096);
	return pages[nr_pages++];
}

static pvops_gpa_t virt_to_gpa(const void *va)
{
	return (pvops_gpa_t)va;
}

static const struct pvops_host host = { .alloc_pages = alloc_pages, .virt_to_gpa = virt_to_gpa };

const struct pvops_host *pvops_get_host(void)
{
	return &host;
}

static struct pvops_info info;

const struct pvops_info *pvops_get_info(void)
{
	return &info;
}

#define ALL_FEATURES	0x8fe		/* and the reference TSC page, 0x200 */
#define ALL_HAS		(HV_HAS_FREQUENCIES | HV_HAS_CRASH | HV_HAS_STIMER_DIRECT)
#define ALL_HINTS	(HV_HINT_REMOTE_FLUSH | HV_HINT_APIC_MSRS | HV_HINT_RESET | \
			 HV_HINT_CLUSTER_IPI | HV_HINT_EX_MASKS)

/* A host that has everything and does it. */
static int fresh(void **state)
{
	while (nr_pages)
		free(pages[--nr_pages]);
	memset(&hv, 0, sizeof(hv));
	memset(lines, 0, sizeof(lines));
	memset(hyperv_cpus, 0, sizeof(hyperv_cpus));
	memset(hyperv_page, 0xcc, PVOPS_PAGE_SIZE);
	logged[0] = '\0';
	irqs_on = true;
	proto.ring0 = true;
	be(0);
	hv.base = 0x40000000;
	hv.max = 0x40000006;
	hv.interface = HV_INTERFACE;
	hv.features = ALL_FEATURES | HV_MAY_REF_TSC;
	hv.has = ALL_HAS;
	hv.hints = ALL_HINTS;
	hv.spins = 2047;
	hv.hypercall = hv.ref_tsc = RESERVED & ~HV_HYPERCALL_LOCKED;
	hv.ref = 5000000;
	hv.tsc = 2 * (5000000 - 1000);
	hv.tsc_hz = 2000000000;
	hv.base_khz = 2000000;
	hv.pages = 64;
	shown = (struct hv_ref_tsc){ .sequence = 1, .scale = 1ULL << 63, .offset = 1000 };
	for (u32 i = 0; i < CPUS; i++) {
		hv.vps[i].index = i;
		hv.vps[i].simp = hv.vps[i].assist = RESERVED;
		hv.vps[i].stopped = i;
		for (u32 j = 0; j < 16; j++)
			hv.vps[i].sint[j] = HV_SINT_MASKED;
	}
	return 0;
}

static struct pvops_verdict detect(void)
{
	struct pvops_verdict verdict = { 0 };

	info.probe = (struct pvops_probe){ .boot = &boot, .hypervisor_bit = true, .nr_matches = 1 };
	info.probe.matches[0] = (struct pvops_match){ hv.base, hv.max, "Microsoft Hv" };
	hyperv_backend.detect(&info.probe, &verdict);
	return verdict;
}

/* The function of an op: ours, or the base's. */
static const void *func(unsigned int op)
{
	const struct pvops_form *form = hyperv_backend.forms + op;

	return form->kind == PVOPS_FORM_EMPTY ? pvops_base_func(op) : form->func;
}

#define OP(op)		((pvops_fn_##op##_t *)func(PVOPS_OP_##op))
#define OURS(op)	(hyperv_backend.forms[PVOPS_OP_##op].kind == PVOPS_FORM_CALL)

static int start(u32 cpus)
{
	const struct pvops_cpu_start how = { 0 };
	struct pvops_clock_choice choice;
	struct pvops_clock_facts facts;
	int err;

	assert_int_equal(detect().score, hv.base);
	pvops_clock_begin();
	pvops_clock_cpuid_facts(&info.probe, &facts);
	pvops_clock_khz_fact(&facts, PVOPS_KHZ_MEASURED, hv.base_khz);
	pvops_clock_offer("native", &facts, &choice);
	err = hyperv_backend.init(&boot);
	pvops_clock_say(OURS(time_clock) ? "hyperv" : "native");
	if (!err)
		err = hyperv_backend.late_init();
	for (u32 i = 0; !err && i < cpus; i++) {
		err = hyperv_backend.init_cpu(i);
		if (!err && i)
			err = OP(smp_start_cpu)(i, &how);
	}
	return err;
}

static u32 handled;

/* What a kernel's handler does. */
static void handler(u32 irq, void *data)
{
	handled++;
	OP(irq_eoi)(irq);
}

static bool said(const char *what)
{
	return strstr(logged, what);
}

#endif /* TESTS_HYPERV_CALLS_H */
