/* SPDX-License-Identifier: GPL-2.0 */
/* Xen's clock, timer, events and vCPUs by backends/xen of the library, in Linux's types. */
#ifndef _PVOPS_XEN_GLUE_H
#define _PVOPS_XEN_GLUE_H

#include <linux/types.h>

struct pt_regs;
struct pvclock_vcpu_time_info;
struct pvclock_wall_clock;
struct timespec64;
struct vcpu_guest_context;

/* xen-time.c: @time is this CPU's, which stays the one; timers with interrupts off */
u64 pvops_xen_clock(const struct pvclock_vcpu_time_info *time);
void pvops_xen_clock_restart(void);
void pvops_xen_wallclock(const struct pvclock_wall_clock *boot,
			 const struct pvclock_vcpu_time_info *time, struct timespec64 *ts);
int pvops_xen_set_timer(u64 ns);
int pvops_xen_stop_timer(void);

/* xen-events.c */
void pvops_xen_ipi_port(unsigned int cpu, unsigned int ipi, u32 port);
int pvops_xen_send_ipi(unsigned int cpu, unsigned int ipi);

/* xen-smp.c */
int pvops_xen_vcpu_is_up(unsigned int cpu);
void pvops_xen_vcpu_context(struct vcpu_guest_context *to, void (*entry)(void),
			    struct pt_regs *stack, unsigned long root, unsigned long gs_base);
int pvops_xen_vcpu_initialise(unsigned int cpu, const struct vcpu_guest_context *from);
int pvops_xen_vcpu_up(unsigned int cpu);

#endif /* _PVOPS_XEN_GLUE_H */
