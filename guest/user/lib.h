/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* What a user program needs: system calls and a few words. */
#ifndef GUEST_USER_LIB_H
#define GUEST_USER_LIB_H

#include "arch.h"

#define sys0(nr) sys_call(nr, 0, 0, 0)
#define sys1(nr, a) sys_call(nr, (long)(a), 0, 0)
#define sys2(nr, a, b) sys_call(nr, (long)(a), (long)(b), 0)
#define sys3(nr, a, b, c) sys_call(nr, (long)(a), (long)(b), (long)(c))

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
