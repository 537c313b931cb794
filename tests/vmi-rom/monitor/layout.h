/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/*
 * Where the monitor of strict mode lives: facts that the ROM's code, the monitor's assembly and
 * its C share.
 *
 * Its memory is the 16 MiB of a PCI device, the hypervisor's own RAM. They are mapped at M_TOP by
 * eight entries of the kernel's last page directory: seven large pages, and one table of the
 * monitor's, which is its window on everything else.
 */
#ifndef VMI_MONITOR_LAYOUT_H
#define VMI_MONITOR_LAYOUT_H

#define M_TOP		0xff000000	/* virtual_top; the image is linked here */
#define M_PCI_ID	0x11101af4	/* device and vendor: QEMU's ivshmem; the memory is BAR 2 */
#define M_SIZE		0x1000000
#define M_LARGE		7		/* entries of 2 MiB */
#define M_MEMORY_END	(M_TOP + M_LARGE * 0x200000)
/* Offsets in the memory: the window's table, and before it what the ROM and we tell each other. */
#define M_WINDOW_TABLE	(M_LARGE * 0x200000 - 0x1000)
#define M_OWN_BASE	(M_WINDOW_TABLE - 4)		/* where the memory is */
#define M_OWN_ROM	(M_WINDOW_TABLE - 8)		/* where the ROM is */
#define M_AP_ROOT	(M_WINDOW_TABLE - 0x2000)	/* first page tables of a started CPU */
#define M_AP_LOW	(M_WINDOW_TABLE - 0x3000)
#define M_AP_LAST	(M_WINDOW_TABLE - 0x4000)
#define M_PAGES_END	M_AP_LAST
#define M_AP_ENTRY	0x40		/* of the image: m_ap_begin */
#define M_WINDOW	M_MEMORY_END	/* 512 pages, up to where addresses end */
#define M_PD_FIRST	504		/* of the directory that maps the last GiB */
#define M_PD_COUNT	8

/* Selectors of the monitor's own, at the end of a table of 64 KiB. */
#define M_GDT_BYTES	0x10000
#define M_FIRST_SEL	0xffd0
#define M_LDT_SEL	0xffd8		/* the kernel's LDT, as the CPU sees it */
#define M_CS		0xffe0
#define M_DS		0xffe8
#define M_TSS_SEL	0xfff0
#define M_DF_TSS_SEL	0xfff8

#define M_CALL_VECTOR	0xf0		/* the gate of the ROM's stubs; DPL 1 */
#define M_STUB_BYTES	4		/* a stub: int $M_CALL_VECTOR; ret; a nop */
#define M_STACK_BYTES	16384		/* of a CPU, aligned so; the bottom names its struct mcpu */
#define M_MAX_CPUS	8

/*
 * A port that is there for tests only: what the kernel does wrong from now on is meant (1) or
 * not (0); reading counts what was done since 1 was written.
 */
#define M_TEST_PORT	0x5660
#define M_TEST_STEAL	0x53540000	/* | ms: the CPU is held for so long */
#define M_TEST_STEP	0x57430000	/* | s: the date is put forward */

#endif /* VMI_MONITOR_LAYOUT_H */
