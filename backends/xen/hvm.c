// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * Xen as an HVM guest sees it, PVH included: the CPU, its MMU and its APIC are native's; time,
 * events, locks, console and the end are Xen's.
 */
#include "hvm.h"

#define XEN(op, form) [PVOPS_OP_##op] = form

#define START_NS	3000000000ULL
#define CPUID_HYPERVISOR	(1U << 31)	/* leaf 1, ecx */

/* What is not here is native's. */
static struct pvops_form xen_hvm_forms[PVOPS_NR_OPS] = {
	XEN(cpu_shutdown, PVOPS_CALL(xen_shutdown)),
	XEN(irq_bind, PVOPS_CALL(hvm_irq_bind)),
	XEN(irq_unbind, PVOPS_CALL(hvm_irq_unbind)),
	XEN(irq_handle, PVOPS_CALL(hvm_irq_handle)),
	XEN(irq_eoi, PVOPS_CALL(hvm_irq_eoi)),
	XEN(irq_mask, PVOPS_CALL(hvm_irq_mask)),
	XEN(irq_unmask, PVOPS_CALL(hvm_irq_unmask)),
	XEN(time_clock, PVOPS_CALL(xen_clock)),
	XEN(time_wallclock, PVOPS_CALL(xen_wallclock)),
	XEN(time_set_timer, PVOPS_CALL(xen_set_timer)),
	XEN(time_stop_timer, PVOPS_CALL(xen_stop_timer)),
	XEN(time_steal, PVOPS_CALL(xen_steal)),
	XEN(smp_start_cpu, PVOPS_CALL(hvm_start_cpu)),
	XEN(smp_stop_cpu, PVOPS_CALL(hvm_stop_cpu)),
	XEN(smp_cpu_stopped, PVOPS_CALL(hvm_cpu_stopped)),
	XEN(smp_yield, PVOPS_CALL(xen_yield_op)),
	XEN(smp_poll, PVOPS_CALL(hvm_poll)),
	XEN(lock_wait, PVOPS_CALL(xen_lock_wait)),
	XEN(lock_kick, PVOPS_CALL(xen_lock_kick)),
};

/* Ops that go back to native where Xen has no vector for its upcall. */
static const u16 event_ops[] = {
	PVOPS_OP_irq_bind, PVOPS_OP_irq_unbind, PVOPS_OP_irq_handle, PVOPS_OP_irq_eoi,
	PVOPS_OP_irq_mask, PVOPS_OP_irq_unmask, PVOPS_OP_time_set_timer, PVOPS_OP_time_stop_timer,
	PVOPS_OP_smp_poll,
};

/* Takes the place of the page that is here: Xen has no other for an HVM guest. */
static u8 shared_page[PVOPS_PAGE_SIZE] __attribute__((aligned(PVOPS_PAGE_SIZE)));

static struct pvops_boot *hvm_boot;
static u32 hvm_base;			/* of Xen's CPUID leaves */
static bool no_events;			/* they are the APIC's */
static s32 came[PVOPS_MAX_CPUS];	/* 1, or why a CPU cannot run */

static void leaf(const struct pvops_boot *boot, u32 base, enum hvm_leaf nr, u32 regs[4])
{
	regs[0] = base + nr;
	regs[1] = 0;
	regs[2] = 0;
	regs[3] = 0;
	boot->proto->cpuid(regs);
}

/* Base of Xen's leaves, 0 if it is not there; Hyper-V's face may lie below it. */
static u32 find_base(const struct pvops_boot *boot)
{
	u32 regs[4] = { 1, 0, 0, 0 }, found = 0;

	boot->proto->cpuid(regs);
	if (!(regs[2] & CPUID_HYPERVISOR))
		return 0;
	for (u32 i = 0; i < PVOPS_MAX_MATCHES; i++) {
		u32 base = XEN_CPUID_FIRST_LEAF + i * 0x100;

		leaf(boot, base, HVM_LEAF_SIGNATURE, regs);
		if (regs[0] >= base + HVM_LEAF_CALLS && regs[1] == XEN_CPUID_SIGNATURE_EBX &&
		    regs[2] == XEN_CPUID_SIGNATURE_ECX && regs[3] == XEN_CPUID_SIGNATURE_EDX)
			found = base;
	}
	return found;
}

/* Only PVH's start_info says it: firmware and GRUB come between in an ordinary domain. */
static bool initial_domain(const struct pvops_boot *boot)
{
	const struct hvm_start_info *si;
	const char *name = boot->proto->name;

	if (name[0] != 'p' || name[1] != 'v' || name[2] != 'h' || name[3])
		return false;
	si = pvops_boot_phys((unsigned long)boot->info, sizeof(*si));
	return si && si->magic == XEN_HVM_START_MAGIC_VALUE && si->flags & SIF_INITDOMAIN;
}

/* Xen's builder of a PVH initial domain writes version 0 of start_info: the map is by hypercall. */
u32 pvops_boot_ask_memory(const struct pvops_boot *boot, struct pvops_boot_e820 *map, u32 max)
{
	struct xen_memory_map op = { .nr_entries = max };

	if (!find_base(boot))
		return 0;
	xen_way = hvm_way(boot);
	set_xen_guest_handle(op.buffer, map);
	return xen_raw_call(__HYPERVISOR_memory_op, XENMEM_memory_map, (unsigned long)&op, 0, 0) ?
	       0 : op.nr_entries;
}

static void hvm_detect(const struct pvops_probe *probe, struct pvops_verdict *verdict)
{
	const struct pvops_boot *boot = probe->boot;
	u32 regs[4], base;
	bool dom0;

	/* A PV guest sees these leaves too, and has a backend of its own. */
	base = boot->proto->ring0 && boot->proto->cpuid ? find_base(boot) : 0;
	if (!base)
		return;
	leaf(boot, base, HVM_LEAF_VERSION, regs);
	dom0 = initial_domain(boot);
	verdict->score = base;
	verdict->role = dom0 ? PVOPS_ROLE_ROOT : PVOPS_ROLE_GUEST;
	pvops_snprintf(verdict->reason, sizeof(verdict->reason),
		       "Xen %u.%u in CPUID at 0x%x, %s domain", regs[0] >> 16, regs[0] & 0xffff,
		       base, dom0 ? "initial" : "ordinary");
}

static void without_events(int err)
{
	no_events = true;
	pvops_log("xen-hvm: no vector for events: error %d; interrupts and timer are native", err);
	for (u32 i = 0; i < sizeof(event_ops) / sizeof(*event_ops); i++)
		xen_hvm_forms[event_ops[i]] = (struct pvops_form){ 0 };
}

static u64 gpa_of(const void *va)
{
	return (__force unsigned long)pvops_get_host()->virt_to_gpa(va);
}

static int map_shared(void)
{
	struct xen_add_to_physmap op = {
		.domid = DOMID_SELF, .space = XENMAPSPACE_shared_info,
		.gpfn = gpa_of(shared_page) >> PVOPS_PAGE_SHIFT,
	};
	long err = xen_call2(__HYPERVISOR_memory_op, XENMEM_add_to_physmap, &op);

	if (err)
		pvops_log("xen-hvm: shared info cannot be mapped: error %ld", err);
	else
		xen_shared = (struct shared_info *)shared_page;
	return (int)err;
}

/* Event channels know vCPUs by Xen's numbers: they must be ours. */
static int check_vcpu(unsigned int cpu)
{
	u32 regs[4];

	leaf(hvm_boot, hvm_base, HVM_LEAF_FEATURES, regs);
	if (!(regs[0] & XEN_HVM_CPUID_VCPU_ID_PRESENT) || regs[1] == cpu)
		return 0;
	pvops_log("xen-hvm: CPU %u is Xen's vCPU %u: not usable", cpu, regs[1]);
	return -PVOPS_EINVAL;
}

static int tell(unsigned int cpu)
{
	return xen_vcpu_register(cpu, gpa_of(pvops_get_host()->percpu(cpu)->hv));
}

static int hvm_init(struct pvops_boot *boot)
{
	long version, err;
	u32 regs[4];
	int upcall_err;

	hvm_boot = boot;
	hvm_base = find_base(boot);
	xen_first_irq = HVM_FIRST_PORT;
	xen_dom0 = pvops_get_info()->verdict.role == PVOPS_ROLE_ROOT;
	xen_way = hvm_way(boot);
	version = xen_call2(__HYPERVISOR_xen_version, XENVER_version, 0);
	hvm_console_init(boot, version <= 0);
	/* Said again: until now it went to a serial port that may be Xen's. */
	pvops_log("boot %s", boot->proto->name);
	if (version <= 0) {
		pvops_log("xen-hvm: hypercalls do not work: error %ld", version);
		return version ? (int)version : -PVOPS_ENOSYS;
	}
	hvm_unmark(xen_hvm_forms, boot);
	leaf(boot, hvm_base, HVM_LEAF_FEATURES, regs);
	upcall_err = hvm_upcall_init(regs[0]);
	if (upcall_err)
		without_events(upcall_err);
	err = map_shared();
	if (!err)
		err = check_vcpu(0);
	if (!err)
		err = tell(0);
	if (!err)
		xen_clock_init("xen-hvm");
	if (!err)
		pvops_log("xen-hvm: Xen %ld.%ld by %s", version >> 16, version & 0xffff,
			  xen_way == XEN_VMMCALL ? "vmmcall" : "vmcall");
	if (!err && !upcall_err)
		pvops_log("xen-hvm: events by %s vector 0x%x", hvm_upcall_whose(), HVM_VECTOR);
	return (int)err;
}

static int hvm_suspend(void)
{
	long how = xen_dom0 ? -PVOPS_ENOSYS : xen_suspend_call(0);
	u32 regs[4];
	int err;

	if (how)
		return (int)how;
	leaf(hvm_boot, hvm_base, HVM_LEAF_FEATURES, regs);
	err = no_events ? 0 : hvm_upcall_init(regs[0]);
	if (!err)
		err = map_shared();
	if (err)
		pvops_panic("xen-hvm: no events after a restore: error %d", err);
	hvm_console_resume();
	xen_resume(tell);
	return 0;
}

static int hvm_late_init(void)
{
	int err = hvm_upcall_cpu(0);

	hvm_console_late();
	if (err)
		pvops_log("xen-hvm: CPU 0: vector for events refused: error %d", err);
	return err;
}

static int hvm_init_cpu(unsigned int cpu)
{
	int err = 0;

	if (cpu && !xen_cpu_of(cpu)->kicker)
		err = tell(cpu);
	return err ? err : xen_vcpu_prepare(cpu);
}

/* On the new CPU, before all that the kernel does there. */
static void first(void)
{
	unsigned int cpu = pvops_cpu();
	int err = check_vcpu(cpu);

	if (!err) {
		err = hvm_upcall_cpu(cpu);
		if (err)
			pvops_log("xen-hvm: CPU %u: vector for events refused: error %d", cpu, err);
	}
	__atomic_store_n(&came[cpu], err ? err : 1, __ATOMIC_RELEASE);
	if (err)
		((pvops_fn_smp_stop_cpu_t *)pvops_base_func(PVOPS_OP_smp_stop_cpu))();
}

int hvm_start_cpu(unsigned int cpu, const struct pvops_cpu_start *start)
{
	u64 end;
	s32 how;
	int err;

	if (cpu < PVOPS_MAX_CPUS && pvops_smp_cpu_stopped(cpu))
		__atomic_store_n(&came[cpu], 0, __ATOMIC_RELEASE);
	err = pvops_base_start_cpu(cpu, start, first);
	if (err)
		return err;
	end = pvops_time_clock() + START_NS;
	do {
		how = __atomic_load_n(&came[cpu], __ATOMIC_ACQUIRE);
		if (how)
			return how < 0 ? how : 0;
		pvops_smp_yield();
	} while (pvops_time_clock() < end);
	return -PVOPS_ETIMEDOUT;
}

/* Not before Xen takes it for down: a vCPU can be held between its last store and the halt. */
bool hvm_cpu_stopped(unsigned int cpu)
{
	return ((pvops_fn_smp_cpu_stopped_t *)pvops_base_func(PVOPS_OP_smp_cpu_stopped))(cpu) &&
	       xen_call3(__HYPERVISOR_vcpu_op, VCPUOP_is_up, cpu, 0) == 0;
}

void hvm_stop_cpu(void)
{
	/* Halted without interrupts it is down to Xen, until the next INIT. */
	pvops_time_stop_timer();
	((pvops_fn_smp_stop_cpu_t *)pvops_base_func(PVOPS_OP_smp_stop_cpu))();
}

static const struct pvops_backend hvm_backend = {
	.abi = PVOPS_BACKEND_ABI,
	.size = sizeof(struct pvops_backend),
	.name = "xen-hvm",
	.nr_ops = PVOPS_NR_OPS,
	.base = "native",
	.forms = xen_hvm_forms,
	.detect = hvm_detect,
	.init = hvm_init,
	.late_init = hvm_late_init,
	.init_cpu = hvm_init_cpu,
	.log = hvm_log,
	.suspend = hvm_suspend,
};

PVOPS_BACKEND(hvm_backend);
