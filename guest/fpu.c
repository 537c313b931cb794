// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* The FPU belongs to processes: saved and loaded at each switch, never used by the kernel. */
#include "guest.h"

#define CR0_EM		(1UL << 2)
#define CR0_MP		(1UL << 1)
#define CR0_TS		(1UL << 3)
#define CR4_OSFXSR	(1UL << 9)
#define CR4_OSXMMEXCPT	(1UL << 10)

void fpu_init(void)
{
	pvops_cpu_write_cr0((pvops_cpu_read_cr0() | CR0_MP) & ~(CR0_EM | CR0_TS));
	pvops_cpu_write_cr4(pvops_cpu_read_cr4() | CR4_OSFXSR | CR4_OSXMMEXCPT);
	pvops_cpu_clts();
}

#ifdef __x86_64__
#define WIDE	"64"
#else
#define WIDE	""
#endif

void fpu_save(u8 area[512])
{
	asm volatile("fxsave" WIDE " (%0)" : : "r"(area) : "memory");
}

void fpu_load(const u8 area[512])
{
	asm volatile("fxrstor" WIDE " (%0)" : : "r"(area) : "memory");
}
