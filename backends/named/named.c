// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * Hypervisors that have a name and at most two things to tell: how fast the TSC runs, and that
 * interrupts of devices find CPUs above 254. All else is as on bare hardware, which does it.
 *
 * The leaf that tells the frequency is everybody's: native reads it for its clock (core/clock.c)
 * wherever a host has it. Here it is only spoken of.
 */
#include <pvops/msi.h>
#include <pvops/pvops.h>

/* Above the base. */
#define LEAF_FEATURES	0x01
#define LEAF_TIMING	0x10

/**
 * struct row - a hypervisor.
 * @title: as its makers write it
 * @signatures: the 12 bytes in CPUID, zeroes at the end; a second spelling, or empty
 * @wide: bit of eax in the leaf of features: extended destination ids; 0: it has none
 * @plain: emulates a machine and has no interface: bare hardware, unless wished for by name
 */
struct row {
	const char *title;
	char signatures[2][13];
	u32 wide;
	bool plain;
};

struct offer {
	u32 khz;			/* 0: not told */
	bool wide;
};

static const struct pvops_form named_forms[PVOPS_NR_OPS];

static bool equal(const char *signature, const char *want)
{
	u32 i = 0;

	while (i < 12 && signature[i] == want[i])
		i++;
	return i == 12;
}

static const struct pvops_match *face(const struct row *row, const struct pvops_probe *probe)
{
	for (u32 i = probe->nr_matches; i--; )
		for (u32 j = 0; j < 2; j++)
			if (equal(probe->matches[i].signature, row->signatures[j]))
				return probe->matches + i;
	return NULL;
}

static u32 leaf_eax(const struct pvops_probe *probe, const struct pvops_match *match, u32 leaf)
{
	u32 regs[4] = { match->base + leaf };

	if (match->max < match->base + leaf)
		return 0;
	probe->boot->proto->cpuid(regs);
	return regs[0];
}

static struct offer offers(const struct row *row, const struct pvops_probe *probe,
			   const struct pvops_match *match)
{
	return (struct offer){
		.khz = leaf_eax(probe, match, LEAF_TIMING),
		.wide = row->wide & leaf_eax(probe, match, LEAF_FEATURES),
	};
}

static void detect(const struct row *row, const struct pvops_probe *probe,
		   struct pvops_verdict *verdict)
{
	const struct pvops_match *match = face(row, probe);
	struct offer offer;

	if (!match || !probe->boot->proto->ring0)
		return;
	offer = offers(row, probe, match);
	verdict->score = row->plain ? 1 : match->base;
	verdict->role = PVOPS_ROLE_GUEST;
	if (offer.khz)
		pvops_snprintf(verdict->reason, sizeof(verdict->reason),
			       "%s, TSC at %u kHz told%s, all else native", row->title, offer.khz,
			       offer.wide ? ", 15-bit destinations" : "");
	else
		pvops_snprintf(verdict->reason, sizeof(verdict->reason), "%s, %s native",
			       row->title, offer.wide ? "15-bit destinations, all else" :
			       "offers nothing beyond its name: all is");
}

static int start(const struct row *row)
{
	const struct pvops_probe *probe = &pvops_get_info()->probe;
	struct offer offer = offers(row, probe, face(row, probe));

	if (offer.wide)
		pvops_msi_wide();
	pvops_log("%s: %s; %s", row->title, offer.khz ? "the TSC's frequency is told" :
		  "no frequency told", offer.wide ? "APIC ids of 15 bits in devices' interrupts" :
		  "no extended destination ids");
	return 0;
}

/* NAMED(id, "pvops=NAME", the row): one registration. */
#define NAMED(id, word, ...)								\
	static const struct row id##_row = __VA_ARGS__;					\
	static void id##_detect(const struct pvops_probe *probe,			\
				struct pvops_verdict *verdict)				\
	{										\
		detect(&id##_row, probe, verdict);					\
	}										\
	static int id##_init(struct pvops_boot *boot)					\
	{										\
		return start(&id##_row);						\
	}										\
	static const struct pvops_backend named_##id = {				\
		.abi = PVOPS_BACKEND_ABI, .size = sizeof(struct pvops_backend),		\
		.name = word, .nr_ops = PVOPS_NR_OPS, .base = "native",			\
		.forms = named_forms, .detect = id##_detect, .init = id##_init,		\
	};										\
	PVOPS_BACKEND(named_##id)

NAMED(acrn, "acrn", { .title = "ACRN", .signatures = { "ACRNACRNACRN" } });
NAMED(bhyve, "bhyve", { .title = "bhyve", .signatures = { "bhyve bhyve " }, .wide = 1 });
NAMED(jailhouse, "jailhouse", { .title = "Jailhouse", .signatures = { "Jailhouse" } });
/* The second spelling is what was meant; the first is what its byte order made of it. */
NAMED(parallels, "parallels", {
	.title = "Parallels", .signatures = { " lrpepyh  vr", "prl hyperv  " } });
NAMED(virtualbox, "virtualbox", { .title = "VirtualBox", .signatures = { "VBoxVBoxVBox" } });
NAMED(tcg, "qemu-tcg", {
	.title = "QEMU's emulation", .signatures = { "TCGTCGTCGTCG" }, .plain = true });
