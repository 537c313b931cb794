/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* The other domain's store. */
#ifndef TESTS_DOM0_STORE_H
#define TESTS_DOM0_STORE_H

#include "dom0_kernel.h"
#include "../drivers/xen/public.h"
#include "../drivers/xen/ring.h"

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
static void *grant_table, *grant_status;
static u32 grant_version, next_port;
static u8 disk[DISK_SECTORS * 512];
static struct xenstore_domain_interface *store_ring;
static u32 watches;			/* asked for */

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

static void store_put(const void *bytes, u32 len)
{
	for (u32 i = 0; i < len; i++)
		store_ring->rsp[MASK_XENSTORE_IDX(store_ring->rsp_prod++)] =
			((const char *)bytes)[i];
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

/* What is written in a transaction counts at its end, or never; one node will do. */
static struct {
	char path[96];
	char value[2100];
} held;

static u32 interferences;		/* transactions that are to be done again */
static void (*meanwhile)(void);		/* what the other side does before one ends */

static void transaction_ends(const struct xsd_sockmsg *req, bool commit)
{
	if (meanwhile)
		meanwhile();
	if (commit && interferences) {
		interferences--;
		commit = false;
		store_answer(req, XS_ERROR, "EAGAIN", 7);
	} else {
		store_answer(req, XS_TRANSACTION_END, "OK", 3);
	}
	if (commit && held.path[0])
		store_set(held.path, held.value);
	held.path[0] = '\0';
}

static void frontend_switched(const char *path, u32 state);

static void store_request(const struct xsd_sockmsg *req, char *text)
{
	const char *value = store_get(text), *data = text + strlen(text) + 1;

	if (fault == STORE_DENIES) {
		store_answer(req, XS_ERROR, "EACCES", 7);
	} else if (req->type == XS_WRITE && req->tx_id) {
		snprintf(held.path, sizeof(held.path), "%.95s", text);
		snprintf(held.value, sizeof(held.value), "%.2099s", data);
		store_answer(req, XS_WRITE, "OK", 3);
	} else if (req->type == XS_TRANSACTION_END) {
		transaction_ends(req, *text == 'T');
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
	} else if (req->type == XS_WATCH) {
		watches++;
		store_answer(req, XS_WATCH, "OK", 3);
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

#endif /* TESTS_DOM0_STORE_H */
