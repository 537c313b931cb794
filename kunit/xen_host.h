/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/*
 * A Xen made up of a table of hypercalls, for the suites of its backend. The sources reach the
 * CPU's block by GS, which the build takes off: the one CPU there is has pvops_kunit_blocks[0].
 */
#ifndef KUNIT_XEN_H
#define KUNIT_XEN_H

#include <kunit/test.h>
#include <kunit/test-bug.h>
#include "event.h"

#ifndef ASM_RET
#define ASM_RET	"ret\n"
#endif

#define PAGES		64UL
#define FIRST_MFN	200UL
#define MFNS		300UL
#define CALLS		128

struct call {
	unsigned int nr;
	u64 a, b, c, d;
};

/* What was called, in order, those of a multicall too; and what fails. */
static struct call history[CALLS];
static unsigned int calls, hypercalls, multicalls;
static int fail_at;
static long fail_with;
static unsigned int next_port, closed, unmasked, sent, yields;
static u64 polled;
static char said[2048];

struct pvops_percpu pvops_kunit_blocks[2];
unsigned long pvops_kunit_m2p[MFNS + 1];
static unsigned long p2m[PAGES];
static struct start_info start;
static struct shared_info shared;
static u8 page[PAGE_SIZE] __aligned(PAGE_SIZE);

const struct start_info *xen_start = &start;
bool xen_dom0;
enum xen_way xen_way;
u64 xen_hypercall_counts[PVOPS_MAX_CPUS][PVOPS_XEN_NR_HYPERCALLS];
const void *pvops_table[PVOPS_NR_OPS];

/* Saves its caller's registers, as the library's own does. */
asm(".pushsection .text\n"
    ".globl xen_irq_enable\n"
    "xen_irq_enable:\n"
    "	movb	$0, pvops_kunit_blocks+1(%rip)\n"
    "	incl	pvops_kunit_enabled(%rip)\n"
    ASM_RET
    ".popsection\n"
    ".globl pvops_percpu\n"
    ".set pvops_percpu, pvops_kunit_blocks\n");
unsigned int pvops_kunit_enabled;

void pvops_log(const char *fmt, ...)
{
	size_t at = strlen(said);
	va_list args;

	va_start(args, fmt);
	pvops_vsnprintf(said + at, sizeof(said) - at, fmt, args);
	va_end(args);
}

static bool panicked;

void pvops_panic(const char *fmt, ...)
{
	panicked = true;
	for (;;)
		__kunit_abort(kunit_get_current_test());
}

static struct pvops_percpu *block_of(unsigned int cpu)
{
	return cpu < 2 ? pvops_kunit_blocks + cpu : NULL;
}

static pvops_gpa_t gpa_of(const void *va)
{
	return (__force pvops_gpa_t)((unsigned long)va - (unsigned long)page + 3 * PVOPS_PAGE_SIZE);
}

static void *no_pages(unsigned int order)
{
	return NULL;
}

static const struct pvops_host host = {
	.percpu = block_of, .virt_to_gpa = gpa_of, .alloc_pages = no_pages,
};

const struct pvops_host *pvops_get_host(void)
{
	return &host;
}

static u64 time_now;

u64 xen_clock(void)
{
	return time_now;
}

u64 xen_host_time(u64 ns)
{
	return ns + 5;
}

int xen_console_port(void)
{
	return 9;
}

bool xen_timer_due(void)
{
	return true;
}

/* As Xen does it. */
static void ring_port(u32 port)
{
	struct vcpu_info *vcpu = xen_this_vcpu();

	shared.evtchn_pending[port / 64] |= 1UL << port % 64;
	if (shared.evtchn_mask[port / 64] >> port % 64 & 1)
		return;
	vcpu->evtchn_pending_sel |= 1UL << port / 64;
	vcpu->evtchn_upcall_pending = 1;
}

/* Of a port that was unmasked already Xen has told all. */
static void unmask_port(u32 port)
{
	unsigned long bit = 1UL << port % 64;
	bool waits = shared.evtchn_mask[port / 64] & shared.evtchn_pending[port / 64] & bit;

	shared.evtchn_mask[port / 64] &= ~bit;
	if (waits)
		ring_port(port);
}

static long event_call(u64 cmd, void *arg)
{
	struct evtchn_bind_virq *virq = arg;
	struct evtchn_bind_ipi *ipi = arg;

	switch (cmd) {
	case EVTCHNOP_bind_virq:
		virq->port = next_port++;
		return 0;
	case EVTCHNOP_bind_ipi:
		ipi->port = next_port++;
		return 0;
	case EVTCHNOP_close:
		closed = ((struct evtchn_close *)arg)->port;
		return 0;
	case EVTCHNOP_send:
		sent = ((struct evtchn_send *)arg)->port;
		return 0;
	case EVTCHNOP_unmask:
		unmasked = ((struct evtchn_unmask *)arg)->port;
		unmask_port(unmasked);
		return 0;
	}
	return -38;
}

static long carry_out(unsigned int nr, u64 a, u64 b, u64 c, u64 d)
{
	unsigned int i, mine = calls;

	if (calls == CALLS)
		return -7;
	history[calls++] = (struct call){ nr, a, b, c, d };
	if ((int)mine == fail_at)
		return fail_with;
	switch (nr) {
	case __HYPERVISOR_multicall:
		multicalls++;
		calls--;		/* what it is made of counts */
		for (i = 0; i < b; i++) {
			multicall_entry_t *e = (multicall_entry_t *)a + i;

			e->result = carry_out(e->op, e->args[0], e->args[1], e->args[2],
					      e->args[3]);
		}
		return 0;
	case __HYPERVISOR_memory_op:
		if (a != XENMEM_machphys_mapping)
			return -38;
		((struct xen_machphys_mapping *)b)->max_mfn = MFNS - 1;
		return 0;
	case __HYPERVISOR_event_channel_op:
		return event_call(a, (void *)b);
	case __HYPERVISOR_sched_op:
		yields += a == SCHEDOP_yield;
		if (a == SCHEDOP_poll)
			polled = ((struct sched_poll *)b)->timeout;
		return 0;
	}
	return 0;
}

long xen_raw_call(unsigned int nr, u64 a, u64 b, u64 c, u64 d)
{
	hypercalls++;
	return carry_out(nr, a, b, c, d);
}

static unsigned int two_cpus(void)
{
	return 2;
}

static void forget_calls(void)
{
	calls = 0;
	hypercalls = 0;
	multicalls = 0;
	fail_at = -1;
	said[0] = '\0';
}

static int fresh(struct kunit *test)
{
	unsigned long pfn;
	u32 irq;

	memset(pvops_kunit_m2p, 0xff, sizeof(pvops_kunit_m2p));
	for (pfn = 0; pfn < PAGES; pfn++) {
		p2m[pfn] = FIRST_MFN + (pfn ^ 5);
		pvops_kunit_m2p[p2m[pfn]] = pfn;
	}
	start.mfn_list = (unsigned long)p2m;
	start.nr_pages = PAGES;
	pvops_table[PVOPS_OP_smp_nr_cpus] = two_cpus;
	xen_shared = &shared;
	xen_dom0 = false;
	xen_way = XEN_SYSCALL;
	pvops_kunit_blocks[1].cpu = 1;
	for (irq = 1; irq < MAX_EVENTS; irq++)
		if (xen_events[irq].handler)
			xen_irq_unbind(irq);
	memset(&shared, 0, sizeof(shared));
	memset(pvops_kunit_blocks[0].hv, 0, 64);
	next_port = 20;
	closed = 0;
	unmasked = 0;
	sent = 0;
	yields = 0;
	time_now = 1000;
	panicked = false;
	pvops_kunit_enabled = 0;
	xen_cpu_of(0)->batch = NULL;
	forget_calls();
	KUNIT_ASSERT_EQ(test, xen_p2m_init(), 0);
	KUNIT_ASSERT_EQ(test, xen_batch_init(0), 0);
	if (xen_batch_open())
		xen_batch_flush();
	xen_batch_run();
	forget_calls();
	return 0;
}

#endif /* KUNIT_XEN_H */
