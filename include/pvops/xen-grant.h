/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/*
 * Grants: pages of ours that another domain may map or copy (Xen's public grant_table.h).
 *
 * All grants end when the domain is restored, which pvops_xen_generation() tells; the table is
 * found again, in the same version.
 *
 * Context of all: task, after pvops_late_init().
 */
#ifndef PVOPS_XEN_GRANT_H
#define PVOPS_XEN_GRANT_H

#include <pvops/types.h>

/**
 * pvops_grant_init() - set the table up; called by pvops_grant_give() if nobody did.
 * @version: 1, 2, or 0 for 1, which can name all frames below 16 TiB
 *
 * Return: the version in use, or a negative errno; -EBUSY for another version than the one in
 * use while there are grants.
 */
int pvops_grant_init(unsigned int version);

/**
 * pvops_grant_give() - let a domain use a page.
 * @domid: which
 * @page: page of the direct map; it must stay there until pvops_grant_end() says 0
 * @readonly: not to be written by it
 *
 * Return: the reference to be told to the other end, or a negative errno: -ENOSPC when the
 * table is full.
 */
int pvops_grant_give(u16 domid, const void *page, bool readonly);

/** pvops_grant_end() - take it back. -EBUSY: still mapped by the other end. */
int pvops_grant_end(int ref);

#endif /* PVOPS_XEN_GRANT_H */
