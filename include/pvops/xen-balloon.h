/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/*
 * The balloon: memory that the toolstack wants back, and gives again (xenstore's memory/target).
 * Which pages go is the kernel's choice; this says how many, and moves them.
 *
 * Context of all: task, after pvops_late_init(), one CPU at a time.
 */
#ifndef PVOPS_XEN_BALLOON_H
#define PVOPS_XEN_BALLOON_H

#include <pvops/types.h>

/** PVOPS_BALLOON_TOKEN - of the watch: what pvops_store_event() gives when the target changes. */
#define PVOPS_BALLOON_TOKEN	"memory/target"

/**
 * pvops_balloon_watch() - note what we have, and watch for changes of the target.
 *
 * The target of now is taken as met: what it counts besides our pages differs by kind of domain
 * and by toolstack. The watch survives a restore, and so does the difference. An event comes at
 * once.
 * Return: 0 or a negative errno, see <pvops/xen-store.h>.
 */
int pvops_balloon_watch(void);

/** pvops_balloon_unwatch() - ends it. Return: 0 or a negative errno. */
int pvops_balloon_unwatch(void);

/**
 * pvops_balloon_wanted() - what is to be done to meet the target.
 * @pages: how many to take, or, negative, to give
 *
 * Return: 0 or a negative errno.
 */
int pvops_balloon_wanted(s64 *pages);

/** pvops_balloon_pages() - pages that Xen counts as ours. Return: or a negative errno. */
long pvops_balloon_pages(void);

/**
 * pvops_balloon_give() - give pages to the host. Their contents are lost.
 * @pages: from host->alloc_pages(0), of no other use, none of them a page table; their order may
 *	change
 * @nr: how many
 *
 * Until it is taken back a page given away must not be touched; it keeps its guest frame number
 * and its place. Return: how many were given, the first of @pages; the others are as before.
 */
u32 pvops_balloon_give(void **pages, u32 nr);

/**
 * pvops_balloon_take() - get memory for pages that were given away.
 * @pages: which; their order may change
 * @nr: how many
 *
 * Return: how many are memory again, the first of @pages, with contents that mean nothing; fewer
 * than @nr when the host has no more for us now: try again later.
 */
u32 pvops_balloon_take(void **pages, u32 nr);

/**
 * pvops_balloon_lost() - frames that Xen counts as ours and that are no page of ours any more.
 *
 * Each is a wrong answer of Xen's; the page itself counts as given, and may be taken back.
 */
u32 pvops_balloon_lost(void);

#endif /* PVOPS_XEN_BALLOON_H */
