// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* What get_reloc answers (VMI specification, part 2.1), checked before a site is written. */
#include <pvops/pvops.h>
#include "rom.h"

/* What a call may be answered with, besides NONE and CALL. */
#define MAY_JUMP	1U		/* does not come back; a nop would be a crash */
#define MAY_NOP		2U		/* has no result */
#define NO_USE		4U		/* arguments never published */

static const struct {
	const char *name;
	u32 flags;
} calls[VMI_NR_CALLS] = {
	[VMI_CPUID] = { "CPUID", 0 },
	[VMI_WRMSR] = { "WRMSR", 0 },
	[VMI_RDMSR] = { "RDMSR", 0 },
	[VMI_SET_GDT] = { "SetGDT", 0 },
	[VMI_SET_LDT] = { "SetLDT", 0 },
	[VMI_SET_IDT] = { "SetIDT", 0 },
	[VMI_SET_TR] = { "SetTR", MAY_NOP },
	[VMI_GET_GDT] = { "GetGDT", 0 },
	[VMI_GET_LDT] = { "GetLDT", 0 },
	[VMI_GET_IDT] = { "GetIDT", 0 },
	[VMI_GET_TR] = { "GetTR", 0 },
	[VMI_WRITE_GDT_ENTRY] = { "WriteGDTEntry", 0 },
	[VMI_WRITE_LDT_ENTRY] = { "WriteLDTEntry", 0 },
	[VMI_WRITE_IDT_ENTRY] = { "WriteIDTEntry", 0 },
	[VMI_UPDATE_KERNEL_STACK] = { "UpdateKernelStack", 0 },
	[VMI_SET_CR0] = { "SetCR0", 0 },
	[VMI_SET_CR2] = { "SetCR2", 0 },
	[VMI_SET_CR3] = { "SetCR3", 0 },
	[VMI_SET_CR4] = { "SetCR4", 0 },
	[VMI_GET_CR0] = { "GetCR0", 0 },
	[VMI_GET_CR2] = { "GetCR2", 0 },
	[VMI_GET_CR3] = { "GetCR3", 0 },
	[VMI_GET_CR4] = { "GetCR4", 0 },
	[VMI_WBINVD] = { "WBINVD", MAY_NOP },
	[VMI_SET_DR] = { "SetDR", MAY_NOP },
	[VMI_GET_DR] = { "GetDR", 0 },
	[VMI_RDPMC] = { "RDPMC", 0 },
	[VMI_RDTSC] = { "RDTSC", 0 },
	[VMI_CLTS] = { "CLTS", MAY_NOP },
	[VMI_ENABLE_IRQS] = { "EnableInterrupts", 0 },
	[VMI_DISABLE_IRQS] = { "DisableInterrupts", 0 },
	[VMI_GET_IRQ_MASK] = { "GetInterruptMask", 0 },
	[VMI_SET_IRQ_MASK] = { "SetInterruptMask", 0 },
	[VMI_IRET] = { "IRET", MAY_JUMP },
	[VMI_SYSEXIT] = { "SYSEXIT", MAY_JUMP },
	[VMI_HALT] = { "Halt", 0 },
	[VMI_REBOOT] = { "Reboot", 0 },
	[VMI_SHUTDOWN] = { "Shutdown", 0 },
	[VMI_SET_PXE] = { "SetPxE", 0 },
	[VMI_SET_PXE_LONG] = { "SetPxELong", 0 },
	[VMI_UPDATE_PXE] = { "UpdatePxE", MAY_NOP },
	[VMI_UPDATE_PXE_LONG] = { "UpdatePxELong", MAY_NOP },
	[VMI_MACHINE_TO_PHYSICAL] = { "MachineToPhysical", NO_USE },
	[VMI_PHYSICAL_TO_MACHINE] = { "PhysicalToMachine", NO_USE },
	[VMI_ALLOCATE_PAGE] = { "AllocatePage", MAY_NOP },
	[VMI_RELEASE_PAGE] = { "ReleasePage", MAY_NOP },
	[VMI_INVAL_PAGE] = { "InvalPage", MAY_NOP },
	[VMI_FLUSH_TLB] = { "FlushTLB", MAY_NOP },
	[VMI_SET_LINEAR_MAPPING] = { "SetLinearMapping", MAY_NOP },
	[VMI_IN32] = { "INL", 0 },
	[VMI_IN8] = { "INB", 0 },
	[VMI_IN16] = { "INW", 0 },
	[VMI_INS32] = { "INSL", 0 },
	[VMI_INS8] = { "INSB", 0 },
	[VMI_INS16] = { "INSW", 0 },
	[VMI_OUT32] = { "OUTL", MAY_NOP },
	[VMI_OUT8] = { "OUTB", MAY_NOP },
	[VMI_OUT16] = { "OUTW", MAY_NOP },
	[VMI_OUTS32] = { "OUTSL", 0 },
	[VMI_OUTS8] = { "OUTSB", 0 },
	[VMI_OUTS16] = { "OUTSW", 0 },
	[VMI_SET_IOPL_MASK] = { "SetIOPLMask", MAY_NOP },
	[VMI_SET_AP_STATE] = { "SetInitialAPState", 0 },
	[VMI_APIC_WRITE] = { "APICWrite", 0 },
	[VMI_APIC_READ] = { "APICRead", 0 },
	[VMI_IO_DELAY] = { "IODelay", MAY_NOP },
	[VMI_CYCLE_FREQUENCY] = { "GetCycleFrequency", 0 },
	[VMI_CYCLE_COUNTER] = { "GetCycleCounter", 0 },
	[VMI_SET_ALARM] = { "SetAlarm", 0 },
	[VMI_CANCEL_ALARM] = { "CancelAlarm", 0 },
	[VMI_WALLCLOCK] = { "GetWallclockTime", 0 },
	[VMI_WALLCLOCK_UPDATED] = { "WallclockUpdated", 0 },
	[VMI_SET_CALLBACKS] = { "SetCallbacks", NO_USE },
	[VMI_SET_LAZY_MODE] = { "SetLazyMode", MAY_NOP },
};

const char *vmi_call_name(u32 call)
{
	return call < VMI_NR_CALLS ? calls[call].name : "no call";
}

static bool leads_somewhere(const struct vmi_rom *rom, u32 linear, u32 target)
{
	return target - linear < rom->size || (rom->virtual_top && target >= rom->virtual_top);
}

/* Whether the type is one that this call can have. */
static bool right_type(u32 call, u8 type)
{
	switch (type) {
	case VMI_RELOC_NONE:
	case VMI_RELOC_CALL:
		return true;
	case VMI_RELOC_JUMP:
		return calls[call].flags & MAY_JUMP;
	case VMI_RELOC_NOP:
		return calls[call].flags & MAY_NOP;
	default:
		return false;
	}
}

static bool has_target(u8 type)
{
	return type == VMI_RELOC_CALL || type == VMI_RELOC_JUMP;
}

/* edx[31:8] is reserved: whatever a ROM left there is not looked at. */
static u8 type_of(u64 answer)
{
	return (u8)(answer >> 32);
}

static bool first_time(const struct vmi_rom *rom, u32 linear, u32 call, u64 answer,
		       struct vmi_reloc *reloc)
{
	reloc->type = type_of(answer);
	reloc->target = has_target(reloc->type) ? (u32)answer : 0;
	if (!right_type(call, reloc->type))
		pvops_log("vmi: ROM at 0x%x refused: %s answered with type %u", rom->gpa,
			  calls[call].name, reloc->type);
	else if (has_target(reloc->type) && !leads_somewhere(rom, linear, reloc->target))
		pvops_log("vmi: ROM at 0x%x refused: %s leads to 0x%x, outside of it", rom->gpa,
			  calls[call].name, reloc->target);
	else
		return true;
	return false;
}

static bool same_again(const struct vmi_rom *rom, u32 call, u64 answer,
		       const struct vmi_reloc *reloc)
{
	if (type_of(answer) == reloc->type &&
	    (!has_target(reloc->type) || (u32)answer == reloc->target))
		return true;
	pvops_log("vmi: ROM at 0x%x refused: %s answered with %u:0x%x, then with %u:0x%x", rom->gpa,
		  calls[call].name, reloc->type, reloc->target, type_of(answer), (u32)answer);
	return false;
}

/*
 * Who keeps the interrupt flag elsewhere must keep it everywhere: with one native instruction
 * among these calls, it would be lost there. SYSEXIT is not among them: it may be left alone.
 */
static bool whole_irq_group(const struct vmi_rom *rom, const struct vmi_reloc *relocs)
{
	static const u8 group[] = {
		VMI_ENABLE_IRQS, VMI_DISABLE_IRQS, VMI_GET_IRQ_MASK, VMI_SET_IRQ_MASK,
		VMI_IRET, VMI_HALT,
	};
	u32 kept = 0;

	for (u32 i = 0; i < 4; i++)
		kept |= relocs[group[i]].type != VMI_RELOC_NONE;
	for (u32 i = 0; kept && i < sizeof(group); i++) {
		if (relocs[group[i]].type != VMI_RELOC_NONE)
			continue;
		pvops_log("vmi: ROM at 0x%x refused: it keeps the interrupt flag, but has no %s",
			  rom->gpa, calls[group[i]].name);
		return false;
	}
	return true;
}

/* Time that is offered in part is no time: the calls count on each other. */
static void whole_time_group(const struct vmi_rom *rom, struct vmi_reloc *relocs)
{
	u32 missing = 0;

	for (u32 call = VMI_CYCLE_FREQUENCY; call <= VMI_WALLCLOCK_UPDATED; call++)
		if (relocs[call].type == VMI_RELOC_NONE && !missing)
			missing = call;
	if (!missing || relocs[VMI_CYCLE_FREQUENCY].type == VMI_RELOC_NONE)
		return;
	pvops_log("vmi: ROM at 0x%x has no %s: its time is not used", rom->gpa,
		  calls[missing].name);
	for (u32 call = VMI_CYCLE_FREQUENCY; call <= VMI_WALLCLOCK_UPDATED; call++)
		relocs[call] = (struct vmi_reloc){ .type = VMI_RELOC_NONE };
}

static bool ask_all(const struct vmi_rom *rom, u32 linear, u64 (*ask)(u32 call),
		    struct vmi_reloc *relocs)
{
	for (u32 call = 0; call < VMI_NR_CALLS; call++)
		if (!(calls[call].flags & NO_USE) &&
		    !first_time(rom, linear, call, ask(call), relocs + call))
			return false;
	for (u32 call = 0; call < VMI_NR_CALLS; call++)
		if (!(calls[call].flags & NO_USE) &&
		    !same_again(rom, call, ask(call), relocs + call))
			return false;
	return whole_irq_group(rom, relocs);
}

static void forget(struct vmi_reloc *relocs)
{
	for (u32 call = 0; call < VMI_NR_CALLS; call++) {
		relocs[call].type = VMI_RELOC_NONE;
		relocs[call].target = 0;
	}
}

bool vmi_relocs(const struct vmi_rom *rom, u32 linear, u64 (*ask)(u32 call),
		struct vmi_reloc *relocs)
{
	forget(relocs);
	if (!ask_all(rom, linear, ask, relocs)) {
		forget(relocs);
		return false;
	}
	whole_time_group(rom, relocs);
	return true;
}

/* Code of the ROM moved with it, what lies in the hypervisor's hole did not. */
static bool same_place(u32 was, u32 there, u32 now, u32 here)
{
	return was == now || was - there == now - here;
}

bool vmi_relocs_moved(const struct vmi_rom *rom, const struct vmi_reloc *was, u32 there,
		      const struct vmi_reloc *now, u32 here)
{
	for (u32 call = 0; call < VMI_NR_CALLS; call++) {
		if (was[call].type == now[call].type &&
		    same_place(was[call].target, there, now[call].target, here))
			continue;
		pvops_log("vmi: ROM at 0x%x refused: %s answered with %u:0x%x in place, "
			  "with %u:0x%x as a copy", rom->gpa, calls[call].name, was[call].type,
			  was[call].target, now[call].type, now[call].target);
		return false;
	}
	return true;
}
