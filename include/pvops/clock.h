/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/*
 * Which clock? Facts in; a row of one table, and its reason in words, out.
 *
 * The facts of the processor are read here from CPUID, those of a hypervisor are added by its
 * backend. The table (core/clock.c) is all there is of policy; no code decides. Core prints the
 * row that counts in the end, once, when all backends have started.
 */
#ifndef PVOPS_CLOCK_H
#define PVOPS_CLOCK_H

#include <pvops/backend.h>
#include <pvops/insn.h>

/** enum pvops_khz - who says how fast the TSC is, the most exact first. */
enum pvops_khz {
	PVOPS_KHZ_MSR,		/* an MSR of the processor's, not one that the host makes up */
	PVOPS_KHZ_LEAF_15,	/* CPUID leaf 0x15 with the crystal's frequency */
	PVOPS_KHZ_TIMING,	/* a hypervisor's leaf base + 0x10 */
	PVOPS_KHZ_CALL,		/* a call, an MSR or a shared page of the hypervisor */
	PVOPS_KHZ_MEASURED,	/* against the PIT or another timer */
	PVOPS_KHZ_LEAF_16,	/* CPUID leaf 0x16: the base frequency, near the TSC's */
	PVOPS_NR_KHZ,
};

#define PVOPS_CLOCK_KHZ(by)		(1U << (by))

/*
 * Facts, and what messages call them; the bits below are PVOPS_CLOCK_KHZ(), of who has said a
 * frequency. A backend states what it has seen to work, not what is only offered.
 */
#define PVOPS_CLOCK_FACTS(FACT)							\
	FACT(TSC, 8, "tsc")			/* CPUID.1:EDX[4] */		\
	FACT(INVARIANT, 9, "invariant")		/* CPUID.0x80000007:EDX[8], or so told */ \
	FACT(UNTRUSTED, 10, "untrusted")	/* confidential guest: the host may lie */ \
	FACT(HV_PAGE, 11, "hyperv-page")	/* Hyper-V's reference TSC page, valid */ \
	FACT(HV_COUNTER, 12, "hyperv-counter")	/* Hyper-V's reference counter MSR */ \
	FACT(PVCLOCK, 13, "pvclock")		/* pvclock pages, filled */	\
	FACT(PVCLOCK_OLD, 14, "pvclock-old")	/* ... by an interface that was given up */ \
	FACT(PV_STABLE, 15, "pv-stable")	/* ... the same time on all CPUs */ \
	FACT(PV_SYSTEM, 16, "pv-system")	/* ... which timers and accounts go by */ \
	FACT(VMI_COUNTER, 17, "vmi-counter")	/* VMI's counter of real cycles, goes */ \
	FACT(HPET, 18, "hpet")			/* timers that the backend can drive */ \
	FACT(ACPI_PM, 19, "acpi-pm")						\
	FACT(PIT, 20, "pit")

/** enum pvops_clock_fact - PVOPS_CLOCK_TSC and so on: one bit each. */
#define PVOPS_CLOCK_FACT(name, bit, text)	PVOPS_CLOCK_##name = 1 << (bit),
enum pvops_clock_fact {
	PVOPS_CLOCK_FACTS(PVOPS_CLOCK_FACT)
};

#undef PVOPS_CLOCK_FACT

/** enum pvops_clock_kind - what a backend reads for the time. */
enum pvops_clock_kind {
	PVOPS_CLOCK_KIND_TSC,
	PVOPS_CLOCK_KIND_HV_PAGE,
	PVOPS_CLOCK_KIND_PVCLOCK,
	PVOPS_CLOCK_KIND_PVCLOCK_GUARDED,	/* no CPU may show less than another did */
	PVOPS_CLOCK_KIND_HV_COUNTER,
	PVOPS_CLOCK_KIND_HPET,
	PVOPS_CLOCK_KIND_ACPI_PM,
	PVOPS_CLOCK_KIND_PIT,
	PVOPS_CLOCK_KIND_VMI_COUNTER,
};

/**
 * struct pvops_clock_facts - what is known.
 * @has: PVOPS_CLOCK_...; those of frequencies are kept right by pvops_clock_khz_fact()
 * @khz: of the TSC, by who says it; 0: not said
 */
struct pvops_clock_facts {
	u32 has;
	u32 khz[PVOPS_NR_KHZ];
};

/**
 * struct pvops_clock_row - one clock under its conditions.
 * @name: for messages
 * @kind: what it is
 * @all: facts that must be there
 * @any: of these at least one, if there are any
 * @none: facts that must not be there
 * @why: a few words
 */
struct pvops_clock_row {
	const char *name;
	enum pvops_clock_kind kind;
	u32 all;
	u32 any;
	u32 none;
	const char *why;
};

/**
 * struct pvops_clock_choice - the answer.
 * @row: the row
 * @khz: the TSC's frequency, 0 if nobody knows it
 * @by: who says so, PVOPS_NR_KHZ if nobody
 * @reason: name of the clock and why, no line feed
 */
struct pvops_clock_choice {
	const struct pvops_clock_row *row;
	u32 khz;
	enum pvops_khz by;
	char reason[128];
};

/** pvops_clock_rows - the table, best first; ends with a row without a name. */
extern const struct pvops_clock_row pvops_clock_rows[];

/**
 * pvops_clock_cpuid_facts() - what CPUID alone says, of the processor and in timing leaves.
 * @probe: faces of the host; its boot->proto->cpuid is asked
 * @facts: overwritten
 */
void pvops_clock_cpuid_facts(const struct pvops_probe *probe, struct pvops_clock_facts *facts);

/**
 * pvops_clock_khz_fact() - add a frequency, if it can be one.
 * @facts: added to
 * @by: who says it
 * @khz: what; 10 MHz to 40 GHz are believed possible
 *
 * What is measured is the test of what is said: a frequency that differs by more than 1/64
 * from the measured one is dropped, with a line in the log. Where nothing was measured, a
 * trusted host's own word is the test of the leaves: it knows what it makes of the processor's TSC.
 */
void pvops_clock_khz_fact(struct pvops_clock_facts *facts, enum pvops_khz by, u64 khz);

/** pvops_clock_khz_name() - "leaf 0x15" and so on. */
const char *pvops_clock_khz_name(enum pvops_khz by);

/**
 * pvops_clock_choose() - the first row of the table that the facts allow.
 * @facts: the facts
 * @choice: where the answer goes
 *
 * Context: any. Return: false if no clock can be had; @choice->row is NULL then.
 */
bool pvops_clock_choose(const struct pvops_clock_facts *facts, struct pvops_clock_choice *choice);

/**
 * pvops_clock_offer() - choose, and stand for the clock of this machine.
 * @owner: the backend's name, for the log
 * @facts: what this backend knows and can read
 * @choice: where the answer goes; its row says what to read
 *
 * What the base offered stays if it is an earlier row, or the same row by a more exact
 * frequency; so does its TSC if nobody has told this backend a frequency, for measuring is
 * the base's.
 *
 * Context: a backend's init.
 * Return: true if time.clock is @owner's to give; false if it is the base's, or nobody's.
 */
bool pvops_clock_offer(const char *owner, const struct pvops_clock_facts *facts,
		       struct pvops_clock_choice *choice);

/**
 * pvops_clock_newest() - no CPU ever shows less than another did.
 * @last: the most that any has shown
 * @now: what this one reads
 *
 * CPUs differ by what calibration leaves over: who is behind shows the last answer.
 *
 * Context: any. Return: what to show.
 */
static PVOPS_ALWAYS_INLINE u64 pvops_clock_newest(u64 *last, u64 now)
{
	u64 shown = pvops_load64(last);

	do {
		if ((s64)(now - shown) <= 0)
			return shown;
	} while (!pvops_cas64(last, &shown, now));
	return now;
}

#endif /* PVOPS_CLOCK_H */
