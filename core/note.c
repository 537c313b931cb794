// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * The image's ABI note: what it is and what it needs, for loaders and tools to read from the file
 * before anything runs. Documentation/audit.rst has the format; tools/pvaudit reads it.
 */
#include <pvops/note.h>
#include "core.h"

#define NOTE	__attribute__((used, aligned(4), section(".note.pvops")))

/* Elf32_Nhdr and Elf64_Nhdr are one; owner and description are padded to 4 bytes. */
struct head {
	u32 owner_len, len, type;
	char owner[8];
};

#define HEAD(kind, size) { sizeof(PVOPS_NOTE_OWNER), size, kind, PVOPS_NOTE_OWNER }

static const struct {
	struct head head;
	u32 abi, nr_ops, digest;
	char version[(sizeof(PVOPS_VERSION) + 3) & ~3U];
} version NOTE = {
	HEAD(PVOPS_NOTE_VERSION, 12 + sizeof(PVOPS_VERSION)),
	PVOPS_BACKEND_ABI, PVOPS_NR_OPS, PVOPS_OPS_DIGEST, PVOPS_VERSION,
};

static const struct {
	struct head head;
	char names[(sizeof(PVOPS_FAMILIES) + 3) & ~3U];
} families NOTE = {
	HEAD(PVOPS_NOTE_FAMILIES, sizeof(PVOPS_FAMILIES)), PVOPS_FAMILIES,
};

/* Not the names: who links a vendor's object in adds one, and the list is read where it is. */
#ifndef PVOPS_LINUX
static const struct {
	struct head head;
	const void *start, *end;
} __attribute__((packed)) backends NOTE = {
	HEAD(PVOPS_NOTE_BACKENDS, 2 * sizeof(void *)), pvops_backends_start, pvops_backends_end,
};
#endif

/* Where a tool finds sites and the table of ops in an image that has been stripped. */
#ifdef PVOPS_LINUX
extern const struct pvops_site __pvops_sites[], __pvops_sites_end[];
#define SPANS { __pvops_sites, __pvops_sites_end }, { pvops_table, pvops_table + PVOPS_NR_OPS }
#else
#define SPANS { pvops_sites_start, pvops_sites_end },			\
	{ pvops_table, pvops_table + PVOPS_NR_OPS },			\
	{ pvops_native_start, pvops_native_end }
#endif

struct span {
	const void *start, *end;
};

#define NR_SPANS (sizeof((const struct span[]) { SPANS }) / sizeof(struct span))

static const struct {
	struct head head;
	struct span spans[NR_SPANS];
} __attribute__((packed)) tables NOTE = {
	HEAD(PVOPS_NOTE_TABLES, NR_SPANS * sizeof(struct span)), { SPANS },
};
