/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/*
 * Xenbus: how a frontend and its backend find each other and go through their states (Xen's public
 * io/xenbus.h). Context of all: task.
 */
#ifndef PVOPS_XEN_BUS_H
#define PVOPS_XEN_BUS_H

#include <pvops/types.h>

/** enum pvops_bus_state - as in io/xenbus.h. */
enum pvops_bus_state {
	PVOPS_BUS_UNKNOWN,
	PVOPS_BUS_INITIALISING,
	PVOPS_BUS_INIT_WAIT,
	PVOPS_BUS_INITIALISED,
	PVOPS_BUS_CONNECTED,
	PVOPS_BUS_CLOSING,
	PVOPS_BUS_CLOSED,
};

/**
 * struct pvops_bus_device - one frontend.
 * @front: its node
 * @back: the backend's node
 * @domid: the backend's domain
 * @ring: page shared with it
 * @ref: grant of it
 * @port: event channel
 * @irq: to wait for it
 * @generation: of the domain in which all this was shared
 */
struct pvops_bus_device {
	char front[40];
	char back[88];
	u16 domid;
	void *ring[2];
	int ref[2];
	u32 port;
	u32 irq;
	u32 generation;
};

/**
 * pvops_bus_find() - the n-th frontend of a kind.
 * @dev: filled
 * @kind: "vbd", "vif"
 * @index: from 0, in xenstore's order
 *
 * Return: 0; -ENOENT when there are not so many; a negative errno of the store.
 */
int pvops_bus_find(struct pvops_bus_device *dev, const char *kind, unsigned int index);

/**
 * pvops_bus_find_back() - the backend of @dev->front, which after a restore may be another.
 * @dev: @back and @domid are filled
 */
int pvops_bus_find_back(struct pvops_bus_device *dev);

/** pvops_bus_number() - a number at the backend's node; @missing when it is not there. */
int pvops_bus_number(const struct pvops_bus_device *dev, const char *name, u64 missing,
		     u64 *number);

/** pvops_bus_switch() - say our state. 0 or a negative errno. */
int pvops_bus_switch(const struct pvops_bus_device *dev, enum pvops_bus_state state);

/**
 * pvops_bus_wait() - wait for the backend.
 * @dev: device
 * @state: at least this one
 * @ns: how long
 *
 * Return: 0, -EIO when it closes instead, -ETIMEDOUT.
 */
int pvops_bus_wait(const struct pvops_bus_device *dev, enum pvops_bus_state state, u64 ns);

/**
 * pvops_bus_stale() - has the domain been restored since pvops_bus_share()? Then what was shared is
 * not any more, and the backend begins anew: connect again, with the same calls.
 */
bool pvops_bus_stale(const struct pvops_bus_device *dev);

/** pvops_bus_share() - one or two ring pages and an event channel for a device. */
int pvops_bus_share(struct pvops_bus_device *dev, unsigned int rings);

/**
 * pvops_bus_unshare() - close the device at both ends and take everything back. What the other
 * end still holds is given up for good, with a line in the log.
 */
void pvops_bus_unshare(struct pvops_bus_device *dev);

#endif /* PVOPS_XEN_BUS_H */
