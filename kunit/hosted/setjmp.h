/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* The compiler's own, which is enough for a panic that a test expects. UML has a jmp_buf too. */
#ifndef KUNIT_HOSTED_SETJMP_H
#define KUNIT_HOSTED_SETJMP_H

#undef setjmp
#undef longjmp
typedef void *hosted_jmp_buf[5];

#define jmp_buf			hosted_jmp_buf
#define setjmp(buf)		__builtin_setjmp(buf)
#define longjmp(buf, value)	__builtin_longjmp(buf, 1)

#endif /* KUNIT_HOSTED_SETJMP_H */
