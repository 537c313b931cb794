/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* What a kernel and the core supply to the Xen drivers. */
#ifndef TESTS_DOM0_KERNEL_H
#define TESTS_DOM0_KERNEL_H

#include <sanitizer/asan_interface.h>
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

#define ARENA		((u8 *)0x20000000)	/* low: frames of version 1 have 32 bits */
#define ARENA_PAGES	4096
#define ARENA_BYTES	(ARENA_PAGES * 4096UL)

static u64 clock_ns;
static char logged[16384];
static u8 *arena_next;

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

/* A page that nobody may touch lies behind each. */
static void *alloc_pages(unsigned int order)
{
	size_t len = 4096UL << order;
	u8 *page = arena_next;

	if (page + len > ARENA + ARENA_BYTES)
		return NULL;
	arena_next += len + 4096;
	ASAN_UNPOISON_MEMORY_REGION(page, len);
	memset(page, 0, len);
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

static void kernel_starts(void)
{
	if (mmap(ARENA, ARENA_BYTES, PROT_READ | PROT_WRITE,
		 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0) != ARENA)
		abort();
	ASAN_POISON_MEMORY_REGION(ARENA, ARENA_BYTES);
	arena_next = ARENA;
	for (u32 op = 0; op < PVOPS_NR_OPS; op++)
		pvops_table[op] = (const void *)op_nothing;
	pvops_table[PVOPS_OP_time_clock] = (const void *)time_clock;
	pvops_table[PVOPS_OP_irq_unbind] = (const void *)irq_unbind;
}

#endif /* TESTS_DOM0_KERNEL_H */
