/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* Ports, for the programs of tests that have a machine to themselves. */
#ifndef TESTS_PORTS_H
#define TESTS_PORTS_H

#include <pvops/types.h>

static inline u8 port_in8(u16 port)
{
	u8 val;

	asm volatile("inb %1, %0" : "=a"(val) : "Nd"(port));
	return val;
}

static inline void port_out8(u16 port, u8 val)
{
	asm volatile("outb %0, %1" : : "a"(val), "Nd"(port));
}

static inline u32 port_in32(u16 port)
{
	u32 val;

	asm volatile("inl %1, %0" : "=a"(val) : "Nd"(port));
	return val;
}

static inline void port_out32(u16 port, u32 val)
{
	asm volatile("outl %0, %1" : : "a"(val), "Nd"(port));
}

#endif /* TESTS_PORTS_H */
