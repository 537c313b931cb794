// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* Frontends and their backends: nodes, states, what they share. */
#include <pvops/errno.h>
#include <pvops/pvops.h>
#include <pvops/xen-bus.h>
#include <pvops/xen-grant.h>
#include <pvops/xen-store.h>
#include <pvops/xen.h>

#define LOOK_NS		10000000ULL
#define CLOSE_NS	2000000000ULL

int pvops_bus_find_back(struct pvops_bus_device *dev)
{
	char path[64];
	u64 domid;
	int len;

	pvops_snprintf(path, sizeof(path), "%s/backend", dev->front);
	len = pvops_store_read(0, path, dev->back, sizeof(dev->back));
	if (len < 0)
		return len;
	if (len >= (int)sizeof(dev->back))
		return -PVOPS_EINVAL;
	pvops_snprintf(path, sizeof(path), "%s/backend-id", dev->front);
	len = pvops_store_read_number(0, path, &domid);
	dev->domid = (u16)domid;
	return len < 0 ? len : domid > 0x7fef ? -PVOPS_EINVAL : 0;
}

int pvops_bus_find(struct pvops_bus_device *dev, const char *kind, unsigned int index)
{
	char path[48], names[256];
	int len, at = 0;

	*dev = (struct pvops_bus_device){ 0 };
	pvops_snprintf(path, sizeof(path), "device/%s", kind);
	len = pvops_store_list(PVOPS_STORE_NO_TRANSACTION, path, names, sizeof(names));
	if (len < 0)
		return len;
	if (len > (int)sizeof(names))
		len = (int)sizeof(names);
	for (; index && at < len; at++)
		index -= !names[at];
	if (at >= len || !names[at])
		return -PVOPS_ENOENT;
	pvops_snprintf(dev->front, sizeof(dev->front), "device/%s/%s", kind, names + at);
	return pvops_bus_find_back(dev);
}

int pvops_bus_number(const struct pvops_bus_device *dev, const char *name, u64 missing,
		     u64 *number)
{
	char path[128];
	int err;

	pvops_snprintf(path, sizeof(path), "%s/%s", dev->back, name);
	err = pvops_store_read_number(0, path, number);
	if (err == -PVOPS_ENOENT) {
		*number = missing;
		return 0;
	}
	return err;
}

int pvops_bus_switch(const struct pvops_bus_device *dev, enum pvops_bus_state state)
{
	char path[48];

	pvops_snprintf(path, sizeof(path), "%s/state", dev->front);
	return pvops_store_write_number(0, path, state);
}

int pvops_bus_wait(const struct pvops_bus_device *dev, enum pvops_bus_state state, u64 ns)
{
	u64 end = pvops_time_clock() + ns, now, pause;
	bool up = state < PVOPS_BUS_CLOSING;
	int err;

	for (;;) {
		err = pvops_bus_number(dev, "state", PVOPS_BUS_UNKNOWN, &now);
		if (err)
			return err;
		/* Down: its node may be gone. Up: closing is the end, or of the last time. */
		if (up ? now >= state && now < PVOPS_BUS_CLOSING
		       : now >= state || now == PVOPS_BUS_UNKNOWN)
			return 0;
		if (up && now >= PVOPS_BUS_CLOSING && state > PVOPS_BUS_INIT_WAIT)
			return -PVOPS_EIO;
		if (pvops_time_clock() >= end)
			return -PVOPS_ETIMEDOUT;
		pause = pvops_time_clock() + LOOK_NS;
		/* Leave the CPU to the other end, if there is a port of the device to wait for. */
		while (pvops_time_clock() < pause) {
			if (dev->irq && !pvops_bus_stale(dev))
				pvops_xen_wait(dev->irq, pause);
			else
				pvops_smp_yield();
		}
	}
}

static int share_rings(struct pvops_bus_device *dev, unsigned int rings)
{
	for (unsigned int i = 0; i < rings; i++) {
		u64 *words = dev->ring[i];

		if (!words)
			dev->ring[i] = pvops_get_host()->alloc_pages(0);
		if (!dev->ring[i])
			return -PVOPS_ENOMEM;
		for (u32 at = 0; words && at < PVOPS_PAGE_SIZE / sizeof(*words); at++)
			words[at] = 0;
		dev->ref[i] = pvops_grant_give(dev->domid, dev->ring[i], false);
		if (dev->ref[i] < 0)
			return dev->ref[i];
	}
	return 0;
}

bool pvops_bus_stale(const struct pvops_bus_device *dev)
{
	return dev->generation != pvops_xen_generation();
}

int pvops_bus_share(struct pvops_bus_device *dev, unsigned int rings)
{
	int err, port, irq;

	/* What was shared before a restore has ended with it: its numbers are other people's. */
	if (pvops_bus_stale(dev)) {
		if (dev->irq)
			pvops_irq_unbind(dev->irq);
		dev->irq = 0;
		dev->ref[0] = 0;
		dev->ref[1] = 0;
	}
	dev->generation = pvops_xen_generation();
	err = rings && rings <= 2 ? share_rings(dev, rings) : -PVOPS_EINVAL;
	port = err ? err : pvops_xen_alloc_port(dev->domid);
	irq = port < 0 ? port : pvops_xen_listen((u32)port, false);

	if (irq < 0) {
		if (port > 0)
			pvops_xen_close_port((u32)port);
		pvops_log("%s: nothing to share: error %d", dev->front, irq);
		pvops_bus_unshare(dev);
		return irq;
	}
	dev->port = (u32)port;
	dev->irq = (u32)irq;
	return 0;
}

void pvops_bus_unshare(struct pvops_bus_device *dev)
{
	if (dev->irq) {
		pvops_bus_switch(dev, PVOPS_BUS_CLOSING);
		pvops_bus_wait(dev, PVOPS_BUS_CLOSING, CLOSE_NS);
		pvops_bus_switch(dev, PVOPS_BUS_CLOSED);
		pvops_bus_wait(dev, PVOPS_BUS_CLOSED, CLOSE_NS);
		pvops_irq_unbind(dev->irq);
		dev->irq = 0;
	}
	for (unsigned int i = 0; i < 2; i++) {
		if (!dev->ring[i])
			continue;
		if (dev->ref[i] > 0 && !pvops_bus_stale(dev) && pvops_grant_end(dev->ref[i]))
			pvops_log("%s: a ring is still mapped over there: kept", dev->front);
		else
			pvops_get_host()->free_pages(dev->ring[i], 0);
		dev->ring[i] = NULL;
		dev->ref[i] = 0;
	}
}
