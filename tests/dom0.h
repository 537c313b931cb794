/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/*
 * The other domain, for tests of the Xen drivers: a store, a disk and a network peer that behave,
 * or misbehave in a chosen way. Includes the pvops_xen_*() that the Xen backend has otherwise.
 */
#ifndef TESTS_DOM0_H
#define TESTS_DOM0_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <pvops/errno.h>
#include <pvops/pvops.h>
#include <pvops/xen.h>
#include <pvops/xen-block.h>
#include <pvops/xen-grant.h>
#include <pvops/xen-net.h>
#include <pvops/xen-store.h>
#include "../drivers/xen/public.h"
#include "../drivers/xen/ring.h"

#define ARENA		((u8 *)0x20000000)	/* low: frames of version 1 have 32 bits */
#define ARENA_PAGES	4096
#define STORE_PORT	7
#define FIRST_PORT	10
#define DISK_SECTORS	256

enum fault {
	NONE,
	STORE_SILENT, STORE_LONG, STORE_INDEX, STORE_TYPE, STORE_HALF, STORE_DENIES, STORE_STALE,
	BLOCK_SILENT, BLOCK_INDEX, BLOCK_ID, BLOCK_OPERATION, BLOCK_ERROR, BLOCK_UNSUPPORTED,
	BLOCK_KEEPS, BLOCK_CLOSES,
	NET_SILENT, NET_INDEX, NET_ID, NET_LONG, NET_PARTS, NET_DROPS, NET_SEND_INDEX,
	NET_SEND_ID, NET_SEND_SILENT,
	NR_FAULTS,
};

static enum fault fault;
static u64 clock_ns;
static char logged[16384];
static u8 *arena_next;
static void *grant_table;
static u32 grant_version, next_port;
static u8 disk[DISK_SECTORS * 512];
static struct xenstore_domain_interface *store_ring;

/* ---- what a kernel and the core supply ---- */

void pvops_log(const char *fmt, ...)
{
	size_t at = strlen(logged);
	va_list args;

	va_start(args, fmt);
	vsnprintf(logged + at, sizeof(logged) - at, fmt, args);
	va_end(args);
	strncat(logged, "\n", sizeof(logged) - strlen(logged) - 1);
}

int pvops_snprintf(char *buf, size_t size, const char *fmt, ...)
{
	va_list args;
	int len;

	va_start(args, fmt);
	len = vsnprintf(buf, size, fmt, args);
	va_end(args);
	return len;
}

static void *alloc_pages(unsigned int order)
{
	u8 *page = arena_next;

	if (page + (4096UL << order) > ARENA + ARENA_PAGES * 4096UL)
		return NULL;
	arena_next += 4096UL << order;
	memset(page, 0, 4096UL << order);
	return page;
}

static unsigned int freed;

static void free_pages(void *va, unsigned int order)
{
	freed++;
}

static pvops_gpa_t virt_to_gpa(const void *va)
{
	return (__force pvops_gpa_t)(unsigned long)va;
}

static const struct pvops_host host = {
	.alloc_pages = alloc_pages, .free_pages = free_pages, .virt_to_gpa = virt_to_gpa,
};

const struct pvops_host *pvops_get_host(void)
{
	return &host;
}

static u64 time_clock(void)
{
	return clock_ns += 1000;
}

static int irq_unbind(unsigned int irq)
{
	return 0;
}

/* Ops of the save convention: nothing changes. */
void op_nothing(void);
asm(".text\nop_nothing:\n\tret");

const void *pvops_table[PVOPS_NR_OPS];

/* ---- the store ---- */

static struct {
	char path[96];
	char value[2100];
} nodes[96];

static const char *store_get(const char *path)
{
	for (size_t i = 0; i < 96; i++)
		if (nodes[i].path[0] && !strcmp(nodes[i].path, path))
			return nodes[i].value;
	return NULL;
}

static void store_set(const char *path, const char *value)
{
	char *there = (char *)(unsigned long)store_get(path);

	for (size_t i = 0; !there && i < 96; i++)
		if (!nodes[i].path[0]) {
			snprintf(nodes[i].path, sizeof(nodes[i].path), "%s", path);
			there = nodes[i].value;
		}
	if (there)
		snprintf(there, sizeof(nodes[0].value), "%s", value);
}

static u32 number_at(const char *path)
{
	const char *text = store_get(path);

	return text ? (u32)strtoul(text, NULL, 10) : 0;
}

static u32 answered;		/* bytes not yet put into the ring are lost: tests keep below */

static void store_put(const void *bytes, u32 len)
{
	for (u32 i = 0; i < len; i++)
		store_ring->rsp[MASK_XENSTORE_IDX(store_ring->rsp_prod++)] = ((const char *)bytes)[i];
	answered += len;
}

static void store_answer(const struct xsd_sockmsg *req, u32 type, const char *text, u32 len)
{
	struct xsd_sockmsg head = *req;

	if (fault == STORE_SILENT)
		return;
	head.type = fault == STORE_TYPE ? XS_DIRECTORY_PART : type;
	head.len = fault == STORE_LONG ? 5000 : len;
	if (fault == STORE_STALE) {
		struct xsd_sockmsg old = { .type = XS_READ, .req_id = req->req_id - 1, .len = 3 };

		store_put(&old, sizeof(old));
		store_put("old", 3);
	}
	store_put(&head, sizeof(head));
	store_put(text, fault == STORE_HALF ? len / 2 : len);
	if (fault == STORE_INDEX)
		store_ring->rsp_prod += 2000;
}

static void frontend_switched(const char *path, u32 state);

static void store_request(const struct xsd_sockmsg *req, char *text)
{
	const char *value = store_get(text), *data = text + strlen(text) + 1;

	if (fault == STORE_DENIES) {
		store_answer(req, XS_ERROR, "EACCES", 7);
	} else if (req->type == XS_WRITE) {
		store_set(text, data);
		store_answer(req, XS_WRITE, "OK", 3);
		if (strlen(text) > 6 && !strcmp(text + strlen(text) - 6, "/state"))
			frontend_switched(text, (u32)atoi(data));
	} else if (req->type == XS_READ && value) {
		store_answer(req, XS_READ, value, (u32)strlen(value));
	} else if (req->type == XS_DIRECTORY && value) {
		store_answer(req, XS_DIRECTORY, value, (u32)strlen(value) + 1);
	} else if (req->type == XS_READ || req->type == XS_DIRECTORY) {
		store_answer(req, XS_ERROR, "ENOENT", 7);
	} else if (req->type == XS_TRANSACTION_START) {
		store_answer(req, req->type, "77", 3);
	} else {
		store_answer(req, req->type, "OK", 3);
	}
}

/* Requests as they come, in pieces. */
static void store_works(void)
{
	static char buf[8192];
	static u32 have;
	struct xsd_sockmsg head;

	if (fault == STORE_INDEX)
		store_ring->req_cons += 3000;
	while (store_ring->req_cons != store_ring->req_prod && have < sizeof(buf) - 1)
		buf[have++] = store_ring->req[MASK_XENSTORE_IDX(store_ring->req_cons++)];
	memcpy(&head, buf, sizeof(head));
	if (have < sizeof(head) || have < sizeof(head) + head.len)
		return;
	buf[sizeof(head) + head.len] = '\0';
	have = 0;
	store_request(&head, buf + sizeof(head));
}

/* ---- backends ---- */

static void *granted(u32 ref)
{
	struct grant_entry_v1 *v1 = (struct grant_entry_v1 *)grant_table + ref;
	union grant_entry_v2 *v2 = (union grant_entry_v2 *)grant_table + ref;
	u64 frame = grant_version == 2 ? v2->full_page.frame : v1->frame;
	u16 flags = grant_version == 2 ? v2->hdr.flags : v1->flags;

	if ((flags & GTF_type_mask) != GTF_permit_access)
		abort();		/* a frontend that offers what it has not granted */
	return (void *)(frame << 12);
}

static struct {
	u32 port;
	struct shared_ring *ring;
	u32 cons;
} block;

static struct {
	u32 port;
	struct shared_ring *send, *receive;
	u32 send_cons, receive_cons;
	u32 offered;
	u8 frames[8][1600];
	u32 lens[8], nr;
} net;

static void set_number(const char *path, u32 number)
{
	char text[16];

	snprintf(text, sizeof(text), "%u", number);
	store_set(path, text);
}

static void frontend_switched(const char *path, u32 state)
{
	bool disk_end = strstr(path, "vbd");
	const char *back = disk_end ? "back/vbd/state" : "back/vif/state";

	if (state == PVOPS_BUS_INITIALISING) {
		set_number(back, PVOPS_BUS_INIT_WAIT);
	} else if (state >= PVOPS_BUS_CLOSING) {
		set_number(back, state);
	} else if (disk_end && state == PVOPS_BUS_INITIALISED) {
		block.port = number_at("device/vbd/51712/event-channel");
		block.ring = granted(number_at("device/vbd/51712/ring-ref"));
		block.cons = 0;
		set_number(back, fault == BLOCK_CLOSES ? PVOPS_BUS_CLOSING : PVOPS_BUS_CONNECTED);
	} else if (!disk_end && state == PVOPS_BUS_CONNECTED) {
		net.port = number_at("device/vif/0/event-channel");
		net.send = granted(number_at("device/vif/0/tx-ring-ref"));
		net.receive = granted(number_at("device/vif/0/rx-ring-ref"));
		net.send_cons = net.receive_cons = net.nr = 0;
		set_number(back, PVOPS_BUS_CONNECTED);
	}
}

static int16_t move_sectors(const struct blkif_request *req)
{
	u8 *at = disk + req->sector_number * 512;

	if (req->operation > BLKIF_OP_WRITE)
		return BLKIF_RSP_OKAY;
	for (int i = 0; i < req->nr_segments; i++) {
		u8 *page = granted(req->seg[i].gref);
		u32 first = req->seg[i].first_sect, len = (req->seg[i].last_sect - first + 1U) * 512;

		if (req->operation == BLKIF_OP_WRITE)
			memcpy(at, page + first * 512, len);
		else
			memcpy(page + first * 512, at, len);
		at += len;
		if (fault == BLOCK_KEEPS)
			((struct grant_entry_v1 *)grant_table)[req->seg[i].gref].flags |= GTF_reading;
	}
	return BLKIF_RSP_OKAY;
}

static void block_works(void)
{
	struct blkif_request *reqs = (void *)block.ring->entries;

	if (fault == BLOCK_SILENT)
		return;
	while (block.cons != block.ring->req_prod) {
		struct blkif_request req = reqs[block.cons % 32];
		struct blkif_response rsp = { .id = req.id, .operation = req.operation };

		rsp.status = fault == BLOCK_ERROR	  ? BLKIF_RSP_ERROR
			     : fault == BLOCK_UNSUPPORTED ? BLKIF_RSP_EOPNOTSUPP
							  : move_sectors(&req);
		rsp.id += fault == BLOCK_ID;
		rsp.operation += fault == BLOCK_OPERATION;
		memcpy(reqs + block.cons++ % 32, &rsp, sizeof(rsp));
		block.ring->rsp_prod = block.cons + (fault == BLOCK_INDEX ? 5 : 0);
	}
}

static void net_takes(void)
{
	struct netif_tx_request *reqs = (void *)net.send->entries;

	while (net.send_cons != net.send->req_prod && fault != NET_SEND_SILENT) {
		struct netif_tx_request req = reqs[net.send_cons % 256];
		struct netif_tx_response rsp = { .id = req.id, .status = NETIF_RSP_OKAY };

		if (net.nr < 8) {
			memcpy(net.frames[net.nr], (u8 *)granted(req.gref) + req.offset, req.size);
			net.lens[net.nr++] = req.size;
		}
		rsp.id = fault == NET_SEND_ID ? 999 : rsp.id;
		memcpy(reqs + net.send_cons++ % 256, &rsp, sizeof(rsp));
		net.send->rsp_prod = net.send_cons + (fault == NET_SEND_INDEX ? 3 : 0);
	}
}

/* Every frame comes back as it went. */
static void net_gives(void)
{
	u8 *entries = net.receive->entries;

	for (u32 i = 0; i < net.nr && net.receive_cons != net.receive->req_prod; i++) {
		struct netif_rx_request req;
		struct netif_rx_response rsp = { 0 };

		memcpy(&req, entries + net.receive_cons % 256 * 8, sizeof(req));
		memcpy((u8 *)granted(req.gref) + 64, net.frames[i], net.lens[i]);
		rsp.id = req.id;
		rsp.offset = 64;
		rsp.status = (int16_t)net.lens[i];
		if (fault == NET_ID)
			rsp.id = 12345;
		if (fault == NET_LONG)
			rsp.offset = 4096 - 20;
		if (fault == NET_PARTS)
			rsp.flags = NETRXF_more_data;
		if (fault == NET_DROPS)
			rsp.status = NETIF_RSP_ERROR;
		memcpy(entries + net.receive_cons++ % 256 * 8, &rsp, sizeof(rsp));
		net.receive->rsp_prod = net.receive_cons + (fault == NET_INDEX ? 200 : 0);
	}
	net.nr = 0;
}

/* ---- what the Xen backend supplies otherwise ---- */

static void work(u32 port)
{
	if (port == STORE_PORT)
		store_works();
	else if (port == block.port)
		block_works();
	else if (port == net.port && fault != NET_SILENT) {
		net_takes();
		net_gives();
	}
}

void *pvops_xen_store_page(u32 *port)
{
	*port = STORE_PORT;
	return store_ring;
}

int pvops_xen_alloc_port(u16 domid)
{
	return (int)next_port++;
}

int pvops_xen_listen(u32 port, bool keep)
{
	return (int)port;
}

void pvops_xen_wait(u32 irq, u64 deadline)
{
	clock_ns += 1000000;
	work(irq);
}

int pvops_xen_notify(u32 port)
{
	work(port);
	return 0;
}

int pvops_xen_map_grants(void *va, u32 nr, bool status)
{
	if (!status)
		grant_table = va;
	return 0;
}

int pvops_xen_unmap_grants(void *va, u32 nr)
{
	return 0;
}

long pvops_xen_hypercall(unsigned int nr, u64 a, u64 b, u64 c)
{
	if (nr != __HYPERVISOR_grant_table_op || a != GNTTABOP_set_version)
		abort();
	grant_version = ((struct gnttab_set_version *)b)->version;
	return 0;
}

/* A world as new, but for what the drivers remember: once a process. */
static void new_world(void)
{
	if (mmap(ARENA, ARENA_PAGES * 4096UL, PROT_READ | PROT_WRITE,
		 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0) != ARENA)
		abort();
	arena_next = ARENA;
	next_port = FIRST_PORT;
	store_ring = alloc_pages(0);
	for (u32 op = 0; op < PVOPS_NR_OPS; op++)
		pvops_table[op] = (const void *)op_nothing;
	pvops_table[PVOPS_OP_time_clock] = (const void *)time_clock;
	pvops_table[PVOPS_OP_irq_unbind] = (const void *)irq_unbind;
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

#endif /* TESTS_DOM0_H */
