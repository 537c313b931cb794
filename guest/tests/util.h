/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* What several tests need. */
#ifndef GUEST_TESTS_UTIL_H
#define GUEST_TESTS_UTIL_H

#include "../as.h"
#include "../pmm.h"
#include "../proc.h"
#include "../sched.h"
#include "../smp.h"
#include "../test.h"
#include "../trap.h"
#include "../vmm.h"

extern const struct pvops_site pvops_sites_start[], pvops_sites_end[];

#define MS		1000000ULL
#define VECTOR_DB	1
#define VECTOR_UD	6
#define VECTOR_NM	7
#define VECTOR_DF	8
#define VECTOR_GP	13
#define VECTOR_PF	14

static inline unsigned long irqs_off(void)
{
	unsigned long flags = pvops_irq_save();

	pvops_irq_disable();
	return flags;
}

static inline void irqs_back(unsigned long flags)
{
	pvops_irq_restore(flags);
}

static inline void busy_wait(u64 ns)
{
	u64 end = pvops_time_clock() + ns;

	while (pvops_time_clock() < end)
		asm volatile("pause" : : : "memory");
}

/* A user address that nobody maps, another value, and where a TSS has the kernel's stack. */
#ifdef __x86_64__
#define NOWHERE		((void *)0x0000700000001238UL)
#define SOME_ADDRESS	0x123456789000UL
#define TSS_SP(tss)	((tss)->sp[0])
#else
#define NOWHERE		((void *)0x70001238UL)
#define SOME_ADDRESS	0x23456000UL
#define TSS_SP(tss)	((tss)->stack[0].sp)
#endif

/* Does this fault? For catch_fault(): read or write a word, load a selector into FS. */
void util_read(void *addr);
void util_write(void *addr);
void util_load_fs(void *selector);

static inline bool faults(void (*fn)(void *), void *arg, unsigned int vector)
{
	struct fault fault;

	return catch_fault(fn, arg, &fault) && fault.vector == vector;
}

/*
 * On VMI's reference ROM in strict mode a monitor counts what the kernel does on its own. A test
 * that does so on purpose says before it that it is meant, and behind it how often it should
 * have been seen. Elsewhere nobody counts.
 */
bool monitored(void);
/* It does what tests need to see: takes the CPU away for so long, puts the date forward. */
#define MONITOR_STEAL(ms)	(0x53540000U | (ms))
#define MONITOR_STEP(s)		(0x57430000U | (s))
void monitor_tell(u32 what);
void meant_begin(void);
u32 meant_end(void);

#define MEANT(nr, ...)								\
	do {									\
		meant_begin();							\
		__VA_ARGS__;							\
		EXPECT(meant_end() == (monitored() ? (nr) : 0U));		\
	} while (0)

/*
 * Is an op's site in the first bytes of this function the instruction itself? @bytes: the last two
 * bytes of the site. For instructions whose effect nobody can see. Under VMI, whose ROM has them,
 * it is a direct call of the ROM.
 */
bool is_inline(void (*function)(void), u16 op, u16 bytes);

#define SELECTOR(index, rpl)	((void *)(unsigned long)((index) << 3 | (rpl)))
#define DESC_DATA3		0x00cff3000000ffffULL	/* flat data, DPL 3 */

#endif /* GUEST_TESTS_UTIL_H */
