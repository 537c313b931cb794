/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/*
 * The other domain, for tests of the Xen drivers: a store, a disk and a network peer that behave,
 * or misbehave in a chosen way. Has the pvops_xen_*() that the Xen backend has otherwise.
 */
#ifndef TESTS_DOM0_H
#define TESTS_DOM0_H

#include "dom0_devices.h"
#include "dom0_memory.h"

/* ---- what the Xen backend supplies otherwise ---- */

static void (*hostile)(u32 port);	/* in place of the backends */
static u64 wait_ns = 1000000;

static void work(u32 port)
{
	if (port == STORE_PORT)
		store_works();
	else if (hostile)
		hostile(port);
	else if (port == block.port)
		block_works();
	else if (port == net.port && fault != NET_SILENT) {
		net_takes();
		net_gives();
	}
}

static u32 restored;			/* times */

u32 pvops_xen_generation(void)
{
	return restored;
}

void *pvops_xen_store_page(u32 *port)
{
	*port = STORE_PORT;
	return store_ring;
}

static bool no_ports;
static u32 closed_ports;

int pvops_xen_alloc_port(u16 domid)
{
	return no_ports ? -PVOPS_ENOSPC : (int)next_port++;
}

int pvops_xen_close_port(u32 port)
{
	closed_ports++;
	return 0;
}

int pvops_xen_listen(u32 port, bool keep)
{
	return (int)port;
}

void pvops_xen_wait(u32 irq, u64 deadline)
{
	clock_ns += wait_ns;
	work(irq);
}

int pvops_xen_notify(u32 port)
{
	work(port);
	return 0;
}

int pvops_xen_map_grants(void *va, u32 nr, bool status)
{
	*(status ? &grant_status : &grant_table) = va;
	return 0;
}

int pvops_xen_unmap_grants(void *va, u32 nr)
{
	return 0;
}

long pvops_xen_hypercall(unsigned int nr, u64 a, u64 b, u64 c)
{
	if (nr == __HYPERVISOR_memory_op)
		return memory_op(a, (void *)b);
	if (nr != __HYPERVISOR_grant_table_op || a != GNTTABOP_set_version)
		abort();
	grant_version = ((struct gnttab_set_version *)b)->version;
	return 0;
}

static void name_devices(void)
{
	store_set("device/vbd", "51712");
	store_set("device/vbd/51712/backend", "back/vbd");
	store_set("device/vbd/51712/backend-id", "0");
	store_set("back/vbd/sectors", "256");
	store_set("back/vbd/info", "0");
	store_set("back/vbd/feature-flush-cache", "1");
	store_set("device/vif", "0");
	store_set("device/vif/0/backend", "back/vif");
	store_set("device/vif/0/backend-id", "0");
	store_set("device/vif/0/mac", "00:16:3e:01:02:fF");
}

/* A world as new, but for what the drivers remember: once a process. */
static void new_world(void)
{
	kernel_starts();
	next_port = FIRST_PORT;
	store_ring = alloc_pages(0);
	name_devices();
}

/* The domain goes on elsewhere: nobody there knows of grants, ports and watches. */
static inline void restore(void)
{
	restored++;
	if (grant_table)
		memset(grant_table, 0, 4 * 4096UL);
	grant_table = NULL;
	grant_version = 0;
	watches = 0;
	next_port += 100;
	block.port = net.port = 0;
	/* Of an answer that never came through. */
	store_put("left", 4);
	store_set("device/vbd/51712/backend", "moved/vbd");
	store_set("moved/vbd/sectors", "256");
	store_set("moved/vbd/info", "0");
	store_set("moved/vbd/feature-flush-cache", "1");
	store_set("device/vif/0/backend", "moved/vif");
	backends = "moved";
}

#endif /* TESTS_DOM0_H */
