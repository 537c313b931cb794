// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * Ports under Xen PV: the instruction faults, and Xen carries it out for who may (the initial
 * domain, at I/O privilege level 1) or lets us have the fault.
 */
#include "xen.h"

PVOPS_THUNK_cpu_in8(xen_in8_op, xen_in8);
PVOPS_THUNK_cpu_in16(xen_in16_op, xen_in16);
PVOPS_THUNK_cpu_in32(xen_in32_op, xen_in32);
PVOPS_THUNK_cpu_out8(xen_out8_op, xen_out8);
PVOPS_THUNK_cpu_out16(xen_out16_op, xen_out16);
PVOPS_THUNK_cpu_out32(xen_out32_op, xen_out32);

#define IN(bits, insn)								\
	u##bits xen_in##bits(u16 port)						\
	{									\
		u##bits val = (u##bits)~0U;					\
										\
		asm volatile("1:	" insn "\n"				\
			     "2:\n"						\
			     PVOPS_EXTABLE(1b, 2b)				\
			     : "+a"(val)					\
			     : "d"(port));					\
		return val;							\
	}

#define OUT(bits, insn)								\
	void xen_out##bits(u##bits val, u16 port)				\
	{									\
		asm volatile("1:	" insn "\n"				\
			     "2:\n"						\
			     PVOPS_EXTABLE(1b, 2b)				\
			     : : "a"(val), "d"(port));				\
	}

IN(8, "in %%dx, %%al")
IN(16, "in %%dx, %%ax")
IN(32, "in %%dx, %%eax")
OUT(8, "out %%al, %%dx")
OUT(16, "out %%ax, %%dx")
OUT(32, "out %%eax, %%dx")

int xen_set_io_bitmap(struct pvops_tss *tss, const u8 *bitmap, unsigned int ports)
{
	struct physdev_set_iobitmap op = { .nr_ports = bitmap ? ports : 0 };
	unsigned int i;
	long err;

	if (ports > 65536)
		return -PVOPS_EINVAL;
	/* Xen reads it whenever a port is used: so from a copy that stays. */
	tss->io_base = op.nr_ports ? offsetof(struct pvops_tss, io_bitmap) : sizeof(*tss);
	for (i = 0; op.nr_ports && i < sizeof(tss->io_bitmap); i++)
		tss->io_bitmap[i] = 0xff;
	for (i = 0; i < op.nr_ports; i++)
		if (!(bitmap[i / 8] >> i % 8 & 1))
			tss->io_bitmap[i / 8] &= (u8)~(1 << i % 8);
	op.bitmap.p = tss->io_bitmap;
	err = xen_call2(__HYPERVISOR_physdev_op, PHYSDEVOP_set_iobitmap, &op);
	return err ? -PVOPS_EINVAL : 0;
}

int xen_set_iopl(unsigned int level)
{
	/* Level 0 would take the ports from the kernel too: it runs as if at 1. */
	struct physdev_set_iopl op = { .iopl = level ? level : 1 };

	if (level > 3)
		return -PVOPS_EINVAL;
	return xen_call2(__HYPERVISOR_physdev_op, PHYSDEVOP_set_iopl, &op) ? -PVOPS_EINVAL : 0;
}
