/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/*
 * VMware's Virtual Machine Interface, API 3.0: option ROM, call numbers, flags. i386 only.
 *
 * Facts from "VMI Interface Proposal Documentation for I386" (linux-kernel, 2006-03-13) and,
 * for the numbers of 3.0, from what Linux 2.6.21-2.6.36 used. Older revisions (6.1, 13.x: the
 * count began anew behind them) have slots of 32 bytes and other numbers: nothing in common.
 */
#ifndef PVOPS_ABI_VMI_H
#define PVOPS_ABI_VMI_H

/* Where ROMs may lie, and how they are aligned. */
#define VMI_ROM_FIRST		0xc0000
#define VMI_ROM_LAST		0xe0000		/* first byte behind */
#define VMI_ROM_STEP		2048
#define VMI_ROM_UNIT		512		/* of the header's length */

#define VMI_ROM_SIGNATURE	0xaa55
#define VMI_SIGNATURE		0x696d5663	/* "cVmi" */
#define VMI_API_MAJOR		3
#define VMI_API_MINOR		0		/* newer ones add calls, no more */

/* Code, entered by a near call at ROM + offset: regparm(3), flat segments, interrupts off. */
#define VMI_ROM_INIT		0x80		/* eax = 0: the kernel is a guest from here on */
#define VMI_ROM_GET_RELOC	0x88		/* eax = call; the answer in edx:eax */
#define VMI_ROM_HEADER		0x90

#define VMI_PCI_SIGNATURE	0x52494350	/* "PCIR" */
#define VMI_PCI_VENDOR		0x15ad
#define VMI_PCI_DEVICE		0x0801
#define VMI_PCI_SIZE		0x18

#define VMI_PNP_SIGNATURE	0x506e5024	/* "$PnP" */
#define VMI_PNP_SIZE		0x20

/* An answer's type, edx[7:0]; eax is the linear address that CALL and JUMP lead to. */
#define VMI_RELOC_NONE		0		/* the native instructions will do */
#define VMI_RELOC_CALL		1
#define VMI_RELOC_JUMP		2		/* IRET and SYSEXIT alone */
#define VMI_RELOC_NOP		3		/* nothing to do */

/* Calls. regparm(3), eax edx ecx and flags are lost, but for those that say otherwise. */
#define VMI_CPUID		0	/* as the instruction */
#define VMI_WRMSR		1	/* as the instruction */
#define VMI_RDMSR		2	/* as the instruction */
#define VMI_SET_GDT		3	/* address of limit and base */
#define VMI_SET_LDT		4	/* selector */
#define VMI_SET_IDT		5
#define VMI_SET_TR		6
#define VMI_GET_GDT		7
#define VMI_GET_LDT		8
#define VMI_GET_IDT		9
#define VMI_GET_TR		10
#define VMI_WRITE_GDT_ENTRY	11	/* table, index, low, [stack] high */
#define VMI_WRITE_LDT_ENTRY	12
#define VMI_WRITE_IDT_ENTRY	13
#define VMI_UPDATE_KERNEL_STACK	14	/* selector, esp0 */
#define VMI_SET_CR0		15
#define VMI_SET_CR2		16
#define VMI_SET_CR3		17
#define VMI_SET_CR4		18
#define VMI_GET_CR0		19
#define VMI_GET_CR2		20
#define VMI_GET_CR3		21
#define VMI_GET_CR4		22
#define VMI_WBINVD		23
#define VMI_SET_DR		24	/* number, value */
#define VMI_GET_DR		25
#define VMI_RDPMC		26	/* as the instruction */
#define VMI_RDTSC		27	/* as the instruction */
#define VMI_CLTS		28
#define VMI_ENABLE_IRQS		29	/* 29-32: only flags are lost */
#define VMI_DISABLE_IRQS	30
#define VMI_GET_IRQ_MASK	31	/* eax, only bit 9 counts */
#define VMI_SET_IRQ_MASK	32
#define VMI_IRET		33	/* frame on the stack; IOPL stays */
#define VMI_SYSEXIT		34	/* edx eip, ecx esp; interrupts on */
#define VMI_HALT		35	/* interrupts on */
#define VMI_REBOOT		36	/* 0 soft, 1 hard */
#define VMI_SHUTDOWN		37
#define VMI_SET_PXE		38	/* value, entry, flags */
#define VMI_SET_PXE_LONG	39	/* value in edx:eax, entry, [stack] flags */
#define VMI_UPDATE_PXE		40	/* entry, flags */
#define VMI_UPDATE_PXE_LONG	41
#define VMI_MACHINE_TO_PHYSICAL	42	/* arguments never published */
#define VMI_PHYSICAL_TO_MACHINE	43
#define VMI_ALLOCATE_PAGE	44	/* pfn, flags, source pfn, [stack] first, count */
#define VMI_RELEASE_PAGE	45	/* pfn, flags */
#define VMI_INVAL_PAGE		46	/* address */
#define VMI_FLUSH_TLB		47	/* flags */
#define VMI_SET_LINEAR_MAPPING	48	/* slot, address, pages, [stack] pfn */
#define VMI_IN32		49	/* 49-60: port in edx; strings as the instructions */
#define VMI_IN8			50
#define VMI_IN16		51
#define VMI_INS32		52
#define VMI_INS8		53
#define VMI_INS16		54
#define VMI_OUT32		55
#define VMI_OUT8		56
#define VMI_OUT16		57
#define VMI_OUTS32		58
#define VMI_OUTS8		59
#define VMI_OUTS16		60
#define VMI_SET_IOPL_MASK	61	/* level << 12 */
#define VMI_SET_AP_STATE	62	/* struct vmi_ap_state, APIC id */
#define VMI_APIC_WRITE		63	/* register's address, value */
#define VMI_APIC_READ		64
#define VMI_IO_DELAY		65
#define VMI_CYCLE_FREQUENCY	66	/* Hz in edx:eax */
#define VMI_CYCLE_COUNTER	67	/* which */
#define VMI_SET_ALARM		68	/* flags, expiry in ecx:edx, [stack] period */
#define VMI_CANCEL_ALARM	69	/* flags; 1 if it was armed */
#define VMI_WALLCLOCK		70	/* ns since 1970 UTC in edx:eax */
#define VMI_WALLCLOCK_UPDATED	71
#define VMI_SET_CALLBACKS	72	/* arguments never published */
#define VMI_SET_LAZY_MODE	73
#define VMI_NR_CALLS		74

/* Levels of a table or entry, in the flags of 38-41, 44 and 45. */
#define VMI_PAGE_PT		0x01
#define VMI_PAGE_PD		0x02
#define VMI_PAGE_PDP		0x04
#define VMI_PAGE_PML4		0x08		/* never used: there is no 64-bit VMI */
/* AllocatePage. */
#define VMI_PAGE_PAE		0x10
#define VMI_PAGE_CLONE		0x20		/* count entries from first on are copies */
#define VMI_PAGE_ZEROED		0x40
/* Set and update. The same bits mean other things than above. */
#define VMI_PAGE_CURRENT_AS	0x10		/* address below is meant */
#define VMI_PAGE_DEFER		0x20		/* may wait for a flush or invalidation */
#define VMI_PAGE_VA_MASK	0xfffff000

#define VMI_FLUSH_NON_GLOBAL	0x01
#define VMI_FLUSH_GLOBAL	0x02		/* these as well */

#define VMI_LINEAR_SLOTS	4		/* 0: the kernel's direct map */

#define VMI_LAZY_NONE		0
#define VMI_LAZY_MMU		1
#define VMI_LAZY_CPU		2

#define VMI_CYCLES_REAL		0
#define VMI_CYCLES_AVAILABLE	1
#define VMI_CYCLES_STOLEN	2

/* Alarms: the counter's number and */
#define VMI_ALARM_COUNTER	0xff
#define VMI_ALARM_PERIODIC	0x100
#define VMI_ALARM_IRQ0		0
#define VMI_ALARM_LVTT		0x10000

#ifndef __ASSEMBLY__
#include <pvops/types.h>

/** struct vmi_header - a ROM's beginning. Offsets count from the ROM's first byte. */
struct vmi_header {
	u16 rom_signature;
	u8 length;
	u8 entry[4];
	u8 pad0;
	u32 signature;
	u8 minor;
	u8 major;
	u8 jump_slots;
	u8 reserved1;
	u32 virtual_top;
	u16 reserved2;
	u16 licence;
	u16 pci;
	u16 pnp;
	u32 pad3;
	u8 reserved3[96];
	u8 init[8];
	u8 get_reloc[8];
} __attribute__((packed));

/** struct vmi_pci - the part of the PCI data structure (PCI firmware 3.0, 5.1.2) that is read. */
struct vmi_pci {
	u32 signature;
	u16 vendor;
	u16 device;
	u16 vpd;
	u16 length;
	u8 revision;
	u8 class[3];
	u16 image_length;
	u8 minor;
	u8 major;
	u8 code_type;
	u8 indicator;
	u16 reserved;
} __attribute__((packed));

/** struct vmi_pnp - the part of the expansion header (PnP BIOS 1.0A, 3.2) that is read. */
struct vmi_pnp {
	u32 signature;
	u8 revision;
	u8 length;
	u16 next;
	u8 reserved;
	u8 checksum;
	u32 device;
	u16 maker;
	u16 product;
} __attribute__((packed));

/** struct vmi_ap_state - what a CPU starts with; all else is as after reset. */
struct vmi_ap_state {
	u32 cr0, cr2, cr3, cr4;
	u32 efer_low, efer_high;
	u32 eip, eflags;
	u32 eax, ebx, ecx, edx, esp, ebp, esi, edi;
	u16 cs, ss, ds, es, fs, gs, ldtr;
	u16 gdtr_limit;
	u32 gdtr_base;
	u32 idtr_base;
	u16 idtr_limit;
	u16 pad;
};

_Static_assert(sizeof(struct vmi_header) == VMI_ROM_HEADER, "VMI's ROM header");
_Static_assert(sizeof(struct vmi_pci) == VMI_PCI_SIZE, "VMI's PCI header");
_Static_assert(sizeof(struct vmi_ap_state) == 0x5c, "VMI's state of a CPU");
#endif /* !__ASSEMBLY__ */

#endif /* PVOPS_ABI_VMI_H */
