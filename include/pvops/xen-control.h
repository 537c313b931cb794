/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/*
 * What the toolstack asks of a domain: xenstore's control/shutdown (Xen's
 * docs/misc/xenstore-paths.pandoc). The request is here; what is to be done about it is the
 * kernel's affair.
 *
 * Context of all: task, after pvops_late_init().
 */
#ifndef PVOPS_XEN_CONTROL_H
#define PVOPS_XEN_CONTROL_H

#include <pvops/types.h>

/** PVOPS_CONTROL_TOKEN - of the watch: what pvops_store_event() gives when something is asked. */
#define PVOPS_CONTROL_TOKEN	"control/shutdown"

/** enum pvops_control - what is asked. */
enum pvops_control {
	PVOPS_CONTROL_NONE,		/* nothing, or no more */
	PVOPS_CONTROL_POWEROFF,
	PVOPS_CONTROL_HALT,		/* for the toolstack the same */
	PVOPS_CONTROL_REBOOT,
	PVOPS_CONTROL_SUSPEND,
	PVOPS_CONTROL_CRASH,
	PVOPS_CONTROL_UNKNOWN,		/* acknowledged, after a line in the log */
};

/**
 * pvops_control_watch() - say what we can do (control/feature-...) and watch for requests.
 * @suspend: we can be saved, restored and migrated
 *
 * Again after a restore, for what is said there; the watch is kept. An event comes at once.
 * Return: 0 or a negative errno, see <pvops/xen-store.h>.
 */
int pvops_control_watch(bool suspend);

/**
 * pvops_control_take() - the request, acknowledged.
 *
 * A request that the toolstack takes back meanwhile is none.
 * Return: enum pvops_control or a negative errno.
 */
int pvops_control_take(void);

/** pvops_control_unwatch() - take it all back. Return: 0 or the first negative errno. */
int pvops_control_unwatch(void);

#endif /* PVOPS_XEN_CONTROL_H */
