/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* What the tests of the sensitive instructions share: both halves, and the flags. */
#ifndef GUEST_TESTS_SENSITIVE_H
#define GUEST_TESTS_SENSITIVE_H

#include "util.h"
#include "../user/sensitive.h"

#define FLAG_IF		0x200UL
#define FLAG_IOPL	0x3000UL
#define UNTOLD		((unsigned long)0x746f6c64)
#define REFUSED		(KILLED | VECTOR_GP)

/* An argument of the program: NAME:SELECTOR. */
#define STRING(x)	#x
#define WITH(name, selector)	name ":" STRING(selector)

/* Run the program with this argument: its status. What it tells is in told[], else UNTOLD. */
int sensitive_user(const char *arg);

#endif /* GUEST_TESTS_SENSITIVE_H */
