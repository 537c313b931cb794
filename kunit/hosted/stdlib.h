/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
#ifndef KUNIT_HOSTED_STDLIB_H
#define KUNIT_HOSTED_STDLIB_H

#include <linux/types.h>

void *hosted_malloc(size_t size);
void *hosted_calloc(size_t nr, size_t size);
void hosted_free(void *p);
int hosted_rand(void);
void hosted_abort(void) __attribute__((noreturn));

#define malloc	hosted_malloc
#define calloc	hosted_calloc
#define free	hosted_free
#define rand	hosted_rand
#define abort	hosted_abort

#endif /* KUNIT_HOSTED_STDLIB_H */
