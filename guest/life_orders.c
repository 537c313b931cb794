// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * What the host wants of a living guest, by xenstore:
 *
 *	control/shutdown	what a toolstack asks of any domain
 *	data/life		our own scripts: end: report and power off; gap: nothing counts as
 *				late from here on; on: the gap is over, and its length is told
 */
#include <pvops/errno.h>
#include <pvops/text.h>
#include <pvops/xen.h>
#include <pvops/xen-balloon.h>
#include <pvops/xen-control.h>
#include <pvops/xen-store.h>
#include "life.h"
#include "suspend.h"

#define MS		1000000ULL
#define NODE		"data/life"
#define TOKEN		"life"
#define VCPU_OP		24		/* Xen's hypercall of this number */
#define RUNSTATE_INFO	4		/* VCPUOP_get_runstate_info */

/* Xen's struct vcpu_runstate_info (public/vcpu.h). */
struct runstate {
	int state;
	u64 since;
	u64 time[4];			/* running, runnable, blocked, offline */
};

static u64 offline_before;

/* How long this CPU was held by the host, though it had something to do. */
static u64 offline(void)
{
	struct runstate state = { 0 };

	return pvops_xen_hypercall(VCPU_OP, RUNSTATE_INFO, pvops_cpu(),
				   (u64)(unsigned long)&state)
		       ? 0
		       : state.time[3];
}

static void be_saved(void)
{
	int how, err = 0;

	life_clock();
	how = suspend();
	life_clock();
	/* Another domain: it has lost no time yet, and its store knows nothing of us. */
	if (!how) {
		offline_before = 0;
		err = pvops_control_watch(true);
	}
	if (how < 0 || err)
		life_wrong(LIFE_ORDERS, "not suspended: error %d, %d", how, err);
	kprintf("life: %s\n", how ? "not moved" : "restored");
}

static void asked(void)
{
	int what = pvops_control_take();

	if (what < 0)
		life_wrong(LIFE_ORDERS, PVOPS_CONTROL_TOKEN ": error %d", what);
	else if (what != PVOPS_CONTROL_NONE)
		kprintf("life: asked for %d\n", what);
	switch (what) {
	case PVOPS_CONTROL_POWEROFF:
	case PVOPS_CONTROL_HALT:
		life_end(PVOPS_SHUTDOWN_POWEROFF);
		break;
	case PVOPS_CONTROL_REBOOT:
		life_end(PVOPS_SHUTDOWN_REBOOT);
		break;
	case PVOPS_CONTROL_CRASH:
		life_end(PVOPS_SHUTDOWN_CRASH);
		break;
	case PVOPS_CONTROL_SUSPEND:
		be_saved();
		break;
	}
}

static void order(void)
{
	char what[16];
	u64 late;

	if (pvops_store_read(0, NODE, what, sizeof(what)) <= 0)
		return;
	if (pvops_text_equal(what, "end")) {
		life_end(PVOPS_SHUTDOWN_POWEROFF);
	} else if (pvops_text_equal(what, "gap")) {
		offline_before = offline();
		life_gap_begin();
		kprintf("life: gap expected\n");
	} else if (pvops_text_equal(what, "on")) {
		late = life_gap_end();
		kprintf("life: gap of %llu ms, offline %llu ms\n", late / MS,
			(offline() - offline_before) / MS);
	} else {
		life_wrong(LIFE_ORDERS, "order %s", what);
	}
	/* Done: who gave it may give the next. */
	if (pvops_store_write(0, NODE, ""))
		life_wrong(LIFE_ORDERS, "order %s cannot be acknowledged", what);
}

/* Look, without waiting, at what the host wants. */
void life_orders(void)
{
	char token[32];

	while (!pvops_store_event(token, sizeof(token), 0)) {
		if (pvops_text_equal(token, TOKEN))
			order();
		else if (pvops_text_equal(token, PVOPS_CONTROL_TOKEN))
			asked();
		else if (pvops_text_equal(token, PVOPS_BALLOON_TOKEN))
			life_balloon();
		else
			life_wrong(LIFE_ORDERS, "an event for %s", token);
	}
}

bool life_orders_start(void)
{
	int err = pvops_control_watch(true);

	if (!err)
		err = pvops_store_watch(NODE, TOKEN);
	if (!err)
		err = life_balloon_start();
	if (err && pvops_store_init() != -PVOPS_ENODEV)
		life_wrong(LIFE_ORDERS, "no orders: error %d", err);
	return !err;
}
