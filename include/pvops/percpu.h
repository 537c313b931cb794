/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/*
 * The library's share of a CPU's private memory.
 *
 * The kernel keeps GS at the CPU's own area all the time it runs, puts a struct pvops_percpu
 * somewhere into it, 64-byte aligned and inside one page, at the same offset on each CPU, and
 * defines the absolute symbol `pvops_percpu` as this offset (the linker fragment says 0 if
 * nobody else does). Backends' inlined instructions reach it as %gs:pvops_percpu+N(%rip), on i386
 * %gs:pvops_percpu+N.
 *
 * On i386 the base of GS is in a descriptor: in the kernel's GDT at host->gs_selector, in the GDTs
 * that the library starts CPUs with at PVOPS_BOOT_GS.
 */
#ifndef PVOPS_PERCPU_H
#define PVOPS_PERCPU_H

#define PVOPS_PERCPU_SIZE	512
#define PVOPS_PERCPU_CPU	64	/* offset of @cpu */
#define PVOPS_PERCPU_PRIV	128	/* offset of @priv */

#define PVOPS_BOOT_GS		0x18	/* i386: behind code (8) and data (0x10), flat both */

#ifndef __ASSEMBLY__
#include <pvops/types.h>
#include <pvops/where.h>

/**
 * struct pvops_percpu - one CPU's block.
 * @hv: shared with the hypervisor (Xen: struct vcpu_info)
 * @cpu: number of the CPU, set by pvops_init() and smp.start_cpu
 * @priv: the selected backend's own
 */
struct pvops_percpu {
	u8 hv[64];
	u32 cpu;
	u8 reserved[60];
	u8 priv[PVOPS_PERCPU_SIZE - PVOPS_PERCPU_PRIV];
} __attribute__((aligned(64)));

#ifdef PVOPS_LINUX
/* A per-CPU variable like others: no other symbol of that name, and no service to find it. */
#include <linux/percpu.h>
#include <linux/smp.h>

DECLARE_PER_CPU_ALIGNED(struct pvops_percpu, pvops_percpu);
#define pvops_this_percpu()	raw_cpu_ptr(&pvops_percpu)
#define pvops_cpu()		raw_smp_processor_id()
#else
extern char pvops_percpu[];	/* absolute: the block's offset from the base of GS */

/** pvops_cpu() - number of this CPU. Any context in which GS is the kernel's. */
static inline u32 pvops_cpu(void)
{
	u32 cpu;

#ifdef __x86_64__
	asm volatile("movl %%gs:pvops_percpu+64(%%rip), %0" : "=r"(cpu));
#else
	asm volatile("movl %%gs:pvops_percpu+64, %0" : "=r"(cpu));
#endif
	return cpu;
}
#endif /* PVOPS_LINUX */

/* What a backend keeps for each CPU and has no room for in its part of the block. */
#ifdef PVOPS_LINUX
#define PVOPS_PER_CPU(type, name)	DEFINE_PER_CPU(type, name)
#define pvops_per_cpu(name, cpu)	per_cpu(name, cpu)
#else
#define PVOPS_PER_CPU(type, name)	__typeof__(type) name[PVOPS_MAX_CPUS]
#define pvops_per_cpu(name, cpu)	((name)[cpu])
#endif
#endif /* __ASSEMBLY__ */

#endif /* PVOPS_PERCPU_H */
