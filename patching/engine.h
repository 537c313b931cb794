/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* What the files of the engine share. */
#ifndef PVOPS_ENGINE_H
#define PVOPS_ENGINE_H

#include <pvops/patch.h>

#define OP_CALL		0xe8
#define OP_JMP		0xe9
#define OP_INT3		0xcc
/*
 * DS override: nothing in 64-bit mode, and where data is reached by DS anyway. A template with a
 * segment of its own has no PVOPS_FORM_PREFIX.
 */
#define OP_PREFIX	0x3e
#define OP_CALL_PREFIX	0x2e		/* CS override, for calls: 0x3e would be notrack there */

/* Is the record one that we may touch? Says nothing about the bytes there. */
bool pvops_site_valid(const struct pvops_patch_set *set, const struct pvops_site *site);

/* Fill with as few nop instructions as can be. */
void pvops_fill_nops(u8 *out, u32 len);

/* Is the site a jump to a cold call? */
static inline bool is_gate(const struct pvops_site *site)
{
	return site->kind == PVOPS_SITE_GATE || site->kind == PVOPS_SITE_LEAD;
}

/* The displacement in a gate's jump. */
static inline u32 gate_displacement(const u8 *bytes)
{
	return (u32)bytes[1] | (u32)bytes[2] << 8 | (u32)bytes[3] << 16 | (u32)bytes[4] << 24;
}

static inline bool same(const u8 *a, const u8 *b, u32 len)
{
	while (len && *a == *b) {
		a++;
		b++;
		len--;
	}
	return !len;
}

/* One site on its way from old to new bytes. @err: how it went. */
struct pvops_poke {
	const struct pvops_site *site;
	u32 saved;
	int err;
	u8 old[PVOPS_SITE_MAX_LEN];
	u8 new[PVOPS_SITE_MAX_LEN];
};

/* Write through the alias. */
int pvops_write_text(const struct pvops_patch_set *set, u8 *at, const u8 *bytes, u32 len);

/* Patch some sites, which do not overlap, while other CPUs run them; sets pokes[].err. */
void pvops_poke_sites(const struct pvops_patch_set *set, struct pvops_poke *pokes, u32 nr);

#endif /* PVOPS_ENGINE_H */
