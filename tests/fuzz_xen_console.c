// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * A console daemon that writes anything into the ring, for PV and HVM guests: what is written ends
 * up in the ring, in order, as far as there is room by its own word; nobody waits for ever.
 */
#include "fuzz.h"
#define RING_PATIENCE	50
#include "xen_hvm.h"
#include "../backends/xen/console.c"

static unsigned int looks;

/* In place of a reader, at each look at whether there is room now. */
static void daemon_acts(void)
{
	looks++;
	switch (byte() % 5) {
	case 0:
		ring_page.out_cons = ring_page.out_prod;
		break;
	case 1:
		ring_page.out_cons = near(ring_page.out_cons);
		break;
	case 2:
		ring_page.out_cons++;
		break;
	case 3:
		ring_page.out_prod = near(ring_page.out_prod);
		break;
	case 4:
		fill(&ring_page.in_cons, 16);
		break;
	}
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	static char text[3000];

	input(data, size);
	memset(&ring_page, 0, sizeof(ring_page));
	percpu = blocks;
	become(0);
	on_yield = daemon_acts;
	deaf = false;
	xen_dom0 = false;
	logged[0] = '\0';
	xen_console_ring(&ring_page, 2);
	for (int i = 0; i < 60 && left; i++) {
		u32 len = byte() % 8 ? byte() : word() % sizeof(text);
		u32 from, used, n;

		daemon_acts();
		from = ring_page.out_prod;
		used = from - ring_page.out_cons;
		memset(text, 'a' + i % 26, len);
		looks = 0;
		xen_console_write(text, len);
		check(looks <= RING_PATIENCE);
		n = ring_page.out_prod - from;
		for (u32 k = 0; !looks && k < n; k++)
			check(ring_page.out[MASK_XENCONS_IDX(from + k, ring_page.out)] == text[0]);
		/* All at once, then there was room for it; or it was given up before. */
		check(looks || n == len || deaf);
		check(looks || !n || (used < sizeof(ring_page.out) &&
				      n <= sizeof(ring_page.out) - used));
	}
	return 0;
}
