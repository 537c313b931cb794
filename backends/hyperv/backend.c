// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * Hyper-V's interface, whoever implements it (Hyper-V, KVM, Xen's viridian): a native kernel
 * with what the host offers and recommends on top.
 */
#include "hyperv.h"

#define MSR_APIC_BASE	0x1b
#define APIC_BASE_X2	(1 << 10)

struct hyperv hyperv;
struct hyperv_cpu hyperv_cpus[PVOPS_MAX_CPUS];

static struct pvops_form forms[PVOPS_NR_OPS];

static void cpuid(const struct pvops_probe *probe, u32 leaf, u32 regs[4])
{
	regs[0] = leaf;
	regs[1] = regs[2] = regs[3] = 0;
	probe->boot->proto->cpuid(regs);
}

/* The face with the highest base that keeps what its signature promises. */
static const struct pvops_match *find_face(const struct pvops_probe *probe)
{
	static const char signature[] = HV_SIGNATURE;
	u32 regs[4];

	for (u32 i = probe->nr_matches; i-- > 0;) {
		const struct pvops_match *match = &probe->matches[i];
		int at = 0;

		while (at < 12 && match->signature[at] == signature[at])
			at++;
		if (at < 12 || match->max < match->base + HV_LEAF_INTERFACE)
			continue;
		cpuid(probe, match->base + HV_LEAF_INTERFACE, regs);
		if (regs[0] == HV_INTERFACE)
			return match;
	}
	return NULL;
}

static void read_hints(const struct pvops_probe *probe, const struct pvops_match *face,
		       struct hyperv *to)
{
	u32 regs[4];

	if (face->max < face->base + HV_LEAF_HINTS)
		return;
	cpuid(probe, face->base + HV_LEAF_HINTS, regs);
	to->hints = regs[0];
	to->spins = regs[1];
}

static void read_leaves(const struct pvops_probe *probe, const struct pvops_match *face,
			struct hyperv *to)
{
	u32 regs[4];

	*to = (struct hyperv){ .spins = HV_SPIN_NEVER };
	if (face->max >= face->base + HV_LEAF_FEATURES) {
		cpuid(probe, face->base + HV_LEAF_FEATURES, regs);
		to->features = regs[0];
		to->privileges = regs[1];
		to->has = regs[3];
	}
	read_hints(probe, face, to);
}

static void hyperv_detect(const struct pvops_probe *probe, struct pvops_verdict *verdict)
{
	const struct pvops_match *face;
	const char *role = "";
	struct hyperv is;

	if (!probe->boot->proto->ring0)
		return;
	face = find_face(probe);
	if (!face)
		return;
	read_leaves(probe, face, &is);
	verdict->score = face->base;
	verdict->role = PVOPS_ROLE_GUEST;
	/* A confidential guest never owns the machine, whatever its host says. */
	if (is.privileges & (HV_CREATE_PARTITIONS | HV_CPU_MANAGEMENT) &&
	    !(is.privileges & HV_ISOLATED)) {
		verdict->role = PVOPS_ROLE_ROOT;
		role = ", root partition";
	} else if (is.hints & HV_HINT_NESTED) {
		verdict->role = PVOPS_ROLE_NESTED;
		role = ", nested";
	}
	pvops_snprintf(verdict->reason, sizeof(verdict->reason),
		       "Hv#1 at 0x%x, features 0x%x 0x%x, recommendations 0x%x%s", face->base,
		       is.features, is.has, is.hints, role);
}

/* What each is good for only together with others. */
static void choose(const struct pvops_probe *probe, const struct pvops_match *face)
{
	u32 may = hyperv.features, hints = hyperv.hints, use = 0;

	if (may & HV_MAY_HYPERCALL && hyperv_hypercall_init()) {
		use |= HYPERV_HYPERCALL;
		/* Some hosts recommend nothing to a guest without identity. */
		read_hints(probe, face, &hyperv);
		if (hyperv.hints != hints)
			pvops_log("hyperv: recommendations 0x%x, now that the host knows us",
				  hyperv.hints);
	}
	if (may & HV_MAY_VP_INDEX)
		use |= HYPERV_VP_INDEX;
	if (use & HYPERV_HYPERCALL && use & HYPERV_VP_INDEX) {
		if (hyperv.hints & HV_HINT_REMOTE_FLUSH)
			use |= HYPERV_FLUSH;
		if (hyperv.hints & HV_HINT_CLUSTER_IPI)
			use |= HYPERV_IPI;
	}
	if (use & HYPERV_HYPERCALL && hyperv.spins && hyperv.spins != HV_SPIN_NEVER)
		use |= HYPERV_SPIN;
	if (may & HV_MAY_SYNIC)
		use |= HYPERV_SYNIC;
	if (may & HV_MAY_APIC) {
		use |= HYPERV_ASSIST;
		if (hyperv.hints & HV_HINT_APIC_MSRS)
			use |= HYPERV_APIC_MSRS;
	}
	if (hyperv.has & HV_HAS_CRASH)
		use |= HYPERV_CRASH;
	if (may & HV_MAY_RESET && hyperv.hints & HV_HINT_RESET)
		use |= HYPERV_RESET;
	hyperv.used |= use;
	/* Its deadlines are in reference time. */
	if (may & HV_MAY_STIMER && hyperv_uses(HYPERV_COUNTER) &&
	    (hyperv.has & HV_HAS_STIMER_DIRECT || use & HYPERV_SYNIC))
		hyperv.used |= HYPERV_STIMER;
}

#define FORM(op, fn) (forms[PVOPS_OP_##op] = (struct pvops_form)PVOPS_CALL(fn))

static int hyperv_init(struct pvops_boot *boot)
{
	const struct pvops_probe *probe = &pvops_get_info()->probe;
	const struct pvops_match *face = find_face(probe);

	if (!face)
		return -PVOPS_ENODEV;
	read_leaves(probe, face, &hyperv);
	/* A host may be another one after a migration. */
	for (int op = 0; op < PVOPS_NR_OPS; op++)
		forms[op] = (struct pvops_form){ .kind = PVOPS_FORM_EMPTY };
	if (hyperv_clock_init()) {
		FORM(time_clock, hyperv.clock);
		FORM(time_wallclock, hyperv_time_wallclock);
	}
	choose(probe, face);
	FORM(smp_start_cpu, hyperv_smp_start_cpu);
	FORM(smp_stop_cpu, hyperv_smp_stop_cpu);
	if (hyperv_uses(HYPERV_STIMER)) {
		FORM(time_set_timer, hyperv_time_set_timer);
		FORM(time_stop_timer, hyperv_time_stop_timer);
	}
	if (hyperv_uses(HYPERV_IPI | HYPERV_APIC_MSRS))
		FORM(smp_send_ipi, hyperv_smp_send_ipi);
	if (hyperv_uses(HYPERV_STIMER | HYPERV_IPI | HYPERV_APIC_MSRS)) {
		FORM(irq_bind, hyperv_irq_bind);
		FORM(irq_unbind, hyperv_irq_unbind);
	}
	if (hyperv_uses(HYPERV_ASSIST | HYPERV_APIC_MSRS))
		FORM(irq_eoi, hyperv_irq_eoi);
	if (hyperv_uses(HYPERV_FLUSH))
		FORM(mmu_flush_others, hyperv_mmu_flush_others);
	if (hyperv_uses(HYPERV_SPIN))
		FORM(lock_wait, hyperv_lock_wait);
	if (hyperv_uses(HYPERV_CRASH | HYPERV_RESET))
		FORM(cpu_shutdown, hyperv_cpu_shutdown);
	return 0;
}

static const struct {
	u32 use;
	const char *name;
} names[] = {
	{ HYPERV_HYPERCALL, "hypercalls" },
	{ HYPERV_VP_INDEX, "VP index" },
	{ HYPERV_TSC_PAGE, "reference TSC" },
	{ HYPERV_COUNTER, "reference counter" },
	{ HYPERV_FREQUENCIES, "frequencies" },
	{ HYPERV_SYNIC, "SynIC" },
	{ HYPERV_STIMER, "timer" },
	{ HYPERV_FLUSH, "flush" },
	{ HYPERV_IPI, "IPI" },
	{ HYPERV_SPIN, "spin notice" },
	{ HYPERV_ASSIST, "VP assist" },
	{ HYPERV_APIC_MSRS, "APIC MSRs" },
	{ HYPERV_CRASH, "crash" },
	{ HYPERV_RESET, "reset" },
};

static void say(const char *what, u32 which)
{
	char text[200] = "";
	size_t len = 0;

	for (size_t i = 0; i < sizeof(names) / sizeof(*names) && len < sizeof(text); i++)
		if (names[i].use & which)
			len += (size_t)pvops_snprintf(text + len, sizeof(text) - len, "%s%s",
						      len ? ", " : "", names[i].name);
	pvops_log("hyperv: %s: %s", what, len ? text : "nothing");
}

static int hyperv_late_init(void)
{
	u64 apic;

	/* In x2APIC mode its own MSRs are as good, and ICR has another layout. */
	if (hyperv_uses(HYPERV_APIC_MSRS) &&
	    (hyperv_rdmsr(MSR_APIC_BASE, &apic) || apic & APIC_BASE_X2))
		hyperv_give_up(HYPERV_APIC_MSRS);
	hyperv_clock_late_init();
	hyperv_timer_late_init();
	say("used", hyperv.used);
	say("not offered, recommended or needed", ~hyperv.used);
	return 0;
}

const struct pvops_backend hyperv_backend = {
	.abi = PVOPS_BACKEND_ABI,
	.size = sizeof(struct pvops_backend),
	.name = "hyperv",
	.nr_ops = PVOPS_NR_OPS,
	.base = "native",
	.forms = forms,
	.detect = hyperv_detect,
	.init = hyperv_init,
	.late_init = hyperv_late_init,
	.init_cpu = hyperv_cpu_prepare,
	.shares = PVOPS_SHARES(cpu) | PVOPS_SHARES(mmu) | PVOPS_SHARES(lock),
};

PVOPS_BACKEND(hyperv_backend);
