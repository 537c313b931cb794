// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * VMI as a backend: which of its calls serves which op. It stands on native, which does what the
 * ROM has no call for.
 */
#include <pvops/text.h>
#include "vmi.h"

/* Above all faces in CPUID: who has the ROM placed for us, means it. */
#define SCORE		0x40010000

/* Nobody's ROM was larger than 8 KiB. */
#define IMAGE_SIZE	16384

u32 vmi_targets[VMI_NR_CALLS];
static struct pvops_form vmi_forms[PVOPS_NR_OPS];
static struct vmi_reloc relocs[VMI_NR_CALLS];
static struct vmi_reloc in_place[VMI_NR_CALLS];	/* what detect was answered */
static struct vmi_rom rom;

/*
 * The ROM's code, part of the kernel's: the firmware's window is not mapped to be executed once
 * the kernel has its own page tables.
 */
extern u8 vmi_image[];
asm(".pushsection .text\n"
    ".balign 4096\n"
    ".globl vmi_image\n"
    "vmi_image:\n"
    "	.skip	16384, 0xcc\n"
    ".popsection");

#define DIRECT	1U		/* the ROM's function keeps the op's registers itself */
#define LEAVE	2U		/* NOP: what native does is nothing, or does without the call */
#define RESULT	4U		/* NOP: nothing but 0, which says that it went well */

static const struct row {
	u16 op;
	u8 call;
	u8 flags;
	const void *func;
} rows[] = {
#define DIRECT_ROW(op, call)		{ PVOPS_OP_##op, call, DIRECT, NULL }
#define ROW(op, call, func)		{ PVOPS_OP_##op, call, 0, (const void *)(func) }
#define LEAVE_ROW(op, call, func)	{ PVOPS_OP_##op, call, LEAVE, (const void *)(func) }
#define RESULT_ROW(op, call, func)	{ PVOPS_OP_##op, call, RESULT, (const void *)(func) }
	ROW(cpu_read_cr0, VMI_GET_CR0, vmi_read_cr0),
	ROW(cpu_write_cr0, VMI_SET_CR0, vmi_write_cr0),
	ROW(cpu_read_cr2, VMI_GET_CR2, vmi_read_cr2),
	ROW(cpu_write_cr2, VMI_SET_CR2, vmi_write_cr2),
	ROW(cpu_read_cr3, VMI_GET_CR3, vmi_read_cr3),
	ROW(cpu_write_cr3, VMI_SET_CR3, vmi_write_cr3),
	ROW(cpu_read_cr4, VMI_GET_CR4, vmi_read_cr4),
	ROW(cpu_write_cr4, VMI_SET_CR4, vmi_write_cr4),
	ROW(cpu_get_dr, VMI_GET_DR, vmi_get_dr),
	RESULT_ROW(cpu_set_dr, VMI_SET_DR, vmi_set_dr),
	DIRECT_ROW(cpu_read_msr, VMI_RDMSR),
	DIRECT_ROW(cpu_write_msr, VMI_WRMSR),
	DIRECT_ROW(cpu_cpuid, VMI_CPUID),
	DIRECT_ROW(cpu_rdpmc, VMI_RDPMC),
	ROW(cpu_load_gdt, VMI_SET_GDT, vmi_load_gdt),
	ROW(cpu_load_idt, VMI_SET_IDT, vmi_load_idt),
	ROW(cpu_set_ldt, VMI_SET_LDT, vmi_set_ldt),
	ROW(cpu_load_tr, VMI_SET_TR, vmi_load_tr),
	ROW(cpu_store_tr, VMI_GET_TR, vmi_store_tr),
	ROW(cpu_write_gdt_entry, VMI_WRITE_GDT_ENTRY, vmi_write_gdt_entry),
	ROW(cpu_write_ldt_entry, VMI_WRITE_LDT_ENTRY, vmi_write_ldt_entry),
	ROW(cpu_write_idt_entry, VMI_WRITE_IDT_ENTRY, vmi_write_idt_entry),
	ROW(cpu_load_tls, VMI_WRITE_GDT_ENTRY, vmi_load_tls),
	ROW(cpu_set_kernel_stack, VMI_UPDATE_KERNEL_STACK, vmi_set_kernel_stack),
	ROW(cpu_in8, VMI_IN8, vmi_in8),
	ROW(cpu_in16, VMI_IN16, vmi_in16),
	ROW(cpu_in32, VMI_IN32, vmi_in32),
	ROW(cpu_out8, VMI_OUT8, vmi_out8),
	ROW(cpu_out16, VMI_OUT16, vmi_out16),
	ROW(cpu_out32, VMI_OUT32, vmi_out32),
	ROW(cpu_io_delay, VMI_IO_DELAY, vmi_io_delay),
	RESULT_ROW(cpu_set_iopl, VMI_SET_IOPL_MASK, vmi_set_iopl),
	ROW(cpu_clts, VMI_CLTS, vmi_clts),
	ROW(cpu_wbinvd, VMI_WBINVD, vmi_wbinvd),
	DIRECT_ROW(cpu_iret, VMI_IRET),
	DIRECT_ROW(cpu_sysret, VMI_IRET),
	ROW(cpu_shutdown, VMI_REBOOT, vmi_shutdown),

	DIRECT_ROW(irq_save, VMI_GET_IRQ_MASK),
	ROW(irq_restore, VMI_ENABLE_IRQS, vmi_restore),
	DIRECT_ROW(irq_disable, VMI_DISABLE_IRQS),
	DIRECT_ROW(irq_enable, VMI_ENABLE_IRQS),
	ROW(irq_enable_halt, VMI_HALT, vmi_enable_halt),
	ROW(irq_halt, VMI_SHUTDOWN, vmi_halt),

	ROW(mmu_activate, VMI_SET_CR3, vmi_activate),
	ROW(mmu_set_pte, VMI_SET_PXE_LONG, vmi_set_pte),
	ROW(mmu_set_pmd, VMI_SET_PXE_LONG, vmi_set_pmd),
	ROW(mmu_set_pud, VMI_SET_PXE_LONG, vmi_set_pud),
	ROW(mmu_clear_pte, VMI_SET_PXE_LONG, vmi_clear_pte),
	ROW(mmu_clear_pmd, VMI_SET_PXE_LONG, vmi_clear_pmd),
	ROW(mmu_clear_pud, VMI_SET_PXE_LONG, vmi_clear_pud),
	LEAVE_ROW(mmu_tas_pte, VMI_UPDATE_PXE_LONG, vmi_tas_pte),
	LEAVE_ROW(mmu_tas_pmd, VMI_UPDATE_PXE_LONG, vmi_tas_pmd),
	LEAVE_ROW(mmu_tas_pud, VMI_UPDATE_PXE_LONG, vmi_tas_pud),
	LEAVE_ROW(mmu_xchg_pte, VMI_UPDATE_PXE_LONG, vmi_xchg_pte),
	LEAVE_ROW(mmu_xchg_pmd, VMI_UPDATE_PXE_LONG, vmi_xchg_pmd),
	LEAVE_ROW(mmu_xchg_pud, VMI_UPDATE_PXE_LONG, vmi_xchg_pud),
	LEAVE_ROW(mmu_protect_pte, VMI_UPDATE_PXE_LONG, vmi_protect_pte),
	LEAVE_ROW(mmu_protect_pmd, VMI_UPDATE_PXE_LONG, vmi_protect_pmd),
	LEAVE_ROW(mmu_protect_pud, VMI_UPDATE_PXE_LONG, vmi_protect_pud),
	ROW(mmu_flush_one, VMI_INVAL_PAGE, vmi_flush_one),
	ROW(mmu_flush_local, VMI_FLUSH_TLB, vmi_flush_local),
	ROW(mmu_flush_global, VMI_FLUSH_TLB, vmi_flush_global),
	ROW(mmu_set_fixmap, VMI_SET_PXE_LONG, vmi_set_fixmap),
	LEAVE_ROW(mmu_alloc_table, VMI_ALLOCATE_PAGE, vmi_alloc_table),
	LEAVE_ROW(mmu_release_table, VMI_RELEASE_PAGE, vmi_release_table),
	LEAVE_ROW(mmu_batch_begin, VMI_SET_LAZY_MODE, vmi_batch_begin),
	LEAVE_ROW(mmu_batch_flush, VMI_SET_LAZY_MODE, vmi_batch_flush),

	LEAVE_ROW(smp_start_cpu, VMI_SET_LINEAR_MAPPING, vmi_start_cpu),
};

/* The first call that a row needs and the ROM has not; VMI_NR_CALLS: it has them all. */
static u32 missing(const struct row *row)
{
	if (!vmi_targets[row->call])
		return row->call;
	if (row->op == PVOPS_OP_irq_halt && !vmi_targets[VMI_HALT])
		return VMI_HALT;
	return VMI_NR_CALLS;
}

static void choose_forms(void)
{
	u32 calls = 0, nops = 0, natives = 0;

	for (u32 i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const struct row *row = rows + i;
		struct pvops_form *form = vmi_forms + row->op;
		u8 type = relocs[row->call].type;

		if (type == VMI_RELOC_NOP && !(row->flags & LEAVE)) {
			form->func = row->flags & RESULT ? vmi_success : vmi_nothing;
			form->kind = row->flags & RESULT ? PVOPS_FORM_CALL : PVOPS_FORM_NOP;
			nops++;
		} else if (type == VMI_RELOC_JUMP) {
			form->func = vmi_iret;
			form->kind = PVOPS_FORM_CALL;
			calls++;
		} else if (type == VMI_RELOC_CALL && missing(row) == VMI_NR_CALLS) {
			form->func = row->flags & DIRECT ?
				     (const void *)vmi_targets[row->call] : row->func;
			form->kind = PVOPS_FORM_CALL;
			calls++;
		} else {
			if (type != VMI_RELOC_NOP)
				pvops_log("vmi: no %s: %s is native", vmi_call_name(missing(row)),
					  pvops_op_name(row->op));
			natives++;
		}
	}
	pvops_log("vmi: %u ops call the ROM, %u are nothing, %u stay native", calls, nops, natives);
}

static void use(u32 op, const void *func)
{
	vmi_forms[op] = (struct pvops_form)PVOPS_CALL(func);
}

static u32 linear;			/* of the ROM that is asked */

static u64 ask(u32 call)
{
	return ((u64 (__attribute__((regparm(3))) *)(u32))(linear + VMI_ROM_GET_RELOC))(call);
}

/* To be asked it must be run, and may hang: not if somebody else is wished for. */
static bool wished(const char *cmdline)
{
	char name[8];

	pvops_boot_wish(cmdline, name, sizeof(name));
	if (name[0])
		return pvops_text_equal(name, "vmi");
	return !pvops_boot_option(cmdline, "nopv", NULL, 0);
}

/* Asked before it is chosen, while refusing it costs nothing: get_reloc changes nothing. */
static void vmi_detect(const struct pvops_probe *probe, struct pvops_verdict *verdict)
{
	if (!probe->boot->proto->ring0 || !wished(probe->boot->cmdline) || !vmi_rom_find(&rom))
		return;
	if (rom.size > IMAGE_SIZE) {
		pvops_log("vmi: ROM at 0x%x refused: %u bytes, this kernel has room for %u",
			  rom.gpa, rom.size, IMAGE_SIZE);
		return;
	}
	linear = (u32)pvops_boot_phys(rom.gpa, rom.size);
	if (!linear || !vmi_relocs(&rom, linear, ask, relocs))
		return;
	verdict->score = SCORE;
	verdict->role = PVOPS_ROLE_GUEST;
	pvops_snprintf(verdict->reason, sizeof(verdict->reason), "VMI %u.%u, ROM at 0x%x, %s",
		       rom.major, rom.minor, rom.gpa, rom.product);
}

/* Until vmi_init has said yes nothing has changed: bare hardware's kernel goes on. */
static int vmi_init(struct pvops_boot *boot)
{
	const u8 *from = pvops_boot_phys(rom.gpa, rom.size);
	u32 there = linear, err, cs;
	enum vmi_time time;

	for (u32 i = 0; i < rom.size; i++)
		vmi_image[i] = from[i];
	for (u32 call = 0; call < VMI_NR_CALLS; call++)
		in_place[call] = relocs[call];
	linear = (u32)vmi_image;
	if (!vmi_relocs(&rom, linear, ask, relocs) ||
	    !vmi_relocs_moved(&rom, in_place, there, relocs, linear))
		return PVOPS_INIT_DECLINED;
	err = ((u32 (*)(void))(linear + VMI_ROM_INIT))();
	if (err) {
		pvops_log("vmi: ROM at 0x%x refused: its init says %u", rom.gpa, err);
		return PVOPS_INIT_DECLINED;
	}
	for (u32 call = 0; call < VMI_NR_CALLS; call++)
		vmi_targets[call] = relocs[call].target;
	boot->top = rom.virtual_top;
	asm volatile("mov %%cs, %0" : "=r"(cs));
	pvops_log("vmi: ring %u, hypervisor from 0x%x on, licence %s", cs & 3, rom.virtual_top,
		  rom.licence[0] ? rom.licence : "not said");
	vmi_ready_restore();
	vmi_first_tables(boot);
	choose_forms();
	time = vmi_time_init();
	if (time != VMI_TIME_NONE) {
		use(PVOPS_OP_time_clock, vmi_clock);
		use(PVOPS_OP_time_wallclock, vmi_wallclock);
		use(PVOPS_OP_time_steal, vmi_steal);
	}
	vmi_set_ways(time);
	return 0;
}

static int vmi_late_init(void)
{
	return vmi_targets[VMI_SET_LINEAR_MAPPING] ? vmi_find_direct() : 0;
}

static const struct pvops_backend vmi_backend = {
	.abi = PVOPS_BACKEND_ABI,
	.size = sizeof(struct pvops_backend),
	.name = "vmi",
	.nr_ops = PVOPS_NR_OPS,
	.base = "native",
	.forms = vmi_forms,
	.detect = vmi_detect,
	.init = vmi_init,
	.late_init = vmi_late_init,
};

PVOPS_BACKEND(vmi_backend);
