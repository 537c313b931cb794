/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
#ifndef GUEST_AS_H
#define GUEST_AS_H

#include "lock.h"

#define AS_READ		1
#define AS_WRITE	2
#define AS_EXEC		4
#define MAX_AREAS	16

struct area {
	unsigned long start;
	unsigned long end;
	unsigned int prot;	/* 0: not used */
};

/** struct as - an address space: areas, and the tables that map what was touched of them. */
struct as {
	struct lock lock;
	u32 users;
	void *root;
	unsigned long cpus;	/* that run on it */
	struct area areas[MAX_AREAS];
};

struct as *as_create(void);
void as_get(struct as *as);
void as_put(struct as *as);

/* A copy; both share pages until one of them writes. NULL without memory. */
struct as *as_fork(struct as *as);

/* Its top-level table; NULL: the kernel's. */
pvops_pfn_t as_root(const struct as *as);

/* Run on it; NULL: on the kernel's. Interrupts off. */
void as_activate(struct as *as);

/* All return 0 or -errno; addresses are whole pages in [0x1000, USER_END). */
int as_map(struct as *as, unsigned long start, unsigned long end, unsigned int prot);
int as_unmap(struct as *as, unsigned long start, unsigned long end);
int as_protect(struct as *as, unsigned long start, unsigned long end, unsigned int prot);

/* A free range of that size, 0 if there is none. */
unsigned long as_find(struct as *as, unsigned long size);

/* Bring a page in as a page fault would; true if the access may go on. */
bool as_fault(unsigned long addr, unsigned long error);
bool as_touch(struct as *as, unsigned long addr, bool write);

/* uaccess.c: 0, or -PVOPS_EIO if the range is not the user's or not there. */
int copy_from_user(void *to, unsigned long from, size_t len);
int copy_to_user(unsigned long to, const void *from, size_t len);
bool uaccess_fixup(unsigned long *ip);

#endif /* GUEST_AS_H */
