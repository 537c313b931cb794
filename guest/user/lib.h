/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* What a user program needs: system calls and a few words. */
#ifndef GUEST_USER_LIB_H
#define GUEST_USER_LIB_H

#include "sys.h"

static inline long sys4(long nr, long a, long b, long c, long d)
{
	register long r10 asm("r10") = d;
	long ret;

	asm volatile("syscall"
		     : "=a"(ret), "+r"(r10)
		     : "0"(nr), "D"(a), "S"(b), "d"(c)
		     : "rcx", "r11", "r8", "r9", "memory");
	return ret;
}

/* The same by the old door. */
static inline long int80(long nr, long a, long b, long c)
{
	long ret;

	asm volatile("int $0x80" : "=a"(ret) : "0"(nr), "D"(a), "S"(b), "d"(c) : "memory");
	return ret;
}

#define sys0(nr) sys4(nr, 0, 0, 0, 0)
#define sys1(nr, a) sys4(nr, (long)(a), 0, 0, 0)
#define sys2(nr, a, b) sys4(nr, (long)(a), (long)(b), 0, 0)
#define sys3(nr, a, b, c) sys4(nr, (long)(a), (long)(b), (long)(c), 0)

static inline int same(const char *a, const char *b)
{
	while (*a && *a == *b) {
		a++;
		b++;
	}
	return *a == *b;
}

/* A check that ends the program with its line as the status. */
#define CHECK(cond)							\
	do {								\
		if (!(cond))						\
			sys1(SYS_exit, __LINE__ & 0xff ? __LINE__ & 0xff : 1); \
	} while (0)

#endif /* GUEST_USER_LIB_H */
