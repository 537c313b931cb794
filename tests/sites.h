/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* Sites made by hand, for tests of the engine. */
#ifndef TESTS_SITES_H
#define TESTS_SITES_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include <pvops/pvops.h>

/* None has gates, to the engine, unless a test says so. */
#define PVOPS_ROW(op, bytes, fam, less, nop) { .name = op, .room = bytes },
static const struct pvops_op_row op_rows[] = {
#include <pvops/ops-names.h>
};

#define TEXT_SIZE	8192
#define MAX_SITES	256

/* A small world: text, table and records within reach of each other. */
static u8 text[TEXT_SIZE] __attribute__((aligned(4096)));
static const void *table[PVOPS_NR_OPS];
static struct pvops_site sites[MAX_SITES];
static u32 saved[MAX_SITES];
static struct pvops_form forms[PVOPS_NR_OPS], others[PVOPS_NR_OPS];
static char logged[8192];
static unsigned int log_lines, alias_fails, aliases;

static void log_text(const char *t, size_t len)
{
	size_t at = strlen(logged);

	log_lines++;
	if (at + len < sizeof(logged))
		memcpy(logged + at, t, len + 1);
}

static void *alias_map(const void *at, size_t len)
{
	if (alias_fails)
		return NULL;
	aliases++;
	return (void *)(unsigned long)at;
}

static void alias_unmap(void *alias, size_t len)
{
	aliases--;
}

static struct pvops_patch_set set;

static void put32(u8 *at, u32 val)
{
	memcpy(at, &val, 4);
}

static void record(u32 nr, const u8 *at, u16 op, u8 len, u8 kind)
{
	sites[nr].offset = (s32)(at - (u8 *)&sites[nr].offset);
	sites[nr].op = op;
	sites[nr].len = len;
	sites[nr].kind = kind;
}

/* What the operand of `call *slot` is: relative to rip, or absolute on i386. */
static u32 slot_operand(const void *slot, const u8 *next)
{
#ifdef __x86_64__
	return (u32)((const u8 *)slot - next);
#else
	return (u32)slot;
#endif
}

/* The call of an op at text + @at, as the compiler would have put it. */
static u32 add_call(u32 at, u16 op, u8 kind)
{
	u8 *site = text + at, *call = site + op_rows[op].room - 6;

	memset(site, 0x2e, op_rows[op].room - 6U);
	call[0] = 0xff;
	call[1] = 0x15;
	put32(call + 2, slot_operand(&table[op], call + 6));
	record(set.nr_sites, site, op, op_rows[op].room, kind);
	return set.nr_sites++;
}

static u32 add_gate(u32 at, u16 op, u32 target)
{
	u8 *site = text + at;

	site[0] = 0xe9;
	put32(site + 1, target - (at + 5));
	record(set.nr_sites, site, op, 5, PVOPS_SITE_GATE);
	return set.nr_sites++;
}

static void target_of_calls(void)
{
}

static int fresh(void **state)
{
	memset(text, 0xcc, sizeof(text));
	memset(sites, 0, sizeof(sites));
	memset(saved, 0, sizeof(saved));
	logged[0] = '\0';
	log_lines = 0;
	alias_fails = 0;
	aliases = 0;
	set = (struct pvops_patch_set){
		.sites = sites, .saved = saved, .table = table, .ops = op_rows,
		.nr_ops = PVOPS_NR_OPS, .text = text, .text_end = text + sizeof(text),
		.alias_map = alias_map, .alias_unmap = alias_unmap, .log = log_text,
	};
	for (u32 op = 0; op < PVOPS_NR_OPS; op++) {
		table[op] = (const void *)target_of_calls;
		forms[op] = (struct pvops_form)PVOPS_CALL(target_of_calls);
		others[op] = (struct pvops_form)PVOPS_NOP(target_of_calls);
	}
	return 0;
}

#endif /* TESTS_SITES_H */
