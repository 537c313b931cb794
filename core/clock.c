// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * The choice of a clock, as a table; the frequency of the TSC, by who says it.
 *
 * The leaves: Intel SDM vol. 2A, CPUID (0x15, 0x16, 0x21, 0x80000007); the timing leaf at a
 * hypervisor's base + 0x10 is VMware's proposal of 2008, which KVM's hosts and ACRN follow.
 */
#include <pvops/clock.h>
#include <pvops/text.h>
#include "core.h"

#define KHZ_MIN		10000U
#define KHZ_MAX		40000000U
#define KHZ_TOLERANCE	64		/* a measurement that short is no better than 1/64 */

#define KHZ(by)		PVOPS_CLOCK_KHZ(PVOPS_KHZ_##by)
#define OWN		(KHZ(MSR) | KHZ(LEAF_15))	/* said by the processor, not its host */
#define SAID		(OWN | KHZ(TIMING) | KHZ(CALL))
#define HAS(fact)	PVOPS_CLOCK_##fact
#define KIND(kind)	PVOPS_CLOCK_KIND_##kind

/*
 * Best first. Where the host counts all else in one time, deadlines too, there is no other
 * choice. An invariant TSC of known speed costs no call, is the same on all CPUs, and a host that
 * offers it either scales it after a migration or does not migrate us. A page that translates the
 * TSC comes next: the host keeps it right. What has to be measured comes after what is told, what
 * may jump between CPUs after what may not, and what traps last. Leaf 0x16 is no more than a
 * guess: processors are known whose TSC runs 0.6% faster than it says.
 * In a confidential guest the host's words count for nothing: only the processor's own do.
 */
const struct pvops_clock_row pvops_clock_rows[] = {
	{ "pvclock", KIND(PVCLOCK_GUARDED), HAS(TSC) | HAS(PVCLOCK) | HAS(PV_SYSTEM), 0, 0,
	  "the host's timers and accounts go by it" },
	{ "vmi-counter", KIND(VMI_COUNTER), HAS(VMI_COUNTER), 0, 0,
	  "the host's alarms and accounts go by it" },
	{ "tsc", KIND(TSC), HAS(TSC) | HAS(INVARIANT) | HAS(UNTRUSTED), OWN, 0,
	  "invariant, and the host need not be trusted" },
	{ "tsc", KIND(TSC), HAS(TSC) | HAS(INVARIANT), SAID, HAS(UNTRUSTED),
	  "invariant, frequency known" },
	{ "hyperv-page", KIND(HV_PAGE), HAS(TSC) | HAS(HV_PAGE), 0, HAS(UNTRUSTED),
	  "the host's TSC page is valid" },
	{ "pvclock", KIND(PVCLOCK), HAS(TSC) | HAS(PVCLOCK) | HAS(PV_STABLE), 0, HAS(UNTRUSTED),
	  "the host says that it is stable" },
	{ "pvclock", KIND(PVCLOCK), HAS(TSC) | HAS(PVCLOCK_OLD) | HAS(PV_STABLE), 0,
	  HAS(UNTRUSTED), "by the old MSRs, and the host says that it is stable" },
	{ "tsc", KIND(TSC), HAS(TSC) | HAS(INVARIANT), KHZ(MEASURED), 0,
	  "invariant, frequency measured" },
	{ "tsc", KIND(TSC), HAS(TSC) | HAS(INVARIANT), KHZ(LEAF_16), HAS(UNTRUSTED),
	  "invariant, frequency known roughly" },
	{ "hyperv-counter", KIND(HV_COUNTER), HAS(HV_COUNTER), 0, HAS(UNTRUSTED),
	  "the host counts; each reading traps" },
	{ "pvclock", KIND(PVCLOCK_GUARDED), HAS(TSC) | HAS(PVCLOCK), 0, HAS(UNTRUSTED),
	  "not stable, so no CPU may fall behind another" },
	{ "pvclock", KIND(PVCLOCK_GUARDED), HAS(TSC) | HAS(PVCLOCK_OLD), 0, HAS(UNTRUSTED),
	  "by the old MSRs, not stable, so no CPU may fall behind another" },
	{ "tsc", KIND(TSC), HAS(TSC), SAID | KHZ(MEASURED) | KHZ(LEAF_16), HAS(UNTRUSTED),
	  "nothing better is there" },
	{ "tsc", KIND(TSC), HAS(TSC) | HAS(UNTRUSTED), OWN | KHZ(MEASURED) | KHZ(LEAF_16), 0,
	  "nothing better can be trusted" },
	{ "hpet", KIND(HPET), HAS(HPET), 0, 0, "the TSC cannot be used" },
	{ "acpi-pm", KIND(ACPI_PM), HAS(ACPI_PM), 0, 0, "neither TSC nor HPET can be used" },
	{ "pit", KIND(PIT), HAS(PIT), 0, 0, "nothing else is there" },
	{ 0 }
};

static const char *const khz_names[PVOPS_NR_KHZ + 1] = {
	[PVOPS_KHZ_MSR] = "by an MSR",
	[PVOPS_KHZ_LEAF_15] = "by leaf 0x15",
	[PVOPS_KHZ_TIMING] = "by the host's timing leaf",
	[PVOPS_KHZ_CALL] = "by the host",
	[PVOPS_KHZ_LEAF_16] = "by leaf 0x16",
	[PVOPS_KHZ_MEASURED] = "measured",
	[PVOPS_NR_KHZ] = "unknown",
};

const char *pvops_clock_khz_name(enum pvops_khz by)
{
	return khz_names[by < PVOPS_NR_KHZ ? by : PVOPS_NR_KHZ];
}

static bool contradicts(u32 said, u32 measured)
{
	u32 off = said > measured ? said - measured : measured - said;

	return off > measured / KHZ_TOLERANCE;
}

void pvops_clock_khz_fact(struct pvops_clock_facts *facts, enum pvops_khz by, u64 khz)
{
	enum pvops_khz test = PVOPS_KHZ_MEASURED;
	u32 right;

	if (by >= PVOPS_NR_KHZ || khz < KHZ_MIN || khz > KHZ_MAX)
		return;
	facts->khz[by] = (u32)khz;
	facts->has |= PVOPS_CLOCK_KHZ(by);
	if (!facts->khz[test] && !(facts->has & PVOPS_CLOCK_UNTRUSTED))
		test = PVOPS_KHZ_CALL;
	right = facts->khz[test];
	for (u32 i = 0; right && i < PVOPS_NR_KHZ; i++) {
		if (!facts->khz[i] || !contradicts(facts->khz[i], right))
			continue;
		pvops_log("clock: TSC at %u kHz %s, but %u kHz %s: not believed",
			  facts->khz[i], khz_names[i], right, khz_names[test]);
		facts->khz[i] = 0;
		facts->has &= ~PVOPS_CLOCK_KHZ(i);
	}
}

static void ask(const struct pvops_probe *probe, u32 leaf, u32 regs[4])
{
	regs[0] = leaf;
	regs[1] = 0;
	regs[2] = 0;
	regs[3] = 0;
	probe->boot->proto->cpuid(regs);
}

void pvops_clock_cpuid_facts(const struct pvops_probe *probe, struct pvops_clock_facts *facts)
{
	u32 regs[4], last;

	*facts = (struct pvops_clock_facts){ 0 };
	if (!probe->boot->proto->cpuid)
		return;
	ask(probe, 1, regs);
	if (regs[3] & 1 << 4)
		facts->has |= PVOPS_CLOCK_TSC;
	ask(probe, 0x80000000, regs);
	last = regs[0];
	if (last >= 0x80000007 && last < 0x80010000) {
		ask(probe, 0x80000007, regs);
		if (regs[3] & 1 << 8)
			facts->has |= PVOPS_CLOCK_INVARIANT;
	}

	ask(probe, 0, regs);
	last = regs[0];
	if (last >= 0x15) {
		/* TSC = crystal * ebx / eax; without the crystal's frequency it says nothing. */
		ask(probe, 0x15, regs);
		if (regs[0] && regs[1])
			pvops_clock_khz_fact(facts, PVOPS_KHZ_LEAF_15,
					     (u64)regs[2] * regs[1] / regs[0] / 1000);
	}
	if (last >= 0x16) {
		ask(probe, 0x16, regs);
		pvops_clock_khz_fact(facts, PVOPS_KHZ_LEAF_16, (regs[0] & 0xffff) * 1000ULL);
	}
	if (last >= 0x21) {
		/* A TDX guest: "IntelTDX    " in ebx, edx, ecx. */
		ask(probe, 0x21, regs);
		if (regs[1] == 0x65746e49 && regs[3] == 0x5844546c && regs[2] == 0x20202020)
			facts->has |= PVOPS_CLOCK_UNTRUSTED;
	}
	for (u32 i = 0; i < probe->nr_matches; i++) {
		u32 timing = probe->matches[i].base + 0x10;

		if (probe->matches[i].max < timing)
			continue;
		ask(probe, timing, regs);
		pvops_clock_khz_fact(facts, PVOPS_KHZ_TIMING, regs[0]);
	}
}

static bool allows(const struct pvops_clock_row *row, u32 has)
{
	return (has & row->all) == row->all && (!row->any || has & row->any) && !(has & row->none);
}

/* Who says the frequency that counts: of those the row may go by, the most exact. */
static enum pvops_khz best_khz(const struct pvops_clock_facts *facts, u32 allowed)
{
	u32 by;

	for (by = 0; by < PVOPS_NR_KHZ; by++)
		if (facts->khz[by] && (!allowed || allowed & PVOPS_CLOCK_KHZ(by)))
			break;
	return (enum pvops_khz)by;
}

bool pvops_clock_choose(const struct pvops_clock_facts *facts, struct pvops_clock_choice *choice)
{
	const struct pvops_clock_row *row = pvops_clock_rows;

	*choice = (struct pvops_clock_choice){ .by = PVOPS_NR_KHZ };
	while (row->name && !allows(row, facts->has))
		row++;
	if (!row->name) {
		pvops_snprintf(choice->reason, sizeof(choice->reason), "none is there");
		return false;
	}
	choice->row = row;
	choice->by = best_khz(facts, row->any);
	if (choice->by < PVOPS_NR_KHZ)
		choice->khz = facts->khz[choice->by];
	if (row->kind == PVOPS_CLOCK_KIND_TSC)
		pvops_snprintf(choice->reason, sizeof(choice->reason), "%s at %u kHz %s: %s",
			       row->name, choice->khz, khz_names[choice->by], row->why);
	else
		pvops_snprintf(choice->reason, sizeof(choice->reason), "%s: %s", row->name,
			       row->why);
	return true;
}

/* The best offer so far; without a row the first one's, who has nothing to offer. */
static struct {
	const char *owner;
	struct pvops_clock_choice choice;
} stands;

/* All offers, for who traces. A backend stands on one other at most, and may be declined. */
static struct pvops_clock_offered offers[4];
static u32 nr_offers;

const struct pvops_clock_offered *pvops_clock_offered(u32 nr)
{
	return nr < nr_offers ? offers + nr : NULL;
}

void pvops_clock_begin(void)
{
	nr_offers = 0;
	stands.owner = NULL;
	stands.choice.row = NULL;
}

static bool better(const struct pvops_clock_choice *new)
{
	const struct pvops_clock_choice *old = &stands.choice;

	if (!new->row)
		return !stands.owner;
	if (!old->row)
		return true;
	if (new->row->kind == PVOPS_CLOCK_KIND_TSC && new->by >= PVOPS_KHZ_MEASURED)
		return false;
	return new->row < old->row || (new->row == old->row && new->by <= old->by);
}

bool pvops_clock_offer(const char *owner, const struct pvops_clock_facts *facts,
		       struct pvops_clock_choice *choice)
{
	bool found = pvops_clock_choose(facts, choice), is_better = better(choice);

	if (nr_offers < sizeof(offers) / sizeof(*offers))
		offers[nr_offers++] = (struct pvops_clock_offered){ owner, *facts, is_better };
	if (!is_better)
		return false;
	stands.owner = owner;
	stands.choice = *choice;
	return found;
}

void pvops_clock_say(const char *reader)
{
	if (stands.owner && pvops_text_equal(stands.owner, reader))
		pvops_log("%s: clock %s", reader, stands.choice.reason);
	else
		pvops_log("%s: clock of its own", reader);
}
