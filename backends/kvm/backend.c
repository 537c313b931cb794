// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * KVM as a backend: native with whatever the features leaf offers on top.
 *
 * An op whose feature is not offered has no form here, so native's is used and costs what it
 * costs natively. Hypercalls are tried once before anything relies on them.
 */
#include "kvm.h"

struct kvm kvm;

static struct pvops_form kvm_forms[PVOPS_NR_OPS];

/* For a site that is not patched: loses no register. */
extern const u8 kvm_nothing[];
asm(".pushsection .text\n"
    ".globl kvm_nothing\n"
    ".type kvm_nothing, @function\n"
    "kvm_nothing:\n"
    "	ret\n"
    ".size kvm_nothing, . - kvm_nothing\n"
    ".popsection");

#define HYPERCALLS (KVM_F_UNHALT | KVM_F_SEND_IPI)

/* For the log, in this order. */
static const struct {
	u32 bits;
	const char *name;
} features[] = {
	{ KVM_F_CLOCK, "clock" },
	{ KVM_F_CLOCK_OLD, "old clock" },
	{ KVM_F_CLOCK_STABLE, "one time for all CPUs" },
	{ KVM_F_STEAL, "stolen time" },
	{ KVM_F_EOI, "eoi by memory" },
	{ KVM_F_TLB_FLUSH, "flush at entry" },
	{ KVM_F_UNHALT, "lock kicks" },
	{ KVM_F_SEND_IPI, "IPI by hypercall" },
	{ KVM_F_NO_IO_DELAY, "no port delay" },
	{ KVM_F_POLL_CONTROL, "poll control" },
	{ KVM_F_MIGRATION, "migration" },
	{ KVM_F_ASYNC_PF, "async page faults" },
	{ KVM_F_SCHED_YIELD, "directed yield" },
};

/* The face with the highest base, or NULL. */
static const struct pvops_match *face(const struct pvops_probe *probe)
{
	const struct pvops_match *found = NULL;

	for (u32 i = 0; i < probe->nr_matches && i < PVOPS_MAX_MATCHES; i++) {
		const struct pvops_match *match = probe->matches + i;
		bool same = true;

		for (int j = 0; j < 12; j++)
			same &= match->signature[j] == KVM_SIGNATURE[j];
		if (same && (!found || match->base > found->base))
			found = match;
	}
	return found;
}

/* The features leaf: eax and edx; nothing where a host has none. */
static void read_features(const struct pvops_match *match, void (*cpuid)(u32 regs[4]),
			  u32 *offered, u32 *hints)
{
	u32 regs[4] = { match->base + KVM_LEAF_FEATURES };

	*offered = *hints = 0;
	if (!cpuid || match->max < match->base + KVM_LEAF_FEATURES)
		return;
	cpuid(regs);
	*offered = regs[0];
	*hints = regs[3];
}

static void kvm_detect(const struct pvops_probe *probe, struct pvops_verdict *verdict)
{
	const struct pvops_boot_proto *proto = probe->boot->proto;
	const struct pvops_match *match = face(probe);
	u32 offered, hints;

	if (!match || !proto->ring0)
		return;
	read_features(match, proto->cpuid, &offered, &hints);
	verdict->score = match->base;
	verdict->role = PVOPS_ROLE_GUEST;
	pvops_snprintf(verdict->reason, sizeof(verdict->reason), "KVM at 0x%x, features 0x%x%s",
		       match->base, offered,
		       hints & KVM_HINT_REALTIME ? ", vCPUs never preempted" : "");
}

static bool runs_on_amd(void)
{
	u32 regs[4] = { 0 };

	kvm_hv_cpuid(regs);
	/* "Auth" and "Hygo", the first letters of those who have VMMCALL. */
	return regs[1] == 0x68747541 || regs[1] == 0x6f677948;
}

static void use(unsigned int op, const void *func)
{
	kvm_forms[op] = (struct pvops_form)PVOPS_CALL(func);
}

static void choose_forms(void)
{
	u32 can = kvm.offered;

	/* A vCPU that is never preempted had better look at the lock, and take the IPI itself. */
	if (kvm.hints & KVM_HINT_REALTIME)
		can &= ~(KVM_F_UNHALT | KVM_F_TLB_FLUSH);
	if (!kvm.hypercalls)
		can &= ~HYPERCALLS;
	if (!(can & KVM_F_STEAL))
		can &= ~KVM_F_TLB_FLUSH;	/* the note is left in its area */

	use(PVOPS_OP_smp_start_cpu, kvm_start_cpu);
	use(PVOPS_OP_smp_stop_cpu, kvm_stop_cpu);
	if (kvm.clock) {
		use(PVOPS_OP_time_clock, kvm.clock);
		use(PVOPS_OP_time_wallclock, kvm_wallclock);
	}
	if (can & KVM_F_STEAL)
		use(PVOPS_OP_time_steal, kvm_steal);
	if (can & KVM_F_EOI)
		use(PVOPS_OP_irq_eoi, kvm_irq_eoi);
	if (can & KVM_F_TLB_FLUSH)
		use(PVOPS_OP_mmu_flush_others, kvm_flush_others);
	if (can & KVM_F_UNHALT) {
		use(PVOPS_OP_lock_wait, kvm_lock_wait);
		use(PVOPS_OP_lock_kick, kvm_lock_kick);
	}
	if (can & KVM_F_SEND_IPI) {
		use(PVOPS_OP_irq_bind, kvm_irq_bind);
		use(PVOPS_OP_smp_send_ipi, kvm_send_ipi);
	}
	if (can & KVM_F_NO_IO_DELAY)
		kvm_forms[PVOPS_OP_cpu_io_delay] = (struct pvops_form)PVOPS_NOP(kvm_nothing);
	kvm.used |= can & (KVM_F_TLB_FLUSH | KVM_F_NO_IO_DELAY);
}

static int kvm_init(struct pvops_boot *boot)
{
	const struct pvops_match *match = face(&pvops_get_info()->probe);
	int err;

	if (!match)
		return -PVOPS_ENODEV;
	kvm = (struct kvm){ 0 };
	for (u32 op = 0; op < PVOPS_NR_OPS; op++)
		kvm_forms[op] = (struct pvops_form){ 0 };
	read_features(match, boot->proto->cpuid, &kvm.offered, &kvm.hints);
	kvm.amd = runs_on_amd();
	kvm.hypercalls = !pvops_boot_option(boot->cmdline, "nohypercall", NULL, 0);
	kvm.no_poll = pvops_boot_option(boot->cmdline, "nohaltpoll", NULL, 0);
	err = kvm_prepare_cpu(0);
	if (err)
		return err;
	kvm_clock_init();
	kvm_irq_init();
	kvm_lock_init();
	kvm_mmu_init();
	choose_forms();
	return 0;
}

/* Take an op back to native's form: @kind is what that is. */
static void give_back(unsigned int op, u8 kind)
{
	const struct pvops_form form = { .func = pvops_base_func(op), .kind = kind };
	int err = pvops_override(op, &form);

	if (err)
		pvops_log("kvm: %s cannot be taken back: error %d", pvops_op_name(op), err);
}

/* Nothing has waited for a lock or sent an IPI yet: what fails now can still be left. */
static void try_hypercalls(void)
{
	if (kvm_forms[PVOPS_OP_lock_kick].func) {
		if (kvm_kick_works()) {
			kvm.used |= KVM_F_UNHALT;
		} else {
			give_back(PVOPS_OP_lock_wait, PVOPS_FORM_CALL);
			give_back(PVOPS_OP_lock_kick, PVOPS_FORM_NOP);
		}
	}
	if (kvm_forms[PVOPS_OP_smp_send_ipi].func) {
		if (kvm_send_ipi_works()) {
			kvm.used |= KVM_F_SEND_IPI;
		} else {
			give_back(PVOPS_OP_irq_bind, PVOPS_FORM_CALL);
			give_back(PVOPS_OP_smp_send_ipi, PVOPS_FORM_CALL);
		}
	}
}

static void say(const char *what, u32 bits)
{
	char text[220] = "";
	int len = 0;

	for (u32 i = 0; i < sizeof(features) / sizeof(*features); i++)
		if (bits & features[i].bits && len < (int)sizeof(text))
			len += pvops_snprintf(text + len, sizeof(text) - (size_t)len, "%s%s",
					      len ? ", " : "", features[i].name);
	if (len)
		pvops_log("kvm: %s: %s", what, text);
}

/* CPU 0 at late init; faults of the kernel are caught by then. Others when they come. */
static int kvm_init_cpu(unsigned int cpu)
{
	u32 known = 0;

	if (cpu)
		return kvm_prepare_cpu(cpu);
	kvm_first_cpu();
	try_hypercalls();
	for (u32 i = 0; i < sizeof(features) / sizeof(*features); i++)
		known |= features[i].bits;
	if (kvm.offered & KVM_F_CLOCK)
		known &= ~KVM_F_CLOCK_OLD;	/* the same clock, by older MSRs */
	say("in use", kvm.used);
	say("offered, left alone", kvm.offered & known & ~kvm.used);
	say("not offered", known & ~kvm.offered);
	return 0;
}

static const struct pvops_backend kvm_backend = {
	.abi = PVOPS_BACKEND_ABI,
	.size = sizeof(struct pvops_backend),
	.name = "kvm",
	.nr_ops = PVOPS_NR_OPS,
	.base = "native",
	.forms = kvm_forms,
	.detect = kvm_detect,
	.init = kvm_init,
	.init_cpu = kvm_init_cpu,
	/* Who halts for a lock waits for a kick of ours. */
	.shares = PVOPS_SHARES(cpu) | PVOPS_SHARES(mmu),
};

PVOPS_BACKEND(kvm_backend);
