/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* Addresses and selectors of the 64-bit kernel. */
#ifndef GUEST_LAYOUT64_H
#define GUEST_LAYOUT64_H

#define DIRECT_MAP	0xffff880000000000	/* slot 272: free natively and under Xen PV */
#define ALIAS_BASE	0xffffffffbfe00000	/* two pages, for the patcher */
#define MMIO_BASE	0xffffffffbfc00000
#define USER_END	0x0000800000000000
#define MMAP_BASE	0x0000100000000000
#define MMAP_END	0x00007fff00000000
#define STACK_TOP	0x00007ffff0000000

/* Entries of the top-level table: the user's, the first of the kernel's, all. */
#define TOP_USER	256
#define TOP_KERNEL	272		/* 256 to 271 are Xen's, under Xen PV */
#define TOP_ENTRIES	512

#define SEL_KERNEL_CS	0x08
#define SEL_KERNEL_DS	0x10
#define SEL_USER_DS	0x1b
#define SEL_USER_CS	0x23
#define SEL_TSS		0x28
#define SEL_LDT		0x38
#define SEL_TLS		0x48
#define SEL_GS		0		/* its base is in an MSR */

#endif /* GUEST_LAYOUT64_H */
