// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * Whose face do we see? All vendor leaves of CPUID, none of them believed yet.
 */
#include "core.h"

#define CPUID_HYPERVISOR_BIT	(1U << 31)	/* leaf 1, ecx */
#define CPUID_FIRST_BASE	0x40000000U
#define CPUID_BASE_STEP		0x100U

static bool printable(const char *signature)
{
	/* A signature is text, perhaps padded with zeroes; a first byte of 0 is an empty leaf. */
	for (int i = 0; i < 12; i++)
		if (signature[i] && (signature[i] < ' ' || signature[i] > '~'))
			return false;
	return signature[0] != '\0';
}

void pvops_detect(const struct pvops_boot *boot, struct pvops_probe *probe)
{
	u32 regs[4] = { 1, 0, 0, 0 };

	*probe = (struct pvops_probe){ .boot = boot };
	if (!boot->proto->cpuid)
		return;
	boot->proto->cpuid(regs);
	probe->hypervisor_bit = regs[2] & CPUID_HYPERVISOR_BIT;
	/* Without the bit these leaves are the processor's answer to an unknown leaf. */
	if (!probe->hypervisor_bit)
		return;

	for (u32 i = 0; i < PVOPS_MAX_MATCHES; i++) {
		u32 base = CPUID_FIRST_BASE + i * CPUID_BASE_STEP;
		struct pvops_match match = { .base = base };

		regs[0] = base;
		regs[2] = 0;
		boot->proto->cpuid(regs);
		for (int j = 0; j < 12; j++)
			match.signature[j] = (char)(regs[1 + j / 4] >> (8 * (j % 4)));
		/* Old hosts say 0 and mean one leaf; less than the base, or far more, is a lie. */
		match.max = regs[0] ? regs[0] : base + 1;
		if (match.max < base || match.max >= base + 0x10000 || !printable(match.signature))
			continue;
		probe->matches[probe->nr_matches++] = match;
	}
}
