/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* A scripted Xen for the tests of the HVM side: CPUID, hypercalls, shared pages, and a base. */
#ifndef TESTS_XEN_HVM_H
#define TESTS_XEN_HVM_H

#include "xen_script.h"
#include "apart.h"
#include "hvm.c"

#define BASE_SAYS	(-4711)
#define RING_PFN	0xfeff8ULL
#define CR3		0x1000UL

static struct pvops_percpu blocks[VCPUS];
static struct hvm_start_info start_info;
static struct xencons_interface ring_page;
static struct { u32 leaf, regs[4]; } cpuids[5];
static char serial_heard[8192];

/* What Xen does next, and what it has seen. */
static int failed_call;
static unsigned int versions, features;
static struct { unsigned int nr; u64 cmd; } history[64];
static u64 callback, shared_pfn, console_pfn, console_port, timer_at;
static long (*on_suspend)(const struct sched_shutdown *op, u64 start_info);
static void (*on_arm)(unsigned int cpu);
static void (*on_register)(unsigned int cpu);
static void (*on_share)(void);
static bool dom0, mmio_fails, first_runs;
static unsigned long cr3;

static long vector_error[2], read_says;

static int base_calls, base_stops, base_eois, base_start_error;
static u32 seen_irq, announced, handled, mask_at_unmask;

const struct start_info *xen_start;

unsigned long xen_mfn_to_pfn(unsigned long mfn)
{
	return ~0UL;
}

void *xen_builder_page(unsigned long pfn)
{
	return NULL;
}

unsigned long xen_builder_pfn(unsigned long mfn)
{
	return ~0UL;
}

unsigned long hvm_read_cr3(void)
{
	return cr3;
}

static void cpuid(u32 regs[4])
{
	u32 leaf = regs[0];

	memset(regs, 0, 16);
	for (size_t i = 0; i < sizeof(cpuids) / sizeof(*cpuids); i++)
		if (cpuids[i].leaf == leaf)
			memcpy(regs, cpuids[i].regs, 16);
}

static void emergency(const char *text, size_t len)
{
	append(serial_heard, sizeof(serial_heard), text, len);
}

static struct pvops_boot_proto proto;
static struct pvops_boot boot;

const void *pvops_boot_phys(u64 gpa, u64 len)
{
	if (gpa == RING_PFN << PVOPS_PAGE_SHIFT)
		return &ring_page;
	return gpa == (unsigned long)&start_info ? &start_info : NULL;
}

static pvops_gpa_t virt_to_gpa(const void *va)
{
	return (pvops_gpa_t)va;
}

static void *map_mmio(pvops_gpa_t gpa, size_t len)
{
	return mmio_fails ? NULL : &ring_page;
}

static const struct pvops_host host = {
	.percpu = percpu_of, .virt_to_gpa = virt_to_gpa, .map_mmio = map_mmio,
};

const struct pvops_host *pvops_get_host(void)
{
	return &host;
}

static void mask_meanwhile(void)
{
	if (mask_at_unmask)
		hvm_irq_mask(mask_at_unmask);
}

static long set_vector(const struct xen_hvm_evtchn_upcall_vector *op)
{
	if (op->vcpu >= 2 || op->vector < 16)
		return -22;
	if (vector_error[op->vcpu])
		return vector_error[op->vcpu];
	vector_of[op->vcpu] = op->vector;
	edges[op->vcpu]++;
	return 0;
}

static long hvm_op(u64 cmd, struct xen_hvm_param *p)
{
	if (cmd == HVMOP_set_evtchn_upcall_vector)
		return set_vector((const void *)p);
	if (cmd == HVMOP_set_param && p->index == HVM_PARAM_CALLBACK_IRQ)
		callback = p->value;
	else if (cmd == HVMOP_get_param && p->index == HVM_PARAM_CONSOLE_PFN)
		p->value = console_pfn;
	else if (cmd == HVMOP_get_param && p->index == HVM_PARAM_CONSOLE_EVTCHN)
		p->value = console_port;
	else
		return -22;
	return 0;
}

static long memory_op(u64 cmd, void *arg)
{
	static const struct pvops_boot_e820 map[2] = {
		{ 0, 0xa0000, 1 }, { 0x100000, 0x100000, 1 },
	};
	struct xen_memory_map *m = arg;

	if (cmd == XENMEM_add_to_physmap) {
		shared_pfn = ((struct xen_add_to_physmap *)arg)->gpfn;
		if (on_share)
			on_share();
		return 0;
	}
	memcpy(m->buffer.p, map, sizeof(map));
	m->nr_entries = 2;
	return 0;
}

static long vcpu_op(u64 cmd, u64 vcpu, const struct vcpu_register_vcpu_info *r)
{
	if (vcpu >= VCPUS)
		return -2;
	switch (cmd) {
	case VCPUOP_register_vcpu_info:
		if (vcpu_info_of[vcpu])
			return -22;
		vcpu_info_of[vcpu] = (void *)((r->mfn << PVOPS_PAGE_SHIFT) + r->offset);
		if (on_register)
			on_register((u32)vcpu);
		return 0;
	case VCPUOP_register_runstate_memory_area:
		runstate_of[vcpu] = ((struct vcpu_register_runstate_memory_area *)r)->addr.v;
		return 0;
	case VCPUOP_set_singleshot_timer:
		timer_at = ((struct vcpu_set_singleshot_timer *)r)->timeout_abs_ns;
		if (on_arm)
			on_arm((u32)vcpu);
		return 0;
	}
	return 0;
}

long xen_raw_call(unsigned int nr, u64 a, u64 b, u64 c, u64 d)
{
	if (calls < sizeof(history) / sizeof(*history)) {
		history[calls].nr = nr;
		history[calls].cmd = a;
	}
	if ((int)calls++ == fail_at) {
		failed_call = nr == __HYPERVISOR_vcpu_op ? (int)a : -1;
		return -38;
	}
	switch (nr) {
	case __HYPERVISOR_xen_version:
		if (a == XENVER_get_features)
			((struct xen_feature_info *)b)->submap = features;
		else
			versions++;
		return a == XENVER_version ? 4 << 16 | 17 : 0;
	case __HYPERVISOR_hvm_op:
		return hvm_op(a, (void *)b);
	case __HYPERVISOR_memory_op:
		return memory_op(a, (void *)b);
	case __HYPERVISOR_vcpu_op:
		return vcpu_op(a, b, (void *)c);
	case __HYPERVISOR_event_channel_op:
		return event_op(a, (void *)b);
	case __HYPERVISOR_console_io:
		if (a == CONSOLEIO_read) {
			memcpy((char *)c, "typed", b < 5 ? b : 5);
			return read_says ? read_says : (long)(b < 5 ? b : 5);
		}
		append(xen_heard, sizeof(xen_heard), (const char *)c, b);
		return 0;
	case __HYPERVISOR_sched_op:
		if (a == SCHEDOP_yield && on_yield)
			on_yield();
		return a == SCHEDOP_shutdown && on_suspend ? on_suspend((void *)b, c) : 0;
	}
	return -38;
}

/* When was this hypercall made? */
static unsigned int order(unsigned int nr, u64 cmd)
{
	unsigned int i = 0;

	while (i < calls && (history[i].nr != nr || history[i].cmd != cmd))
		i++;
	assert_true(i < calls);
	return i;
}

static int base_says(void)
{
	base_calls++;
	return BASE_SAYS;
}

static void base_stop(void)
{
	base_stops++;
}

static void base_eoi(unsigned int irq)
{
	base_calls++;
	base_eois++;
}

const void *pvops_base_func(unsigned int op)
{
	if (op == PVOPS_OP_irq_eoi)
		return (const void *)base_eoi;
	return op == PVOPS_OP_smp_stop_cpu ? (const void *)base_stop : (const void *)base_says;
}

int pvops_base_start_cpu(unsigned int cpu, const struct pvops_cpu_start *how, void (*run)(void))
{
	if (!base_start_error && first_runs) {
		become(cpu);
		run();
		become(0);
	}
	return base_start_error;
}

static u64 fake_clock(void)
{
	static u64 now;

	return now += 1000000;
}

static unsigned int two(void)
{
	return 2;
}

static bool yes(void)
{
	return true;
}

static void nothing(void)
{
}

const void *pvops_table[PVOPS_NR_OPS] = {
	[PVOPS_OP_smp_nr_cpus] = two,
	[PVOPS_OP_smp_cpu_stopped] = yes,
	[PVOPS_OP_smp_yield] = nothing,
	[PVOPS_OP_time_clock] = fake_clock,
	[PVOPS_OP_time_stop_timer] = xen_stop_timer,
};

static void nosy_handler(u32 irq, void *data)
{
	handled++;
	announced += xen_this_vcpu()->evtchn_upcall_pending;
	hvm_irq_eoi(irq);
}

static void xen_leaves(u32 base)
{
	for (u32 i = 0; i < 3; i++)
		cpuids[2 + i].leaf = base + (i == 2 ? HVM_LEAF_FEATURES : i);
	cpuids[2].regs[0] = base + 5;
	memcpy(&cpuids[2].regs[1], "XenVMMXenVMM", 12);
	cpuids[3].regs[0] = 4 << 16 | 17;
}

/* For the script; the backend's own state is fresh because each test has a process of its own. */
static int fresh(void **state)
{
	percpu = blocks;
	ring = &ring_page;
	before_unmask = mask_meanwhile;
	memset(blocks, 0, sizeof(blocks));
	memset(&start_info, 0, sizeof(start_info));
	memset(&boot, 0, sizeof(boot));
	memset(cpuids, 0, sizeof(cpuids));
	proto = (struct pvops_boot_proto){
		.name = "pvh", .ring0 = true, .cpuid = cpuid, .emergency = emergency,
	};
	boot.proto = &proto;
	boot.info = &start_info;
	boot.root = (pvops_gpa_t)CR3;
	cr3 = CR3;
	start_info.magic = XEN_HVM_START_MAGIC_VALUE;
	cpuids[0].leaf = 0;
	memcpy(&cpuids[0].regs[1], "Auth", 4);
	cpuids[1].leaf = 1;
	cpuids[1].regs[2] = CPUID_HYPERVISOR;
	xen_leaves(0x40000000);
	logged[0] = '\0';
	fail_at = -1;
	failed_call = -1;
	calls = 0;
	features = 1U << XENFEAT_hvm_callback_vector;
	next_port = 5;
	console_port = 2;
	memset(vcpu_info_of, 0, sizeof(vcpu_info_of));
	console_pfn = RING_PFN;
	first_runs = true;
	percpu[1].cpu = 1;
	become(0);
	return 0;
}

static const struct pvops_backend *backend(void)
{
	return hvm_backend_entry;
}

static struct pvops_verdict verdict(void)
{
	const struct pvops_probe probe = { .boot = &boot };
	struct pvops_verdict v = { 0 };

	backend()->detect(&probe, &v);
	return v;
}

static int start(void)
{
	info.verdict = verdict();
	if (dom0)
		info.verdict.role = PVOPS_ROLE_ROOT;
	return backend()->init(&boot);
}

#endif /* TESTS_XEN_HVM_H */
