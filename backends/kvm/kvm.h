/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* What the files of the KVM backend share. */
#ifndef PVOPS_KVM_BACKEND_H
#define PVOPS_KVM_BACKEND_H

#include <pvops/abi/kvm.h>
#include <pvops/pvops.h>
#include "hv.h"

/**
 * struct kvm_cpu - this backend's part of a CPU's block, pvops_percpu.priv. The host writes the
 * first three while they are shared.
 * @last: what its clock has shown last
 * @stolen_before: stolen time of its former lives, before it was stopped
 * @stolen: the most that time.steal has said
 * @apic_id: valid if @known
 * @known: it has run, and said who it is
 * @clock_on: @clock is shared and sound
 * @steal_on: @steal is shared
 * @eoi_on: @eoi is shared
 */
struct kvm_cpu {
	struct kvm_steal_area steal;
	struct kvm_clock_area clock;
	u32 eoi;
	u32 apic_id;
	u64 last;
	u64 stolen_before;
	u64 stolen;
	bool known;
	bool clock_on;
	bool steal_on;
	bool eoi_on;
};

_Static_assert(sizeof(struct kvm_cpu) <= sizeof(((struct pvops_percpu *)0)->priv),
	       "priv too small");
_Static_assert(offsetof(struct pvops_percpu, priv) % 64 == 0, "the steal area is not aligned");

/**
 * struct kvm - what this host is like.
 * @offered: features leaf
 * @hints: the same
 * @used: features in use, on CPU 0 at least; what fails later goes out again
 * @amd: hypercalls are by VMMCALL
 * @hypercalls: the command line does not forbid them
 * @no_poll: the host shall not poll when we halt
 * @clock_msr: by which areas are shared; 0: none are
 * @wall_msr: by which the host is asked for the date
 * @clock: what time.clock is; NULL: the base's
 * @cpus: private parts of prepared CPUs
 */
struct kvm {
	u32 offered;
	u32 hints;
	u32 used;
	bool amd;
	bool hypercalls;
	bool no_poll;
	u32 clock_msr;
	u32 wall_msr;
	pvops_fn_time_clock_t *clock;
	struct kvm_cpu *cpus[PVOPS_MAX_CPUS];
};

extern struct kvm kvm;

static inline struct kvm_cpu *kvm_cpu_of(unsigned int cpu)
{
	return cpu < PVOPS_MAX_CPUS ? kvm.cpus[cpu] : NULL;
}

static inline long kvm_call(unsigned long nr, unsigned long a, unsigned long b, unsigned long c,
			    unsigned long d)
{
	return kvm_hv_call(kvm.amd, nr, a, b, c, d);
}

/* cpu.c */
pvops_fn_smp_start_cpu_t kvm_start_cpu;
pvops_fn_smp_stop_cpu_t kvm_stop_cpu;
int kvm_prepare_cpu(unsigned int cpu);
/* Share all areas of CPU 0 but its clock. */
void kvm_first_cpu(void);
/* Tell the host of an area; the reason why not is logged. */
bool kvm_share(u32 msr, const void *area, const char *what);

/* time.c */
pvops_fn_time_clock_t kvm_clock;
pvops_fn_time_wallclock_t kvm_wallclock;
pvops_fn_time_steal_t kvm_steal;
void kvm_clock_init(void);
/* Share this CPU's area. */
void kvm_clock_on(struct kvm_cpu *c);

/* irq.c */
pvops_fn_irq_eoi_t kvm_irq_eoi;
pvops_fn_irq_bind_t kvm_irq_bind;
pvops_fn_smp_send_ipi_t kvm_send_ipi;
void kvm_irq_init(void);
bool kvm_send_ipi_works(void);

/* lock.c */
pvops_fn_lock_wait_t kvm_lock_wait;
pvops_fn_lock_kick_t kvm_lock_kick;
void kvm_lock_init(void);
bool kvm_kick_works(void);

/* mmu.c */
pvops_fn_mmu_flush_others_t kvm_flush_others;
void kvm_mmu_init(void);

#endif /* PVOPS_KVM_BACKEND_H */
