// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * Calls for what is no op: native's APIC, the GDT in use, and how CPUs begin and end. Native goes
 * by them where the ROM has them.
 */
#include "vmi.h"

#define CR0_PE		1U
#define CR0_PG		0x80000000U
#define FLAGS_ALWAYS	2U

static struct pvops_base_ways ways;

/* Where a stopped CPU stands: its own stack is somebody else's by then. */
static u32 last_stacks[PVOPS_MAX_CPUS][64];

static u32 apic_read(unsigned long address)
{
	return VMI_FN(VMI_APIC_READ, u32, unsigned long)(address);
}

static void apic_write(unsigned long address, u32 val)
{
	VMI_FN(VMI_APIC_WRITE, void, unsigned long, u32)(address, val);
}

static u64 *gdt_in_use(void)
{
	struct pvops_desc_ptr ptr;

	VMI_FN(VMI_GET_GDT, void, struct pvops_desc_ptr *)(&ptr);
	return (u64 *)ptr.base;
}

/* Its segment is loaded next: in a batch neither this nor what was before it may wait. */
static void write_gdt_entry(u64 *gdt, unsigned int index, u64 desc)
{
	VMI_FN(VMI_WRITE_GDT_ENTRY, void, u64 *, u32, u32, u32)(gdt, index, (u32)desc,
								 (u32)(desc >> 32));
	vmi_settle();
}

/* A page of its own, as the specification wants it; one CPU starts at a time. */
static struct vmi_ap_state ap_state __attribute__((aligned(4096)));

static int start_state(u32 apic_id, const struct pvops_cpu_state *state)
{
	ap_state = (struct vmi_ap_state){
		.cr0 = (u32)pvops_cpu_read_cr0() | CR0_PE | CR0_PG,
		.cr3 = (u32)(__force unsigned long)state->root,
		.cr4 = (u32)pvops_cpu_read_cr4(),
		.efer_low = state->efer,
		.eip = state->entry, .eflags = FLAGS_ALWAYS, .esp = state->stack,
		.cs = state->cs, .ss = state->ds, .ds = state->ds, .es = state->ds,
		.gs = state->gs,
		.gdtr_limit = state->gdt.limit, .gdtr_base = state->gdt.base,
	};
	VMI_FN(VMI_SET_AP_STATE, void, const struct vmi_ap_state *, u32)(&ap_state, apic_id);
	return 0;
}

/* Shutdown is the halt that no interrupt ends. */
static void stop(u32 *running)
{
	u32 *last = last_stacks[vmi_cpu()] + 60;

	asm volatile("mov %0, %%esp\n"
		     "	movl $0, (%1)\n"
		     "1:	call *%2\n"
		     "	jmp 1b"
		     : : "r"(last), "r"(running), "m"(vmi_targets[VMI_SHUTDOWN]) : "memory");
	__builtin_unreachable();
}

void vmi_set_ways(enum vmi_time time)
{
	ways = (struct pvops_base_ways){ 0 };
	if (time == VMI_TIME_ALARM) {
		ways.set_alarm = vmi_set_alarm;
		ways.cancel_alarm = vmi_cancel_alarm;
	}
	if (vmi_targets[VMI_APIC_READ] && vmi_targets[VMI_APIC_WRITE]) {
		ways.apic_read = apic_read;
		ways.apic_write = apic_write;
	} else {
		pvops_log("vmi: no APICRead, APICWrite: the local APIC is native");
	}
	if (vmi_targets[VMI_GET_GDT] && vmi_targets[VMI_WRITE_GDT_ENTRY]) {
		ways.gdt = gdt_in_use;
		ways.write_gdt_entry = write_gdt_entry;
	} else {
		pvops_log("vmi: no GetGDT, WriteGDTEntry: bases of segments are native");
	}
	if (vmi_targets[VMI_SET_AP_STATE])
		ways.start_state = start_state;
	else
		pvops_log("vmi: no SetInitialAPState: CPUs begin in real mode");
	if (vmi_targets[VMI_SHUTDOWN])
		ways.stop = stop;
	pvops_base_set_ways(&ways);
}
