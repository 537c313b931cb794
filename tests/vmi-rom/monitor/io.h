/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* Ports and registers of the machine, for the monitor. */
#ifndef VMI_MONITOR_IO_H
#define VMI_MONITOR_IO_H

#include <pvops/types.h>
#include "../../ports.h"

static inline u64 m_rdtsc(void)
{
	u64 val;

	asm volatile("rdtsc" : "=A"(val));
	return val;
}

#define M_REG(name, reg)							\
	static inline u32 m_get_##name(void)					\
	{									\
		u32 val;							\
										\
		asm volatile("mov %%" reg ", %0" : "=r"(val));			\
		return val;							\
	}									\
	static inline void m_put_##name(u32 val)				\
	{									\
		asm volatile("mov %0, %%" reg : : "r"(val) : "memory");		\
	}
M_REG(cr0, "cr0")
M_REG(cr2, "cr2")
M_REG(cr3, "cr3")
M_REG(cr4, "cr4")
M_REG(db6, "db6")
M_REG(db7, "db7")

static inline void m_cpuid(u32 leaf, u32 regs[4])
{
	regs[0] = leaf;
	regs[2] = 0;
	asm volatile("cpuid" : "+a"(regs[0]), "=b"(regs[1]), "+c"(regs[2]), "=d"(regs[3]));
}

static inline void m_invlpg(u32 linear)
{
	asm volatile("invlpg (%0)" : : "r"(linear) : "memory");
}

#endif /* VMI_MONITOR_IO_H */
