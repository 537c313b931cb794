/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
#ifndef GUEST_SMP_H
#define GUEST_SMP_H

#include "guest.h"

/* Start all other CPUs; each runs its idle loop. */
void smp_init(void);

/* This CPU takes part in calls between CPUs. */
void smp_cpu_init(void);

/* Make an idle CPU look for something to do. */
void smp_wake(unsigned int cpu);

/* Was the CPU to stop? It is not any more: by whoever asks. */
bool smp_stop_taken(struct cpu *cpu);

/* Stop a CPU, start it again; 0 or -errno. */
int smp_stop(unsigned int cpu);
int smp_start(unsigned int cpu);
void smp_leave(void) __attribute__((noreturn));

/* fn(arg) on one CPU (perhaps this one), interrupts off there, and wait. */
void run_on(unsigned int cpu, void (*fn)(void *arg), void *arg);

#endif /* GUEST_SMP_H */
