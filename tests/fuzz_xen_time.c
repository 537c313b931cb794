// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * A Xen that writes anything into the pages of time: the clock never goes back, the wallclock is a
 * time, or one line says that nothing can be read.
 */
#include "fuzz.h"
#define PATIENCE	20
#include "xen_hvm.h"
#include "../backends/xen/time.c"

static struct shared_info page;

static void xen_acts(void)
{
	struct vcpu_time_info *t = &xen_this_vcpu()->time;
	u32 cpu = byte() % 2;

	become(cpu);
	t = &xen_this_vcpu()->time;
	switch (byte() % 5) {
	case 0:
		fill(t, sizeof(*t));
		break;
	case 1:
		fill(t, sizeof(*t));
		t->version &= ~1U;
		break;
	case 2:
		fill(t, sizeof(*t));
		t->version &= ~1U;
		t->tsc_shift = (s8)(byte() % 64) - 32;
		t->tsc_timestamp = pvops_insn_rdtsc() - word();
		break;
	case 3:
		fill(&page.wc_version, 12);
		break;
	case 4:
		fill(runstates + byte() % 4, sizeof(*runstates));
		break;
	}
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	volatile u64 last = 0;
	volatile int i = 0;

	input(data, size);
	percpu = blocks;
	memset(blocks, 0, sizeof(blocks));
	memset(&page, 0, sizeof(page));
	memset(runstates, 0, sizeof(runstates));
	blocks[1].cpu = 1;
	clock_last = 0;
	xen_shared = &page;
	memset(logged, 0, sizeof(logged));
	become(0);
	if (setjmp(panicked)) {
		check(strstr(logged, "is never consistent"));
		return 0;
	}
	for (; i < 60 && left; i++) {
		struct pvops_timespec ts;
		u64 now;

		xen_acts();
		now = xen_clock();
		/* Where no vCPU is behind another, Xen is taken at its word. */
		if (xen_this_vcpu()->time.flags & STABLE)
			last = 0;
		check(!last || (s64)(now - last) >= 0);
		xen_wallclock(&ts);
		check(ts.nsec < NS);
		xen_steal(byte());
		xen_cpu()->timer = 5;
		xen_set_timer(now + word());
		xen_timer_due();
		last = xen_this_vcpu()->time.flags & STABLE ? 0 : xen_clock();
	}
	return 0;
}
