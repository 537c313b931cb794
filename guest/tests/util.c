// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
#include <pvops/text.h>
#include "util.h"

void util_read(void *addr)
{
	(void)*(volatile unsigned long *)addr;
}

void util_write(void *addr)
{
	*(volatile unsigned long *)addr = 0x77;
}

void util_load_fs(void *selector)
{
	asm volatile("mov %0, %%fs" : : "r"((u32)(unsigned long)selector));
}

#ifndef __x86_64__
#define MONITOR_PORT	0x5660		/* see tests/vmi-rom/README.rst */

/* The product's name ends the reason: "VMI reference, strict". */
bool monitored(void)
{
	const char *reason = pvops_get_info()->verdict.reason, *word = "VMI reference, strict";

	for (; *reason; reason++)
		if (pvops_text_equal(reason, word))
			return deprivileged();
	return false;
}

void monitor_tell(u32 what)
{
	if (monitored())
		pvops_cpu_out32(what, MONITOR_PORT);
}

void meant_begin(void)
{
	monitor_tell(1);
}

u32 meant_end(void)
{
	u32 nr = 0;

	if (monitored()) {
		nr = pvops_cpu_in32(MONITOR_PORT);
		pvops_cpu_out32(0, MONITOR_PORT);
	}
	return nr;
}
#else
bool monitored(void)
{
	return false;
}

void monitor_tell(u32 what)
{
}

void meant_begin(void)
{
}

u32 meant_end(void)
{
	return 0;
}
#endif

/* The last five bytes of a site: a direct call of the function that does the op. */
static bool is_direct_call(const u8 *end, const void *func)
{
	return end[-5] == 0xe8 && (unsigned long)end + (unsigned long)*(const s32 *)(end - 4) ==
				  (unsigned long)func;
}

bool is_inline(void (*function)(void), u16 op, u16 bytes)
{
	const struct pvops_form *form = pvops_form_of(op);
	const u8 *start = (const u8 *)(unsigned long)function;

	for (const struct pvops_site *s = pvops_sites_start; s < pvops_sites_end; s++) {
		const u8 *at = pvops_site_addr(s);

		if (s->op != op || at < start || at >= start + 64)
			continue;
		if (form->kind == PVOPS_FORM_CALL && enlightened(op))
			return is_direct_call(at + s->len, form->func);
		return at[s->len - 2] == bytes >> 8 && at[s->len - 1] == (bytes & 0xff);
	}
	return false;
}
