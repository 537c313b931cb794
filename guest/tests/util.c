// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
#include "util.h"

void util_read(void *addr)
{
	(void)*(volatile u64 *)addr;
}

void util_write(void *addr)
{
	*(volatile u64 *)addr = 0x77;
}

void util_load_fs(void *selector)
{
	asm volatile("mov %0, %%fs" : : "r"((u32)(unsigned long)selector));
}
