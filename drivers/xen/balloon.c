// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * The balloon. Xen's answers are counts of frames, from the first; what it says beyond what was
 * asked, or of frames that cannot be, is reported and not believed.
 */
#include <pvops/errno.h>
#include <pvops/pvops.h>
#include <pvops/xen.h>
#include <pvops/xen-balloon.h>
#include <pvops/xen-store.h>
#include "public.h"
#include <xen/memory.h>

#define NODE		PVOPS_BALLOON_TOKEN
#define CHUNK		64		/* frames a hypercall */
#define MAX_SAID	4		/* of each kind of trouble; the rest is counted */
#define MAX_PAGES	(1ULL << 40)	/* no domain has more */
#define KIB_A_PAGE	(PVOPS_PAGE_SIZE / 1024)

static bool noted;
static s64 besides;			/* pages in the target that are none of ours */
static u32 lost, wrong_answers;

static long memory_op(unsigned int op, xen_pfn_t *frames, u32 nr)
{
	struct xen_memory_reservation reservation = { .nr_extents = nr, .domid = DOMID_SELF };

	set_xen_guest_handle(reservation.extent_start, frames);
	return pvops_xen_hypercall(__HYPERVISOR_memory_op, op, (unsigned long)&reservation, 0);
}

/* The same, with an answer that can be: 0 .. @nr. */
static u32 frames_done(unsigned int op, xen_pfn_t *frames, u32 nr)
{
	long done = memory_op(op, frames, nr);

	if (done >= 0 && done <= (long)nr)
		return (u32)done;
	if (wrong_answers++ < MAX_SAID)
		pvops_log("xen-balloon: operation %u on %u frames answers %ld", op, nr, done);
	return done < 0 ? 0 : nr;
}

long pvops_balloon_pages(void)
{
	domid_t self = DOMID_SELF;

	return pvops_xen_hypercall(__HYPERVISOR_memory_op, XENMEM_current_reservation,
				   (unsigned long)&self, 0);
}

/* The target and what Xen counts as ours, in pages. */
static int look(s64 *target, s64 *have)
{
	u64 kib;
	int err = pvops_store_read_number(0, NODE, &kib);

	*have = pvops_balloon_pages();
	*target = (s64)(kib / KIB_A_PAGE);
	if (!err && *have < 0)
		err = (int)*have;
	return !err && kib / KIB_A_PAGE > MAX_PAGES ? -PVOPS_ERANGE : err;
}

int pvops_balloon_watch(void)
{
	s64 target, have;
	int err = look(&target, &have);

	if (err)
		return err;
	if (!noted)
		besides = target - have;
	noted = true;
	err = pvops_store_watch(NODE, PVOPS_BALLOON_TOKEN);
	return err == -PVOPS_EEXIST ? 0 : err;
}

int pvops_balloon_unwatch(void)
{
	return pvops_store_unwatch(NODE, PVOPS_BALLOON_TOKEN);
}

int pvops_balloon_wanted(s64 *pages)
{
	s64 target, have;
	int err = look(&target, &have);

	*pages = err || !noted ? 0 : target - besides - have;
	return err;
}

/* The frame is this page's, from here on or again. */
static bool accept(void *page, xen_pfn_t frame)
{
	int err = pvops_xen_page_in(page, frame);

	if (!err)
		return true;
	if (lost++ < MAX_SAID)
		pvops_log("xen-balloon: frame %lx is no memory for us: error %d", frame, err);
	return false;
}

static void swap(void **a, void **b)
{
	void *was = *a;

	*a = *b;
	*b = was;
}

/* A page that is mapped elsewhere, too, Xen keeps for us until it is not. */
static void say_what_stays(long before, u32 given)
{
	long after = pvops_balloon_pages(), gone = before - after;

	if (before >= 0 && after >= 0 && gone < (long)given && wrong_answers++ < MAX_SAID)
		pvops_log("xen-balloon: of %u pages given %ld have gone: mapped elsewhere?",
			  given, gone);
}

u32 pvops_balloon_give(void **pages, u32 nr)
{
	xen_pfn_t frames[CHUNK];
	u32 given = 0, n, done, gone;
	u32 lost_before = lost;
	long before = pvops_balloon_pages();

	do {
		for (n = 0; n < CHUNK && given + n < nr; n++) {
			frames[n] = pvops_xen_page_out(pages[given + n]);
			if (frames[n] == ~0UL)
				break;
		}
		done = n ? frames_done(XENMEM_decrease_reservation, frames, n) : 0;
		gone = done;
		/* Xen did not take these; a page that is no memory again counts as given. */
		for (u32 i = done; i < n; i++)
			if (!accept(pages[given + i], frames[i]))
				swap(pages + given + i, pages + given + gone++);
		given += gone;
	} while (done == CHUNK);
	say_what_stays(before, given - (lost - lost_before));
	return given;
}

static u64 gfn_of(const void *page)
{
	return (__force u64)pvops_get_host()->virt_to_gpa(page) >> PVOPS_PAGE_SHIFT;
}

u32 pvops_balloon_take(void **pages, u32 nr)
{
	xen_pfn_t frames[CHUNK];
	u32 taken = 0, n, done, good;

	do {
		for (n = 0; n < CHUNK && taken + n < nr; n++)
			frames[n] = gfn_of(pages[taken + n]);
		/* Where frames have two names, Xen puts the machine's in the place of ours. */
		done = n ? frames_done(XENMEM_populate_physmap, frames, n) : 0;
		good = 0;
		/* A frame that cannot be is not sent back either: it may be another page's. */
		for (u32 i = 0; i < done; i++)
			if (accept(pages[taken + i], frames[i]))
				swap(pages + taken + i, pages + taken + good++);
		taken += good;
	} while (good == CHUNK);
	return taken;
}

u32 pvops_balloon_lost(void)
{
	return lost;
}
