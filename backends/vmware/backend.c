// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * A guest of VMware: bare hardware, but the host tells how fast the TSC runs and how much time
 * it has taken away.
 */
#include <pvops/clock.h>
#include <pvops/tsc.h>
#include "hv.h"

#define SCORE_DMI	2		/* above what runs anywhere, below any face in CPUID */

static struct pvops_form vmware_forms[PVOPS_NR_OPS];
static bool steal;

/* For a site that is not patched: loses no register. */
extern const u8 vmware_nothing[];
asm(".pushsection .text\n"
    ".globl vmware_nothing\n"
    ".type vmware_nothing, @function\n"
    "vmware_nothing:\n"
    "	ret\n"
    ".size vmware_nothing, . - vmware_nothing\n"
    ".popsection");

static const struct pvops_match *face(const struct pvops_probe *probe)
{
	for (u32 i = probe->nr_matches; i--; ) {
		const char *signature = probe->matches[i].signature;
		u32 j = 0;

		while (j < 12 && signature[j] == VMWARE_SIGNATURE[j])
			j++;
		if (j == 12)
			return probe->matches + i;
	}
	return NULL;
}

static enum vmware_way find_way(const struct pvops_probe *probe)
{
	const struct pvops_match *match = face(probe);
	u32 regs[4] = { 0 };

	if (!match || match->max < match->base + VMWARE_LEAF_TIMING)
		return VMWARE_BY_PORT;
	regs[0] = match->base + VMWARE_LEAF_TIMING;
	probe->boot->proto->cpuid(regs);
	/* One bit says which instruction this processor has. Both are a contradiction. */
	switch (regs[2] & (VMWARE_ECX_VMCALL | VMWARE_ECX_VMMCALL)) {
	case VMWARE_ECX_VMCALL:
		return VMWARE_BY_VMCALL;
	case VMWARE_ECX_VMMCALL:
		return VMWARE_BY_VMMCALL;
	default:
		return VMWARE_BY_PORT;
	}
}

static const char *way_name(enum vmware_way way)
{
	static const char *const names[] = {
		[VMWARE_BY_PORT] = "port", [VMWARE_BY_VMCALL] = "vmcall",
		[VMWARE_BY_VMMCALL] = "vmmcall",
	};

	return names[way];
}

static void vmware_detect(const struct pvops_probe *probe, struct pvops_verdict *verdict)
{
	const struct pvops_match *match = face(probe);
	u32 version;

	if (!probe->boot->proto->ring0)
		return;
	verdict->role = PVOPS_ROLE_GUEST;
	if (match) {
		verdict->score = match->base;
		pvops_snprintf(verdict->reason, sizeof(verdict->reason),
			       "VMware by CPUID 0x%x, called by %s", match->base,
			       way_name(find_way(probe)));
		return;
	}
	/* Somebody else's name is an answer as well; the port is for machines that give none. */
	if (probe->nr_matches || !vmware_dmi())
		return;
	version = vmware_version(VMWARE_BY_PORT);
	if (!version)
		return;
	verdict->score = SCORE_DMI;
	pvops_snprintf(verdict->reason, sizeof(verdict->reason),
		       "VMware by DMI, nothing in CPUID; backdoor version %u", version);
}

/* The TSC, if its speed is told and agrees with what the base has measured. */
static bool start_clock(enum vmware_way way, bool answers)
{
	struct pvops_clock_choice choice;
	struct pvops_clock_facts facts;

	pvops_clock_cpuid_facts(&pvops_get_info()->probe, &facts);
	/* VMware's runs evenly, whatever the processor says of its own. */
	facts.has |= PVOPS_CLOCK_INVARIANT;
	pvops_clock_khz_fact(&facts, PVOPS_KHZ_MEASURED, pvops_tsc_measure());
	if (answers && !(facts.has & PVOPS_CLOCK_KHZ(PVOPS_KHZ_TIMING)))
		pvops_clock_khz_fact(&facts, PVOPS_KHZ_CALL, vmware_gethz(way));
	if (!pvops_clock_offer("vmware", &facts, &choice)) {
		pvops_log("vmware: the host tells no frequency: the clock is the base's");
		return false;
	}
	pvops_tsc_start(choice.khz);
	vmware_forms[PVOPS_OP_time_clock] = (struct pvops_form)PVOPS_CALL(pvops_tsc_clock);
	vmware_forms[PVOPS_OP_time_wallclock] = (struct pvops_form)PVOPS_CALL(pvops_tsc_wallclock);
	return true;
}

static int vmware_init(struct pvops_boot *boot)
{
	enum vmware_way way = find_way(&pvops_get_info()->probe);
	u32 version = vmware_version(way);

	if (version)
		pvops_log("vmware: calls by %s, version %u", way_name(way), version);
	else
		pvops_log("vmware: nobody answers by %s: no calls", way_name(way));
	/* Its devices are as fast as the host; a port to wait by is a way out to it for nothing. */
	if (version)
		vmware_forms[PVOPS_OP_cpu_io_delay] =
			(struct pvops_form)PVOPS_NOP(vmware_nothing);
	/* The steal clock counts in ticks of a TSC whose frequency we must know. */
	steal = start_clock(way, version) && version && vmware_steal_offered(way);
	if (!steal) {
		pvops_log("vmware: no steal clock");
		return 0;
	}
	vmware_forms[PVOPS_OP_time_steal] = (struct pvops_form)PVOPS_CALL(vmware_time_steal);
	vmware_forms[PVOPS_OP_smp_start_cpu] = (struct pvops_form)PVOPS_CALL(vmware_smp_start_cpu);
	vmware_forms[PVOPS_OP_smp_stop_cpu] = (struct pvops_form)PVOPS_CALL(vmware_smp_stop_cpu);
	pvops_log("vmware: steal clock");
	return 0;
}

static int vmware_init_cpu(unsigned int cpu)
{
	return steal ? vmware_steal_init_cpu(cpu) : 0;
}

static const struct pvops_backend vmware_backend = {
	.abi = PVOPS_BACKEND_ABI,
	.size = sizeof(struct pvops_backend),
	.name = "vmware",
	.nr_ops = PVOPS_NR_OPS,
	.base = "native",
	.forms = vmware_forms,
	.detect = vmware_detect,
	.init = vmware_init,
	.init_cpu = vmware_init_cpu,
	.shares = PVOPS_SHARES(cpu),
};

PVOPS_BACKEND(vmware_backend);
