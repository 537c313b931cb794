/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* A statement instruction by instruction: SIGTRAP behind each. */
#ifndef TESTS_STEPWISE_H
#define TESTS_STEPWISE_H

#define FLAG_TF		0x100

/* TF is seen by the signal's frame and not by its handler. */
#define STEPWISE(statement)						\
	do {								\
		asm volatile("pushf; orl %0, (%%esp); popf" : : "i"(FLAG_TF) : "memory", "cc"); \
		statement;						\
		asm volatile("pushf; andl %0, (%%esp); popf" : : "i"(~FLAG_TF) : "memory", "cc"); \
	} while (0)

#endif /* TESTS_STEPWISE_H */
