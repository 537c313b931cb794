/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* What the files of the hyperv backend share. */
#ifndef PVOPS_HYPERV_H
#define PVOPS_HYPERV_H

#include <pvops/pvops.h>
#include <pvops/abi/hyperv.h>
#include "hv.h"

/** enum hyperv_use - what this host offers and we use; bits. */
enum hyperv_use {
	HYPERV_HYPERCALL = 1 << 0,
	HYPERV_VP_INDEX = 1 << 1,
	HYPERV_TSC_PAGE = 1 << 2,
	HYPERV_COUNTER = 1 << 3,
	HYPERV_FREQUENCIES = 1 << 4,
	HYPERV_SYNIC = 1 << 5,
	HYPERV_STIMER = 1 << 6,
	HYPERV_FLUSH = 1 << 7,
	HYPERV_IPI = 1 << 8,
	HYPERV_SPIN = 1 << 9,
	HYPERV_ASSIST = 1 << 10,
	HYPERV_APIC_MSRS = 1 << 11,
	HYPERV_CRASH = 1 << 12,
	HYPERV_RESET = 1 << 13,
};

/**
 * struct hyperv - what the host said and what became of it.
 * @features: leaf base + 3, eax
 * @privileges: the same, ebx
 * @has: the same, edx
 * @hints: leaf base + 4, eax
 * @spins: the same, ebx
 * @used: enum hyperv_use; a bit goes when the host refuses
 * @timer_vector: of the synthetic timer, on every CPU
 * @clock: what time.clock is, the base's or not
 */
struct hyperv {
	u32 features;
	u32 privileges;
	u32 has;
	u32 hints;
	u32 spins;
	u32 used;
	u32 timer_vector;
	pvops_fn_time_clock_t *clock;
};

/**
 * struct hyperv_cpu - what we keep for a CPU.
 * @known: it has told us its two numbers
 * @vp: the hypervisor's number for it
 * @apic_id: its local APIC's
 * @timer_failed: no synthetic timer on this one
 * @deadline: of the timer, 0: none
 * @handler: of PVOPS_IRQ_TIMER
 * @data: for @handler
 * @vectors: of the IPIs, 0: not bound
 * @input: page for what hypercalls read
 * @messages: SynIC message page
 * @assist: VP assist page, first word; NULL while it is not in place
 * @assist_page: the same, for good
 */
struct hyperv_cpu {
	bool known;
	u32 vp;
	u32 apic_id;
	bool timer_failed;
	u64 deadline __attribute__((aligned(8)));
	pvops_irq_handler_t handler;
	void *data;
	u8 vectors[PVOPS_MAX_IPIS];
	void *input;
	struct hv_message *messages;
	u32 *assist;
	u32 *assist_page;
};

extern const struct pvops_backend hyperv_backend;
extern struct hyperv hyperv;
extern struct hyperv_cpu hyperv_cpus[PVOPS_MAX_CPUS];

static inline bool hyperv_uses(u32 use)
{
	return __atomic_load_n(&hyperv.used, __ATOMIC_RELAXED) & use;
}

static inline struct hyperv_cpu *hyperv_this_cpu(void)
{
	return &hyperv_cpus[pvops_cpu()];
}

/* Never again; true for the one who says so first. */
static inline bool hyperv_give_up(u32 use)
{
	return __atomic_fetch_and(&hyperv.used, ~use, __ATOMIC_RELAXED) & use;
}

static inline int hyperv_rdmsr(u32 msr, u64 *val)
{
	pvops_fn_cpu_read_msr_safe_t *base = pvops_base_func(PVOPS_OP_cpu_read_msr_safe);

	return base(msr, val);
}

static inline int hyperv_wrmsr(u32 msr, u64 val)
{
	pvops_fn_cpu_write_msr_safe_t *base = pvops_base_func(PVOPS_OP_cpu_write_msr_safe);

	return base(msr, val);
}

static inline u64 hyperv_gpa(const void *va)
{
	return (__force unsigned long)pvops_get_host()->virt_to_gpa(va);
}

/* hypercall.c */

/* Have the page at @va placed by one of the MSRs that do so, and look: 0 or -EIO. */
int hyperv_place(u32 msr, const void *va);
/* Identify the guest and enable the page; false after a line in the log. */
bool hyperv_hypercall_init(void);
/*
 * Hypercalls: 0, or -EIO after a line in the log, when @use is given up. @call is the code with
 * the size of the variable header, as it goes into the input value.
 */
int hyperv_call_fast(u32 use, u64 call, u64 a, u64 b);
int hyperv_call(u32 use, u64 call, const void *input);
int hyperv_call_rep(u32 use, u64 call, unsigned int reps, const void *input);

/* clock.c */

/*
 * Tell core what there is; false: the base's clock is as good. The reference counter may be in
 * use for timers even so.
 */
bool hyperv_clock_init(void);
void hyperv_clock_late_init(void);
/* When that is in reference time, if the counter is in use. */
u64 hyperv_to_reference(u64 deadline);
pvops_fn_time_clock_t hyperv_time_clock;
pvops_fn_time_wallclock_t hyperv_time_wallclock;

/* timer.c */
void hyperv_timer_late_init(void);
/* This CPU's SynIC and timer, on and off. */
void hyperv_timer_begin(struct hyperv_cpu *cpu);
void hyperv_timer_end(void);
void hyperv_timer_irq(u32 irq, void *data);
pvops_fn_time_set_timer_t hyperv_time_set_timer;
pvops_fn_time_stop_timer_t hyperv_time_stop_timer;

/* irq.c */
pvops_fn_irq_bind_t hyperv_irq_bind;
pvops_fn_irq_unbind_t hyperv_irq_unbind;
pvops_fn_irq_eoi_t hyperv_irq_eoi;

/* flush.c */
pvops_fn_mmu_flush_others_t hyperv_mmu_flush_others;
/* Fill @set with VPs; returns its banks. @vps is below 64 * HV_VP_BANKS each. */
unsigned int hyperv_vp_set(struct hv_vp_set *set, const u32 *vps, unsigned int n);

/* smp.c */
int hyperv_cpu_prepare(unsigned int cpu);
pvops_fn_smp_start_cpu_t hyperv_smp_start_cpu;
pvops_fn_smp_stop_cpu_t hyperv_smp_stop_cpu;
pvops_fn_smp_send_ipi_t hyperv_smp_send_ipi;
pvops_fn_lock_wait_t hyperv_lock_wait;

/* cpu.c */
pvops_fn_cpu_shutdown_t hyperv_cpu_shutdown;

#endif /* PVOPS_HYPERV_H */
