/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* A guest's physical memory, for parsers that read it: bounds are checked to the byte. */
#ifndef TESTS_MEMORY_H
#define TESTS_MEMORY_H

#include <stdlib.h>
#include <string.h>
#include <pvops/boot.h>

static u8 *memory;
static u64 memory_base, memory_size;

const void *pvops_boot_phys(u64 gpa, u64 len)
{
	if (gpa < memory_base || len > memory_size || gpa - memory_base > memory_size - len)
		return NULL;
	return memory + (gpa - memory_base);
}

/* Exactly as large as said, so that one byte too far is found. */
static void memory_set(const void *bytes, size_t size, u64 base)
{
	free(memory);
	memory = malloc(size ? size : 1);
	memcpy(memory, bytes, size);
	memory_base = base;
	memory_size = size;
}

#endif /* TESTS_MEMORY_H */
