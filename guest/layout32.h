/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* Addresses and selectors of the i386 kernel, which has the last of four GiB. */
#ifndef GUEST_LAYOUT32_H
#define GUEST_LAYOUT32_H

#define DIRECT_MAP	0xc8000000	/* behind the image, with room for 512 MiB */
#define ALIAS_BASE	0xefe00000	/* two pages, for the patcher */
#define MMIO_BASE	0xefc00000
/* From 0xf0000000 on the space may be a hypervisor's (VMI's virtual_top). */
#define USER_END	0xc0000000
#define MMAP_BASE	0x50000000
#define MMAP_END	0xb0000000
#define STACK_TOP	0xbfff0000

/* Entries of the page-directory-pointer table: the user's, the first of the kernel's, all. */
#define TOP_USER	3
#define TOP_KERNEL	3
#define TOP_ENTRIES	4

#define SEL_KERNEL_CS	0x08
#define SEL_KERNEL_DS	0x10
#define SEL_GS		0x18		/* this CPU's struct cpu */
#define SEL_USER_CS	0x23
#define SEL_USER_DS	0x2b
#define SEL_TSS		0x30
#define SEL_FAULT_TSS	0x38		/* of the double fault */
#define SEL_LDT		0x40
#define SEL_TLS		0x48

#endif /* GUEST_LAYOUT32_H */
