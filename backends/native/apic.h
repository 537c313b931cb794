/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* The local APIC (Intel SDM vol. 3, chapter 11), by memory or, where there is one, x2APIC. */
#ifndef PVOPS_NATIVE_APIC_H
#define PVOPS_NATIVE_APIC_H

#include <pvops/types.h>

/* Registers, as offsets into the page; the MSR of x2APIC is 0x800 + offset / 16. */
#define APIC_ID		0x020
#define APIC_TPR	0x080
#define APIC_EOI	0x0b0
#define APIC_SVR	0x0f0
#define APIC_IRR	0x200
#define APIC_ICR	0x300
#define APIC_LVT_TIMER	0x320
#define APIC_LVT_LINT0	0x350
#define APIC_LVT_LINT1	0x360
#define APIC_LVT_ERROR	0x370
#define APIC_TIMER_INIT	0x380
#define APIC_TIMER_NOW	0x390
#define APIC_TIMER_DIV	0x3e0

#define APIC_MASKED	0x10000
#define APIC_ICR_INIT	0x4500
#define APIC_ICR_SIPI	0x4600
#define APIC_ICR_FIXED	0x4000

#define CPUID_X2APIC	(1U << 21)	/* leaf 1, ecx */

#define VECTOR_TIMER	0x30
#define VECTOR_IPI	0x31		/* to 0x38 */
#define VECTOR_CONSOLE	0x39
#define VECTOR_FIRST	0x30
#define NR_VECTORS	0x20
#define VECTOR_SPURIOUS	0xff

/* Find and map the APIC; once, late. */
int native_apic_init(void);
/* Switch on this CPU's. */
void native_apic_enable(void);
u32 native_apic_read(u32 reg);
void native_apic_write(u32 reg, u32 val);
/* Interrupt command to a CPU by its APIC id. */
void native_apic_command(u32 apic_id, u32 command);
u32 native_apic_id(unsigned int cpu);		/* smp.c */

/* time.c: the timer's interrupt came; false if it came before the deadline, and is set again. */
bool native_timer_due(void);
int native_timer_init(void);

#endif /* PVOPS_NATIVE_APIC_H */
