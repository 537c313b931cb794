/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* What differs between the widths of user programs: system calls, addresses, registers. */
#ifndef GUEST_USER_ARCH_H
#define GUEST_USER_ARCH_H

#include "sys.h"

/* By the old door. */
static inline long int80(long nr, long a, long b, long c)
{
	long ret;

	asm volatile("int $0x80" : "=a"(ret) : "0"(nr), "D"(a), "S"(b), "d"(c) : "memory");
	return ret;
}

#ifdef __x86_64__
#define KERNEL_TEXT	0xffffffff80100000UL
#define KERNEL_BASE	0xffffffff80000000UL
#define KERNEL_DIRECT	0xffff880000100000UL
#define USER_TOP	0x0000800000000000UL
#define NOWHERE		0x0000123456789000UL
#define CLOBBERS	"xmm7"

static inline long sys_call(long nr, long a, long b, long c)
{
	register long r10 asm("r10") = 0;
	long ret;

	asm volatile("syscall"
		     : "=a"(ret), "+r"(r10)
		     : "0"(nr), "D"(a), "S"(b), "d"(c)
		     : "rcx", "r11", "r8", "r9", "memory");
	return ret;
}

static inline long sys_sleep(long long ns)
{
	return sys_call(SYS_nanosleep, ns, 0, 0);
}

static inline long long sys_clock(void)
{
	return sys_call(SYS_clock, 0, 0, 0);
}

static inline long sys_tls(long slot, unsigned long long desc)
{
	return sys_call(SYS_set_tls, slot, (long)desc, 0);
}

/* Registers other than rax, rcx and r11 are ours, over a system call. */
static inline int registers_kept(long nr)
{
	unsigned long rbx = 1, r12 = 2, r15 = 3, r8 = 4;

	asm volatile("mov $11, %%rbx; mov $12, %%r12; mov $15, %%r15; mov $18, %%r8\n"
		     "syscall\n"
		     "mov %%rbx, %0; mov %%r12, %1; mov %%r15, %2; mov %%r8, %3"
		     : "=m"(rbx), "=m"(r12), "=m"(r15), "=m"(r8)
		     : "a"(nr)
		     : "rbx", "r12", "r15", "r8", "rcx", "r11", "memory");
	return rbx == 11 && r12 == 12 && r15 == 15 && r8 == 18;
}
#else
#define KERNEL_TEXT	0xc0100000UL
#define KERNEL_BASE	0xc0000000UL
#define KERNEL_DIRECT	0xc8100000UL
#define USER_TOP	0xc0000000UL
#define NOWHERE		0x23456000UL
#define CLOBBERS	"memory"	/* the compiler has no xmm7 to lose */

#define sys_call(nr, a, b, c) int80(nr, a, b, c)

static inline long sys_sleep(long long ns)
{
	return int80(SYS_nanosleep, (long)ns, (long)(ns >> 32), 0);
}

static inline long long sys_clock(void)
{
	unsigned long low, high;

	asm volatile("int $0x80" : "=a"(low), "=d"(high) : "0"(SYS_clock) : "memory");
	return (long long)((unsigned long long)high << 32 | low);
}

static inline long sys_tls(long slot, unsigned long long desc)
{
	return int80(SYS_set_tls, slot, (long)desc, (long)(desc >> 32));
}

/* Registers other than eax are ours, over a system call. */
static inline int registers_kept(long nr)
{
	unsigned long b = 11, c = 12, d = 13, s = 14, di = 15;

	asm volatile("int $0x80" : "+a"(nr), "+b"(b), "+c"(c), "+d"(d), "+S"(s), "+D"(di) : :
		     "memory");
	return b == 11 && c == 12 && d == 13 && s == 14 && di == 15;
}
#endif

#define TLS_SELECTOR(slot)	((9UL + (slot)) << 3 | 3)

/* Descriptor of a data segment of user mode. */
static inline unsigned long long tls_desc(unsigned long base)
{
	return 0x00cff30000000000ULL | 0xffff | (base & 0xffffffULL) << 16 |
	       (base >> 24 & 0xffULL) << 56;
}

/* Give FS this base. */
static inline long set_fs(const void *base)
{
	unsigned long at = (unsigned long)base;
	long err;

#ifdef __x86_64__
	err = sys_call(SYS_set_fs, (long)at, 0, 0);
#else
	err = at < USER_TOP ? sys_tls(1, tls_desc(at)) : -1;
	if (!err)
		asm volatile("mov %0, %%fs" : : "r"(TLS_SELECTOR(1)));
#endif
	return err;
}

#endif /* GUEST_USER_ARCH_H */
